"""Checks 3xx and 40x: each act's header, its proof in the log, its parts."""

from __future__ import annotations

from opposable.ledger import act as acts, canonical, merkle, proof
from opposable.ledger.act import Header
from opposable.ledger.bundle import layout
from opposable.ledger.errors import ActError, LedgerError
from opposable.ledger.verify.case import Act, Case


def find_acts(case: Case, folder: str) -> list[Act]:
    """The acts of a folder (`acts` or `erasures`), by index; an index that both have is reported and read once."""
    present: dict[int, set[str]] = {}
    for name in case.bundle.names:
        match = layout.ACT.fullmatch(name)
        if match and match["folder"] == folder:
            names = present.setdefault(int(match["index"]), set())
            if match["part"]:
                names.add(match["part"])
    found = []
    for index, names in sorted(present.items()):
        new = case.rec.expect("act.twice", f"{folder}/{index}", index not in case.acts, "also in the other folder")
        if new:
            act = case.acts[index] = Act(folder, index, present=frozenset(names))
            found.append(act)
    return found


def check_act(case: Case, act: Act) -> None:
    """Header, proof and the parts that are there."""
    data = case.read(act.where())
    if data is not None:
        act.entry = acts.entry(data)
        act.header = _header(case, act, data)
    _check_proof(case, act)
    for name in sorted(act.present):
        _check_part(case, act, name)


def check_absences(case: Case, act: Act, withheld: dict[int, frozenset[str]]) -> None:
    """What an act had and the bundle has not: erased by a lawful act, withheld and declared so, or lost."""
    erased = case.is_erased(act.index, acts.HEADER_PART)
    there = act.where() in case.bundle
    if case.rec.expect("act.header-missing", act.where(), there or erased, "no lawful erasure covers it") and erased:
        case.rec.notice("erasure.still-there" if there else "erasure.lawful", act.where())
    for name, sealed in act.header.parts.items() if act.header else ():
        file = act.where(f"part-{name}.json")
        erased = case.is_erased(act.index, name)
        known = erased or name in withheld.get(act.index, ())
        there = name in act.present
        if case.rec.expect("part.missing", file, there or known, f"sealed as {sealed}") and erased:
            case.rec.notice("erasure.still-there" if there else "erasure.lawful", file)
        elif known and not there:
            case.rec.notice("part.withheld", file)


def read_withheld(case: Case) -> dict[int, frozenset[str]]:
    """The parts that the issuer says it does not give to this recipient."""
    data = case.read(layout.WITHHELD)
    if data is None:
        return {}
    withheld = case.rec.run("part.withheld-form", layout.WITHHELD, _parse_withheld, data) or {}
    for index, names in withheld.items():
        act = case.acts.get(index)
        sealed = act.header.parts.keys() if act and act.header else frozenset()
        gone = {name for name in names if name in sealed and act and name not in act.present}
        detail = f"act {index}: {', '.join(sorted(names - gone))} is unknown or there"
        case.rec.expect("part.withheld-form", layout.WITHHELD, names == gone, detail)
    return withheld


def _header(case: Case, act: Act, data: bytes) -> Header | None:
    value = case.rec.run("act.canonical", act.where(), canonical.decode, data)
    if value is None:
        return None
    wrong = acts.defects(value)
    if not case.rec.expect("act.fields", act.where(), not wrong, "; ".join(wrong)):
        return None
    header = Header(**value)
    if case.checkpoint is not None:
        origin = case.checkpoint.origin
        case.rec.expect("act.log", act.where(), header.log == origin, f"{header.log} instead of {origin}")
    return header


def _check_proof(case: Case, act: Act) -> None:
    where = act.where("act.tlog-proof")
    data = case.read(where)
    if not case.rec.expect("proof.form", where, data is not None, "absent"):
        return
    found = case.rec.run("proof.form", where, proof.parse_proof, data or b"")
    if found is None:
        return
    case.rec.expect("proof.index", where, found.index == act.index, f"proof of act {found.index}")
    if case.checkpoint is None:
        return
    same = found.checkpoint_note.encode() == case.note
    if not case.rec.expect("proof.checkpoint", where, same, "not the checkpoint of the bundle"):
        return
    if act.entry is None:
        # The header is gone: the proof file says what it was, and the tree says whether that is true.
        extra = found.extra or b""
        if not case.rec.expect("proof.form", where, len(extra) == merkle.HASH_SIZE, "no entry for the absent header"):
            return
        act.entry = extra
    leaf, point = merkle.leaf_hash(act.entry), case.checkpoint
    case.rec.passes(
        "proof.inclusion", where, merkle.verify_inclusion, leaf, act.index, point.size, found.hashes, point.root
    )


def _check_part(case: Case, act: Act, name: str) -> None:
    where = act.where(f"part-{name}.json")
    data = case.read(where)
    if data is None:
        return
    part = case.rec.run("part.form", where, acts.parse_part, data)
    if act.header is None:
        # Of an unreadable header nothing more can be said; of an absent one no part should be left.
        if act.where() not in case.bundle:
            case.rec.expect("part.unknown", where, good=False, detail="its act has no header")
        return
    sealed = act.header.parts.get(name)
    if not case.rec.expect("part.unknown", where, sealed is not None, "not in the header"):
        return
    hashed = acts.digest(data)
    good = case.rec.expect("part.digest", where, hashed == sealed, f"sha256 {hashed}, sealed as {sealed}")
    if good and part is not None:
        act.parts[name] = part


def _parse_withheld(data: bytes) -> dict[int, frozenset[str]]:
    value = canonical.decode(data)
    try:
        rows = [(row["index"], row["parts"]) for row in value["acts"] if row.keys() == {"index", "parts"}]
        if value.keys() != {"acts"} or len(rows) != len(value["acts"]):
            raise ActError("withheld.json has exactly acts: [{index, parts}]")
        withheld = {index: frozenset(names) for index, names in rows if type(index) is int}
        if len(withheld) != len(rows) or not all(
            acts.is_part_name(name) for names in withheld.values() for name in names
        ):
            raise ActError("withheld.json names parts by act, each act once")
    except (TypeError, KeyError, AttributeError) as error:
        raise LedgerError("withheld.json is not in its form") from error
    return withheld
