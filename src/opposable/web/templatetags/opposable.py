"""``{% load opposable %}``: the words, numbers, dates, seals and whys of every page.

docs/reference/page-kit.md lists them with examples.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from opposable.kernel.models import Decision
from opposable.law.text import DAYS_EN, DAYS_FR, Text
from opposable.web import board as boards, charts, diffs, drawing, format as words, marks, months
from opposable.web.decided import Shown, shown
from opposable.web.language import current, say, spoken
from opposable.web.listing import Column
from opposable.web.search import named_elsewhere
from opposable.web.why import value_text, whys_of

register = template.Library()

CALLOUT_ICONS = {"ok": "check", "due": "alert", "refused": "cross", "": "dot"}


# ---- words -----------------------------------------------------------------------------------------------------------


@register.simple_tag(name="t")
def t_tag(fr: str | Text, en: str | None = None, **values: object) -> SafeString:
    """``{% t "Il reste {n} voix" "{n} votes left" n=votes %}`` or ``{% t some_text %}``; values are escaped."""
    text = spoken(fr if en is None else Text(str(fr), en))
    if not values:
        return mark_safe(escape(text))  # noqa: S308 — escaped
    shown = {
        name: conditional_escape(value if isinstance(value, SafeString) else say(value))
        for name, value in values.items()
    }
    return mark_safe(escape(text).format(**shown))  # noqa: S308 — both sides escaped


@register.filter(name="say")
def say_filter(value: object) -> str:
    """``{{ rule.label|say }}``: a `Text` in the language of the page."""
    return say(value)


@register.filter
def number(value: int | Decimal | str | None) -> str:
    """``{{ votes|number }}``: 1 234 567."""
    return words.number_text(value, current())


@register.filter
def money(cents: int) -> str:
    """``{{ capital_cents|money }}``: 1 234,56 €."""
    return words.money_text(cents, current())


@register.simple_tag
def percent(part: int, whole: int, places: int = 2) -> str:
    """``{% percent for_ cast %}``: 66,66 %, cut and never rounded."""
    return words.percent_text(part, whole, current(), places)


@register.filter
def value(item: object) -> str:
    """Any stored value for people: instants, dates, numbers, yes and no, texts."""
    return value_text(item, current())


# ---- times and marks: see opposable.web.marks -----------------------------------------------------------------------

register.simple_tag(marks.legal_time)
register.filter("instant", marks.instant_filter)
register.filter("utc", marks.utc)
register.filter("day", marks.day)
register.simple_tag(marks.legal_date)
register.simple_tag(marks.countdown)
register.simple_tag(marks.due_hour)
register.simple_tag(marks.due_time)
register.filter(marks.authority)
register.filter(marks.rule_name)
register.simple_tag(marks.icon)
register.simple_tag(marks.seal_mark)
register.simple_tag(marks.hash_tag, name="hash")
register.simple_tag(marks.state)
register.simple_tag(marks.cite)
register.simple_tag(marks.through)
register.simple_tag(marks.unconfirmed)
register.simple_tag(marks.seal)


@register.simple_tag
def why(source: object, label: str | Text = "", open: bool = False, body_only: bool = False) -> SafeString:
    """``{% why decision %}``: «Pourquoi ?» for a Decision, a Refused, a Rule or stored data; nothing for None."""
    context = {"label": say(label), "open": open, "body_only": body_only}
    pieces = (render_to_string("web/kit/why.html", {**context, "why": item}) for item in whys_of(source, current()))
    return mark_safe("".join(pieces))  # noqa: S308 — our template


@register.simple_tag
def refusal(source: object) -> SafeString:
    """``{% refusal refused %}``: a refusal in full: the reason, the rule, the arithmetic, what would be lawful."""
    listed = enumerate(whys_of(source, current()))
    pieces = (render_to_string("web/kit/refusal.html", {"why": item, "number": n or ""}) for n, item in listed)
    return mark_safe("".join(pieces))  # noqa: S308 — our template


# ---- pieces ----------------------------------------------------------------------------------------------------------


@register.simple_block_tag
def card(content: str, title: str | Text = "", tone: str = "", id: str = "") -> SafeString:
    """``{% card "Titre" tone="refused" %}…{% endcard %}``; tones: ok, due, refused."""
    head = format_html("<h2>{}</h2>", say(title)) if title else ""
    place = format_html(' id="{}"', id) if id else ""
    return format_html('<section class="card {}"{}>{}{}</section>', tone, place, head, content)


@register.simple_block_tag
def callout(content: str, tone: str = "") -> SafeString:
    """``{% callout "due" %}…{% endcallout %}``: a remark that must be seen."""
    return format_html('<div class="callout {}">{}<div>{}</div></div>', tone, marks.icon(CALLOUT_ICONS[tone]), content)


@register.simple_tag
def crumbs(*pairs: str | Text) -> SafeString:
    """``{% crumbs "Assemblées" url1 "Mixte du 30 mars" url2 %}``: labels and addresses in turn."""
    trail = [{"label": say(label), "href": href} for label, href in zip(pairs[::2], pairs[1::2], strict=True)]
    return mark_safe(render_to_string("web/kit/crumbs.html", {"trail": trail}))  # noqa: S308 — our template


@register.inclusion_tag("web/kit/tabs.html")
def tabs(items: Iterable[Sequence[str]], current: str = "", label: str = "") -> dict[str, Any]:
    """``{% tabs pairs current %}``: ``(key, label, address)`` triples; each tab is a page of its own."""
    return {
        "items": [{"key": key, "label": say(name), "href": href} for key, name, href in items],
        "current": current,
        "label": label,
    }


@register.inclusion_tag("web/kit/steps.html")
def steps(labels: Iterable[str | Text], current: int) -> dict[str, Any]:
    """``{% steps labels 2 %}``: the steps of a wizard, the second one now."""
    return {"steps": [(i, say(label)) for i, label in enumerate(labels, 1)], "current": current}


@register.inclusion_tag("web/kit/field.html")
def field(bound: BoundField, narrow: bool = False) -> dict[str, Any]:
    """``{% field form.email %}``: label, hint, control, errors, all tied together for assistive technology."""
    return {
        "field": bound,
        "narrow": narrow,
        "type": getattr(bound.field.widget, "input_type", ""),
        "choices": _is_choice(bound),
    }


def _is_choice(bound: BoundField) -> bool:
    return type(bound.field.widget).__name__ in {"RadioSelect", "CheckboxSelectMultiple"}


@register.inclusion_tag("web/kit/fields.html")
def fields(form: BaseForm) -> dict[str, Any]:
    """``{% fields form %}``: hidden fields, then every visible field with `field`."""
    return {"form": form}


@register.inclusion_tag("web/kit/errors.html")
def errors(form: BaseForm) -> dict[str, Any]:
    """``{% errors form %}``: above a form that came back: how many things to correct, each linked to its field."""
    wrong = [(bound, f"{bound.auto_id}_0" if _is_choice(bound) else bound.auto_id) for bound in form if bound.errors]
    return {"form": form, "wrong": wrong}


@register.inclusion_tag("web/kit/timeline.html")
def timeline(items: Iterable[Any]) -> dict[str, Any]:
    """``{% timeline items %}``: each with ``label``, ``at``; also ``index``, ``outcome``, ``actor``, ``why``, ``detail``."""
    return {"items": items}


@register.simple_tag
def cell(column: Column, row: Any) -> SafeString:
    """One cell of a list. Written here and not in a template: a page of fifty rows has hundreds."""
    item = column.value(row)
    if column.kind == "seal":
        return marks.seal(item, short=True)
    if column.kind == "state":
        return marks.state(*item) if item else mark_safe("")
    shown = CELLS.get(column.kind, say)(item)
    href = column.href(row) if column.href else ""
    return format_html('<a href="{}">{}</a>', href, shown) if href else conditional_escape(shown)


CELLS: Mapping[str, Callable[[Any], str]] = {
    "number": number,
    "instant": lambda item: marks.legal_time(item, "short"),
    "second": lambda item: marks.legal_time(item, "second"),
    "code": lambda item: format_html('<span class="code">{}</span>', item),
    "date": marks.legal_date,
    "hash": marks.hash_tag,
}


@register.inclusion_tag("web/kit/diff.html")
def diff(
    old: Mapping[str, str] | str,
    new: Mapping[str, str] | str,
    before: str | Text = "",
    after: str | Text = "",
    changed: bool = False,
) -> dict[str, Any]:
    """``{% diff old new "2007" "2026" %}``: two texts word by word, or two records field by field (``changed=True``: no more)."""
    heads = {"before": say(before), "after": say(after)}
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        return {**heads, "fields": [change for change in diffs.fields(old, new) if not (changed and change.same)]}
    marked = diffs.words(str(old), str(new))
    return {**heads, "old": marked[0], "new": marked[1]}


@register.inclusion_tag("web/kit/decided.html")
def decided(decision: Decision | Shown) -> dict[str, Any]:
    """``{% decided decision %}``: who decided on which exact state, whether it holds, and what changed when it is stale."""
    return {"d": decision if isinstance(decision, Shown) else shown([decision])[0]}


@register.inclusion_tag("web/kit/progress.html")
def progress(done: int, total: int, label: str | Text = "", poll: str = "") -> dict[str, Any]:
    """``{% progress done total "Import" poll=url %}``: the address answers with this piece again until done."""
    return {"done": done, "total": total, "label": say(label), "poll": poll if done < total else ""}


@register.inclusion_tag("web/kit/month.html")
def calendar(month: months.Month) -> dict[str, Any]:
    """``{% calendar month %}``: a month from `months.month`; on a phone the days on which there is something."""
    names = DAYS_EN if current() == "en" else DAYS_FR
    return {"month": month, "weekdays": [name[:3] + ("" if current() == "en" else ".") for name in names]}


@register.inclusion_tag("web/kit/board.html", takes_context=True)
def board(context: template.Context, lanes: Iterable[boards.Lane]) -> dict[str, Any]:
    """``{% board lanes %}``: lanes from `board.deal`; the moves of a card are links, or acts by POST."""
    return {"lanes": lanes, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag("web/kit/empty.html")
def empty(title: str | Text, what: str | Text = "", href: str = "", action: str | Text = "") -> dict[str, Any]:
    """``{% empty "Aucune assemblée" "Commencez par…" url "Convoquer" %}``."""
    return {"title": say(title), "what": say(what), "href": href, "action": say(action)}


@register.inclusion_tag("web/kit/elsewhere.html", takes_context=True)
def elsewhere(context: template.Context, own: str, *references: Any) -> dict[str, Any]:
    """``{% elsewhere "isms" control.ref requirements %}``: what other systems have under these identifiers (or pairs led by one)."""
    flat: list[str] = []
    for one in references:
        flat += [one] if isinstance(one, str) else [str(item[0] if isinstance(item, tuple) else item) for item in one]
    return {"hits": named_elsewhere(context["request"], own, flat)}


# ---- drawings --------------------------------------------------------------------------------------------------------


@register.simple_tag
def path_drawing(index: int, size: int) -> SafeString:
    """``{% path_drawing index size %}``: the way from an act to the root."""
    return drawing.path_svg(index, size, current())


@register.inclusion_tag("web/kit/bars.html")
def bars(rows: Sequence[tuple[str | Text, int]], caption: str | Text = "") -> dict[str, Any]:
    """``{% bars rows "Titre" %}``: ``(label, number)`` pairs as bars with their numbers."""
    top = max([number for _, number in rows], default=0)
    return {
        "rows": [(say(label), number, charts.bar_svg(number, top)) for label, number in rows],
        "caption": say(caption),
    }


@register.inclusion_tag("web/kit/shares.html")
def shares(items: Sequence[charts.Share], mark: charts.Mark | None = None, caption: str | Text = "") -> dict[str, Any]:
    """``{% shares items mark "Résolution 1" %}``: one bar cut in shares, a threshold over it, the numbers under it."""
    key = [(charts.key_svg(item.pattern), say(item.label), item.value) for item in items]
    whole = sum(item.value for item in items)
    return {"svg": charts.shares_svg(items, current(), mark), "key": key, "whole": whole, "caption": say(caption)}


@register.filter
def initials(name: str) -> str:
    """Two letters for the account button."""
    parts = [part for part in str(name).split() if part]
    return "".join(part[0] for part in (parts[:1] + parts[-1:] if len(parts) > 1 else parts)).upper()


@register.filter
def undo_of(message: Message) -> str:
    """The address that undoes what a toast says, or nothing."""
    return next((tag[5:] for tag in (message.extra_tags or "").split() if tag.startswith("undo:")), "")
