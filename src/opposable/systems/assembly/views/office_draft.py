"""Preparing a meeting, in steps: day and place with the calendar computed backwards, agenda, convening."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.law import Refused, local
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.models import Company, Meeting, Result
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    form_answer,
    meeting_or_404,
    require,
    see_other,
    seen,
    words,
)
from opposable.systems.assembly.views.office_calendar import Plan, planned
from opposable.systems.assembly.views.office_fields import choices, day_field, hour_field, legal_instant
from opposable.systems.assembly.views.office_record import LACKING, meeting_url, record
from opposable.systems.assembly.views.office_why import why_in_words
from opposable.systems.assembly.views.office_words import KIND_WORDS, LEVEL_WORDS
from opposable.web.forms import toast

STEPS = (t("Jour et lieu", "Day and place"), t("Ordre du jour", "Agenda"), t("Convocation", "Notice"))
NEW_URL = "assembly/office/draft.html"


class MeetingForm(forms.Form):
    """Day, hour, place and signature of a meeting; with ``company`` and ``kind`` when it is new."""

    company = forms.ChoiceField(label=words("Société", "Company"))
    first = forms.ChoiceField(
        label=words("Première assemblée", "First meeting"),
        required=False,
        help_text=words(
            "Pour une deuxième convocation : l’assemblée qui n’a pu délibérer faute de quorum. Son ordre du jour est repris.",
            "For a second call: the meeting that could not decide for want of a quorum. Its agenda is taken over.",
        ),
    )
    kind = forms.ChoiceField(
        label=words("Genre d’assemblée", "Kind of meeting"),
        choices=choices((key, label.capital()) for key, label in KIND_WORDS.items()),
    )
    isin = forms.CharField(
        label=words("Catégorie d’actions", "Class of shares"),
        help_text=words(
            "pour une assemblée spéciale : le code ISIN de la catégorie réunie (art. L. 225-99)",
            "for a special meeting: the ISIN of the class brought together (art. L. 225-99)",
        ),
        max_length=12,
        required=False,
    )
    day = day_field(words("Jour de l’assemblée", "Day of the meeting"))
    hour = hour_field(words("Heure", "Hour"), words("heure légale du siège", "legal time of the seat"))
    place = forms.CharField(label=words("Lieu", "Place"), max_length=300)
    level = forms.ChoiceField(
        label=words("Signature des formulaires électroniques", "Signature of electronic forms"),
        choices=choices((key, label.capital()) for key, label in LEVEL_WORDS.items()),
        help_text=words(
            "La signature simple suppose une clause des statuts qui décrit le procédé (art. R. 225-77, 3°).",
            "A simple signature needs a bylaw that describes the process (art. R. 225-77, 3°).",
        ),
    )
    notice_on = day_field(
        words("Jour d’envoi prévu de la convocation", "Planned day of the notice"),
        words("sert au calcul ; vide : aujourd’hui", "used for the calendar; empty: today"),
        required=False,
    )

    def __init__(self, *args: Any, companies: dict[str, Company], firsts: dict[str, Meeting], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.companies, self.firsts = companies, firsts
        self.fields["company"].choices = [(slug, company.name) for slug, company in companies.items()]  # type: ignore[attr-defined]
        if firsts:
            named = [(uid, words(*_both(first))) for uid, first in firsts.items()]
            self.fields["first"].choices = [("", words("Première convocation", "First call")), *named]  # type: ignore[attr-defined]
        else:
            del self.fields["first"]

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        company = self.companies.get(found.get("company", ""))
        if company is not None:
            found["at"] = legal_instant(self, "day", "hour", company.zone)
        first = self.chosen_first
        if first is not None and company is not None and first.company_id != company.pk:
            self.add_error(
                "first", words("Cette assemblée est d’une autre société.", "That is another company’s meeting.")
            )
        return found

    @property
    def chosen_first(self) -> Meeting | None:
        return self.firsts.get(self.cleaned_data.get("first", ""))

    @property
    def chosen(self) -> Company | None:
        return self.companies.get(self.cleaned_data.get("company", ""))

    def meeting(self) -> Meeting | None:
        """The meeting that the fields describe, not recorded; None as long as they are not all there."""
        found, first = self.cleaned_data, self.chosen_first
        if self.chosen is None or found.get("at") is None or not found.get("kind"):
            return None
        return Meeting(
            company=self.chosen,
            kind=kind_left(first) if first else found["kind"],
            at=found["at"],
            zone=self.chosen.zone,
            call=2 if first else 1,
            first_meeting=first,
            isin=found.get("isin", "").strip().upper(),
            place=found.get("place", ""),
            signature_level=found.get("level", "simple"),
        )


def kind_left(first: Meeting) -> str:
    """The kind of meeting that what a first one left undecided makes."""
    left = Result.objects.filter(LACKING, resolution__meeting=first).values_list("resolution__body", flat=True)
    bodies = set(left)
    return first.kind if not bodies else "combined" if len(bodies) > 1 else bodies.pop()


def _both(first: Meeting) -> tuple[str, str]:
    label = t("Deuxième convocation, après l’", "Second call, after the ") + _lower(first)
    return label.fr, label.en


def _lower(first: Meeting) -> Any:
    title = first.title
    return t(title.fr[:1].lower() + title.fr[1:], title.en[:1].lower() + title.en[1:])


def _choices(request: HttpRequest) -> dict[str, Any]:
    """The companies where the person may write meetings, and their first meetings that could not decide."""
    rows = seen(request, Company.objects.select_related("cell").order_by("name"))
    companies = {row.slug: row for row in rows if can(request, "write", Meeting.Evidence.kind, row.cell)}
    lacking = Result.objects.filter(LACKING)
    held = Meeting.objects.filter(company__slug__in=companies, pk__in=lacking.values("resolution__meeting"))
    firsts = {row.uid: row for row in held.select_related("company").order_by("-at")[:20]}
    return {"companies": companies, "firsts": firsts}


def _minute() -> datetime:
    """The present minute: a calendar that is being prepared needs no microseconds."""
    return clock.now().replace(second=0, microsecond=0)


def _plan(form: MeetingForm, now: datetime) -> Plan | None:
    """The calendar of what the fields say so far; None as long as a day, an hour or a kind is missing."""
    form.full_clean()
    meeting = form.meeting()
    if meeting is None:
        return None
    notice_on = form.cleaned_data.get("notice_on")
    notice = now if notice_on is None or notice_on <= local(now, meeting.zone).date() else notice_on
    return planned(meeting_facts(meeting), notice, now)


def calendar_preview(request: HttpRequest) -> HttpResponseBase:
    """The calendar for the fields in the address: what htmx puts beside the form as it is filled in."""
    form = MeetingForm(request.GET, **_required_choices(request))
    context = _preview(_plan(form, _minute()))
    return TemplateResponse(request, "assembly/office/_plan.html", context)


def _preview(plan: Plan | None) -> dict[str, Any]:
    """What the calendar partial draws. The facts of a refusal are the form beside it: they are not told twice."""
    return {"plan": plan, "plan_why": why_in_words(plan.refused, facts=False) if plan else None}


def _required_choices(request: HttpRequest) -> dict[str, Any]:
    options = _choices(request)
    if not options["companies"]:
        raise Http404
    return options


def draft(request: HttpRequest) -> HttpResponseBase:
    """Step 1: a new meeting. «Calculer le calendrier» shows the dates and records nothing; «Continuer» records the draft."""
    options, like = _required_choices(request), _put_off(request)
    if request.method != "POST":
        return _draft_page(request, MeetingForm(initial=_first_values(request, options, like), **options), like=like)
    form = MeetingForm(request.POST, **options)
    if "preview" in request.POST or not form.is_valid():
        return _draft_page(request, form, like=like)
    made = form.meeting()
    assert made is not None  # a valid form describes one
    receipt, refused = attempt(
        request,
        lambda actor: acts.draft_meeting(
            actor,
            company=made.company,
            kind=made.kind,
            at=made.at,
            place=made.place,
            call=made.call,
            first_meeting=made.first_meeting,
            signature_level=made.signature_level,
            isin=made.isin,
            like=like,
        ),
    )
    if refused is not None:
        return _draft_page(request, form, refused, like)
    toast(request, t("L’assemblée est au dossier, en préparation.", "The meeting is on file, in preparation."))
    return see_other(meeting_url("agenda" if made.call == 1 else "convene", receipt.result))


def _put_off(request: HttpRequest) -> Meeting | None:
    """The meeting whose agenda is taken over, if the address or the form names one; 404 for one that is not the person's."""
    uid = request.POST.get("like") or request.GET.get("like")
    if not uid:
        return None
    meeting = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, meeting.cell)
    return meeting


def _first_values(request: HttpRequest, options: dict[str, Any], like: Meeting | None) -> dict[str, Any]:
    values: dict[str, Any] = {"company": request.GET.get("company", ""), "hour": time(10, 0), "kind": "ordinary"}
    values["day"] = _some_day(clock.now())
    first = options["firsts"].get(request.GET.get("first", ""))
    if first is not None:
        values |= {"first": first.uid, "kind": kind_left(first), "place": first.place, "level": first.signature_level}
    if like is not None:
        values |= {"company": like.company.slug, "kind": like.kind, "place": like.place, "isin": like.isin}
        values |= {"level": like.signature_level, "hour": local(like.at, like.zone).time()}
    return values


def _as_typed(form: MeetingForm) -> MeetingForm:
    """The form as if its first values had been typed: the calendar is there from the first look."""
    values = {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    values["company"] = values["company"] or next(iter(form.companies))
    return MeetingForm({**values, "level": "simple"}, companies=form.companies, firsts=form.firsts)


def _some_day(now: datetime) -> date:
    """A first suggestion: seven weeks ahead, on a working day of the week."""
    day = local(now).date() + timedelta(weeks=7)
    return day + timedelta(days=max(0, 7 - day.weekday()) % 7 if day.weekday() > 4 else 0)


def _draft_page(
    request: HttpRequest, form: MeetingForm, refused: Refused | None = None, like: Meeting | None = None
) -> TemplateResponse:
    plan = _plan(form if form.is_bound else _as_typed(form), _minute())
    context = {"steps": STEPS, "like": like, **_preview(plan)}
    response = form_answer(request, NEW_URL, context, form, refused)
    if refused is None and "preview" in request.POST and plan is not None:
        response.status_code = 200
    return response


def edit(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Step 1 again, as long as the meeting is in preparation: day, hour, place, level of signature."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, meeting.cell)
    options: dict[str, Any] = {"companies": {meeting.company.slug: meeting.company}, "firsts": {}}
    at = local(meeting.at, meeting.zone)
    kept = {"company": meeting.company.slug, "kind": meeting.kind}
    shown = {"day": at.date(), "hour": at.time(), "place": meeting.place, "level": meeting.signature_level}
    form = MeetingForm(
        {**request.POST.dict(), **kept} if request.method == "POST" else None, initial={**kept, **shown}, **options
    )
    del form.fields["isin"]
    form.fields["company"].widget = form.fields["kind"].widget = forms.HiddenInput()
    refused = None
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        found = form.cleaned_data
        _, refused = attempt(
            request,
            lambda actor: acts.change_meeting(
                actor, meeting=meeting, at=found["at"], place=found["place"], signature_level=found["level"]
            ),
        )
        if refused is None:
            toast(request, t("Le dossier est modifié.", "The record is changed."))
            return see_other(meeting_url("meeting", meeting))
    return _edit_page(request, meeting, form, refused)


def _edit_page(request: HttpRequest, meeting: Meeting, form: MeetingForm, refused: Refused | None) -> TemplateResponse:
    now = _minute()
    plan = _plan(form, now) if form.is_bound else planned(meeting_facts(meeting), now, now)
    context = {**record(request, meeting, "meeting"), "steps": STEPS, **_preview(plan), "editing": True}
    response = form_answer(request, NEW_URL, context, form, refused)
    if refused is None and "preview" in request.POST and plan is not None:
        response.status_code = 200
    return response


class ConveneForm(forms.Form):
    """When the notice is to go out: now, or at a later hour; that it left is said afterwards."""

    day = day_field(
        words("Jour d’envoi", "Day of sending"),
        words("prévu ; vide : maintenant", "planned; empty: now"),
        required=False,
    )
    hour = hour_field(words("Heure d’envoi", "Hour of sending"), required=False)

    def __init__(self, *args: Any, zone: str, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone, self.now = zone, now

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        if found.get("day") and not found.get("hour"):
            found["hour"] = time(9, 0)
        found["at"] = legal_instant(self, "day", "hour", self.zone)
        if found["at"] is not None and found["at"] < self.now:
            self.add_error("day", words("Cette heure est passée.", "That hour is past."))
        return found


def convene(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Step 3: the calendar as the law sees it at the sending of the notice, the agenda that freezes, and the act."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, meeting.cell)
    now = clock.now()
    form = ConveneForm(request.POST if request.method == "POST" else None, zone=meeting.zone, now=now)
    refused = None
    if form.is_bound and form.is_valid() and "preview" not in request.POST:
        notice = form.cleaned_data["at"]
        _, refused = attempt(request, lambda actor: acts.convene(actor, meeting=meeting, notice_at=notice))
        if refused is None:
            toast(
                request,
                t(
                    "L’assemblée est convoquée : son ordre du jour est figé.",
                    "The meeting is convened: its agenda is frozen.",
                ),
            )
            return see_other(meeting_url("notices", meeting))
        meeting.refresh_from_db()
    return _convene_page(request, meeting, form, now, refused)


def _convene_page(
    request: HttpRequest, meeting: Meeting, form: ConveneForm, now: datetime, refused: Refused | None
) -> TemplateResponse:
    notice = form.cleaned_data.get("at") if form.is_bound and form.is_valid() else None
    plan = planned(meeting_facts(meeting), notice or _minute(), _minute())
    context = {
        **record(request, meeting, "meeting"),
        **_preview(plan),
        "steps": STEPS,
        "agenda": list(meeting.resolutions.order_by("position")),
        "notice": notice or now,
    }
    return form_answer(request, "assembly/office/convene.html", context, form, refused)
