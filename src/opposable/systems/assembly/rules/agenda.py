"""«Ordre du jour» as facts: the resolutions in their order, and the digest that says two agendas are the same."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from opposable.law import Decision, Refused, Rule, t
from opposable.law.plain import canonical
from opposable.systems.assembly.rules.register import Body, Pool

Author = Literal["board", "holders", "committee"]
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
    matter: str = ""
    """What the law decides by a majority of its own ("seat", "reserves"…); empty: the ordinary rule of the body."""

    @property
    def pool(self) -> Pool:
        """Whose votes count on it: its body's, or those on the allocation of profits (C. civ., 1844)."""
        return "profits" if self.matter == "profits" else self.body

    @property
    def backed(self) -> bool:
        """Presented or approved by the board: what a blank proxy votes for (L. 225-106)."""
        return self.author == "board" or self.approved_by_board


def check_withdrawal(rule: Rule, resolution: Resolution) -> Decision[bool]:
    """Decide whether a draft may be withdrawn once the notice was sent: the board's own, not that of the holders.

    ``rule`` is assembly.agenda.holders-drafts (R. 225-74): drafts of holders «sont soumis au vote de l'assemblée». Nothing
    makes a meeting vote what its author no longer presents. Refused code: ``resolution.holders-draft``.
    """
    facts = {"position": resolution.position, "author": resolution.author, "kind": resolution.kind}
    if resolution.author == "board" or resolution.kind != "draft" or not rule.flag("put_to_vote"):
        return Decision(True, rule, facts)
    raise Refused(
        t(
            "Un projet inscrit à la demande d’autres que le conseil est soumis au vote de l’assemblée.",
            "A draft put on the agenda at the request of others than the board is put to the vote of the meeting.",
        ),
        rule,
        "resolution.holders-draft",
        facts=facts,
        lawful=t(
            "Mettez-le aux voix ; si ses auteurs le retirent, portez-le sur leur demande.",
            "Put it to the vote; if its authors withdraw it, enter that on their request.",
        ),
    )


def agenda_digest(resolutions: Sequence[Resolution]) -> str:
    """Return the SHA-256, in hexadecimal, of the drafts put to the meeting, in their order.

    Amendments and new resolutions come up in the meeting itself: they are not part of the agenda that forms answer.
    """
    drafts = [
        {"position": item.position, "body": item.body, "title": item.title, "text": item.text}
        | ({"matter": item.matter} if item.matter else {})
        for item in resolutions
        if item.kind == "draft"
    ]
    return hashlib.sha256(canonical(drafts)).hexdigest()
