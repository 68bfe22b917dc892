"""The trust list: who vouches for the certificates that answers are encrypted to, and whether their revocations are known."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_POST

from opposable.kernel import clock
from opposable.law import Text, local_day, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.armour import certificate_pem, list_pem
from opposable.systems.traffic.exchange.answer.recipient import verdict
from opposable.systems.traffic.models import Anchor, Revocations
from opposable.systems.traffic.views.base import attempt, desk_or_404, may, perform
from opposable.systems.traffic.views.step_forms import CERTIFICATE_FILES
from opposable.web.access import actor_of, visible_or_404
from opposable.web.forms import form_page, see_other, toast, words
from opposable.web.register import timeline_of

KIND = Anchor.Evidence.kind
LARGEST = 8 << 20
PEM_AREA = {"rows": 4, "spellcheck": "false"}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the revocations of one authority."""

    title: str
    tone: str
    word: Text
    made: datetime | None = None
    until: datetime | None = None
    revoked: int = 0
    sha256: str = ""


def known_of(one: Anchor | Revocations, at: datetime) -> Known:
    """The list on file of an authority: none, in its time, or out of date."""
    if not one.crl:
        return Known(one.title, "due", t("aucune liste au dossier", "no list on file"))
    said = x509.load_pem_x509_crl(one.crl.encode())
    late = said.next_update_utc is None or said.next_update_utc <= at
    tone, word = ("refused", t("périmée", "out of date")) if late else ("ok", t("à jour", "up to date"))
    return Known(one.title, tone, word, said.last_update_utc, said.next_update_utc, len(said), one.sha256)


def _state(one: Anchor) -> tuple[str, Text]:
    ended = one.until is not None and one.until <= local_day(clock.now())
    return ("info", t("n’est plus reconnue", "trusted no more")) if ended else ("ok", t("reconnue", "trusted"))


class _Files(forms.Form):
    """Fields that may be pasted, or given as a file."""

    def file(self, name: str, read: Any) -> str:
        """The text of the field, or that of the file beside it."""
        file = self.cleaned_data.get(f"{name}_file")
        return read(file.read()) if file else self.cleaned_data.get(name, "")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        for name, file in given.items():
            if name.endswith("_file") and file and file.size > LARGEST:
                self.add_error(name, words("Le fichier dépasse 8 Mo.", "The file exceeds 8 MB."))
        return given


def _pasted(fr: str, en: str, *, required: bool = False) -> forms.CharField:
    return forms.CharField(
        label=words(fr, en), required=required, max_length=200_000, widget=forms.Textarea(attrs=PEM_AREA)
    )


class AnchorForm(_Files):
    """An authority to trust."""

    title = forms.CharField(label=words("Qui est-elle", "Who it is"), max_length=200)
    certificate_file = forms.FileField(
        label=words("Son certificat, en fichier", "Its certificate, as a file"),
        help_text=CERTIFICATE_FILES,
        required=False,
    )
    certificate = _pasted("ou collé (PEM)", "or pasted (PEM)")


class TryForm(_Files):
    """A certificate to look at."""

    tried_file = forms.FileField(
        label=words("Un certificat, en fichier", "A certificate, as a file"),
        help_text=CERTIFICATE_FILES,
        required=False,
    )
    tried = _pasted("ou collé (PEM), suivi des intermédiaires", "or pasted (PEM), followed by the intermediate ones")


class ListForm(_Files):
    """A revocation list, and who signed it where that is an authority below."""

    crl_file = forms.FileField(label=words("La liste, en fichier", "The list, as a file"), required=False)
    crl = _pasted("ou collée (PEM)", "or pasted (PEM)")
    issuer = forms.CharField(
        label=words("Certificat de l’autorité intermédiaire qui l’a signée", "Certificate of the intermediate authority that signed it"),
        help_text=words(
            "Seulement si ce n’est pas celle-ci ; en PEM, suivi de ceux qui l’y lient",
            "Only when it is not this one; in PEM, followed by those that link it to this one",
        ),
        required=False,
        max_length=200_000,
        widget=forms.Textarea(attrs=PEM_AREA),
    )  # fmt: skip


def trust(request: HttpRequest) -> HttpResponseBase:
    """The list, the form that adds to it, and a certificate put to it."""
    _here(request)
    do = request.POST.get("do") if request.method == "POST" else None
    form = AnchorForm(request.POST, request.FILES) if do == "add" else AnchorForm()
    tried = TryForm(request.POST, request.FILES) if do == "try" else TryForm()
    refused, said = None, None
    if do == "add" and form.is_valid():
        certificate = form.file("certificate", certificate_pem)
        receipt, refused = attempt(
            request, lambda actor: acts.trust(actor, title=form.cleaned_data["title"], certificate=certificate)
        )
        if refused is None:
            toast(request, t("L’autorité est reconnue.", "The authority is trusted."))
            return see_other(receipt.result.get_absolute_url())
    if do == "try" and tried.is_valid():
        said = _verdict(tried.file("tried", certificate_pem))
    now = clock.now()
    rows = Anchor.objects.visible_to(actor_of(request)).prefetch_related("below").order_by("until", "title", "pk")
    context = {
        "anchors": [{"row": one, "state": _state(one), "known": [known_of(one, now), *(known_of(each, now) for each in one.below.all())]}
                    for one in rows],
        "tried": tried,
        "verdict": said,
        "may_write": may(request, "write", KIND),
    }  # fmt: skip
    return form_page(request, "traffic/trust.html", form, context, refused=refused)


def _verdict(pem: str) -> dict[str, Any]:
    """Whether an answer could be encrypted to it now."""
    found = verdict(pem, clock.now())
    if isinstance(found, Text):
        return {"ok": False, "why": found}
    return {"ok": True, "subject": found.subject.rfc4514_string(), "until": found.not_valid_after_utc}


def anchor(request: HttpRequest, uid: str) -> HttpResponseBase:
    """One authority: its certificate, what it and those below it revoked, its history."""
    _here(request)
    row: Anchor = visible_or_404(Anchor.objects.prefetch_related("below"), request, uid=uid)
    posted = request.method == "POST"
    form, refused = (ListForm(request.POST, request.FILES) if posted else ListForm()), None
    if posted and form.is_valid():
        crl, issuer = form.file("crl", list_pem), form.cleaned_data["issuer"]
        _, refused = attempt(request, lambda actor: acts.supply_revocations(actor, anchor=row, crl=crl, issuer=issuer))
        if refused is None:
            toast(request, t("La liste est versée.", "The list is on file."))
            return see_other(row.get_absolute_url())
    now, certificate = clock.now(), x509.load_pem_x509_certificate(row.pem.encode())
    below = list(row.below.order_by("pk"))
    context = {
        "anchor": row,
        "mark": _state(row),
        "subject": certificate.subject.rfc4514_string(),
        "not_after": certificate.not_valid_after_utc,
        "known": [known_of(row, now), *(known_of(one, now) for one in below)],
        "history": [line for one in (row, *below) for line in timeline_of(one.uid)],
        "may_write": may(request, "write", KIND) and row.until is None,
    }
    return form_page(request, "traffic/anchor.html", form, context, refused=refused)


@require_POST
def end(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Trust an authority no more."""
    _here(request)
    row: Anchor = visible_or_404(Anchor.objects.all(), request, uid=uid)
    done = t("Elle n’est plus reconnue.", "It is trusted no more.")
    return perform(request, lambda actor: acts.end_trust(actor, anchor=row), done=done, to=row.get_absolute_url())


def _here(request: HttpRequest) -> None:
    desk_or_404(request, kind=KIND)
