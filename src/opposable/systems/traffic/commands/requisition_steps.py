"""The steps of a requisition at the command line: where it stands, then one act after the other."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from opposable.kernel import clock
from opposable.kernel.decisions import state_digest
from opposable.kernel.models import Account
from opposable.law import Refused, Text, t
from opposable.law.terminal import language, say, words
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.armour import certificate_pem
from opposable.systems.traffic.acts.cases import CERTIFIABLE
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.acts.papers import unsaid_words
from opposable.systems.traffic.acts.querying import questions, read_of
from opposable.systems.traffic.commands.days import loss_line
from opposable.systems.traffic.exchange.answer.compose import make_answer, sealed_file
from opposable.systems.traffic.exchange.answer.recipient import verdict
from opposable.systems.traffic.models import Query, Requisition
from opposable.systems.traffic.models.requisition import STATUSES
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.qualify import STATUSES as VERDICTS
from opposable.systems.traffic.rules.words import store_words

TIMES = ("received_at", "since", "until", "due_at")


def actor_of(given: argparse.Namespace) -> Any:
    account = Account.objects.filter(email__iexact=given.account, is_active=True).first()
    if account is None:
        raise Refused(t("Aucun compte n’a cette adresse.", "No account has this address."), None, "account.unknown")
    return account.actor


def case_of(given: argparse.Namespace) -> Requisition:
    found = list(Requisition.objects.visible_to(actor_of(given)).filter(uid__startswith=given.case)[:2])
    if len(found) != 1:
        raise Refused(
            t(
                "Aucun de vos dossiers ne porte ce nom, ou plus d’un.",
                "None of your cases has this name, or more than one.",
            ),
            None,
            "case.unknown",
        )
    return found[0]


def _show(given: argparse.Namespace) -> int:
    case = case_of(given)
    print(f"{case.code}  {say(STATUSES[case.status])}  {case.reference}  {case.authority}")
    for one in case.verdicts:
        print(f"  {say(CATEGORIES[one['category']]):38} {say(VERDICTS[one['status']])}")
        print(f"      {one['reason'][language()]}\n      {' ; '.join(one['cite']) or '-'}")
    if case.status in CERTIFIABLE:
        print(f"  {_recipient(case)}")
    for query in case.current_queries():
        print(f"{_found(query)}, {words(f'{query.given} remises', f'{query.given} given')}")
        _say_lost(query)
    for one in case.freezes.order_by("pk"):
        if one.erased_at:
            state = words(f"effacées le {one.erased_at:%Y-%m-%d}", f"erased on {one.erased_at:%Y-%m-%d}")
        else:
            state = words(f"jusqu’au {one.until} (exclu)", f"until {one.until} (exclusive)")
        rows = words(f"  gelées : {one.rows} lignes de {one.store}", f"  frozen: {one.rows} rows of {one.store}")
        print(f"{rows}, {state}, {one.ground}")
    print(f"  {words('état', 'state')} {state_digest(case)}")
    return 0


def _recipient(case: Requisition) -> str:
    """Whether the certificate on file would do if the answer were sealed now."""
    found = verdict(case.certificate, clock.now())
    if isinstance(found, Text):
        return say(found)
    until = f"{found.not_valid_after_utc:%Y-%m-%d}"
    return words(
        f"certificat de l’autorité acceptable, jusqu’au {until}", f"the authority’s certificate will do, until {until}"
    )


def _done(call: Callable[[Any, Requisition, argparse.Namespace], Any]) -> Callable[[argparse.Namespace], int]:
    def run(given: argparse.Namespace) -> int:
        case = case_of(given)
        call(actor_of(given), case, given)
        case.refresh_from_db()
        print(f"{case.code}{words(' :', ':')} {say(STATUSES[case.status])}")
        return 0

    return run


def _found(query: Query) -> str:
    place, store = query.position + 1, say(store_words(query.store))
    return words(
        f"  critère {place}, {store} : {query.rows} lignes, {query.persons} personnes",
        f"  selector {place}, {store}: {query.rows} rows, {query.persons} persons",
    )


def _say_lost(query: Query) -> None:
    if query.unsaid:
        print(f"  {say(unsaid_words(query.selector, query.unsaid))}")
    for one in query.lost:
        print(loss_line(one))


def _extract(actor: Any, case: Requisition, _given: argparse.Namespace) -> None:
    done = {(one.position, one.store) for one in read_of(case)}  # of a run that a refusal stopped
    for position, store in questions(case):
        if (position, store) in done:
            continue
        query = acts.count(actor, requisition=case, position=position, store=store).result
        print(_found(query))
        _say_lost(query)
        acts.read(actor, query=query)
    case.refresh_from_db()
    acts.close_extraction(actor, requisition=case)


def _deliver(actor: Any, case: Requisition, given: argparse.Namespace) -> None:
    still(case, "answered")
    data = sealed_file(case.answer)
    if data is None:
        raise Refused(
            t("La réponse a été effacée à son terme.", "The answer was erased on its day."), None, "answer.erased"
        )
    given.out.write_bytes(data)
    acts.deliver(actor, requisition=case, how=given.how)


def _amend(actor: Any, case: Requisition, given: argparse.Namespace) -> None:
    try:
        changes = json.loads(given.file.read_text("utf-8"))
        for name in TIMES:
            if changes.get(name):
                changes[name] = datetime.fromisoformat(changes[name])
        if changes.get("dated_on"):
            changes["dated_on"] = date.fromisoformat(changes["dated_on"])
    except (ValueError, TypeError, AttributeError) as error:
        raise argparse.ArgumentTypeError(
            words(
                f"{given.file} ne se lit pas comme des champs de réquisition : {error}",
                f"{given.file} does not read as fields of a requisition: {error}",
            )
        ) from None
    acts.amend(actor, requisition=case, changes=changes)


def _reassign(actor: Any, case: Requisition, given: argparse.Namespace) -> None:
    found = Account.objects.filter(email__iexact=given.to).first()
    acts.reassign(actor, requisition=case, seat=given.seat, to=found.uid if found else "", reason=given.reason)


def _invoice(actor: Any, case: Requisition, _given: argparse.Namespace) -> None:
    made = acts.invoice(actor, requisition=case).result
    amount = f"{made.cents // 100}.{made.cents % 100:02}"
    print(words(f"  {amount.replace('.', ',')} EUR hors taxe", f"  {amount} EUR excluding tax"))


def _frozen(call: Callable[..., Any]) -> Callable[[Any, Requisition, argparse.Namespace], None]:
    def run(actor: Any, case: Requisition, given: argparse.Namespace) -> None:
        call(actor, requisition=case, ground=given.ground, ordered_on=given.ordered_on, until=given.until)
        last = case.freezes.order_by("-pk").first()
        rows = last.rows if last else 0
        print(
            words(f"  {rows} lignes jusqu’au {given.until} (exclu)", f"  {rows} rows until {given.until} (exclusive)")
        )

    return run


STEPS: tuple[tuple[str, Text, Callable[[argparse.Namespace], int]], ...] = (
    (
        "show",
        t(
            "où il en est, ce que la loi en dit, l’empreinte à approuver",
            "where it stands, what the law says of it, the digest to approve",
        ),
        _show,
    ),
    (
        "qualify",
        t("le confronter à la loi", "put it to the law"),
        _done(lambda actor, case, _: acts.qualify_requisition(actor, requisition=case)),
    ),
    (
        "approve",
        t("se prononcer sur l’état qui a été lu", "speak on the state that was read"),
        _done(lambda actor, case, given: acts.approve(actor, requisition=case, about=given.about, agreed=not given.no)),
    ),
    (
        "review",
        t(
            "se prononcer après une urgence, sur l’état qui a été lu",
            "speak after an emergency, on the state that was read",
        ),
        _done(lambda actor, case, given: acts.review(actor, requisition=case, about=given.about, agreed=not given.no)),
    ),
    (
        "amend",
        t(
            "corriger ce qui a été lu, ou ajouter ce que l’autorité a envoyé depuis",
            "correct what was read, or add what the authority sent since",
        ),
        _done(_amend),
    ),
    (
        "certify",
        t(
            "ajouter le certificat pour lequel la réponse est chiffrée",
            "add the certificate that the answer is encrypted to",
        ),
        _done(
            lambda a, case, given: acts.certify(
                a, requisition=case, certificate=certificate_pem(given.file.read_bytes())
            )
        ),
    ),
    (
        "widen",
        t("admettre qu’une adresse mène à plusieurs abonnés", "accept that an address points to several subscribers"),
        _done(lambda a, case, given: acts.widen(a, requisition=case, persons=given.persons, reason=given.reason)),
    ),
    (
        "freeze",
        t(
            "geler les lignes qu’il vise, jusqu’au jour de l’ordre",
            "freeze the rows it points to, until the day of the order",
        ),
        _done(_frozen(acts.freeze)),
    ),
    (
        "prolong",
        t("prolonger un gel, par un nouvel ordre", "prolong a freeze, by a new order"),
        _done(_frozen(acts.prolong)),
    ),
    (
        "reassign",
        t("confier une place du dossier à quelqu’un d’autre", "hand a seat of the case to somebody else"),
        _done(_reassign),
    ),
    (
        "hurry",
        t("déclarer une urgence", "declare an emergency"),
        _done(lambda a, case, given: acts.hurry(a, requisition=case, reason=given.reason)),
    ),
    ("extract", t("compter, puis lire", "count, then read"), _done(_extract)),
    (
        "answer",
        t("composer, signer, chiffrer", "compose, sign, encrypt"),
        _done(lambda actor, case, _: make_answer(actor, requisition=case)),
    ),
    (
        "deliver",
        t("écrire le fichier chiffré et noter la remise", "write the encrypted file and note the delivery"),
        _done(_deliver),
    ),
    (
        "acknowledge",
        t("noter l’accusé", "note the acknowledgement"),
        _done(lambda actor, case, given: acts.acknowledge(actor, requisition=case, reference=given.reference)),
    ),
    ("invoice", t("le chiffrer au tarif de sa date", "price it at the tariff of its date"), _done(_invoice)),
    (
        "refuse",
        t("le refuser", "refuse it"),
        _done(lambda a, case, given: acts.refuse(a, requisition=case, reason=given.reason)),
    ),
    (
        "withdraw",
        t("l’autorité l’a retirée", "the authority withdrew it"),
        _done(lambda a, case, given: acts.withdraw(a, requisition=case, reason=given.reason)),
    ),
)
