"""Clock time: from a day and an hour in a zone to an instant, and back; limits counted in hours.

An instant is always an aware UTC datetime. A zone is a ZoneInfo, an IANA name ("Europe/Paris") or the id of a holiday
zone ("FR", "974"), whose clock is then taken.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opposable.law.calendar.days import days_before, not_negative
from opposable.law.errors import CalendarError
from opposable.law.holidays import HOLIDAYS
from opposable.law.plain import instant_text
from opposable.law.text import Text, day_text, t, time_text
from opposable.law.trace import Step, Trace

PARIS = ZoneInfo("Europe/Paris")
MIDNIGHT = time(0, 0)


@lru_cache(maxsize=256)
def zone_of(zone: ZoneInfo | str) -> ZoneInfo:
    """Return the clock of a zone; CalendarError when it is unknown."""
    if isinstance(zone, ZoneInfo):
        return zone
    name = HOLIDAYS.zones[zone].time if zone in HOLIDAYS.zones else zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise CalendarError(
            t(
                "Fuseau inconnu « {zone} » : donnez un nom comme Europe/Paris ou un territoire comme 974.",
                "Unknown zone “{zone}”: give a name such as Europe/Paris or a territory such as 974.",
            ).format(zone=zone)
        ) from None


def instant(day: date, at: time, zone: ZoneInfo | str = PARIS) -> datetime:
    """Return the UTC instant at which the clocks of a zone show an hour on a day.

    CalendarError for an hour that the clocks skip that day. An hour that they show twice is the first of the two,
    unless ``at.fold`` is 1.
    """
    clock = zone_of(zone)
    shown = datetime.combine(day, at.replace(tzinfo=None))
    found = shown.replace(tzinfo=clock).astimezone(UTC)
    if found.astimezone(clock).replace(tzinfo=None) != shown:
        raise CalendarError(
            t(
                "Les horloges ({zone}) n’indiquent jamais {at} le {day} : choisissez une autre heure.",
                "The clocks ({zone}) never show {at} on {day}: choose another hour.",
            ).format(zone=clock.key, at=time_text(at), day=day_text(day))
        )
    return found


def local(moment: datetime, zone: ZoneInfo | str = PARIS) -> datetime:
    """Return an aware instant as the clocks of a zone show it; CalendarError for an instant without a zone."""
    if moment.tzinfo is None:
        raise CalendarError(
            t(
                "Cet instant n’a pas de fuseau : donnez-le en UTC.",
                "This instant has no zone: give it in UTC.",
            )
        )
    return moment.astimezone(zone_of(zone))


def local_day(moment: datetime, zone: ZoneInfo | str = PARIS) -> date:
    """Return the day that the calendars of a zone show at an instant."""
    return local(moment, zone).date()


def end_of_day(day: date, zone: ZoneInfo | str = PARIS) -> datetime:
    """Return the UTC instant of 24:00 on a day: what is due that day comes before it (CPC, art. 642, al. 1)."""
    return instant(day + timedelta(days=1), MIDNIGHT, zone)


def instant_traced(day: date, at: time, zone: ZoneInfo | str = PARIS) -> tuple[datetime, Trace]:
    """Return the UTC instant of an hour on a day in a zone, and how it was found."""
    found = instant(day, at, zone)
    what = t("Le {day} à {at}, {clock}", "{day} at {at}, {clock}").format(
        day=day_text(day, weekday=True), at=time_text(at), clock=_clock_text(zone_of(zone))
    )
    how = t("ce jour-là, l’heure légale est UTC{offset}", "on that day legal time is UTC{offset}").format(
        offset=_offset(found, zone)
    )
    return found, Trace((Step(what, how, instant_text(found)),))


def instant_before(day: date, n: int, at: time, zone: ZoneInfo | str = PARIS) -> tuple[datetime, Trace]:
    """Return the UTC instant of an hour ``n`` calendar days before a day: «la veille à 15 heures» is ``n = 1``.

    The day is found on the calendar first and the hour on the clock of that day after: never by taking hours away.
    """
    found, counted = days_before(day, n)
    moment, shown = instant_traced(found, at, zone)
    return moment, counted + shown


def hours_after(moment: datetime, n: int, zone: ZoneInfo | str = PARIS) -> tuple[datetime, Trace]:
    """Return the instant ``n`` full hours after an instant: hours that really pass, whatever the clocks do."""
    return _hours(moment, not_negative(n), zone, t("après", "after"))


def hours_before(moment: datetime, n: int, zone: ZoneInfo | str = PARIS) -> tuple[datetime, Trace]:
    """Return the instant ``n`` full hours before an instant: hours that really pass, whatever the clocks do."""
    return _hours(moment, -not_negative(n), zone, t("avant", "before"))


def _hours(moment: datetime, n: int, zone: ZoneInfo | str, side: Text) -> tuple[datetime, Trace]:
    start = local(moment, zone)
    found = moment.astimezone(UTC) + timedelta(hours=n)
    end = local(found, zone)
    what = t("{n} h {side} le {day} à {at}", "{n} h {side} {day} at {at}").format(
        n=abs(n), side=side, day=day_text(start), at=time_text(start)
    )
    how = t("d’heure à heure, {clock} : le {day} à {at}", "hour by hour, {clock}: {day} at {at}").format(
        clock=_clock_text(zone_of(zone)), day=day_text(end), at=time_text(end)
    )
    if start.utcoffset() != end.utcoffset():
        how = how + t(" (les horloges changent entre-temps)", " (the clocks change in between)")
    return found, Trace((Step(what, how, instant_text(found)),))


def _clock_text(clock: ZoneInfo) -> Text:
    if clock.key == PARIS.key:
        return t("heure de Paris", "Paris time")
    return t("heure de {key}", "{key} time").format(key=clock.key)


def _offset(moment: datetime, zone: ZoneInfo | str) -> str:
    seconds = int((local(moment, zone).utcoffset() or timedelta()).total_seconds())
    hours, minutes = divmod(abs(seconds) // 60, 60)
    sign = "-" if seconds < 0 else "+"
    return f"{sign}{hours}" if not minutes else f"{sign}{hours}:{minutes:02}"
