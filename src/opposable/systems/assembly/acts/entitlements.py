"""Acts that open and close the remote vote, and the one that fixes what each holder may vote."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.acts.standing import transfers_in_force
from opposable.systems.assembly.models import Entitlement, Form, Holder, Meeting
from opposable.systems.assembly.rules import convening
from opposable.systems.assembly.rules.forms import changes, reception
from opposable.systems.assembly.rules.register import lots_at
from opposable.systems.assembly.rules.weights import Snapshot, snapshot


@act("assembly.vote.open", label=t("Ouvrir le site de vote", "Open the voting site"), receipt=True)
def open_voting(a: Acting, *, meeting: Meeting) -> Meeting:
    """Open the voting site. Refused when the bylaws do not allow electronic votes, or the simple signature without describing it.

    Votes are weighed provisionally on the register of the day; the record date fixes them.
    """
    a.require("write", meeting)
    require_status(meeting, "convened")
    facts = meeting.company.facts()
    a.why(convening.site_may_open(meeting_facts(meeting), meeting.signature_level, a.statutes, meeting.day))
    meeting.status, meeting.opened_at = "open", a.now
    a.record(meeting)
    first = meeting.first_meeting
    if first is not None and first.agenda_digest == meeting.agenda_digest:
        title = t("Reprendre les formulaires de la première assemblée", "Carry the forms of the first meeting over")
        link = f"/assembly/meetings/{meeting.uid}/"
        duties.open_duty(meeting, "assembly.forms.carry", title, a.now, link=link, automatic=True)
    holders = _holders(meeting)
    _write_entitlements(a, meeting, holders, _snapshot(a, meeting, facts, holders, a.now), first=True)
    return meeting


def _snapshot(a: Acting, meeting: Meeting, company: Any, holders: list[Holder], instant: datetime) -> Snapshot:
    """The votes of every holder as the register stands at an instant."""
    lots = [lot for holder in holders for lot in holder.lot_facts()]
    movements = [transfer.facts() for transfer in transfers_in_force(meeting.company)]
    standing = lots_at(a.statutes, company, lots, movements, instant)
    voting = [lot for lot in standing if meeting.isin in ("", lot.isin)]
    agents = {ref: holder.uid for holder in holders for ref in holder.represents}
    return snapshot(a.statutes, meeting.day, company, voting, instant, representatives=agents, zone=meeting.zone)


def _holders(meeting: Meeting) -> list[Holder]:
    """The accounts of the register, as far as votes are concerned: read once, there may be a hundred thousand."""
    return list(Holder.objects.filter(company=meeting.company).only("uid", "lots", "represents"))


def _write_entitlements(
    a: Acting, meeting: Meeting, accounts: list[Holder], taken: Snapshot, *, first: bool = False
) -> list[Entitlement]:
    """New and changed entitlements. Returns those that changed."""
    holders = {holder.uid: holder for holder in accounts}
    known = (
        {}
        if first
        else {item.holder.uid: item for item in meeting.entitlements.select_related("holder", "meeting", "cell")}
    )
    changed = []
    for entitled in taken.entitlements:
        holder, voice = entitled.value.holder, entitled.value.voice
        row = known.pop(holder, None) or Entitlement(cell=meeting.cell, meeting=meeting, holder=holders[holder])
        if row._state.adding or row.voice() != voice:
            _set_voice(row, voice, entitled.trace.as_data())
            changed.append(row)
    for row in known.values():
        if row.votes_ordinary or row.votes_extraordinary or row.votes_profits:
            _set_voice(row, type(row.voice())(), [])
            changed.append(row)
    a.record_many(changed)
    return changed


def _set_voice(row: Entitlement, voice: Any, why: list[Any]) -> None:
    row.shares_ordinary, row.votes_ordinary = voice.ordinary.shares, voice.ordinary.votes
    row.shares_extraordinary, row.votes_extraordinary = voice.extraordinary.shares, voice.extraordinary.votes
    profits = voice.profits
    row.shares_profits, row.votes_profits = (profits.shares, profits.votes) if profits else (None, None)
    row.why = why


@act("assembly.entitlements.fix", label=t("Arrêter les droits de vote", "Fix the votes at the record date"))
def fix_entitlements(a: Acting, *, meeting: Meeting) -> Meeting:
    """At the record date: the register of that instant gives the votes; forms received before are amended or voided accordingly.

    R. 22-10-28, IV: a transfer before the record date changes the vote already given; one after it does not.
    """
    a.require("write", meeting)
    if meeting.record_at is None or a.now < meeting.record_at:
        raise Refused(
            t("La date d’enregistrement n’est pas atteinte.", "The record date is not reached."),
            a.law("assembly.record-date.unlisted", meeting.day, meeting.company.layers()),
            "record-date.early",
        )
    a.about(meeting)
    holders = _holders(meeting)
    taken = _snapshot(a, meeting, meeting.company.facts(), holders, meeting.record_at)
    changed = _write_entitlements(a, meeting, holders, taken)
    if not meeting.entitlements_fixed_at:
        meeting.entitlements_fixed_at = a.now
    a.record(meeting)
    _amend_forms(a, meeting, meeting.record_at, {row.holder_id: row for row in changed})
    duties.close_duty(meeting, "assembly.entitlements.fix", a.now)
    return meeting


def _amend_forms(a: Acting, meeting: Meeting, record_at: datetime, changed: dict[int, Entitlement]) -> None:
    agenda = tuple(item.facts() for item in meeting.resolutions.filter(kind="draft").order_by("position"))
    rule = a.law("assembly.transfer.after-vote", meeting.day)
    just_before = record_at - timedelta(microseconds=1)  # what changed since the form came, changed before it
    forms = Form.objects.filter(meeting=meeting, holder__in=list(changed), status="counted", mode="vote")
    for form in forms.select_related("meeting", "holder", "cell"):
        after = changes.after_transfer(
            rule,
            agenda,
            form.marks,
            changed[form.holder_id].voice(),
            sold_at=just_before,
            record_at=record_at,
        )
        if after.value.status != "counted":
            form.status = after.value.status
            form.choices = [list(mark) if mark else None for mark in after.value.choices]
            a.why(after)
            a.record(form)


@act("assembly.vote.close", label=t("Clore le vote à distance", "Close remote voting"), receipt=True)
def close_voting(a: Acting, *, meeting: Meeting) -> Meeting:
    """Mark remote voting as over. It changes no right: each form is judged by its own instant."""
    a.require("write", meeting)
    require_status(meeting, "open")
    limit = reception.limit_of(a.statutes, meeting.company.facts(), meeting.day, "electronic", meeting.zone)
    if limit.value.allows(a.now):
        raise Refused(
            t("Le vote à distance n’est pas terminé.", "Remote voting is not over."),
            limit.rule,
            "vote.early",
            trace=limit.trace,
        )
    a.why(limit)
    meeting.status, meeting.closed_at = "closed", a.now
    a.record(meeting)
    duties.close_duty(meeting, "assembly.vote.close", a.now)
    return meeting
