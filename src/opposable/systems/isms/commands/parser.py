"""What `opposable isms` may be told."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from opposable.law.terminal import Parser, add_language, words
from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import EDITIONS


def parser() -> argparse.ArgumentParser:
    """Every verb with its arguments."""
    made = Parser(
        prog="opposable isms", description=words("Systèmes de management ISO 27001.", "ISO 27001 management systems.")
    )
    verbs = made.add_subparsers(dest="verb", required=True)
    verbs.add_parser(
        "list",
        help=words(
            "les systèmes de management, et où en sont leurs déclarations",
            "the management systems, and where their statements are",
        ),
    )
    for group in (_checking, _importing, _statement, _deciding):
        for verb in group(verbs):
            verb.add_argument(
                "--scope",
                help=words(
                    "identifiant du système de management (le seul, si omis)",
                    "identifier of the management system (the only one, if left out)",
                ),
            )
    _alone(verbs)
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    return made


def _checking(verbs: Any) -> list[argparse.ArgumentParser]:
    check = verbs.add_parser(
        "check",
        help=words(
            "rapport de cohérence : sortie 1 quand quelque chose bloque la publication",
            "consistency report: exit status 1 when something closes the gate of publication",
        ),
    )
    collect = verbs.add_parser(
        "collect",
        help=words(
            "recueillir dans le journal les preuves automatiques", "collect the automatic evidence from the log"
        ),
    )
    saved = verbs.add_parser(
        "evidence-file",
        help=words(
            "écrire la dernière preuve d’une règle, avec de quoi la juger de nouveau",
            "write the last item of a rule with what it takes to judge it again",
        ),
    )
    saved.add_argument("rule", choices=list(RULES))
    saved.add_argument("--out", type=Path, required=True, metavar="FILE")
    return [check, collect, saved]


def _importing(verbs: Any) -> list[argparse.ArgumentParser]:
    register = verbs.add_parser(
        "import-risks",
        help=words(
            "contrôler un registre de risques (xlsx, ods, xls, csv) ou une analyse de MONARC (json), ou l’importer",
            "check a risk register (xlsx, ods, xls, csv) or an analysis of MONARC (json), or import it",
        ),
    )
    register.add_argument("file", type=Path)
    register.add_argument(
        "--import",
        dest="really",
        action="store_true",
        help=words("l’importer ; sans cela, il est seulement contrôlé", "import it; without, only a check is made"),
    )
    undo = verbs.add_parser(
        "undo-import",
        help=words(
            "ôter du registre les risques du dernier import", "take the risks of the last import off the register"
        ),
    )
    library = verbs.add_parser(
        "import-library",
        help=words(
            "référentiels, correspondances, menaces, vulnérabilités, mesures ou méthode d’un autre outil",
            "frameworks, maps, threats, vulnerabilities, controls or a method from another tool",
        ),
    )
    library.add_argument(
        "file",
        type=Path,
        help=words(
            "une bibliothèque YAML de CISO Assistant ; un fichier JSON ou ZIP de MONARC ; un catalogue OSCAL (JSON)",
            "a YAML library of CISO Assistant; a JSON or ZIP file of MONARC; an OSCAL catalog (JSON)",
        ),
    )
    library.add_argument("--from", dest="source", required=True, choices=["ciso-assistant", "monarc", "oscal"])
    profile = verbs.add_parser(
        "import-oscal",
        help=words(
            "inclure dans le projet de déclaration ce qu’un profil ou catalogue OSCAL contient",
            "include in the draft statement what an OSCAL profile or catalog holds",
        ),
    )
    profile.add_argument("file", type=Path)
    return [register, undo, library, profile]


def _statement(verbs: Any) -> list[argparse.ArgumentParser]:
    draft = verbs.add_parser(
        "draft",
        help=words(
            "rédiger la version suivante de la déclaration d’applicabilité",
            "draft the next version of the statement of applicability",
        ),
    )
    table = verbs.add_parser(
        "export-statement",
        help=words(
            "la déclaration en tableau (xlsx), à remplir et à renvoyer",
            "the statement as a table (xlsx), to be filled in and sent back",
        ),
    )
    table.add_argument("--out", type=Path, required=True, metavar="FILE")
    filled = verbs.add_parser(
        "import-statement",
        help=words(
            "décider les lignes du projet comme un tableau (xlsx, ods, csv) les donne",
            "decide the draft's lines as a table (xlsx, ods, csv) has them",
        ),
    )
    filled.add_argument("file", type=Path)
    export = verbs.add_parser(
        "export-oscal",
        help=words(
            "catalogue, profil, SSP, plan et résultats d’évaluation, POA&M, chacun signé (DSSE)",
            "catalog, profile, SSP, assessment plan and results, POA&M, each signed (DSSE)",
        ),
    )
    export.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=words("dossier où écrire", "folder to write into")
    )
    add_language(export)
    export.add_argument(
        "--licensed-text",
        action="store_true",
        help=words(
            "mettre dans le catalogue le texte de la norme qui a été versé",
            "put the standard's text that was brought in into the catalog",
        ),
    )
    return [draft, table, filled, export]


def _deciding(verbs: Any) -> list[argparse.ArgumentParser]:
    accept = verbs.add_parser(
        "accept",
        help=words(
            "accepter ce qui reste d’un risque : en montre l’état, puis en décide",
            "accept what remains of a risk: shows its state, then decides on it",
        ),
    )
    accept.add_argument("risk", type=int, help=words("son numéro, comme 7 pour R7", "its number, as 7 for R7"))
    publish = verbs.add_parser(
        "publish",
        help=words(
            "publier le projet de déclaration : en montre les lignes et ce qui bloque, puis décide",
            "publish the draft statement: shows its lines and what closes the gate, then decides",
        ),
    )
    for verb in (accept, publish):
        verb.add_argument(
            "--as",
            dest="email",
            required=True,
            metavar="EMAIL",
            help=words("le compte de qui décide", "the account of who decides"),
        )
        verb.add_argument(
            "--text",
            default="",
            help=words(
                "les mots acceptés (une phrase qui nomme l’objet, si omis)",
                "the words accepted (a sentence naming the object, if left out)",
            ),
        )
        verb.add_argument(
            "--seen",
            default="",
            metavar="DIGEST",
            help=words(
                "empreinte de ce qui a été lu ; sans elle rien n’est décidé",
                "digest of what was read; without it nothing is decided",
            ),
        )
    return [accept, publish]


def _alone(verbs: Any) -> None:
    """Verbs that look at no management system on file."""
    begin = verbs.add_parser(
        "open",
        help=words(
            "ouvrir un système de management : périmètre, méthode, première campagne d’appréciation",
            "open a management system: scope, method, a first campaign of assessment",
        ),
    )
    begin.add_argument("slug", help=words("identifiant, comme arsenal", "identifier, as arsenal"))
    begin.add_argument("--name", required=True)
    begin.add_argument("--organisation", required=True)
    begin.add_argument("--text", required=True, help=words("ce qu’il couvre", "what it covers"))
    begin.add_argument("--owner", required=True, help=words("qui en répond", "who answers for it"))
    begin.add_argument("--edition", default=EDITIONS[-1], choices=EDITIONS)
    begin.add_argument(
        "--method",
        default="grid-4",
        choices=list(PRESETS),
        help=words("une méthode toute prête (par défaut grid-4)", "a method that is ready (default grid-4)"),
    )
    again = verbs.add_parser(
        "replay",
        help=words(
            "juger de nouveau une preuve d’après son fichier ; aucune base n’est lue",
            "judge an item of evidence again from its file; no database is read",
        ),
    )
    again.add_argument("file", type=Path)
    again.add_argument(
        "--log",
        type=Path,
        metavar="DIR",
        help=words(
            "tuiles publiques du journal : aucun acte ne peut manquer ni avoir changé",
            "public tiles of the log: no act may be missing or altered",
        ),
    )
    text = verbs.add_parser(
        "import-text",
        help=words(
            "le texte même de la norme, par identifiant, sous votre licence : il reste ici",
            "the standard's own text, by identifier, under your licence: it stays here",
        ),
    )
    text.add_argument(
        "file",
        type=Path,
        help=words(
            "un tableau aux colonnes identifiant et texte (xlsx, ods, csv)",
            "a table with the columns identifier and text (xlsx, ods, csv)",
        ),
    )
    text.add_argument("--edition", default=EDITIONS[-1], choices=EDITIONS)
    text.add_argument(
        "--licence", required=True, help=words("la licence qui vous le donne", "the licence that gives it to you")
    )
    cross = verbs.add_parser(
        "import-map",
        help=words(
            "une correspondance entre deux référentiels, telle que votre autorité ou votre conseil l’a faite",
            "a map between two referentials, as your authority or adviser made it",
        ),
    )
    cross.add_argument(
        "file",
        type=Path,
        help=words(
            "un tableau aux colonnes source, cible et relation", "a table with the columns source, target and relation"
        ),
    )
    cross.add_argument("--name", required=True)
    cross.add_argument(
        "--source", required=True, help=words("référentiel de la première colonne", "referential of the first column")
    )
    cross.add_argument("--target", required=True, help=words("référentiel de la seconde", "referential of the second"))
    labels = verbs.add_parser(
        "referential",
        help=words(
            "identifiants d’une édition, avec les libellés d’Opposable",
            "identifiers of an edition with Opposable’s labels",
        ),
    )
    labels.add_argument("edition", choices=EDITIONS)
