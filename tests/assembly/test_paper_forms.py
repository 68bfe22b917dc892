"""Forms that come back on paper: entered with the digest of their scan, in time or late by the limit of R. 225-77."""

import hashlib
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opposable.kernel import accounts, clock
from opposable.kernel.models import Account, Act, Leaf
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Form, Holder
from tests.assembly import office, story

pytestmark = pytest.mark.django_db
SCAN = "a" * 64


@pytest.fixture
def meeting(log):
    return story.opened()


def enter(meeting, ref, *words, received=story.at(20, 10), when=story.at(28, 9), scan=SCAN, **more):
    holder = Holder.objects.select_related("company", "cell").get(ref=ref)
    with clock.frozen(when):
        return acts.enter_form(
            story.CONSOLE,
            meeting=meeting,
            holder=holder,
            received_at=received,
            scan=scan,
            marks=story.marks(*words),
            **more,
        )


def test_a_paper_form_counts_as_an_electronic_one_does(meeting):
    form = enter(meeting, "A1", "for", "against", "abstain").result
    assert (form.status, form.channel, form.identified_by) == ("counted", "paper", "hand")
    assert form.choices == [[20_000, 0, 0], [0, 20_000, 0], [0, 0, 20_000]]
    results = story.held(office.again(meeting)).result
    assert results[0].figures["for"] == 20_000 + 2_000


@pytest.mark.parametrize(
    ("received", "status"),
    [
        (story.at(27, 23, 59, 59), "counted"),
        (story.at(28, 0), "late"),
    ],  # three days before 30 March, to the end of the day
)
def test_the_limit_is_that_of_paper(meeting, received, status):
    receipt = enter(meeting, "A1", "for", "for", "for", received=received, when=story.at(28, 9))
    assert receipt.result.status == status
    assert receipt.outcome == ("done" if status == "counted" else "refused")


def test_a_paper_proxy_is_in_time_until_the_meeting(meeting):
    form = enter(meeting, "A4", mode="proxy-blank", received=story.at(30, 9), when=story.at(30, 9, 30)).result
    assert (form.status, form.mode) == ("counted", "proxy-blank")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"scan": "zz"}, "form.scan"),
        ({"received": story.at(29, 10)}, "form.received"),
        ({"mode": "telepathy"}, "form.mode"),
    ],
)
def test_what_is_no_paper_form_is_refused(meeting, more, code):
    with pytest.raises(Refused) as refused:
        enter(meeting, "A1", "for", "for", "for", **more)
    assert refused.value.code == code
    assert not Form.objects.exists()


def test_the_same_scan_is_entered_once(meeting):
    enter(meeting, "A1", "for", "for", "for")
    with pytest.raises(Refused) as refused:
        enter(meeting, "A4", "for", "for", "for")
    assert refused.value.code == "form.same-scan"


def test_of_two_forms_the_last_received_stands_whenever_it_is_entered(meeting):
    story.vote(meeting, "A1", "for", "for", "for", when=story.at(22, 12))
    older = enter(meeting, "A1", "against", "against", "against", received=story.at(20, 10)).result
    assert older.status == "superseded"
    (kept,) = Form.objects.filter(holder__ref="A1", status="counted")
    assert kept.channel == "electronic"


def test_who_may_not_write_forms_enters_none(meeting):
    from opposable.kernel.accounts import root

    auditor = office.account("auditor", "auditor")
    holder = Holder.objects.select_related("company", "cell").get(ref="A1")
    assert root()
    with clock.frozen(story.at(21, 9)), pytest.raises(Refused) as refused:
        acts.enter_form(
            auditor.actor, meeting=meeting, holder=holder, received_at=story.at(20, 10), scan=SCAN,
            marks=story.marks("for", "for", "for"),
        )  # fmt: skip
    assert refused.value.code == "access.denied"
    assert story.at(21, 9) - story.at(20, 9) == timedelta(days=1)


def test_the_page_enters_a_paper_form(meeting):
    from django.core.files.uploadedfile import SimpleUploadedFile

    people = office.people()
    given = {
        "holder": "A1",
        "day": "2026-03-20",
        "hour": "10:00",
        "mode": "vote",
        "r1": "for",
        "r2": "against",
        "r3": "",
    }
    with clock.frozen(story.at(21, 9)):
        assert office.at("paper", meeting) in office.text(people.secretary.get(office.at("forms", meeting)))
        missing = people.secretary.post(office.at("paper", meeting), given)
        assert missing.status_code == 422
        sent = {**given, "scan": SimpleUploadedFile("scan.png", b"image")}
        answer = people.secretary.post(office.at("paper", meeting), sent)
        assert answer.status_code == 303, office.text(answer)
        office.again(meeting)
        page = office.text(people.secretary.get(answer["Location"]))
    form = Form.objects.get()
    assert (form.status, form.choices) == ("counted", [[20_000, 0, 0], [0, 20_000, 0], None])
    assert "signature manuscrite" in page
    assert "papier" in page


# Two persons key each form, where the company chose so


@pytest.fixture
def twice(meeting):
    with clock.frozen(story.at(11, 9)):
        acts.change_company(story.CONSOLE, company=meeting.company, double_keying=True)
    return office.again(meeting)


@pytest.fixture
def second(twice):
    return office.account("second", "secretary").actor


def key(who, meeting, *words, ref="A1", when=story.at(25, 9), **more):
    holder = Holder.objects.select_related("company", "cell").get(ref=ref)
    given = {"received_at": story.at(20, 10), "scan": SCAN, "marks": story.marks(*words), **more}
    with clock.frozen(when):
        return acts.enter_form(who, meeting=meeting, holder=holder, **given)


def test_a_form_keyed_once_counts_in_nothing_and_keyed_alike_by_another_it_counts(twice, second):
    first = key(story.CONSOLE, twice, "for", "against", "abstain").result
    assert (first.status, twice.forms.filter(status__in=("counted", "amended")).count()) == ("keyed", 0)
    done = key(second, twice, "for", "against", "abstain")
    assert (done.result.pk, done.result.status, Form.objects.count()) == (first.pk, "counted", 1)
    with pytest.raises(Refused) as refused:
        key(second, twice, "for", "against", "abstain")
    assert refused.value.code == "form.same-scan"


def test_who_keyed_it_first_does_not_confirm_himself(twice):
    key(story.CONSOLE, twice, "for", "for", "for")
    again = key(story.CONSOLE, twice, "for", "for", "against").result
    assert (again.status, again.choices[2]) == ("keyed", [0, 20_000, 0])


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"words": ("for", "for", "for")}, "résolution 2 : contre ≠ pour"),
        ({"ref": "A4"}, "A1 ≠ A4"),
        ({"received_at": story.at(20, 11)}, "2026-03-20T09:00:00.000000Z ≠ 2026-03-20T10:00:00.000000Z"),
        ({"mode": "proxy-chair"}, "ce qu’il porte : vote ≠ pouvoir au président"),
    ],
)
def test_two_keyings_that_differ_are_refused_and_it_is_said_where(twice, second, more, said):
    key(story.CONSOLE, twice, "for", "against", "abstain")
    words = more.pop("words", ("for", "against", "abstain"))
    with pytest.raises(Refused) as refused:
        key(second, twice, *words, **more)
    assert refused.value.code == "form.keyed-differently"
    assert said in refused.value.reason.fr
    assert Form.objects.get().status == "keyed"
    key(story.CONSOLE, twice, *words, **more)
    assert key(second, twice, *words, **more).result.status == "counted"


def test_keyed_anew_as_late_by_both_it_is_late(twice, second):
    key(story.CONSOLE, twice, "for", "for", "for")
    late = {"received_at": story.at(28, 8), "when": story.at(28, 9)}
    assert key(story.CONSOLE, twice, "for", "for", "for", **late).result.status == "keyed"
    done = key(second, twice, "for", "for", "for", **late)
    assert (done.result.status, done.outcome) == ("late", "refused")


def test_a_company_that_never_chose_is_in_the_state_that_its_act_left(meeting):
    assert "double_keying" not in meeting.company.state()


def test_the_company_chooses_on_its_page_and_the_list_of_forms_shows_what_waits(meeting):
    page = office.visit(office.account("boss", "secretary"))
    address = office.of("company-edit", meeting.company)
    with clock.frozen(story.at(12, 9)):
        fields = page.get(address).context["form"].initial
        answer = page.post(address, {**{k: v or "" for k, v in fields.items()}, "double_keying": "on"})
        assert answer.status_code == 303
        key(
            story.CONSOLE, office.again(meeting), "for", "for", "for", received_at=story.at(12, 8), when=story.at(12, 9)
        )
        assert "à saisir une seconde fois" in office.text(page.get(office.at("forms", meeting)))


def test_who_keys_second_sees_nothing_of_the_first_keying_until_both_are_done(twice, second):
    """The list, its search and export, the page, the acts with their parts and bundles, the API: not there, not even by name."""
    one, other = office.account("one", "secretary"), office.account("top", "secretary", "/")
    first = key(one.actor, twice, "for", "against", "abstain").result
    act = Act.objects.select_related("leaf").get(obj=first.uid)
    index = Leaf.objects.get(act=act).index
    with clock.frozen(story.at(25, 10)):
        _, token = accounts.issue_token(story.CONSOLE, account=other, label="t").result
        pages = [
            office.at("form", twice, first.uid), f"/acts/{index}/", f"/acts/{index}/act.json", f"/acts/{index}/bundle.asice",
            f"/acts/{index}/part-submitted.json",
        ]  # fmt: skip
        author = office.visit(one)
        assert [author.get(url).status_code for url in pages] == [200] * len(pages)
        for who in (office.visit(Account.objects.get(email="second@example.test")), office.visit(other)):
            assert {url: who.get(url).status_code for url in pages} == dict.fromkeys(pages, 404)
            forms = office.text(who.get(office.at("forms", twice)))
            assert "Un formulaire papier est à saisir une seconde fois" in forms
            for query in ("", "?q=Vidal", "?status=keyed", "?mode=vote", "?format=csv"):
                shown = office.text(who.get(office.at("forms", twice) + query))
                assert "Anne Vidal" not in shown, query
                assert first.uid not in shown, query
            paper = office.text(who.get(office.at("paper", twice)))
            assert "À saisir par vous une seconde fois : 1." in paper
            assert SCAN[:16] in paper
            assert "Saisir une seconde fois des formulaires papier" in office.text(who.get("/"))
        assert "Saisir une seconde fois" not in office.text(author.get("/"))
        api = {"headers": {"Authorization": f"Bearer {token}"}}
        assert Client().get(f"/api/objects/assembly.form/{first.uid}", **api).status_code == 404
        assert Client().get("/api/objects/assembly.form", **api).json()["items"] == []
    key(second, twice, "for", "against", "abstain")
    with clock.frozen(story.at(25, 11)):
        assert office.visit(other).get(pages[0]).status_code == 200


def test_one_person_alone_does_not_put_a_form_out_of_time(twice, second):
    late = {"received_at": story.at(28, 8), "when": story.at(28, 9)}
    assert key(story.CONSOLE, twice, "for", "for", "for", **late).result.status == "keyed"
    with pytest.raises(Refused) as refused:
        key(second, twice, "for", "for", "for", when=story.at(28, 9))
    assert refused.value.code == "form.keyed-differently"
    assert key(second, twice, "for", "for", "for", **late).result.status == "late"


def test_a_paper_without_a_signature_is_refused_and_its_scan_kept_in_the_refusal(meeting):
    with pytest.raises(Refused) as refused:
        enter(meeting, "A1", "for", "for", "for", unsigned=True)
    assert refused.value.rule.cite[0] == "C. com., art. R. 225-77"
    assert "signature" in refused.value.reason.fr
    assert not Form.objects.exists()
    act = Act.objects.get(entry=bytes.fromhex(refused.value.receipt.entry))
    assert act.parts.filter(name="submitted").exists()
    assert enter(meeting, "A1", "for", "for", "for", scan="b" * 64).result.status == "counted"


def test_the_page_of_a_form_just_entered_shows_its_place_and_that_it_is_signed_by_hand(meeting):
    """The state of the log on every page is kept for a second: the form's own seal may be younger."""
    people = office.people()
    with clock.frozen(story.at(28, 9)):
        people.secretary.get(office.at("forms", meeting))  # the state of the log is read
    form = enter(meeting, "A1", "for", "for", "for").result
    with clock.frozen(story.at(28, 9)):
        page = people.secretary.get(office.at("form", meeting, form.uid))
    assert page.status_code == 200
    assert "manuscrite, sur le papier" in office.text(page)


def test_a_scan_that_was_read_need_not_be_chosen_again(meeting):
    """The paper comes back with a fault beside a field: what was chosen is still there, by its digest."""
    people, address = office.people(), office.at("paper", meeting)
    given = {"holder": "A9", "day": "2026-03-20", "hour": "09:30", "mode": "vote", "r1": "for"}
    with clock.frozen(story.at(28, 9)):
        assert "Choisissez l’image du papier" in office.text(people.secretary.post(address, given))
        page = people.secretary.post(address, given | {"scan": SimpleUploadedFile("a.png", b"image")})
        assert page.status_code == 422
        digest = hashlib.sha256(b"image").hexdigest()
        assert f'name="scanned" value="{digest}"' in page.content.decode()
        assert people.secretary.post(address, given | {"holder": "A1", "scanned": digest}).status_code == 303
    assert Form.objects.get().key == f"paper-{digest[:58]}"
