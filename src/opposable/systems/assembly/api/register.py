"""The register by file, for a program: tried (``dry_run``), then imported by the same act as on the pages.

To undo an import: ``POST /api/acts/assembly.register.undo``.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.models.access import may
from opposable.law import local_day
from opposable.systems.assembly import acts
from opposable.systems.assembly.exchange import ParsedRegister, parse_register
from opposable.systems.assembly.models import Company, Holder
from opposable.web.api import Denied, Done, actor_of, done_of, visible

LARGEST_FILE = 64 * 1024 * 1024
SHOWN_ERRORS = 500
router = Router()


class LineError(Schema):
    """One thing in the file that does not read: its line, its column ("" for the whole line), the reason in both languages."""

    line: int
    column: str
    reason: dict[str, str]


class Understood(Schema):
    """What was understood of the file, and what importing it would change: accounts that come, that stay, that end."""

    sha256: str
    encoding: str
    separator: str
    columns: dict[str, str]
    lines: int
    accounts: int
    shares: int
    shares_of_capital: int
    new: int
    kept: int
    ended: int
    errors: list[LineError]


class Said(Schema):
    """Why nothing was done."""

    detail: str


class Answer(Schema):
    """``receipt`` is null when the file was only tried."""

    understood: Understood
    receipt: Done | None = None


@router.post(
    "/register",
    response={200: Answer, 409: Denied, 413: Said, 422: Answer},
    summary="Try or import a register file",
    operation_id="assembly_register_file",
)
def import_file(
    request: HttpRequest,
    file: File[UploadedFile],
    company: Form[str],
    effective_on: Form[date | None] = None,
    dry_run: bool = False,
) -> Any:
    """A CSV file of the register as it stands on ``effective_on`` (default: today at the company's).

    ``company`` is its uid. With ``?dry_run=true`` nothing is kept. A file with one line that does not read is not imported: 422,
    with every line and its reason.
    """
    actor = actor_of(request)
    found = _writable(actor, company)
    if (file.size or 0) > LARGEST_FILE:
        return Status(413, {"detail": "The file exceeds 64 MB: split it by register."})
    parsed = parse_register(file.read())
    answer = Answer(understood=_understood(found, parsed))
    if parsed.errors:
        return Status(422, answer)
    if dry_run:
        return answer
    receipt = acts.import_register(
        actor,
        company=found,
        file_name=(file.name or "register.csv")[:200],
        sha256=parsed.sha256,
        lines=parsed.lines,
        effective_on=effective_on or local_day(clock.now(), found.zone),
        entries=parsed.entries,
    )
    answer.receipt = done_of(receipt)
    return answer


def _writable(actor: Actor, uid: str) -> Company:
    """The company, for who may write its register. Trying a file says what the register holds: for others it is not there."""
    company = visible(actor, Company, uid)
    assert isinstance(company, Company)
    if not may(actor, "write", Holder.Evidence.kind, company.cell, clock.now()):
        raise Http404
    return company


def _understood(company: Company, parsed: ParsedRegister) -> Understood:
    known = set(company.holders.filter(ended=False).values_list("ref", flat=True))
    given = {entry.ref for entry in parsed.entries}
    errors = [
        LineError(line=error.line, column=error.column, reason=error.text.as_data())
        for error in parsed.errors[:SHOWN_ERRORS]
    ]
    return Understood(
        sha256=parsed.sha256,
        encoding=parsed.encoding,
        separator=parsed.separator,
        columns={title: name for name, title in parsed.columns.items()},
        lines=parsed.lines,
        accounts=len(parsed.entries),
        shares=parsed.shares,
        shares_of_capital=company.shares,
        new=len(given - known),
        kept=len(given & known),
        ended=len(known - given),
        errors=errors,
    )
