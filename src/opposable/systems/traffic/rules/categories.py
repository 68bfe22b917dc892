"""«Catégories de données» of article R. 10-13 CPCE, and what asks the law for them by date."""

from collections.abc import Iterable
from datetime import date
from typing import Literal, Protocol

from opposable.law import Bylaw, Rule, Text, t

Category = Literal["identity", "subscription", "payment", "source", "traffic", "location"]

CATEGORIES: dict[Category, Text] = {
    "identity": t("identité civile", "civil identity"),
    "subscription": t("souscription du contrat", "subscription of the contract"),
    "payment": t("paiement", "payment"),
    "source": t("source de la connexion et terminal", "source of the connection and terminal"),
    "traffic": t("trafic", "traffic"),
    "location": t("localisation", "location"),
}

GROUPS: dict[Category, str] = {
    "identity": "I",
    "subscription": "II",
    "payment": "III",
    "source": "IV",
    "traffic": "V",
    "location": "V, 4°",
}
"""The groups of R. 10-13 in its wording of 2021; that of 2006 had others."""


class Statutes(Protocol):
    """The law as a rule asks it."""

    def at(self, rule_id: str, day: date, bylaws: Iterable[Bylaw] = ()) -> Rule:
        """The wording in force on a day. Raises NoRuleOnFile."""
        ...
