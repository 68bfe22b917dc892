"""CMS EnvelopedData (RFC 5652) for the authority's certificate: ``openssl cms -decrypt`` opens it.

An RSA key carries the content key itself. With a key on a curve it is agreed upon: ephemeral-static ECDH (RFC 5753, 3.1), the key
derived by X9.63 and wrapped by AES-256 (RFC 3394).
"""

from __future__ import annotations

import os
from typing import ClassVar

from asn1crypto import cms, core, keys as asn1_keys, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDH, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.kdf.x963kdf import X963KDF
from cryptography.hazmat.primitives.keywrap import aes_key_wrap
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, pkcs7

KEY = 32
WRAP = "2.16.840.1.101.3.4.1.45"
"""id-aes256-wrap."""
SCHEMES: dict[int, tuple[str, type[hashes.HashAlgorithm]]] = {
    256: ("1.3.132.1.11.1", hashes.SHA256),
    384: ("1.3.132.1.11.2", hashes.SHA384),
    521: ("1.3.132.1.11.3", hashes.SHA512),
}
"""dhSinglePass-stdDH-sha…kdf-scheme, by the size of the curve (RFC 5753, 7.1.4)."""


def seal_for(data: bytes, certificate: x509.Certificate) -> bytes:
    """The data encrypted to a certificate that `recipient` let through (AES-256), in DER."""
    key = certificate.public_key()
    if isinstance(key, EllipticCurvePublicKey):
        return _agreed(data, certificate, key)
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(data).add_recipient(certificate)
    builder = builder.set_content_encryption_algorithm(AES256)
    return builder.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary])


class _Wrap(core.Sequence):
    _fields: ClassVar = [("algorithm", core.ObjectIdentifier)]


class _SharedInfo(core.Sequence):
    """ECC-CMS-SharedInfo (RFC 5753, 7.2)."""

    _fields: ClassVar = [
        ("key_info", _Wrap),
        ("entity_u_info", core.OctetString, {"explicit": 0}),
        ("supp_pub_info", core.OctetString, {"explicit": 2}),
    ]


def _agreed(data: bytes, certificate: x509.Certificate, key: EllipticCurvePublicKey) -> bytes:
    secret, vector = os.urandom(KEY), os.urandom(16)
    padder, cipher = PKCS7(128).padder(), Cipher(AES256(secret), modes.CBC(vector)).encryptor()
    sealed = cipher.update(padder.update(data) + padder.finalize()) + cipher.finalize()
    enveloped = cms.EnvelopedData(
        {
            "version": 2,
            "recipient_infos": [cms.RecipientInfo("kari", _recipient(secret, certificate, key))],
            "encrypted_content_info": {
                "content_type": "data",
                "content_encryption_algorithm": {"algorithm": "aes256_cbc", "parameters": vector},
                "encrypted_content": sealed,
            },
        }
    )
    made: bytes = cms.ContentInfo({"content_type": "enveloped_data", "content": enveloped}).dump()
    return made


def _recipient(secret: bytes, certificate: x509.Certificate, key: EllipticCurvePublicKey) -> cms.KeyAgreeRecipientInfo:
    scheme, digest = SCHEMES[key.curve.key_size]
    ours, salt = generate_private_key(key.curve), os.urandom(16)
    info = _SharedInfo(
        {"key_info": {"algorithm": WRAP}, "entity_u_info": salt, "supp_pub_info": (KEY * 8).to_bytes(4, "big")}
    )
    derived = X963KDF(digest(), KEY, info.dump()).derive(ours.exchange(ECDH(), key))
    public = ours.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    theirs = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
    who = cms.IssuerAndSerialNumber({"issuer": theirs.issuer, "serial_number": theirs.serial_number})
    return cms.KeyAgreeRecipientInfo(
        {
            "version": 3,
            "originator": cms.OriginatorIdentifierOrKey("originator_key", asn1_keys.PublicKeyInfo.load(public)),
            "ukm": salt,
            "key_encryption_algorithm": {"algorithm": scheme, "parameters": _Wrap({"algorithm": WRAP})},
            "recipient_encrypted_keys": [
                {
                    "rid": cms.KeyAgreementRecipientIdentifier("issuer_and_serial_number", who),
                    "encrypted_key": aes_key_wrap(derived, secret),
                }
            ],
        }
    )
