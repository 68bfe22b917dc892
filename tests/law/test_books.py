"""Every rulebook of the tree, the same checks: identifiers, languages, citations, periods, and use by the code."""

import ast
import itertools
import re
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from opposable.law import Book, Law, NoRuleOnFile
from opposable.law.citation import parse

SOURCE = Path(__file__).resolve().parents[2] / "src" / "opposable"
PATHS = sorted(SOURCE.rglob("law.toml"))
BOOKS = [Book.load(path) for path in PATHS]
every_book = pytest.mark.parametrize("book", BOOKS, ids=[book.system for book in BOOKS])
MEMORY = re.compile(r"\b(memory|mémoire)\b")
ASKING = {"law", "at", "rule", "find"}  # a.law("…"), LAW.at("…"), facts.rule("…"), law.find("…")


@cache
def trees():
    """Every module of the tree but the law package, as (path, syntax tree)."""
    paths = [path for path in SOURCE.rglob("*.py") if path.relative_to(SOURCE).parts[0] != "law"]
    return [(path, ast.parse(path.read_text("utf-8"))) for path in paths if "migrations" not in path.parts]


@cache
def literals():
    """Every string in the code, and the fixed beginnings of its f-strings."""
    whole, beginnings = set(), set()
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
                beginnings.add(str(node.values[0].value))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                whole.add(node.value)
    return whole, beginnings


@cache
def asked():
    """Rule ids asked for by name in the code: ``{id: "file:line"}``."""
    found = {}
    for path, tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if (
                name in ASKING
                and isinstance(first, ast.Constant)
                and re.fullmatch(r"[a-z]+(\.[a-z-]+)+", str(first.value))
            ):
                found.setdefault(first.value, f"{path.relative_to(SOURCE)}:{node.lineno}")
    return found


def rules(book):
    return [rule for rule_id in book.ids() for rule in book.versions(rule_id)]


def test_there_is_a_book_and_all_load_together():
    assert BOOKS
    assert Law(BOOKS).ids()


@every_book
def test_ids_begin_with_the_system(book):
    shape = re.compile(rf"{book.system}(\.[a-z0-9]+(-[a-z0-9]+)*)+")
    assert [rule_id for rule_id in book.ids() if not shape.fullmatch(rule_id)] == []


@every_book
def test_periods_do_not_overlap_and_gaps_are_declared(book):
    for rule_id in book.ids():
        versions = book.versions(rule_id)
        for old, new in itertools.pairwise(versions):
            assert old.until is not None
            assert old.until <= new.since
            assert old.until == new.since or old.silent or new.silent, rule_id


@every_book
def test_both_languages_are_there_and_differ(book):
    assert [rule.id for rule in rules(book) if not rule.fr.strip() or not rule.en.strip() or rule.fr == rule.en] == []


@every_book
def test_citations_parse(book):
    for rule in rules(book):
        assert rule.cite
        for cite in rule.cite:
            parse(cite)


@every_book
def test_a_confirmed_row_was_read_in_force(book):
    confirmed = [rule for rule in rules(book) if rule.status == "confirmed"]
    assert [rule.id for rule in confirmed if rule.checked is None or not rule.source] == []
    assert [rule.id for rule in rules(book) if rule.checked and rule.checked < rule.since] == []


@every_book
def test_a_row_that_rests_on_memory_is_never_confirmed(book):
    """Neither its words nor one of its days: a day that was read names the note or the journal that gives it."""
    assert [(rule.id, rule.since) for rule in rules(book) if rule.confirmed and MEMORY.search(rule.source)] == []


@every_book
def test_each_pin_is_unique(book):
    rows = [rule.pin()["row"] for rule in rules(book)]
    assert len(set(rows)) == len(rows)


@every_book
@given(data=st.data())
def test_at_is_total_on_what_is_declared_and_right_at_both_bounds(book, data):
    rule = data.draw(st.sampled_from(rules(book)))
    last = rule.until - timedelta(days=1) if rule.until else date(2200, 1, 1)
    day = data.draw(st.dates(rule.since, last))
    for inside in (day, rule.since, last):
        assert book.at(rule.id, inside) is rule
    for outside in (rule.since - timedelta(days=1), rule.until):
        if outside is None:
            continue
        other = [version for version in book.versions(rule.id) if version.in_force(outside)]
        if other:
            assert book.at(rule.id, outside) is other[0] is not rule
        else:
            with pytest.raises(NoRuleOnFile):
                book.at(rule.id, outside)


@every_book
def test_every_rule_asked_for_by_the_code_is_on_file(book):
    ours = {rule_id: where for rule_id, where in asked().items() if rule_id.split(".")[0] == book.system}
    assert ours
    assert {rule_id: where for rule_id, where in ours.items() if not book.versions(rule_id)} == {}


@every_book
def test_a_book_is_complete_when_the_code_uses_every_rule(book):
    whole, beginnings = literals()
    head = f"{book.system}."
    openings = tuple(begin for begin in beginnings if begin.startswith(head) and begin != head)
    # f"assembly.{name}" says nothing by itself: the rest of the id must then stand somewhere as a string.
    named = whole | {head + text for text in whole} if head in beginnings else whole
    unused = [rule_id for rule_id in book.ids() if rule_id not in named and not rule_id.startswith(openings)]
    if book.complete:
        assert unused == []
    else:
        assert unused, "every rule is used: write complete = true under [book]"
