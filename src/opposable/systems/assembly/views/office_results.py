"""Results: each resolution with its exact figures, its threshold and its why; what is published; the law of another day."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel.system import law
from opposable.law import LawError, Refused
from opposable.law.text import Text, t
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.models import Meeting, Resolution, Result
from opposable.systems.assembly.rules.quorum import Presence, quorum
from opposable.systems.assembly.rules.register import Company
from opposable.systems.assembly.rules.results.published import Comparison
from opposable.systems.assembly.views.office_base import can, meeting_or_404, require
from opposable.systems.assembly.views.office_record import lacks_quorum, record
from opposable.systems.assembly.views.office_table import published_by
from opposable.systems.assembly.views.office_why import why_in_words
from opposable.systems.assembly.views.office_words import BODY_WORDS, RESOLUTION_KINDS, VERDICTS
from opposable.web.charts import Mark, Share
from opposable.web.export import export_response
from opposable.web.language import current, say
from opposable.web.why import pinned_rule

BASE_WORDS: Mapping[str, Text] = {
    "cast": t("voix exprimées, pour et contre", "votes cast, for and against"),
    "all": t("toutes les voix de la société", "all the votes of the company"),
    "held": t("voix des présents, représentés et votants à distance", "votes of those present, represented and remote"),
}
INLINE = 8
LAW_OF_2007 = date(2007, 9, 1)


@dataclass(frozen=True)
class Outcome:
    """One resolution with its figures as they were declared: whole numbers and decimal text, nothing computed again."""

    row: Resolution
    figures: Mapping[str, Any]
    quorum_why: Any = None
    """The rule of the quorum, with the arithmetic on the shares that were there; None: not shown, or no rule on file."""

    @property
    def adopted(self) -> bool:
        return bool(self.figures["adopted"])

    @property
    def mark(self) -> tuple[str, Text]:
        if self.adopted:
            return "ok", t("adoptée", "adopted")
        if self.figures["why"] == "no-quorum":
            return "due", t("sans quorum", "no quorum")
        return "refused", t("rejetée", "rejected")

    @property
    def verdict(self) -> Text:
        return VERDICTS[self.figures["why"]]

    @property
    def votes_for(self) -> int:
        return int(self.figures["for"])

    @property
    def fraction(self) -> tuple[int, int]:
        num, den = self.figures["fraction"].split("/")
        return int(num), int(den)

    @property
    def left(self) -> int:
        """What the votes for come to in the comparison: cross-multiplication, never a division."""
        return self.fraction[1] * self.votes_for

    @property
    def right(self) -> int:
        """What the base comes to in the comparison."""
        return self.fraction[0] * int(self.figures["base"])

    @property
    def sign(self) -> str:
        return ">" if self.left > self.right else "=" if self.left == self.right else "<"

    @property
    def needed(self) -> Text:
        strict = bool(self.figures["strict"])
        wanted = t("plus de {f}", "more than {f}") if strict else t("au moins {f}", "at least {f}")
        return wanted.format(f=self.figures["fraction"])

    @property
    def base_words(self) -> Text:
        return BASE_WORDS[self.figures["base_kind"]]

    @property
    def shares(self) -> list[Share]:
        """The bar: for, against, and what is in the base besides."""
        rest = self.figures["base"] - self.votes_for - self.figures["against"]
        parts = [
            Share(t("pour", "for"), self.votes_for, "solid"),
            Share(t("contre", "against"), self.figures["against"], "hatch"),
        ]
        label = t("ni pour ni contre, comptées dans la base", "neither, counted in the base")
        return [*parts, Share(label, rest, "outline")] if rest > 0 else parts

    @property
    def threshold(self) -> Mark:
        num, den = self.fraction
        return Mark(num, den, self.needed)

    @property
    def why(self) -> Any:
        return why_in_words({"rule": self.figures["rule"], "facts": {}, "trace": self.figures.get("trace", [])})

    @property
    def abstention_rule(self) -> Any:
        return pinned_rule(self.figures["abstention_rule"])

    @property
    def published(self) -> Mapping[str, Any] | None:
        found: Mapping[str, Any] | None = self.figures.get("published")
        return found

    @property
    def publication_rule(self) -> Any:
        return pinned_rule(self.published["rule"]) if self.published else None


@dataclass(frozen=True)
class Simulated:
    """The same ballots under the law of another day: never a result."""

    row: Resolution
    comparison: Comparison

    @property
    def declared(self) -> Outcome:
        return Outcome(self.row, self.comparison.declared.as_data())

    @property
    def other(self) -> Outcome:
        return Outcome(self.row, self.comparison.simulated.as_data())


def results(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The results as declared. ``?law=`` counts the same ballots by the law of another day: a simulation, marked as one."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Result.Evidence.kind, meeting.cell)
    rows = (
        Result.objects.filter(resolution__meeting=meeting).select_related("resolution").order_by("resolution__position")
    )
    outcomes = [Outcome(row.resolution, row.figures) for row in rows]
    kind = request.GET.get("format", "")
    if kind in ("csv", "xlsx") and outcomes and can(request, "export", Result.Evidence.kind, meeting.cell):
        return _export(kind, outcomes)
    asked = _asked_day(request)
    simulation, problem = _simulate(meeting, asked) if asked and outcomes else ([], None)
    context = {
        **record(request, meeting, "results"),
        "outcomes": outcomes,
        "details": _with_quorums(meeting, _details(request, outcomes)),
        "addresses": len(outcomes) > INLINE,
        "bodies": BODY_WORDS,
        "kinds": RESOLUTION_KINDS,
        "listed": any(outcome.published for outcome in outcomes),
        "second": meeting.status == "held"
        and can(request, "write", Meeting.Evidence.kind, meeting.cell)
        and lacks_quorum(meeting),
        "may_export": can(request, "export", Result.Evidence.kind, meeting.cell),
        "asked": asked,
        "bad_day": bool(request.GET.get("law")) and asked is None,
        "table": published_by(meeting) if outcomes else None,
        "may_publish": meeting.status in ("held", "minuted")
        and can(request, "write", Meeting.Evidence.kind, meeting.cell),
        "simulation": simulation,
        "problem": problem,
        "default_day": LAW_OF_2007,
    }
    return TemplateResponse(request, "assembly/office/results.html", context, status=422 if context["bad_day"] else 200)


def _details(request: HttpRequest, outcomes: list[Outcome]) -> list[Outcome]:
    """The resolutions shown in full: all of a short agenda, else the one that the address asks for (``?n=``)."""
    if len(outcomes) <= INLINE:
        return outcomes
    asked = request.GET.get("n", "")
    return [item for item in outcomes if str(item.row.position) == asked]


def _with_quorums(meeting: Meeting, details: list[Outcome]) -> list[Outcome]:
    """Each with why its quorum is what it is: the declared shares, under the law of the meeting's day. One query (bylaws)."""
    company = meeting.company.facts() if any(item.figures.get("quorum") for item in details) else None
    return [replace(item, quorum_why=_quorum_why(meeting, company, item)) if company else item for item in details]


def _quorum_why(meeting: Meeting, company: Company, item: Outcome) -> Any:
    found = item.figures.get("quorum")
    if not found:
        return None
    there = Presence(found["present"], found["represented"], found["remote"])
    try:
        decided = quorum(
            law(), meeting.day, company, item.row.body, call=found["call"], base=found["base"], presence=there
        )
    except (LawError, Refused):
        return None
    return why_in_words(decided, facts=False)


def _asked_day(request: HttpRequest) -> date | None:
    try:
        return date.fromisoformat(request.GET.get("law", ""))
    except ValueError:
        return None


def _simulate(meeting: Meeting, day: date) -> tuple[list[Simulated], Text | None]:
    """Count again by the law of ``day``; what is missing in the rulebook for that day is said, never guessed."""
    counting = Counting(meeting, law())
    try:
        compared = counting.under(day)
    except LawError as error:
        return [], error.text
    except Refused as refused:
        return [], refused.reason
    return [Simulated(row, one.value) for row, one in zip(counting.rows, compared, strict=True)], None


EXPORTED: tuple[tuple[str, Text], ...] = (
    ("for", t("pour", "for")),
    ("against", t("contre", "against")),
    ("abstain", t("abstentions", "abstentions")),
    ("blank", t("blancs ou nuls", "blank or null")),
    ("silent", t("sans vote", "not voting")),
    ("excluded", t("exclues", "excluded")),
    ("base", t("base", "base")),
    ("least", t("voix nécessaires", "votes needed")),
    ("percent_for", t("pour, % de la base", "for, % of the base")),
    ("percent_against", t("contre, % de la base", "against, % of the base")),
)


def _export(kind: str, outcomes: list[Outcome]) -> HttpResponseBase:
    """The exact figures, one line a resolution."""
    lang = current()
    header = [say(t("n°", "no.")), say(t("résolution", "resolution")), say(t("résultat", "result"))]
    header += [say(label) for _, label in EXPORTED]
    lines = [
        [item.row.position, item.row.title, say(item.mark[1]), *(item.figures[name] for name, _ in EXPORTED)]
        for item in outcomes
    ]
    return export_response(kind, "results", header, lines, lang)
