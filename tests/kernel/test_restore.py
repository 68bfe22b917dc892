"""A backup put back: what was erased since stays erased, an older past is neither signed on nor opened."""

import shutil

import pytest

WRITE = """
    with clock.frozen(NOON):
        accounts.log_in(SYSTEM, method="password", success=True, email="somebody@secret.example")
        place(SYSTEM, reason="stays", cell=cell)
        sealer.seal_once()
"""
ERASE = """
    with clock.frozen(NOON + 400 * DAY):
        retention.run()
"""
LEFT = """
    print(json.dumps([
        Part.objects.filter(cipher__isnull=False).exclude(keep="kernel.erasure").count(),
        Act.objects.filter(header__isnull=False, type="kernel.login").count(),
        [finding.check for finding in audit(parts=True).findings],
    ]))
"""


def test_what_was_erased_since_the_backup_is_erased_again(scratch):
    scratch.run(WRITE)
    scratch.back_up("before")
    assert scratch.run(ERASE + LEFT) == [0, 0, []]
    scratch.put_back("before")
    parts, headers, findings = scratch.run(LEFT)
    assert (parts, headers) == (2, 1), "the backup brought them back"
    assert findings.count("part.key") == 2, "unreadable: the keys of their days are in no backup"
    status, said = scratch.cli("restore")
    assert status == 1, "the erasure acts themselves are newer than the backup"
    assert "2 erasure acts replayed; 3 parts and acts" in said
    assert "lacks 2 acts" in said
    assert scratch.run(LEFT)[:2] == [0, 0]


def test_the_newest_backup_is_opened_and_an_erasure_that_it_undid_is_done_again(scratch):
    """The backup was taken between the seal of an erasure act and its being carried out."""
    scratch.run(WRITE)
    scratch.run(
        """
        from opposable.kernel.retention import erasing
        class Cut(Exception): pass
        def cut(step):
            if step == "exported":
                raise Cut
        erasing.finish.__defaults__ = (cut,)
        with clock.frozen(NOON + 400 * DAY):
            try:
                retention.run()
            except Cut:
                pass
        """
    )
    scratch.back_up("between")
    scratch.run("with clock.frozen(NOON + 400 * DAY):\n        restore.replay()")
    scratch.put_back("between")
    before, after = scratch.run(
        """
        count = lambda: Part.objects.filter(cipher__isnull=False, keep="kernel.access").count()
        before = count()
        with clock.frozen(NOON + 400 * DAY):
            restore.before_opening()
        print(json.dumps([before, count()]))
        """
    )
    assert (before, after) == (2, 0)
    assert scratch.cli("restore")[0] == 0
    status, said = scratch.cli("audit", "--parts")
    assert status == 0, said


def test_an_older_database_is_neither_signed_on_nor_opened(scratch):
    scratch.run("place(SYSTEM, reason='one', cell=cell); sealer.seal_once()")
    scratch.back_up("old")
    scratch.run("place(SYSTEM, reason='two', cell=cell); sealer.seal_once(); assert restore.missing() == 0")
    scratch.put_back("old")
    refused = scratch.run(
        """
        from opposable.kernel.sealer import SealRefused
        said = []
        assert restore.missing() > 0
        place(SYSTEM, reason="another second", cell=cell)
        for attempt in (sealer.seal_once, restore.before_opening):
            try:
                attempt()
            except SealRefused as error:
                said.append(error.text.en)
        print(json.dumps(said))
        """
    )
    assert len(refused) == 2
    assert all("Restore the newest backup" in said for said in refused)
    status, said = scratch.cli("serve", "--port", "1")
    assert status == 1
    assert "restored from an old backup" in said
    assert scratch.cli("audit")[0] == 1


@pytest.mark.parametrize("harm", ["part", "header", "index"])
def test_an_erasure_that_the_log_did_not_seal_is_refused(scratch, harm):
    scratch.run(WRITE + ERASE)
    first, *_ = sorted((scratch.home / "log/erasures").iterdir(), key=lambda path: int(path.name))
    if harm == "index":
        shutil.copytree(first, first.with_name("0"))
    else:
        path = first / ("act.json" if harm == "header" else "part-erasure.json")
        path.write_bytes(path.read_bytes().replace(b'"until"', b'"Until"', 1).replace(b'"v":1', b'"v":2'))
    status, said = scratch.cli("restore")
    assert status == 1
    assert "is no erasure that the log sealed" in said
