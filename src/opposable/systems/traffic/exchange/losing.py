"""What did not come, or did not read, as it is kept with a delivery: a judge must know that records of that hour were lost."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from opposable.kernel import clock
from opposable.law import t
from opposable.systems.traffic.exchange.blocks import Loss
from opposable.systems.traffic.exchange.outcome import Outcome
from opposable.systems.traffic.store.proof import EPOCH, MICROSECOND

UNREAD = t(
    "{n} (ligne ou message reçu ne se lisait|lignes ou messages reçus ne se lisaient) pas",
    "{n} (line or message|lines or messages) that came did not read",
)
MOST = 100
"""Losses of one delivery that are told one by one; the others are told together."""


def kept_losses(outcome: Outcome, skew_ms: int) -> list[dict[str, Any]]:
    """The losses of a file, and its rejects as one: where no time is known it is that of the rows of the file, if it has any."""
    losses = list(outcome.losses)
    if count := len(outcome.rejects):
        losses.append(Loss(UNREAD.counted(count).format(n=count)))
    if len(losses) > MOST:
        losses = [*losses[: MOST - 1], _together(losses[MOST - 1 :])]
    return [_kept(one, outcome, skew_ms * 1_000) for one in losses]


def _together(losses: list[Loss]) -> Loss:
    known = [(one.since, one.until) for one in losses]
    since = min((since for since, _ in known if since is not None), default=None)
    until = max((until for _, until in known if until is not None), default=None)
    unsaid = any(None in one for one in known)  # then it is the whole file
    text = t(f"{len(losses)} autres pertes", f"{len(losses)} other losses")
    return Loss(text) if unsaid else Loss(text, since, until)


def _kept(loss: Loss, outcome: Outcome, skew: int) -> dict[str, Any]:
    """By the right clock, as the rows are: ``skew`` (microseconds) is added to what the source says."""
    since = outcome.first if loss.since is None else loss.since + skew
    until = outcome.last if loss.until is None else loss.until + skew
    if since is not None and until is not None and since > until:
        since = until
    return {"fr": loss.text.fr, "en": loss.text.en, "since": _instant(since), "until": _instant(until)}


def _instant(micros: int | None) -> str | None:
    """None where it is not known, or no clock could have shown it."""
    try:
        return None if micros is None else clock.utc((EPOCH + micros * MICROSECOND).astimezone(UTC))
    except OverflowError:
        return None
