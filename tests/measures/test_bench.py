"""The measures run from end to end, with small sizes: what they say is only worth reading if they still work."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from bench.run import MEASURES, said  # noqa: E402 - the folder bench/ is no package of the product

pytestmark = pytest.mark.slow
LEAST = {
    "save": 6, "writers": 1, "seal": 3, "tree": 3, "audit": 2, "register": 3, "pages": 9, "forms": 1, "traffic": 14,
    "isms": 17, "contracts": 8,
}  # fmt: skip


def test_every_measure_is_counted_here():
    assert set(MEASURES) == set(LEAST)


@pytest.mark.parametrize(
    "name",
    [name for name in MEASURES if "postgresql" not in said(name, "DATABASES") or "sqlite" in said(name, "DATABASES")],
)
def test_a_measure_runs_on_the_embedded_database(name, tmp_path):
    figures = measured(name, tmp_path, "")
    others = 5 if name == "traffic" and shutil.which("nfcapd") and shutil.which("nfdump") else 0  # beside those of ours
    assert len(figures) == LEAST[name] + others
    assert all(figure["value"] > 0 and figure["base"] > 0 for figure in figures)


@pytest.mark.pg
def test_the_writers_run_on_postgresql(tmp_path):
    from bench.run import _database

    with _database("postgresql") as url:
        assert len(measured("writers", tmp_path, url)) == LEAST["writers"]


def measured(name, folder, url):
    """What a measure says, run as `opposable bench --quick` runs it."""
    answer = folder / "answer"
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OPPOSABLE_")} | {
        "OPPOSABLE_HOME": f"{folder}/home", "DJANGO_SETTINGS_MODULE": "bench.settings", "PYTHONPATH": str(ROOT),
        "BENCH_QUICK": "1", **({"OPPOSABLE_DATABASE_URL": url} if url else {}),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "bench", name, str(answer)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in answer.read_text().splitlines()]
