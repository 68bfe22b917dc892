"""kill -9 at every step of a seal, in a process of its own: no act is lost, no index given twice, no past forked."""

import pytest

from tests.kernel.scratch import copied

STEPS = ("staged", "swapped", "tiled", "committed", "published", "settled")
"""Every step that a sealer takes: `test_sealer` sees to it that there is no other."""
BEFORE = """
    for n in range(3):
        place(SYSTEM, reason=str(n), cell=cell)
    sealer.seal_once()
    for n in range(300):
        place(SYSTEM, reason=f"pending {n}", cell=cell)
"""
KILLED = """
    import signal
    killed = open_sealer(lambda step: os.kill(os.getpid(), signal.SIGKILL) if step == STEP else None)
    killed.seal_once()
    killed.settle()
    print("not reached")
"""
AFTER = """
    place(SYSTEM, reason="after", cell=cell)
    sealed = sealer.seal_once() + sealer.seal_once()
    report = audit(parts=True)
    print(json.dumps({
        "leaves": Leaf.objects.count(), "acts": Act.objects.count(), "pending": Pending.objects.count(), "sealed": sealed,
        "findings": [finding.line("en") for finding in report.findings],
        "staging": (settings.HOME / "log" / "staging").exists(),
    }))
"""


@pytest.fixture(scope="module")
def waiting(template, tmp_path_factory):
    """Three acts are sealed, three hundred wait for their seal: made once, to be copied."""
    made = copied(template, tmp_path_factory.mktemp("waiting"), "waiting")
    made.run(BEFORE)
    return made


@pytest.fixture
def scratch(waiting, tmp_path, request):
    return copied(waiting, tmp_path, request.node.nodeid)


@pytest.mark.parametrize("step", STEPS)
def test_a_sealer_that_is_killed_leaves_a_log_that_goes_on(scratch, step):
    killed = scratch.run(KILLED.replace("STEP", repr(step)), status=-9)
    assert killed is None
    after = scratch.run(AFTER)
    assert after["findings"] == []
    assert after["leaves"] == after["acts"] == 304
    assert (after["pending"], after["staging"]) == (0, False)


def test_the_state_between_is_told_by_the_audit_and_mended_by_the_next_seal(scratch):
    scratch.run(KILLED.replace("STEP", "'swapped'"), status=-9)
    between = scratch.run("print(json.dumps([finding.line('en') for finding in audit().findings]))")
    assert any("start the sealer if a seal was interrupted" in line for line in between)
    assert scratch.cli("restore")[0] == 0
    assert scratch.cli("audit")[0] == 0


SHARED = """
    from opposable.kernel import guards
    from opposable.kernel.models import Act
    for n in range(60):
        lift(SYSTEM, hold=place(SYSTEM, reason=str(n), count=1 + n % 3, cell=cell).result)
    sealer.seal_once()

    def found(jobs):
        report = audit(parts=True, jobs=jobs)
        return sorted(finding.line("en") for finding in report.findings), report.counts["acts"], report.counts["rows"]

    before = [found(jobs) for jobs in (1, 2, 3)]
    on = " ON {}" if connection.vendor == "postgresql" else ""
    with guards.writing(), connection.cursor() as cursor:
        for table, change in (("kernel_hold", "reason = 'x'"), ("kernel_act", "actor = 'x'"), ("kernel_leaf", "act_id = -act_id")):
            cursor.execute(f"DROP TRIGGER {table}_no_update{on.format(table)}")
            cursor.execute(f"UPDATE {table} SET {change} WHERE {'act_id' if table == 'kernel_leaf' else 'id'} IN (7, 71)")
        for old, new, number in ((b'"seq":2', b'"seq":3', 0), (b'"prev":"', b'"prev":"0', 1)):
            for act in list(Act.objects.filter(seq=2).order_by("id"))[number::2]:
                changed = bytes(act.header).replace(old, new)
                cursor.execute("UPDATE kernel_act SET header = %s WHERE id = %s", [changed, act.pk])
    print(json.dumps([before, [found(jobs) for jobs in (1, 2, 3)]]))
"""


def test_several_processes_find_what_one_finds(template, tmp_path, request):
    before, after = copied(template, tmp_path, request.node.nodeid).run(SHARED)
    assert before[0][0] == []
    assert before == [before[0]] * 3
    assert {line.partition(":")[0] for line in after[0][0]} >= {"row.state", "act.column", "act.sequence", "act.prev"}
    assert after == [after[0]] * 3
