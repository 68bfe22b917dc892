"""What `verify` and `audit` say in detail has its French phrase: a new one in the code needs one in phrases.toml."""

import ast
import re
from pathlib import Path

import pytest

from opposable import kernel, ledger
from opposable.ledger.assets import page_phrases, page_texts
from opposable.ledger.phrases import detail_in, phrase_of, phrases

FOLDERS = [Path(ledger.__file__).parent, Path(kernel.__file__).parent / "audit"]
PLACE = {"expect": 3, "alarm": 3, "_alarm": 2, "_note": 2}
"""Which argument of the calls that report something is its detail."""
OF_THE_PROGRAM = {"cosignature.py", "writer.py"}
"""They speak to whoever calls them, never in a report."""
SAME = re.compile(r"(\{\}|sha256|rules/\{\}\.json|[,:. ()]|seq|head|entry|digest)*")
"""Figures, and names of columns and files: the same in every language."""

WORDS = re.compile(r"[a-z]{2,},? [a-z{]|\} [a-z]|[a-z] \{")
UNSAID = {"cosignature/v1\\ntime {}\\n{}"}
"""What a witness signs, in verify.html."""


def texts(node):
    """The texts of an expression, {} for each value in them."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        return ["".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)]
    return [*texts(node.body), *texts(node.orelse)] if isinstance(node, ast.IfExp) else []


def details(node):
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return [text for argument in node.exc.args[:1] for text in texts(argument)]
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        at = PLACE.get(name, 99)
        given = node.args[at : at + 1] + [item.value for item in node.keywords if item.arg == "detail"]
        return [text for argument in given for text in texts(argument)]
    return []


def test_every_detail_has_its_french_phrase():
    said = {
        text
        for folder in FOLDERS
        for path in folder.rglob("*.py")
        if path.name not in OF_THE_PROGRAM
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for text in details(node)
    }
    assert len(said) > 150
    missing = {text for text in said if text not in phrases() and not SAME.fullmatch(text)}
    assert not missing, "give each its French in ledger/phrases.toml"


def test_every_detail_of_the_page_has_its_french_phrase():
    """Whatever reads as words among the texts of its verifying scripts; what is passed on unsaid is listed."""
    said = {text for text in page_texts() if WORDS.search(text)} - UNSAID
    assert len(said) > 100
    missing = {text for text in said if phrase_of(text) is None}
    assert not missing, "give each its French in ledger/phrases.toml"
    assert set(page_phrases()) < set(phrases()), "the page carries what it says, not what the audit says"


def test_a_value_of_the_file_can_keep_no_pattern_busy():
    long = "at " * 20_000 + ", token of "
    assert detail_in("fr", long) == long


def test_a_phrase_has_as_many_values_in_french():
    assert not [english for english, french in phrases().items() if english.count("{}") != french.count("{}")]


@pytest.mark.parametrize(
    ("english", "french"),
    [
        ("inclusion proof leads to another root", "la preuve d’inclusion mène à une autre racine"),
        ("not a proof: no index", "pas une preuve : pas de numéro"),
        ("signed by nobody", "signé par personne"),
        ("log: not a proof", "log: not a proof"),
        ("note: the signature of a.example/1 does not verify", "note : la signature de a.example/1 ne se vérifie pas"),
        ("", ""),
    ],
)
def test_a_detail_is_said_in_the_language_of_its_reader(english, french):
    assert detail_in("fr", english) == french
    assert detail_in("en", english) == english
