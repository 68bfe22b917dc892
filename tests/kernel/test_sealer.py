"""Sealing: contiguous indexes, one past, repeatable after a crash at every step."""

import errno
import fcntl
import os
import shutil
from pathlib import Path

import pytest
from django.db import connection

from opposable.kernel import actors, files, sealing
from opposable.kernel.checkpoints import Stored, StoreError
from opposable.kernel.models import Act, Cell, Hold, Leaf, Pending, Seal
from opposable.kernel.sealer import SealRefused
from opposable.kernel.sealing_service import open_sealer
from opposable.ledger import merkle, tiles
from tests.kernel.holds import lift, place

pytestmark = pytest.mark.django_db
SYSTEM = actors.system("tests")
STEPS = ("staged", "swapped", "tiled", "committed", "published", "settled")


class Crash(Exception):
    pass


@pytest.fixture
def cell(log):
    return Cell.objects.create(path="/tests/")


def entries():
    return [bytes(entry) for entry in Leaf.objects.order_by("index").values_list("act__entry", flat=True)]


def test_every_pending_act_gets_its_index(log, cell):
    for n in range(3):
        place(SYSTEM, reason=str(n), cell=cell)
    assert log.seal_once() == 3
    assert list(Leaf.objects.order_by("index").values_list("index", flat=True)) == [0, 1, 2]
    assert not Pending.objects.exists()
    tree = tiles.TileTree(lambda path: (log.log / path).read_bytes(), 3)
    assert tree.root().hex() == Seal.objects.get(size=3).root
    assert tree.root() == merkle.root([merkle.leaf_hash(entry) for entry in entries()])
    assert (log.log / "checkpoint").read_text() == log.store.get().note


def test_seal_now_gives_an_index(log, cell):
    receipt = place(SYSTEM, reason="x", cell=cell)
    assert sealing.seal_now(receipt.act_id)
    assert receipt.index == 0


@pytest.mark.parametrize("step", STEPS)
def test_a_crash_at_any_step_loses_nothing_and_forks_nothing(log, cell, step):
    place(SYSTEM, reason="before", cell=cell)
    log.seal_once()

    def crash(name):
        if name == step:
            raise Crash

    for n in range(4):
        place(SYSTEM, reason=str(n), cell=cell)
    broken = open_sealer(crash)
    with pytest.raises(Crash):
        _ = broken.seal_once(), broken.settle()
    broken.store.close()
    place(SYSTEM, reason="after", cell=cell)
    again = open_sealer()
    again.seal_once()
    again.store.close()
    assert Leaf.objects.count() == Act.objects.count() == 6
    assert not Pending.objects.exists()
    assert merkle.root([merkle.leaf_hash(entry) for entry in entries()]) == log.store.get().root
    assert (log.log / "checkpoint").read_text() == log.store.get().note


def test_a_power_cut_may_take_every_tile_that_is_not_settled(log, cell):
    for n in range(250):
        place(SYSTEM, reason=str(n), cell=cell)
    log.seal_once()
    log.settle()
    for _ in range(3):
        for n in range(4):
            place(SYSTEM, reason=str(n), cell=cell)
        log.seal_once()
    written = [log.log / path for paths in log._unsettled.values() for path in paths]
    kept = {path: path.read_bytes() for path in [*written, log.log / "checkpoint"]}
    for n, path in enumerate(written):
        path.write_bytes(b"") if n % 2 else path.unlink()
    (log.log / "checkpoint").write_text("")
    again = open_sealer()
    assert again.seal_once() == 0
    assert {path: path.read_bytes() for path in kept} == kept
    again.settle()
    again.store.close()
    assert log.store.batches() == []
    assert list(tiles.faults(lambda path: (log.log / path).read_bytes(), 262, log.store.get().root)) == []
    assert not (log.log / "tile/0/000.p").exists()


class Disk:
    """What was waited for, in its order: the paths that were synced, and the marks between them."""

    def __init__(self, monkeypatch):
        self.done = []
        real = os.fsync
        monkeypatch.setattr(os, "fsync", lambda number: (self.done.append(self.path(number)), real(number)))

    @staticmethod
    def path(number):
        return Path(f"/proc/self/fd/{number}").readlink()


def test_tiles_are_on_the_disk_with_their_names_before_the_batch_that_makes_them_is_forgotten(log, cell, monkeypatch):
    log.seal_once()  # the first one looks whether a crash has left something
    disk, forget = Disk(monkeypatch), log.store.forget
    monkeypatch.setattr(log.store, "forget", lambda sizes: (disk.done.append("forgotten"), forget(sizes)))
    for n in range(3):
        place(SYSTEM, reason=str(n), cell=cell)
        log.seal_once()
    assert disk.done == [], "a seal waits for its two databases, and for nothing else"
    log.settle()
    assert disk.done.pop() == "forgotten"
    for path in ("tile/0/000.p/3", "tile/entries/000.p/3"):
        last = log.log / path
        assert {last, last.parent, last.parent.parent} <= set(disk.done)


def test_what_is_signed_is_waited_for(log):
    """`synchronous=FULL` (2): a checkpoint that was signed, and the leaves under it, survive a power cut."""
    assert log.store._db.execute("PRAGMA synchronous").fetchone() == (2,)
    if connection.vendor == "sqlite":
        assert connection.cursor().execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_file_is_on_the_disk_before_it_has_its_name_and_its_name_before_the_call_ends(tmp_path, monkeypatch):
    disk, replace = Disk(monkeypatch), os.replace
    monkeypatch.setattr(os, "replace", lambda old, new: (disk.done.append("named"), replace(old, new)))
    files.write_durably(tmp_path / "new" / "file", b"x")
    written, named, *after = disk.done
    assert (written.name.startswith(".new-"), named, after) == (True, "named", [tmp_path / "new"])
    assert (tmp_path / "new" / "file").read_bytes() == b"x"


@pytest.mark.parametrize("broken", ["fsync", "replace"])
def test_a_file_that_could_not_be_written_is_as_it_was(tmp_path, monkeypatch, broken):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "file").write_bytes(b"before")
    monkeypatch.setattr(os, broken, full)
    with pytest.raises(OSError, match="No space"):
        files.write_durably(tmp_path / "file", b"after")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("file", b"before")]


def test_another_past_in_the_folder_of_the_log_is_not_built_upon(log, cell):
    """The tiles of the past are read to make those of the batch that a crash left: they must lead to the root that was signed."""

    def crash(name):
        if name == "swapped":
            raise Crash

    for n in range(3):
        place(SYSTEM, reason=str(n), cell=cell)
    log.seal_once()
    log.settle()
    place(SYSTEM, reason="pending", cell=cell)
    broken = open_sealer(crash)
    with pytest.raises(Crash):
        broken.seal_once()
    broken.store.close()
    other = b"\0" * 32  # another past, in itself without a fault
    (log.log / "tile/entries/000.p/3").write_bytes((b"\0\x20" + other) * 3)
    (log.log / "tile/0/000.p/3").write_bytes(merkle.leaf_hash(other) * 3)
    again = open_sealer()
    with pytest.raises(SealRefused, match="racine signée"):
        again.seal_once()
    again.store.close()


def test_one_sealer_at_a_time(log, cell, settings):
    held = []

    def look(step):
        with (settings.HOME / "run" / "sealer.lock").open("w") as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                held.append(step)

    place(SYSTEM, reason="x", cell=cell)
    taken = []
    watched = open_sealer(lambda step: [taken.append(step), look(step)])
    assert watched.seal_once() == 1
    assert held == taken
    watched.settle()
    watched.store.close()
    assert taken == list(STEPS)


def test_a_sealer_that_was_overtaken_commits_nothing(log, cell):
    """The lock is for order; what keeps two of them from signing two pasts is the check-and-set of the store."""
    place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    place(SYSTEM, reason="y", cell=cell)

    def overtake(step):
        if step == "staged":
            log.store._db.execute("UPDATE checkpoint SET size = size + 1")
            log.store._db.commit()

    slow = open_sealer(overtake)
    with pytest.raises(StoreError, match="un autre scelleur"):
        slow.seal_once()
    slow.store.close()
    assert (Leaf.objects.count(), Seal.objects.count()) == (1, 1)


@pytest.mark.parametrize("size", [0, 1])
def test_a_checkpoint_only_ever_grows(log, cell, size):
    place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    last = log.store.get()
    with pytest.raises(StoreError, match="ne fait que croître"):
        log.store.swap(last, Stored(size, bytes(32), last.note))
    assert log.store.get() == last


def test_a_store_older_than_the_database_is_refused(log, cell, settings):
    place(SYSTEM, reason="x", cell=cell)
    store = settings.HOME / "checkpoints.sqlite3"
    log.store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(store, settings.HOME / "old")
    log.seal_once()
    log.store.close()
    for suffix in ("-wal", "-shm"):
        (settings.HOME / f"checkpoints.sqlite3{suffix}").unlink(missing_ok=True)
    shutil.copy(settings.HOME / "old", store)
    sealer = open_sealer()
    with pytest.raises(SealRefused, match="plus vieux que la base"):
        sealer.seal_once()
    sealer.store.close()


def test_a_missing_store_is_never_made_anew(log, cell, settings):
    (settings.HOME / "checkpoints.sqlite3").rename(settings.HOME / "moved")
    with pytest.raises(StoreError, match="jamais refait"):
        open_sealer()


def test_an_entry_changed_in_the_database_stops_the_sealer(log, cell):
    from opposable.kernel import guards

    receipt = place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    lift(SYSTEM, hold=Hold.objects.get())
    drop = "DROP TRIGGER kernel_act_no_update" + (" ON kernel_act" if connection.vendor == "postgresql" else "")
    with guards.writing(), connection.cursor() as cursor:
        cursor.execute(drop)
        cursor.execute("UPDATE kernel_act SET entry = %s WHERE id = %s", [b"\0" * 32, receipt.act_id])
    sealer = open_sealer()
    with pytest.raises(SealRefused, match="un autre passé"):
        sealer.seal_once()
    sealer.store.close()
