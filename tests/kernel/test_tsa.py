"""Time stamps: the local authority, the client over real HTTP, openssl as the second opinion, and authorities that lie."""

from __future__ import annotations

import base64
import contextlib
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from opposable.kernel import clock, outbound
from opposable.kernel.outbound import Unreachable
from opposable.kernel.tsa import LOCAL_NAME, HttpTsa, LocalTsa, TsaFault, open_tsa, serve_local_tsa
from opposable.ledger import token

CHECKPOINT = b"exemple.fr/2026\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def authority(home: Path) -> LocalTsa:
    return LocalTsa.open(home)


def openssl_verifies(folder: Path, root: bytes, response: bytes, data: bytes) -> bool:
    for name, content in {"root.pem": root, "answer.tsr": response, "data": data}.items():
        (folder / name).write_bytes(content)
    command = ["openssl", "ts", "-verify", "-data", "data", "-in", "answer.tsr", "-CAfile", "root.pem"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode == 0


@contextmanager
def answering(answer: Callable[[bytes, socket.socket], None]) -> Iterator[str]:
    """An HTTP server of raw bytes: ``answer(request body, socket)`` sends what it likes, once."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    request += connection.recv(65_536)
                head, _, body = request.partition(b"\r\n\r\n")
                size = int(
                    next(line for line in head.split(b"\r\n") if b"ontent-" in line and b"ength" in line).split()[1]
                )
                while len(body) < size:
                    body += connection.recv(65_536)
                with contextlib.suppress(OSError):  # the client hung up, as it should
                    answer(body, connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/tsa"
        thread.join(60)
        assert not thread.is_alive()


def http(body: bytes, status: bytes = b"200 OK", extra: bytes = b"") -> bytes:
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), extra, body)


# ------------------------------------------------------------------------------------------ local


def test_a_local_token_verifies_here_and_with_openssl(home: Path, tmp_path: Path) -> None:
    tsa = open_tsa(home, "local")
    before = clock.now().replace(microsecond=0)  # a token tells whole seconds
    stamp = tsa.stamp(CHECKPOINT)
    after = clock.now()
    assert stamp.info == token.verify(stamp.response, CHECKPOINT, tsa.roots)
    assert stamp.digest == token.token_hash(stamp.response)
    assert before <= stamp.info.at <= after
    assert openssl_verifies(tmp_path, tsa.roots[0], stamp.response, CHECKPOINT)
    assert not openssl_verifies(tmp_path, tsa.roots[0], stamp.response, CHECKPOINT + b"\n")


def test_a_local_token_says_what_it_is_worth(home: Path, tmp_path: Path) -> None:
    tsa = open_tsa(home, "local")
    assert "sans valeur" in tsa.label.fr
    assert "no legal value" in tsa.label.en
    stamp = tsa.stamp(CHECKPOINT)
    assert "sans valeur" in stamp.info.tsa
    assert stamp.info.policy.startswith("2.25.")
    (tmp_path / "r.tsr").write_bytes(stamp.response)
    read = subprocess.run(
        ["openssl", "ts", "-reply", "-in", tmp_path / "r.tsr", "-text"], capture_output=True, check=True
    )
    assert b"sans valeur" in read.stdout
    assert "sans valeur" in (home / "tsa/LISEZMOI.txt").read_text()
    assert LOCAL_NAME in (home / "tsa/LISEZMOI.txt").read_text()


def test_the_local_authority_dates_a_past_story(home: Path, tmp_path: Path) -> None:
    """15:00 Paris on the eve, in 2007: tokens on both sides, verified by openssl too."""
    before, after = datetime(2007, 9, 3, 12, 59, 59, tzinfo=UTC), datetime(2007, 9, 3, 13, 0, 1, tzinfo=UTC)
    tsa = open_tsa(home, "local")
    for instant in (before, after):
        with clock.frozen(instant):
            stamp = tsa.stamp(CHECKPOINT)
        assert stamp.info.at == instant
        assert openssl_verifies(tmp_path, tsa.roots[0], stamp.response, CHECKPOINT)
    fixed = LocalTsa.open(home, lambda: before)
    query = token.request(CHECKPOINT)
    assert token.verify(fixed.answer(query), CHECKPOINT, [fixed.root]).at == before


def test_the_local_authority_is_made_once_and_keeps_no_root_key(home: Path, authority: LocalTsa) -> None:
    assert LocalTsa.open(home).certificate == authority.certificate
    assert sorted(path.name for path in (home / "tsa").iterdir()) == ["LISEZMOI.txt", "ca.pem", "tsa.key", "tsa.pem"]
    assert (home / "tsa/tsa.key").stat().st_mode & 0o777 == 0o600
    assert (home / "tsa").stat().st_mode & 0o777 == 0o700


def test_two_authorities_do_not_vouch_for_each_other(home: Path, tmp_path: Path) -> None:
    stamp = open_tsa(home, "local").stamp(CHECKPOINT)
    other = LocalTsa.open(tmp_path)
    with pytest.raises(token.TokenError):
        token.verify(stamp.response, CHECKPOINT, [other.root])


@pytest.mark.parametrize("query", [b"", b"junk", b"0\x03\x02\x01\x01", b"0" * 300])
def test_what_is_not_a_request_is_rejected_in_the_standard_way(
    authority: LocalTsa, query: bytes, tmp_path: Path
) -> None:
    answer = authority.answer(query)
    (tmp_path / "r.tsr").write_bytes(answer)
    read = subprocess.run(
        ["openssl", "ts", "-reply", "-in", tmp_path / "r.tsr", "-text"], capture_output=True, check=True, text=True
    )
    assert "Rejected" in read.stdout
    with pytest.raises(token.TokenError, match="refused"):
        token.inspect(answer)


# ------------------------------------------------------------------------------------------ over HTTP


def test_the_client_over_http(home: Path) -> None:
    with serve_local_tsa(home) as url:
        tsa = open_tsa(home, url, ["tsa/ca.pem"])
        stamp = tsa.stamp(CHECKPOINT)
        assert tsa.label.fr == "127.0.0.1"
    assert token.verify(stamp.response, CHECKPOINT, tsa.roots) == stamp.info


def test_openssl_is_a_client_of_the_local_authority(home: Path, authority: LocalTsa, tmp_path: Path) -> None:
    """A request made by openssl, with SHA-512 and without asking for a policy."""
    (tmp_path / "data").write_bytes(CHECKPOINT)
    subprocess.run(
        ["openssl", "ts", "-query", "-data", "data", "-sha512", "-cert", "-out", "q.tsq"],
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    with serve_local_tsa(home) as url:
        answer = outbound.post(url, (tmp_path / "q.tsq").read_bytes(), media_type="application/timestamp-query")
    assert answer.media_type == "application/timestamp-reply"
    assert openssl_verifies(tmp_path, authority.root, answer.body, CHECKPOINT)
    assert token.verify(answer.body, CHECKPOINT, [authority.root]).algorithm == "sha512"


def test_openssl_as_the_authority(tmp_path: Path) -> None:
    """The client accepts a token made by another implementation, RSA and with a chain of its own."""
    (tmp_path / "ts.cnf").write_text(
        "[tsa]\ndefault_tsa = t\n[t]\nserial = serial\ndefault_policy = 1.2.3.4.1\ndigests = sha256\n"
        "signer_digest = sha256\naccuracy = secs:1\ness_cert_id_alg = sha256\n"
        "[ca]\nbasicConstraints = critical,CA:true\n[leaf]\nextendedKeyUsage = critical,timeStamping\n"
    )
    (tmp_path / "serial").write_text("01\n")
    for command in (
        "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=root -days 30 -addext keyUsage=keyCertSign",
        "req -newkey rsa:2048 -nodes -keyout leaf.key -out leaf.csr -subj /CN=leaf",
        "x509 -req -in leaf.csr -CA ca.pem -CAkey ca.key -extfile ts.cnf -extensions leaf -days 30 -out leaf.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=tmp_path, check=True, capture_output=True)

    def answer(body: bytes, connection: socket.socket) -> None:
        (tmp_path / "q.tsq").write_bytes(body)
        reply = "ts -reply -config ts.cnf -queryfile q.tsq -signer leaf.pem -inkey leaf.key -out r.tsr"
        subprocess.run(["openssl", *reply.split()], cwd=tmp_path, check=True, capture_output=True)
        connection.sendall(http((tmp_path / "r.tsr").read_bytes()))

    with answering(answer) as url:
        stamp = open_tsa(tmp_path, url, ["ca.pem"]).stamp(CHECKPOINT)
    assert stamp.info.tsa == "CN=leaf"
    assert openssl_verifies(tmp_path, (tmp_path / "ca.pem").read_bytes(), stamp.response, CHECKPOINT)


def test_a_user_name_is_sent_as_basic_and_its_password_comes_from_the_environment(
    home: Path, authority: LocalTsa
) -> None:
    with pytest.raises(TsaFault, match="OPPOSABLE_TSA_PASSWORD"):
        open_tsa(home, "https://cabinet:secret@tsa.example/", ["tsa/ca.pem"], {"OPPOSABLE_TSA_PASSWORD": "x"})
    with pytest.raises(TsaFault, match="OPPOSABLE_TSA_PASSWORD"):
        open_tsa(home, "https://cabinet@tsa.example/", ["tsa/ca.pem"], {})
    tsa = open_tsa(home, "https://cab%40inet@tsa.example:8443/a?b", ["tsa/ca.pem"], {"OPPOSABLE_TSA_PASSWORD": "s3"})
    assert isinstance(tsa, HttpTsa)
    assert tsa.url == "https://tsa.example:8443/a?b"
    assert base64.b64decode(tsa.headers["Authorization"].split()[1]) == b"cab@inet:s3"
    assert "s3" not in repr(tsa)


@pytest.mark.parametrize("setting", ["", "locale", "ftp://tsa.example", "file:///etc/passwd"])
def test_a_setting_that_is_no_authority_is_refused(home: Path, setting: str) -> None:
    with pytest.raises(TsaFault, match="n’est pas compris"):
        open_tsa(home, setting, ["tsa/ca.pem"])


def test_an_authority_without_a_readable_root_is_refused(home: Path, tmp_path: Path) -> None:
    (tmp_path / "junk.pem").write_text("junk")
    for roots in ([], ["junk.pem"], ["absent.pem"]):
        with pytest.raises(TsaFault, match="tsa_roots"):
            open_tsa(tmp_path, "https://tsa.example/", roots)


# ------------------------------------------------------------------------------------------ hostile


def hostile(authority: LocalTsa, case: str, body: bytes, connection: socket.socket) -> None:
    """What a careless, broken or malicious authority sends."""
    if case == "wrong nonce":  # a token over the right bytes, made for another request
        connection.sendall(http(authority.answer(token.request(CHECKPOINT))))
    elif case == "wrong imprint":
        connection.sendall(http(authority.answer(token.request(b"another checkpoint"))))
    elif case == "garbage":
        connection.sendall(http(b"<html>502</html>"))
    elif case == "empty":
        connection.sendall(http(b""))
    elif case == "rejected":
        connection.sendall(http(authority.answer(b"junk")))
    elif case == "flipped":
        answer = bytearray(authority.answer(body))
        answer[-5] ^= 1
        connection.sendall(http(bytes(answer)))
    elif case == "error status":
        connection.sendall(http(authority.answer(body), b"503 Busy"))
    elif case == "redirection":
        connection.sendall(http(b"", b"302 Found", b"Location: http://127.0.0.1:9/\r\n"))


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ("wrong nonce", "nonce"),
        ("wrong imprint", "other bytes"),
        ("garbage", "not a time-stamp response"),
        ("empty", "not a time-stamp response"),
        ("rejected", "refused"),
        ("flipped", "does not verify"),
        ("error status", "HTTP 503"),
        ("redirection", "HTTP 302"),
    ],
)
def test_a_response_that_does_not_hold_is_refused_and_kept(
    home: Path, authority: LocalTsa, case: str, said: str
) -> None:
    lie = partial(hostile, authority, case)
    with answering(lie) as url, pytest.raises(TsaFault, match=said) as caught:
        open_tsa(home, url, ["tsa/ca.pem"]).stamp(CHECKPOINT)
    assert bool(caught.value.response) is (case not in ("empty", "redirection"))
    assert said in caught.value.text.en


def test_a_token_of_an_unknown_authority_is_refused(home: Path, tmp_path: Path) -> None:
    LocalTsa.open(tmp_path)
    with serve_local_tsa(home) as url, pytest.raises(TsaFault, match="does not verify"):
        open_tsa(tmp_path, url, ["tsa/ca.pem"]).stamp(CHECKPOINT)


def big(body: bytes, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    for _ in range(160):
        connection.sendall(b"0" * 65_536)


def announced_big(body: bytes, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n")
    for _ in range(160):
        connection.sendall(b"0" * 65_536)


def silent(body: bytes, connection: socket.socket) -> None:
    connection.recv(1)  # until the client hangs up


def dribbling_head(body: bytes, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX: ")
    dribble(connection)


def dribbling_body(body: bytes, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n\r\n")
    dribble(connection)


def dribble(connection: socket.socket) -> None:
    """A byte each tenth of a second: every single read succeeds in time. Ends when the client hangs up."""
    connection.settimeout(0.1)
    for _ in range(100):
        connection.sendall(b"x")
        try:
            if not connection.recv(1):
                return
        except TimeoutError:
            continue


def cut(body: bytes, connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")


@pytest.mark.parametrize(
    ("answer", "seconds", "said"),
    [
        (big, 20, "more than 65536 bytes"),
        (announced_big, 20, "more than 65536 bytes"),
        (cut, 20, "not a time-stamp response"),
        (silent, 0.5, "too slow|timed out"),
        (dribbling_head, 0.5, "too slow|timed out"),
        (dribbling_body, 0.5, "too slow|timed out"),
    ],
)
def test_an_authority_cannot_hold_us_nor_fill_us(
    home: Path, authority: LocalTsa, answer: Callable[..., None], seconds: float, said: str
) -> None:
    """Who only waited for the end of a dribble would find it cut off after ten seconds, and not say that it was too slow."""
    with answering(answer) as url:
        tsa = HttpTsa(url, (authority.root,), seconds=seconds)
        with pytest.raises((Unreachable, TsaFault), match=said):
            tsa.stamp(CHECKPOINT)


def test_nobody_there_is_said_in_a_sentence(home: Path, authority: LocalTsa) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Unreachable, match="n’a pas répondu"):
        HttpTsa(f"http://127.0.0.1:{port}/", (authority.root,)).stamp(CHECKPOINT)


@pytest.mark.parametrize(
    "url", ["", "tsa.example", "http://", "file:///etc/passwd", "http://a b/", "http://a:b/", "http://a\r\n/"]
)
def test_an_address_that_is_none_is_refused_before_any_connection(url: str) -> None:
    with pytest.raises(Unreachable, match="adresse"):
        outbound.post(url, b"", media_type="text/plain")
