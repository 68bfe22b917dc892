"""«Quorum»: who is there, in what capacity, at the instant of a vote, and whether that is enough for the body.

Quorum is counted in shares that have the right to vote, never in votes: a double vote weighs once. Forms received in
time are there for the whole meeting; people come and go, and a proxy takes his principals away with him.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from opposable.law import Decision, OverrideRefused, Refused, Rule, Step, Text, Trace, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.figures import Fraction, Percent, number, percent
from opposable.systems.assembly.rules.register import Body, Company, Statutes, Voice

Capacity = Literal["present", "represented", "remote", "proxy"]
CHAIR = "chair"
"""The holder of blank proxies: there from the first to the last instant of the meeting."""
NO_VOICE = Voice()
RULES: dict[Body, str] = {
    "ordinary": "assembly.quorum.ordinary",
    "extraordinary": "assembly.quorum.extraordinary",
    "special": "assembly.quorum.special",
}


@dataclass(frozen=True, slots=True)
class Attendance:
    """«Présence»: one holder in one capacity, from an instant (included) to another (excluded); None: no bound.

    ``by`` is who represents him (CHAIR for a blank proxy). A proxy who holds no share has a line of capacity "proxy".
    """

    holder: str
    capacity: Capacity
    voice: Voice = NO_VOICE
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    by: str = ""

    def at(self, instant: datetime) -> bool:
        """Tell whether the line is open at an instant."""
        return (self.arrived_at is None or self.arrived_at <= instant) and (
            self.left_at is None or instant < self.left_at
        )


@dataclass(frozen=True, slots=True)
class Presence:
    """«Actionnaires présents, représentés et votants à distance» at one instant, for one resolution, in shares."""

    present: int = 0
    represented: int = 0
    remote: int = 0
    holders: frozenset[str] = frozenset()

    @property
    def shares(self) -> int:
        """All of them."""
        return self.present + self.represented + self.remote


def there(attendances: Iterable[Attendance], instant: datetime) -> tuple[Attendance, ...]:
    """Return the lines that count at an instant: open, and represented by someone who is there too.

    Refused (code ``attendance.twice``) for a holder who is there in two capacities at once.
    """
    lines = [line for line in attendances if line.at(instant)]
    bodies = {line.holder for line in lines if line.capacity in ("present", "proxy")} | {CHAIR}
    counted = tuple(line for line in lines if line.capacity != "represented" or line.by in bodies)
    seen: dict[str, str] = {}
    for line in counted:
        if line.capacity == "proxy":
            continue
        if line.holder in seen:
            raise _twice(line, seen[line.holder])
        seen[line.holder] = line.capacity
    return counted


def presence(
    attendances: Iterable[Attendance], body: Body, instant: datetime, excluded: frozenset[str] = frozenset()
) -> Presence:
    """Count the shares there at an instant for a body; ``excluded`` holders may not vote this resolution (L. 225-40…)."""
    lines = [line for line in there(attendances, instant) if line.holder not in excluded and line.capacity != "proxy"]
    shares = dict.fromkeys(("present", "represented", "remote"), 0)
    for line in lines:
        shares[line.capacity] += line.voice.of(body).shares
    holders = frozenset(line.holder for line in lines if line.voice.of(body).shares)
    return Presence(shares["present"], shares["represented"], shares["remote"], holders)


@dataclass(frozen=True, slots=True)
class Quorum:
    """«Quorum» of one body at one instant: ``least`` shares are needed out of ``base``; no fraction: none is required."""

    body: Body
    call: int
    base: int
    presence: Presence
    fraction: Fraction | None
    reached: bool

    @property
    def least(self) -> int:
        """The smallest number of shares that reaches it."""
        return self.fraction.least(self.base) if self.fraction else 0

    @property
    def percent(self) -> Percent | None:
        """The share of the base that is there, to three decimals."""
        return percent(self.presence.shares, self.base, 3)


def quorum(
    law: Statutes, day: date, company: Company, body: Body, *, call: int, base: int, presence: Presence
) -> Decision[Quorum]:
    """Decide whether a body may validly decide; ``base`` is every share with the right to vote on the resolution.

    L. 225-98 (ordinary), L. 225-96 (extraordinary), L. 225-99 (special), each by its call; bylaws may ask for more.
    A base of nothing never reaches a required quorum.
    """
    rule = company.rule(law, RULES[body], day)
    fraction = fraction_of(rule, company, call)
    reached = fraction is None or fraction.met(presence.shares, base)
    value = Quorum(body, call, base, presence, fraction, reached)
    facts = {"body": body, "call": call, "base": base, "shares": presence.shares}
    return Decision(value, rule, facts, Trace((*_counted(value), _compared(value))))


def excluded_of(law: Statutes, day: date, company: Company, resolution: Resolution) -> frozenset[str]:
    """Return the interested holders whose shares leave the quorum of a resolution: today none, they leave the vote only.

    assembly.base.interested (L. 225-40): ``from_quorum`` says which.
    """
    rule = company.rule(law, "assembly.base.interested", day)
    return resolution.excluded if rule.flag("from_quorum") else frozenset()


def fraction_of(rule: Rule, company: Company, call: int) -> Fraction | None:
    """Return the fraction a call needs, or None when the law requires none (ordinary meeting, second call).

    OverrideRefused when bylaws lower it, or raise it in a company that may not (``raise`` in the row).
    """
    name = "first" if call == 1 else "second"
    num, den = rule.words(name)
    old, per = rule.law_param[name]
    if (num * per, den) != (old * den, den):
        _check_raised(rule, company, higher=num * per > old * den)
    return Fraction(num, den) if num else None


def _check_raised(rule: Rule, company: Company, *, higher: bool) -> None:
    may = {"none": False, "unlisted": not company.listed, "no-public-offering": not company.listed}
    if higher and may[rule.word("raise")]:
        return
    raise OverrideRefused(
        t(
            "Règle {id} : les statuts de cette société ne peuvent pas {verb} ce quorum.",
            "Rule {id}: the bylaws of this company may not {verb} this quorum.",
        ).format(id=rule.id, verb=t("relever", "raise") if higher else t("abaisser", "lower")),
        rule.id,
    )


def _counted(value: Quorum) -> tuple[Step, ...]:
    there = value.presence
    how = t(
        "présents {present}, représentés {represented}, à distance {remote}",
        "present {present}, represented {represented}, remote {remote}",
    ).format(present=number(there.present), represented=number(there.represented), remote=number(there.remote))
    return (
        Step(t("Actions ayant le droit de vote", "Shares with the right to vote"), t("base", "base"), str(value.base)),
        Step(t("Actions présentes ou représentées", "Shares present or represented"), how, str(there.shares)),
    )


def _compared(value: Quorum) -> Step:
    what = t("Quorum, {call}", "Quorum, {call}").format(call=_call(value.call))
    if value.fraction is None:
        return Step(what, t("aucun quorum requis", "no quorum required"), "")
    how = t("au moins {fraction} de la base, soit {least} actions", "at least {fraction} of the base, {least} shares")
    return Step(
        what,
        how.format(fraction=value.fraction, least=number(value.least)),
        value.fraction.comparison(value.presence.shares, value.base),
    )


def _call(call: int) -> Text:
    return t("première convocation", "first call") if call == 1 else t("deuxième convocation", "second call")


def _twice(line: Attendance, other: str) -> Refused:
    return Refused(
        t(
            "Le titulaire {holder} est à la fois « {one} » et « {two} » : ses actions ne comptent qu’une fois.",
            "Holder {holder} is both “{one}” and “{two}”: the shares count only once.",
        ).format(holder=line.holder, one=other, two=line.capacity),
        None,
        "attendance.twice",
        facts={"holder": line.holder, "capacities": [other, line.capacity]},
    )
