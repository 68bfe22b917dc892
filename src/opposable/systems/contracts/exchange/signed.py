"""Signed files that come back: they must begin with the very bytes that left, and their signature must hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.documents import check, files
from opposable.kernel.documents.faults import DocumentErased, DocumentFault
from opposable.law import Refused, local_day, t
from opposable.systems.contracts import acts
from opposable.systems.contracts.models import ContractVersion, SignatureProof

LIMIT = 30_000_000


@dataclass(frozen=True)
class Seen:
    """What a signed file says of itself."""

    signer: str
    signed_at: datetime
    trusted: bool
    stamped: bool


def examine(version: ContractVersion, pdf: bytes, roots: list[bytes], tsa_roots: list[bytes]) -> Seen:
    """Check a signed PDF against the text that left. Raises Refused for another text, or a signature that does not hold."""
    if len(pdf) > LIMIT or not pdf.startswith(b"%PDF"):
        raise Refused(t("Ce n’est pas un PDF lisible.", "This is no PDF that reads."), None, "signature.file")
    document = version.document
    if document is None or version.stage not in ("sent", "signed"):
        raise Refused(t("On signe ce qui est parti.", "What has left is signed."), None, "signature.early")
    bases = [files.read(document, signed=False)]
    if document.signed_sha256:
        bases.append(files.read(document, signed=True))
    if not any(pdf.startswith(base) and len(pdf) > len(base) for base in bases):
        raise Refused(
            t("Ce n’est pas le contrat envoyé : il a été refait.", "This is not the contract sent: it was remade."),
            None,
            "signature.other",
            facts={"sent": document.sha256, "file": sha256(pdf).hexdigest()},
            lawful=t("Demandez un PDF signé par ajout, sans réimpression.", "Ask for a PDF signed by appending, not printed again."),
        )  # fmt: skip
    seen = check(pdf, roots, tsa_roots)
    if not (seen.intact and seen.whole):
        raise Refused(
            t("La signature ne tient pas : {why}.", "The signature does not hold: {why}.").format(
                why=seen.problem or "coverage"
            ),
            None,
            "signature.broken",
        )
    return Seen(seen.signer, seen.signed_at or clock.now(), seen.trusted, seen.stamped_at is not None)


def file_signed(
    actor: Actor, version: ContractVersion, pdf: bytes, *, side: str, roots: list[bytes], tsa_roots: list[bytes]
) -> SignatureProof:
    """Check, keep encrypted under the contract's retention class, and record."""
    seen = examine(version, pdf, roots, tsa_roots)
    digest, until = files.keep_today(pdf, "contracts.file", local_day(clock.now()))
    proof: dict[str, Any] = {
        "signer": seen.signer,
        "trusted": seen.trusted,
        "stamped": seen.stamped,
        "checked": "pyHanko",
    }
    return acts.record_signed_file(
        actor,
        version=version,
        side=side,
        name=seen.signer,
        sha256=digest,
        signed_at=seen.signed_at,
        proof=proof,
        until=until,
    ).result


def copy_of(filed: SignatureProof) -> bytes:
    """The signed PDF as it came back. Raises DocumentErased at the end of its keeping, DocumentFault when it is lost or changed."""
    data = None if filed.erased else files.get(filed.sha256, filed.Evidence.keep, filed.until)
    if data is not None:
        return data
    if filed.erased:
        raise DocumentErased(
            t(
                "Ce PDF signé a été effacé au terme de sa conservation.",
                "This signed PDF was erased at the end of its keeping.",
            )
        )
    raise DocumentFault(
        t(
            "Ce PDF signé n’est plus sur le disque : remettez-le d’une sauvegarde.",
            "This signed PDF is no longer on the disk: put it back from a backup.",
        )
    )
