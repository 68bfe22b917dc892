"""Preparing, convening and following a meeting by its pages: dates with their article, and what the law refuses in red."""

from dataclasses import replace
from datetime import date, timedelta
from email import message_from_bytes, policy

import pytest

from opposable.kernel import clock, parts
from opposable.kernel.models import Act, Duty, Part
from opposable.systems.assembly import acts, jobs
from opposable.systems.assembly.models import Mailing, Meeting
from opposable.systems.assembly.views.office_calendar import standing
from tests.assembly import office, story
from tests.assembly.test_office_notices import mail_server

pytestmark = pytest.mark.django_db

NEW = "/assembly/meetings/new/"
DRAFT = {
    "company": "arsenal",
    "kind": "combined",
    "day": "2026-03-30",
    "hour": "10:00",
    "place": "1 quai de l’Arsenal, Paris",
    "level": "simple",
    "notice_on": "",
}


@pytest.fixture
def people(log):
    return office.people()


@pytest.fixture
def company(people):
    with clock.frozen(story.at(2, 9)):
        made = story.company()
        story.adopt_bylaws(made)
    return made


def on(day, hour=9, month=3):
    return clock.frozen(story.at(day, hour).replace(month=month))


def drafted(people, **change):
    with on(2):
        answer = people.secretary.post(NEW, {**DRAFT, **change})
    assert answer.status_code == 303
    return Meeting.objects.get(), answer["Location"]


def row(n, title, text="Texte.", body="ordinary", **more):
    fields = {"title": title, "text": text, "reasons": "", "author": "board", "body": body, **more}
    return {f"{n}-{name}": value for name, value in fields.items()}


def agenda(people, meeting, *rows, **button):
    given = {"rows": len(rows)}
    for one in rows:
        given |= one
    with on(2, 10):
        return people.secretary.post(office.at("agenda", meeting), {**given, **(button or {"save": "convene"})})


# Step 1


def test_the_calendar_is_computed_before_anything_is_recorded(people, company):
    with on(2):
        answer = people.secretary.post(NEW, {**DRAFT, "preview": "1"})
    page = office.text(answer)
    assert answer.status_code == 200
    assert "Ce calendrier est conforme" in page
    assert "dim. 29 mars 2026, 15:00 Paris" in page
    assert "C. com., art. R. 225-77, al. 1" in page
    assert 'value="1 quai de l’Arsenal, Paris"' in page
    assert not Meeting.objects.exists()
    assert not Act.objects.filter(type="assembly.meeting.draft").exists()


def test_an_unlawful_calendar_is_red_with_its_article_and_what_would_be_lawful(people, company):
    with on(20):
        answer = people.secretary.get("/assembly/meetings/calendar/", DRAFT, headers={"HX-Request": "true"})
    page = office.text(answer)
    assert answer.status_code == 200
    assert "<html" not in page
    assert "Ce calendrier n’est pas conforme" in page
    assert "C. com., art. R. 225-69" in page
    assert "Tenir l’assemblée le samedi 4 avril 2026 au plus tôt" in page
    assert '<li class="refused" id="date-notice.first">' in page


def test_a_planned_notice_is_judged_at_its_own_day(people, company):
    with on(2):
        page = office.text(people.secretary.post(NEW, {**DRAFT, "notice_on": "2026-03-16", "preview": "1"}))
    assert "Ce calendrier n’est pas conforme" in page
    assert "lundi 16 mars 2026, alors que la loi veut au plus tard le dimanche 15 mars 2026" in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"day": ""}, "obligatoire"),
        ({"day": "2026-02-30"}, "date valide"),
        ({"hour": "25:00"}, "heure valide"),
        ({"day": "2026-03-29", "hour": "02:30"}, "n’indiquent jamais 2 h 30 le 29 mars 2026"),
        ({"place": ""}, "obligatoire"),
        ({"company": "autre"}, "choix valide"),
        ({"kind": "secret"}, "choix valide"),
    ],
)
def test_a_wrong_field_is_said_beside_it_and_nothing_typed_is_lost(people, company, change, said):
    with on(2):
        answer = people.secretary.post(NEW, {**DRAFT, "place": "Salle n° 4", **change})
    page = office.text(answer)
    assert answer.status_code == 422
    assert said in page
    if "place" not in change:
        assert 'value="Salle n° 4"' in page
    assert not Meeting.objects.exists()


def test_the_first_look_already_has_a_calendar(people, company):
    with on(2):
        page = office.text(people.secretary.get(NEW))
    assert 'value="2026-04-20"' in page
    assert "Le calendrier, calculé à rebours" in page


def test_a_draft_may_be_moved_until_it_is_convened(people, company):
    meeting, _ = drafted(people)
    with on(3):
        answer = people.secretary.post(office.at("edit", meeting), {**DRAFT, "day": "2026-04-07", "level": "advanced"})
    assert answer.status_code == 303
    meeting.refresh_from_db()
    assert (meeting.day, meeting.signature_level, meeting.kind) == (date(2026, 4, 7), "advanced", "combined")


# Step 2


def test_resolutions_are_ordered_on_the_page_and_entered_in_that_order(people, company):
    meeting, address = drafted(people)
    assert address == office.at("agenda", meeting)
    one, two, three = row(0, "Statuts", body="extraordinary"), row(1, "Comptes"), row(2, "Affectation")
    moved = agenda(people, meeting, one, two, three, down="0")
    assert [line.values["title"] for _, _, line in moved.context["rows"]] == ["Comptes", "Statuts", "Affectation"]
    assert not meeting.resolutions.exists()
    kept = people.secretary.get(office.at("agenda", meeting))
    assert [line.values["title"] for _, _, line in kept.context["rows"]] == ["Comptes", "Statuts", "Affectation"]
    dropped = agenda(people, meeting, row(0, "Comptes"), row(1, "Statuts"), row(2, "Affectation"), drop="1")
    assert [line.values["title"] for _, _, line in dropped.context["rows"]] == ["Comptes", "Affectation"]
    done = agenda(people, meeting, row(0, "Comptes"), row(1, "Affectation"))
    assert (done.status_code, done["Location"]) == (303, office.at("convene", meeting))
    assert [item.title for item in meeting.resolutions.order_by("position")] == ["Comptes", "Affectation"]
    assert people.secretary.get(office.at("agenda", meeting)).context["rows"][0][2].blank


def test_a_resolution_that_cannot_be_put_comes_back_with_all_the_others(people, company):
    meeting, _ = drafted(people, kind="ordinary")
    answer = agenda(
        people, meeting, row(0, "Comptes"), row(1, "", text="Sans titre."), row(2, "Statuts", body="extraordinary")
    )
    page = office.text(answer)
    assert answer.status_code == 422
    assert "Sans titre." in page
    assert [sorted(line.errors) for _, _, line in answer.context["rows"]] == [[], ["title"], ["body"]]
    assert not meeting.resolutions.exists()


def test_an_empty_agenda_is_not_saved(people, company):
    meeting, _ = drafted(people)
    answer = agenda(people, meeting, row(0, "", text=""))
    assert answer.status_code == 422
    assert "Écrivez au moins une résolution." in office.text(answer)


def test_a_forged_count_of_rows_is_bounded(people, company):
    meeting, _ = drafted(people)
    for rows in ("10000000", "-1", "x", ""):
        with on(2):
            answer = people.secretary.post(office.at("agenda", meeting), {"rows": rows, "add": "1"})
        assert answer.status_code == 200
        assert len(answer.context["rows"]) <= 61


# Step 3


def ready(people, **change):
    meeting, _ = drafted(people, **change)
    agenda(people, meeting, row(0, "Comptes"), row(1, "Statuts", body="extraordinary"))
    return meeting


def test_a_meeting_is_convened_from_its_page(people, company):
    meeting = ready(people)
    with on(3):
        page = office.text(people.secretary.get(office.at("convene", meeting)))
        answer = people.secretary.post(office.at("convene", meeting), {"day": "", "hour": ""})
    assert "L’ordre du jour qui sera figé" in page
    assert (answer.status_code, answer["Location"]) == (303, office.at("notices", meeting))
    meeting.refresh_from_db()
    assert (meeting.status, meeting.remote_until) == ("convened", story.LIMIT)
    assert Duty.objects.filter(obj=meeting.uid, link=office.at("meeting", meeting)).exists()


def test_too_late_a_notice_is_refused_on_the_page_with_its_article_and_its_seal(people, company):
    meeting = ready(people)
    with on(20):
        answer = people.secretary.post(office.at("convene", meeting), {"day": "", "hour": ""})
    page = office.text(answer)
    assert answer.status_code == 422
    assert "C. com., art. R. 225-69" in page
    assert "et la date de l'assemblée est au moins de quinze jours" in page
    assert "tenir l’assemblée le samedi 4 avril 2026 au plus tôt" in page.lower()
    assert "Ce refus est lui-même un acte" in page
    refusal = Act.objects.get(type="assembly.meeting.convene")
    assert (refusal.outcome, refusal.rule) == ("refused", "assembly.notice.first")
    meeting.refresh_from_db()
    assert meeting.status == "draft"


def test_a_notice_may_be_planned_but_not_in_the_past(people, company):
    meeting = ready(people)
    with on(3):
        past = people.secretary.post(office.at("convene", meeting), {"day": "2026-03-02", "hour": "09:00"})
        late = people.secretary.post(office.at("convene", meeting), {"day": "2026-03-16", "hour": "09:00"})
        good = people.secretary.post(office.at("convene", meeting), {"day": "2026-03-10", "hour": "09:00"})
    assert (past.status_code, late.status_code, good.status_code) == (422, 422, 303)
    assert "Cette heure est passée." in office.text(past)
    meeting.refresh_from_db()
    assert meeting.notice_at == story.at(10, 9)


# The record


def test_the_calendar_says_what_is_done_due_and_late(people):
    meeting = story.convened()
    with clock.frozen(story.at(16, 9)):
        lines = {
            line.due.id: line.state[0] for line in people.secretary.get(office.at("meeting", meeting)).context["lines"]
        }
    assert lines["notice.first"] == "due", "fixed is not sent: nobody said yet that it left"
    assert lines["holders.list"] == "due"
    assert lines["agenda.drafts"] == "info"

    def told(date_id, on, note="fait"):
        with clock.frozen(story.at(16, 10)):
            done = people.secretary.post(office.at("date-done", meeting), {"date": date_id, "note": note, "on": on})
            after = people.secretary.get(office.at("meeting", meeting))
        return done.status_code, next(line for line in after.context["lines"] if line.due.id == date_id)

    code, line = told("holders.list", "2026-03-14")
    assert (code, line.state[0], line.hour) == (303, "ok", False)
    code, line = told("notice.first", "2026-03-16")
    assert (code, line.state[1].fr) == (303, "en retard"), "fifteen days before the thirtieth is the fifteenth"
    assert told("notice.first", "2026-03-13", "")[0] == 422, "a correction says why"
    code, line = told("notice.first", "2026-03-13", "Le reçu du dépôt est du 13.")
    assert (code, line.state[0], line.done_on.day) == (303, "ok", 13)
    first, then = (Part.objects.filter(name="done", act__type="assembly.date.done").order_by("-pk")[n] for n in (1, 0))
    assert [parts.read(one.act_id, "done").get("corrects") for one in (first, then)] == [None, "2026-03-16"]
    assert [told("documents.office", on)[0] for on in ("2026-03-17", "hier")] == [422, 422], "to come; unreadable"


def test_a_date_nobody_spoke_of_before_the_session_may_still_be_told(log):
    meeting = story.opened()
    story.held(meeting)
    meeting.refresh_from_db()
    with clock.frozen(story.at(31, 9)):
        acts.meet_date(story.CONSOLE, meeting=meeting, date_id="documents.office", on=date(2026, 3, 13))
        line = next(one for one in standing(meeting, clock.now()) if one.due.id == "documents.office")
    assert (line.done_on, line.state[1].en) == (date(2026, 3, 13), "done")


def test_a_list_fixed_on_another_day_than_the_law_says_is_no_list_in_time(people):
    meeting = story.convened()
    codes = []
    for day in (13, 16):
        with clock.frozen(story.at(day, 9)):
            codes.append(people.secretary.post(office.at("date-done", meeting), {"date": "holders.list"}).status_code)
            page = people.secretary.get(office.at("meeting", meeting))
    line = next(line for line in page.context["lines"] if line.due.id == "holders.list")
    assert (codes, line.state[1].fr) == ([422, 303], "non conforme"), "too early is refused, too late is recorded"


def test_the_main_button_is_the_next_lawful_step(people):
    meeting = story.convened()

    def step(at):
        with clock.frozen(at):
            found = people.secretary.get(office.at("meeting", meeting)).context["step"]
        return found and found.label.fr

    assert step(story.at(3, 9)) == "Envoyer les convocations"
    with clock.frozen(story.at(3, 10)):
        people.secretary.post(office.at("notices-send", meeting))
    assert step(story.at(3, 11)) == "Ouvrir le site de vote"
    with clock.frozen(story.at(10, 9)):
        assert people.secretary.post(office.at("open", meeting)).status_code == 303
    assert step(story.at(11, 9)) == "Suivre la participation"
    assert step(story.at(29, 16)) == "Clore le vote à distance"
    assert step(story.at(30, 9)) == "Arrêter les droits de vote"
    assert step(story.MEETING_AT) == "Ouvrir la séance"


def test_the_site_that_the_bylaws_do_not_allow_does_not_open_and_says_which_article(people):
    with clock.frozen(story.at(2, 9)):
        made = story.company()
        meeting = acts.draft_meeting(
            story.CONSOLE, company=made, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        acts.add_resolution(story.CONSOLE, meeting=meeting, title="x", text="x", body="ordinary")
        acts.convene(story.CONSOLE, meeting=meeting)
        answer = people.secretary.post(office.at("open", meeting))
    page = office.text(answer)
    assert answer.status_code == 422
    assert "Les statuts ne permettent pas le vote par voie électronique" in page
    assert "R. 225-61" in page
    assert "votez par formulaire papier" in page
    assert "Ce refus est lui-même un acte" in page


def test_closing_before_the_hour_is_refused_with_the_arithmetic_of_the_hour(people):
    meeting = office.voted()
    with clock.frozen(story.LIMIT):
        early = people.secretary.post(office.at("close", meeting))
    with clock.frozen(story.LIMIT + timedelta(microseconds=1)):
        then = people.secretary.post(office.at("close", meeting))
    assert (early.status_code, then.status_code) == (422, 303)
    assert "1 jour avant le lundi 30 mars 2026" in office.text(early)


def test_who_may_not_vote_a_resolution_is_named_by_account(people):
    meeting = story.convened()
    url = office.at("resolution", meeting, 2)
    with on(5):
        unknown = people.secretary.post(url, {"excluded": "A1, Z9", "excluded_reason": "convention"})
        silent = people.secretary.post(url, {"excluded": "A1", "excluded_reason": ""})
        good = people.secretary.post(url, {"excluded": "A1", "excluded_reason": "convention réglementée"})
    assert (unknown.status_code, silent.status_code, good.status_code) == (422, 422, 303)
    assert "Sans compte au registre : Z9." in office.text(unknown)
    assert meeting.resolutions.get(position=2).excluded == [meeting.company.holders.get(ref="A1").uid]
    page = office.text(people.secretary.get(office.at("resolutions", meeting)))
    assert "Comptes exclus de ce vote : 1 (convention réglementée)" in page


def test_the_wording_is_frozen_once_the_meeting_is_convened(people):
    meeting = story.convened()
    page = office.text(people.secretary.get(office.at("resolution", meeting, 1)))
    assert 'name="text"' not in page
    people.secretary.post(office.at("resolution", meeting, 1), {"text": "Autre", "title": "Autre", "excluded": ""})
    assert meeting.resolutions.get(position=1).title == "Comptes"


def test_a_meeting_is_cancelled_with_its_reason(people):
    meeting = story.convened()
    with on(5):
        empty = people.secretary.post(office.at("cancel", meeting), {"reason": ""})
        done = people.secretary.post(office.at("cancel", meeting), {"reason": "La salle a brûlé."})
        again = people.secretary.post(office.at("cancel", meeting), {"reason": "Encore."})
    assert (empty.status_code, done.status_code, again.status_code) == (422, 303, 422)
    assert "L’assemblée est « annulée »" in office.text(again)
    assert [duty.act for duty in Duty.objects.filter(obj=meeting.uid, closed_at=None)] == [
        "assembly.cancellation.notify"
    ]


def test_whoever_was_convened_is_told_that_the_meeting_is_cancelled(people, settings):
    meeting = story.convened()
    settings.CONFIG = replace(settings.CONFIG, mail="smtp://127.0.0.1")  # a server is set: the job writes
    with mail_server(settings) as box, on(5):
        said = {"reason": "La salle a brûlé.", "message": "Elle est reportée en mai."}
        people.secretary.post(office.at("cancel", meeting), said)
        for hour in (9, 9, 10, 11, 12):  # again: nobody is written to twice, a busy server is asked three times
            with on(5, hour):
                jobs.notify_cancellation(story.CONSOLE, meeting.uid)
        page = office.text(people.secretary.get(office.at("meeting", meeting)))
        left = Duty.objects.get(act="assembly.cancellation.notify")
        empty = people.secretary.post(office.at("cancel-told", meeting), {"note": " "})
        hidden = people.elsewhere.post(office.at("cancel-told", meeting), {"note": "x"})
        people.secretary.post(office.at("cancel-told", meeting), {"note": "Lettre simple du 5 mars."})
        then = office.text(people.secretary.get(office.at("meeting", meeting)))
    busy = Mailing.objects.filter(purpose="cancelled", status="failed")
    assert busy.count() == 3
    letters = [message_from_bytes(raw, policy=policy.default) for raw in box.taken]
    bodies = {letter["To"]: letter.get_content() for letter in letters}
    assert len(letters) == len(bodies) == Mailing.objects.filter(purpose="cancelled", status="sent").count() > 0
    assert all("est annulée" in body and "Elle est reportée en mai." in body for body in bodies.values())
    assert not any("La salle a brûlé" in body for body in bodies.values())  # the reason is for the file
    assert "pas encore dite à tous" in page
    assert (left.automatic, left.closed_at) == (False, None)  # the others are somebody's to tell
    assert "sans objet" in page
    assert "C’est fait" not in page  # nothing is due any more
    assert "Ce qui vient" not in page
    assert (empty.status_code, hidden.status_code) == (422, 404)
    assert "pas encore dite à tous" not in then
    assert Duty.objects.get(act="assembly.cancellation.notify").closed_at


def test_a_meeting_that_nobody_was_convened_to_is_cancelled_without_more(people, company):
    with on(5):
        meeting = acts.draft_meeting(
            story.CONSOLE, company=company, kind="ordinary", at=story.MEETING_AT, place="Paris"
        ).result
        people.secretary.post(office.at("cancel", meeting), {"reason": "Plus d’objet."})
    assert not Duty.objects.filter(obj=meeting.uid, closed_at=None).exists()


def test_a_meeting_that_was_put_off_keeps_its_agenda(people):
    meeting = story.convened()
    with on(5):
        people.secretary.post(office.at("cancel", meeting), {"reason": "La salle a brûlé."})
        step = people.secretary.get(office.at("meeting", meeting)).context["step"]
        form = people.secretary.get(step.href)
        typed = {
            "company": "arsenal",
            "kind": "combined",
            "day": "2026-05-04",
            "hour": "10:00",
            "place": "Ailleurs",
            "level": "simple",
        }
        other = people.secretary.post(step.href, {**typed, "kind": "ordinary", "like": meeting.uid})
        hidden = people.elsewhere.post(step.href, {**typed, "like": meeting.uid})
        made = people.secretary.post(step.href, {**typed, "like": meeting.uid})
    assert form.context["form"].initial["place"] == meeting.place
    assert (other.status_code, hidden.status_code, made.status_code) == (422, 404, 303)
    assert "la société ou le genre diffère" in office.text(other)
    again = Meeting.objects.get(status="draft")
    titles = [list(one.resolutions.order_by("position").values_list("title", flat=True)) for one in (meeting, again)]
    assert titles[0] == titles[1] != []


def test_the_acts_of_the_meeting_are_all_there_newest_first(people):
    meeting = office.voted()
    with clock.frozen(story.at(30, 9)):
        page = people.secretary.get(office.at("timeline", meeting))
    labels = [entry.label.fr for entry in page.context["entries"]]
    assert labels[0] == "Ouvrir le site de vote"
    assert labels[-1] == "Préparer une assemblée"
    assert labels.count("Ajouter une résolution") == 3


def test_a_day_without_a_rule_on_file_is_said_not_guessed(people, company):
    with on(2):
        answer = people.secretary.get("/assembly/meetings/calendar/", {**DRAFT, "day": "1985-03-30"})
    assert answer.status_code == 200
    assert "Aucune règle au dossier" in office.text(answer)
