"""For the tutorial only: the clock of the software, ahead of the machine's by PRACTICE_SHIFT seconds.

Python reads this file when it starts, if the folder is named in PYTHONPATH. The law wants fifteen days between a notice and a
meeting; whoever practises does not want to wait. An installation dated by a real time-stamping authority has the real time only.
"""  # noqa: INP001 - Python asks for a module of this name, outside any package

import os
import tomllib
from datetime import datetime, timedelta
from pathlib import Path


def practise(ahead: timedelta) -> None:
    """Set the one clock of the software ahead."""
    home = Path(os.environ.get("OPPOSABLE_HOME") or "var")
    if tomllib.loads((home / "opposable.toml").read_text("utf-8")).get("tsa") != "local":
        raise SystemExit(
            f"practice: {home} is dated by a real authority, it has the real time only: unset PRACTICE_SHIFT"
        )
    from opposable.kernel import clock

    real = clock.now

    def now() -> datetime:
        return real() + ahead

    clock.now = now


if os.environ.get("PRACTICE_SHIFT"):
    practise(timedelta(seconds=int(os.environ["PRACTICE_SHIFT"])))
