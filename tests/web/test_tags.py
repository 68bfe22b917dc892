"""`{% load opposable %}`: words, seals, whys, fields."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.utils import translation

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import Decision, Refused, Step, Trace, t
from opposable.web.language import typographic

AT = datetime(2026, 3, 29, 13, 0, 1, 204317, UTC)


def draw(source, lang="fr", **context):
    with translation.override(lang):
        return Template("{% load opposable %}" + source).render(Context(context)).strip()


def rule(rule_id="assembly.form.deadline-electronic", day=date(2026, 3, 30)):
    return law().at(rule_id, day)


# ---- words


def test_both_languages_stand_side_by_side():
    assert draw('{% t "Bonjour" "Hello" %}') == "Bonjour"
    assert draw('{% t "Bonjour" "Hello" %}', "en") == "Hello"
    assert draw("{% t text %}", "en", text=t("Oui", "Yes")) == "Yes"
    assert draw("{{ text|say }}", text={"fr": "Oui", "en": "Yes"}) == "Oui"


def test_what_people_typed_is_escaped_in_a_sentence():
    shown = draw('{% t "Bonjour {name}" "Hello {name}" name=name %}', name="<script>alert(1)</script>")
    assert shown == "Bonjour &lt;script&gt;alert(1)&lt;/script&gt;"
    assert draw("{% t text %}", text=t("<b>", "<b>")) == "&lt;b&gt;"
    assert draw('{% t "{a}" "{a}" a=a %}', a="{b} & {0}") == "{b} &amp; {0}"


def test_french_spaces_do_not_break():
    assert typographic("Pourquoi ? « Oui » : 12 % ; n° 4, art. L. 1 !") == (
        "Pourquoi\u202f? «\u00a0Oui\u00a0»\u00a0: 12\u00a0%\u202f; n°\u00a04, art.\u00a0L. 1\u202f!"
    )
    assert draw('{% t "Qui ?" "Who ?" %}', "en") == "Who ?"


def test_values_of_every_kind_are_shown_to_people():
    shown = draw("{{ x|value }}", x={"at": AT, "day": date(2026, 5, 1), "votes": 12345, "in_time": True})
    assert "15:00:01,204317\u00a0Paris = 13:00:01.204317\u00a0UTC" in shown
    assert "12\u202f345" in shown
    assert "oui" in shown
    assert draw("{{ x|value }}", "en", x="2026-03-29T13:00:00.000000Z").endswith("13:00:00\u00a0UTC")
    assert draw("{{ x|value }}", x=[None, "a", 1]) == "–, a, 1"
    assert draw("{{ x|value }}", x="2026-13-45T99:00:00Z") == "2026-13-45T99:00:00Z"


# ---- time


def test_legal_time_carries_the_exact_instant():
    shown = draw("{% legal_time at %}", at=AT)
    assert 'datetime="2026-03-29T13:00:01.204317Z"' in shown
    assert ">15:00:01\u00a0Paris<" in shown
    assert draw("{% legal_time at %}", at=None) == "–"


def test_the_day_of_an_instant_is_its_day_in_paris():
    assert 'datetime="2026-03-30"' in draw("{% legal_date at %}", at=datetime(2026, 3, 29, 22, 30, tzinfo=UTC))


def test_a_countdown_is_right_before_any_script_runs():
    with clock.frozen(AT):
        assert "dans 1\u00a0h\u00a012\u00a0min" in draw("{% countdown at %}", at=AT + timedelta(minutes=72, seconds=8))
        assert "8\u00a0s ago" in draw("{% countdown at %}", "en", at=AT - timedelta(seconds=8))


# ---- marks


def test_the_seal_says_number_and_legal_time():
    with clock.frozen(AT):
        shown = draw("{% seal act %}", act=SimpleNamespace(index=1234, at=AT))
    text = shown.replace("\u00a0", " ")
    assert "acte n° 1\u202f234" in text
    assert "15:00:01,204 Paris" in text
    assert 'href="/acts/1234/"' in shown


def test_the_seal_of_another_day_says_the_day():
    with clock.frozen(AT + timedelta(days=1)):
        assert "29\u00a0mars\u00a02026" in draw("{% seal act %}", act=SimpleNamespace(index=1, at=AT))


def test_before_the_seal_it_is_a_promise_and_says_so():
    shown = draw("{% seal act %}", act=SimpleNamespace(index=None, at=AT))
    assert "promis, pas encore scellé" in shown
    assert "<a " not in shown


def test_a_site_without_proof_pages_shows_seals_without_links(site):
    site.ROOT_URLCONF = "tests.web.elsewhere"
    assert 'href="/acts' not in draw("{% seal act %}", act=SimpleNamespace(index=1, at=AT))
    assert 'href="/r/1"' in draw('{% seal act href="/r/1" %}', act=SimpleNamespace(index=1, at=AT))


def test_a_state_is_a_mark_and_a_word():
    shown = draw('{% state "refused" "hors délai" %}')
    assert "#cross" in shown
    assert "hors délai" in shown
    with pytest.raises(KeyError):
        draw('{% state "rouge" "x" %}')


def test_a_hash_is_whole_in_the_page():
    digest = "ab" * 32
    assert draw("{% hash x %}", x=digest).count(digest) == 2
    assert f">{digest}<" in draw("{% hash x full=True %}", x=bytes.fromhex(digest))


def test_a_citation_leads_to_the_law_of_its_day():
    shown = draw("{% cite rule %}", rule=rule())
    assert f'href="/law/assembly.form.deadline-electronic/?on={rule().since}"' in shown
    assert "art.\u00a0R. 225-77" in shown
    assert "depuis le" in shown
    assert draw('{% cite "C. com., art. L. 225-107" %}') == "<cite>C. com., art.\u00a0L. 225-107</cite>"


def test_an_unconfirmed_rule_says_so_everywhere():
    doubtful = next(item for versions in law().list() for item in versions if not item.confirmed)
    for text in ("{% unconfirmed rule %}", "{% cite rule %}", "{% why rule %}"):
        assert "règle non confirmée" in draw(text, rule=doubtful)
    assert draw("{% unconfirmed rule %}", rule=rule()) == ""


# ---- why


STEP = Step(t("limite", "limit"), t("la veille", "the day before"), "2026-03-29T13:00:00.000000Z")


def test_why_shows_rule_facts_and_arithmetic():
    shown = draw("{% why d %}", d=Decision(True, rule(), {"received_at": AT}, Trace((STEP,))))
    for word in ("Pourquoi\u202f?", "la veille", "15:00:00", "R. 225-77", "depuis le", "<details"):
        assert word in shown


def test_why_of_what_an_act_stored_finds_the_pinned_wording():
    stored = Decision(True, rule(), {"received_at": AT}, Trace((STEP,))).as_data()
    shown = draw("{% why d %}", d=[stored, stored])
    assert shown.count("<details") == 2
    assert rule().fr.split(":")[0].strip() in shown


@pytest.mark.django_db
def test_why_of_a_wording_that_is_no_longer_on_file_does_not_show_another_one():
    stored = Decision(True, rule(), {}, Trace()).as_data()
    stored["rule"]["row"] = "00" * 32
    shown = draw("{% why d %}", d=stored)
    assert "n’est plus au dossier" in shown
    assert rule().text not in shown


def test_a_refusal_says_what_remains_lawful():
    refused = Refused(
        t("Trop tard.", "Too late."), rule(), "late", facts={"received_at": AT}, lawful=t("venir", "come")
    )
    shown = draw("{% refusal r %}", r=refused)
    assert 'role="alert"' in shown
    assert "Trop tard." in shown
    assert "Ce qui reste possible" in shown
    assert "What remains possible" in draw("{% refusal r %}", "en", r=refused)


def test_what_no_law_decided_does_not_pretend_so():
    shown = draw("{% refusal r %}", r=Refused(t("Non.", "No."), None, "access.denied"))
    assert "ne vient pas de la loi" in shown


def test_nothing_has_no_why():
    assert draw("{% why none %}{% refusal none %}", none=None) == ""


# ---- forms


class Convening(forms.Form):
    name = forms.CharField(label="Nom", help_text="Comme au registre.")
    form = forms.ChoiceField(label="Forme", choices=[("sa", "SA"), ("sas", "SAS")], widget=forms.RadioSelect)
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
    listed = forms.BooleanField(label="Cotée", required=False)


def test_errors_stand_beside_their_field_and_nothing_typed_is_lost():
    form = Convening({"name": "", "form": "sas", "note": "gardé <b>"})
    shown = draw("{% errors form %}{% fields form %}", form=form)
    assert 'aria-invalid="true"' in shown
    assert 'href="#id_name"' in shown
    assert 'id="id_name_error"' in shown
    assert "gardé &lt;b&gt;" in shown
    assert 'value="sas"' in shown
    assert "checked" in shown


def test_optional_fields_say_so_and_hints_are_tied():
    shown = draw("{% fields form %}", form=Convening())
    assert shown.count("(facultatif)") == 1
    assert 'aria-describedby="id_name_helptext"' in shown
    assert 'id="id_name_helptext"' in shown
    assert draw("{% errors form %}", form=Convening()) == ""


# ---- pieces


def test_a_diff_marks_what_went_and_what_came():
    shown = draw("{% diff a b %}", a="un vote négatif", b="pas un vote exprimé")
    assert "<del>négatif</del>" in shown
    assert "<ins>exprimé</ins>" in shown
    fields = draw("{% diff a b changed=True %}", a={"x": "1", "y": "2"}, b={"x": "1", "y": "3"})
    assert ">y</th>" in fields
    assert ">x</th>" not in fields


def test_a_diff_cannot_inject_markup():
    assert "<script>" not in draw("{% diff a b %}", a="<script>", b="<script>x")


def test_a_timeline_tells_refusals_by_a_word():
    items = [
        SimpleNamespace(
            label=t("Reçu", "Received"), at=AT, index=None, outcome="refused", actor="", why=None, detail=""
        )
    ]
    assert "(refusé)" in draw("{% timeline items %}", items=items)


def test_progress_polls_until_it_is_done():
    assert 'hx-get="/p/"' in draw('{% progress 1 10 "Import" poll="/p/" %}')
    done = draw('{% progress 10 10 "Import" poll="/p/" %}')
    assert "hx-get" not in done
    assert "terminé" in done
