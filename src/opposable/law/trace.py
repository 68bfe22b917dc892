"""The printed working of a legal date: each step says what was sought, how it was found, and the result."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from opposable.law.text import Text


class Step(NamedTuple):
    """One step: ``what`` is sought, ``how`` it is found (the article and the arithmetic), ``result`` as ISO text."""

    what: Text
    how: Text
    result: str

    def as_data(self) -> dict[str, object]:
        """Return ``{"what": {fr, en}, "how": {fr, en}, "result": str}``."""
        return {"what": self.what.as_data(), "how": self.how.as_data(), "result": self.result}


@dataclass(frozen=True, slots=True)
class Trace:
    """Steps in the order in which they were made; traces are added end to end with ``+``."""

    steps: tuple[Step, ...] = ()

    def __add__(self, other: "Trace") -> "Trace":
        return Trace(self.steps + other.steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def as_data(self) -> list[dict[str, object]]:
        """Return the JSON-able list that goes in an act's part «why»."""
        return [step.as_data() for step in self.steps]

    def render(self, lang: str = "fr") -> str:
        """Return one line a step, for a terminal or a plain-text notice."""
        colon = " :" if lang.startswith("fr") else ":"
        return "\n".join(f"{s.what.of(lang)}{colon} {s.how.of(lang)} → {s.result}" for s in self.steps)
