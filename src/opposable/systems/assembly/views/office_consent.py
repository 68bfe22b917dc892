"""A holder's agreement to electronic notices: entered, and taken back."""

from django import forms
from django.http import HttpRequest, HttpResponseBase

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import local_day
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Holder
from opposable.systems.assembly.rules.convening.consent import RULES
from opposable.systems.assembly.views.office_base import attempt, form_answer, require, see_other, words
from opposable.systems.assembly.views.office_fields import day_field
from opposable.systems.assembly.views.office_register import holder_or_404, holder_url
from opposable.web.forms import toast


class AgentForm(forms.Form):
    """The undivided holding whose votes this account casts."""

    joint_ref = forms.CharField(
        label=words("Indivision", "Joint holding"),
        help_text=words("sa référence au registre", "its reference in the register"),
        max_length=60,
    )


def agent(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """Make this account the single agent of joint owners (L. 225-110; C. civ., art. 1844)."""
    row = holder_or_404(request, slug, uid)
    require(request, "write", Holder.Evidence.kind, row.cell)
    own = next((lot["joint_ref"] for lot in row.lots if lot["right"] == "joint"), "")
    form = AgentForm(request.POST if request.method == "POST" else None, initial={"joint_ref": own})
    refused = None
    if form.is_bound and form.is_valid():
        ref = form.cleaned_data["joint_ref"].strip()
        _, refused = attempt(request, lambda who: acts.appoint_agent(who, holder=row, joint_ref=ref))
        if refused is None:
            toast(request, t("Le mandataire est désigné.", "The agent is appointed."))
            return see_other(holder_url("holder", row))
        row.refresh_from_db()
    family = "vote" if row.company.form == "sa" else "members"
    rule = law().find(f"assembly.{family}.joint", local_day(clock.now(), row.company.zone))
    context = {"company": row.company, "holder": row, "rule": rule, "agent": True}
    return form_answer(request, "assembly/office/consent.html", context, form, refused)


MEANS = [
    ("post", words("par voie postale", "by post")),
    ("electronic", words("par voie électronique", "electronically")),
]


class ConsentForm(forms.Form):
    """The day on which the holder agreed, and how; or the day on which he asked for the post again."""

    what = forms.ChoiceField(
        label=words("Ce que dit le titulaire", "What the holder says"),
        choices=[
            ("agree", words("il accepte la convocation électronique", "he agrees to electronic notices")),
            ("return", words("il demande le retour au courrier", "he asks for the post again")),
        ],
    )
    on = day_field(words("Reçu le", "Received on"))
    by = forms.ChoiceField(label=words("Par quelle voie", "By which means"), choices=MEANS, required=False)


def consent(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """Enter an agreement, or a return to the post (R. 225-63; R. 223-20)."""
    row = holder_or_404(request, slug, uid)
    require(request, "write", Holder.Evidence.kind, row.cell)
    today = local_day(clock.now(), row.company.zone)
    agreed = row.consent_on is not None and row.consent_until is None
    start = {"what": "return" if agreed else "agree", "on": today, "by": "post"}
    form = ConsentForm(request.POST if request.method == "POST" else None, initial=start)
    refused = None
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        if found["what"] == "agree":
            by = found["by"] or "post"
            _, refused = attempt(request, lambda who: acts.record_consent(who, holder=row, on=found["on"], by=by))
        else:
            _, refused = attempt(request, lambda who: acts.withdraw_consent(who, holder=row, on=found["on"]))
        if refused is None:
            toast(request, t("C’est porté au registre.", "It is entered in the register."))
            return see_other(holder_url("holder", row))
        row.refresh_from_db()
    rule = law().find(RULES[row.company.form], today)
    context = {"company": row.company, "holder": row, "rule": rule}
    return form_answer(request, "assembly/office/consent.html", context, form, refused)
