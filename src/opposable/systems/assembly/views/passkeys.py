"""Passkeys of voters (WebAuthn): enrolled after a code, they identify without anything to type. Nothing is written here."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from opposable.systems.assembly.acts.identification import accesses_of
from opposable.systems.assembly.models import Meeting, Voter

State = dict[str, Any]


class PasskeyError(ValueError):
    """What the browser sent is not what was asked for."""


def host() -> str:
    """The name that passkeys are tied to: the host of the voting site; "" where it is a bare address, which WebAuthn refuses."""
    name = urlsplit(settings.CONFIG.vote_url).hostname or ""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return name
    return ""


def ask_enrolment(voter: Voter) -> tuple[dict[str, Any], State]:
    """What the browser needs to make a passkey, and what is to be kept until its answer."""
    user = PublicKeyCredentialUserEntity(
        id=bytes.fromhex(voter.holder.uid), name=voter.login, display_name=str(voter.holder)
    )
    known = [_credential(key) for access in accesses_of(voter) for key in access.passkeys]
    options, state = _server().register_begin(
        user,
        known,
        resident_key_requirement=ResidentKeyRequirement.REQUIRED,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return dict(options), dict(state)


def check_enrolment(state: State | None, answer: Mapping[str, Any]) -> dict[str, str]:
    """The passkey made, as `Voter.passkeys` keeps it. Raises PasskeyError."""
    try:
        made = _server().register_complete(state or {}, answer).credential_data
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PasskeyError(str(error)) from error
    if made is None:
        raise PasskeyError("no credential in the answer")
    return {"id": websafe_encode(made.credential_id), "data": websafe_encode(bytes(made))}


def ask() -> tuple[dict[str, Any], State]:
    """The challenge. It names no credential: it says nothing of who has one."""
    options, state = _server().authenticate_begin(user_verification=UserVerificationRequirement.REQUIRED)
    return dict(options), dict(state)


def claimed(meeting: Meeting, answer: Mapping[str, Any]) -> Voter | None:
    """The voter that an answer claims to be. It proves nothing yet."""
    try:
        uid = websafe_decode(answer["response"]["userHandle"]).hex()
    except (ValueError, TypeError, KeyError):
        return None
    rows = Voter.objects.select_related("meeting__company", "meeting__cell", "holder", "cell")
    return rows.filter(meeting=meeting, holder__uid=uid).first()


def check(voter: Voter, state: State | None, answer: Mapping[str, Any]) -> bool:
    """Whether the answer is signed by a passkey of this voter, for this challenge, on this very site."""
    known = [_credential(key) for access in accesses_of(voter) for key in access.passkeys]
    try:
        _server().authenticate_complete(state or {}, known, answer)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
    return True


def _credential(key: Mapping[str, str]) -> AttestedCredentialData:
    return AttestedCredentialData(websafe_decode(key["data"]))


def _server() -> Fido2Server:
    site = urlsplit(settings.CONFIG.vote_url)
    origin = f"{site.scheme}://{site.netloc}"
    return Fido2Server(
        PublicKeyCredentialRpEntity(id=host(), name="Opposable"), verify_origin=lambda given: given == origin
    )
