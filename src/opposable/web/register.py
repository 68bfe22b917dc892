"""Acts as people read them: their labels, their parts, who did them, and where they stand in the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Q
from django.utils.functional import cached_property

from opposable.kernel import actors, parts
from opposable.kernel.acts import REGISTRY
from opposable.kernel.models import Account, Act, Part
from opposable.kernel.system import retention_classes, systems
from opposable.law.text import Text, t
from opposable.ledger.act import Header, parse_header, parse_part
from opposable.web.language import say

JOBS: Mapping[str, Text] = {
    "console": t("ligne de commande", "command line"),
    "demo": t("démonstration", "demo"),
    "documents": t("atelier des documents", "document workshop"),
    "login": t("porte d’entrée", "front door"),
    "retention": t("conservation", "retention"),
    "tick": t("tâches du logiciel", "jobs of the software"),
}
"""Names under which the software acts by itself; their pseudonyms are derived from them. A manifest adds its own in ``job_names``."""


def act_label(type_: str) -> Text:
    """What an act of this type is called; the type itself when its system is not installed any more; nothing is left of an erased one."""
    known = REGISTRY.get(type_)
    if not type_:
        return t("acte effacé", "erased act")
    return known.label if known else Text(type_, type_)


def index_of(act: Act) -> int | None:
    """Position in the log when the leaf was fetched with the act; None while it waits for its seal."""
    try:
        return int(act.leaf.index)
    except ObjectDoesNotExist:
        return None


@dataclass(frozen=True)
class Entry:
    """One act in a list or a timeline (``select_related("leaf")`` first)."""

    act: Act
    index: int | None
    actor: str = ""
    why: Any = None
    detail: Text | str = ""

    @property
    def label(self) -> Text:
        return act_label(self.act.type)

    @property
    def at(self) -> datetime:
        return self.act.at

    @property
    def outcome(self) -> str:
        return str(self.act.outcome)


def entries_of(acts: Iterable[Act], *, names: bool = False, whys: bool = False) -> list[Entry]:
    """Entries for ``{% timeline %}``; ``names`` adds who did each (one query), ``whys`` the stored reasons (one more)."""
    listed = list(acts)
    who = actor_names({act.actor for act in listed}) if names else {}
    reasons = _reasons(listed) if whys else {}
    return [Entry(act, index_of(act), who.get(act.actor, ""), reasons.get(act.pk)) for act in listed]


def timeline_of(uid: str, *, whys: bool = True) -> list[Entry]:
    """The whole history of an object, newest first. Three queries. The caller has checked that it may be read."""
    acts = Act.objects.filter(obj=uid).select_related("leaf").order_by("-pk")
    return entries_of(acts, names=True, whys=whys)


def story_of(uids: Iterable[str]) -> list[Entry]:
    """The history of several objects as one, newest first, with the acts in which they were changed beside another."""
    wanted = list(uids)
    acts = Act.objects.filter(Q(obj__in=wanted) | Q(members__obj__in=wanted)).select_related("leaf")
    return entries_of(acts.distinct().order_by("-pk"), names=True, whys=True)


def actor_names(uids: set[str]) -> dict[str, str]:
    """Names by pseudonym: the software's own jobs, then accounts."""
    named = dict(JOBS)
    for system in systems():
        named |= getattr(system, "job_names", {})
    jobs = {actors.system(name).uid: say(label) for name, label in named.items()}
    found = {uid: jobs[uid] for uid in uids if uid in jobs}
    return found | dict(Account.objects.filter(uid__in=uids - found.keys()).values_list("uid", "name"))


def _reasons(acts: list[Act]) -> dict[int, Any]:
    rows = Part.objects.filter(act_id__in=[act.pk for act in acts], name="why")
    return {row.act_id: read_part(row) for row in rows}


def read_part(part: Part) -> Any:
    """The data of a part, or None when it was erased."""
    data = parts.part_bytes_of(part)
    return None if data is None else parse_part(data).data


def header_of(act: Act) -> Header | None:
    """The header, or None when retention erased it."""
    return None if act.header is None else parse_header(bytes(act.header))


@dataclass(frozen=True)
class PartLine:
    """One part of an act as the proof page lists it: never its content."""

    part: Part

    @property
    def name(self) -> str:
        return str(self.part.name)

    @property
    def digest(self) -> str:
        return bytes(self.part.digest).hex()

    @property
    def keep(self) -> Text:
        known = retention_classes().get(self.part.keep)
        return known.label if known else Text(self.part.keep, self.part.keep)

    @cached_property
    def erased(self) -> bool:
        return self.part.cipher is None

    @property
    def until(self) -> Text | None:
        return None if self.part.until else t("sans limite", "without limit")
