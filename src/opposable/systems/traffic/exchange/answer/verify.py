"""Check a plain answer offline, row by row: digests, the bundle of acts, each row against the root of its sealed segment.

Pure but for the ledger: standard library, no Django, no database, no network. The catalogue of checks of the bundle itself is
the ledger's; what is added here is numbered R1 to R7.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from opposable.law import t
from opposable.ledger.__main__ import describe
from opposable.ledger.errors import LedgerError, ProofError
from opposable.ledger.verify import Report, verify as verify_bundle
from opposable.systems.traffic.exchange.answer import layout, table
from opposable.systems.traffic.store.proof import RowProof

NS = "{http://uri.etsi.org/02657/v1.28.1#/RetainedData}"
MOST_BYTES = 2 << 30


@dataclass
class Checked:
    """What was found: ``bundle`` is the report on the acts; ``faults`` one sentence each, in French and in English."""

    bundle: Report | None = None
    rows: int = 0
    proven: int = 0
    withheld: int = 0
    complete: bool = False
    lost: int = 0
    faults: list[tuple[str, str]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything holds."""
        return not self.faults and self.bundle is not None and self.bundle.ok

    def wrong(self, fr: str, en: str) -> None:
        """Note a fault."""
        self.faults.append((fr, en))

    def as_data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "ok": self.ok, "rows": self.rows, "proven": self.proven, "withheld": self.withheld, "complete": self.complete,
            "lost": self.lost,
            "faults": [en for _, en in self.faults], "bundle": self.bundle.as_data() if self.bundle else None,
        }  # fmt: skip


def run_verify(given: argparse.Namespace) -> int:
    """`opposable verify REPONSE.zip`: print what was found; 0 when everything holds, else 1."""
    seen = verify(
        given.bundle,
        policy=given.policy and given.policy.read_bytes(),
        tsa_roots=[path.read_bytes() for path in given.tsa],
        checkpoint=given.checkpoint and given.checkpoint.read_bytes(),
    )
    report = (
        json.dumps(seen.as_data(), ensure_ascii=False, indent=2)
        if given.json
        else "\n".join(described(seen, given.lang))
    )
    sys.stdout.write(report + "\n")
    return 0 if seen.ok else 1


def described(seen: Checked, lang: str) -> list[str]:
    """The findings in lines for people."""
    said = [fr if lang == "fr" else en for fr, en in seen.faults]
    lines = [f"{'FAUX' if lang == 'fr' else 'FALSE'} {one}" for one in said]
    if seen.bundle is not None:
        lines += describe(seen.bundle, lang)
    if not seen.complete:
        lines.append(
            "INCOMPLÈTE : des segments n’ont pas pu être lus"
            if lang == "fr"
            else "INCOMPLETE: segments could not be read"
        )
    if seen.lost:
        lines.append(LOST.counted(seen.lost).format(n=seen.lost, file=layout.LOST).of(lang))
    counts = zip(FOUND, (seen.rows, seen.proven, seen.withheld), strict=True)
    words = ", ".join(said.counted(n).format(n=n).of(lang) for said, n in counts)
    if lang == "fr":
        return [*lines, f"RÉPONSE VÉRIFIÉE : {words}" if seen.ok else f"RÉPONSE FAUSSE : {words}"]
    return [*lines, f"ANSWER VERIFIED: {words}" if seen.ok else f"ANSWER FALSE: {words}"]


LOST = t(
    "PERDU EN AMONT : {n} perte(|s) des équipements vers l’heure demandée, (dite|dites) dans {file}",
    "LOST BEFORE IT CAME: {n} loss(|es) of the equipment about the time asked, told in {file}",
)
FOUND = (
    t("{n} ligne(|s)", "{n} row(|s)"),
    t("{n} prouvée(|s) dans (son|leur) segment scellé", "{n} proven in (its|their) sealed segment"),
    t("{n} sans preuve remise", "{n} without proof handed over"),
)


def is_answer(path: Path) -> bool:
    """Whether a file is a plain answer."""
    try:
        with zipfile.ZipFile(path) as file:
            return layout.MANIFEST in file.namelist() and layout.EVIDENCE in file.namelist()
    except (OSError, zipfile.BadZipFile):
        return False


def verify(path: Path, **trust: Any) -> Checked:
    """Check everything. ``trust``: policy, TSA roots and checkpoint, as the ledger's verifier takes them."""
    seen = Checked()
    members = _members(path, seen)
    manifest = _manifest(members, seen)
    if manifest is None:
        return seen
    roots = _acts(members, seen, trust)
    rows = [_row(members, number, roots, seen) for number in range(1, int(manifest.get("rows", 0)) + 1)]
    seen.complete = bool(manifest.get("complete"))
    read = [row for row in rows if row is not None]
    _queries(members, read, seen)
    _xml(members, read, seen)
    _tables(members, read, seen)
    return seen


def _members(path: Path, seen: Checked) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        infos = file.infolist()
        names = [info.filename for info in infos]
        if len(set(names)) != len(names) or sum(info.file_size for info in infos) > MOST_BYTES:
            seen.wrong(
                "R1 l’archive a des noms en double ou est trop grande", "R1 the archive has names twice or is too large"
            )
            return {}
        return {name: file.read(name) for name in names}


def _manifest(members: Mapping[str, bytes], seen: Checked) -> dict[str, Any] | None:
    """R1: nothing is missing, added or changed against the manifest."""
    try:
        manifest: dict[str, Any] = json.loads(members[layout.MANIFEST])
        listed = dict[str, str](manifest["files"])
        known = (manifest["kind"], manifest["v"]) == (layout.KIND, layout.VERSION)
    except (KeyError, ValueError, TypeError) as error:
        seen.wrong(f"R1 le bordereau ne se lit pas : {error}", f"R1 the manifest does not read: {error}")
        return None
    if not known:
        seen.wrong("R1 le bordereau est d’un autre genre", "R1 the manifest is of another kind")
        return None
    for name in sorted({*listed, *members} - {layout.MANIFEST, layout.README}):
        if name not in members or sha256(members[name]).hexdigest() != listed.get(name):
            seen.wrong(f"R1 {name} manque, est en trop ou a changé", f"R1 {name} is missing, added or changed")
    return manifest


def _acts(members: Mapping[str, bytes], seen: Checked, trust: Mapping[str, Any]) -> dict[str, tuple[bytes, int]]:
    """R2: the bundle holds. Returns the root and the number of rows of each segment that its acts seal."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / layout.EVIDENCE
        path.write_bytes(members.get(layout.EVIDENCE, b""))
        try:
            seen.bundle = verify_bundle(path, **trust)
        except (LedgerError, OSError, zipfile.BadZipFile) as error:
            seen.wrong(
                f"R2 le dossier des actes ne se lit pas : {error}", f"R2 the bundle of acts does not read: {error}"
            )
            return {}
        if not seen.bundle.ok:
            seen.wrong("R2 le dossier des actes ne se vérifie pas", "R2 the bundle of acts does not verify")
        return _roots(path)


def _roots(path: Path) -> dict[str, tuple[bytes, int]]:
    try:
        sealed = _parts(path, "segment")
        return {str(data["segment"]): (bytes.fromhex(data["root"]), int(data["rows"])) for data in sealed}
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError):
        return {}  # the report on the bundle has said it already


def _parts(path: Path, name: str) -> list[dict[str, Any]]:
    shape = re.compile(rf"acts/[^/]+/part-{name}\.json")
    with zipfile.ZipFile(path) as file:
        return [json.loads(file.read(one))["data"] for one in sorted(file.namelist()) if shape.fullmatch(one)]


def _row(members: Mapping[str, bytes], number: int, roots: Mapping[str, tuple[bytes, int]], seen: Checked) -> Any:
    """R3: the row is, unchanged, at its place in the segment that an act of the bundle seals."""
    try:
        row: dict[str, Any] = json.loads(members[layout.row_name(number)])
        seen.rows += 1
        if row["proof"] is None:
            seen.withheld += 1
            if not row["withheld"] and row["family"] != "identity":
                raise ProofError("neither proof nor reason")
            return row
        proof = RowProof.from_data(row["proof"])
        root, size = roots[proof.segment]
        proof.verify(root, size)
        _same(row, proof)
        seen.proven += 1
    except (KeyError, ValueError, TypeError, LedgerError) as error:
        seen.wrong(f"R3 ligne {number} : {error}", f"R3 row {number}: {error}")
        return None
    return row


def _same(row: Mapping[str, Any], proof: RowProof) -> None:
    if (row["segment"], row["position"], row["family"]) != (proof.segment, proof.position, proof.family):
        raise ProofError("the proof is that of another row")
    for name, given in row["row"].items():
        if _plain(getattr(proof.row, name)) != given:
            raise ProofError(f"{name} is not what was sealed")


def _plain(value: Any) -> Any:
    if hasattr(value, "isoformat"):
        return value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value if isinstance(value, str | int) else "" if value is None else str(value)


def _queries(members: Mapping[str, bytes], rows: Sequence[Mapping[str, Any]], seen: Checked) -> None:
    """R4: the rows are those of the acts of reading, no more, no fewer, in their order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / layout.EVIDENCE
        path.write_bytes(members.get(layout.EVIDENCE, b""))
        try:
            parts = list(_parts(path, "rows"))
            sealed = [row for part in parts for row in part["rows"]]
            lost = [one for part in parts for one in part.get("lost", ())]
        except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError):
            sealed, lost = [], []
    _losses(members, lost, seen)
    given = sorted(_key(row) for row in rows)
    if given != sorted(_key(row) for row in sealed):
        seen.wrong(
            "R4 les lignes ne sont pas celles des actes de lecture", "R4 the rows are not those of the acts of reading"
        )


def _losses(members: Mapping[str, bytes], sealed: Sequence[Mapping[str, Any]], seen: Checked) -> None:
    """R7: what the sources lost is told as the acts of reading have it."""
    text = members.get(layout.LOST, b"").decode("utf-8-sig", "replace")
    names = ("source", "since", "until", "fr", "en")
    told = [tuple(one.get(name) or "" for name in names) for one in csv.DictReader(StringIO(text), delimiter=";")]
    wanted = [tuple(table.cell(one.get(name) or "") for name in names) for one in sealed]
    seen.lost = len(told)
    if sorted(told) != sorted(wanted):
        seen.wrong(
            f"R7 {layout.LOST} ne dit pas les pertes des actes de lecture",
            f"R7 {layout.LOST} does not tell the losses of the acts of reading",
        )


def _key(row: Mapping[str, Any]) -> str:
    return json.dumps(
        {name: row[name] for name in ("family", "row", "segment", "position", "withheld")}, sort_keys=True
    )


def _xml(members: Mapping[str, bytes], rows: Sequence[Mapping[str, Any]], seen: Checked) -> None:
    """R5: the XML says the same rows, in the same order."""
    data = members.get(layout.XML, b"")
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        # What we write declares no entity: one that does is not parsed at all.
        seen.wrong("R5 le XML déclare des entités", "R5 the XML declares entities")
        return
    try:
        records = ET.fromstring(data).iter(f"{NS}ResponseRecord")  # noqa: S314 - no entity can be declared
        said = [_pairs(one.findtext(f"{NS}additionalInformation/{NS}otherInformation") or "") for one in records]
    except (KeyError, ValueError, ET.ParseError) as error:
        seen.wrong(f"R5 le XML ne se lit pas : {error}", f"R5 the XML does not read: {error}")
        return
    wanted = [{name: _quoted(value) for name, value in row["row"].items() if value not in ("", 0)} for row in rows]
    got = [{name: value for name, value in one.items() if value not in ("", "0")} for one in said]
    if wanted != got:
        seen.wrong("R5 le XML ne dit pas les mêmes lignes", "R5 the XML does not say the same rows")


def _pairs(text: str) -> dict[str, str]:
    return dict(re.findall(r'"([^"]+)"="([^"]*)"', text))


def _quoted(value: Any) -> str:
    return str(value).replace('"', "'").replace(";", ",")


def _tables(members: Mapping[str, bytes], rows: Sequence[Mapping[str, Any]], seen: Checked) -> None:
    """R6: the tables say the same rows."""
    wanted = {(row["family"], number): row["row"] for number, row in enumerate(rows, 1)}
    for name, data in members.items():
        if not name.startswith(layout.TABLES):
            continue
        family = name.removeprefix(layout.TABLES).removesuffix(".csv")
        for line in csv.DictReader(StringIO(data.decode("utf-8-sig")), delimiter=";"):
            values = wanted.pop((family, int(line.pop("row"))), None)
            if values is None or any(str(values.get(key, "")) != text.removeprefix("'") for key, text in line.items()):
                seen.wrong(f"R6 {name} ne dit pas les mêmes lignes", f"R6 {name} does not say the same rows")
                return
    if wanted:
        seen.wrong("R6 une ligne manque aux tableaux", "R6 a row is missing from the tables")
