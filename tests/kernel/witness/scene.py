"""A log in memory and a witness on the loopback: what the tests of the witness play with."""

from __future__ import annotations

import contextlib
import http.client
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opposable.kernel import outbound
from opposable.kernel.outbound import Answer
from opposable.kernel.witness import (
    Witness,
    ask_witness,
)
from opposable.kernel.witness.protocol import format_submission
from opposable.kernel.witness.server import WitnessServer
from opposable.ledger import cosignature, merkle, note
from opposable.ledger.checkpoint import Checkpoint

ORIGIN = "exemple.fr/2026"
NAME = "cabinet.example/temoin"
NOW = datetime(2026, 3, 30, 8, 0, 0, tzinfo=UTC)


@dataclass
class Log:
    """A log in memory. ``flavour`` makes another past under the same key."""

    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    origin: str = ORIGIN
    flavour: str = ""
    size: int = 64

    def __post_init__(self) -> None:
        self.leaves = [merkle.leaf_hash(f"{self.flavour}{index}".encode()) for index in range(self.size)]

    @property
    def vkey(self) -> str:
        return note.vkey(self.origin, self.key.public_key().public_bytes_raw())

    def root(self, size: int) -> bytes:
        return merkle.root(self.leaves[:size])

    def note(self, size: int, key: Ed25519PrivateKey | None = None) -> str:
        return note.sign(
            Checkpoint(self.origin, size, self.root(size)).text(), [note.Signer(self.origin, key or self.key)]
        )

    def proof(self, old: int, new: int) -> list[bytes]:
        return merkle.consistency_proof(self.leaves, old, new) if 0 < old < new else []

    def body(self, old: int, new: int) -> bytes:
        return format_submission(old, self.proof(old, new), self.note(new))


@dataclass
class Scene:
    """A log, its witness, and the witness's server."""

    log: Log
    witness: Witness
    server: WitnessServer
    home: Path

    def post(self, body: bytes) -> Answer:
        return outbound.post(f"{self.server.url}/add-checkpoint", body, media_type="text/plain")

    def ask(self, size: int, old: int = 0, log: Log | None = None, vkey: str = "") -> str:
        log = log or self.log
        line = ask_witness(
            self.server.url,
            vkey or self.witness.vkey,
            old,
            log.proof(old, size),
            log.note(size),
            prove=lambda known: log.proof(known, size),
        )
        verifier = note.Verifier.parse(self.witness.vkey)
        checkpoint, _ = cosignature.verify(note.add_signatures(log.note(size), [line]), [verifier])
        assert (checkpoint.size, checkpoint.root) == (size, log.root(size))
        return line

    def get(self, path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port, timeout=60)
        with contextlib.closing(connection):
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read().decode()
