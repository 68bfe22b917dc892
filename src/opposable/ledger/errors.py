"""The one exception family of the ledger: everything that does not hold up is a `LedgerError`.

What the machine refuses stays an OSError; `sentence` says it for people.
"""

from __future__ import annotations

import errno
from typing import Final

_CONSEIL: Final = {
    errno.ENOENT: "il n’y a pas de {file} : voyez le chemin",
    errno.ENOTDIR: "il n’y a pas de {file} : une partie de son chemin n’est pas un dossier",
    errno.EISDIR: "{file} est un dossier : nommez un fichier",
    errno.EEXIST: "{file} est déjà là : choisissez un autre nom",
    errno.EACCES: "ce compte ne peut ouvrir {file} : prenez le compte à qui il est, ou faites-vous en donner le droit",
    errno.EPERM: "ce compte ne peut changer {file} : prenez le compte à qui il est",
    errno.EROFS: "rien ne peut s’écrire où est {file} : choisissez un autre endroit",
    errno.ENOSPC: "le disque de {file} est plein : faites de la place, puis recommencez",
    errno.EDQUOT: "ce compte n’a plus de place pour {file} : faites de la place, puis recommencez",
    errno.EFBIG: "{file} est plus grand que ce compte ne peut écrire : levez la limite, puis recommencez",
    errno.ELOOP: "{file} est un lien qui revient sur lui-même : voyez le chemin",
}
_ADVICE: Final = {
    errno.ENOENT: "there is no {file}: check the path",
    errno.ENOTDIR: "there is no {file}: part of its path is no folder",
    errno.EISDIR: "{file} is a folder: name a file",
    errno.EEXIST: "{file} is there already: choose another name",
    errno.EACCES: "this account may not open {file}: use the account that owns it, or have its owner give you the right",
    errno.EPERM: "this account may not change {file}: use the account that owns it",
    errno.EROFS: "{file} lies where nothing can be written: choose another place",
    errno.ENOSPC: "the disk of {file} is full: make room, then do it again",
    errno.EDQUOT: "this account has no room left for {file}: make room, then do it again",
    errno.EFBIG: "{file} is larger than this account may write: raise the limit, then do it again",
    errno.ELOOP: "{file} is a link that leads back to itself: check the path",
}


class LedgerError(ValueError):
    """Something given to the ledger is malformed, or does not prove what it claims."""


class CanonicalError(LedgerError):
    """A value outside the canonical JSON profile, or bytes that are not canonical."""


class ProofError(LedgerError):
    """A Merkle proof, tile or tree head that is malformed or does not verify."""


class NoteError(LedgerError):
    """A signed note, checkpoint, key or signature that is malformed or does not verify."""


class PolicyError(LedgerError):
    """A trust policy that is malformed, or that a signed checkpoint does not satisfy."""


class TokenError(LedgerError):
    """An RFC 3161 time-stamp response that is malformed or does not verify."""


class BundleError(LedgerError):
    """An evidence bundle that cannot be written or read."""


class ActError(LedgerError):
    """An act header or part that does not have the fixed shape."""


def sentence(error: OSError, lang: str = "en") -> str:
    """What the machine refused, in a sentence that says what to do about it."""
    french = lang == "fr"
    file = str(
        error.filename2 or error.filename or ("ce qui devait être écrit" if french else "what was to be written")
    )
    advice = (_CONSEIL if french else _ADVICE).get(error.errno or 0)
    if advice:
        return advice.format(file=file)
    return f"{file}{' :' if french else ':'} {error.strerror}" if error.filename and error.strerror else str(error)
