"""What management decides, each on an exact state: accepting what remains of a risk, publishing the statement of applicability."""

from __future__ import annotations

from typing import Any

from opposable.kernel import decisions, duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Decision
from opposable.law import Refused, Text, instant, local_day, months_after, t
from opposable.systems.isms.acts.common import refuse, who
from opposable.systems.isms.acts.reading import ACCEPT, facts_of
from opposable.systems.isms.acts.statement import require_draft
from opposable.systems.isms.models import Scenario, Soa
from opposable.systems.isms.rules import consistency

PUBLISH = "isms.statement.publish"
SHOWN = 60


def acceptance_text(scenario: Scenario) -> Text:
    """The sentence that is proposed to whoever accepts."""
    return t(
        "J’accepte le risque R{n} au niveau « {level} », traité comme le dit son plan.",
        "I accept risk R{n} at level “{level}”, treated as its plan says.",
    ).format(n=scenario.number, level=scenario.campaign.method.read.name(scenario.now))


def approval_text(soa: Soa) -> Text:
    """The sentence that is proposed to whoever approves a statement."""
    return t(
        "J’approuve la déclaration d’applicabilité version {v} de « {scope} », telle que je l’ai lue.",
        "I approve version {v} of the statement of applicability of “{scope}”, as I read it.",
    ).format(v=soa.version, scope=soa.scope.name)


def require_seen(seen: str) -> None:
    """What is decided on blindly is not decided: the digest of what was read is asked for by every way in."""
    if not seen:
        raise refuse(
            "Dites sur quel état vous décidez : l’empreinte de ce que vous avez lu.",
            "Say on which state you decide: the digest of what you read.",
            "decision.unseen",
        )


@act(ACCEPT, label=t("Accepter le risque résiduel", "Accept the residual risk"), receipt=True)
def accept_risk(a: Acting, *, scenario: Scenario, text: str, seen: str) -> Decision:
    """«Acceptation du risque résiduel», on the exact state that was read. Stale by itself when the risk changes, and it expires."""
    a.require("approve", scenario)
    rule = a.law("isms.acceptance", local_day(a.now))
    a.cite(rule)
    require_seen(seen)
    method = scenario.campaign.method.read
    level = scenario.now
    if level is None or not scenario.option:
        raise refuse(
            "Cotez ce risque et choisissez son traitement d’abord.",
            "Rate this risk and choose its treatment first.",
            "accept.early",
        )
    if method.levels[level - 1].acceptor == "nobody":
        raise refuse(
            "À ce niveau, la méthode ne laisse personne accepter : il faut traiter.",
            "At this level the method lets nobody accept: it must be treated.",
            "accept.nobody",
        )
    if method.four_eyes:
        decisions.four_eyes(a, scenario, rule=rule, apart_from=[ACCEPT])
    day = local_day(a.now)
    a.record(scenario)  # before the decision: the act belongs to the history of the risk
    until = months_after(day, method.valid_months)[0]
    decision = decisions.decide(a, scenario, text, seen=seen, expires_on=until)
    title = t("Accepter de nouveau, ou traiter : {risk}", "Accept again, or treat: {risk}").format(
        risk=str(scenario)[:140]
    )
    link = scenario.get_absolute_url()
    duties.open_duty(
        decision,
        decisions.RENEW,
        title,
        instant(until, decisions.MORNING),
        rule=rule,
        link=link,
        kind=Scenario.Evidence.kind,
    )
    return decision


@act(
    PUBLISH,
    label=t("Publier la déclaration d’applicabilité", "Publish the statement of applicability"),
    receipt=True,
)
def publish_statement(a: Acting, *, soa: Soa, text: str, seen: str) -> Decision:
    """Through the gate: every reason to refuse is said at once. Approval is a decision on the exact lines that were read."""
    a.require("approve", soa)
    require_draft(soa)
    require_seen(seen)
    rule = a.law("isms.statement", local_day(a.now))
    faults = consistency.report(facts_of(soa, a.now), gate_only=True)
    if faults:
        raise refusal(faults, rule)
    a.cite(rule)
    for old in soa.scope.statements.filter(status="published").select_related("scope", "cell"):
        old.status = "replaced"
        a.record_before(old)
    a.record(soa)  # before the decision: the act is the statement's own
    decision = decisions.decide(a, soa, text, seen=seen)
    soa.status, soa.published_at, soa.published_by = "published", a.now, who(a)
    soa.lines_sha256 = decision.sha256
    return decision


def refusal(faults: list[consistency.Fault], rule: Any) -> Refused:
    """The gate's refusal, with every reason."""
    return Refused(
        t("Raisons de refuser la publication : {n}.", "Reasons to refuse publication: {n}.").format(n=len(faults)),
        rule,
        "soa.gate",
        facts={f"{one.check} {one.about}": one.text.fr for one in faults[:SHOWN]},
        lawful=t("Corrigez chaque ligne citée, puis publiez.", "Mend each line cited, then publish."),
    )
