"""summary.html: what a bundle holds, for people, made from its JSON alone. The same content gives the same bytes.

One page in French and in English side by side, without script, that prints well. It proves nothing by itself: it says
what is enclosed and where the proof of it lies.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from hashlib import sha256
from html import escape
from importlib.resources import files
from string import Template
from typing import Any, Final
from zoneinfo import ZoneInfo

from opposable.ledger import canonical, token
from opposable.ledger.act import (
    ERASURE_PART,
    Cover,
    Erasure,
    Header,
    parse_erasure,
    parse_header,
    parse_instant,
    parse_part,
)
from opposable.ledger.bundle.content import BundleAct, BundleContent
from opposable.ledger.errors import LedgerError
from opposable.ledger.note import Verifier, split_note

PARIS: Final = ZoneInfo("Europe/Paris")
_SHELL: Final = files("opposable.ledger.assets")
_OUTCOMES: Final = {"done": ("accompli", "done"), "refused": ("refusé", "refused")}


def render(content: BundleContent) -> bytes:
    """The page, UTF-8. Headers that cannot be read are shown as such: the verifiers say why."""
    style = _SHELL.joinpath("summary.css").read_text(encoding="utf-8")
    origin, size, root, *_ = content.checkpoint.splitlines()
    fields = {
        "style": style,
        "style_hash": "sha256-" + base64.b64encode(sha256(style.encode()).digest()).decode(),
        "title": escape(content.title or origin),
        "origin": escape(origin),
        "size": _count(int(size)),
        "root": escape(root),
        "acts": _acts(content),
        "erasures": _erasures(content),
        "rules": _rules(content.rules),
        "proof": _proof(content),
        "count": str(len(content.acts)),
    }
    shell = _SHELL.joinpath("summary.html").read_text(encoding="utf-8")
    return Template(shell).substitute(fields).encode()


# --- acts ------------------------------------------------------------------------------------------------------------


def _acts(content: BundleContent) -> str:
    labels = {sha256(row).hexdigest(): _cite(canonical.decode(row)) for row in content.rules}
    erased = _erased(content)
    return "\n".join(_act(act, content.withheld.get(act.index, ()), erased, labels) for act in content.acts)


def _act(act: BundleAct, withheld: Collection[str], erased: Sequence[Erasure], labels: Mapping[str, str]) -> str:
    header = _read(act.header)
    if header is None:
        gone = _both("en-tête effacé ou illisible", "header erased or unreadable")
        return f'<tr><th scope="row">{_count(act.index)}</th><td colspan="5">{gone}</td></tr>'
    mark = "refused" if header.outcome == "refused" else "done"
    return (
        f'<tr><th scope="row">{_count(act.index)}</th>'
        f"<td>{_instant(parse_instant(header.at))}</td>"
        f'<td><code>{_broken(header.type)}</code> <span class="{mark}">{_both(*_OUTCOMES[header.outcome])}</span></td>'
        f"<td>{_object(header)}</td>"
        f"<td>{escape(labels.get(header.rule['row'], header.rule['id'])) if header.rule else '—'}</td>"
        f"<td>{_parts(act, header, withheld, erased)}</td></tr>"
    )


def _read(header: bytes | None) -> Header | None:
    if header is None:
        return None
    try:
        return parse_header(header)
    except LedgerError:
        return None


def _object(header: Header) -> str:
    number = f" · n° {header.seq}" if header.seq else ""
    return f"<code>{escape(header.obj[:8])}…</code>{number}"


def _parts(act: BundleAct, header: Header, withheld: Collection[str], erased: Sequence[Erasure]) -> str:
    def state(name: str) -> str:
        if name in act.parts:
            return _both("jointe", "enclosed")
        if any(erasure.names(act.index, name) for erasure in erased):
            return _both("effacée", "erased")
        return _both("réservée", "withheld") if name in withheld else _both("absente", "absent")

    return "<br>".join(f"<code>{escape(name)}</code> {state(name)}" for name in sorted(header.parts)) or "—"


def _erasures(content: BundleContent) -> str:
    rows = []
    for act in content.erasures:
        header, erasure = _read(act.header), _erasure(act)
        if header is None or erasure is None:
            continue
        covers = "; ".join(map(_cover, erasure.covers))
        rows.append(
            f'<tr><th scope="row">{_count(act.index)}</th><td>{_instant(parse_instant(header.at))}</td>'
            f"<td>{escape(covers)}</td><td>{escape(erasure.keep)}</td><td>{_day(erasure.earliest_on)}</td></tr>"
        )
    none = f'<tr><td colspan="5">{_both("aucun", "none")}</td></tr>'
    return "\n".join(rows) or none


def _erased(content: BundleContent) -> list[Erasure]:
    return [erasure for erasure in map(_erasure, content.erasures) if erasure is not None]


def _erasure(act: BundleAct) -> Erasure | None:
    try:
        return parse_erasure(parse_part(act.parts[ERASURE_PART]).data)
    except (KeyError, LedgerError):
        return None


def _cover(cover: Cover) -> str:
    last = cover.until_index - 1
    span = _count(last) if last == cover.from_index else f"{_count(cover.from_index)}–{_count(last)}"
    return f"{span} ({', '.join(sorted(cover.parts))})"


# --- rules -----------------------------------------------------------------------------------------------------------


def _rules(rows: Iterable[bytes]) -> str:
    return "\n".join(_rule(canonical.decode(row)) for row in sorted(set(rows))) or _both("aucune", "none")


def _cite(row: Mapping[str, Any]) -> str:
    return " ; ".join(row.get("cite") or [row["id"]])


def _rule(row: Mapping[str, Any]) -> str:
    since, until = _day(date.fromisoformat(row["from"])), row.get("until")
    end = f"→ {_day(date.fromisoformat(until))}" if until else _both("toujours en vigueur", "still in force")
    doubt = row.get("status") != "confirmed"
    mark = f'<p class="doubt">{_both("texte non confirmé", "text not confirmed")}</p>' if doubt else ""
    quote = f"<blockquote lang='fr'>{escape(row['text'])}</blockquote>" if row.get("text") else ""
    return (
        f"<article><h3>{escape(_cite(row))}</h3><p>{_both(str(row.get('fr', '')), str(row.get('en', '')))}</p>"
        f'<p class="soft"><code>{escape(str(row["id"]))}</code> · {since} {end}</p>{mark}{quote}</article>'
    )


# --- proof -----------------------------------------------------------------------------------------------------------


def _proof(content: BundleContent) -> str:
    key = Verifier.parse(content.vkey.strip())
    lines = [
        ("Journal", "Log", f"<code>{escape(content.checkpoint.splitlines()[0])}</code>"),
        ("Clé du journal (SHA-256)", "Key of the log (SHA-256)", f"<code>{_grouped(sha256(key.public_key))}</code>"),
        ("Pas avant", "Not before", _not_before(content)),
        ("Pas après", "Not after", _not_after(content)),
        ("Témoins", "Witnesses", _witnesses(content)),
    ]
    return "\n".join(f"<dt>{_both(fr, en)}</dt><dd>{value}</dd>" for fr, en, value in lines)


def _not_after(content: BundleContent) -> str:
    if content.checkpoint_token is None:
        return _both("point de contrôle non horodaté", "checkpoint not time-stamped")
    info = token.inspect(content.checkpoint_token)
    return f"{_instant(info.at)} · {escape(info.tsa)}"


def _not_before(content: BundleContent) -> str:
    instants = sorted(token.inspect(response).at for response in content.tokens)
    if not instants:
        return _both("aucun jeton antérieur", "no earlier token")
    first, last = _instant(instants[0]), _instant(instants[-1])
    return first if first == last else f"{first} — {last}"


def _witnesses(content: BundleContent) -> str:
    """Who cosigned, as the lines say: names are claims until a verifier checks them."""
    log = Verifier.parse(content.vkey.strip())
    lines = [one for one in split_note(content.checkpoint)[1] if one.key_id != log.key_id]
    return ", ".join(f"<code>{escape(one.name)}</code>" for one in lines) or _both("aucun", "none")


# --- words -----------------------------------------------------------------------------------------------------------


def _both(fr: str, en: str) -> str:
    return f'<span lang="fr">{escape(fr)}</span> <span lang="en">{escape(en)}</span>'


def _instant(at: datetime) -> str:
    """Legal time in Paris to the millisecond, and UTC."""
    paris = at.astimezone(PARIS)
    zone = "UTC+2" if paris.utcoffset() == timedelta(hours=2) else "UTC+1"
    shown = f"{paris:%d/%m/%Y %H:%M:%S},{paris.microsecond // 1000:03}"
    return f'<time datetime="{at:%Y-%m-%dT%H:%M:%S.%fZ}">{shown} <small>Paris, {zone}</small></time>'


def _day(day: date) -> str:
    return f'<time datetime="{day.isoformat()}">{day:%d/%m/%Y}</time>'


def _broken(dotted: str) -> str:
    """A dotted name that may break over lines after its dots."""
    return escape(dotted).replace(".", ".<wbr>")


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _grouped(hashed: Any) -> str:
    text = hashed.hexdigest()
    return " ".join(text[at : at + 8] for at in range(0, len(text), 8))
