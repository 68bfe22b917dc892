"""The voting site as it is really set: a process of its own with OPPOSABLE_SITE=vote."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ASK = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
paths = ["/", "/robots.txt", "/accounts/login/", "/acts/", "/law/", "/api/", "/log/checkpoint", "/assembly/", "/demo/mailbox/"]
names = ["SESSION_COOKIE_NAME", "SESSION_COOKIE_SAMESITE", "SESSION_COOKIE_AGE", "SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_NAME",
         "ROOT_URLCONF", "DEBUG"]
print(json.dumps({"paths": {path: Client(SERVER_NAME="127.0.0.1").get(path).status_code for path in paths},
                  **{name: getattr(settings, name) for name in names}}))
"""


def run(home, *command, **more):
    ours = {
        "OPPOSABLE_HOME": str(home),
        "DJANGO_SETTINGS_MODULE": "opposable.settings",
        "PYTHONPATH": str(ROOT / "src"),
    }
    environ = {name: value for name, value in os.environ.items() if name != "OPPOSABLE_DATABASE_URL"} | ours | more
    done = subprocess.run([sys.executable, *command], env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("settings") / "home"
    run(folder, "-m", "opposable", "init", "--origin", "settings.example/2026", "--draw-passphrase")
    return folder


def asked(home, site):
    return json.loads(run(home, "-c", ASK, OPPOSABLE_SITE=site))


def test_the_voting_site_is_exclusively_that(home):
    told = asked(home, "vote")
    assert {path for path, status in told.pop("paths").items() if status == 200} == {"/", "/robots.txt"}
    assert told == {
        "SESSION_COOKIE_NAME": "opposable_vote",
        "SESSION_COOKIE_SAMESITE": "Strict",
        "SESSION_COOKIE_AGE": 1800,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_NAME": "opposable_vote_csrf",
        "ROOT_URLCONF": "opposable.vote_urls",
        "DEBUG": False,
    }


def test_the_main_site_has_no_page_of_the_voting_site(home):
    told = asked(home, "main")
    assert told["SESSION_COOKIE_NAME"] == "opposable_main"
    assert told["ROOT_URLCONF"] == "opposable.urls"
