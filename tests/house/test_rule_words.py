"""Nobody is shown a code name on a page of the law: every value of every rule has its words, every source both languages."""

import re

from opposable.kernel.system import law, systems
from opposable.law.sources import source_text
from opposable.web.rule_words import has_name, has_value, param_text

CITED = re.compile(r"(?:[A-Z]{2} \d[\dX]|[IV]+(?:, (?:[a-z]\)|\d°).*)?|\d(?:, \d+°?)*|[LRA]\. [\d-]+)")
"""What is a citation or a code of the law itself, the same in both languages."""
FRENCH = re.compile(
    r"\b(?:lue?s?|jour|mémoire|maison|notes de|texte|copie|depuis|premier|rédactions?|pas|presse|décision)\b"
)
ENGLISH = re.compile(r"\b(?:the|of|from|and|was|were|not|text|public|first|last|read|by|memory|copy|until|to)\b")


def rules():
    return [rule for system in systems() for rule_id in law().ids(system.label) for rule in law().versions(rule_id)]


def codes(name, value):
    """Every string among a rule's values, with the name that it stands under."""
    if isinstance(value, str):
        yield name, value
    elif hasattr(value, "items"):
        for key, item in value.items():
            yield from codes(key, item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from codes(name, item)


def names(value):
    if hasattr(value, "items"):
        for key, item in value.items():
            yield key
            yield from names(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from names(item)


def test_every_name_of_a_value_has_words():
    wordless = {(rule.id, name) for rule in rules() for name in names(rule.param) if not has_name(rule, name)}
    assert not wordless, "give each its words, fr and en, in words.toml beside the rulebook"


def test_every_code_has_words_in_both_languages():
    wordless = {
        (rule.id, name, code)
        for rule in rules()
        for name, code in codes("", rule.param)
        if code and not CITED.fullmatch(code) and not re.fullmatch(r"<\w+>", code) and not has_value(rule, name, code)
    }
    assert not wordless, "give each its words, fr and en, in words.toml beside the rulebook"


def test_every_source_of_the_meeting_is_said_in_both_languages():
    sources = {rule.source for rule in rules() if rule.id.startswith("assembly.")}
    mixed = [said for source in sources for said, other in _both(source) if other.search(said)]
    assert not mixed, "add the turn of phrase to law/sources.toml"


def _both(source):
    return (source_text(source, "fr"), ENGLISH), (source_text(source, "en"), FRENCH)


def test_a_fraction_reads_as_one():
    rule = law().versions("assembly.agenda.drafts")[0]
    assert param_text(rule, "share", (5, 100), "fr") == "5\u00a0/\u00a0100"
    assert param_text(rule, "scale_per_ten_thousand", (400, 250), "en") == "400, 250"
