"""From what was read to the file that the authority opens: letter, XML, CSV, one proof a row, the acts behind them, encrypted."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from opposable.kernel import actors, clock, evidence, parts
from opposable.kernel.actors import Actor
from opposable.kernel.documents import files, seal_document
from opposable.kernel.models import Act, Document, Part
from opposable.kernel.sealing_service import sealed_first
from opposable.kernel.system import retention_classes
from opposable.law import t
from opposable.ledger import bundle, canonical
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.answering import Made
from opposable.systems.traffic.acts.papers import operator
from opposable.systems.traffic.acts.querying import ROWS
from opposable.systems.traffic.exchange.answer import envelope, etsi, layout, table
from opposable.systems.traffic.exchange.answer.etsi import AnswerFault
from opposable.systems.traffic.exchange.answer.recipient import recipient
from opposable.systems.traffic.models import Answer, Requisition
from opposable.systems.traffic.models.requisition import KEEP_ANSWER

CLERK = actors.system("requisitions")
ENCLOSED = frozenset({"why", "verdicts", ROWS, "count", "segment", "objects", "erasure"})
"""Parts that the authority gets: what it asked, what was decided of it, and the roots. Not who approved, nor their remarks."""
FIXED = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Enclosed:
    """The plain answer, before it is encrypted."""

    data: bytes
    rows: int
    proven: int
    complete: bool
    document: Document


def make_answer(actor: Actor, *, requisition: Requisition) -> Answer:
    """Issue, seal, enclose, encrypt, record. Raises AnswerFault, Refused; then nothing has left and it can be asked again."""
    certificate = recipient(requisition.certificate, clock.now())
    enclosed = enclose(actor, requisition)
    sealed = envelope.seal_for(enclosed.data, certificate)
    until = retention_classes()[KEEP_ANSWER].earliest(clock.now().date())
    made = Made(
        rows=enclosed.rows,
        proven=enclosed.proven,
        complete=enclosed.complete,
        inner_sha256=sha256(enclosed.data).hexdigest(),
        sha256=files.put(sealed, KEEP_ANSWER, until),
        size=len(sealed),
        recipient=certificate.subject.rfc4514_string()[:300],
        document=enclosed.document.uid,
        keep_until=until,
    )
    requisition.refresh_from_db()
    return acts.record_answer(actor, requisition=requisition, made=made).result


def sealed_file(answer: Answer) -> bytes | None:
    """The encrypted file, or None when it was erased on its day."""
    return files.get(answer.sha256, KEEP_ANSWER, answer.keep_until)


def enclose(actor: Actor, requisition: Requisition) -> Enclosed:
    """The plain answer as one ZIP. Issues and seals the letter."""
    read = _read(requisition)
    rows = [{**row, "query": number} for number, part in enumerate(read, 1) for row in part["rows"]]
    letter = acts.issue_letter(actor, requisition=requisition).result
    seal_document(CLERK, document=letter)
    letter.refresh_from_db()
    sealed_first()
    missing = [lost for one in requisition.current_queries() for lost in one.missing]
    case = _evidence(requisition, rows, letter)
    lost = [{"query": number, **one} for number, part in enumerate(read, 1) for one in part.get("lost", ())]
    members = _members(requisition, rows, files.read(letter), case, complete=not missing, lost=lost)
    proven = sum(1 for row in rows if row["proof"])
    return Enclosed(_zip(members), len(rows), proven, not missing, letter)


def _read(case: Requisition) -> list[dict[str, Any]]:
    """The rows of each question, from the log. Raises AnswerFault when one was erased."""
    found = []
    for query in case.current_queries():
        data = parts.read_of(query, "traffic.query.read", ROWS)
        if data is None or sha256(canonical.encode(data)).hexdigest() != query.digest:
            raise AnswerFault(
                t(
                    "Les lignes lues ne sont plus au dossier : la question est à poser de nouveau.",
                    "The rows that were read are not on file any more: the question is to be asked again.",
                )
            )
        found.append(data)
    return found


def _members(
    case: Requisition,
    rows: Sequence[dict[str, Any]],
    letter: bytes,
    acts_file: bytes,
    *,
    complete: bool,
    lost: Sequence[dict[str, Any]],
) -> dict[str, bytes]:
    header = {
        "organisation": case.organisation,
        "number": case.reference,
        "csp": operator()["csp"],
        "at": clock.utc(clock.now()),
    }
    status = "responseComplete" if complete else "responseIncomplete"
    members = {
        layout.LETTER: letter,
        layout.XML: etsi.write(header, rows, status, [_remark(one) for one in lost]),
        **{f"{layout.TABLES}{name}": data for name, data in table.write(rows).items()},
        **{layout.row_name(number): _json(row) for number, row in enumerate(rows, 1)},
        layout.EVIDENCE: acts_file,
        **({layout.LOST: table.losses(lost)} if lost else {}),
    }
    digests = {name: sha256(data).hexdigest() for name, data in sorted(members.items())}
    manifest = {
        "v": layout.VERSION, "kind": layout.KIND, "number": case.reference, "rows": len(rows), "complete": complete,
        "files": digests, "lost": len(lost),
    }  # fmt: skip
    return {layout.MANIFEST: _json(manifest), layout.README: layout.readme(), **members}


def _remark(one: dict[str, Any]) -> str:
    when = f"{one['since'] or '?'} / {one['until'] or '?'}"
    return f"Perdu / lost, {one['source']}, {when}: {one['fr']} / {one['en']}"


def _evidence(case: Requisition, rows: Sequence[dict[str, Any]], letter: Document) -> bytes:
    """The acts behind the answer in a bundle: qualification, questions, letter, and the segments of the rows."""
    wanted = {row["segment"] for row in rows if row["segment"]}
    done = Act.objects.filter(outcome="done")
    about = done.filter(
        type__in=["traffic.requisition.qualify", "traffic.answer.letter"], obj__in=[case.uid, letter.uid]
    )
    for (
        query
    ) in case.current_queries():  # from its last count on: what was read of an earlier wording is given to nobody
        looked = done.filter(type__in=["traffic.query.count", "traffic.query.read"], obj=query.uid)
        about |= looked.filter(id__gte=looked.filter(type="traffic.query.count").latest("id").id)
    sealed = Act.objects.filter(type="traffic.segment.seal", outcome="done", obj__in=wanted)
    content = evidence.gather(
        [*about.order_by("id"), *sealed.order_by("id")],
        [],
        visible=_given,
        with_state=False,
        pdf=False,  # the letter says it
        title=t("Réponse à réquisition", "Answer to a requisition").fr,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = bundle.write(content, Path(folder) / "evidence.asice", stamp=evidence.stamp)
        return path.read_bytes()


def _given(part: Part) -> bool:
    return part.name in ENCLOSED


def _zip(members: dict[str, bytes]) -> bytes:
    """A ZIP with the same bytes for the same members."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, FIXED)
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, data)
    return out.getvalue()


def _json(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
