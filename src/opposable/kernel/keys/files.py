"""Secret files: read only when nobody else can, written whole or not at all, destroyed before they are unlinked."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from opposable.kernel.faults import Fault
from opposable.law.text import t

OTHERS = stat.S_IRWXG | stat.S_IRWXO


class KeyFault(Fault):
    """«Clé» missing, unreadable, badly protected or of the wrong kind."""


def make_private_dir(path: Path) -> None:
    """Create a directory (and its parents) that only its owner may enter (0700); an existing one is left as it is."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)


def read_private(path: Path) -> bytes:
    """Read a secret file. Raises KeyFault when it is missing or when others may read or write it."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        raise KeyFault(
            t(f"Il manque le fichier {path} : restaurez-le.", f"The file {path} is missing: restore it.")
        ) from None
    except PermissionError:
        raise KeyFault(
            t(
                f"Ce compte ne peut pas lire {path} : lancez la commande sous le compte du scelleur.",
                f"This account may not read {path}: run the command as the sealer's account.",
            )
        ) from None
    try:
        refuse_if_shared(path, os.fstat(fd))
        with os.fdopen(fd, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(fd)


def refuse_if_shared(path: Path, found: os.stat_result) -> None:
    """Raise KeyFault when a file may be read or written by anyone but its owner, or belongs to somebody else."""
    if not stat.S_ISREG(found.st_mode):
        raise KeyFault(t(f"{path} n’est pas un fichier.", f"{path} is not a file."))
    if found.st_mode & OTHERS:
        mode = f"{stat.S_IMODE(found.st_mode):04o}"
        raise KeyFault(
            t(
                f"{path} est ouvert à d’autres comptes ({mode}) : faites « chmod 600 {path} », et changez la clé si "
                "quelqu’un a pu la lire.",
                f'{path} is open to other accounts ({mode}): run "chmod 600 {path}", and change the key if anyone may '
                "have read it.",
            )
        )
    if found.st_uid not in (os.geteuid(), 0):
        raise KeyFault(
            t(
                f"{path} appartient à un autre compte : rendez-le au compte qui s’en sert.",
                f"{path} belongs to another account: give it to the account that uses it.",
            )
        )


def write_private(path: Path, data: bytes) -> None:
    """Create a secret file (0600) durably, all or nothing. Raises FileExistsError rather than replace one."""
    make_private_dir(path.parent)
    draft = _draft(path, data)
    try:
        os.link(draft, path)  # unlike a rename, a link never replaces what another process has just created
    finally:
        draft.unlink()
    sync_dir(path.parent)


def replace_file(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file durably over the one that may be there: readers see the old bytes or the new ones."""
    make_private_dir(path.parent)
    draft = _draft(path, data)
    draft.chmod(mode)
    draft.replace(path)
    sync_dir(path.parent)


def destroy(path: Path) -> None:
    """Overwrite a secret file in place, then unlink it; durable, and harmless when it is already gone.

    A crash leaves the file intact, overwritten, or gone: calling again finishes the work. On media that move their
    blocks (SSD, copy-on-write) the old block may outlive this: keep the master key or the passphrase elsewhere.
    """
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(fd, "wb") as file:
        file.write(bytes(os.fstat(fd).st_size))
        file.flush()
        os.fsync(fd)
    path.unlink(missing_ok=True)
    sync_dir(path.parent)


def sync_dir(path: Path) -> None:
    """Make the names in a directory durable."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _draft(path: Path, data: bytes) -> Path:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(fd)
    return draft
