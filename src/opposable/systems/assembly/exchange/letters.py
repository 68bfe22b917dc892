"""What voters are written: the code, the confirmation that a form was received (L. 22-10-43-1), and that it was changed."""

from __future__ import annotations

import fcntl
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.db.models import Count

from opposable.kernel import clock, parts
from opposable.kernel.mail import Outcome, has_server
from opposable.kernel.models import Act, Leaf
from opposable.kernel.system import law
from opposable.law import Text, day_text, join, local, t, time_text
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.identification import CODE_MINUTES
from opposable.systems.assembly.acts.meeting import CANCEL, MESSAGE
from opposable.systems.assembly.exchange import letter_texts as words, notices
from opposable.systems.assembly.exchange.addresses import meeting_address, receipt_address
from opposable.systems.assembly.exchange.mail import Letter, message_id, post
from opposable.systems.assembly.models import Form, Holder, Mailing, Meeting, Voter
from opposable.systems.assembly.rules.forms import changes
from opposable.systems.assembly.rules.words import said
from opposable.web.format import legal_time_text, number_text, utc_text
from opposable.web.language import typographic

TRIES, AGAIN = 3, timedelta(minutes=30)
"""How often a letter is tried, and after what time again where nobody waits for it."""
NUMBER_LEAST, NUMBER_MOST = 8, 15
"""Digits of a telephone number with its country (ITU-T E.164: 15 at most)."""
RECENT = timedelta(minutes=5)
"""How far back each round of confirmations looks, for those that the mail server did not take at once."""


# The code


def telephone_of(holder: Holder) -> str:
    """The address of the gateway for a holder's telephone; "" without a gateway, or without a number in international form.

    A national number is not completed: a wrong country would hand the code to somebody else.
    """
    gateway, number = settings.CONFIG.sms, holder.phone.replace("(0)", "").strip()
    digits = "".join(char for char in number if char in "0123456789")
    digits = digits[2:] if number.startswith("00") else digits
    if not gateway or not number.startswith(("+", "00")) or not NUMBER_LEAST <= len(digits) <= NUMBER_MOST:
        return ""
    return str(gateway).replace("{number}", digits)


def send_code(voter: Voter) -> Outcome | None:
    """Issue a code, send it by text message, or else by mail; record the server's answer. None: no address on file, or no server."""
    holder, telephone = voter.holder, telephone_of(voter.holder)
    if not (telephone or holder.email) or not has_server():
        return None
    issued = acts.issue_code(voter.actor, voter=voter, channel="sms" if telephone else "email")
    code = f"{issued.result[:4]} {issued.result[4:]}"
    text = (words.CODE_SMS if telephone else words.CODE).format(
        code=code, minutes=CODE_MINUTES, company=voter.meeting.company.name, site=meeting_address(voter.meeting)
    )
    subject = words.CODE_SUBJECT.format(company=voter.meeting.company.name)
    name = message_id(f"{issued.entry[:32]}.code")
    letter = Letter(
        holder, "code", _in(subject, holder.language), _in(text, holder.language), name, secret=code, other=telephone
    )
    return post(voter.meeting, [letter])[0]


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
    """Write to each holder whose form was amended or voided by a transfer of shares (R. 22-10-28, IV; R. 225-86, 2nd par.)."""
    if not has_server():
        return []
    forms = _unwritten(meeting, "form-changed", meeting.forms.filter(status__in=["amended", "void"]), None)
    return post(meeting, [change(form) for form in forms])


@dataclass(frozen=True)
class Told:
    """Of what changed since the notice: how many holders a mail server took a letter for, and how many it did not."""

    by_mail: int
    others: int
    """Who did not agree to e-mail, or whose server refused: the company tells them in another way."""
    failed: int
    """Letters that are tried again, or wait for a server."""


def notify_agenda(meeting: Meeting) -> Told:
    """Write to each holder who agreed to e-mail and was not told of this agenda yet. Repeatable, as the confirmations are."""
    return _tell(meeting, "agenda", agenda_letter)


def notify_cancellation(meeting: Meeting) -> Told:
    """Write to each holder who agreed to e-mail that the meeting is not held. Repeatable."""
    message = parts.read_of(meeting, CANCEL, MESSAGE) or ""
    return _tell(meeting, "cancelled", partial(cancelled_letter, message=message))


def _tell(meeting: Meeting, purpose: str, letter_of: Callable[[Voter], Letter]) -> Told:
    everybody = (
        notices.told(meeting.voters.all()).exclude(notices.TREASURY).select_related("holder", "meeting__company")
    )
    if not has_server():
        return Told(0, 0, failed=everybody.count())
    ours = [letter_of(voter) for voter in everybody.filter(notices.agreed(notices.consent_limits(meeting)))]
    tried = _tries(meeting, purpose)
    post(meeting, [letter for letter in ours if _is_due(tried[letter.message_id])])
    tried = _tries(meeting, purpose)
    taken = sum("sent" in tried[letter.message_id].values() for letter in ours)
    failed = sum(_is_open(tried[letter.message_id]) for letter in ours)
    return Told(taken, everybody.count() - taken - failed, failed)


def _tries(meeting: Meeting, purpose: str) -> defaultdict[str, dict[datetime, str]]:
    """What became of each letter, by the instant at which it was sent."""
    found: defaultdict[str, dict[datetime, str]] = defaultdict(dict)
    rows = Mailing.objects.filter(meeting=meeting, purpose=purpose)
    for name, at, status in rows.values_list("message_id", "at", "status"):
        found[name][at] = status
    return found


def _is_open(tries: dict[datetime, str]) -> bool:
    """Not answered yet, and not given up: a server that is busy takes it some minutes later (RFC 5321, 4.5.4.1)."""
    return len(tries) < TRIES and not set(notices.ANSWERED).intersection(tries.values())


def _is_due(tries: dict[datetime, str]) -> bool:
    return _is_open(tries) and (not tries or clock.now() - max(tries) >= AGAIN)


def agenda_letter(voter: Voter) -> Letter:
    """What was added to the agenda since the notice, and what becomes of a form already sent."""
    meeting, lang = voter.meeting, voter.holder.language
    since = meeting.requests.filter(status="listed", listed_at__gt=meeting.notice_at).order_by("listed_at")
    added = "\n".join(f"– {row.title}" for row in since)
    sent = meeting.forms.filter(holder=voter.holder, status__in=["counted", "amended"]).exists()
    names = {"holder": str(voter.holder), "company": meeting.company.name, "meeting": meeting.title, "added": added}
    named = sorted({row.on_behalf for row in since if row.on_behalf})
    asked = words.BY_NAMED.format(names=", ".join(named)) if named else said(meeting.company.form, words.BY_HOLDERS)
    told = said(meeting.company.form, words.AGENDA).format(**names, asked=asked, site=meeting_address(meeting))
    text = told + (words.AGENDA_SENT if sent else t("", ""))
    name = message_id(f"{voter.uid}.agenda.{meeting.agenda_digest[:16]}.{len(since)}")
    return Letter(
        voter.holder,
        "agenda",
        _in(words.AGENDA_SUBJECT.format(company=meeting.company.name), lang),
        _in(text, lang),
        name,
    )


def cancelled_letter(voter: Voter, message: str) -> Letter:
    """That the meeting is not held, and that what the holder may have sent for it has no effect."""
    meeting, lang = voter.meeting, voter.holder.language
    at = local(meeting.at, meeting.zone)
    text = words.CANCELLED.format(
        holder=str(voter.holder),
        company=meeting.company.name,
        meeting=meeting.title,
        day=day_text(at.date(), weekday=True),
        hour=time_text(at),
        message=f"\n{message}\n" if message else "",
    )
    subject = words.CANCELLED_SUBJECT.format(company=meeting.company.name, day=day_text(at.date()))
    name = message_id(f"{voter.uid}.cancelled")
    return Letter(voter.holder, "cancelled", _in(subject, lang), _in(text, lang), name)


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
    text = (words.LATE if late else words.RECEIVED).format(
        **_names(form),
        confirmed=_confirmed(form),
        at=Text(*(_both(form.received_at, each) for each in ("fr", "en"))),
        index="—" if index is None else number_text(index, lang),
        entry=bytes(act.entry).hex(),
    )
    subject = (words.LATE_SUBJECT if late else words.RECEIVED_SUBJECT).format(company=company.name)
    name = message_id(f"{form.uid}.confirmation")
    return Letter(form.holder, "confirmation", _in(subject, lang), _in(text, lang), name)


def _confirmed(form: Form) -> Text:
    """The article that wants this letter, where it binds the company: only a listed one."""
    company = form.meeting.company.facts()
    rule = company.rule(law(), "assembly.vote.confirmation", form.meeting.day)
    cite = join(rule.cite, t(" ; ", "; "))
    return words.CONFIRMED.format(cite=cite) if company.bound_by(rule) else t("", "")


def change(form: Form) -> Letter:
    """What a transfer of shares made of a form already received."""
    lang = form.holder.language
    article = changes.article_of(law(), form.meeting.company.facts(), form.meeting.day)
    cited = t(" ({article})", " ({article})").format(article=article) if article else t("", "")
    text = (words.VOID if form.status == "void" else words.AMENDED).format(**_names(form), article=cited)
    subject = words.CHANGED_SUBJECT.format(company=form.meeting.company.name)
    name = message_id(f"{form.uid}.form-changed")
    return Letter(form.holder, "form-changed", _in(subject, lang), _in(text, lang), name)


def enrolled(voter: Voter) -> list[Outcome]:
    """Tell the holder that a means of identification was added in his name."""
    holder = voter.holder
    if not holder.email:
        return []
    text = words.ENROLLED.format(company=voter.meeting.company.name, site=meeting_address(voter.meeting))
    subject = words.ENROLLED_SUBJECT.format(company=voter.meeting.company.name)
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
