"""Who is there, in what capacity, at the instant of a vote.

Forms received in time are there for the whole meeting; people come and go, and a proxy takes his principals away.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

from opposable.law import Refused, t
from opposable.systems.assembly.rules.register import Pool, Voice

Capacity = Literal["present", "represented", "remote", "proxy"]
CHAIR = "chair"
"""The holder of blank proxies: there from the first to the last instant of the meeting."""
NO_VOICE = Voice()


@dataclass(frozen=True, slots=True)
class Attendance:
    """«Présence»: one holder in one capacity, from an instant (included) to another (excluded); None: no bound.

    ``by`` is who represents him (CHAIR for a blank proxy). A proxy who holds no share has a line of capacity "proxy".
    A remote voter may leave some resolutions to a proxy: ``left`` are their positions (from 1), ``by`` the proxy. So with
    a form and a proxy returned together (R. 225-81), or a mandate for new resolutions (R. 225-78, 3°).
    """

    holder: str
    capacity: Capacity
    voice: Voice = NO_VOICE
    arrived_at: datetime | None = None
    left_at: datetime | None = None
    by: str = ""
    left: frozenset[int] = frozenset()

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
    holders: int = 0
    """Shareholders present, represented or voting remotely who have a vote here (R. 22-10-30, 1°)."""

    @property
    def shares(self) -> int:
        """All of them."""
        return self.present + self.represented + self.remote

    def __add__(self, other: "Presence") -> "Presence":
        return Presence(
            self.present + other.present,
            self.represented + other.represented,
            self.remote + other.remote,
            self.holders + other.holders,
        )


class Hall:
    """«Assemblée» as its lines of attendance, sorted once so that every resolution may ask who is there.

    Most lines never move: forms, and blank proxies with the chair. They are added up once; only the others are looked at
    again at each instant. Refused (code ``attendance.twice``) for a holder who is there in two capacities at once.
    """

    def __init__(self, attendances: Iterable[Attendance]) -> None:
        self.fixed: dict[str, Attendance] = {}
        self.moving: list[Attendance] = []
        self._sums: dict[Pool, Presence] = {}
        for line in attendances:
            if not _stays(line):
                self.moving.append(line)
            elif line.holder in self.fixed:
                raise _twice(line, self.fixed[line.holder])
            else:
                self.fixed[line.holder] = line

    def _sum(self, pool: Pool) -> Presence:
        """Add up the lines that never move, the first time they are asked for."""
        if pool not in self._sums:
            self._sums[pool] = _count(self.fixed.values(), pool)
        return self._sums[pool]

    def moved(self, instant: datetime) -> tuple[Attendance, ...]:
        """Return the lines, among those that move, that count at an instant: open, and represented by someone there."""
        lines = [line for line in self.moving if line.at(instant)]
        people = in_person(lines)
        counted = tuple(line for line in lines if line.capacity != "represented" or line.by in people)
        seen: dict[str, Attendance] = {}
        for line in counted:
            if line.capacity == "proxy":
                continue
            if (other := seen.get(line.holder) or self.fixed.get(line.holder)) is not None:
                raise _twice(line, other)
            seen[line.holder] = line
        return counted

    def there(self, instant: datetime) -> tuple[Attendance, ...]:
        """Return every line that counts at an instant."""
        return (*self.fixed.values(), *self.moved(instant))

    def presence(self, body: Pool, instant: datetime, excluded: frozenset[str] = frozenset()) -> Presence:
        """Count the shares there for a body; ``excluded`` holders may not vote this resolution (L. 225-40…)."""
        out = [self.fixed[holder] for holder in excluded if holder in self.fixed]
        return (
            self._sum(body)
            + _count((line for line in self.moved(instant) if line.holder not in excluded), body)
            + _count(out, body, sign=-1)
        )

    def in_room(self, instant: datetime, position: int) -> frozenset[str]:
        """Return the holders who vote resolution ``position`` in the room, blank proxies of the chair included."""
        lines = self.moved(instant)
        people = in_person(lines)
        voting = frozenset(line.holder for line in lines if votes_in_room(line, people, position))
        return self._blank | self.leaving(instant, position) | voting

    def leaving(self, instant: datetime, position: int) -> frozenset[str]:
        """Return the remote voters who left resolution ``position`` to a proxy who is there."""
        lines = self.moved(instant)
        people = in_person(lines)
        remote = (line for line in (*self._leaving, *lines) if line.capacity == "remote")
        return frozenset(line.holder for line in remote if votes_in_room(line, people, position))

    def room_voices(self) -> dict[str, Voice]:
        """Return the voice of every holder who votes in the room at some instant."""
        lines = (*self.fixed.values(), *self.moving)
        return {line.holder: line.voice for line in lines if line.capacity in ("present", "represented") or line.left}

    @cached_property
    def _blank(self) -> frozenset[str]:
        return frozenset(line.holder for line in self.fixed.values() if line.capacity == "represented")

    @cached_property
    def _leaving(self) -> tuple[Attendance, ...]:
        return tuple(line for line in self.fixed.values() if line.left)


def _stays(line: Attendance) -> bool:
    bound = line.arrived_at or line.left_at
    return not bound and (line.capacity == "remote" or (line.capacity == "represented" and line.by == CHAIR))


def _count(lines: Iterable[Attendance], body: Pool, sign: int = 1) -> Presence:
    shares = dict.fromkeys(("present", "represented", "remote"), 0)
    holders = 0
    for line in lines:
        if line.capacity != "proxy" and (held := line.voice.of(body).shares):
            shares[line.capacity] += sign * held
            holders += sign
    return Presence(shares["present"], shares["represented"], shares["remote"], holders)


def there(attendances: Iterable[Attendance], instant: datetime) -> tuple[Attendance, ...]:
    """Return the lines that count at an instant: see `Hall`, for more than one question."""
    return Hall(attendances).there(instant)


def presence(
    attendances: Iterable[Attendance], body: Pool, instant: datetime, excluded: frozenset[str] = frozenset()
) -> Presence:
    """Count the shares there at an instant for a body: see `Hall`, for more than one question."""
    return Hall(attendances).presence(body, instant, excluded)


def in_person(lines: Iterable[Attendance]) -> frozenset[str]:
    """Return who can act for others: those in the room themselves, and the chair."""
    return frozenset(line.holder for line in lines if line.capacity in ("present", "proxy")) | {CHAIR}


def votes_in_room(line: Attendance, people: frozenset[str], position: int) -> bool:
    """Tell whether a line that is there votes resolution ``position`` in the room, himself or by a proxy who is there."""
    if line.capacity == "remote":
        return position in line.left and line.by in people
    return line.capacity != "proxy"


def _twice(line: Attendance, other: Attendance) -> Refused:
    return Refused(
        t(
            "Le titulaire {holder} est à la fois « {one} » et « {two} » : ses voix ne comptent qu’une fois.",
            "Holder {holder} is both “{one}” and “{two}”: the shares count only once.",
        ).format(holder=line.holder, one=other.capacity, two=line.capacity),
        None,
        "attendance.twice",
        facts={"holder": line.holder, "capacities": [other.capacity, line.capacity]},
    )
