"""3GPP TS 32.298 call data records, in BER, one behind the other: calls and messages of an MSC, sessions of an SGW or PGW.

pycrate has the specification compiled, and decodes; what is taken of a record stands here. Of an SGW's or PGW's record the location
is left where it is: an access session has no place for it. Of the headers of TS 32.297, that of the file says how many records and
bytes there should be, and how many records never came into it: what differs is noted.
"""

from __future__ import annotations

import functools
import io
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from typing import Any, BinaryIO

from opposable.kernel.faults import Fault
from opposable.law import Text, t
from opposable.systems.traffic.exchange.blocks import Block, Loss, Origin, Reject
from opposable.systems.traffic.exchange.lines import Record, block_of
from opposable.systems.traffic.exchange.numbers import e164
from opposable.systems.traffic.store.proof import EPOCH, MICROSECOND, packed
from opposable.systems.traffic.store.rows import ORIGINATING, SMS, TERMINATING, VOICE

RECORDS = 50_000
FILLERS = (0x00, 0xFF)
DIGITS = "0123456789*#abc"
INTERNATIONAL = 1
LEAST_HEADER, MOST_HEADER = 50, 4_096
"""Octets of a file header; it ends with what an operator adds."""
LOST, UNSAID = 47, (0, 0xFFFFFFFF)
"""Where the indicator of lost records lies; numbers that a node writes which does not count."""
MOST_BYTES = 1 << 20
"""No record is longer: a length beyond it is not a length."""


class CdrFault(Fault):
    """pycrate is missing."""


def read_cdr(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """Call legs and access sessions of a file of records."""
    kinds, data, number = _kinds(), file.read(), 0
    families: dict[str, list[Record]] = {"call_leg": [], "access_session": []}
    rejects: list[Reject] = []
    for number, one in enumerate(_records(data), 1):
        try:
            family, record = _row(kinds, one)
        except ValueError as error:
            rejects.append(Reject(number, str(error)))
        else:
            families[family].append(record)
        if number % RECORDS == 0:
            yield from _blocks(families, rejects)
            families, rejects = {name: [] for name in families}, []
    yield from _blocks(families, rejects, _announced(data, number))


def _blocks(families: dict[str, list[Record]], rejects: list[Reject], notes: tuple[Text, ...] = ()) -> Iterator[Block]:
    last = "access_session"
    for name, records in families.items():
        mine, rejects = (rejects, []) if records or name == last else ([], rejects)
        if records or mine or (notes and name == last):
            yield replace(block_of(name, records, mine), **(_said(notes) if name == last else {}))


def _said(notes: tuple[Text, ...]) -> dict[str, Any]:
    """What a header announces and is not there was lost, somewhere in the file."""
    return {"notes": notes, "losses": tuple(Loss(note) for note in notes)}


def _announced(data: bytes, found: int) -> tuple[Text, ...]:
    """What the header of a file says of it and is not so (TS 32.297 §6.1.1): its records, its bytes; and records that never came."""
    if not _file_header(data):
        return ()
    size, count, lost = int.from_bytes(data[:4]), int.from_bytes(data[18:22]), data[LOST]
    notes = []
    if count not in (found, *UNSAID):
        notes.append(
            t(
                f"le fichier annonce {count} tickets, {found} ont été lus",
                f"the file announces {count} records, {found} were read",
            )
        )
    if size not in (len(data), *UNSAID):
        notes.append(
            t(
                f"le fichier annonce {size} octets, il en a {len(data)}",
                f"the file announces {size} bytes, it has {len(data)}",
            )
        )
    if lost:
        notes.append(_lost(lost))
    return tuple(notes)


def _lost(said: int) -> Text:
    """The lost CDR indicator: its highest bit says whether the number behind it is the whole of the loss; 127 is that many or more."""
    count = said & 0x7F
    fr, en = (
        (f"{count} ticket{'s' * (count > 1)}", f"{count} record{'s' * (count != 1)}")
        if count
        else ("un nombre inconnu de tickets", "an unknown number of records")
    )
    more = not count or count == 0x7F or not said & 0x80
    return t(
        f"le nœud dit que {fr} manquent au fichier{', ou davantage' if count and more else ''}",
        f"the node says that {en} are missing from the file{', or more' if count and more else ''}",
    )


# --- framing ---------------------------------------------------------------------------------------------------------


def _records(data: bytes) -> Iterator[bytes]:
    """Tag, length and value of each record. What is cut off, or has no length that can be, is given as the last one."""
    at = 0
    if first := _file_header(data):
        yield from _framed(data, first)
        return
    while at < len(data):
        if data[at] in FILLERS:
            at += 1
            continue
        end = _end(data, at)
        yield data[at : end or len(data)]
        at = end or len(data)


def _file_header(data: bytes) -> int:
    """The length of the file header of TS 32.297 §6.1.1; 0 for records without one, which begin with a context tag."""
    size = int.from_bytes(data[4:8])
    return size if data[:1] < b"\x80" and LEAST_HEADER <= size <= min(len(data), MOST_HEADER) else 0


def _framed(data: bytes, at: int) -> Iterator[bytes]:
    """Records behind headers of their own (TS 32.297 §6.1.2): length, release, format; a later release says so in one octet more."""
    while at < len(data):
        size = int.from_bytes(data[at : at + 2])
        at += 5 if data[at + 2 : at + 3] >= b"\xe0" else 4
        yield data[at : at + size]
        at += size


def _end(data: bytes, at: int) -> int:
    """Where the record that begins at a place ends; 0 where its length is none that can be, or is not said."""
    here = at + 1
    if data[at] & 0x1F == 0x1F:
        while here < len(data) and data[here] & 0x80:
            here += 1
        here += 1
    if here >= len(data):
        return 0
    size = data[here]
    here += 1
    if size & 0x80:
        width = size & 0x7F
        size = int.from_bytes(data[here : here + width]) if 0 < width <= 4 else MOST_BYTES + 1
        here += width
    return here + size if size <= MOST_BYTES else 0


def _tag(data: bytes) -> int:
    """The number of a context tag; ValueError for any other."""
    if not data or data[0] >> 6 != 2:
        raise ValueError("does not begin as a record of TS 32.298")
    if data[0] & 0x1F != 0x1F:
        return data[0] & 0x1F
    number = 0
    for byte in data[1:4]:
        number = number << 7 | byte & 0x7F
        if not byte & 0x80:
            return number
    raise ValueError("does not begin as a record of TS 32.298")


# --- what is taken of each kind --------------------------------------------------------------------------------------

Taker = Callable[[dict[str, Any]], tuple[str, Record]]


@functools.cache
def _kinds() -> dict[int, tuple[Any, Taker]]:
    """Tag → (the choice that decodes it, what is taken of it). Importing the specification takes seconds, once."""
    try:
        with redirect_stderr(io.StringIO()):  # it remarks on names in ITU modules
            from pycrate_asn1dir import CDR
    except ModuleNotFoundError as error:
        raise CdrFault(
            t(
                "Les tickets TS 32.298 demandent pycrate : pip install opposable[cdr].",
                "Records of TS 32.298 need pycrate: pip install opposable[cdr].",
            )
        ) from error
    calls, packets = CDR.CSChargingDataTypes.CSRecord, CDR.GPRSChargingDataTypes.GPRSRecord
    takers: tuple[tuple[Any, str, Taker], ...] = (
        (calls, "moCallRecord", functools.partial(_call, role=ORIGINATING, other="calledNumber")),
        (calls, "mtCallRecord", functools.partial(_call, role=TERMINATING, other="callingNumber")),
        (calls, "moSMSRecord", functools.partial(_message, role=ORIGINATING, at="originationTime")),
        (calls, "mtSMSRecord", functools.partial(_message, role=TERMINATING, at="deliveryTime")),
        (packets, "sGWRecord", functools.partial(_session, gateway="s-GWAddress")),
        (packets, "pGWRecord", functools.partial(_session, gateway="p-GWAddress")),
    )
    return {choice._cont[name]._tagc[-1][1]: (choice, take) for choice, name, take in takers}  # noqa: SLF001 - no other way to a tag


def _row(kinds: dict[int, tuple[Any, Taker]], data: bytes) -> tuple[str, Record]:
    tag = _tag(data)
    if tag not in kinds:
        raise ValueError(f"a record of kind [{tag}], of which nothing is taken")
    choice, take = kinds[tag]
    if _end(data, 0) != len(data):
        raise ValueError("cut off, or of no definite length")
    try:
        choice.from_ber(data)
        _, values = choice.get_val()
    except Exception as error:  # noqa: BLE001 - pycrate raises whatever its reading met: of any kind, and of its own
        raise ValueError(f"does not decode as BER ({type(error).__name__})") from None
    try:
        return take(values)
    except (KeyError, IndexError) as error:
        raise ValueError(
            f"without {error.args[0]}" if isinstance(error, KeyError) else "a field is too short"
        ) from None


def _call(values: dict[str, Any], *, role: int, other: str) -> tuple[str, Record]:
    seized = values.get("seizureTime")
    start = _instant(values["answerTime"] if "answerTime" in values or seized is None else seized)
    duration = values["callDuration"]
    end = start + duration * 1_000_000
    return "call_leg", _leg(values, role, other, VOICE) | {"start": start, "end": end, "duration": duration}


def _message(values: dict[str, Any], *, role: int, at: str) -> tuple[str, Record]:
    start = _instant(values[at])
    return "call_leg", _leg(values, role, "destinationNumber", SMS) | {"start": start, "end": start}


def _leg(values: dict[str, Any], role: int, other: str, service: int) -> Record:
    return {
        "served": _number(values["servedMSISDN"]), "other": _number(values.get(other, b"")), "role": role, "service": service,
        "imsi": _bcd(values.get("servedIMSI", b"")), "imei": _bcd(values.get("servedIMEI", b"")), "cell": _cell(values.get("location")),
    }  # fmt: skip


def _session(values: dict[str, Any], *, gateway: str) -> tuple[str, Record]:
    start = _instant(values["startTime"] if "startTime" in values else values["recordOpeningTime"])
    opened = _instant(values["recordOpeningTime"])
    end = _instant(values["stopTime"]) if "stopTime" in values else opened + values["duration"] * 1_000_000
    address = ip_address(_ip(values["servedPDPPDNAddress"][1]))
    prefix = 128 if address.version == 4 else 64  # an IPv6 bearer is lent a /64 (TS 23.401 § 5.3.1.2.2)
    whole = int.from_bytes(packed(address)) >> (128 - prefix) << (128 - prefix)
    subscriber = _number(values["servedMSISDN"]) if "servedMSISDN" in values else _bcd(values["servedIMSI"])
    return "access_session", {
        "start": start, "end": max(start, end), "ip": whole.to_bytes(16), "prefix": prefix, "subscriber": subscriber,
        "session": str(values["chargingID"]), "terminal": _bcd(values.get("servedIMEI", b"")), "nas": _ip(values[gateway]),
    }  # fmt: skip


def _bcd(data: bytes) -> str:
    """Digits, two a byte, the low half first; a half of ones fills up."""
    halves = [half for byte in data for half in (byte & 0xF, byte >> 4)]
    return "".join(DIGITS[half] for half in halves if half != 0xF)


def _number(data: bytes) -> str:
    """A number with its first byte: type of number and plan (TS 24.008 § 10.5.4.7)."""
    if not data:
        return ""
    digits = _bcd(data[1:])
    return "+" + digits if data[0] >> 4 & 7 == INTERNATIONAL else e164(digits)


def _instant(data: bytes) -> int:
    """YYMMDDhhmmss in BCD, a sign as a letter, hhmm beside UTC (TS 32.298 § 5.1.2.2.55)."""
    text = data.hex()
    if len(data) != 9 or data[6:7] not in (b"+", b"-"):
        raise ValueError("no time stamp")
    beside = timedelta(hours=int(text[14:16]), minutes=int(text[16:18])) * (1 if data[6:7] == b"+" else -1)
    local = datetime.strptime("20" + text[:12], "%Y%m%d%H%M%S").replace(tzinfo=timezone(beside))
    return (local - EPOCH) // MICROSECOND


def _ip(chosen: Any) -> str:
    """An address in any of its four shapes; a prefix without its length."""
    while isinstance(chosen, tuple):
        chosen = chosen[1]
    if isinstance(chosen, dict):
        return _ip(chosen["pDPAddress"])
    return str(ip_address(bytes(chosen))) if isinstance(chosen, (bytes, bytearray)) else str(ip_address(chosen))


def _cell(location: dict[str, Any] | None) -> str:
    """Network, area and cell; without the network where the record does not say it."""
    if not location:
        return ""
    area, cell = (int.from_bytes(location[name]) for name in ("locationAreaCode", "cellId"))
    plmn = location.get("mCC-MNC")
    return f"{_plmn(plmn)}-{area}-{cell}" if plmn else f"{area}-{cell}"


def _plmn(data: bytes) -> str:
    """MCC and MNC of three bytes (TS 24.008 § 10.5.1.3)."""
    halves = [DIGITS[half] if half != 0xF else "" for byte in data for half in (byte & 0xF, byte >> 4)]
    mcc, mnc = "".join(halves[:3]), "".join([halves[4], halves[5], halves[3]])
    return f"{mcc}-{mnc}"
