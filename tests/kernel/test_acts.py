"""Acts: one transaction, one leaf, also when refused; nobody writes beside them."""

import pytest
from django.db import IntegrityError, connection, transaction

from opposable.kernel import actors, anchors, clock, guards, parts
from opposable.kernel.acts import REGISTRY, act
from opposable.kernel.models import Act, Cell, Hold, Member, Part, Pending
from opposable.law import Refused, t
from opposable.ledger.act import digest, parse_header
from tests.kernel.holds import LABEL, lift, place

pytestmark = pytest.mark.django_db
SYSTEM = actors.system("tests")


@act("test.hold.late", label=LABEL, api=False)
def late(a, *, cell):
    hold = Hold(cell=cell, reason="late", since=a.now)
    a.record(hold)
    a.refuse(Refused(t("Trop tard.", "Too late."), None, "late"))
    return hold


@act("test.hold.under-a-rule", label=LABEL, api=False)
def under_a_rule(a, *, cell):
    a.record(Hold(cell=cell, reason="x", since=a.now))
    a.cite(a.law("assembly.form.deadline-electronic", a.now.date()))


@act("test.stranger", label=LABEL, api=False)
def need(a, *, hold):
    a.require("write", hold)


@pytest.fixture
def cell(log):
    return Cell.objects.create(path="/tests/")


def test_an_act_writes_its_row_its_leaf_and_its_parts(cell):
    receipt = place(SYSTEM, reason="litigation", cell=cell)
    done = receipt.act
    header = parse_header(bytes(done.header))
    assert digest(bytes(done.header)) == receipt.entry == receipt.result.head == bytes(done.entry).hex()
    assert (header.seq, header.prev, header.obj) == (1, "", receipt.result.uid)
    assert header.post == digest(receipt.result.state_part(1))
    assert parts.read(done.pk, "note") == {"reason": "litigation"}
    assert header.at == clock.utc(done.at)
    assert Pending.objects.count() == 1
    assert receipt.index is None


@pytest.mark.pg
def test_postgresql_prepares_the_statement_of_an_act_once_for_all(cell):
    """A row, the act and its part; a number, a day or nothing at all in a column makes no other statement."""
    kept = "SELECT statement, generic_plans + custom_plans FROM pg_prepared_statements WHERE statement LIKE 'WITH s0 AS (%'"
    with connection.cursor() as cursor:
        cursor.execute(kept)
        before = dict(cursor.fetchall())
        for number in range(3):
            place(SYSTEM, reason=f"litigation {number}", cell=cell)
        cursor.execute(kept)
        after = dict(cursor.fetchall())
    assert [count - before.get(name, 0) for name, count in after.items() if count != before.get(name)] == [3]
    assert Part.objects.filter(name="note").count() == 3


def test_nothing_of_a_part_lies_open_in_the_database(cell):
    place(SYSTEM, reason="secret word", cell=cell)
    part = Part.objects.get(name="note")
    assert b"secret" not in bytes(part.cipher) + bytes(part.wrapped)
    assert b"secret" not in bytes(part.act.header)


def test_the_second_act_of_an_object_names_the_first(cell):
    first = place(SYSTEM, reason="x", cell=cell)
    second = lift(SYSTEM, hold=first.result)
    header = parse_header(bytes(second.act.header))
    assert (header.seq, header.prev) == (2, first.entry)


def test_a_refusal_is_an_act_and_leaves_nothing_else(cell):
    first = place(SYSTEM, reason="x", cell=cell)
    with pytest.raises(Refused) as refused:
        lift(SYSTEM, hold=first.result, well=False)
    done = refused.value.receipt.act
    header = parse_header(bytes(done.header))
    assert (done.outcome, header.seq, header.obj) == ("refused", 0, first.result.uid)
    assert parts.read(done.pk, "why")[0]["code"] == "test.no"
    assert parts.read(done.pk, "asked") == "lift"
    assert Hold.objects.get().lifted_at is None


def test_a_late_thing_is_kept_as_late(cell):
    receipt = late(SYSTEM, cell=cell)
    assert receipt.outcome == "refused"
    assert parse_header(bytes(receipt.act.header)).seq == 1
    assert Hold.objects.count() == 1


def test_access_denied_is_recorded(cell, django_user_model):
    hold = place(SYSTEM, reason="x", cell=cell).result
    stranger = django_user_model.objects.create_user("a@b.example", "x", name="A")
    with pytest.raises(Refused) as refused:
        need(stranger.actor, hold=hold)
    assert refused.value.code == "access.denied"
    assert Act.objects.get(outcome="refused").actor == stranger.uid


@pytest.mark.parametrize("count", [2, 30])
def test_an_act_on_several_objects_commits_to_each(cell, count):
    receipt = place(SYSTEM, reason="x", count=count, cell=cell)
    data = parts.read(receipt.act_id, "objects")
    assert data["size"] == count == Member.objects.filter(act_id=receipt.act_id).count() == Hold.objects.count()
    for hold in Hold.objects.all():
        assert Member.objects.get(obj=hold.uid).post == digest(hold.state_part(1))


@pytest.mark.parametrize(
    "write",
    [
        lambda: Hold.objects.update(reason="y"),
        lambda: Hold.objects.first().save(),
        lambda: Hold.objects.all().delete(),
        lambda: Hold.objects.bulk_create([Hold(cell=Cell.objects.first(), reason="z", since=clock.now())]),
        lambda: Act.objects.update(type="x.y"),
        lambda: Part.objects.all().delete(),
        lambda: Pending.objects.all()._raw_delete("default"),
    ],
)
def test_nobody_writes_beside_the_acts(cell, write):
    place(SYSTEM, reason="x", cell=cell)
    with pytest.raises(guards.WriteOutsideAct), transaction.atomic():
        write()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE kernel_hold SET reason = 'y'",
        "UPDATE kernel_hold SET reason = 'y', seq = seq + 2",
        "UPDATE kernel_hold SET reason = 'y', seq = seq - 1",
        "UPDATE kernel_hold SET uid = 'x', seq = seq + 1",
        "DELETE FROM kernel_hold",
        "UPDATE kernel_act SET type = 'x.y'",
        "UPDATE kernel_act SET header = entry",
        "UPDATE kernel_act SET header = NULL",
        "UPDATE kernel_act SET entry = header",
        "UPDATE kernel_act SET until = NULL",
        "DELETE FROM kernel_act",
        "UPDATE kernel_part SET digest = cipher",
        "UPDATE kernel_part SET name = 'x'",
        "UPDATE kernel_part SET keep = 'x'",
        "DELETE FROM kernel_part",
        "UPDATE kernel_member SET post = ''",
        "DELETE FROM kernel_member",
        'UPDATE kernel_leaf SET "index" = 9',
        "UPDATE kernel_leaf SET act_id = 9",
        "DELETE FROM kernel_leaf",
        "UPDATE kernel_seal SET root = ''",
        "DELETE FROM kernel_seal",
        "UPDATE kernel_anchor SET tsa = ''",
        "DELETE FROM kernel_anchor",
        "UPDATE kernel_citedrule SET data = ''",
        "DELETE FROM kernel_citedrule",
    ],
)
def test_triggers_hold_where_the_guard_is_not(cell, log, sql):
    place(SYSTEM, reason="x", count=2, cell=cell)
    under_a_rule(SYSTEM, cell=cell)
    log.seal_once()
    anchors.anchor()
    with pytest.raises(IntegrityError, match="opposable"), transaction.atomic(), guards.writing():
        connection.cursor().execute(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE /* all */ FROM kernel_hold",
        "delete\n  from only kernel_hold",
        'DELETE FROM "public"."kernel_pending"',
        "DELETE FROM main.kernel_pending",
        "UPDATE OR REPLACE kernel_act SET type = 'x'",
        "UPDATE `kernel_act` SET type = 'x'",
        "UPDATE -- a comment\n kernel_act SET type = 'x'",
        "WITH gone AS (DELETE FROM kernel_pending RETURNING act_id) SELECT * FROM gone",
        "EXPLAIN ANALYZE DELETE FROM kernel_pending",
        "SELECT 1; DELETE FROM kernel_pending",
        "MERGE INTO kernel_part USING kernel_act ON true WHEN MATCHED THEN DELETE",
        "COPY kernel_leaf FROM STDIN",
        "TRUNCATE kernel_pending",
        "REPLACE INTO kernel_hold SELECT * FROM kernel_hold",
        "INSERT OR REPLACE INTO kernel_part SELECT * FROM kernel_part",
    ],
)
def test_the_guard_sees_through_the_ways_of_writing_sql(cell, sql):
    with pytest.raises(guards.WriteOutsideAct), transaction.atomic():
        connection.cursor().execute(sql)


def test_the_guard_lets_through_what_only_reads_the_log(cell):
    with connection.cursor() as cursor:
        for sql in (
            "SELECT * FROM kernel_act WHERE type = 'a.update kernel_act'",
            "CREATE TEMPORARY TABLE mine (id integer)",
        ):
            cursor.execute(sql)
        cursor.execute("INSERT INTO mine SELECT id FROM kernel_act")
        cursor.execute("DELETE FROM mine WHERE id IN (SELECT act_id FROM kernel_pending)")


@pytest.mark.parametrize("table", ["kernel_act", "kernel_part", "kernel_hold", "kernel_leaf", "kernel_seal"])
def test_a_row_is_not_replaced_past_the_triggers(cell, log, table):
    """REPLACE takes away the row that is in its way, and SQLite asks no trigger about it unless it is told to."""
    if connection.vendor != "sqlite":
        return  # PostgreSQL has no REPLACE
    place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic(), guards.writing():
        connection.cursor().execute(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")


def test_a_row_changed_meanwhile_is_read_anew(cell):
    hold = place(SYSTEM, reason="x", cell=cell).result
    twin = Hold.objects.get()
    lift(SYSTEM, hold=hold)
    assert lift(SYSTEM, hold=twin).result.seq == 3


def test_an_act_is_no_part_of_somebody_else_s_transaction(cell):
    """It would be undone with it, after its author was given a receipt."""
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        place(SYSTEM, reason="x", cell=cell)
    assert Act.objects.count() == 0


def test_two_functions_cannot_claim_one_act():
    assert "test.hold.place" in REGISTRY
    with pytest.raises(RuntimeError, match="two functions"):
        act("test.hold.place", label=LABEL)(lambda _a: None)


def test_a_part_needs_a_declared_retention_class(cell):
    @act("test.undeclared", label=LABEL, api=False)
    def undeclared(a):
        a.part("x", 1, keep="nobody.knows")

    with pytest.raises(LookupError, match="no retention class"):
        undeclared(SYSTEM)
