"""«Adresses du site de vote», as they are written in messages and letters."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from opposable.systems.assembly.models import Form, Meeting

SHORT = 12
"""Characters of a meeting's identifier in the address of its voting site."""


def site_address(path: str) -> str:
    """A page of the voting site, as it is written in a message."""
    return settings.CONFIG.vote_url.rstrip("/") + path


def meeting_address(meeting: Meeting) -> str:
    """Where the meeting is voted."""
    return site_address(reverse("vote:meeting", args=[meeting.uid[:SHORT]], urlconf="opposable.vote_urls"))


def receipt_address(form: Form) -> str:
    """Where the receipt of a form is read, once identified."""
    return site_address(reverse("vote:receipt", args=[form.uid], urlconf="opposable.vote_urls"))
