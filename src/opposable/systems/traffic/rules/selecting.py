"""«Critères» of a requisition: read as people write them, kept one way, and which store each may open.

A selector is a mapping of texts: ``kind`` and what that kind needs. Nothing else can be put to the stores, so nobody browses.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Literal
from zoneinfo import ZoneInfo

from opposable.law import PARIS, CalendarError, Refused, Text, instant, t
from opposable.law.plain import instant_text
from opposable.systems.traffic.rules.asking import Ask, basis_of, permitted
from opposable.systems.traffic.rules.categories import Category, Statutes

Kind = Literal["address", "subscriber", "number", "cell", "mailbox"]
Store = Literal["source", "traffic", "identity"]

KINDS: dict[Kind, Text] = {
    "address": t("adresse IP à un instant", "IP address at an instant"),
    "subscriber": t("abonné", "subscriber"),
    "number": t("numéro, IMSI ou IMEI", "number, IMSI or IMEI"),
    "cell": t("cellule", "cell"),
    "mailbox": t("adresse de messagerie", "mail address"),
}
MOST = 200
"""Selectors of one requisition: more is another requisition."""
LONGEST = 200
STORES: dict[str, tuple[Store, ...]] = {
    "address": ("source",),
    "subscriber": ("source",),
    "number": ("traffic",),
    "cell": ("traffic",),
    "mailbox": ("traffic",),
}
OPENED_BY: dict[Store, frozenset[str]] = {
    "source": frozenset({"source"}),
    "traffic": frozenset({"traffic", "location"}),
    "identity": frozenset({"identity", "subscription", "payment"}),
}
"""Categories of which one at least must be answered for the store to be opened for its own content."""


def read_selectors(given: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """The selectors of a requisition, checked and written one way. Raises Refused with the number of the one that is wrong."""
    if not 1 <= len(given) <= MOST:
        raise _wrong(0, t("donnez de 1 à {n} critères", "give 1 to {n} selectors").format(n=MOST))
    return [_read(number, dict(one)) for number, one in enumerate(given, 1)]


def _read(number: int, given: dict[str, str]) -> dict[str, str]:
    texts = {name: str(value).strip() for name, value in given.items() if str(value).strip()}
    if any(len(value) > LONGEST or not value.isprintable() for value in texts.values()):
        raise _wrong(number, t("un texte est trop long ou illisible", "a text is too long or unreadable"))
    kind = texts.get("kind", "")
    if kind == "address":
        return _address(number, texts)
    if kind == "number":
        return {"kind": kind, "number": _number(number, texts.get("number", ""))}
    if kind in {"subscriber", "cell", "mailbox"}:
        if not texts.get(kind):
            raise _wrong(number, t("il manque « {name} »", "“{name}” is missing").format(name=kind))
        return {"kind": kind, kind: texts[kind]}
    raise _wrong(number, t("choisissez son genre", "choose its kind"))


def _address(number: int, texts: Mapping[str, str]) -> dict[str, str]:
    try:
        address = ip_address(texts.get("ip", ""))
    except ValueError:
        raise _wrong(number, t("l’adresse IP ne se lit pas", "the IP address does not read")) from None
    port = texts.get("port", "")
    if port and not (port.isdecimal() and 0 <= int(port) <= 65535):
        raise _wrong(number, t("le port va de 0 à 65535", "the port goes from 0 to 65535"))
    doubt = texts.get("tolerance", "0")
    if not (doubt.isdecimal() and len(doubt) < 6):
        raise _wrong(number, t("la tolérance est un nombre de secondes", "the tolerance is a number of seconds"))
    at = _instant(number, texts.get("at", ""), texts.get("zone", ""))
    return {"kind": "address", "ip": str(address), "port": port, "at": instant_text(at), "tolerance": str(int(doubt))}


def _instant(number: int, text: str, zone: str) -> datetime:
    """An instant with its offset, or as the clocks of ``zone`` (Paris) showed it."""
    try:
        at, there = datetime.fromisoformat(text), ZoneInfo(zone) if zone else PARIS
        if at.tzinfo is not None or not twice(at, there):
            return (at if at.tzinfo else instant(at.date(), at.time(), there)).astimezone(UTC)
    except (ValueError, LookupError, CalendarError, OSError, OverflowError):  # the last: a year that UTC has not
        raise _wrong(
            number,
            t(
                "l’instant ne se lit pas : écrivez 2026-03-14T21:07:33+01:00",
                "the instant does not read: write 2026-03-14T21:07:33+01:00",
            ),
        ) from None
    first, second = (at.replace(tzinfo=there, fold=fold).isoformat() for fold in (0, 1))
    raise _wrong(
        number,
        t(
            "les horloges ont montré cette heure deux fois cette nuit-là : écrivez {first} ou {second}",
            "the clocks showed this hour twice that night: write {first} or {second}",
        ).format(first=first, second=second),
    )


def twice(at: datetime, zone: ZoneInfo = PARIS) -> bool:
    """Whether the clocks of a zone showed a time twice, in the night when they go back: it may be that of two subscribers."""
    first, second = (at.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1))
    return first is not None and second is not None and first > second


def _number(number: int, text: str) -> str:
    digits = "".join(char for char in text if char not in " .-/()\u00a0\u202f")
    if digits.startswith("0") and len(digits) == 10 and digits.isdecimal():
        digits = "+33" + digits[1:]
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    if not (digits.removeprefix("+").isdecimal() and 2 <= len(digits) <= 20):
        raise _wrong(number, t("le numéro ne se lit pas", "the number does not read"))
    return digits


def _wrong(number: int, what: Text) -> Refused:
    head = t("Critère {n} : ", "Selector {n}: ").format(n=number) if number else Text("", "")
    return Refused(head + what + ".", None, "selector.wrong", facts={"selector": number})


def may_look_up(law: Statutes, ask: Ask, kind: str) -> None:
    """Whether the basis lets the stores be searched by this kind of selector. Raises Refused.

    Who had an address is found in the data of group IV: the conditions of that group hold even when the identity alone is given.
    """
    if kind != "address":
        return
    rule = basis_of(law, ask)
    if "source" in rule.param["may"]:
        permitted(law, ask, "source")
    elif not rule.param.get("by_address", False):
        raise Refused(
            t(
                "Ce fondement ne permet pas de rechercher une personne par une adresse IP.",
                "This basis does not let a person be searched by an IP address.",
            ),
            rule,
            "ask.by-address",
            facts=ask.facts(),
            lawful=t(
                "Une recherche par nom ou par contrat reste possible.", "A search by name or contract stays possible."
            ),
        )


def stores_for(kind: str, answered: Sequence[Category] | frozenset[str]) -> tuple[Store, ...]:
    """The stores to be asked for a selector, in order: an address is looked up before its holder's identity, and for nothing else."""
    identity: tuple[Store, ...] = ("identity",) if OPENED_BY["identity"] & set(answered) else ()
    needed = bool(identity) and kind == "address"
    return tuple(s for s in STORES[kind] if needed or OPENED_BY[s] & set(answered)) + identity
