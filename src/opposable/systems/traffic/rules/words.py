"""Words for the facts of refusals, the stores and the families of rows, as pages and papers print them."""

from collections.abc import Mapping

from opposable.law import Text, t

FACT_LABELS: Mapping[str, Text] = {
    "authorised": t("Autorisation au dossier", "Authorisation on file"),
    "basis": t("Fondement", "Basis"),
    "capacity": t("Qualité", "Capacity"),
    "category": t("Catégorie", "Category"),
    "closed_on": t("Contrat fini le", "Contract ended on"),
    "dated_on": t("Datée du", "Dated"),
    "last": t("Dernier jour", "Last day"),
    "left": t("Reste", "Left"),
    "missing": t("Segments illisibles", "Unreadable segments"),
    "most": t("Au plus", "At most"),
    "needed": t("Approbations requises", "Approvals needed"),
    "network": t("Réseau", "Network"),
    "offence_months": t("Peine encourue, en mois", "Penalty incurred, in months"),
    "persons": t("Personnes", "Persons"),
    "protected": t("Personne protégée", "Protected person"),
    "requester": t("Demandeur", "Requester"),
    "rows": t("Lignes", "Rows"),
    "seconds": t("Secondes", "Seconds"),
    "selector": t("Critère", "Selector"),
    "service": t("Prestation", "Service"),
    "standing": t("Approbations valables", "Standing approvals"),
}

STORES: Mapping[str, Text] = {
    "source": t("adresses et terminaux", "addresses and terminals"),
    "traffic": t("trafic et localisation", "traffic and location"),
    "identity": t("identité civile", "civil identity"),
}
FATES: Mapping[str, Text] = {
    "read": t("lues", "read"),
    "kept": t("gardées", "kept"),
    "duplicate": t("en double", "duplicate"),
    "rejected": t("rejetées", "rejected"),
    "expired": t("hors délai", "expired"),
    "unlawful": t("sans base légale", "unlawful"),
}
"""What becomes of a row."""

FAMILIES: Mapping[str, Text] = {
    "nat_session": t("traductions d’adresse", "address translations"),
    "nat_block": t("blocs de ports", "port blocks"),
    "access_session": t("connexions", "connections"),
    "host_operation": t("opérations de contenu", "operations on content"),
    "call_leg": t("communications", "calls and messages"),
    "mail": t("courriers", "mails"),
    "identity": t("contrats", "contracts"),
}


def store_words(name: str) -> Text:
    """A store in words; its own name where there are none."""
    return STORES.get(name, Text(name, name))


def family_words(name: str) -> Text:
    """A family in words; its own name where there are none."""
    return FAMILIES.get(name, Text(name, name))
