"""Make an installation."""

import argparse

from opposable.commands import start_django


def run(argv: list[str]) -> int:
    """Make HOME and its database. A passphrase is asked of the environment, unless --draw-passphrase."""
    parser = argparse.ArgumentParser(prog="opposable init", description=__doc__)
    parser.add_argument(
        "--origin", required=True, help="name of the log: your domain and the year, as arsenal.example/2026"
    )
    parser.add_argument("--url", default="http://127.0.0.1:8000", help="address of the pages")
    parser.add_argument("--vote-url", default="http://127.0.0.1:8001", help="address of the voting site")
    parser.add_argument("--mail", default="", help="mail server: smtp://host:port, smtp+starttls://user@host")
    parser.add_argument("--mail-from", default="opposable@localhost", help="sender of the messages")
    parser.add_argument(
        "--tsa", default="local", help="time-stamping authority: an address, or local (of no legal value)"
    )
    parser.add_argument(
        "--draw-passphrase", action="store_true", help="draw the passphrase of the log key and leave it beside the key"
    )
    given = parser.parse_args(argv)
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
        tsa=given.tsa,
    )
    migrate()
    print(f"The log {given.origin} is born in {folder}. Next: opposable account create, then opposable serve.")
    return 0


def migrate() -> None:
    """Bring the database of HOME to the present tables."""
    start_django()
    from opposable.kernel import schema

    schema.bring_up_to_date()
