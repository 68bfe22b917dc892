"""The one clock. An act reads it once; nothing else in the platform asks what time it is."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_frozen: ContextVar[datetime | None] = ContextVar("frozen", default=None)


def now() -> datetime:
    """The present instant: aware, UTC, to the microsecond."""
    return _frozen.get() or datetime.now(UTC)


def utc(instant: datetime) -> str:
    """RFC 3339 in UTC with six decimals and ``Z``: the only form in which an instant enters an act."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parse(text: str) -> datetime:
    """The instant written by `utc`. Raises ValueError on any other form."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


@contextmanager
def frozen(instant: datetime) -> Iterator[datetime]:
    """Hold the clock at an aware instant. For tests and for telling a past story: the demo says when it does so."""
    if instant.tzinfo is None:
        raise ValueError("a frozen instant needs a time zone")
    mark = _frozen.set(instant.astimezone(UTC))
    try:
        yield instant
    finally:
        _frozen.reset(mark)
