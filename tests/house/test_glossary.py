"""The glossary has a line for every model and every act of the software."""

import re
from pathlib import Path

import pytest

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text("utf-8")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| [^|]*\| [^|]*\|$", re.MULTILINE)
LINES = {name: french for names, french in ROW.findall(GLOSSARY) for name in re.findall(r"`([^`]+)`", names)}


@pytest.fixture(scope="module")
def registry():
    from tools import reference

    reference.load_acts()
    from opposable.kernel.acts import REGISTRY

    return REGISTRY


def test_every_model_has_a_line():
    from django.apps import apps

    ours = [model for model in apps.get_models() if model.__module__.startswith("opposable.")]
    assert ours
    assert [model.__name__ for model in ours if not LINES.get(model.__name__, "").strip()] == []


def test_every_act_has_a_line_with_its_french_label(registry):
    assert len(registry) > 10
    assert {name: act.label.fr for name, act in registry.items() if LINES.get(name, "").strip() != act.label.fr} == {}


def test_no_line_names_an_act_that_is_gone(registry):
    acts = {name for name in LINES if re.fullmatch(r"(kernel|assembly)\.[a-z-]+\.[a-z-]+", name)}
    assert acts <= registry.keys()
