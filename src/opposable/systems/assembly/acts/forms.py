"""What the acts and pages of voting forms share: their modes, those that count, the agenda that they answer."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import QuerySet

from opposable.systems.assembly.models import Form, Meeting, Resolution
from opposable.systems.assembly.rules.forms import changes

T = TypeVar("T")
PROXIES = ("proxy-chair", "proxy-person", "proxy-blank")
MODES = ("vote", *PROXIES)
COUNTED = ("counted", "amended")


def only(rows: QuerySet[Any, T]) -> T | None:
    """The one row there is, if any: `first` would have the database put in order what is alone."""
    return next(iter(rows[:1]), None)


def agenda_of(meeting: Meeting) -> list[Resolution]:
    """The resolutions put before the meeting, in their order; amendments and new ones of the session come after."""
    return list(meeting.resolutions.filter(kind="draft").select_related("request").order_by("position"))


def mode_of(form: Form) -> changes.Mode:
    """A vote, or a proxy: what R. 22-10-28, III calls a mode."""
    return "proxy" if form.mode in PROXIES else "vote"
