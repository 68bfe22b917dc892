"""What a meeting puts to the vote and under which bylaws: read once for as long as it stands, not once a form.

On the last evening a thousand holders send a form for one agenda. What is kept is named by the heads of its rows (the entries
of the acts that wrote them last, which nobody can choose), and these are asked for each time: it is never older than the log.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection

from opposable.law import Bylaw
from opposable.systems.assembly.models import Meeting, Resolution
from opposable.systems.assembly.rules import register
from opposable.systems.assembly.rules.agenda import Resolution as AgendaItem

MOST = 16
"""Meetings remembered by one process."""
_HEADS = (
    "SELECT head FROM assembly_bylaw WHERE company_id = %s UNION ALL"
    " SELECT head FROM assembly_resolution WHERE meeting_id = %s ORDER BY head"
)
_kept: OrderedDict[int, tuple[Any, Read]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Read:
    """The rows as they were read. Many threads hold them: look, do not write."""

    layers: tuple[Bylaw, ...]
    agenda: tuple[Resolution, ...]

    @cached_property
    def items(self) -> tuple[AgendaItem, ...]:
        """The agenda as the rules see it."""
        return tuple(row.facts() for row in self.agenda)


@dataclass(frozen=True)
class Standing:
    """The company under its bylaws, and the resolutions put before the meeting, in their order."""

    company: register.Company
    read: Read

    @property
    def agenda(self) -> list[Resolution]:
        return list(self.read.agenda)

    @property
    def items(self) -> list[AgendaItem]:
        return list(self.read.items)


def standing(meeting: Meeting) -> Standing:
    """The meeting's agenda and its company, as they stand now."""
    with connection.cursor() as cursor:
        cursor.execute(_HEADS, [meeting.company_id, meeting.pk])
        heads = cursor.fetchall()
    with _lock:
        known = _kept.get(meeting.pk)
    if known is None or known[0] != heads:
        rows = Resolution.objects.filter(meeting_id=meeting.pk, position__gt=0, kind="draft").select_related("request")
        known = heads, Read(meeting.company.layers(), tuple(rows.order_by("position")))
        with _lock:
            _kept[meeting.pk] = known
            _kept.move_to_end(meeting.pk)
            while len(_kept) > MOST:
                _kept.popitem(last=False)
    return Standing(meeting.company.facts(known[1].layers), known[1])
