"""From data to PDF/A-3a and PDF/UA-1, the same bytes each time: a template, canonical JSON, a language, an instant.

The data reach the template as one string that it reads as JSON: nothing in them is ever taken for markup. They are also
attached to the PDF, byte for byte (AFRelationship Source). The only fonts are those inside the compiler.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from opposable.kernel.documents.faults import DocumentFault
from opposable.kernel.documents.template import HOUSE, Template
from opposable.law.text import t
from opposable.ledger import canonical

STANDARDS: list[Any] = ["a-3a", "ua-1"]
ATTACHMENT = "data.json"

_PRINTED = (
    "\u0020-\u007e\u00a0-\u00ac\u00ae-\u036f\u0370-\u04ff\u0531-\u058f\u05d0-\u05ea\u0621-\u063a\u0641-\u064a\u10d0-\u10f0"
    "\u1e00-\u1fff\u2010-\u2027\u2030-\u203f\u2070-\u209f\u20a0-\u20bf\u2190-\u22ff\u25a0-\u25ff"
)
"""What the fonts of the compiler can write (a test renders all of it): Latin, Greek, Cyrillic, Armenian, Hebrew, Arabic,
Georgian. Not in it, on purpose: what is not seen, and what turns the direction of the text around it."""
_OTHER = re.compile(f"[^{_PRINTED}\n]")


def compiler() -> str:
    """Version of the compiler: part of what decides the bytes."""
    return version("typst")


def render(template: Template, data: Any, lang: str, at: datetime) -> bytes:
    """Return the PDF. ``data`` is of the canonical profile, ``at`` (aware) the document's date: the act's instant.

    A character that the fonts cannot write is printed as its code, [U+1F600]; the attachment has it as it is. Raises
    DocumentFault when the template does not compile with these data, or when a glyph is missing all the same.
    """
    import typst  # eighty megabytes: only where a document is made

    raw = canonical.encode(data)
    inputs = {
        "data": raw.decode(),
        "digest": sha256(raw).hexdigest(),
        "lang": lang,
        "codes": json.dumps(_codes(data), ensure_ascii=True),
    }
    files: Any = {
        name: text.encode() for name, text in template.files.items()
    }  # the stubs do not know folders in memory
    try:
        made = typst.compile(
            files,
            root=str(HOUSE),
            package_path=str(HOUSE),
            package_cache_path=str(HOUSE),
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=STANDARDS,
            ignore_system_fonts=True,
            timestamp=int(at.astimezone(UTC).timestamp()),
        )
    except typst.TypstError as error:
        raise DocumentFault(
            t(
                f"Le document « {template.name} » ne peut pas être composé : {error.message}",
                f'The document "{template.name}" cannot be made: {error.message}',
            )
        ) from error
    return bytes(made)


def _codes(data: Any) -> dict[str, str]:
    """The characters of the data that are printed as codes, with their codes."""
    found = {char for text in _texts(data) for char in _OTHER.findall(text)}
    return {char: f"[U+{ord(char):04X}]" for char in sorted(found)}


def _texts(value: Any) -> Iterator[str]:
    todo = [value]
    while todo:
        item = todo.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            todo.extend(item.values())
        elif isinstance(item, list | tuple):
            todo.extend(item)
