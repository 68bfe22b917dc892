"""What the pages say of an act that was erased whole, and of one whose forerunner was."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from opposable.kernel import accounts, clock
from opposable.kernel.accounts import cell as cell_at
from opposable.kernel.models import Act, Hold
from opposable.kernel.retention import run
from opposable.ledger.act import ERASE
from opposable.web.register import act_label
from opposable.web.views.acts import instant_of, outcome_state
from tests.kernel.holds import lift, place
from tests.web.reading import faults
from tests.web.story import PASSWORD, SYSTEM, open_account

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)


@pytest.fixture
def auditor(log):
    """Somebody who may read everything."""
    with clock.frozen(NOON - timedelta(days=1)):
        account = open_account("auditor")
        for role in ("assembly.auditor", "traffic.auditor"):
            accounts.give(SYSTEM, account=account, role=role, cell=accounts.root())
    client = Client()
    assert client.login(email=account.email, password=PASSWORD)
    return client


def test_an_erased_act_says_what_is_left_who_erased_it_and_why(auditor, log):
    with clock.frozen(NOON):
        gone = accounts.log_in(SYSTEM, method="password", success=True)
        log.seal_once()
    with clock.frozen(NOON + timedelta(days=400)):
        run()
    with clock.frozen(NOON + timedelta(days=401)):
        page = auditor.get(f"/acts/{gone.index}/")
        assert page.status_code == 200, page.content
        assert faults(page.text) == []
        assert "Acte effacé" in page.text
        by = re.search(r'Effacé par</dt><dd><a href="/acts/(\d+)/">', page.text)
        assert Act.objects.get(leaf__index=int(by[1])).type == ERASE
        assert gone.entry in page.text
        listed = auditor.get("/acts/").text
        assert auditor.get(f"/acts/{gone.index}/act.tlog-proof").status_code == 200
        assert auditor.get(f"/acts/{gone.index}/act.json").status_code == 404
    for shown in (page.text, listed):
        assert not re.search(r"1970|01/01/70", shown), "the blank instant of an erased act is no date"


def test_the_register_does_not_date_an_erased_act():
    erased = Act(type="", at=datetime(1970, 1, 1, tzinfo=UTC), outcome="")
    assert instant_of(erased) is None
    assert outcome_state(erased)[1].en == "erased"
    assert act_label(erased.type).fr == "acte effacé"


def test_an_act_whose_forerunner_was_erased_says_so(auditor, log, monkeypatch):
    monkeypatch.setattr(Hold.Evidence, "keep", "kernel.access")
    monkeypatch.setattr(Hold, "scrub", lambda row: setattr(row, "reason", ""), raising=False)
    with clock.frozen(NOON):
        row = place(SYSTEM, reason="x", cell=cell_at("/tests/")).result
        lift(SYSTEM, hold=row)
        log.seal_once()
    with clock.frozen(NOON + timedelta(days=400)):
        run()
        run()
        last = Act.objects.get(obj=row.uid, seq=3).leaf.index
        page = auditor.get(f"/acts/{last}/").text
    assert "ceux d’avant ne sont plus nommés" in page


def test_the_page_of_what_is_kept_says_what_the_daily_job_does(auditor):
    page = auditor.get("/keeping/", headers={"accept-language": "fr"})
    assert (page.status_code, faults(page.text)) == (200, [])
    shown = {str(kept.label.en): kept for _, classes in page.context["sections"] for kept in classes}
    file = next(kept for label, kept in shown.items() if label.startswith("File of a contract"))
    assert "Contract" in {one.en for one in file.blanked}
    assert file.whole
    security = next(kept for label, kept in shown.items() if label.startswith("Security records"))
    assert (security.rule, security.ends, security.blanked) == (None, False, [])
    assert "le logiciel n’en invente pas" in page.text
    assert "/keeping/" in auditor.get("/law/").text
