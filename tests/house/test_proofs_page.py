"""The page on proofs names tests that are there, and every claim has one."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/proofs-and-their-tests.md").read_text("utf-8")
ROWS = re.findall(r"^\| (?!claim|---|file)([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
NAME = re.compile(r"`(tests/[\w/]+\.py)::([\w*]+)`")


@cache
def functions(path):
    return {node.name for node in ast.parse((ROOT / path).read_text("utf-8")).body if isinstance(node, ast.FunctionDef)}


def test_every_claim_names_a_test():
    claims = [(claim, cell) for claim, cell in ROWS if "tests/" in cell]
    assert len(claims) > 40
    for claim, cell in claims:
        assert NAME.findall(cell), claim
        assert NAME.sub("", cell).replace("<br>", "") == "", f"{claim}: something else than names of tests"


def test_every_test_that_is_named_is_there():
    named = NAME.findall(PAGE)
    missing = [(path, name) for path, name in named if name != "*" and name not in functions(path)]
    assert missing == []
    assert all((ROOT / path).exists() for path, _ in named)


def test_no_test_that_is_named_is_left_out_everywhere():
    """A test that is skipped outright would be a claim on paper."""
    for path in {path for path, _ in NAME.findall(PAGE)}:
        assert not re.search(r"^@pytest\.mark\.(skip|xfail)\b", (ROOT / path).read_text("utf-8"), re.MULTILINE), path
