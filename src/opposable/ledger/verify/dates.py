"""Checks 6xx: every act lies between two time-stamps, the one it cites and the one over its checkpoint."""

from __future__ import annotations

from opposable.ledger import token
from opposable.ledger.act import Header, parse_instant
from opposable.ledger.bundle import layout
from opposable.ledger.errors import TokenError
from opposable.ledger.token import TokenInfo
from opposable.ledger.verify.case import Act, Case


def check_dates(case: Case) -> None:
    """Not after: the token over the checkpoint. Not before: the token whose hash the act carries as `after`."""
    _check_roots(case)
    over = _check_checkpoint_token(case)
    tokens = _check_earlier_tokens(case)
    without = 0
    for act, header in case.headers():
        if over is not None:
            late = parse_instant(header.at) < over.latest
            case.rec.expect("time.not-after", act.where(), late, f"at {header.at}, token of {over.at.isoformat()}")
        if header.after:
            _check_not_before(case, act, header, tokens)
        else:
            without += 1
    if without:
        case.rec.notice("time.no-after", "", f"{without} act" if without == 1 else f"{without} acts")


def tsa_roots(case: Case) -> list[bytes]:
    """The roots that the verifier brought; without any, those of the bundle's own that can be read."""
    if case.trust.tsa_roots:
        return list(case.trust.tsa_roots)
    return [pem for name in _root_names(case) if _loads(pem := case.read(name) or b"")]


def _loads(pem: bytes) -> bool:
    try:
        token.load_roots([pem])
    except TokenError:
        return False
    return True


def _root_names(case: Case) -> list[str]:
    return sorted(filter(layout.ROOT.fullmatch, case.bundle.names))


def _check_roots(case: Case) -> None:
    for name in _root_names(case):
        case.rec.passes("token.roots", name, token.load_roots, [case.read(name) or b""])
    has_tokens = any(name in case.bundle for name in (layout.CHECKPOINT_TOKEN, layout.TIMESTAMP))
    if not case.trust.tsa_roots and (has_tokens or any(map(layout.TOKEN.fullmatch, case.bundle.names))):
        case.rec.notice("trust.tsa")


def _check_checkpoint_token(case: Case) -> TokenInfo | None:
    response = case.read(layout.CHECKPOINT_TOKEN)
    if response is None:
        case.rec.notice("time.undated")
        return None
    where = layout.CHECKPOINT_TOKEN
    info = case.rec.run("token.checkpoint", where, token.verify_signature, response, tsa_roots(case))
    if info is None or case.checkpoint is None:
        return None
    if not case.rec.expect("token.imprint", where, _is_over_checkpoint(info, case.note), info.imprint.hex()):
        return None
    case.rec.facts |= {"not_after": info.at.isoformat(), "tsa": info.tsa}
    return info


def _is_over_checkpoint(info: TokenInfo, note: bytes) -> bool:
    """Whether the token is over the checkpoint, or over its beginning.

    Cosignatures are added at the end of a note, perhaps after it was time-stamped; any beginning that holds the whole
    text dates the size and the root.
    """
    lines = note.splitlines(keepends=True)
    text = lines.index(b"\n") if b"\n" in lines else len(lines)
    return any(info.is_over(b"".join(lines[:count])) for count in range(text, len(lines) + 1))


def _check_earlier_tokens(case: Case) -> dict[str, TokenInfo | None]:
    """Every token that acts may cite, by its hash; None for one that does not verify."""
    found: dict[str, TokenInfo | None] = {}
    roots = tsa_roots(case)
    for name in case.bundle.names:
        match = layout.TOKEN.fullmatch(name)
        if match is None:
            continue
        response = case.read(name) or b""
        true_hash = token.token_hash(response)
        if case.rec.expect("token.name", name, true_hash == match["hash"], f"sha256 {true_hash}"):
            found[true_hash] = case.rec.run("token.after", name, token.verify_signature, response, roots)
    return found


def _check_not_before(case: Case, act: Act, header: Header, tokens: dict[str, TokenInfo | None]) -> None:
    if not case.rec.expect(
        "after.missing", act.where(), header.after in tokens, f"tsa/{header.after}.tsr is not there"
    ):
        return
    info = tokens[header.after]
    if info is not None:
        good = info.earliest <= parse_instant(header.at)
        case.rec.expect("time.not-before", act.where(), good, f"at {header.at}, token of {info.at.isoformat()}")
