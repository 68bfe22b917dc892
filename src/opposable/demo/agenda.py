"""The words of the demo: the clauses that its bylaws come to hold, and the agendas of its three meetings."""

from typing import Any

CLAUSES: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    (
        "assembly.evote.bylaws",
        {"allowed": True},
        "Statuts, art. 23",
        "Tout actionnaire peut voter à distance, avant l’assemblée, par voie électronique, sur le site que la société y consacre.",
    ),
    (
        "assembly.form.signature",
        {"simple": True, "process": "identifiant de la convocation et code à usage unique adressé à part, par message"},
        "Statuts, art. 24",
        "Le formulaire électronique est signé par l’identifiant porté sur la convocation et un code à usage unique adressé à part.",
    ),
    (
        "assembly.vote.double",
        {"granted": True},
        "Statuts, art. 12",
        "Un droit de vote double est attribué aux actions entièrement libérées inscrites au nominatif depuis deux ans au moins.",
    ),
    (
        "assembly.mode.no-change",
        {"change_allowed": True},
        "Statuts, art. 25",
        "L’actionnaire qui a voté à distance peut remplacer son formulaire tant que le délai de réception n’est pas expiré.",
    ),
)
AGENDA_FIRST = (
    ("Approbation des comptes", "ordinary", "Les comptes de l’exercice sont approuvés."),
    ("Vote à distance par voie électronique", "extraordinary", "Les articles 23 à 25 des statuts sont adoptés."),
)
AGENDA = (
    ("Approbation des comptes annuels", "ordinary", "Les comptes de l’exercice clos, bénéficiaires de 14 200 000 €, sont approuvés."),
    ("Affectation du résultat", "ordinary", "Un dividende de 1,20 € par action est distribué."),
    ("Conventions réglementées", "ordinary", "Les conventions visées au rapport spécial sont approuvées."),
    ("Renouvellement d’un administrateur", "ordinary", "Le mandat d’administratrice de Mme Garnier est renouvelé pour quatre ans."),
    ("Autorisation de rachat d’actions", "ordinary", "Le conseil est autorisé à acquérir des actions dans la limite de 10 % du capital."),
    ("Délégation pour augmenter le capital", "extraordinary", "Le conseil peut augmenter le capital dans la limite de 20 %."),
    ("Mise à jour des statuts", "extraordinary", "L’article 8 des statuts est mis en harmonie avec la loi."),
)  # fmt: skip
NEXT_AGENDA = (
    ("Transfert du siège", "extraordinary", "Le siège est transféré au 4 quai des Célestins, 75004 Paris."),
    ("Nomination d’une administratrice", "ordinary", "Mme Inès Rivière est nommée administratrice pour quatre ans."),
    (
        "Pouvoirs pour les formalités",
        "ordinary",
        "Tous pouvoirs sont donnés au porteur d’un extrait pour les formalités.",
    ),
)
