"""What comes live, until it is in a segment: an encrypted file that grows, is closed from time to time, and comes in as a file.

    live      frames are appended; what is acknowledged has been synced        a crash may lose the last frame, unacknowledged
    closed    renamed; the next one is begun
    ingested  the delivery has its act                                         found again after a crash, by its digest
    removed

A frame is its length (4 bytes), a nonce (12), and the data under AES-256-GCM.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from opposable.kernel import clock
from opposable.kernel.files import sync_folder
from opposable.systems.traffic.store import keys

LIVE, CLOSED = ".live", ".closed"
KEPT = timedelta(days=7)
"""Keys of spools are forgotten after a week: by then everything is in, or somebody has been told."""
NONCE = 12


class Spool:
    """The growing file of one source. Not for two processes: one source, one listener."""

    def __init__(self, slug: str) -> None:
        self._folder = settings.HOME / "spool" / slug
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for left in self._folder.glob(f"*{LIVE}"):  # of a process that was killed
            left.rename(left.with_suffix(CLOSED))
        self.size = 0
        self._open()

    def append(self, data: bytes) -> None:
        """Add a frame. It is on the disk after `sync`."""
        nonce = os.urandom(NONCE)
        sealed = self._cipher.encrypt(nonce, data, None)
        self._file.write(len(sealed).to_bytes(4) + nonce + sealed)
        self.size += len(data)

    def sync(self) -> None:
        """Have everything on the disk that was appended."""
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; an empty one is gone."""
        self.sync()
        self._file.close()
        if self.size:
            self._path.rename(self._path.with_suffix(CLOSED))
        else:
            self._path.unlink()
        sync_folder(self._folder)

    def turn(self) -> None:
        """Close the file and begin the next."""
        self.close()
        self._open()

    def closed(self) -> list[Path]:
        """The files that wait to come in, the oldest first."""
        return sorted(self._folder.glob(f"*{CLOSED}"))

    def _open(self) -> None:
        now = clock.now()
        day = now.date() + KEPT
        self._cipher = AESGCM(keys.spool_key(day, create=True))
        self._path = self._folder / f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(4)}.{day.isoformat()}{LIVE}"
        self._file = self._path.open("wb")
        self.size = 0


def read(path: Path) -> bytes:
    """What was appended to a closed file, up to the first frame that is not whole."""
    day = date.fromisoformat(path.name.split(".")[1])
    return b"".join(_frames(path.read_bytes(), AESGCM(keys.spool_key(day))))


def _frames(data: bytes, cipher: AESGCM) -> Iterator[bytes]:
    at = 0
    while at + 4 + NONCE <= len(data):
        size = int.from_bytes(data[at : at + 4])
        at += 4
        try:
            yield cipher.decrypt(data[at : at + NONCE], data[at + NONCE : at + NONCE + size], None)
        except InvalidTag:
            return
        at += NONCE + size
