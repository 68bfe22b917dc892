"""Means of identification that a voter adds for the next time: an authenticator, a passkey. Only right after a code."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_http_methods, require_POST

from opposable.law import Refused, Text, t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.identification import TOTP_DIGITS, TOTP_SECONDS, accesses_of, totp_secret
from opposable.systems.assembly.exchange import letters, mail
from opposable.systems.assembly.models import Meeting, Voter
from opposable.systems.assembly.views import passkeys
from opposable.systems.assembly.views.identification import answer_of
from opposable.systems.assembly.views.identification_session import Access, go_on
from opposable.systems.assembly.views.voting import identified
from opposable.systems.assembly.views.voting_base import address, see_other, show
from opposable.web.forms import toast

SECRET = "totp"  # noqa: S105 - a name in the session
MAKING = "passkey-made"


@require_http_methods(["GET", "HEAD", "POST"])
@identified
def means(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """What is enrolled, and how to add more. By POST: an authenticator, proved by a code; or the word that a device is lost."""
    if request.method == "POST" and access.by == "code":
        if request.POST.get("lost"):
            acts.withdraw_means(access.voter.actor, voter=access.voter)
            go_on(request, access.voter)
            toast(
                request,
                t(
                    "Tous vos moyens d’identification sont retirés, et les sessions ouvertes ailleurs sont fermées.",
                    "All your means of identification are withdrawn, and the sessions open elsewhere are closed.",
                ),
            )
            return see_other(address("means", meeting))
        return _add_totp(request, meeting, access)
    return _page(request, meeting, access)


def _add_totp(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    secret, proof = request.session.get(SECRET, ""), request.POST.get("code", "")[:20]
    wrong = t("Ce code ne correspond pas : prenez le suivant.", "This code does not match: take the next one.")
    if not secret:
        return _page(request, meeting, access, wrong)
    try:
        acts.enrol(access.voter.actor, voter=access.voter, totp=secret, proof=proof)
    except Refused:
        return _page(request, meeting, access, wrong)
    request.session.pop(SECRET)
    return _added(request, access.voter)


def _page(request: HttpRequest, meeting: Meeting, access: Access, wrong: Text | None = None) -> HttpResponse:
    secret = request.session.setdefault(SECRET, totp_secret()) if access.by == "code" else ""
    known = accesses_of(access.voter)  # what was enrolled for another meeting identifies for this one too
    context: dict[str, Any] = {
        "access": access,
        "wrong": wrong,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "qr": _qr(access.voter, secret) if secret else "",
        "may": access.by == "code",
        "passkeys": bool(passkeys.host()),
        "made": sum(len(row.passkeys) for row in known),
        "totp": any(row.totp for row in known),
    }
    return show(request, "means", meeting, context, 422 if wrong else 200)


def _qr(voter: Voter, secret: str) -> SafeString:
    """The secret for the camera of an authenticator (otpauth, as every authenticator reads it)."""
    company = voter.meeting.company.name
    query = urlencode({"secret": secret, "issuer": company, "digits": TOTP_DIGITS, "period": TOTP_SECONDS})
    label = quote(f"{company}:{voter.login}")
    drawn = segno.make(f"otpauth://totp/{label}?{query}", error="m")
    return mark_safe(drawn.svg_inline(scale=4, border=2, omitsize=True))  # noqa: S308 - our own drawing


@require_POST
@identified
def ask_passkey(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """What the browser needs to make a passkey."""
    if access.by != "code" or not passkeys.host():
        return JsonResponse({}, status=404)
    options, request.session[MAKING] = passkeys.ask_enrolment(access.voter)
    return JsonResponse(options)


@require_POST
@identified
def add_passkey(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """The passkey that the browser made."""
    wrong = t("Cette clé d’accès n’a pas pu être enregistrée.", "This passkey could not be enrolled.")
    if access.by != "code":
        return see_other(address("means", meeting))
    try:
        made = passkeys.check_enrolment(request.session.pop(MAKING, None), answer_of(request))
    except passkeys.PasskeyError:
        return _page(request, meeting, access, wrong)
    acts.enrol(access.voter.actor, voter=access.voter, passkey=made)
    return _added(request, access.voter)


def _added(request: HttpRequest, voter: Voter) -> HttpResponse:
    go_on(request, voter)
    mail.later(letters.enrolled, voter)
    toast(request, t("Moyen d’identification ajouté.", "Means of identification added."))
    return see_other(address("means", voter.meeting))
