"""Sums over a whole register, kept for a moment: a hundred thousand rows are not added up again for each look at a page.

A key names everything that the sum depends on (an object's ``uid`` and ``seq``, the last row), so that what is kept is never
wrong, only sometimes a few seconds old where the key cannot name it all.
"""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")
KEPT_SECONDS = 20
MOST = 64
_kept: dict[Hashable, tuple[float, Any]] = {}
_lock = threading.Lock()


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """What ``make`` gives, at most twenty seconds old; only the last keys are remembered."""
    with _lock:
        found = _kept.get(key)
    if found and time.monotonic() < found[0]:
        value: T = found[1]
        return value
    value = make()
    with _lock:
        while len(_kept) >= MOST:
            _kept.pop(next(iter(_kept)))
        _kept[key] = (time.monotonic() + KEPT_SECONDS, value)
    return value


def forget() -> None:
    """Add everything up again at the next look (measures, tests)."""
    with _lock:
        _kept.clear()
