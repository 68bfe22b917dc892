"""Leaves and tree of a segment, a column at a time. What comes out is exactly what `proof` says of one row.

A million rows are laid out by NumPy (big-endian, texts behind), hashed by DataFusion (five times as fast as a loop over
`hashlib`), and paired level by level. An unpaired node goes up as it is, which gives the tree of RFC 6962 §2.1.

Both let other threads run meanwhile: the parts of a long level are shared out, so that a core that is done with something else helps.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from hashlib import sha256
from itertools import count, pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from opposable.systems.traffic.store.proof import SALT
from opposable.systems.traffic.store.rows import Family, Kind

Hashes = np.ndarray[Any, np.dtype[np.uint8]]
"""n rows of 32 bytes."""
_TYPES: dict[Kind, str] = {
    "instant": ">i8", "ip": "V16", "u8": "u1", "u16": ">u2", "u32": ">u4", "i32": ">i4", "text": ">u2",
}  # fmt: skip
AT_ONCE = 100_000
"""Rows laid out and hashed at a time."""
HANDS = 2
"""Threads that hash a segment, while another one writes it."""
Each = Callable[[Callable[[slice], None], list[slice]], Iterable[None]]
"""`map`, or that of a pool of threads."""
FEW = 2_048
"""Below so many hashes a loop is faster than handing them over."""


def salts(key: bytes, start: int, count: int) -> Hashes:
    """Salts of the rows [start, start + count): the AES-256 blocks of their positions under the segment's salt key."""
    blocks = np.zeros((count, 2), dtype=">u8")
    blocks[:, 1] = np.arange(start, start + count, dtype=np.uint64)
    # one block each, under a key that encrypts nothing else: a permutation of distinct numbers, hence unguessable
    encryptor = Cipher(algorithms.AES256(key), modes.ECB()).encryptor()  # noqa: S305 - see above
    return np.frombuffer(encryptor.update(blocks.reshape(-1).view(np.uint8).data), np.uint8).reshape(count, SALT)


def tree(family: Family, rows: pa.Table, key: bytes) -> list[Hashes]:
    """All levels over the rows of a whole segment, its leaves first."""
    with ThreadPoolExecutor(HANDS) as hands:
        return levels_above(leaf_hashes(family, rows, key, each=hands.map), hands.map)


def leaf_hashes(family: Family, rows: pa.Table, key: bytes, start: int = 0, each: Each = map) -> Hashes:
    """The leaves of rows (columns as in the segment), whose first one is at position ``start``."""
    layout, columns, texts = _laid_out(family, rows)
    if texts:
        return _sha256(_joined(layout, columns, texts, salts(key, start, rows.num_rows)), _room(rows.num_rows))
    hashes, mine = _room(rows.num_rows), threading.local()

    def hash_part(part: slice) -> None:
        count = part.stop - part.start
        if not hasattr(mine, "block"):  # used again: to ask the system for memory costs as much as to fill it
            mine.block = np.zeros(min(AT_ONCE, rows.num_rows), dtype=layout)
        salt = salts(key, start + part.start, count)
        _sha256(_filled(mine.block[:count], columns, salt, part), hashes[part])

    _in_parts(rows.num_rows, hash_part, each)
    return hashes


def _in_parts(count: int, work: Callable[[slice], None], each: Each) -> None:
    """Do the work from 0 to ``count`` in parts of AT_ONCE, by this thread or by ``each``."""
    parts = [slice(first, min(first + AT_ONCE, count)) for first in range(0, count, AT_ONCE)]
    deque((each if len(parts) > 1 else map)(work, parts), maxlen=0)


def _room(count: int) -> Hashes:
    return np.empty((count, 32), dtype=np.uint8)


def row_bytes(family: Family, rows: pa.Table) -> list[bytes]:
    """The bytes of each row, as `proof.encode` gives them."""
    head = 1 + SALT
    return [one[head:] for one in _preimages(family, rows, np.zeros((rows.num_rows, SALT), np.uint8)).to_pylist()]


def fold(level: Hashes, each: Each = map) -> Hashes:
    """The level above: pairs hashed, a last one without a partner as it is."""
    pairs = len(level) // 2
    above = _room(len(level) - pairs)
    above[pairs:] = level[2 * pairs :]

    def hash_part(part: slice) -> None:
        joined = np.empty((part.stop - part.start, 65), dtype=np.uint8)
        joined[:, 0] = 1
        joined[:, 1:] = level[2 * part.start : 2 * part.stop].reshape(-1, 64)
        _sha256(_fixed(joined), above[part])

    _in_parts(pairs, hash_part, each)
    return above


def levels_above(level: Hashes, each: Each = map) -> list[Hashes]:
    """All levels from this one up to the root, this one first."""
    found = [level]
    while len(found[-1]) > 1:
        found.append(fold(found[-1], each))
    return found


def of_bytes(data: bytes) -> Hashes:
    """Hashes that were written one behind the other; what is left over is dropped."""
    whole = len(data) // 32
    return np.frombuffer(data, dtype=np.uint8, count=32 * whole).reshape(whole, 32)


def path_in(levels: list[Hashes], position: int) -> list[bytes]:
    """The siblings on the way from ``position`` of the first level to the top of the last one."""
    path = []
    for level in levels[:-1]:
        if (sibling := position ^ 1) < len(level):
            path.append(level[sibling].tobytes())
        position >>= 1
    return path


def _preimages(family: Family, rows: pa.Table, salt: Hashes) -> pa.Array:
    """0x00 ‖ salt ‖ bytes of each row."""
    layout, columns, texts = _laid_out(family, rows)
    return _joined(layout, columns, texts, salt)


Columns = dict[str, Any]


def _laid_out(family: Family, rows: pa.Table) -> tuple[np.dtype[Any], Columns, list[pa.Array]]:
    """The layout of the bytes that have one width, what goes into its fields, and the texts to be joined behind.

    A column of zeros is left out: that is what a field holds that nobody fills.
    """
    columns = {name: rows.column(name).combine_chunks() for name in family.columns}
    texts = [column for name, column in columns.items() if family.columns[name] == "text"]
    texts = [text for text in texts if _longest(text)]
    even: Columns = {}  # the first texts, as long as all their words have one length: they need not be joined
    while texts and (words := _of_one_length(texts[0])) is not None:
        even[f"text {len(even)}"] = words
        texts.pop(0)
    numbers = [(name, _TYPES[kind]) for name, kind in family.columns.items()]
    behind = [(name, one.words.dtype) for name, one in even.items()]
    layout = np.dtype([("tag", "u1"), ("salt", f"V{SALT}"), *numbers, *behind])
    values = {name: _values(columns[name], kind) for name, kind in family.columns.items()}
    return layout, {name: one for name, one in values.items() if _says(one)} | even, texts


class _Listed(NamedTuple):
    """A column of which each row says a word of a list. They are looked up where they are needed, a part at a time."""

    words: Any
    codes: Any

    def part(self, part: slice) -> Any:
        return self.words.take(self.codes[part])


def _says(values: Any) -> bool:
    if isinstance(values, _Listed):
        values = values.words
    values = values.view(np.uint64) if values.dtype.kind == "V" else values
    return bool(values[:FEW].any() or values.any())


def _joined(layout: np.dtype[Any], columns: Columns, texts: list[pa.Array], salt: Hashes) -> pa.Array:
    head = _filled(np.zeros(len(salt), dtype=layout), columns, salt, slice(0, len(salt)))
    return pc.binary_join_element_wise(head, *map(_plain, texts), b"") if texts else head


def _filled(block: Any, columns: Columns, salt: Hashes, part: slice) -> pa.Array:
    """A part of the rows, with its salts, in the fields of a block, as a binary column."""
    block["salt"] = salt.view(f"V{SALT}").reshape(-1)
    for name, values in columns.items():
        block[name] = values.part(part) if isinstance(values, _Listed) else values[part]
    return _fixed(block.view(np.uint8).reshape(len(block), block.dtype.itemsize))


def _longest(text: pa.Array) -> int:
    words = text.dictionary if pa.types.is_dictionary(text.type) else text
    return pc.max(pc.binary_length(words)).as_py() or 0


def _of_one_length(text: pa.Array) -> Any:
    """A dictionary column as bytes of one length, when all its words have it; else None."""
    if not pa.types.is_dictionary(text.type):
        return None
    words = text.dictionary.cast(pa.binary())
    if pc.min(pc.binary_length(words)).as_py() != (length := _longest(text)):
        return None
    data = np.frombuffer(words.buffers()[2], dtype=np.uint8)
    first = words.offset * length
    return _Listed(data[first : first + length * len(words)].view(f"V{length}"), text.indices.to_numpy())


def _plain(text: pa.Array) -> pa.Array:
    """A text column as bytes; a dictionary is written out."""
    if pa.types.is_dictionary(text.type):
        text = text.dictionary.cast(pa.binary()).take(text.indices)
    return text.cast(pa.binary())


def _values(column: pa.Array, kind: Kind) -> Any:
    if pa.types.is_dictionary(column.type):
        return _Listed(_values(column.dictionary, kind), column.indices.to_numpy())
    if kind == "text":
        return pc.binary_length(column).to_numpy(zero_copy_only=False)
    return addresses(column) if kind == "ip" else column.to_numpy(zero_copy_only=False)


def addresses(column: pa.Array) -> Any:
    """A column of 16-byte addresses as NumPy's."""
    data = np.frombuffer(column.buffers()[-1], dtype=np.uint8)
    start = column.offset * 16
    return data[start : start + 16 * len(column)].view("V16")


def _fixed(block: Any) -> pa.Array:
    """Rows of bytes of one width as a binary column, without a copy."""
    count, width = block.shape
    offsets = np.arange(0, (count + 1) * width, width, dtype=np.int32)  # a segment has so few rows that this is enough
    return pa.Array.from_buffers(
        pa.binary(), count, [None, pa.py_buffer(offsets), pa.py_buffer(np.ascontiguousarray(block))]
    )


def _sha256(column: pa.Array, into: Hashes) -> Hashes:
    """SHA-256 of each, in their order."""
    if len(column) >= FEW:
        return _in_columns(column, into)
    ends = np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1].tolist()
    data = memoryview(column.buffers()[2])
    digests = b"".join([sha256(data[start:end]).digest() for start, end in pairwise(ends)])
    into[:] = of_bytes(digests)
    return into


def _in_columns(column: pa.Array, into: Hashes) -> Hashes:
    from datafusion import col, functions

    context, name, at = _context(), f"rows_{next(_number)}", 0
    try:
        frame = context.from_arrow(pa.table({"row": column}), name)
        hashed = frame.select(functions.sha256(col("row")).alias("hash")).collect()
    finally:
        context.deregister_table(name)  # it would keep the rows
    for batch in hashed:
        one = batch.column(0)
        first = one.offset * 32 if not hasattr(one, "value_offset") else 0
        data = np.frombuffer(one.buffers()[-1], dtype=np.uint8)[first : first + 32 * len(one)]
        into[at : at + len(one)] = data.reshape(-1, 32)
        at += len(one)
    if at != len(column):
        raise RuntimeError(f"{at} hashes for {len(column)} rows")
    return into


_number = count()


@cache
def _context() -> Any:
    """One for all threads: to make one takes as long as a thousand hashes. In one part the order is kept."""
    import datafusion  # 40 MB that only sealing needs

    # nothing there to make better in a plan of one step
    config = datafusion.SessionConfig().with_target_partitions(1).with_batch_size(65_536)
    return datafusion.SessionContext(config.set("datafusion.optimizer.max_passes", "0"))
