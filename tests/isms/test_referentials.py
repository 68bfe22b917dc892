"""The editions: counts, labels of our own in both languages, correspondences that lead somewhere, and a pinned digest."""

import pytest

from opposable.systems.isms.rules.referential import EDITIONS, new_in, referential, translate

COUNTS = {
    "iso27001-2005": [2, 11, 5, 9, 13, 32, 25, 16, 5, 5, 10],
    "iso27001-2013": [2, 7, 6, 10, 14, 2, 15, 14, 7, 13, 5, 7, 4, 8],
    "iso27001-2022": [37, 8, 14, 34],
}
DIGESTS = {
    "iso27001-2005": "15eaccdacd4cc402425324a08333d7b441c7bed4db810d3f4bb044275c51d2b0",
    "iso27001-2013": "02e7f9b5390f8ceadcff3fcd3a2271791454f1a8237c328be7f85a6a813cad09",
    "iso27001-2022": "4258069ccf85b5c5839ff823e268d49b5a9b5a08fe85a44d53186903e97d2c7c",
}


@pytest.mark.parametrize("edition", EDITIONS)
def test_counts_by_domain_or_theme(edition):
    book = referential(edition)
    assert [book.count(group) for group in book.groups] == COUNTS[edition]
    assert len(book.requirements) == {"iso27001-2005": 133, "iso27001-2013": 114, "iso27001-2022": 93}[edition]


@pytest.mark.parametrize("edition", EDITIONS)
def test_what_is_shipped_is_pinned(edition):
    assert referential(edition).sha256 == DIGESTS[edition]


@pytest.mark.parametrize("edition", EDITIONS)
def test_labels_are_short_and_complete_in_both_languages(edition):
    labels = [one.label for one in referential(edition).requirements.values()]
    assert all(0 < len(text) <= 90 for label in labels for text in (label.fr, label.en))
    assert len({label.fr for label in labels}) > 0.97 * len(labels)


@pytest.mark.parametrize("edition", EDITIONS[:-1])
def test_correspondences_lead_to_identifiers_of_the_next_edition(edition):
    after = referential(EDITIONS[EDITIONS.index(edition) + 1])
    assert {to for one in referential(edition).requirements.values() for to in one.to} <= set(after.requirements)


def test_the_eleven_subjects_that_2022_brought():
    assert new_in("iso27001-2022") == [
        "5.7", "5.23", "5.30", "7.4", "8.9", "8.10", "8.11", "8.12", "8.16", "8.23", "8.28",
    ]  # fmt: skip


def test_a_line_of_2005_is_found_in_2022():
    assert translate(["A.10.5.1"], "iso27001-2005", "iso27001-2022") == ["8.13"]
    assert translate(["A.7.2.2"], "iso27001-2005", "iso27001-2022") == ["5.13", "5.10"]
    assert translate(["A.11.4.4"], "iso27001-2005", "iso27001-2022") == []
    with pytest.raises(ValueError, match="does not come after"):
        translate(["5.1"], "iso27001-2022", "iso27001-2005")
