"""RFC 6962 Merkle tree with SHA-256: hashes, proofs, checks, and a tree kept in memory.

Every hash is 32 bytes. A node (level, number) is the root of the 2**level leaves from number * 2**level on; such full
subtrees never change once written, so all proofs and roots are read from them. Source: RFC 6962 §2.1; the edges that
the RFC leaves open (empty trees, equal sizes) follow the test vectors of transparency-dev/merkle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from itertools import islice
from typing import Final

from opposable.ledger.errors import ProofError

HASH_SIZE: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()
"""Root of the tree without leaves."""

# Copying a started hash costs less than starting one: it counts where a million are made.
_LEAF: Final = sha256(b"\x00")
_NODE: Final = sha256(b"\x01")

NodeReader = Callable[[int, int], bytes]
"""Gives the hash of the full subtree (level, number)."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 ‖ entry)."""
    return sha256(b"\x00" + entry).digest()


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """The leaf hash of every entry, in order."""
    digests = []
    for entry in entries:
        leaf = _LEAF.copy()
        leaf.update(entry)
        digests.append(leaf.digest())
    return digests


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


# --- reading roots and proofs from full subtrees ---------------------------------------------------------------------


def read_root(node: NodeReader, size: int) -> bytes:
    """Root of the first `size` leaves."""
    return _range_hash(node, 0, size) if size else EMPTY_ROOT


def read_inclusion_proof(node: NodeReader, index: int, size: int) -> list[bytes]:
    """Audit path of leaf `index` in the tree of `size` leaves, from the leaf up (RFC 6962 §2.1.1)."""
    _check_index(index, size)
    return _path(node, index, size, 0)


def read_consistency_proof(node: NodeReader, old_size: int, new_size: int) -> list[bytes]:
    """Proof that the tree of `old_size` leaves is the beginning of that of `new_size` (RFC 6962 §2.1.2)."""
    _check_sizes(old_size, new_size)
    if old_size == new_size:
        return []
    last = old_size - 1
    level = _trailing_zeros(old_size)
    path = _path(node, last, new_size, level)
    # A power of two is a full subtree of the new tree: its root is known to whoever holds the old root.
    return path if old_size == 1 << level else [node(level, last >> level), *path]


def _path(node: NodeReader, index: int, size: int, level: int) -> list[bytes]:
    """Siblings of the node over `index`, from `level` up to the root of `size` leaves."""
    inner = (index ^ (size - 1)).bit_length()
    path = [node(at, (index >> at) ^ 1) for at in range(level, inner - 1)]
    if level < inner:
        # Here the ways to `index` and to the last leaf part: the right sibling is the ragged edge of the tree.
        path.append(_range_hash(node, ((index >> (inner - 1)) ^ 1) << (inner - 1), size))
    above = index >> inner
    path += [node(inner + at, (above >> at) - 1) for at in range(above.bit_length()) if above >> at & 1]
    return path


def _range_hash(node: NodeReader, start: int, end: int) -> bytes:
    """Root of the leaves [start, end), where start is a multiple of a power of two not below end - start."""
    count = end - start
    level = _trailing_zeros(count)
    digest = node(level, (end >> level) - 1)
    end -= 1 << level
    for at in range(level + 1, count.bit_length()):
        if count >> at & 1:
            digest = node_hash(node(at, (end >> at) - 1), digest)
            end -= 1 << at
    return digest


def _hash_pairs(row: bytearray, start: int, end: int) -> bytes:
    """Node hashes over the bytes [start, end) of a level, joined."""
    digests = []
    for at in range(start, end, 2 * HASH_SIZE):
        node = _NODE.copy()
        node.update(row[at : at + 2 * HASH_SIZE])
        digests.append(node.digest())
    return b"".join(digests)


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1


# --- the tree in memory ----------------------------------------------------------------------------------------------


class Tree:
    """An append-only tree that keeps every full subtree: 64 bytes per leaf, each node hashed once.

    Roots and proofs of any earlier size cost O(log size), so one tree serves a whole log.
    """

    __slots__ = ("_levels",)

    def __init__(self, leaf_hashes: Iterable[bytes] = ()) -> None:
        self._levels: list[bytearray] = [bytearray()]
        self.extend(leaf_hashes)

    def __len__(self) -> int:
        return len(self._levels[0]) // HASH_SIZE

    @property
    def size(self) -> int:
        """Number of leaves."""
        return len(self)

    def append(self, leaf: bytes) -> int:
        """Add one leaf hash and return its index."""
        self.extend((leaf,))
        return len(self) - 1

    def extend(self, leaf_hashes: Iterable[bytes]) -> None:
        """Add leaf hashes, all or (with `ProofError` when one is not 32 bytes) none."""
        added = leaf_hashes if isinstance(leaf_hashes, (list, tuple)) else list(leaf_hashes)
        if not set(map(type, added)) <= {bytes} or not set(map(len, added)) <= {HASH_SIZE}:
            raise ProofError("a leaf hash is not 32 bytes")
        self._levels[0] += b"".join(added)
        self._grow()

    def attach(self, other: Tree) -> None:
        """Add the leaves of another tree, and what it has hashed of them already.

        A full subtree keeps its place when our size is a multiple of its own: put trees together where such a multiple ends.
        """
        kept = _trailing_zeros(len(self)) if len(self) else len(other._levels)
        for level, row in enumerate(other._levels[: kept + 1]):
            if level == len(self._levels):
                self._levels.append(bytearray())
            self._levels[level] += row
        self._grow(min(kept, len(other._levels) - 1))

    def _grow(self, level: int = 0) -> None:
        """Hash the pairs that became complete, from a level up."""
        while len(self._levels[level]) >= 2 * HASH_SIZE:
            if level + 1 == len(self._levels):
                self._levels.append(bytearray())
            below, above = self._levels[level], self._levels[level + 1]
            start, end = 2 * len(above), len(below) - len(below) % (2 * HASH_SIZE)
            if start == end:
                return
            above += _hash_pairs(below, start, end)
            level += 1

    def node(self, level: int, number: int) -> bytes:
        """Hash of the full subtree (level, number); `ProofError` when it is not complete."""
        at = number * HASH_SIZE
        digest = bytes(self._levels[level][at : at + HASH_SIZE]) if 0 <= level < len(self._levels) and at >= 0 else b""
        if not digest:
            raise ProofError(f"no full subtree {number} at level {level} in a tree of {len(self)} leaves")
        return digest

    def leaf(self, index: int) -> bytes:
        """Hash of leaf `index`."""
        return self.node(0, index)

    def nodes(self, level: int, start: int, end: int) -> bytes:
        """Hashes [start, end) of a level, joined; `ProofError` when some are not complete."""
        row = self._levels[level] if 0 <= level < len(self._levels) else b""
        if not 0 <= start <= end <= len(row) // HASH_SIZE:
            raise ProofError(f"no full subtrees {start} to {end} at level {level} in a tree of {len(self)} leaves")
        return bytes(row[start * HASH_SIZE : end * HASH_SIZE])

    def root(self, size: int | None = None) -> bytes:
        """Root of the first `size` leaves (all when None)."""
        return read_root(self.node, self._within(size))

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Audit path of leaf `index` in the tree of the first `size` leaves."""
        return read_inclusion_proof(self.node, index, self._within(size))

    def consistency_proof(self, old_size: int, new_size: int | None = None) -> list[bytes]:
        """Proof that the first `old_size` leaves begin the first `new_size`; `ProofError` from an empty tree."""
        return read_consistency_proof(self.node, old_size, self._within(new_size))

    def _within(self, size: int | None) -> int:
        if size is None:
            return len(self)
        _check_natural(size)
        if size > len(self):
            raise ProofError(f"size {size} is beyond the tree of {len(self)} leaves")
        return size


def root(leaf_hashes: Iterable[bytes]) -> bytes:
    """Root over leaf hashes in order; `EMPTY_ROOT` for none."""
    return Tree(leaf_hashes).root()


def inclusion_proof(leaf_hashes: Sequence[bytes], index: int, size: int | None = None) -> list[bytes]:
    """Audit path of leaf `index` in the tree of the first `size` leaves (all when None).

    Hashes the whole tree: keep a `Tree` when several proofs are wanted.
    """
    return Tree(_first(leaf_hashes, size)).inclusion_proof(index)


def consistency_proof(leaf_hashes: Sequence[bytes], old_size: int, new_size: int | None = None) -> list[bytes]:
    """Proof that the first `old_size` leaves begin the first `new_size` (all when None); hashes the whole tree."""
    return Tree(_first(leaf_hashes, new_size)).consistency_proof(old_size)


def _first(leaf_hashes: Sequence[bytes], size: int | None) -> Iterable[bytes]:
    if size is None:
        return leaf_hashes
    _check_natural(size)
    if size > len(leaf_hashes):
        raise ProofError(f"size {size} is beyond the {len(leaf_hashes)} leaves given")
    return islice(leaf_hashes, size)


# --- checking --------------------------------------------------------------------------------------------------------


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return None when `proof` shows that leaf hash `leaf` is at `index` of the tree (size, root).

    Raises `ProofError` otherwise. Source: RFC 9162 §2.1.3.2.
    """
    if root_from_inclusion(leaf, index, size, proof) != _checked_hash(root, "root"):
        raise ProofError("inclusion proof leads to another root")


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a well-formed inclusion proof leads to; `ProofError` when it has the wrong shape."""
    _check_index(index, size)
    _checked_hash(leaf, "leaf hash")
    inner = (index ^ (size - 1)).bit_length()
    _check_proof(proof, inner + (index >> inner).bit_count())
    return _chain_left(_chain(leaf, index, proof[:inner]), proof[inner:])


def verify_consistency(old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Return None when `proof` shows that the tree (old_size, old_root) begins the tree (new_size, new_root).

    Raises `ProofError` otherwise, and for old_size 0: the empty tree begins every tree, which proves nothing.
    Equal sizes need equal roots and no hashes. Source: RFC 9162 §2.1.4.2.
    """
    _check_sizes(old_size, new_size)
    if old_size == new_size:
        _check_proof(proof, 0)
        # Nothing is hashed, so nothing depends on the length; one upstream vector has short equal roots.
        if not _is_bytes(old_root) or old_root != new_root:
            raise ProofError("equal sizes with different roots")
        return
    _checked_hash(old_root, "old root")
    _checked_hash(new_root, "new root")
    old, new = _roots_from_consistency(old_size, new_size, proof, old_root)
    if old != old_root:
        raise ProofError("consistency proof leads to another old root")
    if new != new_root:
        raise ProofError("consistency proof leads to another new root")


def _roots_from_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes
) -> tuple[bytes, bytes]:
    """Both roots from a proof between different sizes, the path of the last full subtree of the old tree."""
    last, level = old_size - 1, _trailing_zeros(old_size)
    inner = (last ^ (new_size - 1)).bit_length() - level
    whole = old_size == 1 << level
    _check_proof(proof, (0 if whole else 1) + inner + (last >> (level + inner)).bit_count())
    seed, path = (old_root, proof) if whole else (proof[0], proof[1:])
    position = last >> level
    lefts = [digest for at, digest in enumerate(path[:inner]) if position >> at & 1]
    old = _chain_left(_chain_left(seed, lefts), path[inner:])
    new = _chain_left(_chain(seed, position, path[:inner]), path[inner:])
    return old, new


def _chain(seed: bytes, position: int, path: Sequence[bytes]) -> bytes:
    """Climb from node number `position`, with the sibling on the side that its number tells."""
    for sibling in path:
        pair = sibling + seed if position & 1 else seed + sibling
        seed = sha256(b"\x01" + pair).digest()
        position >>= 1
    return seed


def _chain_left(seed: bytes, path: Iterable[bytes]) -> bytes:
    """Climb the right edge, where every sibling is on the left."""
    for sibling in path:
        seed = sha256(b"\x01" + sibling + seed).digest()
    return seed


def _check_natural(number: int) -> None:
    if type(number) is not int or number < 0:
        raise ProofError(f"not a natural number: {number!r}")


def _check_index(index: int, size: int) -> None:
    _check_natural(index)
    _check_natural(size)
    if index >= size:
        raise ProofError(f"leaf index {index} is not in a tree of {size} leaves")


def _check_sizes(old_size: int, new_size: int) -> None:
    _check_natural(old_size)
    _check_natural(new_size)
    if old_size == 0:
        raise ProofError("nothing can be proven from the empty tree")
    if old_size > new_size:
        raise ProofError(f"old size {old_size} is beyond new size {new_size}")


def _check_proof(proof: Sequence[bytes], length: int) -> None:
    if not isinstance(proof, (list, tuple)):
        raise ProofError(f"a proof is a list of hashes, not {type(proof).__name__}")
    if len(proof) != length:
        raise ProofError(f"proof of {len(proof)} hashes where {length} are needed")
    for digest in proof:
        _checked_hash(digest, "proof hash")


def _checked_hash(digest: bytes, what: str) -> bytes:
    if not _is_bytes(digest) or len(digest) != HASH_SIZE:
        raise ProofError(f"{what} is not 32 bytes")
    return digest


def _is_bytes(value: object) -> bool:
    # Values come from files and JSON: the annotation is a promise that nobody kept for us.
    return isinstance(value, bytes)
