"""What each point of a required clause is called. The rules name points; the words are here, in both languages."""

from opposable.law import Text, t

POINTS: dict[str, Text] = {
    # ISO 27001 for providers
    "certificate": t("certificat, ou niveau équivalent prouvé", "certificate, or an equivalent level proven"),
    "scope": t("le périmètre certifié couvre le service", "the certified scope covers the service"),
    "statement": t("déclaration d’applicabilité sur demande", "statement of applicability on request"),
    "audit": t("droit d’audit", "right of audit"),
    "incident": t("avis d’incident", "notice of incidents"),
    "flow-down": t("mêmes obligations aux sous-traitants", "same obligations on subcontractors"),
    # evolution of software
    "technical": t("évolution technique", "technical evolution"),
    "functional": t("évolution fonctionnelle", "functional evolution"),
    "duration": t("pendant toute la durée du contrat", "for the whole duration of the contract"),
    "corrections": t("qui corrige les erreurs", "who corrects the errors"),
    # personal data
    "instructions": t("sur instruction documentée", "on documented instructions"),
    "secrecy": t("confidentialité des personnes", "confidentiality of the persons"),
    "security": t("sécurité du traitement", "security of processing"),
    "subprocessors": t("autres sous-traitants autorisés", "other processors authorised"),
    "data-subjects": t("aide à répondre aux personnes", "help in answering data subjects"),
    "assistance": t("aide : sécurité, violations, analyses", "help: security, breaches, assessments"),
    "return": t("suppression ou restitution à la fin", "deletion or return at the end"),
    "proof": t("preuves et audits", "proofs and audits"),
    # ICT services of financial entities
    "description": t("description complète des services", "full description of the services"),
    "location": t("lieux du service et des données", "places of the service and of the data"),
    "protection": t(
        "disponibilité, intégrité, confidentialité des données", "availability, integrity, confidentiality of data"
    ),
    "access": t("accès et restitution des données en cas d’arrêt", "access and return of data when it stops"),
    "levels": t("niveaux de service", "service levels"),
    "ict-incident": t("aide en cas d’incident, à coût convenu", "help on incidents, at a cost agreed"),
    "authorities": t("coopération avec les autorités", "cooperation with the authorities"),
    "termination": t("droits de résiliation et préavis", "rights of termination and notice"),
    "training": t("participation aux formations de sécurité", "taking part in security training"),
    "full-levels": t("niveaux de service complets et chiffrés", "full service levels with figures"),
    "notice-periods": t("préavis et obligations d’information", "notice periods and duties of information"),
    "continuity": t("plans de continuité éprouvés", "continuity plans that are tested"),
    "testing": t("participation aux tests d’intrusion", "taking part in penetration tests"),
    "monitoring": t("droit de suivi, d’accès et d’audit", "right to monitor, access and audit"),
    "exit": t("stratégie de sortie", "exit strategy"),
    # non-compete
    "limited": t("limitée dans le temps et dans l’espace", "limited in time and space"),
    "activity": t("tient compte de l’emploi du salarié", "takes account of the employee’s job"),
    "counterpart": t("contrepartie financière", "financial counterpart"),
    "waiver": t("modalités de renonciation", "terms of waiver"),
    # reversibility
    "data": t("restitution des données, format dit", "return of data, in a stated format"),
    "handover": t("assistance à la reprise", "assistance in taking over"),
}


def label_of(point: str) -> Text:
    """The words for a point; its name when there are none."""
    return POINTS.get(point, Text(point, point))
