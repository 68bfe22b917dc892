"""A meeting's record: overview with its calendar, resolutions, acts, and the acts of its stages."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.kernel.models import Duty
from opposable.law import Refused, local_day
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.meeting import TELL
from opposable.systems.assembly.models import AgendaRequest, Holder, Meeting, Resolution
from opposable.systems.assembly.views.office_agenda import authors_of, matters_of
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    form_answer,
    meeting_or_404,
    perform,
    refusal_page,
    require,
    see_other,
    seen,
    words,
)
from opposable.systems.assembly.views.office_calendar import coming, standing
from opposable.systems.assembly.views.office_fields import choices, long_text
from opposable.systems.assembly.views.office_record import last_act, meeting_url, record
from opposable.systems.assembly.views.office_words import (
    BODY_WORDS,
    KIND_WORDS,
    LEVEL_WORDS,
    RESOLUTION_KINDS,
)
from opposable.web.access import visible_acts
from opposable.web.forms import toast
from opposable.web.register import entries_of

ACTS_SHOWN = 40


def meeting(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Overview: what comes next, the facts of the meeting, its calendar in legal time."""
    row = meeting_or_404(request, uid)
    now = clock.now()
    lines = standing(row, now)
    context = {
        **record(request, row, "meeting"),
        "lines": lines,
        "today": local_day(now, row.zone).isoformat(),
        "coming": coming(lines, now),
        "kind": KIND_WORDS[row.kind],
        "level": LEVEL_WORDS.get(row.signature_level, row.signature_level),
        "second_call": row.second_calls.select_related("company").first()
        if row.status in ("held", "minuted")
        else None,
        "may_read_company": can(request, "read", "assembly.company", row.company.cell),
        "cancel": CancelForm() if _may_cancel(request, row) else None,
        "untold": _untold(request, row),
    }
    return TemplateResponse(request, "assembly/office/meeting.html", context)


def _untold(request: HttpRequest, row: Meeting) -> dict[str, int] | None:
    """Of a cancelled meeting: how many were written to and how many not, as long as nobody said how those were told."""
    if row.status != "cancelled" or not can(request, "write", Meeting.Evidence.kind, row.cell):
        return None
    if not Duty.objects.filter(obj=row.uid, act=TELL, closed_at=None).exists():
        return None
    sent = row.mailings.filter(purpose="cancelled", status="sent").values("holder").distinct().count()
    return {"sent": sent, "others": row.voters.count() - sent}


def _may_cancel(request: HttpRequest, row: Meeting) -> bool:
    before_session = row.status in ("draft", "convened", "open", "closed")
    return before_session and can(request, "write", Meeting.Evidence.kind, row.cell)


# ---- the acts of each stage ------------------------------------------------------------------------------------------


@require_POST
def open_vote(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Open the voting site. Refused, with its article, when the bylaws do not let it open."""
    row = meeting_or_404(request, uid)
    said = t("Le site de vote est ouvert.", "The voting site is open.")
    return perform(
        request, lambda actor: acts.open_voting(actor, meeting=row), done=said, to=meeting_url("meeting", row)
    )


@require_POST
def close_vote(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Mark remote voting as over."""
    row = meeting_or_404(request, uid)
    said = t("Le vote à distance est clos.", "Remote voting is closed.")
    return perform(
        request, lambda actor: acts.close_voting(actor, meeting=row), done=said, to=meeting_url("turnout", row)
    )


@require_POST
def fix(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Fix the votes at the record date."""
    row = meeting_or_404(request, uid)
    said = t("Les droits de vote sont arrêtés.", "The votes are fixed.")
    return perform(
        request, lambda actor: acts.fix_entitlements(actor, meeting=row), done=said, to=meeting_url("entitlements", row)
    )


@require_POST
def date_done(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Say that a date of the calendar was met, and how. Late or not is the act's to say."""
    row = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, row.cell)
    date_id, note = request.POST.get("date", "")[:60], request.POST.get("note", "").strip()[:500]
    try:
        on = date.fromisoformat(request.POST["on"]) if request.POST.get("on") else None
    except ValueError:
        wrong = Refused(t("Ce jour ne se lit pas.", "That day does not read."), None, "date.day")
        return refusal_page(request, wrong, back=meeting_url("meeting", row))
    return perform(
        request,
        lambda actor: acts.meet_date(actor, meeting=row, date_id=date_id, note=note, on=on),
        done=t("C’est noté au dossier.", "It is on record."),
        to=meeting_url("meeting", row),
    )


class CancelForm(forms.Form):
    """Why a meeting is cancelled, kept with the act; and what is written to whoever was convened."""

    reason = long_text(
        words("Motif de l’annulation, pour le dossier", "Reason for the cancellation, for the file"), rows=2
    )
    message = long_text(
        words(
            "Ce qui est dit aux titulaires en plus de l’annulation", "What holders are told besides the cancellation"
        ),
        rows=2,
        required=False,
    )


def cancel(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Cancel before the session. What was received stays on file."""
    row = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, row.cell)
    form = CancelForm(request.POST if request.method == "POST" else None)
    refused = None
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        _, refused = attempt(request, lambda actor: acts.cancel_meeting(actor, meeting=row, **given))
        if refused is None:
            toast(request, t("L’assemblée est annulée.", "The meeting is cancelled."))
            return see_other(meeting_url("meeting", row))
        row.refresh_from_db()
    return form_answer(request, "assembly/office/cancel.html", record(request, row, "meeting"), form, refused)


@require_POST
def cancellation_told(request: HttpRequest, uid: str) -> HttpResponseBase:
    """How holders whom the software does not write to were told of the cancellation."""
    row = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, row.cell)
    note = request.POST.get("note", "").strip()
    return perform(
        request,
        lambda actor: acts.notify_cancellation(actor, meeting=row, note=note),
        done=t("C’est noté au dossier.", "It is on record."),
        to=meeting_url("meeting", row),
    )


# ---- resolutions -----------------------------------------------------------------------------------------------------


def resolutions(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The resolutions in their order, with text, reasons and author."""
    row = meeting_or_404(request, uid)
    require(request, "read", Resolution.Evidence.kind, row.cell)
    context = {
        **record(request, row, "resolutions"),
        "resolutions": list(row.resolutions.select_related("result", "request").order_by("position")),
        "points": points_of(row),
        "asked": row.requests.count() if can(request, "read", "assembly.request", row.cell) else None,
        "bodies": BODY_WORDS,
        "authors": authors_of(row),
        "matters": matters_of(row),
        "kinds": RESOLUTION_KINDS,
        "may_exclude": can(request, "write", Resolution.Evidence.kind, row.cell)
        and row.status in ("draft", "convened", "open", "closed"),
        "may_withdraw": can(request, "write", Resolution.Evidence.kind, row.cell)
        and row.status in ("draft", "convened", "open", "closed", "in-session"),
    }
    return TemplateResponse(request, "assembly/office/resolutions.html", context)


def points_of(meeting: Meeting) -> list[AgendaRequest]:
    """The points that holders had put on the agenda: announced, not voted (R. 225-74)."""
    return list(meeting.requests.filter(kind="point", status="listed"))


class ResolutionForm(forms.Form):
    """The wording of a resolution, as long as the meeting is not convened; afterwards only who may not vote it."""

    title = forms.CharField(label=words("Titre", "Title"), max_length=200)
    text = long_text(words("Texte de la résolution", "Text of the resolution"), rows=6)
    reasons = long_text(words("Exposé des motifs", "Reasons"), required=False)
    excluded = forms.CharField(
        label=words("Comptes qui ne la votent pas", "Accounts that may not vote it"),
        help_text=words(
            "références séparées par des virgules ; par exemple l’intéressé à une convention réglementée (art. L. 225-40)",
            "references separated by commas; for instance the person interested in a related agreement (art. L. 225-40)",
        ),
        required=False,
    )
    excluded_reason = forms.CharField(
        label=words("Motif de l’exclusion", "Reason for the exclusion"), max_length=300, required=False
    )

    def __init__(self, *args: Any, resolution: Resolution, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.resolution = resolution
        meeting = resolution.meeting
        if meeting.status != "draft" or (meeting.call == 2 and meeting.first_meeting_id):
            for name in ("title", "text", "reasons"):
                del self.fields[name]
        elif matters := matters_of(meeting):
            usual = ("", t("ordinaire pour cette délibération", "the usual one for this business"))
            self.fields["matter"] = forms.ChoiceField(
                label=words("Matière", "Matter"), choices=choices([usual, *matters]), required=False
            )

    def clean_excluded(self) -> list[str]:
        """The uids of the accounts named."""
        refs = [ref.strip() for ref in self.cleaned_data["excluded"].split(",") if ref.strip()]
        company = self.resolution.meeting.company_id
        known = dict(Holder.objects.filter(company=company, ref__in=refs).values_list("ref", "uid"))
        unknown = [ref for ref in refs if ref not in known]
        if unknown:
            label = t("Sans compte au registre : {refs}.", "Not in the register: {refs}.").format(
                refs=", ".join(unknown[:5])
            )
            raise forms.ValidationError(words(label.fr, label.en))
        return [known[ref] for ref in refs]

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if found.get("excluded") and not found.get("excluded_reason"):
            self.add_error("excluded_reason", words("Dites pourquoi.", "Say why."))
        return found


def resolution(request: HttpRequest, uid: str, position: int) -> HttpResponseBase:
    """Change a resolution: its wording before the notice, who may not vote it until the session."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Resolution.Evidence.kind, meeting.cell)
    row = get_object_or_404(meeting.resolutions.select_related("cell"), position=position)
    row.meeting = meeting
    refs = Holder.objects.filter(uid__in=row.excluded).order_by("ref").values_list("ref", flat=True)
    start = {
        "title": row.title,
        "text": row.text,
        "reasons": row.reasons,
        "excluded": ", ".join(refs),
        "excluded_reason": row.excluded_reason,
        "matter": row.matter,
    }
    form = ResolutionForm(request.POST if request.method == "POST" else None, resolution=row, initial=start)
    refused = None
    if form.is_bound and form.is_valid():
        _, refused = attempt(request, lambda actor: acts.change_resolution(actor, resolution=row, **form.cleaned_data))
        if refused is None:
            toast(request, t("La résolution est modifiée.", "The resolution is changed."))
            return see_other(meeting_url("resolutions", meeting))
    context = {**record(request, meeting, "resolutions"), "resolution": row, "sealed_row": last_act(row)}
    return form_answer(request, "assembly/office/resolution.html", context, form, refused)


# ---- acts ------------------------------------------------------------------------------------------------------------


def timeline(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Every act about the meeting, its resolutions, its session and its results, the newest first."""
    row = meeting_or_404(request, uid)
    about = Q(obj=row.uid)
    for related in (row.every_resolution, row.requests, row.incidents, row.attendances):
        about |= Q(obj__in=seen(request, related.all()).values("uid"))
    rows = visible_acts(request).filter(about)
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < 19:
        rows = rows.filter(pk__lt=int(before))
    found = list(rows.select_related("leaf").order_by("-pk")[: ACTS_SHOWN + 1])
    context = {
        **record(request, row, "timeline"),
        "entries": entries_of(found[:ACTS_SHOWN], names=True),
        "older": found[ACTS_SHOWN - 1].pk if len(found) > ACTS_SHOWN else None,
    }
    return TemplateResponse(request, "assembly/office/timeline.html", context)
