"""Checks 8xx: the chain of each object, from its first act on, shows that no act between is missing."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

from opposable.ledger import act as acts, canonical, merkle
from opposable.ledger.act import is_digest, is_uid
from opposable.ledger.bundle import layout
from opposable.ledger.errors import ActError, ProofError
from opposable.ledger.verify.case import Act, Case


@dataclass(frozen=True, slots=True)
class Member:
    """Proof that an item is in the part `objects` of an act: position, size, audit path."""

    position: int
    size: int
    hashes: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """One act in the chain of an object; `member` when the object was not the principal of the act.

    `post` is empty for an act whose header was erased: nobody knows it any more, and no header can say otherwise.
    """

    index: int
    seq: int
    prev: str
    post: str
    member: Member | None


def check_objects(case: Case) -> None:
    """Every objects/<obj>.json, then the acts that no chain shows."""
    chained: dict[str, set[int] | None] = {}
    for name in case.bundle.names:
        match = layout.OBJECT.fullmatch(name)
        if match is not None:
            chained[match["obj"]] = _check_object(case, name, match["obj"])
    alone = 0
    for act, header in case.headers():
        if header.seq == 0:
            continue
        indexes = chained.get(header.obj)
        if indexes is not None:
            known = act.index in indexes
            case.rec.expect("object.unchained", act.where(), known, f"not in objects/{header.obj}.json")
        elif header.obj not in chained:
            alone += 1
    if alone:
        case.rec.notice("object.no-chain", "", f"{alone} act" if alone == 1 else f"{alone} acts")


def _check_object(case: Case, where: str, obj: str) -> set[int] | None:
    """The indexes of its chain; None when the file cannot be read."""
    parsed = case.rec.run("object.form", where, _parse, case.read(where) or b"", obj)
    if parsed is None:
        return None
    links, state = parsed
    late = _begins_late(case, links)
    _check_sequence(case, where, links, start=links[0].seq if late else 1)
    if late:
        case.rec.notice("object.begun-earlier", where, f"from number {links[0].seq} on")
    previous: str | None = None if late else ""
    for link in links:
        previous = _check_link(case, where, obj, link, previous)
    if state is not None and links:
        hashed = acts.digest(canonical.encode(state))
        case.rec.expect("object.state", where, hashed == links[-1].post, f"sha256 {hashed}, sealed as {links[-1].post}")
    return {link.index for link in links}


def _begins_late(case: Case, links: list[Link]) -> bool:
    """Whether the history begins with an act that was lawfully erased whole: nothing says any more what came before it.

    That it is the object's own is shown by the act after it, which names it as the one before.
    """
    if len(links) < 2 or links[0].seq <= 1 or links[0].member is not None:
        return False
    act = case.acts.get(links[0].index)
    return act is not None and act.where() not in case.bundle and case.is_erased(act.index, acts.HEADER_PART)


def _check_sequence(case: Case, where: str, links: list[Link], start: int) -> None:
    seqs = [link.seq for link in links]
    good = seqs == list(range(start, start + len(seqs))) and bool(seqs)
    rising = all(one.index < two.index for one, two in itertools.pairwise(links))
    case.rec.expect(
        "object.sequence", where, good and rising, f"numbers {seqs[:20]}, acts {[k.index for k in links[:20]]}"
    )


def _check_link(case: Case, where: str, obj: str, link: Link, previous: str | None) -> str | None:
    """Check one link; the entry (hex) of its act, None when nothing says what it was."""
    if previous is not None:
        case.rec.expect("object.prev", where, link.prev == previous, f"number {link.seq}: prev {link.prev or 'empty'}")
    act = case.acts.get(link.index)
    if not case.rec.expect("object.act-missing", where, act is not None, f"act {link.index}") or act is None:
        return None
    if link.member is not None:
        _check_member(case, where, obj, link, act)
    elif act.header is not None:
        header = act.header
        same = (header.obj, header.seq, header.prev, header.post) == (obj, link.seq, link.prev, link.post)
        case.rec.expect("object.header", where, same, f"number {link.seq} differs from act {link.index}")
    return act.entry.hex() if act.entry is not None else None


def _check_member(case: Case, where: str, obj: str, link: Link, act: Act) -> None:
    part = act.parts.get(acts.OBJECTS_PART)
    if part is None and case.is_erased(act.index, acts.OBJECTS_PART):
        return
    data = part.data if part is not None else None
    case.rec.passes("object.member", where, _verify_member, obj, link, data)


def _verify_member(obj: str, link: Link, data: Any) -> None:
    member = link.member
    assert member is not None
    if not isinstance(data, dict) or data.keys() != {"root", "size"} or not is_digest(data["root"]):
        raise ProofError(f"act {link.index} has no part “objects” to look in")
    if data["size"] != member.size:
        raise ProofError(f"act {link.index} changed {data['size']} objects, not {member.size}")
    leaf = acts.item_leaf(obj, link.seq, link.prev, link.post)
    merkle.verify_inclusion(leaf, member.position, member.size, member.hashes, bytes.fromhex(data["root"]))


# --- the file --------------------------------------------------------------------------------------------------------


def _parse(data: bytes, obj: str) -> tuple[list[Link], Any]:
    value = canonical.decode(data)
    if not isinstance(value, dict) or value.keys() != {"chain", "kind", "obj", "state"} or value["obj"] != obj:
        raise ActError("an object has exactly chain, kind, obj (its file's name) and state")
    if not isinstance(value["chain"], list) or not isinstance(value["kind"], str) or not is_uid(obj):
        raise ActError("the chain is a list, the kind a text")
    if value["state"] is not None:
        acts.part_of(value["state"])
    return [_link(item) for item in value["chain"]], value["state"]


def _link(item: Any) -> Link:
    if not isinstance(item, dict) or item.keys() != {"index", "member", "post", "prev", "seq"}:
        raise ActError("a link has exactly index, seq, prev, post and member")
    if not _is_count(item["index"]) or not _is_count(item["seq"]):
        raise ActError("a link has an index and a seq")
    if not all(item[name] == "" or is_digest(item[name]) for name in ("prev", "post")):
        raise ActError("prev and post are digests, or empty")
    member = None if item["member"] is None else _member(item["member"])
    return Link(item["index"], item["seq"], item["prev"], item["post"], member)


def _member(item: Any) -> Member:
    if not isinstance(item, dict) or item.keys() != {"hashes", "position", "size"}:
        raise ActError("a member has exactly position, size and hashes")
    if not _is_count(item["position"]) or not _is_count(item["size"]) or not isinstance(item["hashes"], list):
        raise ActError("a member has a position, a size and a list of hashes")
    if not all(map(is_digest, item["hashes"])):
        raise ActError("the hashes of a member are 64 hex digits")
    return Member(item["position"], item["size"], tuple(bytes.fromhex(one) for one in item["hashes"]))


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0
