"""«Jeton d’horodatage»: RFC 3161 requests, responses and their verification.

The network is the caller's: `request` gives the bytes to post to a time-stamping authority (TSA), `verify` reads what
came back. rfc3161-client and what reads certificates are imported on first use: the rest of the ledger runs without them.

Two things to know of that library: it refuses a response whose certificate SET is not in DER order (`openssl ts -reply`
makes one when its configuration adds `certs`), and it accepts the status "granted" alone. `openssl ts -verify` is the
second opinion, and VERIFY.sh asks it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from opposable.ledger.errors import TokenError

if TYPE_CHECKING:
    from cryptography import x509
    from rfc3161_client import Accuracy, TimeStampResponse

_HASHES: Final = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_GRANTED_STATUS: Final = b"\x30\x03\x02\x01\x00"  # PKIStatusInfo { status granted(0) }
SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """What a token says: instant (UTC), accuracy, serial number, TSA policy (OID), TSA name, the hash it is over."""

    at: datetime
    serial: int
    policy: str
    tsa: str
    accuracy: timedelta
    algorithm: str
    imprint: bytes

    @property
    def earliest(self) -> datetime:
        """No later than the true instant of the token."""
        return self.at - self.accuracy

    @property
    def latest(self) -> datetime:
        """Later than the true instant of the token: most TSAs write whole seconds and drop the fraction."""
        return self.at + self.accuracy + (SECOND if self.at.microsecond == 0 else timedelta())

    def is_over(self, data: bytes) -> bool:
        """Whether the token was made for these bytes."""
        return hashlib.new(self.algorithm, data).digest() == self.imprint


def request(data: bytes) -> bytes:
    """A DER request for a SHA-256 token over `data`, with a nonce, and for the TSA's certificate (RFC 3161 §2.4.1)."""
    from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

    if not data:
        raise TokenError("there is nothing to time-stamp")
    builder = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA256).nonce(nonce=True)
    return builder.cert_request(cert_request=True).build().as_bytes()


def token_hash(response: bytes) -> str:
    """SHA-256 of the raw response, hex: what a later act carries as `after`."""
    return hashlib.sha256(response).hexdigest()


def inspect(response: bytes) -> TokenInfo:
    """What a response says, *without* verifying its signature. Raises `TokenError` if malformed or not granted."""
    with _refusing("not a time-stamp response"):
        return _info(_decode(response))


def verify(response: bytes, data: bytes, roots: Iterable[bytes]) -> TokenInfo:
    """Verify a response over `data`. Raises `TokenError`.

    Status, signature, chain to one of the PEM `roots` at the token's instant, key usage, message imprint.
    """
    info = verify_signature(response, roots)
    if not info.is_over(data):
        raise TokenError(f"the token was made for other bytes: its imprint is {info.imprint.hex()}")
    return info


def verify_signature(response: bytes, roots: Iterable[bytes]) -> TokenInfo:
    """Verify everything but what the token is over. Raises `TokenError`.

    Enough to know that the token, and so its hash, did not exist before its instant.
    """
    from rfc3161_client import VerifierBuilder

    certificates = load_roots(roots)
    with _refusing("not a time-stamp response"):
        decoded = _decode(response)
        info = _info(decoded)
    with _refusing("the token does not verify"):
        VerifierBuilder(roots=certificates).build().verify(decoded, info.imprint)
    return info


def load_roots(roots: Iterable[bytes]) -> list[x509.Certificate]:
    """The certificates of PEM files, each with one or several. Raises `TokenError`."""
    from cryptography import x509

    found: list[x509.Certificate] = []
    for pem in roots:
        with _refusing("a TSA root is not a PEM certificate"):
            found += map(_named, x509.load_pem_x509_certificates(pem))
    if not found:
        raise TokenError("no TSA root to verify the token with")
    return found


def token_of(response: bytes) -> bytes:
    """The bare TimeStampToken (a CMS ContentInfo) of a granted response: the form of an ASiC time assertion."""
    with _refusing("not a time-stamp response"):
        return bytes(_decode(response).time_stamp_token())


def response_of(token: bytes) -> bytes:
    """The granted response around a bare token (RFC 3161 §2.4.2)."""
    body = _GRANTED_STATUS + token
    size = len(body)
    if size < 0x80:
        return bytes((0x30, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x30, 0x80 | len(length))) + length + body


def _decode(response: bytes) -> TimeStampResponse:
    from rfc3161_client import decode_timestamp_response

    decoded = decode_timestamp_response(response)
    if decoded.status != 0:
        words = "; ".join(decoded.status_string)
        raise TokenError(f"the TSA refused: status {decoded.status}{': ' + words if words else ''}")
    return decoded


@contextmanager
def _refusing(what: str) -> Iterator[None]:
    """Turn whatever the parsers raise on hostile bytes into `TokenError`: they have no common family of errors.

    A panic of the Rust library is no `Exception`; it is known by its name, because its class cannot be imported.
    """
    try:
        yield
    except TokenError:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise TokenError(f"{what}: {_plain(error)}") from error
        raise


def _named(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate, its names read: those that cannot be are refused here, where it is no panic."""
    _ = certificate.subject, certificate.issuer
    return certificate


def _info(decoded: TimeStampResponse) -> TokenInfo:
    info = decoded.tst_info
    oid = info.message_imprint.hash_algorithm.dotted_string
    if oid not in _HASHES:
        raise TokenError(f"the token uses a hash that is not accepted: {oid}")
    return TokenInfo(
        at=info.gen_time,
        serial=info.serial_number,
        policy=info.policy.dotted_string,
        tsa=_signer(decoded),
        accuracy=_accuracy(decoded),
        algorithm=_HASHES[oid],
        imprint=info.message_imprint.message,
    )


def _signer(decoded: TimeStampResponse) -> str:
    """Subject of the certificate that signed; when the token carries none, its issuer and number."""
    from cryptography import x509

    signers = list(decoded.signed_data.signer_infos)
    if len(signers) != 1:
        raise TokenError(f"a token has exactly one signer, this one has {len(signers)}")
    certificates = [_named(x509.load_der_x509_certificate(der)) for der in decoded.signed_data.certificates]
    for certificate in certificates:
        if (certificate.issuer, certificate.serial_number) == (signers[0].issuer, signers[0].serial_number):
            return certificate.subject.rfc4514_string()
    return f"{signers[0].issuer.rfc4514_string()} #{signers[0].serial_number:x}"


def _accuracy(decoded: TimeStampResponse) -> timedelta:
    # The library's stub promises one; a TSA may leave it out.
    accuracy: Accuracy | None = decoded.tst_info.accuracy
    if accuracy is None:
        return timedelta()
    return timedelta(
        seconds=accuracy.seconds or 0, milliseconds=accuracy.millis or 0, microseconds=accuracy.micros or 0
    )


def _plain(error: BaseException) -> str:
    text = str(error)
    if "InvalidSetOrdering" in text:
        return "its certificates are not in DER order; ask the TSA for a conforming response, or check it with openssl"
    reasons = re.findall(r'reason: "([^"]+)"', text)  # OpenSSL lists its errors from the inside out
    return reasons[-1] if reasons else text
