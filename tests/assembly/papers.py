"""Meetings with their papers: what the tests of documents and of the acts after the meeting start from."""

import re
import subprocess
from datetime import date, datetime, timedelta

from opposable.kernel import accounts, clock, documents
from opposable.ledger import canonical
from opposable.systems.assembly import acts
from opposable.systems.assembly.models import Meeting
from tests.assembly import story
from tests.kept import kept
from tests.legs import need

AFTER = story.MEETING_AT + timedelta(hours=2)
DEBATES = "M. Bernard demande des précisions sur l’affectation du résultat ; la présidente répond.\n\nPersonne ne demande plus la parole."


def fresh(meeting):
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


@kept
def listed(entries=story.HOLDERS, **values):
    """A listed company convenes in time for its thirty-five days; its site is open."""
    with clock.frozen(datetime(2026, 2, 10, 9, tzinfo=story.PARIS)):
        accounts.root()
        made = story.company(listed=True, **values)
        story.adopt_bylaws(made)
        acts.import_register(
            story.CONSOLE, company=made, file_name="r.csv", sha256="0" * 64, lines=5,
            effective_on=date(2026, 2, 1), entries=entries,
        )  # fmt: skip
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="combined", at=story.MEETING_AT, place="Paris"
        ).result
        for title, body in (("Comptes", "ordinary"), ("Dividende", "ordinary"), ("Statuts", "extraordinary")):
            acts.add_resolution(story.CONSOLE, meeting=meeting, title=title, text=f"{title} : texte.", body=body)
        acts.convene(story.CONSOLE, meeting=meeting)
    with clock.frozen(story.at(10, 9)):
        acts.open_voting(story.CONSOLE, meeting=fresh(meeting))
    return fresh(meeting)


def voted(meeting):
    """A1 votes for, A2 leaves a blank proxy, A3 splits; A4 comes and votes for, for, against."""
    story.vote(meeting, "A1", "for", "for", "for")
    story.vote(meeting, "A2", mode="proxy-blank", given=[])
    story.vote(
        meeting,
        "A3",
        given=[{"resolution": n, "for": 30_000, "against": 15_000, "abstain": 5_000} for n in (1, 2, 3)],
    )
    story.held(meeting)
    return fresh(meeting)


@kept
def voted_listed():
    """That, in a listed company."""
    return voted(listed())


def sheet(meeting):
    return acts.issue_sheet(story.CONSOLE, meeting=meeting).result


def minutes(meeting, **values):
    """The minutes of a meeting whose sheet is certified now."""
    acts.certify_sheet(story.CONSOLE, sheet=sheet(meeting))
    return acts.issue_minutes(story.CONSOLE, meeting=fresh(meeting), **{"debates": DEBATES, **values}).result


def signed(meeting, **values):
    """The minutes, signed by hand by every member of the bureau."""
    drawn = minutes(meeting, **values)
    for capacity in acts.missing_signatures(drawn):
        acts.sign_minutes(story.CONSOLE, minutes=drawn, capacity=capacity, means="hand")
    drawn.refresh_from_db()
    return drawn


def text_of(made, *, layout=False):
    """The text of a PDF on one line, its spaces plain; as laid out when asked."""
    if not isinstance(made, bytes):
        made = documents.read(made)
    options = ["-layout"] if layout else []
    need("poppler")
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=made, capture_output=True, check=True)
    text = done.stdout.decode()
    return text if layout else re.sub(r"\s+", " ", text.replace("\u202f", " ").replace("\u00a0", " "))


def attached(made, tmp_path):
    """The data that a PDF carries, read by poppler."""
    (tmp_path / "a.pdf").write_bytes(made if isinstance(made, bytes) else documents.read(made))
    need("poppler")
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "a.pdf"], check=True, capture_output=True)
    return canonical.decode((tmp_path / "data.json").read_bytes())
