"""Notices of meeting by e-mail: written for each holder in his language, sent for real, recorded with the server's answer.

Sending happens between two acts, never inside one. Each batch that left is recorded before the next begins, so a process
that dies loses at most the record of one batch: those messages go out again with the same Message-ID, which mail systems
know how to recognise. Nothing is sent twice otherwise: who already has an answer of the server is not in `waiting`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import BooleanField, Case, Exists, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Cast

from opposable.kernel import clock
from opposable.kernel.mail import Line, Outcome
from opposable.kernel.models import Duty
from opposable.kernel.system import law
from opposable.law import LawError, Refused, Text, day_text, local, t, time_text
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.convening import DATE_DUTY, meeting_facts
from opposable.systems.assembly.exchange.addresses import meeting_address
from opposable.systems.assembly.models import Mailing, Meeting, Resolution, Voter
from opposable.systems.assembly.rules import convening
from opposable.systems.assembly.rules.convening import consent
from opposable.systems.assembly.rules.forms.mentions import FormFacts, mentions
from opposable.systems.assembly.rules.forms.reception import limit_of
from opposable.systems.assembly.rules.words import said

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from opposable.kernel.actors import Actor

PURPOSE = "notice"
BATCH = 25
ANSWERED = ("sent", "refused")
"""States after which a message is not sent again by itself: the server took it, or said that it never will."""

KINDS = {
    "ordinary": t("ordinaire", "ordinary"),
    "extraordinary": t("extraordinaire", "extraordinary"),
    "combined": t("mixte, ordinaire et extraordinaire", "combined, ordinary and extraordinary"),
    "special": t("spéciale", "special"),
}
CALLS = {1: t("première convocation", "first call"), 2: t("deuxième convocation", "second call")}
SUBJECT = t("{company} : convocation à l’assemblée du {day}", "{company}: notice of the meeting of {day}")
OPENING = t(
    "{company}, {form} au capital de {capital} €, {address}, RCS {siren}, vous convoque à son assemblée générale {kind}"
    " ({call}), le {day} à {hour} (heure légale, {zone}), {place}.",
    "{company}, {form} with a capital of €{capital}, {address}, registered under {siren}, convenes you to its {kind}"
    " general meeting ({call}) on {day} at {hour} (legal time, {zone}), {place}.",
)
AGENDA = t("Ordre du jour", "Agenda")
POINT = t("Point inscrit à la demande d’actionnaires : {title}", "Point put on by shareholders: {title}")
ELECTRONIC = t(
    "Pour voter ou donner pouvoir à distance : {url}\nVotre identifiant : {login}\nLe code vous parvient séparément, à"
    " chaque connexion. Les formulaires électroniques sont reçus jusqu’au {limit}.",
    "To vote or give a proxy remotely: {url}\nYour access id: {login}\nThe code reaches you separately, each time you"
    " identify yourself. Electronic forms are received until {limit}.",
)
PAPER = t(
    "Vous pouvez demander un formulaire de vote à distance ou de pouvoir au siège de la société, et venir voter à l’assemblée."
    " Un vote par formulaire papier est reçu par la société au plus tard le {limit}.",
    "You may ask for a remote voting or proxy form at the company’s seat, and attend the meeting to vote."
    " A vote by paper form is received by the company no later than {limit}.",
)
WHOLLY_BY_MAIL = t("par courriel à tous les titulaires", "by e-mail to all holders")
CLOSING = t(
    "Les documents de l’assemblée sont à votre disposition au siège de la société.",
    "The documents of the meeting are available to you at the company’s seat.",
)


def consent_limits(meeting: Meeting) -> consent.Limits:
    """Up to which day an agreement to e-notices counts for this meeting."""
    notice_on = local((meeting.notice_at or clock.now()), meeting.zone).date()
    return consent.limits(meeting_facts(meeting), law(), notice_on)


TREASURY = Q(lots_text__contains='"treasury": true')
"""The accesses (`told`) of the company's own account: it need not be told of its meeting."""


def agreed(limits: consent.Limits) -> Q:
    """The accesses (`told`) of holders that may be convened by e-mail: `consent.by_mail` for all of them at once."""
    address = ~Q(holder__email="")
    if not limits.wanted:
        return address
    running = Q(holder__consent_on__lte=limits.agreed_by)
    kept = Q(holder__consent_until=None) | Q(holder__consent_until__gt=limits.returned_by)
    return address & ((running & kept) | Q(registered=False))


def told(rows: QuerySet[Voter]) -> QuerySet[Voter]:
    """The accesses, each with ``registered``: whether its holder has shares in registered form."""
    nominative = Q(lots_text__contains='"form": "nominative')
    return rows.annotate(lots_text=Cast("holder__lots", TextField())).annotate(
        registered=Case(When(nominative, then=Value(True)), default=Value(False), output_field=BooleanField())
    )


def waiting(meeting: Meeting) -> QuerySet[Voter]:
    """The holders who agreed to be convened by e-mail and for whom no server has answered yet, in the order of the register."""
    answered = Mailing.objects.filter(meeting=meeting, holder=OuterRef("holder"), purpose=PURPOSE, status__in=ANSWERED)
    rows = told(meeting.voters.all()).filter(agreed(consent_limits(meeting))).exclude(Exists(answered))
    return rows.select_related("holder", "holder__company").order_by("pk")


class Writer:
    """Writes the notices of one meeting: what they share is looked up once."""

    def __init__(self, meeting: Meeting) -> None:
        self.meeting = meeting
        self.agenda: Sequence[Resolution] = list(meeting.resolutions.filter(kind="draft").order_by("position"))
        self.points = list(meeting.requests.filter(kind="point", status="listed").values_list("title", flat=True))
        self.electronic = self._electronic()
        self.domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"

    def _electronic(self) -> bool:
        """Whether the law and the bylaws let the voting site open: a notice does not promise what the law refuses."""
        facts = meeting_facts(self.meeting)
        try:
            convening.site_may_open(facts, self.meeting.signature_level, law(), self.meeting.day)
        except (Refused, LawError):
            return False
        return True

    def message(self, voter: Voter) -> EmailMessage:
        """The notice of one holder."""
        lang = voter.holder.language
        body = "\n\n".join(text.of(lang) for text in self._paragraphs(voter))
        subject = SUBJECT.format(company=self.meeting.company.name, day=day_text(self.meeting.day)).of(lang)
        headers = {"Message-ID": self.message_id(voter), "Date": format_datetime(clock.now())}
        return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [voter.holder.email], headers=headers)

    def message_id(self, voter: Voter) -> str:
        """The same for the same holder and meeting, however often it has to be sent."""
        return f"<{PURPOSE}.{voter.uid}@{self.domain}>"

    def _paragraphs(self, voter: Voter) -> list[Text]:
        items = (Text(f"{item.position}. {item.title}", f"{item.position}. {item.title}") for item in self.agenda)
        agenda = AGENDA
        for item in items:
            agenda = agenda + "\n" + item
        for title in self.points:
            agenda = agenda + "\n– " + said(self.meeting.company.form, POINT).format(title=title)
        name = str(voter.holder)
        return [t("{name},", "{name},").format(name=name), self._opening(), agenda, *self._how(voter), CLOSING]

    def _opening(self) -> Text:
        meeting, company = self.meeting, self.meeting.company
        at = local(meeting.at, meeting.zone)
        return OPENING.format(
            company=company.name,
            form=company.get_form_display(),
            capital=f"{company.capital_cents // 100:,}".replace(",", "\u202f"),
            address=company.address,
            siren=company.siren,
            kind=KINDS[meeting.kind],
            call=CALLS[meeting.call],
            day=day_text(at.date(), weekday=True),
            hour=time_text(at),
            zone=meeting.zone,
            place=meeting.place,
        )

    def _how(self, voter: Voter) -> list[Text]:
        """How to vote (R. 225-66): on the site, on paper, or by a proxy where this company knows no voting form."""
        company, meeting = self.meeting.company.facts(), self.meeting
        if company.form != "sa" and not self.electronic:
            found = mentions(law(), meeting.day, FormFacts(company, single_document=True))
            return [one.text for one in found if one.id == "single-proxy"]
        paper = PAPER.format(limit=limit_of(law(), company, meeting.day, "paper", meeting.zone).value.label)
        if not self.electronic:
            return [paper]
        limit = limit_of(law(), company, meeting.day, "electronic", meeting.zone)
        url = meeting_address(meeting)
        return [ELECTRONIC.format(url=url, login=voter.login, limit=limit.value.label), paper]


def send_batch(actor: Actor, meeting: Meeting, size: int = BATCH) -> int:
    """Send the next notices that wait and record what the server answered. Returns how many the server answered.

    OSError (SMTP errors are of that family) when the server cannot be reached at all: nothing was sent, nothing recorded.
    """
    voters = list(waiting(meeting)[:size])
    if not voters:
        return 0
    writer = Writer(meeting)
    with Line() as line:
        sent = [one for voter in voters if (one := _send(line, writer, voter))]
    if sent:
        acts.record_mailings(actor, meeting=meeting, sent=sent)
    if len(voters) < size:
        _all_left(actor, meeting)
    return sum(one["status"] in ANSWERED for one in sent)


def _all_left(actor: Actor, meeting: Meeting) -> None:
    """Once each holder was convened by an e-mail that his server took, the notice has left: nobody need say so."""
    taken = Mailing.objects.filter(meeting=meeting, holder=OuterRef("holder"), purpose=PURPOSE, status="sent")
    others = told(meeting.voters.all()).exclude(TREASURY)
    if others.exclude(agreed(consent_limits(meeting)), Exists(taken)).exists():
        return  # letters to post, or servers that refused: whoever posts them says when
    rows = Duty.objects.filter(obj=meeting.uid, closed_at=None, act__startswith=DATE_DUTY)
    for name in rows.values_list("act", flat=True).order_by("act"):
        if (date_id := name.removeprefix(DATE_DUTY)) in convening.CONVENING:
            acts.meet_date(actor, meeting=meeting, date_id=date_id, note=str(WHOLLY_BY_MAIL))


def _send(line: Line, writer: Writer, voter: Voter) -> dict[str, Any]:
    message = writer.message(voter)
    try:
        outcome, data = line.send(message)
    except (OSError, ValueError) as error:  # a header that cannot be written is a ValueError
        outcome, data = Outcome("failed", f"{type(error).__name__}: {error}"[:300]), b""
    return {
        "holder": voter.holder,
        "purpose": PURPOSE,
        "address": voter.holder.email,
        "message_id": writer.message_id(voter),
        "digest": hashlib.sha256(data).hexdigest() if data else "",
        "status": outcome.status,
        "answer": outcome.answer,
    }
