"""The register as it stands at an instant: the lots of the last import, and what moved since. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from django.db.models import Q

from opposable.law import instant
from opposable.systems.assembly.models import Company, Holder, RegisterImport, Transfer
from opposable.systems.assembly.rules import register

JUST_AFTER = timedelta(microseconds=1)


def transfers_in_force(company: Company, file: RegisterImport | None = None) -> list[Transfer]:
    """The transfers that the register's file does not already hold, in their order; the last file, or another one.

    A file gives the register as it stands on a day: what took effect before that day is in it, and so is what took effect on
    the day itself and was entered before the file.
    """
    found = company.transfers.select_related("taker", "giver", "company", "cell").order_by("effective_at", "pk")
    rows = list(found)
    last = file or (company.imports.filter(undone_at=None).order_by("-at").first() if rows else None)
    if last is None:
        return rows
    begin = instant(last.effective_on, time(0), company.zone)
    end = instant(last.effective_on + timedelta(days=1), time(0), company.zone)
    return [
        row for row in rows if row.effective_at >= end or (row.effective_at >= begin and row.notified_at >= last.at)
    ]


def lots_of(holders: Iterable[Holder]) -> list[register.Lot]:
    return [lot for holder in holders for lot in holder.lot_facts()]


def lots_around(
    law: register.Statutes,
    company: Company,
    at: datetime,
    *,
    also: Q | None = None,
    more: Iterable[register.Movement] = (),
) -> tuple[register.Lot, ...]:
    """The lots at an instant of every account that a transfer touched, and of those that ``also`` names.

    ``more`` are movements that are being entered. Whoever received shares holds them as lots of his own, and may pass them on.
    Refused (code ``lot-short``) when a movement takes more than its lot holds.
    """
    transfers = transfers_in_force(company)
    touched = {row.giver_id for row in transfers} | {row.taker_id for row in transfers}
    wanted = Q(pk__in=touched) | also if also is not None else Q(pk__in=touched)
    holders = Holder.objects.filter(wanted, company=company).only("uid", "lots")
    movements = [*(row.facts() for row in transfers), *more]
    return register.lots_at(law, company.facts(), lots_of(holders), movements, at)
