"""The contract that every system keeps: ours keeps it, and each way of breaking it is named."""

from datetime import date

import pytest

from opposable.kernel import testing
from opposable.kernel.acts import REGISTRY, ActType
from opposable.kernel.models import Recorded
from opposable.kernel.system import NavItem, RetentionClass, Role, systems
from opposable.law import t
from opposable.systems.assembly.models import Company
from tests.assembly import story

pytestmark = pytest.mark.django_db


@pytest.fixture
def assembly():
    return next(system for system in systems() if system.label == "assembly")


def named(faults, words):
    return [fault for fault in faults if words in fault]


def test_the_system_of_meetings_keeps_it(log):
    story.opened()
    faults = testing.contract("assembly")
    assert [fault for fault in faults if not fault.startswith("there is no row of")] == []


def test_a_file_off_the_plan_and_one_that_is_missing(assembly, tmp_path, monkeypatch):
    for name in ("acts.py", "models.py", "rules.py", "urls.py", "utils.py"):
        (tmp_path / name).touch()
    monkeypatch.setattr(assembly, "path", str(tmp_path))
    assert list(testing._plan(assembly)) == [
        "opposable.systems.assembly has no migrations: see the floor plan",
        "opposable.systems.assembly.utils has no place on the floor plan",
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            'id = "other.rule"\nfr = "a"\nen = "b"\nfrom = 2020-01-01\ncite = ["C. com., art. L. 1"]',
            "does not begin with",
        ),
        ('id = "assembly.x"\nfr = "a"\nen = "b"\nfrom = 2020-01-01\ncite = ["somewhere"]', "Citation not understood"),
        ('id = "assembly.x"\nfr = "a"\nen = "b"\ncite = ["C. com., art. L. 1"]', "“from” is missing"),
    ],
)
def test_a_book_that_does_not_read(assembly, tmp_path, monkeypatch, row, fault):
    (tmp_path / "law.toml").write_text(f"[[rule]]\n{row}\n")
    monkeypatch.setattr(assembly, "path", str(tmp_path))
    assert named(testing._book(assembly), fault)


def test_a_system_without_a_book(assembly, tmp_path, monkeypatch):
    monkeypatch.setattr(assembly, "path", str(tmp_path))
    assert list(testing._book(assembly)) == ["assembly has no law.toml"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"name": "assembly.Meeting"}, "is not named"),
        ({"name": "other.meeting.draft"}, "is not named"),
        ({"label": t("", "Draft")}, "has no label in both languages"),
    ],
)
def test_an_act_misnamed_or_without_label(assembly, change, fault):
    kind = REGISTRY["assembly.meeting.draft"]
    whole = {name: getattr(kind, name) for name in kind.__dataclass_fields__}
    assert list(testing._act(assembly, kind)) == []
    assert named(testing._act(assembly, ActType(**whole | change)), fault)


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ({"shares": 1.5}, "does not fit the canonical profile"),
        ({"shares": (1, 2)}, "changes on its way"),
        ({"name": "not what was sealed"}, "is not the one that its last act sealed"),
    ],
)
def test_a_state_that_cannot_stand_as_evidence(log, monkeypatch, state, fault):
    story.opened()
    monkeypatch.setattr(Company, "state", lambda _row: state)
    assert named(testing._row("Company", Company.objects.get()), fault)


def test_a_row_that_everybody_sees(log, monkeypatch):
    story.opened()
    monkeypatch.setattr(type(Company.objects.all()), "visible_to", lambda rows, _actor: rows)
    assert named(testing._row("Company", Company.objects.get()), "without any grant")


def test_a_model_without_a_row_to_look_at(assembly):
    assert "there is no row of Company to look at: let the test make one, by an act" in testing.contract("assembly")


def test_a_model_of_an_unknown_class(assembly, monkeypatch):
    monkeypatch.setattr(Company.Evidence, "keep", "assembly.forgotten")
    monkeypatch.setattr(Company.Evidence, "kind", "company")
    faults = list(testing._models(assembly))
    assert named(faults, "which no retention class declares")
    assert named(faults, "the kind company")
    assert issubclass(Company, Recorded)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("nav", (NavItem(t("a", "b"), "assembly:nowhere"),), "which is no page"),
        ("commands", "opposable.systems.assembly.commands.nothing", "cannot be imported"),
        ("duties", {"assembly.never.done": "opposable.systems.assembly.jobs.fix_entitlements"}, "is no act"),
        ("duties", {"assembly.vote.close": "opposable.systems.assembly.jobs.nothing"}, "cannot be imported"),
        ("roles", {"clerk": Role(t("a", "b"), {"asembly.*": frozenset({"read"})})}, "nothing of that kind"),
        ("roles", {"clerk": Role(t("a", "b"), {"assembly.*": frozenset({"reed"})})}, "verbs that do not exist"),
        ("roles", {"clerk": Role(t("", "b"), {"assembly.*": frozenset({"read"})})}, "both languages"),
        ("retention", (RetentionClass("assembly.x", t("a", "b"), "assembly.no-rule"),), "which is in no book"),
        ("retention", (RetentionClass("other.x", t("a", "b"), ""),), "does not begin with"),
        ("retention", (RetentionClass("assembly.x", t("a", "b"), "", lambda day: day),), "on the day itself"),
    ],
)
def test_a_manifest_that_names_what_is_not_there(assembly, monkeypatch, field, value, fault):
    assert list(testing._manifest(assembly)) == []
    monkeypatch.setattr(assembly, field, value)
    assert named(testing._manifest(assembly), fault)


def test_a_model_changed_without_a_migration(assembly, monkeypatch):
    assert list(testing._migrations(assembly)) == []
    monkeypatch.setattr(Company._meta.get_field("slug"), "max_length", 7)
    assert named(testing._migrations(assembly), "without a migration")


def test_the_days_it_tries_are_days_on_which_periods_go_wrong():
    assert date(2024, 2, 29) in testing.DAYS
