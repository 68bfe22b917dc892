"""The dated law of the system and a few facts that several tests start from."""

from datetime import UTC, date, datetime
from pathlib import Path

import opposable.systems.assembly
from opposable.law import Bylaw, Law
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.register import Company, Lot, Voice, Weight

LAW = Law.load([Path(opposable.systems.assembly.__file__).parent / "law.toml"])
DAY_2008 = date(2008, 5, 20)
DAY_2012 = date(2012, 5, 22)
DAY_2026 = date(2026, 3, 30)
LISTED = Company("sa", True, 1_000_000)
UNLISTED = Company("sa", False, 1_000_000)


def bylaw(rule_id, since=date(2000, 1, 1), article="art. 20", **param):
    return Bylaw(rule_id, since, None, param, article)


def company(*bylaws, listed=True, shares=1_000_000, form="sa", **more):
    return Company(form, listed, shares, tuple(bylaws), **more)


def rule(rule_id, day=DAY_2026, of=LISTED):
    return of.rule(LAW, rule_id, day)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def lot(holder="A", quantity=100, **more):
    more = {"ref": f"{holder}:1", "isin": "FR0000000001", "form": "nominative-pure", "since": date(2010, 1, 4), **more}
    return Lot(holder=holder, quantity=quantity, **more)


def voice(votes, shares=None):
    weight = Weight(votes if shares is None else shares, votes)
    return Voice(weight, weight)


def agenda(*bodies):
    return tuple(Resolution(i, body, title=f"R{i}", text=f"Text {i}") for i, body in enumerate(bodies, 1))
