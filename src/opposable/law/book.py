"""Dated rulebooks: rules read from ``law.toml``, asked for by id **and day**, never without a day.

One row a wording in force; the rows of one id never overlap and leave no gap unless a row beside the gap says
``silent = true`` (the law really was silent). Nothing is evaluated: values are data, the formula is in ``rules.py``.

The row of a rule that bylaws may make stricter says which values and which way:
``override = "stricter"`` with ``stricter = { max_days_before = "lower" }``. Directions: ``lower``, ``higher``
(integers, dates, times, and false < true), ``fewer``, ``more`` (lists), ``free``. With ``override = "free"`` any value
that the row declares may change; a clause never adds a value of its own.
"""

import difflib
import hashlib
import itertools
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from opposable.law.errors import BookError, LawError, NoRuleOnFile
from opposable.law.param import Params, check_direction
from opposable.law.rule import Bylaw, Rule, period_text
from opposable.law.text import Text, day_text, join, t

__all__ = ["Book", "Bylaw", "Change", "Law", "Rule", "load_book", "period_text"]

KEYS = {
    "id": str, "fr": str, "en": str, "from": date, "until": date, "cite": list, "seed": str, "checked": date,
    "source": str, "status": str, "silent": bool, "override": str, "stricter": dict, "param": dict, "text": str,
    "note": dict,
}  # fmt: skip
REQUIRED = ("id", "fr", "en", "from", "cite")


class Book:
    """«Recueil»: the rules of one system, read once; ``digest`` is the SHA-256 of the file."""

    def __init__(self, system: str, digest: str, rules: Iterable[Rule], *, complete: bool = False) -> None:
        self.system = system
        self.digest = digest
        self.complete = complete
        self._rules: dict[str, tuple[Rule, ...]] = {}
        for rule in sorted(rules, key=lambda rule: (rule.id, rule.since)):
            self._rules[rule.id] = (*self._rules.get(rule.id, ()), rule)
        for versions in self._rules.values():
            _check_periods(versions)

    @classmethod
    def load(cls, path: Path | str) -> "Book":
        """Read a ``law.toml``; BookError names the row and what is wrong with it."""
        path = Path(path)
        return load_book(path.read_bytes(), str(path))

    def ids(self) -> tuple[str, ...]:
        """Return the rule ids, sorted."""
        return tuple(self._rules)

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        """Return every wording of a rule, oldest first; empty when there is none."""
        return self._rules.get(rule_id, ())

    def at(self, rule_id: str, day: date) -> Rule:
        """Return the wording in force on a day; NoRuleOnFile when there is none: never a guess."""
        if isinstance(day, datetime):
            raise LawError(
                t(
                    "Une règle se demande pour un jour : donnez une date, sans heure.",
                    "A rule is asked for a day: give a date, without a time.",
                )
            )
        for rule in self.versions(rule_id):
            if rule.in_force(day):
                return rule
        raise _no_rule(rule_id, day, self.versions(rule_id), self._rules)


@dataclass(frozen=True)
class Change:
    """What became of one rule between two days: ``before`` or ``after`` is None when no rule was on file."""

    rule_id: str
    before: Rule | None
    after: Rule | None

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of what changed; empty when the rule appeared or went."""
        if self.before is None or self.after is None:
            return ()
        old, new = self.before.as_data(), self.after.as_data()
        return tuple(name for name in old if name not in _DATES and old[name] != new[name])


_DATES = ("from", "until", "checked", "source", "status", "silent")


class Law:
    """«Le droit»: all rulebooks together, asked by rule id and day."""

    def __init__(self, books: Iterable[Book]) -> None:
        self.books = tuple(books)
        self._books: dict[str, Book] = {}
        for book in self.books:
            for rule_id in book.ids():
                if rule_id in self._books:
                    raise BookError(
                        t(
                            "La règle {id} est dans deux recueils : gardez-la dans un seul.",
                            "Rule {id} is in two rulebooks: keep it in one.",
                        ).format(id=rule_id)
                    )
                self._books[rule_id] = book

    @classmethod
    def load(cls, paths: Iterable[Path | str]) -> "Law":
        """Read several ``law.toml``."""
        return cls(Book.load(path) for path in paths)

    def ids(self, prefix: str = "") -> tuple[str, ...]:
        """Return the rule ids under a prefix ("assembly", "assembly.form"), sorted."""
        return tuple(rule_id for rule_id in sorted(self._books) if _under(rule_id, prefix))

    def versions(self, rule_id: str) -> tuple[Rule, ...]:
        """Return every wording of a rule, oldest first."""
        book = self._books.get(rule_id)
        return book.versions(rule_id) if book else ()

    def at(self, rule_id: str, day: date, bylaws: Iterable[Bylaw] = ()) -> Rule:
        """Return the wording in force on a day, under the clauses in force that day.

        NoRuleOnFile when there is none; OverrideRefused when a clause changes what the rule does not let it change.
        """
        book = self._books.get(rule_id)
        if book is None:
            raise _no_rule(rule_id, day, (), self._books)
        return book.at(rule_id, day).under(bylaws, day)

    def find(self, rule_id: str, day: date) -> Rule | None:
        """Return the wording in force on a day, or None: for lists and comparisons, never to decide."""
        return next((rule for rule in self.versions(rule_id) if rule.in_force(day)), None)

    def list(self, prefix: str = "") -> tuple[tuple[Rule, ...], ...]:
        """Return the wordings of every rule under a prefix, rule by rule, oldest first."""
        return tuple(self.versions(rule_id) for rule_id in self.ids(prefix))

    def diff(self, day1: date, day2: date, prefix: str = "") -> tuple[Change, ...]:
        """Return what changed between two days: rules that appeared, went, or have another wording."""
        changes = (Change(rule_id, self.find(rule_id, day1), self.find(rule_id, day2)) for rule_id in self.ids(prefix))
        return tuple(change for change in changes if change.before != change.after)


def load_book(data: bytes, where: str) -> Book:
    """Read the bytes of a ``law.toml``; ``where`` names it in errors."""
    try:
        document = tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BookError(
            t("{where} n’est pas du TOML : {error}.", "{where} is no TOML: {error}.").format(where=where, error=error)
        ) from error
    head = document.get("book", {})
    system = head.get("system") or Path(where).parent.name
    digest = hashlib.sha256(data).hexdigest()
    rules = [
        _rule(row, digest, f"{where}, [[rule]] {number}") for number, row in enumerate(document.get("rule", ()), 1)
    ]
    return Book(system, digest, rules, complete=bool(head.get("complete", False)))


def _rule(row: Mapping[str, Any], digest: str, where: str) -> Rule:
    where = f"{where} ({row.get('id', '?')})"
    _check_shape(row, where)
    _check_meaning(row, where)
    param = Params(row.get("param", {}), row["id"])
    stricter = Params(row.get("stricter", {}), row["id"])
    for name, direction in stricter.items():
        check_direction(name, direction, param.get(name), where)
    checked = row.get("checked")
    return Rule(
        id=row["id"],
        fr=row["fr"],
        en=row["en"],
        since=row["from"],
        until=row.get("until"),
        cite=tuple(row["cite"]),
        seed=row.get("seed"),
        checked=checked,
        source=row.get("source", ""),
        status=row.get("status", "confirmed" if checked else "unconfirmed"),
        silent=row.get("silent", False),
        override=row.get("override", "none"),
        param=param,
        text=row.get("text", ""),
        book=digest,
        layers=(),
        law_param=param,
        stricter=stricter,
        note=_note(row, where),
    )


def _note(row: Mapping[str, Any], where: str) -> Text | None:
    """Return the reader's note of a row: ``note = { fr = "…", en = "…" }``, both or none."""
    note = row.get("note")
    if note is None:
        return None
    if set(note) != {"fr", "en"} or not all(isinstance(words, str) and words for words in note.values()):
        raise _bad(
            where, t("« note » se donne en deux langues, fr et en", "“note” is given in two languages, fr and en")
        )
    return t(note["fr"], note["en"])


def _check_shape(row: Mapping[str, Any], where: str) -> None:
    for name in REQUIRED:
        if not row.get(name):
            raise _bad(where, t("il manque « {name} »", "“{name}” is missing").format(name=name))
    for name, value in row.items():
        if name not in KEYS:
            raise _bad(where, t("clé inconnue « {name} »", "unknown key “{name}”").format(name=name))
        if type(value) is not KEYS[name]:
            raise _bad(where, t("« {name} » est d’un autre type", "“{name}” has the wrong type").format(name=name))
    if not all(isinstance(cite, str) and cite for cite in row["cite"]):
        raise _bad(where, t("« cite » est une liste de textes", "“cite” is a list of texts"))


def _check_meaning(row: Mapping[str, Any], where: str) -> None:
    if row.get("until", date.max) <= row["from"]:
        raise _bad(where, t("la période finit avant de commencer", "the period ends before it begins"))
    if row.get("status", "confirmed") not in {"confirmed", "unconfirmed"}:
        raise _bad(where, t("« status » est confirmed ou unconfirmed", "“status” is confirmed or unconfirmed"))
    override = row.get("override", "none")
    if override not in {"none", "stricter", "free"}:
        raise _bad(where, t("« override » est none, stricter ou free", "“override” is none, stricter or free"))
    if (override == "stricter") != bool(row.get("stricter")):
        raise _bad(
            where,
            t(
                "« stricter » donne le sens de chaque valeur quand override = « stricter », et seulement alors",
                "“stricter” gives the direction of each value when override = “stricter”, and only then",
            ),
        )


def _check_periods(versions: tuple[Rule, ...]) -> None:
    for old, new in itertools.pairwise(versions):
        if old.until is None or new.since < old.until:
            raise _bad(
                new.id,
                t(
                    "deux textes en vigueur le {day} : donnez au premier sa fin (until)",
                    "two wordings in force on {day}: give the first one its end (until)",
                ).format(day=day_text(new.since)),
            )
        if new.since > old.until and not (old.silent or new.silent):
            raise _bad(
                new.id,
                t(
                    "aucun texte entre le {end} et le {start} : comblez le trou, ou écrivez silent = true",
                    "no wording between {end} and {start}: fill the gap, or write silent = true",
                ).format(end=day_text(old.until), start=day_text(new.since)),
            )


def _no_rule(rule_id: str, day: date, versions: tuple[Rule, ...], known: Iterable[str]) -> NoRuleOnFile:
    return NoRuleOnFile(_no_rule_text(rule_id, day, versions, known), rule_id, day)


def _no_rule_text(rule_id: str, day: date, versions: tuple[Rule, ...], known: Iterable[str]) -> Text:
    head = t("Aucune règle au dossier pour {id} le {day}", "No rule on file for {id} on {day}").format(
        id=rule_id, day=day_text(day)
    )
    if versions:
        periods = join((rule.period for rule in versions), ", ")
        return head + t(" ; au dossier : {periods}.", "; on file: {periods}.").format(periods=periods)
    near = difflib.get_close_matches(rule_id, list(known), n=3)
    if near:
        return head + t(" ; règles voisines : {near}.", "; rules of a like name: {near}.").format(near=", ".join(near))
    return head + t(" : cet identifiant n’est dans aucun recueil.", ": this id is in no rulebook.")


def _under(rule_id: str, prefix: str) -> bool:
    return not prefix or rule_id == prefix or rule_id.startswith(prefix.rstrip(".") + ".")


def _bad(where: str, what: Text) -> BookError:
    return BookError(t("{where} : {what}.", "{where}: {what}.").format(where=where, what=what))
