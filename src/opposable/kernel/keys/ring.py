"""«Trousseau» : the keys of one log through time, and the history that is never shortened.

Rotation: a new key is added and both sign (verifiers ignore signatures they do not know, C2SP signed-note), verifiers
are told the new vkey, then the old key is retired: it stops signing and its private half is destroyed. Its public half
stays in ``keys/history.json`` for ever.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from opposable.kernel import clock
from opposable.kernel.keys.files import KeyFault, destroy, replace_file
from opposable.kernel.keys.passphrase import find_passphrase
from opposable.kernel.keys.pkcs8 import encrypt_key, load_file_key
from opposable.kernel.keys.signer import LogSigner, create_signer, open_signer
from opposable.law.text import t
from opposable.ledger import note

HISTORY = Path("keys/history.json")


@dataclass(frozen=True)
class KeyEntry:
    """One key of the history: its vkey (public), where its private half is or was, and when it signed.

    ``since`` and ``until`` are UTC instants; ``until`` is None while it signs.
    """

    vkey: str
    setting: str
    since: datetime
    until: datetime | None = None

    @property
    def name(self) -> str:
        return self.vkey.split("+")[0]

    @property
    def id(self) -> str:
        """The key ID: 8 hex digits, as in the vkey and in front of each signature."""
        return self.vkey.split("+")[1]

    def as_data(self) -> dict[str, str | None]:
        until = self.until.isoformat() if self.until else None
        return {"vkey": self.vkey, "setting": self.setting, "since": self.since.isoformat(), "until": until}

    @classmethod
    def from_data(cls, data: Mapping[str, str | None]) -> KeyEntry:
        until = data["until"]
        return cls(
            str(data["vkey"]),
            str(data["setting"]),
            datetime.fromisoformat(str(data["since"])),
            datetime.fromisoformat(until) if until else None,
        )


@dataclass(frozen=True)
class Keyring:
    """The keys that sign and signed the log ``name`` of the installation ``home``."""

    home: Path
    name: str
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ, repr=False)

    def entries(self) -> list[KeyEntry]:
        """Every key this log ever had, oldest first."""
        return [entry for entry in self._all() if entry.name == self.name]

    def vkeys(self) -> list[str]:
        """Every public key this log ever had, oldest first: what an audit of the whole past is given."""
        return [entry.vkey for entry in self.entries()]

    def active(self) -> list[KeyEntry]:
        """The keys that sign now, newest first: one, or two during a rotation."""
        return [entry for entry in reversed(self.entries()) if entry.until is None]

    def signers(self) -> list[LogSigner]:
        """Open the keys that sign now, newest first. Raises KeyFault when there is none or one cannot be used."""
        active = self.active()
        if not active:
            raise KeyFault(
                t(
                    f"Le journal {self.name} n’a pas de clé dans {self.home / HISTORY} : restaurez le dossier keys/, "
                    "ou créez l’installation.",
                    f"The log {self.name} has no key in {self.home / HISTORY}: restore the folder keys/, or create "
                    "the installation.",
                )
            )
        return [self._open(entry) for entry in active]

    def create(self, setting: str = "file:keys/log.key", at: datetime | None = None) -> KeyEntry:
        """Make the first key. Raises KeyFault when this log already has one: a log is never re-created in silence."""
        if self.entries():
            raise KeyFault(
                t(
                    f"Le journal {self.name} a déjà une clé : pour en changer, faites une rotation.",
                    f"The log {self.name} already has a key: to change it, rotate.",
                )
            )
        return self._add(setting, at)

    def rotate(self, setting: str | None = None, at: datetime | None = None) -> KeyEntry:
        """Add a key beside the present one; both sign until `retire`. Default setting: the next free file name."""
        if len(self.active()) != 1:
            raise KeyFault(
                t(
                    f"Le journal {self.name} n’a pas exactement une clé en service : terminez d’abord la rotation "
                    "en cours.",
                    f"The log {self.name} does not have exactly one key in service: finish the present rotation first.",
                )
            )
        return self._add(setting or f"file:keys/log-{len(self._all()) + 1}.key", at)

    def retire(self, key_id: str, at: datetime | None = None) -> KeyEntry:
        """End the overlap: the key stops signing and its private file is destroyed. Calling again is harmless.

        Raises KeyFault for an unknown key, and for the only key in service.
        """
        entry = next((item for item in self.entries() if item.id == key_id), None)
        if entry is None:
            raise KeyFault(
                t(
                    f"Le journal {self.name} n’a pas de clé {key_id}.",
                    f"The log {self.name} has no key {key_id}.",
                )
            )
        if entry.until is None:
            entry = self._end(entry, at or clock.now())
        self._destroy(entry.setting)
        return entry

    def change_passphrase(self, phrase: bytes) -> list[str]:
        """Encrypt anew every key file in service, of this log and of others in ``home``; return their settings.

        Each file is replaced whole. Interrupted, it is called again: files already under the new phrase are left.
        """
        settings = {entry.setting for entry in self._all() if entry.until is None and entry.setting.startswith("file:")}
        for setting in sorted(settings):
            path = self.home / setting.removeprefix("file:")
            try:
                load_file_key(path, phrase)
            except KeyFault:
                key = load_file_key(path, find_passphrase(self.home, self.environ))
                replace_file(path, encrypt_key(key, phrase), 0o600)
        from opposable.kernel.keys import seal  # certificates take time to load, and few commands read any

        seal.change_passphrase(self.home, phrase, self.environ)
        return sorted(settings)

    def _end(self, entry: KeyEntry, at: datetime) -> KeyEntry:
        if self.active() == [entry]:
            raise KeyFault(
                t(
                    f"La clé {entry.id} est la seule en service : ajoutez-en une autre avant de la retirer.",
                    f"The key {entry.id} is the only one in service: add another before retiring it.",
                )
            )
        ended = replace(entry, until=at)
        self._save([ended if item == entry else item for item in self._all()])
        return ended

    def _destroy(self, setting: str) -> None:
        used = any(item.setting == setting and item.until is None for item in self._all())
        if setting.startswith("file:") and not used:
            destroy(self.home / setting.removeprefix("file:"))

    def _add(self, setting: str, at: datetime | None) -> KeyEntry:
        # key first, history next: a crash between the two leaves a key that the next call takes up again
        signer = create_signer(setting, self.name, self.home, self.environ)
        entry = KeyEntry(note.vkey(self.name, signer.public_key), setting, at or clock.now())
        self._save([*self._all(), entry])
        return entry

    def _open(self, entry: KeyEntry) -> LogSigner:
        signer = open_signer(entry.setting, self.name, self.home, self.environ)
        if note.vkey(self.name, signer.public_key) != entry.vkey:
            raise KeyFault(
                t(
                    f"La clé privée de {entry.setting} n’est pas celle de l’historique ({entry.id}) : restaurez la "
                    "bonne.",
                    f"The private key of {entry.setting} is not the one of the history ({entry.id}): restore the "
                    "right one.",
                )
            )
        return signer

    def _all(self) -> list[KeyEntry]:
        path = self.home / HISTORY
        if not path.exists():
            return []
        return [KeyEntry.from_data(item) for item in json.loads(path.read_bytes())]

    def _save(self, entries: list[KeyEntry]) -> None:
        text = json.dumps([entry.as_data() for entry in entries], indent=1)
        replace_file(self.home / HISTORY, text.encode() + b"\n")
