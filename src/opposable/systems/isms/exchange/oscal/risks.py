"""The risks of the campaign under way, as the assessment results carry them: levels, treatment, acceptance."""

from __future__ import annotations

from typing import Any

from opposable.kernel.models import Decision
from opposable.systems.isms.acts.reading import ACCEPT, accepted_now, current_campaign
from opposable.systems.isms.exchange.oscal.base import NS, Doc, Exporting, prop, stamp, uid
from opposable.systems.isms.models import Scenario, TreatmentAction
from opposable.systems.isms.models.risk import RATINGS

TREATMENTS = {"modify": "mitigate", "retain": "accept", "avoid": "avoid", "share": "share"}


class Risks(Exporting):
    """Each risk with what was decided on it."""

    held: frozenset[str] | set[str] = frozenset()
    """The risks whose acceptance holds now."""

    def risks(self) -> list[Doc]:
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
