"""An act and its leaf against what Django users do for the same row: nothing, simple-history, auditlog."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from datetime import date

from bench.harness import Bench, Figure, Goal, alternate, paired, ratio_at_most

TITLE = "An act and its leaf"
DATABASES = ("sqlite", "postgresql")
PLAIN = "Django save() in atomic()"
VALUES = {
    "ref": "A0001",
    "name": "Marguerite Lefèvre",
    "kind": "person",
    "email": "marguerite@porteurs.example",
    "quantity": 1,
    "since": date(2020, 1, 1),
    "choices": [[120, 0, 0]] * 10,
}


def measure(bench: Bench) -> Iterator[Figure]:
    """New rows, then changed rows: recorded row + part + chain + pending, against each of the others."""
    rounds, each = bench.size(25, 3), bench.size(40, 5)
    for what, works in (("a new row", makers()), ("a changed row", changers())):
        found = alternate(works, rounds=rounds, each=each)
        act = "act"
        for other, goal in (
            (PLAIN, ratio_at_most(1.3)),
            ("django-simple-history", Goal("ratio", most=True, limit=1.0)),
            ("django-auditlog", Goal("ratio", most=True, limit=1.0)),
        ):
            value, base = paired(found, act, other)
            yield Figure(
                f"act, {what}", value * 1e6, "µs", other, base * 1e6, goal,
                again=lambda work=works[act]: [work() for _ in range(300)],
            )  # fmt: skip


def makers() -> dict[str, Callable[[], object]]:
    """Each makes one new row in a transaction of its own."""
    from django.db import transaction

    from bench.rows.acts import make
    from bench.rows.models import Audited, Historied, Plain
    from opposable.kernel import accounts, actors, clock

    system, cell, numbers = actors.system("bench"), accounts.root(), itertools.count(1)

    def values() -> dict[str, object]:
        return {**VALUES, "quantity": next(numbers)}

    def save(model: type) -> Callable[[], object]:
        def work() -> object:
            with transaction.atomic():
                row = model(cell=cell, at=clock.now(), **values())
                row.save()
            return row

        return work

    return {
        PLAIN: save(Plain),
        "act": lambda: make(system, cell=cell, values=values()),
        "django-simple-history": save(Historied),
        "django-auditlog": save(Audited),
    }


def changers() -> dict[str, Callable[[], object]]:
    """Each changes one row of its table in a transaction of its own."""
    from django.db import transaction

    from bench.rows.acts import change
    from opposable.kernel import actors, clock

    system, numbers = actors.system("bench"), itertools.count(1)

    def save(row: object) -> Callable[[], object]:
        def work() -> None:
            with transaction.atomic():
                row.quantity, row.at = next(numbers), clock.now()
                row.save()

        return work

    rows = {name: work() for name, work in makers().items()}
    kept = rows.pop("act").result
    return {
        **{name: save(row) for name, row in rows.items()},
        "act": lambda: change(system, row=kept, quantity=next(numbers)),
    }
