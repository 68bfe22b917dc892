"""Citations: many ways to write them in, one way out."""

import pytest
from hypothesis import given, strategies as st

from opposable.law.citation import ACTS, CODES, MONTHS, Citation, CitationError, normalise, parse


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("C. com., art. R. 225-77, al. 1, 3°", "C. com., art. R. 225-77, al. 1, 3°"),
        ("Code de commerce, article R225-77 alinéa 1 3°", "C. com., art. R. 225-77, al. 1, 3°"),
        ("article R.225-77 du code de commerce", "C. com., art. R. 225-77"),
        ("c. com. art. L225-107 I", "C. com., art. L. 225-107, I"),
        ("C. com., art. L. 225-95 à L. 225-107", "C. com., art. L. 225-95 à L. 225-107"),
        ("CPC, art. 640 à 642", "CPC, art. 640 à 642"),
        ("CPC,\u00a0art.\u00a0642,\u00a0alinéa\u00a02", "CPC, art. 642, al. 2"),
        ("C. civ., art. 1316-4, 2e alinéa, 1re phrase", "C. civ., art. 1316-4, al. 2, 1re phrase"),
        ("CGI, art. 238 bis", "CGI, art. 238 bis"),
        ("CRPA, art. R*311-12", "CRPA, art. R.* 311-12"),
        ("C. trav. Polynésie française, art. Lp. 3321-1", "C. trav. Polynésie française, art. Lp. 3321-1"),
        ("Règl. (UE) 2018/1212, art. 7, 9 et 10", "Règl. (UE) 2018/1212, art. 7, 9 et 10"),
        (
            "Règlement d'exécution (UE) n° 2018/1212 du 3 septembre 2018, art. 7",
            "Règl. d’exécution (UE) n° 2018/1212, 3 sept. 2018, art. 7",
        ),
        ("décret n° 2007-431 du 25 mars 2007, art. 5-I", "D. n° 2007-431, 25 mars 2007, art. 5, I"),
        ("loi n° 2019-744 du 19 juillet 2019, art. 16", "L. n° 2019-744, 19 juill. 2019, art. 16"),
        ("Ord. 16 août 1892", "Ord. 16 août 1892"),
        ("Délib. CNIL n° 2019-053, 25 avril 2019", "Délib. CNIL n° 2019-053, 25 avr. 2019"),
        ("Cass. 2e civ., 4 février 1998, n° 96-13.391", "Cass. 2e civ., 4 févr. 1998, n° 96-13.391"),
        ("CA Toulouse, 24 mai 2018, n° 18/00377", "CA Toulouse, 24 mai 2018, n° 18/00377"),
        ("ISO/IEC 27001:2022, 6.1.2", "ISO/IEC 27001:2022, 6.1.2"),
        ("Statuts, art. 21, al. 2", "Statuts, art. 21, al. 2"),
        ("C. com., art. L. 225-117 s.", "C. com., art. L. 225-117, s."),
    ],
)
def test_citations_are_written_one_way(text, normal):
    assert normalise(text) == normal
    assert normalise(normal) == normal


def test_the_pieces_of_a_citation():
    assert parse("C. com., art. R. 225-77, al. 1, 3°") == Citation(
        "code", "C. com.", ("R. 225-77",), "", ("al. 1", "3°")
    )
    assert [parse(text).kind for text in ("L. n° 83-550, 30 juin 1983", "RFC 6962, section 2.1", "RGPD, art. 17")] == [
        "act", "standard", "private",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "foo",
        "C. comm., art. 3",
        "C. com., art. X",
        "C. com., art. R. 225-77 xyz",
        "C. com., art. R. 225-77, I et L. 3",
        "C. com., art. et R. 3",
        "L. n°",
        "Ord. 16 aout 1892 x",
        "D. 3 brumaire 2007",
        "Cass. 2e civ., n° 96-13.391",
    ],
)
def test_what_is_not_understood_is_refused(text):
    with pytest.raises(CitationError) as raised:
        parse(text)
    assert "C. com., art. R. 225-77, al. 1" in raised.value.text.en


def test_abbreviations_are_not_two_things():
    names = [*CODES, *CODES.values(), *ACTS, *ACTS.values()]
    assert len(names) == len(set(names))
    assert all(parse(f"{code}, art. 1er").source == code for code in CODES)
    assert all(parse(f"{long}, art. 1er").source == code for code, long in CODES.items())
    assert all(parse(f"{act} n° 1-2, 1er {month} 2007").kind == "act" for act in ACTS for month in MONTHS)


articles = st.builds(
    lambda letter, numbers: letter + "-".join(map(str, numbers)),
    st.sampled_from(["", "L. ", "R. ", "D. ", "A. ", "LO ", "Lp. ", "R.* "]),
    st.lists(st.integers(1, 9999), min_size=1, max_size=4),
)
parts = st.sampled_from(
    ["al. 1", "al. dernier", "I", "II", "IV bis", "3°", "1° bis", "a)", "A", "2e phrase", "§ 2", "in fine"]
)


@given(st.sampled_from(sorted(CODES)), articles, st.lists(parts, max_size=4))
def test_every_normal_citation_reads_back(code, article, places):
    text = ", ".join([code, f"art. {article}", *places])
    assert str(parse(text)) == text
