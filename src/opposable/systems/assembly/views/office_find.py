"""Finding a holder by name or account in a register of any size."""

from django.db.models import Q, QuerySet

from opposable.systems.assembly.models import Holder

WORDS = 4
MOST = 2_000
"""Candidates beyond which the words are too common to help: the whole register is then read."""


def find_holders(rows: QuerySet[Holder], given: str) -> QuerySet[Holder]:
    """The holders whose name, given name, account or address has each of the words. ``rows`` are those of one company.

    Names and accounts are looked at first, in their indexes alone, which hold nothing else and are read ten times as fast
    as the register; only when they give nothing, or too much, is the register itself read.
    """
    words = given.replace("\0", " ").split()[:WORDS]
    if not words:
        return rows
    found = _candidates(rows, words)
    wanted = rows.filter(_each(words))
    return wanted.filter(pk__in=found) if 0 < len(found) <= MOST else wanted


def _candidates(rows: QuerySet[Holder], words: list[str]) -> list[int]:
    """Who has one of the words in his name, or an account that begins so. One query."""
    bare = rows.order_by().select_related(None)
    parts = [
        bare.filter(condition).values_list("pk")
        for word in words
        for condition in (Q(name__icontains=word), Q(ref__istartswith=word))
    ]
    return [pk for (pk,) in parts[0].union(*parts[1:])[: MOST + 1]]


def _each(words: list[str]) -> Q:
    found = Q()
    for word in words:
        one = Q(name__icontains=word) | Q(given_name__icontains=word)
        found &= one | Q(ref__istartswith=word) | Q(email__iexact=word)
    return found
