"""The reader as tasks on two workers, in a network of their own: same rows, same proofs; machines are killed in the middle."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.legs import CLUSTER
from tests.traffic import generate

ROOT = Path(__file__).parents[2]
DAYS = 24
MAPPING = json.dumps(generate.NAT_MAPPING)


def run(home, *command):
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("OPPOSABLE_", "DJANGO_", "PYTEST_", "RAY_"))
    }
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, timeout=300, cwd=ROOT,
        env=kept | {"OPPOSABLE_HOME": str(home), "PYTHONPATH": f"{CLUSTER}:{ROOT}", "LANG": "C.UTF-8", "OPPOSABLE_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_two_workers_answer_as_one_machine_does(leg, tmp_path):
    leg("cluster")
    home, opposable = tmp_path / "home", Path(sys.executable).with_name("opposable")
    run(home, opposable, "init", "--origin", "isp.example/2026", "--draw-passphrase")
    run(home, opposable, "traffic", "source", "nat", "--title", "NAT", "--format", "csv", "--mapping", MAPPING)
    today = datetime.now(UTC).date()
    files = [generate.nat_csv(tmp_path / f"{day}.csv", today - timedelta(days=day)) for day in range(2, DAYS + 2)]
    run(home, opposable, "traffic", "ingest", "--source", "nat", *files)
    printed = run(home, "unshare", "-rn", sys.executable, "-m", "tests.traffic.machines", home)
    said = json.loads(
        next(line for line in printed.splitlines() if line.startswith("{"))
    )  # Ray prints of dead nodes, too
    assert said["segments"] >= DAYS
    assert said["rows"] > DAYS
    assert said["both dead, under way"] in {"whole", "fault"}  # whichever came first; never a part
    assert said["one segment lost"] == ["file"]
    assert said["one segment damaged"] == ["damaged"]
    for name in ("complete", "same rows", "same count", "same proofs", "one dead", "still dead"):
        assert said[name] is True, name
    for name in ("both dead, find", "both dead, prove"):
        assert "No worker of the cluster answered" in said[name]
