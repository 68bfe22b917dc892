"""Notices: who is to be told, by which channel, what was sent, what each mail server answered; and the sending itself."""

import fcntl
import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import BooleanField, Case, Count, Exists, Max, OuterRef, Prefetch, Q, QuerySet, Value, When
from django.http import HttpRequest, HttpResponseBase
from django.template.response import TemplateResponse
from django.views.decorators.http import require_POST

from opposable.kernel.actors import Actor
from opposable.kernel.models import Act, Duty
from opposable.law import Refused, day_text
from opposable.law.text import t
from opposable.systems.assembly.acts.convening import DATE_DUTY
from opposable.systems.assembly.exchange import letters, notices as mail
from opposable.systems.assembly.models import Mailing, Meeting, Voter
from opposable.systems.assembly.rules.convening.consent import Limits
from opposable.systems.assembly.views.office_base import (
    can,
    listed,
    meeting_or_404,
    note_reading,
    refusal_page,
    require,
    see_other,
)
from opposable.systems.assembly.views.office_kept import kept
from opposable.systems.assembly.views.office_record import meeting_url, record
from opposable.systems.assembly.views.office_words import MAIL_STATES
from opposable.web.access import actor_of
from opposable.web.forms import toast
from opposable.web.listing import Column, Filter, Listing

log = logging.getLogger(__name__)
TO_SEND = ("due", t("à envoyer", "to be sent"))
NOT_SENT = ("info", t("pas envoyée d’ici", "not sent from here"))
NOTICE_DUTY = f"{DATE_DUTY}notice."
SENDABLE = ("convened", "open")
BY_POST = ("info", t("par courrier", "by post"))


def _mailing(row: Voter) -> Mailing | None:
    """The last notice to this holder for this meeting (fetched with the page)."""
    return next(iter(row.holder.sent), None)  # type: ignore[attr-defined]


def _of_mailing(name: str) -> Callable[[Voter], Any]:
    return lambda row: getattr(_mailing(row), name, None)


def _state(row: Voter) -> Any:
    last = _mailing(row)
    if last is not None:
        return MAIL_STATES.get(last.status)
    if not row.by_mail:  # type: ignore[attr-defined]
        return BY_POST
    return NOT_SENT if row.left else TO_SEND  # type: ignore[attr-defined]


def _consented(row: Voter) -> Any:
    """The day of the agreement to e-notices, or why the post is used."""
    holder = row.holder
    if holder.consent_until:
        return t("retour au courrier le {day}", "back to the post on {day}").format(day=day_text(holder.consent_until))
    if holder.consent_on:
        return day_text(holder.consent_on)
    return t("aucun", "none") if row.registered else t("au porteur", "bearer")  # type: ignore[attr-defined]


def _code_by(row: Voter) -> Any:
    """The second channel: the code of each connection goes where the identifier did not."""
    if letters.telephone_of(row.holder):
        return t("téléphone", "telephone")
    if not row.holder.email:
        return t("aucun", "none")
    return t("la même messagerie", "the same mailbox") if row.by_mail else t("courriel", "e-mail")  # type: ignore[attr-defined]


def _channel(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(by_mail=value == "mail")


def _answered(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    notice = Mailing.objects.filter(meeting=OuterRef("meeting"), holder=OuterRef("holder"), purpose=mail.PURPOSE)
    return rows.filter(Exists(notice.filter(status=value)))


def _search(rows: QuerySet[Any], given: str) -> QuerySet[Any]:
    return rows.filter(
        Q(holder__name__icontains=given) | Q(holder__ref__istartswith=given) | Q(login__istartswith=given)
    )


ACCESSES = Listing(
    columns=(
        Column("holder", t("Titulaire", "Holder"), lambda row: str(row.holder)),
        Column("ref", t("Compte", "Account"), lambda row: row.holder.ref, default=False),
        Column("login", t("Identifiant", "Identifier"), lambda row: row.login, "code"),
        Column("email", t("Courriel", "E-mail"), lambda row: row.holder.email),
        Column("code", t("Code par", "Code by"), _code_by),
        Column("consent", t("Accord", "Agreement"), _consented),
        Column("address", t("Adresse", "Address"), lambda row: row.holder.address, default=False),
        Column("state", t("Convocation", "Notice"), _state, "state"),
        Column("answer", t("Réponse du serveur", "Server’s answer"), _of_mailing("answer")),
        Column("at", t("Envoyée", "Sent"), _of_mailing("at"), "instant", default=False),
        Column("message", t("Message", "Message"), _of_mailing("message_id"), default=False),
        Column("digest", t("Empreinte", "Digest"), _of_mailing("digest"), "hash", default=False),
    ),
    filters=(
        Filter(
            "channel",
            t("Canal", "Channel"),
            [("mail", t("courriel", "e-mail")), ("post", t("courrier", "post"))],
            _channel,
        ),
        Filter(
            "mail",
            t("Convocation", "Notice"),
            [(key, label) for key, (_, label) in MAIL_STATES.items()],
            _answered,
        ),
    ),
    order=("pk",),
    search=_search,
    export_name="notices",
    remember=False,  # the page counts what was sent: its queries are spent
)


# ---- the page --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tally:
    """Where the sending stands. ``running``: a process of this installation is sending at this very moment."""

    voters: int
    by_mail: int
    sent: int
    refused: int
    failed: int
    same: int
    """Holders whose notice and code reach one and the same mailbox."""
    running: bool

    @property
    def done(self) -> int:
        return self.sent + self.refused

    @property
    def left(self) -> int:
        return self.by_mail - self.done

    @property
    def by_post(self) -> int:
        return self.voters - self.by_mail


CHANGES = (
    "assembly.mailing.record",
    "assembly.consent.record",
    "assembly.consent.withdraw",
    "assembly.register.import",
    "assembly.register.undo",
)
"""Acts that change who is told by which channel, and what was answered."""


def tally(meeting: Meeting, limits: Limits | None = None) -> Tally:
    """Counts: they change with the last act that enters an agreement, a register or an answer, and are kept until then."""
    last = Act.objects.filter(type__in=CHANGES).aggregate(last=Max("pk"))["last"]
    people = kept(("voters", meeting.uid, meeting.seq, last), lambda: _people(meeting, limits))
    states = kept(("mailings", meeting.uid, last), lambda: _answers(meeting))
    return Tally(people["all"], people["mail"], **states, same=people["same"], running=is_running(meeting))


def _people(meeting: Meeting, limits: Limits | None) -> dict[str, int]:
    rows = channelled(meeting, limits or mail.consent_limits(meeting))
    abroad = Q(holder__phone__startswith="+") | Q(holder__phone__startswith="00")
    alone = Q(by_mail=True) & ~abroad if settings.CONFIG.sms else Q(by_mail=True)
    return rows.aggregate(all=Count("pk"), mail=Count("pk", filter=Q(by_mail=True)), same=Count("pk", filter=alone))


def channelled(meeting: Meeting, limits: Limits) -> QuerySet[Voter]:
    """The accesses, each with ``by_mail``: whether the holder agreed to be convened by e-mail."""
    which = Case(When(mail.agreed(limits), then=Value(True)), default=Value(False), output_field=BooleanField())
    return mail.told(meeting.voters.all()).annotate(by_mail=which)


def _answers(meeting: Meeting) -> dict[str, int]:
    rows = Mailing.objects.filter(meeting=meeting, purpose=mail.PURPOSE)
    return rows.aggregate(
        **{name: Count("holder", filter=Q(status=name), distinct=True) for name in ("sent", "refused", "failed")}
    )


def notices(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Who is told and how; progress of the sending; each holder's identifier and the answer of his mail server."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Mailing.Evidence.kind, meeting.cell)
    sent = Prefetch(
        "holder__mailings",
        Mailing.objects.filter(meeting=meeting, purpose=mail.PURPOSE).order_by("-pk").defer("salt"),
        to_attr="sent",
    )
    limits = mail.consent_limits(meeting)
    gone = Duty.objects.filter(obj=meeting.uid, act__startswith=NOTICE_DUTY).exclude(closed_at=None)
    left = Value(True, output_field=BooleanField()) if meeting.status not in SENDABLE else Exists(gone)
    rows = channelled(meeting, limits).annotate(left=left).select_related("holder").prefetch_related(sent)
    if not can(request, "read", Voter.Evidence.kind, meeting.cell):
        rows = rows.none()
    page, download = listed(request, ACCESSES, rows, Voter.Evidence.kind, meeting.cell)
    if download is not None:
        note_reading(request, meeting, "voting accesses export")
        return download
    context = {
        **record(request, meeting, "notices"),
        "list": page,
        "tally": tally(meeting, limits),
        "consent": limits,
        "progress_url": meeting_url("notices-progress", meeting),
    }
    return TemplateResponse(request, "assembly/office/notices.html", context)


def progress(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The progress alone, asked for every second while messages leave."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Mailing.Evidence.kind, meeting.cell)
    context = {"tally": tally(meeting), "progress_url": meeting_url("notices-progress", meeting)}
    return TemplateResponse(request, "assembly/office/_progress.html", context)


@require_POST
def send(request: HttpRequest, uid: str) -> HttpResponseBase:
    """Send: the first batch before answering, the rest in a thread that outlives the tab. Pressing again resumes."""
    meeting = meeting_or_404(request, uid)
    require(request, "write", Meeting.Evidence.kind, meeting.cell)
    address, actor = meeting_url("notices", meeting), actor_of(request)
    if meeting.status not in SENDABLE:
        said = t("Il n’y a pas de convocation à envoyer à ce stade.", "There is no notice to send at this stage.")
        return refusal_page(request, Refused(said, None, "notices.stage"), back=address)
    with sending(meeting) as mine:
        if not mine:
            toast(request, t("L’envoi est déjà en cours.", "The sending is already under way."))
            return see_other(address)
        try:
            mail.send_batch(actor, meeting)
        except OSError as error:
            return refusal_page(request, _unreachable(error), back=address)
    if mail.waiting(meeting).exists() and tally(meeting).failed == 0:
        threading.Thread(target=send_rest, args=(actor, meeting), daemon=True).start()
    toast(request, t("Convocations remises au serveur de courrier.", "Notices handed over to the mail server."))
    return see_other(address)


def _unreachable(error: OSError) -> Refused:
    said = t(
        "Le serveur de courrier ne répond pas : {error}. Rien n’est parti.",
        "The mail server does not answer: {error}. Nothing left.",
    ).format(error=str(error)[:200])
    lawful = t(
        "Vérifiez « mail » dans opposable.toml, puis reprenez l’envoi.", "Check “mail” in opposable.toml, then resume."
    )
    return Refused(said, None, "mail.unreachable", lawful=lawful)


def send_rest(actor: Actor, meeting: Meeting) -> None:
    """Send batch after batch until nobody waits, or a whole batch is left without an answer."""
    try:
        with sending(meeting) as mine:
            while mine and mail.send_batch(actor, meeting):
                pass
    except Exception:
        log.exception("notices of meeting %s", meeting.uid)
    finally:
        connections.close_all()


# ---- one sender at a time --------------------------------------------------------------------------------------------


@contextmanager
def sending(meeting: Meeting) -> Iterator[bool]:
    """Hold the sending of a meeting, on this machine; False when another thread or process has it."""
    path = settings.HOME / "run" / f"notices-{meeting.uid}.lock"
    with path.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True


def is_running(meeting: Meeting) -> bool:
    """Whether somebody holds the sending now."""
    with sending(meeting) as free:
        return not free
