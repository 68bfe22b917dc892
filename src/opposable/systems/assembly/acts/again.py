"""What a meeting that is drafted takes over from one that could not decide: a second call, or a second meeting put off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from opposable.kernel.acting import Acting
from opposable.law import Refused, Rule, t
from opposable.systems.assembly.models import Company, Meeting, Resolution, Result
from opposable.systems.assembly.rules import quorum, session
from opposable.systems.assembly.rules.agenda import agenda_digest

SAME = (
    "title",
    "text",
    "reasons",
    "author",
    "approved_by_board",
    "body",
    "kind",
    "excluded",
    "excluded_reason",
    "matter",
)
HELD = ("held", "minuted")


def undecided_of(
    a: Acting, company: Company, first: Meeting | None, kind: str, at: datetime, call: int
) -> list[Resolution]:
    """The resolutions of the first meeting that a second one takes up; none for a first call.

    Refused codes: ``call.first`` (no first meeting, or not held), ``call.company``, ``second-call.quorum``, ``call.kind``,
    ``put-off``.
    """
    if first is None:
        if call == 2:
            raise _no_first(a.law("assembly.notice.second", _day(company, at)))
        return []
    facts = company.facts()
    rule = _ground(a, company, first)
    if first.company_id != company.pk:
        raise Refused(
            t("La première assemblée est d’une autre société.", "The first meeting is another company’s."),
            rule,
            "call.company",
        )
    if first.status not in HELD:
        raise _no_first(rule)
    left = [row.resolution for row in _results(first) if session.undecided(_majority(a, row), facts, row.figures)]
    a.why(session.second_call(rule, undecided=len(left), first_agenda="", agenda=""))
    _check_kind(rule, kind, {row.body for row in left})
    if first.call == 2:
        _check_put_off(a, company, first, left, _day(company, at))
    return left


def digest_left(meeting: Meeting) -> str:
    """The digest of what the first meeting left undecided, numbered as the second call numbers it: unchanged, they agree."""
    facts = meeting.company.facts()
    rows = _results(meeting.first_meeting) if meeting.first_meeting else []
    left = [row.resolution.facts() for row in rows if session.undecided(None, facts, row.figures)]
    return agenda_digest([replace(item, position=n) for n, item in enumerate(left, 1)])


def copied(meeting: Meeting, left: list[Resolution]) -> list[Resolution]:
    """The same resolutions for the new meeting, numbered from 1: all of them, they are the same agenda, word for word."""
    return [
        Resolution(cell=meeting.cell, meeting=meeting, position=n, **{name: getattr(item, name) for name in SAME})
        for n, item in enumerate(left, 1)
    ]


def agenda_like(a: Acting, meeting: Meeting, like: Meeting | None) -> list[Resolution]:
    """The drafts of another meeting of the company, those withdrawn left out: the agenda of a meeting that was put off."""
    if like is None:
        return []
    a.require("write", like)
    rows = list(like.resolutions.filter(kind="draft", withdrawn_at=None).order_by("position"))
    if like.company_id != meeting.company_id or any(row.body not in meeting.bodies for row in rows):
        said = t(
            "Cette assemblée ne peut pas reprendre l’ordre du jour de l’autre : la société ou le genre diffère.",
            "This meeting cannot take over the agenda of the other: the company or the kind differs.",
        )
        raise Refused(said, None, "agenda.like", lawful=t("Gardez le genre de l’autre.", "Keep the kind of the other."))
    return rows


def check_class(a: Acting, company: Company, kind: str, isin: str, at: datetime) -> None:
    """A special meeting is of one class of shares (L. 225-99); an SARL has none."""
    if kind != "special":
        if isin:
            raise Refused(
                t("Seule une assemblée spéciale est d’une catégorie.", "Only a special meeting is of one class."),
                None,
                "class.kind",
            )
        return
    if company.form == "sarl":
        raise Refused(
            t("Une SARL n’a pas de catégories de parts.", "An SARL has no classes of shares."),
            None,
            "class.form",
            lawful=t("Réunissez une assemblée ordinaire ou extraordinaire.", "Hold an ordinary or extraordinary one."),
        )
    known = {lot["isin"] for lots in company.holders.filter(ended=False).values_list("lots", flat=True) for lot in lots}
    if not isin and len(known) > 1:
        raise Refused(
            t(
                "Une assemblée spéciale réunit les titulaires d’une catégorie : dites laquelle ({known}).",
                "A special meeting brings together the holders of one class: say which ({known}).",
            ).format(known=", ".join(sorted(known))),
            a.law("assembly.quorum.special", _day(company, at)) if company.form == "sa" else None,
            "class.missing",
            facts={"known": sorted(known)},
        )
    if isin and isin not in known:
        raise Refused(
            t(
                "Aucun titre du registre n’a ce code ISIN : {isin}.", "No share of the register has this ISIN: {isin}."
            ).format(isin=isin),
            None,
            "class.unknown",
            facts={"known": sorted(known)},
        )


def _results(first: Meeting) -> list[Result]:
    rows = Result.objects.filter(resolution__meeting=first, resolution__kind="draft").select_related("resolution")
    return list(rows.order_by("resolution__position"))


def _majority(a: Acting, row: Result) -> Rule:
    pin = row.figures["rule"]
    company = row.resolution.meeting.company
    return a.law(pin["id"], row.resolution.meeting.day, company.layers())


def _ground(a: Acting, company: Company, first: Meeting) -> Rule:
    """The rule on which a second call stands, by the form of the company."""
    if company.form == "sa":
        return a.law("assembly.agenda.second-call", first.day)
    if company.form == "sas":
        return a.law("assembly.sas.free", first.day, company.layers())
    return a.law("assembly.sarl.majority.ordinary", first.day, company.layers())


def _check_kind(rule: Rule, kind: str, bodies: set[str]) -> None:
    wanted = "combined" if len(bodies) > 1 else next(iter(bodies))
    if kind == wanted:
        return
    raise Refused(
        t(
            "Ce qui reste à décider est d’une assemblée « {wanted} », non « {kind} ».",
            "What is left to decide belongs to a meeting that is “{wanted}”, not “{kind}”.",
        ).format(wanted=wanted, kind=kind),
        rule,
        "call.kind",
        facts={"kind": kind, "wanted": wanted},
        lawful=t("Choisissez ce genre d’assemblée.", "Choose that kind of meeting."),
    )


def _check_put_off(a: Acting, company: Company, second: Meeting, left: list[Resolution], day: date) -> None:
    """A second meeting without a quorum may be put off two months at most (L. 225-96, L. 225-99, L. 223-30)."""
    for body in sorted({row.body for row in left}):
        rule = company.facts().own_rule(a.statutes, quorum.RULES, body, second.day)
        if "put_off_months" in rule.param:
            a.why(session.check_put_off(rule, second.day, day))


def _no_first(rule: Rule) -> Refused:
    return Refused(
        t(
            "Une deuxième convocation suit une première assemblée tenue, qui n’a pu délibérer.",
            "A second call follows a first meeting that was held and could not decide.",
        ),
        rule,
        "call.first",
        lawful=t(
            "Tenez d’abord la première : ouvrez la séance, constatez le défaut de quorum, levez-la.",
            "Hold the first one: open the session, record that the quorum is lacking, close it.",
        ),
    )


def _day(company: Company, at: datetime) -> date:
    return at.astimezone(ZoneInfo(company.zone)).date()
