"""The calendar of a meeting on the page: each legal date with its article and its arithmetic, and where it stands."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from opposable.kernel.models import Act, Duty
from opposable.kernel.system import law
from opposable.law import PARIS, LawError, Refused, local, local_day
from opposable.law.text import Text, t
from opposable.systems.assembly.acts.convening import DATE_DUTY, meeting_facts
from opposable.systems.assembly.acts.meeting import CANCEL
from opposable.systems.assembly.models import Meeting
from opposable.systems.assembly.rules import convening
from opposable.systems.assembly.rules.convening import DateDue, MeetingFacts

State = tuple[str, Text]
TO_COME: State = ("info", t("à venir", "to come"))
TO_DO: State = ("due", t("à faire", "to do"))
PAST: State = ("info", t("passée", "past"))
DROPPED: State = ("info", t("sans objet", "dropped"))
DONE: State = ("ok", t("fait", "done"))
LATE: State = ("refused", t("en retard", "late"))
LAWFUL: State = ("ok", t("conforme", "lawful"))
UNLAWFUL: State = ("refused", t("non conforme", "not lawful"))
UNSEEN: State = ("due", t("échue, à vérifier", "past, to be checked"))
WHO: Mapping[str, Text] = {"company": t("la société", "the company"), "holder": t("les actionnaires", "shareholders")}


@dataclass(frozen=True)
class Line:
    """One date: the rule's `DateDue`, who must act, where it stands, and when it was done if it was."""

    due: DateDue
    who: Text
    state: State
    done: datetime | None = None
    zone: str = PARIS.key
    hour: bool = True
    """Whether the hour at which it was done is known, or only the day."""
    early: bool = False
    """Whether it is done exactly on a day that has not come."""
    dropped: bool = False
    """Whether its meeting is cancelled: nobody is to do it."""

    @property
    def why(self) -> dict[str, Any]:
        """The rule and the arithmetic, as the kit draws them."""
        return {"rule": self.due.rule.pin(), "facts": {}, "trace": self.due.trace.as_data()}

    @property
    def to_tell(self) -> bool:
        """Whether someone of the company may still say that it was done."""
        open_ = self.done is None and not self.early and not self.dropped
        return open_ and self.due.actor == "company" and self.due.id != "record-date"

    @property
    def to_correct(self) -> bool:
        """Whether the day that was told may turn out to be another."""
        return (
            self.done is not None and not self.dropped and self.due.actor == "company" and self.due.id != "record-date"
        )

    @property
    def to_send(self) -> bool:
        """Whether it is the notice itself, and nobody said yet that it left."""
        return self.to_tell and self.due.id in convening.CONVENING

    @property
    def done_on(self) -> date | None:
        """The day on which it was done."""
        return self.done and local_day(self.done, self.zone)

    @property
    def side(self) -> Text:
        sides = {
            "not-later": t("au plus tard", "at the latest"),
            "not-earlier": t("à partir du", "from"),
            "on": t("exactement", "exactly"),
        }
        return sides[self.due.side]


@dataclass(frozen=True)
class Plan:
    """A calendar that is being prepared: its dates, and what the law refuses of it (None: nothing)."""

    lines: tuple[Line, ...]
    refused: Refused | None
    broken: LawError | None = None

    @property
    def lawful(self) -> bool:
        return self.refused is None and self.broken is None


def planned(facts: MeetingFacts, notice: datetime | date, now: datetime) -> Plan:
    """The dates of a meeting not yet convened, its notices being given at ``notice``: what is unlawful is marked."""
    try:
        dates = convening.calendar(facts, law())
    except LawError as error:
        return Plan((), None, error)
    except Refused as never:
        return Plan((), never)
    bound = {due.id for due in dates}
    done = {id_: notice for id_ in convening.NOTICES if id_ in bound}
    refused: Refused | None = None
    try:
        convening.check_calendar(facts, done, law(), now)
    except Refused as raised:
        refused = raised
    faults = _faults(refused)
    return Plan(tuple(_planned(due, due.id in faults, due.id in done, now) for due in dates), refused)


def _faults(refused: Refused | None) -> set[str]:
    found: Any = refused.facts.get("faults", ()) if refused else ()
    return {fault["id"] for fault in found}


def _planned(due: DateDue, faulty: bool, checked: bool, now: datetime) -> Line:
    state = UNLAWFUL if faulty else LAWFUL if checked else PAST if due.missed(now) else TO_COME
    return Line(due, WHO[due.actor], state)


def standing(meeting: Meeting, now: datetime) -> tuple[Line, ...]:
    """The dates of a meeting on file, and where each stands. Two queries (bylaws, duties)."""
    try:
        dates = convening.calendar(meeting_facts(meeting), law())
    except (LawError, Refused):
        return ()
    closed = _closed_duties(meeting)
    return tuple(_standing(due, meeting, closed, now) for due in dates)


def _closed_duties(meeting: Meeting) -> dict[str, datetime]:
    """Dates that someone said were met. What the end of the session, or the cancellation, closed of itself was said by nobody."""
    rows = Duty.objects.filter(obj=meeting.uid).exclude(closed_at=None).values_list("act", "closed_at")
    ended = _cancelled_at(meeting) if meeting.status == "cancelled" else meeting.ended_at
    return {act.removeprefix(DATE_DUTY): at for act, at in rows if at and at != ended}


def _cancelled_at(meeting: Meeting) -> datetime | None:
    return Act.objects.filter(obj=meeting.uid, type=CANCEL, outcome="done").values_list("at", flat=True).first()


def _standing(due: DateDue, meeting: Meeting, closed: Mapping[str, datetime], now: datetime) -> Line:
    dropped = meeting.status == "cancelled"
    if due.id == "record-date":
        done = meeting.entitlements_fixed_at
        return Line(due, WHO[due.actor], DONE if done else _open_state(due, meeting, now), done, dropped=dropped)
    done = closed.get(due.id)
    hour = done is None or local(done, meeting.zone).time() != time()
    early = due.side == "on" and local_day(now, meeting.zone) < due.day
    return Line(due, WHO[due.actor], _state(due, meeting, done, now), done, meeting.zone, hour, early, dropped)


def _state(due: DateDue, meeting: Meeting, done: datetime | None, now: datetime) -> State:
    if done is not None:
        if due.met_by(local_day(done, meeting.zone) if due.whole_day else done, meeting.zone):
            return DONE
        return UNLAWFUL if due.side == "on" else LATE
    if meeting.status == "cancelled":
        return _open_state(due, meeting, now)
    if due.missed(now):
        return UNSEEN if due.actor == "company" else PAST
    return TO_DO if due.actor == "company" else TO_COME


def _open_state(due: DateDue, meeting: Meeting, now: datetime) -> State:
    """Where a date stands that nobody met and that nobody is to be warned of."""
    past = now >= due.at
    if meeting.status == "cancelled":
        return PAST if past else DROPPED
    return TO_DO if past else TO_COME


def notice_lines(lines: Iterable[Line]) -> list[Line]:
    """Those of the notice itself: the day on which it left or was published."""
    return [line for line in lines if line.due.id in convening.NOTICES]


def coming(lines: Iterable[Line], now: datetime, count: int = 3) -> list[Line]:
    """The next dates, the nearest first."""
    return [line for line in lines if line.due.at > now and line.done is None and not line.dropped][:count]
