"""«Qualification»: a requisition against the law, category by category, day by day. Nothing is looked up before it says so."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import groupby
from typing import Literal

from opposable.law import Refused, Rule, Step, Text, Trace, day_text, t
from opposable.systems.traffic.rules.asking import Ask, permitted
from opposable.systems.traffic.rules.categories import CATEGORIES, Category, Statutes
from opposable.systems.traffic.rules.keeping import FROM_CONTRACT, Keeping, keeping_on, lives_until

Status = Literal["kept", "partly", "expired", "not-kept", "no-injunction", "no-rule", "not-permitted", "future"]

STATUSES: dict[Status, Text] = {
    "kept": t("conservées", "kept"),
    "partly": t("conservées en partie", "kept in part"),
    "expired": t("expirées", "expired"),
    "not-kept": t("non conservées", "not kept"),
    "no-injunction": t("aucune injonction au dossier", "no injunction on file"),
    "no-rule": t("aucune règle au dossier", "no rule on file"),
    "not-permitted": t("non permises sur ce fondement", "not permitted on this basis"),
    "future": t("à venir", "still to come"),
}
LONGEST = 3660
"""Days of a requisition: beyond, it is a mistake of the keyboard."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days from ``first`` to ``last`` (both in it) that fare alike. ``until``: first day without the data of ``last``."""

    first: date
    last: date
    status: Status
    until: date | None = None

    def as_data(self) -> dict[str, object]:
        """For the act's part."""
        until = self.until.isoformat() if self.until else None
        return {"first": self.first.isoformat(), "last": self.last.isoformat(), "status": self.status, "until": until}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one category. ``code`` is set when it is refused: `Refused.code`."""

    category: Category
    status: Status
    rule: Rule | None
    reason: Text
    spans: tuple[Span, ...] = ()
    trace: Trace = field(default_factory=Trace)
    code: str = ""
    lawful: Text | None = None

    @property
    def answered(self) -> bool:
        """Whether anything of it may be looked up."""
        return self.status in {"kept", "partly"}

    def as_data(self) -> dict[str, object]:
        """For the act's part: the verdict, the rule's pin, the working."""
        return {
            "category": self.category,
            "status": self.status,
            "rule": self.rule.pin() if self.rule else None,
            "cite": list(self.rule.cite) if self.rule else [],
            "confirmed": self.rule.confirmed if self.rule else False,
            "reason": self.reason.as_data(),
            "spans": [span.as_data() for span in self.spans],
            "trace": self.trace.as_data(),
            "code": self.code,
            "lawful": self.lawful.as_data() if self.lawful else None,
        }


def qualify(law: Statutes, ask: Ask, today: date) -> tuple[Verdict, ...]:
    """One verdict a category asked for, in the order of R. 10-13. Raises Refused for a period that is none."""
    _period(ask)
    return tuple(_verdict(law, ask, category, today) for category in CATEGORIES if category in ask.categories)


def _period(ask: Ask) -> None:
    if not ask.categories:
        raise Refused(
            t(
                "La réquisition ne demande aucune catégorie de données.",
                "The requisition asks for no category of data.",
            ),
            None,
            "ask.empty",
        )
    if ask.last < ask.since or (ask.last - ask.since).days > LONGEST:
        raise Refused(
            t("La période demandée ne se lit pas : du {a} au {b}.", "The period does not read: {a} to {b}.").format(
                a=day_text(ask.since), b=day_text(ask.last)
            ),
            None,
            "ask.period",
            facts={"since": ask.since, "last": ask.last},
        )


def _verdict(law: Statutes, ask: Ask, category: Category, today: date) -> Verdict:
    try:
        allowed = permitted(law, ask, category)
    except Refused as refused:
        return Verdict(
            category, "not-permitted", refused.rule, refused.reason, (), refused.trace, refused.code, refused.lawful
        )
    spans = tuple(spans_of(law, category, ask.since, ask.last, today))
    now = keeping_on(law, category, min(ask.last, today))
    status = _whole(spans)
    reason = _reason(status, spans, now.value)
    return Verdict(category, status, now.rule, reason, spans, allowed.trace + now.trace + _worked(spans))


def spans_of(law: Statutes, category: Category, since: date, last: date, today: date) -> Iterator[Span]:
    """The days of a period, in spans that fare alike on ``today``."""
    days = (since + timedelta(days=n) for n in range((last - since).days + 1))
    for status, run in groupby(((day, *_day(law, category, day, today)) for day in days), key=lambda item: item[1]):
        found = list(run)
        yield Span(found[0][0], found[-1][0], status, found[-1][2])


def _day(law: Statutes, category: Category, day: date, today: date) -> tuple[Status, date | None]:
    """How the data of one day fare today, and the first day without them."""
    if day > today:
        return "future", None
    keeping = keeping_on(law, category, day).value
    if keeping.state != "kept":
        return keeping.state, None
    if keeping.clock in FROM_CONTRACT:
        return "kept", None
    until, _ = lives_until(keeping, day)
    return ("expired" if until is not None and today >= until else "kept"), until


def _whole(spans: tuple[Span, ...]) -> Status:
    seen = {span.status for span in spans}
    if seen == {"kept"}:
        return "kept"
    if "kept" in seen:
        return "partly"
    order: tuple[Status, ...] = ("expired", "no-injunction", "not-kept", "no-rule", "future")
    return next(status for status in order if status in seen)


def _reason(status: Status, spans: tuple[Span, ...], now: Keeping) -> Text:
    if status == "kept":
        return t("Conservées : {length}.", "Kept: {length}.").format(length=now.length)
    parts = [_said(span) for span in spans]
    head = t("En partie : ", "In part: ") if status == "partly" else Text("", "")
    fr, en = " ; ".join(part.fr for part in parts), "; ".join(part.en for part in parts)
    return (head + Text(fr, en) + ".").capital()


def _said(span: Span) -> Text:
    days = (
        t("le {a}", "{a}").format(a=day_text(span.first))
        if span.first == span.last
        else t("du {a} au {b}", "{a} to {b}").format(a=day_text(span.first), b=day_text(span.last))
    )
    words = t("{days} : {status}", "{days}: {status}").format(days=days, status=STATUSES[span.status])
    if span.until is None:
        return words
    if span.status == "expired":
        gone = t(" (les dernières, le {day})", " (the last ones on {day})")
        return words + gone.format(day=day_text(span.until))
    return words + t(" (jusqu’au {day} exclu)", " (until {day}, exclusive)").format(day=day_text(span.until))


def _worked(spans: tuple[Span, ...]) -> Trace:
    what = t("jour par jour", "day by day")
    return Trace(tuple(Step(what, _said(span), span.until.isoformat() if span.until else "—") for span in spans))
