"""What a voter takes away: the receipt of his form, and the confirmation that it was recorded and counted (L. 22-10-43-1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from opposable.kernel import clock
from opposable.kernel.models import Seal
from opposable.law import Text, t
from opposable.systems.assembly.acts.counting import COUNTED, Counting
from opposable.systems.assembly.acts.papers.common import (
    KEEP_FORM,
    citing,
    company_block,
    meeting_block,
    moment,
    paper,
    person,
)
from opposable.systems.assembly.acts.table import opening_of
from opposable.systems.assembly.acts.voting import receipt_of
from opposable.systems.assembly.models import Form, Meeting, Resolution, Voter
from opposable.systems.assembly.rules.results import Ballot
from opposable.systems.assembly.rules.words import said

RECEIPT = t("Reçu de vote", "Vote receipt")
CONFIRMATION = t("Confirmation de prise en compte du vote", "Confirmation that the vote was taken into account")
MODES = {
    "vote": t("vote à distance", "remote vote"),
    "proxy-chair": t("pouvoir au président de l’assemblée", "proxy to the chair of the meeting"),
    "proxy-person": t("pouvoir à une personne dénommée", "proxy to a named person"),
    "proxy-blank": t("pouvoir sans indication de mandataire", "proxy that names no one"),
}
CHANNELS = {"electronic": t("voie électronique", "electronic"), "paper": t("papier", "paper")}
LEVELS = {
    "simple": t(
        "simple (procédé d’identification prévu par les statuts)", "simple (identification process of the bylaws)"
    ),
    "advanced": t("avancée", "advanced"),
    "qualified": t("qualifiée", "qualified"),
}
BY_HAND = t("manuscrite", "by hand")
STATUSES = {
    "counted": t("reçu dans les délais, compté", "received in time, counted"),
    "amended": t(
        "compté, ramené aux actions détenues à la date d’enregistrement",
        "counted, reduced to the shares held on the record date",
    ),
    "late": t("reçu après la limite : enregistré, non compté", "received after the limit: recorded, not counted"),
    "void": t(
        "invalidé : les actions ont été cédées avant la date d’enregistrement",
        "void: the shares were sold before the record date",
    ),
    "keyed": t("saisi une fois, pas encore compté", "keyed once, not counted yet"),
    "superseded": t("remplacé par un formulaire ultérieur", "replaced by a later form"),
}


def receipt_paper(form: Form, lang: str) -> Any:
    return paper(form.meeting, "assembly.receipt", RECEIPT, "receipt", KEEP_FORM, lang)


def receipt_data(form: Form, lang: str) -> dict[str, Any]:
    """The form as it was received, and where the log has it. Says «promise» as long as no seal covers it."""
    meeting = form.meeting
    return {
        "company": company_block(meeting.company, lang=lang),
        "meeting": meeting_block(meeting, lang),
        "holder": person(form.holder),
        "form": form_block(form, lang),
        "marks": _marks(form, lang),
    }


def form_block(form: Form, lang: str) -> dict[str, Any]:
    """One form: when, how, in what state, and its act."""
    receipt = receipt_of(form)
    index = receipt.index
    seal = Seal.objects.filter(size__gt=index).order_by("size").first() if index is not None else None
    return {
        "uid": form.uid,
        "received": moment(form.received_at, form.meeting.zone, lang),
        "exact": clock.utc(form.received_at),
        "mode": form.mode,
        "mode_text": MODES[form.mode].of(lang),
        "channel": CHANNELS[form.channel].of(lang),
        "level": (LEVELS[form.signature_level] if form.channel == "electronic" else BY_HAND).of(lang),
        "status": form.status,
        "status_text": said(form.meeting.company.form, STATUSES[form.status]).of(lang),
        "proxy": form.proxy_name,
        "new_resolutions": form.new_resolutions,
        "entry": receipt.entry,
        "index": index,
        "seal": {"size": seal.size, "root": seal.root, "at": moment(seal.at, form.meeting.zone, lang)}
        if seal
        else None,
    }


def _marks(form: Form, lang: str) -> list[dict[str, Any]]:
    rows = form.meeting.resolutions.filter(kind="draft").order_by("position")
    return [
        {"position": row.position, "title": row.title, "votes": choice}
        for row, choice in zip(rows, form.choices or [None] * rows.count(), strict=False)
    ]


# ---------------------------------------------------------------- the confirmation


def confirmation_paper(meeting: Meeting, lang: str) -> Any:
    return paper(meeting, "assembly.confirmation", CONFIRMATION, "confirmation", KEEP_FORM, lang)


def confirmation_data(voter: Voter, counting: Counting, at: datetime, lang: str) -> dict[str, Any]:
    """Every form of the holder with its state and why; once the meeting is held, how his votes were counted."""
    meeting = voter.meeting
    found = counting.company.rule(counting.law, "assembly.vote.confirmation", meeting.day)
    forms = list(meeting.forms.filter(holder=voter.holder).select_related("meeting", "holder").order_by("id"))
    held = meeting.status in ("held", "minuted")
    cited = citing(counting.company, counting.law, meeting.day, lang)
    return {
        "company": company_block(meeting.company, lang=lang),
        "meeting": meeting_block(meeting, lang),
        "rule": cited(found),
        "bound": counting.company.bound_by(found),
        "holder": person(voter.holder),
        "asked": moment(at, meeting.zone, lang),
        "forms": [{**form_block(form, lang), "why": _why(form, counting, lang)} for form in forms],
        "state": _state(forms),
        "held": held,
        "declared": moment(meeting.ended_at, meeting.zone, lang),
        "counted": counted_as(voter.holder.uid, counting) if held else [],
        "opening": opening_of(voter.holder.uid, counting) if held else None,
        "abstention": cited(counting.company.rule(counting.law, "assembly.form.abstention", meeting.day)),
    }


def _state(forms: Sequence[Form]) -> str:
    """What to answer: the state of the form that counts, else of the last one, else "none"."""
    counted = [form.status for form in forms if form.status in COUNTED]
    return counted[-1] if counted else forms[-1].status if forms else "none"


REASONS: dict[str, tuple[str, Text]] = {
    "late": (
        "assembly.form.deadline-electronic",
        t("reçu après la limite de réception", "received after the limit of reception"),
    ),
    "void": (
        "assembly.transfer.after-vote",
        t("cession avant la date d’enregistrement", "sale before the record date"),
    ),
    "amended": (
        "assembly.transfer.after-vote",
        t("cession partielle avant la date d’enregistrement", "partial sale before the record date"),
    ),
    "superseded": ("assembly.mode.no-change", t("formulaire ou pouvoir ultérieur", "later form or proxy")),
}


def _why(form: Form, counting: Counting, lang: str) -> dict[str, Any] | None:
    if form.status not in REASONS:
        return None
    rule_id, text = REASONS[form.status]
    day = form.meeting.day
    cited = citing(counting.company, counting.law, day, lang)
    return {"text": text.of(lang), "rule": cited(counting.company.rule(counting.law, rule_id, day))}


def counted_as(uid: str, counting: Counting) -> list[dict[str, Any]]:
    """«Voix comptées» of one holder on each resolution: for, against, abstain, blank, silent; forms and room together."""
    ballots = [ballot for ballot in (*counting.form_ballots, *counting.room_ballots) if ballot.holder == uid]
    return [_vector(row, n, ballots) for n, row in enumerate(counting.rows)]


def _vector(row: Resolution, n: int, ballots: Sequence[Ballot]) -> dict[str, Any]:
    vector = {"for": 0, "against": 0, "abstain": 0, "blank": 0, "silent": 0}
    excluded = False
    for ballot in ballots:
        held = ballot.voice.of(row.facts().pool).votes
        if n in ballot.absent:
            continue
        if n in ballot.excluded:
            excluded = True
            continue
        choice = ballot.choices[n] or (0, 0, 0)
        given = dict(zip(("for", "against", "abstain", "blank"), choice, strict=False))
        for name, votes in given.items():
            vector[name] += votes
        vector["silent"] += held - sum(choice)
    return {"position": row.position, "title": row.title, "excluded": excluded, **vector}
