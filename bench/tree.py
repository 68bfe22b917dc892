"""The tree of a million leaves, and what proving one of them costs. No database."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Iterator

from bench.harness import Bench, Figure, at_most, median_of

TITLE = "The tree of a million leaves"
DATABASES = ("",)


def measure(bench: Bench) -> Iterator[Figure]:
    from opposable.ledger import merkle

    size = bench.size(1_000_000, 20_000)
    entries = [os.urandom(32) for _ in range(size)]

    def grow() -> merkle.Tree:
        tree = merkle.Tree(merkle.leaf_hashes(entries))
        tree.root()
        return tree

    yield Figure(
        f"tree of {size:,} leaves: leaf hashes, every node, root", median_of(5, grow), "s",
        f"{2 * size:,} hashes of 65 bytes by hashlib, in a bare loop", median_of(5, lambda: _hashes(2 * size)), at_most(1.5),
        again=grow,
    )  # fmt: skip
    tree = grow()
    chosen = random.Random(68).sample(range(size), min(size, 5_000))
    proofs = {}

    def prove() -> None:
        proofs.update({index: tree.inclusion_proof(index) for index in chosen})

    def check() -> None:
        for index, proof in proofs.items():
            merkle.verify_inclusion(leaves[index], index, size, proof, root)

    leaves, root = merkle.leaf_hashes(entries), tree.root()
    length = len(tree.inclusion_proof(0))
    path = median_of(9, lambda: _hashes(length * len(chosen))) / len(chosen) * 1e6
    bare = f"the {length} hashes of the path by hashlib"
    for what, work in (("made", prove), ("checked", check)):
        taken = median_of(9, work) / len(chosen) * 1e6
        yield Figure(f"inclusion proof in {size:,} leaves, {what}", taken, "µs", bare, path, at_most(50), again=work)


def _hashes(count: int) -> None:
    sha256, node = hashlib.sha256, bytes(65)
    for _ in range(count):
        sha256(node).digest()
