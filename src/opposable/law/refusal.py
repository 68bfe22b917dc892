"""What a pure rule answers: a Decision with its why, or Refused with the rule that refuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from opposable.law.plain import plain
from opposable.law.text import Text
from opposable.law.trace import Trace

if TYPE_CHECKING:
    from opposable.law.book import Rule

V_co = TypeVar("V_co", covariant=True)


@dataclass(frozen=True)
class Decision(Generic[V_co]):
    """«Décision»: the answer of a rule with the facts it looked at and the steps that led there."""

    value: V_co
    rule: "Rule | None"
    facts: Mapping[str, object] = field(default_factory=dict)
    trace: Trace = field(default_factory=Trace)

    def as_data(self) -> dict[str, Any]:
        """Return ``{"rule", "facts", "trace"}`` for the part «why»; the value is the caller's own business."""
        return {"rule": _pin(self.rule), "facts": plain(self.facts), "trace": self.trace.as_data()}


class Refused(Exception):
    """«Refus»: the law does not let this be done.

    ``reason`` says why, ``rule`` is the rule that refuses (None when access refuses), ``code`` is a stable short name
    for programs ("late"), ``lawful`` says what remains possible.
    """

    def __init__(
        self,
        reason: Text,
        rule: "Rule | None",
        code: str,
        *,
        facts: Mapping[str, object] | None = None,
        trace: Trace | None = None,
        lawful: Text | None = None,
    ) -> None:
        super().__init__(reason.fr)
        self.reason = reason
        self.rule = rule
        self.code = code
        self.facts: Mapping[str, object] = dict(facts or {})
        self.trace = trace or Trace()
        self.lawful = lawful
        self.receipt: Any = None
        """Where a kernel recorded the refusal: its receipt there."""

    def as_data(self) -> dict[str, Any]:
        """Return the refusal for the part «why»: code, reason, rule pin, facts, trace, what remains lawful."""
        return {
            "code": self.code,
            "reason": self.reason.as_data(),
            "rule": _pin(self.rule),
            "facts": plain(self.facts),
            "trace": self.trace.as_data(),
            "lawful": self.lawful.as_data() if self.lawful else None,
        }


def _pin(rule: "Rule | None") -> dict[str, str] | None:
    return rule.pin() if rule else None
