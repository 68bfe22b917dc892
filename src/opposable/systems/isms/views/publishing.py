"""What becomes of a version of the statement: published, dropped, compared, downloaded."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_POST

from opposable.kernel import clock, decisions
from opposable.law import Text, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.deciding import approval_text
from opposable.systems.isms.acts.reading import facts_of
from opposable.systems.isms.models import Soa, SoaLine
from opposable.systems.isms.rules import consistency
from opposable.systems.isms.rules.consistency import CHECKS
from opposable.systems.isms.rules.soa import STATUSES, Line, changes
from opposable.systems.isms.views.base import (
    form_page,
    long_text,
    page,
    perform,
    require,
    url,
    words,
)
from opposable.systems.isms.views.statement import EXCLUDED, UNDECIDED, counts_of, soa_or_404
from opposable.web.language import say


class PublishForm(forms.Form):
    """The words that are accepted, and the digest of the lines that were read."""

    text = long_text(words("Texte de la décision", "Text of the decision"))
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


def publish(request: HttpRequest, slug: str, version: int) -> HttpResponseBase:
    """The gate: every reason to refuse, or the decision on exactly these lines."""
    scope, found = soa_or_404(request, slug, version)
    faults = consistency.report(facts_of(found, clock.now()), gate_only=True) if found.status == "draft" else []
    digest = decisions.state_digest(found)
    initial = {"text": say(approval_text(found)), "seen": digest}
    form = PublishForm(request.POST if request.method == "POST" else None, initial=initial)
    return form_page(
        request,
        scope,
        "statements",
        form,
        lambda actor: acts.publish_statement(
            actor, soa=found, text=form.cleaned_data["text"], seen=form.cleaned_data["seen"]
        ),
        heading=t("Publier la version {v}", "Publish version {v}").format(v=version),
        button=t("Approuver et publier", "Approve and publish"),
        done=t("La déclaration est publiée.", "The statement is published."),
        kind=Soa.Evidence.kind,
        verb="approve",
        template="publish",
        to=url("soa", scope, version),
        back=url("soa", scope, version),
        soa=found,
        faults=faults,
        checks=CHECKS,
        digest=digest,
        counts=counts_of([one.facts() for one in found.lines.all()]),
    )


@require_POST
def drop(request: HttpRequest, slug: str, version: int) -> HttpResponseBase:
    scope, found = soa_or_404(request, slug, version)
    return perform(
        request,
        scope,
        lambda actor: acts.drop_statement(actor, soa=found),
        done=t("La version est abandonnée.", "The version is dropped."),
        to=url("statements", scope),
    )


def difference(request: HttpRequest, slug: str, old: int, new: int) -> HttpResponseBase:
    """Two versions, line by line: only what changed."""
    scope, before = soa_or_404(request, slug, old)
    _, after = soa_or_404(request, slug, new)
    found = changes(_facts(before.lines.all()), _facts(after.lines.all()))
    rows = [(one, after.book.label(one), shown(a), shown(b)) for one, a, b in found]
    return page(request, "difference", scope, "statements", before=before, after=after, rows=rows)


def _facts(rows: QuerySet[SoaLine]) -> dict[str, Line]:
    return {row.requirement: row.facts() for row in rows.order_by("position")}


def shown(line: Line | None) -> dict[str, str]:
    """A line as two columns of words."""
    if line is None:
        return {}
    decided = t("retenue", "included") if line.applicable else UNDECIDED if line.applicable is None else EXCLUDED
    return {
        say(t("Décision", "Decision")): say(decided),
        say(t("Raisons", "Reasons")): ", ".join(line.reasons),
        say(t("Justification", "Justification")): line.justification,
        say(t("État", "Status")): say(STATUSES.get(line.status, Text("", ""))),
        say(t("Responsable", "Owner")): line.owner,
    }


def download(request: HttpRequest, slug: str, version: int, kind: str) -> HttpResponseBase:
    """PDF, XLSX or OSCAL of one version."""
    from opposable.systems.isms.exchange import downloads

    scope, found = soa_or_404(request, slug, version)
    require(request, "export", Soa.Evidence.kind, scope.cell)
    if kind not in downloads.SOA:
        raise Http404
    content_type, make = downloads.SOA[kind]
    name = f"soa-{scope.slug}-v{version}.{kind.replace('oscal', 'oscal.json')}"
    response = HttpResponse(make(found), content_type=content_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
