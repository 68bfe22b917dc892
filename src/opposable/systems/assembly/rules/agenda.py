"""«Ordre du jour» as facts: the resolutions in their order, and the digest that says two agendas are the same."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from opposable.law.plain import canonical
from opposable.systems.assembly.rules.register import Body

Author = Literal["board", "holders"]
ResolutionKind = Literal["draft", "amendment", "new"]


@dataclass(frozen=True, slots=True)
class Resolution:
    """«Résolution»: ``position`` counts from 1; ``excluded`` are the holders who may not vote it (L. 225-40…)."""

    position: int
    body: Body
    author: Author = "board"
    approved_by_board: bool = True
    kind: ResolutionKind = "draft"
    excluded: frozenset[str] = frozenset()
    title: str = ""
    text: str = ""

    @property
    def backed(self) -> bool:
        """Presented or approved by the board: what a blank proxy votes for (L. 225-106)."""
        return self.author == "board" or self.approved_by_board


def agenda_digest(resolutions: Sequence[Resolution]) -> str:
    """Return the SHA-256, in hexadecimal, of the drafts put to the meeting, in their order.

    Amendments and new resolutions come up in the meeting itself: they are not part of the agenda that forms answer.
    """
    drafts = [
        {"position": item.position, "body": item.body, "title": item.title, "text": item.text}
        for item in resolutions
        if item.kind == "draft"
    ]
    return hashlib.sha256(canonical(drafts)).hexdigest()
