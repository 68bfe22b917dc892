"""Acts on the trust list: whom the installation believes when it says whose key an authority's certificate holds."""

from __future__ import annotations

from hashlib import sha256

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, Text, local_day, t
from opposable.systems.traffic.models import Anchor

MOST = 2_000_000
"""Characters of a revocation list."""


@act("traffic.anchor.trust", label=t("Reconnaître une autorité de certification", "Trust a certification authority"))
def trust(a: Acting, *, title: str, certificate: str) -> Anchor:
    """From today on, a certificate that this one signed (or itself) is believed. ``certificate``: PEM."""
    a.require("write", kind=Anchor.Evidence.kind, cell=root())
    try:
        read = x509.load_pem_x509_certificate(certificate[:50_000].encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _no(
            "anchor.pem", t("Le certificat ne se lit pas en PEM.", "The certificate does not read as PEM.")
        ) from None
    digest, today = sha256(read.public_bytes(Encoding.DER)).hexdigest(), local_day(a.now)
    if not title.strip() or len(title) > 200:
        raise _no("anchor.title", t("Dites qui elle est, en 200 signes.", "Say who it is, in 200 characters."))
    if (
        Anchor.objects.on(today).filter(sha256=digest).exists()
        or Anchor.objects.filter(sha256=digest, since=today).exists()
    ):
        raise _no("anchor.twice", t("Elle est déjà reconnue.", "It is trusted already."))
    made = Anchor(
        cell=root(), title=title.strip(), pem=read.public_bytes(Encoding.PEM).decode(), sha256=digest, since=today
    )
    a.record(made)
    return made


@act("traffic.anchor.end", label=t("Ne plus reconnaître une autorité", "Trust an authority no more"))
def end_trust(a: Acting, *, anchor: Anchor) -> Anchor:
    """From today on nothing it signed is believed; what was answered before stays as it was."""
    a.require("write", anchor)
    if anchor.until is not None:
        raise _no("anchor.ended", t("Elle ne l’est déjà plus.", "It is so no more already."))
    anchor.until = local_day(a.now)
    a.record(anchor)
    return anchor


@act("traffic.anchor.revocations", label=t("Verser une liste de révocation", "Supply a revocation list"))
def supply_revocations(a: Acting, *, anchor: Anchor, crl: str) -> Anchor:
    """What the authority says that it revoked: its own list (PEM), signed by it, not older than the one on file."""
    a.require("write", anchor)
    try:
        read = x509.load_pem_x509_crl(crl[:MOST].encode())
        ours = read.is_signature_valid(x509.load_pem_x509_certificate(anchor.pem.encode()).public_key())  # type: ignore[arg-type]
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature):
        raise _no("anchor.crl", t("La liste ne se lit pas en PEM.", "The list does not read as PEM.")) from None
    before = x509.load_pem_x509_crl(anchor.crl.encode()) if anchor.crl else None
    if not ours or read.next_update_utc is None or read.last_update_utc > a.now:
        raise _no(
            "anchor.crl-other",
            t(
                "Cette liste n’est pas de cette autorité, ou n’a pas de terme.",
                "This list is not by this authority, or has no end.",
            ),
        )
    if before is not None and read.last_update_utc < before.last_update_utc:
        raise _no("anchor.crl-old", t("Une liste plus récente est au dossier.", "A newer list is on file."))
    anchor.crl = read.public_bytes(Encoding.PEM).decode()
    a.record(anchor)
    return anchor


def _no(code: str, reason: Text) -> Refused:
    return Refused(reason, None, code)
