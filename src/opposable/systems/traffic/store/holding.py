"""The hold store: frozen rows with their proofs. The day they came from dies on its day; they have an end of their own.

A file holds the proofs of the rows (row, salt, path), so each can still be verified against the root that its segment's act
put into the log, after segment and key are gone.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from opposable.kernel import clock
from opposable.kernel.buckets import BucketForgotten
from opposable.kernel.files import write_durably
from opposable.law import PARIS, t
from opposable.ledger.errors import ProofError
from opposable.systems.traffic.models import Freeze, Segment
from opposable.systems.traffic.store import keys, places
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.objects import Remote
from opposable.systems.traffic.store.proof import RowProof

STORE = "hold"
NONCE = 12


def write(freeze: Freeze, proofs: Sequence[RowProof], question: Mapping[str, str] | None = None) -> None:
    """Put the copies where segments are written now, with the question that found them, and say in the row what they are."""
    data = orjson.dumps({"question": dict(question or {}), "rows": [proof.as_data() for proof in proofs]})
    nonce = os.urandom(NONCE)
    key = keys.keys_of(STORE, freeze.until, freeze.uid, create=True).file
    sealed = nonce + AESGCM(key).encrypt(nonce, data, freeze.uid.encode())
    freeze.rows, freeze.sha256, freeze.place = len(proofs), hashlib.sha256(sealed).hexdigest(), places.current()
    put(places.place_of(freeze), sealed)


def put(place: places.Place, sealed: bytes) -> None:
    """Bytes to where they are to lie: there, whole, when this returns. Raises StoreFault, OSError."""
    if isinstance(place, Remote):
        place.put(sealed)
        return
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_durably(place, sealed)
    place.chmod(0o600)


def sealed_at(freeze: Freeze, place: places.Place) -> bytes:
    """The sealed copies as they lie at a place. Raises StoreFault when they are not the ones of the act."""
    try:
        sealed = place.read_bytes()
    except FileNotFoundError as error:
        raise _unread(freeze) from error
    if hashlib.sha256(sealed).hexdigest() != freeze.sha256:
        raise _unread(freeze)
    return sealed


def held(freeze: Freeze) -> list[RowProof]:
    """The frozen rows, each verified against its segment. Raises StoreFault when they are over, gone or damaged."""
    try:
        proofs = [RowProof.from_data(one) for one in _opened(freeze)["rows"]]
        for proof in proofs:
            segment = Segment.objects.get(uid=proof.segment)
            proof.verify(bytes.fromhex(segment.root), segment.rows)
    except (FileNotFoundError, BucketForgotten, InvalidTag, ProofError) as error:
        raise _unread(freeze) from error
    return proofs


def question(freeze: Freeze) -> dict[str, str]:
    """The selector that found the rows: it lies with them, and goes with them. Raises StoreFault."""
    try:
        return dict(_opened(freeze)["question"])
    except (FileNotFoundError, BucketForgotten, InvalidTag) as error:
        raise _unread(freeze) from error


def _opened(freeze: Freeze) -> dict[str, Any]:
    if freeze.erased_at is not None or freeze.until <= clock.now().astimezone(PARIS).date():
        raise StoreFault(t("Ce gel a pris fin.", "This freeze is over."))
    sealed = places.place_of(freeze).read_bytes()
    key = keys.keys_of(STORE, freeze.until, freeze.uid).file
    found: dict[str, Any] = orjson.loads(AESGCM(key).decrypt(sealed[:NONCE], sealed[NONCE:], freeze.uid.encode()))
    return found


def _unread(freeze: Freeze) -> StoreFault:
    return StoreFault(
        t(
            "Le gel {f} ne se lit plus : lancez opposable audit.", "The freeze {f} does not read: run opposable audit."
        ).format(f=freeze.uid[:8])
    )


def folder(until: date) -> Path:
    """Where everything lies that is frozen until one day."""
    return Freeze(until=until).path.parent
