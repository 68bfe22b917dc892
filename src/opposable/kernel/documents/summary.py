"""summary.pdf of a bundle: what it holds, for people, on paper. Made from the bundle's content alone, in two languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any

from opposable.kernel.documents.issuing import Paper, instant
from opposable.kernel.documents.template import Template
from opposable.law import Text, day_text, t
from opposable.ledger import canonical, token
from opposable.ledger.act import ERASURE_PART, digest, parse_erasure, parse_header, parse_instant, parse_part
from opposable.ledger.bundle.content import BundleAct, BundleContent
from opposable.ledger.errors import LedgerError
from opposable.ledger.note import Verifier, split_note

TITLE = t("Dossier de preuve", "Evidence bundle")
KEEP = "kernel.permanent"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def bundle_summary_pdf(data: Mapping[str, Any], lang: str = "fr") -> bytes:
    """Return summary.pdf for ``data`` (see `summary_data`). Its date is the time-stamp's, else that of the last act: not today's."""
    at = parse_instant(data["at"])
    paper = Paper("kernel.bundle", TITLE, Template.of("kernel", "summary"), KEEP, data["origin"], TITLE, lang)
    return paper.print(data, at)


def summary_data(content: BundleContent, lang: str = "fr") -> dict[str, Any]:
    """What the summary prints of a bundle: the acts and what is enclosed of each, the rules, where the proof lies."""
    origin, size, root, *_ = content.checkpoint.splitlines()
    stamp = token.inspect(content.checkpoint_token) if content.checkpoint_token else None
    headers = [parse_header(act.header) for act in content.acts if act.header]
    labels = {sha256(row).hexdigest(): canonical.decode(row) for row in content.rules}
    last = stamp.at if stamp else max((parse_instant(header.at) for header in headers), default=EPOCH)
    before = sorted(token.inspect(response).at for response in content.tokens)
    return {
        "title": content.title or origin,
        "origin": origin,
        "size": int(size),
        "root": root,
        "key": sha256(Verifier.parse(content.vkey.strip()).public_key).hexdigest(),
        "at": f"{last:%Y-%m-%dT%H:%M:%S.%fZ}",
        "stamp": {**instant(stamp.at, lang), "tsa": _common_name(stamp.tsa)} if stamp else None,
        "not_before": instant(before[0], lang) if before else None,
        "witnesses": _witnesses(content),
        "acts": [_act(content, act, labels, lang) for act in content.acts],
        "erasures": [found for act in content.erasures if (found := _erasure(act, lang))],
        "rules": [_rule(labels[key], lang) for key in sorted(labels, key=lambda key: str(labels[key]["id"]))],
    }


def _common_name(subject: str) -> str:
    """The common name out of an RFC 4514 subject, as people read it; the whole subject when it has none."""
    found = re.search(r"(?:^|,)CN=((?:\\.|[^,\\])+)", subject)
    return re.sub(r"\\(.)", r"\1", found[1]) if found else subject


def _witnesses(content: BundleContent) -> list[str]:
    log = Verifier.parse(content.vkey.strip())
    return [line.name for line in split_note(content.checkpoint)[1] if line.key_id != log.key_id]


def _act(content: BundleContent, act: BundleAct, labels: Mapping[str, Any], lang: str) -> dict[str, Any]:
    if act.header is None:
        entry = act.entry.hex() if act.entry else ""
        return {"index": act.index, "erased": True, "entry": entry}
    header = parse_header(act.header)
    rule = labels.get(header.rule["row"]) if header.rule else None
    withheld = content.withheld.get(act.index, ())
    return {
        "index": act.index,
        "erased": False,
        "entry": digest(act.header),
        "at": instant(parse_instant(header.at), lang),
        "type": header.type,
        "label": _label(header.type).of(lang),
        "outcome": header.outcome,
        "object": header.obj,
        "seq": header.seq,
        "rule": " ; ".join(rule.get("cite") or [rule["id"]]) if rule else "",
        "parts": [
            {"name": name, "enclosed": name in act.parts, "withheld": name in withheld} for name in sorted(header.parts)
        ],
    }


def _label(type_: str) -> Text:
    from opposable.kernel.acts import REGISTRY  # filled by the systems once they are loaded

    known = REGISTRY.get(type_)
    return known.label if known else Text(type_, type_)


def _erasure(act: BundleAct, lang: str) -> dict[str, Any] | None:
    try:
        erasure = parse_erasure(parse_part(act.parts[ERASURE_PART]).data)
        header = parse_header(act.header or b"")
    except (KeyError, LedgerError):
        return None
    covers = [
        f"{cover.from_index}–{cover.until_index - 1} ({', '.join(sorted(cover.parts))})" for cover in erasure.covers
    ]
    return {"index": act.index, "at": instant(parse_instant(header.at), lang), "keep": erasure.keep, "covers": covers}


def _rule(row: Mapping[str, Any], lang: str) -> dict[str, Any]:
    return {
        "id": row["id"],
        "label": str(row.get("en" if lang == "en" else "fr", "")),
        "cite": list(row.get("cite") or [row["id"]]),
        "from": day_text(date.fromisoformat(row["from"])).of(lang),
        "until": day_text(date.fromisoformat(row["until"])).of(lang) if row.get("until") else None,
        "status": str(row.get("status", "unconfirmed")),
        "text": str(row.get("text", "")),
    }
