"""The bytes of documents below HOME, named by their digest and encrypted under their retention class.

Forgetting the key of the class's day (`kernel.buckets`) makes every copy of the file unreadable, in backups too; a
document kept for ever has a key like the others.
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

from opposable.kernel.buckets import WRAPPED_BYTES, BucketForgotten, open_part, seal_part
from opposable.kernel.documents.faults import DocumentErased, DocumentFault
from opposable.kernel.files import sync_folder, write_durably
from opposable.kernel.models import Document
from opposable.kernel.models.document import path_of
from opposable.kernel.store import NEVER, buckets
from opposable.law.text import t

if TYPE_CHECKING:
    from datetime import date

CERTIFICATES = Path("documents/certificates")


def put(data: bytes, keep: str, until: date | None) -> str:
    """Write the bytes durably; return their SHA-256 (hex). Nothing is written twice."""
    digest = sha256(data).hexdigest()
    path = settings.HOME / path_of(digest)
    if not path.exists():
        key = buckets(settings.HOME).key(keep, until or NEVER, create=True)
        cipher, wrapped = seal_part(data, key, bytes.fromhex(digest))
        write_durably(path, wrapped + cipher)
    return digest


def read(document: Document, *, signed: bool | None = None) -> bytes:
    """The PDF: as signed when it is, unless ``signed`` says which. Raises DocumentErased, DocumentFault."""
    digest = document.sha256 if signed is False else document.signed_sha256 or document.sha256
    path = settings.HOME / path_of(digest)
    try:
        kept = path.read_bytes()
        key = buckets(settings.HOME).key(document.keep, document.until or NEVER)
    except (FileNotFoundError, BucketForgotten):
        raise DocumentErased(
            t(
                f"Le fichier de « {document} » n’est plus là : effacé à son échéance, ou à restaurer.",
                f'The file of "{document}" is not there any more: erased on its day, or to be restored.',
            )
        ) from None
    data = open_part(kept[WRAPPED_BYTES:], kept[:WRAPPED_BYTES], key, bytes.fromhex(digest))
    if sha256(data).hexdigest() != digest:
        raise DocumentFault(t(f"Le fichier {path} a été modifié.", f"The file {path} was changed."))
    return data


def keep_certificates(pem: bytes) -> str:
    """Keep public certificates below HOME, whole; return their SHA-256 (hex). What was signed then is checked with them."""
    digest = sha256(pem).hexdigest()
    path = settings.HOME / CERTIFICATES / f"{digest}.pem"
    if not path.exists():
        write_durably(path, pem)
    return digest


def certificates(digest: str) -> bytes:
    """The certificates kept under a digest. Raises DocumentFault when they are not there any more."""
    path = settings.HOME / CERTIFICATES / f"{digest}.pem"
    pem: bytes = path.read_bytes() if path.exists() else b""
    if sha256(pem).hexdigest() != digest:
        raise DocumentFault(
            t(f"Le certificat {path} manque, ou a changé.", f"The certificate {path} is missing, or changed.")
        )
    return pem


def forget(keep: str, until: date) -> int:
    """Remove the files whose bucket was forgotten (they no longer open). Returns how many. Called by the purge, idempotent."""
    gone = 0
    for document in Document.objects.filter(keep=keep, until=until):
        for digest in filter(None, (document.sha256, document.signed_sha256)):
            path = settings.HOME / path_of(digest)
            if path.exists():
                path.unlink()
                sync_folder(path.parent)
                gone += 1
    return gone
