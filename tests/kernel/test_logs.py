"""The technical log names nobody: a view and an act crash with an address in hand, the lines that are written do not have it."""

import io
import logging
import logging.config
import smtplib
from copy import deepcopy

import pytest
from django.conf import settings
from django.test import Client
from django.urls import path

from opposable.kernel import actors
from opposable.kernel.acts import REGISTRY, act
from opposable.kernel.logs import STRUCK, discreet
from opposable.law import t

WHO = "anne.vidal+vote@example.test"


@pytest.fixture
def written():
    """What the handler of the settings writes, formatter included."""
    config = deepcopy(settings.LOGGING)  # making a formatter takes it apart
    made = logging.config.DictConfigurator(config)
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(made.configure_formatter(config["formatters"]["discreet"]))
    root = logging.getLogger()
    root.addHandler(handler)
    yield stream
    root.removeHandler(handler)


def crash(request):
    raise ValueError(f"no such person: {WHO}")


crash.login_required = False
urlpatterns = [path("crash/", crash)]
handler500 = "opposable.web.errors.server_error"


@pytest.mark.django_db
def test_a_view_that_crashes_writes_its_traceback_without_the_address(written, settings):
    settings.ROOT_URLCONF = __name__
    answer = Client(raise_request_exception=False).get("/crash/")
    assert answer.status_code == 500
    assert "ValueError: no such person" in written.getvalue()
    assert WHO not in written.getvalue()
    assert "example.test" not in written.getvalue()


@pytest.mark.django_db
def test_an_act_that_crashes_does_so_too(written, log):
    @act("tests.crash", label=t("Échouer", "Crash"), api=False)
    def failing(a, *, email):
        raise smtplib.SMTPRecipientsRefused({email: (550, f"<{email}>: unknown".encode())})

    try:
        failing(actors.system("tests"), email=WHO)
    except smtplib.SMTPRecipientsRefused:
        logging.getLogger("opposable").exception("an act failed")
    finally:
        del REGISTRY["tests.crash"]
    assert "SMTPRecipientsRefused" in written.getvalue()
    assert "example.test" not in written.getvalue()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"DETAIL:  Key (email)=({WHO}) already exists.", f"DETAIL:  Key (email)=({STRUCK}) already exists."),
        ("Failing row contains (12, Vidal, Anne).", f"Failing row contains ({STRUCK})."),
        (f"to=<{WHO}>, 550", f"to=<{STRUCK}>, 550"),
        ("GET /assembly/ 200", "GET /assembly/ 200"),
        ("git@", "git@"),
    ],
)
def test_what_names_a_person_is_struck_out(text, said):
    assert discreet(text) == said


def test_the_settings_write_through_it():
    assert {handler["formatter"] for handler in settings.LOGGING["handlers"].values()} == {"discreet"}
    assert settings.LOGGING["formatters"]["discreet"]["()"] == "opposable.kernel.logs.Discreet"
