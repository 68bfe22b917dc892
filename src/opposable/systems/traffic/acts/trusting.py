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
from opposable.systems.traffic.acts.armour import certificate_text, list_text
from opposable.systems.traffic.acts.chain import check_chain
from opposable.systems.traffic.models import Anchor, Revocations

UNREADABLE_LIST = t(
    "La liste ne se lit pas : donnez le fichier que l’autorité publie (.crl), ou collez-le en PEM.",
    "The list does not read: give the file that the authority publishes (.crl), or paste it in PEM.",
)
MOST = 8_000_000
"""Characters of a revocation list."""


@act("traffic.anchor.trust", label=t("Reconnaître une autorité de certification", "Trust a certification authority"))
def trust(a: Acting, *, title: str, certificate: str) -> Anchor:
    """From today on, a certificate that this one signed (or itself) is believed. ``certificate``: PEM, or DER in base64."""
    a.require("write", kind=Anchor.Evidence.kind, cell=root())
    try:
        read = x509.load_pem_x509_certificate(certificate_text(certificate[:50_000]).encode())
    except (ValueError, UnsupportedAlgorithm):
        raise _no(
            "anchor.pem",
            t(
                "Le certificat ne se lit pas : donnez le fichier de l’autorité (.cer, .crt, .pem), ou collez-le en PEM.",
                "The certificate does not read: give the authority’s file (.cer, .crt, .pem), or paste it in PEM.",
            ),
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
def supply_revocations(a: Acting, *, anchor: Anchor, crl: str, issuer: str = "") -> Anchor:
    """What an authority says that it revoked: its own list (PEM, or DER in base64), signed by it, not older than the one on file.

    ``issuer``: the certificate (PEM) of the authority below this one that signed the list, followed by those that link it to this one.
    """
    a.require("write", anchor)
    ours = x509.load_pem_x509_certificate(anchor.pem.encode())
    crl, issuer = list_text(crl), certificate_text(issuer)
    signer = _below(a, anchor, issuer) if issuer.strip() else ours
    read = _whole(crl)
    if signer == ours:
        _newer(a, read, signer, anchor.crl)
        anchor.crl = read.public_bytes(Encoding.PEM).decode()
        a.record(anchor)
        return anchor
    digest = sha256(signer.public_bytes(Encoding.DER)).hexdigest()
    row = Revocations.objects.filter(anchor=anchor, sha256=digest).first() or Revocations(
        cell=anchor.cell,
        anchor=anchor,
        title=signer.subject.rfc4514_string()[:300],
        pem=signer.public_bytes(Encoding.PEM).decode(),
        sha256=digest,
    )
    _newer(a, read, signer, row.crl)
    row.crl = read.public_bytes(Encoding.PEM).decode()
    a.record(row)
    return anchor


def _below(a: Acting, anchor: Anchor, issuer: str) -> x509.Certificate:
    """The authority that a trusted one vouches for."""
    try:
        chain = x509.load_pem_x509_certificates(issuer[:200_000].encode())
        check_chain(chain, [anchor], a.now)
        if chain[0].extensions.get_extension_for_class(x509.BasicConstraints).value.ca:
            return chain[0]
    except (ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound):
        pass
    raise _no(
        "anchor.crl-issuer",
        t(
            "Le certificat de l’émettrice de la liste ne se lit pas, n’est pas d’une autorité, ou rien ne le lie à celle-ci : "
            "joignez les certificats qui l’y lient.",
            "The certificate of who issued the list does not read, is no authority’s, or nothing links it to this one: "
            "enclose the certificates that link it.",
        ),
    )


def _whole(crl: str) -> x509.CertificateRevocationList:
    """A list that reads and is one of everything: a partial one would make the rest look unrevoked."""
    if len(crl) > MOST:
        raise _no("anchor.crl-size", t("La liste dépasse 8 Mo.", "The list exceeds 8 MB."))
    try:
        read = x509.load_pem_x509_crl(crl.encode())
        kinds = {one.oid: one.value for one in read.extensions}
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _no("anchor.crl", UNREADABLE_LIST) from None
    part = kinds.get(x509.IssuingDistributionPoint.oid)
    partial = isinstance(part, x509.IssuingDistributionPoint) and (
        part.indirect_crl or part.only_contains_ca_certs or part.only_contains_attribute_certs or part.only_some_reasons
    )
    if partial or x509.DeltaCRLIndicator.oid in kinds:
        raise _no(
            "anchor.crl-part",
            t(
                "Cette liste est partielle (delta, indirecte ou d’une partie des certificats) : versez la liste complète.",
                "This list is partial (delta, indirect or of a part of the certificates): supply the complete one.",
            ),
        )
    return read


def _newer(a: Acting, read: x509.CertificateRevocationList, signer: x509.Certificate, before: str) -> None:
    """Signed by the authority, in its time, and not older than the one on file."""
    try:
        ours = read.issuer == signer.subject and read.is_signature_valid(signer.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError, UnsupportedAlgorithm, InvalidSignature):
        ours = False
    if not ours or read.next_update_utc is None or read.last_update_utc > a.now:
        raise _no(
            "anchor.crl-other",
            t(
                "Cette liste n’est pas de cette autorité, ou n’a pas de terme.",
                "This list is not by this authority, or has no end.",
            ),
        )
    if before and read.last_update_utc < x509.load_pem_x509_crl(before.encode()).last_update_utc:
        raise _no("anchor.crl-old", t("Une liste plus récente est au dossier.", "A newer list is on file."))


def _no(code: str, reason: Text) -> Refused:
    return Refused(reason, None, code)
