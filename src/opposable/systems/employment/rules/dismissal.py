"""«Licenciement»: the first day for the interview and for the letter; and the «contrat nouvelles embauches»."""

from dataclasses import dataclass
from datetime import date

from opposable.law import (
    Decision,
    Refused,
    Rule,
    Step,
    Text,
    Trace,
    day_text,
    days_after,
    months_after,
    shift_next,
    t,
    working_days_after,
)


def first_interview(presented_on: date, rule: Rule, extension: Rule | None, zone: str = "FR") -> Decision[date]:
    """The first day on which the interview may be held, the letter having been presented (or handed over) on a day.

    Five whole working days (Sundays and holidays do not count); when the last of them falls on a Saturday, Sunday or holiday,
    the time runs to the next working day (R. 1231-1); the interview is the day after at the earliest.
    """
    return _first(
        presented_on, rule, extension, zone, t("Premier jour pour l’entretien", "First day for the interview")
    )


def first_letter(interview_on: date, rule: Rule, extension: Rule | None, zone: str = "FR") -> Decision[date]:
    """The first day on which the letter may be sent, the interview having been set for a day."""
    return _first(
        interview_on, rule, extension, zone, t("Premier jour pour l’envoi de la lettre", "First day to send the letter")
    )


def _first(day: date, rule: Rule, extension: Rule | None, zone: str, what: Text) -> Decision[date]:
    last, trace = working_days_after(day, rule.param["days"], zone, "ouvrables")
    if extension is not None and extension.param["shift"]:
        last, more = shift_next(last, zone, cite=extension.cite[0])
        trace += more
    found, _ = days_after(last, 1)
    while not _open(found, zone):
        found, _ = days_after(found, 1)
    how = t("le lendemain de la fin du délai, le {day}", "the day after the time ends, on {day}").format(
        day=day_text(last)
    )
    facts = {"day": day, "zone": zone, "extension": extension.label if extension else None}
    return Decision(found, rule, facts, trace + Trace((Step(what, how, found.isoformat()),)))


def _open(day: date, zone: str) -> bool:
    """Not a Sunday nor a holiday: nothing is asked of anyone on these."""
    return working_days_after(date.fromordinal(day.toordinal() - 1), 1, zone, "ouvrables")[0] == day


def check_not_before(wanted: date, first: Decision[date], code: str) -> Decision[date]:
    """Refused for a day before the first one, with the arithmetic."""
    if wanted < first.value:
        raise Refused(
            t("Trop tôt : pas avant le {day}.", "Too early: not before {day}.").format(day=day_text(first.value)),
            first.rule,
            code,
            facts={**first.facts, "wanted": wanted},
            trace=first.trace,
            lawful=t("Fixez le {day} ou un jour plus tardif.", "Set {day} or a later day.").format(
                day=day_text(first.value)
            ),
        )
    return Decision(wanted, first.rule, {**first.facts, "wanted": wanted}, first.trace)


@dataclass(frozen=True)
class CneFacts:
    """What a «contrat nouvelles embauches» was signed with."""

    signed_on: date
    staff: int
    written: bool = True
    seasonal: bool = False


def may_sign_cne(facts: CneFacts, rule: Rule) -> Decision[date]:
    """Whether one could be signed on its day, and until when its two years ran. Refused from 27 June 2008 on."""
    shown = {"signed_on": facts.signed_on, "staff": facts.staff, "written": facts.written, "seasonal": facts.seasonal}
    if not rule.param["allowed"]:
        raise Refused(
            t("Le contrat nouvelles embauches n’existe plus.", "The contrat nouvelles embauches exists no more."),
            rule,
            "cne.abolished",
            facts=shown,
            lawful=t("Signez un contrat à durée indéterminée.", "Sign an open-ended contract."),
        )
    wrong = [
        (
            facts.staff > rule.param["staff"],
            t("plus de {n} salariés", "more than {n} employees").format(n=rule.param["staff"]),
        ),
        (not facts.written, t("pas d’écrit", "not in writing")),
        (facts.seasonal, t("emploi saisonnier ou d’usage", "seasonal or customary job")),
    ]
    for holds, why in wrong:
        if holds:
            raise Refused(
                t("Un CNE ne peut être signé ici : {why}.", "No CNE can be signed here: {why}.").format(why=why),
                rule,
                "cne.conditions",
                facts=shown,
            )
    end, trace = months_after(facts.signed_on, 12 * rule.param["years"])
    return Decision(end, rule, shown, trace)


REMAINING = (
    t(
        "Un CNE signé avant le 27 juin 2008 est aujourd’hui un contrat à durée indéterminée ordinaire.",
        "A CNE signed before 27 June 2008 is today an ordinary open-ended contract.",
    ),
    t(
        "Convocation à un entretien, cinq jours ouvrables au moins avant lui.",
        "Summons to an interview, five working days at least before it.",
    ),
    t(
        "Entretien : les motifs sont dits, le salarié s’explique.",
        "Interview: the grounds are stated, the employee answers.",
    ),
    t(
        "Lettre recommandée motivée, deux jours ouvrables au moins après.",
        "Registered letter with the grounds, two working days at least afterwards.",
    ),
)
"""What a remaining one is, and which steps its rupture takes: those of any dismissal."""
