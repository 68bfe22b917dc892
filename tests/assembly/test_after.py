"""Acts after the meeting: what is refused and by which rule, who signs, what is sealed, what a voter is answered."""

from datetime import timedelta

import pytest

from opposable.kernel import accounts, clock, documents, duties, parts
from opposable.kernel.models import Act, Document, Duty
from opposable.law import Refused
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts import after
from tests.assembly import papers, story
from tests.assembly.papers import text_of

pytestmark = pytest.mark.django_db


def refusal(call, *args, **values):
    with pytest.raises(Refused) as refused:
        call(*args, **values)
    done = Act.objects.order_by("-id").first()
    assert done.outcome == "refused"
    return refused.value


@pytest.fixture
def meeting(log):
    return papers.voted_listed()


@pytest.fixture
def later():
    with clock.frozen(papers.AFTER):
        yield papers.AFTER


# ---------------------------------------------------------------- notice


def test_a_notice_without_its_registry_is_refused_with_the_article(log):
    meeting = story.opened()
    with clock.frozen(story.at(10, 10)):
        refused = refusal(acts.issue_notice, story.CONSOLE, meeting=meeting, registry="")
    assert refused.code == "notice.content"
    assert refused.rule.id == "assembly.notice.content"
    assert refused.facts["missing"] == ["register"]
    assert not Document.objects.exists()


# ---------------------------------------------------------------- the sheet


def test_the_sheet_is_certified_once_and_sealed_by_the_tick(meeting, later):
    sheet = papers.sheet(meeting)
    acts.certify_sheet(story.CONSOLE, sheet=sheet)
    assert acts.certified_sheet(meeting) == sheet
    assert refusal(acts.certify_sheet, story.CONSOLE, sheet=sheet).code == "sheet.certified"
    duties.tick()
    sheet.refresh_from_db()
    assert documents.check_seal(sheet).good
    assert [one["as"] for one in sheet.signed_by] == ["bureau", "seal"]


def test_a_sheet_is_stale_once_somebody_came(log):
    meeting = story.opened()
    with clock.frozen(story.MEETING_AT):
        acts.fix_entitlements(story.CONSOLE, meeting=meeting)
        acts.open_session(story.CONSOLE, meeting=meeting, chair="A. Vidal", secretary="C. Roy", scrutineers=[])
        sheet = papers.sheet(papers.fresh(meeting))
        acts.admit(story.CONSOLE, meeting=meeting, holder=meeting.company.holders.get(ref="A4"))
        refused = refusal(acts.certify_sheet, story.CONSOLE, sheet=sheet)
        assert refused.code == "sheet.stale"
        assert refused.rule.id == "assembly.attendance-sheet"
        again = papers.sheet(papers.fresh(meeting))
        acts.certify_sheet(story.CONSOLE, sheet=again)
    assert (sheet.version, again.version) == (1, 2)


def test_a_sheet_before_the_session_is_refused(log):
    meeting = story.opened()
    with clock.frozen(story.at(20, 9)):
        assert refusal(acts.issue_sheet, story.CONSOLE, meeting=meeting).code == "meeting.status"


# ---------------------------------------------------------------- the minutes


def test_no_minutes_without_a_certified_sheet(meeting, later):
    papers.sheet(meeting)
    refused = refusal(acts.issue_minutes, story.CONSOLE, meeting=meeting, debates="x")
    assert refused.code == "minutes.no-sheet"
    assert refused.rule.id == "assembly.keeping.nullity"


def test_no_minutes_without_the_summary_of_the_debates(meeting, later):
    acts.certify_sheet(story.CONSOLE, sheet=papers.sheet(meeting))
    refused = refusal(acts.issue_minutes, story.CONSOLE, meeting=meeting, debates="  \n ")
    assert (refused.code, refused.facts["missing"]) == ("minutes.content", ["debates"])
    assert "R. 225-106" in str(refused.rule.cite)


def test_an_electronic_original_wants_an_advanced_signature(meeting, later):
    acts.certify_sheet(story.CONSOLE, sheet=papers.sheet(meeting))
    refused = refusal(acts.issue_minutes, story.CONSOLE, meeting=meeting, debates="x", original="electronic")
    assert refused.code == "minutes.signature"
    assert refused.rule.id == "assembly.minutes.register"
    assert refused.lawful is not None


def test_the_minutes_are_signed_by_every_member_then_sealed(meeting, later):
    drawn = papers.minutes(meeting)
    accounts_of = {
        name: accounts.open_account(story.CONSOLE, email=f"{name}@example.test", name=name).result
        for name in ("chair", "secretary", "scrutineer-1")
    }
    for account in accounts_of.values():
        accounts.give(story.CONSOLE, account=account, role="assembly.bureau", cell=meeting.cell)
    assert acts.missing_signatures(drawn) == ["chair", "secretary", "scrutineer-1"]
    for name, account in accounts_of.items():
        assert papers.fresh(meeting).status == "held"
        acts.sign_minutes(account.actor, minutes=drawn, capacity=name)
        drawn.refresh_from_db()
    assert papers.fresh(meeting).status == "minuted"
    assert {one["as"]: one.get("actor") for one in drawn.signed_by if one["as"] != "seal"} == {
        name: account.uid for name, account in accounts_of.items()
    }
    assert all(one["sha256"] == drawn.sha256 for one in drawn.signed_by if one["as"] != "seal")
    assert drawn.signature_level == "simple"
    seen = documents.check_seal(drawn)
    assert seen.good
    assert seen.stamped_at == later
    assert "Vidal" not in str(drawn.state())


def test_one_account_does_not_sign_for_two(meeting, later):
    drawn = papers.minutes(meeting)
    acts.sign_minutes(story.CONSOLE, minutes=drawn, capacity="chair")
    refused = refusal(acts.sign_minutes, story.CONSOLE, minutes=drawn, capacity="secretary")
    assert refused.code == "minutes.same-person"
    assert refused.rule.id == "assembly.minutes"
    acts.sign_minutes(story.CONSOLE, minutes=drawn, capacity="secretary", means="hand")
    assert refusal(acts.sign_minutes, story.CONSOLE, minutes=drawn, capacity="chair").code == "minutes.signed"
    assert refusal(acts.sign_minutes, story.CONSOLE, minutes=drawn, capacity="auditor").code == "minutes.capacity"


def test_whoever_is_not_of_the_bureau_does_not_sign(meeting, later):
    drawn = papers.minutes(meeting)
    account = accounts.open_account(story.CONSOLE, email="a@example.test", name="A").result
    accounts.give(story.CONSOLE, account=account, role="assembly.auditor", cell=meeting.cell)
    assert refusal(acts.sign_minutes, account.actor, minutes=drawn, capacity="chair").code == "access.denied"


def test_an_earlier_version_is_not_signed(meeting, later):
    drawn = papers.minutes(meeting)
    acts.issue_minutes(story.CONSOLE, meeting=meeting, debates="Corrigé.")
    assert refusal(acts.sign_minutes, story.CONSOLE, minutes=drawn, capacity="chair").code == "minutes.stale"


def test_signed_minutes_are_not_drawn_up_again(meeting, later):
    papers.signed(meeting)
    refused = refusal(acts.issue_minutes, story.CONSOLE, meeting=papers.fresh(meeting), debates="Autre chose.")
    assert refused.code == "meeting.status"


def test_a_seal_that_could_not_be_put_on_stays_due(meeting, later, monkeypatch):
    from opposable.kernel.faults import Fault
    from opposable.law import t

    def unreachable(*_args, **_values):
        raise Fault(t("injoignable", "unreachable"))

    with monkeypatch.context() as patched:
        patched.setattr("opposable.kernel.documents.issuing.sign", unreachable)
        drawn = papers.signed(meeting)
    assert papers.fresh(meeting).status == "minuted"
    assert drawn.signed_sha256 == ""
    assert Duty.objects.get(obj=drawn.uid, act="kernel.document.sign").closed_at is None
    duties.tick()
    drawn.refresh_from_db()
    assert documents.check_seal(drawn).good


def test_altered_minutes_are_detected_by_their_seal_and_by_the_log(meeting, later):
    drawn = papers.signed(meeting)
    made = documents.read(drawn)
    roots = [documents.installation_signer().pem], documents.installation_tsa().roots
    assert documents.check(made, *roots).good
    altered = bytearray(made)
    altered[documents.read(drawn, signed=False).rindex(b"stream") - 400] ^= 0x20
    assert not documents.check(bytes(altered), *roots).good
    again = documents.render(
        documents.Template.of("assembly", "minutes"), documents.data_of(drawn), "fr", drawn.issued_at
    )
    assert made.startswith(again)
    assert not bytes(altered).startswith(again)


# ---------------------------------------------------------------- extract, publication


def test_an_extract_is_certified_by_whom_the_law_names(meeting, later):
    drawn = papers.minutes(meeting)
    wanted = {"minutes": drawn, "resolutions": [1], "name": "C. Roy"}
    refused = refusal(acts.issue_extract, story.CONSOLE, certified_by="meeting-secretary", **wanted)
    assert refused.code == "meeting.status"
    for capacity in acts.missing_signatures(drawn):
        acts.sign_minutes(story.CONSOLE, minutes=drawn, capacity=capacity, means="hand")
    refused = refusal(acts.issue_extract, story.CONSOLE, certified_by="auditor", **wanted)
    assert (refused.code, refused.rule.id) == ("extract.certifier", "assembly.minutes.extract")
    refused = refusal(
        acts.issue_extract, story.CONSOLE, certified_by="meeting-secretary", **{**wanted, "resolutions": [1, 9]}
    )
    assert refused.code == "extract.resolutions"
    extract = acts.issue_extract(story.CONSOLE, certified_by="meeting-secretary", **wanted).result
    assert documents.check_seal(acts.sealed(extract)).good


def test_publication_closes_its_duty(meeting, later):
    duty = Duty.objects.get(obj=meeting.uid, act="assembly.due.results.publication")
    assert duty.closed_at is None
    acts.publish_results(story.CONSOLE, meeting=meeting)
    duty.refresh_from_db()
    assert duty.closed_at == later


def test_the_fifteenth_day_is_in_time_and_the_next_says_it_is_late(meeting):
    with clock.frozen(story.MEETING_AT.replace(month=4, day=14, hour=23, minute=59)):
        in_time = acts.publish_results(story.CONSOLE, meeting=meeting).result
    with clock.frozen(story.MEETING_AT.replace(month=4, day=15, hour=0)):
        late = acts.publish_results(story.CONSOLE, meeting=meeting).result
    assert documents.data_of(in_time)["late"] == ""
    assert "14 avril 2026" in documents.data_of(late)["late"]
    assert "dernier jour utile" in text_of(late)


def test_a_company_that_is_not_listed_has_nothing_to_publish(log):
    meeting = papers.voted(story.opened())
    with clock.frozen(papers.AFTER):
        refused = refusal(acts.publish_results, story.CONSOLE, meeting=meeting)
    assert (refused.code, refused.rule.id) == ("publication.not-bound", "assembly.results.publication")


# ---------------------------------------------------------------- confirmation


def confirm(meeting, ref, **values):
    voter = story.voter(meeting, ref)
    return acts.confirm_vote(voter.actor, voter=voter, **values).result


def vector(document):
    names = ("for", "against", "abstain", "blank", "silent")
    return [tuple(row[name] for name in names) for row in documents.data_of(document)["counted"]]


def test_a_voter_is_told_how_his_votes_were_counted(meeting, later):
    split, proxy, room = (confirm(meeting, ref) for ref in ("A3", "A2", "A4"))
    assert vector(split) == [(30_000, 15_000, 5_000, 0, 0)] * 3
    assert vector(proxy) == [(4_000, 0, 0, 0, 0)] * 3
    assert vector(room) == [(2_000, 0, 0, 0, 0), (2_000, 0, 0, 0, 0), (0, 2_000, 0, 0, 0)]
    assert documents.data_of(split)["bound"] is True
    assert "Votre vote a été enregistré et pris en compte" in text_of(split)
    assert "voix ont été exprimées en séance" in text_of(room)
    assert documents.rerender(split)
    assert documents.check_seal(acts.sealed(split)).good


def test_the_vectors_of_all_add_up_to_the_result(meeting, later):
    vectors = [vector(confirm(meeting, ref)) for ref in ("A1", "A2", "A3", "A4", "T0")]
    totals = [tuple(map(sum, zip(*column, strict=True))) for column in zip(*vectors, strict=True)]
    results = [row.figures for row in meeting.resolutions.order_by("position") for row in [row.result]]
    assert totals == [tuple(row[name] for name in ("for", "against", "abstain", "blank", "silent")) for row in results]


def test_before_the_meeting_a_vote_is_recorded_and_not_yet_counted(log):
    meeting = story.opened()
    story.vote(meeting, "A1", "for", "for", "for")
    with clock.frozen(story.at(21, 9)):
        document = confirm(meeting, "A1", language="en")
    assert documents.data_of(document)["counted"] == []
    assert "will be counted at the meeting" in text_of(document)


def test_a_late_form_is_explained_by_its_rule(log):
    meeting = story.opened()
    story.vote(meeting, "A1", "for", "for", "for", when=story.LIMIT + timedelta(seconds=1))
    with clock.frozen(story.LIMIT + timedelta(minutes=5)):
        document = confirm(meeting, "A1")
    data, shown = documents.data_of(document), text_of(document)
    assert data["state"] == "late"
    assert data["forms"][0]["why"]["rule"]["id"] == "assembly.form.deadline-electronic"
    assert "n’a pas été pris en compte" in shown
    assert "art. R. 225-77" in shown


def test_nobody_asks_for_another(meeting, later):
    refused = refusal(acts.confirm_vote, story.voter(meeting, "A1").actor, voter=story.voter(meeting, "A3"))
    assert refused.code == "access.denied"


def test_a_confirmation_is_kept_as_a_form_is_and_minutes_for_ever(meeting, later):
    document = confirm(meeting, "A1")
    drawn = papers.minutes(meeting)
    assert (document.keep, document.until) == ("assembly.form", later.date().replace(year=2030, month=1, day=1))
    assert (drawn.keep, drawn.until) == ("assembly.minutes", None)
    assert acts.certified_sheet(meeting).keep == "assembly.sheet"


def test_every_document_of_a_meeting_is_made_again_from_the_log(meeting, later):
    drawn = papers.signed(meeting)
    acts.issue_notice(story.CONSOLE, meeting=papers.fresh(meeting), registry="Paris")
    acts.issue_form(story.CONSOLE, meeting=papers.fresh(meeting))
    acts.issue_extract(story.CONSOLE, minutes=drawn, resolutions=[2], certified_by="board-chair", name="A. Vidal")
    acts.publish_results(story.CONSOLE, meeting=papers.fresh(meeting))
    confirm(papers.fresh(meeting), "A3", language="en")
    made = list(Document.objects.all())
    assert {document.kind for document in made} == set(after.PAPERS)
    assert [document.kind for document in made if not documents.rerender(document)] == []


def test_the_part_of_the_act_is_what_was_rendered(meeting, later):
    acts.certify_sheet(story.CONSOLE, sheet=papers.sheet(meeting))
    receipt = acts.issue_minutes(story.CONSOLE, meeting=meeting, debates="x")
    assert parts.read(receipt.act_id, "data") == documents.data_of(receipt.result)
    why = parts.read(receipt.act_id, "why")
    assert {one["rule"]["id"] for one in why} == {"assembly.minutes", "assembly.minutes.register"}
