"""Acts on what holders ask to be put on the agenda (L. 225-105; R. 225-71 to R. 225-74; L. 223-27; the bylaws of an SAS)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, Rule, days_after, end_of_day, local_day, t
from opposable.systems.assembly.acts.asked import check_matter, listing_rule
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.acts.standing import lots_around
from opposable.systems.assembly.models import AgendaRequest, Company, Holder, Meeting, Resolution
from opposable.systems.assembly.rules import requests as rules
from opposable.systems.assembly.rules.agenda import agenda_digest
from opposable.systems.assembly.rules.convening import MeetingFacts

BEFORE = ("draft", "convened", "open")
DIGEST = re.compile(r"[0-9a-f]{64}")
MOST = 200
ACKNOWLEDGE, LIST, NOTIFY = "assembly.request.acknowledge", "assembly.request.list", "assembly.agenda.notify"
MEANS = ("post", "electronic")
KINDS = ("draft", "point")


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
    authors: list[dict[str, str]],
    sent_on: date,
    received_at: datetime,
    body: str = "",
    text: str = "",
    reasons: str = "",
    candidate: bool = False,
    about_candidate: str = "",
) -> AgendaRequest:
    """A point or draft resolution that one holder, or several together, ask to be put on the agenda.

    ``authors``: one object each, ``{"account": "A1", "certificate": "<SHA-256 of the certificate>"}``; what they hold is read
    in the register, never from them. ``sent_on`` and ``received_at`` are those of the letter or message. Too late, below the
    threshold, or of a meeting that takes none: refused with its rule, and kept on file as refused.
    """
    a.require("write", kind=AgendaRequest.Evidence.kind, cell=meeting.cell)
    require_status(meeting, *BEFORE)
    a.about(meeting)
    named = _authors(meeting.company, authors)
    _check(a, meeting, kind, title, sent_on, received_at)
    asked = rules.Request(kind, sent_on, received_at, text, reasons, candidate, about_candidate)  # type: ignore[arg-type]
    row = AgendaRequest(
        cell=meeting.cell,
        meeting=meeting,
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
        _admit(a, row, asked, [holder for holder, _ in named])
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


KEPT = ("agenda.frozen", "request.no-right", "request.late", "request.threshold")
"""Refusals that stay on file with what was asked: the others may be mended and asked again."""


def _admit(a: Acting, row: AgendaRequest, asked: rules.Request, holders: list[Holder]) -> None:
    """The right, what the request holds, its time, and what its authors hold on the day of the request."""
    meeting = row.meeting
    company = meeting.company.facts()
    facts = _facts(meeting)
    rule = rules.rule_of(a.statutes, facts, company)
    at = min(asked.received_at, end_of_day(asked.sent_on, meeting.zone))
    held = held_at(a, meeting.company, holders, at)
    for author in row.authors:
        author["shares"] = held[author["uid"]]
    in_time = rules.rule_of_time(a.statutes, facts, company)
    a.why(rules.check_content(rule, asked, points=in_time.param.get("points", True)))
    a.why(rules.check_time(a.statutes, facts, asked))
    a.why(_share(rule, meeting, held, asked.sent_on))
    a.why(rules.check_proof(rule, [one["ref"] for one in row.authors if not one["certificate"]]))


def _share(rule: Rule, meeting: Meeting, held: dict[str, int], on: date) -> Any:
    company = meeting.company
    figures = {"shares": company.shares, "capital_cents": company.capital_cents}
    return rules.check_share(rule, held, **figures, on=on, form=company.form)


def _facts(meeting: Meeting) -> MeetingFacts:
    bearer = _told(meeting.company).filter(told__contains='"form": "bearer"').exists()
    notice = local_day(meeting.notice_at, meeting.zone) if meeting.notice_at else None
    return rules.with_notice(meeting_facts(meeting), bearer=bearer, notice_on=notice)


def _told(company: Company) -> QuerySet[Any]:
    """The running accounts, their lots as text."""
    return company.holders.filter(ended=False).annotate(told=Cast("lots", TextField()))


def held_at(a: Acting, company: Company, holders: Iterable[Holder], at: datetime) -> dict[str, int]:
    """The shares of the capital that each holder has at an instant, by the register; joint ones are their agent's."""
    wanted = {holder.uid: holder for holder in holders}
    agents = {ref: uid for uid, holder in wanted.items() for ref in holder.represents}
    also = Q(pk__in=[holder.pk for holder in wanted.values()])
    for ref in agents:
        plain = Q(told__contains=f'"joint_ref": {json.dumps(ref, ensure_ascii=False)}')
        also |= Q(
            pk__in=_told(company).filter(plain | Q(told__contains=f'"joint_ref": {json.dumps(ref)}')).values("pk")
        )
    found = rules.owned(lots_around(a.statutes, company, at, also=also), agents)
    return {uid: found.get(uid, 0) for uid in wanted}


def _authors(company: Company, given: list[dict[str, str]]) -> list[tuple[Holder, str]]:
    refs = [str(one.get("account", "")).strip() for one in given[: MOST + 1]]
    known = {holder.ref: holder for holder in company.holders.filter(ref__in=refs, ended=False)}
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
    _refuse_first(faults, "request.author")
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
    _refuse_first(faults, "request.shape")


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


def _refuse_first(faults: Iterable[tuple[bool, Any]], code: str) -> None:
    for wrong, why in faults:
        if wrong:
            raise Refused(t("Demande refusée : {why}.", "Request refused: {why}.").format(why=why), None, code)


def _open_duties(a: Acting, row: AgendaRequest) -> None:
    """To acknowledge within five days (R. 225-74) and to put on the agenda: both are the company's."""
    meeting = row.meeting
    link = f"/assembly/meetings/{meeting.uid}/requests/{row.uid}/"
    title = t(" · {title}", " · {title}").format(title=row.title[:100])
    rule = listing_rule(a, meeting)
    days = rule.param.get("acknowledged_days")
    if days:
        on, trace = days_after(local_day(row.received_at, meeting.zone), days)
        what = t("Accuser réception d’une demande", "Acknowledge a request") + title
        due = end_of_day(on, meeting.zone)
        duties.open_duty(row, ACKNOWLEDGE, what, due, rule=rule, trace=trace.as_data(), link=link)
    what = t("Inscrire à l’ordre du jour", "Put on the agenda") + title
    duties.open_duty(row, LIST, what, a.now, rule=rule, link=link)


@act(ACKNOWLEDGE, label=t("Accuser réception d’une demande", "Acknowledge a request"))
def acknowledge_request(a: Acting, *, request: AgendaRequest, on: date, by: str) -> AgendaRequest:
    """The chair of the board acknowledged it on a day, by registered letter ("post") or by electronic means (R. 225-74)."""
    a.require("write", request)
    day = local_day(request.received_at, request.meeting.zone)
    faults = (
        (request.acknowledged_on is not None, t("la réception est déjà accusée", "it is already acknowledged")),
        (by not in MEANS, t("écrivez « post » ou « electronic »", "write “post” or “electronic”")),
        (
            not day <= on <= local_day(a.now, request.meeting.zone),
            t("le jour n’est pas entre la réception et aujourd’hui", "the day is not between the reception and today"),
        ),
    )
    _refuse_first(faults, "request.acknowledge")
    a.cite(listing_rule(a, request.meeting))
    request.acknowledged_on, request.acknowledged_by = on, by
    a.record(request)
    duties.close_duty(request, ACKNOWLEDGE, a.now)
    return request


@act(LIST, label=t("Inscrire une demande à l’ordre du jour", "Put a request on the agenda"), receipt=True)
def list_request(
    a: Acting, *, request: AgendaRequest, approved_by_board: bool = False, comment: str = "", matter: str = ""
) -> AgendaRequest:
    """A draft becomes the last resolution of the agenda, a point is announced with it (R. 225-74). The board may comment.

    ``approved_by_board`` decides how a proxy that names no one votes it (L. 225-106); ``matter`` is as for `add_resolution`.
    After the notice the agenda so amended is sealed anew; forms already received keep what they said and answer the new
    resolution by their instruction for new ones.
    """
    a.require("write", request)
    meeting = request.meeting
    require_status(meeting, *BEFORE)
    if request.status != "received":
        raise Refused(
            t(
                "Cette demande n’est pas recevable, ou est déjà inscrite.",
                "This request is not admissible, or is listed already.",
            ),
            None,
            "request.status",
            facts={"status": request.status},
        )
    check_matter(meeting, matter)
    a.cite(listing_rule(a, meeting))
    request.status, request.listed_at, request.comment = "listed", a.now, comment.strip()[:20_000]
    a.record(request)
    agenda = list(meeting.resolutions.filter(kind="draft").order_by("position"))
    if request.kind == "draft":
        agenda.append(_resolution(request, len(agenda) + 1, approved=approved_by_board, matter=matter))
        a.record(agenda[-1])
    if meeting.status != "draft":
        meeting.agenda_digest = agenda_digest([item.facts() for item in agenda])
        a.part("agenda", [item.state() for item in agenda], keep=Meeting.Evidence.keep)
        what = t("Aviser de l’ordre du jour complété · ", "Tell of the amended agenda · ") + meeting.title
        link = f"/assembly/meetings/{meeting.uid}/requests/"
        duties.open_duty(meeting, NOTIFY, what, a.now, rule=listing_rule(a, meeting), link=link, automatic=True)
    a.record(meeting)
    duties.close_duty(request, LIST, a.now)
    return request


def _resolution(request: AgendaRequest, position: int, *, approved: bool, matter: str) -> Resolution:
    return Resolution(
        cell=request.cell,
        meeting=request.meeting,
        position=position,
        title=request.title,
        text=request.text,
        reasons=request.reasons,
        author="holders",
        approved_by_board=approved,
        body=request.body,
        matter=matter,
        request=request,
    )


@act(NOTIFY, label=t("Constater l’envoi de l’ordre du jour complété", "Record that the amended agenda was sent"))
def notify_agenda(a: Acting, *, meeting: Meeting, by_mail: int = 0, note: str = "") -> Meeting:
    """The amended agenda was brought to the holders' knowledge (L. 225-105, 2nd par.): ``by_mail`` messages, the rest by ``note``."""
    a.require("write", meeting)
    a.about(meeting)
    a.cite(listing_rule(a, meeting))
    told = {"by_mail": max(0, by_mail), "note": note[:500], "agenda": meeting.agenda_digest}
    a.part("told", told, keep=Meeting.Evidence.keep)
    duties.close_duty(meeting, NOTIFY, a.now)
    return meeting


@act("assembly.request.prove", label=t("Porter la nouvelle attestation", "Enter the second certificate"))
def prove_request(a: Acting, *, request: AgendaRequest, certificates: dict[str, str]) -> AgendaRequest:
    """The authors still hold enough at the instant of the record: certificates (SHA-256) by account (R. 225-71, last par.).

    Without it the point or draft is not examined. Below the threshold by then: refused, and the request lapses.
    """
    a.require("write", request)
    meeting = request.meeting
    due = rules.proof_date(a.statutes, meeting_facts(meeting))
    if request.status != "listed" or due is None:
        raise Refused(
            t("Cette demande n’attend pas de nouvelle attestation.", "This request awaits no second certificate."),
            due.rule if due else None,
            "request.status",
            facts={"status": request.status},
        )
    if a.now < due.at:
        raise Refused(
            t(
                "La nouvelle attestation constate les titres à une date qui n’est pas venue.",
                "The second certificate states the shares on a day that has not come.",
            ),
            due.rule,
            "request.early",
            trace=due.trace,
        )
    given = {str(ref): str(digest) for ref, digest in certificates.items()}
    missing = [one["ref"] for one in request.authors if not DIGEST.fullmatch(given.get(one["ref"], ""))]
    rule = a.law(rules.AUTHORS, meeting.day)
    a.cite(due.rule)
    a.why(rules.check_proof(rule, missing))
    a.part("certificates", given, keep=AgendaRequest.Evidence.keep)
    holders = meeting.company.holders.filter(uid__in=[one["uid"] for one in request.authors])
    held = held_at(a, meeting.company, holders, due.at + timedelta(microseconds=1))
    a.record(request)
    try:
        a.why(_share(rule, meeting, held, due.day))
    except Refused as refused:
        request.status = "lapsed"
        a.refuse(refused)
        return request
    request.proved_at = a.now
    return request


def require_examinable(a: Acting, resolution: Resolution) -> None:
    """Refuse to put to the vote a draft whose authors did not prove anew what they hold (R. 225-71, last par.)."""
    request = resolution.request
    if request is None or request.proved_at:
        return
    due = rules.proof_date(a.statutes, meeting_facts(resolution.meeting))
    if due is None:
        return
    raise Refused(
        t(
            "Les auteurs de ce projet n’ont pas transmis la nouvelle attestation : il n’est pas examiné.",
            "The authors of this draft did not send the second certificate: it is not examined.",
        ),
        due.rule,
        "request.unproved",
        facts={"resolution": resolution.position, "status": request.status},
        trace=due.trace,
        lawful=t("Portez l’attestation, ou retirez le projet.", "Enter the certificate, or withdraw the draft."),
    )


def unproved(a: Acting, resolution: Resolution) -> Rule | None:
    """The rule under which a draft of holders is not examined: the date of the second certificate is past, and it did not come."""
    request = resolution.request
    if request is None or request.proved_at:
        return None
    due = rules.proof_date(a.statutes, meeting_facts(resolution.meeting))
    return due.rule if due is not None and (request.status == "lapsed" or a.now >= resolution.meeting.at) else None
