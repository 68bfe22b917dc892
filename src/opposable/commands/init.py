"""Make an installation."""

import argparse

from opposable.commands import start_django
from opposable.law.terminal import Parser, words


def run(argv: list[str]) -> int:
    """Make HOME and its database. A passphrase is asked of the environment, unless --draw-passphrase."""
    given = _asked(argv)
    from opposable.kernel import home, installation

    folder = home.current()
    installation.create(
        folder,
        given.origin,
        draw=given.draw_passphrase,
        url=given.url,
        vote_url=given.vote_url,
        mail=given.mail,
        mail_from=given.mail_from,
        sms=given.sms,
        tsa=given.tsa,
    )
    migrate()
    print(
        words(
            f"Le journal {given.origin} est né dans {folder}. Ensuite : opposable account create, puis opposable serve.",
            f"The log {given.origin} is born in {folder}. Next: opposable account create, then opposable serve.",
        )
    )
    return 0


def _asked(argv: list[str]) -> argparse.Namespace:
    parser = Parser(prog="opposable init", description=words("Faire une installation.", "Make an installation."))
    parser.add_argument(
        "--origin",
        required=True,
        help=words(
            "nom du journal : votre domaine et l’année, comme arsenal.example/2026",
            "name of the log: your domain and the year, as arsenal.example/2026",
        ),
    )
    parser.add_argument(
        "--url", default="http://127.0.0.1:8000", help=words("adresse des pages", "address of the pages")
    )
    parser.add_argument(
        "--vote-url",
        default="http://127.0.0.1:8001",
        help=words("adresse du site de vote", "address of the voting site"),
    )
    parser.add_argument(
        "--mail",
        default="",
        help=words("serveur de courrier", "mail server") + " (smtp://host:port, smtp+starttls://user@host)",
    )
    parser.add_argument(
        "--mail-from", default="opposable@localhost", help=words("expéditeur des messages", "sender of the messages")
    )
    parser.add_argument(
        "--sms",
        default="",
        help=words("passerelle de SMS par courriel", "gateway of text messages by mail") + " ({number}@sms.example)",
    )
    parser.add_argument(
        "--tsa",
        default="local",
        help=words(
            "autorité d’horodatage : une adresse, ou local (sans valeur légale)",
            "time-stamping authority: an address, or local (of no legal value)",
        ),
    )
    parser.add_argument(
        "--draw-passphrase",
        action="store_true",
        help=words(
            "tirer la phrase de passe de la clé du journal et la laisser près de la clé",
            "draw the passphrase of the log key and leave it beside the key",
        ),
    )
    return parser.parse_args(argv)


def migrate() -> None:
    """Bring the database of HOME to the present tables."""
    start_django()
    from opposable.kernel import schema

    schema.bring_up_to_date()
