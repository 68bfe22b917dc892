"""From rows to the facts that the counting rules want: who is there, what each holder's votes say. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from operator import itemgetter
from typing import Any, ClassVar

import orjson
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from opposable.kernel.streams import tuples
from opposable.law import Decision
from opposable.systems.assembly.acts.standing import lots_around
from opposable.systems.assembly.models import Attendance, Entitlement, Form, LiveVote, Meeting, Resolution
from opposable.systems.assembly.rules import agenda as rules_agenda, quorum, register, session
from opposable.systems.assembly.rules.forms.choices import Marks
from opposable.systems.assembly.rules.proxies import blank_choices
from opposable.systems.assembly.rules.results import (
    Ballot,
    Figures,
    Publication,
    Result,
    counting_day,
    declare,
    publish,
    tally,
)
from opposable.systems.assembly.rules.results.published import Comparison, simulate
from opposable.systems.assembly.rules.weights import by_head

COUNTED = ("counted", "amended")
TO_CHAIR = ("proxy-chair", "proxy-blank")
NOBODY = register.Voice()
VOTELESS = ("treasury", "pledged", "deprived")
"""What makes a lot voteless, as the register writes it (`Lot.voteless`)."""


@dataclass
class Counting:
    """One meeting as its rows stand. Everything is computed once, when it is first asked for."""

    meeting: Meeting
    law: register.Statutes

    def rights(self) -> QuerySet[Entitlement]:
        """What holders may vote. `acts.room` narrows it to who is in the room."""
        return Entitlement.objects.filter(meeting=self.meeting)

    def counted(self) -> QuerySet[Form]:
        """The forms that count. `acts.room` narrows them to those that concern the room."""
        return Form.objects.filter(meeting=self.meeting, status__in=COUNTED)

    def came(self) -> Iterable[Attendance]:
        """Who came into the room, whether still there or not."""
        return self.meeting.attendances.select_related("holder").order_by("id")

    holder: ClassVar = "holder_id"
    """How the rows read name a holder, for `name`."""

    @cached_property
    def name(self) -> Callable[[Any], str]:
        """The uid of a holder. Read once for the whole register: a join would look each of them up, twice."""
        return dict(tuples(self.meeting.company.holders.values_list("pk", "uid"))).__getitem__

    @cached_property
    def company(self) -> register.Company:
        return self.meeting.company.facts()

    @cached_property
    def rows(self) -> list[Resolution]:
        return list(self.meeting.resolutions.select_related("cell").order_by("position"))

    @cached_property
    def agenda(self) -> list[rules_agenda.Resolution]:
        return [row.facts() for row in self.rows]

    @cached_property
    def voices(self) -> dict[str, register.Voice]:
        """What each holder may vote, by uid."""
        rows = self.rights().values_list(
            self.holder,
            "shares_ordinary",
            "votes_ordinary",
            "shares_extraordinary",
            "votes_extraordinary",
            "shares_profits",
            "votes_profits",
        )
        name, voice = self.name, cache(_voice)  # a hundred thousand holders, but a few thousand different holdings
        return {name(holder): voice(*weights) for holder, *weights in tuples(rows)}

    @cached_property
    def base(self) -> int:
        """Shares with the right to vote: the capital less what no one may vote (L. 225-111, L. 225-210).

        Only the accounts that hold such shares, or whose shares moved, are read: the others take nothing away.
        """
        told = Q()
        for word in VOTELESS:
            told |= Q(told__contains=f'"{word}": true')
        holders = self.meeting.company.holders.filter(ended=False).annotate(told=Cast("lots", TextField()))
        at, isin = self.meeting.record_at or self.meeting.at, self.meeting.isin
        if isin:
            such = Q(pk__in=holders.filter(told__contains=f'"{isin}"').values("pk"))
            return register.class_base(lots_around(self.law, self.meeting.company, at, also=such), isin)
        such = Q(pk__in=holders.filter(told).values("pk"))
        lots = lots_around(self.law, self.meeting.company, at, also=such)
        return register.voting_base(self.company, lots)

    @cached_property
    def forms(self) -> list[tuple[str, str, str, Marks, session.Clause]]:
        """The forms that count: (holder, mode, proxy or "", marks, clause for new resolutions)."""
        # The choices as text, read by orjson into tuples, once for all who say the same: a hundred thousand forms are three
        # million marks, and that many lists kept would have the collector go over them again and again.
        # Put in their order here: PostgreSQL would write them all to the disk to sort them.
        rows = self.counted().annotate(text=Cast("choices", TextField())).order_by()
        fields = ("id", self.holder, "mode", f"proxy_{self.holder}", "proxy_name", "text", "new_resolutions")
        name, marks = self.name, cache(_marks)
        found = [
            (number, (name(holder), mode, proxy_key(proxy and name(proxy), person), marks(text), clause))
            for number, holder, mode, proxy, person, text, clause in tuples(rows.values_list(*fields))
        ]
        found.sort(key=itemgetter(0))
        return [form for _, form in found]

    @cached_property
    def new_proxies(self) -> dict[str, str]:
        """Who represents a holder for new resolutions only, by holder's uid (R. 225-78, 3°)."""
        rows = self.counted().exclude(new_proxy="")
        return {uid: proxy_key("", name) for uid, name in rows.values_list("holder__uid", "new_proxy")}

    @cached_property
    def attendances(self) -> list[quorum.Attendance]:
        """People in the room, those they represent, and those who voted remotely."""
        lines = [self._in_room(row) for row in self.came()]
        put_later = cache(self._put_later)
        for uid, mode, proxy, marks, clause in self.forms:
            voice = self.voices.get(uid, NOBODY)
            if mode != "vote":
                by = quorum.CHAIR if mode in TO_CHAIR else proxy
                lines.append(quorum.Attendance(uid, "represented", voice, by=by))
            elif not proxy and clause != "proxy-person":
                lines.append(quorum.Attendance(uid, "remote", voice))
            else:
                left = frozenset(n for n, mark in enumerate(marks, 1) if proxy and mark is None)
                left |= put_later(len(marks), clause, bool(proxy))
                by = proxy or self.new_proxies.get(uid, "")
                lines.append(quorum.Attendance(uid, "remote", voice, by=by, left=left))
        return lines

    def _put_later(self, answered: int, clause: session.Clause, proxy: bool) -> frozenset[int]:
        """The resolutions that a form does not know and leaves to somebody in the room."""
        items = self.agenda[answered:]
        if clause == "proxy-person":
            return frozenset(item.position for item in items)
        # said nothing of new resolutions: whoever votes the rest of the agenda votes what was added to it (R. 225-81)
        added = (item.position for item in items if item.kind == "draft")
        return frozenset(added) if proxy and not clause else frozenset()

    @cached_property
    def hall(self) -> quorum.Hall:
        """The lines of presence, put in order once for all the instants at which they are looked at."""
        return quorum.Hall(self.attendances)

    @cached_property
    def closed_at(self) -> list[datetime]:
        """When the vote on each resolution closed; the meeting's hour as long as it has not."""
        return [row.voted_at or self.meeting.at for row in self.rows]

    def _in_room(self, row: Attendance) -> quorum.Attendance:
        key = row.holder.uid if row.holder else f"person:{row.person}"
        return quorum.Attendance(
            key, row.capacity, self.voices.get(key, NOBODY), arrived_at=row.arrived_at, left_at=row.left_at
        )

    def quorum_at(
        self, body: register.Body, instant: datetime, item: rules_agenda.Resolution | None = None
    ) -> Decision[quorum.Quorum]:
        """The quorum of a body at an instant, for one resolution or for the whole meeting."""
        day = self.meeting.day
        excluded = quorum.excluded_of(self.law, day, self.company, item) if item else frozenset[str]()
        pool = item.pool if item else body
        away = sum(self.voices[uid].of(pool).shares for uid in excluded if uid in self.voices)
        there = self.hall.presence(pool, instant, excluded)
        return quorum.quorum(
            self.law, day, self.company, body, call=self.meeting.call, base=self.base - away, presence=there
        )

    def every(self, item: rules_agenda.Resolution) -> int:
        """All the votes of the company on a resolution, those of shares that nobody votes included.

        Only majorities of an SAS or SARL are counted on them.
        """
        if self.company.form == "sa":
            return 0
        excluded = quorum.excluded_of(self.law, self.meeting.day, self.company, item)
        weights = [voice.of(item.pool) for uid, voice in self.voices.items() if uid not in excluded]
        votes = sum(weight.votes for weight in weights)
        if by_head(self.company, self.law, self.meeting.day):
            return votes
        away = sum(self.voices[uid].of(item.pool).shares for uid in excluded if uid in self.voices)
        return max(votes, self.base - away)

    # Ballots

    @cached_property
    def form_ballots(self) -> list[Ballot]:
        clause_rule = self.company.rule(self.law, "assembly.form.single-document", self.meeting.day)
        blank = self.company.rule(self.law, "assembly.proxy.blank", self.meeting.day)
        away = session.left_in_room(self.agenda, self.hall, self.closed_at)

        def answered(marks: Marks, clause: session.Clause, voice: register.Voice) -> Marks:
            """With the instruction for new resolutions: those of the session, and those that holders had added since."""
            later = self.agenda[len(marks) :]
            if not later:
                return marks
            said = (session.clause_choice(clause_rule, blank, clause, item, voice).value for item in later)
            return (*marks, *said)

        forms = [
            (uid, self.voices[uid], answered(marks, clause, self.voices[uid]))
            for uid, mode, _, marks, clause in self.forms
            if mode == "vote" and uid in self.voices
        ]
        return session.form_ballots(forms, self.agenda, away)

    @cached_property
    def room_ballots(self) -> list[Ballot]:
        return session.session_ballots(self.agenda, self.hall, self.closed_at, self._room_votes())

    def _room_votes(self) -> dict[tuple[str, int], tuple[int, int, int]]:
        rows = LiveVote.objects.filter(resolution__meeting=self.meeting).values_list(
            "holder__uid", "resolution__position", "votes_for", "votes_against", "votes_abstain"
        )
        votes = {(uid, position): (for_, against, abstain) for uid, position, for_, against, abstain in rows}
        rule = self.company.rule(self.law, "assembly.proxy.blank", self.meeting.day)
        for line in self.attendances:
            if line.by == quorum.CHAIR:
                items = [item for item in self.agenda if line.capacity == "represented" or item.position in line.left]
                for item, mark in zip(items, blank_choices(rule, items, line.voice).value, strict=True):
                    if mark is not None:
                        votes[line.holder, item.position] = mark
        return votes

    @cached_property
    def figures(self) -> list[Figures]:
        """Votes on each resolution, from the forms and from the room."""
        bodies = [item.pool for item in self.agenda]
        forms, room = tally(self.form_ballots, bodies), tally(self.room_ballots, bodies)
        return [Figures(one, other) for one, other in zip(forms, room, strict=True)]

    # Results

    @cached_property
    def declared(self) -> list[Decision[Result]]:
        """The result of each resolution under the law that counts this meeting's votes."""
        day = counting_day(self.law, self.meeting.day, self.company)
        return [
            declare(
                self.law, day, self.company, item, figures, quorum=self._quorum_of(row, item), every=self.every(item)
            )
            for row, item, figures in zip(self.rows, self.agenda, self.figures, strict=True)
        ]

    def _quorum_of(self, row: Resolution, item: rules_agenda.Resolution) -> quorum.Quorum:
        return self.quorum_at(item.body, row.voted_at or self.meeting.at, item).value

    @cached_property
    def published(self) -> list[Decision[Publication]]:
        """The figures that a listed company publishes."""
        return [
            publish(self.law, self.meeting.day, self.company, item, figures)
            for item, figures in zip(self.agenda, self.figures, strict=True)
        ]

    def under(self, other: date) -> list[Decision[Comparison]]:
        """The same ballots counted by the law of another day: a simulation, never a result."""
        day = counting_day(self.law, self.meeting.day, self.company)
        return [
            simulate(
                self.law,
                day,
                self.company,
                item,
                figures,
                other=other,
                quorum=self._quorum_of(row, item),
                every=self.every(item),
            )
            for row, item, figures in zip(self.rows, self.agenda, self.figures, strict=True)
        ]


def _marks(text: str) -> Marks:
    return tuple([mark and tuple(mark) for mark in orjson.loads(text)])


def _voice(shares: int, votes: int, *others: int | None) -> register.Voice:
    """What a holder may vote; nearly always the same in both bodies, and then it is the same object."""
    shares_extraordinary, votes_extraordinary, shares_profits, votes_profits = others
    ordinary, extraordinary = (
        register.Weight(shares, votes),
        register.Weight(shares_extraordinary or 0, votes_extraordinary or 0),
    )
    profits = None if votes_profits is None else register.Weight(shares_profits or 0, votes_profits)
    return register.Voice(ordinary, ordinary if ordinary == extraordinary else extraordinary, profits)


def proxy_key(holder: str | None, name: str) -> str:
    """Who represents, as the rules of presence name him: a holder's uid, the chair, somebody who is no holder, or ""."""
    return holder or (name if name in ("", quorum.CHAIR) else f"person:{name}")
