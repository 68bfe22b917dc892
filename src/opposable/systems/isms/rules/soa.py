"""«Déclaration d’applicabilité» (SoA): a line for each identifier, decided, with its reasons and its justification.

ISO/IEC 27001:2022 6.1.3 d wants inclusions and exclusions justified; the 2005 edition (4.2.1 j) wants the exclusions and why.
"""

from __future__ import annotations

from dataclasses import dataclass

from opposable.law import t

REASONS = {
    "LR": t("obligation légale", "legal requirement"),
    "CO": t("obligation contractuelle", "contractual obligation"),
    "BR": t("besoin de l’activité", "business requirement"),
    "BP": t("bonne pratique", "best practice"),
    "RRA": t("résultat de l’appréciation des risques", "result of the risk assessment"),
}
STATUSES = {
    "implemented": t("en place", "implemented"),
    "partial": t("en partie", "partly"),
    "planned": t("prévue", "planned"),
    "alternative": t("autrement", "by other means"),
}
OUT = "not-applicable"


@dataclass(frozen=True)
class Line:
    """One line of a statement. ``applicable`` is None while nobody decided."""

    requirement: str
    applicable: bool | None = None
    reasons: tuple[str, ...] = ()
    justification: str = ""
    status: str = ""
    owner: str = ""
    controls: tuple[str, ...] = ()

    def as_data(self) -> dict[str, object]:
        """The line as a decision on the statement commits to it."""
        return {
            "requirement": self.requirement,
            "applicable": self.applicable,
            "reasons": list(self.reasons),
            "justification": self.justification,
            "status": self.status,
            "owner": self.owner,
            "controls": list(self.controls),
        }


def changes(before: dict[str, Line], after: dict[str, Line]) -> list[tuple[str, Line | None, Line | None]]:
    """What differs between two versions: (identifier, line before, line after), in the order of the later one."""
    order = [*after, *(one for one in before if one not in after)]
    return [(one, before.get(one), after.get(one)) for one in order if before.get(one) != after.get(one)]
