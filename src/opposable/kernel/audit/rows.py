"""Every recorded row against the last act on it, and every object against its row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from itertools import islice
from typing import Any, Final

import orjson
from django.db import connection

from opposable.kernel import guards
from opposable.kernel.audit.report import Report
from opposable.kernel.audit.seen import Link
from opposable.kernel.audit.stream import Share
from opposable.ledger.act import digest

STEP: Final = 1_000
BATCH: Final = 2_000


def check_rows(share: Share, chain: dict[str, Link], report: Report, progress: Callable[[int], None]) -> None:
    """Recompute the state of every row of the share. What is left in ``chain`` (it is emptied here) has no row any more."""
    report.counts["rows"] += 0
    for model in _with_rows(guards.recorded_models()):
        table, done = model._meta.db_table, 0
        for row in _rows(model, share):
            link = chain.pop(row.uid, None)
            if link is None:
                report.alarm("row.unknown", table, row.pk, f"uid {row.uid}, or its history began with another")
            else:
                _check(table, row, link, report)
            done += 1
            if not done % STEP:
                progress(STEP)
        report.counts["rows"] += done
    for obj, (seq, _, _, act_id, index) in chain.items():
        report.alarm("row.missing", "kernel_act", act_id, f"object {obj}, acts of its history: {seq}", act=index)


def _with_rows(models: list[Any]) -> list[Any]:
    """Those of which a row exists, in one question: nearly all tables of a small installation are empty."""
    tables = [connection.ops.quote_name(model._meta.db_table) for model in models]
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"EXISTS (SELECT 1 FROM {table})" for table in tables))  # noqa: S608
        there = cursor.fetchone()
    return [model for model, found in zip(models, there, strict=True) if found]


def _rows(model: Any, share: Share) -> Iterator[Any]:
    """The rows of a share, with the rows that they refer to: a state names them by their pseudonyms."""
    low, high = share.bounds()
    rows = model._default_manager.order_by("pk")
    if low:
        rows = rows.filter(uid__gte=low)
    if high:
        rows = rows.filter(uid__lt=high)
    found = rows.iterator(BATCH)
    while batch := list(islice(found, BATCH)):
        for field in model._meta.concrete_fields:
            if field.is_relation:
                _refer(batch, field)
        yield from batch


def _refer(batch: list[Any], field: Any) -> None:
    """Give the rows what they refer to: each referred row is made once for all of them, which a join would not do."""
    known = field.remote_field.model._default_manager.in_bulk({getattr(row, field.attname) for row in batch} - {None})
    for row in batch:
        referred = known.get(getattr(row, field.attname))
        if referred is not None:
            field.set_cached_value(row, referred)


def _quick_digest(row: Any, seq: int) -> str:
    """The digest of the state if the state is well-formed, as it was when it was sealed: without looking whether it is."""
    salt = sha256(bytes.fromhex(row.salt) + seq.to_bytes(8, "big")).hexdigest()
    value = {"data": row.whole_state(), "keep": row.Evidence.keep, "salt": salt}
    return sha256(orjson.dumps(value, option=orjson.OPT_SORT_KEYS)).hexdigest()


def _check(table: str, row: Any, link: Link, report: Report) -> None:
    seq, entry, post, _, index = link
    if (row.seq, row.head) != (seq, entry):
        wrong = "seq" if row.seq != seq else "head"
        report.alarm("row.chain", table, row.pk, f"{wrong}: the last act is number {seq}, entry {entry}", act=index)
    try:
        if _quick_digest(row, seq) == post:
            return
        found = digest(row.state_part(seq))
    except Exception as error:  # noqa: BLE001 - whatever a changed column makes a model do
        report.alarm("row.state", table, row.pk, f"{type(error).__name__}: {error}", act=index)
        return
    if found != post:
        report.alarm("row.state", table, row.pk, f"sealed as {post}", act=index)
