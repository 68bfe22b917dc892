"""The one way out, over TLS: the certificate is checked, and the deadline holds from before the handshake."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from opposable.kernel import outbound
from opposable.kernel.outbound import Unreachable


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PEM with key and self-signed certificate for 127.0.0.1."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(secret + made.public_bytes(Encoding.PEM))
    return path


@contextlib.contextmanager
def listening(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server for one connection; give its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                serve(connection)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(60)
        assert not thread.is_alive()


def over_tls(certificate: Path, answer: Callable[[ssl.SSLSocket], None]) -> Callable[[socket.socket], None]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            request = b""
            while not request.endswith(b"hello"):
                received = secure.recv(4096)
                if not received:
                    return
                request += received
            answer(secure)

    return serve


def greet(secure: ssl.SSLSocket) -> None:
    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: Text/X.Y; a=b\r\nContent-Length: 3\r\n\r\nyes")


def dribble(secure: ssl.SSLSocket) -> None:
    secure.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    secure.settimeout(0.1)
    for _ in range(100):
        secure.sendall(b"x")
        try:
            if not secure.recv(1):
                return
        except TimeoutError:
            continue


def post(port: int, seconds: float = 5) -> outbound.Answer:
    return outbound.post(f"https://127.0.0.1:{port}/", b"hello", media_type="text/plain", seconds=seconds)


def test_an_answer_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with listening(over_tls(certificate, greet)) as port:
        assert post(port) == outbound.Answer(200, "text/x.y", b"yes")


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Path) -> None:
    with listening(over_tls(certificate, greet)) as port, pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        post(port)


@pytest.mark.parametrize("stage", ["handshake", "body"])
def test_the_deadline_holds_over_tls(certificate: Path, monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    def silent(connection: socket.socket) -> None:
        while connection.recv(4096):
            pass

    serve = silent if stage == "handshake" else over_tls(certificate, dribble)
    with listening(serve) as port, pytest.raises(Unreachable, match=r"too slow|timed out"):
        post(port, 0.5)


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")

    def serve(connection: socket.socket) -> None:
        assert b"POST /here" in connection.recv(4096)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with listening(serve) as port:
        assert outbound.post(f"http://127.0.0.1:{port}/here", b"", media_type="text/plain").status == 204


def test_a_proxy_of_the_environment_is_asked_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def serve(connection: socket.socket) -> None:
        assert b"POST http://tsa.example/here" in connection.recv(4096)
        connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

    with listening(serve) as port:
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert outbound.post("http://tsa.example/here", b"", media_type="text/plain").status == 204
