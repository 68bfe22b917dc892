"""What the documents of a meeting have in common: the company, the meeting, a rule, an instant, a person."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from opposable.kernel import clock
from opposable.kernel.documents import Paper, Template
from opposable.law import PARIS, Rule, Text, day_text, local, t, time_text
from opposable.systems.assembly.models import Company, Holder, Meeting, Resolution
from opposable.systems.assembly.rules import register
from opposable.systems.assembly.rules.register import Statutes
from opposable.systems.assembly.rules.through import through
from opposable.systems.assembly.rules.words import said

KEEP_MINUTES, KEEP_SHEET, KEEP_FORM = "assembly.minutes", "assembly.sheet", "assembly.form"

LEGAL_FORMS = {
    "sa": t("Société anonyme", "Public limited company (société anonyme)"),
    "sas": t("Société par actions simplifiée", "Simplified joint-stock company (SAS)"),
    "sarl": t("Société à responsabilité limitée", "Private limited company (SARL)"),
}
KINDS = {
    "ordinary": t("Assemblée générale ordinaire", "Ordinary general meeting"),
    "extraordinary": t("Assemblée générale extraordinaire", "Extraordinary general meeting"),
    "combined": t("Assemblée générale mixte", "Combined general meeting"),
    "special": t("Assemblée spéciale", "Special meeting"),
}
BODIES = {
    "ordinary": t("à titre ordinaire", "as an ordinary meeting"),
    "extraordinary": t("à titre extraordinaire", "as an extraordinary meeting"),
    "special": t("en assemblée spéciale", "as a special meeting"),
}
CALLS = {1: t("première convocation", "first call"), 2: t("deuxième convocation", "second call")}
MEMBERS = {"sa": t("actionnaires", "shareholders")}
OTHER_MEMBERS = t("associés", "members")


def paper(
    meeting: Meeting, kind: str, title: Text, template: str, keep: str = KEEP_MINUTES, language: str = "fr"
) -> Paper:
    """A document of a meeting: issued by its company, its running head the meeting and its day."""
    return Paper(kind, title, Template.of("assembly", template), keep, meeting.company.name, heading(meeting), language)


def heading(meeting: Meeting) -> Text:
    """«Assemblée générale mixte du 30 mars 2026»."""
    return t("{kind} du {day}", "{kind} of {day}").format(kind=KINDS[meeting.kind], day=day_text(meeting.day))


def moment(at: datetime | None, zone: str = PARIS.key, lang: str = "fr") -> dict[str, str] | None:
    """An instant: UTC for programs; day, clock and zone for people. Clocks are given to the second."""
    if at is None:
        return None
    here = local(at, zone).replace(microsecond=0)
    where = t("heure de Paris", "Paris time") if zone == PARIS.key else Text(zone, zone)
    day, hour = day_text(here.date(), weekday=True), time_text(here)
    text = t("{day} à {hour} ({where})", "{day} at {hour} ({where})").format(day=day, hour=hour, where=where)
    short = f"{here:%d/%m/%Y} {hour.of(lang)}"
    return {"utc": clock.utc(at), "text": text.of(lang), "day": day.of(lang), "clock": hour.of(lang), "short": short}


def day(value: date, lang: str = "fr") -> str:
    return day_text(value).of(lang)


def rule(found: Rule, lang: str = "fr") -> dict[str, Any]:
    """A rule as a document cites it: articles, label, first day in force, whether its text was read, the clauses over it."""
    return {
        "id": found.id,
        "cite": list(found.cite),
        "label": found.label.of(lang),
        "from": found.since.isoformat(),
        "status": "confirmed" if found.confirmed else "unconfirmed",
        "bylaws": [layer.article for layer in found.layers],
    }


def citing(company: register.Company, law: Statutes, on: date, lang: str = "fr") -> Callable[[Rule], dict[str, Any]]:
    """`rule` for a document of one company, with what is said beside the citation where it is not the company's own law."""

    def cited(found: Rule) -> dict[str, Any]:
        said = through(company, law, found, on)
        return rule(found, lang) | ({"through": said.of(lang)} if said else {})

    return cited


def pinned(law: Statutes, pin: dict[str, str], lang: str = "fr") -> Rule:
    """The rule that an act pinned, in its wording of then."""
    return law.at(pin["id"], date.fromisoformat(pin["from"]))


def company_block(company: Company, registry: str = "", lang: str = "fr") -> dict[str, Any]:
    siren = " ".join(company.siren[n : n + 3] for n in range(0, len(company.siren), 3))
    return {
        "name": company.name,
        "form": LEGAL_FORMS[company.form].of(lang),
        "members": MEMBERS.get(company.form, OTHER_MEMBERS).of(lang),
        "of_parts": company.form == "sarl",
        "listed": company.listed,
        "capital_cents": company.capital_cents,
        "shares": company.shares,
        "seat": company.address,
        "siren": siren,
        "registry": registry,
    }


def meeting_block(meeting: Meeting, lang: str = "fr") -> dict[str, Any]:
    return {
        "uid": meeting.uid,
        "kind": meeting.kind,
        "title": KINDS[meeting.kind].of(lang),
        "heading": heading(meeting).of(lang),
        "call": meeting.call,
        "call_text": CALLS[meeting.call].of(lang),
        "day": day_text(meeting.day, weekday=True).of(lang),
        "at": moment(meeting.at, meeting.zone, lang),
        "place": meeting.place,
        "agenda_digest": meeting.agenda_digest,
    }


def agenda_block(rows: list[Resolution], lang: str = "fr") -> list[dict[str, Any]]:
    """The resolutions in their order, with who put them forward (R. 225-76: text, reasons, author)."""
    return [
        {
            "position": row.position,
            "title": row.title,
            "text": row.text,
            "reasons": row.reasons,
            "body": row.body,
            "body_text": BODIES[row.body].of(lang),
            "kind": row.kind,
            "author": _author(row).of(lang),
            "withdrawn": row.withdrawn_reason if row.withdrawn_at else "",
        }
        for row in rows
    ]


def points_block(meeting: Meeting) -> list[str]:
    """The points that holders had put on the agenda: announced, not voted (R. 225-74)."""
    return list(meeting.requests.filter(kind="point", status="listed").values_list("title", flat=True))


def _author(row: Resolution) -> Text:
    request = row.request
    if request is not None and request.on_behalf and row.author != "board":
        backed = (
            t("agréé par le conseil", "approved by the board")
            if row.approved_by_board
            else t("non agréé par le conseil", "not approved by the board")
        )
        # Whoever asked has a name of his own: only our words are said in the company's.
        return t("projet de : {who}, {backed}", "draft of: {who}, {backed}").format(
            who=request.on_behalf, backed=said(row.meeting.company.form, backed)
        )
    return said(row.meeting.company.form, _authors(row))


def _authors(row: Resolution) -> Text:
    if row.author == "board":
        return t("projet présenté par le conseil", "draft presented by the board")
    if row.approved_by_board:
        return t("projet d’actionnaires, agréé par le conseil", "shareholders’ draft, approved by the board")
    return t("projet d’actionnaires, non agréé par le conseil", "shareholders’ draft, not approved by the board")


def person(holder: Holder) -> dict[str, Any]:
    """Surname, usual first name, domicile: the identity of R. 225-95; ``ref`` is the account in the register."""
    return {"name": holder.name, "given_name": holder.given_name, "domicile": holder.address, "ref": holder.ref}


def full_name(holder: Holder) -> str:
    return f"{holder.given_name} {holder.name}".strip()
