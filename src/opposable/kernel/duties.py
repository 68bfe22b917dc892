"""«Échéances». What is due is opened by an act, closed by an act, and done by `tick` when a machine can do it.

No queue: each tick takes what is due and undone, and runs the named act in its own transaction. A crash leaves the duty due;
an act that was already done finds its duty closed. Rules decide, jobs tidy. Beside the duties stand a few jobs of the kernel
itself, each with its period; the day of the last run is a file in ``run/``, and losing it only means one run more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import close_old_connections
from django.db.models import Q
from django.utils.module_loading import import_string

from opposable.kernel import actors, clock
from opposable.kernel.faults import Fault
from opposable.kernel.models import Duty
from opposable.kernel.models.access import grants_at
from opposable.kernel.system import Job, roles, systems
from opposable.law import Refused
from opposable.law.terminal import words

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from django.db.models import QuerySet

    from opposable.kernel.actors import Actor
    from opposable.kernel.models import Recorded
    from opposable.law import Rule, Text

log = logging.getLogger(__name__)
TICK = actors.system("tick")
MAX_ATTEMPTS = 20
FORGOTTEN = "—"
"""Title of what was due on a row that was scrubbed."""
KERNEL_DUTIES = {
    "kernel.log.anchor": "opposable.kernel.anchors.discharge",
    "kernel.document.sign": "opposable.kernel.documents.issuing.discharge",
}
"""As `System.duties`, for what the kernel itself can owe."""


JOBS = (
    Job("anchor", "opposable.kernel.anchors.anchor_when_due", timedelta(0)),
    Job("retention", "opposable.kernel.retention.run", timedelta(days=1)),
    Job("alerts", "opposable.kernel.alerts.send_due", timedelta(hours=1)),
    Job("acknowledgements", "opposable.kernel.controlled.ask_newcomers", timedelta(hours=1)),
    Job("sessions", "opposable.kernel.duties.clear_sessions", timedelta(hours=1)),
)


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
    kind: str = "",
    person: str = "",
    asap: bool = False,
) -> Duty:
    """Open a duty on a row, or move the one that is open. Called inside the act that makes it due.

    Whoever may read objects of ``kind`` (the row's own unless said) in the row's compartment sees it; with ``person``, he alone.
    ``asap``: as soon as possible, where the law sets no figure; ``due_at`` then says from when on.
    """
    values = {
        "cell": row.cell,
        "kind": kind or row.Evidence.kind,
        "person": person,
        "title_fr": title.fr,
        "title_en": title.en,
        "due_at": due_at,
        "asap": asap,
        "rule": rule.id if rule else "",
        "rule_since": rule.since if rule else None,
        "trace": trace or [],
        "link": link,
        "automatic": automatic,
        "closed_at": None,
    }
    duty, _ = Duty.objects.update_or_create(act=act, obj=row.uid, defaults=values)
    return duty


def close_duty(row: Recorded, act: str, at: datetime, *, again: bool = False) -> None:
    """The act was done, or is not due any more. ``again``: also one that was closed, at another instant as it turns out."""
    rows = Duty.objects.filter(act=act, obj=row.uid)
    (rows if again else rows.filter(closed_at=None)).update(closed_at=at)


def close_all(row: Recorded, at: datetime, *, due_by: datetime | None = None) -> None:
    """Nothing is due on the row any more, or (``due_by``) nothing that was due until then."""
    open_ones = Duty.objects.filter(obj=row.uid, closed_at=None)
    (open_ones.filter(due_at__lte=due_by) if due_by else open_ones).update(closed_at=at)


def forget(row: Recorded, at: datetime) -> None:
    """The row was scrubbed: its duties do not repeat what it said, and nothing is due on it any more."""
    close_all(row, at)
    Duty.objects.filter(obj=row.uid).update(title_fr=FORGOTTEN, title_en=FORGOTTEN, trace=[])


def due(at: datetime) -> QuerySet[Duty]:
    """What is open and due at an instant, the oldest first."""
    return Duty.objects.filter(closed_at=None, due_at__lte=at).order_by("due_at", "id")


def due_for(actor: Actor) -> QuerySet[Duty]:
    """What is open and may be shown to an actor: his own, and what is due on objects that he may read."""
    open_ones = Duty.objects.filter(closed_at=None)
    if actor.is_system:
        return open_ones
    held = list(grants_at(actor, clock.now()).values_list("role", "cell__path"))
    return open_ones.filter(shown_to(actor, held, open_ones.values_list("kind", flat=True).distinct().order_by()))


def shown_to(actor: Actor, held: Iterable[tuple[str, str]], kinds: Iterable[str], verb: str = "read") -> Q:
    """The condition that a duty may be shown to an actor with these running grants (role, path)."""
    known, grants = roles(), list(held)
    seen = Q(person=actor.uid)
    for kind in kinds:
        for role, path in grants:
            if role in known and known[role].allows(kind, verb):
                seen |= Q(person="", kind=kind, cell__path__startswith=path)
    return seen


def tick() -> list[str]:
    """Do what a machine can do and is due. Returns what was done, one line each."""
    runners = KERNEL_DUTIES | {act: path for system in systems() for act, path in system.duties.items()}
    done = []
    for duty in due(clock.now()).filter(automatic=True, act__in=runners, attempts__lt=MAX_ATTEMPTS):
        Duty.objects.filter(pk=duty.pk).update(attempts=duty.attempts + 1)
        done += _attempt(duty.act, partial(_run_duty, runners[duty.act], duty.obj))
    for job in (*JOBS, *(job for system in systems() for job in system.jobs)):
        if _job_is_due(job):
            done += _attempt(job.name, partial(_run_job, job))
    return done


def _attempt(name: str, run: Callable[[], object]) -> list[str]:
    """One failure must not keep the others from being done: it is logged, said, and tried again at a later tick."""
    try:
        said = run()
    except Refused as refused:
        return [words(f"{name} refusé : {refused.reason.fr}", f"{name} refused: {refused.reason.en}")]
    except Fault as fault:
        log.warning("tick: %s: %s", name, fault.text.en)
        return [words(f"{name} a échoué : {fault.text.fr}", f"{name} failed: {fault.text.en}")]
    except Exception as error:
        log.exception("tick: %s", name)
        return [words(f"{name} a échoué : {error}", f"{name} failed: {error}")]
    return [str(line) for line in said] if isinstance(said, list) else [words(f"{name} fait", f"{name} done")]


def _run_duty(path: str, obj: str) -> None:
    import_string(path)(TICK, obj)


def _run_job(job: Job) -> list[str]:
    lines: list[str] = import_string(job.path)()
    _last_run(job).write_text(clock.utc(clock.now()))
    return lines


def _job_is_due(job: Job) -> bool:
    try:
        return clock.now() - clock.parse(_last_run(job).read_text()) >= job.every
    except (FileNotFoundError, ValueError):
        return True


def _last_run(job: Job) -> Path:
    return settings.HOME / "run" / f"{job.name}.last"


def clear_sessions() -> list[str]:
    """Sessions that ended are forgotten: drafts of forms lie in them."""
    from django.contrib.sessions.models import Session

    gone, _ = Session.objects.filter(expire_date__lt=clock.now()).delete()
    return [words(f"sessions oubliées : {gone}", f"sessions forgotten: {gone}")] if gone else []


def tick_quietly() -> None:
    """`tick` for a thread: an error is logged and tried again at the next tick."""
    try:
        close_old_connections()
        tick()
    except Exception:
        log.exception("tick")
    finally:
        close_old_connections()
