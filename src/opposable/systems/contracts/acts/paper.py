"""The print of a text: the bytes that are approved, then sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from opposable.kernel.documents import Paper, Template
from opposable.law import Text, day_text
from opposable.systems.contracts.models import ContractVersion
from opposable.systems.contracts.rules.clauses import Clause


def paper_of(version: ContractVersion) -> Paper:
    """Kind, title and template of the print."""
    ref = version.contract.ref
    title = Text(f"Contrat {ref}", f"Contract {ref}")  # stays when the file goes: not the contract's own title
    return Paper("contracts.text", title, Template.of("contracts", "contract"), "contracts.file", "", title)


def print_data(version: ContractVersion, text: Sequence[Clause], day: date) -> dict[str, Any]:
    """What the print says: the terms, then the words; of an amendment, its changes and the consolidated text."""
    contract = version.contract
    return {
        "ref": contract.ref,
        "title": contract.title,
        "number": version.number,
        "party": {name: getattr(contract.party, name) for name in ("name", "registration", "address")},
        "governing_law": contract.governing_law,
        "amount_cents": contract.amount_cents,
        "starts_on": day_text(contract.starts_on).fr,
        "effective_on": day_text(version.effective_on).fr,
        "months": contract.months,
        "renewal_months": contract.renewal_months,
        "notice_months": contract.notice_months,
        "notice_days": contract.notice_days,
        "printed_on": day_text(day).fr,
        "clauses": [{"ref": one.ref, "title": one.title, "text": one.text} for one in text],
        "changes": [{"op": one["op"], "after": one["after"], **_words(one["clause"])} for one in version.changes],
    }


def _words(clause: dict[str, Any]) -> dict[str, str]:
    return {name: clause[name] for name in ("ref", "title", "text")}
