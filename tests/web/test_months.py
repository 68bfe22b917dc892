"""The calendar: days of legal time, midnights, holidays of the law's table, months at both ends; the board."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from opposable.kernel import clock
from opposable.kernel.models import Duty
from opposable.law import t
from opposable.web import board, months

NOW = datetime(2026, 3, 27, 9, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 29, 22, tzinfo=UTC)  # 00:00 on the 30th in Paris: the clocks changed that night
NOON = datetime(2026, 3, 30, 10, tzinfo=UTC)


def test_what_ends_at_midnight_is_due_the_day_before():
    assert months.day_of(MIDNIGHT) == date(2026, 3, 29)
    assert months.ends_day(MIDNIGHT)
    assert (months.day_of(NOON), months.ends_day(NOON)) == (date(2026, 3, 30), False)
    assert months.day_of(datetime(2026, 10, 25, 23, tzinfo=UTC)) == date(2026, 10, 25)


def test_a_month_has_whole_weeks_its_holidays_and_its_events():
    events = [
        months.Event(NOON, "noon"),
        months.Event(MIDNIGHT, "midnight"),
        months.Event(NOON + timedelta(days=30), "x"),
    ]
    drawn = months.month(date(2026, 3, 1), events, NOW)
    assert [len(week.days) for week in drawn.weeks] == [7] * 6
    assert drawn.weeks[0].days[0].on == date(2026, 2, 23)
    assert [event.title for event in drawn.events] == ["midnight", "noon"]
    assert (drawn.previous, drawn.following, drawn.label.fr) == ("2026-02", "2026-04", "Mars 2026")
    assert [day.on for week in drawn.weeks for day in week.days if day.today] == [date(2026, 3, 27)]
    april = months.month(date(2026, 4, 1), (), NOW)
    holidays = {day.on: day.holiday.name.fr for week in april.weeks for day in week.days if day.holiday}
    assert holidays == {date(2026, 4, 6): "Lundi de Pâques", date(2026, 5, 1): "1er Mai"}


@pytest.mark.parametrize("text", ["", "2026-13", "x", "0000-01", "9999-12", "2026-3-1", "<script>"])
def test_a_month_that_cannot_be_read_is_the_current_one(text):
    assert months.asked(text, date(2026, 3, 27)) == date(2026, 3, 1)


def test_the_first_and_last_months_can_be_drawn():
    assert months.month(months.asked("1900-01", date(2026, 1, 1)), (), NOW).weeks
    assert months.month(months.asked("2200-12", date(2026, 1, 1)), (), NOW).weeks


def test_the_span_holds_all_that_is_drawn():
    after, upto = months.span(date(2026, 3, 1))
    assert after == datetime(2026, 2, 22, 23, tzinfo=UTC)
    assert upto == datetime(2026, 4, 5, 22, tzinfo=UTC)


def test_a_board_deals_its_cards_and_says_how_many_more():
    lanes = (board.Lane("even", t("Pairs", "Even")), board.Lane("odd", t("Impairs", "Odd")))
    dealt = board.deal(
        lanes, range(100), lambda n: "even" if n % 2 == 0 else "none" if n == 1 else "odd", lambda n: board.Card(str(n))
    )
    assert [(lane.key, len(lane.cards), lane.count) for lane in dealt] == [("even", 30, 50), ("odd", 30, 49)]
    assert [card.title for card in dealt[1].cards[:2]] == ["3", "5"]
    assert lanes[0].cards == []


# ---- the pages -------------------------------------------------------------------------------------------------------


def test_the_calendar_shows_the_duty_with_its_article_on_its_day(secretary, house):
    due = Duty.objects.get(obj=house.hold.result.uid)
    page = secretary.get(f"/calendar/?month={months.day_of(due.due_at):%Y-%m}").content.decode()
    assert "Lever le gel" in page
    assert "R. 225-77" in page
    agenda = secretary.get(f"/calendar/?month={months.day_of(due.due_at):%Y-%m}&view=agenda").content.decode()
    assert "Pourquoi" in agenda


def test_the_board_follows_the_duty_from_lane_to_lane(secretary, house):
    now = clock.now()
    hold = Duty.objects.filter(obj=house.hold.result.uid)
    Duty.objects.exclude(pk=hold.get().pk).delete()

    def lanes(**changes):
        hold.update(**changes)
        with clock.frozen(now):
            return {lane.key: lane.count for lane in secretary.get("/board/").context["lanes"] if lane.count}

    assert lanes(due_at=now + timedelta(days=30)) == {"later": 1}
    assert lanes(due_at=now + timedelta(days=3)) == {"week": 1}
    assert lanes(due_at=now) == {"today": 1}
    assert lanes(due_at=now - timedelta(seconds=1)) == {"late": 1}
    assert lanes(closed_at=now - timedelta(days=1)) == {"done": 1}
    assert lanes(closed_at=now - timedelta(days=9)) == {}


@pytest.mark.parametrize("url", ["/calendar/", "/calendar/?view=agenda", "/board/", "/"])
def test_each_look_keeps_to_its_budget_and_hides_what_is_not_visible(
    secretary, stranger, url, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12):
        assert secretary.get(url).status_code == 200
    assert "Lever le gel" not in stranger.get(url).content.decode()


def test_the_looks_are_in_english_too(secretary):
    with translation.override("en"):
        secretary.cookies["opposable_lang"] = "en"
        assert "Mon" in secretary.get("/calendar/").content.decode()
        assert "Late" in secretary.get("/board/").content.decode()


# ---- what waits for a person -----------------------------------------------------------------------------------------


def test_what_systems_say_is_waiting_stands_on_the_page_the_most_pressing_first(secretary, monkeypatch):
    monkeypatch.setattr(
        "opposable.systems.assembly.apps.Assembly.awaiting", "tests.web.test_months.awaiting", raising=False
    )
    page = secretary.get("/").content.decode()
    assert page.index("Bientôt") < page.index("Plus tard vraiment")
    assert "périmée" in page


def awaiting(request):
    from opposable.web.waiting import Waiting

    yield Waiting(t("Plus tard vraiment", "Later"), "/b/", since=NOW, stale=True)
    yield Waiting(t("Bientôt", "Soon"), "/a/", what=t("second accord", "second yes"), due_at=NOW)
