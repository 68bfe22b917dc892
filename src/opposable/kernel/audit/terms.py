"""What a retention class says of a day, as text, asked once for each class and day."""

from __future__ import annotations

from datetime import date

from opposable.kernel.store import expiry
from opposable.kernel.system import retention_classes
from opposable.kernel.triggers import ERASED_AT


class Terms:
    """``until``: (class, day as text) → the day of erasure as text, "" for never or for a class that nobody declares."""

    def __init__(self) -> None:
        self.until = _Until()
        self.blank = ("", ERASED_AT, "", "", 0, "", "", "", "")

    @staticmethod
    def knows(keep: str) -> bool:
        return keep in retention_classes()


class _Until(dict[tuple[str, str], str]):
    def __missing__(self, key: tuple[str, str]) -> str:
        keep, day = key
        until = expiry(keep, date.fromisoformat(day)) if keep in retention_classes() else None
        self[key] = text = until.isoformat() if until else ""
        return text
