"""META-INF/ASiCManifest.xml (ETSI EN 319 162-1 §A.4): the SHA-256 of every member, and the time assertion over them.

It is written with one line a member and read back only in that very form: there is then no XML to misunderstand, and
a shell can read it.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final

from opposable.ledger.bundle.layout import TIMESTAMP, media_type
from opposable.ledger.errors import BundleError

_HEAD: Final = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">\n'
    f'<asic:SigReference URI="{TIMESTAMP}" MimeType="application/vnd.etsi.timestamp-token"/>\n'
)
_LINE: Final = (
    '<asic:DataObjectReference URI="{name}" MimeType="{media}">'
    '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    "<ds:DigestValue>{digest}</ds:DigestValue></asic:DataObjectReference>\n"
)
_TAIL: Final = "</asic:ASiCManifest>\n"
_REFERENCE: Final = re.compile(
    r'<asic:DataObjectReference URI="([A-Za-z0-9._@/-]+)" .*<ds:DigestValue>([A-Za-z0-9+/=]{44})</ds:DigestValue>.*'
)


def render(digests: Mapping[str, bytes]) -> bytes:
    """The manifest over member names and their SHA-256 (32 bytes), sorted by name."""
    lines = [
        _LINE.format(name=name, media=media_type(name), digest=base64.b64encode(digests[name]).decode())
        for name in sorted(digests)
    ]
    return (_HEAD + "".join(lines) + _TAIL).encode()


def parse(data: bytes) -> dict[str, bytes]:
    """Member names and SHA-256 of a manifest in the form of `render`; `BundleError` for any other bytes."""
    try:
        lines = data.decode("ascii").splitlines()[3:-1]
        digests = dict(_reference(line) for line in lines)
    except (UnicodeDecodeError, binascii.Error) as error:
        raise BundleError(f"the manifest is not in its fixed form: {error}") from error
    if render(digests) != data:
        raise BundleError("the manifest is not in its fixed form: one line a member, sorted, each member once")
    return digests


def _reference(line: str) -> tuple[str, bytes]:
    match = _REFERENCE.fullmatch(line)
    if match is None:
        raise BundleError(f"the manifest has a line that is no reference: {line[:80]}")
    return match[1], base64.b64decode(match[2], validate=True)
