"""Days that are over: the acts of erasure, and what they order carried out."""

from __future__ import annotations

from itertools import groupby

from opposable.kernel import actors, clock
from opposable.kernel.retention.holds import Held
from opposable.law import PARIS
from opposable.law.terminal import words
from opposable.systems.traffic.acts.freezing import erase_freeze
from opposable.systems.traffic.acts.segments import erase_segments
from opposable.systems.traffic.models import Freeze, Segment
from opposable.systems.traffic.store import erasing

KEEPER = actors.system("traffic-erasure")
BATCH = 500
"""Segments in one act of erasure."""


def erase_due() -> list[str]:
    """Erase what is at its end: the act first, then the files and the key. Whatever a crash left undone is done."""
    today = clock.now().astimezone(PARIS).date()
    held = Held.now().objects
    said = []
    due = Segment.objects.there().filter(until__lte=today).order_by("store", "until", "pk")
    for (store, until), group in groupby(
        [one for one in due if one.uid not in held], lambda one: (one.store, one.until)
    ):
        segments = list(group)
        for start in range(0, len(segments), BATCH):
            erase_segments(KEEPER, segments=segments[start : start + BATCH])
        number = len(segments)
        said.append(
            words(
                f"traffic : effacés du compartiment « {store} », dus le {until} (segments) : {number}",
                f'traffic: erased from the compartment "{store}", due on {until} (segments): {number}',
            )
        )
    for freeze in Freeze.objects.filter(erased_at=None, until__lte=today).exclude(uid__in=held):
        erase_freeze(KEEPER, freeze=freeze)  # nothing is said of it: who reads the log need not be in the case
    gone = erasing.carry_out()
    return said + (
        [words(f"traffic : fichiers détruits : {gone}", f"traffic: files destroyed: {gone}")] if gone else []
    )
