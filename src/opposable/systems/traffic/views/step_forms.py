"""What each step of a case asks for, as forms: drawn on its page, and drawn again with what was typed when the act is refused.

They check nothing for the act: it refuses by its rule, and the refusal is recorded. They say beside a field what does not read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Account
from opposable.law import Text, t
from opposable.systems.traffic.acts.members import approvers, seat_holders
from opposable.systems.traffic.models import Requisition
from opposable.web.format import number_text
from opposable.web.forms import day_input, words

CERTIFICATE_FILES = words(".cer, .crt, .p7b (DER) ou .pem", ".cer, .crt, .p7b (DER) or .pem")


def _line(fr: str, en: str, most: int) -> forms.CharField:
    return forms.CharField(label=words(fr, en), max_length=most)


class HurryForm(forms.Form):
    """«Urgence»."""

    reason = _line("Pourquoi une seule approbation suffit d’abord", "Why one approval is enough at first", 500)


class RefuseForm(forms.Form):
    """«Refus»."""

    reason = _line("Motif", "Ground", 500)


class WidenForm(forms.Form):
    """«Élargissement»."""

    persons = forms.CharField(widget=forms.HiddenInput)
    reason = _line("Pourquoi répondre pour toutes", "Why answer for all of them", 500)


class DeliverForm(forms.Form):
    """«Remise»."""

    how = _line("Remise comment, à qui", "Delivered how, to whom", 120)


class AcknowledgeForm(forms.Form):
    """«Accusé»."""

    reference = _line("Référence de l’accusé de réception", "Reference of the acknowledgement", 120)


class WithdrawForm(forms.Form):
    """«Retrait»."""

    reason = _line("Par quel acte, pourquoi", "By which act, and why", 500)


class FreezeForm(forms.Form):
    """«Gel»: a first order, or one that prolongs."""

    ground = _line("Qui l’ordonne, sous quelle référence", "Who orders it, under which reference", 300)
    ordered_on = forms.DateField(label=words("Datée du", "Dated"), widget=day_input())
    until = forms.DateField(
        label=words("Premier jour où les copies ne sont plus gardées", "First day on which the copies are not kept any more"),
        widget=day_input(),
    )  # fmt: skip


class CertificateForm(forms.Form):
    """«Certificat de l’autorité»: a file, or pasted."""

    certificate_file = forms.FileField(
        label=words("En fichier", "As a file"),
        help_text=CERTIFICATE_FILES,
        required=False,
    )
    certificate = forms.CharField(
        label=words("Ou collé (PEM), suivi des intermédiaires", "Or pasted (PEM), followed by the intermediate ones"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        required=False,
    )


class SeatForm(forms.Form):
    """«Siège»: who takes it."""

    seat = forms.CharField(widget=forms.HiddenInput)
    to = forms.ChoiceField()
    reason = _line("Pourquoi", "Why", 500)


@dataclass(frozen=True, slots=True)
class Asked:
    """A form of a step on its page: where it goes, and its button. ``key`` tells it from the others of the page."""

    key: str
    form: forms.Form
    to: str
    button: Text
    style: str = ""


FORMS: dict[str, tuple[type[forms.Form], Text, str]] = {
    "hurry": (HurryForm, t("Déclarer l’urgence", "Declare the emergency"), ""),
    "refuse": (RefuseForm, t("Refuser", "Refuse"), "danger"),
    "widen": (WidenForm, t("Demander l’élargissement à {n} personnes", "Ask to widen to {n} persons"), ""),
    "deliver": (DeliverForm, t("Noter la remise", "Note the delivery"), ""),
    "acknowledge": (AcknowledgeForm, t("Noter l’accusé", "Note the acknowledgement"), "main"),
    "withdraw": (WithdrawForm, t("Noter le retrait", "Note the withdrawal"), ""),
    "freeze": (FreezeForm, t("Geler", "Freeze"), ""),
    "prolong": (FreezeForm, t("Prolonger", "Prolong"), ""),
    "certificate": (CertificateForm, t("Verser", "Supply"), "quiet"),
    "reassign": (SeatForm, t("Confier ce siège", "Hand this seat over"), "quiet"),
}
"""The steps that ask for something; the others are a button."""
SEAT_WORDS = {
    "registrar": t("greffier", "registrar"),
    "legal": t("approbateur juridique", "legal approver"),
    "security": t("approbateur sûreté", "security approver"),
}


def asked(case: Requisition, persons: int) -> dict[str, Asked]:
    """The empty forms of a case's page, but those of its seats."""
    return {name: _asked(case, name, {"persons": persons}, persons) for name in FORMS if name != "reassign"}


def asked_again(request: HttpRequest, case: Requisition, name: str, persons: int) -> Asked | None:
    """The form of a step that was refused, with what was typed; None for a step that is only a button."""
    if name not in FORMS:
        return None
    typed = request.POST.copy()
    typed["persons"] = str(persons)  # those of now
    return _asked(case, name, None, persons, typed.get("seat", ""), typed, request.FILES)


def seats_of(case: Requisition) -> list[dict[str, Any]]:
    """Each seat of the case: who holds it, whether he is still there, and the form that hands it to another."""
    held = seat_holders(case)
    return [
        {"seat": seat, "words": label, "holder": held.get(seat), "ask": _asked(case, "reassign", {"seat": seat}, seat=seat, held=held)}
        for seat, label in SEAT_WORDS.items()
    ]  # fmt: skip


def _others(held: dict[str, Account], seat: str) -> list[tuple[str, str]]:
    """(uid, name) of who could take a seat."""
    taken = {account.pk for account in held.values()}
    return [(one.uid, one.name) for one in approvers(seat, clock.now()) if one.pk not in taken]


def _asked(
    case: Requisition, name: str, first: Any, persons: int = 0, seat: str = "", typed: Any = None, files: Any = None,
    held: dict[str, Account] | None = None,
) -> Asked:  # fmt: skip
    kind, button, style = FORMS[name]
    key = f"{name}-{seat}" if seat in SEAT_WORDS else name
    form = kind(typed, files, initial=first, auto_id=f"{key}-%s")
    if isinstance(form, SeatForm):
        label = SEAT_WORDS.get(seat, t("siège", "seat")).capital()
        choices = _others(seat_holders(case) if held is None else held, seat) if seat in SEAT_WORDS else []
        form.fields["to"].label = words(label.fr, label.en)
        form.fields["to"].choices = choices  # type: ignore[attr-defined]
    many = Text(number_text(persons, "fr"), number_text(persons, "en"))
    return Asked(key, form, reverse("traffic:step", args=[case.uid, name]), button.format(n=many), style)
