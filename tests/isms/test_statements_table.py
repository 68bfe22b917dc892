"""The table that is taken away comes back: filled in, refused line by line, decided."""

import pytest

from opposable.kernel import clock
from opposable.systems.isms import acts
from opposable.systems.isms.commands import run
from opposable.systems.isms.exchange import downloads, tables
from opposable.systems.isms.exchange.statements import read_statement
from opposable.web.export import xlsx_bytes
from tests.isms.story import CONSOLE, NOW, decide_all, found

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft(log):
    with clock.frozen(NOW):
        scope, _ = found()
        acts.add_control(CONSOLE, scope=scope, ref="M-1", title="x", status="implemented")
        yield acts.draft_statement(CONSOLE, scope=scope).result


def test_what_is_exported_reads_back_as_it_stands(draft):
    decide_all(draft)
    refs = {"M-1": "u"}
    lines, faults = read_statement(tables.read_table(downloads.xlsx(draft)), draft.book, refs)
    assert faults == []
    assert len(lines) == 93
    assert {(one.applicable, one.reasons, one.status, one.owner) for one in lines} == {
        (True, ("BP",), "implemented", "Léa Morel")
    }


def test_lines_that_do_not_read_are_said_and_nothing_is_decided(draft, tmp_path, capsys):
    titles = [name.fr for name in downloads.COLUMNS]
    rows = [
        ["5.1", "", "", "retenue", "BP", "j", "en place", "Léa", "M-1"],
        ["5.2", "", "", "", "", "", "", "", ""],
        ["5.3", "", "", "peut-être", "", "", "", "", ""],
        ["5.4", "", "", "retenue", "ZZ", "", "en place", "", ""],
        ["5.5", "", "", "retenue", "BP", "", "presque", "", ""],
        ["5.6", "", "", "included", "BP", "", "implemented", "", "M-9"],
        ["9.9", "", "", "exclue", "", "", "", "", ""],
    ]
    path = tmp_path / "s.xlsx"
    path.write_bytes(xlsx_bytes(titles, rows))
    assert run(["import-statement", str(path)]) == 1
    said = capsys.readouterr().err
    assert [line.split(",")[0] for line in said.splitlines()[:5]] == ["line 4", "line 5", "line 6", "line 7", "line 8"]
    assert not draft.lines.exclude(applicable=None).exists()
    path.write_bytes(xlsx_bytes(titles, rows[:2]))
    assert run(["import-statement", str(path)]) == 0
    line = draft.lines.get(requirement="5.1")
    assert (line.applicable, line.owner, len(line.controls)) == (True, "Léa", 1)
    path.write_bytes(xlsx_bytes(["a", "b"], [["1", "2"]]))
    assert run(["import-statement", str(path)]) == 1


def test_json_nested_without_end_is_said_not_to_read(draft, tmp_path, capsys):
    (tmp_path / "deep.json").write_bytes(b"[" * 100_000)
    assert run(["import-oscal", str(tmp_path / "deep.json")]) == 1
    assert "does not read" in capsys.readouterr().err
