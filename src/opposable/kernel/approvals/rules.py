"""Who may approve now: pure. A flow is data; these few functions say what its steps ask, and of whom."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from opposable.law import Refused, Text, join, t

_KEY = re.compile(r"[a-z][a-z0-9.-]{0,79}")
_STEP = re.compile(r"[a-z][a-z0-9-]{0,39}")
_FACT = re.compile(r"[a-z][a-z0-9_]{0,39}")
_FLOW_KEYS = {"key", "title", "steps", "distinct"}
_STEP_KEYS = {"id", "title", "roles", "quorum", "after", "when", "days"}
MOST_STEPS = 40
OPS = ("==", "!=", ">=", ">", "<=", "<", "in")


@dataclass(frozen=True)
class Condition:
    """«Condition»: one fact compared with one value, as ``amount_cents >= 1000000`` or ``kind in ["erp", "cloud"]``."""

    fact: str
    op: str
    value: Any

    def holds(self, facts: Mapping[str, Any]) -> bool:
        """A fact that was not given makes the condition hold: who forgets an amount does not escape the step."""
        if self.fact not in facts:
            return True
        given = facts[self.fact]
        if self.op == "in":
            return given in self.value
        if self.op in ("==", "!="):
            return (given == self.value) is (self.op == "==")
        return _compare(given, self.op, self.value)


def _compare(given: Any, op: str, value: Any) -> bool:
    """Numbers only; what is no number cannot be below a limit, so the step applies."""
    if isinstance(given, bool) or not isinstance(given, int):
        return True
    return {">=": given >= value, ">": given > value, "<=": given <= value, "<": given < value}[op]


@dataclass(frozen=True)
class Step:
    """«Étape»: ``quorum`` different persons, each bearing one of ``roles``, after the steps ``after``, when all of ``when`` hold.

    ``days``: within so many working days once it opens; 0 for no limit.
    """

    id: str
    title: Text
    roles: tuple[str, ...]
    quorum: int = 1
    after: tuple[str, ...] = ()
    when: tuple[Condition, ...] = ()
    days: int = 0


@dataclass(frozen=True)
class Flow:
    """«Circuit»: steps without ``after`` open at once and run side by side. ``distinct``: one person, one step."""

    key: str
    title: Text
    steps: tuple[Step, ...]
    distinct: bool = True

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Flow:
        """Read a flow from its data. Raises Refused ("flow.wrong") naming the first thing that is wrong."""
        _known(data, _FLOW_KEYS, "flow")
        key = data.get("key")
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise wrong("key", t("un nom comme « contracts.sending »", 'a name like "contracts.sending"'))
        steps = data.get("steps")
        if not isinstance(steps, list) or not 1 <= len(steps) <= MOST_STEPS:
            raise wrong("steps", t("de 1 à {n} étapes", "1 to {n} steps").format(n=MOST_STEPS))
        if not isinstance(data.get("distinct", True), bool):
            raise wrong("distinct", t("true ou false", "true or false"))
        flow = cls(key, _text(data.get("title"), "title"), tuple(map(_step, steps)), data.get("distinct", True))
        _check_order(flow)
        return flow


@dataclass(frozen=True)
class Voice:
    """What one person said at one step; ``principal`` is for whom a delegate spoke, else the person."""

    step: str
    person: str
    principal: str
    approves: bool


@dataclass(frozen=True)
class Person:
    """Who asks to approve: roles held where the object is, and for whom he stands in, with the roles delegated."""

    uid: str
    roles: frozenset[str] = frozenset()
    stands_in: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A case as the rules see it: the facts given when it was opened, who wrote the object, what was said, who was named."""

    flow: Flow
    facts: Mapping[str, Any]
    authors: frozenset[str] = frozenset()
    voices: tuple[Voice, ...] = ()
    assigned: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Capacity:
    """«Qualité»: the role under which somebody may speak, and for whom ("" for himself)."""

    role: str
    principal: str = ""


def steps(case: Case) -> tuple[Step, ...]:
    """The steps that apply to the facts of the case."""
    return tuple(step for step in case.flow.steps if all(condition.holds(case.facts) for condition in step.when))


def agreed(case: Case, step: Step) -> int:
    """How many different persons, and principals, have approved at the step."""
    return len({voice.principal for voice in case.voices if voice.step == step.id and voice.approves})


def is_done(case: Case, step: Step) -> bool:
    return agreed(case, step) >= step.quorum


def open_steps(case: Case) -> tuple[Step, ...]:
    """The steps that may be spoken at now: not done, and everything before them done."""
    applying = {step.id: step for step in steps(case)}
    every = {step.id: step for step in case.flow.steps}

    def reached(step: Step) -> bool:
        # a step that does not apply is passed through to what stands before it
        return all(is_done(case, applying[name]) if name in applying else reached(every[name]) for name in step.after)

    return tuple(step for step in applying.values() if not is_done(case, step) and reached(step))


def complete(case: Case) -> bool:
    """Whether every step that applies is done. A case to which no step applies is never complete: nobody would have decided."""
    applying = steps(case)
    return bool(applying) and all(is_done(case, step) for step in applying)


def capacity(case: Case, step: Step, person: Person) -> Capacity:
    """As what this person may speak at this step now. Raises Refused, with the reason for which he may not."""
    if step not in open_steps(case):
        raise _early(case, step)
    if person.uid in case.authors:
        raise Refused(
            t("Nul n’approuve ce qu’il a lui-même établi.", "Nobody approves what he drew up himself."), None, "approval.self"
        )  # fmt: skip
    spoken = _spoken(case, step)
    if person.uid in spoken:
        raise Refused(
            t("Vous vous êtes déjà prononcé dans cette demande.", "You have already spoken in this case."),
            None,
            "approval.spoken",
        )
    found = _own(case, step, person) or _lent(case, step, person, spoken)
    if found is None:
        raise Refused(
            t("Cette étape revient à : {roles}.", "This step is for: {roles}.").format(roles=join(step.roles)),
            None,
            "approval.role",
            facts={"step": step.id, "roles": list(step.roles)},
        )
    return found


def _own(case: Case, step: Step, person: Person) -> Capacity | None:
    if person.uid in case.assigned.get(step.id, ()):
        return Capacity("")
    held = sorted(person.roles & set(step.roles))
    return Capacity(held[0]) if held else None


def _lent(case: Case, step: Step, person: Person, spoken: set[str]) -> Capacity | None:
    """By delegation: of somebody who may speak himself, that is, no author and not heard yet."""
    for giver, lent in sorted(person.stands_in.items()):
        if giver in case.authors or giver in spoken:
            continue
        held = sorted(lent & set(step.roles))
        if held:
            return Capacity(held[0], giver)
    return None


def _spoken(case: Case, step: Step) -> set[str]:
    """Who may not speak (again): at this step, or anywhere when the flow wants a different person at each."""
    heard = [voice for voice in case.voices if case.flow.distinct or voice.step == step.id]
    return {voice.person for voice in heard} | {voice.principal for voice in heard}


def _early(case: Case, step: Step) -> Refused:
    if step not in steps(case):
        reason = t("Cette étape ne s’applique pas à ce dossier.", "This step does not apply to this case.")
    elif is_done(case, step):
        reason = t("Cette étape est déjà acquise.", "This step is done already.")
    else:
        reason = t("Cette étape attend les précédentes.", "This step waits for those before it.")
    return Refused(reason, None, "approval.step", facts={"step": step.id, "open": [one.id for one in open_steps(case)]})


# ---------------------------------------------------------------- reading a flow


def wrong(where: str, wanted: Text) -> Refused:
    """The refusal of data that are no flow."""
    return Refused(
        t("Circuit illisible, « {where} » : il faut {wanted}.", 'This flow does not read, "{where}": it takes {wanted}.').format(
            where=where, wanted=wanted
        ),
        None,
        "flow.wrong",
        facts={"where": where},
    )  # fmt: skip


def _known(data: Any, keys: set[str], where: str) -> None:
    if not isinstance(data, Mapping):
        raise wrong(where, t("un objet", "an object"))
    strangers = sorted(set(data) - keys)
    if strangers:
        raise wrong(f"{where}.{strangers[0]}", t("seulement : {keys}", "only: {keys}").format(keys=join(sorted(keys))))


def _text(data: Any, where: str) -> Text:
    if (
        not isinstance(data, Mapping)
        or set(data) != {"fr", "en"}
        or not all(isinstance(v, str) and v.strip() for v in data.values())
    ):
        raise wrong(where, t("un texte fr et un texte en", "a text fr and a text en"))
    return Text(data["fr"], data["en"])


def _step(data: Any) -> Step:
    _known(data, _STEP_KEYS, "step")
    name = data.get("id")
    if not isinstance(name, str) or not _STEP.fullmatch(name):
        raise wrong("step.id", t("un nom comme « juriste »", 'a name like "lawyer"'))
    return Step(
        id=name,
        title=_text(data.get("title"), f"{name}.title"),
        roles=_names(data.get("roles"), f"{name}.roles", least=1),
        quorum=_whole(data.get("quorum", 1), f"{name}.quorum", 1, 50),
        after=_names(data.get("after", []), f"{name}.after"),
        when=tuple(_condition(one, name) for one in _list(data.get("when", []), f"{name}.when")),
        days=_whole(data.get("days", 0), f"{name}.days", 0, 366),
    )


def _list(data: Any, where: str) -> list[Any]:
    if not isinstance(data, list) or len(data) > MOST_STEPS:
        raise wrong(where, t("une liste", "a list"))
    return data


def _names(data: Any, where: str, least: int = 0) -> tuple[str, ...]:
    found = _list(data, where)
    if (
        len(found) < least
        or len(set(map(str, found))) < len(found)
        or not all(isinstance(one, str) and one for one in found)
    ):
        raise wrong(where, t("une liste de noms, chacun une fois", "a list of names, each once"))
    return tuple(found)


def _whole(data: Any, where: str, least: int, most: int) -> int:
    if isinstance(data, bool) or not isinstance(data, int) or not least <= data <= most:
        raise wrong(where, t("un entier de {a} à {b}", "a whole number from {a} to {b}").format(a=least, b=most))
    return data


def _condition(data: Any, step: str) -> Condition:
    where = f"{step}.when"
    _known(data, {"fact", "op", "value"}, where)
    fact, op, value = data.get("fact"), data.get("op"), data.get("value")
    if not isinstance(fact, str) or not _FACT.fullmatch(fact) or op not in OPS:
        raise wrong(where, t("fact, op ({ops}), value", "fact, op ({ops}), value").format(ops=" ".join(OPS)))
    simple = isinstance(value, str | int)
    fits = {"in": isinstance(value, list) and bool(value), "==": simple, "!=": simple}
    if not fits.get(op, isinstance(value, int) and not isinstance(value, bool)):
        raise wrong(f"{where}.value", t("une valeur du genre comparé", "a value of the kind compared"))
    return Condition(fact, op, value)


def _check_order(flow: Flow) -> None:
    """Steps are named once, refer to steps that exist, and never in a circle."""
    names = [step.id for step in flow.steps]
    if len(set(names)) < len(names):
        raise wrong("steps", t("des étapes de noms différents", "steps with different names"))
    left = {step.id: set(step.after) for step in flow.steps}
    for step, before in left.items():
        if before - set(names):
            raise wrong(f"{step}.after", t("des étapes du circuit", "steps of the flow"))
    while left:
        free = {step for step, before in left.items() if not before & left.keys()}
        if not free:
            raise wrong(
                "steps",
                t("un ordre sans cercle : {names}", "an order without a circle: {names}").format(
                    names=join(sorted(left))
                ),
            )
        left = {step: before for step, before in left.items() if step not in free}
