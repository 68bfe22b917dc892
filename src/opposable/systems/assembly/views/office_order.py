"""The order of the agenda: moving a resolution before the notice, withdrawing it before or after."""

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Meeting, Resolution
from opposable.systems.assembly.views.office_base import (
    attempt,
    form_answer,
    meeting_or_404,
    perform,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_fields import long_text
from opposable.systems.assembly.views.office_record import last_act, meeting_url, record
from opposable.web.forms import toast


def resolution_or_404(request: HttpRequest, uid: str, position: int) -> Resolution:
    """A resolution of the agenda, for who may write it."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Resolution.Evidence.kind, meeting.cell)
    row: Resolution = get_object_or_404(meeting.resolutions.select_related("cell"), position=position)
    row.meeting = meeting
    return row


@require_POST
def move(request: HttpRequest, uid: str, position: int) -> HttpResponseBase:
    """One place up or down (``to``), or to a place by its number."""
    row = resolution_or_404(request, uid, position)
    given = request.POST.get("to", "")
    number = int(given) if given.isdecimal() and len(given) < 5 else position
    to = {"up": position - 1, "down": position + 1}.get(given, number)
    return perform(
        request,
        lambda actor: acts.move_resolution(actor, resolution=row, position=to),
        done=t("L’ordre du jour est changé.", "The agenda is changed."),
        to=meeting_url("agenda", row.meeting),
    )


class WithdrawForm(forms.Form):
    """Why a resolution is withdrawn: it is shown with it, and kept."""

    reason = long_text(words("Motif du retrait", "Reason for the withdrawal"), rows=2)

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if len(reason) > 300:
            raise forms.ValidationError(words("300 signes au plus.", "300 characters at most."))
        return reason


def withdraw(request: HttpRequest, uid: str, position: int) -> HttpResponseBase:
    """Off the agenda before the notice; afterwards the board's own draft keeps its number and is not put to the vote."""
    row = resolution_or_404(request, uid, position)
    meeting: Meeting = row.meeting
    form = WithdrawForm(request.POST if request.method == "POST" else None)
    refused = None
    if form.is_bound and form.is_valid():
        reason = form.cleaned_data["reason"]
        _, refused = attempt(request, lambda actor: acts.withdraw_resolution(actor, resolution=row, reason=reason))
        if refused is None:
            toast(request, t("La résolution est retirée.", "The resolution is withdrawn."))
            return see_other(meeting_url("agenda" if meeting.status == "draft" else "resolutions", meeting))
        row.refresh_from_db()
    context = {**record(request, meeting, "resolutions"), "resolution": row, "sealed_row": last_act(row)}
    return form_answer(request, "assembly/office/withdraw.html", context, form, refused)
