"""The room on the day: who is there, whom they represent, and the quorum of each body, as the counting rules see it.

The rules are those of `acts.counting`, given only the forms that touch somebody in the room. What every other form brings
(votes sent, proxies to the chair) does not change while the meeting sits: it is added up by the database, and kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet, Sum

from opposable.kernel.system import law
from opposable.law import Decision
from opposable.law.text import Text, t
from opposable.systems.assembly.acts.counting import COUNTED, TO_CHAIR, Counting
from opposable.systems.assembly.models import Attendance, Entitlement, Form, Holder, Meeting, Resolution
from opposable.systems.assembly.rules import quorum
from opposable.systems.assembly.rules.quorum import Hall, Presence, Quorum
from opposable.systems.assembly.rules.register import Body
from opposable.systems.assembly.views.office_kept import kept

INSIDE = ("present", "represented")
SPLIT = ("ordinary", "extraordinary")
"""The two ways in which a holder's shares vote (C. com., art. L. 225-110); special meetings vote as extraordinary ones."""


def afar(meeting: Meeting) -> Mapping[str, Presence]:
    """Add up the counted forms, by body: shares of the votes sent and of the proxies to the chair. One query."""
    rows = (
        Form.objects.filter(meeting=meeting, status__in=COUNTED, holder__entitlements__meeting=meeting)
        .values("mode")
        .annotate(
            **{body: Sum(f"holder__entitlements__shares_{body}") for body in SPLIT},
            **{f"n_{body}": Count("pk", filter=Q(**{f"holder__entitlements__shares_{body}__gt": 0})) for body in SPLIT},
        )
        .order_by()
    )
    found: dict[str, Any] = {row["mode"]: row for row in rows if row["mode"] in ("vote", *TO_CHAIR)}
    return {body: _afar(found, body) for body in SPLIT}


def named_proxies(meeting: Meeting) -> list[tuple[int, int | None, str, str]]:
    """The counted forms that name somebody: pk, proxy who is a holder, proxy by name, proxy for new resolutions. One query."""
    rows = Form.objects.filter(meeting=meeting, status__in=COUNTED)
    somebody = Q(proxy_holder__isnull=False) | ~Q(proxy_name="") | ~Q(new_proxy="")
    return list(rows.filter(somebody).values_list("pk", "proxy_holder", "proxy_name", "new_proxy"))


def _afar(found: Mapping[str, Any], body: str) -> Presence:
    chair = sum(found[mode][body] for mode in TO_CHAIR if mode in found)
    remote = found["vote"][body] if "vote" in found else 0
    return Presence(0, chair, remote, sum(row[f"n_{body}"] for row in found.values()))


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


class Room:
    """The room of a meeting at an instant. Everything is read once, when it is first asked for."""

    def __init__(self, meeting: Meeting, now: datetime) -> None:
        self.meeting, self.now = meeting, now

    @cached_property
    def came(self) -> list[Attendance]:
        """Who came in, whether still there or not, in the order of arrival."""
        return list(self.meeting.attendances.select_related("holder", "cell").order_by("pk"))

    @property
    def people(self) -> list[Attendance]:
        """Who is in the room now."""
        return [row for row in self.came if row.left_at is None]

    @cached_property
    def resolutions(self) -> list[Resolution]:
        """Everything that is put to the vote, in order."""
        return list(self.meeting.resolutions.select_related("cell").order_by("position"))

    @cached_property
    def to_them(self) -> Q:
        """The condition that a form gives a mandate to somebody in the room, wholly or for some resolutions."""
        holders = {row.holder_id for row in self.people if row.holder_id}
        names = {row.person for row in self.people if row.person}
        key = ("named", self.meeting.uid, self.meeting.seq, len(self.came))
        forms = kept(key, lambda: named_proxies(self.meeting))
        return Q(pk__in=[pk for pk, holder, *named in forms if holder in holders or names & set(named)])

    @cached_property
    def given(self) -> list[Holder]:
        """The holders who gave a mandate to somebody in the room."""
        return list(Holder.objects.filter(pk__in=self.forms().values("holder")).order_by("name", "pk"))

    def forms(self) -> QuerySet[Form]:
        """The counted forms that give such a mandate."""
        return Form.objects.filter(self.to_them, meeting=self.meeting, status__in=COUNTED)

    @cached_property
    def counting(self) -> Counting:
        """The counting of this meeting, narrowed to who is in the room and whom they represent."""
        counting = RoomCounting(self.meeting, law(), self)
        company = self.meeting.company
        counting.company = kept(("company", company.uid, company.seq), company.facts)
        counting.rows = self.resolutions
        return counting

    # Quorum

    @cached_property
    def base(self) -> int:
        """Shares with the right to vote. Reading the whole register is kept for a moment: it is the same all day."""
        meeting, company = self.meeting, self.meeting.company
        base: int = kept(
            ("base", company.uid, company.seq, meeting.uid, meeting.seq), lambda: Counting(meeting, law()).base
        )
        return base

    @cached_property
    def afar(self) -> Mapping[str, Presence]:
        key = ("afar", self.meeting.uid, self.meeting.seq, len(self.came))
        found: Mapping[str, Presence] = kept(key, lambda: afar(self.meeting))
        return found

    def presence(self, body: Body) -> Presence:
        """Shares present, represented and voting remotely for a body, now."""
        lines = [line for line in self.counting.hall.there(self.now) if line.by != quorum.CHAIR]
        shares = {name: [line.voice.of(body).shares for line in lines if line.capacity == name] for name in INSIDE}
        present, represented = (sum(held) for held in shares.values())
        holders = sum(1 for held in shares.values() for one in held if one)
        return (
            Presence(present, represented, 0, holders)
            + self.afar["ordinary" if body == "ordinary" else "extraordinary"]
        )

    def quorum(self, body: Body) -> Decision[Quorum]:
        """The quorum of a body as it stands now, by the rule of the meeting's day."""
        there = self.presence(body)
        company = self.counting.company
        return quorum.quorum(
            law(), self.meeting.day, company, body, call=self.meeting.call, base=self.base, presence=there
        )

    def quorum_on(self, resolution: Resolution) -> Decision[Quorum]:
        """The quorum for one resolution: that of its body, unless the law of the day takes interested holders out of it."""
        item = resolution.facts()
        if quorum.excluded_of(law(), self.meeting.day, self.counting.company, item):
            return Counting(self.meeting, law()).quorum_at(item.body, self.now, item)
        return self.quorum(item.body)

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
            votes = line.voice.of(resolution.body).votes
            mandate = Mandate(holders[line.holder], votes, line.by, line.holder in resolution.excluded)
            carried.setdefault(line.by or line.holder, []).append(mandate)
        return [Person(row, tuple(carried.get(key_of(row), ()))) for row in self.people]


@dataclass
class RoomCounting(Counting):
    """`Counting`, of the people in the room and of those they represent: the same rules, a few rows."""

    room: Room
    holder: ClassVar = "holder__uid"
    name = str

    def came(self) -> list[Attendance]:
        return self.room.came

    def rights(self) -> QuerySet[Entitlement]:
        there = Q(holder__in=[row.holder_id for row in self.room.people if row.holder_id])
        return super().rights().filter(there | Q(holder__in=self.room.forms().values("holder")))

    def counted(self) -> QuerySet[Form]:
        return super().counted().filter(self.room.to_them)


BODIES: dict[str, Text] = {
    "ordinary": t("Assemblée ordinaire", "Ordinary business"),
    "extraordinary": t("Assemblée extraordinaire", "Extraordinary business"),
    "special": t("Assemblée spéciale", "Special meeting"),
}
