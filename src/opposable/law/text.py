"""Two languages side by side: every sentence shown to people is written once in French and once in English.

There is no message catalogue: both wordings stand at the place that needs them, so a change of one is seen beside
the other.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache

LANGUAGES = ("fr", "en")
_NARROW = re.compile(r" (?=[;?!])")
_FORMS = re.compile(r"\(([^()|]*)\|([^()|]*)\)")
_WIDE = re.compile(r" (?=[:»%€])|(?<=«) |(?<=\bn°) |(?<=\bart\.) |(?<=\bal\.) |(?<=§) ")
MONTHS_FR = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
MONTHS_EN = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
DAYS_FR = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
DAYS_EN = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


@dataclass(frozen=True, slots=True, init=False)
class Text:
    """A sentence in French and in English; ``str()`` gives the French, the default of the house."""

    fr: str
    en: str

    def __init__(self, fr: str, en: str) -> None:
        # The slots themselves: what a frozen dataclass writes here by itself takes twice as long, and workings are made of texts
        _set_fr(self, fr)
        _set_en(self, en)

    def of(self, lang: str) -> str:
        """Return the wording for a language tag (``"en"``, ``"en-gb"`` → English; anything else → French)."""
        return self.en if lang.lower().split("-")[0] == "en" else self.fr

    def format(self, **values: object) -> "Text":
        """Fill the ``{name}`` places of both wordings; a value that is itself a Text goes in by its own language."""
        fr = en = values
        for name, value in values.items():
            if isinstance(value, Text):
                if fr is en:
                    fr, en = dict(values), dict(values)
                fr[name], en[name] = value.fr, value.en
        return Text(self.fr.format_map(fr), self.en.format_map(en))

    def counted(self, n: int) -> "Text":
        """Choose the form of each ``(one|several)`` by a number: in French 0 and 1 are singular, in English 1 alone."""
        fr, en = 1 if abs(n) < 2 else 2, 1 if abs(n) == 1 else 2
        return Text(_FORMS.sub(rf"\{fr}", self.fr), _FORMS.sub(rf"\{en}", self.en))

    def capital(self) -> "Text":
        """Give both wordings a capital first letter."""
        return Text(self.fr[:1].upper() + self.fr[1:], self.en[:1].upper() + self.en[1:])

    def as_data(self) -> dict[str, str]:
        """Return ``{"fr": …, "en": …}`` for JSON."""
        return {"fr": self.fr, "en": self.en}

    def __add__(self, other: "Text | str") -> "Text":
        """Put two texts end to end; a plain string serves both languages."""
        if isinstance(other, str):
            return Text(self.fr + other, self.en + other)
        return Text(self.fr + other.fr, self.en + other.en)

    def __str__(self) -> str:
        return self.fr


_set_fr, _set_en = Text.__dict__["fr"].__set__, Text.__dict__["en"].__set__


@lru_cache(maxsize=8192)
def t(fr: str, en: str) -> Text:
    """Write a sentence in both languages: ``t("Assemblées", "Meetings")``.

    Plain spaces are written before : ; ? ! and inside « »: ``typographic`` makes them non-breaking where it is shown.
    """
    return Text(fr, en)


@lru_cache(maxsize=4096)
def typographic(fr: str) -> str:
    """Make the spaces of French punctuation non-breaking: before : ; ? ! » % €, after «, n°, art., al. and §."""
    return _WIDE.sub("\u00a0", _NARROW.sub("\u202f", fr))


def join(parts: Iterable[Text | str], separator: Text | str = ", ") -> Text:
    """Join texts; plain strings serve both languages."""
    both = [part if isinstance(part, Text) else Text(part, part) for part in parts]
    between = separator if isinstance(separator, Text) else Text(separator, separator)
    return Text(between.fr.join(part.fr for part in both), between.en.join(part.en for part in both))


@lru_cache(maxsize=8192)
def day_text(day: date, *, weekday: bool = False) -> Text:
    """Write a date for people: «1er mai 2026» / "1 May 2026", with its weekday when asked."""
    number = "1er" if day.day == 1 else str(day.day)
    fr = f"{number} {MONTHS_FR[day.month - 1]} {day.year}"
    en = f"{day.day} {MONTHS_EN[day.month - 1]} {day.year}"
    if weekday:
        return Text(f"{DAYS_FR[day.weekday()]} {fr}", f"{DAYS_EN[day.weekday()]} {en}")
    return Text(fr, en)


def time_text(at: time | datetime) -> Text:
    """Write a clock time for people: «15 h 00» / "15:00", with seconds and fractions only when there are any."""
    fr, en = f"{at.hour} h {at.minute:02}", f"{at.hour:02}:{at.minute:02}"
    if at.second or at.microsecond:
        fr, en = f"{fr} min {at.second:02}", f"{en}:{at.second:02}"
        if at.microsecond:
            fraction = f"{at.microsecond:06}".rstrip("0")
            return Text(f"{fr},{fraction} s", f"{en}.{fraction}")
        return Text(f"{fr} s", en)
    return Text(fr, en)
