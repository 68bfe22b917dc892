"""A time-stamping authority that lives in memory and dates as it is told: for tests only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

from asn1crypto import keys as asn1_keys, tsp, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper, dummy_client

from opposable.ledger import token

SINCE = datetime(2000, 1, 1, tzinfo=UTC)
UNTIL = datetime(2049, 1, 1, tzinfo=UTC)


RESPONSES: dict[tuple[bytes, bytes, datetime], bytes] = {}
"""What was asked once is kept for the test run."""


class Loaded:
    """What the stamper takes from ``serialization``: it loads its key for each token, and checking that key takes 30 ms."""

    load_der_private_key = staticmethod(cache(serialization.load_der_private_key))


dummy_client.serialization = Loaded


@dataclass(frozen=True)
class Tsa:
    """A root and a signing certificate under it."""

    root: bytes
    certificate: asn1_x509.Certificate
    key: asn1_keys.PrivateKeyInfo

    def stamp(self, data: bytes, at: datetime) -> bytes:
        """The response over `data`, dated `at`; the same one when asked again."""
        known = self.root, data, at
        if known not in RESPONSES:
            query = tsp.TimeStampReq.load(token.request(data))
            stamper = DummyTimeStamper(self.certificate, self.key, fixed_dt=at)
            RESPONSES[known] = stamper.request_tsa_response(query).dump()
        return RESPONSES[known]


def name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Horodatage de test"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def certificate(subject: str, public_key, issuer: str, signer, *, ca: bool, until: datetime) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(subject))
        .issuer_name(name(issuer))
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(signer, hashes.SHA256())


@cache
def tsa(which: str = "ours", root_kind: str = "ec", until: datetime = UNTIL) -> Tsa:
    """An authority by name: the same one each time in a test run."""
    root_key = ec.generate_private_key(ec.SECP256R1()) if root_kind == "ec" else rsa.generate_private_key(65537, 2048)
    key = rsa.generate_private_key(65537, 2048)
    root = certificate(f"Racine {which}", root_key.public_key(), f"Racine {which}", root_key, ca=True, until=until)
    leaf = certificate(f"TSA {which}", key.public_key(), f"Racine {which}", root_key, ca=False, until=until)
    der = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return Tsa(
        root.public_bytes(serialization.Encoding.PEM),
        asn1_x509.Certificate.load(leaf.public_bytes(serialization.Encoding.DER)),
        asn1_keys.PrivateKeyInfo.load(der),
    )


def day(text: str) -> datetime:
    """«2026-03-29 13:00:00» as an instant in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
