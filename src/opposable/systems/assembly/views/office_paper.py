"""Entering a form or proxy that came back on paper: who, when, what it says, and the scan whose digest is kept."""

import hashlib
from typing import Any

from django import forms
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest, HttpResponseBase

from opposable.kernel import clock
from opposable.kernel.models import Act
from opposable.kernel.system import law
from opposable.law import local
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.forms import agenda_of
from opposable.systems.assembly.acts.paper import put_since
from opposable.systems.assembly.models import Form, Holder, Meeting, Resolution
from opposable.systems.assembly.views.office_base import (
    attempt,
    form_answer,
    meeting_or_404,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_fields import choices, day_field, hour_field, legal_instant
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.systems.assembly.views.office_words import NEW_WORDS
from opposable.web.access import actor_of
from opposable.web.forms import toast

LARGEST = 20_000_000
MOST = 50
MARKS = [
    ("", words("sans marque", "no mark")),
    ("for", words("pour", "for")),
    ("against", words("contre", "against")),
    ("abstain", words("abstention", "abstain")),
]
MODES = [
    ("vote", words("vote", "vote")),
    ("proxy-chair", words("pouvoir au président", "proxy to the chair")),
    ("proxy-blank", words("pouvoir sans indication de mandataire", "blank proxy")),
    ("proxy-person", words("pouvoir à une personne", "proxy to a person")),
]
RELATIONS = [
    ("shareholder", words("un autre actionnaire ou associé", "another shareholder or member")),
    ("spouse", words("le conjoint", "the spouse")),
    ("civil-partner", words("le partenaire de PACS", "the civil partner")),
    ("other", words("une autre personne", "another person")),
]


class PaperForm(forms.Form):
    """What the paper says, resolution after resolution, in the order of the agenda."""

    holder = forms.CharField(
        label=words("Compte du titulaire", "Holder’s account"),
        help_text=words("sa référence au registre", "its reference in the register"),
        max_length=40,
    )
    day = day_field(words("Reçu le", "Received on"))
    hour = hour_field(words("À", "At"), words("heure légale du siège", "legal time of the seat"))
    scan = forms.FileField(
        label=words("Image du papier", "Scan of the paper"),
        help_text=words(
            "l’empreinte est gardée, l’image reste chez vous", "its digest is kept, the scan stays with you"
        ),
        required=False,
    )
    scanned = forms.RegexField(r"[0-9a-f]{64}", required=False, widget=forms.HiddenInput)
    """The digest of the image chosen before: a form that comes back does not ask for it again."""
    unsigned = forms.BooleanField(
        label=words("Le papier n’est pas signé", "The paper is not signed"),
        help_text=words(
            "il est alors refusé, et ce refus garde l’empreinte de l’image",
            "it is then refused, and the refusal keeps the digest of the scan",
        ),
        required=False,
    )
    mode = forms.ChoiceField(label=words("Ce qu’il porte", "What it is"), choices=MODES)

    def __init__(self, *args: Any, meeting: Meeting, agenda: list[Resolution], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.meeting, self.agenda = meeting, agenda
        for row in agenda:
            self.fields[f"r{row.position}"] = forms.ChoiceField(
                label=f"{row.position}. {row.title}", choices=MARKS, required=False
            )
        if added := [row for row in agenda if put_since(row, meeting)]:
            first = len(agenda) - len(added)
            told = [(str(n), words(f"{n} résolutions", f"{n} resolutions")) for n in range(len(agenda), first - 1, -1)]
            self.fields["answers"] = forms.ChoiceField(
                label=words("L’ordre du jour imprimé compte", "The agenda printed on it has"),
                help_text=words(
                    "ce qui a été inscrit depuis est voté selon la consigne pour les résolutions nouvelles",
                    "what was put on it since is voted by the instruction for new resolutions",
                ),
                choices=told,
            )
        rule = meeting.company.facts().rule(law(), "assembly.form.single-document", meeting.day)
        clauses = [("", NEW_WORDS[""]), *((name, NEW_WORDS[name]) for name in rule.words("new_resolutions"))]
        self.fields["new_resolutions"] = forms.ChoiceField(
            label=words("Si des résolutions nouvelles étaient présentées", "Should new resolutions be put"),
            choices=choices(clauses),
            required=False,
        )
        self.fields["proxy_name"] = forms.CharField(label=words("Mandataire", "Proxy"), max_length=160, required=False)
        self.fields["proxy_relation"] = forms.ChoiceField(
            label=words("Qui est-ce", "Who is it"), choices=RELATIONS, required=False
        )

    def clean_holder(self) -> Holder:
        ref = self.cleaned_data["holder"].strip()
        found = self.meeting.company.holders.filter(ref=ref, ended=False).select_related("cell", "company").first()
        if found is None:
            raise forms.ValidationError(
                words("Aucun compte n’a cette référence au registre.", "No account of the register has this reference.")
            )
        return found

    def clean_scanned(self) -> str:
        """The SHA-256 of the image, read now or before; the image itself is not kept."""
        file = self.cleaned_data.get("scan")
        if file is None:
            if "scan" not in self.errors and not self.cleaned_data["scanned"]:
                self.add_error("scan", words("Choisissez l’image du papier.", "Choose the scan of the paper."))
            return str(self.cleaned_data["scanned"])
        if file.size > LARGEST:
            self.add_error("scan", words("20 Mo au plus.", "20 MB at most."))
            return ""
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        self._remember(digest.hexdigest())
        return digest.hexdigest()

    def _remember(self, digest: str) -> None:
        """The field that the page shows again holds the digest of the image just read, and says so."""
        posted: Any = self.data
        given = posted.copy()  # a QueryDict does not change in place
        given["scanned"] = digest
        self.data = given
        self.fields["scan"].help_text = words(
            f"image déjà lue, empreinte {digest[:16]}… ; n’en choisissez une autre que pour la remplacer",
            f"scan already read, digest {digest[:16]}…; choose another one only to replace it",
        )

    def clean(self) -> dict[str, Any]:
        self.cleaned_data["at"] = legal_instant(self, "day", "hour", self.meeting.zone)
        return self.cleaned_data

    @property
    def answers(self) -> int:
        """How many resolutions the paper bears; 0: all."""
        return int(self.cleaned_data.get("answers") or 0)

    @property
    def marks(self) -> list[dict[str, Any]]:
        printed = self.agenda[: self.answers or None]
        given = {row.position: self.cleaned_data.get(f"r{row.position}", "") for row in printed}
        return [{"resolution": n, "vote": mark} if mark else {"resolution": n} for n, mark in given.items()]


ON_FILE = t("Le formulaire papier est au dossier.", "The paper form is on file.")
KEYED_ONCE = t(
    "Première saisie faite. Il sera compté quand une autre personne aura saisi la même image à l’identique.",
    "Keyed once. It will count when another person has keyed the same scan alike.",
)

LATE = t(
    "Au dossier, mais reçu après la limite : il n’est pas compté.",
    "On file, but received after the limit: it is not counted.",
)
TOLD = {"keyed": KEYED_ONCE, "late": LATE}


def paper(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Enter one paper form. In time or late is the act's to say, by the day it was received."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Form.Evidence.kind, meeting.cell)
    now = local(clock.now(), meeting.zone)
    start = {"day": now.date(), "hour": now.time().replace(second=0, microsecond=0), "mode": "vote"}
    posted = request.method == "POST"
    form = PaperForm(
        request.POST if posted else None,
        request.FILES if posted else None,
        meeting=meeting,
        agenda=agenda_of(meeting),
        initial=start,
    )
    refused = None
    if form.is_bound and form.is_valid():
        found = form.cleaned_data
        receipt, refused = attempt(
            request,
            lambda actor: acts.enter_form(
                actor,
                meeting=meeting,
                holder=found["holder"],
                received_at=found["at"],
                scan=found["scanned"],
                unsigned=found["unsigned"],
                mode=found["mode"],
                marks=form.marks,
                answers=form.answers,
                new_resolutions=found["new_resolutions"],
                new_proxy=found["proxy_name"] if found["new_resolutions"] == "proxy-person" else "",
                proxy_name=found["proxy_name"],
                proxy_relation=found["proxy_relation"] if found["proxy_name"] else "",
            ),
        )
        if refused is None:
            toast(request, TOLD.get(receipt.result.status, ON_FILE))
            return see_other(meeting_url("form", meeting, receipt.result.uid))
    context = {**record(request, meeting, "forms"), "waiting": _waiting(request, meeting)}
    return form_answer(request, "assembly/office/paper.html", context, form, refused)


def _waiting(request: HttpRequest, meeting: Meeting) -> list[Form]:
    """The scans that somebody else keyed once, with when: nothing of what they say."""
    keyed = Act.objects.filter(obj=OuterRef("uid")).order_by("-seq").values("at")[:1]
    rows = Form.objects.filter(meeting=meeting).hidden_from(actor_of(request))
    return list(rows.only("key").annotate(keyed_at=Subquery(keyed)).order_by("pk")[:MOST])
