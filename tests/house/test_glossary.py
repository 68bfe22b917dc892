"""The glossary has a line for every model; the generated pages say what the software says."""

import re
from pathlib import Path

import pytest

from tools import reference

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text("utf-8")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| [^|]*\| [^|]*\|$", re.MULTILINE)
LINES = {name: french for names, french in ROW.findall(GLOSSARY) for name in re.findall(r"`([^`]+)`", names)}


def test_every_model_has_a_line():
    from django.apps import apps

    ours = [model for model in apps.get_models() if model.__module__.startswith("opposable.")]
    assert ours
    assert [model.__name__ for model in ours if not LINES.get(model.__name__, "").strip()] == []


@pytest.mark.parametrize("page", reference.PAGES)
def test_the_generated_pages_are_up_to_date(page):
    reference.load_acts()
    assert (reference.REFERENCE / f"{page}.md").read_text("utf-8") == reference.PAGES[page](), "run `make docs`"
