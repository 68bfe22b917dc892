"""«Datagrammes»: the one place where something listens by UDP. What comes is handed over in batches; what was lost is counted."""

from __future__ import annotations

import selectors
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from opposable.kernel.faults import Fault
from opposable.law import t

LARGEST: Final = 65_535
BATCH: Final = 2_000
BUFFER: Final = 32 << 20
SO_RXQ_OVFL: Final = 40
"""Linux: the number of datagrams that the socket had to drop comes with each one that it kept."""


@dataclass(frozen=True, slots=True)
class Datagram:
    """One datagram and the address it came from."""

    data: bytes
    sender: tuple[str, int]


Take = Callable[[list[Datagram]], list[tuple[bytes, tuple[str, int]]]]
"""Given a batch; returns what is to be answered, to whom."""


class Listener:
    """A UDP socket that is read until it is told to stop."""

    def __init__(self, host: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._wake, self._woken = socket.socketpair()
        self.dropped = 0
        self._stopped = False
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            self._socket.setsockopt(socket.SOL_SOCKET, SO_RXQ_OVFL, 1)
            self._socket.bind((host, port))
        except OSError as error:
            self.close()
            raise Fault(
                t("Rien ne peut écouter sur {h}:{p} ({why}).", "Nothing can listen on {h}:{p} ({why}).").format(
                    h=host, p=port, why=error.strerror or str(error)
                )
            ) from None
        self._socket.setblocking(False)

    @property
    def port(self) -> int:
        """The port that was given, or the free one that was found for 0."""
        return int(self._socket.getsockname()[1])

    def run(self, take: Take, idle: Callable[[], None], seconds: float) -> None:
        """Hand over what comes; ``idle`` is called at least each so many seconds, and once at the end."""
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._socket, selectors.EVENT_READ)
            waiting.register(self._woken, selectors.EVENT_READ)
            while not self._stopped:
                waiting.select(seconds)
                while batch := self._batch():
                    for data, receiver in take(batch):
                        self._socket.sendto(data, receiver)
                idle()

    def stop(self) -> None:
        """Have `run` come to its end; safe in a signal handler and from another thread."""
        self._stopped = True
        self._wake.send(b"\0")

    def close(self) -> None:
        for one in (self._socket, self._wake, self._woken):
            one.close()

    def _batch(self) -> list[Datagram]:
        found: list[Datagram] = []
        while len(found) < BATCH:
            try:
                data, extra, _, sender = self._socket.recvmsg(LARGEST, socket.CMSG_SPACE(4))
            except BlockingIOError:
                break
            for level, kind, value in extra:
                if level == socket.SOL_SOCKET and kind == SO_RXQ_OVFL:
                    self.dropped = struct.unpack("I", value)[0]
            found.append(Datagram(data, sender[:2]))
        return found
