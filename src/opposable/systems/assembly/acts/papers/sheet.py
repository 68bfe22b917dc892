"""«Feuille de présence» (R. 225-95): who was there, represented, proxy, or voted by form, with shares and votes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from opposable.law import t
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.acts.papers.common import (
    BODIES,
    KEEP_SHEET,
    citing,
    company_block,
    full_name,
    meeting_block,
    moment,
    paper,
    person,
)
from opposable.systems.assembly.models import Holder, Meeting
from opposable.systems.assembly.rules import quorum
from opposable.systems.assembly.rules.documents import members
from opposable.systems.assembly.rules.register import Voice

TITLE = t("Feuille de présence", "Attendance sheet")
FIGURES = ("shares_ordinary", "votes_ordinary", "shares_extraordinary", "votes_extraordinary")
SECTIONS = ("present", "represented", "proxies", "remote")


def sheet_paper(meeting: Meeting) -> Any:
    return paper(meeting, "assembly.sheet", TITLE, "sheet", KEEP_SHEET)


def sheet_data(meeting: Meeting, counting: Counting, at: datetime) -> dict[str, Any]:
    """The sheet as it stands: lines by section, totals, quorum of each body at ``at`` (or when the session ended)."""
    looked = min(at, meeting.ended_at) if meeting.ended_at else at
    found = counting.company.rule(counting.law, "assembly.attendance-sheet", meeting.day)
    lines = attendance_lines(meeting, counting)
    bodies = list(meeting.bodies)
    return {
        "company": company_block(meeting.company),
        "meeting": meeting_block(meeting),
        "rule": citing(counting.company, counting.law, meeting.day)(found),
        "as_of": moment(looked, meeting.zone),
        "bureau": members(meeting.bureau),
        "bodies": bodies,
        "split": len(bodies) > 1 and _differ(lines),
        "lines": lines,
        "totals": {name: _total(lines[name]) for name in SECTIONS},
        "total": _total([line for name in SECTIONS if name != "proxies" for line in lines[name]]),
        "quorum": [_quorum(counting, body, looked) for body in bodies],
        "absent_proxies": len([line for line in lines["represented"] if not line["there"]]),
    }


def _by(line: quorum.Attendance) -> str:
    """Who represents: the chair has one name, however the form called him."""
    return quorum.CHAIR if line.by == f"person:{quorum.CHAIR}" else line.by


def attendance_lines(meeting: Meeting, counting: Counting) -> dict[str, list[dict[str, Any]]]:
    """Every line of the sheet, by section, in the order of names. A holder who left and came back has one line."""
    holders = _holders(counting)
    people = {line.holder for line in counting.attendances if line.capacity in ("present", "proxy")} | {quorum.CHAIR}
    names = {uid: full_name(holder) for uid, holder in holders.items()}
    names[quorum.CHAIR] = str(meeting.bureau.get("chair", ""))
    by_capacity: dict[str, list[quorum.Attendance]] = {name: [] for name in ("present", "represented", "remote")}
    for line in counting.attendances:
        if line.capacity in by_capacity:
            by_capacity[line.capacity].append(line)
    represented = [
        {**_line(holders, line), "by": _name(_by(line), names), "there": _by(line) in people}
        for line in by_capacity["represented"]
    ]
    return {
        "present": _sorted(_present(holders, by_capacity["present"], meeting)),
        "represented": _sorted(represented),
        "proxies": _proxies(holders, names, by_capacity["represented"], people),
        "remote": _sorted(_remote(meeting, holders, by_capacity["remote"])),
    }


def _holders(counting: Counting) -> dict[str, Holder]:
    uids = {key for line in counting.attendances for key in (line.holder, line.by)}
    found = Holder.objects.filter(company=counting.meeting.company, uid__in=[uid for uid in uids if len(uid) == 32])
    return {holder.uid: holder for holder in found}


def _line(holders: dict[str, Holder], line: quorum.Attendance) -> dict[str, Any]:
    return {**person(holders[line.holder]), **_figures(line.voice)}


def _figures(voice: Voice) -> dict[str, int]:
    one, other = voice.ordinary, voice.extraordinary
    return dict(zip(FIGURES, (one.shares, one.votes, other.shares, other.votes), strict=True))


def _present(holders: dict[str, Holder], lines: list[quorum.Attendance], meeting: Meeting) -> Iterable[dict[str, Any]]:
    """One line a holder; arrivals after the opening and departures are said, because the quorum moved with them."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        entry = found.setdefault(line.holder, {**_line(holders, line), "moves": []})
        if line.arrived_at and meeting.started_at and line.arrived_at > meeting.started_at:
            entry["moves"].append({"what": "in", "at": moment(line.arrived_at, meeting.zone)})
        if line.left_at:
            entry["moves"].append({"what": "out", "at": moment(line.left_at, meeting.zone)})
    return found.values()


def _proxies(
    holders: dict[str, Holder], names: dict[str, str], lines: list[quorum.Attendance], people: set[str]
) -> list[dict[str, Any]]:
    """3° of R. 225-95: each proxy, with the shares and votes of those who gave him their mandate."""
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        by = _by(line)
        holder = holders.get(by)
        identity = person(holder) if holder else {"name": _name(by, names), "given_name": "", "domicile": "", "ref": ""}
        entry = found.setdefault(
            by,
            {
                **identity,
                **dict.fromkeys(FIGURES, 0),
                "mandates": 0,
                "chair": by == quorum.CHAIR,
                "there": by in people,
            },
        )
        entry["mandates"] += 1
        for name, value in _figures(line.voice).items():
            entry[name] += value
    return _sorted(found.values())


def _remote(meeting: Meeting, holders: dict[str, Holder], lines: list[quorum.Attendance]) -> Iterable[dict[str, Any]]:
    rows = meeting.forms.filter(mode="vote", status__in=["counted", "amended"])
    received = {uid: (channel, at) for uid, channel, at in rows.values_list("holder__uid", "channel", "received_at")}
    for line in lines:
        channel, at = received[line.holder]
        yield {**_line(holders, line), "channel": channel, "received": moment(at, meeting.zone)}


def _name(key: str, names: dict[str, str]) -> str:
    return names.get(key) or key.removeprefix("person:")


def _sorted(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: (line["name"].casefold(), line["given_name"].casefold(), line["ref"]))


def _total(lines: list[dict[str, Any]]) -> dict[str, int]:
    counted = [line for line in lines if line.get("there", True)]
    return {"count": len(counted), **{name: sum(line[name] for line in counted) for name in FIGURES}}


def _differ(lines: dict[str, list[dict[str, Any]]]) -> bool:
    pairs = (("shares_ordinary", "shares_extraordinary"), ("votes_ordinary", "votes_extraordinary"))
    return any(line[one] != line[other] for name in SECTIONS for line in lines[name] for one, other in pairs)


def _quorum(counting: Counting, body: Any, at: datetime) -> dict[str, Any]:
    decision = counting.quorum_at(body, at)
    assert decision.rule is not None
    return {
        "body": body,
        "body_text": BODIES[body].of("fr"),
        **quorum_block(decision.value),
        "rule": citing(counting.company, counting.law, counting.meeting.day)(decision.rule),
    }


def quorum_block(value: quorum.Quorum) -> dict[str, Any]:
    """A quorum in figures: shares there out of the base, the least needed, the fraction of the law or of the bylaws."""
    there, share = value.presence, value.percent
    return {
        "base": value.base,
        "shares": there.shares,
        "present": there.present,
        "represented": there.represented,
        "remote": there.remote,
        "fraction": str(value.fraction) if value.fraction else None,
        "least": value.least,
        "reached": value.reached,
        "percent": share.text if share else None,
    }
