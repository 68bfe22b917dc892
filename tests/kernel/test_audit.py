"""The tamper campaign: whatever is changed behind the software's back is found, and the finding says where."""

import re
import sqlite3
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection, models, transaction
from hypothesis import given, strategies as st

from opposable.kernel import actors, anchors, clock, guards, sealing, triggers
from opposable.kernel.accounts import cell as cell_at, give, log_in, root
from opposable.kernel.acts import act
from opposable.kernel.audit import audit
from opposable.kernel.audit.files import Files, check_piece, grow, numbers
from opposable.kernel.audit.report import CHECKS, NOTICES, Report
from opposable.kernel.audit.workers import pieces
from opposable.kernel.checkpoints import NAME
from opposable.kernel.models import (
    Account,
    Act,
    Anchor,
    CitedRule,
    Grant,
    Hold,
    Leaf,
    Member,
    Part,
    Pending,
    Seal,
)
from opposable.kernel.retention import erase_part, place_hold, run
from opposable.kernel.store import buckets
from opposable.law import Decision, Trace, t
from opposable.ledger import tiles
from tests.kept import kept
from tests.kernel.holds import lift, place
from tests.kernel.test_acts import need

pytestmark = pytest.mark.django_db
SYSTEM = actors.system("tests")
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
DAY = timedelta(days=1)
LOG = (Act, Part, Pending, Leaf, Member, Seal, Anchor, CitedRule)
ROWS = (Hold, Grant)
SURROGATES = {(Part, "id"), (Member, "id"), (Hold, "id"), (Grant, "id"), (CitedRule, "id")}
"""Numbers of rows that nothing in the log refers to: changing them changes nothing that is said."""


@act("test.cite", label=t("Essai", "Test"), api=False)
def cite(a, *, hold):
    rule = a.law("assembly.form.deadline-electronic", date(2026, 3, 29))
    a.why(Decision(True, rule, {"n": 1}, Trace()))
    hold.reason = "cited"
    a.record(hold)


@pytest.fixture
def scene(log):
    """Every kind of thing that the log can hold, all of it as it should be; the clock stands at noon."""
    told()
    with clock.frozen(NOON):
        yield log


@kept
def told():
    seal = sealing.inline
    with clock.frozen(NOON - 400 * DAY):
        log_in(SYSTEM, method="password", success=True)
        held = place(SYSTEM, reason="held", cell=cell_at("/tests/")).result
        seal()
        anchors.anchor()
    with clock.frozen(NOON - 390 * DAY):
        place_hold(SYSTEM, objs=[held.uid], reason="litigation")
        seal()
    with clock.frozen(NOON - DAY):
        run()
        first = place(SYSTEM, reason="one", cell=cell_at("/tests/"))
        lift(SYSTEM, hold=place(SYSTEM, reason="two", count=3, cell=cell_at("/tests/")).result)
        seal()
        anchors.anchor()
    with clock.frozen(NOON):
        log_in(SYSTEM, method="password", success=True)
        person = Account.objects.create_user("a@b.example", "x", name="A")
        give(SYSTEM, account=person, role="assembly.auditor", cell=root())
        with pytest.raises(Exception, match="habilitations"):
            need(person.actor, hold=first.result)
        cite(SYSTEM, hold=first.result)
        seal()
        erase_part(SYSTEM, Part.objects.get(act_id=first.act_id, name="note"), ground="RGPD, art. 17")
        place(SYSTEM, reason="pending", cell=cell_at("/tests/"))


class Back(Exception):
    """Ends a tampering: everything is as it was before."""


def on(statement):
    """The table that a trigger is made on."""
    found = re.search(r"CREATE.* TRIGGER .*? ON (\w+)", statement)
    return found and found[1]


def tampered(*statements, check=lambda: audit(parts=True)):
    """The report of an audit after SQL that goes round every guard and leaves each of them in its place."""
    report = None
    try:
        with transaction.atomic(), guards.writing(), connection.cursor() as cursor:
            tables = {re.search(r"(?:UPDATE|FROM|INTO) (kernel_\w+)", sql)[1] for sql, _ in statements}
            made = [
                one
                for one in triggers.statements(connection.vendor, ["kernel_hold", "kernel_grant"])
                if on(one) in tables
            ]
            for name, table in re.findall(r"TRIGGER (\w+) .* ON (\w+)", "\n".join(made)):
                cursor.execute(f"DROP TRIGGER {name}{f' ON {table}' if connection.vendor == 'postgresql' else ''}")
            for sql, params in statements:
                cursor.execute(sql, params)
            for statement in made:
                cursor.execute(statement)
            report = check()
            raise Back  # noqa: TRY301
    except Back:
        pass
    return report


def other(value, field):
    """Another value that the column could hold."""
    match value:
        case None:
            return {models.DateField: date(2031, 1, 1), models.DateTimeField: NOON}.get(type(field), b"x")
        case bool():
            return not value
        case bytes() | memoryview():
            value = bytes(value)
            return bytes([value[0] ^ 1]) + value[1:]
        case datetime():
            return value - 30 * DAY
        case date():
            return value + DAY
        case int():
            return value + 1_000
        case str():
            return value[:-1] + ("0" if value[-1] != "0" else "1") if value else "x"
    raise AssertionError(type(value))


def columns(model):
    """Every column of a model, whatever is added to it later, but for numbers that mean nothing."""
    return [field for field in model._meta.concrete_fields if (model, field.name) not in SURROGATES]


def update(model, field, row, value):
    table, pk = model._meta.db_table, model._meta.pk.column
    name = connection.ops.quote_name
    adapted = field.get_db_prep_value(value, connection) if not field.is_relation else value
    return f"UPDATE {table} SET {name(field.column)} = %s WHERE {name(pk)} = %s", [adapted, row.pk]


def names(finding, model, row, value=None):
    """Whether a finding names the table, and the row (by its number, the one it was given, or its act)."""
    if finding.table == "kernel_act" and model in ROWS:  # a row that lost its name is named by the act that made it
        return finding.check == "row.missing"
    numbers = {row.pk, value, getattr(row, "act_id", None), getattr(row, "row", None)}
    says = {str(number) for number in numbers} | {f"act_id={number}" for number in numbers}
    return finding.table == model._meta.db_table and bool(says & {finding.row, finding.row.split(" ")[0]})


def test_what_is_as_it_should_be_passes(scene):
    report = audit(parts=True)
    assert [finding.line("en") for finding in report.findings] == []
    assert {notice.check for notice in report.notices} == {"act.lawfully-erased", "part.erased", "pending.waiting"}
    counted = {name for name, count in report.counts.items() if count}
    assert counted >= {
        "acts",
        "parts read",
        "seals",
        "anchors",
        "rows",
        "members",
        "tiles",
        "rules",
        "triggers",
        "erasures",
    }


@pytest.mark.parametrize("model", [*LOG, *ROWS])
def test_each_stored_column_is_watched(scene, model):
    rows = list(model._default_manager.order_by("pk"))
    for field in columns(model):
        # the number of the last anchor may grow: nothing is out of order then
        chosen = rows[:1] if model is Anchor and field.name == "id" else (rows[0], rows[len(rows) // 2], rows[-1])
        for row in {one.pk: one for one in chosen}.values():
            value = getattr(row, field.attname)
            if erased(model, row) and value is None:
                continue  # what could be put into the place of what is erased is tried below
            changed = other(value, field)
            report = tampered(update(model, field, row, changed))
            lines = [finding.line("en") for finding in report.findings]
            assert any(names(one, model, row, changed) for one in report.findings), (field.name, row.pk, lines)


def erased(model, row):
    return (model is Act and row.header is None) or (model is Part and row.cipher is None)


@pytest.mark.parametrize("model", [Act, Part])
def test_nothing_disappears_without_an_erasure_act(scene, model):
    for field in (field for field in columns(model) if field.null):
        there = [row for row in model._default_manager.order_by("pk") if getattr(row, field.attname) is not None]
        # of a part that is erased, the day of its bucket says nothing any more
        rows = [row for row in there if not erased(model, row)]
        assert rows, field.name
        for row in rows:
            report = tampered(update(model, field, row, None))
            assert any(names(finding, model, row) for finding in report.findings), (field.name, row.pk)


def test_no_other_column_of_the_log_can_be_empty():
    assert {model for model in LOG for field in model._meta.concrete_fields if field.null} == {Act, Part}


def test_something_put_in_the_place_of_what_was_erased_is_found(scene):
    act_ = Act.objects.get(header=None)
    part = Part.objects.get(cipher=None)
    with connection.cursor():
        for model, row, column, value in (
            (Act, act_, "header", b"{}"),
            (Act, act_, "until", date(2027, 1, 1)),
            (Part, part, "cipher", b"x"),
            (Part, part, "wrapped", b"x"),
        ):
            report = tampered(update(model, model._meta.get_field(column), row, value))
            assert any(names(finding, model, row) for finding in report.findings), (column, report.findings)


@pytest.mark.parametrize("model", [Act, Part, Pending, Leaf, Member, Anchor, CitedRule, Hold, Grant])
def test_a_row_that_is_taken_away_is_missed(scene, model):
    for row in list(model._default_manager.order_by("pk"))[:4]:
        name = connection.ops.quote_name
        report = tampered((f"DELETE FROM {model._meta.db_table} WHERE {name(model._meta.pk.column)} = %s", [row.pk]))
        assert report.findings, row.pk


def test_the_last_seal_and_those_that_are_anchored_are_missed(scene):
    anchored = set(Anchor.objects.values_list("size", flat=True))
    sizes = list(Seal.objects.order_by("size").values_list("size", flat=True))
    for size in anchored & set(sizes) | {sizes[-1]}:
        report = tampered(("DELETE FROM kernel_seal WHERE size = %s", [size]))
        assert {finding.check for finding in report.findings} & {"seal.note", "anchor.note"}


def test_two_leaves_that_change_places_are_named(scene):
    one, two = Leaf.objects.order_by("index")[1:3]
    swap = "UPDATE kernel_leaf SET act_id = %s WHERE act_id = %s"
    report = tampered((swap, [-1, one.act_id]), (swap, [one.act_id, two.act_id]), (swap, [two.act_id, -1]))
    assert {("kernel_leaf", str(one.index)), ("kernel_leaf", str(two.index))} <= {
        (f.table, f.row) for f in report.findings
    }


def test_a_row_that_no_act_made_is_named(scene):
    copy = Hold.objects.first()
    copy.pk, copy.uid, copy._state.adding = 999, "f" * 32, True
    sql = "INSERT INTO kernel_hold (id, uid, salt, seq, head, cell_id, obj, retention_class, reason, since)"
    values = [999, "f" * 32, "0" * 64, 1, "0" * 64, copy.cell_id, "", "", "planted", NOON]
    report = tampered((f"{sql} VALUES ({', '.join(['%s'] * 10)})", values))
    assert [(f.check, f.table, f.row) for f in report.findings] == [("row.unknown", "kernel_hold", "999")]


def test_a_planted_change_is_found_among_many_and_named_alone(scene, log):
    place(SYSTEM, reason="many", count=40, cell=cell_at("/tests/"))
    log.seal_once()
    row = Hold.objects.order_by("pk")[20]
    report = tampered(("UPDATE kernel_hold SET reason = 'changed' WHERE id = %s", [row.pk]))
    assert [(f.check, f.table, f.row) for f in report.findings] == [("row.state", "kernel_hold", str(row.pk))]


@given(st.integers(0, 3_000), st.integers(1, 9))
def test_the_tree_is_shared_out_in_pieces_that_fit(size, jobs):
    cut = pieces(size, jobs)
    assert (len(cut), cut[0][0], cut[-1][1]) == (jobs, 0, size)
    assert all(end == start for (_, end), (start, _) in pairwise(cut))
    entries = memoryview(b"".join(number.to_bytes(32, "big") for number in range(size)))
    tree = grow(entries, *cut[0])
    for piece in cut[1:]:
        tree.attach(grow(entries, *piece))
    assert (len(tree), tree.root()) == (size, grow(entries, 0, size).root())


@pytest.mark.parametrize(("size", "jobs"), [(2_600, 2), (2_600, 3), (1_024, 4), (300, 2)])
def test_files_compared_by_several_are_those_that_one_compares(tmp_path, size, jobs):
    data = [number.to_bytes(32, "big") for number in range(size)]
    files = tiles.extend(lambda _path: b"", 0, data)[2]
    for number, path in enumerate(sorted(files)):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        wrong = bytes([files[path][0] ^ 1]) + files[path][1:]
        if number % 5:  # every fifth is missing, and every third of the others false
            (tmp_path / path).write_bytes(files[path] if number % 3 else wrong)
    entries = memoryview(b"".join(data))
    alone, together = Report(), Report()
    whole = Files(tmp_path, entries, grow(entries, 0, size))
    whole.check(alone, size)
    _, *theirs = pieces(size, jobs)
    whole.check(together, size, [numbers(*piece) for piece in theirs])
    for piece in theirs:
        check_piece(tmp_path, entries, grow(entries, *piece), *piece, together)
    assert {finding.detail for finding in alone.findings} == {"changed", "missing"}
    assert sorted(map(repr, together.findings)) == sorted(map(repr, alone.findings))
    assert together.counts == alone.counts


# --- guards --------------------------------------------------------------------------------------------------------------


def test_a_guard_that_is_gone_or_hollow_is_named(scene):
    on = " ON kernel_part" if connection.vendor == "postgresql" else ""
    hollow = (
        "CREATE TRIGGER kernel_part_no_delete BEFORE DELETE ON kernel_part BEGIN SELECT 1; END"
        if connection.vendor == "sqlite"
        else "CREATE TRIGGER kernel_part_no_delete BEFORE DELETE ON kernel_part FOR EACH ROW"
        " WHEN (OLD.id < 0) EXECUTE FUNCTION opposable_refuse('x')"
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER kernel_part_no_delete{on}")
        assert [(f.check, f.row) for f in audit().findings] == [("trigger.missing", "kernel_part_no_delete")]
        cursor.execute(hollow)
        assert [(f.check, f.table) for f in audit().findings] == [("trigger.changed", "kernel_part")]


@pytest.mark.pg
def test_a_guard_that_is_switched_off_is_named(scene):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE kernel_leaf DISABLE TRIGGER kernel_leaf_no_update")
        assert [f.row for f in audit().findings] == ["kernel_leaf_no_update"]
        cursor.execute("ALTER TABLE kernel_leaf ENABLE TRIGGER kernel_leaf_no_update")
        cursor.execute(
            "CREATE OR REPLACE FUNCTION opposable_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'"
        )
        assert {f.check for f in audit().findings} == {"trigger.changed"}


# --- files ---------------------------------------------------------------------------------------------------------------


def public_files(home):
    return sorted(path for path in (home / "log").rglob("*") if path.is_file())


def test_each_file_of_the_log_is_watched(scene, settings):
    files = public_files(settings.HOME)
    kinds = {path.relative_to(settings.HOME / "log").parts[0] for path in files}
    assert kinds == {"tile", "tokens", "erasures", "checkpoint"}
    for path in files:
        before = path.read_bytes()
        for after in (bytes([before[0] ^ 1]) + before[1:], before[:-1], None)[:: 1 if path.name[0] != "1" else 2]:
            path.write_bytes(after) if after is not None else path.unlink()
            report = audit()
            found = [(f.table, f.row) for f in report.findings]
            path.write_bytes(before)
            if after is None and is_outgrown(path):
                continue  # a log may delete its partial tiles of former sizes
            if after is None and path.suffix == ".pem":
                assert "anchor.token" in {f.check for f in report.findings}, "no token holds without its root"
                continue
            where = path.relative_to(settings.HOME / "log").as_posix()
            assert any(table == "log/" and (row == where or row.endswith(where)) for table, row in found), (
                where,
                found,
            )
    assert audit().ok


def is_outgrown(path):
    width = path.name if path.parent.suffix == ".p" else ""
    return bool(width) and int(width) < max(int(one.name) for one in path.parent.iterdir())


def test_a_file_that_is_not_of_the_log_is_named(scene, settings):
    for name in ("tile/0/000.p/250", "tile/0/001", "tile/7/000.p/1", "tile/readme", "tile/entries/000.p/0"):
        path = settings.HOME / "log" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 32)
        assert any(f.row == name for f in audit().findings), name
        path.unlink()


@pytest.mark.parametrize("name", ["0", "999", "0x1", "readme"])
def test_an_erasure_that_no_act_ordered_is_named(scene, settings, name):
    path = settings.HOME / "log/erasures" / name
    path.mkdir()
    (path / "act.json").write_bytes(b"{}")
    assert [(f.check, f.row) for f in audit().findings] == [("erasure.file", f"log/erasures/{name}")]


@pytest.mark.parametrize("column", ["origin", "size", "root", "note"])
def test_the_checkpoint_store_is_watched(scene, settings, column):
    path = settings.HOME / NAME
    with sqlite3.connect(path) as db:
        before = db.execute(f"SELECT {column} FROM checkpoint").fetchone()[0]
        after = other(before, None) if column != "note" else before.replace("=\n", "A=\n", 1)
        db.execute(f"UPDATE checkpoint SET {column} = ?", (after,))
        db.commit()
        tables = {f.table for f in audit().findings}
        db.execute(f"UPDATE checkpoint SET {column} = ?", (before,))
    db.close()
    assert "checkpoints.sqlite3" in tables
    assert audit().ok


def test_a_store_that_is_gone_is_an_alarm(scene, settings):
    (settings.HOME / NAME).rename(settings.HOME / "moved")
    assert "store.missing" in {f.check for f in audit().findings}


def test_a_database_that_was_rolled_back_is_told_from_a_store_that_was(scene):
    last = Leaf.objects.order_by("-index").first()
    report = tampered(
        ('DELETE FROM kernel_leaf WHERE "index" = %s', [last.index]),
        ("DELETE FROM kernel_seal WHERE size = %s", [last.index + 1]),
    )
    assert any("the database is older" in f.detail for f in report.findings)


def test_a_lost_bucket_key_is_an_alarm_and_a_forgotten_one_is_not(scene, settings):
    part = Part.objects.filter(cipher__isnull=False, until__isnull=False).first()
    buckets(settings.HOME).forget(part.keep, part.until)
    assert {(f.check, f.table) for f in audit().findings} == {("part.key", "kernel_part")}


# --- law -----------------------------------------------------------------------------------------------------------------


def test_an_erasure_before_its_day_without_a_ground_is_an_alarm(log):
    from opposable.kernel.retention.acts import erase
    from opposable.kernel.retention.erasing import finish
    from opposable.ledger.act import Cover

    with clock.frozen(NOON):
        receipt = place(SYSTEM, reason="x", cell=cell_at("/tests/"))
        log.seal_once()
        erase(SYSTEM, keep="kernel.access", earliest_on=NOON.date(), covers=[Cover(0, 1, frozenset(["note"]))])
        log.seal_once()
        finish()
        found = [(f.check, f.row) for f in audit().findings]
    assert found == [("part.early", f"act_id={receipt.act_id} name=note")]


class Unwary(date):
    """A day that a software which was tampered with takes for past."""

    def __gt__(self, other):
        return False


@pytest.mark.parametrize(("days", "until", "said"), [(1, 1, "allowed from"), (0, 9, "later than itself")])
def test_an_erasure_act_that_allows_itself_too_much_covers_nothing(log, days, until, said):
    from opposable.kernel.retention.acts import erase
    from opposable.ledger.act import Cover

    with clock.frozen(NOON):
        place(SYSTEM, reason="x", cell=cell_at("/tests/"))
        log.seal_once()
        day = Unwary.fromordinal(NOON.toordinal() + days)
        receipt = erase(SYSTEM, keep="kernel.access", earliest_on=day, covers=[Cover(0, until, frozenset(["note"]))])
        log.seal_once()
        found = [(f.row, f.detail) for f in audit().findings if f.check == "erasure.form"]
    assert [row for row, _ in found] == [str(receipt.act_id)]
    assert said in found[0][1]


def test_an_act_dated_outside_its_tokens_is_an_alarm(log):
    with clock.frozen(NOON):
        anchors.anchor()
    with clock.frozen(NOON - DAY):
        early = place(SYSTEM, reason="back-dated", cell=cell_at("/tests/"))
    with clock.frozen(NOON + DAY):
        late = place(SYSTEM, reason="post-dated", cell=cell_at("/tests/"))
        log.seal_once()
    with clock.frozen(NOON + timedelta(hours=1)):
        anchors.anchor()
        dates = [(f.check, f.row) for f in audit().findings if f.check == "act.date"]
    assert dates == [("act.date", str(early.act_id)), ("act.date", str(late.act_id))]


def test_every_finding_is_explained_in_both_languages():
    for text in (*CHECKS.values(), *NOTICES.values()):
        assert text.fr
        assert text.en


def test_an_empty_log_passes(log):
    with clock.frozen(NOON):
        log.seal_once()
        assert audit().ok


def test_accounts_are_no_evidence_but_what_grants_say_of_them_is(scene):
    """An account's address is the person's own and may change; whose grant it is may not."""
    other_ = Account.objects.create_user("c@d.example", "x", name="C")
    grant = Grant.objects.get()
    report = tampered(("UPDATE kernel_grant SET account_id = %s WHERE id = %s", [other_.pk, grant.pk]))
    assert [(f.check, f.table, f.row) for f in report.findings] == [("row.state", "kernel_grant", str(grant.pk))]


def test_a_part_that_was_rewritten_is_found_when_parts_are_read(scene):
    one, two = Part.objects.filter(cipher__isnull=False, name="note").order_by("pk")[:2]
    report = tampered(
        (
            "UPDATE kernel_part SET cipher = %s, wrapped = %s WHERE id = %s",
            [bytes(two.cipher), bytes(two.wrapped), one.pk],
        )
    )
    assert [(f.check, f.row) for f in report.findings] == [("part.content", str(one.pk))]


# --- every column of every recorded model ----------------------------------------------------------------------------------

WATCHED_OTHERWISE = {"id", "uid", "salt", "seq", "head"}
"""What the audit compares with the chain and the digest themselves."""


def sample(field, n=0, depth=0):
    """A value that a column could hold; another one for another ``n``."""
    if field.is_relation:
        return made(field.remote_field.model, n, depth + 1)
    values = {
        models.BooleanField: bool(n),
        models.BinaryField: bytes([n]),
        models.DateField: date(2026, 1, 1) + n * DAY,
        models.DateTimeField: NOON + n * DAY,
        models.JSONField: [n],
    }
    if isinstance(field, models.JSONField) and field.has_default() and field.get_default() == {}:
        return {"n": n}
    if isinstance(field, models.IntegerField) and type(field) not in values:
        return n
    if isinstance(field, (models.CharField, models.TextField)):
        return ("%032x" if field.name == "uid" else "%d") % n
    return values[next(kind for kind in type(field).__mro__ if kind in values)]


def made(model, n=0, depth=0):
    row = model.__new__(model)
    model.__init__(row)
    for field in model._meta.concrete_fields:
        if field.is_relation and depth > 2:
            continue
        if field.name != "id":
            setattr(row, field.name, sample(field, n, depth))
    return row


@pytest.mark.parametrize("model", guards.recorded_models(), ids=lambda model: model.__name__)
def test_every_column_is_part_of_the_state(model):
    for field in model._meta.concrete_fields:
        if field.name not in WATCHED_OTHERWISE:
            row = made(model)
            before = row.whole_state()
            setattr(row, field.name, sample(field, 1))
            assert row.whole_state() != before, f"{model.__name__}.{field.name} can be changed without a trace"
