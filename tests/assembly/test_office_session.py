"""The day of the meeting by its pages: the door, the room, votes cast for oneself and for others, and the end."""

from datetime import date, timedelta

import pytest

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.models import Attendance, Form, Incident, LiveVote, Resolution, Result
from opposable.systems.assembly.views import office_kept, office_turnout
from opposable.systems.assembly.views.office_hall import Room
from tests.assembly import office, story

pytestmark = pytest.mark.django_db

OPENING = {"chair": "A. Vidal", "first": "L. Bernard", "second": "", "secretary": "C. Roy"}
SITTING = story.MEETING_AT + timedelta(minutes=5)


@pytest.fixture
def people(log):
    return office.people()


def minute(n):
    return clock.frozen(story.MEETING_AT + timedelta(minutes=n))


def holder(meeting, ref):
    return meeting.company.holders.get(ref=ref)


def admit(client, meeting, ref, n=1, **person):
    given = person or {"holder": holder(meeting, ref).uid}
    with minute(n):
        return client.post(office.at("admit", meeting), given)


# Opening


def test_the_session_opens_at_its_hour_and_not_before(people):
    meeting = office.voted()
    with clock.frozen(story.MEETING_AT - timedelta(microseconds=1)):
        early = people.bureau.post(office.at("session-open", meeting), OPENING)
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        done = people.bureau.post(office.at("session-open", meeting), OPENING)
    assert (early.status_code, done.status_code) == (422, 303)
    assert "L’heure de l’assemblée n’est pas venue." in office.text(early)
    assert 'value="A. Vidal"' in office.text(early)
    assert office.again(meeting).bureau == {"chair": "A. Vidal", "secretary": "C. Roy", "scrutineers": ["L. Bernard"]}


def test_a_bureau_without_a_chair_is_not_a_bureau(people):
    meeting = office.voted()
    with clock.frozen(story.MEETING_AT):
        answer = people.bureau.post(office.at("session-open", meeting), {**OPENING, "chair": ""})
    assert answer.status_code == 422
    assert 'value="C. Roy"' in office.text(answer)


# The door


def test_the_door_finds_who_comes_and_says_what_he_already_sent(people):
    meeting = office.sitting()
    with minute(1):
        found = people.bureau.get(office.at("door", meeting), {"q": "vidal"})
        piece = people.bureau.get(office.at("door", meeting), {"q": "petit"}, headers={"HX-Request": "true"})
    assert "déjà reçu : vote à distance" in office.text(found)
    assert "<html" not in office.text(piece)
    assert "Zoé Petit" in office.text(piece)
    assert "Admettre" in office.text(piece)


def test_who_comes_and_goes_is_on_the_sheet(people):
    meeting = office.sitting()
    assert admit(people.bureau, meeting, "A4").status_code == 303
    twice = admit(people.bureau, meeting, "A4", 2)
    assert twice.status_code == 422
    assert "déjà dans l’assemblée" in office.text(twice)
    row = Attendance.objects.get()
    with minute(3):
        assert people.bureau.post(office.at("leave", meeting, row.uid)).status_code == 303
        again = people.bureau.post(office.at("leave", meeting, row.uid))
    assert again.status_code == 422
    row.refresh_from_db()
    assert row.left_at == story.MEETING_AT + timedelta(minutes=3)


def test_who_voted_and_may_not_change_is_refused_at_the_door_with_the_rule(people):
    meeting = office.listed()
    story.vote(meeting, "A1", "for", "for")
    answer = admit(people.bureau, office.opened_session(meeting), "A1")
    page = office.text(answer)
    assert answer.status_code == 422
    assert "R. 22-10-28" in page
    assert "Ce refus est lui-même un acte" in page
    assert not Attendance.objects.exists()


def test_a_holder_of_another_company_is_not_let_in(people):
    meeting = office.sitting()
    with clock.frozen(story.at(4, 9)):
        other = story.company(slug="autre")
    stranger = theirs(other)
    with minute(1):
        assert people.bureau.post(office.at("admit", meeting), {"holder": stranger.uid}).status_code == 404
        assert people.bureau.post(office.at("admit", meeting), {"person": "   "}).status_code == 303
    assert not Attendance.objects.exists()


def theirs(company):
    """A holder of another company."""
    with clock.frozen(story.at(4, 10)):
        acts.import_register(
            story.CONSOLE, company=company, file_name="o.csv", sha256="2" * 64, lines=1, effective_on=date(2026, 3, 1),
            entries=[acts.Entry("O1", "Autre", lots=[story.lot("O1", 10)])],
        )  # fmt: skip
    return company.holders.get()


def test_the_door_knows_whom_the_forms_name_and_who_is_still_awaited(people):
    meeting = story.opened()
    story.vote(meeting, "A1", mode="proxy-person", proxy_name="Maître Leroy", proxy_relation="spouse", given=[])
    story.vote(meeting, "A2", mode="proxy-chair", given=[])
    meeting = office.opened_session(meeting)
    url = office.at("door", meeting)
    with minute(1):
        before = people.scrutineer.get(url).context["proxies"]
    admit(people.bureau, meeting, "", 2, person="Maître Leroy")
    with minute(3):
        after = people.scrutineer.get(url).context["proxies"]
    assert [(proxy.name, proxy.mandates, proxy.here) for proxy in before] == [("Maître Leroy", 1, False)]
    assert [proxy.here for proxy in after] == [True]


# Quorum


def test_the_quorum_on_the_page_is_that_of_the_counting_rules(people):
    meeting = story.opened()
    story.vote(meeting, "A3", given=story.marks("for", "for", "for"), declared=office.CERTIFICATE)
    story.vote(meeting, "A1", mode="proxy-person", proxy_name="Maître Leroy", proxy_relation="spouse", given=[])
    story.vote(meeting, "A2", mode="proxy-blank", given=[])
    meeting = office.opened_session(meeting)
    steps = [
        lambda: None,
        lambda: admit(people.bureau, meeting, "A4", 1),
        lambda: admit(people.bureau, meeting, "", 2, person="Maître Leroy"),
        lambda: leave(people.bureau, meeting, "Maître Leroy", 3),
    ]
    seen = []
    for n, step in enumerate(steps):
        step()
        at = story.MEETING_AT + timedelta(minutes=n, seconds=30)
        room, whole = Room(office.again(meeting), at), Counting(office.again(meeting), law())
        for body in ("ordinary", "extraordinary"):
            mine, theirs = room.quorum(body).value, whole.quorum_at(body, at).value
            assert mine == theirs, (n, body)
        seen.append(mine.presence.shares)
    assert seen == [54_000, 55_000, 65_000, 55_000]


def leave(client, meeting, person, n):
    row = Attendance.objects.get(person=person)
    with minute(n):
        return client.post(office.at("leave", meeting, row.uid))


def test_the_quorum_alone_is_what_htmx_asks_for(people):
    meeting = office.sitting("A4")
    with minute(1):
        piece = office.text(people.scrutineer.get(office.at("session", meeting), headers={"HX-Request": "true"}))
    assert "<html" not in piece
    assert "61 000 actions sur 65 000" in piece.replace("</b>", "")
    assert "C. com., art. L. 225-98" in piece


# Votes


def votes(client, meeting, position=1, n=10, **given):
    with minute(n):
        return client.post(office.at("vote", meeting, position), given)


def test_votes_are_cast_for_oneself_and_for_whom_one_represents(people):
    meeting = story.opened()
    story.vote(meeting, "A1", mode="proxy-person", proxy_name="Maître Leroy", proxy_relation="spouse", given=[])
    meeting = office.opened_session(meeting)
    admit(people.bureau, meeting, "A4", 1)
    admit(people.bureau, meeting, "", 2, person="Maître Leroy")
    page = people.bureau.get(office.at("vote", meeting, 1))
    with minute(9):
        page = people.bureau.get(office.at("vote", meeting, 1))
    assert {person.name: [line.mandate.holder.ref for line in lines] for person, lines in page.context["groups"]} == {
        "Zoé Petit": ["A4"],
        "Maître Leroy": ["A1"],
    }
    answer = votes(people.bureau, meeting, **{f"vote-{holder(meeting, 'A1').uid}": "against", "others": "for"})
    assert answer.status_code == 303
    cast = {vote.holder.ref: (vote.votes_for, vote.votes_against) for vote in LiveVote.objects.select_related("holder")}
    assert cast == {"A4": (2_000, 0), "A1": (0, 20_000)}


def test_split_quantities_are_exact_and_never_exceed(people):
    meeting = office.sitting("A4")
    uid = holder(meeting, "A4").uid
    bad = {f"vote-{uid}": "split", f"for-{uid}": "1500", f"against-{uid}": "501"}
    refused = votes(people.bureau, meeting, **bad)
    assert refused.status_code == 422
    assert "2001 voix données, 2000 détenues" in office.text(refused)
    assert 'value="1500"' in office.text(refused)
    assert not LiveVote.objects.exists()
    assert votes(people.bureau, meeting, **{**bad, f"against-{uid}": "500"}).status_code == 303
    vote = LiveVote.objects.get()
    assert (vote.votes_for, vote.votes_against, vote.votes_abstain) == (1_500, 500, 0)


@pytest.mark.parametrize("written", ["-1", "1e3", "1.5", "１２", "9007199254740993", "\x00", "x"])
def test_a_quantity_is_a_whole_number_in_plain_digits(people, written):
    meeting = office.sitting("A4")
    uid = holder(meeting, "A4").uid
    answer = votes(people.bureau, meeting, **{f"vote-{uid}": "split", f"for-{uid}": written})
    assert answer.status_code == 422
    assert not LiveVote.objects.exists()


def test_a_vote_is_changed_until_it_is_closed_and_the_same_vote_is_no_act(people):
    from opposable.kernel.models import Act

    meeting = office.sitting("A4")
    name = f"vote-{holder(meeting, 'A4').uid}"
    votes(people.bureau, meeting, **{name: "for"})
    votes(people.bureau, meeting, n=11, **{name: "for"})
    assert Act.objects.filter(type="assembly.live-vote.cast").count() == 1
    votes(people.bureau, meeting, n=12, **{name: "against"})
    assert LiveVote.objects.get().votes_against == 2_000
    with minute(13):
        assert people.bureau.post(office.at("vote-close", meeting, 1)).status_code == 303
    late = votes(people.bureau, meeting, n=14, **{name: "for"})
    assert late.status_code == 422
    assert "Le vote de cette résolution est clos." in office.text(late)
    assert LiveVote.objects.get().votes_against == 2_000


def test_who_is_excluded_is_not_asked(people):
    meeting = office.sitting("A4")
    row = meeting.resolutions.get(position=1)
    with minute(2):
        acts.change_resolution(
            story.CONSOLE, resolution=row, excluded=[holder(meeting, "A4").uid], excluded_reason="convention"
        )
    with minute(3):
        page = office.text(people.bureau.get(office.at("vote", meeting, 1)))
    assert "ne prend pas part à ce vote" in page
    assert votes(people.bureau, meeting, others="for").status_code == 303
    assert not LiveVote.objects.exists()


def test_the_auditor_follows_and_touches_nothing(people):
    meeting = office.sitting("A4")
    with minute(3):
        page = office.text(people.auditor.get(office.at("session", meeting)))
        vote = office.text(people.auditor.get(office.at("vote", meeting, 1)))
    for words in ("Lever la séance", "Consigner", "Faire voter", "Enregistrer les votes", "Clore le vote"):
        assert words not in page + vote
    assert "Suivre" in page
    assert votes(people.auditor, meeting, others="for").status_code == 404


# The rest


def test_an_incident_goes_on_record(people):
    meeting = office.sitting()
    with minute(4):
        empty = people.bureau.post(office.at("incident", meeting), {"text": ""})
        done = people.bureau.post(office.at("incident", meeting), {"text": "Panne du micro, deux minutes."})
    assert (empty.status_code, done.status_code) == (422, 303)
    assert Incident.objects.get().text == "Panne du micro, deux minutes."


def test_off_the_agenda_only_directors_are_removed(people):
    meeting = office.sitting()
    given = {"kind": "new", "subject": "other", "title": "Dividende", "text": "Cent euros.", "body": "ordinary"}
    with minute(5):
        refused = people.bureau.post(office.at("bring", meeting), given)
        done = people.bureau.post(office.at("bring", meeting), {**given, "subject": "remove-director"})
    assert (refused.status_code, done.status_code) == (422, 303)
    assert "L. 225-105" in office.text(refused)
    assert "Cent euros." in office.text(refused)
    assert Resolution.objects.get(position=4).kind == "new"


def finish(people, meeting):
    for n in range(1, meeting.resolutions.count() + 1):
        with minute(20 + n):
            people.bureau.post(office.at("vote-close", meeting, n))
    with minute(40):
        return people.bureau.post(office.at("end", meeting))


def test_the_session_ends_when_everything_was_voted(people):
    meeting = office.sitting("A4")
    with minute(15):
        early = people.bureau.post(office.at("end", meeting))
    assert early.status_code == 422
    assert "Des résolutions n’ont pas été mises aux voix : 1, 2, 3." in office.text(early)
    votes(people.bureau, meeting, others="for")
    answer = finish(people, meeting)
    assert (answer.status_code, answer["Location"]) == (303, office.at("results", meeting))
    assert Result.objects.filter(adopted=True).count() == 3
    closed = office.text(people.bureau.get(office.at("session", meeting)))
    meeting.refresh_from_db()
    for said in (
        "La séance est levée",
        meeting.bureau["chair"],
        meeting.bureau["secretary"],
        "Arrivées à la porte : 1.",
    ):
        assert said in closed


def test_the_results_are_exact_and_show_their_threshold_by_multiplication(people):
    meeting = office.sitting("A4")
    votes(people.bureau, meeting, others="for")
    finish(people, meeting)
    with minute(50):
        answer = people.scrutineer.get(office.at("results", meeting))
    first, _, third = answer.context["outcomes"]
    page = office.text(answer)
    assert (first.votes_for, first.figures["against"], first.figures["abstain"]) == (52_000, 15_000, 5_000)
    assert (first.left, first.sign, first.right) == (104_000, ">", 67_000)
    assert "104 000 > 67 000" in page
    assert "77,612 %" in page
    assert (third.left, third.sign, third.right) == (150_000, ">", 130_000)
    assert "arrondis au plus proche, la moitié vers le haut" in page
    assert "SIMULATION" not in page


def test_the_law_of_another_day_is_a_simulation_that_nobody_can_mistake(people):
    meeting = office.sitting("A4")
    votes(people.bureau, meeting, others="for")
    finish(people, meeting)
    with minute(50):
        page = office.text(people.auditor.get(office.at("results", meeting), {"law": "2007-09-01"}))
        wrong = people.auditor.get(office.at("results", meeting), {"law": "hier"})
        old = office.text(people.auditor.get(office.at("results", meeting), {"law": "1950-01-01"}))
    assert "Simulation : loi du 1er septembre 2007" in page
    assert "Ceci n’est pas le résultat de l’assemblée." in page
    assert "la majorité se compte sur 67 000 voix ; au 1er septembre 2007, sur 72 000" in page
    assert wrong.status_code == 422
    assert "Aucune règle au dossier" in old
    assert Result.objects.get(resolution__position=1).figures["base"] == 67_000


def test_results_are_taken_away_as_exact_numbers(people):
    meeting = office.sitting("A4")
    finish(people, meeting)
    with minute(50):
        answer = people.auditor.get(office.at("results", meeting), {"format": "csv"})
    lines = office.text(answer).removeprefix("\ufeff").splitlines()
    assert lines[0].startswith("n°;résolution;résultat;pour;contre")
    assert lines[1].startswith("1;Comptes;adoptée;50000;15000;5000;")


def test_listed_companies_have_both_figures_each_with_its_rule(people):
    meeting = office.listed()
    split = [{"resolution": n, "for": 30_000, "against": 15_000, "abstain": 5_000} for n in (1, 2)]
    story.vote(meeting, "A3", given=split, declared=office.CERTIFICATE)
    meeting = office.opened_session(meeting)
    finish(people, meeting)
    with minute(50):
        answer = people.secretary.get(office.at("results", meeting))
    page, published = office.text(answer), answer.context["outcomes"][0].published
    assert (published["for"], published["unfavourable"], published["abstentions"]) == (30_000, 20_000, 5_000)
    assert "66,667 %" in page
    assert "60 %" in page.replace("60,000", "60")
    assert "C. com., art. R. 22-10-30" in page
    assert "Ils diffèrent par la loi, non par erreur." in page


def test_without_a_quorum_the_next_step_is_a_second_call_on_the_same_agenda(people):
    meeting = story.opened()
    meeting = office.opened_session(meeting)
    finish(people, meeting)
    meeting = office.again(meeting)
    with minute(60):
        page = people.secretary.get(office.at("meeting", meeting))
        form = people.secretary.get(page.context["step"].href)
        assert page.context["step"].label.fr == "Convoquer une deuxième fois"
        assert meeting.uid in office.text(form)
        given = {
            "company": "arsenal", "first": meeting.uid, "kind": "ordinary", "day": "2026-04-20", "hour": "10:00",
            "place": "Paris", "level": "simple", "notice_on": "",
        }  # fmt: skip
        done = people.secretary.post("/assembly/meetings/new/", given)
    second = type(meeting).objects.exclude(pk=meeting.pk).get()
    assert (done.status_code, done["Location"]) == (303, office.at("convene", second))
    assert (second.call, second.kind, second.first_meeting) == (2, "combined", meeting)
    assert [row.title for row in second.resolutions.order_by("position")] == ["Comptes", "Affectation", "Statuts"]
    with minute(61):
        assert "ne change pas" in office.text(people.secretary.get(office.at("agenda", second)))
        assert people.secretary.post(office.at("convene", second), {}).status_code == 303


def test_a_late_form_says_why_and_what_it_had_said(people):
    meeting = office.voted()
    late = Form.objects.get(status="late")
    page = office.text(people.scrutineer.get(office.at("form", meeting, late.uid)))
    assert "refusé : hors délai" in page
    assert "dim. 29 mars 2026, 15:00:01,204317 Paris" in page
    assert "C. com., art. R. 225-77, al. 1" in page
    assert "Le titulaire peut encore venir voter à l’assemblée." in page
    assert "Ce que disait le formulaire" in page
    assert "/assembly/companies/" not in page.split("<main")[1].split("Le formulaire</h2>")[1]


def test_a_split_form_is_shown_to_the_vote(people):
    meeting = office.voted()
    page = office.text(people.secretary.get(office.at("form", meeting, Form.objects.get(holder__ref="A3").uid)))
    assert "30 000" in page
    assert "15 000" in page
    assert "le calcul" in page
    assert "<span>assembly." not in page
    assert "cette rédaction n’est plus au dossier" not in page


def test_the_turnout_counts_shares_and_holders(people):
    meeting = office.voted()
    with clock.frozen(story.at(29, 16)):
        answer = people.bureau.get(office.at("turnout", meeting))
        piece = people.bureau.get(office.at("turnout", meeting), headers={"HX-Request": "true"})
    turnout = answer.context["turnout"]
    assert (turnout.forms, turnout.shares_ordinary, turnout.all_ordinary) == (2, 60_000, 65_000)
    assert "2 titulaires sur 5 ont voté à distance ou donné pouvoir" in office.text(piece)
    assert "<html" not in office.text(piece)


def test_a_form_that_comes_is_added_to_what_was_added_up_before(people, monkeypatch):
    meeting = story.opened()
    story.vote(meeting, "A1", "for", "for", "for")
    ranges = []
    added_up = office_turnout.received
    monkeypatch.setattr(office_turnout, "received", lambda *of: ranges.append(of[1:]) or added_up(*of))
    with clock.frozen(story.at(29, 10)):
        first, _ = office_turnout.as_it_stands(meeting)
        again, _ = office_turnout.as_it_stands(meeting)
    story.vote(meeting, "A4", "for", "against", "for")
    with clock.frozen(story.at(29, 10)):
        then, sums = office_turnout.as_it_stands(meeting)
    office_kept.forget()
    with clock.frozen(story.at(29, 10)):
        anew = office_turnout.as_it_stands(meeting)
    assert (first.forms, again.forms, then.forms) == (1, 1, 2)
    assert (then, sums) == anew
    assert ranges[1][0] == ranges[0][1]  # the second reading began where the first had ended
    assert len(ranges) == 3
