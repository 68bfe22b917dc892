"""«Alertes»: what is due is said by e-mail 90, 30, 7 and 0 days before, and read by calendar programs at a secret address."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef

from opposable.kernel import clock, mail
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.duties import shown_to
from opposable.kernel.models import Account, Alert, CalendarFeed, Duty
from opposable.kernel.models.access import grants_at
from opposable.law import Refused, Text, day_text, local_day, t
from opposable.law.terminal import words

if TYPE_CHECKING:
    from django.db.models import QuerySet

STAGES = (0, 7, 30, 90)
"""Days before; the one that is said is the nearest that has been reached."""
MOST = 200
"""Lines of one message: beyond, the page has them all."""


def stage_of(duty: Duty, now: datetime) -> int | None:
    """The stage a duty has reached: 90 from the 90th day before, …, 0 on its day and after; None before the first."""
    left = (local_day(duty.due_at) - local_day(now)).days
    return next((stage for stage in STAGES if left <= stage), None)


def concerned(account: Account, duties: QuerySet[Duty], now: datetime) -> QuerySet[Duty]:
    """The duties that an account is to be told of: his own, and those on which he may act."""
    held = list(grants_at(account.actor, now).values_list("role", "cell__path"))
    kinds = list(duties.values_list("kind", flat=True).distinct().order_by())
    by_him = shown_to(account.actor, held, kinds, "write") | shown_to(account.actor, held, kinds, "approve")
    return duties.filter(by_him).distinct()


def send_due() -> list[str]:
    """Send each active account one message with what has newly come near. Called by `tick`; a mail server that fails is asked again."""
    if not mail.has_server():
        return []
    now = clock.now()
    near = Duty.objects.filter(closed_at=None, automatic=False, due_at__lte=now + timedelta(days=max(STAGES) + 1))
    _forget()
    if not near.exists():
        return []
    done = 0
    for account in Account.objects.filter(is_active=True).order_by("pk"):
        done += _tell(account, list(concerned(account, near, now).order_by("due_at", "pk")), now)
    return [words(f"rappels envoyés : {done}", f"alerts sent: {done}")] if done else []


def _forget() -> None:
    """What was said of a duty goes when the duty is done."""
    still = Duty.objects.filter(closed_at=None, act=OuterRef("act"), obj=OuterRef("obj"))
    Alert.objects.exclude(Exists(still)).delete()


def _tell(account: Account, duties: list[Duty], now: datetime) -> int:
    known = set(Alert.objects.filter(account=account).values_list("act", "obj", "due_on", "stage"))
    new = []
    for duty in duties:
        stage, day = stage_of(duty, now), local_day(duty.due_at)
        if stage is not None and (duty.act, duty.obj, day, stage) not in known:
            new.append((duty, stage))
    if not new:
        return 0
    outcome, _ = mail.post(message(account, [duty for duty, _ in new], now))
    if outcome.status == "failed":
        return 0
    Alert.objects.bulk_create(
        [
            Alert(
                act=duty.act,
                obj=duty.obj,
                account=account,
                due_on=local_day(duty.due_at),
                stage=stage,
                sent_at=now,
                answer=outcome.answer,
            )
            for duty, stage in new
        ],
        ignore_conflicts=True,
    )
    return 1


SUBJECT = t("{n} échéance(|s) : la plus proche le {day}", "{n} due date(|s): the nearest on {day}")
FOOT = t(
    "Vous recevez ce message 90, 30, 7 et 0 jours avant ce que vous pouvez faire. Tout est sur {url}",
    "You receive this message 90, 30, 7 and 0 days before what you can do. All of it is at {url}",
)


def message(account: Account, duties: list[Duty], now: datetime) -> EmailMessage:
    """One message: the duties, the nearest first. Addresses are those of this installation, and ask for a login."""
    lang = account.language
    lines = [_line(duty, lang) for duty in duties[:MOST]]
    foot = FOOT.format(url=f"{settings.CONFIG.url.rstrip('/')}/duties/").of(lang)
    subject = SUBJECT.counted(len(duties)).format(n=len(duties), day=day_text(local_day(duties[0].due_at))).of(lang)
    headers = {
        "Message-ID": f"<alert.{secrets.token_hex(16)}@{mail.domain()}>",
        "Date": format_datetime(now),
        "Auto-Submitted": "auto-generated",
    }
    body = "\n\n".join([*lines, foot])
    return EmailMessage(subject, body, settings.DEFAULT_FROM_EMAIL, [account.email], headers=headers)


def _line(duty: Duty, lang: str) -> str:
    title = Text(duty.title_fr, duty.title_en).of(lang)
    link = f"\n{settings.CONFIG.url.rstrip('/')}{duty.link}" if duty.link else ""
    return f"{day_text(local_day(duty.due_at), weekday=True).of(lang)}\n{title}{link}"


# ---------------------------------------------------------------- the calendar


@act("kernel.calendar.open", label=t("Ouvrir une adresse d’agenda", "Open a calendar address"), api=False)
def open_feed(a: Acting) -> tuple[CalendarFeed, str]:
    """A secret address for one’s own calendar program; the one before stops. Its text is returned this once."""
    account = Account.objects.filter(uid=a.actor.uid, is_active=True).first()
    if account is None:
        raise Refused(t("Un agenda est celui d’une personne.", "A calendar is a person’s."), None, "calendar.person")
    _close(a, account)
    text = secrets.token_urlsafe(32)
    feed = CalendarFeed(cell=root(), account=account, hashed=_digest(text), since=a.now)
    a.record(feed)
    return feed, text


@act("kernel.calendar.close", label=t("Fermer une adresse d’agenda", "Close a calendar address"), api=False)
def close_feed(a: Acting) -> None:
    """The address answers no more."""
    _close(a, Account.objects.get(uid=a.actor.uid))


def _close(a: Acting, account: Account) -> None:
    for feed in CalendarFeed.objects.filter(account=account, until=None).select_related("cell", "account"):
        feed.until = a.now
        a.record(feed)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def feed_of(text: str) -> CalendarFeed | None:
    """The open address with this text, of an account that is active."""
    rows = CalendarFeed.objects.filter(hashed=_digest(text), until=None, account__is_active=True)
    found: CalendarFeed | None = rows.select_related("account").first()
    return found


def icalendar(duties: Iterable[Duty], now: datetime, lang: str) -> str:
    """What is due as RFC 5545: an event at each instant, with alarms 7 days and 1 day before."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Opposable//Duties//FR", "CALSCALE:GREGORIAN"]
    lines += [f"X-WR-CALNAME:{_escaped(t('Échéances', 'Due dates').of(lang))}"]
    for duty in duties:
        lines += _event(duty, now, lang)
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _event(duty: Duty, now: datetime, lang: str) -> list[str]:
    title = _escaped(Text(duty.title_fr, duty.title_en).of(lang))
    name = hashlib.sha256(f"{duty.act}:{duty.obj}".encode()).hexdigest()[:32]
    lines = [
        "BEGIN:VEVENT",
        f"UID:{name}@{mail.domain()}",
        f"DTSTAMP:{_stamp(now)}",
        f"DTSTART:{_stamp(duty.due_at)}",
        f"SUMMARY:{title}",
        "TRANSP:TRANSPARENT",
    ]
    if duty.rule:
        lines.append(f"DESCRIPTION:{_escaped(duty.rule)}")
    if duty.link:
        lines.append(f"URL:{settings.CONFIG.url.rstrip('/')}{duty.link}")
    for days in (7, 1):
        lines += ["BEGIN:VALARM", "ACTION:DISPLAY", f"DESCRIPTION:{title}", f"TRIGGER:-P{days}D", "END:VALARM"]
    return [*lines, "END:VEVENT"]


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")


def _escaped(text: str) -> str:
    """RFC 5545, 3.3.11."""
    plain = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return " ".join(plain.replace("\r", "\n").split("\n"))


def _folded(line: str) -> Iterator[str]:
    """RFC 5545, 3.1: 75 octets a line at most, cut between characters; what follows begins with a space."""
    room, part, size = 75, "", 0
    for char in line:
        width = len(char.encode())
        if size + width > room:
            yield part
            part, size = " ", 1
        part, size = part + char, size + width
    yield part
