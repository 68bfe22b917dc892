"""The published table: from which anyone recomputes the votes on every resolution, and which names no one.

One line a holder whose votes were counted: the entry of the act that received his form (none for votes cast in the room),
and a commitment to his votes for, against and abstaining on every resolution (`ledger.commitments`). The table is sealed
in the log when it is published; what opens a holder's own line is in the confirmation that he is given.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from opposable.kernel import parts
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.models import Act, Part
from opposable.kernel.system import law
from opposable.law import t
from opposable.ledger import commitments
from opposable.systems.assembly.acts.counting import COUNTED, Counting
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.models import Meeting
from opposable.systems.assembly.rules.results import Ballot

CHOICES = ("for", "against", "abstain")
PUBLISH = "assembly.table.publish"
LIMIT = t(
    "Ce tableau prouve que les totaux sont la somme de ses lignes, et à chacun que la sienne y est. Il ne prouve pas que"
    " derrière chaque ligne se tient un titulaire : la feuille de présence et les scrutateurs y veillent.",
    "This table proves that the totals are the sum of its rows, and to each holder that his own is there. It does not prove"
    " that a holder stands behind each row: the attendance sheet and the scrutineers see to that.",
)


@dataclass(frozen=True)
class Line:
    """One holder's votes and what hides them; ``entry`` is that of his form's act, "" when he only voted in the room."""

    holder: str
    entry: str
    votes: tuple[int, ...]
    blinding: int

    def opening(self, slots: list[str], table: str = "") -> dict[str, Any]:
        """What its holder is given: with it he finds his line in the table, which the act ``table`` published."""
        return commitments.opening(slots, self.votes, self.blinding, entry=self.entry, table=table)


def slots_of(counting: Counting) -> list[str]:
    """Names of the columns: "1.for", "1.against", "1.abstain", "2.for"…"""
    return [f"{row.position}.{choice}" for row in counting.rows if not row.withdrawn_at for choice in CHOICES]


def lines_of(counting: Counting) -> Iterator[Line]:
    """Every holder whose votes are in the count, forms and room together."""
    votes: dict[str, list[int]] = {}
    put = [n for n, row in enumerate(counting.rows) if not row.withdrawn_at]
    for ballot in (*counting.form_ballots, *counting.room_ballots):
        mine = votes.setdefault(ballot.holder, [0] * 3 * len(put))
        for n, given in enumerate(_given(ballot, put)):
            mine[n] += given
    meeting = counting.meeting
    salts = dict(meeting.entitlements.filter(holder__uid__in=votes).values_list("holder__uid", "salt"))
    entries = _entries(meeting)
    for holder, mine in votes.items():
        blind = commitments.blinding(bytes.fromhex(salts[holder]), meeting.uid)
        yield Line(holder, entries.get(holder, ""), tuple(mine), blind)


def _given(ballot: Ballot, put: list[int]) -> Iterator[int]:
    """For, against, abstain on each resolution that was put to the vote."""
    for n in put:
        choice = ballot.choices[n]
        out = n in ballot.absent or n in ballot.excluded
        yield from (0, 0, 0) if out or choice is None else choice[:3]


def _entries(meeting: Meeting) -> dict[str, str]:
    """The entry of the act that received the counted form of each holder."""
    forms = dict(meeting.forms.filter(status__in=COUNTED).values_list("uid", "holder__uid"))
    received = Act.objects.filter(obj__in=list(forms), seq=1).values_list("obj", "entry")
    return {forms[obj]: bytes(entry).hex() for obj, entry in received}


def make_table(counting: Counting) -> dict[str, Any]:
    """The table as the rows stand. Raises TableError when it would not add up to the count that was declared."""
    slots, lines = slots_of(counting), list(lines_of(counting))
    voted = [figures for row, figures in zip(counting.rows, counting.figures, strict=True) if not row.withdrawn_at]
    totals = [getattr(figures.all, name) for figures in voted for name in ("for_", "against", "abstain")]
    made = commitments.table(
        slots,
        ({"entry": line.entry, "commitment": commitments.commit(slots, line.votes, line.blinding)} for line in lines),
        totals,
        sum(line.blinding for line in lines),
        log=settings.ORIGIN,
        meeting=counting.meeting.uid,
        limit=LIMIT.fr,
    )
    commitments.verify(made)
    return made


@act(PUBLISH, label=t("Publier le tableau vérifiable des votes", "Publish the verifiable table of votes"))
def publish_table(a: Acting, *, meeting: Meeting) -> dict[str, Any]:
    """Seal the table of a meeting that is held in the log: the part «table», public, kept as the minutes are."""
    a.require("write", meeting)
    require_status(meeting, "held", "minuted")
    a.about(meeting)
    made = make_table(Counting(meeting, a.statutes))
    a.part("table", made, keep=Meeting.Evidence.keep)
    return made


def table_part(meeting: Meeting) -> Part | None:
    """The part that holds the table last published; None when none was. One query."""
    done = Part.objects.filter(act__obj=meeting.uid, act__type=PUBLISH, act__outcome="done", name="table")
    return done.select_related("act__leaf").order_by("-act_id").first()


def published_table(meeting: Meeting) -> dict[str, Any]:
    """The table that was published, from the log; as the rows stand when none was."""
    done = table_part(meeting)
    found = parts.read(done.act_id, "table") if done else None
    return found or make_table(Counting(meeting, law()))


def table_csv(table: dict[str, Any]) -> str:
    """The lines as CSV (entry, commitment), after the totals and the sum of the blindings."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(["slot", "total"])
    writer.writerows(zip(table["slots"], table["totals"], strict=True))
    writer.writerow(["blinding", table["blinding"]])
    writer.writerow(["entry", "commitment"])
    writer.writerows([row["entry"], row["commitment"]] for row in table["rows"])
    return out.getvalue()


def opening_of(holder: str, counting: Counting) -> dict[str, Any] | None:
    """What opens the line of one holder (uid) in the table published; None when no vote of his was counted."""
    slots, done = slots_of(counting), table_part(counting.meeting)
    table = bytes(done.act.entry).hex() if done else ""
    return next((line.opening(slots, table) for line in lines_of(counting) if line.holder == holder), None)
