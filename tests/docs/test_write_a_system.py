"""The example of docs/how-to/write-a-system.md: installed as anybody's package is, then run as the page says."""

import subprocess
import sys
import zipfile
from importlib.util import find_spec

import pytest

from tests.docs.page import DOCS, blocks, pairs, shows

PAGE = "how-to/write-a-system.md"
EXAMPLE = DOCS / "how-to/example_system"
UNSHOWN = {"__init__.py", "0001_initial.py"}
BUILD = "import sys; from flit_core import buildapi; print(buildapi.build_wheel(sys.argv[1]))"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The wheel of the example, built by its own build backend and unpacked: an installation without pip and network."""
    assert find_spec("flit_core"), "flit_core is in requirements-dev.lock: run make"
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-c", BUILD, str(folder)]
    done = subprocess.run(command, cwd=EXAMPLE, capture_output=True, text=True, check=True)
    wheel = folder / done.stdout.split()[-1]
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    wheel.unlink()
    return folder


@pytest.fixture
def installed(shell, site):
    """A shell in which the example is installed, and its tests lie in the folder."""
    shell.environ["PYTHONPATH"] = str(site)
    shell.environ["OPPOSABLE_HOME"] = str(shell.folder / "home")
    shell.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    for name in ("tests", "pyproject.toml"):
        (shell.folder / name).symlink_to(EXAMPLE / name)
    return shell


def test_the_page_shows_the_files_as_they_are():
    shown = {block.words: block.text for block in blocks(PAGE) if "/" in block.words or "." in block.words}
    files = {
        str(path.relative_to(EXAMPLE)): path.read_text("utf-8")
        for path in EXAMPLE.rglob("*")
        if path.suffix in {".py", ".toml", ".html"} and path.name not in UNSHOWN
    }
    assert shown.keys() == files.keys()
    assert {name for name in files if shown[name] != files[name]} == set(), "copy them into the page again"


def test_its_commands_say_what_the_page_shows(installed):
    for block, after in pairs(PAGE):
        if block.words == "install":
            continue
        said = installed.run(block.text)
        if after:
            assert shows(after.text.replace("HOME", installed.environ["OPPOSABLE_HOME"]), said), said


def test_removed_it_leaves_the_others_alone(installed):
    """The entry point is the only tie: without it the house does not know the system."""
    del installed.environ["PYTHONPATH"]
    installed.run("opposable init --origin cabinet.example/2026 --draw-passphrase")
    assert "there is no command cabinet" in installed.run("opposable cabinet list", status=2)
