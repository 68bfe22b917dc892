"""What a caller gives to have a bundle written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class BundleAct:
    """One act: its index in the log, the bytes of its header, the bytes of the parts that the recipient may see.

    Of an act whose header was erased, `header` is None and `entry` its 32 bytes: they go into the proof file.
    """

    index: int
    header: bytes | None
    parts: Mapping[str, bytes] = field(default_factory=dict)
    entry: bytes | None = None


@dataclass(frozen=True, kw_only=True)
class BundleContent:
    """Everything in a bundle but what is made from it (manifest, time-stamp, README, verifiers).

    - `acts`, `erasures`: the acts of the case, and those that erased what is missing from it;
    - `proofs`: index → audit path (32-byte hashes from the leaf up) in the tree of `checkpoint`, for all of them;
    - `checkpoint`: the signed note, log signature first; `checkpoint_token`: the RFC 3161 response over its bytes;
    - `tokens`: the responses named by the `after` of the acts; `roots`: PEM certificates of the TSAs;
    - `objects`: the JSON of each chain; `rules`: canonical rows, several wordings of one rule among them;
    - `withheld`: index → names of the parts that exist and that the recipient may not see;
    - `consistency`: (old size, size of `checkpoint`) → proof;
    - `log_pem`, `vkey`, `policy`: the log's public key in both forms, and the tlog-policy that the issuer states;
    - `summary_html` (`ledger.summary.render` makes one), `summary_pdf`: left out when None; `title`: for people.
    """

    acts: Sequence[BundleAct]
    proofs: Mapping[int, Sequence[bytes]]
    checkpoint: str
    log_pem: bytes
    vkey: str
    policy: str = ""
    checkpoint_token: bytes | None = None
    tokens: Sequence[bytes] = ()
    roots: Sequence[bytes] = ()
    objects: Sequence[Mapping[str, Any]] = ()
    erasures: Sequence[BundleAct] = ()
    rules: Sequence[bytes] = ()
    withheld: Mapping[int, Sequence[str]] = field(default_factory=dict)
    consistency: Mapping[tuple[int, int], Sequence[bytes]] = field(default_factory=dict)
    summary_html: bytes | None = None
    summary_pdf: bytes | None = None
    title: str = ""
