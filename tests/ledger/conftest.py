"""Bundles for the tests of the ledger."""

import io
import re
import zipfile
from pathlib import Path

import pytest

from opposable.ledger.bundle.writer import write_files
from tests.bad import case
from tests.bad.cheats import Cheat


@pytest.fixture(scope="session")
def good(tmp_path_factory) -> Path:
    """The good bundle."""
    return case.good_bundle(tmp_path_factory.mktemp("good") / "case.asice")


@pytest.fixture(scope="session")
def brought(tmp_path_factory) -> dict[str, Path]:
    """What a verifier brings along: a policy, the roots of the authority, a checkpoint held before."""
    folder = tmp_path_factory.mktemp("brought")
    held = case.seal(case.good_plan()).held
    contents = {"policy": case.trusted_policy().encode(), "roots": case.tsa().root, "held": held.encode()}
    for name, data in contents.items():
        (folder / name).write_bytes(data)
    return {name: folder / name for name in contents}


@pytest.fixture
def made(tmp_path):
    """A bad bundle on disk."""

    def make(cheat: Cheat) -> Path:
        result = cheat.make()
        path = tmp_path / f"{cheat.name}.asice"
        if isinstance(result, bytes):
            path.write_bytes(result)
            return path
        return write_files(result, path)

    return make


@pytest.fixture
def unpacked(tmp_path):
    """The folder of an unpacked bundle."""

    def unpack(path: Path) -> Path:
        folder = tmp_path / "unpacked"
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        return folder

    return unpack


@pytest.fixture(scope="session")
def flipped(good) -> dict[str, bytes]:
    """The good bundle once for each kind of member that it has, with one bit of such a member changed, by its name."""
    with zipfile.ZipFile(good) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    kinds = {
        re.sub(r"(?<=/)(\w*\d\w*|[0-9a-f.]{16,})(?=[/.])|(?<=part-)\w+|(?<=rules/)[^/]+(?=\.json)", "…", name): name
        for name in files
    }
    return {name: repacked(files | {name: flip(files[name])}) for name in kinds.values()}


def flip(data: bytes) -> bytes:
    at = len(data) // 2
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def repacked(files: dict[str, bytes]) -> bytes:
    """As an enemy packs: the writer of bundles refuses what is no bundle."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data, zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED)
    return out.getvalue()
