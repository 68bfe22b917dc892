"""Acts of the voting site: a holder identifies himself, and sends a form."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError

from opposable.kernel.acting import Acting
from opposable.kernel.acts import Receipt, act
from opposable.kernel.models import Act
from opposable.law import Decision, Refused, Rule, t
from opposable.systems.assembly.models import Challenge, Entitlement, Form, Meeting, Resolution, Voter
from opposable.systems.assembly.rules.forms import changes, choices, reception

CODE_MINUTES = 10
CODE_TRIES = 5
PROXIES = ("proxy-chair", "proxy-person", "proxy-blank")
FORM_KEEP = Form.Evidence.keep


@act("assembly.voter.send-code", label=t("Envoyer un code d’identification", "Send an identification code"), api=False)
def issue_code(a: Acting, *, voter: Voter, channel: str) -> str:
    """A six-digit code for the second channel, good for ten minutes. The caller sends it once the act is written; only its hash is kept."""
    _require_open(a, voter.meeting)
    code = f"{secrets.randbelow(1_000_000):06d}"
    Challenge.objects.filter(voter=voter, used=False).update(used=True)
    Challenge.objects.create(
        voter=voter, hashed=make_password(code), channel=channel, expires_at=a.now + timedelta(minutes=CODE_MINUTES)
    )
    a.part("channel", {"channel": channel}, keep=FORM_KEEP)
    return code


@act("assembly.voter.identify", label=t("S’identifier pour voter", "Identify oneself to vote"), api=False)
def identify(a: Acting, *, voter: Voter, method: str, proof: str = "", verified: bool = False) -> bool:
    """Check a code sent, an authenticator's code, or (``verified``) a passkey that the caller has checked.

    A failure is recorded as a refusal and counts as a try: it returns False, it does not raise.
    """
    rule = a.law("assembly.form.signature", voter.meeting.day, voter.meeting.company.layers())
    a.cite(rule)
    a.part("method", {"method": method}, keep=FORM_KEEP)
    good = verified or {"code": _check_code, "totp": _check_totp}[method](a, voter, proof)
    if not good:
        a.refuse(
            Refused(
                t("Le code n’est pas bon, ou n’est plus valable.", "The code is wrong, or no longer valid."),
                rule,
                "identification",
                lawful=t("Demandez un nouveau code.", "Ask for a new code."),
            )
        )
    return good


def _check_code(a: Acting, voter: Voter, proof: str) -> bool:
    challenge = Challenge.objects.filter(voter=voter, used=False, expires_at__gt=a.now).order_by("-id").first()
    if challenge is None or challenge.tries >= CODE_TRIES:
        return False
    good = check_password(proof.strip().replace(" ", ""), challenge.hashed)
    challenge.tries += 1
    challenge.used = good
    challenge.save(update_fields=["tries", "used"])
    return good


def _check_totp(_a: Acting, voter: Voter, proof: str) -> bool:
    if not voter.totp:
        return False
    from allauth.mfa.totp.internal.auth import validate_totp_code

    return bool(validate_totp_code(voter.totp, proof.strip()))


@act(
    "assembly.voter.enrol",
    label=t("Enregistrer un moyen d’identification", "Enrol a means of identification"),
    api=False,
)
def enrol(a: Acting, *, voter: Voter, totp: str = "", passkey: dict[str, str] | None = None) -> Voter:
    """Add an authenticator or a passkey to a voting access: only right after an identification by code."""
    _require_open(a, voter.meeting)
    if totp:
        voter.totp = totp
    if passkey:
        voter.passkeys = [*voter.passkeys, passkey]
    a.record(voter)
    return voter


def submit_form(voter: Voter, *, key: str, **content: Any) -> Receipt[Form]:
    """`receive_form`, once: the same ``key`` gives the same form and the same receipt, whatever was lost on the way."""
    known = Form.objects.filter(meeting=voter.meeting, key=key, holder=voter.holder).first()
    if known is None:
        try:
            return receive_form(voter.actor, voter=voter, key=key, **content)
        except IntegrityError:
            # The same submission arrived twice at the same moment: the database let one in.
            known = Form.objects.filter(meeting=voter.meeting, key=key, holder=voter.holder).first()
            if known is None:
                raise
    return receipt_of(known)


def receipt_of(form: Form) -> Receipt[Form]:
    """The receipt of the act that received a form."""
    done = Act.objects.filter(obj=form.uid, seq=1).get()
    return Receipt(done.pk, done.type, done.at, bytes(done.entry).hex(), done.outcome, form)


@act(
    "assembly.form.receive", label=t("Recevoir un formulaire de vote", "Receive a voting form"), receipt=True, api=False
)
def receive_form(
    a: Acting,
    *,
    voter: Voter,
    key: str,
    mode: str,
    marks: list[dict[str, Any]],
    new_resolutions: str = "",
    new_proxy: str = "",
    proxy_name: str = "",
    identified_by: str = "code",
) -> Form:
    """«Formulaire de vote à distance» (R. 225-76 to R. 225-80). The instant of reception is the act's, the votes are the register's.

    In time and right: counted. Too late: recorded, receipted as late, not counted. Anything else that is wrong is refused.
    """
    meeting = voter.meeting
    _require_open(a, meeting)
    a.part("submitted", _as_submitted(mode, marks, new_resolutions, new_proxy, proxy_name), keep=FORM_KEEP)
    company = meeting.company.facts()
    form = Form(
        cell=meeting.cell,
        meeting=meeting,
        holder=voter.holder,
        key=key,
        channel="electronic",
        mode=mode,
        received_at=a.now,
        status="counted",
        signature_level=meeting.signature_level,
        identified_by=identified_by,
        agenda_digest=meeting.agenda_digest,
        new_resolutions=new_resolutions,
        new_proxy=new_proxy,
        proxy_name=proxy_name,
    )
    received = reception.receive(_limit(a, meeting, mode), a.now)
    a.record(form)
    if received.value.status == "late":
        form.status = "late"
        a.refuse(reception.late(received))
        return form
    a.why(received)
    signature = a.law("assembly.form.signature", meeting.day, company.bylaws)
    a.why(reception.check_signature(signature, meeting.signature_level))
    _replace_earlier(a, form, company)
    form.choices = _read_marks(a, form, marks)
    return form


def _limit(a: Acting, meeting: Meeting, mode: str) -> Decision[reception.Limit]:
    if mode in PROXIES:
        rule = a.law("assembly.proxy.deadline-electronic", meeting.day, meeting.company.layers())
        return reception.electronic_limit(rule, meeting.day)
    return reception.limit_of(a.statutes, meeting.company.facts(), meeting.day, "electronic", meeting.zone)


def _read_marks(a: Acting, form: Form, marks: list[dict[str, Any]]) -> list[list[int] | None]:
    rule = a.law("assembly.form.content", form.meeting.day)
    rights = Entitlement.objects.filter(meeting=form.meeting, holder=form.holder).first()
    if rights is None:
        raise Refused(
            t("Vous n’avez pas de voix à cette assemblée.", "You have no votes at this meeting."),
            a.law("assembly.record-date.unlisted", form.meeting.day, form.meeting.company.layers()),
            "form.no-votes",
        )
    agenda = [item.facts() for item in agenda_of(form.meeting)]
    if form.mode in PROXIES:
        return [None] * len(agenda)
    read = choices.read_choices(rule, agenda, rights.voice(), marks)
    a.why(read)
    return [list(mark) if mark else None for mark in read.value]


def _replace_earlier(a: Acting, form: Form, company: Any) -> None:
    earlier = form.meeting.forms.filter(holder=form.holder, status__in=["counted", "amended"]).first()
    if earlier is None:
        return
    rule: Rule = a.law("assembly.mode.no-change", form.meeting.day, company.bylaws)
    one, other = ("proxy" if item.mode in PROXIES else "vote" for item in (earlier, form))
    a.why(changes.check_mode(rule, company, one, other))
    a.why(changes.check_replacement(rule, company))
    earlier.status = "superseded"
    a.record_before(earlier)


def agenda_of(meeting: Meeting) -> list[Resolution]:
    """The resolutions put before the meeting, in their order; amendments and new ones of the session come after."""
    return list(meeting.resolutions.filter(kind="draft").order_by("position"))


def _require_open(a: Acting, meeting: Meeting) -> None:
    if meeting.opened_at is None or a.now < meeting.opened_at:
        raise Refused(
            t("Le site de vote de cette assemblée n’est pas ouvert.", "The voting site of this meeting is not open."),
            a.law("assembly.site.dedicated", meeting.day),
            "site.closed",
        )


def _as_submitted(mode: str, marks: list[dict[str, Any]], *rest: str) -> dict[str, Any]:
    """What came from the sender, as text: it is evidence even where it makes no sense."""
    return {
        "mode": mode,
        "marks": [{str(k)[:20]: str(v)[:40] for k, v in mark.items()} for mark in marks[:500]],
        "rest": list(rest),
    }
