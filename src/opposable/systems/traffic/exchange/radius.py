"""FreeRADIUS ``detail`` files: one record a block, attributes by line, and two clocks in each.

Event-Timestamp is the clock of the NAS (RFC 2869 §5.3), Timestamp that of the server on reception; Acct-Delay-Time says how long
the NAS had been trying (RFC 2866 §5.2). Their difference measures the NAS's clock. The records of a session become one row:

    start   Start; else event - Acct-Session-Time; else the first record (``START_INFERRED``)
    end     Stop; else the next Start on the address, or the reboot of the NAS; else the last sign of life (``END_INFERRED``)

Volumes are read by nobody here: a source address needs none (R. 10-13, IV), so neither wraps nor resets of counters matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from opposable.systems.traffic.exchange.addresses import address, network, plain_v4
from opposable.systems.traffic.exchange.blocks import Block, Origin, Reject, once, table
from opposable.systems.traffic.store import segments
from opposable.systems.traffic.store.engine import cursor
from opposable.systems.traffic.store.proof import NO_ADDRESS
from opposable.systems.traffic.store.rows import FAMILIES

BLOCK_BYTES = 4 << 20
MARK = b"\x01"
NEWLINE, EQUALS, BLANK = b"\n= "
TEXTS = {
    "status": "Acct-Status-Type", "session": "Acct-Session-Id", "subscriber": "User-Name", "nas": "NAS-IP-Address",
    "nas6": "NAS-IPv6-Address", "nas_name": "NAS-Identifier", "terminal": "Calling-Station-Id", "ip": "Framed-IP-Address",
    "ip6": "Framed-IPv6-Address", "prefix6": "Framed-IPv6-Prefix", "delegated": "Delegated-IPv6-Prefix",
    "event": "Event-Timestamp",
}  # fmt: skip
RANKED = ("nas", "session", "subscriber", "terminal", "address")
NUMBERS = {"delay": "Acct-Delay-Time", "lasted": "Acct-Session-Time", "received": "Timestamp"}
ZONES = {"UTC": 0, "GMT": 0, "CET": 3600, "CEST": 7200}
LENDING = pa.array(["Start", "Stop", "Interim-Update", "Alive"])
MONTHS = dict(
    zip(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"], range(1, 13), strict=True)
)
_EVENT = re.compile(r"(\w{3}) +(\d+) (\d{4}) (\d\d):(\d\d):(\d\d)(?: (\S+))?")

SESSIONS = """
WITH reboots AS (SELECT nas, moment FROM given WHERE status IN ('Accounting-On', 'Accounting-Off')),
lent AS (
    SELECT * FROM given WHERE status IN ('Start', 'Stop', 'Interim-Update', 'Alive') AND moment IS NOT NULL
      AND named AND address IS NOT NULL
),
sessions AS (
    SELECT nas, session, subscriber, address, prefix, max(terminal) AS terminal,
           coalesce(min(moment) FILTER (status = 'Start'), min(moment - lasted * 1000000), min(moment)) AS "start",
           max(moment) AS seen, max(moment) FILTER (status = 'Stop') AS stopped,
           bool_or(status = 'Start' OR lasted IS NOT NULL) AS started
    FROM lent GROUP BY nas, session, subscriber, address, prefix
),
followed AS (
    SELECT sessions.*, reboots.moment AS reboot,
           lead("start") OVER (PARTITION BY address, prefix ORDER BY "start", sessions.nas, session, subscriber) AS next
    FROM sessions ASOF LEFT JOIN reboots ON reboots.nas = sessions.nas AND reboots.moment >= sessions.seen
)
SELECT least("start", coalesce(stopped, seen)) AS "start",
       coalesce(stopped, greatest(seen, coalesce(least(next, reboot), seen))) AS "end",
       address AS ip, prefix::UTINYINT AS prefix, subscriber, session, terminal, nas,
       CASE WHEN stopped IS NULL THEN 1 WHEN NOT started THEN 2 ELSE 0 END::UTINYINT AS inferred
FROM followed ORDER BY "start", nas, session, subscriber, address, prefix
"""


def read_detail(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """The sessions of a detail file: all of them at its end, for a Stop may be far from its Start."""
    parts, rejects, read = [], [], 0
    for data in _records(file):
        for part, faults, count in _told(data, origin.zone, read):
            read += count
            parts += [part] if part is not None else []
            rejects += faults
    if not parts:
        if rejects:
            yield Block(
                "access_session",
                segments.schema(FAMILIES["access_session"]).empty_table(),
                len(rejects),
                tuple(rejects),
            )
        return
    records = pa.concat_tables(parts)
    skews = _skews(records)
    sessions = _sessions(records)
    family = FAMILIES["access_session"]
    rows = table(family, {name: sessions.column(name) for name in sessions.column_names}, sessions.num_rows)
    # One row tells what several records said: each record that was understood counts as kept in its session.
    yield Block("access_session", rows, sessions.num_rows + len(rejects), tuple(rejects), skews, records=read)


def _records(file: BinaryIO) -> Iterator[bytes]:
    """Blocks of whole records."""
    rest = b""
    while data := file.read(BLOCK_BYTES):
        data = rest + data if rest else data
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n")
        cut = data.rfind(b"\n\n") + 2
        rest, block = (data[cut:], data[:cut]) if cut > 1 else (data, b"")
        if block and not block.isspace():
            yield block
    if rest.strip():
        yield rest


def _told(data: bytes, zone: ZoneInfo, before: int) -> Iterator[tuple[pa.Table | None, list[Reject], int]]:
    """The records of a block; of one with something in it that is no text, those that read, and which one does not."""
    try:
        yield _columns(data, zone, before)
    except pa.ArrowInvalid:
        some = [one for one in data.split(b"\n\n") if one.strip()]
        if len(some) < 2:
            yield None, [Reject(before + 1, "no record of a detail file")], 1
            return
        for half in (some[: len(some) // 2], some[len(some) // 2 :]):
            for found in _told(b"\n\n".join(half) + b"\n\n", zone, before):
                before += found[2]
                yield found


def _columns(data: bytes, zone: ZoneInfo, before: int) -> tuple[pa.Table, list[Reject], int]:
    """One line a record. The lines of attributes are read as a file of two columns: name, value."""
    lines = _marked(_text(data))
    odd: list[int] = []

    def strange(row: Any) -> str:
        odd.append(row.number or 0)
        return "skip"

    read = pacsv.read_csv(
        pa.BufferReader(lines),
        read_options=pacsv.ReadOptions(column_names=["name", "value"], use_threads=False, block_size=1 << 26),
        parse_options=pacsv.ParseOptions(delimiter=MARK.decode(), quote_char=False, invalid_row_handler=strange),
        convert_options=pacsv.ConvertOptions(
            column_types={"name": pa.dictionary(pa.int32(), pa.string()), "value": pa.binary()}, check_utf8=False
        ),
    )
    names = read.column("name").unify_dictionaries().combine_chunks()
    names = names.chunk(0) if isinstance(names, pa.ChunkedArray) else names
    codes = names.indices.to_numpy()
    known = {name.strip("\t "): code for code, name in enumerate(names.dictionary.to_pylist())}
    record = np.cumsum(codes == known.get("", -1)) - 1
    count = int(record[-1]) + 1
    values = read.column("value").combine_chunks()
    columns: dict[str, Any] = {}
    for column, name in TEXTS.items():
        columns[column] = _texts(_placed(values, codes, record, count, known.get(name)))
    for column, name in NUMBERS.items():
        columns[column] = _numbers(_placed(values, codes, record, count, known.get(name)))
    return *_timed(columns, zone, count, before), count


def _text(data: bytes) -> bytes:
    """The block as UTF-8, and without the mark, which no server writes."""
    try:
        data.decode()
    except UnicodeDecodeError:
        data = data.decode("utf-8", "replace").encode()
    return data.replace(MARK, b" ") if MARK in data else data


def _marked(data: bytes) -> pa.Buffer:
    """The records with `MARK` before each and between each name and its value. The mark takes the place of a byte: nothing moves."""
    lines = np.frombuffer(bytearray(b"\n" + data.strip(b"\n") + b"\n "), np.uint8)
    ends = np.flatnonzero(lines == NEWLINE)
    empty = np.diff(ends) == 1
    if (empty[1:] & empty[:-1]).any():
        return _marked(re.sub(rb"\n{3,}", b"\n\n", data))
    heads = ends[1:][empty]
    equals = np.flatnonzero(lines == EQUALS)
    equals = equals[(lines[equals - 1] == BLANK) & (lines[equals + 1] == BLANK)]
    if len(equals) > len(ends) - 2 - len(heads):  # a value may have one too: only the first of a line counts
        line = np.searchsorted(ends, equals)
        equals = equals[np.diff(line, prepend=-1) > 0]
    lines[equals], lines[equals + 1] = BLANK, MARK[0]
    lines[0] = lines[heads] = MARK[0]
    return pa.py_buffer(lines[:-1])


def _placed(values: pa.Array, codes: Any, record: Any, count: int, code: int | None) -> pa.Array:
    """The values of one attribute, one place a record; null where it is not given."""
    where = np.full(count, -1, dtype=np.int64)
    if code is not None:
        lines = np.flatnonzero(codes == code)
        where[record[lines]] = lines
    return values.take(pa.array(where, mask=where < 0))


def _texts(values: pa.Array) -> pa.Array:
    try:
        texts = values.cast(pa.string())
    except pa.ArrowInvalid:
        texts = pa.array([one and one.decode("utf-8", "replace") for one in values.to_pylist()], type=pa.string())
    return pc.utf8_trim(texts, '"')


def _numbers(values: pa.Array) -> pa.Array:
    try:
        return values.cast(pa.string()).cast(pa.int64())
    except pa.ArrowInvalid:
        return pa.array([int(one) if one and one.isdigit() else None for one in values.to_pylist()], type=pa.int64())


def _timed(columns: dict[str, Any], zone: ZoneInfo, count: int, before: int) -> tuple[pa.Table, list[Reject]]:
    """Instants in microseconds, the addresses of each record, and the records that say too little."""
    event = _mapped(columns.pop("event"), lambda text: _event(text, zone.key), pa.int64())
    delay = pc.coalesce(columns.pop("delay"), 0)
    reception = pc.multiply(pc.subtract(columns["received"], delay), 1_000_000)
    at = pc.coalesce(event, reception)
    nas = pc.coalesce(columns.pop("nas"), columns.pop("nas6"), columns.pop("nas_name"), "")
    status = pc.fill_null(columns["status"], "")
    base = {
        "status": status, "session": pc.fill_null(columns["session"], ""), "nas": nas, "moment": at,
        "subscriber": pc.fill_null(columns["subscriber"], ""), "terminal": pc.fill_null(columns["terminal"], ""),
        "lasted": columns["lasted"], "doubt": pc.divide(pc.subtract(reception, event), 1_000),
    }  # fmt: skip
    lent = [
        (columns[name], whole)
        for name, whole in (("ip", True), ("ip6", True), ("prefix6", False), ("delegated", False))
    ]
    bare, odd = np.ones(count, dtype=bool), np.zeros(count, dtype=bool)
    parts = []
    for texts, whole in lent:
        given = texts.is_valid().to_numpy(zero_copy_only=False)
        if given.any():
            bare &= ~given
            parts.append(part := _with_address(base, texts, given, whole=whole))
            if part.column("address").null_count:
                odd[np.flatnonzero(given)[part.column("address").is_null().to_numpy()]] = True
    system = pc.starts_with(status, "Accounting-").to_numpy(zero_copy_only=False)
    parts.append(_with_address(base, None, bare & system, whole=True))
    return pa.concat_tables(parts), [*_rejects(base, bare & ~system, odd & ~bare, before)]


def _rejects(base: dict[str, Any], bare: Any, odd: Any, before: int) -> Iterator[Reject]:
    """The records that lend nothing, and those that say too little of what they lend: whose it is, or when."""
    unnamed = pc.equal(base["subscriber"], "").to_numpy(zero_copy_only=False)
    untimed = pc.is_null(base["moment"]).to_numpy(zero_copy_only=False)
    lends = pc.is_in(base["status"], LENDING).to_numpy(zero_copy_only=False) & ~bare
    for number in np.flatnonzero(bare | odd | (lends & (unnamed | untimed))):
        status = base["status"][int(number)].as_py()
        if bare[number]:
            reason = "no address was lent" if status else "no Acct-Status-Type"
        elif odd[number]:
            reason = "an address that does not read"
        else:
            reason = "no User-Name" if unnamed[number] else "no instant"
        yield Reject(before + int(number) + 1, reason)


def _with_address(base: dict[str, Any], texts: pa.Array | None, given: Any, *, whole: bool) -> pa.Table:
    mask = pa.array(given)
    rows = pa.table(base).filter(mask)
    if texts is None:
        none = pa.array([NO_ADDRESS] * rows.num_rows, type=pa.binary())
        return rows.append_column("address", none).append_column(
            "prefix", pa.array([0] * rows.num_rows, type=pa.int32())
        )
    mine = texts.filter(mask)
    if whole:
        lent, bits = _addresses(mine), pa.array(np.full(rows.num_rows, 128, np.int32))
    else:
        both = _mapped(mine, _network, pa.struct([("address", pa.binary()), ("bits", pa.int32())]))
        lent, bits = pc.struct_field(both, "address"), pc.struct_field(both, "bits")  # null where it does not read
    return rows.append_column("address", lent).append_column("prefix", bits)


def _addresses(texts: pa.Array) -> pa.Array:
    coded = texts.dictionary_encode()
    if (data := plain_v4(coded.dictionary)) is None:
        return _mapped(texts, address, pa.binary())
    plain = pa.Array.from_buffers(pa.binary(16), len(data), [None, pa.py_buffer(data)])
    return plain.cast(pa.binary()).take(coded.indices)


def _network(text: str) -> dict[str, Any]:
    first, bits = network(text)
    return {"address": first, "bits": bits}


def _mapped(texts: pa.Array, convert: Any, kind: pa.DataType) -> pa.Array:
    """A conversion done once for each text that occurs; null where it does not convert."""
    coded = texts.dictionary_encode()
    made = []
    for text in coded.dictionary.to_pylist():
        try:
            made.append(convert(text))
        except (ValueError, KeyError):
            made.append(None)
    return pa.array(made, type=kind).take(coded.indices)


@lru_cache(100_000)
def _event(text: str, zone: str) -> int:
    """Microseconds of «Nov 26 2026 18:44:37 CET», or of a bare number of seconds."""
    if text.isdigit():
        return int(text) * 1_000_000
    found = _EVENT.fullmatch(text)
    if not found:
        raise ValueError(text)
    month, day, year, hour, minute, second, name = found.groups()
    leap = int(second) == 60  # a leap second is shown as the last one of its minute
    at = datetime(int(year), MONTHS[month], int(day), int(hour), int(minute), 59 if leap else int(second), tzinfo=UTC)
    if name in ZONES:
        return (int(at.timestamp()) - ZONES[name]) * 1_000_000
    return int(once(at.replace(tzinfo=None), ZoneInfo(zone)).timestamp()) * 1_000_000


def _skews(records: pa.Table) -> tuple[int, ...]:
    """Reception minus event of a sample of the records."""
    doubts = records.column("doubt").drop_null()
    step = max(1, len(doubts) // 1_000)
    return tuple(doubts.to_numpy()[::step].tolist())


def _sessions(records: pa.Table) -> pa.Table:
    """The words are put into their order once, and the engine compares their places in it: half the time."""
    words: dict[str, pa.Array] = {}
    given = records.append_column("named", pc.not_equal(records.column("subscriber"), ""))
    for name in RANKED:
        places, words[name] = _ranked(records.column(name))
        given = given.set_column(given.schema.get_field_index(name), name, places)
    db = cursor(wide=True)
    db.register("given", given)
    try:
        found = db.execute(SESSIONS).fetch_arrow_table().combine_chunks()
    finally:
        db.unregister("given")
    for name, told in words.items():
        at = found.schema.get_field_index("ip" if name == "address" else name)
        places = found.column(at).combine_chunks()
        found = found.set_column(at, found.field(at).name, pa.DictionaryArray.from_arrays(places, told))
    return found


def _ranked(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """The place of each word among the words in their order, and these."""
    coded = column.combine_chunks().dictionary_encode()
    order = pc.array_sort_indices(coded.dictionary)
    places = np.empty(len(order), np.int32)
    places[order.to_numpy()] = np.arange(len(order))
    words = coded.dictionary.take(order)
    return pa.array(places).take(coded.indices), words.cast(pa.binary(16)) if words.type == pa.binary() else words
