"""``opposable witness``: run a witness from a folder of its own. It needs no installation and no database."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from opposable.kernel import stopping
from opposable.kernel.keys.passphrase import FILE
from opposable.kernel.witness.core import Witness
from opposable.kernel.witness.server import WitnessServer
from opposable.kernel.witness.setup import SetupFault, WitnessHome
from opposable.law.terminal import Parser, words
from opposable.law.text import t

PORT = 8099


def run(argv: list[str]) -> int:
    """Make the witness the first time, then serve until interrupted. Exit status 0; faults are raised."""
    given = _arguments().parse_args(argv)
    home = Path(given.home or os.environ.get("OPPOSABLE_HOME") or "witness").absolute()
    settings = _settings(home, given.name).watch(given.log)
    _say(*_who(settings))
    witness = settings.open()
    try:
        return 0 if given.check else _serve(witness, given.host, given.port)
    finally:
        witness.store.close()


def _who(settings: WitnessHome) -> list[str]:
    watches = words("veille  ", "watches ")
    lines = [f"{words('témoin  ', 'witness ')} {settings.name}", f"vkey     {settings.vkey}"]
    lines += [f"{watches} {origin}" for origin in dict(settings.logs)]
    if not settings.logs:
        nothing = words("rien encore : relancez avec --log VKEY", "nothing yet: start again with --log VKEY")
        lines.append(f"{watches} {nothing}")
    kept = settings.home / FILE
    if kept.exists():
        note = words(
            f"la phrase de passe de sa clé est dans {kept} : bon pour un essai seulement",
            f"the passphrase of its key lies in {kept}: good for a trial only",
        )
        lines.append(f"note     {note}")
    return lines


def _arguments() -> argparse.ArgumentParser:
    parser = Parser(
        prog="opposable witness",
        description=words(
            "Cosigner les points de contrôle de journaux qui ne font que croître (C2SP tlog-witness).",
            "Cosign the checkpoints of logs that only ever grow (C2SP tlog-witness).",
        ),
    )
    parser.add_argument(
        "--home",
        help=words(
            "dossier du témoin (par défaut : OPPOSABLE_HOME, sinon ./witness)",
            "folder of the witness (default: OPPOSABLE_HOME, else ./witness)",
        ),
    )
    parser.add_argument(
        "--name",
        help=words(
            "nom du témoin, à donner la première fois : auditor.example/witness",
            "name of the witness, needed the first time: auditor.example/witness",
        ),
    )
    parser.add_argument(
        "--log",
        action="append",
        default=[],
        metavar="VKEY",
        help=words("veiller désormais sur ce journal", "watch this log from now on"),
    )
    parser.add_argument(
        "--host",
        default="127.0.0.1",
        help=words(
            "adresse où écouter (par défaut : cette machine seule)", "address to listen on (default: this machine only)"
        ),
    )
    parser.add_argument(
        "--port",
        type=int,
        default=PORT,
        help=words(
            f"port où écouter (par défaut {PORT} ; 0 : un port libre)",
            f"port to listen on (default {PORT}; 0: a free one)",
        ),
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help=words("ouvrir la clé et la mémoire, et s’arrêter", "open the key and the memory, and leave"),
    )
    return parser


def _settings(home: Path, name: str | None) -> WitnessHome:
    found = WitnessHome.load(home)
    if found is None:
        return WitnessHome.make(home, name or "")
    if name not in (None, found.name):
        raise SetupFault(
            t(
                f"Le témoin de {home} s’appelle {found.name} : un témoin ne change pas de nom.",
                f"The witness of {home} is called {found.name}: a witness does not change its name.",
            )
        )
    return found


def _serve(witness: Witness, host: str, port: int) -> int:
    with WitnessServer(witness, host, port) as server:
        stopping.when_asked(server.shutdown)
        _say(f"{words('sert    ', 'serves  ')} {server.url}")
        server.serve_forever(0.2)
    return 0


def _say(*lines: str) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
