"""A second call with the same agenda: the forms and proxies of the first meeting hold for it (R. 225-77 and R. 225-79, last par.)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.assembly.acts.forms import COUNTED, agenda_of
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.models import Entitlement, Form, Meeting
from opposable.systems.assembly.rules.forms import changes

SAME = (
    "mode",
    "channel",
    "received_at",
    "new_resolutions",
    "new_proxy",
    "proxy_name",
    "proxy_holder",
    "signature_level",
    "identified_by",
    "agenda_digest",
)
"""What a form keeps: it was signed and received then; its weight is that of the new record date."""


@act(
    "assembly.forms.carry",
    label=t("Reprendre les formulaires de la première assemblée", "Carry over the forms of the first meeting"),
)
def carry_forms(a: Acting, *, meeting: Meeting) -> list[Form]:
    """Enter the forms of the first meeting for those who sent none for this one. Repeatable: a form is carried once.

    Refused (code ``agenda``) when the agenda is not the same, word for word. Shares sold since then amend or void the form.
    """
    a.require("write", meeting)
    require_status(meeting, "open", "closed")
    first = meeting.first_meeting
    if first is None:
        raise Refused(
            t("Cette assemblée n’est pas une deuxième convocation.", "This meeting is not a second call."),
            None,
            "forms.no-first",
        )
    a.about(meeting)
    rule = meeting.company.facts().rule(a.statutes, "assembly.form.successive", meeting.day)
    a.why(changes.check_successive(rule, first.agenda_digest, meeting.agenda_digest))
    carried = list(_carried(a, meeting, first))
    a.record_many(carried)
    duties.close_duty(meeting, "assembly.forms.carry", a.now)
    return carried


def _carried(a: Acting, meeting: Meeting, first: Meeting) -> Iterator[Form]:
    sent = set(meeting.forms.values_list("holder_id", flat=True))
    rights = {row.holder_id: row for row in Entitlement.objects.filter(meeting=meeting)}
    agenda = tuple(row.facts() for row in agenda_of(meeting))
    rule = a.law("assembly.transfer.after-vote", meeting.day)
    record_at = meeting.record_at or meeting.at
    before = record_at - timedelta(microseconds=1)  # whatever changed since the first meeting changed before
    forms = first.forms.filter(status__in=COUNTED).exclude(holder__in=sent).order_by("id")
    for form in forms.select_related("holder", "proxy_holder"):
        held = rights.get(form.holder_id)
        if held is None:
            continue
        after = changes.after_transfer(rule, agenda, form.marks, held.voice(), sold_at=before, record_at=record_at)
        yield Form(
            cell=meeting.cell,
            meeting=meeting,
            holder=form.holder,
            key=f"carried-{form.uid}",
            status=after.value.status,
            choices=[list(mark) if mark else None for mark in after.value.choices],
            **{name: getattr(form, name) for name in SAME},
        )
