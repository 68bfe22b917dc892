"""Audits, findings, corrective actions; objectives and measures; reviews."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.law import Text, local_day, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.audits import CLAUSES, frozen_population
from opposable.systems.isms.models import (
    Audit,
    AuditProgramme,
    CorrectiveAction,
    Finding,
    Scope,
)
from opposable.systems.isms.models.checking import AUDIT_STATES
from opposable.systems.isms.rules.referential import referential
from opposable.systems.isms.views.base import (
    can,
    choices,
    day_field,
    form_page,
    ids_field,
    long_text,
    page,
    perform,
    scope_or_404,
    url,
    words,
)
from opposable.web.register import timeline_of

POPULATIONS = {"controls": t("mesures de sécurité", "controls"), "assets": t("biens", "assets")}


def audits(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The programme, with what it has covered, and its audits."""
    scope = scope_or_404(request, slug)
    programmes = []
    for row in scope.programmes.order_by("-since"):
        rows = list(row.audits.order_by("-planned_on"))
        covered = {one for audit in rows if audit.done_on for one in audit.subjects}
        programmes.append(
            (row, [(one, one in covered) for one in row.subjects], [(one, *state_of(one)) for one in rows])
        )
    findings = [
        (one, label_of(one))
        for one in Finding.objects.filter(audit__programme__scope=scope)
        .select_related("audit__programme")
        .order_by("-pk")[:50]
    ]
    return page(
        request,
        "audits",
        scope,
        "audits",
        programmes=programmes,
        findings=findings,
        may_plan=can(request, "write", Audit.Evidence.kind, scope.cell),
    )


def state_of(audit: Audit) -> tuple[str, Text]:
    if audit.done_on:
        return "ok", AUDIT_STATES["done"]
    late = audit.planned_on < local_day(clock.now())
    return ("refused", t("en retard", "late")) if late else ("due", AUDIT_STATES["planned"])


def label_of(finding: Finding) -> Text:
    """The grade in words, from the programme's own scale."""
    grades = {one["code"]: Text(one["fr"], one["en"]) for one in finding.audit.programme.grades}
    return grades.get(finding.grade, Text(finding.grade, finding.grade))


class ProgrammeForm(forms.Form):
    """A period within which every clause is audited."""

    name = forms.CharField(label=words("Nom", "Name"), max_length=120)
    since = day_field(words("Du", "From"))
    until = day_field(words("Au (exclu)", "Until (exclusive)"))


def new_programme(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    form = ProgrammeForm(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        scope,
        "audits",
        form,
        lambda actor: acts.add_programme(actor, scope=scope, **form.cleaned_data),
        heading=t("Fixer un programme d’audit", "Set an audit programme"),
        button=t("Fixer", "Set"),
        kind=AuditProgramme.Evidence.kind,
        note=t(
            "Échelle des constats : PF, PP, PS, NCm, NCM. L’API en admet une autre.",
            "Scale of findings: PF, PP, PS, NCm, NCM. The API takes another one.",
        ),
        done=t("Le programme est fixé.", "The programme is set."),
        to=url("audits", scope),
        back=url("audits", scope),
    )


class AuditForm(forms.Form):
    """An audit: subjects, auditor, day, and a sample drawn from a frozen population."""

    title = forms.CharField(label=words("Intitulé", "Title"), max_length=160)
    criteria = long_text(words("Critères", "Criteria"), required=False)
    auditor = forms.CharField(
        label=words("Auditeur", "Auditor"),
        max_length=120,
        help_text=words("Il ne répond de rien de ce qu’il audite.", "He answers for nothing that he audits."),
    )
    planned_on = day_field(words("Prévu le", "Planned on"))
    population = forms.ChoiceField(
        label=words("Échantillon tiré parmi", "Sample drawn from"), choices=choices(POPULATIONS)
    )
    size = forms.IntegerField(
        label=words("Taille de l’échantillon", "Size of the sample"), min_value=0, max_value=500, initial=5
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = ids_field(scope, required=True, clauses=CLAUSES)
        field.label = words(
            "Sujets : clauses 4 à 10, identifiants de l’annexe A", "Subjects: clauses 4 to 10, identifiers of annex A"
        )
        self.fields["subjects"] = field


def new_audit(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    programme = get_object_or_404(AuditProgramme.objects.select_related("scope", "cell"), uid=uid, scope=scope)
    form = AuditForm(request.POST if request.method == "POST" else None, scope=scope)

    def call(actor: Any) -> Any:
        given = dict(form.cleaned_data)
        members = frozen_population(scope, given.pop("population"))
        return acts.plan_audit(
            actor, programme=programme, population=members, **{**given, "size": min(given["size"], len(members))}
        )

    return form_page(
        request,
        scope,
        "audits",
        form,
        call,
        heading=t("Planifier un audit", "Plan an audit"),
        button=t("Planifier et tirer l’échantillon", "Plan and draw the sample"),
        kind=Audit.Evidence.kind,
        done=t("L’audit est planifié, son échantillon tiré.", "The audit is planned, its sample drawn."),
        to=lambda row: url("audit", scope, row.uid),
        back=url("audits", scope),
    )


def _audit(request: HttpRequest, slug: str, uid: str) -> tuple[Scope, Audit]:
    scope = scope_or_404(request, slug)
    return scope, get_object_or_404(
        Audit.objects.select_related("programme__scope", "cell"), uid=uid, programme__scope=scope
    )


def audit(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """One audit: subjects, sample with its seed, findings."""
    scope, found = _audit(request, slug, uid)
    book = referential(scope.edition)
    tone, word = state_of(found)
    return page(
        request,
        "audit",
        scope,
        "audits",
        row=found,
        tone=tone,
        word=word,
        subjects=[
            (one, book.label(one) if one in book else t("clause {n}", "clause {n}").format(n=one))
            for one in found.subjects
        ],
        findings=[(one, label_of(one)) for one in found.findings.select_related("audit__programme").order_by("number")],
        history=timeline_of(found.uid),
        may_work=found.done_on is None and can(request, "write", Finding.Evidence.kind, scope.cell),
    )


class FindingForm(forms.Form):
    """A finding."""

    grade = forms.ChoiceField(label=words("Grade", "Grade"), widget=forms.RadioSelect)
    requirement = forms.CharField(
        label=words("Clause ou identifiant", "Clause or identifier"), max_length=20, required=False
    )
    text = long_text(words("Constat", "Finding"))

    def __init__(self, *args: Any, programme: AuditProgramme, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        grades = {
            one["code"]: Text(f"{one['code']} · {one['fr']}", f"{one['code']} · {one['en']}")
            for one in programme.grades
        }
        self.fields["grade"].choices = choices(grades)  # type: ignore[attr-defined]


def new_finding(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = _audit(request, slug, uid)
    form = FindingForm(request.POST if request.method == "POST" else None, programme=found.programme)
    return form_page(
        request,
        scope,
        "audits",
        form,
        lambda actor: acts.record_finding(actor, audit=found, **form.cleaned_data),
        heading=t("Relever un constat", "Record a finding"),
        button=t("Relever", "Record"),
        kind=Finding.Evidence.kind,
        done=t("Le constat est relevé.", "The finding is recorded."),
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )


class ConclusionForm(forms.Form):
    """How the audit ended."""

    conclusion = long_text(words("Conclusion", "Conclusion"))


def finish(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = _audit(request, slug, uid)
    form = ConclusionForm(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        scope,
        "audits",
        form,
        lambda actor: acts.finish_audit(actor, audit=found, **form.cleaned_data),
        heading=t("Rendre compte de l’audit", "Report on the audit"),
        button=t("Rendre compte", "Report"),
        kind=Audit.Evidence.kind,
        done=t("Il est rendu compte de l’audit.", "The audit is reported on."),
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )


def _finding(request: HttpRequest, slug: str, uid: str) -> tuple[Scope, Finding]:
    scope = scope_or_404(request, slug)
    rows = Finding.objects.select_related("audit__programme__scope", "cell")
    return scope, get_object_or_404(rows, uid=uid, audit__programme__scope=scope)


def finding(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """A finding, its corrective actions, whether they worked."""
    scope, found = _finding(request, slug, uid)
    return page(
        request,
        "finding",
        scope,
        "audits",
        row=found,
        grade=label_of(found),
        actions=list(found.actions.order_by("pk")),
        today=local_day(clock.now()),
        history=timeline_of(found.uid),
        may_work=found.closed_on is None and can(request, "write", CorrectiveAction.Evidence.kind, scope.cell),
        may_judge=found.closed_on is None and can(request, "approve", CorrectiveAction.Evidence.kind, scope.cell),
        may_close=found.closed_on is None and can(request, "approve", Finding.Evidence.kind, scope.cell),
    )


class CorrectForm(forms.Form):
    """Correction, cause, action."""

    correction = long_text(words("Corrigé tout de suite", "Mended at once"), required=False)
    cause = long_text(words("Cause", "Cause"))
    action = long_text(words("Action pour que cela ne revienne pas", "Action so that it does not come back"))
    owner = forms.CharField(label=words("Qui", "Who"), max_length=120)
    due_on = day_field(words("Pour le", "Due on"))


def correct(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = _finding(request, slug, uid)
    form = CorrectForm(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        scope,
        "audits",
        form,
        lambda actor: acts.correct(actor, finding=found, **form.cleaned_data),
        heading=t("Décider d’une action corrective", "Decide a corrective action"),
        button=t("Décider", "Decide"),
        kind=CorrectiveAction.Evidence.kind,
        done=t("L’action est décidée.", "The action is decided."),
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )


@require_POST
def close(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = _finding(request, slug, uid)
    return perform(
        request,
        scope,
        lambda actor: acts.close_finding(actor, finding=found),
        done=t("Le constat est clos.", "The finding is closed."),
        to=found.get_absolute_url(),
    )


def _corrective(request: HttpRequest, slug: str, uid: str) -> tuple[Scope, CorrectiveAction]:
    scope = scope_or_404(request, slug)
    rows = CorrectiveAction.objects.select_related("finding__audit__programme__scope", "cell")
    return scope, get_object_or_404(rows, uid=uid, finding__audit__programme__scope=scope)


@require_POST
def corrective_done(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = _corrective(request, slug, uid)
    return perform(
        request,
        scope,
        lambda actor: acts.correction_done(actor, action=found),
        done=t("L’action est déclarée faite.", "The action is reported done."),
        to=found.get_absolute_url(),
    )


class EffectForm(forms.Form):
    """Whether it worked."""

    effective = forms.ChoiceField(
        label=words("L’action a-t-elle marché ?", "Did the action work?"),
        choices=choices({"yes": t("oui", "yes"), "no": t("non", "no")}),
        widget=forms.RadioSelect,
    )
    observed = long_text(words("Ce qui a été constaté", "What was observed"))


def judge(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    scope, found = _corrective(request, slug, uid)
    form = EffectForm(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        scope,
        "audits",
        form,
        lambda actor: acts.check_effect(
            actor,
            action=found,
            effective=form.cleaned_data["effective"] == "yes",
            observed=form.cleaned_data["observed"],
        ),
        heading=t("Juger de l’efficacité", "Judge whether it worked"),
        button=t("Juger", "Judge"),
        kind=CorrectiveAction.Evidence.kind,
        verb="approve",
        note=t(
            "Une autre personne que celle qui a fait l’action, un autre jour.",
            "Another person than who did the action, on another day.",
        ),
        done=t("L’efficacité est jugée.", "The effect is judged."),
        to=found.get_absolute_url(),
        back=found.get_absolute_url(),
    )
