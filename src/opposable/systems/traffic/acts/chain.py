"""Whether a certificate leads to a trusted one (RFC 5280, by pyHanko's validator); no network is asked."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import pem as asn1_pem, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from opposable.systems.traffic.models import Anchor


class NotLinked(ValueError):
    """No trusted authority vouches for the certificate."""


def check_chain(chain: Sequence[x509.Certificate], anchors: Sequence[Anchor], at: datetime) -> None:
    """The first certificate of ``chain`` must lead to an anchor, over those that follow it. Raises NotLinked."""
    from pyhanko_certvalidator import CertificateValidator, ValidationContext
    from pyhanko_certvalidator.errors import PathError, ValidationError

    leaf, *others = [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain]
    context = ValidationContext(
        trust_roots=[asn1_x509.Certificate.load(_der(one.pem)) for one in anchors],
        moment=at,
        allow_fetching=False,
    )
    validator = CertificateValidator(leaf, intermediate_certs=others, validation_context=context)
    try:
        asyncio.run(validator.async_validate_path())
    except (PathError, ValidationError):
        raise NotLinked from None


def _der(text: str) -> bytes:
    _, _, data = asn1_pem.unarmor(text.encode())
    found: bytes = data
    return found
