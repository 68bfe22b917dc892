"""What the acts and pages of voting forms share: their modes, those that count, the agenda that they answer."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import connection
from django.db.models import QuerySet

from opposable.systems.assembly.models import Form, Holder, Meeting, Resolution
from opposable.systems.assembly.rules.forms import changes

T = TypeVar("T")
PROXIES = ("proxy-chair", "proxy-person", "proxy-blank")
MODES = ("vote", *PROXIES)
COUNTED = ("counted", "amended")


def only(rows: QuerySet[Any, T]) -> T | None:
    """The one row there is, if any: `first` would have the database put in order what is alone."""
    return next(iter(rows[:1]), None)


def number_sent(meeting: Meeting, holder: Holder, key: str) -> int | None:
    """The number of the form that a holder sent with this key of submission."""
    return _number(_SENT, meeting, holder, key)


def number_counted(meeting: Meeting, holder: Holder) -> int | None:
    """The number of the form of a holder that counts, if there is one."""
    return _number(_COUNTED, meeting, holder, *COUNTED)


_SENT = "SELECT id FROM {} WHERE meeting_id = %s AND holder_id = %s AND key = %s"
_COUNTED = "SELECT id FROM {} WHERE meeting_id = %s AND holder_id = %s AND status IN (%s, %s)"


def _number(sql: str, meeting: Meeting, holder: Holder, *values: str) -> int | None:
    """Asked for every form on the last evening: making the statement anew would cost more than the database's answer."""
    with connection.cursor() as cursor:
        cursor.execute(sql.format(Form._meta.db_table), [meeting.pk, holder.pk, *values])
        row = cursor.fetchone()
    return row[0] if row else None


def agenda_of(meeting: Meeting) -> list[Resolution]:
    """The resolutions put before the meeting, in their order; amendments and new ones of the session come after."""
    return list(meeting.resolutions.filter(kind="draft").select_related("request").order_by("position"))


def mode_of(form: Form) -> changes.Mode:
    """A vote, or a proxy: what R. 22-10-28, III calls a mode."""
    return "proxy" if form.mode in PROXIES else "vote"
