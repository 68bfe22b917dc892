"""The tree: a million leaves, and a proof made and checked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from bench.harness import Bench, Figure, at_most, median_of

TITLE = "The Merkle tree"
DATABASES = ("sqlite",)
PROOFS = 2_000


def measure(bench: Bench) -> Iterator[Figure]:
    """The tree against the bare hashing of as many nodes; a proof against the hashing of its path."""
    from opposable.ledger import merkle

    size = bench.size(1_000_000, 20_000)
    entries = [hashlib.sha256(b"%d" % n).digest() for n in range(size)]
    bare = median_of(3, lambda: _hash(size, 33) + _hash(size - 1, 65))
    leaves: list[bytes] = []

    def build() -> None:
        leaves[:] = merkle.leaf_hashes(entries)
        merkle.Tree(leaves).root()

    yield Figure(
        f"leaf hashes and root of {size} entries",
        median_of(3, build),
        "s",
        "as many bare SHA-256 calls",
        bare,
        at_most(1.5),
        again=build,
    )
    tree = merkle.Tree(leaves)
    root, step = tree.root(), max(1, size // PROOFS)
    picked = range(0, size, step)
    path = median_of(3, lambda: _hash(20 * len(picked), 65)) / len(picked)
    proofs = {n: tree.inclusion_proof(n) for n in picked}
    made = median_of(5, lambda: [tree.inclusion_proof(n) for n in picked]) / len(picked)
    checked = median_of(
        5, lambda: [merkle.verify_inclusion(leaves[n], n, size, proofs[n], root) for n in picked]
    ) / len(picked)
    yield Figure("inclusion proof made", made * 1e6, "µs", "20 bare SHA-256 calls", path * 1e6, at_most(50))
    yield Figure("inclusion proof checked", checked * 1e6, "µs", "20 bare SHA-256 calls", path * 1e6, at_most(50))


def _hash(times: int, size: int) -> int:
    data, sha = b"\1" * size, hashlib.sha256
    for _ in range(times):
        sha(data).digest()
    return times
