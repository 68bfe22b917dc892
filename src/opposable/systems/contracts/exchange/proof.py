"""The evidence of a text: drafting, the gate, every voice on its exact state, what left and what was answered, signatures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from opposable.kernel import evidence
from opposable.kernel.models import ApprovalCase, Decision
from opposable.systems.contracts.models import ContractVersion


def objects_of(version: ContractVersion) -> Iterator[str]:
    """The pseudonyms of everything that belongs to the story of a text."""
    yield version.contract.uid
    if version.document is not None:
        yield version.document.uid
    cases = ApprovalCase.objects.filter(subject=version.uid).order_by("pk")
    yield from cases.values_list("uid", flat=True)
    yield from Decision.objects.filter(subject=version.uid).order_by("pk").values_list("uid", flat=True)
    yield from version.dispatches.order_by("pk").values_list("uid", flat=True)
    yield from version.signatures.order_by("pk").values_list("uid", flat=True)


def write(version: ContractVersion, path: Path) -> Path:
    """Write the bundle. Raises EvidenceFault, AnchorFailed."""
    return evidence.write_bundle(version.uid, path, also=list(objects_of(version)), title=str(version))
