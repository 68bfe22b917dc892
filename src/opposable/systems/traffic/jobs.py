"""What `opposable tick` and `opposable audit` run of the store."""

from __future__ import annotations

from opposable.kernel import clock
from opposable.kernel.audit.report import Report
from opposable.law import PARIS
from opposable.law.terminal import words
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts import erasing
from opposable.systems.traffic.acts.erasing import KEEPER
from opposable.systems.traffic.models import Subscriber
from opposable.systems.traffic.store import identities

__all__ = ["audit_segments", "erase_due", "erase_identities_due"]


def erase_due() -> list[str]:
    """What is at its end goes; what a crash left is swept."""
    from opposable.systems.traffic.exchange.ingest import sweep

    said, swept = erasing.erase_due(), sweep()
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
    from opposable.systems.traffic.store import inspection

    inspection.inspect(report)


def erase_identities_due() -> list[str]:
    """Erase the civil identities at their end: the act first, then the key of their day."""
    today = clock.now().astimezone(PARIS).date()
    said = []
    days = Subscriber.objects.filter(until__lte=today, erased_at=None).values_list("until", flat=True).distinct()
    for until in sorted(day for day in days if day):
        count = acts.erase_identities(KEEPER, until=until).result
        said.append(
            words(
                f"traffic : {count} identités effacées, dues le {until}",
                f"traffic: {count} identities erased, due on {until}",
            )
        )
    for until in Subscriber.objects.filter(until__lte=today).values_list("until", flat=True).distinct():
        if until and not Subscriber.objects.filter(until=until, erased_at=None).exists():
            identities.destroy(until)
    return said
