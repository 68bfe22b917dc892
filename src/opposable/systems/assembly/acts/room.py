"""«Salle»: the counting rules, given only the forms that touch somebody in the room. Reads only.

What every other form brings (votes sent, proxies to the chair) does not change while the meeting sits: the database adds it up.
A hundred thousand forms are not read again for each vote that is cast or closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar

from django.db.models import Count, Q, QuerySet, Sum

from opposable.law import Decision
from opposable.systems.assembly.acts.counting import COUNTED, TO_CHAIR, Counting
from opposable.systems.assembly.models import Attendance, Entitlement, Form, Holder, Meeting
from opposable.systems.assembly.rules import agenda, quorum
from opposable.systems.assembly.rules.quorum import Presence, Quorum
from opposable.systems.assembly.rules.register import Body

INSIDE = ("present", "represented")
SPLIT = ("ordinary", "extraordinary")
"""The two ways in which a holder's shares vote (C. com., art. L. 225-110); special meetings vote as extraordinary ones."""


@dataclass
class Narrowed(Counting):
    """A counting of some holders: the few rows read bring the names along."""

    holder: ClassVar = "holder__uid"
    name = str


@dataclass
class VoterCounting(Narrowed):
    """Everybody in the room, and what one holder holds and sent: enough to know whether his votes may be cast there."""

    voter: Holder

    def rights(self) -> QuerySet[Entitlement]:
        return super().rights().filter(holder=self.voter)

    def counted(self) -> QuerySet[Form]:
        return super().counted().filter(holder=self.voter)


@dataclass
class RoomCounting(Narrowed):
    """The people in the room now, those they represent, and the sums of all the others."""

    @cached_property
    def there(self) -> list[Attendance]:
        """Who came in, whether still there or not, in the order of arrival."""
        return list(self.meeting.attendances.select_related("holder", "cell").order_by("pk"))

    @property
    def people(self) -> list[Attendance]:
        """Who is in the room now."""
        return [row for row in self.there if row.left_at is None]

    def came(self) -> list[Attendance]:
        return self.there

    def rights(self) -> QuerySet[Entitlement]:
        there = Q(holder__in=[row.holder_id for row in self.people if row.holder_id])
        return super().rights().filter(there | Q(holder__in=self.given().values("holder")))

    def counted(self) -> QuerySet[Form]:
        return super().counted().filter(self.to_them)

    @cached_property
    def to_them(self) -> Q:
        """The condition that a form gives a mandate to somebody in the room, wholly or for some resolutions."""
        holders = {row.holder_id for row in self.people if row.holder_id}
        names = {row.person for row in self.people if row.person}
        return Q(pk__in=[pk for pk, holder, *named in self.named if holder in holders or names & set(named)])

    def given(self) -> QuerySet[Form]:
        """The counted forms that give such a mandate."""
        return Form.objects.filter(self.to_them, meeting=self.meeting, status__in=COUNTED)

    @cached_property
    def named(self) -> list[tuple[int, int | None, str, str]]:
        """See `named_proxies`."""
        return named_proxies(self.meeting)

    @cached_property
    def afar(self) -> Mapping[str, Presence]:
        """See `afar`."""
        return afar(self.meeting)

    def presence(self, body: Body, now: datetime) -> Presence:
        """Shares present, represented and voting remotely for a body, now."""
        lines = [line for line in self.hall.there(now) if line.by != quorum.CHAIR]
        shares = {name: [line.voice.of(body).shares for line in lines if line.capacity == name] for name in INSIDE}
        present, represented = (sum(held) for held in shares.values())
        holders = sum(1 for held in shares.values() for one in held if one)
        return Presence(present, represented, 0, holders) + self.afar["ordinary" if body == "ordinary" else SPLIT[1]]

    def quorum_now(self, body: Body, now: datetime) -> Decision[Quorum]:
        """The quorum of a body as it stands now, by the rule of the meeting's day."""
        there, day = self.presence(body, now), self.meeting.day
        return quorum.quorum(self.law, day, self.company, body, call=self.meeting.call, base=self.base, presence=there)

    def quorum_on(self, item: agenda.Resolution, now: datetime) -> Decision[Quorum]:
        """The quorum for one resolution: that of its body, unless others vote it, or the law takes interested holders out of it."""
        if item.pool != item.body or quorum.excluded_of(self.law, self.meeting.day, self.company, item):
            return Counting(self.meeting, self.law).quorum_at(item.body, now, item)
        return self.quorum_now(item.body, now)


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


def _afar(found: Mapping[str, Any], body: str) -> Presence:
    chair = sum(found[mode][body] for mode in TO_CHAIR if mode in found)
    remote = found["vote"][body] if "vote" in found else 0
    return Presence(0, chair, remote, sum(row[f"n_{body}"] for row in found.values()))


def named_proxies(meeting: Meeting) -> list[tuple[int, int | None, str, str]]:
    """The counted forms that name somebody: pk, proxy who is a holder, proxy by name, proxy for new resolutions. One query."""
    rows = Form.objects.filter(meeting=meeting, status__in=COUNTED)
    somebody = Q(proxy_holder__isnull=False) | ~Q(proxy_name="") | ~Q(new_proxy="")
    return list(rows.filter(somebody).values_list("pk", "proxy_holder", "proxy_name", "new_proxy"))
