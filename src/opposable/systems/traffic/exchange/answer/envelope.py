"""CMS EnvelopedData (RFC 5652) for the authority's certificate: ``openssl cms -decrypt`` opens it."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from opposable.law import t
from opposable.systems.traffic.exchange.answer.etsi import AnswerFault

LEAST_BITS = 2048


def recipient(pem: str, at: datetime) -> x509.Certificate:
    """The authority's certificate. Raises AnswerFault when it is none, not in its time, or of a key that cannot be used."""
    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        raise _fault(
            "le certificat de l’autorité manque ou ne se lit pas : demandez-le au format PEM",
            "the authority’s certificate is missing or does not read: ask for it in PEM",
        ) from None
    if not certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc:
        raise _fault(
            "le certificat de l’autorité n’est pas dans son temps : demandez-en un autre",
            "the authority’s certificate is out of its time: ask for another one",
        )
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < LEAST_BITS:
        raise _fault(
            f"le certificat de l’autorité n’a pas de clé RSA d’au moins {LEAST_BITS} bits : demandez-en un autre",
            f"the authority’s certificate has no RSA key of {LEAST_BITS} bits at least: ask for another one",
        )
    return certificate


def seal_for(data: bytes, certificate: x509.Certificate) -> bytes:
    """The data encrypted to the certificate (AES-256, RSA), in DER."""
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(data).add_recipient(certificate)
    builder = builder.set_content_encryption_algorithm(AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def _fault(fr: str, en: str) -> AnswerFault:
    return AnswerFault(t(fr, en).capital() + ".")
