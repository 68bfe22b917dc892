"""What somebody held on a day that is past: the register's file of that day, and what moved since. Reads only.

A register imported later says nothing of the day before it: what the accounts held then is in the part ``before`` of its act.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from opposable.kernel import parts
from opposable.law import Refused, day_text, local_day, t
from opposable.systems.assembly.acts.standing import lots_around, transfers_in_force
from opposable.systems.assembly.models import Company, Holder, RegisterImport
from opposable.systems.assembly.rules import register, requests
from opposable.systems.assembly.rules.authors import seasoned
from opposable.systems.assembly.rules.weights import Scale, represented, weigh


@dataclass(frozen=True)
class FileOf:
    """The file that speaks for an instant. ``before``: every account as it was, where later files changed them; else empty."""

    file: RegisterImport | None
    before: dict[str, dict[str, Any]] = field(default_factory=dict)

    def ended(self, holder: Holder) -> bool:
        """Whether an account was closed then, or not open yet."""
        if not self.before:
            return holder.ended
        return holder.uid not in self.before or bool(self.before[holder.uid]["ended"])


def file_of(company: Company, at: datetime) -> FileOf:
    """Find the last file whose day is not after an instant; the first one where none is.

    Refused (code ``register.gone``) when what a later file replaced was erased.
    """
    found = list(company.imports.filter(undone_at=None).order_by("-at", "-pk"))
    day, before = local_day(at, company.zone), {}
    while len(found) > 1 and found[0].effective_on > day:
        later = parts.read_of(found.pop(0), "assembly.register.import", "before")
        if later is None:
            raise _gone(day)
        before = later
    return FileOf(found[0] if found else None, before)


def _gone(day: date) -> Refused:
    return Refused(
        t("Le registre tel qu’il était le {day} n’est plus au dossier.", "The register as it was on {day} is no longer on file.")
        .format(day=day_text(day)),
        None,
        "register.gone",
        facts={"day": day},
    )  # fmt: skip


def told(company: Company) -> QuerySet[Any]:
    """The running accounts, their lots as text."""
    return company.holders.filter(ended=False).annotate(told=Cast("lots", TextField()))


def held_at(law: Any, company: Company, holders: Iterable[Holder], at: datetime) -> dict[str, int]:
    """The shares of the capital that each holder had at an instant, by the register; joint ones are their agent's."""
    wanted = {holder.uid: holder for holder in holders}
    agents = {ref: uid for uid, holder in wanted.items() for ref in holder.represents}
    then = file_of(company, at)
    lots = _all_lots(law, company, then, at) if then.before else _lots_of(law, company, wanted.values(), agents, at)
    found = requests.owned(lots, agents)
    return {uid: found.get(uid, 0) for uid in wanted}


def _lots_of(
    law: Any, company: Company, holders: Iterable[Holder], agents: Iterable[str], at: datetime
) -> Iterable[register.Lot]:
    """Those of a few accounts, with the joint ones that they speak for: the register may hold a hundred thousand."""
    also = Q(pk__in=[holder.pk for holder in holders])
    for ref in agents:
        plain = Q(told__contains=f'"joint_ref": {json.dumps(ref, ensure_ascii=False)}')
        also |= Q(pk__in=told(company).filter(plain | Q(told__contains=f'"joint_ref": {json.dumps(ref)}')).values("pk"))
    return lots_around(law, company, at, also=also)


def _all_lots(law: Any, company: Company, then: FileOf, at: datetime) -> tuple[register.Lot, ...]:
    if then.before:
        accounts = [Holder(uid=uid, lots=one["lots"]) for uid, one in then.before.items() if not one["ended"]]
    else:
        accounts = list(company.holders.filter(ended=False).only("uid", "lots"))
    lots = [lot for account in accounts for lot in account.lot_facts()]
    movements = [row.facts() for row in transfers_in_force(company, then.file)]
    return register.lots_at(law, company.facts(), lots, movements, at)


def votes_at(
    a: Any, company: Company, rule: Any, members: Iterable[Holder], at: datetime
) -> tuple[dict[str, int], int]:
    """The votes of each member by shares registered long enough, by account, and those of the whole company, at an instant."""
    members = list(members)
    lots = _all_lots(a.statutes, company, file_of(company, at), at)
    on = local_day(at, company.zone)
    scale = Scale.at(a.statutes, on, company.facts())
    agents = {ref: holder.uid for holder in members for ref in holder.represents}
    total = sum(weigh(scale, lot, on).value.ordinary.votes for lot in lots)
    held = {holder.uid: 0 for holder in members}
    for lot in seasoned(rule, represented(scale.joint, lots, agents).value, on):
        if lot.holder in held:
            held[lot.holder] += weigh(scale, lot, on).value.ordinary.votes
    return {holder.ref: held[holder.uid] for holder in members}, total
