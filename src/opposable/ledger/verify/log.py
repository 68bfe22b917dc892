"""Checks 41x to 5xx: the log's key, its signed checkpoint, the witnesses, and the checkpoint that the verifier holds."""

from __future__ import annotations

import base64
import binascii
import re
from hashlib import sha256
from typing import Any, Final

from opposable.ledger import canonical, merkle
from opposable.ledger.act import is_digest
from opposable.ledger.bundle import layout
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import BundleError, LedgerError, NoteError, PolicyError, ProofError
from opposable.ledger.note import ED25519, Signature, Verifier, split_note
from opposable.ledger.policy import Policy
from opposable.ledger.verify.case import Case

_PEM: Final = re.compile(rb"-----BEGIN PUBLIC KEY-----([^-]*)-----END PUBLIC KEY-----")
_ED25519_SPKI: Final = bytes.fromhex("302a300506032b6570032100")


def check_log(case: Case) -> None:
    """Who signed the size and the root on which every proof stands."""
    key = _bundle_key(case)
    case.note = case.read(layout.CHECKPOINT) or b""
    opened = case.rec.run("checkpoint.form", layout.CHECKPOINT, _open, case.note) if case.note else None
    if opened is None:
        return
    case.checkpoint, text, signatures = opened
    logs = _log_keys(case, key)
    signed = [log for log in logs if _signed(log, text, signatures)]
    detail = "signed by " + (", ".join(sorted({one.name for one in signatures})) or "nobody")
    if case.rec.expect("checkpoint.signature", layout.CHECKPOINT, bool(signed), detail):
        _check_origin(case, case.checkpoint, signed)
    _check_witnesses(case, text, signatures, logs)
    _check_held(case, case.checkpoint, logs)
    case.rec.facts |= {"log": case.checkpoint.origin, "size": case.checkpoint.size, "root": case.checkpoint.root.hex()}


def _open(note: bytes) -> tuple[Checkpoint, str, list[Signature]]:
    text, signatures = split_note(note)
    return Checkpoint.parse(text), text, signatures


def _bundle_key(case: Case) -> Verifier | None:
    """The key that the bundle states, if its two forms are one key."""
    pem, vkey = case.read(layout.LOG_PEM), case.read(layout.LOG_VKEY)
    if pem is None or vkey is None:
        return None
    key = case.rec.run("checkpoint.key", layout.LOG_VKEY, _parse_vkey, vkey)
    raw = case.rec.run("checkpoint.key", layout.LOG_PEM, _parse_pem, pem)
    if key is None or raw is None:
        return None
    same = case.rec.expect("checkpoint.key", layout.LOG_PEM, raw == key.public_key, "not the key of log.vkey")
    case.rec.facts["key"] = key.vkey()
    case.rec.facts["key_sha256"] = sha256(raw).hexdigest()
    return key if same else None


def _parse_vkey(data: bytes) -> Verifier:
    text = data.decode("utf-8", "replace")
    if not text.endswith("\n"):
        raise NoteError("log.vkey does not end with a newline")
    key = Verifier.parse(text[:-1])
    if key.key_type != ED25519:
        raise NoteError("log.vkey is not an Ed25519 log key (type 0x01)")
    return key


def _parse_pem(data: bytes) -> bytes:
    """The 32 bytes of an Ed25519 key; its SubjectPublicKeyInfo has only one form (RFC 8410 §4)."""
    block = _PEM.search(data)
    try:
        spki = base64.b64decode(b"".join(block[1].split()) if block else b"", validate=True)
    except binascii.Error as error:
        raise BundleError("log.pem is not a public key") from error
    if not spki.startswith(_ED25519_SPKI) or len(spki) != len(_ED25519_SPKI) + 32:
        raise BundleError("log.pem is not an Ed25519 key")
    return spki[len(_ED25519_SPKI) :]


def _log_keys(case: Case, key: Verifier | None) -> list[Verifier]:
    """The keys of the policy that the verifier brought; without any, the bundle's own, and that is said."""
    if case.trust.policy is not None and case.trust.policy.logs:
        case.rec.facts["trust"] = "policy"
        return list(case.trust.policy.logs)
    case.rec.facts["trust"] = "bundle"
    case.rec.notice("trust.key", layout.LOG_VKEY, key.vkey() if key else "")
    return [key] if key else []


def _signed(key: Verifier, text: str, signatures: list[Signature]) -> bool:
    lines = [one for one in signatures if (one.name, one.key_id) == (key.name, key.key_id)]
    return bool(lines) and all(_verifies(key, text, line) for line in lines)


def _verifies(key: Verifier, text: str, line: Signature) -> bool:
    try:
        key.verify(text, line.data)
    except NoteError:
        return False
    return True


def _check_origin(case: Case, checkpoint: Checkpoint, signed: list[Verifier]) -> None:
    names = sorted({key.name for key in signed})
    detail = f"the log is {checkpoint.origin}, the key is that of {', '.join(names)}"
    case.rec.expect("checkpoint.origin", layout.CHECKPOINT, checkpoint.origin in names, detail)


# --- witnesses -------------------------------------------------------------------------------------------------------


def _check_witnesses(case: Case, text: str, signatures: list[Signature], logs: list[Verifier]) -> None:
    policy = case.trust.policy or _bundle_policy(case)
    if policy is None:
        case.rec.notice("witness.none")
        return
    seen = {name: _cosigned(case, key, text, signatures) for name, key in policy.witnesses.items()}
    cosigned = {name: at for name, at in seen.items() if at is not None}
    case.rec.facts["witnesses"] = cosigned
    met = _quorum(policy, case.note, logs)
    if case.trust.policy is not None:
        detail = f"quorum {policy.quorum}, cosigned by {', '.join(sorted(cosigned)) or 'no witness'}"
        case.rec.expect("policy.quorum", layout.CHECKPOINT, met, detail)
    if not cosigned or (case.trust.policy is None):
        stated = ", ".join(sorted(cosigned))
        case.rec.notice(
            "witness.none", "", f"cosigned by witnesses that the bundle itself names: {stated}" if stated else ""
        )


def _bundle_policy(case: Case) -> Policy | None:
    data = case.read(layout.POLICY)
    return None if data is None else case.rec.run("policy.form", layout.POLICY, Policy.parse, data)


def _cosigned(case: Case, key: Verifier, text: str, signatures: list[Signature]) -> int | None:
    """The POSIX second at which a witness cosigned; None when it did not, or falsely."""
    at = None
    for line in signatures:
        if (line.name, line.key_id) == (key.name, key.key_id):
            at = case.rec.run("witness.signature", layout.CHECKPOINT, key.verify, text, line.data)
    return at


def _quorum(policy: Policy, note: bytes, logs: list[Verifier]) -> bool:
    try:
        policy.check(note, logs)
    except PolicyError as error:
        return "quorum" not in str(error)
    except NoteError:
        return False
    return True


# --- the checkpoint that the verifier holds --------------------------------------------------------------------------


def _check_held(case: Case, checkpoint: Checkpoint, logs: list[Verifier]) -> None:
    if case.trust.held is None:
        case.rec.notice("history.alone")
        return
    held = case.rec.run("history.held", "", _open_held, case.trust.held, checkpoint.origin, logs)
    if held is not None and held.size:
        case.rec.run("history.proof", _consistency_name(held, checkpoint), _extends, case, held, checkpoint)


def _open_held(note: bytes, origin: str, logs: list[Verifier]) -> Checkpoint:
    held, text, signatures = _open(note)
    if held.origin != origin:
        raise NoteError(f"it is of the log {held.origin}")
    if not any(_signed(key, text, signatures) for key in logs):
        raise NoteError("it is not signed by the key of this log")
    return held


def _consistency_name(held: Checkpoint, checkpoint: Checkpoint) -> str:
    return f"consistency/{held.size}-{checkpoint.size}.json"


def _extends(case: Case, held: Checkpoint, checkpoint: Checkpoint) -> None:
    if held.size > checkpoint.size:
        raise ProofError(f"the checkpoint held has {held.size} acts, the bundle's only {checkpoint.size}")
    hashes: list[bytes] = []
    if held.size < checkpoint.size:
        data = case.read(_consistency_name(held, checkpoint))
        if data is None:
            raise ProofError("the bundle has no consistency proof from there")
        hashes = _consistency_hashes(data, held.size, checkpoint.size)
    merkle.verify_consistency(held.size, checkpoint.size, hashes, held.root, checkpoint.root)


def _consistency_hashes(data: bytes, old: int, new: int) -> list[bytes]:
    value: Any = canonical.decode(data)
    if (
        not isinstance(value, dict)
        or value.keys() != {"hashes", "new", "old"}
        or (value["old"], value["new"]) != (old, new)
    ):
        raise LedgerError("not a consistency proof between these sizes")
    if not isinstance(value["hashes"], list) or not all(map(is_digest, value["hashes"])):
        raise LedgerError("the hashes of a consistency proof are 64 hex digits")
    return [bytes.fromhex(one) for one in value["hashes"]]
