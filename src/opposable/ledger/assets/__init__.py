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
    style = _text("page/style.css")
    script = "\n".join(['"use strict";', f"const CATALOGUE = {_catalogue()};", *(_script(name) for name in _SCRIPTS)])
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    shell = Template(_text("page/shell.html"))
    return shell.substitute(policy=policy, style=style, script=script).encode()


def _script(name: str) -> str:
    return _text(f"page/{name}.js")


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
