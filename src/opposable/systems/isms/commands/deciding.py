"""Verbs that decide. A person decides, on the exact state that was read: without ``--seen`` they only show it, with its digest."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from opposable.kernel import clock, decisions
from opposable.kernel.actors import Actor
from opposable.kernel.acts import Receipt
from opposable.kernel.models import Account, Recorded
from opposable.law.terminal import say, words
from opposable.systems.isms import acts
from opposable.systems.isms.acts.deciding import acceptance_text, approval_text
from opposable.systems.isms.acts.reading import current_campaign, facts_of
from opposable.systems.isms.commands.common import CONSOLE, Misuse, no_draft, scope_of
from opposable.systems.isms.models import RiskImport, Scenario, Soa
from opposable.systems.isms.rules import consistency


def person(email: str) -> Actor:
    """The account that decides: the software does not."""
    account = Account.objects.filter(email__iexact=email, is_active=True).first()
    if account is None:
        raise Misuse(
            words(f"Aucun compte {email} : opposable account list.", f"No account {email}: opposable account list.")
        )
    who: Actor = account.actor
    return who


def accept(given: argparse.Namespace) -> int:
    """Accept what remains of a risk of the campaign under way."""
    campaign = current_campaign(scope_of(given))
    rows = Scenario.objects.select_related("campaign__method", "campaign__scope", "cell", "threat", "vulnerability")
    found = rows.filter(campaign=campaign, number=given.risk, withdrawn=False).visible_to(person(given.email)).first()
    if found is None:
        raise Misuse(
            words(
                f"Aucun risque R{given.risk} que {given.email} puisse voir dans la campagne en cours.",
                f"No risk R{given.risk} that {given.email} may see in the campaign under way.",
            )
        )
    text = given.text or say(acceptance_text(found))
    return _decide(given, found, text, lambda who: acts.accept_risk(who, scenario=found, text=text, seen=given.seen))


def publish(given: argparse.Namespace) -> int:
    """Publish the draft statement through the gate."""
    drafts = Soa.objects.filter(scope=scope_of(given), status="draft").select_related("scope", "cell")
    found = drafts.visible_to(person(given.email)).first()
    if found is None:
        raise Misuse(no_draft())
    if not given.seen:
        for fault in consistency.report(facts_of(found, clock.now()), gate_only=True):
            print(f"{fault.check}  {words('bloque', 'gate')}  {say(fault.text)}")
    text = given.text or say(approval_text(found))
    return _decide(given, found, text, lambda who: acts.publish_statement(who, soa=found, text=text, seen=given.seen))


def _decide(given: argparse.Namespace, row: Recorded, text: str, done: Callable[[Actor], Receipt[Any]]) -> int:
    if not given.seen:
        print(json.dumps(decisions.snapshot_of([row]), ensure_ascii=False, indent=1, default=str))
        print(words(f"Texte de la décision : {text}", f"Text of the decision: {text}"))
        seen = decisions.state_digest(row)
        print(
            words(
                f"Rien n’est encore décidé. Une fois cela lu : --seen {seen}",
                f"Nothing is decided yet. Once this is read: --seen {seen}",
            )
        )
        return 0
    receipt = done(person(given.email))
    made = {"act": receipt.type, "at": clock.utc(receipt.at), "index": receipt.index, "entry": receipt.entry}
    place = words("pas encore scellé", "not sealed yet")
    if receipt.index is not None:
        place = words(f"acte n° {receipt.index}", f"act {receipt.index}")
    said = words(
        f"{receipt.type} : {place}, sur l’état {given.seen}.", f"{receipt.type}: {place}, on the state {given.seen}."
    )
    print(json.dumps(made) if given.json else said)
    return 0


def undo_import(given: argparse.Namespace) -> int:
    """Undo the last import that stands, as long as nobody worked on what it brought."""
    rows = RiskImport.objects.filter(campaign__scope=scope_of(given), undone_at=None)
    last = rows.select_related("campaign__scope", "cell").order_by("-pk").first()
    if last is None:
        raise Misuse(words("Aucun import ne tient.", "No import stands."))
    acts.undo_import(CONSOLE, done=last)
    print(
        words(
            f"{last.risks} risques de {last.file_name} sont hors du registre.",
            f"{last.risks} risks of {last.file_name} are off the register.",
        )
    )
    return 0
