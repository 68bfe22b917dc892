"""An SARL has members and parts: no page and no paper of its meeting speaks of shareholders and shares."""

import re

import pytest
from django.http import HttpResponse

from opposable.kernel import accounts, clock
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Meeting
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
