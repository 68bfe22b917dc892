"""Lists: keyset pages that neither skip nor repeat, chips, columns, exports."""

import base64
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import pytest
from django.test import RequestFactory

from opposable.kernel.models import Reading
from opposable.law import t
from opposable.web.listing import Column, Filter, Listing

ASK = RequestFactory()
AT = datetime(2026, 3, 29, 13, 0, tzinfo=UTC)

LIST = Listing(
    columns=(
        Column("what", t("Objet", "Object"), lambda row: row.what, href=lambda row: f"/r/{row.pk}/"),
        Column("at", t("Instant", "Instant"), lambda row: row.at, "instant"),
        Column("state", t("État", "State"), lambda _row: ("ok", t("lu", "read")), "state"),
        Column("actor", t("Auteur", "Author"), lambda row: row.actor, "hash", default=False),
    ),
    filters=(
        Filter(
            "parity",
            t("Parité", "Parity"),
            (("even", t("pairs", "even")), ("odd", t("impairs", "odd"))),
            lambda rows, value: rows.filter(obj=value),
        ),
    ),
    order=("-at", "pk"),
    search=lambda rows, words: rows.filter(what__icontains=words),
    size=7,
    export_name="lectures",
)


@pytest.fixture
def rows(db):
    """Forty readings, several in the same instant."""
    made = [
        Reading(at=AT + timedelta(seconds=n // 5), actor="a" * 32, obj="odd" if n % 2 else "even", what=f"=pièce {n}")
        for n in range(40)
    ]
    Reading.objects.bulk_create(made)
    return Reading.objects.all()


def page(query, rows):
    return LIST.page(ASK.get("/list/" + query), rows)


def walk(rows, start="", step="next"):
    seen, query = [], start
    for _ in range(20):
        here = page(query, rows)
        seen.append([row.pk for row in here.rows])
        query = getattr(here, step)
        if not query:
            return seen
    raise AssertionError("the pages do not end")


def test_pages_follow_each_other_without_skip_or_repeat(rows):
    seen = [pk for part in walk(rows) for pk in part]
    assert seen == list(rows.order_by("-at", "pk").values_list("pk", flat=True))


def test_going_back_shows_the_same_pages(rows):
    forth = walk(rows)
    last = "?" + page("", rows).next.lstrip("?")
    for _ in range(len(forth) - 2):
        last = page(last, rows).next
    back = walk(rows, last, "previous")
    assert back[::-1] == forth


def test_new_rows_do_not_shift_the_next_page(rows):
    first = page("", rows)
    Reading.objects.create(at=AT + timedelta(days=1), actor="b" * 32, obj="odd", what="new")
    second = page(first.next, Reading.objects.all())
    assert not {row.pk for row in first.rows} & {row.pk for row in second.rows}
    assert second.rows[0].pk == list(rows.order_by("-at", "pk").values_list("pk", flat=True))[8]


@pytest.mark.parametrize(
    "cursor",
    ["x", "%%%", "W10", base64.urlsafe_b64encode(b'["nope", 3]').decode(), base64.urlsafe_b64encode(b"{}").decode()],
)
def test_a_cursor_that_cannot_be_read_gives_the_first_page(rows, cursor):
    assert [row.pk for row in page(f"?after={cursor}", rows).rows] == walk(rows)[0]


def test_one_page_is_one_query(rows, django_assert_num_queries):
    with django_assert_num_queries(1):
        page("?parity=odd&q=pi", rows)


def test_chips_set_and_take_off_their_filter(rows):
    here = page("?q=pièce&parity=odd&after=x", rows)
    label, chips = here.chips[0]
    assert label == "Parité"
    assert [chip.current for chip in chips] == [False, True]
    assert parse_qs(chips[0].href[1:]) == {"q": ["pièce"], "parity": ["even"]}
    assert parse_qs(chips[1].href[1:]) == {"q": ["pièce"]}
    assert all(row.obj == "odd" for row in here.rows)
    assert here.filtered


def test_an_unknown_filter_value_is_left_aside(rows):
    assert [row.pk for row in page("?parity=;DROP", rows).rows] == walk(rows)[0]


def test_columns_are_chosen_in_the_address(rows):
    assert [column.key for column in page("", rows).columns] == ["what", "at", "state"]
    assert [column.key for column in page("?columns=actor,at", rows).columns] == ["what", "state", "actor"]
    chip = next(chip for chip in page("", rows).column_chips if chip.label == "Auteur")
    assert chip.href == "?columns=actor"


def test_the_export_has_every_row_of_the_filter_every_column_and_exact_values(rows):
    answer = LIST.export(ASK.get("/list/?parity=odd&format=csv&columns=at"), rows)
    lines = answer.getvalue().decode().removeprefix("\ufeff").splitlines()
    assert lines[0] == "Objet;Instant;État;Auteur"
    assert len(lines) == 21
    assert lines[1].startswith("'=pièce 35;2026-03-29T13:00:07Z;lu;aaaa")
    assert LIST.export(ASK.get("/list/?format=exe"), rows) is None
    assert LIST.export(ASK.get("/list/?format=xlsx"), rows).content[:2] == b"PK"
