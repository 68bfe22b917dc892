"""One measure, in this very process: ``python -m bench NAME ANSWER`` with the HOME and the database of the environment."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path

from bench.harness import Bench


def main(name: str, answer: str) -> int:
    home = Path(os.environ["OPPOSABLE_HOME"])
    url = os.environ.get("OPPOSABLE_DATABASE_URL", "")
    _install(home)
    bench = Bench("postgresql" if url else "sqlite", home, quick=bool(os.environ.get("BENCH_QUICK")))
    measure = import_module(f"bench.{name}").measure
    with Path(answer).open("w") as out:
        for figure in measure(bench):
            data = figure.as_data(profiled=not bench.quick)
            out.write(json.dumps(data) + "\n")
            out.flush()
    return 0


def _install(home: Path) -> None:
    """An installation as `opposable init` makes it, with the tables of the baselines beside its own."""
    from opposable.kernel import installation

    installation.create(home, "bench.example/2026", draw=True)
    import django

    django.setup()
    from django.core.management import call_command

    from opposable.kernel import schema

    schema.bring_up_to_date()
    call_command("migrate", run_syncdb=True, verbosity=0)  # the tables of the baselines refer to ours: ours first


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
