"""The papers of a meeting: what the articles want is on the page, in the data, and made again from the log."""

import re
from datetime import timedelta

import pytest

from opposable.kernel import clock, documents, parts
from opposable.kernel.models import Document
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts import Entry
from opposable.systems.assembly.acts.papers import notice as notices
from opposable.systems.assembly.models import Form
from tests.assembly import papers, story
from tests.assembly.papers import text_of

pytestmark = pytest.mark.django_db


def test_the_notice_says_what_r_225_66_wants_and_every_date_with_its_article(log, tmp_path):
    meeting = story.opened()
    with clock.frozen(story.at(10, 10)):
        receipt = acts.issue_notice(
            story.CONSOLE, meeting=meeting, registry="Paris", questions_to="questions@arsenal.example"
        )
    notice = receipt.result
    shown = text_of(notice)
    for piece in (
        "Compagnie de l’Arsenal", "Société anonyme au capital de 70 000 €", "1 quai de l’Arsenal, 75004 Paris",
        "552 100 554 RCS Paris", "Assemblée générale mixte", "lundi 30 mars 2026 à 10 h 00 (heure de Paris)",
        "première convocation", "À titre extraordinaire", "questions@arsenal.example",
        "jusqu’au dimanche 29 mars 2026 à 15 h 00 (heure de Paris)", "Première résolution – Comptes",
        "Formulaires électroniques reçus", "art. R. 225-77, al. 1", "art. R. 225-69",
    ):  # fmt: skip
        assert piece in shown, piece
    data = papers.attached(notice, tmp_path)
    assert data == parts.read(receipt.act_id, "data")
    dates = {item["id"]: item for item in data["dates"]}
    assert dates["form.deadline-electronic"]["utc"] == "2026-03-29T13:00:00.000000Z"
    assert all(item["rule"]["cite"] and item["trace"] for item in data["dates"])
    assert documents.rerender(notice)


def test_a_holder_s_copy_has_his_access_and_the_notice_itself_has_none(log):
    meeting = story.opened()
    with clock.frozen(story.at(10, 10)):
        notice = acts.issue_notice(story.CONSOLE, meeting=meeting, registry="Paris").result
    voter = story.voter(meeting, "A1")
    mine = acts.notice_for(voter, notice)
    assert voter.login in text_of(mine)
    assert "Anne Vidal" in text_of(mine)
    assert voter.login not in text_of(notice)
    assert mine == acts.notice_for(voter, notice)


def test_the_paper_form_has_the_mentions_of_the_law_and_the_choices_in_order(log):
    meeting = story.opened()
    with clock.frozen(story.at(10, 10)):
        form = acts.issue_form(story.CONSOLE, meeting=meeting).result
    shown = text_of(form)
    assert "ne sera pas considérée comme un vote exprimé" in shown
    assert "au plus tard le vendredi 27 mars 2026 à 24 h 00 (heure de Paris)" in shown
    assert re.search(r"Comptes.*Affectation.*Statuts", shown)
    assert shown.count("☐") >= 3 + 4 * 3 + 4
    assert "Voter contre leur adoption" in shown
    assert "Un actionnaire peut se faire représenter par un autre actionnaire, par son conjoint" in shown
    assert "R. 225-83" in shown
    assert "R. 225-88" in shown
    mine = text_of(acts.form_for(story.voter(meeting, "A1"), form))
    assert "10 000" in mine
    assert "3 rue des Ormes" in mine


def test_the_reproduced_article_is_that_of_the_meeting_s_day():
    from datetime import date

    old, new = (notices.article("C. com., art. L. 225-106", date(year, 6, 1)) for year in (2007, 2026))
    assert "partenaire" not in old["text"]
    assert "pacte civil de solidarité" in new["text"]
    assert notices.article("C. com., art. L. 225-106", date(1999, 1, 1)) is None


def test_the_sheet_has_its_four_sections_and_adds_up(log, tmp_path):
    meeting = papers.voted_listed()
    with clock.frozen(papers.AFTER):
        sheet = papers.sheet(meeting)
    data = papers.attached(sheet, tmp_path)
    assert [line["name"] for line in data["lines"]["present"]] == ["Petit"]
    assert [(line["name"], line["by"]) for line in data["lines"]["represented"]] == [("Bernard", "A. Vidal")]
    assert [(line["name"], line["mandates"], line["chair"]) for line in data["lines"]["proxies"]] == [
        ("A. Vidal", 1, True)
    ]
    assert [line["name"] for line in data["lines"]["remote"]] == ["Nominee Bank", "Vidal"]
    assert data["total"] == {
        "count": 4, "shares_ordinary": 65_000, "votes_ordinary": 76_000,
        "shares_extraordinary": 65_000, "votes_extraordinary": 76_000,
    }  # fmt: skip
    assert [(q["body"], q["shares"], q["base"], q["reached"]) for q in data["quorum"]] == [
        ("ordinary", 65_000, 65_000, True),
        ("extraordinary", 65_000, 65_000, True),
    ]
    shown = text_of(sheet)
    for piece in ("1° Présents", "2° Représentés", "3° Mandataires", "4° Votants par formulaire", "Émargement",
                  "3 rue des Ormes", "20 000", "76 000", "certifiée exacte", "C. Roy", "art. R. 225-95"):  # fmt: skip
        assert piece in shown, piece
    assert "T0" not in str(data["lines"])


def test_a_holder_who_leaves_and_comes_back_has_one_line_with_his_moves(log, tmp_path):
    meeting = story.opened()
    holder = meeting.company.holders.get(ref="A4")
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(story.CONSOLE, meeting=meeting, chair="A. Vidal", secretary="C. Roy", scrutineers=[])
    for minutes, leaves in ((5, True), (20, False)):
        with clock.frozen(story.MEETING_AT + timedelta(minutes=minutes)):
            there = acts.admit(story.CONSOLE, meeting=meeting, holder=holder).result
        if leaves:
            with clock.frozen(story.MEETING_AT + timedelta(minutes=12)):
                acts.leave(story.CONSOLE, attendance=there)
    with clock.frozen(story.MEETING_AT + timedelta(minutes=30)):
        sheet = papers.sheet(papers.fresh(meeting))
    (line,) = papers.attached(sheet, tmp_path)["lines"]["present"]
    assert [(move["what"], move["at"]["clock"]) for move in line["moves"]] == [
        ("in", "10 h 05"),
        ("out", "10 h 12"),
        ("in", "10 h 20"),
    ]
    assert "sorti à 10 h 12" in text_of(sheet)


def test_hostile_names_are_printed_and_change_no_figure(log, tmp_path):
    hostile = [
        Entry("H1", '#panic("x")', given_name="*_$", address="[a] // b", lots=[story.lot("L1", 10_000)]),
        Entry("H2", "Anticonstitutionnellement" * 6, given_name="É" * 60, address=story.HOME, lots=[story.lot("L2", 4_000)]),
        Entry("H3", "שלום", given_name="محمد", address="12 rue 😀", lots=[story.lot("L3", 3_000)]),
        Entry("H4", "\u202eevil\u200b", given_name="=HYPERLINK(1)", address=story.HOME, lots=[story.lot("L4", 1_000)]),
    ]  # fmt: skip
    meeting = papers.listed(entries=hostile, shares=18_000)
    story.held(meeting, present=("H1", "H2", "H3", "H4"))
    with clock.frozen(papers.AFTER):
        sheet = papers.sheet(papers.fresh(meeting))
    shown, data = text_of(sheet), papers.attached(sheet, tmp_path)
    assert '#panic("x")' in shown.replace("“", '"').replace("”", '"')
    assert "[U+1F600]" in shown
    assert "[U+202E]evil[U+200B]" in shown.replace("] ", "]").replace(" [", "[")
    assert {line["name"] for line in data["lines"]["present"]} == {entry.name for entry in hostile}
    assert data["total"]["shares_ordinary"] == 18_000
    assert documents.rerender(sheet)


def test_the_minutes_have_what_r_225_106_wants_and_both_figures_of_a_listed_company(log, tmp_path):
    meeting = papers.voted_listed()
    with clock.frozen(papers.AFTER):
        drawn = papers.minutes(meeting, documents_submitted=["le rapport du commissaire aux comptes"])
    shown, data = text_of(drawn), papers.attached(drawn, tmp_path)
    for piece in (
        "Procès-verbal des délibérations", "lundi 30 mars 2026", "Paris", "avis de convocation du mardi 10 février 2026",
        "Président de séance", "C. Roy", "À titre ordinaire", "quorum requis : 1/5", "le rapport du commissaire aux comptes",
        "feuille de présence certifiée exacte", "précisions sur l’affectation", "Première résolution – Comptes",
        "Comptes : texte.", "adoptée", "plus de 1/2 de 71 000 voix, soit 35 501", "au moins 2/3 de 71 000 voix, soit 47 334",
        "ne sont pas des voix exprimées", "art. L. 225-98", "art. L. 225-96", "la séance est levée à 11 h 00",
        "L’original est l’exemplaire sur papier", "Signature électronique simple",
    ):  # fmt: skip
        assert piece in shown, piece
    one = data["results"][0]
    assert (one["for"], one["against"], one["abstain"], one["percent_for"]) == (56_000, 15_000, 5_000, "78.873")
    assert (one["published"]["unfavourable"], one["published"]["percent_for"]) == (20_000, "73.684")
    assert "art. R. 22-10-30, 3°" in shown
    assert "défavorables, y compris les abstentions, 20 000" in shown
    assert {item["what"] for item in data["acts"]} >= {"convocation", "levée de la séance et proclamation"}
    assert all(len(item["entry"]) == 64 for item in data["acts"])


def test_the_minutes_are_made_again_byte_for_byte_from_the_log(log, settings):
    meeting = papers.voted_listed()
    with clock.frozen(papers.AFTER):
        drawn = papers.signed(meeting)
    unsigned = documents.read(drawn, signed=False)
    assert documents.read(drawn).startswith(unsigned)
    for name in (drawn.sha256, drawn.signed_sha256):
        (settings.HOME / "documents" / name[:2] / f"{name}.sealed").unlink()
    assert documents.rerender(Document.objects.get(pk=drawn.pk))
    with clock.frozen(papers.AFTER + timedelta(days=900)):
        assert documents.rerender(Document.objects.get(pk=drawn.pk))


def test_a_quorum_that_fails_makes_minutes_of_failure(log):
    meeting = story.opened()
    story.held(meeting, present=("A4",))
    with clock.frozen(papers.AFTER):
        drawn = papers.minutes(papers.fresh(meeting))
    shown = text_of(drawn)
    assert "Procès-verbal de carence de quorum" in shown
    assert "Faute de quorum, l’assemblée n’a pas pu délibérer" in shown
    assert "art. R. 225-107" in shown


def test_incidents_are_in_the_minutes(log):
    meeting = story.opened()
    story.vote(meeting, "A3", "for", "for", "for")
    holders = {holder.ref: holder for holder in meeting.company.holders.all()}
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(story.CONSOLE, meeting=meeting, chair="A. Vidal", secretary="C. Roy", scrutineers=["L. B."])
        acts.admit(story.CONSOLE, meeting=meeting, holder=holders["A4"])
        acts.report_incident(story.CONSOLE, meeting=meeting, text="Coupure du son pendant deux minutes.")
        for row in meeting.resolutions.order_by("position"):
            acts.close_resolution(story.CONSOLE, resolution=row)
        acts.end_session(story.CONSOLE, meeting=meeting)
        drawn = papers.minutes(papers.fresh(meeting))
    assert "Coupure du son pendant deux minutes." in text_of(drawn)


def test_the_publication_has_the_three_figures_of_r_22_10_30(log, tmp_path):
    meeting = papers.voted_listed()
    with clock.frozen(papers.AFTER):
        published = acts.publish_results(story.CONSOLE, meeting=meeting).result
    data, shown = papers.attached(published, tmp_path), text_of(published)
    assert (data["holders"], data["votes"]) == (4, 76_000)
    assert [(row["published"]["cast"], row["published"]["shares"]) for row in data["results"]] == [(71_000, 60_000)] * 3
    assert data["results"][0]["published"]["capital"] == "85.714"
    for piece in ("85,714 %", "73,684 %", "26,316 %", "78,873 %", "14 avril 2026", "art. R. 22-10-30"):
        assert piece in shown, piece


def test_the_extract_has_what_was_asked_and_nothing_else(log, tmp_path):
    meeting = papers.voted_listed()
    with clock.frozen(papers.AFTER):
        drawn = papers.signed(meeting)
        extract = acts.issue_extract(
            story.CONSOLE, minutes=drawn, resolutions=[3, 1], certified_by="meeting-secretary", name="C. Roy"
        ).result
    shown, data = text_of(extract), papers.attached(extract, tmp_path)
    assert [row["position"] for row in data["results"]] == [1, 3]
    assert "Deuxième résolution" not in shown
    assert "Pour extrait certifié conforme" in shown
    assert "secrétaire de l’assemblée" in shown
    assert "art. R. 225-108" in shown
    assert data["minutes"]["sha256"] == drawn.sha256


@pytest.mark.parametrize(
    ("lang", "pieces"),
    [
        (
            "fr",
            (
                "Reçu de vote",
                "reçu dans les délais, compté",
                "vendredi 20 mars 2026 à 12 h 00",
                "20 000",
                "Empreinte de l’acte",
            ),
        ),
        (
            "en",
            (
                "Vote receipt",
                "received in time, counted",
                "Friday 20 March 2026 at 12:00",
                "20,000",
                "Entry of the act",
            ),
        ),
    ],
)
def test_the_receipt_says_form_instant_and_place_in_the_log(log, lang, pieces, tmp_path):
    meeting = story.opened()
    receipt = story.vote(meeting, "A1", "for", "against", "abstain")
    made = acts.receipt_pdf(receipt.result, lang)
    shown = text_of(made)
    for piece in (*pieces, "2026-03-20T11:00:00.000000Z", "tests.example/2026"):
        assert piece in shown, piece
    data = papers.attached(made, tmp_path)
    assert data["form"]["entry"] == receipt.entry
    assert data["form"]["index"] == receipt.index
    assert [mark["votes"] for mark in data["marks"]] == [[20_000, 0, 0], [0, 20_000, 0], [0, 0, 20_000]]
    assert acts.receipt_pdf(receipt.result, lang) == made


def test_the_receipt_of_a_late_form_says_it_is_not_counted(log):
    meeting = story.opened()
    late = story.vote(meeting, "A1", "for", "for", "for", when=story.LIMIT + timedelta(microseconds=1))
    shown = text_of(acts.receipt_pdf(late.result))
    assert "non compté" in shown
    assert "2026-03-29T13:00:00.000001Z" in shown
    assert "Vos votes" not in shown


def test_an_unsealed_receipt_says_that_it_is_a_promise(log):
    from opposable.kernel import sealing

    meeting = story.opened()
    sealing.inline = lambda: None
    receipt = story.vote(meeting, "A1", "for", "for", "for")
    assert "promesse" in text_of(acts.receipt_pdf(receipt.result))
    log.seal_once()
    assert "promesse" not in text_of(acts.receipt_pdf(Form.objects.get(pk=receipt.result.pk)))


def test_the_summary_of_a_meeting_s_bundle_lists_its_acts_and_rules(log, settings):
    from opposable.kernel import evidence

    meeting = papers.voted_listed()
    with clock.frozen(papers.AFTER):
        drawn = papers.signed(meeting)
        log.seal_once()
        acts_, objects = evidence.resolve(meeting.uid)
        content = evidence.gather(acts_, objects, title="Assemblée du 30 mars 2026")
        again = evidence.gather(*evidence.resolve(meeting.uid), title="Assemblée du 30 mars 2026")
        of_minutes = evidence.gather(*evidence.resolve(drawn.uid))
    shown = text_of(content.summary_pdf)
    for piece in ("Dossier de preuve", "Assemblée du 30 mars 2026", "Convoquer l’assemblée", "Lever la séance",
                  "TSA de démonstration", "VERIFY.sh", "C. com., art.", "agenda jointe"):  # fmt: skip
        assert piece in shown, piece
    assert content.summary_pdf == again.summary_pdf
    assert "Signer le procès-verbal" in text_of(of_minutes.summary_pdf)
    assert any("data" in act.parts for act in of_minutes.acts)
