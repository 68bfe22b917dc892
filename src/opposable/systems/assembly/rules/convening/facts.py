"""What the convening rules look at, and the dates they answer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from opposable.law import PARIS, Bylaw, Rule, Text, Trace, join, local, local_day, t
from opposable.law.plain import instant_text
from opposable.systems.assembly.rules.proxies import MeetingKind
from opposable.systems.assembly.rules.register import CompanyForm, Statutes

Side = Literal["not-later", "not-earlier", "on"]
Actor = Literal["company", "holder"]


@dataclass(frozen=True, slots=True)
class MeetingFacts:
    """«Assemblée» as facts. ``at`` is its UTC instant; its day, in ``zone``, is the day whose law applies.

    ``bylaws``: every clause of the company, dated; ``depository``: shares admitted to a central depository without being
    listed. ``first_on``: day of the first meeting, for a second call. ``bearer``: some shares are not registered (always
    so when listed). ``public_offering``: «appel public à l'épargne», which the law asked about until May 2009.
    ``bid_defence``: convened under C. com., art. L. 233-32. ``balo_on``: day of the notice in the BALO, once known.
    ``days``: the calendar of working days ("FR", "FR-AM", "974"…; "XPAR" for the closing days of the Paris market).
    ``manager_death``: convened because the only manager of the SARL died.
    """

    form: CompanyForm
    listed: bool
    kind: MeetingKind
    at: datetime
    call: int = 1
    first_on: date | None = None
    zone: str = "Europe/Paris"
    bylaws: tuple[Bylaw, ...] = ()
    depository: bool = False
    days: str = "FR"
    bearer: bool = False
    public_offering: bool = False
    bid_defence: bool = False
    balo_on: date | None = None
    telecom_only: bool = False
    manager_death: bool = False

    @property
    def day(self) -> date:
        """The meeting's day in its legal time."""
        return local_day(self.at, self.zone)

    @property
    def bodies(self) -> tuple[str, ...]:
        """The kinds of decisions that it takes."""
        return ("ordinary", "extraordinary") if self.kind == "combined" else (self.kind,)

    def rule(self, law: Statutes, rule_id: str) -> Rule:
        """Return a rule of the meeting's day under the bylaws of that day."""
        return law.at(rule_id, self.day, self.bylaws)

    def bound_by(self, rule: Rule) -> bool:
        """Tell whether a rule binds this meeting's company (values ``forms`` and ``market`` of the law's own row)."""
        listed, depository = self.listed, self.depository
        markets = {
            "any": True,
            "listed": listed,
            "listed-or-depository": listed or depository,
            "unlisted": not (listed or depository),
            "listed-or-bearer": listed or self.bearer,
            "public-offering-or-bearer": listed or self.public_offering or self.bearer,
        }
        return not rule.silent and self.form in rule.law_param["forms"] and markets[rule.law_param["market"]]

    def as_data(self) -> dict[str, object]:
        """Return what decided, for a Decision or a Refused."""
        return {
            "form": self.form,
            "listed": self.listed,
            "kind": self.kind,
            "call": self.call,
            "at": self.at,
            "day": self.day,
            "first_on": self.first_on,
            "zone": self.zone,
            "days": self.days,
            "bearer": self.bearer,
            "bid_defence": self.bid_defence,
            "balo_on": self.balo_on,
            "telecom_only": self.telecom_only,
        }


@dataclass(frozen=True, slots=True)
class DateDue:
    """«Échéance»: one date of the meeting, with the rule that sets it and the arithmetic.

    ``side``: the act is due not later than, may come not earlier than, or stands exactly on the date. ``day`` is the
    legal day; ``at`` the UTC instant of the limit: for a ``whole_day`` its end at 24:00 (its beginning when the act may
    not come earlier), which is not itself in time unless ``included``.
    """

    id: str
    label: Text
    rule: Rule
    side: Side
    actor: Actor
    day: date
    at: datetime
    included: bool
    whole_day: bool
    trace: Trace

    def met_by(self, done: date | datetime, zone: str) -> bool:
        """Tell whether an act done on a day, or at an instant, is lawful for this date."""
        if not isinstance(done, datetime):
            return {"not-later": done <= self.day, "not-earlier": done >= self.day, "on": done == self.day}[self.side]
        if self.side == "on":
            return local_day(done, zone) == self.day if self.whole_day else done == self.at
        if self.side == "not-earlier":
            return done >= self.at
        return done <= self.at if self.included else done < self.at

    def missed(self, now: datetime) -> bool:
        """Tell whether the time to do it has gone by."""
        return self.side != "not-earlier" and (now > self.at if self.included else now >= self.at)


def cited(rule: Rule) -> Text:
    """Return the citations of a rule on one line, for a sentence."""
    return join(rule.cite, t(" ; ", "; "))


def as_data(dates: Iterable[DateDue]) -> list[dict[str, Any]]:
    """Return the dates as JSON: Paris and UTC instants in ISO form, the rule with its citation and dates, the trace.

    ``day`` is the legal day. The instant of a whole day is its end (the next midnight, ``included`` false).
    """
    return [_one(due) for due in dates]


def _one(due: DateDue) -> dict[str, Any]:
    rule = due.rule
    return {
        "id": due.id,
        "label": due.label.as_data(),
        "side": due.side,
        "actor": due.actor,
        "day": due.day.isoformat(),
        "paris": local(due.at, PARIS).isoformat(),
        "utc": instant_text(due.at),
        "included": due.included,
        "whole_day": due.whole_day,
        "rule": rule.id,
        "cite": list(rule.cite),
        "from": rule.since.isoformat(),
        "until": rule.until.isoformat() if rule.until else None,
        "status": rule.status,
        "checked": rule.checked.isoformat() if rule.checked else None,
        "source": rule.source,
        "bylaws": [layer.article for layer in rule.layers],
        "trace": due.trace.as_data(),
    }
