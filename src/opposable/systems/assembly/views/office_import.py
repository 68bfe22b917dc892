"""Importing the register, in steps: the file, what was understood of it, then the act. And the imports done, to undo."""

import json
import re
import secrets
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.law import local_day
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.exchange import ParsedRegister, parse_register
from opposable.systems.assembly.models import Company, Holder, RegisterImport
from opposable.systems.assembly.views.office import company_url
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    company_or_404,
    form_answer,
    perform,
    refusal_page,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_company import company_tabs
from opposable.systems.assembly.views.office_fields import day_field
from opposable.web.access import actor_of
from opposable.web.forms import toast
from opposable.web.listing import Column, Listing

STEPS = (t("Fichier", "File"), t("Vérification", "Check"), t("Import", "Import"))
LARGEST_FILE = 64 * 1024 * 1024
KEPT_SECONDS = 6 * 3600
"""A file that was sent and not imported is forgotten after that."""
SHOWN_ERRORS = 60
SHOWN_LINES = 8
ENCODINGS = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 (BOM)", "utf-16": "UTF-16", "cp1252": "Windows-1252 (Latin-1)"}
SEPARATORS = {
    ";": t("point-virgule", "semicolon"),
    ",": t("virgule", "comma"),
    "\t": t("tabulation", "tab"),
}

FIELD_WORDS = {
    "ref": t("compte", "account"),
    "kind": t("nature du titulaire", "kind of holder"),
    "name": t("nom ou dénomination", "name"),
    "given_name": t("prénom", "given name"),
    "email": t("courriel", "e-mail"),
    "phone": t("téléphone", "telephone"),
    "address": t("adresse", "address"),
    "language": t("langue", "language"),
    "lot": t("référence du lot", "reference of the lot"),
    "isin": t("code ISIN", "ISIN"),
    "form": t("forme d’inscription", "form of registration"),
    "quantity": t("nombre d’actions", "number of shares"),
    "since": t("inscrit depuis", "registered since"),
    "paid_up": t("libéré", "paid up"),
    "right": t("droit", "right"),
    "joint_ref": t("indivision", "joint holding"),
    "pledged": t("nanti à la société", "pledged to the company"),
    "treasury": t("autodétention", "treasury"),
    "deprived": t("privé du droit de vote", "deprived of votes"),
    "custodian": t("teneur de compte", "custodian"),
}

REQUIRED_COLUMNS = (
    t("compte", "account"),
    t("nom", "name"),
    t("ISIN", "ISIN"),
    t("forme", "form"),
    t("quantité", "quantity"),
)
ALLOWED_COLUMNS = (
    t("type", "kind"),
    t("prénom", "given name"),
    t("courriel", "email"),
    t("téléphone", "phone"),
    t("adresse", "address"),
    t("langue", "language"),
    t("lot", "lot"),
    t("depuis", "since"),
    t("libéré", "paid up"),
    t("droit", "right"),
    t("indivision", "joint ref"),
    t("nanti", "pledged"),
    t("autodétention", "treasury"),
    t("privé du droit de vote", "deprived"),
    t("teneur de compte", "custodian"),
)


# ---- the file between two steps --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Staged:
    """A file that was sent and waits: only the person who sent it may go on with it."""

    token: str
    name: str
    on: date
    data: bytes


def _folder() -> Path:
    folder: Path = settings.HOME / "run" / "register"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def stage(request: HttpRequest, company: Company, name: str, on: date, data: bytes) -> str:
    """Keep the file for the next step; what others left behind too long is removed."""
    folder = _folder()
    for old in folder.iterdir():
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            old.unlink(missing_ok=True)
    token = secrets.token_hex(16)
    head = {"actor": actor_of(request).uid, "company": company.uid, "name": name, "on": on.isoformat()}
    path = folder / token
    path.touch(mode=0o600)
    path.write_bytes(json.dumps(head).encode() + b"\n" + data)
    return token


def staged_or_404(request: HttpRequest, company: Company, token: str) -> Staged:
    """The file of this person for this company, or 404."""
    if not re.fullmatch(r"[0-9a-f]{32}", token):
        raise Http404
    try:
        head, data = (_folder() / token).read_bytes().split(b"\n", 1)
    except FileNotFoundError:
        raise Http404 from None
    said = json.loads(head)
    if said["actor"] != actor_of(request).uid or said["company"] != company.uid:
        raise Http404
    return Staged(token, said["name"], date.fromisoformat(said["on"]), data)


def forget(staged: Staged) -> None:
    (_folder() / staged.token).unlink(missing_ok=True)


# ---- steps -----------------------------------------------------------------------------------------------------------


class UploadForm(forms.Form):
    """The file, and the day on which the register stands so."""

    file = forms.FileField(
        label=words("Fichier CSV du registre", "CSV file of the register"),
        help_text=words(
            "Une ligne par lot. UTF-8, UTF-16 ou Windows ; séparateur point-virgule, virgule ou tabulation.",
            "One line a lot. UTF-8, UTF-16 or Windows; separated by semicolons, commas or tabs.",
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    on = day_field(words("Le registre est arrêté au", "The register stands as of"))

    def clean_file(self) -> Any:
        given = self.cleaned_data["file"]
        if given.size > LARGEST_FILE:
            raise forms.ValidationError(
                words(
                    "Le fichier dépasse 64 Mo : découpez-le par registre.",
                    "The file exceeds 64 MB: split it by register.",
                )
            )
        return given


def upload(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Step 1. Whatever the file holds, it is kept for the next step, which says what was understood."""
    company = _writable(request, slug)
    today = local_day(clock.now(), company.zone)
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None, initial={"on": today})
    if form.is_bound and form.is_valid():
        given = form.cleaned_data["file"]
        token = stage(request, company, (given.name or "register.csv")[:200], form.cleaned_data["on"], given.read())
        return see_other(company_url("import-check", company, token))
    context = {"company": company, "steps": STEPS, "required": REQUIRED_COLUMNS, "allowed": ALLOWED_COLUMNS}
    return form_answer(request, "assembly/office/import_file.html", context, form)


def _writable(request: HttpRequest, slug: str) -> Company:
    company = company_or_404(request, slug)
    require(request, "write", Holder.Evidence.kind, company.cell)
    return company


def check(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """Step 2: encoding, separator, columns, totals against the capital, each line that cannot be read."""
    company = _writable(request, slug)
    staged = staged_or_404(request, company, token)
    parsed = parse_register(staged.data)
    context = {
        "company": company,
        "steps": STEPS,
        "staged": staged,
        "parsed": parsed,
        "encoding": ENCODINGS.get(parsed.encoding, parsed.encoding),
        "separator": SEPARATORS.get(parsed.separator, parsed.separator),
        "columns": [(title, FIELD_WORDS.get(name, name)) for name, title in parsed.columns.items()],
        "errors": parsed.errors[:SHOWN_ERRORS],
        "more_errors": max(0, len(parsed.errors) - SHOWN_ERRORS),
        "missing": company.shares - parsed.shares,
        "excess": parsed.shares - company.shares,
        "entries": parsed.entries[:SHOWN_LINES],
        "change": _change(company, parsed) if not parsed.errors else None,
        "tabs": company_tabs(request, company),
        "tab": "imports",
    }
    status = 422 if parsed.errors else 200
    return TemplateResponse(request, "assembly/office/import_check.html", context, status=status)


def _change(company: Company, parsed: ParsedRegister) -> dict[str, int]:
    """What the import would change: accounts that come, that stay, that end."""
    known = set(company.holders.filter(ended=False).values_list("ref", flat=True))
    given = {entry.ref for entry in parsed.entries}
    return {"new": len(given - known), "kept": len(given & known), "ended": len(known - given)}


@require_POST
def import_staged(request: HttpRequest, slug: str, token: str) -> HttpResponseBase:
    """Step 3: the act. A file with errors is not imported at all."""
    company = _writable(request, slug)
    staged = staged_or_404(request, company, token)
    parsed = parse_register(staged.data)
    if parsed.errors:
        return see_other(company_url("import-check", company, token))
    receipt, refused = attempt(
        request,
        lambda actor: acts.import_register(
            actor,
            company=company,
            file_name=staged.name,
            sha256=parsed.sha256,
            lines=parsed.lines,
            effective_on=staged.on,
            entries=parsed.entries,
        ),
    )
    if refused is not None:
        return refusal_page(request, refused, back=company_url("import-check", company, token))
    forget(staged)
    done: RegisterImport = receipt.result
    said = t("{n} comptes importés, {shares} actions.", "{n} accounts imported, {shares} shares.")
    toast(
        request,
        said.format(n=done.holders, shares=done.shares),
        undo=company_url("import-undo", company, done.uid),
    )
    return see_other(company_url("imports", company))


# ---- what was imported -----------------------------------------------------------------------------------------------


IMPORTS = Listing(
    columns=(
        Column("file", t("Fichier", "File"), lambda row: row.file_name),
        Column("on", t("Arrêté au", "As of"), lambda row: row.effective_on, "date"),
        Column("at", t("Importé", "Imported"), lambda row: row.at, "instant"),
        Column("lines", t("Lots", "Lots"), lambda row: row.lines, "number"),
        Column("holders", t("Comptes", "Accounts"), lambda row: row.holders, "number"),
        Column("shares", t("Actions", "Shares"), lambda row: row.shares, "number"),
        Column("sha256", t("Empreinte", "Digest"), lambda row: row.sha256, "hash", default=False),
        Column(
            "state",
            t("État", "State"),
            lambda row: ("info", t("annulé", "undone")) if row.undone_at else ("ok", t("en vigueur", "standing")),
            "state",
        ),
    ),
    order=("-at", "-pk"),
    size=25,
    export_name="imports",
)


def imports(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The imports of a company, the newest first; the last one that stands may be undone."""
    company = company_or_404(request, slug)
    require(request, "read", RegisterImport.Evidence.kind, company.cell)
    rows = company.imports.all()
    last = rows.filter(undone_at=None).order_by("-at", "-pk").first()
    context = {
        "company": company,
        "list": IMPORTS.page(request, rows),
        "last": last,
        "may_write": can(request, "write", Holder.Evidence.kind, company.cell),
        "tabs": company_tabs(request, company),
        "tab": "imports",
    }
    return TemplateResponse(request, "assembly/office/imports.html", context)


@require_POST
def undo(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """Undo an import: the accounts are put back as they were. Refused when a meeting's votes stand on it."""
    company = company_or_404(request, slug)
    require(request, "read", RegisterImport.Evidence.kind, company.cell)
    done = get_object_or_404(RegisterImport.objects.select_related("company", "cell"), company=company, uid=uid)
    return perform(
        request,
        lambda actor: acts.undo_import(actor, done=done),
        done=t(
            "L’import est annulé : le registre est comme avant.", "The import is undone: the register is as before."
        ),
        to=company_url("imports", company),
    )
