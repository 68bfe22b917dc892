"""Segments go from the disk into a bucket, or back: the act says which, and that each is the file that was sealed."""

from __future__ import annotations

from collections.abc import Sequence

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.traffic.acts.segments import CATALOGUE
from opposable.systems.traffic.models import Freeze, Segment


@act("traffic.segment.move", label=t("Déplacer des segments", "Move segments"), api=False)
def move_segments(a: Acting, *, segments: Sequence[Segment], place: str) -> list[Segment]:
    """They lie at ``place`` from now on. Their copies are there, verified; where they lay before is emptied after the act."""
    a.require("write", kind=Segment.Evidence.kind, cell=root())
    for segment in segments:
        a.about(segment)
        if segment.erased_at is not None:
            raise Refused(t("Ce segment est déjà effacé.", "This segment is erased already."), None, "segment.erased")
        if segment.place == place:
            raise Refused(t("Ce segment y est déjà.", "This segment is there already."), None, "segment.there")
        segment.place = place
        a.record(segment)
    a.part(
        "moved",
        {"v": 1, "to": place or "disk", "segments": [{"segment": one.uid, "file": one.sha256} for one in segments]},
        keep=CATALOGUE,
    )
    return list(segments)


@act("traffic.freeze.move", label=t("Déplacer un gel", "Move a freeze"), api=False, secret=True)
def move_freeze(a: Acting, *, freeze: Freeze, place: str) -> Freeze:
    """The same for the copies of frozen rows, by an act of the case: that there are some is a secret."""
    a.require("write", freeze)
    if freeze.erased_at is not None or freeze.place == place:
        raise Refused(
            t("Ce gel est effacé, ou s’y trouve déjà.", "This freeze is erased, or there already."),
            None,
            "freeze.there",
        )
    freeze.place = place
    a.record(freeze)
    a.part("moved", {"v": 1, "to": place or "disk", "file": freeze.sha256}, keep=CATALOGUE)
    return freeze
