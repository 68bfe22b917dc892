"""Acts on civil identities: taken in from the operator's contracts, erased on their day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Cell
from opposable.kernel.retention.holds import Held
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
    decision, account = keeping_on(a.statutes, "identity", today), keeping_on(a.statutes, "subscription", today)
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
        _with_account(row, one, identity_until(account.value, closed), today)
        a.record(row)
        rows.append(row)
    return rows


def _with_account(row: Subscriber, one: Identity, until: date | None, today: date) -> None:
    """With what was given at subscription and for payment, as long as that may be kept: a year, where who it is stays five."""
    row.account_until, row.account_digest = None, ""
    row.account_cipher, row.account_wrapped = None, None
    if one.other and (until is None or until > today):
        row.account_until = until
        row.account_cipher, row.account_wrapped, row.account_digest = store.seal_account(one, row.salt, until)


def index(rows: Sequence[Subscriber], identities: Sequence[Identity]) -> None:
    """The numbers by which they are found. Derived from the records: it may be made again at any time."""
    SubscriberKey.objects.filter(subscriber__in=rows).delete()
    numbers = {one.subscriber: one.phones for one in identities}
    SubscriberKey.objects.bulk_create(
        [SubscriberKey(subscriber=row, key=store.key_of(phone)) for row in rows for phone in numbers[row.reference]]
    )


@act(
    "traffic.account.erase",
    label=t("Effacer des données de souscription et de paiement", "Erase data of subscription and payment"),
    api=False,
)
def erase_accounts(a: Acting, *, until: date) -> int:
    """Groups II and III of the contracts that ended a year ago; who it was stays. Each end is computed again."""
    a.require("approve", kind=Subscriber.Evidence.kind, cell=root())
    today = local_day(a.now)
    decision = keeping_on(a.statutes, "subscription", today)
    a.why(decision)
    count = 0
    for row in Subscriber.objects.filter(account_until=until, account_cipher__isnull=False).exclude(uid__in=_held()):
        again = identity_until(decision.value, row.closed_on)
        if again is None or again > today:
            continue
        row.account_cipher, row.account_wrapped = None, None
        a.record(row)
        count += 1
    return count


@act("traffic.identity.erase", label=t("Effacer des identités civiles", "Erase civil identities"), api=False)
def erase_identities(a: Acting, *, until: date) -> int:
    """Those whose last day was yesterday or before; their key is destroyed afterwards. Each end is computed again."""
    a.require("approve", kind=Subscriber.Evidence.kind, cell=root())
    today = local_day(a.now)
    decision = keeping_on(a.statutes, "identity", today)
    a.why(decision)
    count = 0
    for row in Subscriber.objects.filter(until=until, erased_at=None).exclude(uid__in=_held()):
        again = identity_until(decision.value, row.closed_on)
        if again is None or again > today:
            continue
        row.cipher, row.wrapped, row.erased_at = None, None, a.now
        row.account_cipher, row.account_wrapped = None, None
        row.reference = row.uid  # what the contract was called goes too, and the numbers by which it was found
        SubscriberKey.objects.filter(subscriber=row).delete()
        a.record(row)
        count += 1
    return count


def _held() -> frozenset[str]:
    """What a hold keeps: nobody may read it after its day all the same."""
    return Held.now().objects
