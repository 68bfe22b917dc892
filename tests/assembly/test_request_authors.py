"""Who else may ask for the agenda, a request that is taken back, and a register imported after the day of the request."""

from dataclasses import replace
from datetime import date

import pytest

from opposable.kernel import accounts, clock, duties
from opposable.kernel.models import Act
from opposable.kernel.system import law
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import AgendaRequest, Resolution
from opposable.systems.assembly.rules import authors
from tests.assembly import office, story
from tests.assembly.test_requests import CERTIFICATE, ENTRIES, ask, meeting_of, put, whys

RULE = law().at(authors.ASSOCIATION, date(2026, 3, 30))
COUNCIL = {"by": "committee", "on_behalf": "CSE de l’Arsenal", "authors": []}


@pytest.mark.parametrize(
    ("euros", "percent"),
    [(750_000, 5), (750_001, 4), (4_500_000, 4), (7_500_000, 3), (15_000_000, 2), (15_000_001, 1)],
)
def test_an_association_holds_a_part_of_the_votes_by_the_step_of_the_capital(euros, percent):
    figures = {
        "total": 1_000,
        "capital_cents": euros * 100,
        "sent_on": date(2026, 3, 3),
        "statutes_on": date(2025, 1, 1),
    }
    least = percent * 10
    assert authors.check_association(RULE, {"A1": 1, "A2": least - 1}, **figures).value == least
    for votes in (
        {"A1": least - 1},
        {"A1": least, "A2": 0},
    ):  # too few, or a member without shares registered long enough
        with pytest.raises(Refused) as refused:
            authors.check_association(RULE, votes, **figures)
        assert refused.value.code == "request.threshold"
    with pytest.raises(Refused) as refused:
        authors.check_association(RULE, {"A1": least}, **{**figures, "statutes_on": date(2026, 3, 4)})
    assert refused.value.code == "request.statutes"


def listed_meeting():
    with clock.frozen(story.at(2, 9).replace(month=2)):
        accounts.root()
        made = story.company(listed=True)
        story.register(made, ENTRIES)
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=meeting, title="Comptes", text="x", body="ordinary")
        acts.convene(story.CONSOLE, meeting=meeting)
    return office.again(meeting)


SENT = {"sent_on": date(2026, 2, 20), "received": story.at(5, 9), "now": story.at(5, 10)}


@pytest.mark.django_db
def test_an_association_of_a_listed_company_asks_without_certificates(log):
    meeting = listed_meeting()
    asks = {"by": "association", "on_behalf": "Les Arsenalistes", "statutes_on": date(2024, 5, 1), **SENT}
    members = [{"account": "A2"}, {"account": "A4"}]
    done = ask(meeting, **asks, authors=members)
    assert (done.outcome, done.result.status, done.result.shares) == ("done", "received", 3_600)
    assert {why["rule"]["id"] for why in whys(done)} >= {"assembly.agenda.associations", "assembly.agenda.drafts"}
    young = ask(meeting, **{**asks, "statutes_on": date(2026, 2, 25)}, authors=members)
    assert (young.result.status, whys(young)[-1]["code"]) == ("refused", "request.statutes")
    row = put(done.result, day=5)
    assert Resolution.objects.get(request=row).author == "holders"
    unlisted = meeting_of(slug="autre")
    refused = ask(unlisted, "A1", by="association", on_behalf="Les Arsenalistes", statutes_on=date(2024, 5, 1))
    assert whys(refused)[-1]["code"] == "request.no-right"


@pytest.mark.django_db
def test_the_works_council_asks_in_an_sa_by_the_twenty_fifth_day_and_in_an_sas_by_the_labour_code(log):
    meeting = meeting_of()
    done = ask(meeting, sent=5, received=story.at(9, 10), **COUNCIL)
    assert (done.outcome, done.result.status, done.result.authors) == ("done", "received", [])
    assert [why["rule"]["id"] for why in whys(done)] == ["assembly.agenda.committee"]
    assert whys(ask(meeting, sent=6, **COUNCIL))[-1]["code"] == "request.late"
    for values, code in (
        ({"kind": "point", "reasons": "x"}, "request.points"),
        ({"text": ""}, "request.content"),
        ({"on_behalf": " "}, "request.author"),
        ({"authors": [{"account": "A1"}]}, "request.author"),
    ):
        with pytest.raises(Refused) as refused:
            ask(meeting, **{**COUNCIL, **values})
        assert refused.value.code == code, values
    row = Resolution.objects.get(request=put(done.result))
    assert (row.author, row.approved_by_board, row.facts().backed) == ("committee", False, False)
    open_ones = duties.Duty.objects.filter(obj=done.result.uid, closed_at=None)
    assert [one.act for one in open_ones] == ["assembly.request.acknowledge"]
    sas = meeting_of(form="sas", slug="simple", convened=False)
    asked = ask(sas, sent=20, **COUNCIL).result
    assert asked.status == "received"
    assert [one.act for one in duties.Duty.objects.filter(obj=asked.uid)] == ["assembly.request.list"]


@pytest.mark.django_db
def test_in_a_listed_company_the_council_has_ten_days_from_the_notice(log):
    meeting = listed_meeting()
    on_time = {**SENT, "sent_on": date(2026, 2, 12)}
    assert ask(meeting, **on_time, **COUNCIL).result.status == "received"
    assert whys(ask(meeting, **{**on_time, "sent_on": date(2026, 2, 13)}, **COUNCIL))[-1]["code"] == "request.late"


@pytest.mark.django_db
def test_authors_take_their_request_back_before_and_after_the_notice(log):
    meeting = meeting_of()
    waiting, listed = ask(meeting, "A1").result, put(ask(meeting, "A1", title="Autre").result)
    row = Resolution.objects.select_related("meeting__company", "cell", "request").get(request=listed)
    for request, on, day, code in (
        (waiting, date(2026, 3, 2), 5, "request.withdraw"),  # before it came
        (waiting, date(2026, 3, 6), 5, "request.withdraw"),  # to come
    ):
        with clock.frozen(story.at(day, 10)), pytest.raises(Refused) as refused:
            acts.withdraw_request(story.CONSOLE, request=request, on=on, reason="Accord trouvé.")
        assert refused.value.code == code
    with clock.frozen(story.at(6, 10)):
        for asked in (waiting, listed):
            request = AgendaRequest.objects.select_related("meeting__company", "meeting__cell", "cell").get(pk=asked.pk)
            done = acts.withdraw_request(
                story.CONSOLE, request=request, on=date(2026, 3, 6), reason="Accord trouvé."
            ).result
            assert (done.status, done.withdrawn_on) == ("withdrawn", date(2026, 3, 6))
            with pytest.raises(Refused) as refused:
                acts.withdraw_request(story.CONSOLE, request=done, on=date(2026, 3, 6), reason="Encore.")
            assert refused.value.code == "request.withdraw"
    row.refresh_from_db()
    assert (row.position, bool(row.withdrawn_at)) == (3, True)
    assert not duties.Duty.objects.filter(obj=waiting.uid, act="assembly.request.list", closed_at=None)


def import_again(meeting, day, sizes):
    """The register as it stands on a day of March, entered that evening."""
    entries = [
        replace(entry, lots=[{**entry.lots[0], "ref": f"{entry.lots[0]['ref']}x{day}", "quantity": size}])
        for entry, size in zip(ENTRIES, sizes, strict=True)
        if size
    ]
    with clock.frozen(story.at(day, 18)):
        return acts.import_register(
            story.CONSOLE, company=meeting.company, file_name="r.csv", sha256=f"{day:064d}", lines=5,
            effective_on=date(2026, 3, day), entries=entries,
        ).result  # fmt: skip


@pytest.mark.django_db
def test_a_register_of_later_says_nothing_of_the_day_of_the_request(log):
    meeting = meeting_of()
    holders = {holder.ref: holder for holder in meeting.company.holders.all()}
    with clock.frozen(story.at(3, 8)):
        acts.record_transfer(
            story.CONSOLE,
            giver=holders["A2"],
            taker=holders["A4"],
            lot="LA2",
            quantity=500,
            effective_at=story.at(3, 7),
        )
    import_again(meeting, 8, (10_000, 1, 50_000, 3_599, 5_000))  # A2 sold all but one share
    import_again(meeting, 10, (10_000, 0, 50_001, 3_599, 5_000))  # and is gone
    before = ask(meeting, "A2", "A4", sent=3, received=story.at(4, 9), now=story.at(11, 9))
    assert (before.result.status, before.result.shares) == ("received", 3_600)
    assert [one["shares"] for one in before.result.authors] == [1_500, 2_100]
    facts = [why["facts"] for why in whys(before) if "register_on" in why["facts"]]
    assert [one["register_on"] for one in facts] == ["2026-03-01"]
    with clock.frozen(story.at(11, 9)), pytest.raises(Refused) as refused:
        ask(meeting, "A2", "A4", sent=11, received=story.at(11, 8), now=story.at(11, 9))
    assert refused.value.code == "request.author"  # on the 11th A2 had no account any more
    assert Act.objects.filter(type="assembly.request.receive").count() == 2


def test_the_certificate_is_asked_of_shareholders_alone():
    assert AgendaRequest(by="holders").certified
    assert not AgendaRequest(by="committee").certified
    assert not AgendaRequest(by="association").certified
    assert CERTIFICATE
