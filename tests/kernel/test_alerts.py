"""Alerts 90, 30, 7 and 0 days before, by a real mail server; the calendar read by a client that we did not write."""

import re
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from opposable.kernel import alerts, clock, duties
from opposable.kernel.models import Alert, CalendarFeed, Duty
from opposable.law import Refused, t
from tests.kernel.decided import SYSTEM, cast, draw
from tests.kernel.postbox import mailbox

__all__ = ["cast", "mailbox"]
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def hold(cast):
    with clock.frozen(NOON):
        hold = draw(cast["clerk"].actor, reason="litige").result
        due = NOON + 100 * DAY
        duties.open_duty(
            hold, "test.held.edit", t("Revoir le gel ; sûr, « net »", "Review the hold"), due, link="/acts/"
        )
    return hold


def told_at(day):
    with clock.frozen(NOON + day * DAY):
        return alerts.send_due()


def test_each_stage_is_told_once_to_those_who_can_act(cast, hold, mailbox):
    said = [told_at(day) for day in (9, 10, 11, 69, 70, 70, 92, 93, 99, 100, 101)]
    # four accounts may write or approve on holds: clerk, lawyer, buyer, chief; the others are told nothing
    assert said == [
        [],
        ["alerts sent: 4"],
        [],
        [],
        ["alerts sent: 4"],
        [],
        [],
        ["alerts sent: 4"],
        [],
        ["alerts sent: 4"],
        [],
    ]
    assert {one["To"] for one in mailbox.messages} == {
        f"{name}@tests.example" for name in ("clerk", "lawyer", "buyer", "chief")
    }
    text = mailbox.messages[0].get_content()
    assert "Revoir le gel" in text
    assert "/acts/" in text
    assert set(Alert.objects.values_list("stage", flat=True)) == {90, 30, 7, 0}
    assert set(Alert.objects.values_list("answer", flat=True)) == {"250 kept as 1"}


def test_a_late_start_tells_the_nearest_stage_only_and_a_moved_day_is_told_anew(cast, hold, mailbox):
    assert told_at(95) == ["alerts sent: 4"]
    assert set(Alert.objects.values_list("stage", flat=True)) == {7}
    duties.open_duty(hold, "test.held.edit", t("Revoir", "Review"), NOON + 102 * DAY)
    assert told_at(95) == ["alerts sent: 4"]


def test_a_server_that_fails_is_asked_again_and_one_that_refuses_is_not(cast, hold, mailbox):
    mailbox.answer = "451 later"
    assert told_at(10) == []
    assert not Alert.objects.exists()
    mailbox.answer = "550 never"
    assert told_at(10) == ["alerts sent: 4"]
    assert told_at(10) == []
    assert Alert.objects.first().answer == "550 never"


def test_what_is_done_or_the_softwares_own_is_not_told(cast, hold, mailbox):
    duties.open_duty(hold, "test.other", t("Auto", "Auto"), NOON + 5 * DAY, automatic=True)
    with clock.frozen(NOON):
        duties.close_duty(hold, "test.held.edit", NOON)
    assert told_at(90) == []


def test_what_concerns_one_person_is_told_to_him_alone(cast, hold, mailbox):
    Duty.objects.update(closed_at=NOON)
    duties.open_duty(hold, "test.mine", t("À lire", "To read"), NOON + 5 * DAY, person=cast["stranger"].uid)
    assert told_at(0) == ["alerts sent: 1"]
    assert mailbox.messages[0]["To"] == "stranger@tests.example"
    Duty.objects.update(closed_at=NOON)
    told_at(1)
    assert not Alert.objects.exists()


# ---------------------------------------------------------------- the calendar


def lines_of(text):
    """Unfolded content lines; every physical line is at most 75 octets and ends with CRLF (RFC 5545, 3.1)."""
    physical = text.split("\r\n")
    assert physical.pop() == ""
    assert all(len(line.encode()) <= 75 and "\n" not in line for line in physical)
    return "\r\n".join(physical).replace("\r\n ", "").split("\r\n")


def test_the_calendar_is_strict_icalendar(cast, hold):
    with clock.frozen(NOON):
        rows = duties.due_for(cast["clerk"].actor)
        lines = lines_of(alerts.icalendar(rows, NOON, "fr"))
    assert all(re.fullmatch(r"[A-Z-]+:.*", line) for line in lines)
    stack = []
    for line in lines:
        name, _, value = line.partition(":")
        if name == "BEGIN":
            stack.append(value)
        elif name == "END":
            assert stack.pop() == value
    assert stack == []
    event = dict(line.split(":", 1) for line in lines if not line.startswith(("BEGIN", "END", "TRIGGER")))
    assert event["DTSTART"] == "20270304T110000Z"
    assert event["SUMMARY"] == "Revoir le gel \\; sûr\\, « net »"
    assert event["URL"].endswith("/acts/")


def test_a_real_client_reads_it(cast, hold, leg, tmp_path):
    leg("khal")
    with clock.frozen(NOON):
        (tmp_path / "feed.ics").write_text(
            alerts.icalendar(duties.due_for(cast["clerk"].actor), NOON, "fr"), newline=""
        )
    (tmp_path / "config").write_text(
        f"[calendars]\n[[due]]\npath = {tmp_path}/due\n[locale]\nlocal_timezone = Europe/Paris\ndefault_timezone = Europe/Paris\n"
        "timeformat = %H:%M\ndateformat = %d/%m/%Y\nlongdateformat = %d/%m/%Y\ndatetimeformat = %d/%m/%Y %H:%M\n"
        f"longdatetimeformat = %d/%m/%Y %H:%M\n[sqlite]\npath = {tmp_path}/khal.db\n"
    )
    (tmp_path / "due").mkdir()
    environ = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}

    def khal(*words):
        command = ["khal", "-c", str(tmp_path / "config"), *words]
        return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=180, check=True).stdout

    khal("import", "--batch", "-a", "due", str(tmp_path / "feed.ics"))
    said = khal("list", "04/03/2027", "1d", "--format", "{start-style} {title}")
    assert "12:00" in said
    assert "Revoir le gel ; sûr, « net »" in said


def test_the_address_is_secret_and_one_at_a_time(cast, hold):
    clerk = cast["clerk"]
    first, text = alerts.open_feed(clerk.actor).result
    assert alerts.feed_of(text) == first
    _, other = alerts.open_feed(clerk.actor).result
    assert alerts.feed_of(text) is None
    assert alerts.feed_of(other)
    assert text not in str(CalendarFeed.objects.values_list("hashed", flat=True))
    alerts.close_feed(clerk.actor)
    assert alerts.feed_of(other) is None
    with pytest.raises(Refused):
        alerts.open_feed(SYSTEM)
