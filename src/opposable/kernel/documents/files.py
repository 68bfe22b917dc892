"""The bytes of documents below HOME, named by their digest and encrypted under their retention class.

Forgetting the key of the class's day (`kernel.buckets`) makes every copy of the file unreadable, in backups too; a
document kept for ever has a key like the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from opposable.kernel.buckets import WRAPPED_BYTES, BucketForgotten, PartUnreadable, open_part, rewrap, seal_part
from opposable.kernel.documents.faults import DocumentErased, DocumentFault
from opposable.kernel.files import sync_folder, write_durably
from opposable.kernel.guards import recorded_models
from opposable.kernel.models import Act, Document, Member, Part
from opposable.kernel.models.document import path_of
from opposable.kernel.store import NEVER, buckets, expiry
from opposable.law.text import t

if TYPE_CHECKING:
    from datetime import date

CERTIFICATES = Path("documents/certificates")
DATA = "data"
"""Name of the part that holds what was rendered: a file lives as long as it."""


def put(data: bytes, keep: str, until: date | None) -> str:
    """Write the bytes durably; return their SHA-256 (hex). Nothing is written twice, unless its key was forgotten since."""
    digest = sha256(data).hexdigest()
    path = settings.HOME / path_of(digest)
    if not path.exists() or not _opens(keep, until, digest, path.read_bytes()):
        key = buckets(settings.HOME).key(keep, until or NEVER, create=True)
        cipher, wrapped = seal_part(data, key, bytes.fromhex(digest))
        write_durably(path, wrapped + cipher)
    return digest


def get(digest: str, keep: str, until: date | None) -> bytes | None:
    """The bytes that `put` kept under a class and day, or None when they were erased. Raises DocumentFault when they changed."""
    path = settings.HOME / path_of(digest)
    try:
        data = _open(keep, until, digest, path.read_bytes())
    except (FileNotFoundError, BucketForgotten):
        return None
    if sha256(data).hexdigest() != digest:
        raise DocumentFault(t(f"Le fichier {path} a été modifié.", f"The file {path} was changed."))
    return data


def keep_today(data: bytes, keep: str, day: date) -> tuple[str, date | None]:
    """Keep a file that came from outside as long as what is recorded on ``day`` under the class; its digest, and until when."""
    until = expiry(keep, day)
    return put(data, keep, until), until


def read(document: Document, *, signed: bool | None = None) -> bytes:
    """The PDF: as signed when it is, unless ``signed`` says which. Raises DocumentErased, DocumentFault."""
    digest = document.sha256 if signed is False else document.signed_sha256 or document.sha256
    path = settings.HOME / path_of(digest)
    try:
        kept = path.read_bytes()
        data = _open(document.keep, document.until, digest, kept, lambda: data_are_there(document))
    except (FileNotFoundError, BucketForgotten):
        raise DocumentErased(
            t(
                f"Le fichier de « {document} » n’est plus là : effacé à son échéance, ou à restaurer.",
                f'The file of "{document}" is not there any more: erased on its day, or to be restored.',
            )
        ) from None
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


def _open(keep: str, until: date | None, digest: str, kept: bytes, stays: Callable[[], bool] | None = None) -> bytes:
    """Decrypt under the key of the file's day; under that of what is kept without end when a hold had it moved.

    ``stays`` says whether the file had to be: one that is put back from a backup after its end is not opened, and one that had to
    be and does not open was changed. Without it that cannot be told.
    """
    keys, changed = buckets(settings.HOME), None
    for day in dict.fromkeys((until or NEVER, NEVER)):
        moved = day == NEVER and until is not None
        if not keys.exists(keep, day) or (moved and stays is not None and not stays()):
            continue
        try:
            return open_part(kept[WRAPPED_BYTES:], kept[:WRAPPED_BYTES], keys.key(keep, day), bytes.fromhex(digest))
        except PartUnreadable as error:
            # The class may well have a key without end, for something else that a hold keeps: this file was not under it.
            changed = error if not moved or stays is not None else changed
    raise changed or BucketForgotten(t("La clé de ce jour a été oubliée.", "The key of that day was forgotten."))


def _opens(keep: str, until: date | None, digest: str, kept: bytes) -> bool:
    try:
        return bool(_open(keep, until, digest, kept))
    except (BucketForgotten, PartUnreadable):
        return False


def let_go(keep: str, until: date) -> int:
    """Before the key of a bucket is forgotten: remove the files whose data were erased, keep those that a hold keeps.

    A document stays as long as its data do: its file is then moved under the key of what is kept without end. Returns
    how many files were removed. Idempotent; called by the erasure.
    """
    gone = 0
    for document in Document.objects.filter(keep=keep, until=until):
        for digest in filter(None, (document.sha256, document.signed_sha256)):
            path = settings.HOME / path_of(digest)
            if not path.exists():
                continue
            if data_are_there(document):
                _move(keep, until, digest, path)
            else:
                gone += _unlink(path)
    return gone + _let_filed_go(keep, until)


def drop_of(acts: Sequence[int]) -> int:
    """Remove the files of what was issued by these acts (ids) and whose data were erased, also under the key without end.

    A hold may have had them moved there, and no day of that key will come. Returns how many; idempotent.
    """
    uids = [*Act.objects.filter(pk__in=acts).values_list("obj", flat=True)]
    uids += Member.objects.filter(act_id__in=acts).values_list("obj", flat=True)
    made = [one for one in Document.objects.filter(uid__in=set(uids)) if not data_are_there(one)]
    digests = [digest for one in made for digest in (one.sha256, one.signed_sha256) if digest]
    return sum(_unlink(settings.HOME / path_of(digest)) for digest in digests)


def drop_filed() -> int:
    """Remove the files that came from outside and whose row was scrubbed. Returns how many; idempotent."""
    return sum(_unlink(settings.HOME / path_of(row.sha256)) for row in _filed() if row.erased)


def _filed() -> Iterator[Any]:
    """The rows of systems that name a file which came from outside: their model says which ones (``filed``)."""
    for model in recorded_models():
        if hasattr(model, "filed"):
            yield from model.filed().iterator()


def _let_filed_go(keep: str, until: date) -> int:
    """The same for files that came from outside: each lives as long as its row says something."""
    gone = 0
    for row in _filed():
        path = settings.HOME / path_of(row.sha256)
        if (row.Evidence.keep, row.until) != (keep, until) or not path.exists():
            continue
        if row.erased:
            gone += _unlink(path)
        else:
            _move(keep, until, row.sha256, path)
    return gone


def _unlink(path: Path) -> int:
    if not path.exists():
        return 0
    path.unlink()
    sync_folder(path.parent)
    return 1


def data_are_there(document: Document) -> bool:
    """Whether the data that a document was made from are still in the log: its file lives as long as they."""
    member = Member.objects.filter(obj=document.uid, seq=1).first()
    first = member.act if member else Act.objects.filter(obj=document.uid, seq=1).first()
    return Part.objects.filter(act=first, name=DATA, cipher__isnull=False).exists()


def _move(keep: str, until: date, digest: str, path: Path) -> None:
    keys, kept = buckets(settings.HOME), path.read_bytes()
    if not keys.exists(keep, until):
        return
    old, new = keys.key(keep, until), keys.key(keep, NEVER, create=True)
    try:
        wrapped = rewrap(kept[:WRAPPED_BYTES], old, new, bytes.fromhex(digest))
    except PartUnreadable:
        return  # moved already
    write_durably(path, wrapped + kept[WRAPPED_BYTES:])
