"""«Tarifs»: what the State owes for an answer, by the tariff in force on the date of the requisition (R. 213-1 CPP).

Amounts in cents, excluding tax. A line that is unconfirmed, on quote or not in the tables is not invoiced: CE, 7 August 2007,
n° 298436, annulled the entries «sur devis» because the decree requires a tariff.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from opposable.law import Decision, NoRuleOnFile, Refused, Rule, Step, Text, Trace, t
from opposable.law.calendar import months_after
from opposable.systems.traffic.rules.categories import Statutes

SERVICES: dict[str, Text] = {
    "identity-number": t("identification d’un abonné par son numéro", "identification of a subscriber by number"),
    "identity-number-bulk": t("identification d’abonnés en nombre", "identification of subscribers in bulk"),
    "number-history": t("historique d’attribution d’un numéro", "history of the assignment of a number"),
    "identity-name": t("identification par le nom", "identification by name"),
    "identity-payment": t("identification et moyens de paiement", "identification and means of payment"),
    "identity-terminal": t("identification par le terminal", "identification by terminal"),
    "identity-ip": t("identification par adresse IP horodatée", "identification by time-stamped IP address"),
    "identity-account": t("identification par le compte", "identification by account"),
    "traffic": t("détail des trafics d’un abonné", "traffic detail of a subscriber"),
    "traffic-cells": t("détail des trafics localisés", "traffic detail with location"),
    "cell-window": t("trafics écoulés dans une cellule", "traffic through a cell"),
}
BULK = 2
"""From so many numbers in one request that can be copied on, the line for many applies."""


@dataclass(frozen=True, slots=True)
class Service:
    """«Prestation». ``quantity`` numbers, addresses or cells, over the days ``since`` to ``last`` where the period counts.

    ``channel``: through the platform of the State («PNIJ») or outside it; a line that names none is of both.
    """

    name: str
    network: str
    quantity: int
    since: date | None = None
    last: date | None = None
    hours: int = 0
    channel: str = "outside"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an invoice, in cents, excluding tax, with its working."""

    service: str
    code: str
    quantity: int
    how: Text
    cents: int

    def as_data(self) -> dict[str, object]:
        """For the act's part and the document."""
        return {
            "service": self.service, "code": self.code, "quantity": self.quantity, "how": self.how.as_data(), "cents": self.cents,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Priced:
    """The lines and their total, excluding tax."""

    lines: tuple[Line, ...]

    @property
    def cents(self) -> int:
        """The total."""
        return sum(line.cents for line in self.lines)


def tariff_on(law: Statutes, dated_on: date) -> Rule:
    """The tariff of a requisition's date. Raises Refused when none is on file, or when its amounts were not confirmed."""
    try:
        rule = law.at("traffic.tariff", dated_on)
    except NoRuleOnFile as nothing:
        raise Refused(nothing.text, None, "tariff.none", facts={"dated_on": dated_on}) from None
    if not rule.confirmed or rule.param["by"] != "amount":
        raise Refused(
            t(
                "Les montants en vigueur à la date de la réquisition ne sont pas confirmés au dossier : rien n’est facturé.",
                "The amounts in force on the date of the requisition are not confirmed on file: nothing is invoiced.",
            ),
            rule,
            "tariff.unconfirmed",
            facts={"dated_on": dated_on},
            lawful=t(
                "Portez au recueil les tableaux de l’arrêté, avec leur source ; la facture pourra alors être établie.",
                "Enter the tables of the order in the rulebook, with their source; the invoice can then be made.",
            ),
        )
    return rule


def price(law: Statutes, dated_on: date, services: tuple[Service, ...]) -> Decision[Priced]:
    """The invoice of an answer. Raises Refused for a line without a confirmed amount: a part would be no invoice."""
    rule = tariff_on(law, dated_on)
    lines = tuple(_line(rule, service) for service in services)
    steps = tuple(Step(SERVICES[line.service], line.how, str(line.cents)) for line in lines)
    return Decision(Priced(lines), rule, {"dated_on": dated_on, "lines": len(lines)}, Trace(steps))


def _line(rule: Rule, service: Service) -> Line:
    entry = _entry(rule, service)
    cents, how = _SHAPES[str(entry["shape"])](entry, service)
    return Line(service.name, str(entry["code"]), service.quantity, how, cents)


def _entry(rule: Rule, service: Service) -> Mapping[str, Any]:
    entries = [entry for entry in rule.param["lines"] if entry["service"] == service.name]
    found = next((entry for entry in entries if _is_of(entry, service)), None)
    if found is not None and found["shape"] != "quote":
        return dict(found)
    raise Refused(
        t(
            "« {what} » n’a pas de montant au tarif de ce jour : une prestation sur devis ne se facture pas.",
            "“{what}” has no amount in the tariff of that day: a service on quote is not invoiced.",
        ).format(what=SERVICES[service.name]),
        rule,
        "tariff.quote" if found is not None else "tariff.absent",
        facts={"service": service.name, "network": service.network},
        lawful=t(
            "Le décret exige un tarif (CE, 7 août 2007, n° 298436) : le montant se convient avec l’autorité, hors de ce logiciel.",
            "The decree requires a tariff (CE, 7 Aug. 2007, no. 298436): agree on the amount with the authority, outside this software.",
        ),
    )


def _is_of(entry: Mapping[str, Any], service: Service) -> bool:
    return entry["network"] in {"", service.network} and entry.get("channel", "") in {"", service.channel}


def _unit(entry: Mapping[str, Any], service: Service) -> tuple[int, Text]:
    return service.quantity * entry["cents"], _times(service.quantity, entry["cents"])


def _minimum(entry: Mapping[str, Any], service: Service) -> tuple[int, Text]:
    counted = max(service.quantity, entry["upto"])
    how = _times(counted, entry["cents"]) + t(" (minimum {n})", " (at least {n})").format(n=entry["upto"])
    return counted * entry["cents"], how


def _bulk(entry: Mapping[str, Any], service: Service) -> tuple[int, Text]:
    beyond = max(0, service.quantity - entry["upto"])
    how = t("{flat} jusqu’à {upto}, puis {n} × {cents}", "{flat} up to {upto}, then {n} × {cents}").format(
        flat=euros(entry["flat"]), upto=entry["upto"], n=beyond, cents=euros(entry["cents"])
    )
    return entry["flat"] + beyond * entry["cents"], how


def _period(entry: Mapping[str, Any], service: Service) -> tuple[int, Text]:
    count = periods(service, entry["days"])
    how = (
        t("{q} × {n} période(|s) indivisible(|s) × {cents}", "{q} × {n} indivisible period(|s) × {cents}")
        .counted(count)
        .format(q=service.quantity, n=count, cents=euros(entry["cents"]))
    )
    return service.quantity * count * entry["cents"], how


def _monthly(entry: Mapping[str, Any], service: Service) -> tuple[int, Text]:
    count = periods(service, entry["days"])
    how = (
        t(
            "{q} × ({cents} + {n} période(|s) de {days} jours × {extra})",
            "{q} × ({cents} + {n} period(|s) of {days} days × {extra})",
        )
        .counted(count)
        .format(
            q=service.quantity, cents=euros(entry["cents"]), n=count, days=entry["days"], extra=euros(entry["extra"])
        )
    )
    return service.quantity * (entry["cents"] + count * entry["extra"]), how


def _window(entry: Mapping[str, Any], service: Service) -> tuple[int, Text]:
    count = max(1, -(-service.hours // entry["hours"]))
    how = (
        t("{q} × {n} période(|s) de {h} heures × {cents}", "{q} × {n} period(|s) of {h} hours × {cents}")
        .counted(count)
        .format(q=service.quantity, n=count, h=entry["hours"], cents=euros(entry["cents"]))
    )
    return service.quantity * count * entry["cents"], how


_SHAPES = {
    "unit": _unit, "minimum": _minimum, "bulk": _bulk, "period": _period, "monthly": _monthly, "window": _window,
}  # fmt: skip


def periods(service: Service, days: int) -> int:
    """Begun periods of ``days`` days (0: of a month, date to date) that cover the service's days; a begun one counts whole."""
    if service.since is None or service.last is None:
        return 1
    if days:
        return -(-((service.last - service.since).days + 1) // days)
    count = 1
    while months_after(service.since, count)[0] <= service.last:
        count += 1
    return count


def euros(cents: int) -> Text:
    """«9,69 €» / "EUR 9.69"."""
    whole, rest = divmod(cents, 100)
    return t(f"{whole},{rest:02} €", f"EUR {whole}.{rest:02}")


def _times(count: int, cents: int) -> Text:
    return t("{n} × {cents}", "{n} × {cents}").format(n=count, cents=euros(cents))
