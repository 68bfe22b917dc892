"""What a statement is taken away as: PDF for people, XLSX for their tables, OSCAL for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from opposable.kernel import clock
from opposable.kernel.documents import Paper, Template, instant
from opposable.kernel.models import Act
from opposable.law import t
from opposable.systems.isms.exchange import oscal
from opposable.systems.isms.models import Control, Soa
from opposable.systems.isms.models.soa import SOA_STATES
from opposable.systems.isms.rules.referential import LABELS_NOTE, NAMES
from opposable.systems.isms.rules.soa import REASONS, STATUSES
from opposable.web.export import XLSX_TYPE, xlsx_bytes
from opposable.web.language import current, say

COLUMNS = (
    t("Identifiant", "Identifier"),
    t("Thème", "Theme"),
    t("Libellé (Opposable)", "Label (Opposable’s)"),
    t("Décision", "Decision"),
    t("Raisons", "Reasons"),
    t("Justification", "Justification"),
    t("État", "Status"),
    t("Responsable", "Owner"),
    t("Mesures", "Controls"),
)
DECIDED = {True: t("retenue", "included"), False: t("exclue", "excluded"), None: t("à décider", "to decide")}


def rows_of(soa: Soa) -> list[dict[str, Any]]:
    """The lines with their words, in the order of the edition."""
    book = soa.book
    refs = dict(Control.objects.filter(scope=soa.scope).values_list("uid", "ref"))
    found = []
    for line in soa.lines.order_by("position"):
        known = book.requirements.get(line.requirement)
        found.append(
            {
                "id": line.requirement,
                "group": known.group if known else "",
                "label": book.label(line.requirement),
                "decided": DECIDED[line.applicable],
                "applicable": line.applicable,
                "reasons": line.reasons,
                "justification": line.justification,
                "status": STATUSES.get(line.status),
                "owner": line.owner,
                "controls": [refs.get(one, "?") for one in line.controls],
            }
        )
    return found


def xlsx(soa: Soa) -> bytes:
    """One line an identifier."""
    groups = soa.book.groups
    rows = [
        [
            one["id"],
            say(groups[one["group"]]) if one["group"] else "",
            say(one["label"]),
            say(one["decided"]),
            ", ".join(one["reasons"]),
            one["justification"],
            say(one["status"]) if one["status"] else "",
            one["owner"],
            " ".join(one["controls"]),
        ]
        for one in rows_of(soa)
    ]
    return xlsx_bytes([say(name) for name in COLUMNS], rows)


def oscal_json(soa: Soa) -> bytes:
    """The SSP alone; the whole set, signed, is `opposable isms export-oscal`."""
    document = oscal.documents(soa, dated(soa), current())["ssp"]
    return json.dumps(document, ensure_ascii=False, indent=1).encode()


def dated(soa: Soa) -> datetime:
    """The instant that a download bears: that of the publication, so that it is the same bytes each time; else now."""
    return soa.published_at or clock.now()


def pdf(soa: Soa) -> bytes:
    """The statement on paper: archival PDF with its data inside."""
    lang = current()
    paper = Paper(
        kind="isms.soa",
        title=t("Déclaration d’applicabilité", "Statement of applicability"),
        template=Template.of("isms", "soa"),
        keep="isms.record",
        author=soa.scope.organisation,
        short=t("Déclaration d’applicabilité", "Statement of applicability"),
        language=lang,
    )
    return paper.print(_data(soa, lang), dated(soa))


def _data(soa: Soa, lang: str) -> dict[str, Any]:
    groups = soa.book.groups
    lines = [
        {
            "id": one["id"],
            "group": one["group"],
            "label": one["label"].of(lang),
            "decided": one["decided"].of(lang),
            "applicable": one["applicable"],
            "reasons": one["reasons"],
            "justification": one["justification"],
            "status": one["status"].of(lang) if one["status"] else "",
            "owner": one["owner"],
            "controls": one["controls"],
        }
        for one in rows_of(soa)
    ]
    act = Act.objects.filter(obj=soa.uid, type="isms.statement.publish", outcome="done").order_by("-pk").first()
    return {
        "scope": {
            "name": soa.scope.name,
            "organisation": soa.scope.organisation,
            "text": soa.scope.text,
            "excluded": soa.scope.excluded,
            "owner": soa.scope.owner,
        },
        "soa": {
            "version": soa.version,
            "status": soa.status,
            "state": SOA_STATES[soa.status].of(lang),
            "edition": NAMES[soa.edition].of(lang),
            "approved_by": soa.published_by,
        },
        "published": instant(soa.published_at, lang) if soa.published_at else None,
        "proof": {"index": act.index, "entry": bytes(act.entry).hex(), "lines": soa.lines_sha256} if act else None,
        "groups": [{"id": key, "label": label.of(lang)} for key, label in groups.items()],
        "reasons": [{"code": key, "label": label.of(lang)} for key, label in REASONS.items()],
        "lines": lines,
        "counts": {
            "in": sum(one["applicable"] is True for one in lines),
            "out": sum(one["applicable"] is False for one in lines),
            "open": sum(one["applicable"] is None for one in lines),
        },
        "note": LABELS_NOTE.of(lang),
    }


SOA: dict[str, tuple[str, Callable[[Soa], bytes]]] = {
    "pdf": ("application/pdf", pdf),
    "xlsx": (XLSX_TYPE, xlsx),
    "oscal": ("application/json", oscal_json),
}
