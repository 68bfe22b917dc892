"""Which controls there are, which are included, and how each is met: catalog, profile, system security plan."""

from __future__ import annotations

from opposable.law import Text
from opposable.systems.isms.exchange.oscal.base import Doc, Exporting, prop, token, uid
from opposable.systems.isms.models import Control, SoaLine
from opposable.systems.isms.rules.referential import LABELS_NOTE, NAMES
from opposable.systems.isms.rules.soa import REASONS

STATES = {"implemented": "implemented", "partial": "partial", "planned": "planned", "alternative": "alternative"}
COMPONENTS = {"implemented": "operational", "retired": "disposition"}


class Controls(Exporting):
    """The three documents of a statement itself."""

    def catalog(self) -> Doc:
        groups = [
            {
                "id": f"g.{key.removeprefix('A.')}",
                "title": self.say(label),
                "controls": [self._control(one.id, one.label) for one in self.book.of_group(key)],
            }
            for key, label in self.book.groups.items()
        ]
        metadata = self.metadata(NAMES[self.soa.edition].fr)
        metadata["remarks"] = self.say(LABELS_NOTE)
        return {"uuid": uid("catalog", self.soa.edition), "metadata": metadata, "groups": groups}

    def _prose(self, id_: str) -> str:
        own = self.texts.get(id_, {})
        return "\n".join(filter(None, (own.get("name"), own.get("text"))))

    def _control(self, id_: str, label: Text) -> Doc:
        return {
            "id": token(id_),
            "title": self.say(label),
            "props": [{"name": "label", "value": id_}],
            "parts": [{"id": f"{token(id_)}_smt", "name": "statement", "prose": self._prose(id_) or self.say(label)}],
        }

    def profile(self) -> Doc:
        chosen = [token(line.requirement) for line in self.lines if line.applicable]
        nothing: Doc = {
            "include-all": {},
            "exclude-controls": [{"with-ids": [token(one) for one in self.book.requirements]}],
        }
        include: Doc = {"include-controls": [{"with-ids": chosen}]} if chosen else nothing
        return {
            "uuid": uid("profile", self.soa.uid),
            "metadata": self.metadata(self.title("Contrôles retenus", "Controls included")),
            "imports": [{"href": "catalog.json", **include}],
            "merge": {"as-is": True},
        }

    # System security plan

    def ssp(self) -> Doc:
        return {
            "uuid": uid("ssp", self.soa.uid),
            "metadata": self.metadata(self.title("Déclaration d’applicabilité", "Statement of applicability")),
            "import-profile": {"href": "profile.json"},
            "system-characteristics": {
                "system-ids": [
                    {"identifier-type": "https://ietf.org/rfc/rfc4122", "id": uid("system", self.scope.uid)}
                ],
                "system-name": self.scope.name,
                "description": self.scope.text,
                "security-sensitivity-level": "not-rated",
                "system-information": {
                    "information-types": [
                        {
                            "uuid": uid("information", self.scope.uid),
                            "title": self.scope.name,
                            "description": self.scope.text,
                        }
                    ]
                },
                "status": {"state": "operational"},
                "authorization-boundary": {
                    "description": self.scope.text + (f"\n\n{self.scope.excluded}" if self.scope.excluded else "")
                },
            },
            "system-implementation": {
                "users": [{"uuid": uid("user", self.scope.uid), "title": self.scope.owner, "role-ids": ["owner"]}],
                "components": [self._this_system(), *(self._component(one) for one in self.controls.values())],
            },
            "control-implementation": {
                "description": self.say(LABELS_NOTE),
                "implemented-requirements": [self._requirement(line) for line in self.lines],
            },
        }

    def _this_system(self) -> Doc:
        return {
            "uuid": uid("component", self.scope.uid),
            "type": "this-system",
            "title": self.scope.name,
            "description": self.scope.text,
            "status": {"state": "operational"},
        }

    def _component(self, control: Control) -> Doc:
        return {
            "uuid": uid("component", control.uid),
            "type": "process-procedure",
            "title": str(control),
            "description": control.text or control.title,
            "props": [prop("ref", control.ref)],
            "status": {"state": COMPONENTS.get(control.status, "under-development")},
        }

    def _requirement(self, line: SoaLine) -> Doc:
        return {
            "uuid": uid("requirement", line.uid),
            "control-id": token(line.requirement),
            "props": [
                {"name": "implementation-status", "value": _state(line)},
                *(prop("soa-reason", one) for one in line.reasons if one in REASONS),
                *([prop("soa-owner", line.owner)] if line.owner else []),
            ],
            "by-components": [
                self._by(line, uid("component", self.scope.uid), "this-system"),
                *(self._by(line, uid("component", one), one) for one in line.controls if one in self.controls),
            ],
        }

    def _by(self, line: SoaLine, component: str, key: str) -> Doc:
        said = line.justification.strip() or "–"
        return {
            "component-uuid": component,
            "uuid": uid("by", line.uid, key),
            "description": said,
            "implementation-status": {"state": _state(line), "remarks": said},
        }


def _state(line: SoaLine) -> str:
    if line.applicable is False:
        return "not-applicable"
    return STATES.get(line.status, "planned")
