"""What the steps of a verification share: what the verifier brought along, and what was read so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from opposable.ledger.act import Erasure, Header, Part
from opposable.ledger.bundle import Bundle
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import BundleError
from opposable.ledger.policy import Policy
from opposable.ledger.verify.report import Recorder


@dataclass(frozen=True)
class Trust:
    """What the verifier trusts, from elsewhere than the bundle: a policy, TSA roots (PEM), a checkpoint held before."""

    policy: Policy | None = None
    tsa_roots: Sequence[bytes] = ()
    held: bytes | None = None


@dataclass
class Act:
    """One act as found: `header` is None when it is erased or unreadable, `entry` when nothing says what it was."""

    folder: str
    index: int
    header: Header | None = None
    entry: bytes | None = None
    parts: dict[str, Part] = field(default_factory=dict)
    present: frozenset[str] = frozenset()

    def where(self, file: str = "act.json") -> str:
        return f"{self.folder}/{self.index}/{file}"


@dataclass
class Case:
    """A verification under way."""

    bundle: Bundle
    trust: Trust
    rec: Recorder
    checkpoint: Checkpoint | None = None
    note: bytes = b""
    acts: dict[int, Act] = field(default_factory=dict)
    lawful: list[Erasure] = field(default_factory=list)

    def read(self, name: str) -> bytes | None:
        """Bytes of a member, None when it is absent or does not unpack (which the container's checks report)."""
        if name not in self.bundle:
            return None
        try:
            return self.bundle.read(name)
        except BundleError:
            return None

    def headers(self) -> Iterator[tuple[Act, Header]]:
        """The acts whose header could be read, in the order of the log."""
        for _, act in sorted(self.acts.items()):
            if act.header is not None:
                yield act, act.header

    def is_erased(self, index: int, name: str) -> bool:
        """Whether a lawful erasure act covers this part of this act."""
        return any(erasure.names(index, name) for erasure in self.lawful)
