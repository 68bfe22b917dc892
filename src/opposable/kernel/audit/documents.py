"""The files that the records name by their digest (minutes, sheets, signed contracts): there and unchanged, or lawfully erased.

A document's file lives as long as the data it was made from, so what covers the absence of one covers that of the other.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import cache

from django.conf import settings

from opposable.kernel.audit.report import Report
from opposable.kernel.documents import files
from opposable.kernel.documents.faults import DocumentErased
from opposable.kernel.documents.template import Template
from opposable.kernel.faults import Fault
from opposable.kernel.models import Document
from opposable.kernel.models.document import path_of

TABLE = "kernel_document"
PUBLIC = {"certificates": ".pem", "templates": ".json"}
"""Folders of what is kept in clear under its digest, and how its names end."""


def check_documents(report: Report, *, content: bool) -> None:
    """Every file of every document, the certificates of its seal and its template. ``content``: open the files, too."""
    kept = cache(_public)
    for document in Document.objects.order_by("pk").iterator(500):
        report.counts["documents"] += 1
        try:
            _check(document, report, kept, content=content)
        except Exception as error:  # noqa: BLE001 - whatever a changed column makes it do
            report.alarm("document.content", TABLE, document.pk, f"{type(error).__name__}: {error}")


def check_file(
    report: Report, table: str, pk: object, digest: str, keep: str, until: date | None, *, today: date
) -> None:
    """A file that came from outside or went there, for the audit of the system whose row names it; it may be gone from its day on."""
    report.counts["documents"] += 1
    try:
        if files.get(digest, keep, until) is None and (until is None or until > today):
            report.alarm("document.missing", table, pk, path_of(digest))
    except Exception:  # noqa: BLE001 - whatever a changed file or column makes it do
        report.alarm("document.content", table, pk, path_of(digest))


def _check(document: Document, report: Report, kept: Callable[[str, str], bool], *, content: bool) -> None:
    digests = [document.sha256, *filter(None, [document.signed_sha256])]
    for digest in digests:
        if wrong := _wrong(document, digest, content=content):
            report.alarm(wrong, TABLE, document.pk, path_of(digest))
    seals = [one for one in document.signed_by if one["as"] == "seal"]
    public = [("certificates", one[name]) for one in seals for name in ("certificates", "tsa_roots")]
    for kind, digest in (*public, ("templates", document.template_sha256)):
        if not kept(kind, digest):
            place = f"documents/{kind}/{digest}{PUBLIC[kind]}"
            report.alarm("document.other", TABLE, document.pk, place)


def _wrong(document: Document, digest: str, *, content: bool) -> str:
    """The check that a file fails, or nothing."""
    there = (settings.HOME / path_of(digest)).exists()
    try:
        if there and content:
            files.read(document, signed=digest != document.sha256)
    except DocumentErased:
        there = False  # as good as: nobody reads it any more
    except Fault:
        return "document.content"
    return "document.missing" if not there and files.data_are_there(document) else ""


def _public(kind: str, digest: str) -> bool:
    """Whether what is kept in clear under its digest is what it was."""
    try:
        files.certificates(digest) if kind == "certificates" else Template.archived(settings.HOME, digest, "")
    except Fault:
        return False
    return True
