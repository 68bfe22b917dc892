"""Reception of a form: in time or late, signed enough or not, whole or not.

The instant is the act's, read once when the form is whole in our hands, before anything is parsed: an upload begun at
14:59:59 and finished at 15:00:01 was received at 15:00:01. A late form is recorded, receipted as late, not counted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from opposable.law import (
    PARIS,
    Decision,
    Refused,
    Rule,
    Step,
    Text,
    Trace,
    day_text,
    days_before,
    end_of_day,
    instant_before,
    join,
    local,
    t,
    time_text,
)
from opposable.systems.assembly.rules.register import Company, Statutes

Channel = Literal["electronic", "paper"]
Level = Literal["simple", "advanced", "qualified"]

CONTENT: Mapping[str, Text] = {
    "surname": t("nom", "surname"),
    "given-name": t("prénom usuel", "usual first name"),
    "domicile": t("domicile", "domicile"),
    "holding-form": t("forme des titres", "form of the shares"),
    "quantity": t("nombre de titres", "number of shares"),
    "registration": t("mention de l’inscription en compte", "mention of the entry in an account"),
    "certificate": t("attestation de participation", "certificate of participation"),
    "signature": t("signature", "signature"),
}
"""What a form received must hold, by the names that the rule gives it."""


@dataclass(frozen=True, slots=True)
class Limit:
    """«Limite de réception»: the last instant (UTC) that counts, or the first that does not when ``included`` is false."""

    at: datetime
    included: bool
    zone: str

    def allows(self, now: datetime) -> bool:
        """Tell whether a form received at this instant is in time."""
        return now <= self.at if self.included else now < self.at

    @property
    def label(self) -> Text:
        """The limit in legal time, with its clock: «samedi 28 mars 2026 à 15 h 00 (heure de Paris)»."""
        at = local(self.at, self.zone)
        day, clock = (at.date(), time_text(at)) if self.included else (at.date() - timedelta(1), t("24 h 00", "24:00"))
        paris = self.zone == PARIS.key
        where = (
            t("heure de Paris", "Paris time") if paris else t("heure de {zone}", "{zone} time").format(zone=self.zone)
        )
        return t("{day} à {clock} ({where})", "{day} at {clock} ({where})").format(
            day=day_text(day, weekday=True), clock=clock, where=where
        )


@dataclass(frozen=True, slots=True)
class Reception:
    """«Réception»: ``status`` is "counted" or "late"; the form is kept in both cases."""

    status: Literal["counted", "late"]
    received_at: datetime
    limit: Limit


def electronic_limit(rule: Rule, day: date) -> Decision[Limit]:
    """Return the last instant for an electronic form or proxy: the eve, 15:00 Paris time, that instant included.

    ``rule`` is assembly.form.deadline-electronic (R. 225-77, 1st par.) or assembly.proxy.deadline-electronic (R. 225-80).
    """
    zone = rule.word("zone")
    at, trace = instant_before(day, rule.number("days_before"), rule.time("at"), zone)
    return Decision(Limit(at, included=True, zone=zone), rule, {"meeting_on": day}, trace)


def paper_limit(rule: Rule, day: date, zone: str = "Europe/Paris") -> Decision[Limit]:
    """Return the end of the last day for a paper form: at most three days before the meeting (R. 225-77, 1st par.).

    That day counts to its end. The count runs backwards and is not moved by week-ends or holidays.
    """
    last, trace = days_before(day, rule.number("max_days_before"))
    return Decision(Limit(end_of_day(last, zone), included=False, zone=zone), rule, {"meeting_on": day}, trace)


def limit_of(
    law: Statutes, company: Company, day: date, channel: Channel, zone: str = "Europe/Paris"
) -> Decision[Limit]:
    """Return the limit of reception for a channel, at a meeting held on ``day``."""
    if channel == "electronic":
        return electronic_limit(company.rule(law, "assembly.form.deadline-electronic", day), day)
    return paper_limit(company.rule(law, "assembly.form.deadline-paper", day), day, zone)


def receive(limit: Decision[Limit], now: datetime) -> Decision[Reception]:
    """Decide whether a form received at ``now`` is in time. Never refuses: see `late` for the refusal to record."""
    if now.tzinfo is None:
        raise ValueError("an instant of reception needs its zone")
    in_time = limit.value.allows(now)
    step = Step(
        t("Instant de réception", "Instant of reception"),
        t("comparé à la limite du {limit}", "compared with the limit on {limit}").format(limit=limit.value.label),
        f"{_sign(now, limit.value)} {limit.value.at.isoformat()}",
    )
    reception = Reception("counted" if in_time else "late", now, limit.value)
    return Decision(reception, limit.rule, {**limit.facts, "received_at": now}, limit.trace + Trace((step,)))


def late(reception: Decision[Reception]) -> Refused:
    """Return the refusal that a late form gets: recorded and receipted as late, not counted."""
    at = local(reception.value.received_at, reception.value.limit.zone)
    return Refused(
        t(
            "Formulaire reçu le {day} à {clock} : après la limite du {limit}, il n’est pas compté.",
            "Form received on {day} at {clock}: after the limit of {limit}, it is not counted.",
        ).format(day=day_text(at.date()), clock=time_text(at), limit=reception.value.limit.label),
        reception.rule,
        "late",
        facts=reception.facts,
        trace=reception.trace,
        lawful=t(
            "Le titulaire peut encore venir voter à l’assemblée.",
            "The holder may still come and vote at the meeting.",
        ),
    )


def check_signature(rule: Rule, level: Level) -> Decision[str]:
    """Return the process a signature rests on ("advanced", "qualified", or the bylaws' own), or refuse its level.

    ``rule`` is assembly.form.signature (R. 225-77, 3°; R. 225-79). Refused (code ``signature``) for a simple process that
    the bylaws do not provide for.
    """
    if level in rule.words("levels"):
        return Decision(level, rule, {"level": level})
    if level == "simple" and rule.flag("simple") and rule.word("process"):
        return Decision(rule.word("process"), rule, {"level": level})
    raise Refused(
        t(
            "Signature de niveau « {level} » : les statuts ne prévoient pas de procédé d’identification qui en tienne lieu.",
            "Signature of level “{level}”: the bylaws provide for no identification process that would stand for it.",
        ).format(level=level),
        rule,
        "signature",
        facts={"level": level, "levels": rule.words("levels")},
        lawful=t(
            "Signez au niveau avancé ou qualifié, ou faites adopter une clause statutaire qui décrit le procédé.",
            "Sign at the advanced or qualified level, or have a bylaw adopted that describes the process.",
        ),
    )


def check_content(rule: Rule, form: Mapping[str, str], *, bearer: bool) -> Decision[tuple[str, ...]]:
    """Check what a form received must hold (R. 225-77, 2nd par.): every field filled, the certificate for bearer shares.

    ``rule`` is assembly.form.received-content. Refused (code ``content``) names what is missing.
    """
    wanted = tuple(rule.words("fields")) + (("certificate",) if bearer else ())
    missing = tuple(name for name in wanted if not form.get(name, "").strip())
    if not missing:
        return Decision(wanted, rule, {"bearer": bearer})
    raise Refused(
        t("Le formulaire reçu ne comporte pas : {missing}.", "The form received lacks: {missing}.").format(
            missing=join(CONTENT.get(name, name) for name in missing)
        ),
        rule,
        "content",
        facts={"missing": missing, "bearer": bearer},
        lawful=t(
            "Le titulaire peut envoyer un formulaire complet avant la limite, ou venir à l’assemblée.",
            "The holder may send a complete form before the limit, or come to the meeting.",
        ),
    )


def _sign(now: datetime, limit: Limit) -> str:
    if now == limit.at:
        return f"{now.isoformat()} ="
    return f"{now.isoformat()} {'<' if now < limit.at else '>'}"
