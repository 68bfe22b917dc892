"""What the facts of these rules are called beside a reason."""

from collections.abc import Mapping

from opposable.law import Text, t

FACT_LABELS: Mapping[str, Text] = {
    "auditor": t("Auditeur", "Auditor"),
    "axis": t("Échelle", "Scale"),
    "checker": t("Qui juge de l’effet", "Who judges the effect"),
    "doer": t("Qui a fait l’action", "Who did the action"),
    "done": t("Faite le", "Done on"),
    "impact": t("gravité", "impact"),
    "level": t("Niveau", "Level"),
    "likelihood": t("vraisemblance", "likelihood"),
    "owners": t("Responsables", "Owners"),
    "today": t("Aujourd’hui", "Today"),
    "value": t("Valeur", "Value"),
    "values": t("Cotation", "Rating"),
    "way": t("Chemin", "Path"),
}
