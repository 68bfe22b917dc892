"""Civil identities: sealed one by one under the keys of their own store, found by reference or number, read for a requisition."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import asdict, fields, replace
from datetime import date
from hashlib import sha256
from typing import Any

import orjson
from django.conf import settings

from opposable.kernel.buckets import BucketForgotten, Buckets, open_part, seal_part
from opposable.systems.traffic.models import Subscriber
from opposable.systems.traffic.store.rows import Identity

CLASS, ACCOUNT = "traffic.identity", "traffic.account"
RUNNING = date.max
"""The bucket of contracts that run."""


Sealed = tuple[bytes, bytes, str]
"""Cipher, wrapped key, digest."""


def seal(identity: Identity, salt: str, until: date | None) -> Sealed:
    """Who it is (group I), under the key of the day on which that goes."""
    return _seal(CLASS, {**asdict(replace(identity, other=())), "salt": salt}, until)


def seal_account(identity: Identity, salt: str, until: date | None) -> Sealed:
    """What was given at subscription and for payment (II and III), under the key of its own day."""
    return _seal(ACCOUNT, {"other": identity.other, "salt": salt}, until)


def _seal(name: str, content: dict[str, Any], until: date | None) -> Sealed:
    data = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
    digest = sha256(data).digest()
    cipher, wrapped = seal_part(data, _buckets().key(name, until or RUNNING, create=True), digest)
    return cipher, wrapped, digest.hex()


def unseal(row: Subscriber) -> Identity | None:
    """What the contract says; None when it was erased. Raises PartUnreadable when it was changed."""
    data = _unseal(CLASS, row.cipher, row.wrapped, row.digest, row.until)
    if data is None:
        return None
    data |= _unseal(ACCOUNT, row.account_cipher, row.account_wrapped, row.account_digest, row.account_until) or {}
    known = {field.name for field in fields(Identity)}
    return Identity(**{name: _tupled(value) for name, value in data.items() if name in known})


def _unseal(
    name: str,
    cipher: bytes | memoryview[int] | None,
    wrapped: bytes | memoryview[int] | None,
    digest: str,
    until: date | None,
) -> dict[str, Any] | None:
    if cipher is None or wrapped is None:
        return None
    try:
        key = _buckets().key(name, until or RUNNING)
    except BucketForgotten:
        return None
    found: dict[str, Any] = orjson.loads(open_part(bytes(cipher), bytes(wrapped), key, bytes.fromhex(digest)))
    return found


def find(references: Iterable[str], today: date) -> list[Identity]:
    """The identities of these contracts that may be read on a day, by reference."""
    rows = Subscriber.objects.readable(today).filter(reference__in=list(references)).order_by("reference")
    return [found for row in rows if (found := unseal(row))]


def references_of(number: str, today: date) -> list[str]:
    """The contracts that have a number."""
    rows = Subscriber.objects.readable(today).filter(keys__key=key_of(number))
    return sorted(rows.values_list("reference", flat=True).distinct())


def key_of(number: str) -> str:
    """The keyed digest by which a number is found."""
    secret = _buckets().key(CLASS, RUNNING, create=True)
    return hmac.new(secret, b"number " + number.encode(), sha256).hexdigest()


def destroy(until: date) -> None:
    """Make every identity that goes on a day unreadable, here and in every copy."""
    _buckets().forget(CLASS, until)


def destroy_accounts(until: date) -> None:
    """The same for what was given at subscription and for payment."""
    _buckets().forget(ACCOUNT, until)


def _tupled(value: Any) -> Any:
    return tuple(_tupled(item) for item in value) if isinstance(value, list) else value


def _buckets() -> Buckets:
    return Buckets(settings.HOME)
