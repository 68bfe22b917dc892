"""OSCAL 1.2.1: catalog, profile, SSP, assessment plan and results, POA&M of a scope, in JSON.

Identifiers of the annex become tokens (5.1 → a.5.1) with the official one as ``label``; titles are our labels, never the
standard's. Every uuid is derived from the register's own, so that the same state gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from opposable.kernel.models import Decision
from opposable.law import Text
from opposable.systems.isms.acts.reading import ACCEPT, accepted_now, current_campaign, in_edition, last_evidence
from opposable.systems.isms.models import (
    Control,
    CorrectiveAction,
    EvidenceItem,
    Finding,
    Scenario,
    Scope,
    Soa,
    SoaLine,
    TreatmentAction,
)
from opposable.systems.isms.models.risk import RATINGS
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import LABELS_NOTE, NAMES, Referential, referential
from opposable.systems.isms.rules.soa import REASONS

VERSION = "1.2.1"
NS = "https://opposable.example/ns/oscal"
SPACE = UUID("6f1c7a52-0e0b-5d0c-9a55-2700127001aa")
FILES = ("catalog", "profile", "ssp", "assessment-plan", "assessment-results", "poam")
STATES = {"implemented": "implemented", "partial": "partial", "planned": "planned", "alternative": "alternative"}
TREATMENTS = {"modify": "mitigate", "retain": "accept", "avoid": "avoid", "share": "share"}
Doc = dict[str, Any]


def uid(*names: object) -> str:
    """The uuid of something by its names: the same thing has the same uuid in every export of this log."""
    return str(uuid5(SPACE, "\n".join([settings.ORIGIN, *map(str, names)])))


def token(requirement: str) -> str:
    """An identifier of the annex as an OSCAL token."""
    return f"a.{requirement.removeprefix('A.')}".lower()


def prop(name: str, value: object) -> Doc:
    return {"name": name, "ns": NS, "value": str(value)}


def documents(
    soa: Soa, at: datetime, lang: str = "fr", texts: Mapping[str, Mapping[str, str]] | None = None
) -> dict[str, Doc]:
    """The six documents of a statement and of its scope as they stand, by file name without «.json».

    ``texts``: the standard's own words by identifier, put into the catalog only when the licensee asks for them.
    """
    made = Export(soa, at, lang)
    made.texts = texts or {}
    return {
        "catalog": {"catalog": made.catalog()},
        "profile": {"profile": made.profile()},
        "ssp": {"system-security-plan": made.ssp()},
        "assessment-plan": {"assessment-plan": made.plan()},
        "assessment-results": {"assessment-results": made.results()},
        "poam": {"plan-of-action-and-milestones": made.poam()},
    }


def stamp(at: datetime) -> str:
    """An instant as OSCAL wants it: with its offset."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


class Export:
    """One statement of one scope being written out."""

    def __init__(self, soa: Soa, at: datetime, lang: str) -> None:
        self.soa, self.scope, self.at, self.lang = soa, soa.scope, at, lang
        self.book: Referential = referential(soa.edition)
        self.lines: list[SoaLine] = list(soa.lines.order_by("position"))
        self.controls = {one.uid: one for one in Control.objects.filter(scope=self.scope)}
        self.evidence = last_evidence(self.scope)
        self.held: set[str] = set()
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

    # Catalog and profile

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
            "metadata": self.metadata("Controls included" if self.lang == "en" else "Contrôles retenus"),
            "imports": [{"href": "catalog.json", **include}],
            "merge": {"as-is": True},
        }

    # System security plan

    def ssp(self) -> Doc:
        return {
            "uuid": uid("ssp", self.soa.uid),
            "metadata": self.metadata(
                "Statement of applicability" if self.lang == "en" else "Déclaration d’applicabilité"
            ),
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
            "status": {
                "state": "operational"
                if control.status == "implemented"
                else "under-development"
                if control.status != "retired"
                else "disposition"
            },
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

    # Assessment: automatic evidence, risks, audit findings

    def _reviewed(self) -> Doc:
        return {"control-selections": [{"include-all": {}}]}

    def plan(self) -> Doc:
        return {
            "uuid": uid("plan", self.soa.uid),
            "metadata": self.metadata("Assessment plan" if self.lang == "en" else "Plan d’évaluation"),
            "import-ssp": {"href": "ssp.json"},
            "reviewed-controls": self._reviewed(),
            "assessment-assets": {
                "assessment-platforms": [{"uuid": uid("platform", self.scope.uid), "title": "Opposable"}],
            },
        }

    def results(self) -> Doc:
        observations = [self._observation(one) for one in self.evidence.values()]
        result: Doc = {
            "uuid": uid("result", self.soa.uid),
            "title": "Evidence from the log" if self.lang == "en" else "Preuves du registre",
            "description": self.say(LABELS_NOTE),
            "start": stamp(min([one.since for one in self.evidence.values()], default=self.at)),
            "end": stamp(self.at),
            "reviewed-controls": self._reviewed(),
        }
        for name, made in (("observations", observations), ("risks", self._risks()), ("findings", self._findings())):
            if made:
                result[name] = made
        return {
            "uuid": uid("results", self.soa.uid),
            "metadata": self.metadata("Assessment results" if self.lang == "en" else "Résultats d’évaluation"),
            "import-ap": {"href": "assessment-plan.json"},
            "results": [result],
        }

    def _observation(self, item: EvidenceItem) -> Doc:
        rule = RULES[item.rule]
        said = item.figures.get("said", {}).get(self.lang, item.verdict)
        return {
            "uuid": uid("observation", item.uid),
            "title": f"{rule.code} {self.say(rule.label)}",
            "description": said,
            "props": [prop("verdict", item.verdict), prop("first-leaf", item.first), prop("last-leaf", item.last)],
            "methods": ["TEST"],
            "types": ["control-objective"],
            "collected": stamp(item.until),
            "relevant-evidence": [
                {"description": f"{settings.ORIGIN} [{item.first}, {item.last})", "props": [prop("act", item.head)]}
            ],
        }

    def _risks(self) -> list[Doc]:
        campaign = current_campaign(self.scope)
        if campaign is None:
            return []
        method = campaign.method.read
        rows = list(campaign.scenarios.filter(withdrawn=False).order_by("number"))
        actions: dict[int, list[TreatmentAction]] = {}
        for action in TreatmentAction.objects.filter(scenario__campaign=campaign).order_by("due_on", "pk"):
            actions.setdefault(action.scenario_id, []).append(action)
        accepted = {
            one.subject: one
            for one in Decision.objects.filter(act=ACCEPT, subject__in=[row.uid for row in rows]).order_by("pk")
        }
        self.held = accepted_now(accepted, self.at)
        return [self._risk(row, method.name, actions.get(row.pk, []), accepted.get(row.uid)) for row in rows]

    def _risk(self, row: Scenario, name: Any, actions: list[TreatmentAction], decision: Decision | None) -> Doc:
        made: Doc = {
            "uuid": uid("risk", row.uid),
            "title": str(row),
            "description": row.consequences or row.title,
            "statement": row.title,
            "status": "deviation-approved" if row.uid in self.held else "open",
        }
        levels = [(kind, getattr(row, kind)) for kind in RATINGS if getattr(row, kind)]
        if levels:
            made["characterizations"] = [
                {
                    "origin": {"actors": [{"type": "party", "actor-uuid": uid("owner", self.scope.uid)}]},
                    "facets": [
                        {
                            "name": f"level-{kind}",
                            "system": NS,
                            "value": self.say(name(level)),
                            "props": [prop("state", "initial" if kind in ("inherent", "current") else "adjusted")],
                        }
                        for kind, level in levels
                    ],
                }
            ]
        if row.option:
            made["remediations"] = [self._remedy(row, actions)]
        if decision:
            made["risk-log"] = {"entries": [self._entry(row, decision)]}
        return made

    def _remedy(self, row: Scenario, actions: list[TreatmentAction]) -> Doc:
        done = bool(actions) and all(one.done_on for one in actions)
        made: Doc = {
            "uuid": uid("remedy", row.uid),
            "lifecycle": "completed" if done else "planned",
            "title": row.option,
            "description": row.plan or row.option,
            "props": [{"name": "type", "value": TREATMENTS[row.option]}],
        }
        if actions:
            made["tasks"] = [
                {
                    "uuid": uid("task", one.uid),
                    "type": "milestone",
                    "title": one.title,
                    "timing": {"on-date": {"date": f"{one.due_on.isoformat()}T23:59:59Z"}},
                }
                for one in actions
            ]
        return made

    def _entry(self, row: Scenario, decision: Decision) -> Doc:
        return {
            "uuid": uid("entry", decision.uid),
            "title": "Residual risk accepted",
            "description": decision.text,
            "start": stamp(decision.made_at),
            "logged-by": [{"party-uuid": uid("owner", self.scope.uid), "role-id": "owner"}],
            "status-change": "deviation-approved",
            "props": [prop("state-sha256", decision.sha256)],
        }

    def _findings(self) -> list[Doc]:
        """What the evidence says of each identifier that it answers; the worst verdict counts."""
        verdicts: dict[str, list[EvidenceItem]] = {}
        for code, item in self.evidence.items():
            for one in in_edition(RULES[code].answers, self.soa.edition):
                verdicts.setdefault(one, []).append(item)
        return [
            {
                "uuid": uid("finding", self.soa.uid, one),
                "title": f"{one} {self.say(self.book.label(one))}",
                "description": ", ".join(f"{item.rule}: {item.verdict}" for item in items),
                "target": {
                    "type": "statement-id",
                    "target-id": f"{token(one)}_smt",
                    "status": {
                        "state": "satisfied" if all(item.verdict == "pass" for item in items) else "not-satisfied"
                    },
                },
                "related-observations": [{"observation-uuid": uid("observation", item.uid)} for item in items],
            }
            for one, items in verdicts.items()
        ]

    def poam(self) -> Doc:
        items = [
            self._poam_item(one)
            for one in CorrectiveAction.objects.filter(finding__audit__programme__scope=self.scope).select_related(
                "finding"
            )
        ]
        bare = Finding.objects.filter(audit__programme__scope=self.scope, actions=None, closed_on=None)
        items += [{"uuid": uid("poam", one.uid), "title": str(one), "description": one.text} for one in bare]
        if not items:
            items = [{"uuid": uid("poam", self.scope.uid), "title": "–", "description": "No audit finding is open."}]
        return {
            "uuid": uid("poam-doc", self.soa.uid),
            "metadata": self.metadata("Corrective actions" if self.lang == "en" else "Actions correctives"),
            "import-ssp": {"href": "ssp.json"},
            "poam-items": items,
        }

    def _poam_item(self, one: CorrectiveAction) -> Doc:
        return {
            "uuid": uid("poam", one.uid),
            "title": f"{one.finding.grade} {one.finding.number}",
            "description": f"{one.finding.text}\n\n{one.cause}\n\n{one.action}",
            "props": [
                prop("owner", one.owner),
                prop("due", one.due_on.isoformat()),
                prop("effective", {True: "yes", False: "no", None: "unknown"}[one.effective]),
            ],
        }


def _state(line: SoaLine) -> str:
    if line.applicable is False:
        return "not-applicable"
    return STATES.get(line.status, "planned")


def scope_statement(scope: Scope) -> Soa | None:
    """The statement to export: the one in force, else the draft."""
    rows = scope.statements.select_related("scope", "cell")
    return rows.filter(status="published").order_by("-version").first() or rows.filter(status="draft").first()


# ---- reading what others wrote ---------------------------------------------------------------------------------------


def included(data: Mapping[str, Any], book: Referential) -> list[str]:
    """Identifiers that an OSCAL profile includes, or that a catalog holds, as those of an edition. Unknown ones are left out."""
    known = {token(one): one for one in book.requirements}
    if "profile" in data:
        wanted = [
            id_
            for source in data["profile"].get("imports", [])
            for chosen in source.get("include-controls", [])
            for id_ in chosen.get("with-ids", [])
        ]
        return [known[one] for one in wanted if one in known]
    waiting, found = [data.get("catalog", {})], []
    while waiting:
        here = waiting.pop(0)
        found += [known[one["id"]] for one in here.get("controls", []) if one.get("id") in known]
        waiting += here.get("groups", []) + here.get("controls", [])
    return found
