"""Who acts: an account, a holder on the voting site, or a named job of the software itself."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """«Auteur de l’acte». ``uid`` is the pseudonym that the log carries: 32 hex digits, without meaning outside the database."""

    uid: str
    kind: str
    label: str
    account_id: int | None = None

    @property
    def is_system(self) -> bool:
        return self.kind == "system"


def system(name: str) -> Actor:
    """A job of the software. Its pseudonym is derived from its name: a job is nobody, so there is no one to hide."""
    return Actor(hashlib.sha256(f"opposable:{name}".encode()).hexdigest()[:32], "system", name)
