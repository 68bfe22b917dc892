"""Write the evidence of an object or an act."""

from pathlib import Path

from opposable.commands import open_home
from opposable.law.terminal import Parser, words


def run(argv: list[str]) -> int:
    """SUBJECT is an object's uid, an act's index or its entry; the first characters of a uid do."""
    parser = Parser(
        prog="opposable bundle",
        description=words("Écrire la preuve d’un objet ou d’un acte.", "Write the evidence of an object or an act."),
    )
    parser.add_argument(
        "subject", help=words("uid d’un objet, index ou entrée d’un acte", "uid of an object, index or entry of an act")
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        help=words("fichier à écrire, comme dossier.asice", "file to write, as case.asice"),
    )
    parser.add_argument("--title", default="", help=words("titre du résumé", "what the summary is headed"))
    parser.add_argument(
        "--without-state",
        action="store_true",
        help=words("laisser de côté l’état présent des objets", "leave out the present state of the objects"),
    )
    given = parser.parse_args(argv)
    open_home()
    from opposable.kernel import evidence
    from opposable.kernel.sealing_service import sealed_first

    sealed_first()
    written = evidence.write_bundle(given.subject, given.out, with_state=not given.without_state, title=given.title)
    size = written.stat().st_size
    print(
        words(
            f"{written} ({size} octets). À vérifier par : opposable verify {written}",
            f"{written} ({size} bytes). Check it with: opposable verify {written}",
        )
    )
    return 0
