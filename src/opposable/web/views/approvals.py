"""«À décider»: what waits for a decision, each request for approval on its exact state, and what was said of it."""

from typing import Any

from django import forms
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404

from opposable.kernel import clock
from opposable.kernel.approvals import acts, gate, may_give, subject_of, waiting_for
from opposable.kernel.decisions import snapshot_of, state_digest
from opposable.kernel.models import ApprovalCase, ApprovalFlow, Delegation
from opposable.law import Refused, local_day, t
from opposable.web.access import actor_of, grants_of, may_read_row, paths, visible_or_404
from opposable.web.decided import OUTCOMES, STALE_CASE, fields_of, steps_of
from opposable.web.forms import day_input, form_page, see_other, toast, words
from opposable.web.listing import Column, Filter, Listing
from opposable.web.register import story_of

CASES = Listing(
    columns=(
        Column("title", t("Demande", "Request"), lambda case: case.title, href=lambda case: f"/approvals/{case.uid}/"),
        Column("flow", t("Circuit", "Flow"), lambda case: case.flow.key),
        Column("outcome", t("État", "State"), lambda case: OUTCOMES[case.outcome], "state"),
        Column("opened", t("Demandée", "Asked"), lambda case: case.opened_at, "instant"),
        Column("closed", t("Close", "Closed"), lambda case: case.closed_at, "instant"),
    ),
    filters=(
        Filter(
            "outcome",
            t("État", "State"),
            tuple((key or "running", label) for key, (_, label) in OUTCOMES.items()),
            lambda rows, value: rows.filter(outcome="" if value == "running" else value),
        ),
    ),
    order=("-opened_at", "-pk"),
    export_name="approvals",
)


class VoiceForm(forms.Form):
    """One voice: at which step, yes or no, on which state."""

    step = forms.CharField(widget=forms.HiddenInput)
    seen = forms.CharField(widget=forms.HiddenInput, min_length=64, max_length=64)
    note = forms.CharField(
        label=words("Motif ou réserve", "Reason or reservation"),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
        max_length=4000,
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "refuse" in self.data and not data.get("note", "").strip():
            self.add_error("note", words("Dites pourquoi vous refusez.", "Say why you refuse."))
        return data


class AssignForm(forms.Form):
    """Whom an administrator names for a step, and why."""

    step = forms.ChoiceField(label=words("Étape", "Step"))
    person = forms.EmailField(label=words("Adresse du compte", "Address of the account"))
    reason = forms.CharField(label=words("Motif", "Reason"), max_length=300)


class DelegateForm(forms.Form):
    """Who approves in my place, from when until when."""

    taker = forms.EmailField(label=words("Adresse de qui vous remplace", "Address of who stands in for you"))
    since = forms.DateField(label=words("À partir du", "From"), widget=day_input())
    until = forms.DateField(
        label=words("Jusqu’au (ce jour n’est plus compris)", "Until (that day is not included)"),
        widget=day_input(),
    )


def approvals(request: HttpRequest) -> HttpResponseBase:
    """What waits for this person, who stands in for him, then every request that he may see."""
    actor, now = actor_of(request), clock.now()
    rows = ApprovalCase.objects.visible_to(actor).select_related("flow")
    if file := CASES.export(request, rows):
        return file
    form, refused = DelegateForm(request.POST if "delegate" in request.POST else None), None
    if request.method == "POST":
        try:
            if _delegations(request, form):
                toast(request, t("C’est enregistré.", "It is recorded."))
                return see_other(request.path)
        except Refused as error:
            refused = error
    mine = Delegation.objects.filter(Q(giver__uid=actor.uid) | Q(taker__uid=actor.uid), until__gt=local_day(now))
    context = {
        "list": CASES.page(request, rows),
        "waiting": waiting_for(actor, now),
        "delegations": mine.select_related("giver", "taker").order_by("since"),
        "me": actor.account_id,
        "flows": bool(paths(grants_of(request), ApprovalFlow.Evidence.kind)),
    }
    return form_page(request, "web/pages/approvals.html", form, context, refused=refused)


def _delegations(request: HttpRequest, form: DelegateForm) -> bool:
    """Give one, or end one; False when the form does not read."""
    actor = actor_of(request)
    if "end" in request.POST:
        mine = Delegation.objects.select_related("cell", "giver", "taker").filter(giver__uid=actor.uid)
        acts.end_delegation(actor, delegation=get_object_or_404(mine, uid=request.POST["end"]))
        return True
    if not form.is_valid():
        return False
    acts.delegate(actor, **form.cleaned_data)
    return True


def approval(request: HttpRequest, uid: str) -> HttpResponse:
    """One request: the exact state, the steps, who said what, and the form of whoever may speak now."""
    case: ApprovalCase = visible_or_404(ApprovalCase.objects.select_related("flow", "cell"), request, uid=uid)
    refused = None
    form, named = VoiceForm(), _assign_form(request, case)
    if request.method == "POST":
        try:
            form, named, done = _answer(request, case)
        except Refused as error:
            refused, done = error, False
            form = VoiceForm(request.POST) if "assign" not in request.POST else form
            case.refresh_from_db()
        if done:
            toast(request, t("C’est enregistré.", "It is recorded."))
            return see_other(request.path)
    return form_page(request, "web/pages/approval.html", form, _context(request, case, named), refused=refused)


def _answer(request: HttpRequest, case: ApprovalCase) -> tuple[VoiceForm, AssignForm | None, bool]:
    form, named, actor = VoiceForm(), _assign_form(request, case), actor_of(request)
    if "assign" in request.POST and named is not None:
        named = _assign_form(request, case, bound=True)
        if named is None or not named.is_valid():
            return form, named, False
        acts.assign(actor, case=case, **named.cleaned_data)
        return form, named, True
    if "cancel" in request.POST:
        acts.cancel(actor, case=case)
        return form, named, True
    form = VoiceForm(request.POST)
    if not form.is_valid():
        return form, named, False
    acts.give(actor, case=case, approves="approve" in request.POST, **form.cleaned_data)
    return form, named, True


def _assign_form(request: HttpRequest, case: ApprovalCase, *, bound: bool = False) -> AssignForm | None:
    allowed = paths(grants_of(request), ApprovalCase.Evidence.kind, "write")
    if case.outcome or not any(case.cell.path.startswith(path) for path in allowed):
        return None
    form = AssignForm(request.POST if bound else None, prefix="assign")
    choices: Any = [(one.step.id, one.step.title.of("fr")) for one in steps_of(case)]
    form.fields["step"].choices = choices  # type: ignore[attr-defined]
    return form


def _context(request: HttpRequest, case: ApprovalCase, named: AssignForm | None) -> dict[str, Any]:
    row, now = subject_of(case), clock.now()
    present = state_digest(row)
    mine = may_give(case, actor_of(request), now)
    stale = present != case.sha256 and case.outcome in ("", "approved")
    return {
        "case": case,
        "state": STALE_CASE if stale else OUTCOMES[case.outcome],
        "kind": row.Evidence.label,
        "fields": fields_of(snapshot_of([row])) if may_read_row(request, row) else None,
        "present": present,
        "steps": steps_of(case),
        "mine": mine if not stale else [],
        "gate": gate(row, case.flow.key, now),
        "assign_form": named,
        "may_cancel": not case.outcome and actor_of(request).uid == case.opened_by,
        "history": story_of([case.uid, *case.voices.values_list("uid", flat=True)]),
        "stale": stale,
    }
