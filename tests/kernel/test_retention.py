"""What comes due is erased, the log shows that it was due, a hold stops it, and nothing else is touched."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from opposable.kernel import actors, clock, guards, parts, sealing
from opposable.kernel.accounts import log_in
from opposable.kernel.acts import act
from opposable.kernel.buckets import BucketForgotten, Buckets
from opposable.kernel.models import Act, Cell, Hold, Leaf, Member, Part, Reading
from opposable.kernel.retention import cleaning, due, erase_part, erasing, lift_hold, place_hold, run
from opposable.kernel.retention.acts import erase
from opposable.kernel.retention.holds import Held
from opposable.kernel.store import NEVER
from opposable.kernel.system import RetentionClass, law, retention_classes
from opposable.law import NoRuleOnFile, Refused, t
from opposable.ledger.act import Cover, digest, parse_erasure, parse_header, parse_part
from tests.kernel.holds import place

pytestmark = pytest.mark.django_db
SYSTEM = actors.system("tests")
DAY = date(2026, 3, 29)
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
WEEK = timedelta(days=7)
LABEL = t("Essai", "Test")


@act("test.note", label=LABEL, api=False)
def write(a, *, text, keep="tests.week", about=None):
    a.keep(keep)
    if about is not None:
        about.reason = text
        a.record(about)
    a.part("note", {"text": text}, keep=keep)


@pytest.fixture
def cell(log, monkeypatch):
    """A log at noon of the day of the tests, with a retention class of a week, which holds on rows use too."""
    known = retention_classes()
    for name, rule in (("tests.week", ""), ("tests.lawless", "assembly.no.such.rule")):
        monkeypatch.setitem(known, name, RetentionClass(name, LABEL, rule, lambda day: day + WEEK))
    monkeypatch.setattr(Hold.Evidence, "keep", "tests.week")
    with clock.frozen(NOON):
        yield Cell.objects.create(path="/tests/")


def at(days):
    return clock.frozen(NOON + timedelta(days=days))


def note_of(receipt):
    return Part.objects.get(act_id=receipt.act_id, name="note")


def erasures():
    return [sealed.erasure for sealed in erasing.sealed_acts()]


def test_a_part_goes_on_its_day_and_not_before(cell, log):
    receipt = write(SYSTEM, text="x")
    log.seal_once()
    with at(6):
        assert run() == []
        assert parts.read(receipt.act_id, "note") == {"text": "x"}
    with at(7):
        assert "parts erased: 1" in run()
        assert parts.read(receipt.act_id, "note") is None
        assert run() == [], "nothing is left to do"


def test_the_erasure_is_an_act_that_says_what_and_why_it_was_lawful(cell, log):
    write(SYSTEM, text="x")
    place(SYSTEM, reason="another class in between", cell=cell)
    write(SYSTEM, text="y")
    log.seal_once()
    with at(9):
        run()
    first = erasures()[0]
    assert (first.keep, first.earliest_on, first.rule) == ("tests.week", DAY + WEEK, None)
    assert first.names(0, "note")
    assert first.names(2, "note")
    assert not first.names(1, "note"), "only what was erased is covered"
    header = parse_header(bytes(Act.objects.filter(type="kernel.part.erase").first().header))
    assert (header.keep, header.outcome, header.seq) == ("kernel.erasure", "done", 0)


def test_the_rule_of_the_class_is_pinned(cell, log, monkeypatch):
    rule_id = "assembly.keeping.access"
    monkeypatch.setitem(
        retention_classes(), "tests.ruled", RetentionClass("tests.ruled", LABEL, rule_id, lambda day: day + WEEK)
    )
    write(SYSTEM, text="x", keep="tests.ruled")
    with at(7):
        run()
        assert erasures()[0].rule == law().at(rule_id, clock.now().date()).pin()


def test_without_the_rule_on_file_nothing_is_erased(cell):
    receipt = write(SYSTEM, text="x", keep="tests.lawless")
    with at(7):
        assert any(line.startswith("tests.lawless: nothing erased") for line in run())
        with pytest.raises(NoRuleOnFile):
            erase_part(SYSTEM, note_of(receipt))
    assert parts.read(receipt.act_id, "note") == {"text": "x"}


def test_a_class_whose_period_grew_since_is_waited_for(cell, monkeypatch):
    receipt = write(SYSTEM, text="x")
    longer = RetentionClass("tests.week", LABEL, "", lambda day: day + 2 * WEEK)
    monkeypatch.setitem(retention_classes(), "tests.week", longer)
    with at(7):
        assert run() == []
    with at(14):
        assert "parts erased: 1" in run()
        assert erasures()[0].earliest_on == DAY + 2 * WEEK
    assert parts.read(receipt.act_id, "note") is None


def test_the_key_of_the_bucket_is_forgotten(cell, settings):
    receipt = write(SYSTEM, text="x")
    part = note_of(receipt)
    keys = Buckets(settings.HOME)
    assert keys.exists("tests.week", DAY + WEEK)
    with at(7):
        run()
    assert not keys.exists("tests.week", DAY + WEEK)
    with pytest.raises(BucketForgotten):  # what an old backup would give back opens no more
        keys.key(part.keep, part.until)


def test_nothing_is_destroyed_before_its_act_is_sealed(cell, log, monkeypatch):
    receipt = write(SYSTEM, text="x")
    log.seal_once()
    monkeypatch.setattr(sealing, "inline", None)
    with at(7):
        assert any("wait for the sealer" in line for line in run())
        assert parts.read(receipt.act_id, "note") == {"text": "x"}
        assert any("wait for the sealer" in line for line in run()), "and no second act is written"
    assert Act.objects.filter(type="kernel.part.erase").count() == 1
    monkeypatch.setattr(sealing, "inline", log.seal_once)
    with at(8):
        run()
    assert parts.read(receipt.act_id, "note") is None


@pytest.mark.parametrize("step", ["exported", "emptied", "moved", "forgotten", "blanked"])
def test_a_crash_at_any_step_is_finished_by_the_next_run(cell, log, step, settings):
    class Crash(Exception):
        pass

    def crash(name):
        if name == step:
            raise Crash

    login = log_in(SYSTEM, method="password", success=True)
    log.seal_once()
    with clock.frozen(NOON + timedelta(days=400)):
        held = Held.now()
        item = retention_classes()["kernel.access"]
        (found,) = due.parts(item, clock.now().date(), held)
        erase(SYSTEM, keep=found.keep, earliest_on=found.earliest_on, covers=found.covers())
        log.seal_once()
        with pytest.raises(Crash):
            erasing.finish(crash)
        run()
        assert parts.read(login.act_id, "login") is None
        assert Act.objects.get(pk=login.act_id).header is None
        assert not Buckets(settings.HOME).exists("kernel.access", date(2027, 3, 29))
        assert not run()


# --- holds -------------------------------------------------------------------------------------------------------------


def test_a_hold_on_an_object_keeps_its_parts_and_lets_the_others_go(cell, log, settings):
    row, other = (place(SYSTEM, reason=name, cell=cell).result for name in ("row", "other"))
    kept, gone = (write(SYSTEM, text=one.reason, about=one) for one in (row, other))
    (hold,) = place_hold(SYSTEM, objs=[row.uid], reason="litigation").result
    with at(7):
        assert "parts erased: 1" in run()
        assert parts.read(gone.act_id, "note") is None
        assert parts.read(kept.act_id, "note") == {"text": "row"}
        assert not Buckets(settings.HOME).exists("tests.week", DAY + WEEK), "backups of the others are unreadable"
        assert note_of(kept).until is None
    with at(8):
        lift_hold(SYSTEM, hold=hold)
        assert "parts erased: 1" in run()
        assert erasures()[-1].earliest_on == DAY + WEEK
        assert parts.read(kept.act_id, "note") is None


def test_a_hold_reaches_what_an_act_did_to_several_objects(cell):
    receipt = place(SYSTEM, reason="x", count=3, cell=cell)
    held = Member.objects.filter(act_id=receipt.act_id).last().obj
    place_hold(SYSTEM, objs=[held], reason="litigation")
    with clock.frozen(NOON + timedelta(days=400)):
        run()
        assert parts.read(receipt.act_id, "note") == {"reason": "x"}


def test_a_hold_on_a_class_stops_all_of_it(cell, settings):
    receipt = write(SYSTEM, text="x")
    (hold,) = place_hold(SYSTEM, retention_class="tests.week", reason="investigation").result
    Reading.objects.create(at=clock.now(), actor="a" * 32, obj="b" * 32, what="x")
    with at(7):
        assert run() == []
        assert Buckets(settings.HOME).exists("tests.week", DAY + WEEK)
        lift_hold(SYSTEM, hold=hold)
        assert "parts erased: 1" in run()
    assert parts.read(receipt.act_id, "note") is None


def test_a_hold_placed_after_the_act_and_before_the_destruction_wins(cell, log, monkeypatch):
    row = place(SYSTEM, reason="x", cell=cell).result
    receipt = write(SYSTEM, text="y", about=row)
    log.seal_once()
    monkeypatch.setattr(sealing, "inline", None)
    with at(7):
        run()
        (hold,) = place_hold(SYSTEM, objs=[row.uid], reason="in time").result
        monkeypatch.setattr(sealing, "inline", log.seal_once)
        run()
        assert parts.read(receipt.act_id, "note") == {"text": "y"}
        lift_hold(SYSTEM, hold=hold)
        run()
        assert parts.read(receipt.act_id, "note") is None


@pytest.mark.parametrize(
    "kwargs", [{}, {"objs": ["a" * 32], "retention_class": "tests.week"}, {"retention_class": "?"}]
)
def test_a_hold_says_what_it_is_on(cell, kwargs):
    with pytest.raises(Refused) as refused:
        place_hold(SYSTEM, reason="x", **kwargs)
    assert refused.value.code == "hold.what"


def test_a_hold_is_lifted_once(cell):
    (hold,) = place_hold(SYSTEM, objs=["a" * 32], reason="x").result
    lift_hold(SYSTEM, hold=hold)
    with pytest.raises(Refused, match="déjà levé"):
        lift_hold(SYSTEM, hold=hold)


def test_who_may_not_approve_places_no_hold_and_erases_nothing(cell, django_user_model):
    stranger = django_user_model.objects.create_user("a@b.example", "x", name="A").actor
    receipt = write(SYSTEM, text="x")
    for attempt in (
        partial(place_hold, stranger, objs=["a" * 32], reason="x"),
        partial(erase_part, stranger, note_of(receipt), ground="mine"),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code == "access.denied"


# --- one part ------------------------------------------------------------------------------------------------------------


def test_one_part_is_erased_before_its_day_on_a_stated_ground(cell):
    first, second = write(SYSTEM, text="x"), write(SYSTEM, text="y")
    with pytest.raises(Refused) as refused:
        erase_part(SYSTEM, note_of(first))
    assert refused.value.code == "erasure.early"
    receipt = erase_part(SYSTEM, note_of(first), ground="RGPD, art. 17, §1, d")
    assert parts.read(first.act_id, "note") is None
    assert parts.read(second.act_id, "note") == {"text": "y"}
    assert parts.every(receipt.act)["ground"]["class_lets_on"] == (DAY + WEEK).isoformat()
    assert erasures()[0].earliest_on == DAY


def test_a_part_that_is_held_or_a_proof_is_not_erased_on_any_ground(cell):
    row = place(SYSTEM, reason="x", cell=cell).result
    receipt = write(SYSTEM, text="y", about=row)
    place_hold(SYSTEM, objs=[row.uid], reason="litigation")
    with pytest.raises(Refused) as refused:
        erase_part(SYSTEM, note_of(receipt), ground="z")
    assert refused.value.code == "erasure.held"
    proof = erase_part(SYSTEM, note_of(write(SYSTEM, text="z")), ground="z").act.parts.get(name="erasure")
    with pytest.raises(Refused) as refused:
        erase_part(SYSTEM, proof, ground="z")
    assert refused.value.code == "erasure.proof"


def test_a_part_whose_act_is_not_sealed_cannot_be_named_yet(cell, monkeypatch):
    receipt = write(SYSTEM, text="x")
    monkeypatch.setattr(sealing, "inline", None)
    with pytest.raises(LookupError, match="sealer"):
        erase_part(SYSTEM, note_of(receipt), ground="z")


# --- headers -----------------------------------------------------------------------------------------------------------


def test_of_an_act_that_is_erased_whole_only_the_entry_is_left(cell, log):
    receipt = log_in(SYSTEM, method="password", success=True, email="someone@example.org")
    log.seal_once()
    with clock.frozen(NOON + timedelta(days=365)):
        assert "acts erased: 1" in run()
    done = Act.objects.get(pk=receipt.act_id)
    assert {name: getattr(done, name) for name in erasing.BLANK} == erasing.BLANK
    assert bytes(done.entry).hex() == receipt.entry
    assert not done.parts.exists()
    assert Leaf.objects.get(act=done).index == 0
    last = erasures()[-1]
    assert last.names(0, "header")
    assert log._compare_whole_past(log.store.get()) is None


def test_the_header_waits_for_the_last_part(cell):
    @act("test.two-parts", label=LABEL, api=False)
    def two(a):
        a.keep("tests.week")
        a.part("short", 1, keep="tests.week")
        a.part("long", 2, keep="kernel.access")

    receipt = two(SYSTEM)
    with at(8):
        assert run() == ["parts erased: 1", *cleaned()]
        assert parse_header(bytes(Act.objects.get(pk=receipt.act_id).header)).type == "test.two-parts"
    with clock.frozen(NOON + timedelta(days=365)):
        run()
        assert Act.objects.get(pk=receipt.act_id).header is None


def cleaned():
    return cleaning.clean()


def test_the_skeleton_of_an_object_lives_as_long_as_the_object(cell):
    receipt = place(SYSTEM, reason="x", count=2, cell=cell)
    second = write(SYSTEM, text="y", about=receipt.result)
    with clock.frozen(NOON + timedelta(days=400)):
        run()
    for one in (receipt, second):
        assert Act.objects.get(pk=one.act_id).header is not None
        assert parts.read(one.act_id, "note") is None
    assert parts.read(receipt.act_id, "objects")["size"] == 2
    assert Member.objects.filter(act_id=receipt.act_id).count() == 2


# --- rows --------------------------------------------------------------------------------------------------------------


@pytest.fixture
def scrubbing(monkeypatch):
    def scrub(row):
        row.reason = ""

    monkeypatch.setattr(Hold, "scrub", scrub, raising=False)


def test_a_row_that_can_be_scrubbed_is_scrubbed_by_an_act(cell, log, scrubbing):
    receipt = place(SYSTEM, reason="someone", count=2, cell=cell)
    row = receipt.result
    old_salt, old_post = row.salt, parse_header(bytes(receipt.act.header)).post
    with at(7):
        assert "rows scrubbed: 2" in run()
    row.refresh_from_db()
    done = Act.objects.get(entry=bytes.fromhex(row.head))
    assert (row.reason, row.seq, done.type) == ("", 2, "kernel.row.scrub")
    assert row.salt != old_salt, "or the former state could be guessed from its digest"
    assert digest(row.state_part(2)) in {parse_header(bytes(done.header)).post, *_posts(done)}
    assert digest(row.state_part(1)) != old_post


def _posts(done):
    return Member.objects.filter(act=done).values_list("post", flat=True)


def test_after_the_scrub_the_history_goes_and_the_last_word_stays(cell, log, scrubbing):
    receipt = place(SYSTEM, reason="someone", count=2, cell=cell)
    with at(7):
        run()
    with clock.frozen(NOON + timedelta(days=400)):
        run()
    assert Act.objects.get(pk=receipt.act_id).header is None
    assert not Member.objects.filter(act_id=receipt.act_id).exists()
    last = Act.objects.get(entry=bytes.fromhex(Hold.objects.first().head))
    assert parse_header(bytes(last.header)).prev == receipt.entry
    with clock.frozen(NOON + timedelta(days=900)):
        run()
    assert Act.objects.get(pk=last.pk).header is not None
    assert Hold.objects.filter(seq=2).count() == 2, "and nothing is scrubbed twice"


def test_a_held_row_is_not_scrubbed(cell, scrubbing):
    row = place(SYSTEM, reason="someone", cell=cell).result
    place_hold(SYSTEM, objs=[row.uid], reason="litigation")
    with at(7):
        run()
    row.refresh_from_db()
    assert row.reason == "someone"


# --- the journal of readings ---------------------------------------------------------------------------------------------


def test_readings_are_purged_after_a_year_unless_held(cell):
    for obj, days in (("a" * 32, 0), ("b" * 32, 0), ("a" * 32, 1)):
        Reading.objects.create(at=NOON + timedelta(days=days), actor="c" * 32, obj=obj, what="page")
    place_hold(SYSTEM, objs=["b" * 32], reason="litigation")
    with clock.frozen(datetime(2027, 3, 29, 1, tzinfo=UTC)):
        assert "readings purged: 1" in run()
    assert sorted(Reading.objects.values_list("obj", flat=True)) == ["a" * 32, "b" * 32]


# --- the walls ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE kernel_act SET header = NULL, until = NULL, type = '', actor = '', obj = '', seq = 0, outcome = '', rule = '', keep = ''",
        "UPDATE kernel_part SET name = 'other'",
        "DELETE FROM kernel_part",
        "DELETE FROM kernel_leaf",
    ],
)
def test_the_triggers_let_nothing_else_through(cell, log, sql):
    log_in(SYSTEM, method="password", success=True)
    log.seal_once()
    with pytest.raises(IntegrityError, match="opposable"), transaction.atomic(), guards.writing():
        connection.cursor().execute(sql)


def test_what_is_kept_without_end_has_the_bucket_without_end(cell, settings):
    receipt = place(SYSTEM, reason="x", count=2, cell=cell)
    part = Part.objects.get(act_id=receipt.act_id, name="objects")
    assert (part.keep, part.until) == ("tests.week", None)
    assert Buckets(settings.HOME).exists("tests.week", NEVER)


def test_the_list_of_erasures_lies_beside_the_log(cell, settings):
    write(SYSTEM, text="x")
    with at(7):
        run()
    for sealed in erasing.sealed_acts():
        place_ = erasing.folder(settings.HOME) / str(sealed.index)
        header = parse_header((place_ / "act.json").read_bytes())
        part = (place_ / "part-erasure.json").read_bytes()
        assert digest(part) == header.parts["erasure"]
        assert parse_erasure(parse_part(part).data) == sealed.erasure


def test_ranges_are_exact():
    found = due.Due("x")
    for index in (1, 2, 3, 7):
        found.add("a", index, DAY)
    for index in (1, 2, 3):
        found.add("b", index, DAY)
    assert found.covers() == [Cover(1, 4, frozenset("ab")), Cover(7, 8, frozenset("a"))]
    assert found.count == 7


# --- the disk ----------------------------------------------------------------------------------------------------------

SCRUBBED = """
    Hold.Evidence.keep = "kernel.access"
    Hold.scrub = lambda row: setattr(row, "reason", "")
"""
WRITE = """
    with clock.frozen(NOON):
        login = accounts.log_in(SYSTEM, method="password", success=True, email="somebody@secret.example")
        place(SYSTEM, reason="words of somebody", cell=cell)
        sealer.seal_once()
    connection.close()
    print(json.dumps(bytes(login.act.header)[-90:-20].decode()))
"""
RUN = """
    with clock.frozen(NOON + 400 * DAY):
        said = retention.run()
        print(json.dumps([said, retention.run(), [finding.line("en") for finding in audit(parts=True).findings]]))
"""


def places(folder, secret):
    """Where the bytes are found, keys and all."""
    return {path.name for path in folder.rglob("*") if path.is_file() and secret.encode() in path.read_bytes()}


def test_no_byte_of_what_was_erased_is_left_on_the_disk(scratch, tmp_path):
    if scratch.database:
        return  # the server's files are looked through below
    header = scratch.run(SCRUBBED + WRITE)
    scratch.back_up("backup.sqlite3")
    assert places(tmp_path, "somebody@secret.example") == set(), "parts never lie open"
    assert places(tmp_path, "words of somebody") == {"db.sqlite3", "backup.sqlite3"}
    assert places(tmp_path, header) == {"db.sqlite3", "backup.sqlite3"}
    said, again, findings = scratch.run(SCRUBBED + RUN)
    assert {"rows scrubbed: 1", "parts erased: 2", "acts erased: 2"} <= set(said)
    assert (again, findings) == ([], [])
    # columns and headers lie open in a backup that was made before: it is a copy, and has to be forgotten itself
    assert places(tmp_path, "words of somebody") == {"backup.sqlite3"}
    assert places(tmp_path, header) == {"backup.sqlite3"}
    assert not (scratch.home / "db.sqlite3-wal").exists() or (scratch.home / "db.sqlite3-wal").stat().st_size == 0


OPEN = """
import sqlite3, sys
site = sqlite3.connect(sys.argv[1])
site.execute("SELECT count(*) FROM kernel_act").fetchall()
print("open", flush=True)
sys.stdin.read()
"""


def test_the_journal_of_a_database_that_others_have_open_holds_no_byte_of_what_was_erased(scratch):
    """As long as a site has the database open, its journal (WAL) stays: the erasure itself empties it."""
    if scratch.database:
        return  # the server's files are looked through below
    command = [
        sys.executable,
        "-c",
        OPEN,
        scratch.home / "db.sqlite3",
    ]  # a process of its own: reading files lets go of locks
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as site:
        assert site.stdout.readline() == "open\n"
        header = scratch.run(SCRUBBED + WRITE)
        assert "db.sqlite3-wal" in places(scratch.home, "words of somebody"), "the search finds what is there"
        said, again, findings = scratch.run(SCRUBBED + RUN)
        assert "acts erased: 2" in said
        assert (again, findings) == ([], [])
        assert (scratch.home / "db.sqlite3-wal").exists()
        assert places(scratch.home, "words of somebody") == places(scratch.home, header) == set()
        site.stdin.close()


PLAIN = ("somebody@secret.example", "words of somebody")


@pytest.mark.pg
def test_no_byte_of_what_was_erased_is_left_in_the_server_s_files(scratch):
    """The server of this leg was started here, so that its files, its journal and a dump can be read. Parts never lie open in any."""
    header = scratch.run(SCRUBBED + WRITE)
    scratch.back_up("backup")
    before = {secret: scratch.server_places(secret) for secret in (*PLAIN, header)}
    assert before[PLAIN[0]] == set(), "parts never lie open: not in tables, journal or dump"
    for secret in before.keys() - {PLAIN[0]}:
        assert before[secret] >= {"tables", "dump"}, "the search finds what is there"
    said, again, findings = scratch.run(SCRUBBED + RUN.replace("retention.run()", "retention.run(thorough=True)", 1))
    assert {"rows scrubbed: 1", "parts erased: 2", "acts erased: 2"} <= set(said)
    assert (again, findings) == ([], [])
    for secret in (*PLAIN, header):
        # columns and headers stay in the journal until its segments are written over, as the threat model says
        assert scratch.server_places(secret) <= {"journal"}, secret
    assert scratch.server_places(PLAIN[0]) == set()


def test_cleaning_rewrites_the_tables_when_it_is_asked_to(scratch):
    assert scratch.run("print(json.dumps(retention.run(thorough=True)))") == []
    assert scratch.run("from opposable.kernel.retention import cleaning; print(json.dumps(cleaning.clean()))") == []
