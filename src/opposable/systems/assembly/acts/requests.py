"""Acts on what is asked to be put on the agenda: by shareholders, by an association of theirs, by the works council.

L. 225-105; R. 225-71 to R. 225-74; L. 22-10-44; C. trav., L. 2312-77; L. 223-27 in an SARL; the bylaws of an SAS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, Rule, days_after, end_of_day, local_day, t
from opposable.systems.assembly.acts.asked import listing_rule
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.acts.held import file_of, held_at, told, votes_at
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.models import AgendaRequest, Company, Holder, Meeting
from opposable.systems.assembly.rules import authors as askers, requests as rules
from opposable.systems.assembly.rules.convening import MeetingFacts

BEFORE = ("draft", "convened", "open")
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST = 200
ACKNOWLEDGE, LIST = "assembly.request.acknowledge", "assembly.request.list"
KINDS = ("draft", "point")
ASKERS = ("holders", "association", "committee")


@act(
    "assembly.request.receive",
    label=t("Porter une demande d’inscription", "Enter a request for the agenda"),
    receipt=True,
)
def receive_request(
    a: Acting,
    *,
    meeting: Meeting,
    kind: str,
    title: str,
    sent_on: date,
    received_at: datetime,
    authors: list[dict[str, str]] | None = None,
    by: str = "holders",
    on_behalf: str = "",
    statutes_on: date | None = None,
    body: str = "",
    text: str = "",
    reasons: str = "",
    candidate: bool = False,
    about_candidate: str = "",
) -> AgendaRequest:
    """A point or draft resolution that is asked to be put on the agenda, by one holder or several together.

    ``authors``: one object each, ``{"account": "A1", "certificate": "<SHA-256 of the certificate>"}``; what they hold is read
    in the register of that day, never from them. ``by``: "holders"; "association", whose members are the ``authors``
    (``statutes_on``: since when the company and the AMF have its statutes); "committee", the works council, without authors.
    ``on_behalf`` names the association or the council. ``sent_on`` and ``received_at`` are those of the letter or message. Too
    late, below the threshold, or of a meeting that takes none: refused with its rule, and kept on file as refused.
    """
    a.require("write", kind=AgendaRequest.Evidence.kind, cell=meeting.cell)
    require_status(meeting, *BEFORE)
    a.about(meeting)
    _check(a, meeting, kind, title, sent_on, received_at)
    _check_by(by, on_behalf, authors or [])
    at = min(received_at, end_of_day(sent_on, meeting.zone))
    named = [] if by == "committee" else _authors(meeting.company, authors or [], at)
    asked = rules.Request(kind, sent_on, received_at, text, reasons, candidate, about_candidate)  # type: ignore[arg-type]
    row = AgendaRequest(
        cell=meeting.cell,
        meeting=meeting,
        by=by,
        on_behalf=on_behalf.strip(),
        statutes_on=statutes_on,
        kind=kind,
        title=title.strip(),
        text=text.strip(),
        reasons=reasons.strip(),
        about_candidate=about_candidate.strip(),
        body=_body(meeting, body),
        sent_on=sent_on,
        received_at=received_at,
        status="received",
        authors=[{"uid": h.uid, "ref": h.ref, "shares": 0, "certificate": digest} for h, digest in named],
    )
    try:
        _admit(a, row, asked, [holder for holder, _ in named], at)
    except Refused as refused:
        if refused.code not in KEPT:
            raise
        row.status = "refused"
        a.record(row)
        a.refuse(refused)
        return row
    a.record(row)
    _open_duties(a, row)
    return row


KEPT = ("agenda.frozen", "request.no-right", "request.late", "request.threshold", "request.statutes")
"""Refusals that stay on file with what was asked: the others may be mended and asked again."""


def _admit(a: Acting, row: AgendaRequest, asked: rules.Request, holders: list[Holder], at: datetime) -> None:
    """The right, what the request holds, its time, and what its authors hold on the day of the request."""
    meeting = row.meeting
    company = meeting.company.facts()
    facts = request_facts(meeting)
    held = held_at(a.statutes, meeting.company, holders, at) if holders else {}
    for author in row.authors:
        author["shares"] = held[author["uid"]]
    if row.by == "committee":
        rules.check_call(a.statutes, facts, company)
        rule = company.rule(a.statutes, askers.COMMITTEE, facts.day)
        a.why(askers.check_committee(rule, facts, row.kind, row.sent_on, row.text))
        return
    rule = rules.rule_of(a.statutes, facts, company)
    gives = rule if row.by == "holders" else askers.association_rule(a.statutes, company, facts.day)
    in_time = rules.rule_of_time(a.statutes, facts, company)
    a.why(rules.check_content(rule, asked, points=in_time.param.get("points", True)))
    a.why(rules.check_time(a.statutes, facts, asked))
    if row.by == "association":
        _admit_association(a, row, gives, holders, at)
        return
    a.why(share(rule, meeting, held, asked.sent_on, register_on=_register_on(meeting.company, at)))
    a.why(rules.check_proof(rule, [one["ref"] for one in row.authors if not one["certificate"]]))


def _admit_association(a: Acting, row: AgendaRequest, rule: Rule, members: list[Holder], at: datetime) -> None:
    company = row.meeting.company
    votes, total = votes_at(a, company, rule, members, at)
    a.why(
        askers.check_association(
            rule,
            votes,
            total=total,
            capital_cents=company.capital_cents,
            sent_on=row.sent_on,
            statutes_on=row.statutes_on,
        )
    )


def share(rule: Rule, meeting: Meeting, held: dict[str, int], on: date, register_on: date | None = None) -> Any:
    """Whether the authors together hold enough of the capital on a day."""
    company = meeting.company
    figures = {"shares": company.shares, "capital_cents": company.capital_cents}
    return rules.check_share(rule, held, **figures, on=on, form=company.form, register_on=register_on)


def _register_on(company: Company, at: datetime) -> date | None:
    """The day of the file that was read for an instant."""
    file = file_of(company, at).file
    return file.effective_on if file else None


def request_facts(meeting: Meeting) -> MeetingFacts:
    """The meeting as the articles on requests look at it: bearer shares, and the day of the notice."""
    bearer = told(meeting.company).filter(told__contains='"form": "bearer"').exists()
    notice = local_day(meeting.notice_at, meeting.zone) if meeting.notice_at else None
    return rules.with_notice(meeting_facts(meeting), bearer=bearer, notice_on=notice)


def _check_by(by: str, on_behalf: str, authors: list[dict[str, str]]) -> None:
    faults = (
        (by not in ASKERS, t("auteur inconnu", "unknown author")),
        (
            by in ("association", "committee") and not on_behalf.strip(),
            t("nommez l’association ou le comité", "name the association or the council"),
        ),
        (len(on_behalf) > 200, t("un nom de 200 signes au plus", "a name of 200 characters at most")),
        (
            by == "committee" and bool(authors),
            t(
                "le comité demande seul, sans compte du registre",
                "the council asks alone, without an account of the register",
            ),
        ),
    )
    refuse_first(faults, "request.author")


def _authors(company: Company, given: list[dict[str, str]], at: datetime) -> list[tuple[Holder, str]]:
    """The accounts that are named, of those that ran on the day of the request, each with the digest of its certificate."""
    refs = [str(one.get("account", "")).strip() for one in given[: MOST + 1]]
    then = file_of(company, at)
    found = company.holders.filter(ref__in=refs)
    known = {holder.ref: holder for holder in found if not then.ended(holder)}
    unknown = [ref[:40] for ref in refs if ref not in known]
    digests = [str(one.get("certificate", "")).strip() for one in given[: MOST + 1]]
    faults = (
        (not refs, t("aucun auteur n’est nommé", "no author is named")),
        (len(refs) > MOST, t("{n} auteurs au plus", "{n} authors at most").format(n=MOST)),
        (
            bool(unknown),
            t("sans compte au registre : {refs}", "not in the register: {refs}").format(refs=", ".join(unknown[:5])),
        ),
        (len(set(refs)) < len(refs), t("un auteur est nommé deux fois", "an author is named twice")),
        (
            any(one and not DIGEST.fullmatch(one) for one in digests),
            t("l’empreinte d’une attestation n’est pas un SHA-256", "the digest of a certificate is no SHA-256"),
        ),
    )
    refuse_first(faults, "request.author")
    return [(known[ref], digest) for ref, digest in zip(refs, digests, strict=True)]


def _check(a: Acting, meeting: Meeting, kind: str, title: str, sent_on: date, received_at: datetime) -> None:
    received_on = local_day(received_at, meeting.zone)
    faults = (
        (kind not in KINDS, t("genre inconnu", "unknown kind")),
        (
            not title.strip() or len(title) > 200,
            t("un titre de 200 signes au plus est attendu", "a title of 200 characters at most is wanted"),
        ),
        (received_at > a.now, t("reçue dans l’avenir", "received in the future")),
        (sent_on > received_on, t("reçue avant d’être envoyée", "received before it was sent")),
    )
    refuse_first(faults, "request.shape")


def _body(meeting: Meeting, body: str) -> str:
    chosen = body or meeting.bodies[0]
    if chosen not in meeting.bodies:
        raise Refused(
            t(
                "Cette assemblée ne peut pas prendre une résolution de ce genre.",
                "This meeting cannot pass a resolution of that kind.",
            ),
            None,
            "resolution.body",
            facts={"body": chosen[:20], "meeting": meeting.kind},
        )
    return chosen


def refuse_first(faults: Iterable[tuple[bool, Any]], code: str) -> None:
    for wrong, why in faults:
        if wrong:
            raise Refused(t("Demande refusée : {why}.", "Request refused: {why}.").format(why=why), None, code)


def _open_duties(a: Acting, row: AgendaRequest) -> None:
    """To acknowledge within five days (R. 225-74) and to put on the agenda: both are the company's."""
    meeting = row.meeting
    link = f"/assembly/meetings/{meeting.uid}/requests/{row.uid}/"
    title = t(" · {title}", " · {title}").format(title=row.title[:100])
    rule = listing_rule(a, meeting, row.by)
    days = rule.param.get("acknowledged_days")
    if days and (row.by != "committee" or meeting.company.form == "sa"):  # R. 2312-34: not in an SAS
        on, trace = days_after(local_day(row.received_at, meeting.zone), days)
        what = t("Accuser réception d’une demande", "Acknowledge a request") + title
        due = end_of_day(on, meeting.zone)
        duties.open_duty(row, ACKNOWLEDGE, what, due, rule=rule, trace=trace.as_data(), link=link)
    what = t("Inscrire à l’ordre du jour", "Put on the agenda") + title
    duties.open_duty(row, LIST, what, a.now, rule=rule, link=link)
