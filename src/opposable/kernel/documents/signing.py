"""PAdES: an invisible signature appended to a PDF, dated by an RFC 3161 token; and the check of one.

What is signed stays byte for byte at the head of the file: cutting the file at its first length gives the document that
was rendered. Profile: PAdES baseline B-T (ETSI EN 319 142-1). The widget lies outside the page, as PDF/A-3 and PDF/UA-1
want together.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from opposable.kernel.documents.faults import DocumentFault
from opposable.law.text import t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opposable.kernel.keys.seal import Signer
    from opposable.kernel.tsa import Tsa

FIELD = "Opposable"
RESERVED = 32_768
"""Bytes left for the signature and the token: room for a provider's long chain."""


def sign(pdf: bytes, signer: Signer, at: datetime, tsa: Tsa, *, reason: str = "", place: str = "") -> bytes:
    """Append a signature made at ``at`` (aware), with the time-stamp of ``tsa``. Returns the signed file.

    Asks the network when the authority is remote: never call it inside a transaction. Raises DocumentFault, TsaFault.
    """
    from pyhanko.sign import fields, signers

    metadata = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        reason=reason or None,
        location=place or None,
        name=signer.name,
        certify=True,
        subfilter=fields.SigSeedSubFilter.PADES,
        docmdp_permissions=fields.MDPPerm.FILL_FORMS,
    )
    outside = fields.InvisSigSettings(set_print_flag=True, set_hidden_flag=False, box_out_of_bounds=True)
    maker = _at(
        at,
        metadata,
        signer=_simple_signer(signer),
        timestamper=_stamper(tsa),
        new_field_spec=fields.SigFieldSpec(sig_field_name=FIELD, invis_sig_settings=outside),
    )
    written = maker.sign_pdf(_writer(pdf), bytes_reserved=RESERVED)
    signed: bytes = written.getvalue()
    if not signed.startswith(pdf):
        raise DocumentFault(
            t(
                "La signature a modifié le document : rien n’est gardé.",
                "Signing changed the document: nothing is kept.",
            )
        )
    return signed


def _writer(pdf: bytes) -> Any:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    class Writer(IncrementalPdfFileWriter):
        def _update_meta(self) -> None:
            """Leave the metadata as they are: those of the document, not of its signature, and alike in both places."""

    return Writer(BytesIO(pdf))


def _at(at: datetime, *arguments: Any, **keywords: Any) -> Any:
    from pyhanko.sign.signers import PdfSigner

    class Dated(PdfSigner):
        def init_signing_session(self, *args: Any, **kwargs: Any) -> Any:
            session = super().init_signing_session(*args, **kwargs)
            session.system_time = at
            return session

    return Dated(*arguments, **keywords)


def _simple_signer(signer: Signer) -> Any:
    from asn1crypto.keys import PrivateKeyInfo
    from asn1crypto.x509 import Certificate
    from pyhanko.sign.signers import SimpleSigner
    from pyhanko_certvalidator.registry import SimpleCertificateStore

    store = SimpleCertificateStore()
    store.register_multiple(Certificate.load(item.public_bytes(Encoding.DER)) for item in signer.chain)
    key = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    certificate = Certificate.load(signer.certificate.public_bytes(Encoding.DER))
    return SimpleSigner(certificate, PrivateKeyInfo.load(key), store, embed_roots=True)


def _stamper(tsa: Tsa) -> Any:
    from asn1crypto.tsp import TimeStampResp
    from pyhanko.sign.timestamps import TimeStamper

    class Stamper(TimeStamper):
        """The installation's own way to its authority. Its answer is believed once the signed file is validated."""

        async def async_request_tsa_response(self, req: Any) -> Any:
            answer = tsa.ask(req.dump())
            _refuse_other(tsa, answer, req["nonce"].native)
            return TimeStampResp.load(answer)

    return Stamper()


def _refuse_other(tsa: Tsa, answer: bytes, nonce: int) -> None:
    """Raise TsaFault for a response that grants nothing, or answers another query than ours."""
    from asn1crypto.tsp import TimeStampResp

    from opposable.kernel.tsa import TsaFault

    try:
        response = TimeStampResp.load(answer)
        status = response["status"]["status"].native
        given = status == "granted" and response["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
        why = status if not given else "" if given["nonce"].native == nonce else "nonce"
    except (ValueError, KeyError, TypeError) as error:
        why = str(error) or type(error).__name__
    if why:
        raise TsaFault(
            t(
                "L’horodateur {label} n’a pas donné de jeton pour la signature ({why}) : elle sera redemandée.",
                "The time-stamping authority {label} gave no token for the signature ({why}): it will be asked again.",
            ).format(label=tsa.label, why=why),
            answer,
        )


@dataclass(frozen=True)
class Check:
    """What a look at a signed file says. ``good`` only when everything is: nothing changed since, chain and token trusted."""

    intact: bool
    trusted: bool
    whole: bool
    """The signature covers the whole file: nothing was appended to it."""
    signer: str
    signed_at: datetime | None
    stamped_at: datetime | None
    """The token's instant, when the token verifies."""
    problem: str = ""

    @property
    def good(self) -> bool:
        return self.intact and self.trusted and self.whole and self.stamped_at is not None and not self.problem


def check(pdf: bytes, roots: Sequence[bytes], tsa_roots: Sequence[bytes]) -> Check:
    """Validate the first signature of a file. A file without one is not good.

    ``roots`` and ``tsa_roots`` are PEM, alone or in chains: what is self-issued in them is trusted.
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature

    try:
        signatures = PdfFileReader(BytesIO(pdf)).embedded_regular_signatures
        if not signatures:
            return Check(False, False, False, "", None, None, "no signature")
        status = validate_pdf_signature(signatures[0], _trusting(roots), _trusting(tsa_roots))
    except (PdfError, ValueError) as error:
        return Check(False, False, False, "", None, None, str(error) or type(error).__name__)
    stamp = status.timestamp_validity
    dated = stamp is not None and stamp.intact and stamp.valid and stamp.trusted
    return Check(
        intact=bool(status.intact and status.valid),
        trusted=bool(status.trusted),
        whole=bool(status.coverage is not None and status.coverage.name == "ENTIRE_FILE"),
        signer=status.signing_cert.subject.native.get("common_name", ""),
        signed_at=status.signer_reported_dt,
        stamped_at=stamp.timestamp if dated else None,
        problem="" if status.bottom_line else "the signature is not valid as a whole",
    )


def _trusting(chains: Sequence[bytes]) -> Any:
    """A context that trusts the self-issued certificates of the PEM texts (of one that has none, the last)."""
    from asn1crypto import pem
    from asn1crypto.x509 import Certificate
    from pyhanko_certvalidator import ValidationContext

    read = [[Certificate.load(der) for _, _, der in pem.unarmor(chain, multiple=True)] for chain in chains]
    roots = [one for chain in read for one in ([item for item in chain if item.self_issued] or chain[-1:])]
    others = [one for chain in read for one in chain if one not in roots]
    return ValidationContext(trust_roots=roots, other_certs=others, allow_fetching=False)
