"""«Instant». A field of a date and time as the clocks of Paris show it; in the hour that comes twice in October, with its offset.

A browser's own field takes no offset, and shows nothing of what it does not read: then the field is one of text, and keeps it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import forms

from opposable.law import PARIS, Text, t
from opposable.systems.traffic.rules.selecting import twice
from opposable.web.forms import words
from opposable.web.language import say

TWICE = t(
    "Les horloges ont montré cette heure deux fois cette nuit-là : écrivez {first} ou {second}.",
    "The clocks showed this hour twice that night: write {first} or {second}.",
)
NEVER = t(
    "Les horloges n’ont pas montré cette heure : elles ont avancé cette nuit-là. Prenez-en une avant ou après.",
    "The clocks did not show this hour: they went forward that night. Take one before or after.",
)
_PLAIN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?")


class MomentInput(forms.DateTimeInput):
    """The browser's field, or one of text for what that cannot hold."""

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        shown = context["widget"]["value"]
        if not shown or (_PLAIN.fullmatch(shown) and not _changing(shown)):
            context["widget"]["type"] = "datetime-local"
            context["widget"]["attrs"]["step"] = "1"
        return context


class Moment(forms.DateTimeField):
    """A time as the clocks of Paris show it, or with its offset."""

    def to_python(self, value: Any) -> datetime | None:
        """What was typed, with its zone."""
        try:
            return super().to_python(value)
        except forms.ValidationError as error:
            if getattr(error, "code", "") != "ambiguous_timezone":
                raise
        at = datetime.fromisoformat(str(value).strip())
        first, second = (at.replace(tzinfo=PARIS, fold=fold).isoformat() for fold in (0, 1))
        said: Text = TWICE.format(first=first, second=second) if twice(at) else NEVER
        raise forms.ValidationError(say(said))


def moment(fr: str, en: str, *, required: bool = True) -> Moment:
    """A field of a form."""
    formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M"]
    widget = MomentInput(format=formats[0], attrs={"spellcheck": "false"})
    return Moment(label=words(fr, en), widget=widget, input_formats=formats, required=required)


def shown(at: datetime) -> datetime | str:
    """As a field shows an instant that is on file, to the second; with its offset where the clocks showed it twice."""
    there = at.astimezone(PARIS).replace(microsecond=0)
    return there.isoformat() if twice(there.replace(tzinfo=None)) else there.replace(tzinfo=None)


def _changing(text: str) -> bool:
    """Whether the clocks changed over it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    first, second = (at.replace(tzinfo=PARIS, fold=fold).utcoffset() for fold in (0, 1))
    return first != second
