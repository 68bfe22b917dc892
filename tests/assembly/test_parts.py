"""An SARL has members and parts: no page and no paper of its meeting speaks of shareholders and shares."""

import ast
import re
from pathlib import Path

import pytest
from django.http import HttpResponse

from opposable.kernel import accounts, clock
from opposable.law import Text
from opposable.systems.assembly import acts
from opposable.systems.assembly.exchange import letter_texts, letters, notices
from opposable.systems.assembly.models import Form, Meeting
from opposable.systems.assembly.rules import words
from opposable.systems.assembly.views.company_words import of_parts
from opposable.web.language import Language, speak, spoken
from tests.assembly import office, papers, story

WORDS = re.compile(r"(?<!par )\b(?:actions?|actionnaires?|shareholders?)\b", re.IGNORECASE)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("{n} actions, {m} voix", "{n} parts, {m} voix"),
        ("l’actionnaire", "l’associé"),
        ("Nombre d’actions", "Nombre de parts"),
        ("L’action", "La part"),
        ("Société par actions simplifiée", "Société par actions simplifiée"),
        ("les actionnaires", "les associés"),
        ("Une transaction", "Une transaction"),
    ],
)
def test_words_of_shares_are_said_of_parts(written, said):
    assert of_parts(written, "fr") == said
    assert of_parts("Shareholders’ drafts", "en") == "Members’ drafts"


OF_MEETING = ("meeting", "resolutions", "entitlements", "forms", "turnout", "notices", "session", "paper")
OF_COMPANY = ("company", "holders", "imports", "import")


@pytest.fixture
def meeting(log):
    with clock.frozen(story.at(2, 9)):
        accounts.root()
        made = story.company(form="sarl", name="Forges du Val")
        story.register(made)
        row = acts.draft_meeting(story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Lyon").result
        text = "Agir en justice : action contre un fournisseur."
        acts.add_resolution(story.CONSOLE, meeting=row, title="Action en justice", text=text, body="ordinary")
        acts.convene(story.CONSOLE, meeting=row)
    return Meeting.objects.select_related("company", "cell").get(pk=row.pk)


def seen(page):
    """What is read on a page: its title, its text, no attribute, nothing that people wrote."""
    text = re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", " ", office.text(page), flags=re.DOTALL)
    return text.replace("Action en justice", "").replace("action contre un fournisseur", "")


@pytest.mark.django_db
def test_no_page_of_an_sarl_speaks_of_shares(meeting):
    page = office.visit(office.account("secretary", "secretary"))
    with clock.frozen(story.at(4, 9)):
        addresses = [office.at(name, meeting) for name in OF_MEETING] + [
            office.of(name, meeting.company) for name in OF_COMPANY
        ]
        found = {address: WORDS.findall(seen(page.get(address))) for address in addresses}
        assert not {address: hits for address, hits in found.items() if hits}
        assert "Action en justice" in office.text(page.get(office.at("resolutions", meeting))), (
            "what people wrote stays"
        )
        other = office.text(page.get("/assembly/"))
    assert "Actions" in other or "actions" not in other, "the next page is nobody's in particular"


@pytest.mark.django_db
def test_no_paper_of_an_sarl_speaks_of_shares(meeting):
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(story.CONSOLE, meeting=meeting, chair="A. Vidal", secretary="C. Roy", scrutineers=[])
        made = acts.issue_sheet(story.CONSOLE, meeting=papers.fresh(meeting)).result
        text = papers.text_of(made)
    assert not WORDS.findall(text), text
    assert "Parts" in text


def test_the_words_of_one_page_are_not_those_of_the_next(rf):
    said = []

    def first(_):
        speak(of_parts)
        return second(_)

    def second(_):
        said.append(spoken("actions"))
        return HttpResponse()

    for answer in (first, second):
        Language(answer)(rf.get("/"))
    assert said == ["parts", "actions"]


# Refusals and messages: said right where they are written, since they are also read by the API and kept in the log

SYSTEM = Path(words.__file__).parents[1]
OF_AN_SA = {
    "rules/convening/plans.py": "labels of the lines of an SA",
    "rules/agenda.py": "R. 225-74 is of the SA",
    "rules/forms/mentions.py": "`mentions` says each of them in the words of the company",
    "rules/documents.py": "spoken on the page that lists the mentions of the minutes",
    "acts/papers/common.py": "the names of the forms of company",
    "acts/papers/votes.py": "said where the state is written",
    "exchange/letter_texts.py": "said where the letter is written",
    "exchange/notices.py": "said where the notice is written",
}


def unsaid(tree):
    """The texts of a module that speak of shares or shareholders and that nobody puts in the words of the company."""
    said = {id(node) for call in calls(tree, "said") for node in ast.walk(call)}
    for call in calls(tree, "t"):
        texts = [node.value for node in call.args if isinstance(node, ast.Constant)]
        if id(call) not in said and any(WORDS.search(text) for text in texts):
            yield texts[0]


def calls(tree, name):
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
    return [node for node in found if isinstance(node.func, ast.Name) and node.func.id == name]


def test_no_refusal_speaks_of_shares_where_the_company_may_be_an_sarl():
    found = {}
    for folder in ("acts", "rules", "exchange"):
        for path in (SYSTEM / folder).rglob("*.py"):
            name = path.relative_to(SYSTEM).as_posix()
            if name not in OF_AN_SA and (texts := list(unsaid(ast.parse(path.read_text("utf-8"))))):
                found[name] = texts
    assert not found, "put it in words that fit every company, or in `said(form, …)`"


@pytest.mark.django_db
def test_no_message_to_a_member_of_an_sarl_speaks_of_shares(meeting):
    voter = story.voter(meeting, "A1")
    with clock.frozen(story.at(4, 9)):
        names = {**letters._names(Form(meeting=meeting, holder=voter.holder, uid="0" * 32)), "added": "–", "code": "1"}
        names |= {"minutes": 10, "at": "", "index": "1", "entry": "", "asked": "–", "article": "", "names": "–"}
        names |= {"confirmed": "", "cite": "–", "day": "", "hour": "", "message": ""}
        written = [letters.agenda_letter(voter).text, notices.Writer(meeting).message(voter).body]
    templates = [
        text for text in vars(letter_texts).values() if isinstance(text, Text) and text is not letter_texts.BY_HOLDERS
    ]
    assert len(templates) > 10
    written += [text.format(**names).of(lang) for text in templates for lang in ("fr", "en")]
    assert not [hit for text in written for hit in WORDS.findall(text.replace("Action en justice", ""))]
