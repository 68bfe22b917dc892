"""«Procès-verbal» (R. 225-106, R. 225-107), its extracts (R. 225-108), and the results that are published (R. 22-10-30)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from opposable.kernel.models import Act, Document, Leaf
from opposable.law import Decision, Text, t
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.acts.papers.common import (
    BODIES,
    KEEP_MINUTES,
    agenda_block,
    citing,
    company_block,
    day,
    meeting_block,
    moment,
    paper,
    pinned,
    points_block,
)
from opposable.systems.assembly.acts.papers.sheet import attendance_lines, quorum_block
from opposable.systems.assembly.models import Meeting, Resolution, Result
from opposable.systems.assembly.rules.documents import CAPACITIES, CERTIFIERS, members
from opposable.systems.assembly.rules.results import counting_day
from opposable.systems.assembly.rules.results.majority import REASONS

MINUTES = t("Procès-verbal", "Minutes")
EXTRACT = t("Extrait certifié conforme du procès-verbal", "Certified extract of the minutes")
PUBLICATION = t("Résultat des votes", "Results of the votes")
STEPS = {
    "assembly.meeting.convene": t("convocation", "convening"),
    "assembly.vote.open": t("ouverture du site de vote", "opening of the voting site"),
    "assembly.vote.close": t("clôture du vote à distance", "closing of remote voting"),
    "assembly.session.open": t("ouverture de la séance", "opening of the session"),
    "assembly.session.end": t("levée de la séance et proclamation", "end of the session and declaration"),
}


def minutes_paper(meeting: Meeting) -> Any:
    return paper(meeting, "assembly.minutes", MINUTES, "minutes", KEEP_MINUTES)


def minutes_data(
    meeting: Meeting,
    counting: Counting,
    *,
    debates: str,
    documents: Sequence[str],
    convening: str,
    original: str,
    signature: str,
    sheet: Document | None,
) -> dict[str, Any]:
    """The minutes as the rows tell them; ``debates``, ``documents`` and ``convening`` are what only people know."""
    minutes = counting.company.rule(counting.law, "assembly.minutes", meeting.day)
    register = counting.company.rule(counting.law, "assembly.minutes.register", meeting.day)
    results = result_blocks(meeting, counting)
    cited = citing(counting.company, counting.law, meeting.day)
    return {
        "company": company_block(meeting.company),
        "meeting": meeting_block(meeting),
        "rule": cited(minutes),
        "register": cited(register),
        "bureau_rule": cited(counting.company.rule(counting.law, "assembly.bureau", meeting.day)),
        "started": moment(meeting.started_at, meeting.zone),
        "ended": moment(meeting.ended_at, meeting.zone),
        "convening": convening.rstrip(" .") or _convening(meeting),  # the page ends the sentence
        "bureau": members(meeting.bureau),
        "capacities": {name: text.fr for name, text in CAPACITIES.items()},
        "points": points_block(counting.meeting),
        "agenda": agenda_block(counting.rows),
        "opening": [_opening(counting, body) for body in meeting.bodies],
        "attendance": _attendance(meeting, counting),
        "documents": [*_documents(meeting, sheet), *documents],
        "debates": debates,
        "incidents": [
            {"at": moment(one.at, meeting.zone), "text": one.text} for one in meeting.incidents.order_by("at")
        ],
        "results": results,
        "no_quorum": any(one["why"] == "no-quorum" for one in results),
        "failure_rule": cited(counting.company.rule(counting.law, "assembly.minutes.quorum-failure", meeting.day)),
        "original": original,
        "signature": signature,
        "acts": acts_of(meeting),
    }


def minutes_values(meeting: Meeting, data: dict[str, Any]) -> dict[str, object]:
    """What stands for each mandatory mention of R. 225-106."""
    return {
        "date": data["started"],
        "place": meeting.place,
        "convening": data["convening"],
        "agenda": data["agenda"],
        "bureau": data["bureau"].get("chair"),
        "shares-voting": data["opening"],
        "quorum": data["opening"],
        "documents": data["documents"],
        "debates": data["debates"].strip(),
        "resolutions": data["agenda"],
        "results": data["results"],
        "attendance": any(data["attendance"].values()),
    }


def _convening(meeting: Meeting) -> str:
    """What the log knows of how the meeting was convened."""
    if meeting.notice_at is None:
        return ""
    notice = moment(meeting.notice_at, meeting.zone)
    sent = meeting.mailings.filter(purpose="notice", status="sent").count()
    text = t("avis de convocation du {day}", "notice of {day}").format(day=notice["day"] if notice else "").fr
    mail = {0: "", 1: ", adressé par courrier électronique à un titulaire"}
    return text + mail.get(sent, f", adressé par courrier électronique à {sent} titulaires")


def _documents(meeting: Meeting, sheet: Document | None) -> list[str]:
    """The documents on the desk that the log knows of."""
    forms = meeting.forms.filter(status__in=["counted", "amended"])
    votes, proxies = forms.filter(mode="vote").count(), forms.exclude(mode="vote").count()
    known = ["l’avis de convocation, l’ordre du jour et le texte des projets de résolution"]
    if sheet is not None:
        known.append(f"la feuille de présence certifiée exacte par le bureau (SHA-256 {sheet.sha256[:16]}…)")
    if votes:
        known.append(f"les formulaires de vote à distance retenus, au nombre de {votes}")
    if proxies:
        known.append(f"les pouvoirs retenus, au nombre de {proxies}")
    return known


def _opening(counting: Counting, body: Any) -> dict[str, Any]:
    """The quorum of a body when the session opened, people who came in with it included."""
    meeting = counting.meeting
    first = min(
        (row.voted_at for row in counting.rows if row.voted_at and row.body == body), default=meeting.started_at
    )
    decision = counting.quorum_at(body, first or meeting.at)
    assert decision.rule is not None
    return {
        "body": body,
        "body_text": BODIES[body].of("fr"),
        "at": moment(first or meeting.at, meeting.zone),
        **quorum_block(decision.value),
        "rule": citing(counting.company, counting.law, meeting.day)(decision.rule),
    }


def _attendance(meeting: Meeting, counting: Counting) -> dict[str, int]:
    lines = attendance_lines(meeting, counting)
    return {
        "present": len(lines["present"]),
        "represented": len([line for line in lines["represented"] if line["there"]]),
        "remote": len(lines["remote"]),
    }


def result_blocks(meeting: Meeting, counting: Counting, only: Sequence[int] | None = None) -> list[dict[str, Any]]:
    """Each resolution put to the vote with its declared figures, from the rows that the end of the session wrote."""
    rows = (
        Result.objects.filter(resolution__meeting=meeting).select_related("resolution").order_by("resolution__position")
    )
    return [_result(counting, row) for row in rows if only is None or row.resolution.position in only]


def _result(counting: Counting, row: Result) -> dict[str, Any]:
    figures, resolution = row.figures, row.resolution
    published = figures.get("published")
    cited = citing(counting.company, counting.law, counting.meeting.day)
    names = (
        "for", "against", "abstain", "blank", "silent", "excluded", "base", "base_kind", "least", "fraction", "strict",
        "percent_for", "percent_against", "quorum", "why",
    )  # fmt: skip
    return {
        **agenda_block([resolution])[0],
        "voted": moment(resolution.voted_at, counting.meeting.zone),
        "adopted": row.adopted,
        "reason": REASONS[figures["why"]].fr,
        **{name: figures[name] for name in names},
        "rule": cited(pinned(counting.law, figures["rule"])),
        "abstention_rule": cited(pinned(counting.law, figures["abstention_rule"])),
        "excluded_reason": resolution.excluded_reason,
        "published": {**published, "rule": cited(pinned(counting.law, published["rule"]))} if published else None,
    }


def acts_of(meeting: Meeting) -> list[dict[str, Any]]:
    """The acts of the log that made the meeting: where whoever holds a bundle finds them."""
    done = Act.objects.filter(obj=meeting.uid, type__in=STEPS, outcome="done").order_by("id")
    index = dict(Leaf.objects.filter(act__in=done).values_list("act_id", "index"))
    return [
        {
            "what": STEPS[one.type].fr,
            "at": moment(one.at, meeting.zone),
            "entry": bytes(one.entry).hex(),
            "index": index.get(one.pk),
        }
        for one in done
    ]


# ---------------------------------------------------------------- extract, publication


def extract_paper(meeting: Meeting) -> Any:
    return paper(meeting, "assembly.extract", EXTRACT, "extract", KEEP_MINUTES)


def extract_data(
    meeting: Meeting,
    counting: Counting,
    minutes: Document,
    resolutions: Sequence[int],
    *,
    capacity: str,
    name: str,
    at: datetime,
) -> dict[str, Any]:
    """The resolutions asked for, as the minutes have them, and who certifies them."""
    return {
        "company": company_block(meeting.company),
        "meeting": meeting_block(meeting),
        "rule": citing(counting.company, counting.law, meeting.day)(
            counting.company.rule(counting.law, "assembly.minutes.extract", meeting.day)
        ),
        "results": result_blocks(meeting, counting, resolutions),
        "opening": [_opening(counting, body) for body in meeting.bodies],
        "count": meeting.resolutions.count(),
        "certifier": {"capacity": CERTIFIERS[capacity].fr if capacity in CERTIFIERS else capacity, "name": name},
        "certified_at": moment(at, meeting.zone),
        "bureau": members(meeting.bureau),
        "minutes": {
            "sha256": minutes.sha256,
            "version": minutes.version,
            "issued": moment(minutes.issued_at, meeting.zone),
        },
    }


def publication_paper(meeting: Meeting) -> Any:
    return paper(meeting, "assembly.publication", PUBLICATION, "publication", KEEP_MINUTES)


def publication_data(
    meeting: Meeting, counting: Counting, decision: Decision[bool], late: Text | None
) -> dict[str, Any]:
    """1°, 2° and 3° of R. 22-10-30, beside the result of L. 225-96 and L. 225-98: two figures, each with its rule."""
    lines = attendance_lines(meeting, counting)
    there = [line for name in ("present", "represented") for line in lines[name] if line.get("there", True)]
    counted = [*there, *lines["remote"]]
    main = "ordinary" if "ordinary" in meeting.bodies else "extraordinary"
    last = decision.facts["last"]
    assert decision.rule is not None
    assert isinstance(last, date)
    return {
        "company": company_block(meeting.company),
        "meeting": meeting_block(meeting),
        "rule": citing(counting.company, counting.law, meeting.day)(decision.rule),
        "last": day(last),
        "late": late.fr if late else "",
        "holders": len(counted),
        "holders_there": len(there),
        "holders_remote": len(lines["remote"]),
        "votes": sum(line[f"votes_{main}"] for line in counted),
        "votes_there": sum(line[f"votes_{main}"] for line in there),
        "votes_remote": sum(line[f"votes_{main}"] for line in lines["remote"]),
        "results": result_blocks(meeting, counting),
        "counted_by": counting_day(counting.law, meeting.day, counting.company).isoformat(),
        "base": counting.base,
    }


def resolutions_of(meeting: Meeting) -> list[Resolution]:
    return list(meeting.resolutions.order_by("position"))
