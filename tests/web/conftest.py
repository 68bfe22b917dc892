"""A house with two people, a few sealed acts, one refusal, one thing due."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.test import Client

from opposable.kernel import accounts, actors, duties
from opposable.kernel.acts import REGISTRY, act
from opposable.kernel.models import Cell, Hold
from opposable.law import Decision, Refused, Step, Trace, t
from opposable.web import shell

SYSTEM = actors.system("tests")
PASSWORD = "une phrase de passe assez longue"
RULE = "assembly.form.deadline-electronic"

if "web.hold.place" not in REGISTRY:

    @act("web.hold.place", label=t("Placer un gel", "Place a hold"), api=False)
    def place(a, *, reason, cell):
        hold = Hold(cell=cell, reason=reason, since=a.now)
        a.record(hold)
        a.part("note", {"reason": reason}, keep="kernel.access")
        rule = a.law(RULE, a.now.date())
        step = Step(t("limite", "limit"), t("la veille, 15 h", "the day before, 15:00"), "2026-03-29T13:00:00.000000Z")
        a.why(Decision(True, rule, {"received_at": a.now, "votes": 10_000}, Trace((step,))))
        due = a.now + timedelta(hours=1)
        duties.open_duty(hold, "web.hold.lift", t("Lever le gel", "Lift the hold"), due, rule=rule, link="/acts/")
        return hold

    @act("web.hold.question", label=t("Contester un gel", "Question a hold"), api=False)
    def question(a, *, hold):
        reason = t("Trop tard : la limite est passée.", "Too late: the limit is past.")
        rule = a.law(RULE, a.now.date())
        raise Refused(
            reason, rule, "late", facts={"received_at": a.now}, lawful=t("venir en personne.", "come in person.")
        )


@pytest.fixture(autouse=True)
def site(settings):
    """The house alone, with the headers, languages and guards of the real one."""
    settings.ROOT_URLCONF = "tests.web.addresses"
    shell.forget_log_state()
    yield settings
    shell.forget_log_state()


@pytest.fixture
def house(log, db):
    """Sealed acts on a hold in ``/`` and on one in ``/apart/``; a secretary who sees all, a stranger who sees nothing."""
    root = accounts.root()
    apart = Cell.objects.create(path="/apart/")
    people = {
        name: accounts.open_account(
            SYSTEM, email=f"{name}@house.example", name=f"{name.title()} Vidal", password=PASSWORD
        ).result
        for name in ("secretary", "stranger")
    }
    accounts.give(SYSTEM, account=people["secretary"], role="assembly.secretary", cell=root)
    hold = REGISTRY["web.hold.place"].call(SYSTEM, reason="Litige", cell=root)
    hidden = REGISTRY["web.hold.place"].call(SYSTEM, reason="Ailleurs", cell=apart)
    with pytest.raises(Refused) as refused:
        REGISTRY["web.hold.question"].call(people["secretary"].actor, hold=hold.result)
    log.seal_once()
    shell.forget_log_state()
    return SimpleNamespace(
        **people, hold=hold, hidden=hidden, refused=refused.value.receipt, root=root, apart=apart, log=log
    )


@pytest.fixture
def secretary(house):
    client = Client()
    client.force_login(house.secretary)
    return client


@pytest.fixture
def stranger(house):
    client = Client()
    client.force_login(house.stranger)
    return client
