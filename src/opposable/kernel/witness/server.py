"""The witness over HTTP: ``POST /add-checkpoint``, and pages that anybody may read to compare what they were shown."""

from __future__ import annotations

import re
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import AF_INET, AF_INET6, SHUT_RDWR, socket
from socketserver import TCPServer
from typing import Any

from opposable.kernel.witness.core import Refusal, Witness
from opposable.kernel.witness.protocol import LIMIT, PATH

MAX_CONNECTIONS = 64
SECONDS = 10
LIFETIME = 120
"""Seconds after which a connection is closed whatever it is doing: the client opens another."""
PLAIN = "text/plain; charset=utf-8"
LOG_PAGE = re.compile(r"/([0-9a-f]{64})/(checkpoint|forks)")


class WitnessServer(ThreadingHTTPServer):
    """An HTTP server around one witness; connections beyond `MAX_CONNECTIONS` wait to be accepted."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, witness: Witness, host: str, port: int) -> None:
        self.witness = witness
        self.address_family = AF_INET6 if ":" in host else AF_INET
        self._places = threading.BoundedSemaphore(MAX_CONNECTIONS)
        super().__init__((host, port), _Handler)

    @property
    def url(self) -> str:
        host = str(self.server_address[0])
        return f"http://[{host}]:{self.server_port}" if ":" in host else f"http://{host}:{self.server_port}"

    def server_bind(self) -> None:
        """Bind without asking a name server for our own name, as HTTPServer does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        self._places.acquire()
        super().process_request(request, client_address)

    def process_request_thread(self, request: socket, client_address: Any) -> None:  # type: ignore[override]
        # each read has its time limit; this one is for a client that sends a byte now and then to keep its place
        limit = threading.Timer(LIFETIME, _hang_up, (request,))
        limit.daemon = True
        limit.start()
        try:
            super().process_request_thread(request, client_address)
        finally:
            limit.cancel()
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up; everything else is ours, and is said."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


@contextmanager
def serve(witness: Witness, host: str = "127.0.0.1", port: int = 0) -> Iterator[WitnessServer]:
    """Serve in a thread of this process until the block ends; port 0 takes a free one."""
    with WitnessServer(witness, host, port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"  # keep-alive, as the specification asks
    server_version = "opposable-witness"
    sys_version = ""
    timeout = SECONDS

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            return
        if self.path != PATH:
            self._answer(404, "POST /add-checkpoint\n")
            return
        try:
            self._answer(200, self.server.witness.add_checkpoint(body))
        except Refusal as refusal:
            self._answer(refusal.status, refusal.body, refusal.media_type)
        except sqlite3.Error:
            self._answer(503, "our memory cannot be written: nothing was cosigned\n")

    def do_GET(self) -> None:
        page = LOG_PAGE.fullmatch(self.path)
        if self.path == "/":
            self._answer(200, front_page(self.server.witness))
        elif self.path == PATH:
            self._answer(405, "POST only\n")
        elif page:
            text = log_page(self.server.witness, *page.groups())
            self._answer(200 if text else 404, text or "nothing is known of this log\n")
        else:
            self._answer(404, "nothing here\n")

    def do_HEAD(self) -> None:
        self.do_GET()

    def _body(self) -> bytes | None:
        size = self.headers.get("Content-Length", "")
        if not re.fullmatch(r"[0-9]{1,9}", size) or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            self._answer(411, "give the length of the body\n")
            return None
        if int(size) > LIMIT:
            self.close_connection = True
            self._answer(413, f"at most {LIMIT} bytes\n")
            return None
        return self.rfile.read(int(size))

    def _answer(self, status: int, text: str, media_type: str = PLAIN) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing: who asked is nobody's business, and the store has what matters."""


def _hang_up(connection: socket) -> None:
    with suppress(OSError):
        connection.shutdown(SHUT_RDWR)


def front_page(witness: Witness) -> str:
    """Return who we are and what we last cosigned, in French and in English."""
    lines = [
        "Témoin de journaux (C2SP tlog-witness) / Log witness (C2SP tlog-witness)",
        f"nom / name: {witness.name}",
        f"vkey: {witness.vkey}",
        "",
    ]
    for origin in sorted(witness.logs):
        lines += _log_lines(witness, origin)
    return "\n".join(lines) + "\n"


def log_page(witness: Witness, digest: str, what: str) -> str:
    """Return the last cosigned checkpoint of the log whose origin has this SHA-256, or the forks it was caught at."""
    origin = next((name for name in witness.logs if sha256(name.encode()).hexdigest() == digest), None)
    if origin is None:
        return ""
    if what == "checkpoint":
        return witness.store.latest(origin).note
    return "\n".join(f"{fork.known}\n{fork.other}" for fork in witness.store.forks(origin))


def _log_lines(witness: Witness, origin: str) -> list[str]:
    known, forks = witness.store.latest(origin), witness.store.forks(origin)
    folder = sha256(origin.encode()).hexdigest()
    lines = [f"{origin}", f"  {known.size} feuilles / leaves"]
    if known.note:
        at = datetime.fromtimestamp(known.at, UTC).isoformat()
        lines += [f"  cosigné / cosigned: {at}", f"  /{folder}/checkpoint"]
    if forks:
        lines += [f"  ALERTE, DEUX PASSÉS / ALERT, TWO PASTS: {len(forks)}", f"  /{folder}/forks"]
    return [*lines, ""]
