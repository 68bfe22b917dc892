"""Writing the agenda of a meeting in preparation: resolutions added, moved and taken off on the page, then entered in order.

Nothing is recorded before «Enregistrer»: until then the resolutions written here are kept with the person's session.
"""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.law import Refused
from opposable.law.text import Text, t
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Meeting, Resolution
from opposable.systems.assembly.rules.results.majority import MATTERS
from opposable.systems.assembly.views.office_base import (
    attempt,
    meeting_or_404,
    refusal_of,
    require,
    see_other,
)
from opposable.systems.assembly.views.office_draft import STEPS
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.systems.assembly.views.office_words import AUTHOR_WORDS, BODY_WORDS, CONVENER, MATTER_WORDS
from opposable.web.forms import toast

NAMES = ("title", "text", "reasons", "author", "approved", "body", "matter")
MOST = 60
LONGEST = {"title": 200, "text": 20_000, "reasons": 20_000}
EMPTY = t("Ce champ est obligatoire.", "This field is required.")
TOO_LONG = t("Ce texte est trop long ({n} signes au plus).", "This text is too long ({n} characters at most).")
NOT_TEXT = t("Ce n’est pas du texte.", "This is not text.")
NOT_HERE = t(
    "Cette assemblée ne peut pas prendre une résolution de ce genre.",
    "This meeting cannot pass a resolution of that kind.",
)


@dataclass
class Row:
    """One resolution being written, with what is wrong in it, by field."""

    values: dict[str, str]
    errors: dict[str, Text]

    @property
    def blank(self) -> bool:
        return not any(self.values[name].strip() for name in ("title", "text", "reasons"))

    def check(self, bodies: tuple[str, ...]) -> bool:
        """Note what is wrong; True when nothing is."""
        self.errors = {name: EMPTY for name in ("title", "text") if not self.values[name].strip()}
        for name, most in LONGEST.items():
            if len(self.values[name]) > most:
                self.errors[name] = TOO_LONG.format(n=most)
            if "\0" in self.values[name]:
                self.errors[name] = NOT_TEXT
        if self.values["body"] not in bodies:
            self.errors["body"] = NOT_HERE
        return not self.errors

    def content(self) -> dict[str, Any]:
        """As `acts.add_resolution` takes it."""
        given = self.values
        board = given["author"] != "holders"
        return {
            "title": given["title"].strip(),
            "text": given["text"].strip(),
            "reasons": given["reasons"].strip(),
            "author": "board" if board else "holders",
            "approved_by_board": board or given["approved"] == "yes",
            "body": given["body"],
            "matter": given["matter"],
        }


def matters_of(meeting: Meeting) -> list[tuple[str, Text]]:
    """The matters for which the law of this form of company has a majority of its own."""
    return [(name, MATTER_WORDS[name]) for name in MATTERS[meeting.company.form]]


def authors_of(meeting: Meeting) -> dict[str, Text]:
    """Who puts a resolution forward, in the words of this form of company: an SAS or SARL need not have a board."""
    return AUTHOR_WORDS if meeting.company.form == "sa" else {**AUTHOR_WORDS, "board": CONVENER}


def blank_row(meeting: Meeting) -> Row:
    return Row({**dict.fromkeys(NAMES, ""), "author": "board", "body": meeting.bodies[0]}, {})


def _posted(request: HttpRequest) -> list[Row]:
    """The rows of the form, in the order of the page."""
    count = request.POST.get("rows", "0")
    total = min(int(count), MOST) if count.isdecimal() and len(count) < 6 else 0
    return [Row({name: request.POST.get(f"{n}-{name}", "") for name in NAMES}, {}) for n in range(total)]


def _kept(request: HttpRequest, meeting: Meeting) -> list[Row]:
    kept = request.session.get(_key(meeting), [])
    return [Row({name: str(values.get(name, "")) for name in NAMES}, {}) for values in kept] or [blank_row(meeting)]


def _key(meeting: Meeting) -> str:
    return f"agenda-{meeting.uid}"


def agenda(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Step 2. The buttons «Ajouter», «Monter», «Descendre», «Retirer» work on the page; «Enregistrer» enters the resolutions."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Resolution.Evidence.kind, meeting.cell)
    if meeting.status != "draft":
        return see_other(meeting_url("resolutions", meeting))
    if request.method != "POST":
        return _page(request, meeting, _kept(request, meeting))
    rows = _posted(request)
    if "save" not in request.POST:
        rows = _moved(rows, request, meeting)
        request.session[_key(meeting)] = [row.values for row in rows]
        return _page(request, meeting, rows)
    rows = [row for row in rows if not row.blank]
    request.session[_key(meeting)] = [row.values for row in rows]
    good = [row.check(meeting.bodies) for row in rows]
    if not rows or not all(good):
        return _page(request, meeting, rows or [blank_row(meeting)], status=422, nothing=not rows)
    return _save(request, meeting, rows)


def _save(request: HttpRequest, meeting: Meeting, rows: list[Row]) -> HttpResponseBase:
    """One act a resolution, in order; what was entered before a refusal stays entered and leaves the page."""
    for n, row in enumerate(rows):
        _, refused = attempt(request, partial(acts.add_resolution, meeting=meeting, **row.content()))
        if refused is not None:
            request.session[_key(meeting)] = [row.values for row in rows[n:]]
            return _page(request, meeting, rows[n:], status=422, refused=refused)
    request.session.pop(_key(meeting), None)
    toast(request, t("L’ordre du jour est enregistré.", "The agenda is recorded."))
    return see_other(
        meeting_url("convene", meeting) if request.POST["save"] == "convene" else meeting_url("agenda", meeting)
    )


def _moved(rows: list[Row], request: HttpRequest, meeting: Meeting) -> list[Row]:
    """The rows after one button: ``up``, ``down`` or ``drop`` with the row's number, or ``add``."""
    for name in ("up", "down", "drop"):
        given = request.POST.get(name, "")
        if given.isdecimal() and int(given) < len(rows):
            n = int(given)
            row = rows.pop(n)
            if name != "drop":
                rows.insert(max(0, n - 1) if name == "up" else n + 1, row)
    if "add" in request.POST and len(rows) < MOST:
        rows.append(blank_row(meeting))
    return rows or [blank_row(meeting)]


def _page(
    request: HttpRequest,
    meeting: Meeting,
    rows: list[Row],
    *,
    status: int = 200,
    nothing: bool = False,
    refused: Refused | None = None,
) -> TemplateResponse:
    entered = list(meeting.resolutions.order_by("position"))
    context = {
        **record(request, meeting, "resolutions"),
        "steps": STEPS,
        "entered": entered,
        "rows": [(n, len(entered) + n + 1, row) for n, row in enumerate(rows)],
        "last_row": len(rows) - 1,
        "bodies": [(body, BODY_WORDS[body]) for body in meeting.bodies],
        "all_bodies": BODY_WORDS,
        "matters": matters_of(meeting),
        "authors": [(name, label) for name, label in authors_of(meeting).items() if name != "committee"],
        "nothing": nothing,
        "wrong": any(row.errors for row in rows),
        "frozen": meeting.call == 2 and meeting.first_meeting_id is not None,
        "refusal": refusal_of(refused),
    }
    return TemplateResponse(request, "assembly/office/agenda.html", context, status=status)
