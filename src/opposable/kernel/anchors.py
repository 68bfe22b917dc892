"""Anchoring: witnesses cosign the last checkpoint, then a time-stamping authority dates it."""

from __future__ import annotations

import time

from opposable.kernel.models import Anchor

_FRESH_SECONDS = 1.0
_known: tuple[float, str] = (float("-inf"), "")


def last_digest() -> str:
    """Digest of the last token known: what a new act carries as ``after``. Read from the database at most once a second."""
    global _known  # noqa: PLW0603 - one value per process, replaced whole
    read_at, digest = _known
    now = time.monotonic()
    if now - read_at > _FRESH_SECONDS:
        digest = Anchor.objects.order_by("-id").values_list("digest", flat=True).first() or ""
        _known = (now, digest)
    return digest


def forget() -> None:
    """Read the last token anew at the next act (after anchoring, and between tests)."""
    global _known  # noqa: PLW0603
    _known = (float("-inf"), "")


class AnchorFailed(RuntimeError):
    """Witness or time-stamping authority did not answer as it must. The log goes on; the next tick tries again."""
