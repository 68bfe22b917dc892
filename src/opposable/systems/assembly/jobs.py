"""What `tick` may do by itself for a meeting. Each is an ordinary act; done late, it changes no right."""

from __future__ import annotations

from opposable.kernel.actors import Actor
from opposable.systems.assembly import acts
from opposable.systems.assembly.exchange import letters
from opposable.systems.assembly.models import Meeting


def fix_entitlements(actor: Actor, uid: str) -> None:
    """At the record date; then those whose vote it changed are told."""
    meeting = _meeting(uid)
    acts.fix_entitlements(actor, meeting=meeting)
    letters.notify_changes(meeting)


def close_voting(actor: Actor, uid: str) -> None:
    """After the eve, 15:00; then the confirmations that a crash had kept back."""
    meeting = _meeting(uid)
    acts.close_voting(actor, meeting=meeting)
    letters.confirm_forms(meeting)


def carry_forms(actor: Actor, uid: str) -> None:
    """When a second call opens: forms of the first meeting hold for the same agenda (R. 225-77)."""
    acts.carry_forms(actor, meeting=_meeting(uid))


def notify_agenda(actor: Actor, uid: str) -> None:
    """When holders had something added after the notice: whoever was convened by e-mail is told by e-mail (L. 225-105).

    Where somebody is left to be told by post, it is then the company's to say how it told those.
    """
    meeting = _meeting(uid)
    told = letters.notify_agenda(meeting)
    if not told.failed:
        acts.notify_agenda(actor, meeting=meeting, by_mail=told.by_mail, others=told.others)


def notify_cancellation(actor: Actor, uid: str) -> None:
    """When a convened meeting is cancelled: whoever is convened by e-mail is told by e-mail; the company tells the others."""
    meeting = _meeting(uid)
    told = letters.notify_cancellation(meeting)
    if not told.failed:
        acts.notify_cancellation(actor, meeting=meeting, by_mail=told.by_mail, others=told.others)


def _meeting(uid: str) -> Meeting:
    return Meeting.objects.select_related("company", "cell").get(uid=uid)
