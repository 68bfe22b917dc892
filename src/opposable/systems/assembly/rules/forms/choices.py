"""What a form says on each resolution: read strictly, weighed by the register and never by the sender."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from opposable.law import Decision, Refused, Rule, Step, Text, Trace, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.register import Voice

Marks = tuple[tuple[int, int, int] | None, ...]
"""In agenda order: (for, against, abstain) in votes, or None where the form is not marked."""
WORDS = ("for", "against", "abstain")
LARGEST = 2**53 - 1
_QUANTITY = re.compile(r"(?:0|[1-9][0-9]{0,15})")


def quantity(value: object) -> int:
    """Return a quantity of votes: a whole number from 0 to 2^53 - 1, given as an integer or as plain ASCII digits.

    ValueError for anything else: signs, decimals, «1e6», spaces, full-width digits, NUL, true and false.
    """
    if isinstance(value, str) and _QUANTITY.fullmatch(value):
        value = int(value)
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise ValueError(f"not a quantity of votes: {value!r}"[:80])
    return value


def read_choices(
    rule: Rule, agenda: Sequence[Resolution], voice: Voice, marks: object, *, splits: bool = True
) -> Decision[Marks]:
    """Read the marks of a form; ``rule`` is assembly.form.content (R. 225-76: each resolution, in the order presented).

    ``marks`` is what came from the sender: one mapping a resolution, ``{"resolution": 3, "vote": "for"}``, or
    ``{"resolution": 3, "for": 30, "against": 15, "abstain": 0}`` to split votes, or ``{"resolution": 3}`` for no mark.
    The votes come from ``voice``; what a split leaves unused is written as an abstention. Refused codes:
    ``form.shape``, ``form.order``, ``form.field``, ``form.vote``, ``form.quantity``, ``form.exceeds``, ``form.split``.
    """
    if (
        not isinstance(marks, Sequence)
        or isinstance(marks, str | bytes)
        or not all(isinstance(m, Mapping) for m in marks)
    ):
        raise _refused(
            rule, "form.shape", t("une marque par résolution est attendue", "one mark a resolution is expected")
        )
    _check_order(rule, agenda, [mark.get("resolution") for mark in marks])
    read = [_Mark(rule, item, voice, mark, splits) for item, mark in zip(agenda, marks, strict=True)]
    choices = tuple(mark.choice() for mark in read)
    steps = tuple(step for mark in read for step in mark.steps)
    return Decision(choices, rule, {"resolutions": len(agenda)}, Trace(steps))


def whole(vote: Literal["for", "against", "abstain"], votes: int) -> tuple[int, int, int]:
    """Return the choice that puts every vote of a holder one way."""
    return (votes if vote == "for" else 0, votes if vote == "against" else 0, votes if vote == "abstain" else 0)


def _check_order(rule: Rule, agenda: Sequence[Resolution], given: list[object]) -> None:
    wanted = [item.position for item in agenda]
    if len(given) == len(wanted) and all(type(g) is int and g == w for g, w in zip(given, wanted, strict=True)):
        return
    raise _refused(
        rule,
        "form.order",
        t(
            "le formulaire répond aux résolutions {given}, l’ordre du jour est {wanted}",
            "the form answers resolutions {given}, the agenda is {wanted}",
        ).format(given=repr(given)[:200], wanted=wanted),
    )


class _Mark:
    """One mark of a form, on one resolution of the agenda."""

    def __init__(self, rule: Rule, item: Resolution, voice: Voice, mark: Mapping[object, object], splits: bool) -> None:
        self.rule, self.item, self.mark, self.splits = rule, item, mark, splits
        self.votes = voice.of(item.pool).votes
        self.steps: tuple[Step, ...] = ()

    def choice(self) -> tuple[int, int, int] | None:
        fields = set(self.mark) - {"resolution"}
        if not fields:
            return None
        if fields == {"vote"}:
            return self._whole()
        if fields <= set(WORDS):
            return self._split()
        raise self._refused(
            "form.field",
            t("champs inattendus : {fields}", "unexpected fields: {fields}").format(
                fields=", ".join(sorted(str(field)[:20] for field in fields - {"vote", *WORDS})) or "vote"
            ),
        )

    def _whole(self) -> tuple[int, int, int]:
        match self.mark["vote"]:
            case "for" | "against" | "abstain" as vote:
                return whole(vote, self.votes)
        raise self._refused("form.vote", t("vote inconnu", "unknown vote"))

    def _split(self) -> tuple[int, int, int]:
        if not self.splits:
            raise self._refused(
                "form.split", t("ce titulaire ne divise pas ses voix", "this holder does not split votes")
            )
        try:
            for_, against, abstain = (quantity(self.mark.get(word, 0)) for word in WORDS)
        except ValueError as error:
            raise self._refused(
                "form.quantity",
                t(
                    "une quantité n’est pas un nombre entier de voix écrit en chiffres simples",
                    "a quantity is not a whole number of votes in plain digits",
                ),
            ) from error
        unused = self.votes - for_ - against - abstain
        if unused < 0:
            raise self._refused(
                "form.exceeds",
                t("{given} voix réparties, {held} détenues", "{given} votes shared out, {held} held").format(
                    given=self.votes - unused, held=self.votes
                ),
            )
        if unused:
            self._note_unused(unused)
        return for_, against, abstain + unused

    def _note_unused(self, unused: int) -> None:
        what = t("Résolution {position} : voix non réparties", "Resolution {position}: votes not shared out")
        how = t("elles comptent comme une abstention", "they count as an abstention")
        self.steps = (Step(what.format(position=self.item.position), how, str(unused)),)

    def _refused(self, code: str, why: Text) -> Refused:
        where = t("résolution {position} : ", "resolution {position}: ").format(position=self.item.position)
        return _refused(self.rule, code, where + why, resolution=self.item.position, votes=self.votes)


def _refused(rule: Rule, code: str, why: Text, **facts: object) -> Refused:
    return Refused(
        t("Formulaire refusé, {why}.", "Form refused, {why}.").format(why=why),
        rule,
        code,
        facts=facts,
        lawful=t(
            "Corrigez le formulaire et envoyez-le de nouveau avant la limite.",
            "Correct the form and send it again before the limit.",
        ),
    )
