"""Who is at the keyboard of the voting site: a session of half an hour for one voter at one meeting, and what he has typed."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.http import HttpRequest, QueryDict
from django.middleware.csrf import rotate_token
from django.utils.crypto import salted_hmac

from opposable.kernel import clock
from opposable.kernel.acts import Receipt
from opposable.systems.assembly.acts.forms import only
from opposable.systems.assembly.models import Meeting, Voter

ACCESS = "vote"
DRAFT = "draft"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=4)
REFRESH = timedelta(minutes=5)
DRAFT_MAX = 64 * 1024
NONCE, MAC = 24, 32


@dataclass(frozen=True)
class Access:
    """A voter identified: ``by`` which means, ``at`` what instant, by which act (``entry``)."""

    voter: Voter
    by: str
    at: datetime
    entry: str
    until: datetime

    @property
    def meeting(self) -> Meeting:
        meeting: Meeting = self.voter.meeting
        return meeting


def enter(request: HttpRequest, voter: Voter, by: str, receipt: Receipt[bool]) -> None:
    """Open the session of a voter under a new identifier: one that a stranger planted before is worth nothing."""
    draft = request.session.get(DRAFT)
    request.session.flush()
    if draft:
        request.session[DRAFT] = draft
    now = clock.utc(clock.now())
    request.session[ACCESS] = {
        "voter": voter.uid,
        "by": by,
        "at": clock.utc(receipt.at),
        "entry": receipt.entry,
        "seen": now,
        "means": voter.head,
    }
    rotate_token(request)


def go_on(request: HttpRequest, voter: Voter) -> None:
    """The session that has just changed the means of identification goes on; those on other devices end."""
    voter.refresh_from_db(fields=["head"])
    request.session[ACCESS]["means"] = voter.head
    request.session.modified = True


def leave(request: HttpRequest) -> None:
    """End the session; nothing of it stays."""
    request.session.flush()


def access_of(request: HttpRequest, meeting: Meeting | None = None) -> Access | None:
    """The voter of this session, for this meeting. Each page gives him half an hour more, four hours in all.

    It ends when his means of identification change elsewhere: whoever reports a lost device is no longer voted for from it.
    """
    held, now = request.session.get(ACCESS), clock.now()
    if not held:
        return None
    at, seen = clock.parse(held["at"]), clock.parse(held["seen"])
    if now - seen > IDLE or now - at > LONGEST:
        return None
    rows = Voter.objects.select_related("meeting__company", "meeting__cell", "holder", "cell")
    voter = only(rows.filter(uid=held["voter"]))
    if voter is None or (meeting is not None and voter.meeting_id != meeting.pk) or held.get("means") != voter.head:
        return None
    if now - seen > REFRESH:
        held["seen"], seen = clock.utc(now), now
        request.session.modified = True
    return Access(voter, held["by"], at, held["entry"], min(seen + IDLE, at + LONGEST))


# The key of a form: made here, for this voter, once


def new_key(voter: Voter) -> str:
    """The submission's own key: whatever is sent twice with it is one form."""
    nonce = secrets.token_hex(NONCE // 2)
    return nonce + _mac(voter, nonce)


def is_ours(voter: Voter, key: str) -> bool:
    """Whether this site made the key, and for this voter."""
    return len(key) == NONCE + MAC and hmac.compare_digest(_mac(voter, key[:NONCE]).encode(), key[NONCE:].encode())


def _mac(voter: Voter, nonce: str) -> str:
    return salted_hmac("opposable.assembly.form-key", voter.uid + nonce, algorithm="sha256").hexdigest()[:MAC]


# What was typed


def keep_draft(request: HttpRequest) -> None:
    """Keep what came by POST on the server, as long as the session lasts: nothing typed is lost, nothing stays in the browser."""
    data = request.POST.copy()
    data.pop("csrfmiddlewaretoken", None)
    written = data.urlencode()
    if len(written) <= DRAFT_MAX:
        request.session[DRAFT] = written


def draft_of(request: HttpRequest, voter: Voter) -> QueryDict | None:
    """What this voter had typed; what another one typed on the same machine is not his."""
    written = request.session.get(DRAFT)
    if not written:
        return None
    draft = QueryDict(written)
    return draft if is_ours(voter, draft.get("key", "")) else None


def drop_draft(request: HttpRequest) -> None:
    """It was sent."""
    request.session.pop(DRAFT, None)
