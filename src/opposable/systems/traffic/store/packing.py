"""How the columns of a segment are packed: which need not be written at all, and by which codec the others are."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from opposable.systems.traffic.store.proof import default_of
from opposable.systems.traffic.store.rows import Family

Codec = Literal["zstd", "snappy"]
LEVELS: dict[Codec, str] = {"zstd": "COMPRESSION zstd, COMPRESSION_LEVEL 1", "snappy": "COMPRESSION snappy"}
"""As COPY is told. The first level of zstd packs these columns as tightly as the third."""
AGAIN = 8
"""Rows that say a word one after another, on the average, from which on the quick codec packs as well as may be."""


def codec(family: Family, rows: pa.Table, silent: set[str]) -> Codec:
    """The quick one where addresses and texts are as a rule those of the row before: no codec makes the rest, times and ports, smaller."""
    listed = [name for name, kind in family.columns.items() if kind in ("ip", "text") and name not in silent]
    return "snappy" if all(_repeats(_one(rows.column(name))) for name in listed) else "zstd"


def _repeats(column: pa.Array) -> bool:
    if not pa.types.is_dictionary(column.type):
        return False
    codes = column.indices.to_numpy(zero_copy_only=False)
    return int(np.count_nonzero(codes[1:] != codes[:-1])) * AGAIN <= len(codes)


def silent(family: Family, rows: pa.Table) -> set[str]:
    """The columns in which every row says the default."""
    left = [name for name in family.columns if name not in family.needed]
    return {name for name in left if _all_say(_one(rows.column(name)), default_of(family, name))}


def _all_say(column: pa.Array, value: Any) -> bool:
    if len(column) and column[0].as_py() != value:  # as a rule the first row tells
        return False
    if not pa.types.is_dictionary(column.type):
        return bool(pc.all(pc.equal(column, pa.scalar(value, type=column.type))).as_py())
    says = pc.equal(column.dictionary, pa.scalar(value, type=column.type.value_type)).to_numpy(zero_copy_only=False)
    return bool(says.all() or says.take(column.indices.to_numpy(zero_copy_only=False)).all())


def _one(column: pa.ChunkedArray) -> pa.Array:
    whole = column.combine_chunks()
    return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole
