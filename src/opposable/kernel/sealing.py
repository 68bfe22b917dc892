"""Asking for a seal now, and the loop that answers: a Unix socket between the processes that act and the one that signs.

Whoever holds no key writes one byte to the socket and waits for one byte back: it comes when a seal that began after the
request is finished. Requests that arrive together are served by the same seal.
"""

from __future__ import annotations

import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.db import close_old_connections

from opposable.kernel.models import Leaf

if TYPE_CHECKING:
    from pathlib import Path

SOCKET = "sealer.sock"
WAIT_SECONDS = 5.0
FULL = 5_000
"""A seal of so many acts was full: more may be waiting."""

inline: Callable[[], object] | None = None
"""Set by a process that holds the key and runs no sealer beside itself (commands, tests): seal in this very process."""


def seal_now(act_id: int) -> bool:
    """Have the act sealed before returning. False when no sealer answered in time: the receipt then is a promise, and says so."""
    return request() and Leaf.objects.filter(act_id=act_id).exists()


def request() -> bool:
    """Have what is pending sealed before returning. False when no sealer answered in time."""
    if inline is None:
        return _ask(settings.HOME / "run")
    inline()
    return True


def _ask(folder: Path) -> bool:
    try:
        with _address(folder) as address, socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(WAIT_SECONDS)
            client.connect(address)
            client.sendall(b"s")
            return client.recv(1) == b"k"
    except OSError:
        return False


@contextmanager
def _address(folder: Path) -> Iterator[str]:
    """The socket's address by way of a descriptor: a socket path is limited to 107 bytes, a HOME is not."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{descriptor}/{SOCKET}"
    finally:
        os.close(descriptor)


class Seals(Protocol):
    """What the loop drives: the `Sealer`."""

    def seal_once(self) -> int:
        """Seal what is pending, or the first part of it. Returns how many acts."""

    def settle(self) -> None:
        """Do what nobody waits for."""


class Service:
    """The sealing loop: seals every ``period`` seconds, and at once when asked. Runs in the calling thread until `stop`.

    ``idle`` is called every period in a thread of its own: it may ask authorities and witnesses, who take their time.
    """

    def __init__(self, run_folder: Path, sealer: Seals, period: float, idle: Callable[[], None]) -> None:
        self._folder = run_folder
        self._sealer = sealer
        self._period = period
        self._idle = idle
        self._waiting: list[socket.socket] = []
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._stopped = threading.Event()
        self.failure: Exception | None = None

    def stop(self) -> None:
        self._stopped.set()
        self._wake.set()

    def run(self) -> None:
        """Seal until stopped. An error of the log stops it: `failure` then holds it, and nothing more is signed."""
        try:
            self._seal()  # the first seal compares the whole past, which takes its time: nobody may wait for it yet
            with self._listen() as listener:
                threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
                threading.Thread(target=self._tidy, daemon=True).start()
                while not self._stopped.is_set():
                    self._wake.wait(self._period)
                    self._wake.clear()
                    self._round()
                self._raise_failure()
        except Exception as error:
            self.failure = error
            self._answer(self._take(), b"e")
            raise

    def _round(self) -> None:
        waiting = self._take()
        self._seal()
        self._answer(waiting, b"k")
        if not waiting:
            self._sealer.settle()
            close_old_connections()

    def _seal(self) -> None:
        while self._sealer.seal_once() >= FULL:
            pass

    def _tidy(self) -> None:
        """What goes on beside the seals. An error that nobody foresaw stops the service: it is not to go unseen."""
        while not self._stopped.wait(self._period):
            try:
                self._idle()
                close_old_connections()
            except Exception as error:  # noqa: BLE001 - raised again by `run`
                self.failure = error
                self.stop()

    def _raise_failure(self) -> None:
        if self.failure is not None:
            raise self.failure

    def _take(self) -> list[socket.socket]:
        with self._lock:
            waiting, self._waiting = self._waiting, []
        return waiting

    @staticmethod
    def _answer(waiting: list[socket.socket], byte: bytes) -> None:
        for client in waiting:
            with contextlib.suppress(OSError), client:
                client.sendall(byte)

    @contextmanager
    def _listen(self) -> Iterator[socket.socket]:
        path = self._folder / SOCKET
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            with _address(self._folder) as address:
                listener.bind(address)
            path.chmod(0o660)  # run/ is closed to strangers: its group is the pages, where the sealer is another user
            listener.listen(128)
            try:
                yield listener
            finally:
                path.unlink(missing_ok=True)

    def _accept(self, listener: socket.socket) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.settimeout(WAIT_SECONDS)
            with self._lock:
                self._waiting.append(client)
            self._wake.set()


def wait_for_socket(folder: Path, seconds: float = 10.0) -> bool:
    """Whether a sealer listens within ``seconds``."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if (folder / SOCKET).exists() and _ask(folder):
            return True
        time.sleep(0.05)
    return False
