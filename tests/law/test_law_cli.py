"""``opposable law``: what is printed, what programs read, and the exit status."""

import io
import json

import pytest

from opposable.law import Law
from opposable.law.book import load_book
from opposable.law.cli import run

BOOK = """
[book]
system = "meeting"

[[rule]]
id = "meeting.abstention"
fr = "Sens de l’abstention"
en = "Meaning of an abstention"
from = 2007-03-27
until = 2019-07-21
cite = ["C. com., art. R. 225-76"]
checked = 2015-05-01
source = "historique public des codes"
param = { counts = "against", forms = ["sa"] }
text = "exprimant une abstention"

[[rule]]
id = "meeting.abstention"
fr = "Sens de l’abstention"
en = "Meaning of an abstention"
from = 2019-07-21
cite = ["C. com., art. R. 225-76", "L. n° 2019-744, 19 juill. 2019, art. 16"]
param = { counts = "not-cast", forms = ["sa"] }
note = { fr = "à relire", en = "to be read again" }

[[rule]]
id = "meeting.broadcast"
fr = "Retransmission"
en = "Broadcast"
from = 2024-10-11
cite = ["C. com., art. L. 22-10-38-1"]
override = "stricter"
stricter = { years = "higher" }
param = { years = 2 }
"""


@pytest.fixture(scope="module")
def law():
    return Law([load_book(BOOK.encode(), "meeting/law.toml")])


@pytest.fixture
def call(law, monkeypatch):
    monkeypatch.setenv("OPPOSABLE_LANG", "fr")

    def _call(*argv):
        out, err = io.StringIO(), io.StringIO()
        return run(argv, law, out, err), out.getvalue(), err.getvalue()

    return _call


def test_the_list_shows_each_wording_with_its_period_and_its_doubt(call):
    status, out, err = call("list")
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "meeting.abstention  Sens de l’abstention",
        "    2007-03-27 → 2019-07-21  C. com., art. R. 225-76",
        "    2019-07-21 → …  C. com., art. R. 225-76 ; L. n° 2019-744, 19 juill. 2019, art. 16  [non confirmé]",
        "meeting.broadcast  Retransmission",
        "    2024-10-11 → …  C. com., art. L. 22-10-38-1  [non confirmé]",
    ]


def test_the_list_for_programs(call):
    status, out, _ = call("list", "--json", "--system", "meeting")
    rules = json.loads(out)
    assert status == 0
    assert [(rule["id"], [row["confirmed"] for row in rule["versions"]]) for rule in rules] == [
        ("meeting.abstention", [True, False]),
        ("meeting.broadcast", [False]),
    ]


def test_one_rule_on_a_day(call):
    status, out, _ = call("at", "meeting.abstention", "2007-09-01", "--lang", "en")
    assert status == 0
    assert "Meaning of an abstention" in out
    assert 'counts = "against"' in out
    assert "2007-03-27 → 2019-07-21" in out
    status, out, _ = call("at", "meeting.abstention", "2026-11-23", "--json")
    found = json.loads(out)
    assert (status, found["param"], found["day"], found["confirmed"]) == (
        0,
        {"counts": "not-cast", "forms": ["sa"]},
        "2026-11-23",
        False,
    )
    assert set(found["pin"]) == {"id", "from", "book", "row"}
    assert "à relire" in call("at", "meeting.abstention", "2026-11-23")[1]
    assert "plus stricte seulement (years: higher)" in call("at", "meeting.broadcast", "2026-11-23")[1]


def test_a_day_without_a_rule_answers_1(call):
    status, out, err = call("at", "meeting.abstention", "1999-01-01", "--lang=en")
    assert (status, out) == (1, "")
    assert err.startswith("No rule on file for meeting.abstention on 1 January 1999; on file: from 27 March 2007")
    assert err.count("\n") == 1


def test_what_changed_between_two_days(call):
    status, out, _ = call("diff", "2007-09-01", "2026-11-23")
    assert status == 0
    assert out.splitlines() == [
        "Du 1er septembre 2007 au 23 novembre 2026 :",
        "meeting.abstention  Sens de l’abstention",
        "  - 2007-03-27 → 2019-07-21  C. com., art. R. 225-76",
        '  -   param: counts = "against"',
        "  -   text: exprimant une abstention",
        "  -   note: —",
        "  + 2019-07-21 → …  C. com., art. R. 225-76 ; L. n° 2019-744, 19 juill. 2019, art. 16  [non confirmé]",
        '  +   param: counts = "not-cast"',
        "  +   text: —",
        "  +   note: à relire",
        "meeting.broadcast  Retransmission",
        "  - —",
        "  + 2024-10-11 → …  C. com., art. L. 22-10-38-1  [non confirmé]",
    ]
    back = json.loads(call("diff", "2026-11-23", "2007-09-01", "--json")[1])
    assert [(change["id"], change["after"] is None) for change in back["changes"]] == [
        ("meeting.abstention", False),
        ("meeting.broadcast", True),
    ]
    assert "Broadcast" in call("diff", "2026-11-23", "2007-09-01", "--lang", "en")[1]


def test_nothing_changed(call):
    assert call("diff", "2008-01-01", "2009-01-01", "--lang", "en")[1] == (
        "Nothing changed from 1 January 2008 to 1 January 2009.\n"
    )


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "COMMAND"),
        (["show"], "show"),
        (["at", "meeting.abstention"], "DATE"),
        (["at", "meeting.abstentio", "2020-01-01"], "règles voisines : meeting.abstention"),
        (["at", "meeting.abstention", "20200101"], "écrivez-la comme 2026-03-30"),
        (["at", "meeting.abstention", "2020-02-30"], "écrivez-la comme 2026-03-30"),
        (["diff", "2020-01-01", "demain"], "écrivez-la comme 2026-03-30"),
        (["list", "--system", "fleet"], "choisissez parmi meeting"),
        (["list", "--lang", "de"], "--lang"),
    ],
)
def test_misuse_is_2_and_one_sentence(call, argv, says):
    status, out, err = call(*argv)
    assert (status, out) == (2, "")
    assert says in err
    assert err.count("\n") == 1


def test_help_is_help(call):
    status, out, err = call("at", "--help")
    assert (status, err) == (0, "")
    assert "RULE" in out
