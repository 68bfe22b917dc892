"""Addresses of the kit's own pages, empty where a site does not have them (the voting site has its own URLs)."""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse


def link(name: str, *args: object, query: Mapping[str, object] | None = None) -> str:
    """The address of a named page with its query, or ``""`` when this site has no such page."""
    try:
        path = reverse(name, args=args)
    except NoReverseMatch:
        return ""
    kept = {key: value for key, value in (query or {}).items() if value not in (None, "")}
    return f"{path}?{urlencode(kept)}" if kept else path


def act_link(index: int | None) -> str:
    """The proof page of a sealed act."""
    return "" if index is None else link("web:act", index)


def rule_link(rule_id: str, on: date | str | None = None) -> str:
    """The page of a rule, in the wording of a day."""
    return link("web:rule", rule_id, query={"on": on})
