"""Reading the parts of acts: decrypted, and checked against the digest in the header."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

from opposable.kernel.buckets import BucketForgotten, open_part
from opposable.kernel.models import Act, Part
from opposable.kernel.store import NEVER, buckets
from opposable.ledger.act import digest, parse_part

if TYPE_CHECKING:
    from opposable.kernel.models import Recorded


def part_bytes_of(part: Part) -> bytes | None:
    """The canonical bytes of a part, or None when it was erased. Raises PartUnreadable when it was changed."""
    if part.cipher is None or part.wrapped is None:
        return None
    hashed = bytes(part.digest)
    try:
        key = buckets(settings.HOME).key(part.keep, part.until or NEVER)
    except BucketForgotten:
        return None
    data = open_part(bytes(part.cipher), bytes(part.wrapped), key, hashed)
    if digest(data) != hashed.hex():
        raise ValueError(f"part {part} does not have the digest of its act: run `opposable audit`")
    return data


def read(act_id: int, name: str) -> Any:
    """The data of a part, or None when the act has none of this name or it was erased."""
    part = Part.objects.filter(act_id=act_id, name=name).first()
    data = part_bytes_of(part) if part else None
    return parse_part(data).data if data is not None else None


def read_of(row: Recorded, act_type: str, name: str) -> Any:
    """The data of a part of the last act of a type whose principal object is ``row``."""
    done = Act.objects.filter(obj=row.uid, type=act_type, outcome="done").order_by("-id").first()
    return read(done.pk, name) if done else None


def every(act: Act) -> dict[str, Any]:
    """Data of all parts that are still there, by name."""
    found = ((part.name, part_bytes_of(part)) for part in act.parts.order_by("name"))
    return {name: parse_part(data).data for name, data in found if data is not None}
