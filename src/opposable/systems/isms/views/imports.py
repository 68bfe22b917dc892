"""Importing a risk register in steps: the file, what was understood of it, then the act. And the imports done, to undo."""

from __future__ import annotations

import json
import re
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.law import Refused, t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.reading import current_campaign
from opposable.systems.isms.exchange import registers
from opposable.systems.isms.models import Campaign, RiskImport, Scenario, Scope
from opposable.systems.isms.rules.referential import referential
from opposable.systems.isms.views.base import (
    attempt,
    can,
    framed,
    page,
    perform,
    require,
    scope_or_404,
    see_other,
    url,
    words,
)
from opposable.web.access import actor_of
from opposable.web.forms import toast
from opposable.web.language import say

STEPS = (t("Fichier", "File"), t("Vérification", "Check"), t("Import", "Import"))
KEPT_SECONDS = 6 * 3600
"""A file that was sent and not imported is forgotten after that."""
SHOWN = 60
SAMPLE = 8


# ---- the file between two steps --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """A file that was sent and waits: only the person who sent it may go on with it."""

    token: str
    name: str
    data: bytes


def _folder() -> Path:
    folder: Path = settings.HOME / "run" / "risks"
    folder.mkdir(mode=0o700, exist_ok=True, parents=True)
    return folder


def stage(request: HttpRequest, scope: Scope, name: str, data: bytes) -> str:
    """Keep the file for the next step; what was left behind too long is removed."""
    folder = _folder()
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    path = folder / token
    path.touch(mode=0o600)
    path.write_bytes(
        json.dumps({"actor": actor_of(request).uid, "scope": scope.uid, "name": name}).encode() + b"\n" + data
    )
    return token


def staged_or_404(request: HttpRequest, scope: Scope, token: str) -> Staged:
    """The file of this person for this scope, or 404."""
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        raise Http404
    try:
        head, data = (_folder() / token).read_bytes().split(b"\n", 1)
    except FileNotFoundError:
        raise Http404 from None
    said = json.loads(head)
    if said["actor"] != actor_of(request).uid or said["scope"] != scope.uid:
        raise Http404
    return Staged(token, said["name"], data)


# ---- steps -----------------------------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    """The file."""

    file = forms.FileField(
        label=words("Registre de risques", "Risk register"),
        help_text=words(".xlsx, .ods, .xls ou .csv, au plus 64 Mo", ".xlsx, .ods, .xls or .csv, at most 64 MB"),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.xls,.csv,.txt"}),
    )

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > registers.LARGEST:
            raise forms.ValidationError(words("Le fichier dépasse 64 Mo.", "The file exceeds 64 MB."))
        return given


def _open(request: HttpRequest, slug: str) -> tuple[Scope, Campaign]:
    scope = scope_or_404(request, slug)
    require(request, "write", Scenario.Evidence.kind, scope.cell)
    campaign = current_campaign(scope)
    if campaign is None or campaign.closed_on:
        raise Http404
    return scope, campaign


def upload(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Step 1. A file that cannot be read at all is refused beside the field."""
    scope, _ = _open(request, slug)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data["file"]
        data = given.read()
        try:
            registers.read_table(data)
        except registers.RegisterFault as fault:
            form.add_error("file", say(fault.text))
        else:
            return see_other(url("import-check", scope, stage(request, scope, (given.name or "registre")[:200], data)))
    made = framed(request, scope, "risks", form=form, steps=STEPS)
    return TemplateResponse(request, "isms/import_file.html", made, status=422 if form.is_bound else 200)


def check(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """Step 2: which column is what, each line that cannot be read; step 3 when nothing stands against it."""
    scope, campaign = _open(request, slug)
    staged = staged_or_404(request, scope, token)
    table, method = registers.read_table(staged.data), campaign.method.read
    mapping = _mapping(request, table) if request.method == "POST" else registers.guess(table, method, saved(scope))
    register = registers.read_risks(table, mapping, method, referential(scope.edition))
    refused = None
    if request.POST.get("go") and not register.faults:
        done, refused = _load(request, campaign, staged, table, mapping, register)
        if refused is None:
            (_folder() / token).unlink(missing_ok=True)
            toast(
                request,
                t("{n} risques importés.", "{n} risks imported.").format(n=done.risks),
                undo=url("import-undo", scope, done.uid),
            )
            return see_other(url("risks", scope))
    made = framed(
        request,
        scope,
        "risks",
        steps=STEPS,
        staged=staged,
        total=len(table.rows),
        errors=register.faults[:SHOWN],
        more=max(0, len(register.faults) - SHOWN),
        sample=register.risks[:SAMPLE],
        refused=refused,
        columns=[
            (title, f"col-{n}", meaning) for n, (title, meaning) in enumerate(zip(table.titles, mapping, strict=True))
        ],
        meanings=list(registers.meanings(method).items()),
    )
    return TemplateResponse(request, "isms/import_check.html", made, status=422 if register.faults or refused else 200)


def _mapping(request: HttpRequest, table: registers.Table) -> list[str]:
    return [request.POST.get(f"col-{n}", "")[:60] for n in range(len(table.titles))]


def saved(scope: Scope) -> dict[str, str]:
    """The mapping of the last import."""
    last = RiskImport.objects.filter(campaign__scope=scope).order_by("-pk").first()
    return {one["title"]: one["meaning"] for one in last.mapping} if last else {}


def _load(
    request: HttpRequest,
    campaign: Campaign,
    staged: Staged,
    table: registers.Table,
    mapping: list[str],
    register: registers.Register,
) -> tuple[Any, Refused | None]:
    receipt, refused = attempt(
        request,
        lambda actor: acts.import_risks(
            actor,
            campaign=campaign,
            file_name=staged.name,
            sha256=table.sha256,
            mapping=registers.kept(table, mapping),
            risks=register.risks,
        ),
    )
    return (receipt.result if receipt else None), refused


def imports(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The imports done, the newest first."""
    scope = scope_or_404(request, slug)
    rows = list(RiskImport.objects.filter(campaign__scope=scope).order_by("-pk")[:50])
    return page(
        request,
        "imports",
        scope,
        "risks",
        rows=rows,
        may_import=can(request, "write", Scenario.Evidence.kind, scope.cell),
    )


@require_POST
def undo(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """Take the risks of an import off the register, as long as nobody worked on them."""
    scope = scope_or_404(request, slug)
    found = get_object_or_404(
        RiskImport.objects.select_related("campaign__scope", "cell"), uid=uid, campaign__scope=scope
    )
    return perform(
        request,
        scope,
        lambda actor: acts.undo_import(actor, done=found),
        done=t("L’import est annulé.", "The import is undone."),
        to=url("imports", scope),
    )
