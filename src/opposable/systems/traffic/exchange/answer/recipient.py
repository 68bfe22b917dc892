"""«Certificat de l’autorité»: whether an answer may be encrypted to it: its time, its key, its use, its chain, its revocation.

The chain is checked against the trust list of the installation as it stands on the day. Where a revocation list is on file of an
authority in the chain, trusted or between, it must be in its time, and its word counts for what that authority issued.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, SECP521R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from opposable.law import Text, local_day, t
from opposable.systems.traffic.acts.chain import NotLinked, check_chain
from opposable.systems.traffic.exchange.answer.etsi import AnswerFault
from opposable.systems.traffic.models import Anchor, Revocations

LEAST_BITS = 2048
CURVES = (SECP256R1, SECP384R1, SECP521R1)


def recipient(pem: str, at: datetime) -> x509.Certificate:
    """The authority's certificate, the first of ``pem``; those that follow link it to a trusted one. Raises AnswerFault."""
    if not pem.strip():
        raise _fault(
            "le certificat de l’autorité manque : demandez-lui son certificat de chiffrement (fichier .cer, .crt ou .pem)",
            "the authority’s certificate is missing: ask it for its certificate for encryption (a .cer, .crt or .pem file)",
        )
    try:
        chain = x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise _fault(
            "le certificat de l’autorité ne se lit pas : versez son fichier tel qu’elle l’envoie (.cer, .crt, .p7b ou .pem)",
            "the authority’s certificate does not read: supply its file as it sends it (.cer, .crt, .p7b or .pem)",
        ) from None
    certificate = chain[0]
    if not certificate.not_valid_before_utc <= at < certificate.not_valid_after_utc:
        raise _fault(
            "le certificat de l’autorité n’est pas dans son temps : demandez-en un autre",
            "the authority’s certificate is out of its time: ask for another one",
        )
    _key(certificate)
    _trusted(chain, at)
    return certificate


def verdict(pem: str, at: datetime) -> x509.Certificate | Text:
    """The certificate, or why an answer would not be encrypted to it, in the words that the sealing would use."""
    try:
        return recipient(pem, at)
    except AnswerFault as fault:
        return fault.text


def _key(certificate: x509.Certificate) -> None:
    """RSA of 2048 bits at least, or a NIST curve; and for a use that lets something be encrypted to it."""
    key = certificate.public_key()
    rsa = isinstance(key, RSAPublicKey) and key.key_size >= LEAST_BITS
    if not rsa and not (isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, CURVES)):
        raise _fault(
            f"le certificat de l’autorité n’a ni clé RSA de {LEAST_BITS} bits ni clé P-256, P-384 ou P-521 : demandez-en un autre",
            f"the authority’s certificate has neither an RSA key of {LEAST_BITS} bits nor a P-256, P-384 or P-521 key: ask for another",
        )
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return  # RFC 5280, 4.2.1.3: any use
    if not (usage.key_encipherment if rsa else usage.key_agreement):
        raise _fault(
            "le certificat de l’autorité sert à signer, pas à chiffrer : demandez celui de chiffrement",
            "the authority’s certificate is for signing, not for encryption: ask for the one for encryption",
        )


def _trusted(chain: list[x509.Certificate], at: datetime) -> None:
    anchors = list(Anchor.objects.on(local_day(at)))
    if not anchors:
        raise _fault(
            "la liste de confiance est vide : reconnaissez l’autorité qui a émis ce certificat (opposable traffic anchor trust)",
            "the trust list is empty: trust the authority that issued this certificate (opposable traffic anchor trust)",
        )
    _revoked(chain, anchors, at)
    try:
        check_chain(chain, anchors, at)
    except NotLinked:
        raise _fault(
            "aucune autorité de la liste de confiance ne répond de ce certificat : joignez les certificats intermédiaires, "
            "ou reconnaissez celle qui l’a émis",
            "no authority of the trust list vouches for this certificate: enclose the intermediate certificates, "
            "or trust the one that issued it",
        ) from None


def _revoked(chain: list[x509.Certificate], anchors: list[Anchor], at: datetime) -> None:
    """Each list on file is the word of an authority that the trust list vouches for, checked when it was supplied."""
    for who, crl in lists_of(anchors):
        said = x509.load_pem_x509_crl(crl.encode())
        ours = [one for one in chain if one.issuer == said.issuer]
        if ours and (said.next_update_utc is None or said.next_update_utc <= at):
            raise _fault(
                f"la liste de révocation de « {who} » est périmée : versez la dernière",
                f"the revocation list of “{who}” is out of date: supply the latest",
            )
        if any(said.get_revoked_certificate_by_serial_number(one.serial_number) for one in ours):
            raise _fault(
                "le certificat de l’autorité est révoqué : demandez-en un autre",
                "the authority’s certificate is revoked: ask for another one",
            )


def lists_of(anchors: list[Anchor]) -> Iterator[tuple[str, str]]:
    """(whose it is, PEM) of the revocation lists on file: those of the trusted authorities, and of the ones below them."""
    yield from ((one.title, one.crl) for one in anchors if one.crl)
    for one in Revocations.objects.filter(anchor__in=anchors).order_by("pk"):
        yield one.title, one.crl


def _fault(fr: str, en: str) -> AnswerFault:
    return AnswerFault(t(fr, en).capital() + ".")
