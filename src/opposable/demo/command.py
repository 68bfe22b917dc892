"""`opposable demo`: build the demonstration and serve it."""

from __future__ import annotations

import secrets
import sys
import time
from pathlib import Path

from opposable.commands import count, port as port_number
from opposable.commands.init import migrate
from opposable.commands.neighbours import make_witness, neighbours
from opposable.commands.ports import require_free
from opposable.kernel import home as homes, installation
from opposable.kernel.keys import Keyring
from opposable.law import Text, t
from opposable.law.terminal import Parser, say, words

ROLES = ("secretary", "scrutineer", "bureau", "auditor", "keeper", "rssi", "direction", "achats", "juriste", "rh")
NOTE = "demo.txt"
ORIGIN = "arsenal.example/2026"


def run(argv: list[str]) -> int:
    """Build (once) and serve. The log, the tokens and the witness are real; the authority that dates is of no legal value."""
    parser = Parser(
        prog="opposable demo",
        description=words("Bâtir la démonstration et la servir.", "Build the demonstration and serve it."),
    )
    parser.add_argument(
        "--port",
        type=port_number,
        default=8000,
        help=words(
            "port des pages ; le site de vote prend le suivant", "port of the pages; the voting site takes the next one"
        ),
    )
    parser.add_argument("--host", default="127.0.0.1", help=words("adresse où écouter", "address to listen on"))
    parser.add_argument(
        "--holders",
        type=count,
        default=1_000,
        help=words("titulaires du registre engendré (20 au moins)", "holders in the generated register (20 at least)"),
    )
    parser.add_argument(
        "--no-serve", action="store_true", help=words("bâtir, dire où, et s’arrêter", "build, say where, and leave")
    )
    given = parser.parse_args(argv)
    home = homes.current()
    if not (home / NOTE).exists():
        if (home / homes.NAME).exists():
            raise homes.HomeError(
                t(
                    f"{home} est une installation qui n’est pas une démonstration achevée : choisissez un autre --home, ou ôtez-la",
                    f"{home} is an installation that is no finished demo: choose another --home, or remove it",
                )
            )
        ports = range(given.port, given.port + 4)
        advice = words(
            "choisissez-en un autre par --port N (PORT=N make demo) : la démonstration prend N à N+3",
            "choose another with --port N (PORT=N make demo): the demo takes N to N+3",
        )
        require_free("127.0.0.1", ports, advice)
        build(home, given.port, max(20, given.holders))
    print((home / NOTE).read_text("utf-8"), flush=True)
    if given.no_serve:
        return 0
    from opposable.commands import serve

    return serve.run(["--host", given.host, "--port", str(given.port)])


def build(home: Path, port: int, holders: int) -> None:
    """Make HOME and play the story in it."""
    started = time.monotonic()
    _say(t(f"la démonstration se bâtit dans {home}", f"building the demonstration in {home}"))
    installation.create(
        home,
        ORIGIN,
        draw=True,
        url=f"http://127.0.0.1:{port}",
        vote_url=f"http://127.0.0.1:{port + 1}",
        mail=f"smtp://127.0.0.1:{port + 2}",
        mail_from="assemblees@arsenal.example",
        sms="{number}@sms.arsenal.example",
        anchor_seconds=60,
        demo=True,
    )
    vkeys = Keyring(home, ORIGIN).vkeys()
    installation.add_witness(home, f"http://127.0.0.1:{port + 3}", make_witness(home, vkeys))
    migrate()
    from django.conf import settings
    from django.utils.module_loading import import_string

    from opposable.demo import ending, story
    from opposable.kernel import duties
    from opposable.kernel.sealing_service import in_process
    from opposable.kernel.system import systems

    passwords = {role: "-".join(secrets.token_hex(2) for _ in range(4)) for role in ROLES}
    with neighbours(home, settings.CONFIG), in_process() as seal:
        others = [import_string(system.demo)(_say) for system in systems() if system.demo]
        for other in others:
            next(other)  # what is older than the company's own story: the log goes forward only
        told = story.tell(holders, _say, passwords, seal)
        notes = [next(other) for other in others]
        seal()
        duties.tick()
        (home / NOTE).write_text("\n".join([ending.write(home, told), *notes]), "utf-8")
    seconds = f"{time.monotonic() - started:.0f} s"
    _say(t(f"bâtie en {seconds}", f"built in {seconds}"))


def _say(line: Text) -> None:
    print(f"· {say(line)}", file=sys.stderr, flush=True)
