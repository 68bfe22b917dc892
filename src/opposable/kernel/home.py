"""HOME: the directory of one installation, and its ``opposable.toml``.

opposable.toml          origin, database, time-stamping, witnesses, mail, addresses
db.sqlite3              the data (unless PostgreSQL)          in the backups
documents/ bundles/     files made by the software            in the backups
log/                    tiles, checkpoint: public             in the backups
keys/                   log key, bucket keys                  NEVER in the data backups
checkpoints.sqlite3     the checkpoint store                  NEVER restored
run/ mail/              sockets and locks; demo mailbox
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from opposable.kernel.faults import Fault
from opposable.law.text import t

NAME = "opposable.toml"
FOLDERS = ("log", "keys", "bundles", "documents", "mail", "run")


class HomeError(Fault):
    """HOME is not what the command needs. The message says what to do."""


@dataclass(frozen=True)
class Config:
    """Contents of ``opposable.toml``; every default is the embedded installation on one machine."""

    origin: str
    secret: str = ""
    database: str = ""
    signer: str = "file:keys/log.key"
    tsa: str = ""
    tsa_roots: tuple[str, ...] = ()
    witnesses: tuple[tuple[str, str], ...] = ()
    anchor_seconds: int = 86_400
    seal_seconds: float = 0.2
    url: str = "http://127.0.0.1:8000"
    vote_url: str = "http://127.0.0.1:8001"
    proxies: int = 0
    """How many web servers stand in front, each of which adds to X-Forwarded-For and sets X-Forwarded-Proto."""
    mail: str = ""
    mail_from: str = "opposable@localhost"
    sms: str = ""
    """A gateway that takes text messages as mail, ``{number}@gateway.example``: {number} is the E.164 number without its sign."""
    demo: bool = False
    extra: dict[str, object] = field(default_factory=dict)


def current() -> Path:
    """HOME of this process: OPPOSABLE_HOME, or ``./var``."""
    return Path(os.environ.get("OPPOSABLE_HOME") or "var").absolute()


def load(home: Path) -> Config:
    """Read ``opposable.toml``. Raises HomeError when it is missing or does not read."""
    path = home / NAME
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise HomeError(
            t(
                f"{home} n’est pas une installation d’Opposable : lancez `opposable init --home {home}` ou `opposable demo`",
                f"{home} is no Opposable home: run `opposable init --home {home}` or `opposable demo`",
            )
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HomeError(
            t(f"{path} ne se lit pas comme du TOML : {error}", f"{path} does not read as TOML: {error}")
        ) from None
    known = set(Config.__dataclass_fields__)
    values = {key: value for key, value in data.items() if key in known and key != "extra"}
    if "origin" not in values:
        line = 'origin = "your-company.example/2026"'
        raise HomeError(
            t(
                f"{path} ne nomme pas le journal : ajoutez la ligne {line}",
                f"{path} names no origin: add the line {line}",
            )
        )
    for name in ("tsa_roots",):
        values[name] = tuple(values.get(name, ()))
    values["witnesses"] = tuple((item["url"], item["vkey"]) for item in data.get("witnesses", ()))
    return Config(**values, extra={key: value for key, value in data.items() if key not in known})


def lay_out(home: Path) -> None:
    """Make the folders, and the empty file of the embedded database; all but the public log closed to other users. Idempotent."""
    home.mkdir(parents=True, exist_ok=True)
    for name in FOLDERS:
        (home / name).mkdir(exist_ok=True)
    for name in FOLDERS:
        if name != "log":
            (home / name).chmod(0o700)
    (home / "db.sqlite3").touch(mode=0o600)  # SQLite gives the files beside it the rights of this one
