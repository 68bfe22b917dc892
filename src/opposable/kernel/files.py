"""Files that survive a power cut."""

from __future__ import annotations

import os
import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_durably(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``: whole or not at all, and on the disk when this returns."""
    _replace(path, data, durable=True)
    sync_folder(path.parent)


def write_soon(path: Path, data: bytes) -> None:
    """Put ``data`` at ``path``, whole for whoever reads it; a power cut may still lose it, until `sync`."""
    _replace(path, data, durable=False)


def sync(paths: Iterable[Path]) -> None:
    """Have files and their names on the disk; those that are not there any more are passed over."""
    folders = set()
    for path in paths:
        try:
            sync_folder(path)
        except FileNotFoundError:
            continue
        folders |= {path.parent, path.parent.parent}
    for folder in folders:
        sync_folder(folder)


def sync_folder(path: Path) -> None:
    """Make what a file holds durable, or a new or removed name in a folder."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(path: Path, data: bytes, *, durable: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
