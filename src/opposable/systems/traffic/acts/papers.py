"""What the documents of a requisition print: the case, the verdicts, the questions, the days that were erased."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings

from opposable.kernel.documents import Paper, Template, instant
from opposable.kernel.models import Leaf, Member
from opposable.law import Text, day_text, t
from opposable.systems.traffic.models import Query, Requisition, Segment
from opposable.systems.traffic.models.requisition import CHANNELS
from opposable.systems.traffic.rules.asking import BASES, REQUESTERS
from opposable.systems.traffic.rules.categories import CATEGORIES, GROUPS
from opposable.systems.traffic.rules.qualify import STATUSES
from opposable.systems.traffic.rules.selecting import KINDS
from opposable.systems.traffic.rules.words import family_words, store_words

ANSWER = t("Réponse à réquisition", "Answer to a requisition")
INVOICE = t("Mémoire de frais", "Statement of costs")
MOST_ERASED = 400
"""Lines of erased segments that the letter prints."""
REASONS = {
    "file": t("fichier absent", "file missing"),
    "key": t("clé détruite", "key destroyed"),
    "damaged": t("fichier endommagé", "file damaged"),
    "unreachable": t("hors d’atteinte", "out of reach"),
}


def operator() -> dict[str, str]:
    """The operator as ``[traffic]`` of opposable.toml names it: ``operator``, ``csp`` (its identifier in the XML), ``address``."""
    given = settings.CONFIG.extra.get("traffic")
    table = given if isinstance(given, dict) else {}
    name = str(table.get("operator") or settings.ORIGIN.split("/")[0])
    return {"name": name, "csp": str(table.get("csp") or name), "address": str(table.get("address") or "")}


def paper(kind: str, title: Text, template: str, keep: str) -> Paper:
    """A document of a case: its running head names nobody."""
    return Paper(kind, title, Template.of("traffic", template), keep, operator()["name"], title)


def case_block(case: Requisition, lang: str = "fr") -> dict[str, Any]:
    """Who asks, on which basis, for what."""
    return {
        "authority": case.authority,
        "person": case.person,
        "requester": REQUESTERS[case.requester].of(lang),
        "unit": case.unit,
        "reference": case.reference,
        "basis": _label(BASES, case.basis).of(lang),
        "channel": CHANNELS[case.channel].of(lang),
        "dated": day_text(case.dated_on).of(lang),
        "received": instant(case.received_at, lang),
        "since": instant(case.since, lang),
        "until": instant(case.until, lang),
        "paper": case.paper_sha256,
        "selectors": [_selector(number, one, lang) for number, one in enumerate(case.selectors, 1)],
    }


def _label(table: Any, key: str) -> Text:
    found: Text = table[key]
    return found


def _selector(number: int, one: dict[str, Any], lang: str) -> dict[str, Any]:
    return {"number": number, "kind": _label(KINDS, one["kind"]).of(lang), "text": selector_text(one).of(lang)}


def selector_text(one: dict[str, Any]) -> Text:
    """«203.0.113.7, port 4021, le 14 mars 2026 à 21 h 07 min 33 s»."""
    if one["kind"] != "address":
        value = str(one[one["kind"]])
        return Text(value, value)
    at = datetime.fromisoformat(one["at"])
    port = (
        t(", port {port}", ", port {port}").format(port=one["port"]) if one["port"] else t(", sans port", ", no port")
    )
    when = Text(instant(at, "fr")["text"], instant(at, "en")["text"])
    head = Text(one["ip"], one["ip"]) + port + ", " + when
    doubt = t(" (± {n} s)", " (± {n} s)").format(n=one["tolerance"])
    return head + doubt if one["tolerance"] != "0" else head


def verdict_blocks(case: Requisition, lang: str = "fr") -> list[dict[str, Any]]:
    """Category by category: kept or not, why, by which text."""
    return [
        {
            "category": _label(CATEGORIES, one["category"]).of(lang),
            "group": _group(one["category"]),
            "status": _label(STATUSES, one["status"]).of(lang),
            "given": one["status"] in {"kept", "partly"},
            "reason": one["reason"][lang],
            "rule": {"cite": one["cite"] or ["—"], "status": "confirmed" if one["confirmed"] else "unconfirmed"},
        }
        for one in case.verdicts
    ]


def _group(category: str) -> str:
    return next(group for name, group in GROUPS.items() if name == category)


def query_blocks(queries: list[Query], lang: str = "fr") -> list[dict[str, Any]]:
    """Question by question: what was asked, how many rows and persons, what is missing."""
    return [
        {
            "number": one.position + 1,
            "store": one.store,
            "where": store_words(one.store).of(lang),
            "text": selector_text(one.selector).of(lang),
            "rows": one.rows,
            "persons": one.persons,
            "given": one.given,
            "digest": one.digest,
            "missing": [_missing(lost, lang) for lost in one.missing],
            "unsaid": unsaid_words(one.selector, one.unsaid).of(lang) if one.unsaid else "",
            "lost": [
                {"source": lost["source"], "what": lost[lang], "when": loss_span(lost).of(lang)} for lost in one.lost
            ],
        }
        for one in queries
    ]


def unsaid_words(selector: Mapping[str, Any], count: int) -> Text:
    """What is not given because nobody can say whose it was."""
    return (UNENDED if selector["kind"] == "address" else UNSAID).counted(count).format(n=count)


UNSAID = t(
    "{n} traduction(|s) des adresses que l’abonné tenait (n’est pas remise|ne sont pas remises) : commencée(|s) avant sa"
    " connexion, ou quand un autre tenait aussi l’adresse, rien ne dit qu’(elle soit sienne|elles soient siennes).",
    "{n} translation(|s) of the addresses that the subscriber held (is|are) not given: begun before the connection, or"
    " while another held the address too, nothing says whose (it is|they are).",
)
UNENDED = t(
    "Personne n’est nommé à cet instant, mais {n} attribution(|s) commencée(|s) avant (n’a|n’ont) pas de fin connue :"
    " (elle a pu durer|elles ont pu durer) jusque-là. Rien n’en est remis ; refaites le compte quand la fin sera reçue.",
    "Nobody is named at that instant, but {n} lending(|s) that began before (has|have) no end told yet: (it|they) may have"
    " lasted until then. Nothing of it is given; count again when the end has come in.",
)


def loss_span(lost: dict[str, Any]) -> Text:
    """«du 14 mars 2026 à 21 h 07 min 33 s au …», or that nobody can say when."""
    if not (lost["since"] and lost["until"]):
        return t("à un instant inconnu", "at an unknown instant")
    since, until = (datetime.fromisoformat(lost[end]) for end in ("since", "until"))
    first, last = (Text(instant(at, "fr")["text"], instant(at, "en")["text"]) for at in (since, until))
    return first if since == until else first + Text(" – ", " – ") + last


def _missing(lost: dict[str, Any], lang: str) -> str:
    day = datetime.fromisoformat(lost["day"]).date()
    return f"{day_text(day).of(lang)} ({family_words(lost['family']).of(lang)}) : {_label(REASONS, lost['reason']).of(lang)}"


def erased_blocks(case: Requisition, lang: str = "fr") -> list[dict[str, Any]]:
    """The days of the period whose segments were erased on their day: the act that proves it, by its place in the log."""
    since, last = case.days
    gone = Segment.objects.filter(day__gte=since, day__lte=last, erased_at__isnull=False).order_by(
        "day", "family", "pk"
    )
    return [
        {
            "day": day_text(segment.day).of(lang),
            "family": segment.family,
            "data": family_words(segment.family).of(lang),
            "rows": segment.rows,
            "root": segment.root,
            "at": instant(segment.erased_at, lang),
            "act": last_index(segment.uid),
        }
        for segment in gone[:MOST_ERASED]
        if segment.erased_at
    ]


def last_index(uid: str) -> int | None:
    """Where the last act on an object stands in the log."""
    direct = Leaf.objects.filter(act__obj=uid).order_by("-index").values_list("index", flat=True).first()
    member = Member.objects.filter(obj=uid).order_by("-act_id").values_list("act_id", flat=True).first()
    among = Leaf.objects.filter(act_id=member).values_list("index", flat=True).first() if member else None
    return max((index for index in (direct, among) if index is not None), default=None)
