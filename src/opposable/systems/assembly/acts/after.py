"""Acts around and after the meeting: its documents, their certification and signature, what is published and confirmed.

Each document is a `kernel.Document`: its data are the part «data» of the act that issued it, its file can be made again
from them byte for byte. Seals are put on after the act, because a time-stamping authority is asked: `sealed` does it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date
from typing import Any

from opposable.kernel import actors, clock, documents, duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import Receipt, act
from opposable.kernel.faults import Fault
from opposable.kernel.models import Document
from opposable.law import Refused, Rule, t
from opposable.systems.assembly.acts.convening import DATE_DUTY
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.acts.papers import (
    minutes as minutes_papers,
    notice as notice_papers,
    sheet as sheets,
    votes,
)
from opposable.systems.assembly.models import Attendance, Form, Meeting, Result, Voter
from opposable.systems.assembly.rules import documents as rules

log = logging.getLogger(__name__)
SEALER = actors.system("documents")
CONVENED = ("convened", "open", "closed", "in-session", "held", "minuted")


def sealed(document: Document) -> Document:
    """Put the seal on a document that an act owes one. A failure is logged: the duty stays, `tick` asks again."""
    try:
        return documents.seal_document(SEALER, document=document).result
    except Fault as fault:
        log.warning("seal of %s: %s", document.uid, fault.text.en)
        return document


# ---------------------------------------------------------------- before the meeting


@act("assembly.notice.issue", label=t("Établir l’avis de convocation", "Issue the notice of meeting"))
def issue_notice(a: Acting, *, meeting: Meeting, registry: str, forms_at: str = "", questions_to: str = "") -> Document:
    """«Avis de convocation» (R. 225-66). ``registry`` is the town of the registry, ``forms_at`` where forms are had."""
    a.require("write", meeting)
    require_status(meeting, *CONVENED)
    a.about(meeting)
    data = notice_papers.notice_data(
        meeting, a.statutes, registry=registry, forms_at=forms_at, questions_to=questions_to
    )
    found = meeting.company.facts().rule(a.statutes, "assembly.notice.content", meeting.day)
    a.why(rules.check_filled(found, notice_papers.notice_values(meeting, data), "notice.content"))
    document = documents.issue(a, meeting, notice_papers.notice_paper(meeting), data)
    documents.owe_seal(a, document)
    return document


def notice_for(voter: Voter, notice: Document) -> bytes:
    """The notice as one holder gets it, with his access: rendered from the data of the notice issued, never kept."""
    data = {**documents.data_of(notice), "addressee": notice_papers.addressee(voter)}
    data.pop("document")
    return notice_papers.notice_paper(voter.meeting).print(data, notice.issued_at)


@act("assembly.paper-form.issue", label=t("Établir le formulaire de vote", "Issue the voting form"))
def issue_form(a: Acting, *, meeting: Meeting) -> Document:
    """The blank paper form, postal vote and proxy on one document (R. 225-76 to R. 225-78)."""
    a.require("write", meeting)
    require_status(meeting, *CONVENED)
    a.about(meeting)
    a.cite(meeting.company.facts().rule(a.statutes, "assembly.form.content", meeting.day))
    return documents.issue(a, meeting, notice_papers.form_paper(meeting), notice_papers.form_data(meeting, a.statutes))


def form_for(voter: Voter, form: Document) -> bytes:
    """The paper form with what the register says of one holder (R. 225-77): dated as the blank one, never kept."""
    from opposable.kernel.system import law  # asked once more, for one person: no act stands on it

    data = notice_papers.form_data(voter.meeting, law(), voter.holder)
    return notice_papers.form_paper(voter.meeting).print(data, form.issued_at)


# ---------------------------------------------------------------- the attendance sheet


@act("assembly.sheet.issue", label=t("Établir la feuille de présence", "Issue the attendance sheet"))
def issue_sheet(a: Acting, *, meeting: Meeting) -> Document:
    """«Feuille de présence» as it stands now (R. 225-95)."""
    a.require("write", kind=Attendance.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "in-session", "held")
    a.about(meeting)
    counting = Counting(meeting, a.statutes)
    a.cite(counting.company.rule(a.statutes, "assembly.attendance-sheet", meeting.day))
    return documents.issue(a, meeting, sheets.sheet_paper(meeting), sheets.sheet_data(meeting, counting, a.now))


@act("assembly.sheet.certify", label=t("Certifier la feuille de présence", "Certify the attendance sheet"))
def certify_sheet(a: Acting, *, sheet: Document) -> Document:
    """«Certifiée exacte par le bureau» (R. 225-95). Refused once someone has come, left or been struck out since."""
    a.about(sheet)
    meeting = _meeting_of(sheet, "assembly.sheet")
    a.require("approve", kind=Result.Evidence.kind, cell=meeting.cell)
    counting = Counting(meeting, a.statutes)
    found = counting.company.rule(a.statutes, "assembly.attendance-sheet", meeting.day)
    if _certified(sheet):
        raise Refused(
            t("Cette feuille est déjà certifiée.", "This sheet is already certified."), found, "sheet.certified"
        )
    if documents.data_of(sheet)["lines"] != sheets.attendance_lines(meeting, counting):
        raise Refused(
            t(
                "La présence a changé depuis que cette feuille a été établie.",
                "Attendance has changed since this sheet was issued.",
            ),
            found,
            "sheet.stale",
            lawful=t("Établissez une nouvelle feuille, et certifiez-la.", "Issue a new sheet, and certify it."),
        )
    a.cite(found)
    a.part("bureau", rules.members(meeting.bureau), keep=sheet.keep)
    sheet.signed_by = [*sheet.signed_by, {"as": "bureau", "actor": a.actor.uid, "at": clock.utc(a.now)}]
    a.record(sheet)
    documents.owe_seal(a, sheet)
    return sheet


def _certified(sheet: Document) -> bool:
    return any(one["as"] == "bureau" for one in sheet.signed_by)


def certified_sheet(meeting: Meeting) -> Document | None:
    """The last certified attendance sheet of a meeting."""
    found = Document.objects.filter(subject=meeting.uid, kind="assembly.sheet").order_by("-version")
    return next((sheet for sheet in found if _certified(sheet)), None)


# ---------------------------------------------------------------- the minutes


@act("assembly.minutes.issue", label=t("Dresser le procès-verbal", "Draw up the minutes"))
def issue_minutes(
    a: Acting,
    *,
    meeting: Meeting,
    debates: str,
    documents_submitted: Sequence[str] = (),
    convening: str = "",
    original: rules.Original = "paper",
) -> Document:
    """«Procès-verbal» (R. 225-106; R. 225-107 without a quorum). Refused without a certified attendance sheet (L. 225-114).

    ``original`` "electronic": the file itself goes in the register; refused below the advanced level (R. 225-22).
    """
    a.require("write", meeting)
    require_status(meeting, "held")
    a.about(meeting)
    counting = Counting(meeting, a.statutes)
    seal = documents.seal_statement()
    register = counting.company.rule(a.statutes, "assembly.minutes.register", meeting.day)
    data = minutes_papers.minutes_data(
        meeting,
        counting,
        debates=debates,
        documents=list(documents_submitted),
        convening=convening,
        original=original,
        signature=seal.text.fr,
        sheet=_sheet_wanted(a, counting),
    )
    wanted = counting.company.rule(a.statutes, "assembly.minutes", meeting.day)
    a.why(rules.check_filled(wanted, minutes_papers.minutes_values(meeting, data), "minutes.content"))
    a.why(rules.check_original(register, original, seal.level))
    return documents.issue(a, meeting, minutes_papers.minutes_paper(meeting), data)


def _sheet_wanted(a: Acting, counting: Counting) -> Document | None:
    """The certified sheet, without which a company bound to have one draws up no minutes."""
    found: Rule = counting.company.rule(a.statutes, "assembly.attendance-sheet", counting.meeting.day)
    sheet = certified_sheet(counting.meeting)
    if sheet is None and counting.company.bound_by(found):
        raise Refused(
            t(
                "La feuille de présence n’est pas certifiée : sans elle, les délibérations sont exposées à la nullité.",
                "The attendance sheet is not certified: without it the decisions are open to nullity.",
            ),
            counting.company.rule(a.statutes, "assembly.keeping.nullity", counting.meeting.day),
            "minutes.no-sheet",
            lawful=t("Établissez la feuille et faites-la certifier.", "Issue the sheet and have it certified."),
        )
    return sheet


@act("assembly.minutes.sign", label=t("Signer le procès-verbal", "Sign the minutes"))
def approve_minutes(a: Acting, *, minutes: Document, capacity: str, means: rules.Means = "electronic") -> Document:
    """One member of the bureau signs, in his capacity: by this act, or by hand on the paper (the act then enters it).

    Once all have signed the meeting is «minuted» and the seal is due. See `sign_minutes`, which puts it on.
    """
    a.about(minutes)
    meeting = _meeting_of(minutes, "assembly.minutes")
    a.require("approve", kind=Result.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "held")
    found = meeting.company.facts().rule(a.statutes, "assembly.minutes", meeting.day)
    _require_last(minutes, found)
    signed = [rules.Signature(one["as"], one["actor"], one["means"]) for one in minutes.signed_by]
    new = rules.Signature(capacity, a.actor.uid, means)
    waiting = rules.check_member(found, meeting.bureau, signed, new)
    a.why(waiting)
    minutes.signed_by = [
        *minutes.signed_by,
        {"as": capacity, "actor": a.actor.uid, "means": means, "sha256": minutes.sha256, "at": clock.utc(a.now)},
    ]
    a.record(minutes)
    if not waiting.value:
        meeting.status = "minuted"
        a.record(meeting)
        documents.owe_seal(a, minutes)
    return minutes


def sign_minutes(
    actor: actors.Actor, *, minutes: Document, capacity: str, means: rules.Means = "electronic"
) -> Receipt[Document]:
    """`approve_minutes`; after the last signature, the seal and its time-stamp."""
    receipt = approve_minutes(actor, minutes=minutes, capacity=capacity, means=means)
    if not missing_signatures(receipt.result):
        minutes.refresh_from_db()
        sealed(minutes)
    return receipt


def missing_signatures(minutes: Document) -> list[str]:
    """The members of the bureau who have not signed yet, by capacity."""
    done = {one["as"] for one in minutes.signed_by}
    return [name for name in rules.members(_meeting_of(minutes, "assembly.minutes").bureau) if name not in done]


def _require_last(minutes: Document, found: Rule) -> None:
    later = Document.objects.filter(subject=minutes.subject, kind=minutes.kind, version__gt=minutes.version)
    if later.exists():
        raise Refused(
            t("Une version plus récente du procès-verbal existe.", "A later version of the minutes exists."),
            found,
            "minutes.stale",
            lawful=t("Signez la dernière version.", "Sign the last version."),
        )


@act("assembly.extract.issue", label=t("Délivrer un extrait du procès-verbal", "Issue an extract of the minutes"))
def issue_extract(
    a: Acting, *, minutes: Document, resolutions: Sequence[int], certified_by: str, name: str
) -> Document:
    """«Extrait certifié conforme» (R. 225-108), by someone in the capacity ``certified_by``. Refused before the signatures."""
    a.about(minutes)
    meeting = _meeting_of(minutes, "assembly.minutes")
    a.require("approve", kind=Result.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "minuted")
    counting = Counting(meeting, a.statutes)
    found = counting.company.rule(a.statutes, "assembly.minutes.extract", meeting.day)
    a.why(rules.check_certifier(found, counting.company, certified_by))
    _require_last(minutes, found)
    wanted = sorted(set(resolutions))
    unknown = [n for n in wanted if n not in {row.position for row in counting.rows}]
    if unknown or not wanted:
        raise Refused(
            t("Le procès-verbal n’a pas ces résolutions : {n}.", "The minutes have no such resolutions: {n}.").format(
                n=", ".join(map(str, unknown)) or "–"
            ),
            None,
            "extract.resolutions",
        )
    data = minutes_papers.extract_data(meeting, counting, minutes, wanted, capacity=certified_by, name=name, at=a.now)
    document = documents.issue(a, meeting, minutes_papers.extract_paper(meeting), data)
    document.signed_by = [{"as": certified_by, "actor": a.actor.uid, "at": clock.utc(a.now)}]
    documents.owe_seal(a, document)
    return document


# ---------------------------------------------------------------- publication, confirmation


@act("assembly.results.publish", label=t("Publier le résultat des votes", "Publish the results"))
def publish_results(a: Acting, *, meeting: Meeting) -> Document:
    """«Résultat des votes» on the site of a listed company (R. 22-10-30): within fifteen days; later, it says so."""
    a.require("write", meeting)
    require_status(meeting, "held", "minuted")
    a.about(meeting)
    counting = Counting(meeting, a.statutes)
    found = counting.company.rule(a.statutes, "assembly.results.publication", meeting.day)
    decision = rules.check_publication(found, counting.company, meeting.day, a.now, meeting.zone)
    a.why(decision)
    last = decision.facts["last"]
    assert isinstance(last, date)
    late = None if decision.value else rules.late_publication(last)
    data = minutes_papers.publication_data(meeting, counting, decision, late)
    document = documents.issue(a, meeting, minutes_papers.publication_paper(meeting), data)
    documents.owe_seal(a, document)
    duties.close_duty(meeting, f"{DATE_DUTY}results.publication", a.now)
    return document


@act("assembly.vote.confirm", label=t("Confirmer la prise en compte d’un vote", "Confirm that a vote was counted"))
def confirm_vote(a: Acting, *, voter: Voter, language: str = "fr") -> Document:
    """Answer a holder, or his proxy, who asks whether his vote was recorded and counted (L. 22-10-43-1).

    Once the meeting is held the answer has the votes as they were counted, resolution by resolution; a form that was late,
    void or replaced is explained by its rule. Given to the holders of any company, owed by listed ones.
    """
    a.about(voter)
    if language not in ("fr", "en"):
        raise Refused(
            t("Elle s’écrit en « fr » ou en « en ».", "It is written in “fr” or “en”."), None, "document.language"
        )
    meeting = voter.meeting
    if a.actor.uid != voter.uid:
        a.require("read", kind=Form.Evidence.kind, cell=meeting.cell)
    counting = Counting(meeting, a.statutes)
    a.cite(counting.company.rule(a.statutes, "assembly.vote.confirmation", meeting.day))
    data = votes.confirmation_data(voter, counting, a.now, language)
    document = documents.issue(a, voter, votes.confirmation_paper(meeting, language), data)
    documents.owe_seal(a, document)
    return document


def receipt_pdf(form: Form, language: str = "fr") -> bytes:
    """The receipt of a form, from what the log has of it: no act, the same bytes each time once it is sealed."""
    return votes.receipt_paper(form, language).print(votes.receipt_data(form, language), form.received_at)


def _meeting_of(document: Document, kind: str) -> Meeting:
    """The meeting that a document is about. Refused for another kind of document."""
    if document.kind != kind:
        raise Refused(
            t("Ce document n’est pas de cette sorte.", "This document is not of that kind."),
            None,
            "document.kind",
            facts={"kind": document.kind, "wanted": kind},
        )
    return Meeting.objects.select_related("company", "cell").get(uid=document.subject)


PAPERS: dict[str, Any] = {
    "assembly.notice": issue_notice,
    "assembly.paper-form": issue_form,
    "assembly.sheet": issue_sheet,
    "assembly.minutes": issue_minutes,
    "assembly.extract": issue_extract,
    "assembly.publication": publish_results,
    "assembly.confirmation": confirm_vote,
}
"""Kinds of documents of the system, with the act that issues each."""
