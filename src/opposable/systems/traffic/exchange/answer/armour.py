"""Certificates and revocation lists as authorities hand them out, in DER or in PEM: always PEM from here on."""

from __future__ import annotations

from collections.abc import Callable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


def certificate_pem(data: bytes) -> str:
    """A certificate file as PEM; text that is no certificate goes on as it is, and is refused by the act."""
    return _pem(data, lambda der: x509.load_der_x509_certificate(der).public_bytes(Encoding.PEM))


def list_pem(data: bytes) -> str:
    """A revocation list file as PEM; text that is none goes on as it is, and is refused by the act."""
    return _pem(data, lambda der: x509.load_der_x509_crl(der).public_bytes(Encoding.PEM))


def _pem(data: bytes, convert: Callable[[bytes], bytes]) -> str:
    if data[:1] == b"\x30":  # a SEQUENCE: DER
        try:
            return convert(data).decode()
        except ValueError:
            return "?"
    return data.decode("utf-8", "replace").replace("\0", "")
