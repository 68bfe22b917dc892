"""A page of documentation as something to run: its blocks in order, a shell in an empty folder, and what was shown.

A shell block is ``sh``, with a word behind it where the test has something to say about it (``sh served``). A block ``text`` behind
it is what the commands print: ``…`` in a line stands for anything in that line, a line with nothing else for any lines.
"""

import os
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCE = re.compile(r"^```(\w+)(?: ([^\n]*))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECONDS = 180


@dataclass(frozen=True)
class Block:
    """A fenced block: language, the words behind it, its text, its line in the page."""

    language: str
    words: str
    text: str
    line: int


def blocks(page, *languages):
    """The blocks of a page in order, of some languages or all."""
    text = (DOCS / page).read_text("utf-8")
    found = (Block(m[1], m[2] or "", m[3], text[: m.start()].count("\n") + 1) for m in FENCE.finditer(text))
    return [block for block in found if not languages or block.language in languages]


def pairs(page):
    """Each shell block with the block behind it, if that is what it prints; else None."""
    found = blocks(page, "sh", "text")
    behind = [*found[1:], None] if found else []
    for block, after in zip(found, behind, strict=True):
        if block.language == "sh":
            yield block, after if after and after.language == "text" else None


def shows(shown, said):
    """Whether what a page shows is what a command said."""
    lines = [".*" if line == "…" else re.escape(line.rstrip()).replace("…", "[^\n]*") for line in shown.splitlines()]
    return re.fullmatch("\n".join(lines), "\n".join(line.rstrip() for line in said.strip("\n").splitlines()), re.DOTALL)


def alike(commands):
    """Commands without the words of a language: quoted texts, docstrings, titles, the choice of the language itself."""
    bare = re.sub(r"\"{3}[^\"]*\"{3}|'[^']*'|(?<=--title )\"[^\"]*\"", "''", commands)
    return re.sub(r" --lang \w+", "", bare)


def in_french(page):
    """The blocks of a page, each beside its twin in the French page, whose commands are the same in other words."""
    twins = list(pairs(page.replace(".md", ".fr.md")))
    ours = list(pairs(page))
    assert [alike(one.text) for one, _ in ours] == [alike(one.text) for one, _ in twins], page
    return zip(ours, twins, strict=True)


class Shell:
    """Runs blocks in a folder, one shell each, as a person would type them in one: what is exported stays."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        (folder / ".exported").touch()
        ours = re.compile("OPPOSABLE_|DJANGO_|PYTEST_")
        kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"  # opposable, python, pytest: those of this run
        self.environ = kept | {"PATH": path, "LANG": "C.UTF-8", "OPPOSABLE_LANG": "en", "COLUMNS": "120"} | environ
        self.started = []

    def start(self, commands, output=None):
        """Begin, and do not wait. ``output``: a file that takes what is printed."""
        with output.open("wb") if output else nullcontext(subprocess.PIPE) as out:
            process = subprocess.Popen(
                ["sh", "-euc", f". ./.exported\n{commands}\nexport -p > .exported"],
                cwd=self.folder,
                env=self.environ,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,  # the shell and what it started end together
            )
        self.started.append(process)
        return process

    def run(self, commands, status=0):
        """What the commands print."""
        process = self.start(commands)
        said, _ = process.communicate(timeout=SECONDS)
        assert process.returncode == status, f"{commands}\n{said}"
        return said

    def run_in_french(self, commands):
        """The same in French, for what may be asked twice; the page goes on in its own language."""
        return self.run(f"export OPPOSABLE_LANG=fr\n{commands}\nexport OPPOSABLE_LANG=en")

    def stand_in(self, name, script):
        """A program that this machine has not, in the one use that a page makes of it."""
        folder = self.folder.parent / "stand-in"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
        self.environ["PATH"] += f":{folder}"

    def close(self):
        for process in self.started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=60)
