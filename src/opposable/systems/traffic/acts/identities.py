"""Acts on civil identities: taken in from the operator's contracts, erased on their day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Cell
from opposable.law import Refused, local_day, t
from opposable.systems.traffic.models import Subscriber, SubscriberKey
from opposable.systems.traffic.rules.keeping import identity_until, keeping_on
from opposable.systems.traffic.store import identities as store
from opposable.systems.traffic.store.rows import Identity

PLACE = "~traffic-identity/"


@act("traffic.identity.import", label=t("Recevoir des identités civiles", "Take in civil identities"), api=False)
def import_identities(a: Acting, *, identities: Sequence[Identity]) -> list[Subscriber]:
    """New contracts and changes of known ones, in one act. A contract whose data are past their day is refused."""
    a.require("write", kind=Subscriber.Evidence.kind, cell=root())
    today = local_day(a.now)
    decision = keeping_on(a.statutes, "identity", today)
    a.why(decision)
    place = Cell.objects.get_or_create(path=PLACE)[0]
    known = {
        row.reference: row for row in Subscriber.objects.filter(reference__in=[one.subscriber for one in identities])
    }
    rows = []
    for one in identities:
        closed = date.fromisoformat(one.closed_on) if one.closed_on else None
        until = identity_until(decision.value, closed)
        if until is not None and until <= today:
            raise Refused(
                t("Un de ces contrats ne se conserve plus.", "One of these contracts may not be kept any more."),
                decision.rule,
                "identity.expired",
                facts={"closed_on": closed, "until": until},
            )
        row = known.get(one.subscriber) or Subscriber(cell=place, reference=one.subscriber)
        row.opened_on, row.closed_on, row.until = date.fromisoformat(one.opened_on), closed, until
        row.cipher, row.wrapped, row.digest = store.seal(one, row.salt, until)
        a.record(row)
        rows.append(row)
    return rows


def index(rows: Sequence[Subscriber], identities: Sequence[Identity]) -> None:
    """The numbers by which they are found. Derived from the records: it may be made again at any time."""
    SubscriberKey.objects.filter(subscriber__in=rows).delete()
    numbers = {one.subscriber: one.phones for one in identities}
    SubscriberKey.objects.bulk_create(
        [SubscriberKey(subscriber=row, key=store.key_of(phone)) for row in rows for phone in numbers[row.reference]]
    )


@act("traffic.identity.erase", label=t("Effacer des identités civiles", "Erase civil identities"), api=False)
def erase_identities(a: Acting, *, until: date) -> int:
    """Those whose last day was yesterday or before; their key is destroyed afterwards. Each end is computed again."""
    a.require("approve", kind=Subscriber.Evidence.kind, cell=root())
    today = local_day(a.now)
    decision = keeping_on(a.statutes, "identity", today)
    a.why(decision)
    count = 0
    for row in Subscriber.objects.filter(until=until, erased_at=None):
        again = identity_until(decision.value, row.closed_on)
        if again is None or again > today:
            continue
        row.cipher, row.wrapped, row.erased_at = None, None, a.now
        a.record(row)
        count += 1
    return count
