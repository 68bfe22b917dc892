"""Tiles (C2SP tlog-tiles v0.1.0): a log as static files of 256 hashes, and its entries in bundles of 256.

    tile/<level>/<number>[.p/<width>]     hashes; at level L each is the root of 256**L leaves
    tile/entries/<number>[.p/<width>]     entries, each with its length in two bytes

Full files never change. A partial file is written for each size that was signed and belongs to it for ever; once the
full one exists, partial ones may be deleted, so reading falls back on the full file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final

from opposable.ledger import merkle
from opposable.ledger.errors import ProofError
from opposable.ledger.merkle import HASH_SIZE, Tree

WIDTH: Final = 256
HEIGHT: Final = 8
"""Tree levels between one tile level and the next."""
MAX_ENTRY: Final = 2**16 - 1
_CACHED: Final = 512

Reader = Callable[[str], bytes]
"""Gives the bytes at a path of the log; OSError or KeyError when there are none."""


# --- paths and bundles -----------------------------------------------------------------------------------------------


def tile_path(level: int, n: int, width: int = WIDTH) -> str:
    """Path of hash tile `n` at tile level `level` (0 to 63), holding `width` hashes (1 to 256)."""
    if not 0 <= level <= 63:
        raise ProofError(f"no tile level {level}")
    return f"tile/{level}/{_number_path(n, width)}"


def entries_path(n: int, width: int = WIDTH) -> str:
    """Path of entry bundle `n`, holding `width` entries (1 to 256)."""
    return f"tile/entries/{_number_path(n, width)}"


def _number_path(n: int, width: int) -> str:
    if n < 0 or not 1 <= width <= WIDTH:
        raise ProofError(f"no tile {n} of width {width}")
    path = f"{n % 1000:03d}"
    while n >= 1000:
        n //= 1000
        path = f"x{n % 1000:03d}/{path}"
    return path if width == WIDTH else f"{path}.p/{width}"


def encode_entries(entries: Sequence[bytes]) -> bytes:
    """An entry bundle: each entry (at most 65,535 bytes) after its length as two bytes, big-endian."""
    for entry in entries:
        if len(entry) > MAX_ENTRY:
            raise ProofError(f"an entry of {len(entry)} bytes: {MAX_ENTRY} at most")
    return b"".join([len(entry).to_bytes(2, "big") + entry for entry in entries])


def decode_entries(data: bytes) -> list[bytes]:
    """The entries of a bundle; `ProofError` when it is cut short."""
    entries = []
    at = 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise ProofError("an entry bundle that is cut short")
        entries.append(data[start:at])
    return entries


# --- reading ---------------------------------------------------------------------------------------------------------


class TileTree:
    """The tree of `size` leaves in the tiles that `read` gives; at most 512 tiles are kept in memory.

    Tiles are believed as they are read: compare `root()` with a signed checkpoint, and check the proofs (each one
    proves itself), or use `faults` for the whole log. Raises `ProofError` for tiles that are missing or too short.
    """

    def __init__(self, read: Reader, size: int) -> None:
        if size < 0:
            raise ProofError(f"no tree of {size} leaves")
        self.size = size
        self._read = read
        self._tile = lru_cache(maxsize=_CACHED)(self._load)

    def tile(self, level: int, n: int) -> Tree:
        """The hashes of a tile that belong to this size, as the leaves of a small tree."""
        return self._tile(level, n)

    def node(self, level: int, number: int) -> bytes:
        """Hash of the full subtree (level, number), within `size`."""
        if level < 0 or number < 0 or (number + 1) << level > self.size:
            raise ProofError(f"no full subtree {number} at level {level} in a tree of {self.size} leaves")
        tile_level, inner = divmod(level, HEIGHT)
        n, first = divmod(number << inner, WIDTH)
        return self._tile(tile_level, n).node(inner, first >> inner)

    def root(self) -> bytes:
        """Root over all leaves."""
        return merkle.read_root(self.node, self.size)

    def leaf(self, i: int) -> bytes:
        """Hash of leaf `i`."""
        return self.node(0, i)

    def inclusion_proof(self, i: int) -> list[bytes]:
        """Audit path of leaf `i`."""
        return merkle.read_inclusion_proof(self.node, i, self.size)

    def consistency_proof(self, old: int) -> list[bytes]:
        """Proof that the first `old` leaves begin this tree."""
        return merkle.read_consistency_proof(self.node, old, self.size)

    def entries(self, n: int) -> list[bytes]:
        """The entries of bundle `n`, as many as belong to this size; not compared with their hashes."""
        return _read_entries(self._read, n, self._width(0, n))

    def _width(self, level: int, n: int) -> int:
        return min(WIDTH, (self.size >> HEIGHT * level) - n * WIDTH)

    def _load(self, level: int, n: int) -> Tree:
        return Tree(_read_hashes(self._read, level, n, self._width(level, n)))


def _read_hashes(read: Reader, level: int, n: int, width: int) -> list[bytes]:
    data, found = _read_file(read, partial(tile_path, level), n, width)
    if len(data) != found * HASH_SIZE:
        raise ProofError(f"{tile_path(level, n, found)} holds {len(data)} bytes, not {found} hashes")
    return [data[at : at + HASH_SIZE] for at in range(0, width * HASH_SIZE, HASH_SIZE)]


def _read_entries(read: Reader, n: int, width: int) -> list[bytes]:
    data, found = _read_file(read, entries_path, n, width)
    try:
        entries = decode_entries(data)
    except ProofError as error:
        raise ProofError(f"{entries_path(n, found)}: {error}") from error
    if len(entries) != found:
        raise ProofError(f"{entries_path(n, found)} holds {len(entries)} entries, not {found}")
    return entries[:width]


def _read_file(read: Reader, path: Callable[[int, int], str], n: int, width: int) -> tuple[bytes, int]:
    """The file of this width, or the full one that took its place, and the width it has by its name."""
    for candidate in dict.fromkeys((width, WIDTH)):
        try:
            return read(path(n, candidate)), candidate
        except (OSError, KeyError):
            continue
    raise ProofError(f"{path(n, width)} is missing")


# --- growing ---------------------------------------------------------------------------------------------------------


def extend(read: Reader, old_size: int, entries: Sequence[bytes]) -> tuple[int, bytes, dict[str, bytes]]:
    """What appending `entries` to a log of `old_size` makes: the new size, its root, and every new file by path.

    Writes nothing. Full files are in the result, and the partial ones of the new size. Reads only the right edge of
    the old tree, which must be the signed one: `TileTree(read, old_size).root()` tells. Raises `ProofError` when
    that edge is missing or its entries do not have its hashes. The same call gives the same bytes.
    """
    files = _entry_files(read, old_size, entries) if entries else {}
    fresh, level, count = merkle.leaf_hashes(entries), 0, old_size
    while fresh:
        fresh = _grow_level(read, level, count, fresh, files)
        level, count = level + 1, count >> HEIGHT
    new_size = old_size + len(entries)
    return new_size, TileTree(_overlay(files, read), new_size).root(), files


def _entry_files(read: Reader, old_size: int, entries: Sequence[bytes]) -> dict[str, bytes]:
    n, width = divmod(old_size, WIDTH)
    edge = _read_entries(read, n, width) if width else []
    if merkle.leaf_hashes(edge) != _edge(read, 0, old_size):
        raise ProofError(f"the entries of {entries_path(n, width)} do not have the hashes of {tile_path(0, n, width)}")
    chunks = _chunks([*edge, *entries])
    return {entries_path(n + at, len(chunk)): encode_entries(chunk) for at, chunk in enumerate(chunks)}


def _grow_level(read: Reader, level: int, count: int, fresh: list[bytes], files: dict[str, bytes]) -> list[bytes]:
    """Add the tiles for `fresh` hashes after the first `count` of a level; the hashes of those that are full."""
    roots = []
    for n, chunk in enumerate(_chunks([*_edge(read, level, count), *fresh]), start=count // WIDTH):
        files[tile_path(level, n, len(chunk))] = b"".join(chunk)
        if len(chunk) == WIDTH:
            roots.append(merkle.root(chunk))
    return roots


def _edge(read: Reader, level: int, count: int) -> list[bytes]:
    """The hashes of the partial tile that ends `count` hashes of a level; none when the last tile is full."""
    n, width = divmod(count, WIDTH)
    return _read_hashes(read, level, n, width) if width else []


def _chunks(items: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    return (items[at : at + WIDTH] for at in range(0, len(items), WIDTH))


def _overlay(files: Mapping[str, bytes], read: Reader) -> Reader:
    return lambda path: files[path] if path in files else read(path)


# --- checking a whole log --------------------------------------------------------------------------------------------


def faults(read: Reader, size: int, root: bytes) -> Iterator[str]:
    """Every file of the log that is missing or does not fit, as sentences; nothing when all leads to `root`.

    Entries are hashed and compared with their tile, each full tile with the hash above it, and the top with the
    root. Stops at nothing, so all that is damaged is named.
    """
    tree = TileTree(read, size)
    for n in range(-(-size // WIDTH)):
        yield from _caught(_entry_faults(tree, n))
    for level in range((size.bit_length() - 1) // HEIGHT):
        for n in range(size >> HEIGHT * (level + 1)):
            yield from _caught(_tile_faults(tree, level, n))
    yield from _caught(_root_faults(tree, root))


def _caught(found: Iterator[str]) -> Iterator[str]:
    try:
        yield from found
    except ProofError as error:
        yield str(error)


def _entry_faults(tree: TileTree, n: int) -> Iterator[str]:
    hashes = merkle.leaf_hashes(tree.entries(n))
    if b"".join(hashes) != tree.tile(0, n).nodes(0, 0, len(hashes)):
        for at, found in enumerate(hashes):
            if found != tree.tile(0, n).leaf(at):
                yield f"entry {n * WIDTH + at} does not have the hash that is in {tile_path(0, n, len(hashes))}"


def _tile_faults(tree: TileTree, level: int, n: int) -> Iterator[str]:
    if tree.tile(level, n).root() != tree.node((level + 1) * HEIGHT, n):
        yield f"{tile_path(level, n)} does not have the hash that is in the tile above"


def _root_faults(tree: TileTree, root: bytes) -> Iterator[str]:
    if tree.root() != root:
        yield "the tiles lead to another root than the signed one"
