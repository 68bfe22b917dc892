"""Signatures: a simple one with its proof file, and the import of a signed PDF that was checked."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from opposable.kernel import clock
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.decisions import decide
from opposable.law import Refused, instant, local_day, t
from opposable.systems.contracts.acts.deadlines import owe
from opposable.systems.contracts.models import ContractVersion, SignatureProof

TEXT = t("Je signe ce contrat au nom de ma société.", "I sign this contract on behalf of my company.")


def _left(version: ContractVersion) -> None:
    if version.stage not in ("sent", "signed") or version.document is None:
        raise Refused(
            t("On signe ce qui est parti, pas un projet.", "What has left is signed, not a draft."),
            None,
            "signature.early",
        )


@act(
    "contracts.version.sign",
    label=t("Signer un contrat (signature simple)", "Sign a contract (simple signature)"),
    receipt=True,
)
def sign(a: Acting, *, version: ContractVersion, seen: str) -> SignatureProof:
    """By a person of ours with an account, on the exact state ``seen``; the proof file is the act, its receipt and the decision."""
    a.require("approve", version)
    _left(version)
    decision = decide(a, version, TEXT.fr, seen=seen)
    proof = {"decision": decision.uid, "text": TEXT.fr, "state": decision.sha256, "level": "simple"}
    return _keep(
        a, version, "simple", "us", a.actor.label, version.document.sha256 if version.document else "", proof, a.now
    )


@act("contracts.version.adopt", label=t("Reprendre un contrat déjà signé", "Take over a contract already signed"))
def adopt(a: Acting, *, version: ContractVersion, signed_on: date, original: str) -> SignatureProof:
    """A contract of before, signed on paper: its dates run, and what its text lacks is seen. ``original``: where the paper is.

    Not a way round the gate: refused once a text was submitted or sent, and for a signature to come.
    """
    a.require("approve", version)
    if version.stage != "draft" or version.document is not None:
        raise Refused(t("Ce texte suit déjà son circuit.", "This text already goes its way."), None, "adopt.late")
    if signed_on > local_day(a.now) or not original.strip():
        raise Refused(
            t("Signé quand, et où est l’original ?", "Signed when, and where is the original?"), None, "adopt.facts"
        )
    made = SignatureProof(
        cell=version.cell,
        version=version,
        how="paper",
        side="both",
        name=version.contract.party.name,
        sha256="",
        proof={"original": original[:300], "recorded_at": clock.utc(a.now)},
        signed_at=instant(signed_on, time(12)),
    )
    a.record(made)
    version.stage = "signed"
    a.record(version)
    owe(a, version.contract)
    return made


@act("contracts.signature.import", label=t("Verser un PDF signé", "File a signed PDF"), receipt=True, api=False)
def record_signed_file(
    a: Acting,
    *,
    version: ContractVersion,
    side: str,
    name: str,
    sha256: str,
    signed_at: datetime,
    proof: dict[str, Any],
    until: date | None,
) -> SignatureProof:
    """A signed PDF that `exchange.signed` has read, checked, and found to begin with the bytes that left."""
    a.require("write", version)
    _left(version)
    if side not in ("us", "them") or SignatureProof.objects.filter(version=version, sha256=sha256).exists():
        raise Refused(t("Ce fichier est déjà versé.", "This file is filed already."), None, "signature.twice")
    return _keep(a, version, "imported", side, name, sha256, proof, signed_at, until)


def _keep(
    a: Acting,
    version: ContractVersion,
    how: str,
    side: str,
    name: str,
    sha256: str,
    proof: dict[str, Any],
    at: datetime,
    until: date | None = None,
) -> SignatureProof:
    made = SignatureProof(
        cell=version.cell,
        version=version,
        how=how,
        side=side,
        name=name[:200],
        sha256=sha256,
        proof={**proof, "recorded_at": clock.utc(a.now)},
        until=until,
        signed_at=at,
    )
    a.record(made)
    sides = {side, *version.signatures.values_list("side", flat=True)}
    if {"us", "them"} <= sides and version.stage == "sent":
        version.stage = "signed"
        a.record(version)
        owe(a, version.contract)
    return made
