"""Acts that leave evidence (a restore tried, rights reviewed…), and the act that collects it from the log."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from opposable.kernel import clock, parts
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Account, Acknowledgement, Act, Anchor, Grant, Leaf, Part
from opposable.law import local_day, t
from opposable.systems.isms.acts.common import LONGEST, refuse, words
from opposable.systems.isms.models import Asset, EvidenceItem, Scope
from opposable.systems.isms.rules.evidence import EVERYTHING, RULES, EvidenceRule, Seen, Verdict

LEAVER = "isms.leaver.report"
WHAT = t("constat", "observation")
HOUR = timedelta(hours=1)
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
    """Somebody leaves: his grants should end within the period of the rule."""
    a.require("write", scope, kind=EvidenceItem.Evidence.kind)
    found = Account.objects.filter(email__iexact=email).first()
    if found is None:
        raise refuse("Aucun compte n’a cette adresse.", "No account has this address.", "leaver.unknown")
    a.about(scope)
    a.part("leaver", {"account": found.uid}, keep=KEEP)
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
    figures = FIGURES.get(rule.code, lambda *_: {})(scope, since, until)
    verdict = judge(rule, seen_between(rule, scope, first, last), figures, until)
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


def judge(rule: EvidenceRule, seen: list[Seen], figures: dict[str, int], until: datetime) -> Verdict:
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
    mine = {scope.uid, *scope.assets.filter(kind="supplier").values_list("uid", flat=True)}
    found = rows.order_by("leaf__index").values_list("leaf__index", "type", "at", "outcome", "obj")
    return [Seen(*row) for row in found if not row[1].startswith("isms.") or row[4] in mine or row[1] in SCOPED]


SCOPED = ("isms.review.hold",)


def _grants(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    return {"grants": Grant.objects.filter(Q(until=None) | Q(until__gt=until), since__lte=until).count()}


def _leavers(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    told = Act.objects.filter(type=LEAVER, outcome="done", obj=scope.uid, at__gte=since)
    people = [part["account"] for part in (parts.read(one.pk, "leaver") for one in told) if part]
    grants = Grant.objects.filter(account__uid__in=people, since__lte=until)
    return {"open": grants.filter(Q(until=None) | Q(until__gt=until)).count(), "leavers": len(people)}


def _overdue(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    """Parts whose day has come and that are still there; the day itself is left to the job."""
    return {"overdue": Part.objects.filter(until__lt=local_day(until) - timedelta(days=1)).exclude(cipher=None).count()}


def _log(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    anchors = Anchor.objects.filter(token_at__gte=since, token_at__lte=until)
    return {
        "acts": Act.objects.filter(at__gte=since, at__lte=until).count(),
        "waiting": Act.objects.filter(pending__isnull=False, at__lt=until - HOUR).count(),
        "stamps": anchors.count(),
        "witnesses": sum(anchors.values_list("witnesses", flat=True)),
        "unwitnessed": anchors.filter(witnesses=0).count(),
    }


def _clock(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    """Acts dated after the time-stamp of a checkpoint that already holds them: our clock ran ahead of the authority's."""
    anchors = list(Anchor.objects.filter(token_at__gte=since, token_at__lte=until).order_by("size"))
    before, ahead = 0, 0
    for anchor in anchors:
        leaves = Act.objects.filter(leaf__index__gte=before, leaf__index__lt=anchor.size)
        ahead += leaves.filter(at__gt=anchor.token_at + timedelta(seconds=2)).count()
        before = anchor.size
    return {"stamps": len(anchors), "ahead": ahead}


def _acknowledged(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    """Acknowledgements asked of people for the versions that are in force, given, and past their day."""
    asked = Acknowledgement.objects.filter(version__stage="published")
    late = asked.filter(given_at=None, due_on__lt=local_day(until))
    return {"asked": asked.count(), "given": asked.exclude(given_at=None).count(), "late": late.count()}


def _suppliers(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    return {"suppliers": scope.assets.filter(kind="supplier", withdrawn=False).count()}


def _acts(scope: Scope, since: datetime, until: datetime) -> dict[str, int]:
    return {"acts": Act.objects.filter(at__gte=since, at__lte=until).count()}


FIGURES = {
    "EV-02": _grants,
    "EV-03": _leavers,
    "EV-04": _overdue,
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


def as_instant(text: str) -> datetime:
    return clock.parse(text)
