"""The small marks of every page: times, seals, states, digests, citations. Drawn here and not in templates: a list has hundreds.

Each function is a tag or a filter of ``{% load opposable %}``.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import Rule
from opposable.law.text import Text, t
from opposable.web import format as words, months
from opposable.web.language import current, remarked, say, typographic
from opposable.web.links import act_link, rule_link

STATE_ICONS = {"ok": "check", "due": "due", "refused": "cross", "info": "dot", "": "dot"}


# ---- time ------------------------------------------------------------------------------------------------------------


def legal_time(instant: datetime | None, style: str = "time", zone: str = words.PARIS) -> SafeString:
    """``{% legal_time form.received_at "long" %}``: legal time with its zone, UTC on hover and in ``datetime=``."""
    if instant is None:
        return mark_safe("–")
    utc = words.utc_text(instant)
    text = words.legal_time_text(instant, current(), style, zone)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', utc, utc.replace("T", " ").replace("Z", " UTC"), text
    )


def instant_filter(instant: datetime, style: str = "long") -> str:
    """``{{ at|instant:"minute" }}``: the same as plain text, for attributes and sentences."""
    return words.legal_time_text(instant, current(), style)


def utc(instant: datetime) -> str:
    """``{{ at|utc }}``: the same instant for machines and for other countries, 13:00:00.204317 UTC."""
    return words.utc_text(instant)[11:-1] + "\u00a0UTC"


def day(date_: date) -> str:
    """``{{ on|day }}``: 30 mars 2026, as plain text."""
    return words.legal_date_text(date_, current(), "day")


def legal_date(day: date | datetime | None, style: str = "medium", zone: str = words.PARIS) -> SafeString:
    """``{% legal_date meeting.day "long" %}``; an instant is taken on its day in the zone."""
    if day is None:
        return mark_safe("–")
    if isinstance(day, datetime):
        day = day.astimezone(ZoneInfo(zone)).date()
    return format_html('<time datetime="{}">{}</time>', day.isoformat(), words.legal_date_text(day, current(), style))


def countdown(instant: datetime) -> SafeString:
    """``{% countdown deadline %}``: «dans 1 h 12 min», kept going by clock.js; past: «il y a …»."""
    span = instant - clock.now()
    text = t("dans {span}", "in {span}") if span.total_seconds() >= 0 else t("il y a {span}", "{span} ago")
    shown = say(text).format(span=words.span_text(span, current()))
    return format_html(
        '<time class="countdown" datetime="{}" data-countdown role="timer">{}</time>', words.utc_text(instant), shown
    )


def due_hour(instant: datetime, zone: str = words.PARIS) -> SafeString:
    """``{% due_hour due.at %}``: the hour by which; a midnight is «fin du jour» of the day before."""
    if not months.ends_day(instant, zone):
        return legal_time(instant, "minute", zone)
    return format_html('<time datetime="{}">{}</time>', words.utc_text(instant), say(t("fin du jour", "end of day")))


def due_time(instant: datetime, zone: str = words.PARIS) -> SafeString:
    """``{% due_time due.at %}``: the day and the hour by which: «jeu. 19 nov. 2026, fin du jour»."""
    if not months.ends_day(instant, zone):
        return legal_time(instant, "short", zone)
    day_ = words.legal_date_text(months.day_of(instant, zone), current(), "medium")
    words_ = say(t("{day}, fin du jour", "{day}, end of day").format(day=day_))
    return format_html('<time datetime="{}">{}</time>', words.utc_text(instant), words_)


def authority(name: str) -> str:
    """``{{ anchor.tsa|authority }}``: who signed a time stamp, out of the distinguished name of RFC 4514."""
    found = re.search(r"CN=((?:\\.|[^,\\])+)", name)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else name


def rule_name(rule_id: str, on: date | datetime) -> str:
    """``{{ act.rule|rule_name:act.at }}``: what the rule was called that day, with its article; its id when it is not on file."""
    day_ = on.astimezone(ZoneInfo(words.PARIS)).date() if isinstance(on, datetime) else on
    rule = law().find(rule_id, day_)
    return say(rule.label) + (f" ({typographic(rule.cite[0])})" if rule.cite else "") if rule else rule_id


# ---- marks -----------------------------------------------------------------------------------------------------------


def icon(name: str, label: str = "") -> SafeString:
    """``{% icon "check" %}``: decorative; with a label it is an image that speaks."""
    if label:
        sprite = static("opposable/icons.svg")
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}#{}"/></svg>', label, sprite, name
        )
    return _drawing(name)


@cache
def _drawing(name: str) -> SafeString:
    """A voting form has a hundred and fifty: each is written once in a process."""
    sprite = static("opposable/icons.svg")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', sprite, name)


def seal_mark() -> SafeString:
    """The seal drawing alone."""
    return format_html(
        '<svg class="seal-mark" aria-hidden="true"><use href="{}#seal"/></svg>', static("opposable/icons.svg")
    )


def hash_tag(digest: str | bytes, full: bool = False) -> SafeString:
    """``{% hash act.entry %}``: shortened to the eye only, the whole is there to copy; ``full=True`` shows all."""
    text = bytes(digest).hex() if isinstance(digest, bytes | bytearray | memoryview) else str(digest)
    return format_html('<code class="hash{}" title="{}">{}</code>', " full" if full else "", text, text)


def state(tone: str, label: str | Text) -> SafeString:
    """``{% state "refused" "hors délai" %}``: tones ok, due, refused, info. A mark and a word, the colour repeats them."""
    kind = "" if tone == "info" else tone
    return format_html('<span class="state {}">{}{}</span>', kind, icon(STATE_ICONS[tone]), say(label))


def cite(source: Rule | str | Sequence[str], on: date | None = None) -> SafeString:
    """``{% cite rule %}``: «C. com., art. R. 225-77, depuis le 12 décembre 2006», linked to the law browser."""
    if not isinstance(source, Rule):
        text = source if isinstance(source, str) else " ; ".join(source)
        return format_html("<cite>{}</cite>", typographic(text))
    href = rule_link(source.id, on or source.since)
    name = typographic(" ; ".join(source.cite))
    linked = format_html('<a href="{}">{}</a>', href, name) if href else escape(name)
    return format_html("<cite>{}, {}</cite>{}{}", linked, say(source.period), through(source), unconfirmed(source))


def through(source: Rule) -> SafeString:
    """By what the rule reaches the subject of the page, where that is not of itself: « — par les statuts, art. 9 »."""
    said = remarked(source)
    return format_html(' <span class="through">— {}</span>', said) if said else mark_safe("")


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


def seal(
    act: Any, index: int | None = None, at: datetime | None = None, href: str = "", short: bool = False
) -> SafeString:
    """``{% seal receipt %}``: «scellé · acte n° 1 234 · 14:59:58 Paris», linked to the proof page.

    Takes an act or a receipt (``.index``, ``.at`` or ``.act.at``). Without an index it says that the seal is only promised.
    """
    index = index if index is not None else getattr(act, "index", None)
    at = at or getattr(act, "at", None) or getattr(getattr(act, "act", None), "at", None)
    when = legal_time(at, "auto" if _same_day(at) else "short") if at and not short else ""
    dated = format_html(" · {}", when) if when else ""
    if index is None:
        words_ = say(t("promis, pas encore scellé", "promised, not yet sealed"))
        return format_html(
            '<span class="seal waiting{}">{}<span>{}{}</span></span>', _short(short), icon("due"), words_, dated
        )
    number_ = words.number_text(index, current())
    if short:
        text = format_html('<span class="part">{}</span>', say(t("n° {n}", "no. {n}").format(n=number_)))
    else:
        name = say(t("acte n° {n}", "act no. {n}").format(n=number_))
        text = format_html('{} · <span class="part">{}</span>{}', say(t("scellé", "sealed")), name, dated)
    inside = format_html('class="seal{}">{}<span>{}</span>', _short(short), seal_mark(), text)
    href = href or act_link(index)
    return format_html('<a href="{}" {}</a>', href, inside) if href else format_html("<span {}</span>", inside)


def _short(short: bool) -> str:
    return " short" if short else ""


def _same_day(at: datetime) -> bool:
    paris = ZoneInfo(words.PARIS)
    return at.astimezone(paris).date() == clock.now().astimezone(paris).date()
