"""What voters are written: the code, the confirmation that a form was received (L. 22-10-43-1), and that it was changed."""

from __future__ import annotations

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.mail import Outcome, has_server
from opposable.kernel.models import Act, Leaf
from opposable.law import Text, t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.identification import CODE_MINUTES
from opposable.systems.assembly.exchange import notices
from opposable.systems.assembly.exchange.mail import Letter, message_id, post
from opposable.systems.assembly.models import Form, Mailing, Meeting, Voter
from opposable.systems.assembly.rules.words import said
from opposable.web.format import legal_time_text, number_text, utc_text
from opposable.web.language import typographic

TRIES = 3
RECENT = timedelta(minutes=5)
"""How far back each round of confirmations looks, for those that the mail server did not take at once."""
SHORT = 12
"""Characters of a meeting's identifier in the address of its voting site."""


def site_address(path: str) -> str:
    """A page of the voting site, as it is written in a message."""
    return settings.CONFIG.vote_url.rstrip("/") + path


def meeting_address(meeting: Meeting) -> str:
    """Where the meeting is voted."""
    return site_address(reverse("vote:meeting", args=[meeting.uid[:SHORT]], urlconf="opposable.vote_urls"))


def receipt_address(form: Form) -> str:
    """Where the receipt of a form is read, once identified."""
    return site_address(reverse("vote:receipt", args=[form.uid], urlconf="opposable.vote_urls"))


# The code


def send_code(voter: Voter) -> Outcome | None:
    """Issue a code, send it to the address of the register, record the server's answer. None: no address on file, or no server."""
    holder = voter.holder
    if not holder.email or not has_server():
        return None
    issued = acts.issue_code(voter.actor, voter=voter, channel="email")
    code = f"{issued.result[:4]} {issued.result[4:]}"
    text = CODE.format(
        code=code, minutes=CODE_MINUTES, company=voter.meeting.company.name, site=meeting_address(voter.meeting)
    )
    subject = CODE_SUBJECT.format(company=voter.meeting.company.name)
    name = message_id(f"{issued.entry[:32]}.code")
    letter = Letter(holder, "code", _in(subject, holder.language), _in(text, holder.language), name, secret=code)
    return post(voter.meeting, [letter])[0]


CODE_SUBJECT = t("Votre code pour voter · {company}", "Your code to vote · {company}")
CODE = t(
    """Votre code : {code}

Il sert une fois, pendant {minutes} minutes, sur le site de vote de {company} :
{site}

Personne ne vous le demandera par téléphone ni par message. Si vous n’avez rien demandé, ne le donnez à personne :
sans lui, votre identifiant n’ouvre rien.
""",
    """Your code: {code}

It serves once, for {minutes} minutes, on the voting site of {company}:
{site}

Nobody will ask you for it by telephone or by message. If you asked for nothing, give it to no one:
without it, your access id opens nothing.
""",
)


# The confirmation that a form was received


def confirm_forms(meeting: Meeting, since: datetime | None = None) -> list[Outcome]:
    """Write to each holder whose form came and who was not written to yet. Repeatable: a letter lost in a crash goes out later."""
    if not has_server():
        return []
    with _alone():
        forms = _unwritten(meeting, "confirmation", meeting.forms.filter(channel="electronic"), since)
        return post(meeting, [confirmation(form) for form in forms])


@contextmanager
def _alone() -> Iterator[None]:
    """One process confirms at a time: another waits, then sees what was written, and nobody has two letters."""
    with (settings.HOME / "run" / "confirmations.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def notify_changes(meeting: Meeting) -> list[Outcome]:
    """Write to each holder whose form was amended or voided by a transfer of shares (R. 22-10-28, IV)."""
    if not has_server():
        return []
    forms = _unwritten(meeting, "form-changed", meeting.forms.filter(status__in=["amended", "void"]), None)
    return post(meeting, [change(form) for form in forms])


@dataclass(frozen=True)
class Told:
    """How many were told of the amended agenda by e-mail, and whether that is everybody."""

    by_mail: int
    complete: bool


def notify_agenda(meeting: Meeting) -> Told:
    """Write to each holder who agreed to e-mail and was not told of this agenda yet. Repeatable, as the confirmations are."""
    if not has_server():
        return Told(0, complete=False)
    everybody = notices.told(meeting.voters.all()).select_related("holder", "meeting__company")
    ours = everybody.filter(notices.agreed(notices.consent_limits(meeting)))
    rows = Mailing.objects.filter(meeting=meeting, purpose="agenda")
    done = set(rows.filter(status__in=notices.ANSWERED).values_list("message_id", flat=True))
    waiting = [letter for voter in ours if (letter := agenda_letter(voter)).message_id not in done]
    outcomes = post(meeting, waiting)
    failed = sum(outcome.status not in notices.ANSWERED for outcome in outcomes)
    told = len(done) + len(outcomes) - failed
    return Told(told, complete=not failed and ours.count() == everybody.count())


def agenda_letter(voter: Voter) -> Letter:
    """What was added to the agenda since the notice, and what becomes of a form already sent."""
    meeting, lang = voter.meeting, voter.holder.language
    since = meeting.requests.filter(status="listed", listed_at__gt=meeting.notice_at).order_by("listed_at")
    added = "\n".join(f"– {row.title}" for row in since)
    sent = meeting.forms.filter(holder=voter.holder, status__in=["counted", "amended"]).exists()
    names = {"holder": str(voter.holder), "company": meeting.company.name, "meeting": meeting.title, "added": added}
    text = said(meeting.company.form, AGENDA).format(**names, site=meeting_address(meeting)) + (
        AGENDA_SENT if sent else t("", "")
    )
    name = message_id(f"{voter.uid}.agenda.{meeting.agenda_digest[:16]}.{len(since)}")
    return Letter(
        voter.holder, "agenda", _in(AGENDA_SUBJECT.format(company=meeting.company.name), lang), _in(text, lang), name
    )


AGENDA_SUBJECT = t("Ordre du jour complété · {company}", "Agenda amended · {company}")
AGENDA = t(
    """{holder},

À la demande d’actionnaires, l’ordre du jour de « {meeting} » de {company} est complété :

{added}

Le texte, les motifs et le vote :
{site}
""",
    """{holder},

At the request of shareholders, the agenda of “{meeting}” of {company} is amended:

{added}

The text, the reasons and the vote:
{site}
""",
)
AGENDA_SENT = t(
    """
Votre formulaire est déjà reçu : ce qu’il dit des autres résolutions reste. Il répond à ce qui est ajouté par votre consigne
pour les résolutions nouvelles ; vous pouvez aussi envoyer le formulaire complété, avec les mêmes votes.
""",
    """
Your form was already received: what it says of the other resolutions stands. It answers what was added by your instruction
for new resolutions; you may also send the completed form, with the same votes.
""",
)


def _unwritten(meeting: Meeting, purpose: str, forms: object, since: datetime | None) -> Iterator[Form]:
    """The forms for which no letter of this purpose was taken by the server, nor tried three times."""
    rows = Mailing.objects.filter(meeting=meeting, purpose=purpose)
    rows = rows.filter(at__gte=since) if since else rows
    tried = dict(rows.values_list("message_id").annotate(Count("id")))
    done = set(rows.filter(status="sent").values_list("message_id", flat=True))
    waiting = forms.exclude(holder__email="").select_related("holder", "meeting__company").order_by("id")  # type: ignore[attr-defined]
    for form in waiting.filter(received_at__gte=since) if since else waiting:
        name = message_id(f"{form.uid}.{purpose}")
        if name not in done and tried.get(name, 0) < TRIES:
            yield form


def confirmation(form: Form) -> Letter:
    """What L. 22-10-43-1 (2nd par.) asks for: that the vote was received, when, for which meeting. Not what was voted."""
    act = Act.objects.filter(obj=form.uid, seq=1).get()
    index = Leaf.objects.filter(act=act).values_list("index", flat=True).first()
    lang, company = form.holder.language, form.meeting.company
    late = form.status == "late"
    text = (LATE if late else RECEIVED).format(
        **_names(form),
        at=Text(*(_both(form.received_at, each) for each in ("fr", "en"))),
        index="—" if index is None else number_text(index, lang),
        entry=bytes(act.entry).hex(),
    )
    subject = (LATE_SUBJECT if late else RECEIVED_SUBJECT).format(company=company.name)
    name = message_id(f"{form.uid}.confirmation")
    return Letter(form.holder, "confirmation", _in(subject, lang), _in(text, lang), name)


def change(form: Form) -> Letter:
    """What a transfer of shares made of a form already received."""
    lang = form.holder.language
    text = (VOID if form.status == "void" else AMENDED).format(**_names(form))
    subject = CHANGED_SUBJECT.format(company=form.meeting.company.name)
    name = message_id(f"{form.uid}.form-changed")
    return Letter(form.holder, "form-changed", _in(subject, lang), _in(text, lang), name)


def enrolled(voter: Voter) -> list[Outcome]:
    """Tell the holder that a means of identification was added in his name."""
    holder = voter.holder
    if not holder.email:
        return []
    text = ENROLLED.format(company=voter.meeting.company.name, site=meeting_address(voter.meeting))
    subject = ENROLLED_SUBJECT.format(company=voter.meeting.company.name)
    name = message_id(f"{voter.uid}.{voter.seq}.means")
    letter = Letter(holder, "means", _in(subject, holder.language), _in(text, holder.language), name)
    return post(voter.meeting, [letter])


def _names(form: Form) -> dict[str, object]:
    company = form.meeting.company
    return {
        "holder": str(form.holder),
        "company": company.name,
        "meeting": form.meeting.title,
        "link": receipt_address(form),
        "site": meeting_address(form.meeting),
        "address": company.address,
    }


def _both(at: datetime, lang: str) -> str:
    return f"{legal_time_text(at, lang, 'exact')} = {utc_text(at)}"


def _in(text: Text, lang: str) -> str:
    return text.en if lang == "en" else typographic(text.fr)


RECEIVED_SUBJECT = t("Votre vote est reçu · {company}", "Your vote was received · {company}")
LATE_SUBJECT = t("Votre formulaire est arrivé trop tard · {company}", "Your form came too late · {company}")
CHANGED_SUBJECT = t("Votre vote a changé · {company}", "Your vote has changed · {company}")
ENROLLED_SUBJECT = t("Un moyen d’identification de plus · {company}", "One more means of identification · {company}")
RECEIVED = t(
    """{holder},

{company} a reçu votre formulaire de vote à distance.

Assemblée : {meeting}
Reçu le :   {at}
Acte :      n° {index} du journal, empreinte
            {entry}

Votre reçu, ce qui a été compté, et la preuve à emporter :
{link}

Ce message ne dit pas ce que vous avez voté. Si ce n’est pas vous, prévenez la société sans attendre :
{company}, {address}.

Confirmation de réception : C. com., art. L. 22-10-43-1. Après l’assemblée, la même page dit si votre vote
a été enregistré et pris en compte.
""",
    """{holder},

{company} has received your remote voting form.

Meeting:   {meeting}
Received:  {at}
Act:       no. {index} of the log, digest
           {entry}

Your receipt, what was counted, and the proof to take away:
{link}

This message does not say what you voted. If it was not you, tell the company at once:
{company}, {address}.

Confirmation of receipt: C. com., art. L. 22-10-43-1. After the meeting, the same page says whether your vote
was recorded and taken into account.
""",
)
LATE = t(
    """{holder},

Votre formulaire de vote à distance est parvenu à {company} après la limite : il est conservé, il n’est pas compté.

Assemblée : {meeting}
Reçu le :   {at}
Acte :      n° {index} du journal, empreinte
            {entry}

La règle, le calcul et la preuve :
{link}

Vous pouvez encore venir voter à l’assemblée.
""",
    """{holder},

Your remote voting form reached {company} after the limit: it is kept, it is not counted.

Meeting:   {meeting}
Received:  {at}
Act:       no. {index} of the log, digest
           {entry}

The rule, the working and the proof:
{link}

You may still come and vote at the meeting.
""",
)
AMENDED = t(
    """{holder},

Vos titres ont changé avant la date d’enregistrement. {company} a modifié en conséquence le vote que vous aviez
exprimé pour « {meeting} » (C. com., art. R. 22-10-28, IV).

Ce qui est compté maintenant, et pourquoi :
{link}
""",
    """{holder},

Your shares changed before the record date. {company} has amended the vote that you had cast for “{meeting}”
accordingly (C. com., art. R. 22-10-28, IV).

What counts now, and why:
{link}
""",
)
VOID = t(
    """{holder},

Vos titres ont changé avant la date d’enregistrement. {company} a invalidé le vote que vous aviez exprimé pour
« {meeting} » (C. com., art. R. 22-10-28, IV) : il n’est plus compté.

Pourquoi, et ce que vous pouvez encore faire :
{link}
{site}
""",
    """{holder},

Your shares changed before the record date. {company} has voided the vote that you had cast for “{meeting}”
(C. com., art. R. 22-10-28, IV): it counts no more.

Why, and what you may still do:
{link}
{site}
""",
)
ENROLLED = t(
    """Un moyen d’identification vient d’être ajouté à votre accès au site de vote de {company}.

Si ce n’est pas vous, prévenez la société sans attendre.
{site}
""",
    """A means of identification has just been added to your access to the voting site of {company}.

If it was not you, tell the company at once.
{site}
""",
)


def confirm_soon(meeting_id: int, within: datetime) -> None:
    """The confirmations of the last forms: what the site calls after each one.

    One thread of a process writes at a time. Whoever comes meanwhile leaves word and goes: the next round writes to all who came,
    over one line and in one act. At the close of the vote the job writes to whoever a crash left out.
    """
    with _lock:
        _asked[meeting_id] = min(within, _asked.get(meeting_id, clock.now()))
    while _asked and _writing.acquire(blocking=False):
        try:
            with _lock:
                asked = dict(_asked)
                _asked.clear()
            for meeting in Meeting.objects.select_related("company", "cell").filter(pk__in=asked):
                confirm_forms(meeting, since=asked[meeting.pk])
        finally:
            _writing.release()


_asked: dict[int, datetime] = {}
"""By meeting: since when forms were received whose confirmation was asked for."""
_lock, _writing = threading.Lock(), threading.Lock()
