"""The ballot as it is typed: fields in, marks for the act out. It weighs nothing and decides nothing; the rules are asked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.http import QueryDict

from opposable.kernel.system import law
from opposable.law import Refused, Rule, Text, t
from opposable.systems.assembly.acts import known
from opposable.systems.assembly.acts.forms import PROXIES, only
from opposable.systems.assembly.acts.voting import content_of, is_bearer
from opposable.systems.assembly.models import Entitlement, Resolution, Voter
from opposable.systems.assembly.rules import proxies, register
from opposable.systems.assembly.rules.figures import number
from opposable.systems.assembly.rules.forms import choices, reception
from opposable.systems.assembly.rules.proxies import blank_choices
from opposable.systems.assembly.rules.words import said

WORDS = ("for", "against", "abstain")
MARK_WORDS = {
    "for": t("Pour", "For"),
    "against": t("Contre", "Against"),
    "abstain": t("Abstention", "Abstain"),
    "split": t("Répartir", "Split"),
    "": t("Sans marque", "No mark"),
}
RELATIONS = {
    "shareholder": t("un autre actionnaire", "another shareholder"),
    "spouse": t("mon conjoint", "my spouse"),
    "civil-partner": t("mon partenaire de PACS", "my civil partner (PACS)"),
    "other": t("une autre personne", "another person"),
}
CONTENT = {
    "surname": t("Nom", "Surname"),
    "given-name": t("Prénom usuel", "Usual first name"),
    "domicile": t("Domicile", "Domicile"),
    "holding-form": t("Forme des titres", "Form of the shares"),
    "quantity": t("Nombre de titres", "Number of shares"),
    "registration": t("Inscrits en compte chez", "Entered in the accounts of"),
    "certificate": t("Attestation de participation", "Certificate of participation"),
    "signature": t("Signature", "Signature"),
}
SET_WORDS = {
    "nominatif": t("nominatif", "registered"),
    "au porteur": t("au porteur", "bearer"),
    "société": t("la société", "the company"),
    "(personne morale)": t("(personne morale)", "(legal person)"),
}
"""The set words among what a form bears."""
_MARK = re.compile(r"r([0-9]{1,9})(?:_(?:for|against|abstain))?", re.ASCII)


@dataclass
class Line:
    """One resolution on the page: what is put to the vote, what this holder may vote, what he has typed, what is wrong with it."""

    row: Resolution
    ballot: Ballot
    excluded: bool
    typed: str
    quantities: dict[str, str]
    error: Text | None = None

    @property
    def name(self) -> str:
        return f"r{self.row.position}"

    @property
    def votes(self) -> int:
        """What this holder may vote on it."""
        return self.ballot.voice.of(self.row.facts().pool).votes

    @property
    def open(self) -> bool:
        """Whether this holder votes it."""
        return bool(self.votes) and not self.excluded

    @property
    def options(self) -> list[tuple[str, Text, bool]]:
        """Value, word, chosen; in the order of the form (R. 225-76)."""
        return [(value, words, value == self.typed) for value, words in MARK_WORDS.items()]

    @property
    def shares(self) -> list[tuple[str, Text, str]]:
        """Field, word and quantity of a split."""
        return [(f"{self.name}_{word}", MARK_WORDS[word], self.quantities[word]) for word in WORDS]

    def mark(self, times: int = 1) -> dict[str, Any]:
        """The mark for the act. What makes no sense is passed on as it came: the rule says so, and the refusal is recorded."""
        given = {word: value for word, value in self.quantities.items() if value}
        mark: dict[str, Any] = {"resolution": self.row.position}
        if times > 1:
            return {**mark, "vote": f"{self.typed} ×{times}"}
        if self.typed == "split" or (not self.typed and given):
            return {**mark, **(given or {"for": ""})}
        if self.typed:
            mark["vote"] = self.typed
        return {**mark, **given}


class Ballot:
    """A voter's ballot: the agenda, his votes, and what came from his browser (``data``; empty on a first visit)."""

    def __init__(self, voter: Voter, data: QueryDict | None = None) -> None:
        self.voter, self.meeting, self.data = voter, voter.meeting, data or QueryDict()
        standing = known.standing(self.meeting)
        self.company: register.Company = standing.company
        self.rows = standing.agenda
        self._items = standing.items
        self.errors: dict[str, Text] = {}

    def rule(self, rule_id: str) -> Rule:
        """The rule of the meeting's day, under the bylaws."""
        return self.company.rule(law(), rule_id, self.meeting.day)

    @cached_property
    def rights(self) -> Entitlement | None:
        """His votes, as the register gives them."""
        return only(Entitlement.objects.filter(meeting=self.meeting, holder=self.voter.holder))

    @property
    def voice(self) -> register.Voice:
        return self.rights.voice() if self.rights else register.Voice()

    # What was typed

    def typed(self, name: str, longest: int = 160) -> str:
        """The last value of a field, without what surrounds it."""
        return str(self.data.get(name, "")).strip()[:longest]

    @property
    def key(self) -> str:
        return self.typed("key", 64)

    @property
    def mode(self) -> str:
        return self.typed("mode", 20) or "vote"

    @property
    def by_proxy(self) -> bool:
        """The whole ballot is a proxy: no mark is read."""
        return self.mode in PROXIES

    @property
    def rest(self) -> str:
        return "" if self.by_proxy else self.typed("rest", 20)

    @property
    def clause(self) -> str:
        return self.typed("new", 20)

    @property
    def proxy_name(self) -> str:
        return self.typed("proxy_name")

    @property
    def names_someone(self) -> bool:
        """A person is to be named somewhere on this ballot."""
        return "proxy-person" in (self.mode, self.rest, self.clause)

    @cached_property
    def lines(self) -> list[Line]:
        """The resolutions in their order."""
        return [self._line(row) for row in self.rows]

    def _line(self, row: Resolution) -> Line:
        name = f"r{row.position}"
        quantities = {word: self.typed(f"{name}_{word}", 40) for word in WORDS}
        typed = self.typed(name, 20) or ("split" if any(quantities.values()) else "")
        return Line(row, self, self.voter.holder.uid in row.excluded, typed, quantities)

    @property
    def unmarked(self) -> list[Line]:
        return [line for line in self.lines if line.open and not line.typed]

    def fill(self, word: str) -> list[Line]:
        """Mark what has no mark. «Pour» leaves alone the drafts that the board did not back: those are read one by one."""
        done = [line for line in self.unmarked if word != "for" or line.row.facts().backed]
        for line in done:
            line.typed = word
        return done

    # For the act

    def content(self) -> dict[str, Any]:
        """The arguments of the act, as they were typed."""
        return {
            "mode": self.mode,
            "marks": [] if self.by_proxy else list(self._marks()),
            "rest": self.rest,
            "new_resolutions": self.clause,
            "proxy_name": self.proxy_name if self.names_someone else "",
            "proxy_relation": self.typed("proxy_relation", 20) if self.names_someone else "",
            "agenda": self.typed("agenda", 64),
            "declared": {name: self.typed(f"d_{name}", 300) for name in self.missing if self.typed(f"d_{name}", 300)},
        }

    def _marks(self) -> Iterator[dict[str, Any]]:
        known = {line.row.position for line in self.lines}
        for line in self.lines:
            yield line.mark(len(self.data.getlist(line.name)))
        found = (_MARK.fullmatch(name) for name in self.data)
        yield from ({"resolution": n} for n in sorted({int(hit[1]) for hit in found if hit} - known))

    # Checked by the same rules as in the act, before it, to speak beside the field

    @cached_property
    def missing(self) -> list[str]:
        """What R. 225-77 wants and the register does not hold: the voter says it."""
        rule = self.rule("assembly.form.received-content")
        held = content_of(self.voter.holder)
        wanted = [*rule.words("fields"), *(["certificate"] if is_bearer(self.voter.holder) else [])]
        return [name for name in wanted if name != "signature" and not held[name]]

    def check(self) -> bool:
        """Whether it may be sent. Fills ``errors`` (field → words), and each line's own."""
        self.errors = {}
        if not self.by_proxy:
            self._check_marks()
        if self.names_someone:
            self._check_person()
        for name in self.missing:
            if not self.typed(f"d_{name}", 300):
                self.errors[f"d_{name}"] = t(
                    "À compléter : le registre ne l’a pas.", "Please complete: the register lacks it."
                )
        if not self.errors and not self.by_proxy and self._says_nothing():
            self.errors["mode"] = t(
                "Ce formulaire ne dit rien : marquez une résolution au moins, ou donnez pouvoir.",
                "This form says nothing: mark one resolution at least, or give a proxy.",
            )
        return not self.errors

    def _says_nothing(self) -> bool:
        return not self.rest and not any(line.typed for line in self.lines)

    def _check_marks(self) -> None:
        rule = self.rule("assembly.form.content")
        for line in self.lines:
            mark = line.mark(len(self.data.getlist(line.name)) or 1)
            try:
                choices.read_choices(rule, [line.row.facts()], self.voice, [mark])
            except Refused as refused:
                line.error = self._words(line, refused)
                self.errors[self._field_of(line)] = line.error

    def _words(self, line: Line, refused: Refused) -> Text:
        head = t("Résolution {n} : ", "Resolution {n}: ").format(n=line.row.position)
        if refused.code == "form.exceeds":
            given = sum(int(value) for value in line.quantities.values() if value)
            return head + EXCEEDS.format(given=number(given), held=number(line.votes))
        return head + MESSAGES[refused.code] if refused.code in MESSAGES else refused.reason

    def _field_of(self, line: Line) -> str:
        return f"{line.name}_for" if any(line.quantities.values()) or line.typed == "split" else line.name

    def _check_person(self) -> None:
        if not self.proxy_name:
            self.errors["proxy_name"] = t("Nommez la personne.", "Name the person.")
        typed = self.typed("proxy_relation", 20)
        try:
            relation: Any = typed or "other"
            members = self.meeting.company.holders.filter(ended=False).count() if self.company.form == "sarl" else 0
            proxies.check_proxy(self.rule("assembly.proxy.who"), self.company, relation, members=members)
        except Refused as refused:
            unsaid = t("Dites qui est cette personne pour vous.", "Say who this person is to you.")
            self.errors["proxy_relation"] = refused.reason if typed else unsaid

    # For the page

    @property
    def relations(self) -> list[tuple[str, Text, bool]]:
        """Who may be a proxy by the law of the day (L. 225-106, L. 22-10-39)."""
        rule = self.rule("assembly.proxy.who")
        may = set(rule.words("persons"))
        if self.company.listed and "listed" in rule.words("anyone_if"):
            may.add("other")
        if rule.param.get("third_party", False):
            may.add("other")
        chosen = self.typed("proxy_relation", 20)
        return [
            (value, said(self.company.form, words), value == chosen)
            for value, words in RELATIONS.items()
            if value in may
        ]

    @property
    def clauses(self) -> list[tuple[str, Text, bool]]:
        """What may be said of new resolutions by the law of the day (R. 225-78, 3°)."""
        offered = self.rule("assembly.form.single-document").words("new_resolutions")
        return [(value, CLAUSES[value], value == self.clause) for value in ("", *offered)]

    @property
    def declared(self) -> list[tuple[str, Text, str, Text | None]]:
        """Field, words, value, error: what the register lacks."""
        return [
            (f"d_{name}", CONTENT[name], self.typed(f"d_{name}", 300), self.errors.get(f"d_{name}"))
            for name in self.missing
        ]

    @cached_property
    def limit(self) -> Any:
        """The last instant, with its rule and working."""
        return reception.limit_of(law(), self.company, self.meeting.day, "electronic", self.meeting.zone)

    def hidden(self) -> list[tuple[str, str]]:
        """Every field as typed, to be sent again from the summary. The key and the agenda go along."""
        return [(name, value) for name in self.data for value in self.data.getlist(name) if name in self._fields()]

    def _fields(self) -> set[str]:
        fixed = {"key", "agenda", "mode", "rest", "new", "proxy_name", "proxy_relation"}
        lines = {f"{line.name}{tail}" for line in self.lines for tail in ("", *(f"_{word}" for word in WORDS))}
        return fixed | lines | {f"d_{name}" for name in self.missing}

    def told(self) -> list[tuple[Line, list[int] | None]]:
        """Each resolution with the votes that the summary announces: for, against, abstain; None where nothing is said."""
        if self.mode in ("proxy-chair", "proxy-blank"):
            items = self._items
            read = blank_choices(self.rule("assembly.proxy.blank"), items, self.voice).value
        elif self.by_proxy:
            read = tuple(None for _ in self.lines)
        else:
            marks = list(self._marks())
            items = self._items
            read = choices.read_choices(self.rule("assembly.form.content"), items, self.voice, marks).value
        return [(line, list(mark) if mark else None) for line, mark in zip(self.lines, read, strict=True)]


CLAUSES = {
    "": t("Ne rien en dire", "Say nothing about them"),
    "abstain": t("M’abstenir", "Abstain"),
    "against": t("Voter contre", "Vote against"),
    "proxy-chair": t("Donner mandat au président de l’assemblée", "Give a mandate to the chair of the meeting"),
    "proxy-person": t("Donner mandat à la personne nommée plus bas", "Give a mandate to the person named below"),
}
EXCEEDS = t("{given} voix réparties, vous en avez {held}.", "{given} votes shared out, you have {held}.")
MESSAGES = {
    "form.quantity": t(
        "écrivez des nombres entiers, en chiffres seulement, comme 1500.",
        "write whole numbers, in digits only, as 1500.",
    ),
    "form.field": t(
        "vous avez choisi une réponse et réparti des voix : gardez l’une ou l’autre.",
        "you chose an answer and split votes too: keep one or the other.",
    ),
    "form.vote": t("réponse inconnue, choisissez-en une.", "unknown answer, choose one."),
}
