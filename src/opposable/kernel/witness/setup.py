"""The folder of a witness: ``witness.toml`` (who it is, which logs it watches), its key, its memory."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from opposable.kernel.faults import Fault
from opposable.kernel.keys import create_file_key, draw_passphrase, find_passphrase, load_file_key
from opposable.kernel.keys.files import KeyFault, replace_file
from opposable.kernel.witness.core import Witness
from opposable.kernel.witness.store import Store
from opposable.law.text import t
from opposable.ledger.cosignature import witness_vkey
from opposable.ledger.errors import NoteError
from opposable.ledger.note import ED25519, Verifier, check_name

CONFIG = "witness.toml"
STORE = "witness.sqlite3"
KEY = "keys/witness.key"


class SetupFault(Fault):
    """The folder of the witness is not what it must be."""


@dataclass(frozen=True)
class WitnessHome:
    """Contents of ``witness.toml``: the folder, our name and vkey, and for each log its origin and keys (vkeys)."""

    home: Path
    name: str
    vkey: str
    logs: tuple[tuple[str, str], ...] = ()

    @classmethod
    def load(cls, home: Path) -> WitnessHome | None:
        """Read the folder; None where no witness was made yet. Raises SetupFault when it does not read."""
        try:
            data = tomllib.loads((home / CONFIG).read_text("utf-8"))
            logs = tuple(_log(item["vkey"], item.get("origin", "")) for item in data.get("log", ()))
            return cls(home, data["name"], data["vkey"], logs)
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, AttributeError, tomllib.TOMLDecodeError) as error:
            raise SetupFault(
                t(
                    f"{home / CONFIG} ne se lit pas ({error}) : corrigez-le.",
                    f"{home / CONFIG} does not read ({error}): correct it.",
                )
            ) from error

    @classmethod
    def make(cls, home: Path, name: str) -> WitnessHome:
        """Make a witness: its memory first, then its key, then ``witness.toml``; a crash in between is taken up again.

        A passphrase that nobody gave is drawn and put beside the key. Raises SetupFault, KeyFault.
        """
        _checked_name(name)
        if (home / "opposable.toml").exists():
            raise _not_here(home)
        home.mkdir(parents=True, exist_ok=True)
        if (home / KEY).exists() and not (home / STORE).exists():
            raise _no_memory(home)
        Store(home / STORE).close()
        key = _key(home)
        made = cls(home, name, witness_vkey(name, key))
        made.save()
        return made

    def watch(self, vkeys: Sequence[str]) -> WitnessHome:
        """Return this witness with further logs, saved; those already watched are left as they are."""
        added = [log for log in map(_log, vkeys) if log not in self.logs]
        if not added:
            return self
        larger = WitnessHome(self.home, self.name, self.vkey, (*self.logs, *dict.fromkeys(added)))
        larger.save()
        return larger

    def save(self) -> None:
        lines = [f'name = "{self.name}"', f'vkey = "{self.vkey}"']
        for origin, vkey in self.logs:
            lines += ["", "[[log]]", f'origin = "{_quoted(origin)}"', f'vkey = "{vkey}"']
        replace_file(self.home / CONFIG, ("\n".join(lines) + "\n").encode(), 0o600)

    def open(self) -> Witness:
        """Open the key and the memory. Raises KeyFault, SetupFault: neither is ever made anew in silence."""
        if not (self.home / STORE).exists():
            raise _no_memory(self.home)
        key = load_file_key(self.home / KEY, find_passphrase(self.home))
        if witness_vkey(self.name, key.public_key().public_bytes_raw()) != self.vkey:
            raise SetupFault(
                t(
                    f"{self.home / KEY} n’est pas la clé de ce témoin : restaurez la bonne.",
                    f"{self.home / KEY} is not the key of this witness: restore the right one.",
                )
            )
        logs: dict[str, list[Verifier]] = {}
        for origin, vkey in self.logs:
            logs.setdefault(origin, []).append(Verifier.parse(vkey))
        return Witness(self.name, key, logs, Store(self.home / STORE))


def _key(home: Path) -> bytes:
    """Return the public key, drawing the key (and, when nobody gave one, its passphrase) the first time."""
    if not (home / KEY).exists():
        try:
            phrase = find_passphrase(home)
        except KeyFault:
            draw_passphrase(home)
            phrase = find_passphrase(home)
        create_file_key(home / KEY, phrase)
    return load_file_key(home / KEY, find_passphrase(home)).public_key().public_bytes_raw()


def _log(vkey: str, origin: str = "") -> tuple[str, str]:
    """Return (origin, vkey) of a log; the origin is the name of its key unless said otherwise."""
    try:
        verifier = Verifier.parse(vkey)
    except NoteError as error:
        raise _no_log(vkey, str(error)) from error
    if verifier.key_type != ED25519:
        raise _no_log(vkey, "the key of a witness")
    return origin or verifier.name, vkey


def _no_log(vkey: str, why: str) -> SetupFault:
    return SetupFault(
        t(
            f"« {vkey} » n’est pas la vkey d’un journal ({why}).",
            f'"{vkey}" is not the vkey of a log ({why}).',
        )
    )


def _checked_name(name: str) -> None:
    try:
        check_name(name)
    except NoteError:
        name = ""
    if not name or '"' in name or "\\" in name:
        raise SetupFault(
            t(
                "Un témoin porte un nom comme une adresse sans « https:// » : --name cabinet.example/temoin.",
                'A witness has a name like an address without "https://": --name auditor.example/witness.',
            )
        )


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _not_here(home: Path) -> SetupFault:
    return SetupFault(
        t(
            f"{home} est une installation : un témoin est quelqu’un d’autre, donnez-lui un autre dossier par --home.",
            f"{home} is an installation: a witness is somebody else, give it another folder with --home.",
        )
    )


def _no_memory(home: Path) -> SetupFault:
    return SetupFault(
        t(
            f"La mémoire de ce témoin manque ({home / STORE}) : sans elle il laisserait passer un second passé. Remettez "
            "le fichier, ou faites un nouveau témoin, avec une nouvelle clé, dans un autre dossier.",
            f"The memory of this witness is missing ({home / STORE}): without it a second past would go unseen. Put the "
            "file back, or make a new witness, with a new key, in another folder.",
        )
    )
