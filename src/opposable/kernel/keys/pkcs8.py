"""Ed25519 private keys in encrypted PKCS#8 files, readable by openssl.

`cryptography` writes PKCS#8 with 2,048 PBKDF2 rounds, too few for a phrase that a person chose; so the envelope (PBES2,
RFC 8018 section 6.2) is written here with more. Reading is left to `cryptography`.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from opposable.kernel.keys.files import KeyFault, read_private, write_private
from opposable.law.text import t

ROUNDS = 600_000
ROUNDS_LONG = 2_048
LONG = 40
"""Length in bytes from which a passphrase is taken to be drawn by a machine: it gains nothing by being stretched."""


def create_file_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """Draw a key and write it encrypted (0600). Raises FileExistsError rather than replace a key."""
    key = Ed25519PrivateKey.generate()
    write_private(path, encrypt_key(key, passphrase))
    return key


def load_file_key(path: Path, passphrase: bytes) -> Ed25519PrivateKey:
    """Read an encrypted key file. Raises KeyFault: missing, open to others, not encrypted, wrong phrase, other kind."""
    data = read_private(path)
    try:
        key = load_pem_private_key(data, passphrase)
    except TypeError:
        raise KeyFault(
            t(
                f"La clé {path} n’est pas chiffrée : refaites-la, une clé de journal ne reste pas en clair.",
                f"The key {path} is not encrypted: make it again, a log key is not kept in clear.",
            )
        ) from None
    except ValueError:
        raise KeyFault(
            t(
                f"La clé {path} ne s’ouvre pas : vérifiez la phrase de passe, sinon restaurez le fichier.",
                f"The key {path} does not open: check the passphrase, otherwise restore the file.",
            )
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFault(t(f"La clé {path} n’est pas une clé Ed25519.", f"The key {path} is not an Ed25519 key."))
    return key


def encrypt_key(key: Ed25519PrivateKey | EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """Return the PEM of a PKCS#8 EncryptedPrivateKeyInfo: PBKDF2-HMAC-SHA256, AES-256-CBC."""
    from asn1crypto.keys import EncryptedPrivateKeyInfo  # every command reads keys, few write one
    from asn1crypto.pem import armor

    rounds = ROUNDS_LONG if len(passphrase) >= LONG else ROUNDS
    salt, iv = os.urandom(16), os.urandom(16)
    derived = hashlib.pbkdf2_hmac("sha256", passphrase, salt, rounds, 32)
    padder = PKCS7(128).padder()
    plain = padder.update(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())) + padder.finalize()
    encryptor = Cipher(algorithms.AES(derived), modes.CBC(iv)).encryptor()
    encrypted = encryptor.update(plain) + encryptor.finalize()
    envelope = EncryptedPrivateKeyInfo({"encryption_algorithm": _pbes2(salt, iv, rounds), "encrypted_data": encrypted})
    return bytes(armor("ENCRYPTED PRIVATE KEY", envelope.dump()))


def _pbes2(salt: bytes, iv: bytes, rounds: int) -> dict[str, object]:
    from asn1crypto.core import Null

    prf = {"algorithm": "sha256", "parameters": Null()}
    kdf = {"salt": ("specified", salt), "iteration_count": rounds, "prf": prf}
    return {
        "algorithm": "pbes2",
        "parameters": {
            "key_derivation_func": {"algorithm": "pbkdf2", "parameters": kdf},
            "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": iv},
        },
    }
