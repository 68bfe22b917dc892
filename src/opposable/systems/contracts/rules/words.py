"""The kinds of contracts, and what the facts of these rules are called beside a reason."""

from collections.abc import Mapping

from opposable.law import Text, t

KINDS: dict[str, Text] = {
    "erp": t("progiciel de gestion (ERP)", "enterprise software (ERP)"),
    "licence": t("licence de logiciel", "software licence"),
    "provider": t("prestation de services", "services"),
    "cloud": t("service en nuage", "cloud service"),
    "non-compete": t("clause de non-concurrence", "non-compete clause"),
    "other": t("autre", "other"),
}
FACT_LABELS: Mapping[str, Text] = {
    "amount_cents": t("Montant, en centimes", "Amount, in cents"),
    "approved": t("Empreinte approuvée", "Digest approved"),
    "covered": t("Points couverts par le contrat", "Points that the contract covers"),
    "day": t("Jour", "Day"),
    "delivered_on": t("Livrée le", "Delivered on"),
    "deviation": t("S’écarte d’un modèle", "Leaves a model"),
    "event": t("Événement", "Event"),
    "kind": t("Genre de contrat", "Kind of contract"),
    "last_day": t("Dernier jour du contrat", "Last day of the contract"),
    "months": t("Durée, en mois", "Term, in months"),
    "on": t("Survenu le", "Happened on"),
    "op": t("Changement", "Change"),
    "points": t("Points", "Points"),
    "ref": t("Référence", "Reference"),
    "renewal_months": t("Reconduction, en mois", "Renewal, in months"),
    "rules": t("Règles appliquées", "Rules applied"),
    "sent": t("Empreinte de ce qui partait", "Digest of what was leaving"),
    "starts_on": t("Prise d’effet", "First day"),
    "today": t("Aujourd’hui", "Today"),
}
