"""What was looked at and found: assessment plan and results, plan of action and milestones."""

from __future__ import annotations

from django.conf import settings

from opposable.systems.isms.acts.reading import in_edition
from opposable.systems.isms.exchange.oscal.base import Doc, prop, stamp, token, uid
from opposable.systems.isms.exchange.oscal.risks import Risks
from opposable.systems.isms.models import CorrectiveAction, EvidenceItem, Finding
from opposable.systems.isms.rules.evidence import RULES
from opposable.systems.isms.rules.referential import LABELS_NOTE


class Assessment(Risks):
    """Automatic evidence, risks, audit findings."""

    def _reviewed(self) -> Doc:
        return {"control-selections": [{"include-all": {}}]}

    def plan(self) -> Doc:
        return {
            "uuid": uid("plan", self.soa.uid),
            "metadata": self.metadata(self.title("Plan d’évaluation", "Assessment plan")),
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
            "title": self.title("Preuves du registre", "Evidence from the log"),
            "description": self.say(LABELS_NOTE),
            "start": stamp(min([one.since for one in self.evidence.values()], default=self.at)),
            "end": stamp(self.at),
            "reviewed-controls": self._reviewed(),
        }
        for name, made in (("observations", observations), ("risks", self.risks()), ("findings", self._findings())):
            if made:
                result[name] = made
        return {
            "uuid": uid("results", self.soa.uid),
            "metadata": self.metadata(self.title("Résultats d’évaluation", "Assessment results")),
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
            "metadata": self.metadata(self.title("Actions correctives", "Corrective actions")),
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
