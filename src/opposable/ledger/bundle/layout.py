"""The members of a bundle: their names, which of them must be there, and how large anything may be.

The layout is fixed because other people's tools read it. A name outside it is refused, so that nothing can lie in a
bundle, looking like evidence, that no check has looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MIMETYPE: Final = "mimetype"
MIMETYPE_TEXT: Final = b"application/vnd.etsi.asic-e+zip"
README: Final = "README.txt"
VERIFY_SH: Final = "VERIFY.sh"
VERIFY_HTML: Final = "verify.html"
SUMMARY_HTML: Final = "summary.html"
SUMMARY_PDF: Final = "summary.pdf"
CHECKPOINT: Final = "checkpoint"
CHECKPOINT_TOKEN: Final = "checkpoint.tsr"  # noqa: S105 - a file name
LOG_PEM: Final = "log.pem"
LOG_VKEY: Final = "log.vkey"
POLICY: Final = "policy"
WITHHELD: Final = "withheld.json"
META: Final = "META-INF/"
MANIFEST: Final = "META-INF/ASiCManifest.xml"
TIMESTAMP: Final = "META-INF/timestamp.tst"

REQUIRED: Final = (MIMETYPE, CHECKPOINT, LOG_PEM, LOG_VKEY, MANIFEST)
PLAIN: Final = frozenset(
    {
        *REQUIRED,
        README,
        VERIFY_SH,
        VERIFY_HTML,
        SUMMARY_HTML,
        SUMMARY_PDF,
        CHECKPOINT_TOKEN,
        POLICY,
        WITHHELD,
        TIMESTAMP,
    }
)

INDEX: Final = r"0|[1-9][0-9]{0,15}"
ACT: Final = re.compile(
    rf"(?P<folder>acts|erasures)/(?P<index>{INDEX})/"
    r"(?P<file>act\.json|act\.tlog-proof|part-(?P<part>[a-z][a-z0-9_-]{0,63})\.json)"
)
OBJECT: Final = re.compile(r"objects/(?P<obj>[0-9a-f]{32})\.json")
RULE: Final = re.compile(r"rules/(?P<id>[A-Za-z0-9][A-Za-z0-9_.-]{0,119})(@[0-9a-f]{16})?\.json")
TOKEN: Final = re.compile(r"tsa/(?P<hash>[0-9a-f]{64})\.tsr")
ROOT: Final = re.compile(r"tsa/[A-Za-z0-9][A-Za-z0-9_-]{0,63}\.pem")
CONSISTENCY: Final = re.compile(rf"consistency/(?P<old>{INDEX})-(?P<new>{INDEX})\.json")
_FAMILIES: Final = (ACT, OBJECT, RULE, TOKEN, ROOT, CONSISTENCY)

SAFE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*(/[A-Za-z0-9][A-Za-z0-9._@-]*)*")
"""A name that every system can unpack, inside the folder it is unpacked into."""

MEDIA: Final = {
    "json": "application/json",
    "txt": "text/plain",
    "html": "text/html",
    "pdf": "application/pdf",
    "sh": "application/x-sh",
    "pem": "application/x-pem-file",
    "tsr": "application/timestamp-reply",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a reader takes: number of members, bytes of one, bytes of all, unpacked bytes to one packed byte."""

    members: int = 500_000
    member: int = 64 << 20
    total: int = 1 << 30
    ratio: int = 200
    ratio_from: int = 1 << 20


def is_known(name: str) -> bool:
    """Whether the layout has a place for this member."""
    return name in PLAIN or any(family.fullmatch(name) for family in _FAMILIES)


def media_type(name: str) -> str:
    """The media type that the manifest states for a member."""
    return MEDIA.get(name.rpartition(".")[2], "text/plain")


def in_manifest(name: str) -> bool:
    """Whether the ASiC manifest must list the member: all but the container's own files."""
    return name != MIMETYPE and not name.startswith(META)
