"""The form of a new controlled document. Its text is a draft: nothing is published before it is approved as it stands."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.text import slugify

from opposable.kernel import clock, controlled
from opposable.kernel.approvals import Flow
from opposable.kernel.models import ApprovalFlow, ControlledDocument
from opposable.kernel.system import roles, systems
from opposable.law import Refused, local_day, t
from opposable.web.access import actor_of, grants_of, paths
from opposable.web.forms import form_page, see_other, toast, words
from opposable.web.language import current, say

KINDS = {
    "policy": t("politique", "policy"),
    "procedure": t("procédure", "procedure"),
    "charter": t("charte", "charter"),
    "other": t("autre", "other"),
}


class DocumentForm(forms.Form):
    """What a document is, whom it is for, and who approves its versions."""

    title = forms.CharField(label=words("Titre", "Title"), max_length=200)
    kind = forms.ChoiceField(label=words("Nature", "Kind"))
    language = forms.ChoiceField(label=words("Langue", "Language"), choices=[("fr", "français"), ("en", "English")])
    body = forms.CharField(
        label=words("Texte (# titre, - liste)", "Text (# heading, - list)"),
        widget=forms.Textarea(attrs={"rows": 14}),
        max_length=controlled.BODY_LIMIT,
    )
    audience = forms.MultipleChoiceField(
        label=words("Qui doit lire et accepter chaque version", "Who is to read and accept each version"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    accept_days = forms.IntegerField(
        label=words("Jours pour accepter", "Days to accept"), min_value=1, max_value=366, initial=30
    )
    review_months = forms.IntegerField(
        label=words("À revoir après, en mois", "To be reviewed after, in months"),
        min_value=1,
        max_value=60,
        initial=12,
    )
    flow = forms.ChoiceField(label=words("Circuit d’approbation", "Approval flow"))

    def __init__(self, *args: Any, flows: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bearers = sorted(((name, _bearer(name)) for name in roles()), key=lambda one: one[1].casefold())
        choices = {"kind": [(key, say(label)) for key, label in KINDS.items()], "audience": bearers, "flow": flows}
        for name, offered in choices.items():
            field: Any = self.fields[name]
            field.choices = offered


def _bearer(name: str) -> str:
    """The words for a role, behind those for its system: two systems may each have an auditor."""
    of = next((say(system.title) for system in systems() if system.label == name.partition(".")[0]), "Opposable")
    return f"{of} · {say(roles()[name].label)}"


def may_write(request: HttpRequest) -> bool:
    """Whether the person may write documents of the whole house."""
    return "/" in paths(grants_of(request), ControlledDocument.Evidence.kind, "write")


def new_document(request: HttpRequest) -> HttpResponse:
    """Begin a document with its first draft. Nothing that was typed is lost."""
    if not may_write(request):
        raise Http404
    flows = _flows(request)
    form = DocumentForm(request.POST or None, flows=flows, initial={"language": current()})
    refused = None
    if request.method == "POST" and form.is_valid():
        try:
            made = controlled.create(
                actor_of(request), key=_key(form.cleaned_data["title"]), **form.cleaned_data
            ).result
        except Refused as error:
            refused = error
        else:
            toast(request, t("Le projet est au registre.", "The draft is on file."))
            return see_other(reverse("web:document", args=[made.uid]))
    return form_page(request, "web/pages/document_new.html", form, {"flows": flows}, refused=refused)


def _key(title: str) -> str:
    return slugify(title)[:60].strip("-") or "document"


def _flows(request: HttpRequest) -> list[tuple[str, str]]:
    """The flows in force that the person may read, by title."""
    rows = ApprovalFlow.objects.visible_to(actor_of(request)).filter(since__lte=local_day(clock.now()))
    titles = {row.key: say(Flow.read(row.data).title) for row in rows.order_by("version")[:2000]}
    return sorted(titles.items(), key=lambda one: one[1].casefold())
