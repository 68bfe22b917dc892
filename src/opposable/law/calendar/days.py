"""Calendar days, clear days and months: plain counts, with no shift for week-ends or holidays.

«Jours calendaires»: all days count. «Jours francs»: neither the day of the act nor the day of the event counts, so that
whole days lie between. Months: the same day of the month, or its last day when there is none (CPC, art. 641, al. 2).
"""

from datetime import date, timedelta
from functools import lru_cache

from opposable.law.errors import CalendarError
from opposable.law.text import Text, day_text, t
from opposable.law.trace import Step, Trace


def not_negative(n: int) -> int:
    """Refuse a negative count: backwards and forwards are two functions."""
    if n < 0:
        raise CalendarError(
            t(
                "Un nombre négatif ({n}) ne se compte pas : employez la fonction de l’autre sens.",
                "A negative number ({n}) is not counted: use the function of the other direction.",
            ).format(n=n)
        )
    return n


def moved(day: date, n: int) -> date:
    """Return a day plus ``n`` days; CalendarError outside the years 1 to 9999."""
    try:
        return day + timedelta(days=n)
    except OverflowError:
        raise CalendarError(
            t(
                "Compter {n} jours depuis le {day} sort du calendrier : vérifiez le nombre.",
                "Counting {n} days from {day} leaves the calendar: check the number.",
            ).format(n=n, day=day_text(day))
        ) from None


def days_before(day: date, n: int) -> tuple[date, Trace]:
    """Return the ``n``-th calendar day before a day, which is not counted: ``D - n``."""
    found = moved(day, -not_negative(n))
    how = t(
        "on recule de {days} de calendrier, le jour même n’étant pas compté ; pas de report",
        "{days} back on the calendar, the day itself not counted; no shift",
    ).format(days=days_text(n))
    return found, _one(_before(days_text(n), day), how, found)


def days_after(day: date, n: int) -> tuple[date, Trace]:
    """Return the ``n``-th calendar day after a day, which is not counted: ``D + n``."""
    found, step = step_of_days(day, n)
    return found, Trace((step,))


def step_of_days(day: date, n: int) -> tuple[date, Step]:
    """``days_after`` as one step of a longer working."""
    found = moved(day, not_negative(n))
    how = t(
        "on avance de {days} de calendrier, le jour même n’étant pas compté",
        "{days} forward on the calendar, the day itself not counted",
    ).format(days=days_text(n))
    return found, Step(_after(days_text(n), day), how, found.isoformat())


def clear_days_before(day: date, n: int) -> tuple[date, Trace]:
    """«Jours francs» à rebours: return the last day that leaves ``n`` whole days before a day: ``D - n - 1``."""
    found = moved(day, -not_negative(n) - 1)
    how = _clear_how(moved(day, -n), moved(day, -1), n)
    return found, _one(_before(clear_text(n), day), how, found)


def clear_days_after(day: date, n: int) -> tuple[date, Trace]:
    """«Jours francs»: return the first day that leaves ``n`` whole days after a day: ``D + n + 1``.

    For an act that must wait, it is the first lawful day; for one that must be done within clear days, the last.
    """
    found = moved(day, not_negative(n) + 1)
    how = _clear_how(moved(day, 1), moved(day, n), n)
    return found, _one(_after(clear_text(n), day), how, found)


def days_between(first: date, second: date) -> int:
    """Return how many calendar days lead from one day to a later one (the first is not counted, the last is)."""
    return (second - first).days


def clear_days_between(first: date, second: date) -> int:
    """Return how many whole days lie between two days, neither being counted (0 when they touch)."""
    return max(0, (second - first).days - 1)


def months_after(day: date, n: int) -> tuple[date, Trace]:
    """Return the day ``n`` months later that bears the same number, or the last of the month (CPC, art. 641)."""
    found, step = step_of_months(day, n)
    return found, Trace((step,))


def step_of_months(day: date, n: int) -> tuple[date, Step]:
    """``months_after`` as one step of a longer working."""
    found, kept = _months(day, not_negative(n))
    return found, Step(_after(months_text(n), day), _months_how(kept), found.isoformat())


def months_before(day: date, n: int) -> tuple[date, Trace]:
    """Return the day ``n`` months earlier that bears the same number, or the last of the month."""
    found, kept = _months(day, -not_negative(n))
    return found, _one(_before(months_text(n), day), _months_how(kept), found)


def years_after(day: date, n: int) -> tuple[date, Trace]:
    """Return the day ``n`` years later that bears the same number, or the last of the month (29 February)."""
    found, step = step_of_years(day, n)
    return found, Trace((step,))


def step_of_years(day: date, n: int) -> tuple[date, Step]:
    """``years_after`` as one step of a longer working."""
    found, kept = _months(day, 12 * not_negative(n))
    return found, Step(_after(years_text(n), day), _months_how(kept), found.isoformat())


@lru_cache(maxsize=1024)
def days_text(n: int) -> Text:
    """«3 jours» / "3 days"."""
    return t("{n} jour{s}", "{n} day{e}").format(n=n, s="s" if n > 1 else "", e="" if n == 1 else "s")


@lru_cache(maxsize=1024)
def clear_text(n: int) -> Text:
    """«3 jours francs» / "3 clear days"."""
    return t("{n} jour{s} franc{s}", "{n} clear day{e}").format(n=n, s="s" if n > 1 else "", e="" if n == 1 else "s")


@lru_cache(maxsize=1024)
def months_text(n: int) -> Text:
    """«3 mois» / "3 months"."""
    return t("{n} mois", "{n} month{e}").format(n=n, e="" if n == 1 else "s")


@lru_cache(maxsize=1024)
def years_text(n: int) -> Text:
    """«3 ans» / "3 years"."""
    return t("{n} an{s}", "{n} year{e}").format(n=n, s="s" if n > 1 else "", e="" if n == 1 else "s")


def _before(count: Text, day: date) -> Text:
    on = day_text(day, weekday=True)
    return Text(f"{count.fr} avant le {on.fr}", f"{count.en} before {on.en}")


def _after(count: Text, day: date) -> Text:
    on = day_text(day, weekday=True)
    return Text(f"{count.fr} après le {on.fr}", f"{count.en} after {on.en}")


def _clear_how(first: date, last: date, n: int) -> Text:
    if n == 0:
        return t("aucun jour entier entre les deux ; pas de report", "no whole day in between; no shift")
    return t(
        "ni le jour de départ ni le jour d’arrivée ne comptent : les jours entiers vont du {first} au {last} ; pas de report",
        "neither the day it starts from nor the day reached counts: the whole days run from {first} to {last}; no shift",
    ).format(first=day_text(first), last=day_text(last))


def _months(day: date, n: int) -> tuple[date, bool]:
    """Return the day moved by months, and whether its number could be kept."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    for number in range(day.day, 27, -1):
        try:
            return date(year, month + 1, number), number == day.day
        except ValueError:
            continue
    try:
        return date(year, month + 1, day.day), True
    except ValueError:
        raise CalendarError(
            t(
                "Compter {n} mois depuis le {day} sort du calendrier : vérifiez le nombre.",
                "Counting {n} months from {day} leaves the calendar: check the number.",
            ).format(n=n, day=day_text(day))
        ) from None


def _months_how(kept: bool) -> Text:
    if kept:
        return t("même quantième (CPC, art. 641, al. 2)", "same day of the month (CPC, art. 641, al. 2)")
    return t(
        "pas de quantième identique : dernier jour du mois (CPC, art. 641, al. 2)",
        "no such day in that month: its last day (CPC, art. 641, al. 2)",
    )


def _one(what: Text, how: Text, found: date) -> Trace:
    return Trace((Step(what, how, found.isoformat()),))
