"""Special meetings of a class of shares, and what sets shares apart: joint owners, usufruct, pledge, treasury, withheld votes."""

from dataclasses import replace
from datetime import date

import pytest

from opposable.kernel import accounts, clock
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.exchange import parse_register
from opposable.systems.assembly.models import Holder, Meeting, Result
from tests.assembly import office, story
from tests.assembly.facts import LAW

pytestmark = pytest.mark.django_db
COMMON, PREFERRED = "FR0000000001", "FR0000120271"


def entry(ref, *lots):
    return acts.Entry(ref, f"Nom {ref}", email=f"{ref}@example.test", address=story.HOME, lots=list(lots))


HOLDERS = [
    entry("C1", story.lot("C1a", 500), story.lot("C1p", 60, isin=PREFERRED)),
    entry("C2", story.lot("C2a", 300)),
    entry("P1", story.lot("P1p", 40, isin=PREFERRED)),
    entry("P2", story.lot("P2p", 20, isin=PREFERRED, treasury=True)),
    entry("J1", story.lot("J1a", 50, right="joint", joint_ref="IND-1")),
    entry("N1", story.lot("N1a", 30, right="bare")),
    entry("U1", story.lot("U1a", 30, right="usufruct")),
]
SHARES = 500 + 60 + 300 + 40 + 20 + 50 + 30


@pytest.fixture
def company(log):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(shares=SHARES)
        story.register(made, HOLDERS)
    return made


def held(company, kind, *present, body=None, agents=(), **more):
    with clock.frozen(story.at(2, 10)):
        for ref, joint in agents:
            acts.appoint_agent(story.CONSOLE, holder=holder(ref), joint_ref=joint)
        meeting = acts.draft_meeting(
            story.CONSOLE, company=company, kind=kind, at=story.MEETING_AT, place="Paris", **more
        ).result
        acts.add_resolution(story.CONSOLE, meeting=meeting, title="Une", text="x", body=body or kind)
        acts.convene(story.CONSOLE, meeting=meeting)
    meeting = office.opened_session(Meeting.objects.select_related("company", "cell").get(pk=meeting.pk))
    row = meeting.resolutions.get()
    with clock.frozen(story.MEETING_AT):
        for ref in present:
            acts.admit(story.CONSOLE, meeting=meeting, holder=holder(ref))
            votes = meeting.entitlements.get(holder=holder(ref)).votes(row.body)
            acts.cast(story.CONSOLE, resolution=row, holder=holder(ref), votes={"for": votes})
        acts.close_resolution(story.CONSOLE, resolution=row)
        acts.end_session(story.CONSOLE, meeting=meeting)
    return meeting, Result.objects.get()


def holder(ref):
    return Holder.objects.select_related("company", "cell").get(ref=ref)


def votes(meeting):
    rows = meeting.entitlements.values_list("holder__ref", "votes_ordinary", "votes_extraordinary")
    return {ref: (ordinary, extraordinary) for ref, ordinary, extraordinary in rows if ordinary or extraordinary}


@pytest.mark.parametrize(
    ("present", "shares", "why"),
    [(("P1",), 40, "adopted"), (("C1", "P1"), 100, "adopted"), ((), 0, "no-quorum")],
)
def test_a_special_meeting_counts_its_class_and_nothing_else(company, present, shares, why):
    meeting, result = held(company, "special", *present, isin=PREFERRED)
    assert votes(meeting) == {"C1": (60, 60), "P1": (40, 40)}
    assert result.figures["quorum"]["base"] == 100, "the treasury shares of the class are out of it"
    assert result.figures["quorum"]["shares"] == shares
    assert (result.figures["why"], result.figures["rule"]["id"]) == (why, "assembly.majority.special")
    assert result.figures["quorum"]["fraction"] == "1/3"


@pytest.mark.parametrize(("isin", "code"), [("", "class.missing"), ("FR0000000000", "class.unknown")])
def test_a_special_meeting_says_which_class(company, isin, code):
    with pytest.raises(Refused) as refused, clock.frozen(story.at(2, 10)):
        acts.draft_meeting(story.CONSOLE, company=company, kind="special", at=story.MEETING_AT, place="x", isin=isin)
    assert refused.value.code == code
    with pytest.raises(Refused) as refused, clock.frozen(story.at(2, 10)):
        acts.draft_meeting(
            story.CONSOLE, company=company, kind="ordinary", at=story.MEETING_AT, place="x", isin=PREFERRED
        )
    assert refused.value.code == "class.kind"


def test_both_classes_vote_together_in_a_general_meeting(company):
    meeting, result = held(company, "combined", "C1", "C2", body="extraordinary")
    assert votes(meeting)["C1"] == (560, 560)
    assert result.figures["quorum"]["base"] == SHARES - 20


def test_usufruct_votes_in_ordinary_meetings_and_bare_ownership_in_the_others(company):
    meeting, _ = held(company, "ordinary", "C1")
    assert (votes(meeting)["U1"], votes(meeting)["N1"]) == ((30, 0), (0, 30))


def test_joint_owners_vote_by_their_agent_alone(company):
    meeting, result = held(company, "ordinary", "C1")
    assert "J1" not in votes(meeting)
    assert result.figures["quorum"]["base"] == SHARES - 20, "their shares stay in the base"


def test_an_agent_votes_for_the_joint_owners_and_the_next_one_takes_his_place(company):
    meeting, _ = held(company, "ordinary", "C1", agents=(("J1", "IND-1"), ("C2", "IND-1")))
    assert votes(meeting)["C2"] == (350, 350)
    assert "J1" not in votes(meeting)
    assert (holder("J1").represents, holder("C2").represents) == ([], ["IND-1"])


def test_an_unknown_joint_holding_has_no_agent(company):
    with pytest.raises(Refused) as refused, clock.frozen(story.at(2, 10)):
        acts.appoint_agent(story.CONSOLE, holder=holder("C1"), joint_ref="IND-9")
    assert (refused.value.code, refused.value.rule.id) == ("joint.unknown", "assembly.vote.joint")


def test_an_sarl_has_its_own_rule_on_joint_owners(log):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(form="sarl", shares=SHARES)
        story.register(made, [replace(one, lots=[lot for lot in one.lots if lot["isin"] == COMMON]) for one in HOLDERS])
        with pytest.raises(Refused) as refused:
            acts.appoint_agent(story.CONSOLE, holder=holder("C1"), joint_ref="IND-9")
        assert refused.value.rule.cite == ("C. civ., art. 1844, al. 2",)
        with pytest.raises(Refused) as refused:
            acts.draft_meeting(story.CONSOLE, company=made, kind="special", at=story.MEETING_AT, place="x")
    assert refused.value.code == "class.form"


@pytest.mark.parametrize("flag", ["treasury", "pledged", "deprived"])
def test_shares_without_votes_are_in_no_base(log, flag):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(shares=1_000)
        story.register(made, [entry("A", story.lot("A1", 600)), entry("B", story.lot("B1", 400, **{flag: True}))])
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="x"
        ).result
        assert Counting(meeting, LAW).base == 600


def test_the_file_names_the_agent(company):
    text = (
        "compte;nom;isin;forme;quantité;droit;indivision;mandataire commun\n"
        f"J1;Nom J1;{PREFERRED};nominatif pur;50;indivision;IND-1;oui\n"
        f"J2;Nom J2;{PREFERRED};nominatif pur;10;;;\n"
    )
    parsed = parse_register(text.encode())
    assert parsed.errors == []
    with clock.frozen(story.at(3, 9)):
        acts.import_register(
            story.CONSOLE, company=company, file_name="r.csv", sha256=parsed.sha256, lines=2, entries=parsed.entries,
            effective_on=date(2026, 3, 3),
        )  # fmt: skip
    assert (holder("J1").represents, holder("J2").represents) == (["IND-1"], [])


def test_the_pages_appoint_an_agent_and_draft_a_special_meeting(company):
    people = office.people()
    with clock.frozen(story.at(2, 12)):
        page = office.text(people.secretary.get(office.of("holder", company, holder("J1").uid)))
        assert "sans mandat de les voter" in page
        url = office.of("agent", company, holder("J1").uid)
        assert "L. 225-110" in office.text(people.secretary.get(url))
        assert people.bureau.get(url).status_code == 404
        assert people.secretary.post(url, {"joint_ref": "IND-9"}).status_code == 422
        assert people.secretary.post(url, {"joint_ref": "IND-1"}).status_code == 303
        assert "mandataire unique de IND-1" in office.text(
            people.secretary.get(office.of("holder", company, holder("J1").uid))
        )
        given = {
            "company": "arsenal", "kind": "special", "isin": PREFERRED, "day": "2026-03-30", "hour": "10:00", "place": "Paris",
            "level": "simple", "notice_on": "",
        }  # fmt: skip
        assert people.secretary.post("/assembly/meetings/new/", given).status_code == 303
        made = Meeting.objects.get()
        assert PREFERRED in office.text(people.secretary.get(office.at("meeting", made)))
        assert people.secretary.post("/assembly/meetings/new/", {**given, "isin": ""}).status_code == 422
