"""The wheel, the scope with its context, and the first page."""

from __future__ import annotations

from datetime import date, timedelta

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse

from opposable.kernel import clock
from opposable.law import Text, local_day, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.reading import current_campaign, last_evidence
from opposable.systems.isms.models import (
    Audit,
    CorrectiveAction,
    Finding,
    Scope,
    TreatmentAction,
)
from opposable.systems.isms.rules.audits import WANT_ACTION
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import NAMES
from opposable.systems.isms.rules.wheel import Item, late, stands_at, wheel
from opposable.systems.isms.views.base import (
    LinesField,
    attempt,
    can,
    choices,
    form_page,
    long_text,
    page,
    scope_or_404,
    see_other,
    url,
    words,
)
from opposable.systems.isms.views.ring import ring_svg
from opposable.web.access import actor_of, grants_of, paths, some_or_404
from opposable.web.forms import toast

YEAR = timedelta(days=365)
SHOWN = 8


def home(request: HttpRequest) -> HttpResponseBase:
    """The systems that the person may read; the only one at once."""
    some_or_404(request, Scope.Evidence.kind)
    scopes = list(Scope.objects.visible_to(actor_of(request)).order_by("name"))
    may_create = "/" in paths(grants_of(request), Scope.Evidence.kind, "write")
    if len(scopes) == 1 and not may_create:
        return see_other(url("scope", scopes[0]))
    return TemplateResponse(request, "isms/home.html", {"scopes": scopes, "may_create": may_create})


class NewScope(forms.Form):
    """The first thing to write: what the system covers."""

    name = forms.CharField(label=words("Nom du système", "Name of the system"), max_length=160)
    slug = forms.SlugField(label=words("Identifiant dans les adresses", "Identifier in addresses"), max_length=40)
    organisation = forms.CharField(label=words("Organisation", "Organisation"), max_length=160)
    text = long_text(
        words("Ce que le système couvre", "What the system covers"),
        words("activités, lieux, techniques", "activities, places, technology"),
    )
    excluded = long_text(words("Ce qu’il laisse dehors, et pourquoi", "What it leaves out, and why"), required=False)
    owner = forms.CharField(label=words("Responsable", "Owner"), max_length=120)
    edition = forms.ChoiceField(
        label=words("Édition de la norme", "Edition of the standard"), choices=choices(NAMES), initial="iso27001-2022"
    )


def new_scope(request: HttpRequest) -> HttpResponseBase:
    """Open a management system: a page of its own, since there is no scope yet to frame it."""
    some_or_404(request, Scope.Evidence.kind, "write")
    form = NewScope(request.POST if request.method == "POST" else None)
    refused = None
    if form.is_bound and form.is_valid():
        receipt, refused = attempt(request, lambda actor: acts.create_scope(actor, **form.cleaned_data))
        if refused is None:
            toast(request, t("Le système est ouvert.", "The system is open."))
            return see_other(url("scope", receipt.result))
    wrong = refused is not None or (form.is_bound and bool(form.errors))
    context = {"form": form, "refused": refused, "back": reverse("isms:home")}
    return TemplateResponse(request, "isms/new_scope.html", context, status=422 if wrong else 200)


# ---- the wheel -------------------------------------------------------------------------------------------------------


def scope(request: HttpRequest, slug: str) -> HttpResponseBase:
    """«La roue» : where the system stands, what is late, what comes next."""
    found = scope_or_404(request, slug)
    today = local_day(clock.now())
    items = items_of(found, today)
    quarters = wheel(items, today)
    stands = stands_at(quarters)
    waiting = sorted((one for one in items if not one.done and one.due), key=lambda one: one.due or date.max)
    return page(
        request,
        "scope",
        found,
        "scope",
        ring=ring_svg(quarters, stands),
        quarters=quarters,
        stands=stands,
        today=today,
        late=[one for one in waiting if late(one, today)][:SHOWN],
        late_count=sum(late(one, today) for one in waiting),
        next=[one for one in waiting if not late(one, today)][:SHOWN],
        undone=[one for one in items if not one.done and one.due is None][:SHOWN],
        turns=turns_of(found, today),
    )


def turns_of(scope: Scope, today: date) -> list[tuple[int, date, bool]]:
    """The turns of the wheel, each ended by a management review: number, day, whether it is the running one."""
    held = list(scope.reviews.order_by("on").values_list("on", flat=True))
    return [*((n, day, False) for n, day in enumerate(held, 1)), (len(held) + 1, today, True)]


def items_of(scope: Scope, today: date) -> list[Item]:
    """Everything of a scope that belongs to a quarter."""
    return [*_plan(scope, today), *_do(scope), *_check(scope, today), *_act(scope)]


def _plan(scope: Scope, today: date) -> list[Item]:
    campaign = current_campaign(scope)
    soa = scope.statements.filter(status="published").order_by("-version").first()
    draft = scope.statements.filter(status="draft").first()
    rated = campaign.scenarios.filter(withdrawn=False, level__gt=0).exists() if campaign else False
    yearly = campaign.opened_on + YEAR if campaign else None
    return [
        Item(
            "plan",
            t("Périmètre et contexte écrits", "Scope and context written"),
            bool(scope.issues and scope.parties),
            href=url("context", scope),
        ),
        Item("plan", t("Méthode fixée", "Method set"), scope.methods.exists(), href=url("method", scope)),
        Item(
            "plan",
            t("Risques appréciés dans l’année", "Risks assessed within the year"),
            rated and bool(yearly and yearly >= today),
            yearly,
            url("risks", scope),
        ),
        Item(
            "plan",
            t("Déclaration d’applicabilité publiée", "Statement of applicability published"),
            soa is not None and draft is None,
            href=url("soa", scope, draft.version) if draft else url("statements", scope),
        ),
    ]


def _do(scope: Scope) -> list[Item]:
    rows = TreatmentAction.objects.filter(scenario__campaign__scope=scope).exclude(status="dropped")
    rows = rows.select_related("scenario").only("title", "due_on", "done_on", "scenario__uid")
    found = [
        Item(
            "do", Text(one.title, one.title), one.done_on is not None, one.due_on, url("risk", scope, one.scenario.uid)
        )
        for one in rows
    ]
    states = list(scope.controls.exclude(status="retired").values_list("status", flat=True))
    if states:
        label = t("Mesures en place : {n} sur {m}", "Controls implemented: {n} of {m}").format(
            n=states.count("implemented"), m=len(states)
        )
        found.append(Item("do", label, states.count("implemented") == len(states), href=url("controls", scope)))
    return found


def _check(scope: Scope, today: date) -> list[Item]:
    seen = last_evidence(scope)
    found = [
        Item("check", rule.label, code in seen and seen[code].verdict == "pass", href=url("evidence-rule", scope, code))
        for code, rule in RULES.items()
    ]
    found += [
        Item("check", Text(one.title, one.title), one.done_on is not None, one.planned_on, url("audit", scope, one.uid))
        for one in Audit.objects.filter(programme__scope=scope)
    ]
    for objective in scope.objectives.all():
        last = objective.measures.order_by("-on").first()
        due = (last.on if last else scope.started_on) + timedelta(days=objective.every_days)
        found.append(
            Item(
                "check",
                Text(objective.indicator, objective.indicator),
                last is not None and due >= today,
                due,
                url("objectives", scope),
            )
        )
    review = scope.reviews.order_by("-on").first()
    due = review.next_on if review else scope.started_on + YEAR
    found.append(
        Item(
            "check",
            t("Revue de direction", "Management review"),
            review is not None and due >= today,
            due,
            url("reviews", scope),
        )
    )
    return found


def _act(scope: Scope) -> list[Item]:
    rows = CorrectiveAction.objects.filter(finding__audit__programme__scope=scope).select_related("finding")
    found = [
        Item(
            "act",
            Text(str(one), str(one)),
            one.effective is True,
            one.due_on if one.done_on is None else None,
            url("finding", scope, one.finding.uid),
        )
        for one in rows
    ]
    bare = Finding.objects.filter(audit__programme__scope=scope, grade__in=WANT_ACTION, actions=None).select_related(
        "audit"
    )
    found += [
        Item(
            "act",
            t("Constat {g} {n} : décider d’une action", "Finding {g} {n}: decide an action").format(
                g=one.grade, n=one.number
            ),
            False,
            None,
            url("finding", scope, one.uid),
        )
        for one in bare
    ]
    return found


# ---- scope and context -----------------------------------------------------------------------------------------------


class ContextForm(forms.Form):
    """Scope, context, interested parties (4.1 to 4.3)."""

    text = long_text(words("Ce que le système couvre", "What the system covers"))
    excluded = long_text(words("Ce qu’il laisse dehors, et pourquoi", "What it leaves out, and why"), required=False)
    owner = forms.CharField(label=words("Responsable", "Owner"), max_length=120)
    issues = LinesField(label=words("Enjeux, un par ligne", "Issues, one a line"), required=False)
    parties = LinesField(
        label=words("Parties intéressées, une par ligne", "Interested parties, one a line"),
        help_text=words("Nom : attentes", "Name: needs"),
        required=False,
    )

    def clean_parties(self) -> list[dict[str, str]]:
        given = [line.partition(":") for line in self.cleaned_data["parties"]]
        if any(not name.strip() or not needs.strip() for name, _, needs in given):
            raise forms.ValidationError(
                words("Écrivez « nom : attentes » sur chaque ligne.", "Write “name: needs” on each line.")
            )
        return [{"name": name.strip(), "needs": needs.strip()} for name, _, needs in given]


def context(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Scope and context, as they stand."""
    found = scope_or_404(request, slug)
    return page(request, "context", found, "context", edition=NAMES[found.edition])


def change_context(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = scope_or_404(request, slug)
    initial = {
        "text": found.text,
        "excluded": found.excluded,
        "owner": found.owner,
        "issues": found.issues,
        "parties": [f"{one['name']} : {one['needs']}" for one in found.parties],
    }
    form = ContextForm(request.POST if request.method == "POST" else None, initial=initial)
    return form_page(
        request,
        found,
        "context",
        form,
        lambda actor: acts.change_scope(actor, scope=found, **form.cleaned_data),
        heading=t("Périmètre et contexte", "Scope and context"),
        button=t("Enregistrer", "Save"),
        done=t("Le périmètre est à jour.", "The scope is up to date."),
        to=url("context", found),
        back=url("context", found),
    )


def may(request: HttpRequest, verb: str, kind: str, scope: Scope) -> bool:
    return can(request, verb, kind, scope.cell)
