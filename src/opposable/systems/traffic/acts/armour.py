"""Certificates and revocation lists as authorities hand them out, in DER, PEM, PKCS #7 or base64: always PEM from here on."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

UNREADABLE = "?"
_BEGIN, _END = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"


def certificate_pem(data: bytes) -> str:
    """A certificate file as PEM; text that is no certificate goes on as it is, and is refused by the act."""
    return _pem(data, _certificates)


def list_pem(data: bytes) -> str:
    """A revocation list file as PEM; text that is none goes on as it is, and is refused by the act."""
    return _pem(data, lambda der: x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))


def certificate_text(text: str) -> str:
    """The same of a text: PEM as it is, DER or PKCS #7 in base64 (what a program can send) as PEM. A private key beside it is not ours."""
    if "PRIVATE KEY" in text:
        ended = [one.partition(_END) for one in text.split(_BEGIN)[1:]]
        return (
            "".join(f"{_BEGIN}{body}{_END}\n" for body, end, _ in ended if end and "PRIVATE KEY" not in body)
            or UNREADABLE
        )
    return _text(text, certificate_pem)


def readable(pem: str) -> bool:
    """Whether there is a certificate in it."""
    try:
        return bool(x509.load_pem_x509_certificates(pem.encode()))
    except (ValueError, UnsupportedAlgorithm):
        return False


def list_text(text: str) -> str:
    """The same of a revocation list."""
    return _text(text, list_pem)


def _text(text: str, convert: Callable[[bytes], str]) -> str:
    body = text.strip().removeprefix("-----BEGIN PKCS7-----").removesuffix("-----END PKCS7-----")
    try:
        data = b64decode("".join(body.split()), validate=True)
    except ValueError:
        return text
    return text if (made := convert(data)) == UNREADABLE or data[:1] != b"\x30" else made


def _certificates(der: bytes) -> bytes:
    """One certificate, or those that came in one PKCS #7 (.p7b): the one that signed none of the others first."""
    try:
        return x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM)
    except ValueError:
        found = pkcs7.load_der_pkcs7_certificates(der)
    issuers = {one.issuer for one in found if one.issuer != one.subject}
    return b"".join(one.public_bytes(Encoding.PEM) for one in sorted(found, key=lambda one: one.subject in issuers))


def _pem(data: bytes, convert: Callable[[bytes], bytes]) -> str:
    if data[:1] == b"\x30":  # a SEQUENCE: DER
        try:
            return convert(data).decode()
        except (ValueError, UnsupportedAlgorithm):
            return UNREADABLE
    text = data.decode("utf-8", "replace").replace("\0", "")
    return certificate_text(text) if convert is _certificates and "BEGIN PKCS7" in text else text
