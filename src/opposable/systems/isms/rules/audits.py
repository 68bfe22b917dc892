"""«Audit interne» : samples that anyone draws again, an auditor who owns nothing of what he audits, effectiveness seen by another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from opposable.law import Decision, Refused, Rule, Step, Trace, day_text, t

GRADES = {
    "PF": t("point fort", "strength"),
    "PP": t("piste de progrès", "opportunity for improvement"),
    "PS": t("point sensible", "sensitive point"),
    "NCm": t("non-conformité mineure", "minor nonconformity"),
    "NCM": t("non-conformité majeure", "major nonconformity"),
}
"""The scale of AFNOR Certification's auditors; another one is the programme's own data."""
WANT_ACTION = ("NCm", "NCM")


def sample(population: Sequence[str], seed: str, size: int) -> list[str]:
    """«Échantillon» : the ``size`` members with the smallest SHA-256 of seed and name. No generator of anybody's: sha256sum redoes it.

    The order of the population does not matter; the same seed and population give the same sample for ever.
    """
    ranked = sorted(set(population), key=lambda one: (sha256(f"{seed}\n{one}".encode()).hexdigest(), one))
    return sorted(ranked[: max(0, size)])


def require_impartial(auditor: str, owners: Sequence[str], rule: Rule) -> Decision[bool]:
    """Nobody audits what he answers for. Raises Refused."""
    facts = {"auditor": auditor, "owners": sorted({one for one in owners if one})}
    if any(same(auditor, owner) for owner in owners):
        raise Refused(
            t("{name} répond de ce qu’il auditerait.", "{name} answers for what he would audit.").format(name=auditor),
            rule,
            "audit.partial",
            facts=facts,
            lawful=t("Confiez l’audit à quelqu’un d’autre.", "Give the audit to somebody else."),
        )
    return Decision(True, rule, facts)


def require_other_eyes(doer: str, checker: str, done: date | None, today: date, rule: Rule) -> Decision[bool]:
    """Effectiveness is judged by somebody else, on a later day. Raises Refused."""
    facts = {"doer": doer, "checker": checker, "done": done, "today": today}
    if done is None:
        raise Refused(t("L’action n’est pas faite.", "The action is not done."), rule, "effect.not-done", facts=facts)
    if same(doer, checker):
        raise Refused(
            t("Qui a fait l’action ne juge pas de son effet.", "Whoever did the action does not judge its effect."),
            rule,
            "effect.same-person",
            facts=facts,
            lawful=t("Une autre personne la vérifie.", "Another person checks it."),
        )
    if today <= done:
        raise Refused(
            t(
                "L’effet se juge un autre jour que celui de l’action.",
                "The effect is judged on another day than the action’s.",
            ),
            rule,
            "effect.same-day",
            facts=facts,
            lawful=t("À partir du lendemain.", "From the next day on."),
        )
    trace = Trace(
        (
            Step(
                t("un autre jour, une autre personne", "another day, another person"),
                t("{a} puis {b}", "{a} then {b}").format(a=day_text(done), b=day_text(today)),
                "oui",
            ),
        )
    )
    return Decision(True, rule, facts, trace)


def same(one: str, other: str) -> bool:
    """Whether two names are one person's, as far as spelling goes."""
    return " ".join(one.casefold().split()) == " ".join(other.casefold().split()) != ""
