"""Acts on sources."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.traffic.models import Source

NOTE = 500


@act("traffic.source.declare", label=t("Déclarer une source", "Declare a source"))
def declare_source(
    a: Acting,
    *,
    slug: str,
    title: str,
    format: str,
    zone: str = "UTC",
    tolerance_ms: int = 1_000,
    mapping: dict[str, Any] | None = None,
    destinations_basis: str = "",
    note: str = "",
) -> Source:
    """Declare who reports, in which format and by which clock.

    Destinations are dropped unless ``destinations_basis`` names the legal basis on which they are kept: L. 34-1 VI CPCE
    forbids keeping what was consulted. ``note``: what whoever reads the rows should know of where they come from.
    """
    a.require("write", kind=Source.Evidence.kind, cell=root())
    if Source.objects.filter(slug=slug).exists():
        raise Refused(t("Ce nom de source est pris.", "This name of a source is taken."), None, "source.exists")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refused(
            t("« {zone} » n’est pas un fuseau connu.", "“{zone}” is no known zone.").format(zone=zone),
            None,
            "source.zone",
            lawful=t("Par exemple Europe/Paris, ou UTC.", "For example Europe/Paris, or UTC."),
        ) from None
    if len(note) > NOTE:
        raise Refused(
            t("La note d’une source tient en {n} caractères.", "The note of a source holds {n} characters.").format(
                n=NOTE
            ),
            None,
            "source.note",
        )
    source = Source(
        cell=root(),
        slug=slug,
        title=title,
        format=format,
        zone=zone,
        tolerance_ms=tolerance_ms,
        mapping=mapping or {},
        destinations_basis=destinations_basis,
        note=note,
    )
    a.record(source)
    return source


@act("traffic.source.close", label=t("Fermer une source", "Close a source"))
def close_source(a: Acting, *, source: Source) -> Source:
    """Nothing comes in from it any more; what came in lives its time."""
    a.require("write", source)
    if source.closed_at is not None:
        raise Refused(t("Cette source est déjà fermée.", "This source is closed already."), None, "source.closed")
    source.closed_at = a.now
    a.record(source)
    return source
