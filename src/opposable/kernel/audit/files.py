"""The log's folder against the database: every tile and entry bundle, and, where they differ, which of the two is wrong."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from opposable.kernel.audit.report import Report
from opposable.kernel.models import Leaf
from opposable.ledger import merkle, tiles
from opposable.ledger.errors import ProofError
from opposable.ledger.merkle import HASH_SIZE, Tree
from opposable.ledger.tiles import HEIGHT, WIDTH

_BATCH: Final = 1 << 16
_PATH: Final = re.compile(r"tile/(entries|[0-9]+)/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([0-9]+))?")
_LOWEST: Final = ("entries", "0")
_LENGTH: Final = HASH_SIZE.to_bytes(2, "big")


class Files:
    """What the log's folder must hold for ``entries`` (32 bytes for each index)."""

    def __init__(self, log: Path, entries: bytearray | memoryview, tree: Tree) -> None:
        self._log, self._entries, self.tree = log, memoryview(entries), tree
        self.size = len(entries) // HASH_SIZE

    def entry(self, index: int) -> bytes:
        """The entry of the database."""
        return bytes(self._entries[index * HASH_SIZE : (index + 1) * HASH_SIZE])

    def _slices(self, start: int, end: int) -> list[bytes]:
        return _slices(self._entries, start, end)

    def expected(self, level: str, number: int, width: int) -> bytes | None:
        """The bytes of a file; None when the log is too short to have it."""
        start = number * WIDTH
        if level == "entries":
            if start + width > self.size:
                return None
            return b"".join([_LENGTH + one for one in self._slices(start, start + width)])
        height = HEIGHT * int(level)
        if start + width > self.size >> height:
            return None
        return self.tree.nodes(height, start, start + width)

    def required(self) -> Iterator[str]:
        """The paths that the signed size needs: a full file may stand for its partial one."""
        for number, width in _widths(self.size):
            yield tiles.entries_path(number, width)
        level, count = 0, self.size
        while count:
            for number, width in _widths(count):
                yield tiles.tile_path(level, number, width)
            level, count = level + 1, count >> HEIGHT

    def check(self, report: Report, later: int, elsewhere: Sequence[range] = ()) -> None:
        """Compare every file. ``later``: the size of the log by now, which may have grown during the audit.

        ``elsewhere``: the numbers of the full files that other processes compare, by `check_piece`.
        """
        found = set()
        for path in _walk(self._log):
            found.add(path)
            match = _PATH.fullmatch(path)
            if match is None:
                report.alarm("log.stranger", "log/", path)
                continue
            level, number, width = match[1], _number(match[2]), int(match[3] or WIDTH)
            if level in _LOWEST and not match[3] and any(number in numbers for numbers in elsewhere):
                continue
            report.counts["tiles"] += 1
            wanted = self.expected(level, number, width)
            if wanted is None:
                if later <= self.size:
                    report.alarm("log.stranger", "log/", path, "the log is not so long")
            elif (self._log / path).read_bytes() != wanted:
                report.alarm("log.tile", "log/", path, "changed")
        for path in self.required():
            if path not in found and path.partition(".p/")[0] not in found:
                report.alarm("log.tile", "log/", path, "missing")


def numbers(start: int, end: int) -> range:
    """The full files that lie within a piece of the entries."""
    return range(-(-start // WIDTH), end // WIDTH)


def check_piece(log: Path, entries: memoryview, tree: Tree, start: int, end: int, report: Report) -> None:
    """Compare the full files within a piece of the entries, of which ``tree`` is the tree. One that is missing is `check`'s."""
    for number in numbers(start, end):
        first = number * WIDTH
        bundle = b"".join([_LENGTH + one for one in _slices(entries, first, first + WIDTH)])
        hashes = tree.nodes(0, first - start, first - start + WIDTH)
        for path, wanted in ((tiles.entries_path(number, WIDTH), bundle), (tiles.tile_path(0, number, WIDTH), hashes)):
            with suppress(FileNotFoundError):
                same = (log / path).read_bytes() == wanted
                report.counts["tiles"] += 1
                if not same:
                    report.alarm("log.tile", "log/", path, "changed")


def grow(entries: memoryview, start: int, end: int) -> Tree:
    """The tree over the entries [start, end) of the database."""
    tree = Tree()
    for at in range(start, end, _BATCH):
        tree.extend(merkle.leaf_hashes(_slices(entries, at, min(at + _BATCH, end))))
    return tree


def _slices(entries: memoryview, start: int, end: int) -> list[bytes]:
    data = bytes(entries[start * HASH_SIZE : end * HASH_SIZE])
    return [data[at : at + HASH_SIZE] for at in range(0, len(data), HASH_SIZE)]


def _widths(count: int) -> Iterator[tuple[int, int]]:
    yield from ((number, WIDTH) for number in range(count // WIDTH))
    if count % WIDTH:
        yield count // WIDTH, count % WIDTH


def _number(text: str) -> int:
    return int(text.replace("x", "").replace("/", ""))


def _walk(log: Path) -> Iterator[str]:
    for folder, _, names in os.walk(log / "tile"):
        within = Path(folder).relative_to(log).as_posix()
        # what a power cut left of a file being written is no file of the log
        yield from (f"{within}/{name}" for name in names if not name.startswith(".new-"))


# --- when the database does not lead to the signed root -----------------------------------------------------------------


def locate(files: Files, log: Path, root: bytes, unfit: dict[int, tuple[int, bytes]], report: Report) -> None:
    """Find which entries of the database are not those of the log. ``unfit``: index → (act id, digest of its header)."""
    tree = tiles.TileTree(lambda path: (log / path).read_bytes(), files.size)
    report.alarm("log.root", "kernel_leaf", f"0 to {files.size - 1}", f"signed root {root.hex()}")
    for number, width in _widths(files.size):
        try:
            sealed = tree.entries(number)
        except ProofError as error:
            report.alarm("log.tile", "log/", tiles.entries_path(number, width), str(error))
            continue
        for at, entry in enumerate(sealed):
            index = number * WIDTH + at
            if entry != files.entry(index):
                _blame(index, entry, unfit, report)
    for sentence in tiles.faults(lambda path: (log / path).read_bytes(), files.size, root):
        report.alarm("log.tile", "log/", "tile/", sentence)


def _blame(index: int, sealed: bytes, unfit: dict[int, tuple[int, bytes]], report: Report) -> None:
    if index in unfit:
        act_id, found = unfit.pop(index)
        what = "entry" if found == sealed else f"entry and header; sealed as {sealed.hex()}"
        report.alarm("act.entry", "kernel_act", act_id, what, act=index)
        return
    leaf = Leaf.objects.filter(index=index).select_related("act").first()
    if leaf is not None and leaf.act.header is None:
        report.alarm("act.entry", "kernel_act", leaf.act_id, "entry, of an erased act", act=index)
    else:
        named = "no act" if leaf is None else f"act {leaf.act_id}"
        report.alarm("leaf.act", "kernel_leaf", index, f"{named} was not sealed here", act=index)


def blame_headers(unfit: dict[int, tuple[int, bytes]], report: Report) -> None:
    """Headers that do not have the digest of their entry, where the entry is the one of the log."""
    for index, (act_id, found) in sorted(unfit.items()):
        report.alarm("act.header", "kernel_act", act_id, f"header: sha256 {found.hex()}", act=index)
