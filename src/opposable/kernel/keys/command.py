"""``opposable key``: the keys that sign the log, listed, rotated, retired. It needs the folder keys/ and no database."""

from __future__ import annotations

import argparse
import json
import os
import sys

from opposable.kernel import home
from opposable.kernel.keys.files import KeyFault
from opposable.kernel.keys.ring import KeyEntry, Keyring
from opposable.law.text import t

NEW_PASSPHRASE = "OPPOSABLE_NEW_PASSPHRASE"  # noqa: S105 - the name of a variable
RESTART = "Restart the sealer: it reads its keys when it starts."


def run(argv: list[str]) -> int:
    """`list`, `vkey`, `rotate`, `retire`, `passphrase`. Exit status 0; faults are raised."""
    given = _arguments().parse_args(argv)
    folder = home.current()
    ring = Keyring(folder, home.load(folder).origin)
    verbs = {"list": _list, "vkey": _vkey, "rotate": _rotate, "retire": _retire, "passphrase": _passphrase}
    sys.stdout.write("\n".join(verbs[given.verb](ring, given)) + "\n")
    return 0


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="opposable key", description="The keys that sign the log.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    listing = verbs.add_parser("list", help="every key this log ever had")
    listing.add_argument("--json", action="store_true")
    verbs.add_parser("vkey", help="the public key to give to witnesses and verifiers")
    rotate = verbs.add_parser("rotate", help="add a key; both sign until the old one is retired")
    rotate.add_argument("--to", metavar="SETTING", help="file:PATH or pkcs11:module=…;token=…;label=…;pin-env=…")
    retire = verbs.add_parser("retire", help="end the rotation: the old key stops signing and is destroyed")
    retire.add_argument("key", nargs="?", metavar="ID", help="default: the older of the two in service")
    verbs.add_parser("passphrase", help=f"encrypt the key files anew, under ${NEW_PASSPHRASE}")
    return parser


def _list(ring: Keyring, given: argparse.Namespace) -> list[str]:
    if given.json:
        return [json.dumps([entry.as_data() for entry in ring.entries()], indent=1)]
    return [line for entry in ring.entries() for line in _lines(entry)]


def _lines(entry: KeyEntry) -> list[str]:
    state = f"{entry.since:%Y-%m-%d} to {entry.until:%Y-%m-%d}" if entry.until else f"since {entry.since:%Y-%m-%d}"
    return [f"{entry.id}  {'retired' if entry.until else 'signs':8} {state}  {entry.setting}", f"  {entry.vkey}"]


def _vkey(ring: Keyring, given: argparse.Namespace) -> list[str]:
    return [entry.vkey for entry in ring.active()[:1]]


def _rotate(ring: Keyring, given: argparse.Namespace) -> list[str]:
    entry = ring.rotate(given.to)
    return [entry.vkey, f"Both keys sign from now on. {RESTART} Give this vkey to witnesses and verifiers."]


def _retire(ring: Keyring, given: argparse.Namespace) -> list[str]:
    entry = ring.retire(given.key or ring.active()[-1].id)
    return [f"{entry.id} signs no more; its public key stays in the history. {RESTART}"]


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
    return [*changed, "Give the new passphrase from now on, and delete keys/passphrase if it is there."]
