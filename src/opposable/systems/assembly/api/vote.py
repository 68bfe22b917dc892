"""The voting site for a program: an intermediary with many lines votes by the same act as a shareholder at his keyboard.

The sender is identified as on the pages: his access id, then a code that comes by a second channel (R. 225-61; R. 225-77). The
token that he then has is his own: it sends his form, for his meeting, for half an hour. An account of the company has none.
"""

from __future__ import annotations

import hashlib
import math
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core import signing
from django.http import HttpRequest
from ninja import NinjaAPI, Schema, Status
from ninja.security import HttpBearer
from pydantic import ConfigDict, Field, model_validator

from opposable import __version__
from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.forms import agenda_of
from opposable.systems.assembly.acts.identification import CODE_DIGITS, TOTP_DIGITS
from opposable.systems.assembly.exchange import letters, mail
from opposable.systems.assembly.models import Entitlement, Voter
from opposable.systems.assembly.rules.forms import FormFacts, mentions, reception
from opposable.web.api import Denied, Done, answer_refusals, check_recordable, done_of
from opposable.web.ratelimit import Limiter, Rate, client_address

GOOD_FOR = timedelta(minutes=30)
SALT = "opposable.assembly.vote-token"
PACE = 0.4
"""Seconds that a failed identification takes at least: known or not, right or wrong, it lasts as long."""
per_address = Limiter("vote-api:address", Rate(30, 60))
per_code = Limiter("vote-api:code", Rate(4, 600))
per_access = Limiter("vote-api:tries", Rate(10, 600))


@dataclass(frozen=True)
class Bearing:
    """Who bears a token: the voter, by which means and by which act he was identified."""

    voter: Voter
    by: str
    entry: str


class VoterBearer(HttpBearer):
    """``Authorization: Bearer <token>``: the token of one access to the vote, as `POST token` gave it."""

    def authenticate(self, request: HttpRequest, token: str) -> Bearing | None:
        try:
            said = signing.loads(token, salt=SALT)
        except signing.BadSignature:
            return None
        if not said["at"] <= clock.utc(clock.now()) < said["until"]:
            return None
        voter = _voters().filter(uid=said["voter"]).first()
        return Bearing(voter, said["by"], said["entry"]) if voter else None


class Recordable(Schema):
    """Base of what is sent."""

    @model_validator(mode="before")
    @classmethod
    def _can_be_recorded(cls, given: Any) -> Any:
        check_recordable(getattr(given, "_obj", given))
        return given


class Access(Recordable):
    """The access id of the notice, as ABCD-2345."""

    access: str = Field(max_length=40)


class Proof(Access):
    """``code``: the eight digits that came by the second channel, or the six of an authenticator."""

    code: str = Field(max_length=40)


class Token(Schema):
    """Shown once. ``entry`` is the act that identified its bearer."""

    token: str
    until: str
    entry: str


class Said(Schema):
    """What happened, in a sentence."""

    detail: str


class Sent(Recordable):
    """A form. ``key`` is the sender's own: the same key is the same form and the same receipt, whatever was lost on the way.

    ``marks``: one a resolution, in the order of the agenda: ``{"resolution": 1, "vote": "for"}``, or for whoever splits
    ``{"resolution": 1, "for": 30, "against": 15, "abstain": 0}``. ``agenda``: the digest that `GET form` gave.
    """

    model_config = ConfigDict(extra="forbid")
    key: str = Field(min_length=8, max_length=200)
    mode: str = Field("vote", max_length=40)
    marks: list[dict[str, Any]] = Field(default_factory=list, max_length=500)
    new_resolutions: str = Field("", max_length=40)
    new_proxy: str = Field("", max_length=160)
    proxy_name: str = Field("", max_length=160)
    proxy_relation: str = Field("", max_length=40)
    rest: str = Field("", max_length=40)
    agenda: str = Field("", max_length=64)
    declared: dict[str, str] = Field(default_factory=dict, max_length=20)


class Item(Schema):
    """A resolution, and the votes of the sender on it."""

    resolution: int
    title: str
    text: str
    body: str
    votes: int


class Mention(Schema):
    """What the law wants the form to say, with its rule."""

    id: str
    text: dict[str, str]
    rule: str


class Blank(Schema):
    """The form to fill in: the agenda and its digest, the votes that the register gives, the last instant, what the law wants said."""

    meeting: str
    company: str
    at: str
    until: str
    agenda: str
    items: list[Item]
    mentions: list[Mention]


api = NinjaAPI(
    title="Opposable: voting site",
    version=__version__,
    auth=VoterBearer(),
    urls_namespace="vote-api",
    docs_url=None,
    description=__doc__,
)


@api.post("code", auth=None, response={202: Said, 429: Said}, summary="Ask for a code")
def ask_code(request: HttpRequest, payload: Access) -> Any:
    """A code is on its way to the holder of the access id, by the second channel of the register. The answer is the same for all."""
    if waiting := per_address.wait(client_address(request)) or per_code.wait(_login(payload.access)):
        return _too_many(waiting)
    voter = _voters().filter(login=_login(payload.access)).first()
    if voter is not None:
        mail.later(letters.send_code, voter)
    return Status(202, {"detail": "If the access id is right, a code is on its way."})


@api.post("token", auth=None, response={200: Token, 401: Said, 429: Said}, summary="Identify oneself")
def give_token(request: HttpRequest, payload: Proof) -> Any:
    """The token of the access, for half an hour. Right or wrong, known or not, a failure is answered alike and takes as long."""
    started, login = time.monotonic(), _login(payload.access)
    if waiting := per_address.wait(client_address(request)) or per_access.wait(login):
        return _too_many(waiting)
    voter, digits = _voters().filter(login=login).first(), "".join(payload.code.split())
    method = {CODE_DIGITS: "code", TOTP_DIGITS: "totp"}.get(len(digits), "") if digits.isascii() else ""
    if voter is not None and method and voter.meeting.opened_at is not None:
        receipt = acts.identify(voter.actor, voter=voter, method=method, proof=digits)
        if receipt.result:
            per_access.clear(login)
            until = clock.utc(receipt.at + GOOD_FOR)
            said = {
                "voter": voter.uid,
                "by": method,
                "entry": receipt.entry,
                "at": clock.utc(receipt.at),
                "until": until,
            }
            return Token(token=signing.dumps(said, salt=SALT), until=until, entry=receipt.entry)
    time.sleep(max(0.0, started + PACE - time.monotonic()))
    return Status(401, {"detail": "This code is wrong, or no longer valid: ask for another."})


@api.get("form", response=Blank, summary="The form to fill in")
def blank_form(request: HttpRequest) -> Blank:
    """What is put to the vote, and what the sender may vote."""
    voter = bearing_of(request).voter
    meeting, company = voter.meeting, voter.meeting.company.facts()
    rights = Entitlement.objects.filter(meeting=meeting, holder=voter.holder).first()
    until = reception.limit_of(law(), company, meeting.day, "electronic", meeting.zone).value.at
    said = mentions(law(), meeting.day, FormFacts(company, single_document=True))
    return Blank(
        meeting=meeting.uid,
        company=meeting.company.name,
        at=clock.utc(meeting.at),
        until=clock.utc(until),
        agenda=meeting.agenda_digest,
        items=[
            Item(
                resolution=row.position,
                title=row.title,
                text=row.text,
                body=row.body,
                votes=rights.voice().of(row.facts().pool).votes if rights else 0,
            )
            for row in agenda_of(meeting)
        ],
        mentions=[Mention(id=one.id, text=one.text.as_data(), rule=one.rule.row) for one in said],
    )


@api.post("form", response={200: Done, 409: Denied}, summary="Send a form")
def send_form(request: HttpRequest, payload: Sent) -> Done:
    """The act of the voting site: its instant is the server's, its weight the register's. The receipt is sealed.

    A form that came too late is on file as late: ``outcome`` is then "refused" and its ``status`` "late". Anything else that is wrong
    is refused with its rule: 409.
    """
    bearing = bearing_of(request)
    content = payload.model_dump(exclude={"key"})
    key = hashlib.sha256(f"{bearing.voter.uid}\0{payload.key}".encode()).hexdigest()
    receipt = acts.submit_form(
        bearing.voter, key=key, identified_by=bearing.by, identified_entry=bearing.entry, **content
    )
    return done_of(receipt)


@api.get("forms", response=list[Done], summary="What was received")
def list_forms(request: HttpRequest) -> list[Done]:
    """The receipts of the forms received from this access's holder for its meeting, the first one first."""
    voter = bearing_of(request).voter
    rows = voter.meeting.forms.filter(holder=voter.holder, channel="electronic").select_related("meeting", "holder")
    return [done_of(acts.receipt_of(row)) for row in rows.order_by("pk")[:100]]


answer_refusals(api)


def _voters() -> Any:
    return Voter.objects.select_related("meeting__company", "meeting__cell", "holder", "cell")


def bearing_of(request: HttpRequest) -> Bearing:
    bearing: Bearing = request.auth  # type: ignore[attr-defined]
    return bearing


def _login(typed: str) -> str:
    """As it is printed, whatever the case and the spaces."""
    return "".join(typed.upper().split()).replace("\0", "")[:16]


def _too_many(waiting: float) -> Any:
    return Status(429, {"detail": f"Too many tries: wait {math.ceil(waiting)} seconds."})


def urls() -> tuple[Any, ...]:
    """The addresses of this API, under ``/api/vote/`` of the voting site."""
    return api.urls
