"""The demo's mailbox: every message that the software sent, to whomever. It exists in a demo only."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from opposable.commands.mailbox import messages


@login_not_required
def mailbox(request: HttpRequest) -> HttpResponse:
    """The last messages, newest first."""
    found = []
    for name, message in messages(settings.HOME):
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        found.append(
            {"name": name, "to": message["To"], "subject": message["Subject"], "date": message["Date"], "text": text}
        )
    return render(request, "demo/mailbox.html", {"messages_sent": found})
