"""«Fichier ouvert». One segment on this disk while a question is put to it: which groups may hold the rows, and their pages, opened.

Bounds of the footer decide first. Where they leave many groups, the dictionaries of the column do: which words are in which group is
remembered beside the footer, as Python hashes them (under a secret of the process), not as they are.
"""

from __future__ import annotations

import operator
import os
from collections.abc import Callable, Sequence
from functools import cache, reduce
from typing import Any, Self

import numpy as np
import pyarrow as pa

from opposable.systems.traffic.store.conditions import Compared, Term, Where
from opposable.systems.traffic.store.footers import (
    LENGTH,
    NONCE,
    Chunk,
    Footer,
    Unfamiliar,
    footer_of,
    module,
    remember,
)
from opposable.systems.traffic.store.proof import default_of
from opposable.systems.traffic.store.rows import Family

SIGNS = {"=": operator.eq, "<=": operator.le, "<": operator.lt, ">=": operator.ge}
LESS = {"<=", "<"}
DICTIONARY_PAGE = b"\x15\x04\x15"
"""How the header of one begins (parquet.thrift, PageHeader): its type, then its length before compression."""
FEW = 2
"""So many groups are looked at without asking their dictionaries."""
_codec = cache(pa.Codec)


class Group:
    """A group of a file, as it lies on the disk."""

    __slots__ = ("footer", "group", "number", "rows", "sealed", "start")

    def __init__(self, number: int, footer: Footer, group: int, sealed: bytes) -> None:
        self.number, self.footer, self.group, self.sealed = number, footer, group, sealed
        self.start = footer.starts[group]
        self.rows = footer.starts[group + 1] - self.start

    def listed(self, name: str) -> bool:
        """Whether a dictionary tells the values of a column."""
        return self.footer.chunk(self.group, name).listed

    def pages(self, name: str) -> list[bytes]:
        """The pages of a column, opened: what `footers.module` does, in the one place that is gone through thousands of times."""
        chunk, found = self.footer.chunk(self.group, name), list[bytes]()
        before = self.footer.extent(self.group)[0]
        decrypt, sealed, at, end = self.footer.cipher.decrypt, self.sealed, chunk.first - before, chunk.end - before
        while at < end:
            nonce = at + LENGTH
            body, at = nonce + NONCE, nonce + int.from_bytes(sealed[at:nonce], "little")
            found.append(decrypt(sealed[nonce:body], sealed[body:at], None))
        if at != end:
            raise Unfamiliar("pages that end elsewhere")
        return found


class File:
    """A file while it is open. Raises Unfamiliar, InvalidTag, OSError, pa.ArrowException."""

    __slots__ = ("family", "file", "footer", "path")

    def __init__(self, family: Family, path: str, key: bytes) -> None:
        self.family, self.path, self.file = family, path, os.open(path, os.O_RDONLY)
        try:
            self.footer = footer_of(path, self.file, key, _must_have(family))
        except BaseException:
            os.close(self.file)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self.file)

    def group(self, group: int, number: int = 0) -> Group:
        """A group as it lies; ``number`` says of which file it is."""
        first, end = self.footer.extent(group)
        return Group(number, self.footer, group, os.pread(self.file, end - first, first))

    def groups(self, where: Where) -> list[int]:
        """The groups in which the condition may hold, by their bounds, then by their dictionaries."""
        may = np.ones(len(self.footer.groups), dtype=bool)
        for term in where:
            may &= _any(term, self._within)
        found: list[int] = may.nonzero()[0].tolist()
        if len(found) > FEW:
            for term in where:
                may &= _any(term, self._listed)
            found = may.nonzero()[0].tolist()
        return found

    def _within(self, one: Compared) -> Any:
        """In which groups the comparison may hold by their bounds."""
        column, sign, value, footer = *one, self.footer
        if column not in footer.columns and column != "end":
            return np.bool_(SIGNS[sign](default_of(self.family, column), value))
        if sign != "=" and (ends := footer.ends(column)) and SIGNS[sign](ends[sign in LESS], value):
            return np.True_  # in all of them, as most often where days are asked for
        if (bounds := footer.bounds(column)) is None:
            return np.True_
        least, greatest = bounds
        if sign == "=":
            return (least <= value) & (greatest >= value)
        return SIGNS[sign](greatest if sign == ">=" else least, value)

    def _listed(self, one: Compared) -> Any:
        """In which groups the dictionary has the value, or where there is none; bounds have decided of what the file is sorted by."""
        if one.sign != "=" or one.column == self.family.key[0] or one.column not in self.footer.columns:
            return np.True_
        if self.family.columns[one.column] not in ("text", "ip"):
            return np.True_
        may = np.ones(len(self.footer.groups), dtype=bool)
        known = self.footer.listings.get(one.column)
        if known is None:
            known = remember(self.path, self.footer, one.column, self._listing(one.column))
        words, unlisted = known
        value = one.value.encode() if isinstance(one.value, str) else bytes(one.value)
        first = np.uint64(_hash(value))
        some = words[np.searchsorted(words, first) : np.searchsorted(words, first + np.uint64(1 << 32))]
        may[:] = unlisted
        may[(some & np.uint64(0xFFFFFFFF)).astype(np.int64)] = True
        return may

    def _listing(self, column: str) -> tuple[Any, Any]:
        """Of each word its hash and its group, in order; and the groups whose words no dictionary tells."""
        found, unlisted = [np.empty(0, np.uint64)], np.zeros(len(self.footer.groups), dtype=bool)
        for group in self.footer.groups:
            words = self._words(self.footer.chunk(group, column))
            if words is None:
                unlisted[group] = True
            else:
                found.append(np.array(list(map(_hash, words)), np.uint64) | np.uint64(group))
        return np.sort(np.concatenate(found)), unlisted

    def _words(self, chunk: Chunk) -> Sequence[bytes] | None:
        """The words of a dictionary; None where there is none of the kind that is written here."""
        if not chunk.listed:
            return None
        data = memoryview(os.pread(self.file, chunk.data - chunk.first, chunk.first))
        head, at = module(self.footer.cipher, data, 0)
        page, _ = module(self.footer.cipher, data, at)
        if not head.startswith(DICTIONARY_PAGE):
            return None
        return _split(_codec(chunk.codec).decompress(page, _length(head, len(DICTIONARY_PAGE)), asbytes=True))


def _any(term: Term, may: Callable[[Compared], Any]) -> Any:
    """Where one of the alternatives may hold."""
    if len(term) == 1 and len(term[0]) == 1:
        return may(term[0][0])
    return reduce(operator.or_, (reduce(operator.and_, map(may, each)) for each in term))


@cache
def _must_have(family: Family) -> frozenset[str]:
    return frozenset(family.needed - {"end"} | {"span"})


def _hash(word: bytes) -> int:
    return (hash(word) & 0x7FFFFFFF) << 32


def _split(data: bytes) -> Sequence[bytes]:
    """Words that are written one behind the other, the length of each in 32 bits before it."""
    width = int.from_bytes(data[:4], "little")
    if len(data) % (4 + width) == 0:  # most often all have one length
        table = np.frombuffer(data, dtype=[("length", "<u4"), ("word", f"V{width}")] if width else [("length", "<u4")])
        if width and (table["length"] == width).all():
            words: list[bytes] = table["word"].tolist()
            return words
    found, at = [], 0
    while at < len(data):
        first = at + 4
        at = first + int.from_bytes(data[at:first], "little")
        found.append(data[first:at])
    return found


def _length(data: bytes, at: int) -> int:
    """A number as Thrift's compact protocol writes it: seven bits a byte, zigzag."""
    found = shift = 0
    while True:
        found |= (data[at] & 127) << shift
        if data[at] < 128:
            return found >> 1
        at, shift = at + 1, shift + 7
