"""The command line: `opposable <command>`. Exit status 0; 1: checked and false, or refused; 2: misuse.

Each command's work is done by the package that owns it; here are only the words. Django is started by the commands that
need the database, and by no other: `verify`, `law` and `witness` run without one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path

from opposable.law.terminal import VARIABLE, language, say, words
from opposable.law.text import LANGUAGES, Text, t

COMMANDS: dict[str, tuple[str, Text]] = {
    "demo": (
        "opposable.demo.command",
        t(
            "bâtir la démonstration (une assemblée racontée de bout en bout) et la servir",
            "build the demonstration (a meeting told end to end) and serve it",
        ),
    ),
    "init": (
        "opposable.commands.init",
        t(
            "faire une installation : dossiers, clé du journal, journal vide, base",
            "make an installation: folders, log key, empty log, database",
        ),
    ),
    "serve": (
        "opposable.commands.serve",
        t("servir les pages, le site de vote et le scelleur", "serve the pages, the voting site and the sealer"),
    ),
    "sealer": (
        "opposable.commands.sealer",
        t("lancer le scelleur seul, sous son propre compte", "run the sealer alone, as its own user"),
    ),
    "tick": (
        "opposable.commands.tick",
        t("faire ce qui est dû : échéances, ancrage, effacements", "do what is due: duties, anchoring, erasures"),
    ),
    "audit": (
        "opposable.commands.audit",
        t(
            "contrôler chaque feuille, preuve, jeton, chaîne et ligne ; nommer ce qui ne va pas",
            "check every leaf, proof, token, chain and row; name what is wrong",
        ),
    ),
    "bundle": (
        "opposable.commands.bundle",
        t(
            "écrire la preuve d’un objet ou d’un acte en fichier .asice",
            "write the evidence of an object or an act as an .asice file",
        ),
    ),
    "verify": (
        "opposable.commands.verify",
        t("contrôler un fichier .asice ; sans installation", "check an .asice file; needs no installation"),
    ),
    "witness": (
        "opposable.commands.witness",
        t(
            "cosigner les points de contrôle de journaux (C2SP tlog-witness)",
            "cosign the checkpoints of logs (C2SP tlog-witness)",
        ),
    ),
    "law": (
        "opposable.commands.law",
        t(
            "list | at RULE DATE | diff DATE DATE : les règles datées",
            "list | at RULE DATE | diff DATE DATE: the dated rules",
        ),
    ),
    "act": (
        "opposable.commands.act",
        t(
            "donner les actes, dire ce que l’un prend, l’accomplir",
            "list the acts, say what one takes, perform it",
        ),
    ),
    "show": (
        "opposable.commands.show",
        t("les objets consignés, tels que le journal s’y engage", "recorded objects, as the log commits to them"),
    ),
    "key": (
        "opposable.commands.key",
        t(
            "lister, renouveler et retirer les clés qui signent le journal",
            "list, rotate and retire the keys that sign the log",
        ),
    ),
    "account": (
        "opposable.commands.account",
        t("ouvrir un compte, lui donner un rôle, un jeton", "open an account, give it a role, a token"),
    ),
    "restore": (
        "opposable.commands.restore",
        t(
            "rejouer les effacements du journal sur une base restaurée",
            "replay the erasures of the log on a restored database",
        ),
    ),
    "bench": (
        "opposable.commands.bench",
        t("mesurer cette machine (depuis les sources)", "measure this machine (needs a source checkout)"),
    ),
    "manage": (
        "opposable.commands.manage",
        t("les commandes de Django lui-même (en anglais)", "Django's own management commands"),
    ),
}

_FULL = t(
    "le disque de la base est plein : faites de la place, puis recommencez ; ce qui était en cours n’a pas été fait",
    "the disk of the database is full: make room, then do it again; what was being done was not done",
)
_BEHIND = t(
    "la base n’a pas les colonnes de cette version : lancez `opposable manage migrate`",
    "the database has not the columns of this version: run `opposable manage migrate`",
)
_TOO_LONG = t(
    "un texte est trop long, ou un nombre trop grand, pour ce qu’on en garde : rien n’a été fait, écrivez plus court",
    "a text is too long, or a number too large, for what is kept of it: nothing was done, write less",
)
DATABASE_ADVICE = {
    "value too long": _TOO_LONG,
    "out of range": _TOO_LONG,
    "no such table": t(
        "la base n’a pas les tables de cette version : lancez `opposable manage migrate`",
        "the database has not the tables of this version: run `opposable manage migrate`",
    ),
    "no such column": _BEHIND,
    "has no column named": _BEHIND,
    "does not exist": t(
        "la base n’a pas ce qu’il faut à cette version : lancez `opposable manage migrate`",
        "the database has not what this version needs: run `opposable manage migrate`",
    ),
    "is full": _FULL,
    "No space left": _FULL,
    "readonly": t(
        "ce compte ne peut écrire dans la base : prenez le compte à qui elle est",
        "this account may not write the database: use the account that owns it",
    ),
    "unable to open": t(
        "ce compte ne peut ouvrir la base : prenez le compte à qui elle est",
        "this account may not open the database: use the account that owns it",
    ),
    "locked": t(
        "un autre programme tient la base : arrêtez-le, ou réessayez",
        "another program holds the database: stop it, or try again",
    ),
    "malformed": t(
        "le fichier de la base est abîmé : remettez la dernière sauvegarde, puis lancez `opposable restore`",
        "the database file is damaged: put back the newest backup, then run `opposable restore`",
    ),
    "not a database": t(
        "le fichier de la base n’en est pas une : remettez la dernière sauvegarde, puis lancez `opposable restore`",
        "the database file is none: put back the newest backup, then run `opposable restore`",
    ),
}


def main(argv: list[str] | None = None) -> int:
    """Run one command."""
    if isinstance(sys.stdout, TextIOWrapper):  # what is said and what is wrong keep their order through a pipe too
        sys.stdout.reconfigure(line_buffering=True)
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        _take_language(arguments)
    except argparse.ArgumentTypeError as error:
        return _say(error)
    _take_home(arguments)
    if not arguments or arguments[0] in {"-h", "--help", "help"}:
        print(usage())
        return 0 if arguments else 2
    if arguments[0] in {"-V", "--version"}:
        from opposable import __version__

        print(f"opposable {__version__}")
        return 0
    name, rest = arguments[0], arguments[1:]
    try:
        return _runner(name)(rest)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 2
    except Exception as error:  # noqa: BLE001 - sorted in _say: what nobody foresaw is raised again
        return _say(error)


def usage() -> str:
    lines = [
        words(
            "opposable : des écrits qu’on peut opposer à autrui",
            "opposable: records that can be relied on against others",
        ),
        "",
        words(
            "usage : opposable COMMANDE … [--home DOSSIER] [--lang fr|en]",
            "usage: opposable COMMAND … [--home DIR] [--lang fr|en]",
        ),
        "",
    ]
    lines += [f"  {name:10} {say(text)}" for name, (_, text) in COMMANDS.items()]
    lines += [
        "",
        words(
            "  SYSTÈME …  les verbes d’un système : `opposable assembly --help`",
            "  SYSTEM …   the verbs of a system: `opposable assembly --help`",
        ),
        "",
        words(
            "HOME est --home, sinon OPPOSABLE_HOME, sinon ./var.", "HOME is --home, else OPPOSABLE_HOME, else ./var."
        ),
        words(
            "La langue est --lang, sinon OPPOSABLE_LANG, sinon celle de la machine (LANG) ; le français à défaut.",
            "The language is --lang, else OPPOSABLE_LANG, else that of the machine (LANG); French where none is set.",
        ),
    ]
    return "\n".join(lines)


def _take_language(arguments: list[str]) -> None:
    """--lang may stand anywhere too; what this command starts speaks the same language."""
    for position, argument in enumerate(arguments):
        if argument == "--lang" or argument.startswith("--lang="):
            last = position + (2 if argument == "--lang" else 1)
            asked = (arguments[last - 1 : last] or [""])[0].removeprefix("--lang=")
            if asked not in LANGUAGES:
                said = words("--lang prend fr ou en", "--lang takes fr or en")
                raise argparse.ArgumentTypeError(said)
            os.environ[VARIABLE] = asked
            del arguments[position:last]
            return


def _take_home(arguments: list[str]) -> None:
    """--home may stand anywhere: settings read it before any command does."""
    for position, argument in enumerate(arguments):
        if argument == "--home" and position + 1 < len(arguments):
            os.environ["OPPOSABLE_HOME"] = str(Path(arguments[position + 1]).absolute())
            del arguments[position : position + 2]
            return
        if argument.startswith("--home="):
            os.environ["OPPOSABLE_HOME"] = str(Path(argument.removeprefix("--home=")).absolute())
            del arguments[position]
            return


def _runner(name: str) -> Callable[[list[str]], int]:
    from importlib import import_module

    if name in COMMANDS:
        run: Callable[[list[str]], int] = import_module(COMMANDS[name][0]).run
        return run
    system = _system_commands(name)
    if system is None:
        raise argparse.ArgumentTypeError(
            words(
                f"il n’y a pas de commande {name} : `opposable --help` les donne",
                f"there is no command {name}: `opposable --help` lists them",
            )
        )
    return system


def _system_commands(name: str) -> Callable[[list[str]], int] | None:
    from django.utils.module_loading import import_string

    from opposable.commands import start_django

    start_django()
    from opposable.kernel.system import systems

    for system in systems():
        if system.label == name and system.commands:
            run: Callable[[list[str]], int] = import_string(system.commands)
            return run
    return None


def _say(error: Exception) -> int:
    """One sentence that says what to do; the trace only for what nobody foresaw."""
    from opposable.kernel.faults import Fault
    from opposable.kernel.home import HomeError
    from opposable.law import LawError, Refused
    from opposable.ledger.errors import LedgerError, sentence

    if isinstance(error, OSError):
        print(f"opposable: {sentence(error, language())}", file=sys.stderr)
        return 2
    if isinstance(error, Refused):
        print(words(f"refusé : {error.reason.fr}", f"refused: {error.reason.en}"), file=sys.stderr)
        if error.rule is not None and error.rule.cite:
            print(f"  {' ; '.join(error.rule.cite)}", file=sys.stderr)
        if error.lawful is not None:
            print(f"  → {say(error.lawful)}", file=sys.stderr)
        return 1
    if isinstance(error, Fault | LawError):
        print(f"opposable: {say(error.text)}", file=sys.stderr)
        return 2 if isinstance(error, HomeError) else 1
    if isinstance(error, argparse.ArgumentTypeError | LedgerError):
        print(f"opposable: {error}", file=sys.stderr)
        return 1 if isinstance(error, LedgerError) else 2
    database = _database(error)
    if database:
        print(f"opposable: {database}", file=sys.stderr)
        return 2
    raise error


def _database(error: Exception) -> str:
    """What to do about a database that does not work; nothing for an error of another kind."""
    family = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    if not family & {"django.db.utils.DatabaseError", "sqlite3.Error"}:
        return ""
    said = str(error).strip().partition("\n")[0]
    for sign, advice in DATABASE_ADVICE.items():
        if sign in said:
            return f"{say(advice)} ({said})"
    if "django.db.utils.OperationalError" not in family:
        return ""
    return words(
        f"la base ne répond pas ({said}) : voyez si elle tourne, et `database` dans opposable.toml",
        f"the database does not answer ({said}): see that it runs, and `database` in opposable.toml",
    )


if __name__ == "__main__":
    raise SystemExit(main())
