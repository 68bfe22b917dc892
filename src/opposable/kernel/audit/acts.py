"""The pass over the acts: header, entry, columns, dates, parts on file, and the chain of each object. Once, in order.

The fast path compares; whatever differs goes to a slow path that finds out what exactly was changed, and says it.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

import orjson
from django.db import connection

from opposable.kernel.audit.dates import Bounds
from opposable.kernel.audit.erasures import Lawful
from opposable.kernel.audit.parts import PartsOnFile
from opposable.kernel.audit.seen import Link, Opening, Seen
from opposable.kernel.audit.stream import COLUMNS, PART, Row, Share, acts, members
from opposable.kernel.audit.terms import Terms
from opposable.ledger import act as ledger
from opposable.ledger.act import HEADER_PART
from opposable.ledger.errors import LedgerError

STEP: Final = 2_000
"""Acts between two steps of the progress bar."""
_ENTRY: Final = 32
_LATE: Final = "~"
"""Later than every instant."""
_END: Final = 1 << 62
_LAST: Final[Row] = (_END,)
_NO_LINK: Final[Link] = (-1, "", "", 0, None)
"""What precedes an act that changed nothing."""
_NAMES: Final = ("type", "at", "actor", "obj", "seq", "outcome", "rule", "keep", "until")
_SHORT: Final[dict[str, Callable[[str], str]]] = {
    "sqlite": lambda at: at.removesuffix(".000000"),  # Django leaves out a fraction that is zero
    "postgresql": lambda at: at.rstrip("0").removesuffix("."),
}
"""An instant with six decimals as the database writes it."""
Progress = Callable[[int], None]


class Pass:
    """One share of the acts. ``entries`` is filled as they come: 32 bytes for each index below its size."""

    def __init__(
        self, origin: str, lawful: Lawful, bounds: Bounds, entries: bytearray | memoryview, share: Share
    ) -> None:
        self._origin, self._lawful, self._bounds, self._share = origin, lawful, bounds, share
        self._entries, self._size = memoryview(entries), len(entries) // _ENTRY
        self._seen, self._terms = Seen(), Terms()
        self._parts = PartsOnFile(lawful, self._terms, self._seen)
        self._report, self._chain = self._seen.report, self._seen.chain
        self._start, self._end, self._latest = 0, 0, ""
        self._tokens, self._until = bounds.tokens, self._terms.until
        self._short = _SHORT[connection.vendor]
        self._members = members(share)
        self._member = next(self._members, _LAST)

    def run(self, progress: Progress = lambda _count: None) -> Seen:  # noqa: C901, PLR0912 - see below
        """Go through the share. Returns what was seen, its findings among it.

        The act and the part that are as they should be take a few microseconds, so they are compared here, without a call.
        Anything else goes to `_act` and `PartsOnFile.compare`, which find out what it is.
        """
        chain, entries, parts, rules, until_of = self._chain, self._entries, self._parts, self._seen.rules, self._until
        origin, tokens, usual, sealed = self._origin, self._tokens, parts.usual, parts.sealed
        current, done, met, day = 0, 0, 0, ""
        for row in acts(self._share):
            (
                pk, index, entry, header, kind, at, actor, obj, seq, outcome, cited, keep, until,
                name, digest, kept, ends, gone,
            ) = row  # fmt: skip
            if pk != current:
                if sealed:
                    parts.end()
                if self._member[0] < pk:
                    self._join_before(pk)
                try:
                    h = orjson.loads(header)
                    said, rule, after, last = h["at"], h["rule"], h["after"], chain[obj] if seq else _NO_LINK
                    day = said[:10]
                    as_usual = (
                        sha256(header).digest() == entry
                        and self._start <= index < self._end
                        and said < self._latest
                        and at == f"{day} {said[11:26]}"
                        and seq == last[0] + 1
                        and h["prev"] == last[1]
                        and h["obj"] == obj
                        and h["seq"] == seq
                        and h["actor"] == actor
                        and h["type"] == kind
                        and h["outcome"] == outcome
                        and h["keep"] == keep
                        and h["log"] == origin
                        and (rule["id"] if rule else "") == cited
                        and until_of[keep, day] == until
                        and (not after or said >= tokens.get(after, _LATE))
                    )
                    if as_usual:
                        parts.begin(pk, index, h["parts"], day)
                        if rule:
                            rules.add(rule["row"])
                        if seq:
                            chain[obj] = (seq, entry.hex(), h["post"], pk, index)
                        entries[index * _ENTRY : (index + 1) * _ENTRY] = entry
                except (KeyError, ValueError, TypeError, AttributeError):
                    as_usual = False
                if not as_usual:
                    self._act(row)
                sealed, day, current, done = parts.sealed, parts.day, pk, done + 1
                if not done % STEP:
                    progress(STEP)
            if name is None:
                continue
            if name in sealed and sealed[name] == digest.hex() and not gone and (day, kept, ends) in usual:
                del sealed[name]
                met += 1
            else:
                parts.compare(name, digest, kept, ends, gone)
        parts.end()
        self._join_before(_END)
        self._seen.parts += met
        self._report.counts["acts"] += done
        return self._seen

    def _join_before(self, pk: int) -> None:
        """The steps of the objects that acts before this one changed beside their principal."""
        while self._member[0] < pk:
            self._join(*self._member)
            self._member = next(self._members, _LAST)

    # --- one act

    def _act(self, row: Row) -> None:  # noqa: C901
        """Look at an act piece by piece."""
        pk, index, entry, header = row[:COLUMNS]
        try:
            if index is None:
                self._seen.unsealed.append(pk)
            elif 0 <= index < self._size:
                self._entries[index * _ENTRY : (index + 1) * _ENTRY] = entry
            if header is None:
                self._erased(pk, index, row)
                return
            digest = sha256(header).digest()
            if digest != entry:
                self._wrong_hash(pk, index, digest)
            h = orjson.loads(header)
            rule, at, seq, keep, after, obj = h["rule"], h["at"], h["seq"], h["keep"], h["after"], h["obj"]
            day = at[:10]
            instant = f"{day} {at[11:26]}"
            if row[COLUMNS + 1] != instant:
                instant = self._short(instant)
            rule_id = rule["id"] if rule else ""
            said = (h["type"], instant, h["actor"], obj, seq, h["outcome"], rule_id, keep, self._until[keep, day])
            if row[COLUMNS:PART] != said:
                self._wrong_columns(row, said)
            if h["log"] != self._origin:
                self._report.alarm("act.form", "kernel_act", pk, f"log {h['log']}", act=index)
            if after and at < self._tokens.get(after, _LATE):
                self._wrong_after(pk, index, after, at)
            if index is not None and (at >= self._latest or not self._start <= index < self._end):
                self._check_late(pk, index, at)
            self._parts.begin(pk, index, h["parts"], day)
            if rule:
                self._seen.rules.add(rule["row"])
            if seq:
                self._advance(obj, seq, h["prev"], h["post"], entry.hex(), pk, index)
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            self._unreadable(pk, index, header, error)

    def _check_late(self, pk: int, index: int, at: str) -> None:
        """The first token over the act is later than it."""
        self._start, end, self._latest = self._bounds.latest(index)
        self._end = min(end, self._size)
        if at >= self._latest:
            self._report.alarm("act.date", "kernel_act", pk, f"at {at}, sealed before {self._latest}", act=index)

    def _wrong_after(self, pk: int, index: int | None, after: str, at: str) -> None:
        earliest = self._tokens.get(after)
        if earliest is None:
            self._report.alarm("act.after", "kernel_act", pk, f"token {after}", act=index)
        else:
            self._report.alarm("act.date", "kernel_act", pk, f"at {at}, its token not before {earliest}", act=index)

    def _advance(self, obj: str, seq: int, prev: str, post: str, entry: str, pk: int, index: int | None) -> None:
        """One step in the history of an object."""
        last = self._chain.get(obj)
        self._chain[obj] = (seq, entry, post, pk, index)
        if last is None:
            self._seen.openings.setdefault(obj, Opening(seq, prev, pk, index))
        elif seq != last[0] + 1 or prev != last[1]:
            self._seen.broken(obj, last, Opening(seq, prev, pk, index))

    def _join(self, pk: int, obj: str, seq: int, prev: str, post: str, entry: Any, index: int | None) -> None:
        """The step of an object that an act changed beside its principal."""
        self._seen.openings.setdefault(obj, Opening(seq, prev, pk, index, member=True))
        if seq == 1 and obj in self._chain:
            self._seen.begun_twice(obj, index)
        self._advance(obj, seq, prev, post, bytes(entry).hex(), pk, index)

    # --- what exactly was changed

    def _erased(self, pk: int, index: int | None, row: Row) -> None:
        self._report.counts["acts erased"] += 1
        self._parts.begin(pk, index, {}, "")
        if self._lawful.find(index, HEADER_PART) is None:
            self._report.alarm("act.erased", "kernel_act", pk, "header: no erasure act covers it", act=index)
        if row[COLUMNS:PART] != self._terms.blank:
            self._report.alarm("act.erased", "kernel_act", pk, "more than the entry is left of it", act=index)

    def _wrong_hash(self, pk: int, index: int | None, digest: bytes) -> None:
        """The header or the entry was changed: the log tells which, if the act is in it."""
        if index is None:
            self._report.alarm("act.header", "kernel_act", pk, "header or entry, of an act that waits for its seal")
        else:
            self._seen.unfit[index] = (pk, digest)

    def _wrong_columns(self, row: Row, said: Row) -> None:
        pk, index, keep, until = row[0], row[1], said[7], row[PART - 1]
        names = [name for name, one, two in zip(_NAMES, said, row[COLUMNS:PART], strict=True) if one != two]
        if names == ["until"] and not self._terms.knows(keep):
            self._report.notice("class.unknown", "kernel_act", pk, keep, act=index)
        elif names == ["until"]:
            detail = f"until: {until or 'none'}, class {keep} says {said[8] or 'never'}"
            self._report.alarm("act.until", "kernel_act", pk, detail, act=index)
        else:
            self._report.alarm("act.column", "kernel_act", pk, ", ".join(names), act=index)

    def _unreadable(self, pk: int, index: int | None, header: Any, error: Exception) -> None:
        self._parts.skip()
        try:
            ledger.parse_header(bytes(header or b""))
            detail = f"{type(error).__name__}: {error}"
        except LedgerError as why:
            detail = str(why)
        self._report.alarm("act.form", "kernel_act", pk, f"header: {detail}", act=index)
