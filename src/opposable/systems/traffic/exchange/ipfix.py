"""IPFIX (RFC 7011) and NetFlow v9 (RFC 3954) with the NAT events of RFC 8158: messages one behind the other, as in a file.

A template becomes a NumPy layout, and all records that follow it are read at once. Events are paired into sessions and port
blocks (`pairing`). What is said of the stream itself is noted: numbers that jump, an exporter that began anew, records that came
before their template (they wait for it; those that wait in vain are rejects).
"""

from __future__ import annotations

import io
import re
import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import pyarrow as pa

from opposable.law import Text, t
from opposable.systems.traffic.exchange import pairing
from opposable.systems.traffic.exchange.blocks import Block, Loss, Origin, Reject
from opposable.systems.traffic.exchange.ipfix_records import NEEDED, VARIABLE, Template, even, events_of

IPFIX, NETFLOW9 = 10, 9
BATCH = 500_000
"""Records before a block is given on: what is open then is paired with earlier rows of the source."""
ANEW = t("l’exportateur a recommencé", "the exporter began anew")
DATAGRAM = 1 << 16
"""Bytes: no message is longer."""
_TWO, _IPFIX_HEAD, _NETFLOW9_HEAD = struct.Struct(">HH"), struct.Struct(">HHIII"), struct.Struct(">HHIIII")
_HEADS = re.compile(rb"\0[\x09\x0a]")


@dataclass
class Stream:
    """One file or batch, of one or several exporters (by their observation domain)."""

    templates: dict[tuple[int, int, int], Template] = field(default_factory=dict)
    waiting: dict[tuple[int, int, int], list[tuple[bytes, int, int]]] = field(default_factory=lambda: defaultdict(list))
    expected: dict[tuple[int, int], int | None] = field(default_factory=dict)
    """The next number of each stream; None where records of a template not yet known were passed, whose count nobody knows."""
    moments: dict[tuple[int, int], int] = field(default_factory=dict)
    """The latest export instant of each stream: a message of before that came late, or twice."""
    uptime: dict[int, int] = field(default_factory=dict)
    data: dict[tuple[Any, ...], list[tuple[bytes, int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    """Sets by template, with their count, export instant and uptime: read together, which is what makes it fast."""
    current: Template | None = None
    """The template of the set before: most often the next one is of it too, and joins ``sets`` without being looked up."""
    sets: list[tuple[bytes, int, int, int]] = field(default_factory=list)
    notes: list[Text] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    gaps: list[tuple[tuple[int, int], int, int, int]] = field(default_factory=list)
    """(stream, first number, number behind, place among the losses) of the gaps that were noted."""
    rejects: list[Reject] = field(default_factory=list)
    records: int = 0
    message: int = 0
    late: bool = False
    """Whether the message at hand came late: its records count, its number does not."""

    def forget_sets(self) -> None:
        """What was taken of the data so far is read, or of no use."""
        self.data.clear()
        self.current, self.sets = None, []


def read_ipfix(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """The sessions and port blocks of a file of messages."""
    stream = Stream()
    for version, domain, body, moment, up in messages(file, stream):
        take_sets(stream, version, domain, body, moment, up)
        if stream.records >= BATCH:
            yield from _blocks(stream)
    for (_, _, template), sets in stream.waiting.items():
        stream.rejects += [Reject(stream.message, f"data of template {template}, which never came") for _ in sets]
    yield from _blocks(stream)


def messages(file: BinaryIO, stream: Stream) -> Iterator[tuple[int, int, bytes, int, int]]:
    """(version, domain, sets, export instant in microseconds, uptime in milliseconds) of each message.

    Where the file is broken, what was not read up to the next whole message is a reject, by its bytes; the numbers of the
    messages then say how many records that was.
    """
    data, at = file.read(), 0
    size = size_at(data, 0)
    while at < len(data):
        after, following = size_at(data, at + size), at
        if not size or not (after or at + size == len(data)):
            following = _following(data, at + 1, stream)
        if not size or following in range(at + 1, at + size):  # no message, or one cut off: the next begins within it
            stream.rejects.append(Reject(stream.message + 1, _broken(data, at, following)))
            at, size = following, size_at(data, following)
            continue
        stream.message += 1
        if data[at + 1] == IPFIX:
            version, _, seconds, number, domain = _IPFIX_HEAD.unpack_from(data, at)
            up, head = 0, 16
        else:
            version, _, up, seconds, number, domain = _NETFLOW9_HEAD.unpack_from(data, at)
            head = 20
        _follow(stream, (version, domain), number, seconds, up)
        yield version, domain, data[at + head : at + size], seconds * 1_000_000, up
        at, size = at + size, after


def _ends_well(data: bytes, end: int) -> bool:
    """Whether another message begins where one ends, or the file ends too."""
    return end == len(data) or size_at(data, end) > 0


def size_at(data: bytes, at: int) -> int:
    """How many bytes the message has that begins at a place; 0 where none begins, or it does not end within the data."""
    left = len(data) - at
    if left < 16:
        return 0
    version, size = _TWO.unpack_from(data, at)
    if version == IPFIX:
        return int(size) if 16 <= size <= left else 0
    if version != NETFLOW9 or left < 20:
        return 0
    size = 20 + v9_size(data, at + 20)
    return size if size > 20 else 0


def _following(data: bytes, at: int, stream: Stream) -> int:
    """Where reading goes on: at a message of a domain heard of before, made of whole sets, that ends well."""
    known = {domain for _, domain in stream.expected}
    for found in _HEADS.finditer(data, at):
        here = found.start()
        size, head = size_at(data, here), 16 if data[here + 1] == IPFIX else 20
        heard = not known or int.from_bytes(data[here + head - 4 : here + head]) in known
        if size and heard and _is_sets(data, here + head, here + size) and _ends_well(data, here + size):
            return here
    return len(data)


def _is_sets(data: bytes, at: int, end: int) -> bool:
    """Whether sets lie there one behind the other, at least one, and end where they should."""
    first = at
    while at + 4 <= end:
        at += max(int.from_bytes(data[at + 2 : at + 4]), 4)
    return first < at == end


def _broken(data: bytes, at: int, following: int) -> str:
    if following == len(data) and int.from_bytes(data[at : at + 2]) in (IPFIX, NETFLOW9):
        return f"cut off after {len(data) - at} bytes of a message"
    lost = f"{following - at} bytes are no message, neither of IPFIX nor of NetFlow v9"
    return f"{lost}: the file was read on from byte {following}" if following < len(data) else lost


def v9_size(data: bytes, start: int) -> int:
    """NetFlow v9 says how many records, not how many bytes: sets follow each other until the next header."""
    at = start
    while at + 4 <= len(data) and at - start < DATAGRAM:
        kind, size = struct.unpack_from(">HH", data, at)
        if size < 4 or at + size > len(data) or (kind == NETFLOW9 and 2 <= kind < 256):
            break
        at += size
    return at - start


def _note(stream: Stream, domain: int, what: Text) -> Text:
    where = t(f"message {stream.message}, domaine {domain} : ", f"message {stream.message}, domain {domain}: ")
    stream.notes.append(where + what)
    return where + what


def _lost(stream: Stream, domain: int, what: Text, since: int, until: int) -> None:
    """A gap lies between the message before it and the one behind it, in seconds of the exporter; 0 is not known."""
    text = _note(stream, domain, what)
    stream.losses.append(Loss(text, *(seconds * 1_000_000 or None for seconds in (since, until))))


def _fill(stream: Stream, key: tuple[int, int], number: int) -> None:
    """What came late was missed before: that gap is not, or not wholly, a loss."""
    for known, first, behind, place in stream.gaps:
        if known == key and first <= number < behind:
            one = stream.losses[place]
            stream.losses[place] = replace(one, text=one.text + CAME)
            stream.gaps.remove((known, first, behind, place))
            return


MISSING = {
    IPFIX: t("il manque {n} enregistrement(|s)", "{n} (record is|records are) missing"),
    NETFLOW9: t("il manque {n} message(|s)", "{n} (message is|messages are) missing"),
}
CAME = t(", dont tout ou partie est venu en retard", ", of which all or a part came late")
BEHIND = 1 << 18
"""Records, or messages, by which a datagram may come late; what goes back farther, or later, is an exporter that began anew."""


def _follow(stream: Stream, key: tuple[int, int], number: int, seconds: int, up: int) -> None:
    """IPFIX counts records, NetFlow v9 messages: a number beyond the expected one means that some are missing."""
    version, domain = key
    expected, last = stream.expected.get(key), stream.moments.get(key, 0)
    stream.late = False
    if seconds == number == 0:  # what a delivery of ours begins with, when the numbers are not known
        stream.expected.setdefault(key, None)
        return
    behind = 0 if expected is None else (expected - number) & 0xFFFFFFFF
    stream.late = 0 < behind <= BEHIND and 0 < seconds <= last
    if stream.late:  # by another way through the network, or a second time: the one that came in order counts
        _note(stream, domain, t("un message venu en retard, ou deux fois", "a message that came late, or twice"))
        _fill(stream, key, number)
        return
    if up < stream.uptime.get(domain, 0) or 0 < behind < 1 << 31:
        _lost(stream, domain, ANEW, last, seconds)
        stream.templates = {known: one for known, one in stream.templates.items() if known[1] != domain}
    elif behind:
        lost = -behind & 0xFFFFFFFF
        stream.gaps.append((key, number - lost, number, len(stream.losses)))
        _lost(stream, domain, MISSING[version].counted(lost).format(n=lost), last, seconds)
    stream.uptime[domain] = up
    stream.moments[key] = max(seconds, last)
    stream.expected[key] = number if version == IPFIX else (number + 1) & 0xFFFFFFFF


def take_sets(stream: Stream, version: int, domain: int, body: bytes, moment: int, up: int) -> None:
    at, templates, options = 0, (2 if version == IPFIX else 0), (3 if version == IPFIX else 1)
    while at + 4 <= len(body):
        kind, size = _TWO.unpack_from(body, at)
        if size < 4 or at + size > len(body):
            said = f"a set is longer than its message, whose last {len(body) - at} bytes were not read"
            stream.rejects.append(Reject(stream.message, said))
            return
        data = body[at + 4 : at + size]
        if kind in (templates, options):
            _learn(stream, version, domain, data, options=kind == options)
        elif kind >= 256:
            _take(stream, (version, domain, kind), data, moment, up)
        else:
            stream.rejects.append(Reject(stream.message, f"set {kind} is reserved"))
        at += size


def _learn(stream: Stream, version: int, domain: int, data: bytes, *, options: bool) -> None:
    """Templates of a set. One without a field, or without a byte, is a withdrawal (RFC 7011 §8.1), and reads no data."""
    at = 0
    while (start := _begun(version, data, at, options=options)) is not None:
        number, count, scope, at = start
        fields, offset, varies = [], 0, False
        for _ in range(count):
            if at + 4 > len(data):
                return
            element, width = struct.unpack_from(">HH", data, at)
            at += 4
            enterprise = 0
            if version == IPFIX and element & 0x8000:
                enterprise = int.from_bytes(data[at : at + 4], "big")
                element &= 0x7FFF
                at += 4
            fields.append((element, enterprise, width, offset))
            varies |= width == VARIABLE
            offset += width
        key = (version, domain, number)
        if not offset:
            stream.templates.pop(key, None)
            continue
        stream.templates[key] = Template(tuple(fields), 0 if varies else offset, scope)
        for waited, moment, up in stream.waiting.pop(key, ()):
            _take(stream, key, waited, moment, up, counted=False)


def _begun(version: int, data: bytes, at: int, *, options: bool) -> tuple[int, int, int, int] | None:
    """(number, fields, scopes among them, where the fields begin) of the next template of a set; None at its end."""
    if at + (6 if options else 4) > len(data):
        return None
    number, count = struct.unpack_from(">HH", data, at)
    if number < 256:
        return None
    if not options:
        return number, count, 0, at + 4
    last = int.from_bytes(data[at + 4 : at + 6], "big")
    # NetFlow v9 gives the bytes of the scopes and those of the rest, IPFIX all fields and how many of them are scopes.
    fields, scope = (count, last) if version == IPFIX else ((count + last) // 4, count // 4)
    return number, fields, max(scope, 1), at + 6


def _take(
    stream: Stream, key: tuple[int, int, int], data: bytes, moment: int, up: int, *, counted: bool = True
) -> None:
    template = stream.templates.get(key)
    if template is None:
        stream.waiting[key].append((data, moment, up))
        if key[0] == IPFIX:
            stream.expected[key[:2]] = None
        return
    if template.width:
        count = len(data) // template.width
    else:
        template, data, count = even(template, data)
    expected = stream.expected.get(key[:2])
    if key[0] == IPFIX and counted and not stream.late and expected is not None:
        stream.expected[key[:2]] = (expected + count) & 0xFFFFFFFF
    if count and not template.scope:
        if template is not stream.current:
            stream.current, stream.sets = template, stream.data[template.fields, template.width]
        stream.sets.append((data[: count * template.width], count, moment, up))
        stream.records += count


def decoded(data: bytes) -> list[pa.Table]:
    """The events of some messages, not yet paired, one table a template."""
    stream = Stream()
    for version, domain, body, moment, up in messages(io.BytesIO(data), stream):
        take_sets(stream, version, domain, body, moment, up)
    return _taken(stream)


def _passed_over(stream: Stream) -> None:
    """Flows say who spoke with whom and translate nothing: an exporter of flows alone must not look like a silent NAT."""
    translated = {element for element, (name, _) in NEEDED.items() if name == "public_ip"}
    flows = sum(
        count
        for (fields, _), sets in stream.data.items()
        if translated.isdisjoint(element for element, enterprise, _, _ in fields if not enterprise)
        for _, count, _, _ in sets
    )
    if flows:
        fr = f"{flows} enregistrements sont des flux qui ne traduisent aucune adresse : aucun n’est gardé"
        stream.notes.append(t(fr, f"{flows} records are flows that translate no address: none is kept"))


def _taken(stream: Stream) -> list[pa.Table]:
    events = [events_of(Template(fields, width), sets) for (fields, width), sets in stream.data.items()]
    stream.forget_sets()
    return events


def _blocks(stream: Stream) -> Iterator[Block]:
    _passed_over(stream)
    events = _taken(stream)
    notes, stream.notes = tuple(stream.notes), []
    losses, stream.losses, stream.gaps = tuple(stream.losses), [], []
    rejects, stream.rejects = tuple(stream.rejects), []
    records, stream.records = stream.records, 0
    yield from pairing.blocks(events, records, rejects, notes, losses)
