"""The room on the day: who is there, whom they represent, and the quorum of each body, as the counting rules see it.

The figures are those of `acts.room`; what the whole register adds up to is kept for a moment.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from opposable.kernel.system import law
from opposable.law import Decision
from opposable.law.text import Text, t
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.acts.room import RoomCounting, afar, named_proxies
from opposable.systems.assembly.models import Attendance, Holder, Meeting, Resolution
from opposable.systems.assembly.rules import quorum, register
from opposable.systems.assembly.rules.quorum import Hall, Presence, Quorum
from opposable.systems.assembly.rules.register import Body
from opposable.systems.assembly.views.office_kept import kept


@dataclass(frozen=True)
class Mandate:
    """One holder whose votes are cast in the room: his own line, or that of someone he represents."""

    holder: Holder
    votes: int
    by: str
    excluded: bool

    @property
    def represented(self) -> bool:
        return bool(self.by)


@dataclass(frozen=True)
class Person:
    """Somebody in the room, and the mandates he carries."""

    row: Attendance
    mandates: tuple[Mandate, ...]

    @property
    def name(self) -> str:
        return str(self.row.holder or self.row.person)

    @property
    def votes(self) -> int:
        return sum(mandate.votes for mandate in self.mandates)


def key_of(row: Attendance) -> str:
    """How the counting rules name somebody in the room."""
    return row.holder.uid if row.holder else f"person:{row.person}"


@dataclass
class KeptRoom(RoomCounting):
    """`RoomCounting` for the pages, which are looked at again and again: what the whole register adds up to is kept for a moment."""

    @cached_property
    def company(self) -> register.Company:
        company = self.meeting.company
        facts: register.Company = kept(("company", company.uid, company.seq), company.facts)
        return facts

    @cached_property
    def base(self) -> int:
        """Shares with the right to vote: the same all day."""
        meeting, company = self.meeting, self.meeting.company
        key = ("base", company.uid, company.seq, meeting.uid, meeting.seq)
        base: int = kept(key, lambda: Counting(meeting, self.law).base)
        return base

    @cached_property
    def named(self) -> list[tuple[int, int | None, str, str]]:
        key = ("named", self.meeting.uid, self.meeting.seq, len(self.there))
        found: list[tuple[int, int | None, str, str]] = kept(key, lambda: named_proxies(self.meeting))
        return found

    @cached_property
    def afar(self) -> Mapping[str, Presence]:
        key = ("afar", self.meeting.uid, self.meeting.seq, len(self.there))
        found: Mapping[str, Presence] = kept(key, lambda: afar(self.meeting))
        return found


class Room:
    """The room of a meeting at an instant. Everything is read once, when it is first asked for."""

    def __init__(self, meeting: Meeting, now: datetime) -> None:
        self.meeting, self.now = meeting, now
        self.counting = KeptRoom(meeting, law())

    @property
    def came(self) -> list[Attendance]:
        """Who came in, whether still there or not, in the order of arrival."""
        return self.counting.there

    @property
    def people(self) -> list[Attendance]:
        """Who is in the room now."""
        return self.counting.people

    @property
    def resolutions(self) -> list[Resolution]:
        """Everything that is put to the vote, in order."""
        return self.counting.rows

    @cached_property
    def given(self) -> list[Holder]:
        """The holders who gave a mandate to somebody in the room."""
        return list(Holder.objects.filter(pk__in=self.counting.given().values("holder")).order_by("name", "pk"))

    def quorum_on(self, resolution: Resolution) -> Decision[Quorum]:
        """The quorum for one resolution as it stands now."""
        return self.counting.quorum_on(resolution.facts(), self.now)

    def quorum(self, body: Body) -> Decision[Quorum]:
        """The quorum of a body as it stands now."""
        return self.counting.quorum_now(body, self.now)

    def quorums(self) -> list[tuple[Text, Decision[Quorum]]]:
        """One for each body that the meeting is made of."""
        bodies: Iterable[Any] = self.meeting.bodies
        return [(BODIES[body], self.quorum(body)) for body in bodies]

    # Votes

    def persons(self, resolution: Resolution) -> list[Person]:
        """Who votes the resolution in the room, person by person, with those they represent."""
        hall: Hall = self.counting.hall
        voting = hall.in_room(self.now, resolution.position)
        holders = {row.holder.uid: row.holder for row in self.people if row.holder}
        holders |= {holder.uid: holder for holder in self.given}
        carried: dict[str, list[Mandate]] = {}
        for line in hall.there(self.now):
            if line.holder not in holders or line.holder not in voting or line.by == quorum.CHAIR:
                continue
            votes = line.voice.of(resolution.facts().pool).votes
            mandate = Mandate(holders[line.holder], votes, line.by, line.holder in resolution.excluded)
            carried.setdefault(line.by or line.holder, []).append(mandate)
        return [Person(row, tuple(carried.get(key_of(row), ()))) for row in self.people]


BODIES: dict[str, Text] = {
    "ordinary": t("Assemblée ordinaire", "Ordinary business"),
    "extraordinary": t("Assemblée extraordinaire", "Extraordinary business"),
    "special": t("Assemblée spéciale", "Special meeting"),
}
