"""What holders ask to be put on the agenda: in time or late, enough shares or not, alone or together, and the forms already received."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from opposable.kernel import accounts, clock, duties
from opposable.kernel.models import Act
from opposable.kernel.system import law
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.models import AgendaRequest, Form, Meeting, Resolution
from opposable.systems.assembly.rules import requests as rules
from tests.assembly import office, story

CERTIFICATE = "a" * 64
RULE = law().at("assembly.agenda.authors", date(2026, 3, 30))


@pytest.mark.parametrize(
    ("capital_cents", "shares", "least"),
    [
        (70_000_00, 70_000, 3_500),  # 5 %
        (750_000_00, 750_000, 37_500),  # 5 % still: the slices begin above 750,000 euros
        (750_001_00, 750_001, 30_001),  # 4 % of 750,000, and 2.5 % of one euro
        (7_500_000_00, 7_500_000, 30_000 + 168_750),
        (15_000_000_00, 15_000_000, 30_000 + 168_750 + 75_000),
        (1_015_000_000_00, 1_015_000_000, 30_000 + 168_750 + 75_000 + 5_000_000),
        (100_000_000_01, 3, 1),  # three shares: any of them is more than the part wanted
    ],
)
def test_the_part_of_the_capital_is_counted_in_whole_numbers(capital_cents, shares, least):
    figures = {"shares": shares, "capital_cents": capital_cents, "on": date(2026, 3, 3)}
    assert rules.check_share(RULE, {"a": 1, "b": least - 1}, **figures).value == least
    with pytest.raises(Refused) as refused:
        rules.check_share(RULE, {"a": least - 1}, **figures)
    assert refused.value.code == "request.threshold"
    assert refused.value.facts["least"] == least


ENTRIES = [
    replace(entry, lots=[story.lot(f"L{entry.ref}", quantity, **more)])
    for entry, quantity, more in zip(
        story.HOLDERS,
        (10_000, 2_000, 50_000, 1_600, 5_000),
        ({}, {}, {}, {}, {"treasury": True}),
        strict=True,
    )
]


def meeting_of(*, convened=True, entries=ENTRIES, **values):
    """A combined meeting on 30 March whose site may open; every share is registered."""
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(**values)
        story.adopt_bylaws(made) if values.get("form", "sa") == "sa" else None
        story.register(made, entries)
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="combined", at=story.MEETING_AT, place="Paris"
        ).result
        for title, body in (("Comptes", "ordinary"), ("Statuts", "extraordinary")):
            acts.add_resolution(story.CONSOLE, meeting=meeting, title=title, text=f"{title}.", body=body)
        if convened:
            acts.convene(story.CONSOLE, meeting=meeting)
            acts.open_voting(story.CONSOLE, meeting=meeting)
    return office.again(meeting)


def ask(meeting, *refs, sent=3, received=None, now=None, **values):
    received_at = received or story.at(sent, 11)
    content = {
        "kind": "draft",
        "title": "Dividende majoré",
        "text": "L’assemblée décide de distribuer 2 € par action.",
        "body": "ordinary",
        "sent_on": date(2026, 3, sent),
        "received_at": received_at,
        "authors": [{"account": ref, "certificate": CERTIFICATE} for ref in refs],
        **values,
    }
    with clock.frozen(now or max(received_at, story.at(4, 9))):
        return acts.receive_request(story.CONSOLE, meeting=meeting, **content)


def put(request, day=4, **values):
    request = AgendaRequest.objects.select_related("meeting__company", "meeting__cell", "cell").get(pk=request.pk)
    with clock.frozen(story.at(day, 15)):
        return acts.list_request(story.CONSOLE, request=request, **values).result


def whys(receipt):
    act = Act.objects.get(entry=bytes.fromhex(receipt.entry))
    from opposable.kernel import parts

    return parts.read(act.pk, "why")


@pytest.mark.django_db
def test_two_holders_reach_together_what_neither_has_alone(log):
    meeting = meeting_of()
    for ref in ("A2", "A4"):
        alone = ask(meeting, ref)
        assert (alone.outcome, alone.result.status) == ("refused", "refused")
        assert whys(alone)[-1]["rule"]["id"] == "assembly.agenda.authors"
    both = ask(meeting, "A2", "A4")
    assert (both.outcome, both.result.status, both.result.shares) == ("done", "received", 3_600)
    assert {why["rule"]["id"] for why in whys(both)} == {"assembly.agenda.authors", "assembly.agenda.drafts-registered"}
    open_ones = duties.Duty.objects.filter(obj=both.result.uid, closed_at=None).order_by("act")
    assert [one.act for one in open_ones] == ["assembly.request.acknowledge", "assembly.request.list"]
    assert open_ones[0].due_at == datetime(2026, 3, 8, 23, tzinfo=UTC)  # the fifth day after 3 March, to its end


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bearer", "sent", "received", "outcome"),
    [
        (False, 5, story.at(9, 10), "done"),  # R. 225-72: sent on the twenty-fifth day before, whenever it comes
        (False, 6, story.at(6, 10), "refused"),
        (True, 4, story.at(5, 23, 59, 59), "done"),  # R. 225-73: received by the twenty-fifth day
        (True, 4, story.at(6, 0), "refused"),
    ],
)
def test_registered_shares_count_the_day_it_was_sent_and_the_others_the_day_it_came(
    log, bearer, sent, received, outcome
):
    entries = [
        replace(entry, lots=[{**lot, "form": "bearer"} for lot in entry.lots])
        if bearer and entry.ref == "A3"
        else entry
        for entry in ENTRIES
    ]
    meeting = meeting_of(entries=entries)
    done = ask(meeting, "A1", sent=sent, received=received)
    assert done.outcome == outcome
    if outcome == "refused":
        why = whys(done)[-1]
        cited = "assembly.agenda.drafts" if bearer else "assembly.agenda.drafts-registered"
        assert (why["code"], why["rule"]["id"]) == ("request.late", cited)
        assert AgendaRequest.objects.get().status == "refused"


@pytest.mark.django_db
def test_what_makes_no_request(log):
    meeting = meeting_of()
    for values, code in (
        ({"authors": []}, "request.author"),
        ({"authors": [{"account": "A1"}, {"account": "A1"}]}, "request.author"),
        ({"authors": [{"account": "zz"}]}, "request.author"),
        ({"authors": [{"account": "A1", "certificate": "no"}]}, "request.author"),
        ({"authors": [{"account": "A1"}]}, "request.certificate"),
        ({"title": " "}, "request.shape"),
        ({"kind": "motion"}, "request.shape"),
        ({"sent_on": date(2026, 3, 9)}, "request.shape"),
        ({"received": story.at(20, 10), "now": story.at(4, 9)}, "request.shape"),
        ({"text": " "}, "request.content"),
        ({"kind": "point", "reasons": ""}, "request.content"),
        ({"candidate": True}, "request.content"),
        ({"body": "special"}, "resolution.body"),
    ):
        with pytest.raises(Refused) as refused:
            ask(meeting, "A1", **values)
        assert refused.value.code == code, values
    assert not AgendaRequest.objects.exists()
    assert Act.objects.filter(type="assembly.request.receive", outcome="refused").count() == 13


@pytest.mark.django_db
def test_treasury_shares_and_usufruct_are_nobodys_part_of_the_capital(log):
    entries = [
        replace(ENTRIES[0], lots=[story.lot("U", 10_000, right="usufruct")]),
        *ENTRIES[1:],
    ]
    meeting = meeting_of(entries=entries)
    assert ask(meeting, "A1", "T0").result.status == "refused"
    assert ask(meeting, "A1", "A3").result.shares == 50_000


@pytest.mark.django_db
def test_a_meeting_is_not_convened_over_an_admissible_request_and_the_wording_is_its_authors(log):
    meeting = meeting_of(convened=False)
    asked = ask(meeting, "A1").result
    with clock.frozen(story.at(4, 9)), pytest.raises(Refused) as refused:
        acts.convene(story.CONSOLE, meeting=meeting)
    assert (refused.value.code, refused.value.rule.id) == ("request.waiting", "assembly.agenda.holders-drafts")
    put(asked, approved_by_board=True, comment="Le conseil y est favorable.")
    row = Resolution.objects.select_related("meeting__company", "cell", "request").get(request=asked)
    assert (row.position, row.author, row.approved_by_board) == (3, "holders", True)
    with clock.frozen(story.at(5, 9)):
        for act, more in ((acts.change_resolution, {"text": "1 €."}), (acts.withdraw_resolution, {"reason": "non"})):
            with pytest.raises(Refused) as refused:
                act(story.CONSOLE, resolution=row, **more)
            assert refused.value.code == "resolution.holders-draft"


@pytest.mark.django_db
def test_a_second_call_an_sas_and_an_sarl_of_2017_give_no_such_right(log):
    meeting = meeting_of(form="sas", convened=False)
    done = ask(meeting, "A1")
    assert (done.result.status, whys(done)[-1]["code"]) == ("refused", "request.no-right")
    with clock.frozen(story.at(2, 10)):
        param = {"allowed": True, "share": [1, 10], "days_before": 10}
        acts.adopt_bylaw(
            story.CONSOLE, company=meeting.company, rule_id="assembly.sas.drafts", since=date(2020, 1, 1), param=param,
            article="Art. 20", text="Les associés détenant un dixième du capital…",
        )  # fmt: skip
    assert ask(meeting, "A1", sent=20).result.status == "received"
    assert whys(ask(meeting, "A1", sent=21))[-1]["code"] == "request.late"
    assert whys(ask(meeting, "A2"))[-1]["code"] == "request.threshold"


@pytest.mark.django_db
def test_forms_already_received_answer_the_new_draft_by_their_instruction(log):
    meeting = meeting_of()
    with clock.frozen(story.at(3, 12)):
        story.vote(meeting, "A1", "for", "for", when=story.at(3, 12), new_resolutions="against")
        story.vote(meeting, "A2", "for", "against", when=story.at(3, 12))
    before = meeting.agenda_digest
    put(ask(meeting, "A2", "A4").result)
    meeting = office.again(meeting)
    assert meeting.agenda_digest != before
    with clock.frozen(story.at(5, 9)), pytest.raises(Refused) as refused:  # the page was drawn before
        story.vote(meeting, "A3", "for", "for", when=story.at(5, 9), agenda=before)
    assert refused.value.code == "agenda"
    story.vote(meeting, "A3", "for", "for", "for", when=story.at(6, 9), agenda=meeting.agenda_digest)
    story.vote(meeting, "A4", mode="proxy-blank", given=[], when=story.at(6, 9))
    counting = Counting(meeting, law())
    figures = [(one.all.for_, one.all.against, one.all.abstain) for one in counting.figures]
    # A4's blank proxy: for what the board presents, against the draft that it did not approve; A2 said nothing of new ones
    assert figures == [
        (20_000 + 4_000 + 100_000 + 3_200, 0, 0),
        (20_000 + 100_000 + 3_200, 4_000, 0),
        (100_000, 20_000 + 3_200, 0),
    ]
    assert counting.figures[2].all.silent == 4_000


@pytest.mark.django_db
def test_a_listed_holder_completes_his_form_and_changes_nothing_of_it(log):
    with clock.frozen(story.at(2, 9).replace(month=2)):
        accounts.root()
        made = story.company(listed=True)
        story.adopt_bylaws(made)
        story.register(made, ENTRIES)
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="P"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=meeting, title="Comptes", text="x", body="ordinary")
        acts.convene(story.CONSOLE, meeting=meeting)
        acts.open_voting(story.CONSOLE, meeting=meeting)
    meeting = office.again(meeting)
    late = ask(
        meeting, "A1", sent=3, received=story.at(3, 9)
    )  # twenty days after the notice of 2 February: 22 February
    assert whys(late)[-1]["code"] == "request.late"
    sent = {"sent_on": date(2026, 2, 20), "received": story.at(5, 9), "now": story.at(5, 10)}
    asked = ask(meeting, "A1", **sent).result
    assert asked.status == "received"
    story.vote(meeting, "A1", "for", when=story.at(5, 11))
    put(asked, day=5)
    meeting = office.again(meeting)
    with pytest.raises(Refused) as refused:
        story.vote(meeting, "A1", "against", "for", when=story.at(6, 9), key="other")
    assert refused.value.code == "replacement"
    story.vote(meeting, "A1", "for", "for", when=story.at(6, 9), key="whole")
    assert list(Form.objects.order_by("pk").values_list("status", flat=True)) == ["superseded", "counted"]


@pytest.mark.django_db
def test_without_the_second_certificate_the_draft_is_not_examined(log):
    meeting = meeting_of()
    asked = put(ask(meeting, "A2", "A4").result)
    with clock.frozen(story.at(20, 9)), pytest.raises(Refused) as refused:
        acts.prove_request(story.CONSOLE, request=asked, certificates={"A2": CERTIFICATE, "A4": CERTIFICATE})
    assert refused.value.code == "request.early"
    row = Resolution.objects.select_related("meeting__company", "cell", "request").get(request=asked)
    with clock.frozen(story.at(27, 9)), pytest.raises(Refused) as refused:
        acts.withdraw_resolution(story.CONSOLE, resolution=row, reason="non")
    assert refused.value.code == "resolution.holders-draft"
    meeting = office.opened_session(meeting)
    row = Resolution.objects.select_related("meeting__company", "cell", "request").get(request=asked)
    with clock.frozen(story.MEETING_AT):
        with pytest.raises(Refused) as refused:
            acts.close_resolution(story.CONSOLE, resolution=row)
        assert refused.value.code == "request.unproved"
        with pytest.raises(Refused) as refused:
            acts.prove_request(story.CONSOLE, request=asked, certificates={"A2": CERTIFICATE})
        assert refused.value.code == "request.certificate"
        acts.prove_request(story.CONSOLE, request=asked, certificates={"A2": CERTIFICATE, "A4": CERTIFICATE})
        row = Resolution.objects.select_related("meeting__company", "cell", "request").get(request=asked)
        assert acts.close_resolution(story.CONSOLE, resolution=row).result.voted_at


@pytest.mark.django_db
def test_authors_who_sold_meanwhile_lose_their_draft(log):
    meeting = meeting_of()
    asked = put(ask(meeting, "A2", "A4").result)
    holders = {holder.ref: holder for holder in meeting.company.holders.all()}
    with clock.frozen(story.at(10, 9)):
        acts.record_transfer(
            story.CONSOLE,
            giver=holders["A2"],
            taker=holders["A3"],
            lot="LA2",
            quantity=200,
            effective_at=story.at(9, 9),
        )
    with clock.frozen(story.at(28, 9)):
        asked = AgendaRequest.objects.select_related("meeting__company", "cell").get(pk=asked.pk)
        done = acts.prove_request(story.CONSOLE, request=asked, certificates={"A2": CERTIFICATE, "A4": CERTIFICATE})
        assert (done.outcome, done.result.status) == ("refused", "lapsed")
        row = Resolution.objects.select_related("meeting__company", "cell", "request").get(request=asked)
        acts.withdraw_resolution(story.CONSOLE, resolution=row, reason="Attestation insuffisante.")
    assert Meeting.objects.get().resolutions.get(position=3).withdrawn_at


@pytest.mark.django_db
def test_a_paper_printed_before_answers_the_new_draft_by_its_instruction(log):
    meeting = meeting_of()
    put(ask(meeting, "A2", "A4").result)
    holders = {holder.ref: holder for holder in meeting.company.holders.select_related("company", "cell")}
    given = {"received_at": story.at(10, 10), "new_resolutions": "against", "answers": 2}
    with clock.frozen(story.at(12, 9)):
        meeting = office.again(meeting)
        for ref, scan, words, more in (
            ("A1", "1" * 64, ("for", "for"), given),
            ("A2", "2" * 64, ("for", "for", "for"), {"received_at": story.at(10, 10)}),
        ):
            acts.enter_form(
                story.CONSOLE, meeting=meeting, holder=holders[ref], scan=scan, marks=story.marks(*words), **more
            )
        with pytest.raises(Refused) as refused:
            acts.enter_form(
                story.CONSOLE, meeting=meeting, holder=holders["A4"], scan="4" * 64, marks=story.marks("for"),
                received_at=story.at(10, 10), answers=1,
            )  # fmt: skip
    assert refused.value.code == "form.agenda"
    printed, whole = Form.objects.order_by("pk")
    assert printed.agenda_digest != whole.agenda_digest == meeting.agenda_digest
    figures = Counting(meeting, law()).figures[2].all
    assert (figures.for_, figures.against) == (4_000, 20_000)
