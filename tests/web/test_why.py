"""«Pourquoi ?» years later: the page shows the very wording that the act pinned, whatever became of the rulebook and of the bylaws."""

from datetime import date

import pytest
from django.template import Context, Template
from django.utils import translation

from opposable.kernel.accounts import cell as cell_at
from opposable.kernel.acts import act
from opposable.kernel.models import CitedRule, Hold
from opposable.law import Bylaw, Decision, Trace, t
from opposable.law.book import Law, load_book
from tests.kernel.test_audit import tampered
from tests.web.story import SYSTEM

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 30)
CLAUSE = Bylaw(
    "assembly.form.deadline-paper", DAY, None, {"max_days_before": 2}, "Statuts, art. 20", "Deux jours suffisent."
)


@act("web.hold.under-bylaws", label=t("Essai", "Test"), api=False)
def under_bylaws(a, *, cell):
    hold = Hold(cell=cell, reason="x", since=a.now)
    a.record(hold)
    a.why(Decision(True, a.law(CLAUSE.rule_id, DAY, [CLAUSE]), {"n": 1}, Trace()))


def shown(act_id):
    from opposable.kernel import parts

    with translation.override("fr"):
        return Template("{% load opposable %}{% why data %}").render(Context({"data": parts.read(act_id, "why")}))


def test_a_rule_under_bylaws_is_shown_with_its_clause(log):
    page = shown(under_bylaws(SYSTEM, cell=cell_at("/tests/")).act_id)
    assert "n’est plus au dossier" not in page
    assert "Statuts, art. 20" in page
    assert "Deux jours suffisent." in page
    assert "Réception des formulaires papier" in page


def test_a_rule_that_left_the_book_is_shown_as_it_was(log, monkeypatch):
    act_id = under_bylaws(SYSTEM, cell=cell_at("/tests/")).act_id
    empty = Law(
        [
            load_book(
                b'system = "assembly"\n[[rule]]\nid = "assembly.x"\nfr = "x"\nen = "y"\nfrom = 2000-01-01\ncite = ["L. 1"]\n',
                "x",
            )
        ]
    )
    monkeypatch.setattr("opposable.web.why.law", lambda: empty)
    assert "Deux jours suffisent." in shown(act_id)


def test_a_kept_rule_that_was_changed_is_not_shown_as_the_one_that_was_cited(log):
    act_id = under_bylaws(SYSTEM, cell=cell_at("/tests/")).act_id
    kept = CitedRule.objects.get(rule_id=CLAUSE.rule_id)
    changed = bytes(kept.data).replace(b"Deux jours", b"Dix jours")
    page = tampered(
        ("UPDATE kernel_citedrule SET data = %s WHERE row = %s", [changed, kept.row]), check=lambda: shown(act_id)
    )
    assert "Dix jours" not in page
    assert "n’est plus au dossier" in page
