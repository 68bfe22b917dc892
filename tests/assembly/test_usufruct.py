"""Who votes what of a share whose ownership is split: by meeting in an SA, by resolution in an SAS or SARL (C. civ., art. 1844)."""

from datetime import date

import pytest

from opposable.kernel import clock
from opposable.law import OverrideRefused, Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts import Entry
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.exchange import parse_register
from opposable.systems.assembly.models import Resolution
from opposable.systems.assembly.rules.weights import Scale, pools_of, snapshot
from tests.assembly import office, story
from tests.assembly.facts import DAY_2026, LAW, bylaw, company
from tests.assembly.test_weights import lot, snap

BEFORE = date(2019, 7, 20)
SPLIT = [lot("U", 50, right="usufruct"), lot("N", 50, right="bare"), lot("F", 10)]


def of(form, *clauses):
    return company(*clauses, form=form, listed=False, shares=1_000)


def votes(form, *clauses, lots=SPLIT, day=DAY_2026):
    """By holder: votes on ordinary decisions, extraordinary ones, the allocation of profits."""
    found = snapshot(LAW, day, of(form, *clauses), lots, story.at(28, 0)).voices()
    return {
        name: tuple(voice.of(pool).votes for pool in ("ordinary", "extraordinary", "profits"))
        for name, voice in found.items()
    }


@pytest.mark.parametrize("day", [BEFORE, DAY_2026])
def test_article_1844_by_resolution_and_article_l_225_110_by_meeting(day):
    whole = {"F": (10, 10, 10)}
    for form in ("sas", "sarl"):
        assert votes(form, day=day) == {"U": (0, 0, 50), "N": (50, 50, 0), **whole}
    assert votes("sa", day=day) == {"U": (50, 0, 50), "N": (0, 50, 0), **whole}


def test_the_bylaws_give_the_usufructuary_more_and_never_take_the_profits_from_him():
    clause = bylaw("assembly.members.usufruct", ordinary="usufruct")
    assert votes("sarl", clause) == {"U": (50, 0, 50), "N": (0, 50, 0), "F": (10, 10, 10)}
    with pytest.raises(OverrideRefused):
        votes("sarl", bylaw("assembly.members.usufruct", profits="bare"))


def test_since_2019_the_two_may_agree_that_the_usufructuary_votes_it_all():
    agreed = [lot("U", 50, right="usufruct", agreed=True), lot("N", 50, right="bare", agreed=True)]
    assert votes("sas", lots=agreed) == {"U": (50, 50, 50), "N": (0, 0, 0)}
    assert votes("sas", lots=agreed, day=BEFORE) == {"U": (0, 0, 50), "N": (50, 50, 0)}
    assert votes("sa", lots=agreed) == {"U": (50, 0, 50), "N": (0, 50, 0)}  # article L. 225-110 knows no such agreement
    for one_side in (agreed[:1] + SPLIT[1:2], SPLIT[:1] + agreed[1:]):
        with pytest.raises(Refused) as refused:
            votes("sarl", lots=one_side)
        assert refused.value.code == "register.agreement"


def test_the_working_says_what_is_voted_and_by_which_article():
    scale = Scale.at(LAW, DAY_2026, of("sarl"))
    assert pools_of(scale.usufruct, SPLIT[0]) == ("profits",)
    entitled = {one.value.holder: one for one in snap(SPLIT, of=of("sarl")).entitlements}
    said = " ".join(step.how.fr for step in entitled["U"].trace)
    assert "usufruit : vote l’affectation des bénéfices (C. civ., art. 1844, al. 3)" in said
    said = " ".join(step.how.en for step in entitled["N"].trace)
    assert "bare ownership: votes ordinary decisions, extraordinary decisions (" in said


def test_the_register_file_says_the_agreement():
    lines = (
        "compte;nom;isin;forme;quantité;droit;convention usufruit",
        "A;Un;FR0000000001;np;5;usufruit;oui",
        "B;Deux;FR0000000001;np;5;nue-propriété;oui",
        "C;Trois;FR0000000001;np;5;;",
    )
    parsed = parse_register("\n".join(lines).encode())
    if parsed.errors:  # the sample's check digit
        parsed = parse_register("\n".join(lines).replace("FR0000000001", "FR0000120271").encode())
    assert not parsed.errors
    assert [entry.lots[0].get("agreed", False) for entry in parsed.entries] == [True, True, False]


ENTRIES = [
    Entry(
        ref, name, given_name="Jo", address=story.HOME, email=f"{name.lower()}@example.test", **story.AGREED, lots=lots
    )
    for ref, name, lots in (
        ("U1", "Usufruitier", [story.lot("U1a", 600, right="usufruct")]),
        ("N1", "Nu", [story.lot("N1a", 600, right="bare")]),
        ("F1", "Plein", [story.lot("F1a", 400)]),
    )
]


@pytest.mark.django_db
def test_an_sas_counts_the_usufructuary_on_the_dividend_and_the_bare_owner_on_the_rest(log):
    people = office.people()
    with clock.frozen(story.at(2, 9)):
        made = story.company(form="sas", shares=1_000, capital_cents=100_000)
        story.adopt_clauses(
            made,
            ("assembly.sas.free", {"evote": True}),
            ("assembly.form.signature", {"simple": True, "process": "code"}),
            ("assembly.sas.majority.ordinary", {"share": [1, 2], "strict": True, "base": "cast"}),
            ("assembly.mode.no-change", {"change_allowed": True}),
        )
        story.register(made, ENTRIES)
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="P"
        ).result
        for title, matter in (("Comptes", ""), ("Dividende", "profits")):
            acts.add_resolution(story.CONSOLE, meeting=meeting, title=title, text="x", body="ordinary", matter=matter)
        acts.convene(story.CONSOLE, meeting=meeting)
        acts.open_voting(story.CONSOLE, meeting=meeting)
    meeting = office.again(meeting)
    story.vote(meeting, "U1", "against", "for")
    story.vote(meeting, "N1", "for", "against")
    entitlement = meeting.entitlements.get(holder__ref="U1")
    assert entitlement.state()["votes_profits"] == 600
    assert "votes_profits" not in meeting.entitlements.get(holder__ref="F1").state()
    with clock.frozen(story.at(21, 9)):
        page = office.text(people.secretary.get(office.at("entitlement", meeting, entitlement.uid)))
        assert "Sur chaque résolution" in page
        assert "usufruit : vote l’affectation des bénéfices" in page
    meeting = office.opened_session(meeting)
    whole = meeting.company.holders.get(ref="F1")
    with clock.frozen(story.MEETING_AT):
        acts.admit(story.CONSOLE, meeting=meeting, holder=whole)
        for row in Resolution.objects.select_related("meeting__company", "cell").order_by("position"):
            acts.cast(story.CONSOLE, resolution=row, holder=whole, votes={"against": 400})
            acts.close_resolution(story.CONSOLE, resolution=row)
        results = acts.end_session(story.CONSOLE, meeting=meeting).result
    figures = [(one.all.for_, one.all.against) for one in Counting(meeting, LAW).figures]
    assert figures == [(600, 400), (600, 400)]
    assert [row.adopted for row in results] == [True, True]
