"""What every OSCAL document of a statement has in common: its names, its uuids, its metadata."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from opposable.law import Text
from opposable.systems.isms.acts.reading import last_evidence
from opposable.systems.isms.models import Control, Soa, SoaLine
from opposable.systems.isms.rules.referential import Referential, referential

VERSION = "1.2.1"
NS = "https://opposable.example/ns/oscal"
SPACE = UUID("6f1c7a52-0e0b-5d0c-9a55-2700127001aa")
Doc = dict[str, Any]


def uid(*names: object) -> str:
    """The uuid of something by its names: the same thing has the same uuid in every export of this log."""
    return str(uuid5(SPACE, "\n".join([settings.ORIGIN, *map(str, names)])))


def token(requirement: str) -> str:
    """An identifier of the annex as an OSCAL token."""
    return f"a.{requirement.removeprefix('A.')}".lower()


def prop(name: str, value: object) -> Doc:
    return {"name": name, "ns": NS, "value": str(value)}


def stamp(at: datetime) -> str:
    """An instant as OSCAL wants it: with its offset."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


class Exporting:
    """One statement of one scope being written out."""

    def __init__(self, soa: Soa, at: datetime, lang: str) -> None:
        self.soa, self.scope, self.at, self.lang = soa, soa.scope, at, lang
        self.book: Referential = referential(soa.edition)
        self.lines: list[SoaLine] = list(soa.lines.order_by("position"))
        self.controls = {one.uid: one for one in Control.objects.filter(scope=self.scope)}
        self.evidence = last_evidence(self.scope)
        self.texts: Mapping[str, Mapping[str, str]] = {}

    def say(self, text: Text) -> str:
        return text.of(self.lang)

    def metadata(self, what: str) -> Doc:
        return {
            "title": f"{what} – {self.scope.organisation} – {self.scope.name}",
            "last-modified": stamp(self.at),
            "version": str(self.soa.version),
            "oscal-version": VERSION,
            "props": [prop("log", settings.ORIGIN), prop("soa-status", self.soa.status)],
            "roles": [{"id": "owner", "title": "Owner"}],
            "parties": [
                {"uuid": uid("party", self.scope.uid), "type": "organization", "name": self.scope.organisation},
                {"uuid": uid("owner", self.scope.uid), "type": "person", "name": self.scope.owner},
            ],
            "responsible-parties": [{"role-id": "owner", "party-uuids": [uid("owner", self.scope.uid)]}],
        }

    def title(self, fr: str, en: str) -> str:
        return en if self.lang == "en" else fr
