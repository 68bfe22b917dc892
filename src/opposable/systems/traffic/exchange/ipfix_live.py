"""IPFIX and NetFlow v9 as they come by UDP: what a message teaches is kept in mind, since exporters repeat it only now and then."""

from __future__ import annotations

import io
import struct
from collections import defaultdict

from opposable.systems.traffic.exchange import ipfix
from opposable.systems.traffic.exchange.ipfix_records import Template

Key = tuple[int, int, int]
"""Version, domain and number of a template."""
TEMPLATES = 10_000
"""Kept in mind at most, the oldest go first: a datagram may announce hundreds."""


def is_whole(data: bytes) -> bool:
    """Is a datagram one message, from its first byte to its last (RFC 7011 §10.3.3; RFC 3954 §5)?"""
    return bool(data) and ipfix.size_at(data, 0) == len(data)


def watch(stream: ipfix.Stream, data: bytes) -> frozenset[Key]:
    """Learn the templates and follow the numbers of messages that are kept elsewhere; gives the templates that they wait for."""
    for version, domain, body, moment, up in ipfix.messages(io.BytesIO(data), stream):
        ipfix.take_sets(stream, version, domain, body, moment, up)
    wanting = frozenset(stream.waiting)
    stream.forget_sets()
    stream.waiting.clear()
    stream.notes.clear()
    stream.losses.clear()
    stream.gaps.clear()
    stream.rejects.clear()
    stream.records = 0
    for old in list(stream.templates)[:-TEMPLATES]:
        del stream.templates[old]
    return wanting


def wanted(data: bytes) -> frozenset[Key]:
    """The templates that the data of one message are read by."""
    stream = ipfix.Stream()
    return watch(stream, data) if data else frozenset()


def opening(stream: ipfix.Stream) -> bytes:
    """Messages that teach every template known by now, and the numbers at which the streams stand."""
    domains: dict[tuple[int, int], dict[bool, list[bytes]]] = defaultdict(lambda: {False: [], True: []})
    for (version, domain, number), template in stream.templates.items():
        domains[version, domain][template.scope > 0].append(_template_record(version, number, template))
    messages = []
    for (version, domain), kinds in domains.items():
        first = 2 if version == ipfix.IPFIX else 0
        body = b"".join(
            struct.pack(">HH", first + options, 4 + sum(map(len, records))) + b"".join(records)
            for options, records in kinds.items()
            if records
        )
        number = stream.expected.get((version, domain)) or 0
        if version == ipfix.IPFIX:
            messages.append(struct.pack(">HHIII", ipfix.IPFIX, 16 + len(body), 0, number, domain) + body)
        else:
            before, count = (number - 1) & 0xFFFFFFFF, sum(map(len, kinds.values()))
            up = stream.uptime.get(domain, 0)
            messages.append(struct.pack(">HHIIII", ipfix.NETFLOW9, count, up, 0, before, domain) + body)
    return b"".join(messages)


def _template_record(version: int, number: int, template: Template) -> bytes:
    fields = b"".join(
        struct.pack(">HHI", element | 0x8000, width, enterprise) if enterprise else struct.pack(">HH", element, width)
        for element, enterprise, width, _ in template.fields
    )
    count, scope = len(template.fields), template.scope
    if not scope:
        return struct.pack(">HH", number, count) + fields
    said = (count, scope) if version == ipfix.IPFIX else (scope * 4, (count - scope) * 4)
    return struct.pack(">HHH", number, *said) + fields
