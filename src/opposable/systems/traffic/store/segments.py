"""One segment on the disk: written once, read by condition, proven row by row, checked whole.

    <uid>.parquet   the rows, sorted, encrypted; ``span`` is end - start in microseconds, which packs better; a column in
                    which no row says anything but the default of its family is left out, and is that default when read
    <uid>.nodes     the tree from level 8 up (one node for 256 rows): what a proof needs beside its own block

A file is written under another name, synced, renamed, and its folder synced: under its own name it is whole. What a crash leaves
behind has the other name, and is swept.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from functools import cache
from itertools import chain, groupby, zip_longest
from pathlib import Path
from typing import Any, overload

import duckdb
import pyarrow as pa
from django.conf import settings

from opposable.kernel.files import sync_folder
from opposable.law import t
from opposable.ledger.errors import ProofError
from opposable.systems.traffic.store import direct, footers, leaves, packing
from opposable.systems.traffic.store.answers import Written
from opposable.systems.traffic.store.engine import FATAL, cursor, restart
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.keys import SegmentKeys
from opposable.systems.traffic.store.objects import Remote
from opposable.systems.traffic.store.proof import EPOCH, MICROSECOND, RowProof, default_of, encode, unpacked
from opposable.systems.traffic.store.rows import Family, Kind, filled

HEIGHT = 8
BLOCK = 1 << HEIGHT
"""Rows whose leaves are made again for a proof."""
DRAFT = ".draft"


Place = Path | Remote


def write(family: Family, rows: pa.Table, keys: SegmentKeys, path: Place) -> Written:
    """Write rows that are in order. Raises StoreFault when the storage does not take them: then nothing is there."""
    if isinstance(path, Remote):
        return _write_remote(family, rows, keys, path)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}{DRAFT}")
    try:
        with ThreadPoolExecutor(1) as beside:
            sealing = beside.submit(leaves.tree, family, rows, keys.salt)
            _copy(rows, family, keys, draft)
            digest, size = _sync(draft)
            levels = sealing.result()
        upper = b"".join(level.tobytes() for level in levels[HEIGHT:])
        _put(nodes_path(path), upper)
        os.replace(draft, path)
        forget(path)
        sync_folder(path.parent)
    except (OSError, duckdb.Error) as error:
        draft.unlink(missing_ok=True)
        nodes_path(path).unlink(missing_ok=True)
        raise StoreFault(
            t(
                "Le segment {p} n’a pu être écrit ({why}) : faites de la place ou réparez le disque, et recommencez.",
                "The segment {p} could not be written ({why}): make room or mend the disk, and try again.",
            ).format(p=path.name, why=str(error).splitlines()[0])
        ) from error
    return Written(rows.num_rows, size + len(upper), levels[-1][0].tobytes().hex(), digest)


def _write_remote(family: Family, rows: pa.Table, keys: SegmentKeys, remote: Remote) -> Written:
    """By way of the disk, where it lies encrypted for as long as the sending takes."""
    (settings.HOME / "run").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.HOME / "run", prefix="sending-") as folder:
        path = Path(folder) / remote.name
        written = write(family, rows, keys, path)
        send(path, remote)
    return written


def send(path: Path, remote: Remote) -> None:
    """Copy a segment into the bucket; the nodes first, so that what can be found can be proven."""
    for one, other in ((nodes_path(path), nodes_path(remote)), (path, remote)):
        other.put(one.read_bytes())


@overload
def nodes_path(path: Path) -> Path: ...
@overload
def nodes_path(path: Remote) -> Remote: ...
def nodes_path(path: Place) -> Place:
    return path.with_suffix(".nodes")


def _copy(rows: pa.Table, family: Family, keys: SegmentKeys, draft: Path) -> None:
    silent = packing.silent(family, rows)
    columns = ", ".join(
        '"end" - "start" AS span' if name == "end" else f'"{name}"' for name in family.columns if name not in silent
    )
    key = base64.b64encode(keys.file).decode()
    db = cursor()
    db.register("rows_to_write", rows)
    try:
        db.execute(
            f"COPY (SELECT {columns} FROM rows_to_write) TO '{_quoted(draft)}' (FORMAT parquet, PARQUET_VERSION v2,"  # noqa: S608
            f" {packing.LEVELS[packing.codec(family, rows, silent)]}, ROW_GROUP_SIZE {family.group},"
            f" ENCRYPTION_CONFIG {{footer_key_value: from_base64('{key}')}})"
        )
    finally:
        db.unregister("rows_to_write")


def _sync(path: Path) -> tuple[str, int]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
        return digest, os.fstat(file.fileno()).st_size


def _put(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _quoted(path: Path | str) -> str:
    return str(path).replace("'", "''")


# --- reading ---------------------------------------------------------------------------------------------------------


_written_columns: dict[str, frozenset[str]] = {}
"""The columns that files hold, by path, as they were last seen: files do not change."""
REMEMBERED = 100_000
_SQL: dict[Kind, str] = {
    "instant": "BIGINT", "ip": "BLOB", "u8": "UTINYINT", "u16": "USMALLINT", "u32": "UINTEGER", "i32": "INTEGER", "text": "VARCHAR",
}  # fmt: skip


def forget(path: Path) -> None:
    """What was remembered of a file is of no use any more."""
    _written_columns.pop(str(path), None)
    footers.forget(path)


def select(
    family: Family, path: Place | str, keys: SegmentKeys, what: str, where: str, values: Sequence[Any]
) -> duckdb.DuckDBPyConnection:
    """``SELECT what FROM segment WHERE where``, the cursor to fetch from. Raises duckdb.Error for a file that does not read."""
    return _asked(f"SELECT {what} FROM {relation(family, path, keys)} WHERE {_condition(where, values)}")  # noqa: S608 - `literal` quotes


def select_each(
    family: Family, places: Sequence[tuple[Place, SegmentKeys]], what: str, where: str, values: Sequence[Any]
) -> list[list[tuple[Any, ...]]]:
    """`select` put to several segments at once, the rows of each: half of a short question is the engine's getting ready for it."""
    condition = _condition(where, values)
    each = (f"SELECT {n}, {what} FROM {relation(family, *one)} WHERE {condition}" for n, one in enumerate(places))  # noqa: S608
    found: list[list[tuple[Any, ...]]] = [[] for _ in places]
    for number, *row in _asked(" UNION ALL ".join(each)).fetchall():
        found[number].append(tuple(row))
    return found


def _condition(where: str, values: Sequence[Any]) -> str:
    """Literals, not parameters: for each parameter the engine looks in vain for pandas on the disk, a millisecond a question."""
    return "".join(chain.from_iterable(zip_longest(where.split("?"), map(literal, values), fillvalue="")))


def _asked(question: str) -> duckdb.DuckDBPyConnection:
    try:
        return cursor().execute(question)
    except FATAL:
        restart()
        raise


def relation(family: Family, path: Place | str, keys: SegmentKeys) -> str:
    """The segment as SQL names it: ``file_row_number``, the columns of the family, ``span`` for ``end``. Raises duckdb.Error."""
    scan, there = _scan(path, keys), _written_columns.get(str(path))
    if there is None:
        if len(_written_columns) >= REMEMBERED:
            _written_columns.clear()
        there = _written_columns[str(path)] = columns_in(path, keys)
    columns = ", ".join(_or_default(family, "span" if name == "end" else name, there) for name in family.columns)
    return f"(SELECT file_row_number, {columns} FROM {scan})"  # noqa: S608


def _scan(path: Place | str, keys: SegmentKeys) -> str:
    return f"read_parquet({literal(str(path))}, encryption_config = {{footer_key_value: {literal(keys.file)}}}, file_row_number = true)"


def columns_in(path: Place | str, keys: SegmentKeys) -> frozenset[str]:
    """The columns that a file holds. Raises duckdb.Error for one that does not read."""
    found = _asked(f"SELECT * FROM {_scan(path, keys)} LIMIT 0").description  # noqa: S608 - `literal` quotes
    return frozenset(one[0] for one in found) - {"file_row_number"}


def _or_default(family: Family, name: str, there: frozenset[str]) -> str:
    if name in there or name == "span" or name in family.needed:  # what must be given and is not there does not read
        return f'"{name}"'
    return f'{literal(default_of(family, name))}::{_SQL[family.columns[name]]} AS "{name}"'


def literal(value: str | int | bytes) -> str:
    """A value as SQL writes it. DuckDB knows no escape in a text but the doubled quote."""
    if isinstance(value, bytes):
        return f"from_hex('{value.hex()}')"
    if isinstance(value, int):
        return str(value)
    if "\0" in value:
        raise ValueError("a text with a zero byte")
    return f"'{_quoted(value)}'"


def columns_sql(family: Family) -> str:
    """The columns of the family as they were before they were written."""
    return ", ".join('"start" + span AS "end"' if name == "end" else f'"{name}"' for name in family.columns)


def read(family: Family, path: Place | str, keys: SegmentKeys, start: int = 0, count: int | None = None) -> pa.Table:
    """The rows from ``start`` on, in their order, as they were given to `write`."""
    stop = 1 << 62 if count is None else start + count
    where = "file_row_number >= ? AND file_row_number < ?"
    found = select(
        family, path, keys, f"{columns_sql(family)}, file_row_number", where, [start, stop]
    ).fetch_arrow_table()
    places = found.column("file_row_number").to_numpy()
    if (
        places[1:] < places[:-1]
    ).any():  # the engine keeps the order of the file; sorting what is sorted would double the time
        found = found.sort_by("file_row_number")
    return typed(family, found.drop_columns(["file_row_number"]))


def typed(family: Family, rows: pa.Table) -> pa.Table:
    """The rows with the column types that `leaves` lays out."""
    wanted = schema(family)
    return pa.table([_as(rows.column(field.name), field.type) for field in wanted], schema=wanted)


def _as(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    return column if column.type == kind else column.cast(kind)


@cache
def schema(family: Family) -> pa.Schema:
    """Arrow's types of the columns."""
    kinds = {
        "instant": pa.int64(), "ip": pa.binary(16), "u8": pa.uint8(), "u16": pa.uint16(), "u32": pa.uint32(),
        "i32": pa.int32(), "text": pa.string(),
    }  # fmt: skip
    return pa.schema([(name, kinds[kind]) for name, kind in family.columns.items()])


# --- proofs ----------------------------------------------------------------------------------------------------------


def prove(
    family: Family, path: Place, keys: SegmentKeys, uid: str, size: int, positions: Sequence[int]
) -> list[RowProof]:
    """The proofs of the rows at these positions. Each block of theirs is read and hashed again; the rest lies in the nodes file."""
    made: dict[int, RowProof] = {}
    for block, some in groupby(sorted(set(positions)), lambda position: position // BLOCK):
        first = block * BLOCK
        rows = _block(family, path, keys, first, min(BLOCK, size - first))
        below = leaves.levels_above(leaves.leaf_hashes(family, rows, keys.salt, first))
        above = _upper_path(nodes_path(path), size, block)
        salts = leaves.salts(keys.salt, first, rows.num_rows)
        for position in some:
            at = position - first
            (values,) = rows.slice(at, 1).to_pylist()
            data = encode(family, row_of(family, values))
            way = (*leaves.path_in(below, at), *above)
            made[position] = RowProof(uid, family.name, position, size, salts[at].tobytes(), data, way)
    return [made[position] for position in positions]


def _block(family: Family, path: Place, keys: SegmentKeys, first: int, count: int) -> pa.Table:
    if isinstance(path, Path):
        with suppress(*direct.TO_THE_ENGINE):
            return typed(family, direct.read(family, str(path), keys.file, first, count))
    return read(family, path, keys, first, count)


def _upper_path(path: Place, size: int, position: int) -> list[bytes]:
    width, start, found = -(-size // BLOCK), 0, []
    if width == 1:
        return []
    with path.open("rb") as file:
        while width > 1:
            if (sibling := position ^ 1) < width:
                file.seek(32 * (start + sibling))
                found.append(file.read(32))
            start, width, position = start + width, -(-width // 2), position >> 1
    if any(len(one) != 32 for one in found):
        raise ProofError(f"{path.name} is shorter than the tree of {size} rows")
    return found


def rows_of(family: Family, columns: Mapping[str, list[Any]]) -> list[Any]:
    """Rows from their columns, as they lie in the segment. An address that comes again is made once."""
    known: dict[bytes, Any] = {}
    values: dict[str, Iterable[Any]] = {}
    for name, kind in family.columns.items():
        values[name] = columns[name]
        if kind == "instant":
            values[name] = [EPOCH + timedelta(0, 0, value) for value in columns[name]]
        elif kind == "ip":
            known.update((value, unpacked(value)) for value in set(columns[name]) - known.keys())
            values[name] = map(known.__getitem__, columns[name])
    return filled(family.row, len(columns["start"]), values)


def row_of(family: Family, values: dict[str, Any]) -> Any:
    """A row from the values of its columns, as they lie in the segment."""
    kinds = family.columns
    given: dict[str, Any] = {name: _plain(kinds[name], value) for name, value in values.items()}
    return family.row(**given)


def _plain(kind: str, value: Any) -> Any:
    if kind == "instant":
        return EPOCH + value * MICROSECOND
    return unpacked(value) if kind == "ip" else value


# --- the whole -------------------------------------------------------------------------------------------------------


def root_of(family: Family, path: Place, keys: SegmentKeys) -> tuple[str, int]:
    """Root (hex) and count of what the file holds now."""
    rows = read(family, path, keys)
    return leaves.tree(family, rows, keys.salt)[-1][0].tobytes().hex(), rows.num_rows


def nodes_hold(family: Family, path: Place, size: int, root: str) -> bool:
    """Whether the nodes file has the shape of the tree, and its own levels lead to the root."""
    width = -(-size // BLOCK)
    try:
        data = nodes_path(path).read_bytes()
    except FileNotFoundError:
        return size <= BLOCK
    if size <= BLOCK:
        return data in (b"", bytes.fromhex(root))
    first = leaves.of_bytes(data[: 32 * width])
    if len(first) != width:
        return False
    levels = leaves.levels_above(first)
    return b"".join(level.tobytes() for level in levels) == data and levels[-1][0].tobytes().hex() == root


def file_digest(path: Place) -> str:
    """SHA-256 (hex) of the file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def remove(path: Place) -> bool:
    """Unlink a segment and what lies beside it, durably. Returns whether anything was there."""
    if isinstance(path, Remote):
        return bool(path.erase() + nodes_path(path).erase())
    forget(path)
    there = [one for one in (path, nodes_path(path)) if one.exists()]
    for one in there:
        one.unlink(missing_ok=True)
    if path.parent.exists():
        sync_folder(path.parent)
    return bool(there)
