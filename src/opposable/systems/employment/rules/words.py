"""What the facts of these rules are called beside a reason."""

from collections.abc import Mapping

from opposable.law import Text, t

FACT_LABELS: Mapping[str, Text] = {
    "any_time": t("Renonciation permise à tout moment", "Waiver allowed at any time"),
    "day": t("Le délai part du", "The time runs from"),
    "departed_on": t("Départ effectif", "Effective departure"),
    "extension": t("Report au jour ouvrable", "Moved to a working day"),
    "known_on": t("Connue de l’employeur le", "Known to the employer on"),
    "ref": t("Dossier", "File"),
    "rupture": t("Rupture", "Rupture"),
    "rupture_on": t("Jour de la rupture", "Day of the rupture"),
    "seasonal": t("Emploi saisonnier", "Seasonal job"),
    "signed_on": t("Signé le", "Signed on"),
    "staff": t("Salariés", "Employees"),
    "waived_on": t("Renonciation envoyée le", "Waiver sent on"),
    "wanted": t("Jour demandé", "Day asked for"),
    "written": t("Par écrit", "In writing"),
    "zone": t("Jours fériés de", "Holidays of"),
}
