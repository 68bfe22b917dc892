"""Decisions, pure: facts, a dated rule, an instant. No Django here: a judge can read it, a test can run it."""

from dataclasses import dataclass
from datetime import datetime

from opposable.law import Decision, Refused, Rule, t
from opposable.law.calendar import instant_traced, local_day


@dataclass(frozen=True)
class KeyFacts:
    """A key; ``holder`` is empty while it hangs in the cabinet."""

    number: str
    holder: str = ""


def take(key: KeyFacts, rule: Rule, now: datetime) -> Decision[datetime]:
    """«Remise d’une clé»: the instant by which it must be back. Refused when it is out, or when that has passed."""
    facts = {"number": key.number, "now": now}
    if key.holder:
        raise Refused(
            t("La clé {n} est sortie.", "Key {n} is out.").format(n=key.number),
            rule,
            "key.out",
            facts=facts,
            lawful=t("Faites-la d’abord rendre.", "Have it brought back first."),
        )
    back_by, trace = instant_traced(local_day(now), rule.param["back_at"])
    if now >= back_by:
        raise Refused(
            t("L’armoire est fermée pour aujourd’hui.", "The cabinet is closed for today."),
            rule,
            "key.hours",
            facts=facts,
            trace=trace,
        )
    return Decision(back_by, rule, facts, trace)
