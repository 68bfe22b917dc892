"""What changed between two versions: of a text, word by word; of a record, field by field."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

_WORDS = re.compile(r"\S+\s*|^\s+")


@dataclass(frozen=True)
class FieldChange:
    """One field in both versions; ``before`` and ``after`` are marked-up text, empty when the field was not there."""

    name: str
    before: SafeString
    after: SafeString
    same: bool


def words(old: str, new: str) -> tuple[SafeString, SafeString]:
    """Both texts with what went marked ``<del>`` and what came marked ``<ins>``."""
    a, b = _WORDS.findall(old), _WORDS.findall(new)
    before, after = [], []
    for op, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        before.append(_marked("del" if op != "equal" else "", "".join(a[a1:a2])))
        after.append(_marked("ins" if op != "equal" else "", "".join(b[b1:b2])))
    return mark_safe("".join(before)), mark_safe("".join(after))  # noqa: S308 — each piece is escaped


def fields(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[FieldChange]:
    """Every field of both versions, in the order of the new one, those that went last."""
    names = [*new, *(name for name in old if name not in new)]
    for name in names:
        before, after = old.get(name, ""), new.get(name, "")
        marked = words(before, after)
        yield FieldChange(name, *marked, same=before == after)


def _marked(tag: str, text: str) -> str:
    if not text:
        return ""
    return format_html("<{0}>{1}</{0}>", tag, text) if tag else format_html("{}", text)
