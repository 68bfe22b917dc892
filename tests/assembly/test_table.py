"""The published table of a meeting: it adds up to the count, names no one, and each voter finds himself in it."""

import json

import pytest

from opposable.kernel import clock, documents, parts
from opposable.law import Refused
from opposable.ledger import canonical, commitments
from opposable.ledger.__main__ import describe
from opposable.ledger.verify import verify
from opposable.systems.assembly import acts
from tests.assembly import office, papers, story
from tests.assembly.visitor import Visitor, site, text_of

__all__ = ["site"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting(log):
    return papers.voted_listed()


def test_the_table_adds_up_to_the_declared_count(meeting):
    with clock.frozen(papers.AFTER):
        receipt = acts.publish_table(story.CONSOLE, meeting=meeting)
    table = parts.read(receipt.act_id, "table")
    totals = commitments.verify(table)
    for row in meeting.resolutions.order_by("position"):
        figures = row.result.figures
        assert [totals[f"{row.position}.{name}"] for name in ("for", "against", "abstain")] == [
            figures[name] for name in ("for", "against", "abstain")
        ]
    assert len(table["rows"]) == 4
    assert acts.published_table(meeting) == table


def test_it_names_no_one_and_shows_no_weight(meeting):
    text = json.dumps(acts.published_table(meeting)["rows"])
    for holder in meeting.company.holders.all():
        assert holder.uid not in text
        assert holder.name not in text
    assert {key for row in json.loads(text) for key in row} == {"commitment", "entry"}


def test_each_voter_finds_his_line_with_what_his_confirmation_holds(meeting):
    with clock.frozen(papers.AFTER):
        acts.publish_table(story.CONSOLE, meeting=meeting)
        table = acts.published_table(meeting)
        for ref in ("A1", "A2", "A3", "A4"):
            voter = story.voter(meeting, ref)
            confirmation = acts.confirm_vote(voter.actor, voter=voter).result
            opening = documents.data_of(confirmation)["opening"]
            found = table["rows"][commitments.holds(table, opening["votes"], opening["blinding"])]
            assert found["entry"] == opening["entry"]
            assert bool(found["entry"]) == (ref != "A4")
            counted = documents.data_of(confirmation)["counted"]
            assert opening["votes"] == [row[name] for row in counted for name in ("for", "against", "abstain")]
            assert opening["commitment"][:16] in papers.text_of(confirmation).replace(" ", "")


def test_the_same_count_gives_the_same_table(meeting):
    assert canonical.encode(acts.published_table(meeting)) == canonical.encode(acts.published_table(meeting))


def test_a_table_that_was_changed_does_not_add_up(meeting):
    table = acts.published_table(meeting)
    table["totals"][0] += 1
    with pytest.raises(commitments.TableError, match="do not add up"):
        commitments.verify(table)


def test_the_csv_has_totals_then_lines(meeting):
    lines = acts.table_csv(acts.published_table(meeting)).splitlines()
    assert lines[0] == "slot;total"
    assert lines[1] == "1.for;56000"
    assert lines[lines.index("entry;commitment") + 1].count(";") == 1
    assert len(lines) == 1 + 9 + 1 + 1 + 4


def test_there_is_no_table_before_the_end(log):
    meeting = story.opened()
    with clock.frozen(story.at(20, 9)), pytest.raises(Refused) as refused:
        acts.publish_table(story.CONSOLE, meeting=meeting)
    assert refused.value.code == "meeting.status"


def test_it_is_published_by_a_button_and_whoever_reads_the_results_takes_it_away(meeting):
    people, address = office.people(), office.at("table", meeting)
    with clock.frozen(papers.AFTER):
        assert people.secretary.get(address).status_code == 404, "not published yet"
        assert office.at("table-publish", meeting) in office.text(people.secretary.get(office.at("results", meeting)))
        assert people.secretary.post(office.at("table-publish", meeting)).status_code == 303
        taken = people.scrutineer.get(address)
        assert people.elsewhere.get(address).status_code == 404
        assert address in office.text(people.auditor.get(office.at("results", meeting)))
    assert commitments.verify(json.loads(taken.content))["1.for"] == 56_000


def test_the_voting_site_gives_it_to_everybody(meeting, site):
    visitor = Visitor(meeting, "A1", when=papers.AFTER)
    assert visitor.get("table.json").status_code == 404
    with clock.frozen(papers.AFTER):
        acts.publish_table(story.CONSOLE, meeting=meeting)
    assert f"{visitor.base}table.json" in visitor.get().content.decode()
    assert commitments.verify(json.loads(visitor.get("table.json").content))["1.for"] == 56_000


def test_after_the_meeting_the_receipt_gives_the_proof_of_the_count(meeting, site, tmp_path):
    """Form, confirmation, table and results in one bundle: who verifies it reads as what the votes were counted."""
    visitor = Visitor(meeting, "A3", when=papers.AFTER)
    form = meeting.forms.get(holder__ref="A3")
    visitor.enter()
    page = visitor.get(f"/receipt/{form.uid}/").content.decode()
    assert "counted.asice" not in page, "the table is not published yet"
    assert "pas encore publié le tableau" in page
    with clock.frozen(papers.AFTER):
        first = acts.confirmed(visitor.voter, "fr")
        acts.publish_table(story.CONSOLE, meeting=meeting)
        assert acts.confirmed(visitor.voter, "fr") != first, "it opened no line of a published table"
    assert f"/receipt/{form.uid}/counted.asice" in visitor.get(f"/receipt/{form.uid}/").content.decode()
    taken = visitor.post(f"/receipt/{form.uid}/counted.asice")
    report = verify(taken.content)
    assert report.ok, report.findings
    (counted,) = report.facts["counted"]
    assert [counted["votes"][f"1.{name}"] for name in ("for", "against", "abstain")] == [30_000, 15_000, 5_000]
    assert "compté comme : 1 pour 30000, 1 contre 15000, 1 abstention 5000, 2 pour" in describe(report, "fr")[-1]
    assert verify(visitor.get(f"/receipt/{form.uid}/proof.asice").content).facts["counted"] == [counted]
    other = Visitor(meeting, "A1", when=papers.AFTER)
    other.enter()
    assert other.post(f"/receipt/{form.uid}/counted.asice").status_code == 404


def test_whoever_voted_in_the_room_asks_for_his_confirmation_on_the_voting_site(meeting, site):
    zoe = Visitor(meeting, "A4", when=papers.AFTER)
    zoe.enter()
    page = zoe.get("mine/").content.decode()
    assert "Aucun formulaire" in page
    assert f'action="{zoe.base}confirm/"' in page
    assert zoe.post("confirm/")["Content-Type"] == "application/pdf"


def test_a_resolution_without_a_quorum_is_not_told_to_be_rejected(log, site):
    meeting = story.opened()
    story.vote(meeting, "A4", "for", "for", "for")
    with clock.frozen(story.MEETING_AT):
        story.held(office.again(meeting), present=())
    zoe = Visitor(office.again(meeting), "A4", when=papers.AFTER)
    zoe.enter()
    page = text_of(zoe.get(f"/receipt/{meeting.forms.get().uid}/"))
    assert page.count("sans quorum") == 3
    assert "rejetée" not in page
