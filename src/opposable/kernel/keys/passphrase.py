"""Where the passphrase of the key files comes from: a systemd credential, the environment, or a labelled file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from opposable.kernel.keys.files import KeyFault, read_private, write_private
from opposable.law.text import t

CREDENTIAL = "opposable"
VARIABLE = "OPPOSABLE_PASSPHRASE"
FILE = Path("keys/passphrase")
LABEL = """\
# PHRASE DE PASSE POSÉE À CÔTÉ DES CLÉS : pour une démonstration ou un essai seulement.
# Qui lit ce dossier peut signer. En exploitation, donnez-la par systemd (LoadCredential=opposable:…)
# ou par la variable OPPOSABLE_PASSPHRASE, puis effacez ce fichier.
# PASSPHRASE LYING BESIDE THE KEYS: for a demonstration or a trial only.
# Whoever reads this folder can sign. In production give it through systemd (LoadCredential=opposable:…)
# or the variable OPPOSABLE_PASSPHRASE, then delete this file.
"""


def find_passphrase(home: Path, environ: Mapping[str, str] = os.environ) -> bytes:
    """Return the passphrase of the key files of ``home``; the first source that has one wins.

    Order: ``$CREDENTIALS_DIRECTORY/opposable``, ``$OPPOSABLE_PASSPHRASE``, ``HOME/keys/passphrase``.
    Raises KeyFault when there is none.
    """
    for found in (_from_credential(environ), environ.get(VARIABLE, "").encode(), _from_file(home)):
        if found:
            return found
    raise KeyFault(
        t(
            f"Aucune phrase de passe pour les clés de {home} : donnez-la par {VARIABLE} ou par un credential systemd "
            f"« {CREDENTIAL} ».",
            f'No passphrase for the keys of {home}: give it through {VARIABLE} or a systemd credential "{CREDENTIAL}".',
        )
    )


def draw_passphrase(home: Path) -> Path:
    """Draw a passphrase and write it, labelled, to ``HOME/keys/passphrase`` (0600); keep the one already there."""
    path = home / FILE
    try:
        write_private(path, f"{LABEL}{secrets.token_urlsafe(32)}\n".encode())
    except FileExistsError:
        _from_file(home)
    return path


def _from_credential(environ: Mapping[str, str]) -> bytes:
    # systemd itself protects this directory; its files may show a group bit that is only an access-list mask
    path = Path(environ.get("CREDENTIALS_DIRECTORY", "")) / CREDENTIAL
    if not environ.get("CREDENTIALS_DIRECTORY") or not path.exists():
        return b""
    return path.read_bytes().strip()


def _from_file(home: Path) -> bytes:
    path = home / FILE
    if not path.exists():
        return b""
    lines = [line.strip() for line in read_private(path).splitlines()]
    return next((line for line in lines if line and not line.startswith(b"#")), b"")
