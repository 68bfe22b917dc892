"""CSV and XLSX: exact values, and nothing that a spreadsheet would run."""

import csv
import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, strategies as st

from opposable.web.export import csv_cell, csv_lines, export_response, xlsx_bytes

NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


@pytest.mark.parametrize("risky", ['=HYPERLINK("http://x")', "+33", "-1+1", "@SUM(A1)", "\tx", "\r=1", "|cmd", "%0"])
def test_a_text_that_would_run_is_preceded_by_an_apostrophe(risky):
    assert csv_cell(risky) == "'" + risky


def test_numbers_stay_numbers_and_instants_are_exact():
    assert csv_cell(-5) == "-5"
    assert csv_cell(Decimal("-1.50")) == "-1.50"
    assert csv_cell(datetime(2026, 3, 29, 13, 0, 1, 204317, UTC)) == "2026-03-29T13:00:01.204317Z"
    assert csv_cell(date(2026, 3, 29)) == "2026-03-29"
    assert csv_cell(None) == ""


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
            min_size=2,
            max_size=2,
        )
    )
)
def test_csv_reads_back(rows):
    text = "".join(csv_lines(["a", "b"], rows, ";"))
    back = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=";"))
    assert back[1:] == [[csv_cell(cell) for cell in row] for row in rows]


def cells(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        sheet = ET.fromstring(archive.read("xl/worksheets/sheet1.xml"))
    return [list(row) for row in sheet.iterfind(".//m:row", NS)]


def test_xlsx_keeps_numbers_as_numbers_and_texts_as_texts():
    rows = [["=1+1 <b>", 1234567, Decimal("0.10"), 10**17, True]]
    body = cells(xlsx_bytes(["t", "n", "d", "big", "b"], rows))[1]
    assert [cell.get("t") for cell in body] == ["inlineStr", None, None, "inlineStr", "b"]
    assert body[0].find(".//m:t", NS).text == "=1+1 <b>"
    assert [cell.find("m:v", NS).text for cell in body[1:3]] == ["1234567", "0.10"]
    assert body[3].find(".//m:t", NS).text == str(10**17)
    assert not any(cell.find("m:f", NS) is not None for cell in body)


def test_control_characters_do_not_break_the_workbook():
    assert cells(xlsx_bytes(["a"], [["x\x00\x0by\tz"]]))[1][0].find(".//m:t", NS).text == "xy\tz"


def test_same_rows_same_bytes():
    assert xlsx_bytes(["a"], [[1]]) == xlsx_bytes(["a"], [[1]])


@pytest.mark.parametrize(("lang", "separator"), [("fr", ";"), ("en", ",")])
def test_the_download_has_its_name_and_the_separator_of_its_language(lang, separator):
    answer = export_response("csv", "actes", ["a", "b"], [[1, 2]], lang)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="actes.csv"'
    assert answer.getvalue().decode() == f"\ufeffa{separator}b\r\n1{separator}2\r\n"
