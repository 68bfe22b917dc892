"""The register of contracts, a new one, and the page of one: its text, what it lacks, its dates, who approved it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse

from opposable.kernel.documents import seal_document
from opposable.kernel.faults import Fault
from opposable.law import Refused, Text, t
from opposable.systems.contracts import acts
from opposable.systems.contracts.exchange import sending
from opposable.systems.contracts.models import KINDS, STAGES, Contract, ContractVersion, Party
from opposable.systems.contracts.models.contract import FLAGS
from opposable.systems.contracts.rules.terms import EVENTS
from opposable.systems.contracts.rules.text import OPS
from opposable.systems.contracts.views.shown import context_of, state_of
from opposable.web.access import actor_of, grants_of, paths, some_or_404, visible_or_404
from opposable.web.forms import day_input, form_page, see_other, toast, words
from opposable.web.language import say
from opposable.web.listing import Column, Filter, Listing

ERASED_TITLE = t("effacé au terme de sa conservation", "erased at the end of its keeping")


def newest(contract: Contract) -> ContractVersion:
    found: ContractVersion = contract.versions.select_related("contract__party", "document", "cell").order_by(
        "-number"
    )[0]
    return found


def with_stages(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The contracts of a list with their texts, read at once, without the words."""
    texts = ContractVersion.objects.order_by("-number").defer("clauses", "changes")
    return rows.select_related("party").prefetch_related(Prefetch("versions", texts, to_attr="texts"))


def standing(contract: Contract) -> tuple[str, Text]:
    """Where the last text of a listed contract is; only one in approval is looked at in full, to say whether it passed."""
    texts: list[ContractVersion] = contract.texts  # type: ignore[attr-defined]
    return state_of(newest(contract) if texts[0].stage == "submitted" else texts[0])


def _search(rows: QuerySet[Any], text: str) -> QuerySet[Any]:
    return rows.filter(Q(ref__icontains=text) | Q(title__icontains=text) | Q(party__name__icontains=text))


REGISTER = Listing(
    columns=(
        Column(
            "ref",
            t("Référence", "Reference"),
            lambda c: c.ref,
            href=lambda c: reverse("contracts:contract", args=[c.uid]),
        ),
        Column("title", t("Objet", "Subject"), lambda c: ERASED_TITLE if c.erased else c.title),
        Column("party", t("Cocontractant", "Other party"), lambda c: c.party.name),
        Column("kind", t("Genre", "Kind"), lambda c: KINDS[c.kind]),
        Column("state", t("État", "State"), standing, "state"),
        Column("amount", t("Montant (centimes)", "Amount (cents)"), lambda c: c.amount_cents, "number", default=False),
        Column("starts", t("Prise d’effet", "First day"), lambda c: c.starts_on, "date"),
    ),
    filters=(
        Filter("kind", t("Genre", "Kind"), tuple(KINDS.items()), lambda rows, value: rows.filter(kind=value)),
        Filter(
            "stage",
            t("État", "State"),
            tuple(STAGES.items()),
            lambda rows, value: rows.filter(versions__stage=value).distinct(),
        ),
    ),
    order=("ref", "pk"),
    search=_search,
    export_name="contracts",
)


class TermsForm(forms.Form):
    """The terms of a contract."""

    title = forms.CharField(label=words("Objet", "Subject"), max_length=200)
    amount = forms.IntegerField(
        label=words("Montant, en euros", "Amount, in euros"), min_value=0, max_value=10**13, initial=0
    )
    starts_on = forms.DateField(label=words("Prise d’effet", "First day"), widget=day_input())
    months = forms.IntegerField(
        label=words("Durée, en mois (0 : sans terme)", "Term, in months (0: none)"),
        min_value=0,
        max_value=1200,
        initial=36,
    )
    renewal_months = forms.IntegerField(
        label=words("Reconduction tacite, en mois (0 : aucune)", "Tacit renewal, in months (0: none)"),
        min_value=0,
        max_value=1200,
        initial=12,
    )
    notice_months = forms.IntegerField(
        label=words("Préavis, en mois", "Notice, in months"), min_value=0, max_value=120, initial=3
    )
    notice_days = forms.IntegerField(
        label=words("… et en jours", "… and in days"), min_value=0, max_value=366, initial=0
    )
    flags = forms.MultipleChoiceField(
        label=words("Ce que le contrat touche", "What the contract touches"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        flags: Any = self.fields["flags"]
        flags.choices = [(key, say(label)) for key, label in FLAGS.items()]


class NewForm(TermsForm):
    """A new contract. Its text comes from the template of its kind."""

    ref = forms.SlugField(
        label=words("Référence", "Reference"),
        help_text=words(
            "Sans nom de personne : elle reste quand le dossier est effacé.",
            "Without a person’s name: it stays when the file is erased.",
        ),
        max_length=40,
    )
    kind = forms.ChoiceField(label=words("Genre", "Kind"))
    party = forms.CharField(label=words("Cocontractant", "Other party"), max_length=200)
    email = forms.EmailField(label=words("Son adresse électronique", "Their e-mail address"), required=False)
    field_order = ("ref", "kind", "title", "party", "email")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds: Any = self.fields["kind"]
        kinds.choices = [(key, say(label)) for key, label in KINDS.items()]


def contracts(request: HttpRequest) -> HttpResponseBase:
    """Every contract that the person may see."""
    some_or_404(request, Contract.Evidence.kind)
    rows: QuerySet[Any] = with_stages(Contract.objects.visible_to(actor_of(request)))
    if file := REGISTER.export(request, rows):
        return file
    can = bool(paths(grants_of(request), Contract.Evidence.kind, "write"))
    return render(request, "contracts/contracts.html", {"list": REGISTER.page(request, rows), "can": can})


def new(request: HttpRequest) -> HttpResponse:
    """A contract from the template of its kind."""
    if not paths(grants_of(request), Contract.Evidence.kind, "write"):
        raise Http404
    form, refused = NewForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            version = _draft(request, form.cleaned_data)
        except Refused as error:
            refused = error
        else:
            return redirect("contracts:contract", version.contract.uid)
    return form_page(request, "contracts/new.html", form, refused=refused)


def _draft(request: HttpRequest, data: dict[str, Any]) -> ContractVersion:
    actor, name = actor_of(request), data.pop("party").strip()
    email, amount = data.pop("email"), data.pop("amount")
    party = Party.objects.visible_to(actor).filter(name=name).first()
    if party is None:
        party = acts.add_party(actor, name=name, email=email).result
    flags = dict.fromkeys(data.pop("flags"), True)
    return acts.draft(actor, party=party, amount_cents=amount * 100, flags=flags, **data).result


def contract(request: HttpRequest, uid: str) -> HttpResponse:
    """One contract, at its last text or at the one that ``?v=`` names."""
    row: Contract = visible_or_404(Contract.objects.select_related("party", "cell"), request, uid=uid)
    version = _version(request, row)
    refused = None
    if request.method == "POST":
        try:
            _act(request, row, version)
        except Refused as error:
            refused = error
        except Fault as fault:
            refused = Refused(fault.text, None, "document.fault")
        else:
            toast(request, t("C’est fait.", "Done."))
            return see_other(request.path if "amend" in request.POST else f"{request.path}?v={version.number}")
        row.refresh_from_db()
        version = _version(request, row)
    context = {**context_of(request, version), "refused": refused}
    return render(request, "contracts/contract.html", context, status=422 if refused else 200)


def _version(request: HttpRequest, row: Contract) -> ContractVersion:
    wanted = request.GET.get("v", "")
    rows = row.versions.select_related("contract__party", "document", "cell").order_by("-number")
    found = rows.filter(number=int(wanted)).first() if wanted.isdecimal() and len(wanted) < 6 else rows.first()
    if found is None:
        raise Http404
    return found


def _act(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    for name, act in POSTED.items():
        if name in request.POST:
            act(request, row, version)
            return
    raise Http404


def _cleaned(form: forms.Form, wanted: Text) -> dict[str, Any]:
    """What a small form of the page says; Refused with what is wanted when it does not read."""
    if not form.is_valid():
        raise Refused(wanted, None, "form.incomplete")
    return form.cleaned_data


def _send(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    address, body = request.POST.get("address", "").strip(), request.POST.get("body", "")
    sending.send_version(actor_of(request), version, address=address, body=body)


def _seal(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    """Our seal on the PDF that left (PAdES, time-stamped): appended, so that its bytes stay at the head of the file."""
    if version.document is None or version.stage not in ("sent", "signed"):
        raise Refused(t("On signe ce qui est parti.", "What has left is signed."), None, "signature.early")
    seal_document(actor_of(request), document=version.document, reason=version.contract.ref)


def _insert(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    posted = request.POST
    acts.insert_clause(actor_of(request), version=version, key=posted.get("key", ""), after=posted.get("after", ""))


def _obligation(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    wanted = t("Qui doit quoi, et quel jour ?", "Who owes what, and on which day?")
    acts.add_obligation(actor_of(request), contract=row, **_cleaned(ObligationForm(request.POST), wanted))


def _done(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    found = row.obligations.select_related("contract", "cell").filter(uid=request.POST["done"]).first()
    if found is None:
        raise Http404
    data = _cleaned(
        DoneForm(request.POST), t("Qu’est-ce qui le prouve, et quel jour ?", "What shows it, and on which day?")
    )
    acts.do_obligation(actor_of(request), obligation=found, **data)


def _amend(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    data = _cleaned(AmendForm(request.POST), t("En vigueur à partir de quel jour ?", "In force from which day?"))
    acts.amend(actor_of(request), contract=row, **data)


def _change(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    data = _cleaned(ChangeForm(request.POST), t("Quel article, et que dit-il ?", "Which clause, and what does it say?"))
    acts.put_change(actor_of(request), version=version, **data)


def _event(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    data = _cleaned(EventForm(request.POST), t("Quel événement, et quel jour ?", "Which event, and on which day?"))
    acts.record_event(actor_of(request), contract=row, **data)


def _answer(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    found = row.events.select_related("contract", "cell").filter(uid=request.POST["answer_event"]).first()
    if found is None:
        raise Http404
    data = _cleaned(AnswerForm(request.POST), t("Qu’a-t-on fait, et quel jour ?", "What was done, and on which day?"))
    acts.answer_event(actor_of(request), event=found, **data)


def _adopt(request: HttpRequest, row: Contract, version: ContractVersion) -> None:
    data = _cleaned(
        AdoptForm(request.POST), t("Signé quel jour, et où est l’original ?", "Signed when, and where is the original?")
    )
    acts.adopt(actor_of(request), version=version, **data)


POSTED: dict[str, Callable[[HttpRequest, Contract, ContractVersion], object]] = {
    "submit": lambda request, _, version: acts.submit(actor_of(request), version=version),
    "send": _send,
    "insert": _insert,
    "remove": lambda request, _, version: acts.remove_clause(
        actor_of(request), version=version, ref=request.POST["remove"]
    ),
    "sign": lambda request, _, version: acts.sign(
        actor_of(request), version=version, seen=request.POST.get("seen", "")
    ),
    "seal": _seal,
    "notice": lambda request, row, _: acts.give_notice(actor_of(request), contract=row),
    "obligation": _obligation,
    "done": _done,
    "amend": _amend,
    "change": _change,
    "event": _event,
    "answer_event": _answer,
    "adopt": _adopt,
}
"""What each button of the page does."""


class ObligationForm(forms.Form):
    """One obligation."""

    side = forms.ChoiceField(choices=[("us", "us"), ("them", "them")])
    what = forms.CharField(max_length=300)
    due_on = forms.DateField()


class DoneForm(forms.Form):
    """An obligation performed."""

    evidence = forms.CharField(max_length=300)
    done_on = forms.DateField()


class AmendForm(forms.Form):
    """A new amendment."""

    effective_on = forms.DateField()


class ChangeForm(forms.Form):
    """One change of an amendment."""

    op = forms.ChoiceField(choices=[(op, op) for op in OPS])
    ref = forms.CharField(max_length=20)
    title = forms.CharField(max_length=200, required=False)
    text = forms.CharField(max_length=50_000, required=False)
    after = forms.CharField(max_length=20, required=False)


class EventForm(forms.Form):
    """An event of the software."""

    kind = forms.ChoiceField(choices=[(kind, kind) for kind in EVENTS])
    what = forms.CharField(max_length=300)
    on = forms.DateField()
    delivered_on = forms.DateField(required=False)


class AnswerForm(forms.Form):
    """What was done about an event."""

    answer = forms.CharField(max_length=4000)
    answered_on = forms.DateField()
    delivered_on = forms.DateField(required=False)


class AdoptForm(forms.Form):
    """A contract already signed."""

    signed_on = forms.DateField()
    original = forms.CharField(max_length=300)
