"""The proof of an erasure as files: the signed PDF, and the bundle of the acts that it names."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from opposable.kernel import evidence
from opposable.kernel.actors import Actor
from opposable.kernel.documents import seal_document
from opposable.kernel.models import Act, Document, Part
from opposable.kernel.sealing_service import sealed_first
from opposable.ledger import bundle
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.attesting import ERASE, SEAL, TITLE, acts_on, erased_of
from opposable.systems.traffic.exchange.answer.compose import CLERK

ENCLOSED = frozenset({"segment", "erasure", "objects", "why", "data"})
"""Roots and counts, the working of the end, and the data of the document: nothing of any person is in them."""


def make_proof(actor: Actor, day: date) -> Document:
    """Issue the proof of a day and seal it. Raises Refused; DocumentFault, TsaFault: then it is sealed by the next tick."""
    sealed_first()  # so that the proof can say where the acts stand
    document = acts.attest(actor, day=day).result
    seal_document(CLERK, document=document)
    document.refresh_from_db()
    return document


def write_proof_bundle(document: Document, day: date, path: Path) -> Path:
    """The acts that sealed the day's segments, the acts that erased them, and those of the document, in one file."""
    sealed_first()
    wanted = {one.pk: one for segment in erased_of(day) for kind in (SEAL, ERASE) for one in acts_on(segment, kind)}
    # The act of signing may still wait for its seal: the PDF says it too.
    papers = Act.objects.filter(obj=document.uid, outcome="done", leaf__isnull=False)
    wanted |= {one.pk: one for one in papers}
    content = evidence.gather(
        [wanted[key] for key in sorted(wanted)], [], visible=_given, with_state=False, title=TITLE.fr
    )
    return bundle.write(content, path, stamp=evidence.stamp)


def _given(part: Part) -> bool:
    return part.name in ENCLOSED
