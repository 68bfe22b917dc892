"""By what a rule of the SA, or of listed companies, reaches a company that it does not bind: said beside each citation."""

import re
from datetime import date
from pathlib import Path

import pytest

from opposable.kernel import accounts, clock
from opposable.kernel.system import law
from opposable.law import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.papers import notice
from opposable.systems.assembly.exchange import notices
from opposable.systems.assembly.models import Meeting
from opposable.systems.assembly.rules.forms import FormFacts, mentions
from opposable.systems.assembly.rules.through import FOLLOWED, LISTED, NO_CLAUSE, through
from opposable.systems.assembly.rules.words import said
from tests.assembly import story
from tests.assembly.facts import DAY_2026, LAW, bylaw, company
from tests.assembly.visitor import Visitor, site, text_of  # noqa: F401 - a fixture

SAS_CLAUSE = bylaw("assembly.sas.free", date(2020, 1, 1), "art. 14", evote=True)
SARL_CLAUSE = bylaw("assembly.sarl.form", date(2025, 1, 1), "art. 9", allowed=True)
OF_SAS = t(
    "par les statuts, art. 14, depuis le 1er janvier 2020 (C. com., art. L. 227-9)",
    "through the bylaws, art. 14, since 1 January 2020 (C. com., art. L. 227-9)",
)
OF_SARL = t(
    "par les statuts, art. 9, depuis le 1er janvier 2025 (C. com., art. L. 223-27 ; C. com., art. R. 223-20-1-1)",
    "through the bylaws, art. 9, since 1 January 2025 (C. com., art. L. 223-27; C. com., art. R. 223-20-1-1)",
)


def of(form, *clauses, listed=False):
    return company(*clauses, form=form, listed=listed)


@pytest.mark.parametrize(
    ("who", "rule", "expected"),
    [
        (of("sa"), "form.content", None),
        (of("sas", SAS_CLAUSE), "form.content", OF_SAS),
        (of("sarl", SARL_CLAUSE), "form.deadline-electronic", OF_SARL),
        (of("sas"), "form.content", NO_CLAUSE),
        (of("sas", bylaw("assembly.sas.free", evote=False)), "mode.no-change", NO_CLAUSE),
        (of("sas", SAS_CLAUSE), "attendance-sheet", FOLLOWED),
        (of("sas", SAS_CLAUSE), "proxy.who", None),  # its own: L. 227-9
        (of("sarl", SARL_CLAUSE), "site.dedicated", None),  # its own: R. 223-20-1
        (of("sa"), "vote.confirmation", LISTED),
        (of("sas", SAS_CLAUSE), "vote.confirmation", LISTED),
        (of("sa", listed=True), "vote.confirmation", None),
    ],
)
def test_what_is_said_beside_a_citation(who, rule, expected):
    assert through(who, LAW, who.rule(LAW, f"assembly.{rule}", DAY_2026), DAY_2026) == expected


def test_a_clause_that_came_later_does_not_speak_of_an_earlier_meeting():
    who = of("sas", bylaw("assembly.sas.free", date(2026, 4, 1), "art. 14", evote=True))
    assert through(who, LAW, who.rule(LAW, "assembly.form.content", DAY_2026), DAY_2026) == NO_CLAUSE


def test_the_form_of_an_sarl_stands_on_its_own_article_and_leaves_out_what_is_the_sas():
    made = {one.id: one for one in mentions(LAW, DAY_2026, FormFacts(of("sarl", SARL_CLAUSE), single_document=True))}
    assert (
        made["choices"].rule.cite
        == made["received-content"].rule.cite
        == ("C. com., art. L. 223-27", "C. com., art. R. 223-20-1-1")
    )
    assert "au porteur" not in made["received-content"].text.fr
    assert "annex-documents-request" not in made
    assert "L. 225-106" not in made["new-resolutions"].text.fr
    assert "par la gérance" in made["single-blank"].text.fr
    assert "annex-documents-request" in {one.id for one in mentions(LAW, DAY_2026, FormFacts(of("sa")))}


@pytest.mark.parametrize(
    ("form", "fr", "en"),
    [
        ("sa", "présentés ou agréés par le conseil d’administration ou le directoire", "approved by the board"),
        ("sas", "présentés ou agréés par le président de la société", "approved by the company’s president"),
        ("sarl", "présentés ou agréés par la gérance", "approved by the management"),
    ],
)
def test_the_organ_of_each_form_of_company(form, fr, en):
    text = t("présentés ou agréés par le conseil d’administration ou le directoire", "approved by the board")
    assert said(form, text) == t(fr, en)
    chair = t("président du conseil d’administration, le conseil de surveillance", "chair of the board of directors")
    assert said(form, chair) == chair


# ------------------------------------------------------------------------------------------------ told on the pages


@pytest.fixture
def meeting(log):
    """An SAS whose bylaws take over the SA's remote voting; two members, the site open."""
    entries = [
        acts.Entry(
            ref,
            name,
            given_name="Anne",
            email=f"{ref}@example.test",
            address=story.HOME,
            lots=[story.lot(f"L{ref}", n)],
        )
        for ref, name, n in (("A1", "Vidal", 60), ("B2", "Roy", 40))
    ]
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(form="sas", shares=100)
        simple = {"simple": True, "process": "identifiant et code"}
        story.adopt_clauses(made, ("assembly.sas.free", {"evote": True}), ("assembly.form.signature", simple))
        story.register(made, entries)
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=meeting, title="Une", text="Texte.", body="ordinary")
        acts.convene(story.CONSOLE, meeting=meeting)
    with clock.frozen(story.at(10, 9)):
        acts.open_voting(story.CONSOLE, meeting=Meeting.objects.get())
    return Meeting.objects.get()


BY_ARTICLE_20 = "par les statuts, art. 20, depuis le 1er janvier 2020 (C. com., art. L. 227-9)"


@pytest.mark.django_db
def test_the_member_of_an_sas_reads_by_which_clause_each_article_applies(meeting, site):  # noqa: F811
    member = Visitor(meeting, "A1")
    page = text_of(member.enter())
    for article in ("R. 225-76", "R. 225-77", "R. 225-78", "R. 225-81"):
        cited = re.search(rf"C\. com\., art\. {article}[^—]*— {re.escape(BY_ARTICLE_20)}", page)
        assert cited, f"{article} is cited without the clause"
    assert "par le président de la société" in page
    assert "présentée par le conseil" not in page
    assert "L. 225-106" not in page.replace("C. com., art. L. 225-106, depuis", "")
    sent = member.vote(r1="for")
    receipt = text_of(member.get(sent["Location"]))
    assert "règle des sociétés cotées, suivie ici sans obligation" in receipt
    assert BY_ARTICLE_20 in receipt


@pytest.mark.django_db
def test_the_papers_of_an_sas_say_it_too_and_name_the_voting_site(meeting):
    told = notice.notice_data(meeting, law(), registry="Paris", forms_at="", questions_to="")
    assert told["remote"]["rule"]["cite"] == ["C. com., art. L. 227-9"]
    assert told["remote"]["limit_rule"]["through"] == BY_ARTICLE_20
    paper = notice.form_data(meeting, law())
    assert {one["rule"].get("through") for one in paper["mentions"] if "R. 225-7" in one["rule"]["cite"][0]} == {
        BY_ARTICLE_20
    }
    assert not paper["of_sa"]


def test_what_a_document_cites_passes_by_the_one_place_that_says_it():
    """`rule` alone says nothing of the company: the papers of a meeting call `citing`."""
    folder = Path(notice.__file__).parent
    calls = [
        line
        for path in folder.glob("*.py")
        if path.name != "common.py"
        for line in path.read_text("utf-8").splitlines()
    ]
    assert [line for line in calls if re.search(r"(?<![\w.])rule\(", line)] == []


@pytest.mark.django_db
def test_the_notice_by_mail_offers_paper_where_the_company_knows_a_form(meeting):
    told = notices.Writer(meeting).message(story.voter(meeting, "A1")).body
    assert "reçu par la société au plus tard le vendredi 27 mars 2026" in told
    writer = notices.Writer(meeting)
    writer.electronic = False  # as without the clause: an SAS then has no voting form at all
    told = writer.message(story.voter(meeting, "A1")).body
    assert "formulaire" not in told
    assert "Vous pouvez vous faire représenter par toute personne de votre choix." in told
