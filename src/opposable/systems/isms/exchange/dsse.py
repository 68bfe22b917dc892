"""DSSE envelopes over OSCAL files, as `trestle verify` checks them: an in-toto statement of the digest of the canonical JSON.

Signed with the key that seals this installation's documents; its public half goes with the files.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from opposable.ledger import canonical

if TYPE_CHECKING:
    from opposable.kernel.keys.seal import Signer

PAYLOAD_TYPE = "application/vnd.in-toto+json"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://oscal-compass.github.io/compliance-trestle/predicates/oscal-signing/v1"
KEY_FILE = "signer.pem"


def envelope(name: str, document: dict[str, Any], signer: Signer) -> dict[str, Any]:
    """The detached signature of a document that will be written as ``name``."""
    statement = {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": sha256(canonical.encode(document)).hexdigest()}}],
        "predicateType": PREDICATE,
        "predicate": {
            "canonicalization": "RFC8785",
            "digestAlgorithm": "sha256",
            "digestSource": "canonical-json",
            "tool": "compliance-trestle",
        },
    }
    payload = canonical.encode(statement)
    signature = _sign(signer, _pae(payload))
    return {
        "payload": b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [{"keyid": signer.fingerprint, "sig": b64encode(signature).decode()}],
    }


def _pae(payload: bytes) -> bytes:
    """What is signed: the type and the payload, each with its length (DSSE, protocol.md)."""
    kind = PAYLOAD_TYPE.encode()
    return b" ".join([b"DSSEv1", str(len(kind)).encode(), kind, str(len(payload)).encode(), payload])


def _sign(signer: Signer, data: bytes) -> bytes:
    if isinstance(signer.key, ec.EllipticCurvePrivateKey):
        return signer.key.sign(data, ec.ECDSA(SHA256()))
    return signer.key.sign(data, padding.PSS(padding.MGF1(SHA256()), padding.PSS.DIGEST_LENGTH), SHA256())


def write(folder: Path, documents: dict[str, dict[str, Any]], signer: Signer) -> list[Path]:
    """Each document as ``<name>.json`` beside ``<name>.json.dsse``, and the public key. Returns the documents' paths."""
    folder.mkdir(parents=True, exist_ok=True)
    public = signer.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (folder / KEY_FILE).write_bytes(public)
    written = []
    for name, document in documents.items():
        path = folder / f"{name}.json"
        path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
        signed = envelope(path.name, document, signer)
        (folder / f"{name}.json.dsse").write_text(json.dumps(signed, indent=1, sort_keys=True), "utf-8")
        written.append(path)
    return written
