"""Do the tests notice? ``python tools/mutants.py FILE TEST…`` breaks FILE in every small way, one at a time, and runs the tests.

A condition that always or never holds, an operand that is left out, a bound moved by one, a call that is not made, a check
of a verifier that always passes. Those that no test notices are printed: the tests are wanting, or the line is. It works on a
copy of the tree, so that nobody is disturbed. Exit status: 0 when every mutant was noticed, 1 when one lives, 2 for misuse.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
COPIED = ("src", "tests", "tools", "bench", "docs", "pyproject.toml")
SECONDS = 300
BOUNDS = {ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"}


@dataclass(frozen=True)
class Mutant:
    """Bytes ``start`` to ``end`` of a file, and what stands there instead."""

    start: int
    end: int
    new: str
    line: int


class Maker(ast.NodeVisitor):
    """Collects the mutants of a source."""

    def __init__(self, source: bytes) -> None:
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self.found: list[Mutant] = []
        self.visit(ast.parse(source))

    def _span(self, node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        first, last = self._starts[node.lineno - 1], self._starts[node.end_lineno - 1]
        return first + node.col_offset, last + node.end_col_offset

    def _text(self, node: ast.expr) -> str:
        start, end = self._span(node)
        return self._source[start:end].decode()

    def _put(self, node: ast.expr, new: str) -> None:
        if self._text(node) not in (new, "TYPE_CHECKING"):
            self.found.append(Mutant(*self._span(node), new, node.lineno))

    def visit_If(self, node: ast.If) -> None:
        self._always(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._always(node.test)
        self.generic_visit(node)

    def _always(self, test: ast.expr) -> None:
        self._put(test, "False")
        self._put(test, "True")

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        for value in node.values:
            self._put(value, "True" if isinstance(node.op, ast.And) else "False")
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        if len(node.ops) == 1 and (moved := BOUNDS.get(type(node.ops[0]))):
            self._put(node, f"{self._text(node.left)} {moved} {self._text(node.comparators[0])}")
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call):
            self._put(node.value, "None")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name == "expect" and len(node.args) > 2:
            self._put(node.args[2], "True")
        self.generic_visit(node)


def main(arguments: list[str]) -> int:
    """Try every mutant of one file."""
    parser = argparse.ArgumentParser(prog="mutants", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", help="a file below src/")
    parser.add_argument("tests", nargs="+", help="the tests that ought to notice")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="opposable-mutants-") as folder:
        copy = Path(folder)
        for name in COPIED:
            whole = ROOT / name
            shutil.copytree(whole, copy / name) if whole.is_dir() else shutil.copy(whole, copy / name)
        if not (copy / given.file).is_file():
            parser.error(f"there is no {given.file}")
        if not _pass(copy, given.tests):
            parser.error("the tests do not pass as they are: nothing can be said of mutants")
        alive, tried = 0, 0
        for mutant, words in _lives(copy / given.file, copy, given.tests):
            tried += 1
            if words:
                alive += 1
                print(f"alive {given.file}:{mutant.line}  {words}  →  {mutant.new}", flush=True)
    print(f"{given.file}: {tried} mutants, {alive} alive")
    return 1 if alive else 0


def _lives(path: Path, copy: Path, tests: list[str]) -> Iterator[tuple[Mutant, str]]:
    """Each mutant, and what it replaced when no test noticed."""
    source = path.read_bytes()
    for mutant in dict.fromkeys(Maker(source).found):
        path.write_bytes(source[: mutant.start] + mutant.new.encode() + source[mutant.end :])
        yield mutant, source[mutant.start : mutant.end].decode() if _pass(copy, tests) else ""


def _pass(copy: Path, tests: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--tb=no", *tests]
    try:
        return subprocess.run(command, cwd=copy, capture_output=True, check=False, timeout=SECONDS).returncode == 0
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
