"""The frame of a meeting's record: title, state, seal, tabs, and the next lawful step."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Act, Duty, Member, Recorded
from opposable.law.text import Text, t
from opposable.systems.assembly.acts.convening import DATE_DUTY
from opposable.systems.assembly.models import Meeting, Result
from opposable.systems.assembly.views.office_base import can
from opposable.systems.assembly.views.office_words import CALL_WORDS, MEETING_STATES
from opposable.web.register import Entry, entries_of, index_of


def meeting_url(name: str, meeting: Meeting, *args: object) -> str:
    """The address of a page of the meeting: ``meeting_url("forms", meeting)``."""
    return reverse(f"assembly:{name}", args=[meeting.uid, *args])


def last_act(row: Recorded) -> Entry | None:
    """The act that left the row as it is, for its seal: ``head`` is its entry. One query."""
    act = Act.objects.filter(entry=bytes.fromhex(row.head)).select_related("leaf").first() if row.head else None
    return Entry(act, index_of(act)) if act else None


def history_of(row: Recorded, shown: int = 30) -> list[Entry]:
    """The acts that changed a row, alone or among others, the newest first. Two queries."""
    among = Member.objects.filter(obj=row.uid).values("act")
    acts = Act.objects.filter(Q(obj=row.uid) | Q(pk__in=among)).select_related("leaf").order_by("-pk")[:shown]
    return entries_of(acts, names=True)


TABS: Sequence[tuple[str, Text, str]] = (
    ("meeting", t("Vue d’ensemble", "Overview"), "assembly.meeting"),
    ("resolutions", t("Résolutions", "Resolutions"), "assembly.resolution"),
    ("notices", t("Convocations", "Notices"), "assembly.mailing"),
    ("turnout", t("Participation", "Turnout"), "assembly.form"),
    ("forms", t("Formulaires", "Forms"), "assembly.form"),
    ("entitlements", t("Droits de vote", "Votes"), "assembly.entitlement"),
    ("session", t("Séance", "Session"), "assembly.attendance"),
    ("results", t("Résultats", "Results"), "assembly.result"),
    ("documents", t("Documents", "Documents"), "assembly.meeting"),
    ("timeline", t("Actes", "Acts"), "assembly.meeting"),
)
"""Name of the page, what its tab is called, the kind that one must be able to read to be shown it."""

SINCE: Mapping[str, str] = {
    "notices": "convened",
    "turnout": "open",
    "forms": "open",
    "entitlements": "open",
    "session": "open",
    "results": "held",
}
"""The stage from which a tab has something to show; before it, the tab is not offered (its page answers all the same)."""

STAGES = tuple(MEETING_STATES)


def tabs_of(request: HttpRequest, meeting: Meeting) -> list[tuple[str, Text, str]]:
    """The tabs that the person may read, and that the stage of the meeting gives something to show."""
    reached = STAGES.index(meeting.status)
    return [
        (name, label, meeting_url(name, meeting))
        for name, label, kind in TABS
        if can(request, "read", kind, meeting.cell) and reached >= STAGES.index(SINCE.get(name, "draft"))
    ]


@dataclass(frozen=True)
class Step:
    """The next lawful step, as the one main button: a page to go to, or an act (``post``); ``note`` says why, or when."""

    label: Text
    href: str
    post: bool = False
    note: Text | None = None


def next_step(request: HttpRequest, meeting: Meeting, now: datetime) -> Step | None:
    """What may lawfully be done next, by who writes the meeting or by its bureau; None when nothing is left, or not by him."""
    if can(request, "write", "assembly.meeting", meeting.cell):
        find = STEPS.get(meeting.status)
    elif can(request, "write", "assembly.attendance", meeting.cell):
        find = BUREAU_STEPS.get(meeting.status)
    else:
        return None
    return find(meeting, now) if find else None


def _drafted(meeting: Meeting, now: datetime) -> Step:
    if meeting.resolutions.exists():
        return Step(t("Convoquer l’assemblée", "Convene the meeting"), meeting_url("convene", meeting))
    return Step(t("Écrire l’ordre du jour", "Write the agenda"), meeting_url("agenda", meeting))


def _convened(meeting: Meeting, now: datetime) -> Step:
    left = Duty.objects.filter(obj=meeting.uid, act__startswith=f"{DATE_DUTY}notice.").exclude(closed_at=None)
    if not (meeting.mailings.exists() or left.exists()):
        return Step(t("Envoyer les convocations", "Send the notices"), meeting_url("notices", meeting))
    return Step(t("Ouvrir le site de vote", "Open the voting site"), meeting_url("open", meeting), post=True)


def _open(meeting: Meeting, now: datetime) -> Step:
    if now >= meeting.at:
        return _session(meeting, now)
    if _to_fix(meeting, now):
        return _fix(meeting)
    if meeting.remote_until and now > meeting.remote_until:
        return Step(t("Clore le vote à distance", "Close remote voting"), meeting_url("close", meeting), post=True)
    return Step(t("Suivre la participation", "Follow the turnout"), meeting_url("turnout", meeting))


def _closed(meeting: Meeting, now: datetime) -> Step:
    return _fix(meeting) if _to_fix(meeting, now) else _session(meeting, now)


def _to_fix(meeting: Meeting, now: datetime) -> bool:
    return meeting.entitlements_fixed_at is None and meeting.record_at is not None and now >= meeting.record_at


def _fix(meeting: Meeting) -> Step:
    label = t("Arrêter les droits de vote", "Fix the votes")
    return Step(
        label, meeting_url("fix", meeting), post=True, note=t("date d’enregistrement atteinte", "record date reached")
    )


def _session(meeting: Meeting, now: datetime) -> Step:
    if meeting.status == "in-session":
        return Step(t("Conduire la séance", "Run the session"), meeting_url("session", meeting))
    label = (
        t("Ouvrir la séance", "Open the session")
        if now >= meeting.at
        else t("Préparer la séance", "Prepare the session")
    )
    return Step(label, meeting_url("session", meeting))


def _held(meeting: Meeting, now: datetime) -> Step:
    if lacks_quorum(meeting):
        return Step(
            t("Convoquer une deuxième fois", "Convene a second time"),
            f"{reverse('assembly:draft')}?company={meeting.company.slug}&first={meeting.uid}",
            note=t(
                "le quorum ou la majorité de toutes les parts a manqué",
                "the quorum, or a majority of all shares, was lacking",
            ),
        )
    return Step(t("Dresser le procès-verbal", "Draw up the minutes"), meeting_url("documents", meeting))


def _cancelled(meeting: Meeting, now: datetime) -> Step:
    """A meeting put off is another meeting, with a notice of its own."""
    first = meeting.first_meeting
    what = f"first={first.uid}" if first else f"like={meeting.uid}"
    return Step(t("Préparer la nouvelle assemblée", "Prepare the new meeting"), f"{reverse('assembly:draft')}?{what}")


LACKING = Q(figures__why="no-quorum") | Q(
    figures__base_kind="all",
    adopted=False,
    resolution__meeting__call=1,
    figures__rule__id="assembly.sarl.majority.ordinary",
)
"""Results that a second call may take up: no quorum; in an SARL, less than half of all the shares (L. 223-29)."""


def lacks_quorum(meeting: Meeting) -> bool:
    """Whether something is left to a second call, or to a second meeting put off. One query, when held."""
    return (
        Result.objects.filter(LACKING, resolution__meeting=meeting).exists()
        and not meeting.second_calls.exclude(status="cancelled").exists()
    )


STEPS: Mapping[str, Callable[[Meeting, datetime], Step]] = {
    "draft": _drafted,
    "convened": _convened,
    "open": _open,
    "closed": _closed,
    "in-session": _session,
    "held": _held,
    "cancelled": _cancelled,
}


def _to_sign(meeting: Meeting, now: datetime) -> Step:
    return Step(t("Certifier et signer", "Certify and sign"), meeting_url("documents", meeting))


BUREAU_STEPS: Mapping[str, Callable[[Meeting, datetime], Step]] = {
    **dict.fromkeys(("convened", "open", "closed", "in-session"), _session),
    "held": _to_sign,
}
"""The steps of the bureau: it holds the sitting and signs; what comes before is the company's."""


def record(request: HttpRequest, meeting: Meeting, tab: str, *, seal: bool = True) -> dict[str, Any]:
    """What the frame of a meeting's page draws. Two queries at most: the seal, the next step."""
    now = clock.now()
    return {
        "meeting": meeting,
        "company": meeting.company,
        "title": meeting.title,
        "call": CALL_WORDS[meeting.call],
        "mark": MEETING_STATES[meeting.status],
        "sealed": last_act(meeting) if seal else None,
        "tabs": tabs_of(request, meeting),
        "tab": tab,
        "step": next_step(request, meeting, now),
        "may_write": can(request, "write", "assembly.meeting", meeting.cell),
        "now": now,
        "deadline": meeting.remote_until if meeting.status in ("convened", "open") else None,
    }
