"""The people of the office, and the meetings they look at."""

from datetime import date
from html import unescape
from types import SimpleNamespace

from django.test import Client
from django.urls import reverse

from opposable.kernel import accounts, clock
from opposable.systems.assembly.models import Meeting
from opposable.web import shell
from tests.assembly import story
from tests.kept import kept

ROLES = ("secretary", "bureau", "scrutineer", "auditor")
SENT = story.at(20, 12)
CERTIFICATE = {"certificate": "C-1", "registration": "Nominee Bank, compte A3"}


def account(name, role="", path="/companies/arsenal/"):
    """An account with one role on one compartment; without a role, nobody."""
    with clock.frozen(story.at(1, 9)):
        made = accounts.open_account(story.CONSOLE, email=f"{name}@example.test", name=name.title()).result
        if role:
            accounts.give(story.CONSOLE, account=made, role=f"assembly.{role}", cell=accounts.cell(path))
    return made


def visit(who):
    """A browser in which somebody is signed in."""
    client = Client()
    client.force_login(who)
    return client


def people():
    """One browser a role, a secretary of another company, and the top of the tree."""
    told = {}
    for who, cookies in _signed_in().items():
        told[who] = Client()
        told[who].cookies = cookies
    return SimpleNamespace(**told)


@kept
def _signed_in():
    """Their cookies."""
    with clock.frozen(story.at(1, 8)):
        accounts.root()
    told = {role: account(role, role) for role in ROLES}
    told["stranger"] = account("stranger")
    told["elsewhere"] = account("elsewhere", "secretary", "/companies/elsewhere/")
    told["top"] = account("top", "secretary", "/")
    return {who: visit(row).cookies for who, row in told.items()}


def at(name, meeting, *args):
    """The address of a page of a meeting."""
    return reverse(f"assembly:{name}", args=[meeting.uid, *args])


def of(name, company, *args):
    """The address of a page of a company."""
    return reverse(f"assembly:{name}", args=[company.slug, *args])


@kept
def voted():
    """A meeting open for voting, three forms received: one split, one late."""
    meeting = story.opened()
    story.vote(meeting, "A1", "for", "for", "for")
    split = [{"resolution": n, "for": 30_000, "against": 15_000, "abstain": 5_000} for n in (1, 2, 3)]
    story.vote(meeting, "A3", given=split, declared=CERTIFICATE)
    story.vote(meeting, "A2", "for", "against", "abstain", when=story.at(29, 15, 0, 1, 204317))
    return again(meeting)


@kept
def listed():
    """A listed company's meeting, convened in time for its notice in the BALO, open for voting."""
    from opposable.systems.assembly import acts

    with clock.frozen(story.at(2, 9).replace(month=2)):
        accounts.root()
        made = story.company(listed=True)
        story.adopt_bylaws(made)
        acts.import_register(
            story.CONSOLE, company=made, file_name="r.csv", sha256="0" * 64, lines=5, effective_on=date(2026, 2, 1),
            entries=story.HOLDERS,
        )  # fmt: skip
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        for title in ("Comptes", "Affectation"):
            acts.add_resolution(story.CONSOLE, meeting=meeting, title=title, text=f"{title}.", body="ordinary")
        acts.convene(story.CONSOLE, meeting=meeting)
        acts.open_voting(story.CONSOLE, meeting=meeting)
    return again(meeting)


def opened_session(meeting):
    """The hour has come: votes fixed, session open, nobody in the room."""
    from opposable.systems.assembly import acts

    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(story.CONSOLE, meeting=meeting, chair="x", secretary="y", scrutineers=[])
    return again(meeting)


@kept
def sitting(*present):
    """The same meeting in session, some holders in the room."""
    from opposable.systems.assembly import acts

    meeting = voted()
    holders = {holder.ref: holder for holder in meeting.company.holders.all()}
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(
            story.CONSOLE, meeting=meeting, chair="A. Vidal", secretary="C. Roy", scrutineers=["L. Bernard"]
        )
        for ref in present:
            acts.admit(story.CONSOLE, meeting=meeting, holder=holders[ref])
    return again(meeting)


def again(meeting):
    """The meeting as it is on file now."""
    shell.forget_log_state()
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


def text(response):
    """What the page says, as it is read: without entities or the non-breaking spaces of French."""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return unescape(body.decode()).replace("\u202f", " ").replace("\u00a0", " ")
