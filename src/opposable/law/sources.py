"""Where a rule was read, in the language of its reader. The source is part of the rule's digest: it is translated here, not there."""

import re
import tomllib
from functools import cache
from pathlib import Path

from opposable.law.text import Text


@cache
def _phrases() -> tuple[Text, ...]:
    """Turns of phrase that the rulebooks use to say where a rule was read, the longest first."""
    path = Path(__file__).with_name("sources.toml")
    found = [Text(*said) for said in tomllib.loads(path.read_text(encoding="utf-8"))["phrases"]]
    return tuple(sorted(found, key=lambda said: -max(len(said.fr), len(said.en))))


def source_text(source: str, lang: str) -> str:
    """The source of a rule in "fr" or "en"; a turn of phrase that is not known is left as it stands."""
    for said in _phrases():
        found, wanted = (said.en, said.fr) if lang == "fr" else (said.fr, said.en)
        source = re.sub(rf"(?<!\w){re.escape(found)}(?!\w)", wanted.replace("\\", r"\\"), source)
    return re.sub(r"\s?; ", "\u00a0; " if lang == "fr" else "; ", source)
