"""«Registre des actes»: the list, and the proof page of each act with what anyone needs to check it."""

import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from opposable.kernel import clock, evidence, parts, proofs
from opposable.kernel.models import Act, Part, Reading
from opposable.kernel.retention import erasing
from opposable.kernel.system import law, systems
from opposable.law.text import Text, t
from opposable.ledger.act import Header
from opposable.web.access import actor_of, find_row, may_read_row, visible_acts
from opposable.web.language import typographic
from opposable.web.links import act_link, rule_link
from opposable.web.listing import Column, Filter, Listing
from opposable.web.register import (
    PartLine,
    act_label,
    actor_names,
    entries_of,
    header_of,
    index_of,
    read_part,
)

FOREVER = "public, max-age=31536000, immutable"


def outcome_state(act: Act) -> tuple[str, Text]:
    """Tone and word."""
    if is_erased(act):
        return "info", t("effacé", "erased")
    return ("refused", t("refusé", "refused")) if act.outcome == "refused" else ("ok", t("fait", "done"))


class _Sealed:
    """What the seal column and the export need of an act."""

    def __init__(self, act: Act) -> None:
        self.index, self.at = index_of(act), instant_of(act)


def is_erased(act: Act) -> bool:
    """Whether the act was erased whole: only its place in the log and its digest are left."""
    return act.type == ""


def instant_of(act: Act) -> datetime | None:
    """When it was done; nobody knows any more of one that was erased."""
    return None if is_erased(act) else act.at


def cite_of(act: Act) -> str:
    """The citation of the rule an act stands on, in the wording of its day."""
    rule = law().find(act.rule, act.at.date()) if act.rule else None
    return typographic(" ; ".join(rule.cite)) if rule else str(act.rule)


def _by_system(rows: QuerySet[Act], label: str) -> QuerySet[Act]:
    return rows.filter(type__startswith=f"{label}.")


def _search(rows: QuerySet[Act], words: str) -> QuerySet[Act]:
    compact = words.replace(" ", "").replace("\u202f", "")
    if compact.isdecimal() and len(compact) < 19:
        return rows.filter(leaf__index=int(compact))
    if len(compact) == 64 and all(char in "0123456789abcdef" for char in compact):
        return rows.filter(entry=bytes.fromhex(compact))
    return rows.filter(Q(type__icontains=compact) | Q(rule__icontains=compact) | Q(obj=compact))


def listing() -> Listing:
    """The list of acts, with one chip per installed system."""
    choices = [(system.label, system.title) for system in systems()]
    return Listing(
        columns=(
            Column("act", t("Acte", "Act"), lambda act: act_label(act.type), href=lambda act: act_link(index_of(act))),
            Column("at", t("Instant", "Instant"), instant_of, "instant"),
            Column("actor", t("Par", "By"), lambda act: act.actor_name or "–"),
            Column("outcome", t("Issue", "Outcome"), outcome_state, "state"),
            Column("rule", t("Règle", "Rule"), cite_of, href=lambda act: rule_link(act.rule, act.at.date())),
            Column("seal", t("Sceau", "Seal"), _Sealed, "seal"),
            Column("rule-id", t("Identifiant de la règle", "Rule id"), lambda act: act.rule, default=False),
            Column("type", t("Type", "Type"), lambda act: act.type, default=False),
            Column("entry", t("Empreinte", "Digest"), lambda act: bytes(act.entry).hex(), "hash", default=False),
            Column("object", t("Objet", "Object"), lambda act: act.obj, "hash", default=False),
        ),
        filters=(
            Filter(
                "outcome",
                t("Issue", "Outcome"),
                (("done", t("faits", "done")), ("refused", t("refusés", "refused"))),
                lambda rows, value: rows.filter(outcome=value),
            ),
            Filter("system", t("Système", "System"), (*choices, ("kernel", t("Maison", "House"))), _by_system),
        ),
        order=("-pk",),
        search=_search,
        export_name="actes",
        prepare=_name_actors,
    )


def _name_actors(rows: Sequence[Act]) -> None:
    names = actor_names({act.actor for act in rows})
    for act in rows:
        act.actor_name = names.get(act.actor, "")  # type: ignore[attr-defined]


def acts(request: HttpRequest) -> HttpResponseBase:
    """The register: newest first, filtered, exported."""
    rows = visible_acts(request).select_related("leaf")
    table = listing()
    return table.export(request, rows) or render(request, "web/pages/acts.html", {"list": table.page(request, rows)})


def _act(request: HttpRequest, index: int) -> Act:
    found: Act = get_object_or_404(visible_acts(request).select_related("leaf"), leaf__index=index)
    return found


def act(request: HttpRequest, index: int) -> HttpResponse:
    """The proof page. Of an act that was erased whole nothing is left to hide: its place and its digest are public."""
    known = visible_acts(request) | Act.objects.filter(type="")
    row: Act = get_object_or_404(known.select_related("leaf"), leaf__index=index)
    if is_erased(row):
        return _erased(request, row, index)
    header = header_of(row)
    proof = proofs.of(index, row)
    subject = find_row(row.obj)
    pieces = list(Part.objects.filter(act=row).order_by("name"))
    reason = next((piece for piece in pieces if piece.name == "why"), None)
    about = subject if subject is not None and may_read_row(request, subject) else None
    context = {
        "act": row,
        "index": index,
        "label": act_label(row.type),
        "state": outcome_state(row),
        "header": header,
        "why": read_part(reason) if reason else None,
        "who": actor_names({row.actor}).get(row.actor, ""),
        "subject": about,
        "subject_url": about.get_absolute_url() if about is not None and hasattr(about, "get_absolute_url") else "",
        "pieces": [PartLine(piece) for piece in pieces],
        "proof": proof,
        "bundle_url": reverse("web:act-bundle", args=[index]) if proof and row.header is not None else "",
        **_neighbours(row, header),
    }
    return render(request, "web/pages/act.html", context)


def _erased(request: HttpRequest, row: Act, index: int) -> HttpResponse:
    """What is left of an act that was erased whole, and by which act and rule."""
    by = erasing.act_that_erased(index)
    why = {"rule": by.erasure.rule} if by is not None and by.erasure.rule else None
    context = {"act": row, "index": index, "proof": proofs.of(index), "by": by, "why": why}
    return render(request, "web/pages/act_erased.html", context)


def _neighbours(row: Act, header: Header | None) -> dict[str, Any]:
    """The object's acts before and after this one, for the links of its chain; ``gone``: the one before was erased."""
    if row.seq == 0:
        return {}
    near = Act.objects.filter(obj=row.obj, seq__in=(row.seq - 1, row.seq + 1), seq__gt=0).select_related("leaf")
    found: dict[str, Any] = {"before" if entry.act.seq < row.seq else "after": entry for entry in entries_of(near)}
    if row.seq > 1 and "before" not in found and header is not None:
        # an act on several objects is another's; of one that was erased, the log still has the digest that this one names
        named = Act.objects.filter(entry=bytes.fromhex(header.prev)).select_related("leaf").first()
        found |= {"before": entries_of([named])[0]} if named else {}
        found["gone"] = named is not None and is_erased(named)
    return found


def header(request: HttpRequest, index: int) -> HttpResponse:
    """``act.json``: the very bytes whose SHA-256 is the entry of the log."""
    row = _act(request, index)
    if row.header is None:
        raise Http404
    return HttpResponse(bytes(row.header), content_type="application/json")


@login_not_required
def proof_file(request: HttpRequest, index: int) -> HttpResponse:
    """``act.tlog-proof`` (C2SP): index, hashes, signed and cosigned checkpoint. Hashes only: it needs no right."""
    proof = proofs.of(index)
    if proof is None:
        raise Http404
    return HttpResponse(proof.text, content_type="text/plain; charset=utf-8")


def bundle_file(request: HttpRequest, index: int) -> HttpResponse:
    """The whole evidence of an act: its object's chain with the parts, proofs, tokens, rules, and the verifiers. Noted as a reading."""
    row = _act(request, index)
    _note_reading(request, row, "bundle", clock.now())
    with tempfile.TemporaryDirectory() as folder:
        written = evidence.write_bundle(str(index), Path(folder) / "case.asice")
        answer = HttpResponse(written.read_bytes(), content_type="application/vnd.etsi.asic-e+zip")
    answer["Content-Disposition"] = f'attachment; filename="{settings.ORIGIN.split("/")[0]}-acte-{index}.asice"'
    return answer


def part_file(request: HttpRequest, index: int, name: str) -> HttpResponse:
    """``part-<name>.json``: canonical bytes of a part. Reading one is noted in the journal of readings."""
    row = _act(request, index)
    piece = get_object_or_404(Part, act=row, name=name)
    data = parts.part_bytes_of(piece)
    if data is None:
        raise Http404
    _note_reading(request, row, name, clock.now())
    return HttpResponse(data, content_type="application/json")


def _note_reading(request: HttpRequest, row: Act, what: str, at: datetime) -> None:
    Reading.objects.create(at=at, actor=actor_of(request).uid, obj=row.obj, what=f"part {what}"[:60])
