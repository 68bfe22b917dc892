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
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import close_old_connections

from opposable.kernel.models import Leaf

if TYPE_CHECKING:
    from pathlib import Path

SOCKET = "sealer.sock"
WAIT_SECONDS = 5.0

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


class Service:
    """The sealing loop: seals every ``period`` seconds, and at once when asked. Runs in the calling thread until `stop`."""

    def __init__(self, run_folder: Path, seal: Callable[[], int], period: float, idle: Callable[[], None]) -> None:
        self._folder = run_folder
        self._seal = seal
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
        with self._listen() as listener:
            threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
            while not self._stopped.is_set():
                self._wake.wait(self._period)
                self._wake.clear()
                try:
                    self._round()
                except Exception as error:
                    self.failure = error
                    self._answer(self._take(), b"e")
                    raise

    def _round(self) -> None:
        waiting = self._take()
        sealed = self._seal()
        while sealed and sealed >= 5_000:
            sealed = self._seal()
        self._answer(waiting, b"k")
        if not waiting:
            self._idle()
            close_old_connections()

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
