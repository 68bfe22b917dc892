"""«Matrice des clauses»: which rule demands which clause of a contract, and where the text has it, says otherwise, or does not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from opposable.law import Decision, Law, Refused, Rule, Text, join, t
from opposable.systems.contracts.rules.points import label_of
from opposable.systems.contracts.rules.words import KINDS

PREFIX = "contracts.clause."
State = Literal["present", "deviating", "absent"]
STATES: dict[str, Text] = {
    "present": t("présente", "present"),
    "deviating": t("s’écarte du modèle", "deviates"),
    "absent": t("absente", "absent"),
}
STRENGTHS: dict[str, Text] = {
    "statute": t("exigé par la loi", "required by law"),
    "case-law": t("exigé par la jurisprudence", "required by the courts"),
    "advice": t("conseil, non une loi", "advice, not a law"),
}
"""What stands behind a rule. What is only advice may be left out, by a deviation that is written, reasoned and approved."""


@dataclass(frozen=True)
class Cover:
    """One point that a clause says it covers, and the words of it that do."""

    point: str
    quote: str


@dataclass(frozen=True)
class Clause:
    """«Clause»: its number in the text, what it says. ``model`` names the library clause it was drawn from, "" for none.

    ``expected`` is the text of that model; ``reason`` why it was changed; ``waives`` the points that it openly leaves out.
    """

    ref: str
    title: str
    text: str
    covers: tuple[Cover, ...] = ()
    model: str = ""
    expected: str = ""
    reason: str = ""
    waives: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether it is not the model's own words any more."""
        return bool(self.model) and self.text.strip() != self.expected.strip()


@dataclass(frozen=True)
class ContractFacts:
    """What of a contract decides which clauses it needs."""

    kind: str
    flags: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Cell:
    """One point of one rule: present, deviating or absent; in which clause, on which line of it, in which words."""

    point: str
    label: Text
    state: State
    ref: str = ""
    line: int = 0
    quote: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Line:
    """One rule of the matrix with its points."""

    rule: Rule
    cells: tuple[Cell, ...]

    @property
    def strength(self) -> str:
        return str(self.rule.param["strength"])

    @property
    def state(self) -> State:
        """The worst of its points."""
        states = {cell.state for cell in self.cells}
        return "absent" if "absent" in states else "deviating" if "deviating" in states else "present"


def demanded(contract: ContractFacts, law: Law, day: date) -> tuple[Rule, ...]:
    """The clause rules that bind this contract on a day, each in its wording of that day."""
    found = (law.find(rule_id, day) for rule_id in law.ids() if rule_id.startswith(PREFIX))
    return tuple(rule for rule in found if rule is not None and _binds(rule, contract))


def _binds(rule: Rule, contract: ContractFacts) -> bool:
    kinds = rule.param["kinds"]
    return ("any" in kinds or contract.kind in kinds) and all(
        contract.flags.get(fact, False) for fact in rule.param["needs"]
    )


def matrix(contract: ContractFacts, clauses: Sequence[Clause], law: Law, day: date) -> tuple[Line, ...]:
    """Every rule that binds, every point of it, and its place in the text."""
    return tuple(
        Line(rule, tuple(_cell(rule, point, clauses) for point in rule.param["points"]))
        for rule in demanded(contract, law, day)
    )


def _cell(rule: Rule, point: str, clauses: Sequence[Clause]) -> Cell:
    label = label_of(point)
    for clause in clauses:
        for cover in clause.covers:
            if cover.point == point and (at := _place(clause.text, cover.quote)):
                state: State = "deviating" if clause.changed else "present"
                return Cell(point, label, state, clause.ref, at, cover.quote, clause.reason)
    for clause in clauses:
        if point in clause.waives:
            return Cell(point, label, "deviating", clause.ref, 1, "", clause.reason)
    return Cell(point, label, "absent")


def _place(text: str, quote: str) -> int:
    """The line, from 1, at which the words of a cover begin; 0 when the text does not have them (any more)."""
    at = text.find(quote) if quote else -1
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def check(contract: ContractFacts, clauses: Sequence[Clause], law: Law, day: date) -> Decision[bool]:
    """The gate before approval: whether the contract deviates anywhere. Refused when a point is absent, or deviates without reason.

    What the law or the courts demand cannot be waived; what is only advice can, by a clause that says so with its reason.
    """
    lines = matrix(contract, clauses, law, day)
    for line in lines:
        gone = [cell.label for cell in line.cells if cell.state == "absent"]
        waived = [cell.label for cell in line.cells if cell.state == "deviating" and not cell.quote]
        if waived and line.strength != "advice":
            raise _refused(
                line, t("on n’y renonce pas : {points}", "it cannot be waived: {points}"), waived, "clause.waived"
            )
        if gone:
            raise _refused(line, t("il manque : {points}", "missing: {points}"), gone, "clause.missing")
        unsaid = [cell.label for cell in line.cells if cell.state == "deviating" and not cell.reason.strip()]
        if unsaid:
            raise _refused(
                line,
                t("écart sans motif : {points}", "deviation without a reason: {points}"),
                unsaid,
                "clause.unreasoned",
            )
    deviates = any(line.state == "deviating" for line in lines) or any(clause.changed for clause in clauses)
    facts = {
        "kind": KINDS.get(contract.kind, contract.kind),
        "rules": [line.rule.label for line in lines],
        "deviation": deviates,
    }
    return Decision(deviates, lines[0].rule if lines else None, facts)


def _refused(line: Line, what: Text, points: Sequence[Text], code: str) -> Refused:
    why = what.format(points=join(points))
    return Refused(
        t("{rule} ({strength}) : {why}.", "{rule} ({strength}): {why}.").format(
            rule=line.rule.label, strength=STRENGTHS[line.strength], why=why
        ),
        line.rule,
        code,
        facts={"points": [label_of(cell.point).as_data() for cell in line.cells if cell.state != "present"]},
        lawful=t(
            "Ajoutez la clause de la bibliothèque, ou complétez la vôtre.",
            "Add the clause of the library, or complete yours.",
        )
        if code == "clause.missing"
        else None,
    )
