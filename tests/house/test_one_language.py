"""A terminal speaks one language at a time: help, tables, refusals and misuse are all French or all English."""

import ast
import re
from pathlib import Path

import pytest

from opposable.cli import COMMANDS, main
from opposable.kernel.system import systems
from opposable.law.terminal import Parser, language

SOURCE = Path(__file__).parents[2] / "src" / "opposable"
OURS = sorted(
    {*SOURCE.glob("**/commands/*.py"), *SOURCE.glob("**/commands.py"), *SOURCE.glob("**/command.py"), SOURCE / "cli.py"}
)
SPEAK = {
    "print",
    "ArgumentTypeError",
    "Misuse",
    "Parser",
    "add_parser",
    "add_argument",
    "HomeError",
    "Fault",
    "getpass",
}
BOTH = {"words", "t", "Text"}
OTHER = {
    "fr": r"\b(the|of|and|with|without|for|from|its|which|was|were|is|are|this|that|has|to)\b",
    "en": r"\b(le|les|des|une|est|avec|sans|pour|qui|dans|sur|par|ce|ou|du|aux|pas)\b",
}
"""Small words that one language has and the other has not."""
QUOTED = re.compile(r"\(.*?\)|“.*|«.*|`.*?`|\S*[-_./=]\S*|^ +(source|quotation|citation) .*|^ +\S+(?= {2})")
"""What is not a sentence of ours: citations, quotations, names of things with a sign in them, the name before a column."""
SEEN = [
    (),
    ("nothing",),
    ("verify", "nowhere.asice"),
    ("serve", "--port", "x"),
    ("law", "list", "--system", "assembly"),
    ("law", "at", "assembly.form.deadline-electronic", "2026-03-30"),
    ("law", "at", "assembly.form.deadline-electronic", "tomorrow"),
    ("law", "diff", "2026-01-01", "2026-01-01"),
    ("assembly", "calendar", "--on", "2026-03-30T10:00", "--listed"),
    ("assembly", "calendar", "--on", "2026-03-30T10:00", "--form", "sas"),
    ("assembly", "calendar", "--on", "soon"),
    ("assembly", "register", "x.csv", "--company", "none"),
    ("assembly", "results", "none"),
    ("contracts", "check", "none"),
    ("isms", "check"),
    ("isms", "referential", "iso27001-2022"),
    ("traffic", "law", "--on", "2008-01-01"),
    ("traffic", "ingest", "x", "--source", "none"),
    ("traffic", "day", "2020-01-01"),
    ("traffic", "cluster"),
    ("employment", "dismissal", "--presented-on", "2026-03-02"),
    ("employment", "cne", "--signed-on", "2020-01-01"),
    ("employment", "waiver", "--rupture", "resignation", "--rupture-on", "2020-01-01", "--waived-on", "2020-01-05"),
    ("act", "assembly.meeting"),
    ("act", "assembly.meeting.draft"),
    ("act", "assembly.meeting.draft", "moon"),
    ("act", "none"),
    ("show", "none"),
    ("account", "grant", "none@example.test", "x", "/"),
    ("bench", "none", "--nothing"),
]


def foreign(said, lang):
    """Lines with a small word of the other language; a citation, a name of the law or a quotation stays as it is."""
    return [line for line in said.splitlines() if re.search(OTHER[lang], QUOTED.sub("", line))]


def loose(tree):
    """String constants that are shown and not written in both languages."""

    def walk(node, inside):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in BOTH or name == "dumps":
                return
            inside = inside or (name in SPEAK and name not in {"add_argument", "add_parser", "Parser"})
            for keyword in node.keywords:
                yield from walk(
                    keyword.value, inside or (keyword.arg in {"help", "description", "text"} and name in SPEAK)
                )
            for child in [*node.args, node.func]:
                yield from walk(child, inside)
            return
        if isinstance(node, ast.Subscript):
            return
        if inside and isinstance(node, ast.Constant) and isinstance(node.value, str):
            sentence = re.search(r"[a-zà-ÿ]{2,}:? [a-zà-ÿ]{2,}", re.sub(r"opposable [a-z ]*", "", node.value))
            yield from [node] if sentence else []
        if inside and isinstance(node, ast.Attribute) and node.attr in {"en", "fr"}:
            yield node
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return list(walk(tree, inside=False))


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_command_says_a_sentence_in_one_language_only(path):
    found = [f"{path.name}:{node.lineno}: {ast.unparse(node)}" for node in loose(ast.parse(path.read_text("utf-8")))]
    assert found == []


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_help_is_in_the_language_asked(lang, monkeypatch, capsys):
    monkeypatch.setenv("OPPOSABLE_LANG", lang)
    made = []
    first = Parser.__init__

    def keep(self, *args, **options):
        first(self, *args, **options)
        made.append(self)

    monkeypatch.setattr(Parser, "__init__", keep)
    for name in [*COMMANDS, *(system.label for system in systems() if system.commands)]:
        if name != "manage":
            assert main([name, "--help"]) == 0
    said = "\n".join(parser.format_help().partition("\n\n")[2] for parser in made)
    assert len(made) > 80
    assert foreign(said, lang) == []
    capsys.readouterr()


@pytest.mark.django_db
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("words", SEEN, ids=" ".join)
def test_what_is_said_is_in_the_language_asked(words, lang, monkeypatch, capsys):
    monkeypatch.setenv("OPPOSABLE_LANG", "en" if lang == "fr" else "fr")  # --lang is stronger
    main([*words, "--lang", lang])
    said = capsys.readouterr()
    assert said.out + said.err
    assert foreign(said.out + said.err, lang) == []


def test_the_language_is_asked_of_the_command_then_of_the_machine():
    assert [
        language({"OPPOSABLE_LANG": "en", "LANG": "fr_FR.UTF-8"}),
        language({"LC_ALL": "en_GB.UTF-8", "LANG": "fr_FR"}),
    ] == ["en"] * 2
    assert [language({}), language({"LANG": "C.UTF-8"}), language({"OPPOSABLE_LANG": "fr", "LANG": "en_US"})] == [
        "fr"
    ] * 3
