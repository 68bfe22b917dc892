"""Bucket keys: what is forgotten is forgotten everywhere, and nothing readable ever touches the disk."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from opposable.kernel.buckets import (
    FOLDER,
    MASTER,
    WRAPPED_BYTES,
    BucketForgotten,
    Buckets,
    PartUnreadable,
    open_part,
    rewrap,
    seal_part,
)
from opposable.kernel.keys import KeyFault

DAY = date(2036, 3, 30)
CLASS = "assembly.minutes"


def everything_under(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def in_another_process(home: Path, code: str) -> str:
    prologue = f"""
        from datetime import date
        from pathlib import Path
        from opposable.kernel.buckets import *
        buckets, DAY, CLASS = Buckets(Path({str(home)!r})), date(2036, 3, 30), {CLASS!r}
    """
    script = textwrap.dedent(prologue) + textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@given(st.binary(max_size=400), st.binary(max_size=40))
@settings(max_examples=50, deadline=None)
def test_a_sealed_part_opens_again(plaintext: bytes, aad: bytes) -> None:
    key = os.urandom(32)
    ciphertext, wrapped = seal_part(plaintext, key, aad)
    assert len(wrapped) == WRAPPED_BYTES
    assert len(ciphertext) == len(plaintext) + 16
    assert open_part(ciphertext, wrapped, key, aad) == plaintext


@pytest.mark.parametrize("changed", ["ciphertext", "wrapped", "key", "aad", "swapped", "cut"])
def test_a_part_that_was_changed_does_not_open(changed: str) -> None:
    key = os.urandom(32)
    ciphertext, wrapped = seal_part(b"contre", key, b"act 7")
    other_ciphertext, _ = seal_part(b"pour", key, b"act 7")
    given_ = {"ciphertext": ciphertext, "wrapped": wrapped, "key": key, "aad": b"act 7"}
    if changed == "swapped":
        given_["ciphertext"] = other_ciphertext
    elif changed == "cut":
        given_["wrapped"] = wrapped[:11]
    else:
        given_[changed] = bytes([given_[changed][0] ^ 1]) + given_[changed][1:]
    with pytest.raises(PartUnreadable):
        open_part(**given_)


def test_a_key_is_made_once_and_read_by_others(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path)
    with pytest.raises(BucketForgotten):
        buckets.key(CLASS, DAY)
    key = buckets.key(CLASS, DAY, create=True)
    assert len(key) == 32
    assert buckets.key(CLASS, DAY) == Buckets(tmp_path).key(CLASS, DAY, create=True) == key
    assert in_another_process(tmp_path, "print(buckets.key(CLASS, DAY).hex())") == key.hex()
    assert buckets.key(CLASS, date(2036, 3, 31), create=True) != key
    assert list(buckets) == [(CLASS, DAY), (CLASS, date(2036, 3, 31))]


def test_key_files_are_private_and_hold_no_key_in_clear(tmp_path: Path) -> None:
    key = Buckets(tmp_path).key(CLASS, DAY, create=True)
    ciphertext, wrapped = seal_part(b"Mme Durand vote contre", key, b"")
    (tmp_path / "row").write_bytes(ciphertext + wrapped)
    found = everything_under(tmp_path)
    assert key not in found
    assert b"Durand" not in found
    files = [path for path in (tmp_path / "keys").rglob("*") if path.is_file()]
    assert len(files) == 2
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


def test_a_forgotten_key_is_forgotten_by_a_process_that_had_it_in_memory(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path)
    key = buckets.key(CLASS, DAY, create=True)
    ciphertext, wrapped = seal_part(b"secret", key, b"")
    in_another_process(tmp_path, "buckets.forget(CLASS, DAY)")
    assert not buckets.exists(CLASS, DAY)
    with pytest.raises(BucketForgotten):
        buckets.key(CLASS, DAY)
    fresh = buckets.key(CLASS, DAY, create=True)
    with pytest.raises(PartUnreadable):
        open_part(ciphertext, wrapped, fresh, b"")


def test_a_key_forgotten_and_made_anew_elsewhere_is_noticed_every_time(tmp_path: Path) -> None:
    """Inode numbers are reused and file clocks are coarse: 200 quick replacements, and never a stale key."""
    here, there = Buckets(tmp_path), Buckets(tmp_path)
    for _ in range(200):
        here.key(CLASS, DAY, create=True)
        there.forget(CLASS, DAY)
        made = there.key(CLASS, DAY, create=True)
        assert here.key(CLASS, DAY) == made


def test_forgetting_overwrites_before_it_unlinks(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path)
    buckets.key(CLASS, DAY, create=True)
    path = tmp_path / FOLDER / CLASS / f"{DAY}.key"
    os.link(path, tmp_path / "kept")  # what a hard link, or an undelete of the same blocks, would show
    buckets.forget(CLASS, DAY)
    assert not path.exists()
    assert set((tmp_path / "kept").read_bytes()) == {0}
    buckets.forget(CLASS, DAY)
    buckets.forget("assembly.never-used", DAY)


def test_a_forgetting_that_crashed_half_way_is_a_forgetting(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path)
    key = buckets.key(CLASS, DAY, create=True)
    path = tmp_path / FOLDER / CLASS / f"{DAY}.key"
    path.write_bytes(bytes(path.stat().st_size))  # the crash point between overwrite and unlink
    assert not buckets.exists(CLASS, DAY)
    assert buckets.days(CLASS) == []
    with pytest.raises(BucketForgotten):
        buckets.key(CLASS, DAY)
    assert buckets.key(CLASS, DAY, create=True) != key
    assert buckets.exists(CLASS, DAY)


def test_many_processes_that_make_the_same_key_agree(tmp_path: Path) -> None:
    code = f"""
from datetime import date
from pathlib import Path
from opposable.kernel.buckets import Buckets
print(Buckets(Path({str(tmp_path)!r})).key({CLASS!r}, date(2036, 3, 30), create=True).hex())
"""
    started = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) for _ in range(6)]
    keys = {process.communicate(timeout=180)[0].strip() for process in started}
    assert len(keys) == 1
    assert Buckets(tmp_path).key(CLASS, DAY).hex() in keys


def test_a_key_file_open_to_others_is_refused(tmp_path: Path) -> None:
    Buckets(tmp_path).key(CLASS, DAY, create=True)
    (tmp_path / FOLDER / CLASS / f"{DAY}.key").chmod(0o640)
    with pytest.raises(KeyFault, match="chmod 600"):
        Buckets(tmp_path).key(CLASS, DAY)
    (tmp_path / FOLDER / CLASS / f"{DAY}.key").chmod(0o600)
    (tmp_path / MASTER).chmod(0o604)
    with pytest.raises(KeyFault, match="0604"):
        Buckets(tmp_path).key(CLASS, DAY)


def test_a_damaged_key_is_an_alarm_and_not_a_forgetting(tmp_path: Path) -> None:
    Buckets(tmp_path).key(CLASS, DAY, create=True)
    path = tmp_path / FOLDER / CLASS / f"{DAY}.key"
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    with pytest.raises(KeyFault, match="abîmée"):
        Buckets(tmp_path).key(CLASS, DAY, create=True)


def test_a_key_does_not_serve_another_class_or_day(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path)
    buckets.key(CLASS, DAY, create=True)
    folder = tmp_path / FOLDER / CLASS
    (folder / f"{DAY}.key").rename(folder / "2046-03-30.key")
    with pytest.raises(KeyFault, match="abîmée"):
        buckets.key(CLASS, date(2046, 3, 30))


def test_a_lost_master_key_is_never_made_again_in_silence(tmp_path: Path) -> None:
    Buckets(tmp_path).key(CLASS, DAY, create=True)
    (tmp_path / MASTER).unlink()
    with pytest.raises(KeyFault, match="restaurez"):
        Buckets(tmp_path).key(CLASS, DAY)
    with pytest.raises(KeyFault, match="restaurez"):
        Buckets(tmp_path).key(CLASS, date(2040, 1, 1), create=True)


@pytest.mark.parametrize("name", ["", "../x", "A", "a/b", ".a", "a..b"])
def test_a_class_name_cannot_leave_the_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="retention class"):
        Buckets(tmp_path).key(name, DAY, create=True)


def test_a_part_moves_to_another_bucket_without_being_encrypted_anew(tmp_path: Path) -> None:
    buckets = Buckets(tmp_path)
    old, new = buckets.key(CLASS, DAY, create=True), buckets.key(CLASS, date(2037, 1, 1), create=True)
    ciphertext, wrapped = seal_part(b"held", old, b"part")
    moved = rewrap(wrapped, old, new, b"part")
    buckets.forget(CLASS, DAY)
    assert open_part(ciphertext, moved, new, b"part") == b"held"
    with pytest.raises(PartUnreadable):
        open_part(ciphertext, moved, old, b"part")
    with pytest.raises(PartUnreadable):
        rewrap(wrapped, new, old, b"part")
