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

from opposable.law import t
from opposable.systems.isms import acts
from opposable.systems.isms.acts.reading import current_campaign
from opposable.systems.isms.exchange import libraries, monarc, registers, tables
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
        help_text=words(
            ".xlsx, .ods, .xls, .csv, ou .json de MONARC ; au plus 64 Mo",
            ".xlsx, .ods, .xls, .csv, or MONARC’s .json; at most 64 MB",
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.ods,.xls,.csv,.txt,.json"}),
    )

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > tables.LARGEST:
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
    scope, campaign = _open(request, slug)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data["file"]
        data = given.read()
        try:
            if _is_analysis(data):
                monarc.read_analysis(data, campaign.method.read)
            else:
                tables.read_table(data)
        except (tables.TableFault, libraries.LibraryFault) as fault:
            form.add_error("file", say(fault.text))
        else:
            return see_other(url("import-check", scope, stage(request, scope, (given.name or "registre")[:200], data)))
    made = framed(request, scope, "risks", form=form, steps=STEPS)
    return TemplateResponse(request, "isms/import_file.html", made, status=422 if form.is_bound else 200)


def check(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """Step 2: which column is what, each line that cannot be read; step 3 when nothing stands against it."""
    scope, campaign = _open(request, slug)
    staged = staged_or_404(request, scope, token)
    read = _read(request, scope, campaign, staged)
    refused = None
    if request.POST.get("go") and not read.faults:
        receipt, refused = attempt(
            request,
            lambda actor: acts.import_risks(actor, campaign=campaign, file_name=staged.name, **read.given),
        )
        if receipt is not None:
            (_folder() / token).unlink(missing_ok=True)
            toast(
                request,
                t("{n} risques importés.", "{n} risks imported.").format(n=receipt.result.risks),
                undo=url("import-undo", scope, receipt.result.uid),
            )
            return see_other(url("risks", scope))
    made = framed(
        request,
        scope,
        "risks",
        steps=STEPS,
        staged=staged,
        total=read.total,
        errors=read.faults[:SHOWN],
        more=max(0, len(read.faults) - SHOWN),
        sample=read.given["risks"][:SAMPLE],
        refused=refused,
        columns=read.columns,
        analysis=read.analysis,
        meanings=list(registers.meanings(campaign.method.read).items()),
    )
    return TemplateResponse(request, "isms/import_check.html", made, status=422 if read.faults or refused else 200)


@dataclass(frozen=True)
class Read:
    """What was understood of a file: what the act takes, what does not read, and the mapping when it is a table."""

    given: dict[str, Any]
    faults: list[registers.LineFault]
    total: int
    columns: list[tuple[str, str, str]]
    analysis: monarc.Analysis | None = None


def _is_analysis(data: bytes) -> bool:
    return data.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"{"


def _read(request: HttpRequest, scope: Scope, campaign: Campaign, staged: Staged) -> Read:
    method = campaign.method.read
    if _is_analysis(staged.data):
        found = monarc.read_analysis(staged.data, method)
        given = {
            "sha256": found.sha256,
            "mapping": [],
            "risks": found.risks,
            "threats": found.threats,
            "vulnerabilities": found.vulnerabilities,
        }
        return Read(given, found.faults, len(found.risks), [], found)
    table = tables.read_table(staged.data)
    mapping = _mapping(request, table) if request.method == "POST" else registers.guess(table, method, saved(scope))
    register = registers.read_risks(table, mapping, method, referential(scope.edition))
    columns = [
        (title, f"col-{n}", meaning) for n, (title, meaning) in enumerate(zip(table.titles, mapping, strict=True))
    ]
    given = {"sha256": table.sha256, "mapping": registers.kept(table, mapping), "risks": register.risks}
    return Read(given, register.faults, len(table.rows), columns)


def _mapping(request: HttpRequest, table: tables.Table) -> list[str]:
    return [request.POST.get(f"col-{n}", "")[:60] for n in range(len(table.titles))]


def saved(scope: Scope) -> dict[str, str]:
    """The mapping of the last import."""
    last = RiskImport.objects.filter(campaign__scope=scope).order_by("-pk").first()
    return {one["title"]: one["meaning"] for one in last.mapping} if last else {}


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
