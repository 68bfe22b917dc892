"""Authenticators and passkeys: enrolled after a code, used the next time, never by somebody else."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail

from opposable.kernel import clock, parts
from opposable.kernel.models import Act
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.identification import totp_at
from opposable.systems.assembly.models import Form, Voter
from tests.assembly import story
from tests.assembly.authenticator import Authenticator
from tests.assembly.test_voting_limit import held_on
from tests.assembly.visitor import Visitor, site, text_of  # noqa: F401 - a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("site")]
ORIGIN = "https://vote.arsenal.example"


@pytest.fixture
def meeting(log, site):  # noqa: F811
    site.CONFIG = replace(site.CONFIG, vote_url=ORIGIN)
    return story.opened()


def test_vectors_of_rfc_6238():
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # the RFC's ASCII secret «12345678901234567890» in base 32
    seconds = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
    assert {at: totp_at(secret, at // 30) for at in seconds} == seconds


def enrol_totp(visitor):
    page = visitor.get("means/").content.decode()
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)[1].replace(" ", "")
    answer = visitor.post("means/", {"code": totp(secret, visitor.when)})
    assert answer.status_code == 303
    return secret


def totp(secret, when):
    return totp_at(secret, int(when.timestamp()) // 30)


def test_an_authenticator_identifies_the_next_time(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    secret = enrol_totp(anne)
    kept = Voter.objects.get(pk=anne.voter.pk).totp
    assert kept
    assert secret not in kept
    assert all(secret not in str(parts.every(act)) for act in Act.objects.all())
    assert "moyen d’identification" in mail.outbox[-1].subject
    later = Visitor(meeting, "A1", when=anne.when + timedelta(hours=1))
    later.post("identify/", {"access": later.voter.login})
    code = totp(secret, later.when)
    answer = later.post("code/", {"code": f"{code[:3]} {code[3:]}"})
    assert answer["Location"].endswith("/form/")
    later.vote(later.get("form/"), r1="for")
    assert Form.objects.get().identified_by == "totp"


def test_a_code_of_an_authenticator_serves_once(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    secret = enrol_totp(anne)
    when = anne.when + timedelta(hours=1)
    for expected in (303, 422):
        visitor = Visitor(meeting, "A1", when=when)
        visitor.post("identify/", {"access": visitor.voter.login})
        assert visitor.post("code/", {"code": totp(secret, when)}).status_code == expected


def test_an_authenticator_is_proved_before_it_is_kept(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    anne.get("means/")
    assert anne.post("means/", {"code": "000000"}).status_code == 422
    assert not Voter.objects.get(pk=anne.voter.pk).totp
    assert Act.objects.filter(type="assembly.voter.enrol", outcome="refused").count() == 1


def test_a_means_is_added_only_right_after_a_code(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    secret = enrol_totp(anne)
    later = Visitor(meeting, "A1", when=anne.when + timedelta(hours=1))
    later.post("identify/", {"access": later.voter.login})
    later.post("code/", {"code": totp(secret, later.when)})
    page = later.get("means/")
    assert "juste après une identification par code" in text_of(page)
    assert "<svg" not in page.content.decode().split("<main")[1].split("</main>")[0].replace('<svg class="icon"', "")
    assert later.post("means/passkey/challenge/").status_code == 404
    before = Act.objects.filter(type="assembly.voter.enrol").count()
    later.post("means/", {"code": totp(secret, later.when)})
    assert Act.objects.filter(type="assembly.voter.enrol").count() == before


def enrol_passkey(visitor, origin=ORIGIN, rp_id="vote.arsenal.example"):
    telephone = Authenticator(origin, rp_id)
    options = json.loads(visitor.post("means/passkey/challenge/").content)
    return telephone, visitor.post("means/passkey/", {"answer": telephone.make(options)})


def use_passkey(visitor, telephone, **more):
    options = json.loads(visitor.post("passkey/challenge/").content)
    return visitor.post("passkey/", {"answer": telephone.use(options, **more)})


def test_a_passkey_identifies_without_anything_typed(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    telephone, answer = enrol_passkey(anne)
    assert answer.status_code == 303
    assert telephone.user.hex() == anne.voter.holder.uid
    later = Visitor(meeting, "A1", when=anne.when + timedelta(days=1))
    assert use_passkey(later, telephone)["Location"].endswith("/form/")
    later.vote(later.get("form/"), r1="for")
    assert Form.objects.get().identified_by == "passkey"
    next_meeting = held_on(story.MEETING_AT + timedelta(days=20), slug="x")
    stranger = Visitor(next_meeting, "A1", when=story.at(31, 12))
    assert use_passkey(stranger, telephone).status_code == 422


def next_meeting(meeting):
    with clock.frozen(story.at(2, 9)):
        draft = acts.draft_meeting(
            story.CONSOLE, company=meeting.company, kind="ordinary", at=story.MEETING_AT + timedelta(days=20), place="x"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=draft, title="x", text="y", body="ordinary")
        acts.convene(story.CONSOLE, meeting=draft)
    with clock.frozen(story.at(21, 9)):
        return acts.open_voting(story.CONSOLE, meeting=draft).result


def test_a_passkey_serves_for_the_next_meeting_of_the_company(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    telephone, _ = enrol_passkey(anne)
    following = next_meeting(meeting)
    assert use_passkey(Visitor(following, "A1", when=story.at(22, 9)), telephone).status_code == 303


@pytest.mark.parametrize(
    "cheat",
    [
        "other key",
        "other origin",
        "other site",
        "not verified",
        "old challenge",
        "another holder",
        "no json",
        "deep json",
    ],
)
def test_a_passkey_that_is_not_his_opens_nothing(meeting, cheat):
    anne = Visitor(meeting, "A1")
    anne.enter()
    telephone, _ = enrol_passkey(anne)
    thief = Visitor(meeting, "A1", when=anne.when + timedelta(days=1))
    options = json.loads(thief.post("passkey/challenge/").content)
    answer = None
    if cheat == "other key":
        fake = Authenticator(ORIGIN, "vote.arsenal.example")
        fake.id, fake.user = telephone.id, telephone.user
        telephone = fake
    elif cheat == "other origin":
        telephone.origin = "https://vote.arsenal.example.evil.test"
    elif cheat == "other site":
        telephone.rp_id = "evil.test"
    elif cheat == "old challenge":
        stale = telephone.use(options)
        thief.post("passkey/challenge/")
        answer = stale
    elif cheat == "another holder":
        telephone.user = bytes.fromhex(story.voter(meeting, "A2").holder.uid)
    elif cheat == "no json":
        answer = "{"
    elif cheat == "deep json":
        answer = "[" * 9_000
    answer = answer or telephone.use(options, verified=cheat != "not verified")
    assert thief.post("passkey/", {"answer": answer}).status_code == 422
    assert thief.get("form/").status_code == 303


@pytest.mark.parametrize("cheat", ["origin", "challenge", "garbage"])
def test_a_passkey_made_elsewhere_is_not_enrolled(meeting, cheat):
    anne = Visitor(meeting, "A1")
    anne.enter()
    telephone = Authenticator("https://evil.test" if cheat == "origin" else ORIGIN, "vote.arsenal.example")
    options = json.loads(anne.post("means/passkey/challenge/").content)
    answer = telephone.make(options) if cheat != "garbage" else '{"response": {}}'
    if cheat == "challenge":
        anne.post("means/passkey/challenge/")
    assert anne.post("means/passkey/", {"answer": answer}).status_code == 422
    assert Voter.objects.get(pk=anne.voter.pk).passkeys == []


def test_passkeys_are_not_offered_on_a_bare_address(meeting, settings):
    settings.CONFIG = replace(settings.CONFIG, vote_url="http://127.0.0.1:8001")
    anne = Visitor(meeting, "A1")
    assert "data-passkey" not in anne.get("identify/").content.decode()
    assert anne.post("passkey/challenge/").status_code == 404


def test_a_challenge_names_nobody(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    enrol_passkey(anne)
    options = json.loads(Visitor(meeting, "A1").post("passkey/challenge/").content)
    assert not options["publicKey"].get("allowCredentials")
    assert options["publicKey"]["userVerification"] == "required"


def test_whoever_lost_a_device_withdraws_every_means_after_a_code(meeting):
    anne = Visitor(meeting, "A1")
    anne.enter()
    secret = enrol_totp(anne)
    assert "Appareil perdu" in text_of(anne.get("means/"))
    later = Visitor(meeting, "A1", when=anne.when + timedelta(hours=1))
    later.post("identify/", {"access": later.voter.login})
    later.post("code/", {"code": totp(secret, later.when)})
    later.post("means/", {"lost": "1"})
    assert Voter.objects.get(pk=anne.voter.pk).totp, "only right after a code"
    assert anne.post("means/", {"lost": "1"}).status_code == 303
    found = Voter.objects.get(pk=anne.voter.pk)
    assert (found.totp, found.passkeys) == ("", [])
    assert "Appareil perdu" not in text_of(anne.get("means/"))
    assert later.get("means/").status_code == 303, "the session on the lost device is over"
    thief = Visitor(meeting, "A1", when=anne.when + timedelta(hours=2))
    thief.post("identify/", {"access": thief.voter.login})
    assert thief.post("code/", {"code": totp(secret, thief.when)}).status_code == 422


def test_sessions_open_elsewhere_end_when_means_change(meeting):
    """The one that changed them goes on; nobody else's ends. Withdrawing reaches the other meetings too."""
    following, when = next_meeting(meeting), story.at(22, 9)
    anne, tablet, other = (Visitor(meeting, ref, when=when) for ref in ("A1", "A1", "A2"))
    next_year = Visitor(following, "A1", when=when)
    for visitor in (anne, tablet, other, next_year):
        visitor.enter()

    def open_now():
        return [visitor.get("means/").status_code == 200 for visitor in (anne, tablet, other, next_year)]

    assert open_now() == [True, True, True, True]
    enrol_totp(anne)
    assert open_now() == [True, False, True, True]
    tablet.enter()
    anne.post("means/", {"lost": "1"})
    assert open_now() == [True, False, True, False]
