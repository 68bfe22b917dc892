"""One language on a terminal: what a command says, its tables, its refusals and its help are all French, or all English.

The language is ``--lang`` (the command line puts it into OPPOSABLE_LANG), else OPPOSABLE_LANG, else English where the machine's own
settings (LC_ALL, LC_MESSAGES, LANG) ask for it, else French. What a program reads (``--json``) has no language.
"""

import argparse
import os
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from opposable.law.text import LANGUAGES, Text

VARIABLE: Final = "OPPOSABLE_LANG"
_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_ARGPARSE: Final = {
    "usage: ": "usage : ",
    "positional arguments": "arguments",
    "options": "options",
    "subcommands": "verbes",
    "show this help message and exit": "montrer cette aide et s’arrêter",
    "%(prog)s: error: %(message)s\n": "%(prog)s : erreur : %(message)s\n",
    "argument %(argument_name)s: %(message)s": "argument %(argument_name)s : %(message)s",
    "the following arguments are required: %s": "ces arguments manquent : %s",
    "one of the arguments %s is required": "il faut l’un de ces arguments : %s",
    "unrecognized arguments: %s": "arguments inconnus : %s",
    "not allowed with argument %s": "ne va pas avec l’argument %s",
    "ignored explicit argument %r": "l’argument %r est de trop",
    "expected one argument": "il faut une valeur",
    "expected at most one argument": "une valeur au plus",
    "expected at least one argument": "il faut une valeur au moins",
    "expected %s argument": "il faut %s valeur",
    "expected %s arguments": "il faut %s valeurs",
    "invalid %(type)s value: %(value)r": "%(value)r ne se lit pas (attendu : %(type)s)",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r n’est pas un choix (choisissez parmi %(choices)s)",
    "ambiguous option: %(option)s could match %(matches)s": "option ambiguë : %(option)s peut être %(matches)s",
}
"""argparse's own sentences, as it hands them to gettext."""


def language(environment: Mapping[str, str] | None = None) -> str:
    """The language of this terminal: ``"fr"`` or ``"en"``."""
    known = os.environ if environment is None else environment
    asked = known.get(VARIABLE, "")[:2].lower()
    if asked in LANGUAGES:
        return asked
    machine = next(filter(None, (known.get(name, "") for name in _LOCALE)), "")
    return "en" if machine.lower().startswith("en") else "fr"


def say(value: Text | str) -> str:
    """A sentence in the language of the terminal; what people wrote stays as it is."""
    return value.of(language()) if isinstance(value, Text) else value


def words(fr: str, en: str) -> str:
    """Both wordings side by side, as `t`; the one of the terminal comes out."""
    return en if language() == "en" else fr


def number(value: int) -> str:
    """A count with its thousands apart: «12 345» / "12,345"."""
    return f"{value:,}" if language() == "en" else f"{value:,}".replace(",", "\u202f")


class Parser(argparse.ArgumentParser):
    """argparse in the language of the terminal. It has no catalogue for gettext to find, so we answer in gettext's place."""

    def __init__(self, *args: Any, **options: Any) -> None:
        for name in ("_", "ngettext"):
            setattr(argparse, name, {"_": _own_words, "ngettext": _own_plural}[name])
        super().__init__(*args, **options)


def _own_words(message: str) -> str:
    return _ARGPARSE.get(message, message) if language() == "fr" else message


def _own_plural(one: str, several: str, count: int) -> str:
    return _own_words(one if count == 1 else several)


def add_language(parser: argparse.ArgumentParser) -> None:
    """``--lang`` on a command that may be run by itself; `opposable` takes it out of any command line before."""
    parser.add_argument(
        "--lang", choices=LANGUAGES, default=None, help=words("langue de la réponse", "language of the answer")
    )


def day(text: str) -> date:
    """A day as 2026-03-30, for argparse."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        fr, en = (
            f"{text!r} n’est pas un jour : écrivez-le comme 2026-03-30",
            f"{text!r} is no day: write it as 2026-03-30",
        )
        raise argparse.ArgumentTypeError(words(fr, en)) from None


def moment(text: str) -> datetime:
    """A day and an hour as 2026-03-30T10:00, for argparse."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        fr = f"{text!r} n’est pas un jour et une heure : écrivez-les comme 2026-03-30T10:00"
        raise argparse.ArgumentTypeError(
            words(fr, f"{text!r} is no day and hour: write it as 2026-03-30T10:00")
        ) from None
