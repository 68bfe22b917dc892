"""Being asked to end, by SIGTERM or Ctrl-C."""

import os
import signal
import threading
from collections.abc import Callable


def when_asked(stop: Callable[[], object]) -> None:
    """Call ``stop`` when this process is asked to end, in a thread that waits for it.

    Not in the handler: that one runs in the middle of whatever the main thread does, and where this holds the lock that
    ``stop`` needs (of the very event it waits for), the process would never end.
    """
    asked, ask = os.pipe()

    def wait() -> None:
        os.read(asked, 1)
        stop()

    threading.Thread(target=wait, daemon=True, name="stopping").start()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: os.write(ask, b"."))
