"""What a bundle carries for whoever has nothing else: README.txt, VERIFY.sh and verify.html.

verify.html is put together from the sources in `page/`: one file, opened from disk, that may load and send nothing.
Its policy names the hashes of its own style and script, so that nothing else can run in it.
"""

from __future__ import annotations

import base64
import json
from functools import cache
from hashlib import sha256
from importlib.resources import files
from string import Template
from typing import Final

from opposable.ledger.catalogue import CATALOGUE, CATEGORIES

_HERE: Final = files(__name__)
_SCRIPTS: Final = ("bytes", "zip", "note", "der", "token", "bundle", "acts", "dates", "chains", "check", "page")
"""In the order in which they need each other."""


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
    return "\n".join(['"use strict";', f"const CATALOGUE = {_catalogue()};", *sources])


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
    # In a script element, only "</" could end the element early.
    return json.dumps({"checks": checks, "categories": categories}, ensure_ascii=False).replace("</", "<\\/")
