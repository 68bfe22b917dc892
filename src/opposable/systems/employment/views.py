"""Pages: the files, one waiver under its nine positions, the calendar of a dismissal, the CNE."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import Refused, local_day
from opposable.systems.employment import acts
from opposable.systems.employment.models import CneContract, DismissalFile, WaiverFile
from opposable.systems.employment.rules import dismissal as dismissals, waiver as waivers
from opposable.web.access import actor_of, grants_of, paths, visible_or_404
from opposable.web.forms import day_input, form_page, see_other, words
from opposable.web.language import say
from opposable.web.register import timeline_of

MOST = 500


def _date(fr: str, en: str, *, required: bool = True) -> forms.DateField:
    return forms.DateField(label=words(fr, en), required=required, widget=day_input())


class WaiverForm(forms.Form):
    """The facts of a rupture."""

    ref = forms.SlugField(
        label=words("Référence du dossier (pas de nom)", "Reference of the file (no name)"), max_length=40
    )
    rupture = forms.ChoiceField(label=words("Rupture", "Rupture"))
    rupture_on = _date("Jour de la rupture", "Day of the rupture")
    known_on = _date("Connue de l’employeur le", "Known to the employer on")
    departed_on = _date("Départ effectif", "Effective departure", required=False)
    signed_on = _date("Convention signée le", "Agreement signed on", required=False)
    notice_worked = forms.BooleanField(label=words("Préavis exécuté", "Notice worked"), required=False, initial=True)
    any_time = forms.BooleanField(
        label=words("Le contrat permet d’y renoncer à tout moment", "The contract lets it be waived at any time"),
        required=False,
    )
    term_days = forms.IntegerField(
        label=words("Délai du contrat, en jours (0 : aucun)", "Term of the contract, in days (0: none)"),
        min_value=0,
        max_value=366,
        initial=0,
    )
    term_months = forms.IntegerField(label=words("… en mois", "… in months"), min_value=0, max_value=24, initial=0)
    form = forms.ChoiceField(label=words("Forme fixée par le contrat", "Form fixed by the contract"), required=False)
    agreement = forms.ChoiceField(
        label=words("Convention collective", "Collective agreement"),
        required=False,
        choices=[("", "–"), ("metallurgy", "métallurgie")],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "rupture", waivers.RUPTURES)
        _choices(self, "form", waivers.FORMS)


class MadeForm(forms.Form):
    """When the waiver was sent, and how."""

    waived_on = _date("Envoyée le", "Sent on")
    used = forms.ChoiceField(label=words("Forme", "Form"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _choices(self, "used", {key: label for key, label in waivers.FORMS.items() if key})


class SummonForm(forms.Form):
    """The summons."""

    ref = forms.SlugField(
        label=words("Référence du dossier (pas de nom)", "Reference of the file (no name)"), max_length=40
    )
    presented_on = _date("Lettre présentée, ou remise, le", "Letter presented, or handed over, on")
    interview_on = _date("Entretien le", "Interview on")
    zone = forms.ChoiceField(
        label=words("Jours fériés", "Holidays"), choices=[("FR", "France"), ("FR-AM", "Alsace-Moselle")]
    )


class LetterForm(forms.Form):
    """The letter."""

    letter_on = _date("Lettre envoyée le", "Letter sent on")


class CneForm(forms.Form):
    """A CNE."""

    ref = forms.SlugField(label=words("Référence", "Reference"), max_length=40)
    signed_on = _date("Signé le", "Signed on")
    staff = forms.IntegerField(
        label=words("Salariés ce jour-là", "Employees on that day"), min_value=0, max_value=10_000_000
    )


def _choices(form: forms.Form, name: str, labels: dict[str, Any]) -> None:
    field: Any = form.fields[name]
    field.choices = [(key, say(label)) for key, label in labels.items()]


def _may_write(request: HttpRequest) -> bool:
    return bool(paths(grants_of(request), WaiverFile.Evidence.kind, "write"))


def files(request: HttpRequest) -> HttpResponse:
    """Every file that the person may see."""
    actor = actor_of(request)
    if not paths(grants_of(request), WaiverFile.Evidence.kind, "read"):
        raise Http404
    context = {
        "waivers": WaiverFile.objects.visible_to(actor).order_by("-pk")[:MOST],
        "dismissals": DismissalFile.objects.visible_to(actor).order_by("-pk")[:MOST],
        "cnes": CneContract.objects.visible_to(actor).order_by("-pk")[:MOST],
        "can": _may_write(request),
    }
    return render(request, "employment/files.html", context)


def new_waiver(request: HttpRequest) -> HttpResponse:
    """Open a file of waiver."""
    return _new(request, WaiverForm, acts.open_waiver, "employment:waiver")


def new_dismissal(request: HttpRequest) -> HttpResponse:
    """Summon to an interview: refused when it is set too early."""
    return _new(request, SummonForm, acts.summon, "employment:dismissal")


def _new(request: HttpRequest, kind: type[forms.Form], act: Any, to: str) -> HttpResponse:
    if not _may_write(request):
        raise Http404
    form, refused = kind(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(to, act(actor_of(request), **form.cleaned_data).result.uid)
        except Refused as error:
            refused = error
    return form_page(request, "employment/new.html", form, refused=refused)


def _erased(request: HttpRequest, row: WaiverFile | DismissalFile) -> HttpResponse:
    """What is left of a file at the end of its keeping: that there was one, and by which acts it was written and erased."""
    rule = law().find("employment.keeping", local_day(clock.now()))
    context = {"label": row.Evidence.label, "keeping": rule, "history": timeline_of(row.uid)}
    return render(request, "employment/erased.html", context, status=409 if request.method == "POST" else 200)


def waiver(request: HttpRequest, uid: str) -> HttpResponse:
    """One waiver: what each dated position answers on the same facts."""
    row: WaiverFile = visible_or_404(WaiverFile.objects.select_related("cell"), request, uid=uid)
    if row.erased:
        return _erased(request, row)
    form, refused = MadeForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            acts.make_waiver(actor_of(request), file=row, **form.cleaned_data)
            return see_other(request.path)
        except Refused as error:
            refused = error
            row.refresh_from_db()
    facts, day = row.read(), local_day(clock.now())
    found = waivers.positions(facts, law())
    context = {
        "row": row,
        "facts": facts,
        "rupture": waivers.RUPTURES[facts.rupture],
        "positions": [(one, *waivers.ANSWERS[one.decision.value.result]) for one in found],
        "conflicts": [(one, *waivers.ANSWERS[one.value.result]) for one in waivers.conflicts(facts, law(), day)],
        "differ": len({one.decision.value.result for one in found}) > 1,
        "can": _may_write(request) and not facts.waived_on,
        "history": timeline_of(row.uid),
    }
    return form_page(request, "employment/waiver.html", form, context, refused=refused)


def dismissal(request: HttpRequest, uid: str) -> HttpResponse:
    """One dismissal: its days, the first lawful ones, and the arithmetic."""
    row: DismissalFile = visible_or_404(DismissalFile.objects.select_related("cell"), request, uid=uid)
    if row.erased:
        return _erased(request, row)
    form, refused = LetterForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            acts.notify(actor_of(request), file=row, **form.cleaned_data)
            return see_other(request.path)
        except Refused as error:
            refused = error
            row.refresh_from_db()
    rules, held = law(), row.interview_on or row.presented_on
    shift = rules.find("employment.dismissal.extension", row.presented_on)
    interview = rules.at("employment.dismissal.interview", row.presented_on)
    letter = rules.at("employment.dismissal.letter", held)
    context = {
        "row": row,
        "first_interview": dismissals.first_interview(row.presented_on, interview, shift, row.zone),
        "first_letter": dismissals.first_letter(held, letter, shift, row.zone),
        "extension": shift,
        "can": _may_write(request) and row.letter_on is None,
        "history": timeline_of(row.uid),
    }
    return form_page(request, "employment/dismissal.html", form, context, refused=refused)


def cne(request: HttpRequest) -> HttpResponse:
    """Whether one could be signed on its day; what a remaining one is, and the steps to end it."""
    if not paths(grants_of(request), CneContract.Evidence.kind, "read"):
        raise Http404
    form, refused = CneForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            acts.sign_cne(actor_of(request), **form.cleaned_data)
            return see_other(request.path)
        except Refused as error:
            refused = error
    day = local_day(clock.now())
    context = {
        "rows": CneContract.objects.visible_to(actor_of(request)).order_by("-pk")[:MOST],
        "versions": law().versions("employment.cne"),
        "convention": law().at("employment.cne.convention", day),
        "remaining": dismissals.REMAINING,
        "can": _may_write(request),
    }
    return form_page(request, "employment/cne.html", form, context, refused=refused)
