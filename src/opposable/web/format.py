"""Numbers, amounts, dates and instants as people read them. The exact value is always in the export and in ``datetime=``."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from opposable.law.text import DAYS_EN, DAYS_FR, MONTHS_EN, MONTHS_FR, Text, t

PARIS = "Europe/Paris"
THIN = "\u202f"
NBSP = "\u00a0"
SHORT_MONTHS_FR = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
ZONE_LABELS = {
    "Europe/Paris": t("Paris", "Paris"),
    "America/Cayenne": t("Cayenne", "Cayenne"),
    "America/Guadeloupe": t("Guadeloupe", "Guadeloupe"),
    "America/Martinique": t("Martinique", "Martinique"),
    "America/Miquelon": t("Saint-Pierre-et-Miquelon", "Saint Pierre and Miquelon"),
    "Indian/Mayotte": t("Mayotte", "Mayotte"),
    "Indian/Reunion": t("La Réunion", "Réunion"),
    "Pacific/Noumea": t("Nouméa", "Nouméa"),
    "Pacific/Tahiti": t("Tahiti", "Tahiti"),
    "UTC": t("UTC", "UTC"),
}


def number_text(value: int | Decimal | str | None, lang: str) -> str:
    """Group the digits of an exact number: ``1 234,5`` in French (narrow non-breaking spaces), ``1,234.5`` in English.

    A float is refused: amounts of the register are exact.
    """
    if value is None or value == "":
        return "–"
    if isinstance(value, float):
        raise TypeError("a register shows exact numbers: give an int, a Decimal or a decimal string")
    grouped = f"{Decimal(value):,f}"
    if lang == "en":
        return grouped.replace("-", "\u2212")
    return grouped.replace(",", THIN).replace(".", ",").replace("-", "\u2212")


def money_text(cents: int, lang: str, currency: str = "€") -> str:
    """Write integer cents: ``1 234,56 €`` / ``€1,234.56``."""
    sign = "\u2212" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    if lang == "en":
        return f"{sign}{currency}{whole:,}.{rest:02}"
    return f"{sign}{number_text(whole, lang)},{rest:02}{NBSP}{currency}"


def percent_text(part: int, whole: int, lang: str, places: int = 2) -> str:
    """Write ``part / whole`` as a percentage cut (not rounded) after ``places`` decimals, from integers only.

    Cutting never shows a threshold as reached when it is not. ``whole`` = 0 gives a dash.
    """
    if whole == 0:
        return "–"
    scaled = abs(part) * 100 * 10**places // abs(whole)
    units, rest = divmod(scaled, 10**places)
    sign = "\u2212" if (part < 0) != (whole < 0) and scaled else ""
    tail = f"{'.' if lang == 'en' else ','}{rest:0{places}}" if places else ""
    return f"{sign}{number_text(units, lang)}{tail}" + ("%" if lang == "en" else f"{NBSP}%")


def zone_label(zone: str) -> Text:
    """The place a zone is called after, for people."""
    name = zone.rsplit("/", 1)[-1].replace("_", " ")
    return ZONE_LABELS.get(zone, t(name, name))


def legal_date_text(day: date, lang: str, style: str = "medium") -> str:
    """Write a date. Styles: ``short`` 30/03/2026 · ``medium`` lun. 30 mars 2026 · ``long`` lundi 30 mars 2026 · ``day`` 30 mars 2026."""
    if style == "short":
        return f"{day:%d/%m/%Y}" if lang == "fr" else f"{day:%Y-%m-%d}"
    weekday = (DAYS_EN if lang == "en" else DAYS_FR)[day.weekday()]
    if style == "medium":
        weekday = weekday[:3] if lang == "en" else weekday[:3] + "."
    number = "1er" if day.day == 1 and lang == "fr" else str(day.day)
    words = [number, _month(day, lang, style), str(day.year)]
    if style == "long":
        return f"{weekday} {NBSP.join(words)}"  # too long to be one word: a narrow column would cut the year
    return NBSP.join(words if style == "day" else [weekday, *words])


def _month(day: date, lang: str, style: str) -> str:
    if lang == "en":
        return MONTHS_EN[day.month - 1][:3] if style == "medium" else MONTHS_EN[day.month - 1]
    return SHORT_MONTHS_FR[day.month - 1] if style == "medium" else MONTHS_FR[day.month - 1]


def legal_time_text(instant: datetime, lang: str, style: str = "time", zone: str = PARIS) -> str:
    """Write an instant in legal time with its zone; what is below the shown precision is cut, never rounded up.

    Styles: ``time`` 15:00:00 Paris · ``minute`` 15:00 Paris · ``short`` lun. 30 mars 2026, 15:00 Paris ·
    ``second`` lun. 30 mars 2026, 15:00:00 Paris ·
    ``long`` lundi 30 mars 2026, 15:00:00 Paris · ``exact`` dim. 29 mars 2026, 15:00:01,204317 Paris, with the microseconds there are ·
    ``auto`` as time, with the milliseconds there are.
    """
    local = instant.astimezone(ZoneInfo(zone))
    text = NBSP.join([_clock(local, lang, style), *_offset(local), zone_label(zone).of(lang)])
    if style in ("short", "second", "long", "exact"):
        text = f"{legal_date_text(local.date(), lang, 'long' if style == 'long' else 'medium')}, {text}"
    return text


def _clock(local: datetime, lang: str, style: str) -> str:
    if style in ("minute", "short"):
        return f"{local:%H:%M}"
    point = "." if lang == "en" else ","
    if style == "exact" and local.microsecond:
        return f"{local:%H:%M:%S}{point}{local.microsecond:06}"
    if style == "auto" and local.microsecond // 1000:
        return f"{local:%H:%M:%S}{point}{local.microsecond // 1000:03}"
    return f"{local:%H:%M:%S}"


def _offset(local: datetime) -> list[str]:
    """The UTC offset, only in the hour that the change to winter time makes happen twice."""
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return []
    if (local + timedelta(hours=2)).utcoffset() == (local - timedelta(hours=2)).utcoffset():
        return []
    hours = (local.utcoffset() or timedelta()) // timedelta(hours=1)
    return [f"(UTC{hours:+})"]


def utc_text(instant: datetime) -> str:
    """The same instant for machines: ``2026-03-29T13:00:00.000000Z`` without useless zeros."""
    text = instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"


def span_text(span: timedelta, lang: str) -> str:
    """Write a length of time in its two largest units: ``2 j 4 h``, ``1 h 12 min``, ``1 min 19 s``."""
    seconds = int(abs(span).total_seconds())
    units = [("d" if lang == "en" else "j", 86400), ("h", 3600), ("min", 60), ("s", 1)]
    parts: list[tuple[int, str]] = []
    for name, size in units:
        count, seconds = divmod(seconds, size)
        if count or parts or size == 1:
            parts.append((count, name))
    return NBSP.join(f"{count}{NBSP}{name}" for i, (count, name) in enumerate(parts[:2]) if count or not i)
