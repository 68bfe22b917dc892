"""Acts that leave evidence (a restore tried, rights reviewed…), and the act that collects it from the log."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from opposable.kernel import parts
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Account, Act, Anchor, Grant, Leaf, Part
from opposable.law import local_day, t
from opposable.ledger.act import parse_part
from opposable.systems.isms.acts.common import LONGEST, refuse, words
from opposable.systems.isms.models import Asset, EvidenceItem, Scope
from opposable.systems.isms.rules import figures as rules
from opposable.systems.isms.rules.evidence import EVERYTHING, RULES, EvidenceRule, Seen, Verdict

LEAVER = "isms.leaver.report"
WHAT = t("constat", "observation")
KEEP = "isms.record"


# ---- what people observe ---------------------------------------------------------------------------------------------


def _observed(a: Acting, scope: Scope, what: str) -> Scope:
    a.require("write", scope, kind=EvidenceItem.Evidence.kind)
    a.about(scope)
    a.part("observed", {"what": words(what, WHAT, LONGEST)}, keep=KEEP)
    return scope


@act("isms.restore.succeed", label=t("Constater une restauration réussie", "Record a restore that succeeded"))
def restore_succeeded(a: Acting, *, scope: Scope, what: str) -> Scope:
    """A backup was put back and read: which one, by whom, what was compared."""
    return _observed(a, scope, what)


@act("isms.restore.fail", label=t("Constater une restauration manquée", "Record a restore that failed"))
def restore_failed(a: Acting, *, scope: Scope, what: str) -> Scope:
    """A backup could not be put back, or was not whole."""
    return _observed(a, scope, what)


@act("isms.access.review", label=t("Revoir les droits d’accès", "Review access rights"))
def review_access(a: Acting, *, scope: Scope, what: str) -> Scope:
    """Rights were gone through: which ones, what was withdrawn."""
    return _observed(a, scope, what)


@act("isms.incident.rehearse", label=t("Jouer un exercice d’incident", "Rehearse an incident"))
def rehearse_incident(a: Acting, *, scope: Scope, what: str) -> Scope:
    """An incident was played: the scenario, how long, what was learned."""
    return _observed(a, scope, what)


@act("isms.refusal.review", label=t("Revoir les refus du registre", "Review the refusals of the log"))
def review_refusals(a: Acting, *, scope: Scope, what: str) -> Scope:
    """The refusals recorded so far were gone through."""
    return _observed(a, scope, what)


@act(LEAVER, label=t("Signaler un départ", "Report a leaver"))
def report_leaver(a: Acting, *, scope: Scope, email: str) -> Scope:
    """Somebody leaves: the grants that he holds now are listed, and each should end."""
    a.require("write", scope, kind=EvidenceItem.Evidence.kind)
    found = Account.objects.filter(email__iexact=email).first()
    if found is None:
        raise refuse("Aucun compte n’a cette adresse.", "No account has this address.", "leaver.unknown")
    running = Grant.objects.filter(account=found, since__lte=a.now).filter(Q(until=None) | Q(until__gt=a.now))
    a.about(scope)
    a.part("leaver", {"account": found.uid, "grants": sorted(running.values_list("uid", flat=True))}, keep=KEEP)
    return scope


@act(
    "isms.clause.confirm",
    label=t("Constater la clause de sécurité d’un fournisseur", "Confirm a supplier’s security clause"),
)
def confirm_clause(a: Acting, *, asset: Asset, what: str) -> Asset:
    """The contract of this supplier bears the clause: where it stands."""
    a.require("write", asset)
    if asset.kind != "supplier":
        raise refuse("Ce bien n’est pas un fournisseur.", "This asset is no supplier.", "clause.kind")
    a.about(asset)
    a.part("observed", {"what": words(what, WHAT, LONGEST)}, keep=KEEP)
    return asset


# ---- collecting ------------------------------------------------------------------------------------------------------


@act("isms.evidence.collect", label=t("Recueillir les preuves automatiques", "Collect the automatic evidence"))
def collect(a: Acting, *, scope: Scope, rules: list[str] | None = None) -> list[EvidenceItem]:
    """Run the rules (all of them by default) over the log as it is sealed now; one item a rule."""
    a.require("write", scope, kind=EvidenceItem.Evidence.kind)
    a.cite(a.law("isms.evidence", local_day(a.now)))
    items = [item_of(scope, RULES[code], a.now) for code in rules or RULES if code in RULES]
    if not items:
        raise refuse("Aucune règle de ce nom.", "There is no such rule.", "evidence.unknown")
    for item in items:
        a.record(item)
    return items


def item_of(scope: Scope, rule: EvidenceRule, until: datetime) -> EvidenceItem:
    """Query, judge, and say over which leaves."""
    since = until - timedelta(days=rule.days)
    first, last = interval(since)
    seen = seen_between(rule, scope, first, last)
    figures = FIGURES.get(rule.code, _none)(Span(scope, since, until, first, last, seen))
    verdict = judge(rule, seen, figures, until)
    return EvidenceItem(
        cell=scope.cell,
        scope=scope,
        rule=rule.code,
        verdict=verdict.name,
        since=since,
        until=until,
        first=first,
        last=last,
        figures={**figures, "said": verdict.text.as_data()},
        cited=list(verdict.cited),
    )


def judge(rule: EvidenceRule, seen: list[Seen], figures: dict[str, Any], until: datetime) -> Verdict:
    return rule.judge(seen, figures, until)


def interval(since: datetime) -> tuple[int, int]:
    """Leaves of the acts since an instant: the first one, and the end (exclusive) of what is sealed."""
    top = Leaf.objects.order_by("-index").values_list("index", flat=True).first()
    if top is None:
        return 0, 0
    low, high = 0, top + 1  # instants follow the order of the log: halve until the first leaf is found
    while low < high:
        middle = (low + high) // 2
        at = Leaf.objects.filter(index__gte=middle).order_by("index").values_list("act__at", flat=True).first()
        low, high = (middle + 1, high) if at is not None and at < since else (low, middle)
    return low, top + 1


def seen_between(rule: EvidenceRule, scope: Scope, first: int, last: int) -> list[Seen]:
    """The headers that the rule looks at, in the order of the log. Acts of other scopes' people are not this scope's evidence."""
    if not rule.types:
        return []
    rows: QuerySet[Act] = Act.objects.filter(leaf__index__gte=first, leaf__index__lt=last)
    if rule.types == EVERYTHING:
        rows = rows.filter(Q(outcome="refused") | Q(type="isms.refusal.review"))
    else:
        wanted = Q(pk__in=[])
        for prefix in rule.types:
            wanted |= Q(type__startswith=prefix)
        rows = rows.filter(wanted)
    mine = {scope.uid, *suppliers_of(scope)}
    found = rows.order_by("leaf__index").values_list("leaf__index", "type", "at", "outcome", "obj")
    return [Seen(*row) for row in found if not row[1].startswith("isms.") or row[4] in mine or row[1] in SCOPED]


SCOPED = ("isms.review.hold",)


@dataclass(frozen=True)
class Span:
    """What a rule looks at: a scope, a period, the leaves of it, and what it saw of them."""

    scope: Scope
    since: datetime
    until: datetime
    first: int
    last: int
    seen: list[Seen]


def _none(span: Span) -> dict[str, Any]:
    return {}


def suppliers_of(scope: Scope) -> list[str]:
    """The uids of its suppliers, in order."""
    return sorted(scope.assets.filter(kind="supplier", withdrawn=False).values_list("uid", flat=True))


def told_parts(seen: Iterable[Seen]) -> dict[int, bytes]:
    """By leaf, the part that says what such an act is about (`rules.TOLD`), as its header commits to it; none when erased."""
    names = {one.index: rules.TOLD[one.type] for one in seen if one.type in rules.TOLD and one.outcome == "done"}
    rows = Part.objects.filter(act__leaf__index__in=names, name__in=set(rules.TOLD.values()))
    mine = [(row.act.leaf.index, row) for row in rows.select_related("act__leaf").order_by("pk")]
    read = {index: parts.part_bytes_of(row) for index, row in mine if row.name == names[index]}
    return {index: data for index, data in read.items() if data is not None}


def _told(span: Span) -> dict[int, Any]:
    return {index: parse_part(data).data for index, data in told_parts(span.seen).items()}


def _leavers(span: Span) -> dict[str, Any]:
    return rules.leavers(span.seen, _told(span))


def _erased(span: Span) -> dict[str, Any]:
    """Erasures that were late; and parts whose day has come and that are still there: the day itself is left to the job."""
    day = local_day(span.until) - timedelta(days=1)
    there = Part.objects.filter(until__lt=day).exclude(cipher=None).count()
    return {**rules.erasures(span.seen, _told(span)), "overdue": there}


def anchors_between(since: datetime, until: datetime) -> list[Anchor]:
    """The time-stamps of a period, in the order of the log."""
    return list(Anchor.objects.filter(token_at__gte=since, token_at__lte=until).order_by("size", "pk"))


def _tokens(span: Span) -> list[rules.Token]:
    return [rules.Token(one.size, one.token_at, one.witnesses) for one in anchors_between(span.since, span.until)]


def _log(span: Span) -> dict[str, Any]:
    tokens = _tokens(span)
    bare = _leaves(max(rules.covered(tokens), span.first), span.last).filter(at__lt=span.until - rules.DAY)
    return rules.stamped(tokens, span.last - span.first, bare.exclude(header=None).count())


def _clock(span: Span) -> dict[str, Any]:
    tokens = _tokens(span)
    late = [
        _leaves(start, end).filter(at__gt=latest).exclude(header=None).count()
        for start, end, latest in rules.spans(tokens, span.first, span.last)
    ]
    return {"stamps": len(tokens), "ahead": sum(late)}


def _leaves(first: int, last: int) -> QuerySet[Act]:
    return Act.objects.filter(leaf__index__gte=first, leaf__index__lt=last)


def _acknowledged(span: Span) -> dict[str, Any]:
    return rules.acknowledged(span.seen, _told(span), local_day(span.until))


def _suppliers(span: Span) -> dict[str, Any]:
    listed = suppliers_of(span.scope)
    return {**rules.suppliers(span.seen, listed), "listed": listed}


def _acts(span: Span) -> dict[str, Any]:
    return {"acts": span.last - span.first}


FIGURES: dict[str, Callable[[Span], dict[str, Any]]] = {
    "EV-03": _leavers,
    "EV-04": _erased,
    "EV-05": _log,
    "EV-06": _log,
    "EV-07": _clock,
    "EV-08": _acknowledged,
    "EV-09": _suppliers,
    "EV-11": _acts,
}


def headers(item: EvidenceItem) -> Iterable[tuple[int, bytes]]:
    """Every header of the item's interval, in the order of the log: with them anyone judges again. Erased ones are empty."""
    rows = Act.objects.filter(leaf__index__gte=item.first, leaf__index__lt=item.last).order_by("leaf__index")
    return ((index, bytes(header or b"")) for index, header in rows.values_list("leaf__index", "header").iterator())


def header_at(index: int) -> bytes:
    """The header of a leaf; empty when it was erased, or when there is no such leaf."""
    return bytes(Act.objects.filter(leaf__index=index).values_list("header", flat=True).first() or b"")
