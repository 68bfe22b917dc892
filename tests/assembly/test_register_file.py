"""The register as spreadsheets write it, and as an attacker would."""

import pytest
from hypothesis import given, strategies as st

from opposable.systems.assembly.exchange import parse_register
from opposable.systems.assembly.exchange.fields import FieldError, isin, quantity

HEADER = "Compte;Nom;Prénom;Courriel;ISIN;Forme;Quantité;Depuis;Libéré"
LINE = "A1;Vidal;Zoé;z@example.test;FR0000120271;nominatif pur;1 234;29/03/2021;oui"
FILE = f"{HEADER}\r\n{LINE}\r\nA1;Vidal;Zoé;z@example.test;FR0000120271;porteur;10,00;;oui\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encodings_and_separators(encoding, separator):
    text = FILE.replace("10,00", "10").replace(";", separator)
    parsed = parse_register(text.encode(encoding))
    assert parsed.errors == []
    (entry,) = parsed.entries
    assert (entry.given_name, entry.shares, parsed.lines) == ("Zoé", 1244, 2)
    assert [lot["form"] for lot in entry.lots] == ["nominative-pure", "bearer"]
    assert entry.lots[0]["since"] == "2021-03-29"


def test_decimal_commas_of_whole_numbers():
    assert parse_register(FILE.encode()).shares == 1244


@pytest.mark.parametrize(
    "good", ["1", "2147483648", "123456789", "1 234 567", "1\u00a0234", "1\u202f234,00", "9007199254740991"]
)
def test_quantities(good):
    assert quantity(good) == int("".join(c for c in good.split(",")[0] if c.isdigit()))


@pytest.mark.parametrize(
    "bad",
    ["0", "-1", "1,5", "1.234", "1e6", "１２", "1\x002", "", "9007199254740992", "12 34", "0x10", "+1", "1_000", "NaN"],
)
def test_quantities_refused(bad):
    with pytest.raises(FieldError):
        quantity(bad)


def test_isin_check_digit():
    assert isin("fr0000120271") == "FR0000120271"
    with pytest.raises(FieldError):
        isin("FR0000120272")


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("A1;;x;;FR0000120271;porteur;1;;", "Nom"),
        ("A1;n;x;not-an-address;FR0000120271;porteur;1;;", "Courriel"),
        ("A1;n;x;;FR0000120272;porteur;1;;", "ISIN"),
        ("A1;n;x;;FR0000120271;autre;1;;", "Forme"),
        ("A1;n;x;;FR0000120271;porteur;-5;;", "Quantité"),
        ("A1;n;x;;FR0000120271;porteur;1;2021-02-30;", "Depuis"),
        ("A1;n;x;;FR0000120271;porteur;1;;peut-être", "Libéré"),
        ("A1;n\x07;x;;FR0000120271;porteur;1;;", "Nom"),
    ],
)
def test_each_defect_is_named_with_its_line_and_column(line, column):
    parsed = parse_register(f"{HEADER}\n{LINE}\n{line}\n".encode())
    assert [(error.line, error.column) for error in parsed.errors] == [(3, column)]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\xff\xfe",
        HEADER.encode(),
        b"x;y\n1;2\n",
        b'"unclosed',
        f"{HEADER}\n{LINE};more\n".encode(),
        b"\x00" * 100,
    ],
)
def test_files_that_are_none(data):
    assert parse_register(data).errors


def test_two_lines_of_one_account_must_agree():
    parsed = parse_register(f"{HEADER}\n{LINE}\n{LINE.replace('Vidal', 'Autre')}\n".encode())
    assert parsed.errors[0].column == "Nom"


@given(st.binary(max_size=300))
def test_no_file_makes_it_fail(data):
    parsed = parse_register(data)
    assert parsed.errors or parsed.entries
