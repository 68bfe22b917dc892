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

COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("opposable.demo.command", "build the demonstration (a meeting told end to end) and serve it"),
    "init": ("opposable.commands.init", "make an installation: folders, log key, empty log, database"),
    "serve": ("opposable.commands.serve", "serve the pages, the voting site and the sealer"),
    "sealer": ("opposable.commands.sealer", "run the sealer alone, as its own user"),
    "tick": ("opposable.commands.tick", "do what is due: duties, anchoring, erasures"),
    "audit": ("opposable.commands.audit", "check every leaf, proof, token, chain and row; name what is wrong"),
    "bundle": ("opposable.commands.bundle", "write the evidence of an object or an act as an .asice file"),
    "verify": ("opposable.commands.verify", "check an .asice file; needs no installation"),
    "witness": ("opposable.commands.witness", "cosign the checkpoints of logs (C2SP tlog-witness)"),
    "law": ("opposable.commands.law", "list | at RULE DATE | diff DATE DATE: the dated rules"),
    "act": ("opposable.commands.act", "list the acts, say what one takes, perform it"),
    "show": ("opposable.commands.show", "recorded objects, as the log commits to them"),
    "key": ("opposable.commands.key", "list, rotate and retire the keys that sign the log"),
    "account": ("opposable.commands.account", "create an account, give it a role, take it back"),
    "restore": ("opposable.commands.restore", "replay the erasures of the log on a restored database"),
    "bench": ("opposable.commands.bench", "measure this machine (needs a source checkout)"),
    "manage": ("opposable.commands.manage", "Django's own management commands"),
}


DATABASE_ADVICE = {
    "no such table": "the database has not the tables of this version: run `opposable manage migrate`",
    "does not exist": "the database has not what this version needs: run `opposable manage migrate`",
    "is full": "the disk of the database is full: make room, then do it again; what was being done was not done",
    "No space left": "the disk of the database is full: make room, then do it again; what was being done was not done",
    "readonly": "this account may not write the database: use the account that owns it",
    "unable to open": "this account may not open the database: use the account that owns it",
    "locked": "another program holds the database: stop it, or try again",
    "malformed": "the database file is damaged: put back the newest backup, then run `opposable restore`",
    "not a database": "the database file is none: put back the newest backup, then run `opposable restore`",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command."""
    if isinstance(sys.stdout, TextIOWrapper):  # what is said and what is wrong keep their order through a pipe too
        sys.stdout.reconfigure(line_buffering=True)
    arguments = list(sys.argv[1:] if argv is None else argv)
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
        "opposable: records that can be relied on against others",
        "",
        "usage: opposable COMMAND … [--home DIR]",
        "",
    ]
    lines += [f"  {name:10} {text}" for name, (_, text) in COMMANDS.items()]
    lines += ["", "  SYSTEM …   the verbs of a system: `opposable assembly --help`", ""]
    lines += ["HOME is --home, else OPPOSABLE_HOME, else ./var."]
    return "\n".join(lines)


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
        raise argparse.ArgumentTypeError(f"there is no command {name}: `opposable --help` lists them")
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
    from opposable.kernel.checkpoints import StoreError
    from opposable.kernel.faults import Fault
    from opposable.kernel.home import HomeError
    from opposable.law import LawError, Refused
    from opposable.ledger.errors import LedgerError, sentence

    if isinstance(error, OSError):
        print(f"opposable: {sentence(error)}", file=sys.stderr)
        return 2
    if isinstance(error, Refused):
        print(f"refused: {error.reason.en}", file=sys.stderr)
        return 1
    if isinstance(error, argparse.ArgumentTypeError | HomeError):
        print(f"opposable: {error}", file=sys.stderr)
        return 2
    if isinstance(error, StoreError | Fault | LawError | LedgerError) or type(error).__name__ == "SealRefused":
        print(f"opposable: {error}", file=sys.stderr)
        return 1
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
    for words, advice in DATABASE_ADVICE.items():
        if words in said:
            return f"{advice} ({said})"
    if "django.db.utils.OperationalError" not in family:
        return ""
    return f"the database does not answer ({said}): see that it runs, and `database` in opposable.toml"


if __name__ == "__main__":
    raise SystemExit(main())
