"""A contract that runs: obligations, notice, reviews, events of the software, the plan to leave."""

from __future__ import annotations

from datetime import date

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, Text, instant, local_day, months_after, t
from opposable.systems.contracts.acts.deadlines import EVENING, NOTICE, REVIEW, TIME, owe
from opposable.systems.contracts.acts.drafting import consolidated
from opposable.systems.contracts.models import Contract, ContractEvent, Obligation
from opposable.systems.contracts.rules import terms as rules

DONE = "contracts.obligation.do"
LEAVE = "contracts.reversibility.plan"
TRY = "contracts.reversibility.try"
ANSWER = "contracts.event.answer"
CLAIM = "contracts.guarantee.answer"


@act(NOTICE, label=t("Donner congé", "Give notice"), receipt=True)
def give_notice(a: Acting, *, contract: Contract) -> Contract:
    """The contract then ends with its running term; refused after the last day for notice of that term: it will be renewed first."""
    a.require("approve", contract)
    rule = a.law(TIME, local_day(a.now))
    today = local_day(a.now)
    if contract.ended_on is not None:
        raise Refused(t("Congé est déjà donné.", "Notice was given already."), None, "notice.given")
    found = rules.period(contract.terms(), max(today, contract.starts_on))
    last = next((one for one in rules.deadlines(contract.terms(), today, rule) if one.name == "notice"), None)
    if last is not None and today > last.day:
        raise Refused(
            t("Trop tard pour ce terme : le dernier jour était le {day}.", "Too late for this term: the last day was {day}.").format(
                day=last.day.isoformat()
            ),
            rule,
            "notice.late",
            facts={"today": today, "last_day": last.day},
            trace=last.trace,
            lawful=t("Donnez congé après la reconduction, pour le terme suivant.", "Give notice after the renewal, for the next term."),
        )  # fmt: skip
    a.cite(rule)
    a.why(found)
    contract.ended_on = found.value[1]
    a.record(contract)
    duties.close_duty(contract, NOTICE, a.now)
    owe(a, contract)
    return contract


@act(REVIEW, label=t("Revoir un contrat", "Review a contract"))
def review(a: Acting, *, contract: Contract, conclusion: str) -> Contract:
    """Looked at: its dates are computed anew from today."""
    a.require("write", contract)
    if not conclusion.strip():
        raise Refused(t("Dites ce que vous concluez.", "Say what you conclude."), None, "review.empty")
    a.part("review", {"conclusion": conclusion[:4000]}, keep="contracts.file")
    a.record(contract)
    if not owe(a, contract):
        duties.close_all(contract, a.now)
    return contract


# ---------------------------------------------------------------- obligations


@act("contracts.obligation.add", label=t("Inscrire une obligation", "Enter an obligation"))
def add_obligation(
    a: Acting,
    *,
    contract: Contract,
    side: str,
    what: str,
    due_on: date,
    clause: str = "",
    trigger: str = "",
    every_months: int = 0,
) -> Obligation:
    """What one side owes, by a day, perhaps again every so many months."""
    a.require("write", contract)
    if side not in ("us", "them") or not what.strip():
        raise Refused(t("Qui doit quoi ?", "Who owes what?"), None, "obligation.empty")
    made = Obligation(
        cell=contract.cell,
        contract=contract,
        side=side,
        what=what,
        clause=clause,
        trigger=trigger,
        due_on=due_on,
        every_months=every_months,
    )
    a.record(made)
    _owe(made)
    return made


@act(DONE, label=t("Constater une obligation exécutée", "Record an obligation performed"))
def do_obligation(a: Acting, *, obligation: Obligation, evidence: str, done_on: date) -> Obligation:
    """With what shows it. A recurrent one is due again, counted from its day and not from when it was done."""
    a.require("write", obligation)
    if not evidence.strip() or done_on > local_day(a.now):
        raise Refused(
            t("Dites ce qui le prouve, et quel jour.", "Say what shows it, and on which day."),
            None,
            "obligation.evidence",
        )
    obligation.done_on, obligation.evidence = done_on, evidence[:300]
    a.record(obligation)
    if obligation.every_months:
        obligation.due_on = months_after(obligation.due_on, obligation.every_months)[0]
        _owe(obligation)
    else:
        duties.close_all(obligation, a.now)
    return obligation


def _owe(obligation: Obligation) -> None:
    who = t("nous devons", "we owe") if obligation.side == "us" else t("on nous doit", "we are owed")
    title = t("{ref}, {who} : {what}", "{ref}, {who}: {what}").format(
        ref=obligation.contract.ref, who=who, what=obligation.what
    )
    short, link = Text(title.fr[:200], title.en[:200]), f"/contracts/{obligation.contract.uid}/"
    duties.open_duty(obligation, DONE, short, instant(obligation.due_on, EVENING), link=link)


# ---------------------------------------------------------------- the software, and leaving it


@act("contracts.event.record", label=t("Consigner un événement du progiciel", "Record an event of the software"))
def record_event(
    a: Acting, *, contract: Contract, kind: str, what: str, on: date, delivered_on: date | None = None
) -> ContractEvent:
    """A version published, an end of support, a function withdrawn: what it does to the guarantee of evolution."""
    a.require("write", contract)
    if kind not in rules.EVENTS:
        raise Refused(t("Événement inconnu.", "Unknown event."), None, "event.kind")
    day = local_day(a.now)
    text = consolidated(contract, day)
    covered = {cover.point for clause in text for cover in clause.covers if cover.quote in clause.text}
    decision = rules.weigh(
        rules.Event(kind, on, delivered_on), sorted(covered), _last(contract, day), a.law("contracts.guarantee", day)
    )
    a.why(decision)
    made = ContractEvent(
        cell=contract.cell,
        contract=contract,
        kind=kind,
        what=what,
        on=on,
        delivered_on=delivered_on,
        verdict=decision.value,
    )
    a.record(made)
    if made.verdict != rules.KEPT:
        _claim(a, made)
    return made


def _claim(a: Acting, event: ContractEvent) -> None:
    """What the guarantee makes due: to be invoked, or, when there is none, to be obtained."""
    day = local_day(a.now)
    rule = a.law(CLAIM, day)
    by, trace = rules.claim_by(rules.Event(event.kind, event.on, event.delivered_on), day, rule)
    what = (
        t("invoquer la garantie d’évolution", "invoke the guarantee of evolution")
        if event.verdict == rules.TESTED
        else t(
            "aucune garantie : obtenir un avenant, ou décider de s’en passer",
            "no guarantee: obtain an amendment, or decide",
        )
    )
    title = t("{ref}, {event} : {what}", "{ref}, {event}: {what}").format(
        ref=event.contract.ref, event=event.what[:80], what=what
    )
    duties.open_duty(
        event,
        ANSWER,
        Text(title.fr[:200], title.en[:200]),
        instant(by, EVENING),
        rule=rule,
        trace=trace.as_data(),
        link=f"/contracts/{event.contract.uid}/",
    )


@act(ANSWER, label=t("Répondre à un événement du progiciel", "Answer an event of the software"))
def answer_event(
    a: Acting, *, event: ContractEvent, answer: str, answered_on: date, delivered_on: date | None = None
) -> ContractEvent:
    """What was asked of the publisher, obtained or decided. A version that was delivered since keeps the guarantee."""
    a.require("write", event)
    if event.verdict == rules.KEPT or event.answered_on is not None:
        raise Refused(t("Cet événement n’attend rien.", "This event waits for nothing."), None, "event.closed")
    if not answer.strip() or answered_on > local_day(a.now):
        raise Refused(
            t("Dites ce qui a été fait, et quel jour.", "Say what was done, and on which day."), None, "event.answer"
        )
    if event.kind == "version-published" and delivered_on is not None:
        event.delivered_on, event.verdict = delivered_on, rules.KEPT
    event.answer, event.answered_on = answer.strip()[:4000], answered_on
    a.record(event)
    duties.close_duty(event, ANSWER, a.now)
    return event


def _last(contract: Contract, day: date) -> date | None:
    if contract.ended_on:
        return contract.ended_on
    try:
        return rules.period(contract.terms(), max(day, contract.starts_on)).value[1]
    except Refused:
        return None


@act(LEAVE, label=t("Établir le plan de réversibilité", "Set the reversibility plan"))
def plan_reversibility(
    a: Acting, *, contract: Contract, data: str, data_format: str, assistance: str, test_on: date
) -> Contract:
    """What comes back, in which format, with whose help, and when it will be tried."""
    a.require("write", contract)
    if not all(part.strip() for part in (data, data_format, assistance)):
        raise Refused(
            t("Quelles données, quel format, quelle aide ?", "Which data, which format, which help?"),
            None,
            "plan.empty",
        )
    contract.reversibility = {
        "data": data,
        "format": data_format,
        "assistance": assistance,
        "test_on": test_on.isoformat(),
        **({"trials": trials} if (trials := contract.reversibility.get("trials")) else {}),
    }
    a.record(contract)
    _owe_trial(contract, test_on)
    return contract


def _owe_trial(contract: Contract, test_on: date) -> None:
    title = t("{ref} : essayer la réversibilité", "{ref}: try the reversibility").format(ref=contract.ref)
    duties.open_duty(contract, TRY, title, instant(test_on, EVENING), link=f"/contracts/{contract.uid}/leaving/")


MOST_TRIALS = 200


@act(TRY, label=t("Consigner un essai de réversibilité", "Record a trial of reversibility"))
def try_reversibility(
    a: Acting, *, contract: Contract, tried_on: date, worked: bool, found: str, next_on: date | None = None
) -> Contract:
    """The plan was tried: what came back, whether it served. A trial that failed needs the day of the next one."""
    a.require("write", contract)
    plan = contract.reversibility
    if not plan:
        raise Refused(t("Il n’y a pas encore de plan.", "There is no plan yet."), None, "plan.none")
    if not found.strip() or tried_on > local_day(a.now):
        raise Refused(
            t("Dites ce que l’essai a montré, et quel jour.", "Say what the trial showed, and on which day."),
            None,
            "trial.empty",
        )
    if next_on is None and not worked:
        raise Refused(
            t("Quel jour l’essaiera-t-on de nouveau ?", "On which day is it tried again?"), None, "trial.next"
        )
    if next_on is not None and next_on <= tried_on:
        raise Refused(t("Le prochain essai vient après.", "The next trial comes after."), None, "trial.order")
    trial = {"on": tried_on.isoformat(), "worked": worked, "found": found.strip()[:2000]}
    trials = [*plan.get("trials", []), trial][-MOST_TRIALS:]
    contract.reversibility = {**plan, "test_on": next_on.isoformat() if next_on else "", "trials": trials}
    a.record(contract)
    if next_on is not None:
        _owe_trial(contract, next_on)
    else:
        duties.close_duty(contract, TRY, a.now)
    return contract
