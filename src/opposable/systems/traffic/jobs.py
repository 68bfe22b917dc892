"""What `opposable tick` and `opposable audit` run of the store."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from opposable.kernel import clock, restore
from opposable.kernel.audit.report import Report
from opposable.kernel.retention.holds import Held
from opposable.law import PARIS
from opposable.law.terminal import words
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts import erasing
from opposable.systems.traffic.acts.erasing import KEEPER
from opposable.systems.traffic.models import Answer, Freeze, Segment, Subscriber
from opposable.systems.traffic.store import identities, objects, places
from opposable.systems.traffic.store.sweeping import sweep

if TYPE_CHECKING:
    from django.db.models import QuerySet

__all__ = ["audit_segments", "erase_due", "erase_identities_due"]


def erase_due() -> list[str]:
    """What is at its end goes; what a crash left is swept."""
    said, swept = erasing.erase_due(), sweep()
    if restore.missing():
        said.append(
            words(
                "traffic : la base est plus ancienne que le journal, rien n’est balayé (opposable restore)",
                "traffic: the database is older than the log, nothing is swept (opposable restore)",
            )
        )
    return said + (
        [
            words(
                f"traffic : {len(swept)} fichiers laissés par un arrêt brutal",
                f"traffic: {len(swept)} files that a crash left",
            )
        ]
        if swept
        else []
    )


def audit_segments(report: Report) -> None:
    """Every segment is there, whole, and leads to the root of its act; what was erased is gone, and its key too."""
    if _kept():
        from opposable.systems.traffic.store import inspection  # with the engines that read segments

        inspection.inspect(report)


def _kept() -> bool:
    """Whether there ever was something to inspect: a row, a file, or a bucket where a file may lie."""
    if any(model.objects.exists() for model in (Segment, Freeze, Answer, Subscriber)):
        return True
    return objects.bucket() is not None or next(places.strangers(), None) is not None


def erase_identities_due() -> list[str]:
    """Erase the civil identities at their end, and sooner what was given at subscription: the act first, then the key of the day."""
    today = clock.now().astimezone(PARIS).date()
    return [*_accounts_due(today), *_identities_due(today)]


def _accounts_due(today: date) -> list[str]:
    said = []
    due = Subscriber.objects.filter(account_until__lte=today)
    free = due.filter(account_cipher__isnull=False).exclude(uid__in=Held.now().objects)
    for until in _days(free, "account_until"):
        count = acts.erase_accounts(KEEPER, until=until).result
        said.append(
            words(
                f"traffic : données de souscription et de paiement effacées, dues le {until} (contrats) : {count}",
                f"traffic: data of subscription and payment erased, due on {until} (contracts): {count}",
            )
        )
    for until in _days(due, "account_until"):
        if not Subscriber.objects.filter(account_until=until, account_cipher__isnull=False).exists():
            identities.destroy_accounts(until)
    return said


def _identities_due(today: date) -> list[str]:
    said = []
    due = Subscriber.objects.filter(until__lte=today)
    for until in _days(due.filter(erased_at=None).exclude(uid__in=Held.now().objects), "until"):
        count = acts.erase_identities(KEEPER, until=until).result
        said.append(
            words(
                f"traffic : {count} identités effacées, dues le {until}",
                f"traffic: {count} identities erased, due on {until}",
            )
        )
    for until in _days(due, "until"):
        if not Subscriber.objects.filter(until=until, erased_at=None).exists():
            identities.destroy(until)
    return said


def _days(rows: QuerySet[Subscriber], name: str) -> list[date]:
    return sorted(rows.values_list(name, flat=True).distinct())
