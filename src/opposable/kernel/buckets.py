"""«Seaux de clés» : one key per retention class and expiry day, so that forgetting a key erases a day everywhere.

A part is encrypted under a secret of its own, drawn for it; the secret is wrapped by a bucket key. Bucket keys are
files under ``keys/buckets/<class>/<day>.key``, each wrapped by ``keys/master.key``, and stay out of the backups of the
data: destroying one makes every copy of that day's parts unreadable, in the database, its journal and its backups.
Forgetting the wrapped secret of one part (a column of its row) erases that part alone.

Threat kept in mind: whoever copies ``keys/`` before the forgetting keeps the keys. Back that folder up apart, briefly.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from opposable.kernel.keys.files import (
    KeyFault,
    destroy,
    make_private_dir,
    read_private,
    refuse_if_shared,
    sync_dir,
    write_private,
)
from opposable.law.text import t

FOLDER = Path("keys/buckets")
MASTER = Path("keys/master.key")
CLASS = re.compile(r"[a-z0-9]+([._-][a-z0-9]+)*")
KEY_BYTES = 32
NONCE_BYTES = 12
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + 16
ONCE = bytes(NONCE_BYTES)
"""Nonce of a part: all zero, because the secret it goes with encrypts nothing else."""

Identity = tuple[int, int, int, int]


class BucketForgotten(KeyFault):
    """The bucket key asked for is not there: forgotten by rule, or never made."""


class PartUnreadable(KeyFault):
    """A sealed part that does not open: wrong bucket key, wrong context, or changed bytes."""


def seal_part(plaintext: bytes, key: bytes, aad: bytes) -> tuple[bytes, bytes]:
    """Encrypt a part under a fresh secret: return (ciphertext, that secret wrapped by the bucket key).

    ``key``: 32 bytes from `Buckets.key`. ``aad``: what the part belongs to; the same bytes must be given to open it.
    The ciphertext is 16 bytes longer than the plaintext; the wrapped secret has `WRAPPED_BYTES` (60) bytes.
    AES-256-GCM (NIST SP 800-38D); the wrapping nonce is random, so keep one bucket under 2^32 parts.
    """
    drawn = os.urandom(KEY_BYTES + NONCE_BYTES)
    secret, nonce = drawn[:KEY_BYTES], drawn[KEY_BYTES:]
    return AESGCM(secret).encrypt(ONCE, plaintext, aad), nonce + AESGCM(key).encrypt(nonce, secret, aad)


def open_part(ciphertext: bytes, wrapped: bytes, key: bytes, aad: bytes) -> bytes:
    """Return the plaintext of a sealed part. Raises PartUnreadable unless everything is as it was sealed."""
    try:
        secret = AESGCM(key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], aad)
        return AESGCM(secret).decrypt(ONCE, ciphertext, aad)
    except (InvalidTag, ValueError):
        raise _unreadable() from None


def rewrap(wrapped: bytes, old: bytes, new: bytes, aad: bytes) -> bytes:
    """Return the wrapped secret of a part, moved from the bucket key ``old`` to ``new``; the ciphertext stays as it is."""
    nonce = os.urandom(NONCE_BYTES)
    try:
        secret = AESGCM(old).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], aad)
    except (InvalidTag, ValueError):
        raise _unreadable() from None
    return nonce + AESGCM(new).encrypt(nonce, secret, aad)


class Buckets:
    """The bucket keys of one installation.

    A key is kept in memory as long as its file is the very file it was read from: each use looks at the file's
    identity (one ``stat``), so a key forgotten by another process is forgotten here at the next use.
    """

    def __init__(self, home: Path) -> None:
        self._folder = home / FOLDER
        self._master_path = home / MASTER
        self._master = b""
        self._known: dict[tuple[str, date], tuple[str, Identity, bytes]] = {}

    def key(self, retention: str, day: date, *, create: bool = False) -> bytes:
        """Return the 32-byte key of (retention class, expiry day).

        Raises BucketForgotten when there is none and ``create`` is false, KeyFault when the file is damaged, badly
        protected, or the master key is missing. A new key is durable before it is returned.
        """
        known = self._known.get((retention, day))
        if known:
            try:
                if _identity(os.stat(known[0])) == known[1]:  # noqa: PTH116 - half the price of Path.stat, paid on each part
                    return known[2]
            except FileNotFoundError:
                pass
            self._known.pop((retention, day), None)
        return self._load(retention, day, create)

    def exists(self, retention: str, day: date) -> bool:
        """Tell whether the bucket has a key; one whose forgetting was interrupted has none."""
        try:
            return any(self._path(retention, day).read_bytes())
        except FileNotFoundError:
            return False

    def forget(self, retention: str, day: date) -> None:
        """Destroy the key of a bucket: overwritten, unlinked, and durable on return.

        Idempotent, also after a crash half-way. What was sealed under it can no longer be opened by anyone, here or
        from a backup of the data; other processes notice at their next use.
        """
        path = self._path(retention, day)
        self._known.pop((retention, day), None)
        if path.parent.exists():
            with _alone(path.parent):
                destroy(path)

    def days(self, retention: str) -> list[date]:
        """Return the expiry days of a class that have a key, earliest first."""
        found = (path.stem for path in (self._folder / _checked(retention)).glob("????-??-??.key"))
        return sorted(day for day in map(date.fromisoformat, found) if self.exists(retention, day))

    def classes(self) -> list[str]:
        """Return the retention classes that have had a key."""
        return sorted(path.name for path in self._folder.glob("*") if path.is_dir())

    def __iter__(self) -> Iterator[tuple[str, date]]:
        """Go through every bucket that has a key: (retention class, expiry day)."""
        return ((name, day) for name in self.classes() for day in self.days(name))

    def _load(self, retention: str, day: date, create: bool) -> bytes:
        path, context = self._path(retention, day), f"opposable bucket\n{retention}\n{day}".encode()
        found = self._read(path, context) or (self._make(path, context) if create else None)
        if not found:
            raise BucketForgotten(
                t(
                    f"La clé des données « {retention} » à effacer le {day} n’existe pas, ou plus.",
                    f'The key of the "{retention}" data due for erasure on {day} does not exist, or no longer does.',
                )
            )
        self._known[retention, day] = (str(path), *found)
        return found[1]

    def _read(self, path: Path, context: bytes) -> tuple[Identity, bytes] | None:
        for last_try in (False, True):  # the file may be read while another process overwrites it: look twice
            try:
                with path.open("rb") as file:
                    found = os.fstat(file.fileno())
                    data = file.read()
            except FileNotFoundError:
                return None
            if not any(data):  # a forgetting was interrupted between overwriting and unlinking
                return None
            refuse_if_shared(path, found)
            try:
                return _identity(found), self._unwrap(data, context)
            except (InvalidTag, ValueError):
                if last_try:
                    raise _damaged(path) from None
        raise AssertionError

    def _make(self, path: Path, context: bytes) -> tuple[Identity, bytes] | None:
        make_private_dir(path.parent)
        sync_dir(path.parent.parent)
        with _alone(path.parent):
            made = self._read(path, context)
            if made:  # by another process, just before
                return made
            path.unlink(missing_ok=True)
            nonce = os.urandom(NONCE_BYTES)
            master = AESGCM(self._open_master(create=True))
            write_private(path, nonce + master.encrypt(nonce, os.urandom(KEY_BYTES), context))
            _mark(path)
            return self._read(path, context)

    def _unwrap(self, data: bytes, context: bytes) -> bytes:
        return AESGCM(self._open_master()).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], context)

    def _open_master(self, *, create: bool = False) -> bytes:
        if not self._master:
            if create and not self._master_path.exists():
                with _alone(self._folder):
                    self._make_master()
            self._master = read_private(self._master_path)
        return self._master

    def _make_master(self) -> None:
        if self._master_path.exists():  # made by another process, just before
            return
        if any(True for _ in self):
            raise KeyFault(
                t(
                    f"{self._master_path} manque alors que des clés en dépendent : restaurez ce fichier.",
                    f"{self._master_path} is missing while keys depend on it: restore this file.",
                )
            )
        write_private(self._master_path, os.urandom(KEY_BYTES))

    def _path(self, retention: str, day: date) -> Path:
        return self._folder / _checked(retention) / f"{day.isoformat()}.key"


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    # making and forgetting exclude each other between processes: otherwise one that tidies an overwritten file could
    # unlink the new key that another has just made in its place
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _identity(found: os.stat_result) -> Identity:
    return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_ctime_ns


def _mark(path: Path) -> None:
    # inode numbers are used again and file clocks tick in milliseconds, so a key forgotten and made anew at once could
    # look like the old one: random nanoseconds make the identity of each file its own
    os.utime(path, ns=(0, 1_000_000_000 * int(time.time()) + secrets.randbelow(1_000_000_000)))


def _checked(retention: str) -> str:
    if not CLASS.fullmatch(retention):
        raise ValueError(f"not a retention class: {retention!r}")
    return retention


def _unreadable() -> PartUnreadable:
    return PartUnreadable(
        t(
            "Cette partie ne s’ouvre pas : elle a été modifiée, ou sa clé a été oubliée puis refaite.",
            "This part does not open: it was changed, or its key was forgotten and made anew.",
        )
    )


def _damaged(path: Path) -> KeyFault:
    return KeyFault(
        t(
            f"La clé {path} est abîmée ou n’est pas de cette installation : restaurez le dossier keys/.",
            f"The key {path} is damaged or belongs to another installation: restore the folder keys/.",
        )
    )
