"""The sealer of this installation, put together: keys, store, log, anchoring."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel import anchors, sealing
from opposable.kernel.installation import signers
from opposable.kernel.sealer import Sealer
from opposable.kernel.sealing import Service

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


def open_sealer(step: Callable[[str], None] = lambda _name: None) -> Sealer:
    """The sealer of the settings' HOME. Raises KeyFault, StoreError."""
    return Sealer(settings.HOME, settings.ORIGIN, signers(settings.HOME, settings.ORIGIN), step)


def build() -> Service:
    """The sealing loop with anchoring between two seals, when it is due."""
    return Service(settings.HOME / "run", open_sealer(), settings.CONFIG.seal_seconds, anchor_when_due)


def anchor_when_due() -> None:
    """Anchor if something was sealed since the last anchoring and its period is over. An outside failure is logged, not fatal."""
    try:
        anchors.anchor_when_due()
    except anchors.AnchorFailed as failure:
        log.warning("anchoring: %s", failure.text.en)


def start_thread() -> Service:
    """Seal in a thread of this process: what `serve` does."""
    service = build()
    threading.Thread(target=service.run, name="sealer", daemon=True).start()
    return service


@contextmanager
def in_process() -> Iterator[Callable[[], int]]:
    """Seal in this very process while the block lasts: for a command that holds the key and runs no service. Yields the sealing."""
    sealer = open_sealer()
    sealing.inline = sealer.seal_once
    try:
        yield sealer.seal_once
    finally:
        sealing.inline = None
        sealer.settle()
        sealer.store.close()


def sealed_first() -> None:
    """Have what is pending sealed before going on: by the service that runs, else in this process if it holds the key."""
    if sealing.inline is None and not sealing.request():
        with in_process() as seal:
            seal()
