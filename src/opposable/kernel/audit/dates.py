"""Between which two tokens each act must lie."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Final

from opposable.ledger.act import instant
from opposable.ledger.token import TokenInfo

_NEVER: Final = "9999"


@dataclass
class Bounds:
    """``tokens``: digest → the earliest instant at which the token can have been made. `latest` bounds an act by its index.

    Instants are texts as in the headers: they compare as they sort.
    """

    tokens: dict[str, str] = field(default_factory=dict)
    _sizes: list[int] = field(default_factory=list)
    _latest: list[str] = field(default_factory=list)

    def add(self, size: int, digest: str, info: TokenInfo) -> None:
        """Take in an anchor; in the order of their sizes."""
        self.tokens[digest] = instant(info.earliest)
        if not self._sizes or size > self._sizes[-1]:
            self._sizes.append(size)
            self._latest.append(instant(info.latest))

    def latest(self, index: int) -> tuple[int, int, str]:
        """(start, end, instant): the acts from ``start`` to ``end`` (exclusive) around ``index`` are older than the instant."""
        at = bisect_right(self._sizes, index)
        start = self._sizes[at - 1] if at else 0
        if at == len(self._sizes):
            return start, 1 << 62, _NEVER
        return start, self._sizes[at], self._latest[at]
