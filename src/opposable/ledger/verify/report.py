"""What a verification found, and the recorder that every check writes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from opposable.ledger.catalogue import BY_ID, CATALOGUE, Check
from opposable.ledger.errors import LedgerError

UNFORESEEN = "unreadable"
"""Begins the detail of a failure that no parser had foreseen: never right, never fatal."""

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: the check, its name (French), the member concerned, the figures."""

    check_id: str
    name: str
    where: str
    detail: str

    @property
    def check(self) -> Check:
        return BY_ID[self.check_id]

    def as_data(self) -> dict[str, Any]:
        check = self.check
        return {
            "number": check.number,
            "check": check.id,
            "category": check.category,
            "name": {"fr": check.name_fr, "en": check.name_en},
            "means": {"fr": check.means_fr, "en": check.means_en},
            "where": self.where,
            "detail": self.detail,
        }


@dataclass(frozen=True)
class Report:
    """`ok` when nothing failed. `findings` are the failures, `notices` what is not proven or rests on the bundle.

    `performed` counts how often each check was made; `facts` holds what the bundle states and was found to hold:
    log, key, dates, witnesses, numbers.
    """

    findings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    performed: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.findings

    @property
    def failed(self) -> set[str]:
        """Ids of the checks that failed."""
        return {finding.check_id for finding in self.findings}

    def as_data(self) -> dict[str, Any]:
        """The report for programs, JSON-able."""
        checks = [
            {"number": check.number, "check": check.id, "performed": self.performed.get(check.id, 0)}
            for check in CATALOGUE
            if check.level == "failure"
        ]
        return {
            "ok": self.ok,
            "facts": self.facts,
            "findings": [finding.as_data() for finding in self.findings],
            "notices": [notice.as_data() for notice in self.notices],
            "checks": checks,
        }


class Recorder:
    """Takes the outcome of each check and goes on: a verifier reports everything that is wrong."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.notices: list[Finding] = []
        self.performed: Counter[str] = Counter()
        self.facts: dict[str, Any] = {}

    def expect(self, check_id: str, where: str, good: bool, detail: str = "") -> bool:
        """Note one check made, and its failure when not `good`. Returns `good`."""
        self.performed[check_id] += 1
        if not good:
            self.findings.append(Finding(check_id, BY_ID[check_id].name_fr, where, detail))
        return good

    def run(self, check_id: str, where: str, step: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """The result of a step, or None with a failure noted when the ledger refuses it.

        Whatever else a parser raises on hostile bytes is a failure too: a verifier that stops half-way helps nobody.
        """
        try:
            result = step(*args, **kwargs)
        except LedgerError as error:
            self.expect(check_id, where, good=False, detail=str(error))
            return None
        except Exception as error:  # noqa: BLE001 - see above
            self.expect(check_id, where, good=False, detail=f"{UNFORESEEN} ({type(error).__name__}: {error})")
            return None
        self.performed[check_id] += 1
        return result

    def passes(self, check_id: str, where: str, step: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> bool:
        """Whether a step that returns nothing of interest is not refused."""
        before = len(self.findings)
        self.run(check_id, where, step, *args, **kwargs)
        return len(self.findings) == before

    def notice(self, check_id: str, where: str = "", detail: str = "") -> None:
        """Say what is not proven, or on what the answer rests."""
        self.notices.append(Finding(check_id, BY_ID[check_id].name_fr, where, detail))

    def report(self) -> Report:
        return Report(self.findings, self.notices, dict(self.performed), self.facts)
