"""The one way out: a POST whose time and size are bounded, whatever the other end does."""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import socket
import ssl
import threading
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from opposable.kernel.faults import Fault
from opposable.law.text import t

LIMIT = 65_536
SECONDS = 10.0


class Unreachable(Fault):
    """The other end did not answer, or not within the bounds."""


@dataclass(frozen=True)
class Answer:
    """What came back: HTTP status, media type without parameters, body."""

    status: int
    media_type: str
    body: bytes


def post(
    url: str,
    body: bytes,
    *,
    media_type: str,
    seconds: float = SECONDS,
    limit: int = LIMIT,
    headers: dict[str, str] | None = None,
) -> Answer:
    """POST ``body`` and return the answer, whatever its status; redirections are not followed.

    ``seconds`` bounds the whole exchange, not each read; ``limit`` bounds the answer's body in bytes. Proxies are taken
    from the environment, save for this machine. Raises Unreachable.
    """
    place = _checked(url)
    sent = {"Content-Type": media_type, "User-Agent": "opposable", **(headers or {})}
    request = urllib.request.Request(url, body, sent, method="POST")  # noqa: S310 - the scheme was checked
    with _deadline(seconds) as deadline:
        try:
            with _opener(deadline, place).open(request, timeout=seconds) as response:
                received = response.read(limit + 1)
                media = response.headers.get_content_type()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _unreachable(place, deadline.excuse(error)) from error
    if deadline.passed or len(received) > limit:
        raise _unreachable(place, deadline.excuse(ValueError(f"more than {limit} bytes")))
    return Answer(response.status, media, received)


def _checked(url: str) -> str:
    """Return the host of an http(s) address. Raises Unreachable for any other address."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname or any(c <= " " for c in url):
        raise Unreachable(
            t(
                f"« {url} » n’est pas une adresse http(s) : corrigez le réglage.",
                f'"{url}" is no http(s) address: correct the setting.',
            )
        )
    return parts.hostname


def _unreachable(place: str, error: Exception) -> Unreachable:
    why = getattr(error, "reason", None) or error
    said = f"{type(why).__name__} {why}".strip()
    return Unreachable(
        t(
            f"{place} n’a pas répondu comme il faut ({said}) : la prochaine tentative suivra, vérifiez le réseau si "
            "cela dure.",
            f"{place} did not answer as it must ({said}): it will be tried again, check the network if this lasts.",
        )
    )


# ------------------------------------------------------------------------------------------ the deadline


class _Deadline:
    """Shuts the connection down when the time is over: one byte now and then does not keep us."""

    def __init__(self) -> None:
        self.passed = False
        self._sockets: list[socket.socket] = []

    def watch(self, connection: socket.socket) -> None:
        # a duplicate: TLS takes the original over, and urllib closes it early
        self._sockets.append(connection.dup())
        if self.passed:
            self.end()

    def end(self) -> None:
        self.passed = True
        for connection in self._sockets:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def excuse(self, error: Exception) -> Exception:
        """Return what really ended the exchange: the deadline, or else ``error``."""
        return TimeoutError("too slow") if self.passed else error

    def close(self) -> None:
        for connection in self._sockets:
            connection.close()


@contextlib.contextmanager
def _deadline(seconds: float) -> Iterator[_Deadline]:
    deadline = _Deadline()
    timer = threading.Timer(seconds, deadline.end)
    timer.daemon = True
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        timer.join()
        deadline.close()


def _connections(deadline: _Deadline) -> tuple[type[http.client.HTTPConnection], type[http.client.HTTPSConnection]]:
    """Return the two classes of connections, each put under the deadline as soon as it is open."""

    class Plain(http.client.HTTPConnection):
        def connect(self) -> None:
            super().connect()
            deadline.watch(self.sock)

    class Secure(http.client.HTTPSConnection, Plain):
        """HTTPSConnection opens its socket through `Plain`: the deadline holds from before the TLS handshake."""

    return Plain, Secure


class _Handler(urllib.request.AbstractHTTPHandler):
    def __init__(self, deadline: _Deadline) -> None:
        super().__init__()
        self._plain, self._secure = _connections(deadline)

    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._plain, request)

    def https_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(self._secure, request, context=ssl.create_default_context())

    http_request = https_request = urllib.request.AbstractHTTPHandler.do_request_


def _opener(deadline: _Deadline, host: str) -> urllib.request.OpenerDirector:
    # not build_opener: it adds redirections, files and FTP
    opener = urllib.request.OpenerDirector()
    if not _is_loopback(host):
        opener.add_handler(urllib.request.ProxyHandler())
    opener.add_handler(_Handler(deadline))
    return opener


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
