"""«Gabarits» : Typst sources as data. A template is named, hashed and kept, so that an old document can be made again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from django.apps import apps

from opposable.kernel.documents.faults import DocumentFault
from opposable.kernel.files import write_durably
from opposable.law.text import t
from opposable.ledger import canonical

HOUSE = Path(__file__).parent / "typst"
MAIN = "main.typ"
ARCHIVE = Path("documents/templates")


@dataclass(frozen=True)
class Template:
    """``name`` is "system/template"; ``files`` are the only files that the compiler may see: main.typ and the house style."""

    name: str
    files: Mapping[str, str]

    @classmethod
    @cache
    def of(cls, system: str, name: str) -> Template:
        """Read ``documents/<name>.typ`` of a system (of the kernel: ``documents/typst/<name>.typ``) beside the house style."""
        folder = HOUSE if system == "kernel" else Path(apps.get_app_config(system).path) / "documents"
        shared = {path.name: path.read_text("utf-8") for path in (*HOUSE.glob("house*.typ"), *folder.glob("_*.typ"))}
        return cls(f"{system}/{name}", {**shared, MAIN: (folder / f"{name}.typ").read_text("utf-8")})

    @classmethod
    def archived(cls, home: Path, digest: str, name: str) -> Template:
        """The template with this digest, as it was when a document was issued. Raises DocumentFault when it is not there."""
        path = home / ARCHIVE / f"{digest}.json"
        data = path.read_bytes() if path.exists() else b""
        if sha256(data).hexdigest() != digest:
            raise DocumentFault(
                t(
                    f"Le gabarit {name} ({digest[:12]}…) manque dans {path.parent}, ou n’est plus le même : restaurez-le.",
                    f"The template {name} ({digest[:12]}…) is missing from {path.parent}, or changed: restore it.",
                )
            )
        return cls(name, canonical.decode(data))

    @property
    def sha256(self) -> str:
        """Digest (hex) of all its files."""
        return sha256(self._bytes()).hexdigest()

    def archive(self, home: Path) -> None:
        """Keep the sources below HOME under their digest. Idempotent."""
        path = home / ARCHIVE / f"{self.sha256}.json"
        if not path.exists():
            write_durably(path, self._bytes())

    def _bytes(self) -> bytes:
        return canonical.encode(dict(self.files))
