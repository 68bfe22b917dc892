"""The second leg of Django: an environment with the newest release, on a newer Python than ours.

Django 5.2 is the release we ship on; what comes after it wants Python 3.12, which a Debian of today need not have. Where one
is found, the locked packages are installed beside it with the newest Django in the place of the locked one, once for each lock.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements-dev.lock"
WANTED = "django>=6.0,<7"
PYTHONS = ("python3.14", "python3.13", "python3.12")
FITS = "import sys, ensurepip; sys.exit(sys.version_info < (3, 12))"
SECONDS = 300


class Absent(Exception):
    """Why the leg cannot run on this machine."""


def environment() -> Path:
    """The Python of the environment, made when missing."""
    stamp = hashlib.sha256(LOCK.read_bytes() + Path(__file__).read_bytes()).hexdigest()[:16]
    folder = ROOT / ".venv" / f"newest-django-{stamp}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        _call("venv", _newer_python(), "-m", "venv", "--clear", folder)
        pins = folder / "pins.txt"
        pins.write_text("\n".join([*_pins(), WANTED]) + "\n")
        pip = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--prefer-binary")
        _call("pip", *pip, "-r", pins)
        _call("pip", *pip, "--no-deps", "--no-build-isolation", "-e", ROOT)
        (folder / "complete").touch()
    return python


def _newer_python() -> str:
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    beside = sorted((str(one) for one in kept.glob("3.1[2-9]*/bin/python3")), reverse=True)
    for one in (*PYTHONS, *beside):
        try:  # a shim may name a version that is not there: it is asked, not only found
            if subprocess.run([one, "-c", FITS], check=False, capture_output=True, timeout=20).returncode == 0:
                return one
        except OSError:
            continue
    raise Absent("no Python 3.12 or later with ensurepip")


def _pins() -> list[str]:
    """The lock without its hashes and without Django."""
    lines = LOCK.read_text().replace("\\\n", " ").splitlines()
    found = [re.sub(r"\s+--hash=\S+", "", line).strip() for line in lines if re.match(r"[a-zA-Z0-9]", line)]
    return [line for line in found if not re.match(r"django==", line, re.IGNORECASE)]


def _call(what: str, *command: object) -> None:
    try:
        done = subprocess.run(
            [str(part) for part in command], check=False, capture_output=True, text=True, timeout=SECONDS
        )
    except subprocess.TimeoutExpired as error:
        raise Absent(f"{what} took more than {SECONDS} s") from error
    if done.returncode:
        raise Absent(f"{what}: {(done.stderr.strip() or done.stdout.strip()).splitlines()[-1][:200]}")


if __name__ == "__main__":
    try:
        chosen = environment()
    except Absent as absent:
        sys.exit(f"newest Django: {absent}")
    print(chosen)
