"""Time limits of civil procedure (CPC, art. 640 to 642), forwards with their shift, backwards without.

These rules govern a limit *before whose expiry an act must be done*. Counted backwards from an event («délai à rebours»)
article 642 does not apply (Cass. 2e civ., 14 févr. 1990, n° 88-19.900; 4 févr. 1998, n° 96-13.391): no shift.
"""

from datetime import date
from functools import lru_cache

from opposable.law.calendar.days import (
    days_before,
    months_before,
    not_negative,
    step_of_days,
    step_of_months,
    step_of_years,
)
from opposable.law.calendar.working import steps_of_shift
from opposable.law.errors import CalendarError
from opposable.law.text import Text, day_text, t
from opposable.law.trace import Step, Trace


def cpc_deadline(
    event: date, *, years: int = 0, months: int = 0, days: int = 0, zone: str = "FR"
) -> tuple[date, Trace]:
    """Return the last day of a limit that an event sets running; it ends that day at 24:00 (see ``end_of_day``).

    The day of the event does not count (art. 641, al. 1); years and months first, then days (al. 3); a limit that would
    expire on a Saturday, a Sunday or a holiday of the zone runs to the next working day (art. 642, al. 2).
    """
    _some(years, months, days)
    found, steps = event, [_origin(event)]
    # Years and months together: 29 February plus a year and a month is the 29th of March, not the 28th.
    if months or years:
        found, step = step_of_months(found, 12 * years + months) if months else step_of_years(found, years)
        steps.append(step)
    if days:
        found, step = step_of_days(found, days)
        steps.append(step)
    found, shifted = steps_of_shift(found, zone, 1, "CPC, art. 642, al. 2")
    return found, Trace((*steps, *shifted, _expiry(found)))


def cpc_deadline_before(event: date, *, months: int = 0, days: int = 0) -> tuple[date, Trace]:
    """«Délai à rebours»: return the last day on which an act may still be done a given time before an event.

    The day of the event does not count and the day found does: 15 days before the 30th is the 15th. No shift.
    """
    _some(0, months, days)
    found, trace = event, Trace((_origin(event),))
    for count, step in ((months, months_before), (days, days_before)):
        if count:
            found, more = step(found, count)
            trace += more
    what = t("Report éventuel", "Any shift")
    how = t(
        "délai à rebours : l’article 642 du CPC ne s’applique pas (Cass. 2e civ., 4 févr. 1998, n° 96-13.391)",
        "limit counted backwards: article 642 of the CPC does not apply (Cass. 2e civ., 4 Feb. 1998, no. 96-13.391)",
    )
    return found, trace + Trace((Step(what, how, found.isoformat()),))


def _some(years: int, months: int, days: int) -> None:
    if not (not_negative(years) or not_negative(months) or not_negative(days)):
        raise CalendarError(
            t(
                "Un délai a une durée : donnez des ans, des mois ou des jours.",
                "A time limit has a length: give years, months or days.",
            )
        )


def _origin(event: date) -> Step:
    how = t(
        "date de l’acte ou de l’événement, qui ne compte pas (CPC, art. 640 et 641)",
        "date of the act or event, which does not count (CPC, art. 640 and 641)",
    )
    return Step(t("Point de départ", "Starting point"), how, event.isoformat())


@lru_cache(maxsize=8192)
def _expiry(day: date) -> Step:
    on = day_text(day, weekday=True)
    how = Text(f"le {on.fr} à vingt-quatre heures (CPC, art. 642, al. 1)", f"{on.en} at 24:00 (CPC, art. 642, al. 1)")
    return Step(t("Expiration", "Expiry"), how, day.isoformat())
