"""Rows that come while the database is still at them."""

import pytest
from django.db import DatabaseError
from django.db.models import IntegerField, Value
from django.db.models.functions import Cast

from opposable.kernel import accounts, streams
from opposable.kernel.models import Cell

pytestmark = pytest.mark.django_db


def test_they_are_the_rows_of_the_query(log, monkeypatch):
    accounts.root()
    monkeypatch.setattr(streams, "CHUNK", 2)
    wanted = list(Cell.objects.order_by("pk").values_list("pk", "path"))
    assert wanted
    assert list(streams.tuples(Cell.objects.order_by("pk").values_list("pk", "path"))) == wanted
    assert list(streams.tuples(Cell.objects.filter(path="none").values_list("pk"))) == []
    assert list(streams.tuples(Cell.objects.filter(pk__in=[]).values_list("pk"))) == []


def test_the_connection_is_free_again_when_the_reading_stops_early(log):
    accounts.root()
    rows = streams.tuples(Cell.objects.values_list("pk"))
    next(rows)
    rows.close()
    assert Cell.objects.count() >= 1


@pytest.mark.pg
def test_an_error_is_that_of_django():
    bad = Cell.objects.annotate(n=Cast(Value("x"), IntegerField())).values_list("n")
    with pytest.raises(DatabaseError):
        list(streams.tuples(bad))
