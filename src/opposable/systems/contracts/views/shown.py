"""One contract as its page shows it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest

from opposable.kernel import approvals, clock
from opposable.kernel.decisions import state_digest
from opposable.kernel.retention import scrubbed
from opposable.kernel.system import law
from opposable.law import LawError, Refused, Rule, Text, local_day, t
from opposable.systems.contracts.acts.deadlines import TIME
from opposable.systems.contracts.acts.drafting import FLOW, placed_text
from opposable.systems.contracts.exchange.proof import objects_of
from opposable.systems.contracts.models import STAGES, ClauseModel, ContractVersion
from opposable.systems.contracts.models.contract import FLAGS
from opposable.systems.contracts.rules import clauses, terms
from opposable.systems.contracts.rules.clauses import STATES, STRENGTHS
from opposable.web.access import grants_of, paths
from opposable.web.register import story_of

TONES = {"present": "ok", "deviating": "due", "absent": "refused"}


@dataclass(frozen=True)
class Row:
    """One line of the matrix for the page."""

    line: clauses.Line
    tone: str
    label: Text
    strength: Text
    cells: tuple[tuple[clauses.Cell, str, Text], ...]


def rows_of(version: ContractVersion, day: date) -> list[Row]:
    """The matrix of the text with this version, under the law of a day."""
    text = [placed.clause for placed in placed_text(version.contract, version.effective_on, version)]
    return [
        Row(
            line,
            TONES[line.state],
            STATES[line.state],
            STRENGTHS[line.strength],
            tuple((cell, TONES[cell.state], STATES[cell.state]) for cell in line.cells),
        )
        for line in clauses.matrix(version.contract.facts(), text, law(), day)
    ]


def state_of(version: ContractVersion) -> tuple[str, Text]:
    """The word for where a text is: approved is computed, never stored."""
    if version.stage == "submitted":
        gate = approvals.gate(version, FLOW, clock.now())
        if gate.open:
            return "ok", t("approuvé, à envoyer", "approved, to be sent")
        tone = "refused" if gate.code == "approval.rejected" else "due"
        return tone, gate.reason if gate.code != "approval.waiting" else STAGES["submitted"]
    return ("ok" if version.stage in ("sent", "signed") else "info"), STAGES[version.stage]


def context_of(request: HttpRequest, version: ContractVersion) -> dict[str, Any]:
    """Everything the page of a contract shows."""
    contract, day = version.contract, local_day(clock.now())
    gate = approvals.gate(version, FLOW, clock.now())
    last = approvals.last_case(version, FLOW)
    erased = text_erased(version)
    return {
        "contract": contract,
        "erased": erased,
        "keeping": keeping_of(day) if erased or contract.erased else None,
        "version": version,
        "versions": contract.versions.order_by("number"),
        "state": state_of(version),
        "flags": [FLAGS[name] for name, on in contract.flags.items() if on],
        "rows": [] if erased else rows_of(version, day),
        "text": [] if erased else placed_text(contract, version.effective_on, version),
        "deadlines": deadlines_of(version, day),
        "gate": gate,
        "case": last,
        "digest": state_digest(version),
        "dispatches": version.dispatches.order_by("-pk"),
        "signatures": version.signatures.order_by("pk"),
        "obligations": contract.obligations.order_by("due_on"),
        "events": [
            (one, terms.EVENTS[one.kind], terms.VERDICTS[one.verdict]) for one in contract.events.order_by("-on")
        ],
        "editable": version.stage in ("draft", "submitted"),
        "can": can_of(request, version) if not erased else dict.fromkeys(("write", "approve", "export"), False),
        "library": _library(),
        "event_kinds": list(terms.EVENTS.items()),
        "history": story_of([version.uid, *objects_of(version)]),
    }


def text_erased(version: ContractVersion) -> bool:
    """Whether the words of a text, or those of a text that it amends, were erased at the end of their keeping."""
    return any(scrubbed(one) for one in version.contract.versions.filter(number__lte=version.number))


def keeping_of(day: date) -> Rule | None:
    """The rule of the house, as it stands, by which a file was erased."""
    try:
        return law().at("contracts.keeping", day)
    except LawError:
        return None


def can_of(request: HttpRequest, version: ContractVersion) -> dict[str, bool]:
    """What the person may do with this text."""
    kind, held = ContractVersion.Evidence.kind, grants_of(request)
    return {
        verb: any(version.cell.path.startswith(path) for path in paths(held, kind, verb))
        for verb in ("write", "approve", "export")
    }


def _library() -> list[tuple[str, str]]:
    """Keys and titles of the library, each once."""
    return sorted(dict(ClauseModel.objects.order_by("version").values_list("key", "title")).items())


def deadlines_of(version: ContractVersion, day: date) -> list[tuple[terms.Deadline, dict[str, Any]]]:
    try:
        found = terms.deadlines(version.contract.terms(), day, law().at(TIME, day))
    except (LawError, Refused):
        return []
    return [(one, {"rule": one.rule.pin(), "facts": {}, "trace": one.trace.as_data()}) for one in found]
