"""What holds for the whole tree: no left-overs, honest locks, reasons beside dependencies, links that lead somewhere."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tools import reference

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "src").rglob("*.py"))
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")  # in pieces, so that this file does not find itself


@pytest.mark.parametrize("folder", ["src", "tests", "tools", "docs"])
def test_no_unfinished_work_is_marked_in_the_tree(folder):
    texts = [
        path
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".html", ".css", ".js", ".sh", ".toml"}
    ]
    assert texts
    assert [str(path) for path in texts if MARKS.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_hashed_and_name_no_host(lock):
    text = (ROOT / lock).read_text("utf-8")
    pinned = re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE)
    assert len(pinned) > 30
    assert text.count("--hash=sha256:") >= len(pinned)
    assert not re.search(r"https?://|file:|--index|--extra-index|--find-links", text)


def test_the_dev_lock_contains_the_runtime_lock():
    runtime, dev = ((ROOT / name).read_text("utf-8") for name in ("requirements.lock", "requirements-dev.lock"))
    assert set(re.findall(r"^\S+==\S+", runtime, re.MULTILINE)) <= set(re.findall(r"^\S+==\S+", dev, re.MULTILINE))


def test_each_dependency_is_locked_and_has_its_reason_beside_it():
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    project = tomllib.loads(text)
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    locked = (ROOT / "requirements-dev.lock").read_text("utf-8").lower()
    for requirement in wanted:
        line = next(line for line in text.splitlines() if f'"{requirement}"' in line)
        assert re.search(r"#\s+\S+", line), requirement
        name = re.split(r"[\[<>=]", requirement)[0].lower()
        assert re.search(rf"^{re.escape(name)}==", locked, re.MULTILINE), requirement


def test_each_third_party_import_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    wanted = [*project["dependencies"], *(one for extra in extras for one in extra)]
    declared = {re.split(r"[\[<>=]", requirement)[0].lower() for requirement in wanted}
    owners = packages_distributions()
    strangers = {name for path in SOURCES for name in imported(path)} - sys.stdlib_module_names - {"opposable"}
    assert {name for name in strangers if not declared & {owner.lower() for owner in owners.get(name, [name])}} == set()


def imported(path):
    """The top-level names that a module imports, at its head or inside a function."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_the_two_readmes_give_the_same_commands():
    blocks = [
        re.findall(r"^(make \w+|\.venv\S+ \w+|unzip)", (ROOT / name).read_text("utf-8"), re.MULTILINE)
        for name in ("README.md", "README.fr.md")
    ]
    assert blocks[0] == blocks[1] != []


def test_make_help_names_every_target():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    shown = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert [line.split()[1] for line in shown.splitlines()] == targets


def test_every_link_of_the_documentation_leads_somewhere():
    assert list(reference.broken_links()) == []


def french_texts(path):
    """The first argument of every ``t(fr, en)`` in a module."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "t"
            and len(node.args) == 2
        ):
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.lineno, first.value


def test_french_shown_to_people_is_written_as_french_is():
    """A space before : ; ? ! and inside « » (the page makes it non-breaking), and the curved apostrophe."""
    faults = [
        f"{path.relative_to(ROOT)}:{line}: {text!r}"
        for path in SOURCES
        for line, text in french_texts(path)
        if re.search(r"[\w}][:;?!»](?=\s|$)|«\S|\w'\w", text)
    ]
    assert faults == []


def test_starting_the_verifier_loads_no_framework():
    code = "import sys, opposable.ledger.verify; print([m for m in ('django', 'pyhanko', 'typst', 'psycopg') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT / "src")
    assert done.stdout.strip() == "[]"
