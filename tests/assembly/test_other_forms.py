"""SAS, whose bylaws decide, and SARL: their own quorum, majority, votes and minutes; never those of the SA."""

from datetime import date

import pytest
from hypothesis import given, strategies as st

from opposable.kernel import accounts, clock
from opposable.kernel.models import Act
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Bylaw, Meeting, Result
from opposable.systems.assembly.rules import forms, results
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.forms import changes
from opposable.systems.assembly.rules.proxies import check_proxy
from opposable.systems.assembly.rules.quorum import Presence, quorum
from opposable.systems.assembly.rules.results import Count, Figures
from tests.assembly import story
from tests.assembly.facts import DAY_2026, LAW, bylaw, company

NEW, OLD = date(2015, 6, 1), date(2001, 3, 1)
ORDINARY, BYLAWS = Resolution(1, "ordinary"), Resolution(1, "extraordinary")
SAS_MAJORITY = bylaw("assembly.sas.majority.ordinary", share=[1, 2], strict=True, base="cast")


def sarl(*clauses, formed_on=NEW):
    return company(*clauses, form="sarl", listed=False, shares=1000, formed_on=formed_on)


def sas(*clauses):
    return company(*clauses, form="sas", listed=False, shares=1000)


def counted(of, resolution, for_, against=0, abstain=0, call=1, day=DAY_2026, there=None):
    """The result with everybody who voted in the room, on a base of a thousand shares."""
    there = for_ + against + abstain if there is None else there
    found = quorum(LAW, day, of, resolution.body, call=call, base=1000, presence=Presence(present=there)).value
    figures = Figures(Count(), Count(for_=for_, against=against, abstain=abstain))
    return results.declare(LAW, day, of, resolution, figures, quorum=found, every=1000).value


# ------------------------------------------------------------------------------------------------------------ SARL


@pytest.mark.parametrize(
    ("for_", "against", "call", "adopted"),
    [
        (500, 0, 1, False),  # half of the shares is not more than half (L. 223-29)
        (501, 499, 1, True),
        (501, 0, 1, True),
        (2, 1, 1, False),
        (2, 1, 2, True),  # second call: the votes cast, whatever their number
        (1, 1, 2, False),
    ],
)
def test_ordinary_decisions_of_an_sarl(for_, against, call, adopted):
    result = counted(sarl(), ORDINARY, for_, against, call=call)
    assert result.adopted is adopted
    assert result.base_kind == ("all" if call == 1 else "cast")
    assert result.rule.id == "assembly.sarl.majority.ordinary"
    assert result.quorum.fraction is None


def test_bylaws_may_rule_out_the_second_consultation():
    clause = bylaw("assembly.sarl.majority.ordinary", second_consultation=False)
    assert not counted(sarl(clause), ORDINARY, 400, 0, call=2).adopted
    assert counted(sarl(clause), ORDINARY, 501, 0, call=2).adopted


@pytest.mark.parametrize(
    ("formed", "for_", "against", "call", "why"),
    [
        (NEW, 166, 83, 1, "no-quorum"),  # 249 of 1000: less than one quarter
        (NEW, 167, 83, 1, "adopted"),  # exactly one quarter, 167 of 250 is two thirds and a little
        (NEW, 166, 84, 1, "majority"),
        (NEW, 134, 66, 2, "adopted"),  # one fifth on second call
        (NEW, 133, 66, 2, "no-quorum"),
        (OLD, 749, 0, 1, "majority"),  # formed before August 2005: three quarters of all the shares
        (OLD, 750, 250, 1, "adopted"),
        (date(2005, 8, 3), 700, 0, 1, "majority"),  # formed on the day of publication: not after it
    ],
)
def test_amending_the_bylaws_of_an_sarl(formed, for_, against, call, why):
    assert counted(sarl(formed_on=formed), BYLAWS, for_, against, call=call).why == why


def test_abstentions_weigh_against_an_amendment_of_an_sarl():
    assert counted(sarl(), BYLAWS, 200, 0, 100).adopted
    assert not counted(sarl(), BYLAWS, 200, 0, 101).adopted


def test_an_old_sarl_may_choose_the_new_rule_unanimously():
    chosen = bylaw("assembly.sarl.regime", opted_in=True)
    assert counted(sarl(chosen, formed_on=OLD), BYLAWS, 200, 100).adopted


def test_without_the_day_of_formation_nothing_is_declared():
    with pytest.raises(Refused) as refused:
        counted(sarl(formed_on=None), BYLAWS, 900)
    assert refused.value.code == "company.formed-on"
    assert refused.value.rule.id == "assembly.sarl.regime"


@pytest.mark.parametrize(
    ("matter", "for_", "adopted"),
    [("seat", 500, False), ("seat", 501, True), ("reserves", 500, True), ("reserves", 499, False),
     ("nationality", 999, False), ("nationality", 1000, True)],
)  # fmt: skip
def test_matters_with_a_majority_of_their_own(matter, for_, adopted):
    item = Resolution(1, "extraordinary", matter=matter)
    assert counted(sarl(), item, for_, there=1000).adopted is adopted


def test_an_sarl_has_no_special_meeting():
    with pytest.raises(Refused) as refused:
        counted(sarl(), Resolution(1, "special"), 900)
    assert refused.value.code == "no-rule"


@pytest.mark.parametrize(
    ("relation", "members", "clause", "may"),
    [
        ("spouse", 3, False, True), ("shareholder", 3, False, True), ("shareholder", 2, False, False),
        ("other", 3, False, False), ("other", 3, True, True), ("civil-partner", 3, False, False),
    ],
)  # fmt: skip
def test_proxies_in_an_sarl(relation, members, clause, may):
    of = sarl(*([bylaw("assembly.sarl.proxy.who", third_party=True)] if clause else []))
    rule = of.rule(LAW, "assembly.proxy.who", DAY_2026)
    assert rule.cite == ("C. com., art. L. 223-28",)
    if may:
        assert check_proxy(rule, of, relation, members=members).value == relation
        return
    with pytest.raises(Refused):
        check_proxy(rule, of, relation, members=members)


# ------------------------------------------------------------------------------------------------------------- SAS


def test_an_sas_declares_by_its_bylaws_alone():
    with pytest.raises(Refused) as refused:
        counted(sas(), ORDINARY, 1000)
    assert refused.value.code == "majority.unsaid"
    assert "Aucune règle au dossier" in refused.value.reason.fr
    assert "Portez au dossier la clause" in refused.value.lawful.fr
    assert refused.value.rule.cite == ("C. com., art. L. 227-9",)
    assert counted(sas(SAS_MAJORITY), ORDINARY, 2, 1, 500).adopted


@pytest.mark.parametrize(
    ("base", "for_", "abstain", "adopted"),
    [
        ("cast", 2, 900, True),
        ("held", 2, 2, False),
        ("held", 3, 2, True),
        ("all", 500, 0, False),
        ("all", 501, 0, True),
    ],
)
def test_the_base_is_what_the_bylaws_of_an_sas_say(base, for_, abstain, adopted):
    clause = bylaw("assembly.sas.majority.ordinary", share=[1, 2], strict=True, base=base)
    assert counted(sas(clause), ORDINARY, for_, 0, abstain).adopted is adopted


def test_an_sas_has_a_quorum_only_if_its_bylaws_say_so():
    assert counted(sas(SAS_MAJORITY), ORDINARY, 1).adopted
    clause = bylaw("assembly.sas.quorum.ordinary", first=[1, 2], second=[1, 10])
    assert counted(sas(SAS_MAJORITY, clause), ORDINARY, 499).why == "no-quorum"
    assert counted(sas(SAS_MAJORITY, clause), ORDINARY, 500).adopted
    assert counted(sas(SAS_MAJORITY, clause), ORDINARY, 100, call=2).adopted


def test_some_clauses_of_an_sas_want_unanimity_whatever_the_bylaws():
    item = Resolution(1, "extraordinary", matter="unanimous")
    assert not counted(sas(SAS_MAJORITY), item, 999, there=1000).adopted
    assert counted(sas(SAS_MAJORITY), item, 1000).adopted


@given(st.integers(0, 1000), st.integers(0, 1000), st.sampled_from(["sas", "sarl"]), st.sampled_from([1, 2]))
def test_adopted_means_the_least_number_of_votes_there_too(for_, against, form, call):
    of = sas(SAS_MAJORITY) if form == "sas" else sarl()
    result = counted(of, ORDINARY, for_, against, call=call)
    assert result.adopted == (for_ >= result.least and for_ + against > 0)


# ---------------------------------------------------------------------------------------------------- told by acts

pytestmark = pytest.mark.django_db


def held(form, *clauses, kind="ordinary", call=1, votes=("for", "for"), matter="", **values):
    """A meeting of two members who come and vote: 60 and 40 shares of 100."""
    entries = [
        acts.Entry(ref, name, email=f"{ref}@example.test", address=story.HOME, lots=[story.lot(f"L{ref}", n)])
        for ref, name, n in (("B1", "Vidal", 60), ("B2", "Roy", 40))
    ]
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(form=form, shares=100, **values)
        story.adopt_clauses(made, *clauses)
        story.register(made, entries)
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind=kind, at=story.MEETING_AT, place="Paris", signature_level="advanced"
        ).result
        body = "ordinary" if kind == "ordinary" else "extraordinary"
        acts.add_resolution(story.CONSOLE, meeting=meeting, title="Une", text="Texte.", body=body, matter=matter)
        acts.convene(story.CONSOLE, meeting=meeting)
    meeting = Meeting.objects.get()
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(story.CONSOLE, meeting=meeting, chair="A", secretary="B", scrutineers=[])
        row = meeting.resolutions.get()
        for ref, vote in zip(("B1", "B2"), votes, strict=True):
            holder = made.holders.get(ref=ref)
            acts.admit(story.CONSOLE, meeting=meeting, holder=holder)
            held = meeting.entitlements.get(holder=holder).votes(row.body)
            acts.cast(story.CONSOLE, resolution=row, holder=holder, votes={vote: held})
        acts.close_resolution(story.CONSOLE, resolution=row)
    return Meeting.objects.get()


def ended(meeting):
    with clock.frozen(story.MEETING_AT.replace(hour=11)):
        acts.end_session(story.CONSOLE, meeting=meeting)
    return Result.objects.get()


def test_an_sarl_holds_its_meeting_and_draws_up_its_minutes(log):
    meeting = held("sarl", votes=("for", "against"))
    result = ended(meeting)
    assert result.adopted
    assert (result.figures["base"], result.figures["base_kind"]) == (100, "all")
    with clock.frozen(story.MEETING_AT.replace(hour=12)):
        sheet = acts.issue_sheet(story.CONSOLE, meeting=meeting).result
        acts.certify_sheet(story.CONSOLE, sheet=sheet)
        minutes = acts.issue_minutes(
            story.CONSOLE, meeting=meeting, debates="Débats.", documents_submitted=["rapport du gérant"]
        ).result
    from opposable.kernel import documents

    data = documents.data_of(minutes)
    assert data["rule"]["cite"] == ["C. com., art. R. 223-24"]
    assert data["company"]["members"] == "associés"
    assert documents.pdf_of(minutes) if hasattr(documents, "pdf_of") else True


def test_an_sas_is_refused_its_results_until_the_clause_is_on_file(log):
    meeting = held("sas")
    with pytest.raises(Refused) as refused:
        ended(meeting)
    assert refused.value.code == "majority.unsaid"
    act = Act.objects.order_by("-id").first()
    assert (act.type, act.outcome) == ("assembly.session.end", "refused")
    with clock.frozen(story.MEETING_AT.replace(hour=10, minute=30)):
        acts.adopt_bylaw(
            story.CONSOLE, company=meeting.company, rule_id="assembly.sas.majority.ordinary", since=date(2020, 1, 1),
            param={"share": [2, 3], "base": "held"}, article="art. 18", text="Deux tiers des voix présentes.",
        )  # fmt: skip
    result = ended(meeting)
    assert result.adopted
    assert result.figures["rule"]["id"] == "assembly.sas.majority.ordinary"


def test_one_vote_a_member_where_the_bylaws_of_an_sas_say_so(log):
    clauses = (
        ("assembly.sas.votes", {"by": "head"}),
        ("assembly.sas.majority.ordinary", {"share": [1, 2], "strict": True}),
    )
    meeting = held("sas", *clauses, votes=("for", "against"))
    assert set(meeting.entitlements.values_list("votes_ordinary", flat=True)) == {1}
    result = ended(meeting)
    assert (result.adopted, result.figures["why"], result.figures["base"]) == (False, "tie", 2)


def test_no_double_vote_outside_the_sa(log):
    meeting = held("sarl")
    assert sorted(meeting.entitlements.values_list("votes_ordinary", flat=True)) == [40, 60]
    with clock.frozen(story.at(3, 9)), pytest.raises(Refused) as refused:
        acts.adopt_bylaw(
            story.CONSOLE, company=meeting.company, rule_id="assembly.vote.double", since=date(2020, 1, 1),
            param={"granted": True}, article="art. 9", text="Vote double.",
        )  # fmt: skip
    assert (refused.value.code, refused.value.rule.id) == ("bylaw.form", "assembly.vote.double")


@pytest.mark.parametrize(
    ("form", "rule", "param", "code"),
    [
        ("sa", "assembly.form.deadline-electronic", {"at": "18:00:00"}, "override"),
        ("sa", "assembly.quorum.ordinary", {"first": [1, 10]}, "override"),
        ("sa", "assembly.quorum.ordinary", {"first": [9, 1]}, "override"),
        ("sa", "assembly.nothing", {"x": 1}, "bylaw.no-rule"),
        ("sas", "assembly.sas.majority.ordinary", {"share": [3, 2]}, "majority.clause"),
        ("sas", "assembly.sas.majority.ordinary", {"share": [0, 2]}, "majority.clause"),
        ("sas", "assembly.sas.majority.ordinary", {"share": [1, 2], "base": "moon"}, "majority.clause"),
        ("sas", "assembly.sas.votes", {"by": "moon"}, "override"),
        ("sarl", "assembly.sarl.majority.extraordinary", {"share": [1, 2]}, "majority.clause"),
        ("sarl", "assembly.sarl.majority.extraordinary", {"share": [1, 1]}, "majority.clause"),
        ("sarl", "assembly.sarl.majority.ordinary", {"share": [2, 3]}, "override"),
    ],
)
def test_a_clause_that_the_law_does_not_allow_is_a_refused_act_that_cites_its_rule(log, form, rule, param, code):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(form=form)
        with pytest.raises(Refused) as refused:
            acts.adopt_bylaw(
                story.CONSOLE,
                company=made,
                rule_id=rule,
                since=date(2020, 1, 1),
                param=param,
                article="art. 1",
                text="x",
            )
    assert refused.value.code == code
    assert refused.value.receipt.outcome == "refused"
    assert (refused.value.rule is None) == (code == "bylaw.no-rule")
    assert not Bylaw.objects.exists()
    assert Act.objects.order_by("-id").first().outcome == "refused"


def test_an_sarl_may_ask_for_more_than_two_thirds(log):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(form="sarl")
        acts.adopt_bylaw(
            story.CONSOLE, company=made, rule_id="assembly.sarl.majority.extraordinary", since=date(2020, 1, 1),
            param={"share": [3, 4]}, article="art. 1", text="x",
        )  # fmt: skip
    assert Bylaw.objects.get().param == {"share": [3, 4]}


@pytest.mark.parametrize(
    ("of", "article"),
    [
        ({"listed": True}, "C. com., art. R. 22-10-28, IV"),
        ({"listed": False, "depository": True}, "C. com., art. R. 22-10-28, IV"),
        ({"listed": False}, "C. com., art. R. 225-86, al. 2"),
        ({"listed": False, "form": "sas"}, ""),
        ({"listed": False, "form": "sarl"}, ""),
    ],
)
def test_a_vote_follows_a_transfer_by_the_article_of_its_company(of, article):
    assert changes.article_of(LAW, company(**of), DAY_2026) == article


@pytest.mark.parametrize(
    ("of", "who"),
    [
        (sas(), "Vous pouvez vous faire représenter par toute personne de votre choix."),
        (
            sas(bylaw("assembly.sas.proxy", persons=["shareholder"])),
            "Vous pouvez vous faire représenter par un autre associé.",
        ),
        (company(form="sarl", listed=False), "un autre associé ou votre conjoint."),
        (company(listed=True), "ou toute autre personne de votre choix."),
    ],
)
def test_the_form_of_each_company_says_who_may_be_a_proxy(of, who):
    said = forms.mentions(LAW, DAY_2026, forms.FormFacts(of, single_document=True))
    assert next(one for one in said if one.id == "single-proxy").text.fr.endswith(who)
