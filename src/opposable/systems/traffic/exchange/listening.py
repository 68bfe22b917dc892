"""Live sources: IPFIX and NetFlow v9, syslog, RADIUS accounting. What comes is spooled, and comes in as a file from time to time."""

from __future__ import annotations

import hashlib
import io
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import TYPE_CHECKING, Protocol

from opposable.kernel import clock
from opposable.kernel.datagrams import Datagram, Listener
from opposable.kernel.faults import Fault
from opposable.law import t
from opposable.systems.traffic.exchange import ipfix, ipfix_live, radius_packets, spool
from opposable.systems.traffic.exchange.blocks import Loss
from opposable.systems.traffic.exchange.ingest import ingest
from opposable.systems.traffic.exchange.outcome import Outcome
from opposable.systems.traffic.store.proof import microseconds

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from opposable.kernel.actors import Actor
    from opposable.systems.traffic.models import Source

log = logging.getLogger(__name__)
DROPPED = t("{n} datagramme(|s) perdu(|s) par le système", "{n} datagram(|s) dropped by the system")
UNREADABLE = t("{n} datagramme(|s) illisible(|s)", "{n} datagram(|s) that did not read")
Network = IPv4Network | IPv6Network
Answers = list[tuple[bytes, tuple[str, int]]]
LARGE, WAITING, PATIENCE = 256 << 20, 16 << 20, 3_600
"""Bytes of a spool that is delivered before its time; bytes and seconds for which messages wait for their template."""


class Manner(Protocol):
    """How one kind of live source is spooled and answered."""

    refused: int
    """Datagrams that are nothing of this kind."""

    def opening(self) -> bytes:
        """What a new spool begins with."""

    def take(self, batch: list[Datagram]) -> tuple[bytes, Answers]:
        """(what is kept of a batch, what is answered once it is on the disk)."""


class Flows:
    """IPFIX: a new file begins with the templates that are known, since exporters repeat them only now and then.

    It goes on with the messages whose template has not come yet (after a start of ours, it comes within minutes): in the file that
    they came with they are rejects, in the one where the template comes they are read.
    """

    def __init__(self) -> None:
        self._stream = ipfix.Stream()
        self._waiting: deque[tuple[float, bytes]] = deque()
        self.refused = 0

    def opening(self) -> bytes:
        known, oldest = self._stream.templates.keys(), time.monotonic() - PATIENCE
        still = deque((at, one) for at, one in self._waiting if at > oldest and not ipfix_live.wanted(one) <= known)
        while sum(len(one) for _, one in still) > WAITING:
            still.popleft()
        self._waiting = still
        return ipfix_live.opening(self._stream) + b"".join(one for _, one in still)

    def take(self, batch: list[Datagram]) -> tuple[bytes, Answers]:
        # messages lie one behind the other in a spool: one that is cut off, or is none, would make the rest unreadable
        whole = [one.data for one in batch if ipfix_live.is_whole(one.data)]
        self.refused += len(batch) - len(whole)
        data = b"".join(whole)
        if unknown := ipfix_live.watch(self._stream, data):
            now = time.monotonic()
            self._waiting += [(now, one) for one in whole if ipfix_live.wanted(one) & unknown]
        return data, []


class Lines:
    """Syslog: a datagram is a line (RFC 5426)."""

    refused = 0

    def opening(self) -> bytes:
        return b""

    def take(self, batch: list[Datagram]) -> tuple[bytes, Answers]:
        return b"".join(one.data.rstrip(b"\r\n\0").replace(b"\n", b" ") + b"\n" for one in batch), []


class Accounting:
    """RADIUS (RFC 2866): acknowledged when it is on the disk, and never when the shared secret is not the right one."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self.refused = 0

    def opening(self) -> bytes:
        return b""

    def take(self, batch: list[Datagram]) -> tuple[bytes, Answers]:
        kept, answers = [], []
        for one in batch:
            try:
                if radius_packets.is_status(one.data):
                    answers.append((radius_packets.status(one.data, self._secret), one.sender))
                    continue
                kept.append(radius_packets.as_detail(one.data, self._secret, int(time.time())))
                answers.append((radius_packets.acknowledgement(one.data, self._secret), one.sender))
            except radius_packets.NotAccounting:
                self.refused += 1
        return "".join(kept).encode(), answers


def protocol_of(source: Source, secret: bytes) -> Manner:
    """How a source is listened to. Raises Fault for a format that does not come live."""
    made: dict[str, Callable[[], Manner]] = {"ipfix": Flows, "syslog": Lines, "radius": lambda: Accounting(secret)}
    if source.format not in made:
        raise Fault(
            t("Le format « {f} » ne vient que par fichiers.", "The format “{f}” comes in files only.").format(
                f=source.format
            )
        )
    return made[source.format]()


class Ear:
    """One source on one port. ``every``: seconds after which what came becomes a delivery.

    ``senders``: the networks that are listened to, everybody when there is none. A datagram says itself who sent it: a hedge
    beside the firewall's.
    """

    def __init__(
        self, actor: Actor, source: Source, listener: Listener, protocol: Manner, *, every: float,
        told: Callable[[Outcome], None] = lambda _outcome: None, senders: tuple[Network, ...] = (),
    ) -> None:  # fmt: skip
        self.actor, self.source, self.listener, self.protocol = actor, source, listener, protocol
        self.every, self.told, self.senders = every, told, senders
        self._spool = spool.Spool(source.slug)
        self._turned = time.monotonic()
        self._said: dict[str, int] = {}
        self._delivered, self._since = (0, 0), clock.now()
        self.received = self.strangers = 0

    def run(self) -> None:
        """Take in what an earlier run left, then listen until the listener is stopped; at the end nothing is left in the spool."""
        self._take_in()
        try:
            self.listener.run(self._take, self._idle, min(self.every, 1.0))
        finally:
            self._spool.close()
            self._take_in()

    def _take(self, batch: list[Datagram]) -> Answers:
        known = [one for one in batch if self._knows(one)]
        self.strangers += len(batch) - len(known)
        kept, answers = self.protocol.take(known)
        if kept:
            self._spool.append(kept)
            if answers:
                self._spool.sync()
        self.received += len(known)  # once they are in the spool
        return answers

    def _knows(self, datagram: Datagram) -> bool:
        if not self.senders:
            return True
        sender = ip_address(datagram.sender[0].partition("%")[0])
        sender = getattr(sender, "ipv4_mapped", None) or sender
        return any(sender in network for network in self.senders)

    def _say_what_is_lost(self) -> None:
        lost = {
            "were dropped by the system": self.listener.dropped,
            "came from senders that are not listened to": self.strangers,
            "are no whole message of this format": self.protocol.refused,
        }
        for what, count in lost.items():
            if more := count - self._said.get(what, 0):
                log.warning("traffic listen %s: %d datagrams %s", self.source.slug, more, what)
        self._said = lost

    def _lost(self, counts: tuple[int, int], until: datetime) -> list[Loss]:
        """What was thrown away since the last delivery. A crash of ours forgets the count: the numbers of the messages still tell."""
        since, end = (microseconds(at) for at in (self._since, until))
        dropped, refused = (now - then for now, then in zip(counts, self._delivered, strict=True))
        return [
            Loss(text.counted(count).format(n=count), since, end)
            for count, text in ((dropped, DROPPED), (refused, UNREADABLE))
            if count
        ]

    def _idle(self) -> None:
        self._say_what_is_lost()
        due = time.monotonic() - self._turned >= self.every or self._spool.size > LARGE
        if due and self._spool.size:
            self._spool.turn()
            if opening := self.protocol.opening():
                self._spool.append(opening)
                self._spool.size = 0  # templates alone are no reason for a delivery
            self._take_in()
        if due:
            self._turned = time.monotonic()

    def _take_in(self) -> None:
        paths = self._spool.closed()
        for path in paths:
            counts, until = (self.listener.dropped, self.protocol.refused), clock.now()
            lost = self._lost(counts, until) if path == paths[-1] else []
            try:
                self.told(take_in(self.actor, self.source, path, lost))
                if path == paths[-1]:
                    self._delivered, self._since = counts, until
            except Fault as fault:  # the spool stays, and comes in at the next turn; nobody stops listening for it
                log.warning("traffic listen %s: %s", self.source.slug, fault.text.en)
            except Exception as error:  # noqa: BLE001 - an error nobody foresaw must not end the listener either
                # its kind only: a message may hold an address
                log.warning("traffic listen %s: a spool did not come in (%s)", self.source.slug, type(error).__name__)


def take_in(actor: Actor, source: Source, path: Path, lost: Sequence[Loss] = ()) -> Outcome:
    """One closed spool comes in as a file, once, and is gone. ``lost``: what is known not to be in it."""
    data = spool.read(path)
    digest = hashlib.sha256(data).hexdigest()
    name = path.name.split(".")[0]
    outcome = ingest(actor, source, io.BytesIO(data), name=name, digest=digest, size=len(data), lost=lost)
    path.unlink()
    return outcome
