"""Counting: ballots in, whole numbers per resolution out.

The same count serves a hundred and a hundred thousand forms: the columns of one ballot are laid side by side in one
big integer, so a ballot is added to every resolution by a single addition. The slots are as wide as the largest total
can be, hence no figure is ever cut, at eight digits or at 2^64.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from struct import Struct
from typing import Literal

from opposable.systems.assembly.rules.register import Pool, Voice, Weight

Choice = tuple[int, int, int] | tuple[int, int, int, int]
"""(for, against, abstain) or (for, against, abstain, blank or null), in votes."""
Source = Literal["form", "session"]


class MiscountError(ValueError):
    """A ballot that cannot be counted: more votes than its holder has, a negative quantity, a choice too many."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """«Bulletin»: what one holder's votes said on every resolution, in agenda order.

    ``choices[i]`` is None when nothing was said on resolution i: an unmarked form, or nobody voted in the room.
    ``source`` is the postal or electronic form, or the session (present, and proxies for the represented).
    ``excluded`` holds the positions of resolutions on which this holder may not vote (related agreements), ``absent``
    those voted while he was not there: both from 0.
    """

    holder: str
    source: Source
    voice: Voice
    choices: tuple[Choice | None, ...]
    excluded: frozenset[int] = frozenset()
    absent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Count:
    """«Décompte» of one resolution from one source, in votes; ``shares`` are those whose votes were cast.

    ``silent`` are the votes of holders counted in the source who said nothing; ``excluded`` may not vote here and are
    in no other figure. Shares of a holder who cast only part of the votes count in proportion, rounded down.
    """

    for_: int = 0
    against: int = 0
    abstain: int = 0
    blank: int = 0
    silent: int = 0
    excluded: int = 0
    shares: int = 0

    @property
    def cast(self) -> int:
        """Votes cast for or against."""
        return self.for_ + self.against

    @property
    def held(self) -> int:
        """Votes held by those who took part, whatever they said."""
        return self.cast + self.abstain + self.blank + self.silent

    def __add__(self, other: "Count") -> "Count":
        return Count(*(getattr(self, name) + getattr(other, name) for name in COLUMNS))


COLUMNS = tuple(field.name for field in fields(Count))


class _Mark(tuple[int, int, int]):
    """A choice that is none: equal to no real choice, so that it gets columns of its own."""

    __slots__ = ()

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


EXCLUDED, ABSENT = _Mark((0, 0, 0)), _Mark((0, 0, 0))


def tally(ballots: Iterable[Ballot], bodies: Sequence[Pool]) -> tuple[Count, ...]:
    """Return one Count a resolution, in agenda order, for ballots of one source.

    ``bodies[i]`` is the body of resolution i: it decides which votes and shares of a holder count there.
    """
    ballots = [_barred(ballot) for ballot in ballots]
    kinds = tuple(dict.fromkeys(bodies))
    alike = _alike(ballots)
    width, pack = _slots(_largest(alike, kinds))
    places = [kinds.index(body) for body in bodies]
    total = 0
    for ballot, times in alike:
        if len(ballot.choices) != len(bodies):
            raise MiscountError(f"{ballot.holder}: {len(ballot.choices)} choices for {len(bodies)} resolutions")
        total += times * int.from_bytes(_row(ballot, kinds, places, pack), "little")
    count = len(COLUMNS)
    figures = total.to_bytes(width * count * len(bodies), "little")
    values = [int.from_bytes(figures[i : i + width], "little") for i in range(0, len(figures), width)]
    return tuple(Count(*values[i : i + count]) for i in range(0, len(values), count))


def _alike(ballots: Iterable[Ballot]) -> list[tuple[Ballot, int]]:
    """One ballot of those that say the same with the same votes, and how many there are: each kind is laid out once.

    The same objects are looked for, not equal ones: whoever reads a hundred thousand forms reads most of them into the same.
    """
    times: dict[tuple[int, int], int] = {}
    first: dict[tuple[int, int], Ballot] = {}
    for ballot in ballots:
        key = id(ballot.choices), id(ballot.voice)
        times[key] = times.get(key, 0) + 1
        first.setdefault(key, ballot)
    return [(ballot, times[key]) for key, ballot in first.items()]


def _largest(alike: list[tuple[Ballot, int]], kinds: Iterable[Pool]) -> int:
    """The largest figure that any column can reach: all the votes, or all the shares, of one body."""
    weights = [[(ballot.voice.of(body), times) for ballot, times in alike] for body in kinds]
    votes = [sum([times * weight.votes for weight, times in one]) for one in weights]
    shares = [sum([times * weight.shares for weight, times in one]) for one in weights]
    return max([*votes, *shares], default=0)


def _row(ballot: Ballot, kinds: Sequence[Pool], places: Sequence[int], pack: Callable[..., bytes]) -> bytes:
    """Return the columns of one ballot, resolution after resolution; ``places[i]`` is the place in ``kinds`` of body i."""
    weights = [ballot.voice.of(body) for body in kinds]
    if weights.count(weights[0]) == len(weights):  # as for nearly everyone: nothing is split between bodies
        return b"".join(map(_Cells(ballot.holder, weights[0], pack).__getitem__, ballot.choices))
    cells = [_Cells(ballot.holder, weight, pack) for weight in weights]
    return b"".join([cells[place][choice] for place, choice in zip(places, ballot.choices, strict=True)])


def _barred(ballot: Ballot) -> Ballot:
    """Put a mark on what does not count: what the holder may not vote, and what was voted without him."""
    if not (ballot.excluded or ballot.absent):
        return ballot
    choices: list[Choice | None] = list(ballot.choices)
    for i in ballot.absent:
        choices[i] = ABSENT
    for i in ballot.excluded - ballot.absent:
        choices[i] = EXCLUDED
    return replace(ballot, choices=tuple(choices), excluded=frozenset(), absent=frozenset())


def _slots(largest: int) -> tuple[int, Callable[..., bytes]]:
    """Return the width in bytes of a slot that holds the largest total, and what writes one row of such slots."""
    width = (largest.bit_length() + 7) // 8
    if width <= 8:
        return 8, Struct(f"<{len(COLUMNS)}Q").pack
    return width, lambda *figures: b"".join(figure.to_bytes(width, "little") for figure in figures)


class _Cells(dict[Choice | None, bytes]):
    """The columns of one holder, by choice: computed once for each different choice, usually one or two a ballot."""

    __slots__ = ("holder", "pack", "shares", "votes")

    def __init__(self, holder: str, weight: Weight, pack: Callable[..., bytes]) -> None:
        super().__init__()
        self.holder, self.votes, self.shares, self.pack = holder, weight.votes, weight.shares, pack

    def __missing__(self, choice: Choice | None) -> bytes:
        cell = self[choice] = self.pack(*self._figures(choice))
        return cell

    def _figures(self, choice: Choice | None) -> tuple[int, ...]:
        if choice is None:
            return 0, 0, 0, 0, self.votes, 0, 0
        if choice is EXCLUDED or choice is ABSENT:
            return 0, 0, 0, 0, 0, self.votes if choice is EXCLUDED else 0, 0
        for_, against, abstain = choice[:3]
        blank = choice[3] if len(choice) == 4 else 0
        cast = for_ + against
        silent = self.votes - cast - abstain - blank
        if for_ < 0 or against < 0 or abstain < 0 or blank < 0 or silent < 0:
            raise MiscountError(f"{self.holder}: {choice} out of {self.votes} votes")
        return for_, against, abstain, blank, silent, 0, self.shares * cast // self.votes if cast else 0
