"""The statement of applicability: versions and their lines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404

from opposable.kernel import clock, decisions
from opposable.law import Text, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.deciding import PUBLISH
from opposable.systems.isms.acts.reading import current_campaign, facts_of
from opposable.systems.isms.models import Control, Scope, Soa, SoaLine
from opposable.systems.isms.models.soa import SOA_STATES
from opposable.systems.isms.rules import consistency
from opposable.systems.isms.rules.consistency import CHECKS
from opposable.systems.isms.rules.referential import LABELS_NOTE, NAMES
from opposable.systems.isms.rules.soa import OUT, REASONS, STATUSES, Line
from opposable.systems.isms.views.base import (
    NamesField,
    can,
    choices,
    form_page,
    long_text,
    page,
    require,
    scope_or_404,
    url,
    words,
)
from opposable.systems.isms.views.frameworks import licensed_text
from opposable.web.register import timeline_of

TONES = {"draft": "due", "published": "ok", "replaced": "info", "dropped": "info"}
STATUS_TONES = {"implemented": "ok", "partial": "due", "planned": "due", "alternative": "info", OUT: "info"}
UNDECIDED = t("à décider", "to decide")
EXCLUDED = t("exclue", "excluded")
FILTERS = {
    "undecided": t("à décider", "to decide"),
    "in": t("retenues", "included"),
    "out": t("exclues", "excluded"),
    "faults": t("à corriger", "to mend"),
    "warned": t("avec une remarque", "with a remark"),
}


def statements(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every version."""
    scope = scope_or_404(request, slug)
    rows = list(scope.statements.order_by("-version"))
    return page(
        request,
        "statements",
        scope,
        "statements",
        versions=[(row, TONES[row.status], SOA_STATES[row.status], NAMES[row.edition]) for row in rows],
        draft=next((row for row in rows if row.status == "draft"), None),
        edition=NAMES[scope.edition],
        may_draft=can(request, "write", Soa.Evidence.kind, scope.cell),
        labels_note=LABELS_NOTE,
    )


class DraftForm(forms.Form):
    """Of which edition the next version is."""

    edition = forms.ChoiceField(label=words("Édition", "Edition"), choices=choices(NAMES))


def draft(request: HttpRequest, slug: str) -> HttpResponseBase:
    scope = scope_or_404(request, slug)
    form = DraftForm(request.POST if request.method == "POST" else None, initial={"edition": scope.edition})
    return form_page(
        request,
        scope,
        "statements",
        form,
        lambda actor: acts.draft_statement(actor, scope=scope, edition=form.cleaned_data["edition"]),
        heading=t("Préparer une version", "Draft a version"),
        button=t("Préparer", "Draft"),
        kind=Soa.Evidence.kind,
        note=t(
            "Une ligne par identifiant. Ce qui était publié est repris ; d’une autre édition, nos correspondances proposent.",
            "A line for each identifier. What was published is taken over; from another edition, our correspondences propose.",
        ),
        done=t("La version est prête à être remplie.", "The version is ready to be filled in."),
        to=lambda row: url("soa", scope, row.version),
        back=url("statements", scope),
    )


def soa_or_404(request: HttpRequest, slug: str, version: int) -> tuple[Scope, Soa]:
    scope = scope_or_404(request, slug)
    return scope, get_object_or_404(Soa.objects.select_related("scope", "cell"), scope=scope, version=version)


def soa(request: HttpRequest, slug: str, version: int) -> HttpResponseBase:
    """One version: every line by theme, with its decision, its risks, and what the gate says of it."""
    scope, found = soa_or_404(request, slug, version)
    facts = facts_of(found, clock.now())
    faults = consistency.report(facts)
    gate = [one for one in faults if CHECKS[one.check].gate]
    wrong: dict[str, list[consistency.Fault]] = {}
    for fault in faults:
        if fault.kind == "line":
            wrong.setdefault(fault.about, []).append(fault)
    cited: dict[str, int] = {}
    for risk in facts.risks:
        for one in risk.cites:
            cited[one] = cited.get(one, 0) + 1
    decision = decisions.last_decision(found, PUBLISH)
    shown = request.GET.get("show", "")
    return page(
        request,
        "soa",
        scope,
        "statements",
        soa=found,
        tone=TONES[found.status],
        state_word=SOA_STATES[found.status],
        edition=NAMES[found.edition],
        groups=groups_of(found, facts, cited, wrong, shown),
        filters=filters_of(request, shown),
        shown=shown,
        counts=counts_of(facts.lines),
        gate=gate,
        decision=decision,
        standing=decisions.standing(decision) if decision else None,
        may_work=found.status == "draft" and can(request, "write", Soa.Evidence.kind, scope.cell),
        may_publish=found.status == "draft" and can(request, "approve", Soa.Evidence.kind, scope.cell),
        may_export=can(request, "export", Soa.Evidence.kind, scope.cell),
        reasons=REASONS,
        labels_note=LABELS_NOTE,
        history=timeline_of(found.uid, whys=False)[:12],
        before=scope.statements.filter(version__lt=found.version)
        .exclude(status="dropped")
        .order_by("-version")
        .first(),
    )


def filters_of(request: HttpRequest, shown: str) -> list[tuple[Text, str, bool]]:
    """The chips over the lines: label, address, whether it is the current one."""
    return [(label.capital(), "?" if key == shown else f"?show={key}", key == shown) for key, label in FILTERS.items()]


def counts_of(lines: Any) -> list[tuple[Text, int]]:
    """How many lines stand where."""
    found = [
        (t("Retenues", "Included"), sum(line.applicable is True for line in lines)),
        (t("Exclues", "Excluded"), sum(line.applicable is False for line in lines)),
        (t("À décider", "To decide"), sum(line.applicable is None for line in lines)),
    ]
    return [*found, (t("En place", "Implemented"), sum(line.status == "implemented" for line in lines))]


def _keeps(shown: str, line: Line, wrong: dict[str, Any]) -> bool:
    return {
        "undecided": line.applicable is None,
        "in": line.applicable is True,
        "out": line.applicable is False,
        "faults": any(CHECKS[one.check].gate for one in wrong.get(line.requirement, [])),
        "warned": line.requirement in wrong,
    }.get(shown, True)


def groups_of(
    found: Soa, facts: consistency.Facts, cited: dict[str, int], wrong: dict[str, Any], shown: str
) -> list[Any]:
    """The lines by theme, ready to be drawn."""
    book = found.book
    by_group: dict[str, list[Any]] = {}
    for line in facts.lines:
        if not _keeps(shown, line, wrong):
            continue
        known = book.requirements.get(line.requirement)
        tone, word = ("due", UNDECIDED) if line.applicable is None else ("info", EXCLUDED)
        if line.applicable:
            tone, word = STATUS_TONES.get(line.status, "due"), STATUSES.get(line.status, UNDECIDED)
        entry = {
            "line": line,
            "label": book.label(line.requirement),
            "tone": tone,
            "word": word,
            "risks": cited.get(line.requirement, 0),
            "faults": [(one, CHECKS[one.check].gate) for one in wrong.get(line.requirement, [])],
            "closing": any(CHECKS[one.check].gate for one in wrong.get(line.requirement, [])),
            "controls": [facts.controls.get(one, "?") for one in line.controls],
            "new": line.requirement in facts.failing,
        }
        by_group.setdefault(known.group if known else "", []).append(entry)
    return [(key, book.groups.get(key, Text(key, key)), rows) for key, rows in by_group.items()]


class LineForm(forms.Form):
    """The decision on a line."""

    applicable = forms.ChoiceField(
        label=words("Ce contrôle est", "This control is"),
        choices=choices(
            {
                "yes": t("retenu", "included"),
                "no": t("exclu", "excluded"),
                "": t("pas encore décidé", "not decided yet"),
            }
        ),
        widget=forms.RadioSelect,
        required=False,
    )
    reasons = forms.MultipleChoiceField(
        label=words("Raisons de le retenir", "Reasons to include it"),
        choices=choices({key: Text(f"{key} · {label.fr}", f"{key} · {label.en}") for key, label in REASONS.items()}),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    justification = long_text(
        words("Justification", "Justification"),
        words("exigée pour retenir comme pour exclure", "wanted to include as well as to exclude"),
        required=False,
    )
    status = forms.ChoiceField(
        label=words("État s’il est retenu", "Status if included"),
        choices=choices(STATUSES, t("–", "–")),
        required=False,
    )
    owner = forms.CharField(label=words("Responsable", "Owner"), max_length=120, required=False)

    def __init__(self, *args: Any, scope: Scope, many: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not many:
            known = dict(Control.objects.filter(scope=scope).values_list("ref", "uid"))
            self.fields["controls"] = NamesField(
                known=known,
                required=False,
                label=words("Mesures à l’appui, une référence par ligne", "Controls behind it, one reference a line"),
            )

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if given.get("applicable") == "yes" and not given.get("status"):
            self.add_error("status", words("Dites où en est ce contrôle.", "Say where this control stands."))
        return given

    def given(self) -> dict[str, Any]:
        values = dict(self.cleaned_data)
        return {**values, "applicable": {"yes": True, "no": False}.get(values["applicable"])}


def line(request: HttpRequest, slug: str, version: int, requirement: str) -> HttpResponseBase:
    """One line: what it asks in our words, the risks that cite it, its history; the form when the version is a draft."""
    scope, found = soa_or_404(request, slug, version)
    row = get_object_or_404(SoaLine.objects.select_related("soa", "cell"), soa=found, requirement=requirement)
    order = list(found.book.requirements)
    place = order.index(requirement)
    after = order[place + 1] if place + 1 < len(order) else ""
    initial = {
        "applicable": "" if row.applicable is None else "yes" if row.applicable else "no",
        "reasons": row.reasons,
        "justification": row.justification,
        "status": row.status if row.status != OUT else "",
        "owner": row.owner,
        "controls": row.controls,
    }
    form = LineForm(request.POST if request.method == "POST" else None, scope=scope, initial=initial)
    campaign = current_campaign(scope)
    risks = (
        [one for one in campaign.scenarios.filter(withdrawn=False) if requirement in one.requirements]
        if campaign
        else []
    )
    method = campaign.method.read if campaign else None
    may_work = found.status == "draft" and can(request, "write", Soa.Evidence.kind, scope.cell)
    goes_to = (
        url("line", scope, version, after)
        if after and "next" in request.POST
        else f"{url('soa', scope, version)}#l-{requirement}"
    )
    if request.method == "POST":
        require(request, "write", Soa.Evidence.kind, scope.cell)
    return form_page(
        request,
        scope,
        "statements",
        form,
        lambda actor: acts.decide_lines(actor, soa=found, requirements=[requirement], **form.given()),
        heading=t("{id} · {label}", "{id} · {label}").format(id=requirement, label=found.book.label(requirement)),
        button=t("Enregistrer", "Save"),
        done=t("{id} est décidée.", "{id} is decided.").format(id=requirement),
        to=goes_to,
        back=url("soa", scope, version),
        kind=Soa.Evidence.kind,
        verb="read",
        template="line",
        row=row,
        soa=found,
        after=after,
        may_work=may_work,
        labels_note=LABELS_NOTE,
        licensed=licensed_text(request, found.edition, requirement),
        edition=NAMES[found.edition],
        reason_words=[(one, REASONS[one]) for one in row.reasons],
        status_word=STATUSES.get(row.status),
        risks=[(one, method.tone(one.now), method.name(one.now)) for one in risks] if method else [],
        history=timeline_of(row.uid),
        group=found.book.groups[found.book.requirements[requirement].group],
    )


def many(request: HttpRequest, slug: str, version: int) -> HttpResponseBase:
    """One decision for several lines at once; the address or the form names them."""
    scope, found = soa_or_404(request, slug, version)
    wanted = request.POST.getlist("line") or request.GET.getlist("line")
    lines = [one for one in found.book.requirements if one in wanted]
    form = LineForm(request.POST if "justification" in request.POST else None, scope=scope, many=True)
    return form_page(
        request,
        scope,
        "statements",
        form,
        lambda actor: acts.decide_lines(actor, soa=found, requirements=lines, **form.given()),
        heading=t("Décider de {n} lignes", "Decide {n} lines").format(n=len(lines)),
        button=t("Décider", "Decide"),
        done=t("{n} lignes décidées.", "{n} lines decided.").format(n=len(lines)),
        kind=Soa.Evidence.kind,
        template="many",
        to=url("soa", scope, version),
        back=url("soa", scope, version),
        lines=[(one, found.book.label(one)) for one in lines],
    )
