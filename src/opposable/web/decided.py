"""Decisions and requests for approval as pages show them: on which exact state, by whom, and what has changed since."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from opposable.kernel import clock
from opposable.kernel.approvals import facts_of, nobody_left, rules, subject_of
from opposable.kernel.approvals.rules import Step
from opposable.kernel.decisions import Standing, part_name, present_rows, snapshot, snapshot_of, standings
from opposable.kernel.guards import recorded_models
from opposable.kernel.models import Act, ApprovalCase, Decision, Member
from opposable.kernel.system import roles
from opposable.law.text import Text, t
from opposable.web.language import current
from opposable.web.register import actor_names
from opposable.web.why import value_text

LONGEST = 4_000
"""Beyond, a field is shown cut: the snapshot itself is there to be read in full."""


@dataclass(frozen=True)
class Shown:
    """One decision. ``old`` and ``new`` are the fields of both states, filled when it is stale and the first is not erased."""

    decision: Decision
    standing: Standing
    person: str
    principal: str
    role: Text
    index: int | None
    part: str
    old: Mapping[str, str] = field(default_factory=dict)
    new: Mapping[str, str] = field(default_factory=dict)
    erased: bool = False

    @property
    def at(self) -> datetime:
        return self.decision.made_at


def shown(decisions: Iterable[Decision], at: datetime | None = None) -> list[Shown]:
    """The decisions with their standing, names and, where they went stale, what changed."""
    listed = list(decisions)
    now, rows = standings(listed, at), present_rows(listed)
    names = actor_names({uid for one in listed for uid in (one.person, one.principal) if uid})
    return [_shown(one, now[one.uid], names, rows) for one in listed]


def _shown(decision: Decision, standing: Standing, names: Mapping[str, str], rows: Mapping[str, Any]) -> Shown:
    old: Mapping[str, str] = {}
    new: Mapping[str, str] = {}
    erased = False
    if standing.name == "stale":
        before = snapshot(decision)
        there = [rows[one["obj"]] for one in decision.objects_decided if one["obj"] in rows]
        erased = before is None
        old, new = (fields_of(before), fields_of(snapshot_of(there))) if before else ({}, {})
    return Shown(
        decision,
        standing,
        names.get(decision.person, "–"),
        names.get(decision.principal, "") if decision.principal else "",
        role_label(decision.role),
        _index(decision),
        part_name(decision),
        old,
        new,
        erased,
    )


def _index(decision: Decision) -> int | None:
    member = Member.objects.filter(obj=decision.uid, seq=1).select_related("act__leaf").first()
    act = member.act if member else Act.objects.filter(obj=decision.uid, seq=1).select_related("leaf").first()
    return act.index if act else None


def role_label(name: str) -> Text:
    """The words for a role; its name when the system is gone; "named by an administrator" for none."""
    known = roles().get(name)
    return known.label if known else Text(name, name) if name else t("désigné pour ce dossier", "named for this case")


# ---- the fields of a state -------------------------------------------------------------------------------------------


def fields_of(snapshot: Mapping[str, Any]) -> dict[str, str]:
    """A snapshot as one line a field, in words: nested values by their path, lists numbered, what is empty left out."""
    objects: Sequence[Mapping[str, Any]] = snapshot["objects"]
    found: dict[str, str] = {}
    for number, one in enumerate(objects, 1):
        prefix = () if len(objects) == 1 else (str(number),)
        found.update(_flat(one["state"], prefix, _labels(str(one["kind"]))))
    return found


def _labels(kind: str) -> Mapping[str, Text]:
    model = next((model for model in recorded_models() if model.Evidence.kind == kind), None)
    return {"cell": t("compartiment", "compartment"), **(getattr(model.Evidence, "fields", {}) if model else {})}


def _flat(value: Any, path: tuple[str, ...], labels: Mapping[str, Text]) -> dict[str, str]:
    if isinstance(value, Mapping) and value and value.keys() != {"fr", "en"}:
        return {
            name: text
            for key, item in value.items()
            for name, text in _flat(item, (*path, _label(key, labels)), labels).items()
        }
    if isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        return {
            name: text
            for number, item in enumerate(value, 1)
            for name, text in _flat(item, (*path, _name_of(item, number)), labels).items()
        }
    if value in ("", [], {}, None):
        return {}
    text = value_text(value, current())
    return {" › ".join(path): text if len(text) <= LONGEST else text[:LONGEST] + "…"}


def _label(key: str, labels: Mapping[str, Text]) -> str:
    return labels[key].of(current()) if key in labels else key.replace("_", " ")


def _name_of(item: Any, number: int) -> str:
    """An item is named by what it calls itself, so that one put in between does not rename all that follow."""
    if isinstance(item, Mapping):
        for key in ("ref", "id", "key", "code", "number"):
            if isinstance(item.get(key), str | int) and item[key] != "":
                return str(item[key])
    return str(number)


# ---- a case ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class StepShown:
    """One step of a case: where it stands, who spoke."""

    step: Step
    name: str
    tone: str
    label: Text
    roles: tuple[Text, ...]
    assigned: tuple[str, ...]
    agreed: int
    due: str
    voices: tuple[Shown, ...]
    orphan: bool


def steps_of(case: ApprovalCase) -> list[StepShown]:
    """The steps of a case in the order of the flow, those that do not apply left out."""
    facts = facts_of(case, subject_of(case))
    voices = shown(Decision.objects.filter(case=case).select_related("cell", "case").order_by("pk"))
    open_ids = {step.id for step in rules.open_steps(facts)} if not case.outcome else set()
    orphans = {step.id for step in nobody_left(case, clock.now())} if open_ids else set()
    names = actor_names({uid for uids in case.assigned.values() for uid in uids})
    return [_step(case, facts, step, voices, open_ids, orphans, names) for step in rules.steps(facts)]


def _step(
    case: ApprovalCase,
    facts: rules.Case,
    step: Step,
    voices: list[Shown],
    open_ids: set[str],
    orphans: set[str],
    names: Mapping[str, str],
) -> StepShown:
    tone, label = _step_state(case, facts, step, open_ids)
    return StepShown(
        step,
        step.id,
        tone,
        label,
        tuple(role_label(role) for role in step.roles),
        tuple(names.get(uid, "–") for uid in case.assigned.get(step.id, ())),
        rules.agreed(facts, step),
        case.due.get(step.id, "") if step.id in open_ids else "",
        tuple(one for one in voices if one.decision.step == step.id),
        step.id in orphans,
    )


def _step_state(case: ApprovalCase, facts: rules.Case, step: Step, open_ids: set[str]) -> tuple[str, Text]:
    if any(voice.step == step.id and not voice.approves for voice in facts.voices):
        return "refused", t("refusée", "refused")
    if rules.is_done(facts, step):
        return "ok", t("acquise", "done")
    if case.outcome:
        return "info", t("sans suite", "dropped")
    return (
        ("due", t("ouverte", "open"))
        if step.id in open_ids
        else ("info", t("attend les précédentes", "waits for those before"))
    )


OUTCOMES: Mapping[str, tuple[str, Text]] = {
    "": ("due", t("en cours", "running")),
    "approved": ("ok", t("approuvée", "approved")),
    "rejected": ("refused", t("refusée", "rejected")),
    "cancelled": ("info", t("retirée", "withdrawn")),
}
STALE_CASE = ("due", t("l’objet a changé : à redemander", "the object changed: ask again"))
