"""«nfcapd.*»: the files of nfdump's collector, read through nfdump itself. Their form is its own, and changes with its versions.

What nfdump tells of a NAT event as JSON is the same for IPFIX and NetFlow v9. Versions before the one that names port blocks keep
the event and lose its ports: such records are rejects, and the exporter is better listened to directly (format ipfix).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from calendar import timegm
from collections.abc import Iterator
from functools import lru_cache
from time import strptime
from typing import IO, Any, BinaryIO

import numpy as np
import orjson
import pyarrow as pa

from opposable.kernel.faults import Fault
from opposable.law import t
from opposable.systems.traffic.exchange import pairing
from opposable.systems.traffic.exchange.addresses import address
from opposable.systems.traffic.exchange.blocks import Block, Loss, Origin, Reject

BATCH = 200_000
ADDRESSES = {
    "inside_ip": ("src4_addr", "src6_addr"), "public_ip": ("src4_xlt_ip", "src6_xlt_ip"),
    "destination_ip": ("dst4_addr", "dst6_addr"),
}  # fmt: skip
NUMBERS = {
    "event": "nat_event_id", "protocol": "proto", "inside_port": "src_port", "port": "src_xlt_port",
    "destination_port": "dst_port",
}  # fmt: skip
GAPS = t("le collecteur a noté {n} rupture(|s) de numéros", "the collector noted {n} gap(|s) in the numbers")
_ENV = {"PATH": os.environ.get("PATH", ""), "TZ": "UTC"}
ANY = ("0.0.0.0", "::")  # noqa: S104 - how nfdump writes "not given"


class NfdumpFault(Fault):
    """nfdump is missing, or does not read the file."""


def read_nfdump(file: BinaryIO, origin: Origin) -> Iterator[Block]:
    """The sessions of a file of nfcapd."""
    with tempfile.TemporaryFile("w+") as errors, _started(file, errors) as nfdump:
        try:
            assert nfdump.stdout is not None
            yield from _blocks(nfdump.stdout)
            yield from _failures(file)
            nfdump.wait()
            errors.seek(0)
            if said := [line for line in errors.read().splitlines() if line.strip()]:
                why = said[0].replace(f"/dev/fd/{file.fileno()}", "")
                raise NfdumpFault(
                    t(
                        "nfdump ne lit pas ce fichier en entier ({why}) : rien n’en est clos, vérifiez-le par nfdump -v.",
                        "nfdump does not read this file to its end ({why}): it is not closed, check it with nfdump -v.",
                    ).format(why=why)
                )
        finally:
            nfdump.kill()


def _program() -> str:
    program = shutil.which("nfdump")
    if program is None:
        raise NfdumpFault(
            t(
                "Les fichiers de nfcapd se lisent par nfdump, qui manque : apt install nfdump.",
                "Files of nfcapd are read through nfdump, which is missing: apt install nfdump.",
            )
        )
    return program


def _started(file: BinaryIO, errors: IO[str]) -> subprocess.Popen[bytes]:
    descriptor = file.fileno()
    return subprocess.Popen(
        [_program(), "-r", f"/dev/fd/{descriptor}", "-q", "-N", "-o", "json"],
        stdout=subprocess.PIPE, stderr=errors, pass_fds=(descriptor,), env=_ENV,
    )  # fmt: skip


def _failures(file: BinaryIO) -> Iterator[Block]:
    """What the collector missed while it wrote the file, by the numbers of the exporters: it counts gaps, not records."""
    descriptor = file.fileno()
    told = subprocess.run(
        [_program(), "-r", f"/dev/fd/{descriptor}", "-I"], capture_output=True, text=True, check=False,
        pass_fds=(descriptor,), env=_ENV,
    ).stdout  # fmt: skip
    said = dict(line.split(": ", 1) for line in told.splitlines() if ": " in line)
    if count := int(said.get("Sequence failures", 0)):
        text = GAPS.counted(count).format(n=count)
        since, until = (int(said.get(name, 0)) * 1_000_000 or None for name in ("First", "Last"))
        yield Block("nat_session", pairing.none("nat_session"), 0, notes=(text,), losses=(Loss(text, since, until),))


def _blocks(output: IO[bytes]) -> Iterator[Block]:
    records: list[dict[str, Any]] = []
    rejects: list[Reject] = []
    number = 0
    for number, record in enumerate(_records(output), 1):
        if reason := _reason(record):
            rejects.append(Reject(number, reason))
        elif int(record.get("nat_event_id", 0)) or "src_xlt_port" in record:
            records.append(record)
        if len(records) + len(rejects) >= BATCH:
            yield from _paired(records, rejects)
            records, rejects = [], []
    yield from _paired(records, rejects)


def _records(output: IO[bytes]) -> Iterator[dict[str, Any]]:
    """The objects that nfdump prints, a member a line."""
    lines: list[bytes] = []
    for line in output:
        bare = line.strip()
        if bare.startswith(b"{"):
            lines = [b"{"]
        elif bare.startswith(b"}"):
            yield orjson.loads(b"".join([*lines, b"}"]))
            lines = []
        elif lines:
            lines.append(bare)


def _reason(record: dict[str, Any]) -> str:
    """Why a record is no row; empty when it is one, or is a flow and none of our business."""
    if int(record.get("nat_event_id", 0)) in pairing.BLOCKS:
        return "a port block without its ports: this nfdump does not keep them, have the exporter send to format ipfix"
    return ""


def _paired(records: list[dict[str, Any]], rejects: list[Reject]) -> Iterator[Block]:
    found = [_events(records)] if records else []
    yield from pairing.blocks(found, len(records), tuple(rejects), ())


def _events(records: list[dict[str, Any]]) -> pa.Table:
    columns: dict[str, Any] = {
        name: np.array([int(one.get(member, 0)) for one in records], np.int64) for name, member in NUMBERS.items()
    }
    for name, members in ADDRESSES.items():
        packed = b"".join(_address(next((one[m] for m in members if m in one), "")) for one in records)
        columns[name] = np.frombuffer(packed, np.uint8).reshape(len(records), 16)
    at, first, last, moment = (
        np.array([_instant(one.get(name, "")) for one in records], np.int64)
        for name in ("t_event", "first", "last", "received")
    )
    return pairing.events(columns, len(records), at=at, first=first, last=last, moment=moment)


@lru_cache(200_000)
def _address(text: str) -> bytes:
    return address("" if text in ANY else text)


def _instant(text: str) -> int:
    """Microseconds of nfdump's «2026-11-19T14:53:20.7»: behind the point a number of milliseconds, without its zeros."""
    seconds, _, milliseconds = text.partition(".")
    return _seconds(seconds) * 1_000_000 + int(milliseconds or 0) * 1_000 if seconds else 0


@lru_cache(100_000)
def _seconds(text: str) -> int:
    return timegm(strptime(text, "%Y-%m-%dT%H:%M:%S"))
