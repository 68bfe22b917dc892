"""«Dossier de preuve»: what a third party needs to check acts and objects of the log, gathered into a bundle.

The checkpoint is the first anchored one that covers everything in the bundle: its token dates the acts most narrowly. A part
that the recipient may not see is left out by name; a part that was erased is covered by the act that erased it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

from opposable.kernel import anchors, cited, guards, parts, proofs, sealing
from opposable.kernel.faults import Fault
from opposable.kernel.models import Act, Anchor, Leaf, Member, Part, Recorded
from opposable.law import t
from opposable.ledger import bundle, canonical, merkle, note, summary, tiles
from opposable.ledger.act import ERASE, ERASURE_PART, HEADER_PART, OBJECTS_PART, item_leaf, parse_erasure, parse_header

if TYPE_CHECKING:
    from opposable.ledger.act import Erasure

Visible = Callable[[Part], bool]


class EvidenceFault(Fault):
    """No bundle can be made of this subject; the sentence says what to do."""


@dataclass(frozen=True)
class Link:
    """One act in the chain of an object; ``member`` when another object was the act's principal."""

    act: Act
    seq: int
    prev: str
    post: str
    member: Member | None = None


def everything(_part: Part) -> bool:
    """Every part of the acts that are the subject's own."""
    return True


def nothing(_part: Part) -> bool:
    """No part but the one that commits to the objects of an act."""
    return False


def write_bundle(
    subject: str,
    path: Path,
    *,
    also: Sequence[str] = (),
    acts: Sequence[Act] = (),
    visible: Visible = everything,
    with_state: bool = True,
    title: str = "",
    pdf: bool = True,
) -> Path:
    """Write the bundle of a subject (an object's uid, an act's index or entry), of the objects ``also`` and single ``acts``.

    Raises EvidenceFault, AnchorFailed.
    """
    found, objects = resolve(subject)
    objects += [uid for uid in also if uid not in objects]
    content = gather([*found, *acts], objects, visible=visible, with_state=with_state, title=title, pdf=pdf)
    return bundle.write(content, path, stamp=stamp)


def stamp(data: bytes) -> bytes:
    """The time-stamp of the installation's authority over a bundle's manifest."""
    response: bytes = _tsa().stamp(data).response
    return response


def resolve(subject: str) -> tuple[list[Act], list[str]]:
    """The acts and the objects that a subject names: an index, an entry, or an object's uid (its first characters do)."""
    if subject.isdecimal() and len(subject) < 19:  # a longer one is no index, but may be an entry
        leaf = Leaf.objects.select_related("act").filter(index=int(subject)).first()
        return _of_acts([leaf.act] if leaf else [], subject)
    if len(subject) == 64:
        return _of_acts(list(Act.objects.filter(entry=_bytes(subject))), subject)
    found = set(Act.objects.filter(obj__startswith=subject, seq__gt=0).values_list("obj", flat=True)[:2])
    found |= set(Member.objects.filter(obj__startswith=subject).values_list("obj", flat=True)[:2])
    if len(found) != 1:
        raise _unknown(subject)
    uid = found.pop()
    return list(Act.objects.filter(obj=uid, seq=0)), [uid]


def _of_acts(acts: list[Act], subject: str) -> tuple[list[Act], list[str]]:
    if not acts:
        raise _unknown(subject)
    return acts, [act.obj for act in acts if act.seq]


def _bytes(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise _unknown(text) from None


def gather(
    acts: Iterable[Act],
    objects: Iterable[str],
    *,
    visible: Visible = everything,
    with_state: bool = True,
    title: str = "",
    pdf: bool = True,
) -> bundle.BundleContent:
    """Gather the content of a bundle: the acts, and the whole chain of each object.

    An act that changed the object among others (an import, a snapshot) belongs to somebody else: of its parts, only the one
    that commits to its objects is enclosed.
    """
    acts, chains = list(acts), {uid: chain_of(uid) for uid in objects}
    own = {act.pk for act in acts} | {link.act.pk for chain in chains.values() for link in chain if link.member is None}
    wanted = {act.pk: act for act in acts} | {link.act.pk: link.act for chain in chains.values() for link in chain}
    index = _indexes(wanted)
    if len(index) != len(wanted) and sealing.request():  # what was done a moment ago is sealed for it
        index = _indexes(wanted)
    if len(index) != len(wanted):
        raise EvidenceFault(
            t(
                "Des actes attendent leur sceau : réessayez dans un instant.",
                "Acts wait for their seal: try again in a moment.",
            )
        )
    erasing = _erasures(wanted.values(), index)
    index |= {act.pk: act.leaf.index for act, _ in erasing}
    anchor = _anchor_over(max(index.values(), default=0))
    tree = tiles.TileTree(_read, anchor.size)
    enclosed = [_enclosed(act, index[act.pk], visible if act.pk in own else nothing) for act in wanted.values()]
    return _with_summary(
        bundle.BundleContent(
            acts=sorted((item for item, _ in enclosed), key=lambda item: item.index),
            withheld={item.index: names for item, names in enclosed if names},
            erasures=[_enclosed(act, index[act.pk], everything)[0] for act, _ in erasing],
            proofs={number: tree.inclusion_proof(number) for number in index.values()},
            objects=[
                _object(uid, chain, index, with_state=with_state) for uid, chain in chains.items() if _whole(chain)
            ],
            rules=cited.rows(
                _pinned([*wanted.values(), *(act for act, _ in erasing)], [erasure for _, erasure in erasing])
            ),
            checkpoint=anchor.note,
            checkpoint_token=bytes(anchor.response),
            tokens=_tokens([*wanted.values(), *(act for act, _ in erasing)]),
            roots=anchors.known_roots(),
            policy=proofs.policy_text(),
            title=title,
            **_key(anchor.note),
        ),
        pdf=pdf,
    )


def _indexes(acts: Iterable[int]) -> dict[int, int]:
    return dict(Leaf.objects.filter(act__in=list(acts)).values_list("act_id", "index"))


def chain_of(uid: str) -> list[Link]:
    """Every act that changed an object, from the first on."""
    principal = [act for act in Act.objects.filter(obj=uid, seq__gt=0) if act.header is not None]
    headers = [parse_header(bytes(act.header)) for act in principal if act.header is not None]
    links = [Link(act, header.seq, header.prev, header.post) for act, header in zip(principal, headers, strict=True)]
    members = Member.objects.filter(obj=uid).select_related("act")
    known = {link.act.pk for link in links}
    links += [Link(m.act, m.seq, m.prev, m.post, m) for m in members if m.act_id not in known]
    links.sort(key=lambda link: link.seq)
    return [*_erased_before(links), *links]


def _erased_before(links: list[Link]) -> list[Link]:
    """The act before the first one, when it was erased whole: that one names it, and nothing names those before."""
    if not links or links[0].seq == 1:
        return []
    gone = Act.objects.filter(entry=bytes.fromhex(links[0].prev), header=None, leaf__isnull=False).first()
    return [Link(gone, links[0].seq - 1, "", "")] if gone else []


def _whole(chain: list[Link]) -> bool:
    """Whether the history is told from its first act on, or from one that was erased on (it says so)."""
    return bool(chain) and (chain[0].seq == 1 or chain[0].act.header is None)


def _enclosed(act: Act, index: int, visible: Visible) -> tuple[bundle.BundleAct, list[str]]:
    """The act as the recipient gets it, and the names of the parts that are kept from him."""
    enclosed: dict[str, bytes] = {}
    withheld = []
    for part in act.parts.order_by("name"):
        if part.name != OBJECTS_PART and not visible(part):
            withheld.append(part.name)
            continue
        data = parts.part_bytes_of(part)
        if data is not None:
            enclosed[part.name] = data
    if act.header is None:
        return bundle.BundleAct(index, None, {}, bytes(act.entry)), []
    return bundle.BundleAct(index, bytes(act.header), enclosed), withheld


def _object(uid: str, chain: list[Link], index: dict[int, int], *, with_state: bool) -> dict[str, Any]:
    row = find_row(uid)
    state = canonical.decode(row.state_part(row.seq)) if row is not None and with_state and row.seq else None
    return {
        "obj": uid,
        "kind": row.Evidence.kind if row is not None else "",
        "chain": [
            {
                "index": index[link.act.pk],
                "seq": link.seq,
                "prev": link.prev,
                "post": link.post,
                "member": _member(link.member),
            }
            for link in chain
        ],
        "state": state,
    }


def find_row(uid: str) -> Recorded | None:
    """The recorded row of this uid, whatever its table."""
    for model in guards.recorded_models():
        row: Recorded | None = model._default_manager.filter(uid=uid).first()
        if row is not None:
            return row
    return None


def _member(member: Member | None) -> dict[str, Any] | None:
    if member is None:
        return None
    rows = Member.objects.filter(act_id=member.act_id).order_by("position").values_list("obj", "seq", "prev", "post")
    leaves = [item_leaf(*row) for row in rows.iterator()]
    hashes = merkle.inclusion_proof(leaves, member.position)
    return {"position": member.position, "size": len(leaves), "hashes": [item.hex() for item in hashes]}


def _erasures(acts: Iterable[Act], index: dict[int, int]) -> list[tuple[Act, Erasure]]:
    """The acts that erased what is missing from these."""
    missing = {(index[act.pk], name) for act in acts for name in _missing(act)}
    if not missing:
        return []
    found = []
    for act in Act.objects.filter(type=ERASE, outcome="done", leaf__isnull=False).select_related("leaf").order_by("id"):
        data = parts.read(act.pk, ERASURE_PART)
        erasure = parse_erasure(data) if data is not None else None
        if erasure and any(erasure.names(number, name) for number, name in missing):
            found.append((act, erasure))
    return found


def _missing(act: Act) -> list[str]:
    names = [part.name for part in act.parts.all() if parts.part_bytes_of(part) is None]
    return [*names, HEADER_PART] if act.header is None else names


def _pinned(acts: Iterable[Act], erasures: Iterable[Erasure]) -> set[str]:
    """Digests of the rows of every rule that these cite."""
    headers = [parse_header(bytes(act.header)) for act in acts if act.header is not None]
    pins = [header.rule for header in headers if header.rule] + [erasure.rule for erasure in erasures if erasure.rule]
    return {pin["row"] for pin in pins}


def _tokens(acts: Iterable[Act]) -> list[bytes]:
    named = {parse_header(bytes(act.header)).after for act in acts if act.header is not None} - {""}
    rows = Anchor.objects.filter(digest__in=named).order_by("id").values_list("response", flat=True)
    return [bytes(response) for response in rows]


def _anchor_over(index: int) -> Anchor:
    """The first anchored checkpoint that covers a leaf; made now when there is none yet."""
    found = Anchor.objects.filter(size__gt=index).order_by("size", "id").first()
    if found is None:
        anchors.anchor()
        found = Anchor.objects.filter(size__gt=index).order_by("size", "id").first()
    if found is None:
        raise EvidenceFault(
            t(
                "L’acte attend son sceau : réessayez dans un instant.",
                "The act waits for its seal: try again in a moment.",
            )
        )
    return found


def _key(signed: str) -> dict[str, Any]:
    """The log key that signed a checkpoint, in both forms."""
    known = [note.Verifier.parse(entry.vkey) for entry in proofs.log_keys()]
    key = note.open_note(signed, known)[1][0].verifier
    public = Ed25519PublicKey.from_public_bytes(key.public_key)
    return {"vkey": key.vkey(), "log_pem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)}


def _with_summary(content: bundle.BundleContent, *, pdf: bool) -> bundle.BundleContent:
    html = summary.render(content)
    if not pdf:
        return replace(content, summary_html=html)
    from opposable.kernel.documents.summary import bundle_summary_pdf, summary_data  # typst: only where it is printed

    return replace(content, summary_html=html, summary_pdf=bundle_summary_pdf(summary_data(content)))


def _tsa() -> Any:
    from opposable.kernel.tsa import open_tsa

    return open_tsa(settings.HOME, settings.CONFIG.tsa, settings.CONFIG.tsa_roots)


def _read(path: str) -> bytes:
    return (settings.HOME / "log" / path).read_bytes()


def _unsealed() -> EvidenceFault:
    wait = t(
        "Des actes attendent leur sceau : réessayez dans un instant.",
        "Acts wait for their seal: try again in a moment.",
    )
    return EvidenceFault(wait)


def _unknown(subject: str) -> EvidenceFault:
    return EvidenceFault(
        t(
            "« {subject} » ne désigne aucun objet ni acte scellé, ou plus d’un : donnez plus de caractères.",
            "“{subject}” names no object and no sealed act, or more than one: give more characters.",
        ).format(subject=subject)
    )
