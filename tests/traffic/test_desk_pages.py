"""The pages of the legal desk: what was typed stays when an act is refused, whatever the step."""

import re
from pathlib import Path

import pytest
from django.test import Client

from opposable.kernel.decisions import state_digest
from opposable.systems import traffic
from opposable.systems.traffic import acts
from opposable.systems.traffic.views.step_forms import FORMS
from opposable.systems.traffic.views.steps import STEPS
from tests.traffic import desk as office

TYPED = "l’ordre n° 7 <du 3 mars> & sa suite"
SHOWN = "l’ordre n° 7 &lt;du 3 mars&gt; &amp; sa suite"


@pytest.fixture
def desk(store):
    return office.people()


def test_what_was_typed_stays_when_any_step_is_refused(desk):
    """Of a case that was withdrawn no step is due, and no day of 1999 is one to come."""
    case = office.register(desk)
    acts.withdraw(desk.clerk.actor, requisition=case, reason="retirée")
    client = Client()
    client.force_login(desk.clerk)
    told = {"ordered_on": "2026-11-02", "until": "1999-01-01", "seat": "legal", "to": desk.security.uid, "persons": "3"}
    for name in STEPS:
        texts = [one for one in FORMS[name][0].base_fields if not one.endswith("_file")] if name in FORMS else []
        sent = {one: told.get(one, TYPED) for one in texts}
        page = client.post(f"{case.get_absolute_url()}do/{name}/", sent)
        again, body = page.context["again"], page.content.decode()
        assert (page.status_code, body.count('role="alert"'), bool(again)) == (422, 1, name in FORMS), name
        kept = {one: again.form[one].value() for one in texts}
        assert {**kept, "persons": ""} == {**sent, "persons": ""}, name
        assert (SHOWN in body.partition('class="columns"')[0]) == bool(texts), name
    assert client.get(f"{case.get_absolute_url()}do/hurry/").url == case.get_absolute_url()


def test_a_step_asks_for_nothing_that_its_form_would_not_give_back():
    templates = Path(traffic.__file__).parent / "templates"
    forms = [
        form
        for page in templates.rglob("*.html")
        for form in re.findall(r"<form.*?</form>", page.read_text(), re.DOTALL)
    ]
    steps = [form for form in forms if "traffic:step" in form]
    assert steps
    assert not [form for form in steps if re.search("<(input|textarea|select)", form)]


def test_a_remark_stays_when_the_approval_is_of_another_state_than_was_read(desk):
    case = office.register(desk)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    client, page = Client(), f"{case.get_absolute_url()}approve/"
    client.force_login(desk.legal)
    refused = client.post(page, {"about": "0" * 64, "agreed": "yes", "remark": TYPED})
    case.refresh_from_db()
    assert (refused.status_code, refused.context["digest"]) == (422, state_digest(case))
    assert f">{SHOWN}</textarea>" in refused.content.decode()
