"""The legs of ``make test``: ``python tools/run_tests.py [LEG…]`` (all of them when none is named).

What the tests write lies in memory where there is room. Five legs run at a time, the longest first but for the lint, beside which
the tests are compiled; what a leg prints is shown in one piece when it ends (as it comes, when it is the only one). A leg that fails
does not stop the others; a leg that cannot run on this machine says so in the closing lines, as does each skipped test. The last
line adds up the tests of all legs. Exit status: 0 when every leg that could run passed.
"""

import compileall
import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import newest_django
import pg

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NO_TESTS = 5
AT_ONCE = 5
"""Legs side by side, on two cores: a leg is one process at a time, and waits for servers, browsers and disks a third of it. With the
five great ones started together none is left to run alone at the end, beside an idle core."""
MEETINGS = "tests/assembly"
STORIES = ("tests/docs", "tests/measures", "tests/scenario")
"""Nearly all of their time is that of commands and servers in processes of their own: a leg beside that of the pure tests."""
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
PURE = "not db and not browser and not pg"
SQLITE = "db and not browser and not pg"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class Outcome:
    """What one leg came to. ``absent`` says why it could not run; ``log``: where its output waits, None: it is shown as it comes."""

    name: str
    ok: bool = True
    absent: str = ""
    seconds: float = 0.0
    log: Path | None = None
    tests: Counter[str] = field(default_factory=Counter)
    skips: Counter[str] = field(default_factory=Counter)

    def line(self) -> str:
        state = f"not run: {self.absent}" if self.absent else f"{'ok' if self.ok else 'FAILED':8}{self.seconds:5.0f} s"
        counts = ", ".join(f"{number} {what}" for what, number in self.tests.items() if number)
        return f"  {self.name:16}{state}   {counts}".rstrip()

    def run(self, *command: str | Path) -> int:
        shown = " ".join(str(part) for part in command).replace(f"{BIN}/", "").replace(f"{ROOT}/", "")
        if self.log is None:
            print(f"\n$ {shown}", flush=True)
            return subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode
        with self.log.open("a") as out:
            out.write(f"\n$ {shown}\n")
            out.flush()
            return subprocess.run(
                [str(part) for part in command], cwd=ROOT, check=False, stdout=out, stderr=subprocess.STDOUT
            ).returncode


def read_counts(report: Path, outcome: Outcome) -> None:
    """Add the counts and the reasons of the skips in a JUnit report."""
    if not report.exists():
        return
    for case in ET.parse(report).getroot().iter("testcase"):
        skipped = case.find("skipped")
        broken = case.find("failure") is not None or case.find("error") is not None
        outcome.tests["failed" if broken else "passed" if skipped is None else "skipped"] += 1
        if skipped is not None:
            outcome.skips[str(skipped.get("message"))] += 1


def pytest(
    outcome: Outcome,
    select: str,
    *before: str | Path,
    python: str | Path = sys.executable,
    only: tuple[str, ...] = (),
) -> None:
    with tempfile.TemporaryDirectory(prefix="opposable-test-") as folder:
        report = Path(folder) / "report.xml"
        flags = ["-m", select, f"--junitxml={report}", "-o", "junit_family=xunit1", "--durations=5"]
        command = [*before, python, "-m", "pytest", "-q", *flags, *only]
        code = outcome.run(*command)
        read_counts(report, outcome)
    outcome.ok = code == 0
    if code == NO_TESTS:
        outcome.absent = outcome.absent or "no test is marked for it"


def lint(outcome: Outcome) -> None:
    steps = [("ruff", "check"), ("ruff", "format", "--check"), ("lint-imports", "--no-logo"), ("mypy",)]
    codes = [outcome.run(BIN / name, *rest) for name, *rest in steps]  # all of them, whatever the first one says
    outcome.ok = not any(codes)


def sqlite(outcome: Outcome) -> None:
    pytest(outcome, SQLITE, only=(f"--ignore={MEETINGS}",))


def sqlite_meetings(outcome: Outcome) -> None:
    pytest(outcome, SQLITE, only=(MEETINGS,))


def pure(outcome: Outcome) -> None:
    pytest(outcome, PURE, only=tuple(f"--ignore={folder}" for folder in STORIES))


def stories(outcome: Outcome) -> None:
    pytest(outcome, PURE, only=STORIES)


def quick(outcome: Outcome) -> None:
    pytest(outcome, "not browser and not pg and not slow")


def postgresql(outcome: Outcome) -> None:
    on_cluster(outcome, f"--ignore={MEETINGS}")


def meetings(outcome: Outcome) -> None:
    on_cluster(outcome, MEETINGS)


def on_cluster(outcome: Outcome, *only: str) -> None:
    """Tests of the database on a private PostgreSQL cluster: two legs, since one would run long after all others."""
    if pg.binaries() is None:
        outcome.absent = "PostgreSQL is not installed (Debian: apt install postgresql)"
        return
    select = "(db or pg) and not browser and not one_database"
    pytest(outcome, select, sys.executable, ROOT / "tools" / "pg.py", only=only)


def browser(outcome: Outcome) -> None:
    if not (os.environ.get("OPPOSABLE_CHROMIUM") or any(map(shutil.which, CHROMIUM))):
        outcome.absent = "Chromium is not installed (Debian: apt install chromium)"
        return
    files = [
        str(path) for path in sorted((ROOT / "tests").rglob("test_*.py")) if "mark.browser" in path.read_text("utf-8")
    ]
    pytest(outcome, "browser", only=tuple(files))


def newest(outcome: Outcome) -> None:
    """What leans on Django most, on its newest release."""
    try:
        python = newest_django.environment()
    except newest_django.Absent as absent:
        outcome.absent = str(absent)
        return
    outcome.run(python, "-m", "django", "--version")
    pytest(
        outcome,
        "db and not browser and not pg and not slow",
        python=python,
        only=("tests/kernel", "tests/web", "tests/api"),
    )


LEGS: dict[str, Callable[[Outcome], None]] = {
    "lint": lint,
    "browser": browser,
    "postgresql": postgresql,
    "meetings": meetings,
    "sqlite": sqlite,
    "sqlite-meetings": sqlite_meetings,
    "pure": pure,
    "stories": stories,
    "newest": newest,
    "quick": quick,
}
ALL = ("lint", "stories", "postgresql", "sqlite", "browser", "pure", "meetings", "sqlite-meetings")


@contextlib.contextmanager
def workshop() -> Iterator[None]:
    """Put the temporary folder of the tests in memory; not where TMPDIR names a place, or memory is short or runs no programs.

    The tests kill processes, never the machine, and on a disk a third of their time was waiting for it at each ``fsync``.
    """
    if "TMPDIR" in os.environ or not _has_room():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="opp-", dir=MEMORY, ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o1777)  # as open as the one it stands for: servers have accounts of their own
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        try:
            yield
        finally:
            del os.environ["TMPDIR"]
            tempfile.tempdir = None


def compile_sources() -> None:
    """Have the sources compiled once, whatever PYTHONDONTWRITEBYTECODE says.

    Several hundred processes of the tests read them, and each would compile them again (half a second for the pages).
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    compileall.compile_dir(ROOT / "src", quiet=2)


def compile_tests() -> None:
    """Have pytest compile the tests once, with its assertions: each leg would do it for itself. What is wrong is for them to say."""
    collect = [sys.executable, "-m", "pytest", "-q", "--collect-only"]
    subprocess.run(collect, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _has_room() -> bool:
    try:
        place, memory = os.statvfs(MEMORY), Path("/proc/meminfo").read_text()
    except OSError:
        return False
    found = re.search(r"MemAvailable: +(\d+) kB", memory)
    free = min(place.f_bavail * place.f_frsize, int(found[1]) << 10 if found else 0)
    return free > ROOM and not place.f_flag & os.ST_NOEXEC and os.access(MEMORY, os.W_OK)


def report(outcomes: list[Outcome]) -> None:
    print("\nLegs")
    for outcome in outcomes:
        print(outcome.line())
    skips = sum((outcome.skips for outcome in outcomes), Counter[str]())
    for reason, number in skips.most_common():
        print(f"  skipped         {number} × {reason}")
    tests = sum((outcome.tests for outcome in outcomes), Counter[str]())
    if tests:
        print(f"{tests['passed']} passed, {tests['failed']} failed, {tests['skipped']} skipped", flush=True)


def run_leg(outcome: Outcome) -> None:
    start = time.monotonic()
    LEGS[outcome.name](outcome)
    outcome.seconds = time.monotonic() - start


def side_by_side(outcomes: list[Outcome], folder: Path) -> None:
    """Run the legs, ``AT_ONCE`` at a time; each one's output is printed whole at its end."""
    shown = threading.Lock()

    def one(outcome: Outcome) -> None:
        outcome.log = folder / outcome.name
        print(f"{outcome.name}: started", flush=True)
        run_leg(outcome)
        with shown:
            print(outcome.log.read_text() if outcome.log.exists() else "", f"\n{outcome.line().strip()}", flush=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        started = [pool.submit(one, outcome) for outcome in outcomes if outcome.name == "lint"]
        if len(outcomes) > len(started) + 1:
            compile_tests()
        started += [pool.submit(one, outcome) for outcome in outcomes if outcome.name != "lint"]
        for leg in started:
            leg.result()


def main(names: list[str]) -> int:
    unknown = set(names) - LEGS.keys()
    if unknown:
        print(f"run_tests: no leg {', '.join(sorted(unknown))}; there are {', '.join(LEGS)}", file=sys.stderr)
        return 2
    outcomes = [Outcome(name) for name in names or ALL]
    compile_sources()
    with workshop():
        if len(outcomes) == 1:
            run_leg(outcomes[0])
        else:
            with tempfile.TemporaryDirectory(prefix="legs-") as folder:
                side_by_side(outcomes, Path(folder))
    report(outcomes)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
