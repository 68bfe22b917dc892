"""An act while it is being performed: what it reads the law for, what it changes, what it says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings

from opposable.kernel import cited, clock, guards, parts, store
from opposable.kernel.models import Cell, Recorded, new_salt
from opposable.kernel.models.access import may
from opposable.kernel.system import law, retention_classes
from opposable.law import OverrideRefused, Refused, t
from opposable.ledger.act import OBJECTS_PART, Header, digest, encode_header, item_leaf, objects_data

if TYPE_CHECKING:
    from datetime import date, datetime

    from opposable.kernel.actors import Actor
    from opposable.law import Bylaw, Decision, Rule


class Asked:
    """The law as an act asks it, by `at` alone: it remembers for which day each wording was asked.

    A meeting is convened under the law of its own day: whoever checks the act must know that day to see that the rule was in force.
    """

    def __init__(self) -> None:
        self._days: dict[tuple[str, date], date] = {}

    def at(self, rule_id: str, day: date, bylaws: Iterable[Bylaw] = ()) -> Rule:
        """The wording in force on a day, under these bylaws. Raises `NoRuleOnFile`.

        Refused (code ``override``), citing the rule, when the bylaws change what it does not let them change.
        """
        try:
            rule = law().at(rule_id, day, bylaws)
        except OverrideRefused as refused:
            self._days.setdefault((rule_id, (bare := law().at(rule_id, day)).since), day)
            raise Refused(refused.text, bare, "override", facts={"day": day}) from refused
        self._days[rule.id, rule.since] = day
        return rule

    def on(self, rule: Rule) -> date | None:
        """The day for which a wording was asked, if it was."""
        return self._days.get((rule.id, rule.since))


class Acting:
    """Handed to the function of an act. ``now`` is the act's only instant; nothing is written before the function ends."""

    def __init__(self, type_: str, actor: Actor, now: datetime, after: str, kwargs: Mapping[str, Any]) -> None:
        self.type = type_
        self.actor = actor
        self.now = now
        self.after = after
        self.outcome = "done"
        self.entry = ""
        self._about = next((value for value in kwargs.values() if isinstance(value, Recorded)), None)
        self._keep = ""
        self._rule: Rule | None = None
        self._rows: list[Recorded] = []
        self._early: list[Recorded] = []
        self._cited: dict[str, Rule] = {}
        self.statutes = Asked()
        self._parts: dict[str, tuple[Any, str]] = {}
        self._whys: list[dict[str, Any]] = []

    # What the function asks

    def require(self, verb: str, row: Recorded | None = None, *, kind: str = "", cell: Cell | None = None) -> None:
        """Access. Raises `Refused` unless the actor may ``verb`` the row (or any object of ``kind`` in ``cell``)."""
        kind = kind or (row.Evidence.kind if row else "")
        if not may(self.actor, verb, kind, row.cell if row else cell, self.now):
            raise Refused(
                t("Vos habilitations ne permettent pas cet acte.", "Your grants do not allow this act."),
                None,
                "access.denied",
                facts={"verb": verb, "kind": kind},
                lawful=t("Demandez l’habilitation à un administrateur.", "Ask an administrator for the grant."),
            )

    def law(self, rule_id: str, day: date, bylaws: Sequence[Bylaw] = ()) -> Rule:
        """The wording in force on ``day``. Raises `NoRuleOnFile`."""
        return self.statutes.at(rule_id, day, bylaws)

    def read_part(self, act_type: str, row: Recorded, name: str) -> Any:
        """The data of a part of an earlier act on ``row``; None when it was erased."""
        return parts.read_of(row, act_type, name)

    # What the function says

    def about(self, row: Recorded) -> None:
        """The object that a refusal is about, when it is not the first argument."""
        self._about = row

    def cite(self, rule: Rule) -> None:
        """The rule on which the act stands. It is pinned in the header."""
        self._rule = rule
        self._cited[rule.row] = rule

    def why(self, decision: Decision[Any]) -> None:
        """Keep the rule, the facts and the arithmetic of a decision. The first one with a rule is also cited."""
        if self._rule is None and decision.rule is not None:
            self.cite(decision.rule)
        if decision.rule is not None:
            self._cited[decision.rule.row] = decision.rule
        self._whys.append(self._dated(decision.as_data(), decision.rule))

    def record(self, row: Recorded) -> None:
        """Write a new or changed row at the end of the act. The first one is the act's principal object."""
        if row not in self._rows:
            self._rows.append(row)

    def record_before(self, row: Recorded) -> None:
        """Write a changed row before the others, without making it the principal object (it leaves a place that they take)."""
        self._early.append(row)

    def record_many(self, rows: Iterable[Recorded]) -> None:
        """Write many new rows at the end of the act, in bulk."""
        self._rows.extend(rows)

    def part(self, name: str, data: Any, *, keep: str) -> None:
        """A salted, encrypted part of the act, kept as long as its retention class says."""
        if keep not in retention_classes():
            raise LookupError(f"no retention class {keep!r} is declared: add it to the system's apps.py")
        self._parts[name] = (data, keep)

    def keep(self, retention_class: str) -> None:
        """The retention class of the act's header, where it is not that of its principal object."""
        self._keep = retention_class

    def refuse(self, refused: Refused) -> None:
        """The act is refused, yet what it records is kept: a form that came too late stays on file as late."""
        self.outcome = "refused"
        if refused.rule is not None:
            self.cite(refused.rule)
        self._whys.append(self._dated(refused.as_data(), refused.rule))

    def _dated(self, why: dict[str, Any], rule: Rule | None) -> dict[str, Any]:
        day = self.statutes.on(rule) if rule is not None else None
        return {**why, "on": day.isoformat()} if day else why

    def refuse_alone(self, refused: Refused) -> None:
        """Drop the rows that the function had named; keep the parts: they say what was asked and refused."""
        self._rows.clear()
        self._early.clear()
        self.refuse(refused)

    # Writing: in the transaction that the act opened

    def write(self) -> int:
        """Write rows, act and parts. Returns the number of the act's row."""
        early = [store.Change.of(row) for row in self._early]
        changes = [*(store.Change.of(row) for row in self._rows), *early]
        keep = self._keep or self._kept_with()
        parts = self._salted_parts(changes, keep)
        header = self._header(changes, parts, keep)
        data = encode_header(header)
        self.entry = digest(data)
        with guards.writing():
            cited.keep(self._cited)
            return store.write(store.Written(header, data, self.now, changes, len(early), parts))

    def _header(self, changes: list[store.Change], parts: list[store.NewPart], keep: str) -> Header:
        first = changes[0] if changes else None
        return Header(
            log=settings.ORIGIN,
            type=self.type,
            at=clock.utc(self.now),
            actor=self.actor.uid,
            obj=first.obj if first else self._about.uid if self._about else self.actor.uid,
            seq=first.seq if first else 0,
            prev=first.prev if first else "",
            post=first.post if first else "",
            rule=self._rule.pin() if self._rule else None,
            outcome=self.outcome,
            keep=keep,
            after=self.after,
            parts={part.name: part.digest.hex() for part in parts},
            salt=new_salt(),
        )

    def _kept_with(self) -> str:
        row = self._rows[0] if self._rows else self._about
        return row.Evidence.keep if row else "kernel.access"

    def _salted_parts(self, changes: list[store.Change], keep: str) -> list[store.NewPart]:
        given = dict(self._parts)
        if self._rule is not None and all(why["rule"] != self._rule.pin() for why in self._whys):
            self._whys.append(self._dated({"rule": self._rule.pin(), "facts": {}, "trace": []}, self._rule))
        if self._whys:
            given["why"] = (self._whys, keep)
        if len(changes) > 1:
            leaves = [item_leaf(change.obj, change.seq, change.prev, change.post) for change in changes]
            given[OBJECTS_PART] = (objects_data(leaves), keep)
        return [store.NewPart.of(name, data, part_keep) for name, (data, part_keep) in sorted(given.items())]
