"""Who votes: the access id printed on the notice, then a code sent by a second channel, an authenticator, or a passkey.

What an unknown id gets is what a known one gets: the same page, as fast, limited as often.
"""

from __future__ import annotations

import json
import time
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods, require_POST

from opposable.law import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.convening import LOGIN_ALPHABET
from opposable.systems.assembly.acts.forms import COUNTED
from opposable.systems.assembly.acts.identification import CODE_DIGITS, TOTP_DIGITS
from opposable.systems.assembly.exchange import letters, mail
from opposable.systems.assembly.models import Meeting, Voter
from opposable.systems.assembly.views import passkeys
from opposable.systems.assembly.views.identification_session import enter, leave as end_session
from opposable.systems.assembly.views.voting_base import (
    Stage,
    address,
    meeting_or_404,
    page,
    see_other,
    show,
    stage_of,
)
from opposable.web.errors import too_many
from opposable.web.language import LANGUAGE_COOKIE, YEAR
from opposable.web.ratelimit import Limiter, Rate, limited

ASKED = "asked"
CHALLENGE = "passkey"
LOGIN_LENGTH = 8
PACE = 0.4
"""Seconds that a failed identification takes at least: known or not, right or wrong, it lasts as long."""
ANSWER_MAX = 20_000

per_access = Limiter("vote-tries", Rate(10, 600))


@require_http_methods(["GET", "HEAD", "POST"])
@page
@limited("vote-access", address=Rate(20, 60), identifier=Rate(4, 600), field="access")
def identify(request: HttpRequest, short: str) -> HttpResponse:
    """The access id. Whatever is typed, a code is on its way if it is right."""
    meeting = meeting_or_404(short)
    stage = stage_of(meeting)
    if closed := _closed(meeting, stage):
        return closed
    if request.method != "POST":
        return show(request, "identify", meeting, {"stage": stage, "passkeys": bool(passkeys.host())})
    typed = request.POST.get("access", "")[:40]
    login = _login(typed)
    if not login:
        wrong = t(
            "Un identifiant a huit lettres et chiffres, comme ABCD-2345 : regardez votre convocation.",
            "An access id has eight letters and digits, as ABCD-2345: look at your notice.",
        )
        context = {"stage": stage, "typed": typed, "wrong": wrong, "passkeys": bool(passkeys.host())}
        return show(request, "identify", meeting, context, 422)
    voter = _voter(meeting, login)
    if voter is not None:
        mail.later(letters.send_code, voter)
    request.session[ASKED] = {"login": login, "meeting": meeting.uid}
    return see_other(address("code", meeting))


@require_http_methods(["GET", "HEAD", "POST"])
@page
@limited("vote-code", address=Rate(30, 60))
def code(request: HttpRequest, short: str) -> HttpResponse:
    """The code: eight digits for the one sent, six for an authenticator's."""
    meeting, started = meeting_or_404(short), time.monotonic()
    stage = stage_of(meeting)
    asked = request.session.get(ASKED) or {}
    if closed := _closed(meeting, stage):
        return closed
    if asked.get("meeting") != meeting.uid:
        return see_other(address("identify", meeting))
    context: dict[str, Any] = {"stage": stage, "login": asked["login"]}
    if request.method != "POST":
        return show(request, "code", meeting, context)
    if waiting := per_access.wait(asked["login"]):
        return too_many(request, int(waiting) + 1)
    digits = "".join(request.POST.get("code", "")[:40].split())
    voter, method = _voter(meeting, asked["login"]), _method(digits)
    if voter is not None and method:
        receipt = acts.identify(voter.actor, voter=voter, method=method, proof=digits)
        if receipt.result:
            per_access.clear(asked["login"])
            return _welcome(request, voter, method, receipt, stage)
    time.sleep(max(0.0, started + PACE - time.monotonic()))
    wrong = t(
        "Ce code n’est pas bon, ou n’est plus valable. Vérifiez-le, ou demandez-en un autre.",
        "This code is wrong, or no longer valid. Check it, or ask for another.",
    )
    return show(request, "code", meeting, {**context, "wrong": wrong}, 422)


@require_POST
@page
@limited("vote-passkey", address=Rate(30, 60))
def passkey_challenge(request: HttpRequest, short: str) -> HttpResponse:
    """The challenge that a passkey signs; it names nobody."""
    meeting_or_404(short)
    if not passkeys.host():
        return JsonResponse({}, status=404)
    options, request.session[CHALLENGE] = passkeys.ask()
    return JsonResponse(options)


@require_POST
@page
@limited("vote-passkey", address=Rate(30, 60))
def passkey(request: HttpRequest, short: str) -> HttpResponse:
    """The answer of a passkey. It is who it says it is, or nobody."""
    meeting, started = meeting_or_404(short), time.monotonic()
    stage = stage_of(meeting)
    if closed := _closed(meeting, stage):
        return closed
    answer = answer_of(request)
    state = request.session.pop(CHALLENGE, None)
    voter = passkeys.claimed(meeting, answer)
    if voter is not None:
        good = passkeys.check(voter, state, answer)
        receipt = acts.identify(voter.actor, voter=voter, method="passkey", verified=good)
        if receipt.result:
            return _welcome(request, voter, "passkey", receipt, stage)
    time.sleep(max(0.0, started + PACE - time.monotonic()))
    wrong = t(
        "Cette clé d’accès n’ouvre pas cette assemblée. Identifiez-vous avec votre identifiant et un code.",
        "This passkey does not open this meeting. Identify yourself with your access id and a code.",
    )
    return show(request, "identify", meeting, {"stage": stage, "wrong": wrong, "passkeys": True}, 422)


@require_POST
@page
def leave(request: HttpRequest, short: str) -> HttpResponse:
    """End of the session."""
    end_session(request)
    return see_other(address("meeting", meeting_or_404(short)))


def answer_of(request: HttpRequest) -> dict[str, Any]:
    """What the browser's credential manager answered, as JSON in a field; {} for anything else."""
    text = request.POST.get("answer", "")
    try:
        found = json.loads(text) if len(text) <= ANSWER_MAX else {}
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _closed(meeting: Meeting, stage: Stage) -> HttpResponse | None:
    """Where there is no site yet, nobody is identified: the page of the meeting says why."""
    return see_other(address("meeting", meeting)) if stage.name in ("refused", "waiting", "cancelled") else None


def _login(typed: str) -> str:
    """As it is printed: «ABCD-2345». Empty when it cannot be one."""
    found = "".join(char for char in typed.upper() if char not in " -‑–—.")
    if len(found) != LOGIN_LENGTH or set(found) - set(LOGIN_ALPHABET):
        return ""
    return f"{found[:4]}-{found[4:]}"


def _method(digits: str) -> str:
    if not (digits.isascii() and digits.isdigit()):
        return ""
    return {CODE_DIGITS: "code", TOTP_DIGITS: "totp"}.get(len(digits), "")


def _voter(meeting: Meeting, login: str) -> Voter | None:
    rows = Voter.objects.select_related("meeting__company", "meeting__cell", "holder", "cell")
    return rows.filter(meeting=meeting, login=login).first()


def _welcome(request: HttpRequest, voter: Voter, method: str, receipt: Any, stage: Stage) -> HttpResponse:
    """In: to the form as long as it can be sent and none was, else to what was sent. In the holder's language unless one was chosen."""
    enter(request, voter, method, receipt)
    mail.later(type(request.session).clear_expired)  # what others typed and never sent goes with their sessions
    sent = voter.meeting.forms.filter(holder=voter.holder, status__in=COUNTED).exists()
    response = see_other(address("form" if stage.open and not sent else "mine", voter.meeting))
    if LANGUAGE_COOKIE not in request.COOKIES and voter.holder.language == "en":
        response.set_cookie(LANGUAGE_COOKIE, "en", max_age=YEAR, samesite="Lax", secure=request.is_secure())
    return response
