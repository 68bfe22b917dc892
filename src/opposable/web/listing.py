"""Lists: columns, filters as chips, search, keyset paging and export, declared once for each list.

Keyset paging: a page begins after the last row of the one before, wherever new rows came in meanwhile; page 1,000 costs
what page 1 costs. The cursor holds the order values of that row and nothing that the person did not just see.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils.functional import SimpleLazyObject

from opposable.law.text import Text
from opposable.web import bulk as many, saved
from opposable.web.export import export_response
from opposable.web.format import utc_text
from opposable.web.language import current, say, spoken

KINDS = ("text", "number", "date", "instant", "hash", "state", "seal")
EXPORTED_AT_ONCE = 1000


@dataclass(frozen=True)
class Column:
    """One column. ``value(row)`` gives the exact value, for the page and for the export alike; ``href(row)`` links it.

    ``kind``: text, code, number, date, instant, second (an instant whose seconds decide), hash,
    state (value = (tone, Text)) or seal (value = an act).
    ``default`` False: shown when the person asks for it.
    """

    key: str
    label: Text
    value: Callable[[Any], Any]
    kind: str = "text"
    href: Callable[[Any], str] | None = None
    default: bool = True


@dataclass(frozen=True)
class Filter:
    """One row of chips. ``choices``: (value, label) pairs; ``apply(queryset, value)`` narrows the list."""

    key: str
    label: Text
    choices: Sequence[tuple[str, Text]]
    apply: Callable[[QuerySet[Any], str], QuerySet[Any]]


@dataclass(frozen=True)
class Chip:
    """A filter's choice as a link: following it sets the choice, or takes it off when it is set."""

    label: str
    href: str
    current: bool


@dataclass(frozen=True)
class Page:
    """What ``web/kit/list.html`` draws."""

    rows: Sequence[Any]
    columns: Sequence[Column]
    chips: Sequence[tuple[str, Sequence[Chip]]]
    column_chips: Sequence[Chip]
    previous: str
    next: str
    exports: Sequence[tuple[str, str]]
    query: str
    filtered: bool
    hidden: Sequence[tuple[str, str]]
    searchable: bool
    views: Any = None
    bulk: Sequence[many.Bulk] = ()


@dataclass(frozen=True)
class Listing:
    """The declaration. ``order`` are field names with ``-`` for descending; the last one must be unique.

    ``remember`` False: no views of one's own (they cost the page a query). ``prepare(rows)`` gives the rows of a page, or of a part
    of an export, what would cost a query each.
    """

    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    order: Sequence[str] = ("-pk",)
    search: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    size: int = 50
    export_name: str = "opposable"
    views: Sequence[saved.View] = ()
    bulk: Sequence[many.Bulk] = ()
    remember: bool = True
    prepare: Callable[[Sequence[Any]], None] | None = None
    _keys: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_keys", tuple(name.lstrip("-") for name in self.order))

    def narrow(self, request: HttpRequest, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the filters and the search of the address; unknown values are left aside."""
        for item in self.filters:
            value = request.GET.get(item.key, "")
            if value in {choice for choice, _ in item.choices}:
                rows = item.apply(rows, value)
        words = request.GET.get("q", "").replace("\0", " ").strip()
        return self.search(rows, words) if words and self.search else rows

    def page(self, request: HttpRequest, rows: QuerySet[Any]) -> Page:
        """The page that the address asks for; a cursor that cannot be read gives the first page. One query."""
        rows = self.narrow(request, rows)
        after, before = self._cursor(request, rows, "after"), self._cursor(request, rows, "before")
        if before is not None:
            found = list(self._beyond(rows, before, back=True)[: self.size + 1])
            more_before, more_after = len(found) > self.size, True
            found = found[: self.size][::-1]
        else:
            found = list(self._beyond(rows, after, back=False)[: self.size + 1])
            more_before, more_after = after is not None, len(found) > self.size
            found = found[: self.size]
        if self.prepare:
            self.prepare(found)
        return Page(
            rows=found,
            columns=self._shown(request),
            chips=[(spoken(item.label), self._chips(request, item)) for item in self.filters],
            column_chips=self._column_chips(request),
            previous=self._turn(request, "before", found[0]) if found and more_before else "",
            next=self._turn(request, "after", found[-1]) if found and more_after else "",
            exports=[(kind.upper(), _address(request, format=kind)) for kind in ("csv", "xlsx")],
            query=request.GET.get("q", ""),
            filtered=any(request.GET.get(name) for name in ("q", *(item.key for item in self.filters))),
            hidden=[
                (key, str(value)) for key, value in request.GET.items() if key not in ("q", "after", "before", "format")
            ],
            searchable=self.search is not None,
            views=SimpleLazyObject(lambda: saved.views_of(request, self.views)) if self.remember else None,
            bulk=many.offered(request, self.bulk) if self.bulk and found else (),
        )

    def act(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        """The answer when rows were chosen and an act of ``bulk`` asked for; None otherwise. Rows outside the filter are not found."""
        if request.method != "POST" or not self.bulk:
            return None
        ordered = self.narrow(request, rows).order_by(*self.order)
        return many.answer(request, self.bulk, ordered, back=request.get_full_path())

    def export(self, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponseBase | None:
        """The download when the address says ``format=csv`` or ``xlsx``: all rows of the filter, all columns, exact values."""
        kind = request.GET.get("format", "")
        if kind not in ("csv", "xlsx"):
            return None
        lang = current()
        ordered = self.narrow(request, rows).order_by(*self.order)
        lines = ([_exported(column, row, lang) for column in self.columns] for row in self._streamed(ordered))
        header = [spoken(column.label, lang) for column in self.columns]
        return export_response(kind, self.export_name, header, lines, lang)

    def _streamed(self, rows: QuerySet[Any]) -> Iterator[Any]:
        stream = rows.iterator(chunk_size=EXPORTED_AT_ONCE)
        while some := list(islice(stream, EXPORTED_AT_ONCE)):
            if self.prepare:
                self.prepare(some)
            yield from some

    def _beyond(self, rows: QuerySet[Any], cursor: Sequence[Any] | None, *, back: bool) -> QuerySet[Any]:
        """The rows after (or before) a cursor, in the direction of travel."""
        order = [_flip(name) for name in self.order] if back else list(self.order)
        if cursor is not None:
            beyond, equal = Q(), Q()
            for name, value in zip(order, cursor, strict=True):
                key = name.lstrip("-")
                beyond |= equal & Q(**{f"{key}__{'lt' if name.startswith('-') else 'gt'}": value})
                equal &= Q(**{key: value})
            rows = rows.filter(beyond)
        return rows.order_by(*order)

    def _cursor(self, request: HttpRequest, rows: QuerySet[Any], name: str) -> list[Any] | None:
        text = request.GET.get(name, "")
        if not text:
            return None
        try:
            values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            if not isinstance(values, list) or len(values) != len(self._keys):
                return None
            return [_field(rows, key).to_python(value) for key, value in zip(self._keys, values, strict=True)]
        except (ValueError, binascii.Error, ValidationError, FieldDoesNotExist):
            return None

    def _turn(self, request: HttpRequest, name: str, row: Any) -> str:
        values = [_plain(_attribute(row, key)) for key in self._keys]
        cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()
        return _address(request, **{"after": None, "before": None, name: cursor})

    def _chips(self, request: HttpRequest, item: Filter) -> list[Chip]:
        chosen = request.GET.get(item.key, "")
        return [
            Chip(say(label), _address(request, **{item.key: None if value == chosen else value}), value == chosen)
            for value, label in item.choices
        ]

    def _shown(self, request: HttpRequest) -> list[Column]:
        more = set(request.GET.get("columns", "").split(","))
        return [column for column in self.columns if column.default != (column.key in more)]

    def _column_chips(self, request: HttpRequest) -> list[Chip]:
        toggled = set(filter(None, request.GET.get("columns", "").split(",")))
        shown = self._shown(request)
        return [
            Chip(
                spoken(column.label),
                _address(request, columns=",".join(sorted(toggled ^ {column.key})) or None),
                column in shown,
            )
            for column in self.columns[1:]
        ]


def _exported(column: Column, row: Any, lang: str) -> object:
    value = column.value(row)
    if column.kind == "state":
        return say(value[1], lang) if value else ""
    if column.kind == "seal":
        return getattr(value, "index", value)
    return say(value, lang) if isinstance(value, Text) else value


def _address(request: HttpRequest, **changes: str | None) -> str:
    """The same list with changed parameters; a change of filter goes back to the first page."""
    query: QueryDict = request.GET.copy()
    query.pop("format", None)
    if not {"after", "before"} & changes.keys():
        changes = {"after": None, "before": None, **changes}
    for key, value in changes.items():
        query.pop(key, None)
        if value is not None:
            query[key] = value
    return "?" + query.urlencode() if query else request.path


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else "-" + name


def _attribute(row: Any, key: str) -> Any:
    for name in key.split("__"):
        row = getattr(row, name)
    return row


def _field(rows: QuerySet[Any], key: str) -> Any:
    model = rows.model
    *path, last = key.split("__")
    for name in path:
        model = model._meta.get_field(name).related_model
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return utc_text(value)
    return value.isoformat() if isinstance(value, date) else value
