"""Acts of approval: a flow is published, a case opened, each voice given, a delegate named, a way found when somebody left."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from hashlib import sha256
from typing import Any

from opposable.kernel import duties
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.approvals import rules
from opposable.kernel.approvals.reading import GIVE, OPEN, facts_of, flow_at, last_case, person_of, subject_of
from opposable.kernel.approvals.rules import Flow, Step
from opposable.kernel.decisions import changed_since, decide, keep_of, state_digest
from opposable.kernel.models import Account, ApprovalCase, ApprovalFlow, Decision, Delegation, Recorded
from opposable.kernel.models.access import may
from opposable.law import CalendarError, Refused, Text, instant, local_day, t, working_days_after
from opposable.ledger import canonical

EVENING = time(23, 59, 59)


@act("kernel.flow.publish", label=t("Publier un circuit d’approbation", "Publish an approval flow"))
def publish(a: Acting, *, data: dict[str, Any], since: date) -> ApprovalFlow:
    """A new version of a flow, in force from a day on. The one before ends that day; cases that run stay on their version."""
    a.require("write", kind=ApprovalFlow.Evidence.kind, cell=root())
    flow = Flow.read(data)
    last = ApprovalFlow.objects.filter(key=flow.key).order_by("-version").select_related("cell").first()
    if last is not None:
        if since < local_day(a.now) or since < last.since:
            raise Refused(
                t("Une version prend effet aujourd’hui ou plus tard.", "A version takes effect today or later."),
                None,
                "flow.retroactive",
                facts={"since": since, "last": last.since},
            )
        last.until = since
    new = ApprovalFlow(
        cell=root(),
        key=flow.key,
        version=last.version + 1 if last else 1,
        data=data,
        sha256=sha256(canonical.encode(data)).hexdigest(),
        since=since,
    )
    a.record(new)
    if last is not None:
        a.record(last)
    return new


# ---------------------------------------------------------------- a case


def open_case(
    a: Acting,
    row: Recorded,
    key: str,
    *,
    text: str,
    title: Text,
    link: str = "",
    facts: Mapping[str, Any] | None = None,
) -> ApprovalCase:
    """Submit the exact state of ``row`` to the flow ``key``, in the act ``a``. ``text`` is what each approver accepts.

    A case that runs on the same state is enough: refused. One that runs on an older state is withdrawn and replaced.
    """
    flow, given = flow_at(key, local_day(a.now)), dict(facts or {})
    digest = state_digest(row)
    _replace(a, row, key, digest)
    case = ApprovalCase(
        cell=row.cell,
        flow=flow,
        subject=row.uid,
        subject_kind=row.Evidence.kind,
        sha256=digest,
        facts=given,
        text=text,
        title_fr=title.fr[:200],
        title_en=title.en[:200],
        link=link,
        opened_by=a.actor.uid,
        opened_at=a.now,
    )
    asked = rules.Case(Flow.read(flow.data), given)
    if not rules.steps(asked):
        raise Refused(
            t("Ce circuit ne demande personne pour ce dossier.", "This flow asks nobody about this case."),
            None,
            "approval.nobody",
            facts=given,
            lawful=t("Publiez un circuit dont une étape s’applique.", "Publish a flow with a step that applies."),
        )
    _set_due(a, case, asked)
    a.record(case)
    return case


def _replace(a: Acting, row: Recorded, key: str, digest: str) -> None:
    last = last_case(row, key)
    if last is None or last.outcome:
        return
    if last.sha256 == digest:
        raise Refused(
            t("Une demande est en cours sur cet état.", "A case runs on this very state."), None, "approval.running"
        )
    _close(a, last, "cancelled")
    a.record(last)


@act(OPEN, label=t("Demander une approbation", "Ask for an approval"), api=False)
def submit(
    a: Acting, *, row: Recorded, key: str, text: str, title: Text, link: str = "", facts: dict[str, Any] | None = None
) -> ApprovalCase:
    """A case that no system's own act opens."""
    a.require("write", row)
    return open_case(a, row, key, text=text, title=title, link=link, facts=facts)


@act(GIVE, label=t("Se prononcer sur une demande d’approbation", "Speak on a request for approval"), receipt=True)
def give(a: Acting, *, case: ApprovalCase, step: str, approves: bool, seen: str, note: str = "") -> Decision:
    """Approve or refuse, at a step, the exact state ``seen`` (the digest that the case and its page show)."""
    row = subject_of(case)
    a.require("read", row)
    facts = _running(case, row)
    found = next((one for one in facts.flow.steps if one.id == step), None)
    if found is None:
        raise Refused(t("Ce circuit n’a pas cette étape.", "This flow has no such step."), None, "approval.step")
    as_what = rules.capacity(facts, found, person_of(a.actor, row, a.now))
    if seen != case.sha256 or state_digest(row) != case.sha256:
        raise changed_since(seen, state_digest(row))
    decision = decide(
        a,
        row,
        case.text,
        seen=seen,
        approves=approves,
        role=as_what.role,
        principal=as_what.principal,
        note=note,
        case=case,
        step=step,
    )
    said = rules.Voice(step, a.actor.uid, as_what.principal or a.actor.uid, approves)
    _move_on(a, case, rules.Case(facts.flow, facts.facts, facts.authors, (*facts.voices, said), facts.assigned))
    a.record(case)
    return decision


def _running(case: ApprovalCase, row: Recorded) -> rules.Case:
    if case.outcome:
        raise Refused(t("Cette demande est close.", "This case is closed."), None, "approval.closed")
    return facts_of(case, row)


def _move_on(a: Acting, case: ApprovalCase, facts: rules.Case) -> None:
    """After a voice: refused at the first no, approved at the last yes, else the next steps get their day."""
    if not facts.voices[-1].approves:
        _close(a, case, "rejected")
    elif rules.complete(facts):
        _close(a, case, "approved")
    else:
        _set_due(a, case, facts)


def _close(a: Acting, case: ApprovalCase, outcome: str) -> None:
    case.outcome, case.closed_at = outcome, a.now
    duties.close_all(case, a.now)


def _set_due(a: Acting, case: ApprovalCase, facts: rules.Case) -> None:
    """The last day of each step that has just opened; the earliest of them all is the duty of the case."""
    steps = rules.open_steps(facts)
    for step in steps:
        if step.days and step.id not in case.due:
            case.due = {**case.due, step.id: _last_day(a, step).isoformat()}
    days = [date.fromisoformat(case.due[step.id]) for step in steps if step.id in case.due]
    if not days:
        duties.close_duty(case, GIVE, a.now)
        return
    title = t("Se prononcer : {title}", "Decide: {title}").format(title=case.title)
    at = instant(min(days), EVENING)
    duties.open_duty(case, GIVE, _short(title), at, kind=case.subject_kind, link=f"/approvals/{case.uid}/")


def _last_day(a: Acting, step: Step) -> date:
    try:
        return working_days_after(local_day(a.now), step.days)[0]
    except CalendarError:
        return local_day(a.now)


def _short(text: Text) -> Text:
    return Text(text.fr[:200], text.en[:200])


@act("kernel.approval.cancel", label=t("Retirer une demande d’approbation", "Withdraw a request for approval"))
def cancel(a: Acting, *, case: ApprovalCase, reason: str = "") -> ApprovalCase:
    """By whoever opened it, or may write the object."""
    row = subject_of(case)
    if a.actor.uid != case.opened_by:
        a.require("write", row)
    _running(case, row)
    _close(a, case, "cancelled")
    a.record(case)
    if reason:
        a.part("reason", {"reason": reason}, keep=keep_of(case.subject_kind))
    return case


# ---------------------------------------------------------------- when somebody is away, or left


@act("kernel.approval.assign", label=t("Désigner un approbateur", "Name an approver"))
def assign(a: Acting, *, case: ApprovalCase, step: str, person: str, reason: str) -> ApprovalCase:
    """An administrator names an account (by its address) for a step: the lawful way when its approver left.

    The person named must be able to read the object, and must not have written it; nobody names himself.
    """
    a.require("write", kind=ApprovalCase.Evidence.kind, cell=case.cell)
    row = subject_of(case)
    facts, account = _running(case, row), account_named(person)
    if step not in {one.id for one in rules.steps(facts)}:
        raise Refused(t("Cette étape ne s’applique pas ici.", "This step does not apply here."), None, "approval.step")
    if account.uid == a.actor.uid or account.uid in facts.authors:
        raise Refused(
            t("Ni soi-même, ni qui a établi l’objet.", "Neither oneself, nor whoever drew the object up."), None, "approval.self"
        )  # fmt: skip
    if not may(account.actor, "read", row.Evidence.kind, row.cell, a.now):
        raise Refused(
            t("Cette personne ne peut pas lire l’objet.", "This person may not read the object."),
            None,
            "approval.blind",
        )
    if not reason.strip():
        raise Refused(t("Dites pourquoi.", "Say why."), None, "approval.reason")
    case.assigned = {**case.assigned, step: [*case.assigned.get(step, []), account.uid]}
    a.record(case)
    a.part("reason", {"reason": reason, "step": step, "person": account.uid}, keep=keep_of(case.subject_kind))
    return case


def account_named(address: str) -> Account:
    """The active account with an address. Raises Refused."""
    account = Account.objects.filter(email__iexact=address.strip(), is_active=True).first()
    if account is None:
        raise Refused(
            t("Aucun compte actif n’a cette adresse.", "No active account has this address."), None, "account.unknown"
        )
    return account


@act("kernel.delegation.give", label=t("Déléguer ses approbations", "Delegate one’s approvals"))
def delegate(
    a: Acting, *, taker: str, since: date, until: date, roles: list[str] | None = None, giver: str = ""
) -> Delegation:
    """Have somebody (by address) approve in one's place, from a day until another (exclusive); for others, an administrator."""
    if giver:
        a.require("write", kind=Delegation.Evidence.kind, cell=root())
    by = account_named(giver) if giver else Account.objects.filter(uid=a.actor.uid).first()
    if by is None:
        raise Refused(
            t("Une personne délègue, pas le logiciel.", "A person delegates, not the software."),
            None,
            "delegation.person",
        )
    to = account_named(taker)
    if to.pk == by.pk or until <= since or until <= local_day(a.now):
        raise Refused(
            t(
                "À une autre personne, d’un jour à un jour plus tardif.",
                "To another person, from one day to a later one.",
            ),
            None,
            "delegation.days",
            facts={"since": since, "until": until},
        )
    made = Delegation(cell=root(), giver=by, taker=to, roles=roles or [], since=since, until=until)
    a.record(made)
    return made


@act("kernel.delegation.end", label=t("Mettre fin à une délégation", "End a delegation"))
def end_delegation(a: Acting, *, delegation: Delegation) -> Delegation:
    """By whoever gave it, or an administrator. What was approved under it stays."""
    if a.actor.account_id != delegation.giver_id:
        a.require("write", delegation)
    delegation.until = min(delegation.until, max(delegation.since, local_day(a.now)))
    a.record(delegation)
    return delegation
