"""Registers as people keep them: merged cells, formulas, words for steps, CSV of every kind; what does not read is said."""

import csv
import io
import zipfile
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opposable.kernel import clock
from opposable.systems.isms import acts
from opposable.systems.isms.exchange import tables
from opposable.systems.isms.exchange.registers import guess, read_risks
from opposable.systems.isms.exchange.tables import TableFault, read_table
from opposable.systems.isms.models import RiskImport, Scenario
from opposable.systems.isms.rules.method import read_method
from opposable.systems.isms.rules.referential import referential
from opposable.web.export import xlsx_bytes
from tests.isms.story import CONSOLE, GRID, NOW, found, person

METHOD, BOOK = read_method(GRID), referential("iso27001-2022")
TITLES = ["N°", "Risque", "Actif", "Propriétaire", "Vraisemblance", "Gravité", "Traitement", "Annexe A"]
LINES = [
    [1, "Vol d’un portable", "Portables", "Claire Roy", 3, "3 - forte", "Réduire", "8.1, A.8.24"],
    [2, "Panne", "Serveur", "", "faible", 4, "Accepter", ""],
]


def csv_of(titles, lines, separator=";", encoding="utf-8"):
    out = io.StringIO()
    csv.writer(out, delimiter=separator).writerows([titles, *lines])
    return out.getvalue().encode(encoding)


def read(data):
    table = read_table(data)
    return read_risks(table, guess(table, METHOD), METHOD, BOOK)


@pytest.mark.parametrize(
    "data",
    [
        csv_of(TITLES, LINES),
        csv_of(TITLES, LINES, ",", "cp1252"),
        csv_of(TITLES, LINES, "\t", "utf-16"),
        xlsx_bytes(TITLES, LINES),
    ],
    ids=["utf-8", "windows", "utf-16", "xlsx"],
)
def test_the_same_register_in_every_dress(data):
    register = read(data)
    assert register.faults == []
    first, second = register.risks
    assert first.ratings == {"current": {"likelihood": 3, "impact": 3}}
    assert (first.asset, first.owner, first.option, first.requirements) == (
        "Portables",
        "Claire Roy",
        "modify",
        ("8.1", "8.24"),
    )
    assert second.ratings == {"current": {"likelihood": 1, "impact": 4}}
    assert second.option == "retain"


def sheet(rows, merged=""):
    """A workbook written by hand: what other programs write and ours does not (banners, merged cells, formulas, days)."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx_bytes(["x"], []))) as plain, zipfile.ZipFile(out, "w") as made:
        for item in plain.infolist():
            data = plain.read(item)
            if item.filename == "xl/worksheets/sheet1.xml":
                head = data.split(b"<sheetData>")[0]
                body = "".join(f'<row r="{n}">{cells}</row>' for n, cells in enumerate(rows, 1))
                data = head + f"<sheetData>{body}</sheetData>{merged}</worksheet>".encode()
            made.writestr(item, data)
    return out.getvalue()


def text(place, words):
    return f'<c r="{place}" t="inlineStr"><is><t>{words}</t></is></c>'


def test_a_banner_merged_cells_and_formulas():
    rows = [
        text("A1", "Registre 2026, confidentiel"),
        text("A2", "Risque") + text("B2", "Actif") + text("C2", "Vraisemblance") + text("D2", "Gravité"),
        text("A3", "Vol") + text("B3", "Portables") + '<c r="C3"><f>1+2</f><v>3</v></c><c r="D3"><v>2</v></c>',
        text("A4", "Perte") + '<c r="C4"><v>1</v></c><c r="D4"><v>1</v></c>',
    ]
    register = read(sheet(rows, '<mergeCells count="2"><mergeCell ref="A1:D1"/><mergeCell ref="B3:B4"/></mergeCells>'))
    assert register.faults == []
    assert [one.asset for one in register.risks] == ["Portables", "Portables"]
    assert register.risks[0].ratings["current"] == {"likelihood": 3, "impact": 2}


def test_each_line_that_does_not_read_is_said_with_its_number():
    lines = [
        [1, "", "A", "", 1, 1, "", ""],
        [2, "B", "A", "", 9, 1, "", ""],
        [3, "C", "A", "", 1, "", "", ""],
        [4, "D", "A", "", 1, 1, "peut-être", ""],
        [5, "E", "A", "", 1, 1, "", "99.9"],
        [6, "F", "A" * 200, "", 1, 1, "", ""],
    ]
    register = read(csv_of(TITLES, lines))
    assert [(one.line, one.column) for one in register.faults] == [
        (2, "Risque"), (3, "Vraisemblance"), (4, ""), (5, "Traitement"), (6, "Annexe A"), (7, "Actif"),
    ]  # fmt: skip
    assert register.risks == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "vide"),
        (b"PK\x03\x04 rien", "abîmé"),
        (b"\xd0\xcf\x11\xe0 rien", "ne s’ouvre pas"),
        (b"abc", "titres"),
        (b"a;b\n", "Aucune ligne"),
        (b"\0\1\2\3" * 50, "ni un classeur"),
    ],
)
def test_a_file_that_is_no_register(data, words):
    with pytest.raises(TableFault, match=words):
        read_table(data)


def test_a_workbook_that_would_fill_the_memory_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(tables, "LARGEST_UNPACKED", 100)
    with pytest.raises(TableFault, match="512"):
        read_table(xlsx_bytes(TITLES, LINES))
    monkeypatch.setattr(tables, "MOST_LINES", 1)
    with pytest.raises(TableFault, match="Plus de"):
        read_table(csv_of(TITLES, LINES))


def test_days_and_odd_cells_are_words():
    assert tables.cell_text(date(2026, 1, 2)) == "2026-01-02"
    assert tables.cell_text(3.0) == "3"
    assert tables.cell_text(None) == ""
    assert tables.cell_text("a\0b\u202e") == "ab"


# ---- by the pages ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_import_by_the_wizard_and_undo(log):
    with clock.frozen(NOW):
        officer = person("Léa Morel", "officer")
        found()
        client = Client()
        client.force_login(officer)
        bad = client.post("/isms/arsenal/risks/imports/new/", {"file": SimpleUploadedFile("r.xlsx", b"PK\x03\x04")})
        assert bad.status_code == 422
        sent = client.post(
            "/isms/arsenal/risks/imports/new/",
            {"file": SimpleUploadedFile("r.csv", csv_of(["Événement", "V", "G"], [["Vol", 3, 4], ["Panne", 7, 1]]))},
        )
        address = sent.headers["Location"]
        first = client.get(address)
        assert first.status_code == 422
        mapping = {"col-0": "title", "col-1": "current:likelihood", "col-2": "current:impact"}
        dry = client.post(address, mapping)
        assert dry.status_code == 422
        assert "« 7 » n’est pas un degré" in dry.content.decode().replace("\u00a0", " ")
        assert not Scenario.objects.exists()
        sent = client.post(
            "/isms/arsenal/risks/imports/new/",
            {"file": SimpleUploadedFile("r.csv", csv_of(["Événement", "V", "G"], [["Vol", 3, 4]]))},
        )
        address = sent.headers["Location"]
        other = Client()
        other.force_login(person("Zoé Petit", "officer"))
        assert other.get(address).status_code == 404
        done = client.post(address, {**mapping, "go": "1"})
        assert done.status_code == 303
        row = Scenario.objects.get()
        assert (row.title, row.current, row.level) == ("Vol", 4, 4)
        assert client.get(address).status_code == 404
        again = client.post(
            "/isms/arsenal/risks/imports/new/",
            {"file": SimpleUploadedFile("r.csv", csv_of(["Événement", "V", "G"], [["Feu", 1, 1]]))},
        )
        assert client.get(again.headers["Location"]).status_code == 200
        made = RiskImport.objects.get()
        assert client.post(f"/isms/arsenal/risks/imports/{made.uid}/undo/").status_code == 303
        row.refresh_from_db()
        assert row.withdrawn
        assert client.post(f"/isms/arsenal/risks/imports/{made.uid}/undo/").status_code == 422


@pytest.mark.django_db
def test_an_import_on_which_somebody_worked_is_not_undone(log):
    with clock.frozen(NOW):
        _, campaign = found()
        done = acts.import_risks(
            CONSOLE,
            campaign=campaign,
            file_name="r",
            sha256="0" * 64,
            mapping=[],
            risks=[acts.importing.NewRisk("Vol", asset="A"), acts.importing.NewRisk("Feu", asset="a")],
        ).result
        assert campaign.scope.assets.count() == 1
        row = Scenario.objects.get(number=2)
        acts.treat_scenario(CONSOLE, scenario=row, option="retain", plan="x", cites=[], controls=[])
        with pytest.raises(acts.common.Refused, match="R2"):
            acts.undo_import(CONSOLE, done=done)
        assert not Scenario.objects.filter(withdrawn=True).exists()


@pytest.mark.django_db
def test_the_report_for_a_program(log):
    from opposable.kernel import accounts

    with clock.frozen(NOW):
        officer = person("Léa Morel", "officer")
        scope, _ = found()
        acts.draft_statement(CONSOLE, scope=scope)
        _, token = accounts.issue_token(CONSOLE, account=officer, label="tests").result
        answer = Client(headers={"authorization": f"Bearer {token}"}).get("/isms/arsenal/checks.json")
        assert answer.json()["closing"] == 93
        assert answer.json()["faults"][0]["check"] == "SOA-03"
        assert Client(headers={"authorization": "Bearer wrong"}).get("/isms/arsenal/checks.json").status_code == 404
