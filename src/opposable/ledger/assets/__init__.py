"""What a bundle carries for whoever has nothing else: README.txt, VERIFY.sh and verify.html.

verify.html is put together from the sources in `page/`: one file, opened from disk, that may load and send nothing.
Its policy names the hashes of its own style and script, so that nothing else can run in it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Final

from opposable.ledger.catalogue import CATALOGUE, CATEGORIES
from opposable.ledger.phrases import phrase_of, phrases

_HERE: Final = files(__name__)
_SCRIPTS: Final = (
    "bytes",
    "zip",
    "note",
    "der",
    "token",
    "bundle",
    "acts",
    "dates",
    "chains",
    "counts",
    "check",
    "page",
)
"""In the order in which they need each other."""
_HOLE: Final = r"\$\{(?:[^{}`]|\{[^{}]*\}|`(?:[^`$]|\$\{[^{}]*\})*`)*\}"
_TEXT: Final = re.compile(rf'"((?:[^"\\\n]|\\.)*)"|`((?:[^`$\\]|\\.|\$(?!\{{)|{_HOLE})*)`')
_COMMENT: Final = re.compile(r"(?m)(^|\s)//.*$")


def readme(title: str, checkpoint: str) -> bytes:
    """README.txt (French, then English) of a case."""
    origin, size, *_ = checkpoint.splitlines()
    # On one line: a title must not be able to write a paragraph of its own.
    fields = {"title": " ".join(title.split()) or origin, "origin": origin, "size": size}
    text = Template(_text("README.txt")).substitute(fields)
    return text.encode()


@cache
def verify_sh() -> bytes:
    """The verifier in POSIX shell; it needs openssl and coreutils only."""
    return _HERE.joinpath("VERIFY.sh").read_bytes()


@cache
def verify_html() -> bytes:
    """The verifier for browsers, one file: the same bytes each time."""
    shell = Template(_text("page/shell.html"))
    return shell.substitute(policy=verify_html_policy(), style=_style(), script=_script()).encode()


@cache
def verify_html_policy() -> str:
    """The content security policy inside verify.html; a site that serves the page sends the same."""
    return (
        f"default-src 'none'; script-src '{_hash(_script())}'; style-src '{_hash(_style())}'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _script() -> str:
    sources = [_text(f"page/{name}.js") for name in _SCRIPTS]
    given = [f"const CATALOGUE = {_catalogue()};", f"const PHRASES = {_json(page_phrases())};"]
    return "\n".join(['"use strict";', *given, *sources])


def page_texts() -> set[str]:
    """Every text that the page's verifying scripts hold, {} for each value in it; page.js speaks both languages itself."""
    scripts = [_COMMENT.sub("", _text(f"page/{name}.js")) for name in _SCRIPTS if name != "page"]
    return {text for script in scripts for text in _texts(script)}


def _texts(source: str) -> Iterator[str]:
    for match in _TEXT.finditer(source):
        plain, template = match.groups()
        yield plain if plain is not None else re.sub(_HOLE, "{}", template)
        for hole in re.findall(_HOLE, template or ""):
            yield from _texts(hole[2:-1])


def page_phrases() -> dict[str, str]:
    """The phrases that say the page's details in French, English → French."""
    used = {phrase_of(text) for text in page_texts()}
    return {english: french for english, french in phrases().items() if english in used}


def _style() -> str:
    return _text("page/style.css")


def _text(name: str) -> str:
    return _HERE.joinpath(name).read_text(encoding="utf-8")


def _hash(source: str) -> str:
    return "sha256-" + base64.b64encode(sha256(source.encode()).digest()).decode()


def _catalogue() -> str:
    """The catalogue of the Python verifier: one source for ids and wording."""
    checks = {
        check.id: {
            "number": check.number, "level": check.level, "category": check.category,
            "name": {"fr": check.name_fr, "en": check.name_en}, "means": {"fr": check.means_fr, "en": check.means_en},
        }
        for check in CATALOGUE
    }  # fmt: skip
    categories = {name: {"fr": fr, "en": en} for name, (fr, en) in CATEGORIES.items()}
    return _json({"checks": checks, "categories": categories})


def _json(value: object) -> str:
    # In a script element, only "</" could end the element early.
    return json.dumps(value, ensure_ascii=False).replace("</", "<\\/")
