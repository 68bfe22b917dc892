"""Words for the facts of refusals, as the pages print them."""

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
    "protected": t("Personne protégée", "Protected person"),
    "requester": t("Demandeur", "Requester"),
    "seconds": t("Secondes", "Seconds"),
    "selector": t("Critère", "Selector"),
    "service": t("Prestation", "Service"),
    "standing": t("Approbations valables", "Standing approvals"),
}
