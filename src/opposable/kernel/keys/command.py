"""``opposable key``: the keys that sign the log, listed, rotated, retired. It needs the folder keys/ and no database."""

from __future__ import annotations

import argparse
import json
import os
import sys

from opposable.kernel import home
from opposable.kernel.keys.files import KeyFault
from opposable.kernel.keys.ring import KeyEntry, Keyring
from opposable.law.terminal import Parser, words
from opposable.law.text import t

NEW_PASSPHRASE = "OPPOSABLE_NEW_PASSPHRASE"  # noqa: S105 - the name of a variable
RESTART = t(
    "Relancez le scelleur : il lit ses clés en démarrant.", "Restart the sealer: it reads its keys when it starts."
)


def run(argv: list[str]) -> int:
    """`list`, `vkey`, `rotate`, `retire`, `passphrase`. Exit status 0; faults are raised."""
    given = _arguments().parse_args(argv)
    folder = home.current()
    ring = Keyring(folder, home.load(folder).origin)
    verbs = {"list": _list, "vkey": _vkey, "rotate": _rotate, "retire": _retire, "passphrase": _passphrase}
    sys.stdout.write("\n".join(verbs[given.verb](ring, given)) + "\n")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = Parser(
        prog="opposable key", description=words("Les clés qui signent le journal.", "The keys that sign the log.")
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser(
        "list", help=words("toutes les clés que ce journal a eues", "every key this log ever had")
    )
    listing.add_argument("--json", action="store_true")
    verbs.add_parser(
        "vkey",
        help=words(
            "la clé publique à donner aux témoins et à qui vérifie", "the public key to give to witnesses and verifiers"
        ),
    )
    rotate = verbs.add_parser(
        "rotate",
        help=words(
            "ajouter une clé ; les deux signent jusqu’au retrait de l’ancienne",
            "add a key; both sign until the old one is retired",
        ),
    )
    rotate.add_argument(
        "--to",
        metavar="SETTING",
        help=words("file:CHEMIN ou", "file:PATH or") + " pkcs11:module=…;token=…;label=…;pin-env=…",
    )
    retire = verbs.add_parser(
        "retire",
        help=words(
            "finir le renouvellement : l’ancienne clé cesse de signer et est détruite",
            "end the rotation: the old key stops signing and is destroyed",
        ),
    )
    retire.add_argument(
        "key",
        nargs="?",
        metavar="ID",
        help=words("par défaut : la plus ancienne des deux en service", "default: the older of the two in service"),
    )
    verbs.add_parser(
        "passphrase",
        help=words(
            f"chiffrer de nouveau les fichiers de clés, sous ${NEW_PASSPHRASE}",
            f"encrypt the key files anew, under ${NEW_PASSPHRASE}",
        ),
    )
    return parser


def _list(ring: Keyring, given: argparse.Namespace) -> list[str]:
    if given.json:
        return [json.dumps([entry.as_data() for entry in ring.entries()], indent=1)]
    return [line for entry in ring.entries() for line in _lines(entry)]


def _lines(entry: KeyEntry) -> list[str]:
    since = f"{entry.since:%Y-%m-%d}"
    if entry.until:
        does = words("retirée", "retired")
        state = words(f"du {since} au {entry.until:%Y-%m-%d}", f"{since} to {entry.until:%Y-%m-%d}")
    else:
        does, state = words("signe", "signs"), words(f"depuis le {since}", f"since {since}")
    return [f"{entry.id}  {does:8} {state}  {entry.setting}", f"  {entry.vkey}"]


def _vkey(ring: Keyring, given: argparse.Namespace) -> list[str]:
    return [entry.vkey for entry in ring.active()[:1]]


def _rotate(ring: Keyring, given: argparse.Namespace) -> list[str]:
    entry = ring.rotate(given.to)
    done = words(
        f"Les deux clés signent désormais. {RESTART.fr} Donnez cette vkey aux témoins et à qui vérifie.",
        f"Both keys sign from now on. {RESTART.en} Give this vkey to witnesses and verifiers.",
    )
    return [entry.vkey, done]


def _retire(ring: Keyring, given: argparse.Namespace) -> list[str]:
    entry = ring.retire(given.key or ring.active()[-1].id)
    return [
        words(
            f"{entry.id} ne signe plus ; sa clé publique reste dans l’historique. {RESTART.fr}",
            f"{entry.id} signs no more; its public key stays in the history. {RESTART.en}",
        )
    ]


def _passphrase(ring: Keyring, given: argparse.Namespace) -> list[str]:
    phrase = os.environ.get(NEW_PASSPHRASE, "").encode()
    if not phrase:
        raise KeyFault(
            t(
                f"Donnez la nouvelle phrase de passe par la variable {NEW_PASSPHRASE}.",
                f"Give the new passphrase in the variable {NEW_PASSPHRASE}.",
            )
        )
    changed = ring.change_passphrase(phrase)
    done = words(
        "Donnez désormais la nouvelle phrase de passe, et supprimez keys/passphrase s’il est là.",
        "Give the new passphrase from now on, and delete keys/passphrase if it is there.",
    )
    return [*changed, done]
