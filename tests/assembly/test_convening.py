"""Convening: every date counted back from the meeting, what an unlawful calendar is refused with, when the site may open."""

import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st

from opposable.law import CalendarError, LawError, NoRuleOnFile, Refused, instant, local
from opposable.law.plain import canonical
from opposable.systems.assembly.rules.convening import (
    CONVENING,
    MeetingFacts,
    as_data,
    calendar,
    check,
    check_calendar,
    record_at,
    site_may_open,
)
from tests.assembly.facts import LAW, bylaw, company

PARIS = ZoneInfo("Europe/Paris")
EVOTE = bylaw("assembly.evote.bylaws", allowed=True)
SIMPLE = bylaw("assembly.form.signature", simple=True, process="code sent over a second channel")


def meeting(*, on=date(2026, 3, 30), at=time(10), form="sa", listed=True, kind="ordinary", zone="Europe/Paris", **more):
    return MeetingFacts(form, listed, kind, instant(on, at, zone), zone=zone, **more)


def dates(facts):
    return {due.id: due for due in calendar(facts, LAW)}


def day_of(facts, name):
    return dates(facts)[name].day


def early(facts, days=60):
    return facts.at - timedelta(days=days)


def refused(facts, done, now=None):
    with pytest.raises(Refused) as found:
        check_calendar(facts, done, LAW, now or early(facts))
    return found.value


# ------------------------------------------------------------------------------------------------- the golden calendar

# opposable assembly calendar --on 2026-03-30T10:00 --form sa --listed
GOLDEN = [
    ("notice.balo", "not-later", "2026-02-23", "2026-02-23T23:00:00.000000Z", "C. com., art. R. 225-73, I"),
    ("notice.email-consent", "not-later", "2026-02-23", "2026-02-23T23:00:00.000000Z", "C. com., art. R. 225-63"),
    ("agenda.drafts", "not-later", "2026-03-05", "2026-03-05T23:00:00.000000Z", "C. com., art. R. 225-73, II"),
    ("notice.site", "not-later", "2026-03-09", "2026-03-09T23:00:00.000000Z", "C. com., art. R. 22-10-23"),
    ("holders.list", "on", "2026-03-14", "2026-03-14T23:00:00.000000Z", "C. com., art. R. 225-90"),
    ("documents.office", "not-later", "2026-03-15", "2026-03-15T23:00:00.000000Z", "C. com., art. R. 225-89"),
    ("notice.first", "not-later", "2026-03-15", "2026-03-15T23:00:00.000000Z", "C. com., art. R. 225-69"),
    ("form.request", "not-later", "2026-03-24", "2026-03-24T23:00:00.000000Z", "C. com., art. R. 225-75"),
    ("questions.written", "not-later", "2026-03-24", "2026-03-24T23:00:00.000000Z", "C. com., art. R. 225-84"),
    ("documents.request", "not-later", "2026-03-25", "2026-03-25T23:00:00.000000Z", "C. com., art. R. 225-88"),
    ("agenda.drafts.certificate", "on", "2026-03-26", "2026-03-25T23:00:00.000000Z", "C. com., art. R. 225-73, II"),
    ("record-date", "on", "2026-03-26", "2026-03-25T23:00:00.000000Z", "C. com., art. R. 22-10-28, I"),
    ("form.deadline-paper", "not-later", "2026-03-27", "2026-03-27T23:00:00.000000Z", "C. com., art. R. 225-77, al. 1"),
    ("form.deadline-electronic", "not-later", "2026-03-29", "2026-03-29T13:00:00.000000Z", "C. com., art. R. 225-77, al. 1"),
    ("proxy.deadline-electronic", "not-later", "2026-03-29", "2026-03-29T13:00:00.000000Z", "C. com., art. R. 225-80"),
    ("broadcast.recording", "not-later", "2026-04-09", "2026-04-09T22:00:00.000000Z", "C. com., art. L. 22-10-38-1"),
    ("results.publication", "not-later", "2026-04-14", "2026-04-14T22:00:00.000000Z", "C. com., art. R. 22-10-30"),
    ("broadcast.removal", "not-earlier", "2028-04-09", "2028-04-08T22:00:00.000000Z", "C. com., art. L. 22-10-38-1"),
]  # fmt: skip


def test_the_calendar_of_a_listed_company():
    told = as_data(calendar(meeting(), LAW))
    assert [(row["id"], row["side"], row["day"], row["utc"], row["cite"][0]) for row in told] == GOLDEN


def test_the_hour_is_given_in_paris_and_in_utc():
    (row,) = [row for row in as_data(calendar(meeting(), LAW)) if row["id"] == "form.deadline-electronic"]
    assert row["paris"] == "2026-03-29T15:00:00+02:00"
    assert (row["utc"], row["included"], row["whole_day"]) == ("2026-03-29T13:00:00.000000Z", True, False)
    assert (row["rule"], row["from"], row["status"]) == ("assembly.form.deadline-electronic", "2007-03-27", "confirmed")
    assert row["trace"][-1]["result"] == row["utc"]


def test_what_is_not_confirmed_says_so():
    status = {row["id"]: row["status"] for row in as_data(calendar(meeting(), LAW))}
    assert {name for name, word in status.items() if word == "unconfirmed"} == {
        "broadcast.recording",
        "broadcast.removal",
    }


def test_the_same_meeting_under_the_law_of_the_newsletter():
    days = {name: due.day.isoformat() for name, due in dates(meeting(on=date(2007, 9, 20))).items()}
    assert days == {
        "notice.balo": "2007-08-16",
        "agenda.drafts": "2007-08-26",
        "holders.list": "2007-09-04",
        "notice.first": "2007-09-05",
        "documents.office": "2007-09-05",
        "form.request": "2007-09-14",
        "questions.written": "2007-09-14",
        "documents.request": "2007-09-15",
        "agenda.drafts.certificate": "2007-09-17",
        "record-date": "2007-09-17",
        "form.deadline-paper": "2007-09-17",
        "form.deadline-electronic": "2007-09-19",
        "proxy.deadline-electronic": "2007-09-19",
    }


def test_before_the_code_there_is_no_rule_on_file():
    with pytest.raises(NoRuleOnFile):
        calendar(meeting(on=date(2006, 6, 1)), LAW)


# ------------------------------------------------------------------------------------------------------ 15:00 on the eve


@pytest.mark.parametrize(
    ("on", "cutoff"),
    [
        (date(2026, 3, 30), datetime(2026, 3, 29, 13, tzinfo=UTC)),  # the clocks went forward that night
        (date(2026, 3, 29), datetime(2026, 3, 28, 14, tzinfo=UTC)),
        (date(2026, 10, 25), datetime(2026, 10, 24, 13, tzinfo=UTC)),
        (date(2026, 10, 26), datetime(2026, 10, 25, 14, tzinfo=UTC)),  # and back
    ],
)
@pytest.mark.parametrize("name", ["form.deadline-electronic", "proxy.deadline-electronic"])
def test_the_eve_at_15_paris_across_clock_changes(on, cutoff, name):
    due = dates(meeting(on=on))[name]
    assert due.at == cutoff
    assert local(due.at).time() == time(15)
    assert due.met_by(cutoff, "Europe/Paris")
    assert not due.met_by(cutoff + timedelta(microseconds=1), "Europe/Paris")


@pytest.mark.parametrize(("on", "naive"), [(date(2026, 3, 29), time(14)), (date(2026, 10, 25), time(16))])
def test_taking_hours_away_would_be_wrong(on, naive):
    """Nineteen hours before 10:00 is another hour of the eve when the clocks change in between."""
    facts = meeting(on=on)
    assert local(facts.at - timedelta(hours=19)).time() == naive
    assert local(dates(facts)["form.deadline-electronic"].at).time() == time(15)


def test_the_hour_is_that_of_paris_for_a_meeting_overseas():
    facts = meeting(on=date(2026, 3, 30), zone="Pacific/Noumea", days="988")
    due = dates(facts)["form.deadline-electronic"]
    assert due.at == datetime(2026, 3, 29, 13, tzinfo=UTC)
    assert due.at > facts.at - timedelta(days=1), "ten in Nouméa is one in the morning of the same day in Paris time"
    assert local(dates(facts)["notice.first"].at, "Pacific/Noumea") == datetime(
        2026, 3, 16, tzinfo=ZoneInfo("Pacific/Noumea")
    )


# ------------------------------------------------------------------------------------------------------ the record date


@pytest.mark.parametrize(
    ("on", "day"),
    [
        (date(2014, 12, 31), date(2014, 12, 26)),  # D-3: 30, 29, 26 (the 25th is a holiday)
        (date(2015, 1, 5), date(2014, 12, 31)),  # D-2: 2 January, 31 December (New Year's day in between)
        (date(2007, 9, 17), date(2007, 9, 12)),
    ],
)
def test_the_record_date_follows_the_law_of_the_meetings_day(on, day):
    due = dates(meeting(on=on))["record-date"]
    assert due.day == day
    assert due.at == instant(day, time(0))


@pytest.mark.parametrize(
    ("on", "working", "day"),
    [
        (date(2026, 5, 18), "FR", date(2026, 5, 13)),  # Ascension on Thursday the 14th
        (date(2026, 5, 18), "XPAR", date(2026, 5, 14)),  # the Paris market is open that day
        (date(2026, 5, 12), "FR", date(2026, 5, 7)),  # Friday 8 May
        (date(2026, 5, 12), "XPAR", date(2026, 5, 8)),
        (date(2026, 5, 26), "FR", date(2026, 5, 21)),  # Whit Monday
        (date(2026, 5, 26), "XPAR", date(2026, 5, 22)),
        (date(2026, 4, 7), "FR", date(2026, 4, 2)),  # Easter Monday
        (date(2026, 4, 7), "FR-AM", date(2026, 4, 1)),  # and Good Friday in Alsace-Moselle
    ],
)
def test_working_days_are_those_of_the_calendar_chosen_and_say_which(on, working, day):
    due = dates(meeting(on=on, days=working))["record-date"]
    assert due.day == day
    assert "calendrier" in due.trace.steps[0].how.fr


def test_an_unlisted_company_looks_at_the_meetings_day_unless_its_bylaws_choose():
    plain = record_at(meeting(listed=False), LAW)
    assert (plain.value, plain.rule.id) == (instant(date(2026, 3, 30), time(0)), "assembly.record-date.unlisted")
    chosen = meeting(listed=False, bylaws=(bylaw("assembly.record-date.unlisted", working_days_before=2),))
    assert record_at(chosen, LAW).value == instant(date(2026, 3, 26), time(0))


def test_bylaws_may_choose_only_the_day_that_the_article_offers():
    clause = bylaw("assembly.record-date.unlisted", working_days_before=3)
    with pytest.raises(Refused) as found:
        calendar(meeting(listed=False, bylaws=(clause,)), LAW)
    assert (found.value.code, found.value.rule.id) == ("record-date.choice", "assembly.record-date.unlisted")
    assert day_of(meeting(on=date(2012, 6, 14), listed=False, bylaws=(clause,)), "record-date") == date(2012, 6, 11)


def test_shares_at_the_depository_follow_the_listed_rule():
    assert record_at(meeting(listed=False, depository=True), LAW).rule.id == "assembly.record-date.listed"


@pytest.mark.parametrize("form", ["sas", "sarl"])
def test_other_forms_have_no_record_date_in_the_law(form):
    decision = record_at(meeting(form=form, listed=False), LAW)
    assert (decision.rule, decision.value) == (None, instant(date(2026, 3, 30), time(0)))
    assert "fixe pas" in decision.trace.steps[0].how.fr


# ------------------------------------------------------------------------------------------------ calls, bids, markets


@pytest.mark.parametrize(
    ("on", "first", "days"),
    [
        (date(2010, 6, 25), date(2010, 6, 10), 6),
        (date(2010, 6, 26), date(2010, 6, 10), 10),
        (date(2026, 3, 30), date(2026, 3, 10), 10),
    ],
)
def test_the_second_call(on, first, days):
    found = dates(meeting(on=on, call=2, first_on=first))
    assert on - found["notice.second"].day == timedelta(days=days)
    assert not {"notice.first", "notice.balo", "notice.site", "agenda.drafts"} & set(found)


@pytest.mark.parametrize(
    ("kind", "rule"),
    [("extraordinary", "extraordinary"), ("combined", "extraordinary"), ("special", "special"), ("ordinary", None)],
)
def test_a_second_meeting_may_be_put_off_two_months(kind, rule):
    found = dates(meeting(kind=kind, call=2, first_on=date(2026, 3, 10))).get("quorum.put-off")
    assert (found and found.rule.id) == (rule and f"assembly.quorum.{rule}")
    assert found is None or found.day == date(2026, 5, 30)


def test_a_bid_shortens_the_dates():
    facts = meeting(bid_defence=True)
    found = {name: (date(2026, 3, 30) - due.day).days for name, due in dates(facts).items()}
    assert {name: found[name] for name in ("notice.balo", "notice.site", "agenda.drafts", "notice.first")} == {
        "notice.balo": 15, "notice.site": 15, "agenda.drafts": 10, "notice.first": 6,
    }  # fmt: skip
    second = dates(meeting(bid_defence=True, call=2, first_on=date(2026, 3, 10)))
    assert second["notice.second"].day == date(2026, 3, 26)


def test_bearer_shares_bring_the_balo_but_neither_site_nor_publication():
    found = dates(meeting(listed=False, bearer=True))
    assert found["notice.balo"].day == date(2026, 2, 23)
    assert not {"notice.site", "results.publication", "broadcast.recording"} & set(found)
    assert "notice.balo" not in dates(meeting(listed=False))


def test_the_public_offering_counted_until_may_2009():
    assert "notice.balo" in dates(meeting(on=date(2009, 5, 21), listed=False, public_offering=True))
    assert "notice.balo" not in dates(meeting(on=date(2009, 5, 22), listed=False, public_offering=True))


def test_drafts_after_the_notice():
    """Since 2010 two limits: come by D-25, sent within twenty days of the notice; before, one took the other's place."""
    found = dates(meeting(balo_on=date(2026, 2, 2)))
    assert (found["agenda.drafts"].day, found["agenda.drafts.sent"].day) == (date(2026, 3, 5), date(2026, 2, 22))
    early_notice = meeting(on=date(2007, 9, 20), balo_on=date(2007, 8, 1))
    assert day_of(early_notice, "agenda.drafts") == date(2007, 8, 21)
    assert day_of(meeting(on=date(2007, 9, 20), balo_on=date(2007, 8, 6)), "agenda.drafts") == date(2007, 8, 26)
    bid = meeting(on=date(2007, 9, 20), balo_on=date(2007, 9, 1), bid_defence=True)
    assert day_of(bid, "agenda.drafts") == date(2007, 9, 6)


def test_documents_at_the_seat_for_an_extraordinary_meeting_since_the_end_of_2007():
    assert "documents.office" not in dates(meeting(on=date(2007, 12, 29), kind="extraordinary"))
    assert "documents.office" in dates(meeting(on=date(2007, 12, 30), kind="extraordinary"))
    assert "documents.office" in dates(meeting(on=date(2007, 12, 29), kind="special"))


def test_bylaws_may_ask_for_more_notice_and_a_nearer_paper_limit():
    clauses = (bylaw("assembly.notice.first", days_before=21), bylaw("assembly.form.deadline-paper", max_days_before=1))
    found = dates(meeting(bylaws=clauses))
    assert (found["notice.first"].day, found["form.deadline-paper"].day) == (date(2026, 3, 9), date(2026, 3, 29))
    (row,) = [row for row in as_data(found.values()) if row["id"] == "notice.first"]
    assert row["bylaws"] == ["art. 20"]


def test_an_sarl_and_an_sas():
    sarl = dates(meeting(form="sarl", listed=False))
    assert {name: due.day for name, due in sarl.items()} == {
        "agenda.sarl": date(2026, 3, 5),
        "notice.email-consent": date(2026, 3, 10),
        "documents.sarl": date(2026, 3, 15),
        "notice.sarl": date(2026, 3, 15),
    }
    assert day_of(meeting(form="sarl", listed=False, manager_death=True), "notice.sarl") == date(2026, 3, 22)
    assert "agenda.sarl" not in dates(meeting(on=date(2012, 6, 14), form="sarl", listed=False))
    assert dates(meeting(form="sas", listed=False)) == {}
    clause = bylaw("assembly.sas.free", evote=True, notice_days_before=8)
    sas = dates(meeting(form="sas", listed=False, bylaws=(clause,)))
    assert sas["notice.sas"].day == date(2026, 3, 22)
    assert sas["form.deadline-electronic"].at == datetime(2026, 3, 29, 13, tzinfo=UTC)


def test_a_meeting_held_only_at_a_distance_has_its_own_dates():
    allowed = bylaw("assembly.telecom-only", allowed=True)
    found = dates(meeting(listed=False, kind="extraordinary", telecom_only=True, bylaws=(allowed,)))
    assert found["telecom-only.announced"].day == date(2026, 2, 23)
    assert found["telecom-only.objection"].day == date(2026, 3, 5)
    warned = found["telecom-only.fallback"]
    assert warned.at == instant(date(2026, 3, 30), time(10)) - timedelta(hours=48), "hours that really pass"
    assert local(warned.at).time() == time(9), "the clocks went forward in between"
    assert "telecom-only.objection" not in dates(meeting(listed=False, telecom_only=True, bylaws=(allowed,)))


# ------------------------------------------------------------------------------------------------------------ properties

days = st.dates(date(2007, 3, 27), date(2035, 12, 31))
hours = st.times().filter(lambda at: not time(2) <= at < time(3))  # an hour that the clocks skip once a year
forms = st.sampled_from([("sa", True), ("sa", False), ("sas", False), ("sarl", False)])
kinds = st.sampled_from(["ordinary", "extraordinary", "combined", "special"])


@given(on=days, at=hours, form=forms, kind=kinds, call=st.sampled_from([1, 2]), bid=st.booleans())
def test_any_calendar_is_in_order_and_explained(on, at, form, kind, call, bid):
    facts = meeting(on=on, at=at, form=form[0], listed=form[1], kind=kind, call=call, bid_defence=bid)
    found = calendar(facts, LAW)
    assert [due.at for due in found] == sorted(due.at for due in found)
    told = as_data(found)
    assert canonical(told)
    for due, row in zip(found, told, strict=True):
        assert due.rule.in_force(on)
        assert not due.rule.silent
        assert datetime.fromisoformat(row["paris"]) == datetime.fromisoformat(row["utc"]) == due.at
        assert row["trace"]
        if due.id not in {"results.publication", "broadcast.recording", "broadcast.removal", "quorum.put-off"}:
            assert due.day <= on
            assert due.at < instant(on, time(0)) or due.id == "record-date"
        else:
            assert due.day > on
    if form[0] == "sa":
        by_id = {due.id: due for due in found}
        assert local(by_id["form.deadline-electronic"].at).time() == time(15)
        assert by_id["form.deadline-electronic"].day == on - timedelta(days=1)
        # In a bid the second notice (D-4) comes after the last day to ask for a form (D-6): the law's own doing.
        asking = () if bid else ("form.request",)
        ranks = ("notice.balo", "notice.site", *CONVENING, *asking, "form.deadline-paper", "form.deadline-electronic")
        ordered = [by_id[name].at for name in ranks if name in by_id]
        assert ordered == sorted(ordered)


@settings(max_examples=25)
@given(on=days, later=st.integers(1, 40), listed=st.booleans())
def test_a_refusal_tells_a_day_that_really_is_lawful(on, later, listed):
    facts = meeting(on=on, listed=listed)
    now = early(facts)
    done = {"notice.first": on - timedelta(days=15) + timedelta(days=later)}
    with pytest.raises(Refused) as found:
        check_calendar(facts, done, LAW, now)
    assert found.value.lawful is not None
    lawful = check._earliest(facts, done, LAW, now)
    check_calendar(meeting(on=lawful, listed=listed), done, LAW, now)
    with pytest.raises(Refused):
        check_calendar(meeting(on=lawful - timedelta(days=1), listed=listed), done, LAW, now)


# ------------------------------------------------------------------------------------------------ an unlawful calendar


def test_a_lawful_calendar_is_a_decision_with_its_why():
    facts = meeting(listed=False)
    decision = check_calendar(facts, {"notice.first": date(2026, 3, 15)}, LAW, early(facts))
    assert decision.rule.id == "assembly.notice.first"
    assert [due.id for due in decision.value] == [due.id for due in calendar(facts, LAW)]
    assert decision.trace.steps[-1].result == "2026-03-15"
    assert "conforme" in decision.trace.steps[-1].how.fr
    json.dumps(decision.as_data())


def test_fourteen_days_are_not_fifteen():
    found = refused(meeting(listed=False), {"notice.first": date(2026, 3, 16)})
    assert (found.code, found.rule.id) == ("calendar.late", "assembly.notice.first")
    assert "R. 225-69" in found.reason.fr
    assert "dimanche 15 mars 2026" in found.reason.fr
    assert "mardi 31 mars 2026 au plus tôt" in found.lawful.fr
    assert "15 March 2026" in found.lawful.en
    assert found.facts["faults"][0]["id"] == "notice.first"
    json.dumps(found.as_data())


def test_the_last_day_counts_to_its_end():
    facts = meeting(listed=False)
    midnight = datetime(2026, 3, 16, tzinfo=PARIS)
    check_calendar(facts, {"notice.first": midnight - timedelta(microseconds=1)}, LAW, early(facts))
    assert refused(facts, {"notice.first": midnight}).code == "calendar.late"


@pytest.mark.parametrize("name", ["notice", "assembly.notice", "assembly.notice.first", "notice.first"])
def test_the_notice_may_be_named_without_its_call(name):
    facts = meeting(listed=False)
    check_calendar(facts, {name: date(2026, 3, 15)}, LAW, early(facts))
    assert refused(facts, {name: date(2026, 3, 16)}).code == "calendar.late"


def test_a_second_call_has_ten_days_since_2010_and_had_six():
    old = meeting(on=date(2010, 6, 25), listed=False, call=2, first_on=date(2010, 6, 10))
    check_calendar(old, {"notice": date(2010, 6, 19)}, LAW, early(old, 10))
    new = meeting(on=date(2010, 6, 26), listed=False, call=2, first_on=date(2010, 6, 10))
    assert refused(new, {"notice": date(2010, 6, 20)}, early(new, 12)).rule.id == "assembly.notice.second"


def test_a_notice_that_was_missed():
    facts = meeting()
    found = refused(facts, {"notice.first": date(2026, 3, 10)}, instant(date(2026, 3, 1), time(9)))
    assert (found.code, found.rule.id) == ("calendar.missed", "assembly.notice.balo")
    assert "5 avril 2026 au plus tôt, ce qui manque étant fait aujourd’hui" in found.lawful.fr
    assert "Convocation" not in found.lawful.fr, "bringing the notice forward would not cure the missing one"
    done = {"notice.balo": date(2026, 2, 20), "notice.first": date(2026, 3, 10)}
    check_calendar(facts, done, LAW, instant(date(2026, 3, 1), time(9)))


def test_all_faults_are_told_at_once():
    done = {"notice.balo": date(2026, 2, 24), "notice.site": date(2026, 3, 10), "notice.first": date(2026, 3, 16)}
    found = refused(meeting(), done)
    assert [fault["id"] for fault in found.facts["faults"]] == ["notice.balo", "notice.site", "notice.first"]
    for cite in ("R. 225-73", "R. 22-10-23", "R. 225-69"):
        assert cite in found.reason.fr


def test_the_list_of_holders_is_fixed_on_one_day_only():
    done = {"notice.first": date(2026, 3, 10), "holders.list": date(2026, 3, 13)}
    found = refused(meeting(listed=False), done)
    assert (found.code, found.rule.id) == ("calendar.day", "assembly.holders.list")
    facts = meeting(listed=False)
    check_calendar(facts, done | {"holders.list": date(2026, 3, 14)}, LAW, early(facts))


def test_a_recording_may_not_be_withdrawn_early():
    found = refused(meeting(), {"broadcast.removal": date(2028, 4, 8)})
    assert (found.code, found.rule.status) == ("calendar.early", "unconfirmed")


def test_an_unknown_name_is_an_error_not_an_answer():
    facts = meeting()
    with pytest.raises(LawError, match=r"notice\.frist"):
        check_calendar(facts, {"notice.frist": date(2026, 1, 2)}, LAW, early(facts))


def test_a_meeting_that_is_past_cannot_be_convened():
    facts = meeting()
    assert refused(facts, {}, facts.at).code == "meeting.past"


@pytest.mark.parametrize("first", [None, date(2026, 3, 30), date(2026, 4, 1)])
def test_a_second_call_needs_a_first_meeting_before_it(first):
    found = refused(meeting(call=2, first_on=first), {})
    assert (found.code, found.rule.id) == ("call.first", "assembly.notice.second")


def test_a_listed_company_may_not_meet_only_at_a_distance():
    allowed = bylaw("assembly.telecom-only", allowed=True)
    done = {"notice": date(2026, 3, 1)}
    assert refused(meeting(telecom_only=True, bylaws=(allowed,)), done).code == "telecom-only"
    assert refused(meeting(listed=False, telecom_only=True), done).code == "telecom-only"
    facts = meeting(listed=False, telecom_only=True, bylaws=(allowed,))
    check_calendar(facts, done, LAW, early(facts))
    special = meeting(on=date(2023, 6, 1), listed=False, kind="special", telecom_only=True, bylaws=(allowed,))
    assert refused(special, {"notice": date(2023, 5, 1)}).rule.since == date(2019, 7, 21)


def test_a_clock_hour_that_one_day_skips_does_not_stop_the_search():
    facts = meeting(on=date(2026, 3, 20), at=time(2, 30), listed=False)
    found = refused(facts, {"notice": date(2026, 3, 14)})
    assert "30 mars 2026" in found.lawful.fr, "02:30 on 29 March 2026 does not exist in Paris"
    with pytest.raises(CalendarError):
        meeting(on=date(2026, 3, 29), at=time(2, 30))


# ------------------------------------------------------------------------------------------------------- the voting site


def opened(*clauses, level="simple", day=date(2026, 3, 30), form="sa"):
    return site_may_open(company(*clauses, form=form, listed=False), level, LAW, day)


def closed(*clauses, **more):
    with pytest.raises(Refused) as found:
        opened(*clauses, **more)
    return found.value


@pytest.mark.parametrize("day", [date(2007, 9, 1), date(2026, 3, 30)])
def test_the_site_does_not_open_when_the_bylaws_are_silent(day):
    found = closed(SIMPLE, day=day)
    assert (found.code, found.rule.id) == ("site.bylaws", "assembly.evote.bylaws")
    assert "R. 225-61" in found.reason.fr
    assert "L. 225-107" in found.reason.en
    assert "extraordinaire" in found.lawful.fr


@pytest.mark.parametrize("day", [date(2007, 9, 1), date(2026, 3, 30)])
@pytest.mark.parametrize(
    "clause",
    [
        (),
        (bylaw("assembly.form.signature", simple=True),),
        (bylaw("assembly.form.signature", process="a code"),),
    ],
)
def test_a_simple_signature_needs_a_bylaw_that_describes_it(day, clause):
    found = closed(EVOTE, *clause, day=day)
    assert (found.code, found.rule.id) == ("site.signature", "assembly.form.signature")
    assert "R. 225-77, 3°" in found.reason.fr


@pytest.mark.parametrize("day", [date(2007, 9, 1), date(2026, 3, 30)])
def test_the_site_opens_when_the_bylaws_allow_and_describe(day):
    decision = opened(EVOTE, SIMPLE, day=day)
    assert decision.value == "code sent over a second channel"
    assert [step.result for step in decision.trace] == ["allowed", "simple"]
    assert "art. 20" in decision.trace.steps[0].how.fr


@pytest.mark.parametrize("level", ["advanced", "qualified"])
def test_a_stronger_signature_needs_no_bylaw(level):
    assert opened(EVOTE, level=level).value == level


def test_a_bylaw_counts_from_its_day():
    later = bylaw("assembly.evote.bylaws", since=date(2026, 3, 31), allowed=True)
    assert closed(later, SIMPLE).code == "site.bylaws"
    assert opened(later, SIMPLE, day=date(2026, 3, 31)).value


def test_the_meetings_facts_will_do():
    assert site_may_open(meeting(bylaws=(EVOTE, SIMPLE)), "simple", LAW, date(2026, 3, 30)).value


def test_an_sas_decides_by_its_bylaws():
    found = closed(EVOTE, SIMPLE, form="sas")
    assert (found.code, found.rule.id) == ("site.bylaws", "assembly.sas.free")
    assert "L. 227-9" in found.reason.fr
    assert opened(bylaw("assembly.sas.free", evote=True), SIMPLE, form="sas").value


def test_an_sarl_votes_by_form_only_since_2024():
    clauses = (bylaw("assembly.sarl.form", since=date(2024, 10, 11), allowed=True), bylaw("assembly.sarl.site", since=date(2009, 2, 28), allowed=True), SIMPLE)  # fmt: skip
    old = closed(*clauses, form="sarl", day=date(2020, 6, 1))
    assert (old.code, old.rule.silent) == ("site.no-rule", True)
    assert closed(form="sarl", level="advanced").code == "site.bylaws"
    assert closed(clauses[0], form="sarl", level="advanced").rule.id == "assembly.sarl.site"
    assert opened(*clauses, form="sarl").rule.status == "unconfirmed"


def test_no_rule_on_file_is_a_refusal():
    found = closed(EVOTE, day=date(2001, 1, 1))
    assert (found.code, found.rule) == ("site.no-rule", None)
