"""«Jours fériés»: a dated table of holidays by territory, each with the text that makes it one.

The table answers only for the period it declares; a day from memory is a holiday all the same, but ``confirmed`` is
False and every trace says so. Easter is computed here (Gregorian computus).
"""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from opposable.law.errors import HolidayError
from opposable.law.text import Text, day_text, t

FIRST_GREGORIAN_YEAR = 1583


def easter(year: int) -> date:
    """Return Easter Sunday of a year of the Gregorian calendar (Meeus, "Astronomical Algorithms", ch. 8)."""
    if year < FIRST_GREGORIAN_YEAR:
        raise HolidayError(
            t(
                "Pâques ne se calcule ici qu’à partir de 1583 : demandez une année plus récente que {year}.",
                "Easter is computed here from 1583 on: ask for a later year than {year}.",
            ).format(year=year)
        )
    golden = year % 19
    century, in_century = divmod(year, 100)
    leap_centuries, century_rest = divmod(century, 4)
    lunar = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - lunar + 15) % 30
    leaps, year_rest = divmod(in_century, 4)
    to_sunday = (32 + 2 * century_rest + 2 * leaps - epact - year_rest) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)


@dataclass(frozen=True, slots=True)
class Zone:
    """Where a list of holidays applies; ``time`` is the IANA name of its clock, ``since`` its first day on file."""

    id: str
    label: Text
    time: str
    since: date


@dataclass(frozen=True, slots=True)
class Basis:
    """The text that makes days holidays in some zones, over a period (``until`` exclusive)."""

    zones: tuple[str, ...]
    days: tuple[str, ...]
    since: date
    until: date | None
    cite: tuple[str, ...]
    checked: date | None
    source: str
    status: str
    note: Text | None

    @property
    def confirmed(self) -> bool:
        """The text was read, not remembered."""
        return self.status == "confirmed" and self.checked is not None

    def makes(self, day_id: str, on: date, zone: str) -> bool:
        """Tell whether the text makes this day a holiday on that date in that zone."""
        in_force = self.since <= on and (self.until is None or on < self.until)
        return in_force and zone in self.zones and day_id in self.days


@dataclass(frozen=True, slots=True)
class Holiday:
    """One holiday of one year in one zone, with the texts that make it one."""

    on: date
    id: str
    name: Text
    texts: tuple[Basis, ...]

    @property
    def cite(self) -> tuple[str, ...]:
        """Citations of the texts, without repeats."""
        return tuple(dict.fromkeys(cite for text in self.texts for cite in text.cite))

    @property
    def confirmed(self) -> bool:
        """At least one of the texts was read."""
        return any(text.confirmed for text in self.texts)

    @property
    def why(self) -> Text:
        """Say the name, the citation, and whatever doubt there is: «8 Mai (C. trav., art. L. 3133-1)»."""
        head = self.name + f" ({' ; '.join(self.cite)})"
        for text in self.texts:
            if text.note:
                head = head + t(" [{note}]", " [{note}]").format(note=text.note)
        return head if self.confirmed else head + t(" [non confirmé]", " [unconfirmed]")


@dataclass(frozen=True, slots=True)
class _Day:
    id: str
    name: Text
    month: int
    day: int
    easter: int | None

    def on(self, year: int) -> date:
        if self.easter is not None:
            return easter(year) + timedelta(days=self.easter)
        return date(year, self.month, self.day)


class HolidayTable:
    """The holidays of all zones, by zone and year; ``digest`` is the SHA-256 of the file."""

    def __init__(
        self, zones: Mapping[str, Zone], days: tuple[_Day, ...], texts: tuple[Basis, ...], digest: str
    ) -> None:
        self.zones = zones
        self.texts = texts
        self.digest = digest
        self._days = days
        self._year = lru_cache(maxsize=1024)(self._compute_year)
        self._by_day = lru_cache(maxsize=1024)(self._compute_by_day)

    @classmethod
    def load(cls, path: Path) -> "HolidayTable":
        """Read ``holidays.toml``; HolidayError names what is wrong."""
        data = path.read_bytes()
        document = tomllib.loads(data.decode())
        zones = {row["id"]: Zone(row["id"], _text(row), row["time"], row["since"]) for row in document["zone"]}
        days = tuple(_day(row) for row in document["day"])
        texts = tuple(_basis(row, zones, {day.id for day in days}) for row in document["text"])
        return cls(zones, days, texts, hashlib.sha256(data).hexdigest())

    def zone(self, zone: str) -> Zone:
        """Return a zone by its id, or HolidayError with the ids on file."""
        try:
            return self.zones[zone]
        except KeyError:
            raise HolidayError(
                t(
                    "Aucun calendrier de jours fériés pour « {zone} » : choisissez parmi {zones}.",
                    "No holiday calendar for “{zone}”: choose among {zones}.",
                ).format(zone=zone, zones=", ".join(self.zones))
            ) from None

    def year(self, year: int, zone: str = "FR") -> tuple[Holiday, ...]:
        """Return the holidays of a year in a zone, in order; only those after the table's first day for the zone."""
        return self._year(year, self.zone(zone).id)

    def on(self, day: date, zone: str = "FR") -> Holiday | None:
        """Return the holiday that falls on a day in a zone, or None; HolidayError before the table's first day."""
        if day < (first := self.zones.get(zone) or self.zone(zone)).since:
            raise HolidayError(
                t(
                    "Aucun jour férié au dossier pour {zone} avant le {since} : le {day} ne se calcule pas.",
                    "No holiday on file for {zone} before {since}: {day} cannot be computed.",
                ).format(zone=first.label, since=day_text(first.since), day=day_text(day))
            )
        return self._by_day(day.year, zone).get(day)

    def _compute_by_day(self, year: int, zone: str) -> dict[date, Holiday]:
        # the first of a day wins, as they are in order
        return {one.on: one for one in reversed(self.year(year, zone))}

    def _compute_year(self, year: int, zone: str) -> tuple[Holiday, ...]:
        found: list[Holiday] = []
        for day in self._days:
            on = day.on(year)
            texts = tuple(text for text in self.texts if text.makes(day.id, on, zone))
            if texts and on >= self.zones[zone].since:
                found.append(Holiday(on, day.id, day.name, texts))
        return tuple(sorted(found, key=lambda holiday: holiday.on))


def _text(row: Mapping[str, Any]) -> Text:
    return t(row["fr"], row["en"])


def _day(row: Mapping[str, Any]) -> _Day:
    if ("date" in row) == ("easter" in row):
        raise HolidayError(
            t(
                "Jour « {id} » : donnez une date fixe (date) ou un écart à Pâques (easter), l’un des deux.",
                "Day “{id}”: give a fixed date (date) or a distance from Easter (easter), one of the two.",
            ).format(id=row["id"])
        )
    month, day = (int(part) for part in row.get("date", "01-01").split("-"))
    return _Day(row["id"], _text(row), month, day, row.get("easter"))


def _basis(row: Mapping[str, Any], zones: Mapping[str, Zone], days: set[str]) -> Basis:
    unknown = (set(row["zones"]) - set(zones)) | (set(row["days"]) - days)
    if unknown:
        raise HolidayError(
            t(
                "Texte {cite} : zones ou jours inconnus ({unknown}) ; corrigez-les.",
                "Text {cite}: unknown zones or days ({unknown}); correct them.",
            ).format(cite=", ".join(row["cite"]), unknown=", ".join(sorted(unknown)))
        )
    note = t(row["note_fr"], row["note_en"]) if "note_fr" in row else None
    return Basis(
        zones=tuple(row["zones"]),
        days=tuple(row["days"]),
        since=row["from"],
        until=row.get("until"),
        cite=tuple(row["cite"]),
        checked=row.get("checked"),
        source=row["source"],
        status=row.get("status", "confirmed" if "checked" in row else "unconfirmed"),
        note=note,
    )


HOLIDAYS = HolidayTable.load(Path(__file__).with_name("holidays.toml"))
