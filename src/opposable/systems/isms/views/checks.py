"""The consistency report, and the automatic evidence."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.kernel.models import ApiToken
from opposable.kernel.models.access import may
from opposable.law import Text, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.reading import facts_of, in_edition, last_evidence
from opposable.systems.isms.models import Asset, EvidenceItem, Scope
from opposable.systems.isms.models.checking import VERDICTS
from opposable.systems.isms.rules import consistency
from opposable.systems.isms.rules.consistency import CHECKS
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.views.base import (
    can,
    choices,
    form_page,
    long_text,
    page,
    perform,
    require,
    scope_or_404,
    url,
    words,
)
from opposable.web.access import actor_of
from opposable.web.register import timeline_of

TONES = {"pass": "ok", "fail": "refused", "no-data": "info"}
SHOWN = 25


def address(scope: Scope, fault: consistency.Fault, version: int | None) -> str:
    """Where a fault is mended."""
    if fault.kind == "line":
        return url("line", scope, version, fault.about) if version else url("statements", scope)
    if fault.check == "ACT-01":
        return url("risks", scope)
    return url("finding" if fault.kind == "finding" else "risk", scope, fault.about)


def report_of(scope: Scope) -> tuple[Any, list[consistency.Fault]]:
    """The statement that is looked at (the draft, else the one in force), and every fault."""
    soa = (
        scope.statements.filter(status="draft").first()
        or scope.statements.filter(status="published").order_by("-version").first()
    )
    return soa, consistency.report(facts_of(soa, clock.now(), scope))


def checks(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every numbered check, with what it finds."""
    scope = scope_or_404(request, slug)
    soa, faults = report_of(scope)
    by_check: dict[str, list[Any]] = {}
    for fault in faults:
        by_check.setdefault(fault.check, []).append((fault, address(scope, fault, soa.version if soa else None)))
    rows = [(one, by_check.get(one.number, [])[:SHOWN], len(by_check.get(one.number, []))) for one in CHECKS.values()]
    return page(
        request,
        "checks",
        scope,
        "checks",
        soa=soa,
        found=[row for row in rows if row[2]],
        clean=[row[0] for row in rows if not row[2]],
        total=len(faults),
        closing=sum(CHECKS[one.check].gate for one in faults),
    )


@login_not_required
def checks_json(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The report for a program, with a session or an access token (``Authorization: Bearer …``)."""
    head = request.headers.get("Authorization", "")
    actor = ApiToken.actor_of(head[7:], clock.now()) if head.startswith("Bearer ") else actor_of(request)
    scope = Scope.objects.select_related("cell").filter(slug=slug).first()
    if actor is None or scope is None or not may(actor, "read", Scope.Evidence.kind, scope.cell, clock.now()):
        raise Http404
    soa, faults = report_of(scope)
    made = [
        {
            "check": one.check,
            "about": one.about,
            "kind": one.kind,
            "text": one.text.as_data(),
            "gate": CHECKS[one.check].gate,
        }
        for one in faults
    ]
    closing = sum(CHECKS[one.check].gate for one in faults)
    return JsonResponse(
        {"scope": scope.slug, "statement": soa.version if soa else None, "closing": closing, "faults": made}
    )


# ---- automatic evidence ----------------------------------------------------------------------------------------------


def evidence(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Each rule with its last verdict."""
    scope = scope_or_404(request, slug)
    last = last_evidence(scope)
    rows = [
        {
            "rule": rule,
            "item": last.get(code),
            "tone": TONES.get(last[code].verdict) if code in last else "info",
            "word": VERDICTS[last[code].verdict] if code in last else t("jamais recueillie", "never collected"),
            "answers": in_edition(rule.answers, scope.edition),
            "href": url("evidence-rule", scope, code),
        }
        for code, rule in RULES.items()
    ]
    return page(
        request,
        "evidence",
        scope,
        "evidence",
        rows=rows,
        may_collect=can(request, "write", EvidenceItem.Evidence.kind, scope.cell),
        observed=OBSERVED,
    )


@require_POST
def collect(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    return perform(
        request,
        scope,
        lambda actor: acts.collect(actor, scope=scope),
        done=t("Les preuves sont recueillies du registre.", "The evidence is collected from the log."),
        to=url("evidence", scope),
    )


def evidence_rule(request: HttpRequest, slug: str, code: str) -> HttpResponseBase:
    """One rule: what it asks the log, and its verdicts over time."""
    scope = scope_or_404(request, slug)
    if code not in RULES:
        raise Http404
    rows = list(scope.evidence.filter(rule=code).order_by("-until")[:20])
    items = [(one, TONES[one.verdict], VERDICTS[one.verdict], _said(one)) for one in rows]
    return page(
        request,
        "evidence_rule",
        scope,
        "evidence",
        rule=RULES[code],
        items=items,
        answers=in_edition(RULES[code].answers, scope.edition),
        history=timeline_of(rows[0].uid) if rows else [],
        may_export=can(request, "export", EvidenceItem.Evidence.kind, scope.cell),
    )


def _said(item: EvidenceItem) -> Text:
    said = item.figures.get("said", {})
    return Text(said.get("fr", ""), said.get("en", ""))


def replay_file(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """What anyone needs to judge an item again without this software's database."""
    from opposable.systems.isms.exchange import replay

    scope = scope_or_404(request, slug)
    require(request, "export", EvidenceItem.Evidence.kind, scope.cell)
    item = get_object_or_404(EvidenceItem.objects.select_related("scope"), uid=uid, scope=scope)
    response = HttpResponse(replay.export(item), content_type="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{item.rule}-{item.last}.json"'
    return response


OBSERVED = {
    "restore": t("restauration réussie", "restore that succeeded"),
    "restore-failed": t("restauration manquée", "restore that failed"),
    "access": t("revue des droits d’accès", "review of access rights"),
    "incident": t("exercice d’incident", "incident drill"),
    "refusals": t("revue des refus du registre", "review of the log’s refusals"),
    "leaver": t("départ d’une personne", "a person who leaves"),
    "clause": t("clause de sécurité d’un fournisseur", "a supplier’s security clause"),
}
CALLS = {
    "restore": acts.restore_succeeded,
    "restore-failed": acts.restore_failed,
    "access": acts.review_access,
    "incident": acts.rehearse_incident,
    "refusals": acts.review_refusals,
}


class ObserveForm(forms.Form):
    """What was seen."""

    what = long_text(
        words("Ce qui a été constaté", "What was observed"),
        words("quoi, par qui, avec quel résultat", "what, by whom, with what result"),
    )


class LeaverForm(forms.Form):
    """Who leaves."""

    email = forms.EmailField(label=words("Adresse de son compte", "Address of the account"))


class ClauseForm(forms.Form):
    """Which supplier, and where the clause stands."""

    asset = forms.ChoiceField(label=words("Fournisseur", "Supplier"))
    what = long_text(words("Où se trouve la clause", "Where the clause stands"))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = scope.assets.filter(kind="supplier", withdrawn=False).order_by("name")
        self.fields["asset"].choices = choices({row.uid: Text(row.name, row.name) for row in rows})  # type: ignore[attr-defined]


def observe(request: HttpRequest, slug: str, what: str) -> HttpResponseBase:
    """Enter something that was done outside the platform: it becomes a fact of the log, and the rules read it."""
    scope = scope_or_404(request, slug)
    if what not in OBSERVED:
        raise Http404
    given = request.POST if request.method == "POST" else None
    form, call = _observation(given, scope, what)
    return form_page(
        request,
        scope,
        "evidence",
        form,
        call,
        heading=t("Constater : {what}", "Record: {what}").format(what=OBSERVED[what]),
        button=t("Constater", "Record"),
        done=t("Le constat est au registre.", "The observation is in the log."),
        kind=EvidenceItem.Evidence.kind,
        to=url("evidence", scope),
        back=url("evidence", scope),
    )


def _observation(given: Any, scope: Scope, what: str) -> tuple[forms.Form, Any]:
    if what == "leaver":
        leaver = LeaverForm(given)
        return leaver, lambda actor: acts.report_leaver(actor, scope=scope, email=leaver.cleaned_data["email"])
    if what == "clause":
        clause = ClauseForm(given, scope=scope)

        def confirm(actor: Any) -> Any:
            asset = Asset.objects.select_related("cell", "scope").get(uid=clause.cleaned_data["asset"])
            return acts.confirm_clause(actor, asset=asset, what=clause.cleaned_data["what"])

        return clause, confirm
    seen = ObserveForm(given)
    return seen, lambda actor: CALLS[what](actor, scope=scope, what=seen.cleaned_data["what"])
