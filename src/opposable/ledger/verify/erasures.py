"""Checks 7xx: which erasure acts are lawful. One that fails in anything covers nothing."""

from __future__ import annotations

from opposable.ledger import act as acts
from opposable.ledger.act import Erasure, parse_instant
from opposable.ledger.verify.acts import check_act, find_acts
from opposable.ledger.verify.case import Act, Case


def check_erasures(case: Case) -> None:
    """Read and check `erasures/`; the lawful ones go to `case.lawful`."""
    for act in find_acts(case, "erasures"):
        before = len(case.rec.findings)
        check_act(case, act)
        erasure = _erasure(case, act)
        if erasure is not None:
            _check_lawful(case, act, erasure)
            if len(case.rec.findings) == before:
                case.lawful.append(erasure)


def _erasure(case: Case, act: Act) -> Erasure | None:
    header = act.header
    if header is None:
        return None
    done = header.type == acts.ERASE and header.outcome == "done"
    if not case.rec.expect("erasure.form", act.where(), done, f"{header.type}, {header.outcome}"):
        return None
    part = act.parts.get(acts.ERASURE_PART)
    where = act.where("part-erasure.json")
    if part is None:
        if acts.ERASURE_PART not in act.present:
            case.rec.expect("erasure.form", where, good=False, detail="absent")
        return None
    return case.rec.run("erasure.form", where, acts.parse_erasure, part.data)


def _check_lawful(case: Case, act: Act, erasure: Erasure) -> None:
    """The day is that of UTC: in metropolitan France a later one than the legal day begins, never an earlier one."""
    assert act.header is not None
    day = parse_instant(act.header.at).date()
    where = act.where("part-erasure.json")
    case.rec.expect("erasure.early", where, erasure.earliest_on <= day, f"on {day}, allowed from {erasure.earliest_on}")
    last = max(cover.until_index for cover in erasure.covers)
    case.rec.expect("erasure.order", where, last <= act.index, f"act {act.index} covers acts up to {last - 1}")
    if erasure.rule is None and act.header.rule is None:
        case.rec.notice("erasure.no-rule", where)
