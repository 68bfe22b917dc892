"""A shareholder votes, from the notice to the receipt, without JavaScript."""

import re
from datetime import date, datetime, timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from opposable.kernel import clock, parts
from opposable.kernel.models import Act
from opposable.kernel.system import law
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.voting import is_bearer
from opposable.systems.assembly.models import Form, Mailing
from opposable.systems.assembly.rules.forms import FormFacts, mentions
from tests.assembly import story
from tests.assembly.visitor import Visitor, errors, hidden, site, text_of  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
QUERIES = 12


@pytest.fixture
def meeting(log):
    return story.opened()


def test_from_the_notice_to_the_receipt(meeting):
    anne = Visitor(meeting, "A1")
    landing = text_of(anne.get())
    assert "Compagnie de l’Arsenal" in landing
    assert "Clôture dim. 29 mars 2026 à 15:00, heure de Paris" in landing
    page = anne.enter()
    read = text_of(page)
    assert "10 000 actions" in read
    assert "20 000 voix" in read
    answer = anne.vote(page, r1="for", r2="against", r3="split", r3_for="12000", r3_against="8000")
    assert answer.status_code == 303
    form = Form.objects.get()
    assert form.choices == [[20_000, 0, 0], [0, 20_000, 0], [12_000, 8_000, 0]]
    assert (form.status, form.identified_by, form.signature_level) == ("counted", "code", "simple")
    receipt = text_of(anne.get(answer["Location"]))
    assert "Votre vote est reçu" in receipt
    assert "Pour 12 000" in receipt
    assert f"{form.received_at:%Y-%m-%dT%H:%M:%S.%fZ}" in receipt
    act = Act.objects.get(obj=form.uid, seq=1)
    assert bytes(act.entry).hex() in receipt
    assert f"n° {act.index} du journal" in receipt


def test_what_is_signed_is_bound_to_the_identification(meeting):
    anne = Visitor(meeting, "A1")
    answer = anne.vote(anne.enter(), r1="for")
    form = Form.objects.get(uid=answer["Location"].split("/")[2])
    signed = parts.read(Act.objects.get(obj=form.uid, seq=1).pk, "signature")
    identified = Act.objects.get(type="assembly.voter.identify", outcome="done")
    assert signed == {
        "process": "identifiant et code à usage unique",
        "level": "simple",
        "article": "Art. 24",
        "by": "code",
        "identification": bytes(identified.entry).hex(),
    }
    content = parts.read(Act.objects.get(obj=form.uid, seq=1).pk, "content")
    assert (content["surname"], content["given-name"], content["domicile"]) == ("Vidal", "Anne", story.HOME)


def test_the_form_has_every_mandatory_mention_with_its_article(meeting):
    for ref in ("A1", "A3"):
        visitor = Visitor(meeting, ref)
        read = text_of(visitor.enter())
        facts = FormFacts(meeting.company.facts(), single_document=True, bearer=is_bearer(visitor.voter.holder))
        wanted = mentions(law(), meeting.day, facts)
        assert len(wanted) > 10
        for mention in wanted:
            words = mention.text.fr.replace("\u202f", " ")
            assert words in read, mention.id
            assert all(cited in read for cited in mention.rule.cite), mention.id
        assert ("attestation de participation" in read) is is_bearer(visitor.voter.holder)


def test_the_warning_and_the_choices_are_those_of_the_law_of_the_day(log):
    read = text_of(Visitor(story.opened(), "A1").enter())
    assert "ne sera pas considérée comme un vote exprimé" in read
    assert "assimilée à un vote défavorable" not in read
    assert "Voter contre" in read
    old = _meeting_of_2012()
    page = Visitor(old, "A1", when=datetime(2012, 3, 20, 12, tzinfo=story.PARIS)).enter()
    read = text_of(page)
    assert "sera assimilée à un vote défavorable à l’adoption de la résolution" in read
    assert "compte comme un vote contre" in read
    assert "ne sera pas considérée comme un vote exprimé" not in read
    assert 'name="new" value="abstain"' in page.content.decode()
    assert 'name="new" value="against"' not in page.content.decode()


def _meeting_of_2012():
    with clock.frozen(datetime(2012, 3, 2, 9, tzinfo=story.PARIS)):
        made = story.company(slug="old")
        story.adopt_bylaws(made, since=date(2010, 1, 1))
        story.register(made)
        at = datetime(2012, 3, 30, 10, tzinfo=story.PARIS)
        draft = acts.draft_meeting(story.CONSOLE, company=made, kind="ordinary", at=at, place="Paris").result
        acts.add_resolution(story.CONSOLE, meeting=draft, title="x", text="y", body="ordinary")
        acts.convene(story.CONSOLE, meeting=draft)
    with clock.frozen(datetime(2012, 3, 10, 9, tzinfo=story.PARIS)):
        return acts.open_voting(story.CONSOLE, meeting=draft).result


def test_each_resolution_stands_in_its_order_with_text_reasons_and_author(log):
    meeting = story.convened()
    rows = list(meeting.resolutions.order_by("position"))
    with clock.frozen(story.at(10, 9)):
        acts.open_voting(story.CONSOLE, meeting=meeting)
    body = Visitor(meeting, "A1").enter().content.decode()
    places = [body.index(f'name="r{row.position}" value="for"') for row in rows]
    assert places == sorted(places)
    assert all(row.text in body for row in rows)
    assert body.count("présentée par le conseil") == len(rows)


def test_what_was_typed_comes_back_with_the_error_beside_it(meeting):
    anne = Visitor(meeting, "A1")
    fields = anne.fields(anne.enter(), r1="for", r2="split", r2_for="15000", r2_against="15000", new="against")
    answer = anne.post("check/", fields)
    assert answer.status_code == 422
    assert errors(answer) == [("r2_for", "Résolution 2\u00a0: 30\u202f000 voix réparties, vous en avez 20\u202f000.")]
    body = answer.content.decode()
    assert '<input type="radio" name="r1" value="for" checked>' in body
    assert 'name="r2_for" value="15000"' in body
    assert '<input type="radio" name="new" value="against" checked>' in body
    assert 'id="r2_for"' in body
    assert not Act.objects.filter(type="assembly.form.receive").exists()


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"r1_for": "1e6"}, "nombres entiers"),
        ({"r1_for": "1500.5"}, "nombres entiers"),
        ({"r1_for": "-3"}, "nombres entiers"),
        ({"r1_for": "１２"}, "nombres entiers"),
        ({"r1": "for", "r1_for": "10"}, "gardez l’une ou l’autre"),
        ({"r1": "split"}, "nombres entiers"),
        ({"r1": "banana"}, "réponse inconnue"),
        ({}, "Ce formulaire ne dit rien"),
        ({"mode": "proxy-person", "proxy_relation": "spouse"}, "Nommez la personne"),
        ({"mode": "proxy-person", "proxy_name": "Jean Tiers", "proxy_relation": ""}, "Dites qui est cette personne"),
    ],
)
def test_what_does_not_stand_is_said_in_words(meeting, typed, said):
    anne = Visitor(meeting, "A1")
    answer = anne.post("check/", anne.fields(anne.enter(), **typed))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Form.objects.exists()


def test_filling_marks_what_has_no_mark_and_sends_nothing(meeting):
    anne = Visitor(meeting, "A1")
    page = anne.post("form/", anne.fields(anne.enter(), r2="against", fill="for"))
    body = page.content.decode()
    assert page.status_code == 200
    assert [f'name="r{n}" value="for" checked' in body for n in (1, 2, 3)] == [True, False, True]
    assert 'name="r2" value="against" checked' in body
    assert "Résolutions marquées : 2." in text_of(page)
    assert not Form.objects.exists()


def test_filling_for_leaves_alone_what_the_board_did_not_back(log):
    with clock.frozen(story.at(2, 9)):
        story.accounts.root()
        made = story.company()
        story.adopt_bylaws(made)
        story.register(made)
        draft = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        for author, backed in (("board", True), ("holders", False)):
            acts.add_resolution(
                story.CONSOLE,
                meeting=draft,
                title="x",
                text="y",
                body="ordinary",
                author=author,
                approved_by_board=backed,
            )
        acts.convene(story.CONSOLE, meeting=draft)
    with clock.frozen(story.at(10, 9)):
        meeting = acts.open_voting(story.CONSOLE, meeting=draft).result
    anne = Visitor(meeting, "A1")
    page = anne.post("form/", anne.fields(anne.enter(), fill="for"))
    body = page.content.decode()
    assert 'name="r1" value="for" checked' in body
    assert 'name="r2" value="for" checked' not in body
    assert "Restent sans marque : n° 2" in text_of(page)


def test_an_intermediary_splits_to_the_last_vote(meeting):
    bank = Visitor(meeting, "A3")
    typed = {f"r{n}": "split" for n in (1, 2, 3)}
    typed |= {f"r{n}_{word}": str(votes) for n in (1, 2, 3) for word, votes in (("for", 30_001), ("against", 19_998))}
    answer = bank.vote(bank.enter(), **typed)
    assert answer.status_code == 303
    assert Form.objects.get().choices == [[30_001, 19_998, 1]] * 3
    assert "Abstention 1" in text_of(bank.get(answer["Location"]))


@pytest.mark.parametrize("mode", ["proxy-chair", "proxy-blank"])
def test_a_proxy_to_the_chair(meeting, mode):
    zoe = Visitor(meeting, "A4")
    page = zoe.enter()
    summary = zoe.post("check/", zoe.fields(page, mode=mode, r1="against"))
    assert "Envoyer mon pouvoir" in text_of(summary)
    answer = zoe.post("send/", hidden(summary))
    form = Form.objects.get()
    assert (form.mode, form.choices) == (mode, [None, None, None])
    assert "par le président, pour vous" in text_of(zoe.get(answer["Location"]))


def test_a_proxy_to_a_shareholder_is_found_in_the_register(meeting):
    zoe = Visitor(meeting, "A4")
    zoe.vote(zoe.enter(), mode="proxy-person", proxy_name="  luc   BERNARD ", proxy_relation="shareholder")
    form = Form.objects.select_related("proxy_holder").get()
    assert form.proxy_holder.ref == "A2"
    anne = Visitor(meeting, "A1")
    answer = anne.vote(anne.enter(), mode="proxy-person", proxy_name="Paul Inconnu", proxy_relation="spouse")
    other = Form.objects.select_related("proxy_holder").get(holder__ref="A1")
    assert (other.proxy_holder, other.proxy_name) == (None, "Paul Inconnu")
    assert "Luc" not in text_of(anne.get(answer["Location"]))


def test_unmarked_resolutions_are_left_to_a_proxy_and_counted(meeting):
    anne = Visitor(meeting, "A1")
    answer = anne.vote(anne.enter(), r2="against", rest="proxy-chair")
    form = Form.objects.get()
    assert (form.mode, form.proxy_name, form.choices) == ("vote", "chair", [None, [0, 20_000, 0], None])
    receipt = text_of(anne.get(answer["Location"]))
    assert receipt.count("par le président, pour vous") == 2
    story.held(meeting)
    figures = {row.position: row.result.figures for row in meeting.resolutions.select_related("result")}
    assert [(figures[n]["for"], figures[n]["against"]) for n in (1, 2, 3)] == [
        (22_000, 0),
        (2_000, 20_000),
        (20_000, 2_000),
    ]


def test_after_the_meeting_the_receipt_says_what_was_counted(meeting):
    anne, zoe = Visitor(meeting, "A1"), Visitor(meeting, "A4")
    receipt = anne.vote(anne.enter(), r1="for", r2="split", r2_for="5000", r2_against="6000")["Location"]
    before = text_of(anne.get(receipt))
    assert "Après l’assemblée, cette page dira" in before
    story.held(meeting, present=("A2", "A4"))
    late = Visitor(meeting, "A1", when=story.MEETING_AT + timedelta(days=2))
    page = text_of(late.enter())
    assert "Votre vote a été pris en compte" in page
    assert "C. com., art. L. 22-10-43-1" in page
    assert "adoptée" in page
    assert "Pour 5 000 Contre 6 000 Abstention 9 000" in page
    assert zoe.get(receipt).status_code == 303  # not identified
    assert b"%PDF" in late.post("confirm/").content[:8]
    assert Act.objects.filter(type="assembly.vote.confirm").count() == 1
    late.post("confirm/")
    assert Act.objects.filter(type="assembly.vote.confirm").count() == 1


def test_what_the_receipt_says_is_what_the_count_added_up(meeting):
    from opposable.systems.assembly.acts.counting import Counting
    from opposable.systems.assembly.acts.papers.votes import counted_as as added_up
    from opposable.systems.assembly.views.voting_receipt import counted_as

    story.vote(
        meeting,
        "A1",
        given=[{"resolution": 1, "for": 7, "against": 5}, {"resolution": 2}, {"resolution": 3, "vote": "for"}],
        rest="proxy-chair",
    )
    story.vote(meeting, "A2", mode="proxy-blank")
    story.vote(meeting, "A3", "for", "against", "abstain", new_resolutions="abstain")
    story.held(meeting)
    counting = Counting(meeting, law())
    for form in Form.objects.filter(status="counted").select_related("holder", "meeting__company"):
        shown = [(line.votes or (0, 0, 0)) for line in counted_as(form)]
        counted = [(row["for"], row["against"], row["abstain"]) for row in added_up(form.holder.uid, counting)]
        assert shown == counted, form.holder


def test_the_confirmation_by_mail_says_when_and_not_what(meeting):
    from opposable.systems.assembly.exchange import letters

    anne = Visitor(meeting, "A1")
    answer = anne.vote(anne.enter(), r1="for", r2="against")
    form = Form.objects.get()
    letter = mail.outbox[-1]
    assert letter.to == ["anne@example.test"]
    assert letter.subject == "Votre vote est reçu · Compagnie de l’Arsenal"
    assert answer["Location"] in letter.body
    assert bytes(Act.objects.get(obj=form.uid, seq=1).entry).hex() in letter.body
    assert "L. 22-10-43-1" not in letter.body, "it binds listed companies alone"
    form.meeting.company.listed = True
    assert "Confirmation de réception : C. com., art. L. 22-10-43-1." in letters.confirmation(form).text.replace(
        "\xa0", " "
    )
    assert "20\u202f000" not in letter.body
    row = Mailing.objects.get(purpose="confirmation")
    assert (row.status, row.holder.ref) == ("sent", "A1")
    assert "envoyée à votre adresse" in text_of(anne.get(answer["Location"]))


def test_a_letter_lost_in_a_crash_goes_out_later_and_once(meeting, monkeypatch):
    from opposable.systems.assembly.exchange import letters

    story.vote(meeting, "A1", "for", "for", "for")
    assert mail.outbox == []
    assert len(letters.confirm_forms(meeting)) == 1
    assert letters.confirm_forms(meeting) == []
    assert len(mail.outbox) == 1


def test_a_transfer_before_the_record_date_is_told_to_the_voter(log):
    from opposable.systems.assembly.exchange import letters

    meeting = story.opened()
    story.vote(meeting, "A1", given=[{"resolution": n, "for": 9_000, "against": 11_000} for n in (1, 2, 3)])
    holders = {holder.ref: holder for holder in meeting.company.holders.all()}
    with clock.frozen(story.at(25, 9)):
        acts.record_transfer(
            story.CONSOLE,
            giver=holders["A1"],
            taker=holders["A2"],
            lot="L1",
            quantity=6_000,
            effective_at=story.at(25, 8),
        )
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
    form = Form.objects.get()
    assert form.status == "void"
    assert len(letters.notify_changes(meeting)) == 1
    assert "invalidé le vote" in mail.outbox[-1].body
    assert letters.notify_changes(meeting) == []
    anne = Visitor(meeting, "A1", when=story.MEETING_AT)
    page = anne.enter()
    assert "invalidé" in text_of(page)


def test_in_english_all_through(meeting):
    anne = Visitor(meeting, "A1")
    anne.client.cookies["opposable_lang"] = "en"
    for page in (anne.get(), anne.enter()):
        words = text_of(page)
        assert "Remote voting" in words
        assert "Vote à distance" not in words
    answer = anne.vote(anne.get("form/"), r1="for")
    assert "Your vote is received" in text_of(anne.get(answer["Location"]))
    for path in ("/accessibility/", "/privacy/"):
        assert anne.get(path).status_code == 200


def test_the_page_on_data_names_the_company_of_the_meeting_one_comes_from(meeting):
    with clock.frozen(story.at(2, 10)):
        other = story.company(slug="forges", name="Forges du Val", address="2 rue Haute, 54000 Nancy")
        story.adopt_bylaws(other)
        story.register(other)
        drafted = acts.draft_meeting(
            story.CONSOLE, company=other, kind="ordinary", at=story.MEETING_AT, place="Paris", signature_level="simple"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=drafted, title="Comptes", text="Texte.", body="ordinary")
        acts.convene(story.CONSOLE, meeting=drafted)
        acts.open_voting(story.CONSOLE, meeting=drafted)
    stranger = Visitor(drafted, "A1")
    alone = text_of(stranger.get("/privacy/"))
    assert "Arsenal" in alone
    assert "Forges du Val" in alone
    link = re.search(r'href="(/privacy/[^"]*)"', stranger.get().content.decode())[1]
    came = text_of(stranger.get(link))
    assert "Forges du Val" in came
    assert "Arsenal" not in came
    assert stranger.get("/privacy/?m=000000000000").status_code == 404


def test_pages_make_few_queries(meeting):
    anne = Visitor(meeting, "A1")
    page = anne.enter()
    seen = {}
    with CaptureQueriesContext(connection) as counted:
        for path in ("", "form/", "annexes/", "mine/"):
            before = len(counted)
            assert anne.get(path).status_code == 200
            seen[path] = len(counted) - before
    answer = anne.vote(page, r1="for")
    for tail in ("", "proof/"):
        with CaptureQueriesContext(connection) as counted:
            assert anne.get(answer["Location"] + tail).status_code == 200
        seen["receipt/" + tail] = len(counted)
    with CaptureQueriesContext(connection) as counted:
        assert anne.get("form/").status_code == 200
    seen["form again"] = len(counted)
    assert {path: count for path, count in seen.items() if count > QUERIES} == {}


def test_the_proof_is_taken_away_whole(meeting, settings):
    anne, zoe = Visitor(meeting, "A1"), Visitor(meeting, "A4")
    receipt = anne.vote(anne.enter(), r1="for", r2="for", r3="for")["Location"]
    form = Form.objects.get()
    header = anne.get(receipt + "act.json").content
    assert Act.objects.get(obj=form.uid, seq=1).header == header
    assert anne.get(receipt + "act.tlog-proof").content.startswith(b"c2sp.org/tlog-proof@v1\n")
    assert b"Vidal" in anne.get(receipt + "part-content.json").content
    assert anne.get(receipt + "part-nothing.json").status_code == 404
    assert anne.get(receipt + "receipt.pdf").content.startswith(b"%PDF")
    zoe.enter()
    for tail in ("", "proof/", "act.json", "act.tlog-proof", "part-content.json", "receipt.pdf", "proof.asice"):
        assert zoe.get(receipt + tail).status_code == 404, tail
