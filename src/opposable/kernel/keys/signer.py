"""Who signs: a key file or a PKCS#11 token, chosen by a setting that reads like an address."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opposable.kernel.keys import hsm
from opposable.kernel.keys.files import KeyFault
from opposable.kernel.keys.passphrase import find_passphrase
from opposable.kernel.keys.pkcs8 import create_file_key, load_file_key
from opposable.law.text import t


class LogSigner(Protocol):
    """«Signataire du journal» : a name, a 32-byte Ed25519 public key, and a 64-byte signature of any bytes."""

    @property
    def name(self) -> str: ...

    @property
    def public_key(self) -> bytes: ...

    def sign(self, data: bytes) -> bytes: ...


@dataclass(frozen=True)
class FileSigner:
    """A signer whose private key was read from an encrypted file and stays in this process's memory."""

    name: str
    key: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        return self.key.public_key().public_bytes_raw()

    def sign(self, data: bytes) -> bytes:
        return self.key.sign(data)


def open_signer(setting: str, name: str, home: Path, environ: Mapping[str, str] = os.environ) -> LogSigner:
    """Open the private key that ``setting`` names.

    ``file:PATH`` (PATH relative to ``home``) or ``pkcs11:module=SO;token=LABEL;label=LABEL;pin-env=VARIABLE``.
    Raises KeyFault when it is missing or cannot be used.
    """
    kind, rest = _split(setting)
    if kind == "file":
        return FileSigner(name, load_file_key(home / rest, find_passphrase(home, environ)))
    return hsm.open_key(hsm.Address.parse(rest), name, environ)


def create_signer(setting: str, name: str, home: Path, environ: Mapping[str, str] = os.environ) -> LogSigner:
    """Make the private key that ``setting`` names, or open the one already there: never replaces a key."""
    kind, rest = _split(setting)
    if kind == "file":
        if not (home / rest).exists():
            create_file_key(home / rest, find_passphrase(home, environ))
        return open_signer(setting, name, home, environ)
    return hsm.open_key(hsm.Address.parse(rest), name, environ, create=True)


def _split(setting: str) -> tuple[str, str]:
    kind, _, rest = setting.partition(":")
    if kind not in ("file", "pkcs11") or not rest:
        raise KeyFault(
            t(
                f"Le réglage de clé « {setting} » n’est pas compris : écrivez « file:keys/log.key » ou "
                "« pkcs11:module=…;token=…;label=…;pin-env=… ».",
                f'The key setting "{setting}" is not understood: write "file:keys/log.key" or '
                '"pkcs11:module=…;token=…;label=…;pin-env=…".',
            )
        )
    return kind, rest
