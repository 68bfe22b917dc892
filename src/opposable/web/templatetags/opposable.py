"""``{% load opposable %}``: the words, numbers, dates, seals and whys of every page.

docs/reference/page-kit.md lists them with examples.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.contrib.messages.storage.base import Message
from django.forms import BaseForm
from django.forms.boundfield import BoundField
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe

from opposable.kernel import clock
from opposable.law import Rule
from opposable.law.text import Text, t
from opposable.web import charts, diffs, drawing, format as words
from opposable.web.language import current, say, typographic
from opposable.web.links import act_link, rule_link
from opposable.web.listing import Column
from opposable.web.why import value_text, whys_of

register = template.Library()

STATE_ICONS = {"ok": "check", "due": "due", "refused": "cross", "info": "dot", "": "dot"}
CALLOUT_ICONS = {"ok": "check", "due": "alert", "refused": "cross", "": "dot"}


# ---- words -----------------------------------------------------------------------------------------------------------


@register.simple_tag(name="t")
def t_tag(fr: str | Text, en: str | None = None, **values: object) -> SafeString:
    """``{% t "Il reste {n} voix" "{n} votes left" n=votes %}`` or ``{% t some_text %}``; values are escaped."""
    text = say(fr if en is None else Text(str(fr), en))
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


# ---- time ------------------------------------------------------------------------------------------------------------


@register.simple_tag
def legal_time(instant: datetime | None, style: str = "time", zone: str = words.PARIS) -> SafeString:
    """``{% legal_time form.received_at "long" %}``: legal time with its zone, UTC on hover and in ``datetime=``."""
    if instant is None:
        return mark_safe("–")
    utc = words.utc_text(instant)
    text = words.legal_time_text(instant, current(), style, zone)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', utc, utc.replace("T", " ").replace("Z", " UTC"), text
    )


@register.filter(name="instant")
def instant_filter(instant: datetime, style: str = "long") -> str:
    """``{{ at|instant:"minute" }}``: the same as plain text, for attributes and sentences."""
    return words.legal_time_text(instant, current(), style)


@register.filter
def utc(instant: datetime) -> str:
    """``{{ at|utc }}``: the same instant for machines and for other countries, 13:00:00.204317 UTC."""
    return words.utc_text(instant)[11:-1] + "\u00a0UTC"


@register.filter
def day(date_: date) -> str:
    """``{{ on|day }}``: 30 mars 2026, as plain text."""
    return words.legal_date_text(date_, current(), "day")


@register.simple_tag
def legal_date(day: date | datetime | None, style: str = "medium", zone: str = words.PARIS) -> SafeString:
    """``{% legal_date meeting.day "long" %}``; an instant is taken on its day in the zone."""
    if day is None:
        return mark_safe("–")
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(zone)).date()
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), words.legal_date_text(day, current(), style))


@register.simple_tag
def countdown(instant: datetime) -> SafeString:
    """``{% countdown deadline %}``: «dans 1 h 12 min», kept going by clock.js; past: «il y a …»."""
    span = instant - clock.now()
    text = t("dans {span}", "in {span}") if span.total_seconds() >= 0 else t("il y a {span}", "{span} ago")
    shown = say(text).format(span=words.span_text(span, current()))
    return format_html(
        '<time class="countdown" datetime="{}" data-countdown role="timer">{}</time>', words.utc_text(instant), shown
    )


# ---- marks -----------------------------------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """``{% icon "check" %}``: decorative; with a label it is an image that speaks."""
    sprite = static("opposable/icons.svg")
    if label:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sprite, name
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


@register.simple_tag
def seal_mark() -> SafeString:
    """The seal drawing alone."""
    return format_html(
        '<svg class="seal-mark" aria-hidden="true"><use href="{}#seal"/></svg>', static("opposable/icons.svg")
    )


@register.simple_tag(name="hash")
def hash_tag(digest: str | bytes, full: bool = False) -> SafeString:
    """``{% hash act.entry %}``: shortened to the eye only, the whole is there to copy; ``full=True`` shows all."""
    text = bytes(digest).hex() if isinstance(digest, bytes | bytearray | memoryview) else str(digest)
    return format_html('<code class="hash{}" title="{}">{}</code>', " full" if full else "", text, text)


@register.simple_tag
def state(tone: str, label: str | Text) -> SafeString:
    """``{% state "refused" "hors délai" %}``: tones ok, due, refused, info. A mark and a word, the colour repeats them."""
    kind = "" if tone == "info" else tone
    return format_html('<span class="state {}">{}{}</span>', kind, icon(STATE_ICONS[tone]), say(label))


@register.simple_tag
def cite(source: Rule | str | Sequence[str], on: date | None = None) -> SafeString:
    """``{% cite rule %}``: «C. com., art. R. 225-77, depuis le 12 décembre 2006», linked to the law browser."""
    if not isinstance(source, Rule):
        text = source if isinstance(source, str) else " ; ".join(source)
        return format_html("<cite>{}</cite>", typographic(text))
    href = rule_link(source.id, on or source.since)
    name = typographic(" ; ".join(source.cite))
    linked = format_html('<a href="{}">{}</a>', href, name) if href else escape(name)
    return format_html("<cite>{}, {}</cite>{}", linked, say(source.period), unconfirmed(source))


@register.simple_tag
def unconfirmed(rule: Rule | None) -> SafeString:
    """The mark of a rule whose wording nobody has yet checked against its source; nothing when it is confirmed."""
    if rule is None or rule.confirmed:
        return mark_safe("")
    label = say(t("règle non confirmée", "unconfirmed rule"))
    title = say(
        t(
            "Personne n’a encore vérifié cette rédaction sur sa source : contrôlez-la avant de vous y fier.",
            "Nobody has yet checked this wording against its source: check it before relying on it.",
        )
    )
    return format_html(' <span class="unconfirmed" title="{}">{}{}</span>', title, icon("alert"), label)


@register.simple_tag
def seal(
    act: Any, index: int | None = None, at: datetime | None = None, href: str = "", short: bool = False
) -> SafeString:
    """``{% seal receipt %}``: «scellé · acte n° 1 234 · 14:59:58 Paris», linked to the proof page.

    Takes an act or a receipt (``.index``, ``.at`` or ``.act.at``). Without an index it says that the seal is only promised.
    """
    index = index if index is not None else getattr(act, "index", None)
    at = at or getattr(act, "at", None) or getattr(getattr(act, "act", None), "at", None)
    context = {
        "index": index,
        "at": at,
        "short": short,
        "href": href or act_link(index),
        "style": "auto" if at is None or _same_day(at) else "short",
    }
    return mark_safe(render_to_string("web/kit/seal.html", context).strip())  # noqa: S308 — our template


def _same_day(at: datetime) -> bool:
    paris = ZoneInfo(words.PARIS)
    return at.astimezone(paris).date() == clock.now().astimezone(paris).date()


@register.simple_tag
def why(source: object, label: str | Text = "", open: bool = False, body_only: bool = False) -> SafeString:
    """``{% why decision %}``: «Pourquoi ?» for a Decision, a Refused, a Rule or stored data; nothing for None."""
    context = {"label": say(label), "open": open, "body_only": body_only}
    pieces = (render_to_string("web/kit/why.html", {**context, "why": item}) for item in whys_of(source, current()))
    return mark_safe("".join(pieces))  # noqa: S308 — our template


@register.simple_tag
def refusal(source: object) -> SafeString:
    """``{% refusal refused %}``: a refusal in full: the reason, the rule, the arithmetic, what would be lawful."""
    pieces = (render_to_string("web/kit/refusal.html", {"why": item}) for item in whys_of(source, current()))
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
    return format_html('<div class="callout {}">{}<div>{}</div></div>', tone, icon(CALLOUT_ICONS[tone]), content)


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


@register.inclusion_tag("web/kit/cell.html")
def cell(column: Column, row: Any) -> dict[str, Any]:
    """One cell of a list."""
    item = column.value(row)
    return {"column": column, "item": item, "href": column.href(row) if column.href else ""}


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


@register.inclusion_tag("web/kit/progress.html")
def progress(done: int, total: int, label: str | Text = "", poll: str = "") -> dict[str, Any]:
    """``{% progress done total "Import" poll=url %}``: the address answers with this piece again until done."""
    return {"done": done, "total": total, "label": say(label), "poll": poll if done < total else ""}


@register.inclusion_tag("web/kit/empty.html")
def empty(title: str | Text, what: str | Text = "", href: str = "", action: str | Text = "") -> dict[str, Any]:
    """``{% empty "Aucune assemblée" "Commencez par…" url "Convoquer" %}``."""
    return {"title": say(title), "what": say(what), "href": href, "action": say(action)}


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
