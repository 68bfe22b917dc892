"""What the frame of every page shows: navigation by system, legal time, state of the log, language, theme, account.

One context processor, `shell`. At most three queries, the log's state being kept one second for all.
"""

import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.apps import apps
from django.db import DatabaseError
from django.db.models import Subquery
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from opposable.kernel import clock
from opposable.kernel.models import Anchor, Pending, Seal
from opposable.kernel.system import NavItem, roles
from opposable.law.text import Text, t
from opposable.web.access import grants_of
from opposable.web.format import PARIS, legal_date_text, legal_time_text, number_text, utc_text
from opposable.web.language import current, say, typographic
from opposable.web.links import link

LATE = 60
"""Seconds after which acts that wait for their seal make the pill amber."""

HOUSE = (
    NavItem(t("Aujourd’hui", "Today"), "web:today"),
    NavItem(t("Registre des actes", "Register of acts"), "web:acts"),
    NavItem(t("La loi à la date", "The law at a date"), "web:law"),
)
TRUST = (
    NavItem(t("Preuves et témoins", "Proofs and witnesses"), "web:log"),
    NavItem(t("Accès", "Access"), "web:grants", "kernel.grant"),
    NavItem(t("Circuits d’approbation", "Approval flows"), "web:flows", "kernel.flow"),
    NavItem(t("Documents maîtrisés", "Controlled documents"), "web:documents", "kernel.controlled"),
)


@dataclass(frozen=True)
class Link:
    """One line of the navigation; ``current`` is "page", "true" (a page below it) or ""."""

    label: str
    href: str
    current: str = ""
    below: Sequence["Link"] = ()


@dataclass(frozen=True)
class Group:
    """Lines under a heading; the first group has none."""

    label: str
    links: Sequence[Link] = field(default_factory=list)


@dataclass(frozen=True)
class LogState:
    """The log in one pill: ``tone`` ok, due or bad, a word, and the figures of the Today page."""

    tone: str
    label: Text
    size: int = 0
    sealed_at: datetime | None = None
    token_at: datetime | None = None
    tsa: str = ""
    anchored_size: int = 0
    witnesses: int = 0
    waiting: int = 0


_kept: dict[str, Any] = {"until": 0.0, "state": None}
_lock = threading.Lock()


def log_state() -> LogState:
    """The state of the log, at most one second old."""
    with _lock:
        if _kept["state"] is None or time.monotonic() > _kept["until"]:
            _kept.update(state=_read_state(), until=time.monotonic() + 1)
        state: LogState = _kept["state"]
        return state


def forget_log_state() -> None:
    """Read the log's state anew at the next page (tests, and after a synchronous seal)."""
    _kept["state"] = None


def _read_state() -> LogState:
    """One query, two when acts wait."""
    last = Anchor.objects.order_by("-size")
    oldest = Pending.objects.order_by("act_id").values("act__at")[:1]
    sealed = Seal.objects.order_by("-size").annotate(
        oldest=Subquery(oldest),
        **{f"last_{name}": Subquery(last.values(name)[:1]) for name in ("token_at", "tsa", "size", "witnesses")},
    )
    try:
        return _state(sealed.first())
    except DatabaseError:
        return LogState("bad", t("journal illisible", "log unreadable"))


def _state(seal: Any) -> LogState:
    if seal is None:
        return LogState("due", t("journal vide", "log empty"), waiting=Pending.objects.count())
    waiting = Pending.objects.count() if seal.oldest else 0
    late = waiting > 0 and (clock.now() - seal.oldest).total_seconds() > LATE
    return LogState(
        tone="due" if late else "ok",
        label=_waiting_words(waiting) if late else t("journal scellé", "log sealed"),
        size=seal.size,
        sealed_at=seal.at,
        token_at=seal.last_token_at,
        tsa=seal.last_tsa or "",
        anchored_size=seal.last_size or 0,
        witnesses=seal.last_witnesses or 0,
        waiting=waiting,
    )


def _waiting_words(count: int) -> Text:
    if count == 1:
        return t("un acte attend son sceau", "one act waits for its seal")
    return t("{n} actes attendent leur sceau", "{n} acts wait for their seal").format(n=count)


def navigation(request: HttpRequest) -> list[Group]:
    """The groups that this person may see: the house, each system by its manifest, trust."""
    held = frozenset(role for role, _ in grants_of(request))
    groups = [Group("", _links(HOUSE, request, held))]
    lines = []
    for config in apps.get_app_configs():
        links = _links(getattr(config, "nav", ()), request, held)
        if links:
            lines.append(_as_one_line(say(getattr(config, "title", links[0].label)), links))
    groups += [Group(say(t("Systèmes", "Systems")), lines)] if lines else []
    return [*groups, Group(say(t("Confiance", "Trust")), _links(TRUST, request, held))]


def first_page(request: HttpRequest, system: str) -> str | None:
    """Address of the first page of a system, by its label, that this person may see; None when there is none."""
    held = frozenset(role for role, _ in grants_of(request))
    links = _links(getattr(apps.get_app_config(system), "nav", ()), request, held)
    return links[0].href if links else None


def _as_one_line(title: str, links: Sequence[Link]) -> Link:
    """A system takes one line; its other entries appear below it when the person is inside."""
    first, rest = links[0], links[1:]
    inside = any(link.current for link in links)
    return Link(title, first.href, first.current, rest if inside and rest else ())


def _links(items: Iterable[NavItem], request: HttpRequest, held: frozenset[str]) -> list[Link]:
    shown = [(item, link(item.url)) for item in items if _may_see(item, held)]
    inside = [href for _, href in shown if href and _within(request.path, href)]
    deepest = max(inside, key=len, default="")
    return [
        Link(say(item.label), href, ("page" if href == request.path else "true") if href == deepest else "")
        for item, href in shown
        if href
    ]


def _within(path: str, href: str) -> bool:
    return path == href if href == "/" else path.startswith(href)


def _may_see(item: NavItem, held: frozenset[str]) -> bool:
    known = roles()
    return not item.kind or any(name in known and known[name].allows(item.kind, "read") for name in held)


def clock_facts(now: datetime) -> dict[str, str]:
    """Legal time for the clock: it is right without JavaScript at the moment of the answer, and ticks with it."""
    local = now.astimezone(ZoneInfo(PARIS))
    return {
        "now": utc_text(now),
        "time": f"{local:%H:%M:%S}",
        "day": legal_date_text(local.date(), current()),
        "sync": link("web:clock"),
    }


def _pill(state: LogState) -> dict[str, object]:
    lang = current()
    sealed = legal_time_text(state.sealed_at, lang) if state.sealed_at else ""
    label = say(state.label)
    return {
        "tone": state.tone,
        "label": f"{label} · {sealed[:8]}" if sealed and state.tone == "ok" else label,
        "title": typographic(f"{label}, {number_text(state.size, lang)} actes, {sealed}")
        if lang == "fr"
        else f"{label}, {sealed}",
        "href": link("web:log"),
        "icon": {"ok": "check", "due": "due", "bad": "cross"}[state.tone],
    }


def _switches(request: HttpRequest) -> dict[str, str]:
    """Addresses of the switches; a page reached by POST is left for its address."""

    def address(**change: str) -> str:
        query = request.GET.copy()
        query.update(change)
        return "?" + query.urlencode()

    return {
        "lang": address(lang="fr" if current() == "en" else "en"),
        **{theme: address(theme=theme) for theme in ("auto", "light", "dark")},
    }


def shell(request: HttpRequest) -> dict[str, object]:
    """Context processor. Navigation and log state are read only by pages that show them."""
    return {
        "lang": current(),
        "theme": getattr(request, "theme", "auto"),
        "nav": SimpleLazyObject(lambda: navigation(request)),
        "log": SimpleLazyObject(log_state),
        "log_pill": SimpleLazyObject(lambda: _pill(log_state())),
        "clock": clock_facts(clock.now()),
        "switch": _switches(request),
        "search_url": link("web:search"),
    }
