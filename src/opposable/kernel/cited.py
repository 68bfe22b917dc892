"""The rules that acts relied on, kept in their very words: a rulebook moves on, what was decided by it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from opposable.kernel.models import CitedRule
from opposable.law.kept import kept_rule
from opposable.ledger.act import digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from opposable.law import Rule

_known: set[str] = set()


def keep(rules: Mapping[str, Rule]) -> None:
    """Keep rules by the digest of their rows, in the transaction of the act that cites them. Those already kept cost nothing."""
    new = {row: rule for row, rule in rules.items() if row not in _known}
    if not new:
        return
    CitedRule.objects.bulk_create(
        [CitedRule(row=row, rule_id=rule.id, since=rule.since, data=rule.canonical()) for row, rule in new.items()],
        ignore_conflicts=True,
    )
    transaction.on_commit(lambda: _known.update(new))


def forget() -> None:
    """Ask the database anew (another database, or an older one, is now behind the same process)."""
    _known.clear()


def rule(pin: Mapping[str, str]) -> Rule | None:
    """The very wording that an act pinned, bylaws included; None when it is not kept, or not as it was pinned."""
    found = CitedRule.objects.filter(row=pin["row"]).values_list("data", flat=True).first()
    if found is None or digest(bytes(found)) != pin["row"]:
        return None
    return kept_rule(bytes(found), pin["book"])


def rows(digests: set[str]) -> list[bytes]:
    """The canonical rows of these digests, those that are kept, in the order of their rules."""
    found = CitedRule.objects.filter(row__in=digests).order_by("rule_id", "since", "row")
    return [bytes(data) for data in found.values_list("data", flat=True)]
