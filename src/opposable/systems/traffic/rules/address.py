"""«Identification par adresse»: how many subscribers an address, a port and an instant point to, and what follows."""

from dataclasses import dataclass

from opposable.law import Decision, Refused, Rule, Step, Trace, t


@dataclass(frozen=True, slots=True)
class Pointed:
    """What a look-up found before any content: ``persons`` subscribers; with which port and which doubt about the clock."""

    persons: int
    port: bool
    tolerance_seconds: int


def attribute(pointed: Pointed, rule: Rule, accepted: int) -> Decision[int]:
    """The persons whose identity may be given: one, or as many as an approved widening counted (``accepted``).

    Raises Refused when the address points to more: an address behind a shared gate without its port, or a doubtful clock.
    """
    facts = {"persons": pointed.persons, "port": pointed.port, "tolerance_seconds": pointed.tolerance_seconds}
    most = max(rule.number("persons"), accepted)
    step = Step(
        t("personnes désignées", "persons pointed to"),
        t("au plus {most} sans nouvel acte", "at most {most} without a new act").format(most=most),
        str(pointed.persons),
    )
    if pointed.persons <= most:
        return Decision(pointed.persons, rule, facts, Trace((step,)))
    missing = (
        t("L’heure est incertaine", "The clock is in doubt")
        if pointed.port
        else t("L’adresse est partagée et le port n’est pas donné", "The address is shared and its port is not given")
    )
    raise Refused(
        missing
        + t(
            " : elle désigne {n} abonnés, ce n’est pas une identification.",
            ": it points to {n} subscribers, which is no identification.",
        ).format(n=pointed.persons),
        rule,
        "address.several",
        facts=facts,
        trace=Trace((step,)),
        lawful=t(
            "Demandez à l’autorité le port et l’heure exacte, ou faites approuver un élargissement qui compte {n} personnes.",
            "Ask the authority for the port and the exact time, or have a widening approved that counts {n} persons.",
        ).format(n=pointed.persons),
    )


def check_tolerance(seconds: int, rule: Rule) -> None:
    """Refuse a doubt that is wider than the house allows."""
    widest = rule.number("widest_seconds")
    if not 0 <= seconds <= widest:
        raise Refused(
            t(
                "La tolérance d’horloge va de 0 à {n} secondes.",
                "The tolerance of the clock goes from 0 to {n} seconds.",
            ).format(n=widest),
            rule,
            "address.tolerance",
            facts={"seconds": seconds},
        )
