"""Making an installation: the log is born once, on purpose."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING

from opposable.kernel import checkpoints, files
from opposable.kernel.home import NAME, HomeError, lay_out
from opposable.kernel.keys import Keyring, draw_passphrase
from opposable.law import t
from opposable.ledger import note
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import NoteError
from opposable.ledger.merkle import EMPTY_ROOT

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """\
# One installation of Opposable. The database is in {home}/db.sqlite3 unless `database` names another.
origin = {origin}
secret = {secret}
url = {url}
vote_url = {vote_url}
mail = {mail}
mail_from = {mail_from}
sms = {sms}
tsa = {tsa}
anchor_seconds = {anchor_seconds}
"""


def create(home: Path, origin: str, *, draw: bool, **settings: object) -> None:
    """Make HOME, the log key and the empty log. ``draw``: put a random passphrase beside the key (demo, tests, one machine).

    Raises HomeError where an installation already is: a log is never made anew in silence.
    """
    _require_new(home, origin)
    lay_out(home)
    values = {
        "url": "http://127.0.0.1:8000",
        "vote_url": "http://127.0.0.1:8001",
        "mail": "",
        "mail_from": "opposable@localhost",
        "sms": "",
        "tsa": "local",
        "anchor_seconds": 86_400,
        **settings,
    }
    values |= {"origin": origin, "secret": secrets.token_urlsafe(48)}
    # a string of JSON is one of TOML
    text = TEMPLATE.format(
        home="HOME", **{name: json.dumps(value, ensure_ascii=False) for name, value in values.items()}
    )
    text += "".join(f"{key} = true\n" for key, value in settings.items() if value is True)
    if draw:
        draw_passphrase(home)
    ring = Keyring(home, origin)
    signer = str(settings.get("signer") or "file:keys/log.key")
    ring.create(signer)
    if signer.startswith("file:"):  # where a module holds the log key, the seal's is made when it first serves
        from opposable.kernel.keys import seal

        seal.create(home)
    checkpoint = Checkpoint(origin, 0, EMPTY_ROOT).text()
    signed = note.sign(checkpoint, signers(home, origin))
    checkpoints.create(home, origin, EMPTY_ROOT, signed)
    files.write_durably(home / "log" / "checkpoint", signed.encode())
    files.write_durably(home / NAME, text.encode())
    (home / NAME).chmod(0o600)


def _require_new(home: Path, origin: str) -> None:
    if (home / NAME).exists():
        raise HomeError(
            t(
                f"{home} est déjà une installation : servez-vous-en telle quelle, ou choisissez un autre dossier",
                f"{home} already is an installation: use it as it is, or choose another folder",
            )
        )
    if (home / checkpoints.NAME).exists() or (home / "keys" / "history.json").exists():
        raise HomeError(
            t(
                f"{home} a la clé d’un journal et pas de {NAME} : remettez ce fichier depuis sa sauvegarde ; si c’est ce qu’un"
                " `init` interrompu a laissé, choisissez un autre dossier",
                f"{home} has the key of a log and no {NAME}: put this file back from its backup; if it is what an interrupted"
                " `init` has left, choose another folder",
            )
        )
    try:
        note.check_name(origin)
    except NoteError:
        raise HomeError(
            t(
                f"{origin!r} ne peut nommer un journal : donnez votre domaine et l’année, comme arsenal.example/2026, sans espace ni plus",
                f"{origin!r} cannot name a log: give your domain and the year, as arsenal.example/2026, without space or plus",
            )
        ) from None


def add_witness(home: Path, url: str, vkey: str) -> None:
    """Ask this witness too from now on: its address and its vkey join ``opposable.toml``."""
    path = home / NAME
    text = path.read_text("utf-8") + f'\n[[witnesses]]\nurl = "{url}"\nvkey = "{vkey}"\n'
    files.write_durably(path, text.encode())
    path.chmod(0o600)


def signers(home: Path, origin: str) -> list[note.Signer]:
    """What signs the log now: one key, or two while one replaces the other."""
    return [note.Signer(key.name, key.sign, key.public_key) for key in Keyring(home, origin).signers()]
