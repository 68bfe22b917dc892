"""What is typed of a requisition reads, fits and agrees with itself: what the law makes of it is said by the qualification."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError

from opposable.kernel.acting import Acting
from opposable.law import Refused, Text, local_day, t
from opposable.systems.traffic.models.requisition import CHANNELS, STATUSES, Requisition
from opposable.systems.traffic.rules.address import check_tolerance
from opposable.systems.traffic.rules.asking import BASES, PROTECTED, REQUESTERS
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.selecting import read_selectors

AMENDABLE = frozenset(
    {
        "authority", "organisation", "requester", "person", "unit", "reference", "channel", "basis", "dated_on", "authorised",
        "offence", "offence_months", "by_network", "author_only", "victim_asks", "missing_person", "protected", "consent",
        "judge_order", "categories", "selectors", "since", "until", "certificate", "network", "electronic",
    }
)  # fmt: skip
YEARS = 1990, 2100
"""Of the instants that a requisition tells."""


def check(a: Acting, case: Requisition) -> None:
    """What cannot be read is said at once; what the law refuses is said by the qualification. Raises Refused."""
    _fits(case)
    _known(case)
    _named(case)
    _of_our_time(case)
    _dated(a, case)
    _selectors_fit(a, case)


def _known(case: Requisition) -> None:
    known: tuple[tuple[str, Mapping[Any, Any], str, Text], ...] = (
        ("basis", BASES, case.basis, t("fondement", "basis")),
        ("requester", REQUESTERS, case.requester, t("demandeur", "requester")),
        ("channel", CHANNELS, case.channel, t("canal", "channel")),
        ("protected", PROTECTED, case.protected, t("personne protégée", "protected person")),
        ("network", {"mobile": 1, "fixed": 1}, case.network, t("réseau", "network")),
    )
    for name, values, given, label in known:
        if given not in values:
            raise wrong(name, t("{what} : valeur inconnue", "{what}: unknown value").format(what=label))
    if not case.categories or not set(case.categories) <= set(CATEGORIES):
        raise wrong("categories", t("choisissez au moins une catégorie", "choose one category at least"))


def _named(case: Requisition) -> None:
    for name in ("authority", "organisation", "person", "reference"):
        if not str(getattr(case, name)).strip():
            raise wrong(
                name, t("l’autorité, la personne et la référence sont dues", "authority, person and reference are due")
            )


def _of_our_time(case: Requisition) -> None:
    """A year of two or three digits is a slip of the pen, and at the ends of the calendar there is no other zone to write it in."""
    for name in ("since", "until", "received_at", "due_at"):
        at = getattr(case, name)
        if at is not None and not YEARS[0] <= at.year <= YEARS[1]:
            raise wrong(
                name,
                t(
                    "l’année {y} ne se lit pas : écrivez-la de {a} à {b}", "year {y} does not read: write {a} to {b}"
                ).format(y=at.year, a=YEARS[0], b=YEARS[1]),
            )


def _dated(a: Acting, case: Requisition) -> None:
    if case.since.tzinfo is None or case.until.tzinfo is None or not case.since < case.until:
        raise wrong("period", t("la période finit avant de commencer", "the period ends before it begins"))
    if case.dated_on > local_day(case.received_at) or case.received_at > a.now:
        raise wrong("dates", t("elle est datée d’après sa réception", "it is dated after its reception"))


def selectors(value: Any) -> list[dict[str, str]]:
    """Selectors as they came, read and written one way. Raises Refused."""
    if not (isinstance(value, list) and all(isinstance(one, dict) for one in value)):
        raise wrong("selectors", t("donnez une liste de critères", "give a list of selectors"))
    return read_selectors(value)


def _fits(case: Requisition) -> None:
    """Each value is of its type and fits its place, whichever way it came."""
    others = {field.name for field in Requisition._meta.concrete_fields} - AMENDABLE - {"received_at", "paper_name"}
    try:
        case.clean_fields(exclude=others | {"categories", "selectors"})
    except ValidationError as error:
        name = min(error.message_dict)
        raise wrong(name, t("« {name} » ne se lit pas", "“{name}” does not read").format(name=name)) from None
    if not (isinstance(case.categories, list) and all(isinstance(name, str) for name in case.categories)):
        raise wrong("categories", t("donnez une liste de catégories", "give a list of categories"))


def _selectors_fit(a: Acting, case: Requisition) -> None:
    rule = a.law("traffic.attribution", local_day(a.now))
    for number, one in enumerate(case.selectors, 1):
        if one["kind"] != "address":
            continue
        check_tolerance(int(one["tolerance"]), rule)
        if not case.since <= datetime.fromisoformat(one["at"]) <= case.until:
            raise wrong(
                "selectors",
                t(
                    "critère {n} : son instant est hors de la période",
                    "selector {n}: its instant is outside the period",
                ).format(n=number),
            )


def wrong(name: str, what: Text) -> Refused:
    """The refusal of one field, which it names."""
    return Refused(what.capital() + ".", None, f"requisition.{name}", facts={"field": name})


def still(case: Requisition, *statuses: str) -> None:
    """Refuse a step at which the requisition is not."""
    if case.status not in statuses:
        at = STATUSES[case.status]
        raise Refused(
            t(
                f"La réquisition n’en est pas à cette étape : elle est « {at.fr} ».",
                f"The requisition is not at that step: it is “{at.en}”.",
            ),
            None,
            "requisition.step",
            facts={"status": case.status},
        )
