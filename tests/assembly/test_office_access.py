"""Who sees which page of the office: what one may not see is not there."""

import pytest

from opposable.kernel import clock
from opposable.systems.assembly.models import Attendance, Entitlement, Form, Holder
from tests.assembly import office, story

pytestmark = pytest.mark.django_db

NOBODY = {"stranger", "elsewhere"}
ALL = {"secretary", "bureau", "scrutineer", "auditor"}
PAGES = {
    "meeting": ALL,
    "resolutions": ALL,
    "requests": {"secretary", "bureau", "auditor"},
    "request-new": {"secretary"},
    "notices": {"secretary", "auditor"},
    "turnout": ALL,
    "forms": ALL,
    "form": ALL,
    "paper": {"secretary"},
    "entitlements": ALL,
    "entitlement": ALL,
    "session": ALL,
    "door": ALL,
    "vote": ALL,
    "results": ALL,
    "documents": ALL,
    "timeline": ALL,
    "convene": {"secretary"},
    "cancel": {"secretary"},
    "resolution": {"secretary"},
    "resolution-withdraw": {"secretary"},
    "bring": {"secretary", "bureau"},
}
COMPANY_PAGES = {
    "company": ALL,
    "holders": {"secretary", "bureau", "auditor"},
    "holder": {"secretary", "bureau", "auditor"},
    "transfer": {"secretary"},
    "consent": {"secretary"},
    "imports": {"secretary", "auditor"},
    "import": {"secretary"},
    "bylaw": {"secretary"},
    "company-edit": {"secretary"},
}


LISTS = {
    "meetings": ALL | {"elsewhere"}, "board": ALL | {"elsewhere"}, "companies": ALL | {"elsewhere"}, "draft": {"secretary"},
}  # fmt: skip
"""A secretary of another company has lists of her own; whoever has no role finds none."""
POSTS = {
    "open": [], "close": [], "fix": [], "date-done": [], "notices-send": [], "table-publish": [], "session-open": [], "admit": [], "incident": [],
    "end": [], "requests-told": [], "cancel-told": [], "resolution-move": [1], "vote-close": [1], "leave": ["0" * 32],
}  # fmt: skip
"""Buttons of a meeting: who may not see the meeting finds nothing there."""
ELSEWHERE = {
    "new-company": "from the top only, tested below",
    "calendar": "a piece of the page `draft`",
    "table": "test_table",
    "edit": "like `convene`, in preparation only",
    "agenda": "like `resolution`, in preparation only",
    "notices-progress": "a piece of the page `notices`",
    "import-check": "a file that one person has staged: test_office_import",
    "import-go": "a file that one person has staged: test_office_import",
    "import-undo": "test_office_import",
    "document-issue": "test_office_documents",
    "document": "test_office_documents",
    "document-certify": "test_office_documents",
    "document-sign": "test_office_documents",
    "document-extract": "test_office_documents",
    "agent": "like `consent`: test_classes",
    "request": "test_requests_pages",
    "request-acknowledge": "test_requests_pages",
    "request-put": "test_requests_pages",
    "request-prove": "test_requests_pages",
    "request-withdraw": "test_requests_pages",
}


@pytest.fixture
def world(log):
    told = office.people()
    meeting = office.voted()
    return told, meeting


def address(name, meeting):
    extra = {
        "form": lambda: [Form.objects.get(holder__ref="A1").uid],
        "entitlement": lambda: [Entitlement.objects.get(holder__ref="A1").uid],
        "vote": lambda: [1],
        "resolution": lambda: [1],
        "resolution-withdraw": lambda: [1],
    }
    return office.at(name, meeting, *extra.get(name, list)())


def company_address(name, meeting):
    extra = {
        "holder": lambda: [Holder.objects.get(ref="A1").uid],
        "transfer": lambda: [Holder.objects.get(ref="A1").uid],
        "consent": lambda: [Holder.objects.get(ref="A1").uid],
        "bylaw": lambda: ["assembly.vote.cap"],
    }
    return office.of(name, meeting.company, *extra.get(name, list)())


def seen_by(told, url):
    with clock.frozen(story.at(21, 9)):
        answers = {role: getattr(told, role).get(url).status_code for role in ALL | NOBODY}
    assert set(answers.values()) <= {200, 404}, answers
    return {role for role, status in answers.items() if status == 200}


def test_each_page_of_a_meeting_is_there_for_whom_it_is(world):
    told, meeting = world
    assert {name: seen_by(told, address(name, meeting)) for name in PAGES} == PAGES


def test_each_page_of_a_company_is_there_for_whom_it_is(world):
    told, meeting = world
    found = {name: seen_by(told, company_address(name, meeting)) for name in COMPANY_PAGES}
    assert found == COMPANY_PAGES


def test_no_address_of_the_office_is_without_its_line_in_a_table():
    from opposable.systems.assembly.urls import urlpatterns

    tables = ({*PAGES}, {*COMPANY_PAGES}, {*LISTS}, {*POSTS}, {*ELSEWHERE})
    assert {pattern.name for pattern in urlpatterns} == set.union(*tables)
    assert sum(map(len, tables)) == len(urlpatterns), "each address has one line"


def test_the_lists_are_there_for_everyone_and_the_wizard_for_who_may_write(world):
    told, _ = world
    from django.urls import reverse

    assert {name: seen_by(told, reverse(f"assembly:{name}")) for name in LISTS} == LISTS


@pytest.mark.parametrize("name", POSTS)
def test_a_button_of_a_meeting_is_not_there_for_who_may_not_see_it(world, name):
    told, meeting = world
    url = office.at(name, meeting, *POSTS[name])
    with clock.frozen(story.at(21, 9)):
        assert {getattr(told, role).post(url).status_code for role in NOBODY} == {404}
        assert told.auditor.post(url).status_code in (303, 403, 404, 422)
    assert not Attendance.objects.exists(), "who only reads does nothing"
    assert office.again(meeting).status == "open"


def test_lists_show_what_may_be_read_and_nothing_else(world):
    told, meeting = world
    with clock.frozen(story.at(21, 9)):
        mine, others = told.secretary.get("/assembly/"), told.elsewhere.get("/assembly/")
        companies = told.elsewhere.get("/assembly/companies/")
    assert "Compagnie de l’Arsenal" in office.text(mine)
    assert meeting.uid in office.text(mine)
    assert "Arsenal" not in office.text(others)
    assert "Arsenal" not in office.text(companies)


def test_a_company_is_entered_from_the_top_only(world):
    told, _ = world
    assert told.top.get("/assembly/companies/new/").status_code == 200
    assert told.secretary.get("/assembly/companies/new/").status_code == 404


def test_somebody_not_signed_in_is_sent_to_the_door(client, world):
    _, meeting = world
    answer = client.get(office.at("meeting", meeting))
    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", ["open", "close", "fix", "end", "admit", "incident", "notices-send", "date-done"])
def test_acts_of_others_are_not_there(world, name):
    told, meeting = world
    url = office.at(name, meeting)
    assert told.elsewhere.post(url).status_code == 404
    assert told.secretary.get(url).status_code == 405


def test_a_button_that_the_person_may_not_press_is_not_shown(world):
    told, meeting = world
    with clock.frozen(story.at(29, 16)):
        for role, shown in (("secretary", True), ("bureau", False), ("scrutineer", False), ("auditor", False)):
            page = office.text(getattr(told, role).get(office.at("meeting", meeting)))
            assert (office.at("close", meeting) in page) is shown, role


def test_who_presses_it_all_the_same_is_refused_and_the_refusal_is_an_act(world):
    told, meeting = world
    with clock.frozen(story.at(29, 16)):
        answer = told.auditor.post(office.at("close", meeting))
    assert answer.status_code == 403
    assert "Vos habilitations ne permettent pas cet acte" in office.text(answer)
    assert "Ce refus est lui-même un acte" in office.text(answer)


@pytest.mark.parametrize(
    ("role", "may"), [("secretary", True), ("auditor", True), ("scrutineer", True), ("bureau", False)]
)
def test_only_who_may_export_takes_the_forms_away(world, role, may):
    told, meeting = world
    answer = getattr(told, role).get(office.at("forms", meeting) + "?format=csv")
    assert answer["Content-Type"].startswith("text/csv" if may else "text/html")


def test_posts_without_the_token_of_the_page_are_refused(world):
    from django.test import Client

    told, meeting = world
    guarded = Client(enforce_csrf_checks=True)
    guarded.cookies = told.secretary.cookies
    before = meeting.status
    assert guarded.post(office.at("close", meeting)).status_code == 403
    assert office.again(meeting).status == before


def test_readings_of_personal_pages_are_noted(world):
    from opposable.kernel.models import Reading

    told, meeting = world
    form = Form.objects.get(holder__ref="A1")
    told.scrutineer.get(office.at("form", meeting, form.uid))
    told.auditor.get(office.of("holders", meeting.company) + "?format=csv")
    assert set(Reading.objects.values_list("what", flat=True)) == {"form", "register export"}


def test_the_house_search_finds_meetings_companies_and_holders_that_may_be_read(world):
    told, _ = world
    found = told.secretary.get("/search/?q=Vidal", headers={"Accept": "application/json"}).json()["results"]
    assert [hit["label"] for hit in found if hit["kind"] == "titulaire"] == ["Anne Vidal"]
    assert not [
        hit
        for hit in told.elsewhere.get("/search/?q=Arsenal", headers={"Accept": "application/json"}).json()["results"]
        if "/assembly/" in hit["href"]
    ]


def test_the_proof_of_an_act_leads_to_the_record_that_it_is_about(world):
    from opposable.kernel.models import Act

    told, meeting = world
    for type_, address in (
        ("assembly.vote.open", office.at("meeting", meeting)),
        ("assembly.form.receive", office.at("form", meeting, Form.objects.order_by("pk").first().uid)),
        ("assembly.register.import", office.of("imports", meeting.company)),
    ):
        index = Act.objects.filter(type=type_).order_by("pk").first().index
        assert f'href="{address}"' in office.text(told.secretary.get(f"/acts/{index}/")), type_


def test_every_record_of_the_system_has_a_page_of_its_own_or_of_its_meeting(world):
    from django.apps import apps

    from opposable.kernel.guards import recorded_models

    told, _ = world
    office.opened_session(_)
    with clock.frozen(story.at(30, 12)):
        for model in recorded_models():
            row = model.objects.first() if model._meta.app_label == "assembly" else None
            if row is not None:
                assert told.secretary.get(row.get_absolute_url().partition("#")[0]).status_code == 200, model
    assert apps.get_app_config("assembly").search


def test_what_no_database_takes_is_no_failure(world):
    told, meeting = world
    lists = (
        "/assembly/", "/assembly/companies/", office.of("holders", meeting.company), "/search/",
        *(office.at(name, meeting) for name in ("notices", "forms", "entitlements", "door")),
    )  # fmt: skip
    for url in lists:
        for words in ("\0", "a\0b", "%", "_", "'", '"', "\\", "é" * 300, "\u202e"):
            assert told.secretary.get(url, {"q": words}).status_code == 200, (url, words)
    for name in ("meeting", "form"):
        assert told.secretary.get(f"/assembly/meetings/%00/{name}/").status_code == 404
    rows = {"rows": 1, "0-title": "a\0", "0-text": "b", "0-body": "ordinary", "0-author": "board", "save": "stay"}
    with clock.frozen(story.at(30, 12)):
        office.opened_session(meeting)
        for person in ("\0", "a\0b"):
            assert told.bureau.post(office.at("admit", meeting), {"person": person}).status_code == 303
        assert told.bureau.post(office.at("admit", meeting), {"holder": "\0", "person": ""}).status_code == 303
        assert told.bureau.post(office.at("incident", meeting), {"text": "a\0"}).status_code == 422
    assert told.secretary.post(office.at("agenda", meeting), rows).status_code == 303
