"""A register of 100,000 holders: read, imported, weighed, and 30 resolutions counted on a form of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bench.harness import Bench, Figure, at_most, median_of, once

TITLE = "A register of 100,000 holders, 30 resolutions"
DATABASES = ("sqlite", "postgresql")
DAY = date(2026, 3, 1)
RESOLUTIONS = 30


def measure(bench: Bench) -> Iterator[Figure]:
    from opposable.demo.register import make_csv

    holders = bench.size(100_000, 2_000)
    data = make_csv(holders, DAY)
    from bench import meeting

    entries = None

    def parse() -> None:
        nonlocal entries
        entries = meeting.parsed(data)

    reading = median_of(3, parse)
    company = meeting.company()
    importing = once(lambda: meeting.import_register(company, entries))
    plain = once(lambda: meeting.plain_rows(entries))
    yield Figure(
        f"register of {holders:,} holders: parse and import", reading + importing, "s",
        "the same rows by Django's bulk_create, nothing checked, nothing recorded", plain, at_most(15),
        note=f"parse {reading:.1f} s, act {importing:.1f} s", again=lambda: (parse(), meeting.import_register(meeting.company(), entries)),
    )  # fmt: skip
    drafted = meeting.drafted(company, RESOLUTIONS)
    convening = once(lambda: meeting.convene(drafted))
    opening = once(lambda: meeting.open_voting(drafted))
    yield Figure(
        f"voting opened: {holders:,} holders weighed, lot by lot", opening, "s", "the same rows by Django's bulk_create", plain,
        note=f"convening, which gives each an access: {convening:.1f} s",
    )  # fmt: skip
    forms = meeting.fill_forms(drafted)
    counting = median_of(3, lambda: meeting.count(drafted))
    naive = median_of(3, lambda: meeting.naive_count(drafted))
    yield Figure(
        f"{forms:,} forms on {RESOLUTIONS} resolutions read and tallied", counting, "s",
        "the rows read, each number added to its column by a Python loop, nothing checked", naive, at_most(2),
        again=lambda: meeting.count(drafted),
    )  # fmt: skip
