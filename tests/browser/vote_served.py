"""Settings of the voting site in a process of its own, its clock set by the test: HOME/run/clock holds the instant at its writing."""

import time

from opposable.kernel import clock
from opposable.settings import *  # noqa: F403
from opposable.settings import HOME, MIDDLEWARE

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
MIDDLEWARE.insert(0, "tests.browser.vote_served.Clock")


class Clock:
    """Every request happens in the time of the story, which goes on from the instant written."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        from datetime import datetime, timedelta

        path = HOME / "run" / "clock"
        if not path.exists():
            return self.get_response(request)
        told = datetime.fromisoformat(path.read_text())
        with clock.frozen(told + timedelta(seconds=max(0.0, time.time() - path.stat().st_mtime))):
            return self.get_response(request)
