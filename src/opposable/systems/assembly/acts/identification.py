"""Acts by which a voter is identified: a code sent over a second channel, an authenticator, a passkey (R. 225-77, 3°)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import struct
from collections.abc import Mapping
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, Rule, t
from opposable.systems.assembly.models import Challenge, Form, Meeting, Voter

CODE_CHANNELS = ("email", "sms")
CODE_DIGITS = 8
CODE_MINUTES = 10
CODE_TRIES = 5
CODES_ALIVE = 3
TOTP_DIGITS = 6
TOTP_SECONDS = 30
LEVEL_OF = {"code": "simple", "totp": "simple", "passkey": "simple"}
"""The level of signature that each means gives: none of them rests on a certificate (C. civ., art. 1367)."""
KEEP = Form.Evidence.keep


@act("assembly.voter.send-code", label=t("Envoyer un code d’identification", "Send an identification code"), api=False)
def issue_code(a: Acting, *, voter: Voter, channel: str) -> str:
    """A code of eight digits for the second channel, good for ten minutes. The caller sends it once the act is written.

    Only a keyed hash of it is kept. Older codes stay good for their ten minutes: whoever asks for another does not spoil them.
    """
    require_open(a, voter.meeting)
    Challenge.objects.filter(voter=voter, expires_at__lt=a.now).delete()
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    Challenge.objects.create(
        voter=voter, hashed=_hashed(code), channel=channel, expires_at=a.now + timedelta(minutes=CODE_MINUTES)
    )
    a.part("channel", {"channel": channel}, keep=KEEP)
    return code


@act("assembly.voter.identify", label=t("S’identifier pour voter", "Identify oneself to vote"), api=False)
def identify(a: Acting, *, voter: Voter, method: str, proof: str = "", verified: bool = False) -> bool:
    """Check a code sent ("code"), an authenticator's ("totp"), or (``verified``) a passkey that the caller has checked.

    A failure is recorded as a refusal and counts as a try: it returns False, it does not raise.
    """
    rule = a.law("assembly.form.signature", voter.meeting.day, voter.meeting.company.layers())
    a.cite(rule)
    a.part("method", {"method": method}, keep=KEEP)
    checks = {"code": _check_code, "totp": _check_totp}
    good = verified if method not in checks else checks[method](a, voter, proof)
    if not good:
        a.refuse(_wrong(rule))
    return good


@act(
    "assembly.voter.enrol",
    label=t("Enregistrer un moyen d’identification", "Enrol a means of identification"),
    api=False,
)
def enrol(
    a: Acting, *, voter: Voter, totp: str = "", proof: str = "", passkey: Mapping[str, str] | None = None
) -> Voter:
    """Add an authenticator (``totp``, base 32, proved by one of its codes) or a passkey that the caller has verified.

    Only right after an identification by code. The authenticator's secret is encrypted and is in no part of the log.
    """
    require_open(a, voter.meeting)
    if totp:
        if _totp_step(totp, proof, a.now) is None:
            rule = a.law("assembly.form.signature", voter.meeting.day, voter.meeting.company.layers())
            raise _wrong(rule)
        voter.totp = _lock(voter, totp)
    if passkey:
        voter.passkeys = [*voter.passkeys, dict(passkey)]
    a.part("means", {"totp": bool(totp), "passkey": bool(passkey)}, keep=KEEP)
    a.record(voter)
    return voter


@act(
    "assembly.voter.withdraw-means",
    label=t("Retirer ses moyens d’identification", "Withdraw one’s means of identification"),
    api=False,
)
def withdraw_means(a: Acting, *, voter: Voter) -> Voter:
    """A device is lost: no authenticator and no passkey of this holder identifies him any more, for this meeting or another.

    Only right after an identification by code, as for adding one. Each access is recorded, also one without means: the sessions
    that are open in his name end with the state that they began under.
    """
    require_open(a, voter.meeting)
    a.about(voter)
    a.part("means", {"withdrawn": True}, keep=KEEP)
    for access in accesses_of(voter):
        access.totp, access.passkeys = "", []
        a.record(access)
    return voter


def require_open(a: Acting, meeting: Meeting) -> None:
    """Refuse what belongs to a voting site as long as it was not opened (R. 225-61), or for a meeting that was called off."""
    if meeting.opened_at is None or a.now < meeting.opened_at:
        raise Refused(
            t("Le site de vote de cette assemblée n’est pas ouvert.", "The voting site of this meeting is not open."),
            a.law("assembly.site.dedicated", meeting.day),
            "site.closed",
        )
    if meeting.status == "cancelled":
        raise Refused(
            t("Cette assemblée a été annulée.", "This meeting was cancelled."),
            None,
            "meeting.cancelled",
            lawful=t(
                "Les formulaires déjà reçus restent au dossier, sans effet.",
                "Forms already received stay on file, without effect.",
            ),
        )


def totp_secret() -> str:
    """A new secret for an authenticator: 160 bits in base 32 (RFC 4226, section 4)."""
    return base64.b32encode(secrets.token_bytes(20)).decode("ascii")


def accesses_of(voter: Voter) -> list[Voter]:
    """The accesses of the same holder, the newest first: what he enrolled for one meeting serves for the next."""
    return list(Voter.objects.filter(holder=voter.holder_id).order_by("-id"))


def _wrong(rule: Rule) -> Refused:
    return Refused(
        t("Le code n’est pas bon, ou n’est plus valable.", "The code is wrong, or no longer valid."),
        rule,
        "identification",
        lawful=t("Demandez un nouveau code.", "Ask for a new code."),
    )


# A code sent


def _hashed(code: str, salt: str = "") -> str:
    """``salt$hmac``: keyed by the installation's secret, which is not in the database. Fast, for it holds the write lock."""
    salt = salt or secrets.token_hex(8)
    return f"{salt}${salted_hmac('opposable.assembly.code' + salt, code, algorithm='sha256').hexdigest()}"


def _check_code(a: Acting, voter: Voter, proof: str) -> bool:
    """Compare with each code still alive; each comparison is one of its tries."""
    alive = Challenge.objects.filter(
        voter=voter, used=False, expires_at__gt=a.now, tries__lt=CODE_TRIES, channel__in=CODE_CHANNELS
    )
    typed, good = "".join(proof.split()), False
    for challenge in alive.order_by("-id")[:CODES_ALIVE]:
        challenge.tries += 1
        challenge.used = constant_time_compare(_hashed(typed, challenge.hashed.split("$")[0]), challenge.hashed)
        challenge.save(update_fields=["tries", "used"])
        good = good or challenge.used
    return good


# An authenticator (RFC 6238)


def totp_at(secret: str, step: int) -> str:
    """The code of an authenticator at a step of thirty seconds (RFC 4226, section 5.3)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1)
    offset = digest[-1] & 15
    number = struct.unpack(">I", digest[offset : offset + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**TOTP_DIGITS:0{TOTP_DIGITS}d}"


def _totp_step(secret: str, proof: str, now: datetime) -> int | None:
    """The step that a code belongs to, one before and one after allowed for slow fingers and bad clocks."""
    typed, present = "".join(proof.split()), int(now.timestamp()) // TOTP_SECONDS
    steps = (present, present - 1, present + 1)
    return next((step for step in steps if constant_time_compare(totp_at(secret, step), typed)), None)


def _check_totp(a: Acting, voter: Voter, proof: str) -> bool:
    """Each code serves once: the step used is kept among the challenges."""
    for access in accesses_of(voter):
        step = _totp_step(_unlock(access), proof, a.now) if access.totp else None
        used = Challenge.objects.filter(voter=access, channel="totp", hashed=str(step))
        if step is not None and not used.exists():
            expiry = a.now + timedelta(seconds=4 * TOTP_SECONDS)
            Challenge.objects.create(voter=access, channel="totp", hashed=str(step), used=True, expires_at=expiry)
            return True
    return False


def _lock(voter: Voter, secret: str) -> str:
    """An authenticator's secret as the database holds it: encrypted for this access, under the installation's secret (64 characters)."""
    nonce = secrets.token_bytes(12)
    return base64.b64encode(nonce + _box().encrypt(nonce, base64.b32decode(secret), bytes.fromhex(voter.uid))).decode(
        "ascii"
    )


def _unlock(voter: Voter) -> str:
    kept = base64.b64decode(voter.totp)
    return base64.b32encode(_box().decrypt(kept[:12], kept[12:], bytes.fromhex(voter.uid))).decode("ascii")


def _box() -> AESGCM:
    return AESGCM(hashlib.sha256(b"opposable.assembly.totp\0" + settings.SECRET_KEY.encode()).digest())
