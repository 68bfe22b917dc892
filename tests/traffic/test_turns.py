"""Which end of a lending belongs to which beginning: the columns of NumPy beside the same rules as one statement of the engine."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from opposable.systems.traffic.exchange import pairing, turns

PAIRED = """
WITH told AS (SELECT *, {order} AS moment FROM given WHERE kind <> 3),
numbered AS (
    SELECT *, sum(CASE WHEN kind = 0 THEN 1 ELSE 0 END) OVER lent AS turn
    FROM told
    WINDOW lent AS (PARTITION BY block, public_ip, port, port_last, protocol, inside_ip, inside_port
                    ORDER BY moment, place ROWS UNBOUNDED PRECEDING)
),
joined AS (
    SELECT block, public_ip, port, port_last, protocol, inside_ip, inside_port, turn, kind = 2 AS whole,
           max(subscriber) AS subscriber, max(destination_ip) AS destination_ip, max(destination_port) AS destination_port,
           min(moment) FILTER (kind IN (0, 2)) AS turned, min({at}) FILTER (kind IN (0, 2)) AS created,
           min({late}) FILTER (kind IN (0, 2)) AS created_late, min({at}) FILTER (kind = 1) AS deleted_first,
           min({late}) FILTER (kind = 1) AS deleted, max(until) AS told_end, min(place) AS place, {twice} AS twice
    FROM numbered
    GROUP BY block, public_ip, port, port_last, protocol, inside_ip, inside_port, turn, kind = 2,
             CASE WHEN kind = 2 OR turn = 0 THEN {late} END
),
followed AS (
    SELECT *, lead(created_late) OVER (PARTITION BY block, public_ip, port, protocol ORDER BY turned NULLS FIRST, place) AS next
    FROM joined
)
SELECT coalesce(created, deleted_first) AS "start",
       CASE WHEN whole THEN greatest(told_end, created) WHEN deleted IS NOT NULL THEN deleted
            ELSE greatest(created, coalesce(next, {over})) END AS "end",
       public_ip, port, port_last, protocol, inside_ip, inside_port, subscriber, destination_ip, destination_port, block,
       CASE WHEN whole OR (created IS NOT NULL AND deleted IS NOT NULL) THEN 0 WHEN created IS NULL THEN 2 ELSE 1 END + twice AS inferred
FROM followed ORDER BY "start", place
"""
SURE = {"order": '"at"', "at": "moment", "late": "moment", "twice": "0"}
TWICE = {
    "order": '"order"',
    "at": '"at"',
    "late": "late",
    "twice": """coalesce(max(CASE WHEN late > "at" THEN 4 ELSE 0 END) FILTER (kind IN (0, 2)), 0)
              + coalesce(max(CASE WHEN late > "at" THEN 8 ELSE 0 END) FILTER (kind = 1), 0)""",
}
"""How the words of the question are said where each event has one reading, and where some have two."""
NAMES = ("start", "end", "public_ip", "port", "port_last", "protocol", "inside_ip", "inside_port", "subscriber", "destination_ip",
         "destination_port", "block", "inferred")  # fmt: skip


def events(seed, count, *, instants, ports, in_order, twice=False):
    """Events that meet often: few ports, addresses and instants; some tell both ends, some are no lending, some say who."""
    draw = np.random.default_rng(seed)
    at = 1_790_000_000_000_000 + draw.integers(0, instants, count)
    lent = draw.random(count) < 0.2
    port = draw.integers(1024, 1024 + ports, count)

    def addresses(most):
        return pa.array([bytes(15) + bytes([n]) for n in draw.integers(0, most, count).tolist()], pa.binary(16))

    columns = {
        "kind": draw.choice([0, 0, 0, 1, 1, 1, 2, 3], count), "block": lent, "at": np.sort(at) if in_order else at,
        "until": at + draw.integers(-2, 9, count), "public_ip": addresses(2), "port": port,
        "port_last": np.where(lent, port + draw.integers(0, 2, count), port), "protocol": draw.choice([6, 17], count),
        "inside_ip": addresses(2), "inside_port": draw.integers(0, 2, count),
        "subscriber": pa.array(draw.choice(["", "", "bob", "zoé", "alice"], count).tolist()), "destination_ip": addresses(3),
        "destination_port": draw.integers(0, 3, count),
    }  # fmt: skip
    told = pa.table({name: pa.array(values).cast(pairing.EVENTS.field(name).type) for name, values in columns.items()})
    if not twice:
        return told
    at, hour = told.column("at").to_numpy(), draw.random(count) < 0.5
    order = np.where(hour, at.min(), at)
    return told.append_column("late", pa.array(at + hour * (instants // 2 + 1))).append_column("order", pa.array(order))


@pytest.fixture(scope="module")
def engine():
    with duckdb.connect(config={"threads": 1}) as db:
        yield db


def by(engine, found):
    """The rows of the statement, in the order of `NAMES`."""
    engine.register("given", found.append_column("place", pa.array(range(found.num_rows))))
    twice = "late" in found.column_names
    over = max(found.column("late" if twice else "at").to_pylist())
    rows = engine.execute(PAIRED.format(over=over, **(TWICE if twice else SURE))).fetchall()
    names = [one[0] for one in engine.description]
    return [tuple(dict(zip(names, row, strict=True))[name] for name in NAMES) for row in rows]


@pytest.mark.parametrize(("in_order", "twice"), [(True, False), (False, False), (True, True)])
@pytest.mark.parametrize(
    ("count", "instants", "ports"), [(1, 1, 1), (2, 2, 1), (40, 6, 1), (60, 50, 3), (400, 4_000, 40), (3_000, 90, 900)]
)
def test_turns_are_those_of_the_statement(engine, count, instants, ports, in_order, twice):
    for seed in range(16 if count < 100 else 2):
        found = events([seed, count], count, instants=instants, ports=ports, in_order=in_order, twice=twice)
        halves = pa.concat_tables([found.slice(0, count // 2), found.slice(count // 2)])
        told = turns.paired(halves)
        assert list(zip(*(told.column(name).to_pylist() for name in NAMES), strict=True)) == by(engine, found)


def test_of_nothing_come_no_rows_and_a_port_that_is_none_is_said():
    found = events(1, 8, instants=4, ports=1, in_order=True)
    nothing = found.set_column(0, "kind", pa.array([turns.OTHER] * 8, pa.uint8()))
    assert turns.paired(nothing).num_rows == 0
    with pytest.raises(pa.ArrowInvalid):
        turns.paired(found.set_column(5, "port", pa.array([70_000] * 8, pa.int32())))
