"""What is asked of an agenda: the matter of a resolution, and the admissible requests that wait for their place."""

from __future__ import annotations

from opposable.kernel.acting import Acting
from opposable.law import Refused, Rule, t
from opposable.systems.assembly.models import Meeting
from opposable.systems.assembly.rules.authors import COMMITTEE
from opposable.systems.assembly.rules.results.majority import MATTERS


def listing_rule(a: Acting, meeting: Meeting, by: str = "holders") -> Rule:
    """What makes an admissible request bind the company: the right of holders, or that of the works council."""
    if by == "committee":
        return a.law(COMMITTEE, meeting.day)
    if meeting.company.form == "sa":
        return a.law("assembly.agenda.holders-drafts", meeting.day)
    return a.law(f"assembly.{meeting.company.form}.drafts", meeting.day, meeting.company.layers())


def require_none_waiting(a: Acting, meeting: Meeting) -> None:
    """Refuse to convene while an admissible request is not on the agenda: it is put there (R. 225-74)."""
    waiting = meeting.requests.filter(status="received").first()
    if waiting is None:
        return
    raise Refused(
        t(
            "Une demande recevable n’est pas inscrite à l’ordre du jour : « {title} ».",
            "An admissible request is not on the agenda: “{title}”.",
        ).format(title=waiting.title),
        listing_rule(a, meeting, waiting.by),
        "request.waiting",
        lawful=t("Inscrivez-la d’abord.", "Put it on the agenda first."),
    )


def check_matter(meeting: Meeting, matter: str) -> None:
    """Refuse a matter that the law of this form of company does not know (code ``resolution.matter``)."""
    known = MATTERS[meeting.company.form]
    if matter and matter not in known:
        raise Refused(
            t(
                "Cette société ne connaît pas cette matière : {matter}.", "This company has no such matter: {matter}."
            ).format(matter=matter),
            None,
            "resolution.matter",
            facts={"matter": matter, "known": list(known)},
        )
