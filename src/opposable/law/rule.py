"""One dated rule, with its source and its values, and the bylaws laid over it."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from functools import cached_property
from typing import Any, Literal, TypeVar

from opposable.law.errors import BookError, LawError, OverrideRefused
from opposable.law.param import DIRECTIONS, Params, alike, allowed
from opposable.law.plain import canonical
from opposable.law.text import Text, day_text, t

Override = Literal["none", "stricter", "free"]
Status = Literal["confirmed", "unconfirmed"]
T = TypeVar("T")


def period_text(since: date, until: date | None) -> Text:
    """Write a period in force for people: «du 1er mars 2012 au 10 octobre 2024 inclus», «depuis le 1er mars 2012»."""
    if until is None:
        return t("depuis le {since}", "since {since}").format(since=day_text(since))
    return t("du {since} au {last} inclus", "from {since} to {last} inclusive").format(
        since=day_text(since), last=day_text(date.fromordinal(until.toordinal() - 1))
    )


@dataclass(frozen=True)
class Bylaw:
    """«Clause des statuts»: a dated change of the values of one rule, by the bylaws or by a policy.

    ``since`` inclusive, ``until`` exclusive; ``article`` says where it is written, ``text`` is its exact wording;
    ``layer`` names the document ("bylaws", "policy"): two clauses of one layer never set one value on the same day.
    """

    rule_id: str
    since: date
    until: date | None
    param: Mapping[str, Any]
    article: str
    text: str = ""
    layer: str = "bylaws"

    def __post_init__(self) -> None:
        object.__setattr__(self, "param", Params(self.param, self.rule_id))
        if self.until is not None and self.until <= self.since:
            raise LawError(
                t(
                    "La clause « {article} » finit avant de commencer : corrigez ses dates.",
                    "The clause “{article}” ends before it begins: correct its dates.",
                ).format(article=self.article)
            )

    def in_force(self, day: date) -> bool:
        """Tell whether the clause applies on that day."""
        return self.since <= day and (self.until is None or day < self.until)

    def as_data(self) -> dict[str, Any]:
        """Return the clause under the names of the rulebook (``from``, ``until``…), for JSON."""
        return {
            "rule": self.rule_id,
            "layer": self.layer,
            "from": self.since,
            "until": self.until,
            "param": self.param,
            "article": self.article,
            "text": self.text,
        }


@dataclass(frozen=True)
class Rule:
    """«Règle»: one wording in force over a period, from a rulebook, with the clauses laid over it.

    ``since`` is the first day in force, ``until`` the first day no longer in force (None: still in force).
    ``param`` holds the values that apply, ``law_param`` those of the law before any clause.
    ``book`` is the SHA-256 of the whole rulebook file, in hexadecimal. ``note`` warns the reader (doubts on the source,
    two texts at odds); it decides nothing.
    """

    id: str
    fr: str
    en: str
    since: date
    until: date | None
    cite: tuple[str, ...]
    seed: str | None
    checked: date | None
    source: str
    status: Status
    silent: bool
    override: Override
    param: Mapping[str, Any]
    text: str
    book: str
    layers: tuple[Bylaw, ...]
    law_param: Mapping[str, Any]
    stricter: Mapping[str, str]
    note: Text | None = None

    def __hash__(self) -> int:
        return hash((self.id, self.since, self.book))

    @property
    def label(self) -> Text:
        """What the rule is about, in both languages."""
        return Text(self.fr, self.en)

    @property
    def confirmed(self) -> bool:
        """A person has read the text in force, and nothing in the row is from memory."""
        return self.status == "confirmed" and self.checked is not None

    @property
    def period(self) -> Text:
        """The period in force, for people."""
        return period_text(self.since, self.until)

    def in_force(self, day: date) -> bool:
        """Tell whether the wording applies on that day."""
        return self.since <= day and (self.until is None or day < self.until)

    def number(self, name: str) -> int:
        """Return an integer value (days, thousandths, shares); BookError when it is missing or something else."""
        return self._typed(name, int)

    def flag(self, name: str) -> bool:
        """Return a boolean value; BookError when it is missing or something else."""
        return self._typed(name, bool)

    def word(self, name: str) -> str:
        """Return a text value; BookError when it is missing or something else."""
        return self._typed(name, str)

    def day(self, name: str) -> date:
        """Return a date value; BookError when it is missing or something else."""
        return self._typed(name, date)

    def time(self, name: str) -> time:
        """Return a clock-time value; BookError when it is missing or something else."""
        return self._typed(name, time)

    def words(self, name: str) -> tuple[Any, ...]:
        """Return a list value; BookError when it is missing or something else."""
        return self._typed(name, tuple)

    def _typed(self, name: str, kind: type[T]) -> T:
        value = self.param.get(name)
        if type(value) is not kind:
            raise BookError(
                t(
                    "La règle {id} ne donne pas « {name} » comme {kind} : complétez sa ligne dans le recueil.",
                    "Rule {id} gives no “{name}” of type {kind}: complete its row in the rulebook.",
                ).format(id=self.id, name=name, kind=kind.__name__)
            )
        return value

    def as_data(self) -> dict[str, Any]:
        """Return the row under the names of the rulebook, every key present, with the clauses in ``layers``."""
        return {
            "id": self.id,
            "fr": self.fr,
            "en": self.en,
            "from": self.since,
            "until": self.until,
            "cite": self.cite,
            "seed": self.seed,
            "checked": self.checked,
            "source": self.source,
            "status": self.status,
            "silent": self.silent,
            "override": self.override,
            "stricter": dict(self.stricter),
            "param": self.law_param,
            "text": self.text,
            "note": self.note.as_data() if self.note else None,
            "layers": [layer.as_data() for layer in self.layers],
        }

    def canonical(self) -> bytes:
        """Return the row as canonical JSON: the bytes of ``rules/<id>.json`` in a bundle."""
        return canonical(self.as_data())

    @cached_property
    def row(self) -> str:
        """SHA-256 of the canonical row, in hexadecimal."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def pin(self) -> dict[str, str]:
        """Return what an act keeps of the rule: ``{"id", "from", "book", "row"}``."""
        return {"id": self.id, "from": self.since.isoformat(), "book": self.book, "row": self.row}

    def under(self, bylaws: Iterable[Bylaw], day: date) -> "Rule":
        """Return the rule with the clauses in force that day laid over it in their order, or OverrideRefused."""
        layers = tuple(bylaw for bylaw in bylaws if bylaw.rule_id == self.id and bylaw.in_force(day))
        if not layers:
            return self
        self._refuse_two_voices(layers, day)
        param = Params(self.param)
        for layer in layers:
            param = param.changed({name: self._let(layer, name, param) for name in layer.param})
        return replace(self, param=param, layers=self.layers + layers)

    def _refuse_two_voices(self, layers: tuple[Bylaw, ...], day: date) -> None:
        seen: dict[tuple[str, str], str] = {}
        for layer in layers:
            for name in layer.param:
                if (other := seen.get((layer.layer, name))) is not None:
                    raise self._refused(
                        t(
                            "« {one} » et « {two} » fixent tous deux « {name} » le {day} : mettez fin à l’une d’elles.",
                            "“{one}” and “{two}” both set “{name}” on {day}: end one of them.",
                        ).format(one=other, two=layer.article, name=name, day=day_text(day))
                    )
                seen[layer.layer, name] = layer.article

    def _let(self, layer: Bylaw, name: str, now: Mapping[str, Any]) -> object:
        """Return the value the clause sets, if the rule lets it."""
        way = {"none": None, "free": "free", "stricter": self.stricter.get(name)}[self.override]
        if way is None or name not in now:
            raise self._refused(
                t(
                    "« {article} » ne peut pas changer « {name} » ; {may}.",
                    "“{article}” may not change “{name}”; {may}.",
                ).format(article=layer.article, name=name, may=self._may())
            )
        try:
            value = alike(now[name], layer.param[name])
        except (TypeError, ValueError) as error:
            raise self._refused(
                t(
                    "« {article} » donne à « {name} » la valeur {value!r}, qui n’est pas du même genre que {now!r} :"
                    " corrigez-la.",
                    "“{article}” gives “{name}” the value {value!r}, which is not of the kind of {now!r}: correct it.",
                ).format(article=layer.article, name=name, value=layer.param[name], now=now[name])
            ) from error
        if not allowed(way, now[name], value):
            raise self._refused(
                t(
                    "« {article} » porte « {name} » de {now} à {value}, alors que cette valeur {way}.",
                    "“{article}” takes “{name}” from {now} to {value}, but this value {way}.",
                ).format(article=layer.article, name=name, now=now[name], value=value, way=DIRECTIONS[way])
            )
        return value

    def _may(self) -> Text:
        if self.override == "none":
            return t("la règle ne se déroge pas", "the rule admits no change")
        names = ", ".join(self.stricter if self.override == "stricter" else self.param) or "—"
        return t("la règle laisse changer : {names}", "the rule lets change: {names}").format(names=names)

    def _refused(self, why: Text) -> OverrideRefused:
        head = t("Règle {id} ({cite}) : ", "Rule {id} ({cite}): ").format(id=self.id, cite=" ; ".join(self.cite))
        return OverrideRefused(head + why, self.id)
