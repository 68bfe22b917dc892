"""«Texte consolidé»: the first text and its amendments as one chain, read as it stands on a day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from opposable.law import Refused, t
from opposable.systems.contracts.rules.clauses import Clause

OPS = ("replace", "add", "repeal")


@dataclass(frozen=True)
class Change:
    """One change of an amendment: ``op`` on the clause ``clause.ref``; ``after`` is where an added one goes ("" : at the end)."""

    op: str
    clause: Clause
    after: str = ""


@dataclass(frozen=True)
class Amendment:
    """«Avenant»: number in the chain, first day in force, its changes in order."""

    number: int
    effective_on: date
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Placed:
    """A clause of the consolidated text, and the version (1: the first text) that it comes from."""

    clause: Clause
    version: int


def consolidate(first: Sequence[Clause], amendments: Sequence[Amendment], day: date) -> tuple[Placed, ...]:
    """The text in force on a day: amendments in force by then, in the order of the chain. Raises Refused where one does not fit."""
    text = [Placed(clause, 1) for clause in first]
    for amendment in sorted(amendments, key=lambda one: one.number):
        if amendment.effective_on <= day:
            for change in amendment.changes:
                text = _apply(text, change, amendment.number)
    return tuple(text)


def _apply(text: list[Placed], change: Change, number: int) -> list[Placed]:
    refs = [placed.clause.ref for placed in text]
    new = Placed(change.clause, number)
    if change.op == "add":
        if change.clause.ref in refs:
            raise _unfit(change, t("ce numéro est pris", "this number is taken"))
        if change.after and change.after not in refs:
            raise _unfit(change, t("« {ref} » n’existe pas", "“{ref}” does not exist").format(ref=change.after))
        at = refs.index(change.after) + 1 if change.after else len(text)
        return [*text[:at], new, *text[at:]]
    if change.clause.ref not in refs:
        raise _unfit(change, t("cette clause n’existe pas", "there is no such clause"))
    at = refs.index(change.clause.ref)
    return [*text[:at], *([new] if change.op == "replace" else []), *text[at + 1 :]]


def _unfit(change: Change, why: object) -> Refused:
    return Refused(
        t("L’avenant ne s’applique pas à l’article {ref} : {why}.", "The amendment does not fit clause {ref}: {why}.").format(
            ref=change.clause.ref, why=why
        ),
        None,
        "amendment.unfit",
        facts={"op": change.op, "ref": change.clause.ref},
    )  # fmt: skip
