"""The rulebook of meetings: what must be in it, when its wordings change, what bylaws may do, and what it admits not to know."""

from datetime import date, time, timedelta

import pytest

from opposable.law import NoRuleOnFile, OverrideRefused
from opposable.law.citation import parse
from tests.assembly.facts import LAW, bylaw

SEED_DAY = date(2007, 9, 1)
TODAY = date(2026, 11, 23)
HISTORY_ENDS = date(2015, 5, 1)
COPY = date(2022, 6, 30)
MARKETS = {
    "any", "listed", "listed-or-depository", "unlisted", "listed-or-bearer", "public-offering-or-bearer",
}  # fmt: skip

FIXED_IDS = [
    "evote.bylaws",
    "site.dedicated",
    "session.code",
    "telepresence",
    "telecom-only",
    "broadcast",
    "form.right",
    "form.abstention",
    "form.content",
    "form.single-document",
    "form.received-content",
    "form.deadline-electronic",
    "form.deadline-paper",
    "form.signature",
    "form.successive",
    "form.request",
    "proxy.deadline-electronic",
    "proxy.irrevocable",
    "proxy.who",
    "proxy.blank",
    "proxy.scope",
    "proxy.with-form",
    "mode.no-change",
    "transfer.after-vote",
    "record-date.listed",
    "record-date.unlisted",
    "notice.first",
    "notice.second",
    "notice.balo",
    "notice.site",
    "notice.email-consent",
    "agenda.drafts",
    "agenda.closed",
    "agenda.second-call",
    "questions.written",
    "documents.request",
    "holders.list",
    "quorum.ordinary",
    "quorum.extraordinary",
    "quorum.special",
    "majority.ordinary",
    "majority.extraordinary",
    "majority.special",
    "base.excluded",
    "vote.double",
    "vote.double-loss",
    "vote.cap",
    "intermediary",
    "attendance-sheet",
    "bureau",
    "minutes",
    "minutes.quorum-failure",
    "results.publication",
    "results.abstentions-published",
    "vote.confirmation",
    "keeping.access",
    "keeping.nullity",
    "offences",
    "sas.free",
    "sarl.convening",
    "sarl.form",
    "transition.2007",
]

ROWS = [rule for rule_id in LAW.ids("assembly") for rule in LAW.versions(rule_id)]
# Rules that began after the newsletter and are not on file for its day, not even as a silence of the law.
BORN_LATER = {
    "assembly.ballot.security-level", "assembly.base.undeclared", "assembly.proxy.notification", "assembly.transition.2019",
    "assembly.vote.confirmation-delay", "assembly.vote.multiple", "assembly.sarl.majority.seat", "assembly.base.temporary",
    # Read in the copy of about 2022 only: what they said before is not on file.
    "assembly.sarl.chair", "assembly.sarl.interested", "assembly.sarl.minutes",
    "assembly.sarl.minutes.register", "assembly.sas.majority.unanimous",
}  # fmt: skip

# id, the value that changed, before, after, first day of the change
CHANGES = [
    ("session.code", "refers_to", "R. 225-71", "R. 225-61", date(2009, 2, 28)),
    ("form.abstention", "counts", "against", "not-cast", date(2019, 7, 21)),
    ("majority.ordinary", "base", "held", "cast", date(2019, 7, 21)),
    ("majority.extraordinary", "base", "held", "cast", date(2019, 7, 21)),
    ("majority.special", "base", "held", "cast", date(2019, 7, 21)),
    ("form.content", "warning", "against", "not-cast", date(2019, 12, 30)),
    ("form.signature", "simple_basis", "bylaws-process", "bylaws-participation", date(2012, 3, 1)),
    ("record-date.listed", "working_days_before", 3, 2, date(2015, 1, 1)),
    ("notice.second", "days_before", 6, 10, date(2010, 6, 26)),
    ("notice.email-consent", "consent_days_before", 0, 35, date(2012, 3, 1)),
    ("agenda.drafts", "act", "sent", "received", date(2010, 12, 27)),
    ("agenda.drafts", "second_certificate_working_days", 3, 2, date(2015, 1, 1)),
    ("quorum.ordinary", "first", (1, 4), (1, 5), date(2005, 7, 27)),
    ("quorum.extraordinary", "first", (1, 3), (1, 4), date(2005, 7, 27)),
    ("quorum.extraordinary", "second", (1, 4), (1, 5), date(2005, 7, 27)),
    ("quorum.special", "first", (1, 2), (1, 3), date(2005, 7, 27)),
    ("vote.double", "listed_by_right", False, True, date(2014, 4, 2)),
    ("proxy.irrevocable", "revocable_in_same_forms", False, True, date(2010, 6, 26)),
    ("keeping.nullity", "effect", "void", "voidable", date(2012, 3, 24)),
    ("results.abstentions-published", "abstentions", "with-against", "apart", date(2019, 12, 30)),
    ("results.abstentions-published", "abstentions", "apart", "with-against", date(2021, 1, 1)),
    ("minutes.register", "electronic", False, True, date(2019, 11, 4)),
    ("sarl.convening", "by", ("registered-letter",), ("registered-letter", "electronic-with-consent"), date(2015, 6, 1)),
]  # fmt: skip


def at(name, day, *bylaws):
    return LAW.at(f"assembly.{name}", day, bylaws)


@pytest.mark.parametrize("name", FIXED_IDS)
def test_each_fixed_id_speaks_on_the_newsletters_day_and_today(name):
    assert at(name, SEED_DAY).since <= SEED_DAY
    assert at(name, TODAY).since <= TODAY


@pytest.mark.parametrize("rule_id", LAW.ids("assembly"))
def test_only_rules_born_later_are_missing_in_2007(rule_id):
    if rule_id in BORN_LATER:
        with pytest.raises(NoRuleOnFile):
            LAW.at(rule_id, SEED_DAY)
    else:
        LAW.at(rule_id, SEED_DAY)


@pytest.mark.parametrize(("name", "value", "before", "after", "day"), CHANGES)
def test_a_wording_changes_on_its_day(name, value, before, after, day):
    assert at(name, day - timedelta(days=1)).param[value] == before
    assert at(name, day).param[value] == after


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}@{row.since}")
def test_a_row_says_what_it_rests_on(row):
    assert row.source
    assert len(row.text) <= 400
    assert (row.status == "confirmed") == (row.checked is not None)
    if row.status == "confirmed":
        assert row.text or row.silent, "a confirmed wording shows its words"
        assert row.checked in {HISTORY_ENDS, COPY}, "no text of after the copy of about 2022 was read"
    if row.source.startswith(("memory", "law-firm note", "professional note", "public summaries", "the newsletter")):
        assert row.status == "unconfirmed"
    if row.since > COPY:
        assert row.status == "unconfirmed", "nothing that began after the copy can have been read in it"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.id}@{row.since}")
def test_a_row_says_whom_it_binds(row):
    assert set(row.words("forms")) <= {"sa", "sas", "sarl"}
    assert row.word("market") in MARKETS
    assert all(str(parse(cite)) == cite for cite in row.cite), "citations are written the one way of the house"


def test_what_the_newsletter_states_is_marked_with_its_place():
    seeded = {row.id.removeprefix("assembly.") for row in ROWS if row.seed}
    assert seeded == {
        "evote.bylaws", "site.dedicated", "form.right", "form.content", "form.received-content", "form.deadline-electronic",
        "form.signature", "sas.free", "transition.2007",
    }  # fmt: skip
    assert {row.seed.split(",")[0] for row in ROWS if row.seed} == {"n° 68"}
    assert all("p. 5" in row.seed for row in ROWS if row.seed)


def test_the_newsletters_wrong_citation_is_flagged_and_not_repeated():
    rule = at("sas.free", SEED_DAY)
    assert rule.cite == ("C. com., art. L. 227-9",)
    assert "L. 225-107" in rule.note.fr
    assert "L. 227-9" in rule.note.en


def test_the_conflict_on_abstentions_is_two_rules_that_both_speak():
    majority, published = at("majority.extraordinary", TODAY), at("results.abstentions-published", TODAY)
    assert "abstained" in majority.words("excluded")
    assert published.word("abstentions") == "with-against"
    assert published.text.endswith("y compris les abstentions.")
    assert "L. 225-96" in published.note.fr
    assert "results.abstentions-published" in majority.note.fr


def test_the_abstention_law_has_its_transition_on_file():
    transition = at("transition.2019", TODAY)
    assert transition.day("first_year_closed_after") == date(2019, 7, 19)
    assert transition.status == "unconfirmed"


def test_the_hour_of_the_eve_never_changed():
    for name in ("form.deadline-electronic", "proxy.deadline-electronic"):
        assert len(LAW.versions(f"assembly.{name}")) == 1
        rule = at(name, SEED_DAY)
        assert (rule.number("days_before"), rule.time("at"), rule.word("zone")) == (1, time(15), "Europe/Paris")


def test_the_law_of_2024_is_not_shipped_as_confirmed():
    since = date(2024, 6, 13)
    later = [row for row in ROWS if row.since >= since]
    assert {row.status for row in later} == {"unconfirmed"}
    assert {"assembly.broadcast", "assembly.telecom-only", "assembly.sarl.form"} <= {row.id for row in later}


def test_a_silence_of_the_law_is_a_row_that_says_so():
    for name in ("broadcast", "notice.site", "results.publication", "vote.confirmation", "telecom-only", "sarl.form"):
        assert at(name, SEED_DAY).silent, name
    assert not at("notice.site", date(2010, 6, 26)).silent


# ------------------------------------------------------------------------------------------------------ bylaws


def test_bylaws_may_allow_electronic_voting_and_a_simple_signature():
    clause = bylaw("assembly.evote.bylaws", allowed=True)
    assert not at("evote.bylaws", TODAY).flag("allowed")
    assert at("evote.bylaws", TODAY, clause).flag("allowed")
    signed = bylaw("assembly.form.signature", simple=True, process="code by a second channel")
    assert at("form.signature", SEED_DAY, signed).word("process") == "code by a second channel"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("form.deadline-electronic", {"at": time(18)}),
        ("form.deadline-electronic", {"days_before": 0}),
        ("proxy.deadline-electronic", {"at": time(12)}),
        ("form.abstention", {"counts": "against"}),
        ("majority.ordinary", {"base": "held"}),
        ("proxy.blank", {"other_drafts": "for"}),
        ("record-date.listed", {"working_days_before": 3}),
        ("site.dedicated", {"exclusive": False}),
        ("form.deadline-paper", {"max_days_before": 4}),
        ("notice.first", {"days_before": 14}),
        ("notice.second", {"days_before": 6}),
        ("quorum.extraordinary", {"put_off_months": 3}),
        ("vote.double-loss", {"kept_on": ["inheritance", "sale"]}),
    ],
)
def test_bylaws_may_not(name, values):
    clause = bylaw(f"assembly.{name}", **values)
    with pytest.raises(OverrideRefused) as refused:
        at(name, TODAY, clause)
    assert refused.value.rule_id == f"assembly.{name}"


def test_bylaws_may_be_stricter():
    assert (
        at("form.deadline-paper", TODAY, bylaw("assembly.form.deadline-paper", max_days_before=1)).number(
            "max_days_before"
        )
        == 1
    )
    assert at("notice.first", TODAY, bylaw("assembly.notice.first", days_before=21)).number("days_before") == 21
    assert at("quorum.ordinary", TODAY, bylaw("assembly.quorum.ordinary", first=[1, 3])).words("first") == (1, 3)


def test_the_evolution_between_the_newsletter_and_today():
    changed = {change.rule_id.removeprefix("assembly."): change for change in LAW.diff(SEED_DAY, TODAY, "assembly")}
    assert "param" in changed["form.abstention"].fields
    assert "text" in changed["form.signature"].fields
    assert changed["broadcast"].before.silent
    assert "form.deadline-electronic" not in changed
    assert "proxy.blank" not in changed
