"""«Échéances». What is due is opened by an act, closed by an act, and done by `tick` when a machine can do it.

No queue: each tick takes what is due and undone, and runs the named act in its own transaction. A crash leaves the duty due;
an act that was already done finds its duty closed. Rules decide, jobs tidy.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django.db import close_old_connections
from django.utils.module_loading import import_string

from opposable.kernel import actors, clock
from opposable.kernel.models import Duty
from opposable.kernel.system import systems
from opposable.law import Refused

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from opposable.kernel.models import Recorded
    from opposable.law import Rule, Text

log = logging.getLogger(__name__)
TICK = actors.system("tick")
MAX_ATTEMPTS = 20


def open_duty(
    row: Recorded,
    act: str,
    title: Text,
    due_at: datetime,
    *,
    rule: Rule | None = None,
    trace: list[Any] | None = None,
    link: str = "",
    automatic: bool = False,
) -> Duty:
    """Open a duty on a row, or move the one that is open. Called inside the act that makes it due."""
    values = {
        "cell": row.cell,
        "kind": row.Evidence.kind,
        "title_fr": title.fr,
        "title_en": title.en,
        "due_at": due_at,
        "rule": rule.id if rule else "",
        "rule_since": rule.since if rule else None,
        "trace": trace or [],
        "link": link,
        "automatic": automatic,
        "closed_at": None,
    }
    duty, _ = Duty.objects.update_or_create(act=act, obj=row.uid, defaults=values)
    return duty


def close_duty(row: Recorded, act: str, at: datetime) -> None:
    """The act was done, or is not due any more."""
    Duty.objects.filter(act=act, obj=row.uid, closed_at=None).update(closed_at=at)


def due(at: datetime) -> QuerySet[Duty]:
    """What is open and due at an instant, the oldest first."""
    return Duty.objects.filter(closed_at=None, due_at__lte=at).order_by("due_at", "id")


def tick() -> list[str]:
    """Do what a machine can do and is due. Returns what was done, one line each."""
    runners = {act: path for system in systems() for act, path in system.duties.items()}
    done = []
    for duty in due(clock.now()).filter(automatic=True, act__in=runners, attempts__lt=MAX_ATTEMPTS):
        Duty.objects.filter(pk=duty.pk).update(attempts=duty.attempts + 1)
        try:
            import_string(runners[duty.act])(TICK, duty.obj)
        except Refused as refused:
            done.append(f"{duty.act} refused: {refused.reason.en}")
        else:
            done.append(f"{duty.act} done")
    return done


def tick_quietly() -> None:
    """`tick` for a thread: an error is logged and tried again at the next tick."""
    try:
        close_old_connections()
        tick()
    except Exception:
        log.exception("tick")
    finally:
        close_old_connections()
