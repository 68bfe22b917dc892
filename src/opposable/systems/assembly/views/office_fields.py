"""Form fields of the office: legal days and hours, amounts in whole numbers, choices in the language of the page."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time

from django import forms
from django.utils.functional import lazy

from opposable.law import CalendarError, instant
from opposable.law.text import Text
from opposable.systems.assembly.views.office_base import Label
from opposable.web.language import say

LARGEST = 2**53 - 1
"""The largest whole number that the register carries."""


def choices(options: Mapping[str, Text] | Iterable[tuple[str, Text]]) -> list[tuple[str, Label]]:
    """Choices of a field, each said in the language of the page when it is drawn."""
    pairs = options.items() if isinstance(options, Mapping) else options
    return [(key, lazy(say, str)(label)) for key, label in pairs]


def day_field(label: Label, help_text: Label = "", *, required: bool = True) -> forms.DateField:
    """A calendar day, in the browser's own picker."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(
        label=label, help_text=help_text, required=required, widget=widget, input_formats=["%Y-%m-%d"]
    )


def hour_field(label: Label, help_text: Label = "", *, required: bool = True) -> forms.TimeField:
    """A clock hour, in legal time."""
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    formats = ["%H:%M", "%H:%M:%S"]
    return forms.TimeField(label=label, help_text=help_text, required=required, widget=widget, input_formats=formats)


def long_text(label: Label, help_text: Label = "", *, required: bool = True, rows: int = 4) -> forms.CharField:
    """Several lines of text."""
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget, max_length=20_000)


def whole_field(label: Label, help_text: Label = "", *, least: int = 0, required: bool = True) -> forms.IntegerField:
    """A whole number that the register can carry exactly."""
    widget = forms.NumberInput(attrs={"inputmode": "numeric", "step": "1"})
    return forms.IntegerField(
        label=label, help_text=help_text, min_value=least, max_value=LARGEST, required=required, widget=widget
    )


def legal_instant(form: forms.Form, day: str, hour: str, zone: str) -> datetime | None:
    """The instant of two fields of a cleaned form in a zone; None, and the error beside the hour, when there is none.

    The clocks skip an hour once a year: a meeting cannot be held at it.
    """
    on, at = form.cleaned_data.get(day), form.cleaned_data.get(hour)
    if not isinstance(on, date) or not isinstance(at, time):
        return None
    try:
        return instant(on, at, zone)
    except CalendarError as error:
        form.add_error(hour, say(error.text))
        return None
