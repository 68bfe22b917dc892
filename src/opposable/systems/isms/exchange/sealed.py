"""What the log sealed of an item of evidence: the act that collected it, and the item's state as that act committed to it.

So that what was counted in rows on that day (`figures.COUNTED`) cannot be told otherwise afterwards.
"""

from __future__ import annotations

from typing import Any

from opposable.kernel import parts
from opposable.kernel.models import Act, Member, Part
from opposable.law import t
from opposable.ledger.act import OBJECTS_PART, digest, item_leaf, objects_data, parse_header, parse_part
from opposable.systems.isms.exchange.fault import ReplayFault
from opposable.systems.isms.models import EvidenceItem


def export(item: EvidenceItem) -> dict[str, Any] | None:
    """The act's leaf and header, the objects that it wrote, and the opening of the item's state; None before it is sealed."""
    act = Act.objects.filter(entry=bytes.fromhex(item.head)).first()
    index = act.index if act else None
    if act is None or index is None or act.header is None:
        return None
    bound = Part.objects.filter(act=act, name=OBJECTS_PART).first()
    data = parts.part_bytes_of(bound) if bound else None
    members = Member.objects.filter(act=act).order_by("position").values_list("obj", "seq", "prev", "post")
    return {
        "index": index,
        "header": bytes(act.header).decode(),
        "objects": data.decode() if data else None,
        "items": [list(one) for one in members],
        "state": item.state_part(item.seq).decode(),
    }


def read(found: Any, item: str, state: dict[str, Any]) -> tuple[int, bytes] | None:
    """The leaf and the header of the act, once it is checked that it committed to this state. Raises ReplayFault."""
    if found is None:
        return None
    header_bytes, opening = str(found["header"]).encode(), str(found["state"]).encode()
    header = parse_header(header_bytes)
    posts = {header.obj: header.post}
    if found["objects"] is not None:
        posts |= _members(str(found["objects"]).encode(), header.parts.get(OBJECTS_PART), found["items"])
    told = parse_part(opening).data
    if posts.get(item) != digest(opening) or any(told.get(name) != value for name, value in state.items()):
        raise ReplayFault(
            t("Ce n’est pas l’état que le registre a scellé.", "This is not the state that the log sealed.")
        )
    return int(found["index"]), header_bytes


def _members(data: bytes, committed: str | None, items: list[list[Any]]) -> dict[str, str]:
    """By object, the digest of its state after the act; the part `objects` commits to all of them together."""
    made = objects_data([item_leaf(*one) for one in items])
    if digest(data) != committed or parse_part(data).data != made:
        raise ReplayFault(t("Les objets de cet acte sont autres.", "The objects of this act are others."))
    return {obj: post for obj, _, _, post in items}
