"""Write the generated pages of docs/reference/ and check every link: ``python tools/reference.py [--check]``.

With ``--check`` nothing is written: a page that is out of date is named, and the exit status is 1 (as for a broken link).
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opposable.kernel.acts import ActType
    from opposable.law.rule import Rule

ROOT = Path(__file__).resolve().parent.parent
REFERENCE = ROOT / "docs" / "reference"
MADE = "*Made by `make docs` from the software itself: change the source, not this page.*\n"
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+\s+(.*)$", re.MULTILINE)


def command_line() -> str:
    """Every command with its own help, as a person would read it in a terminal eighty columns wide."""
    from opposable.cli import COMMANDS

    text = ["# Command line\n", MADE, "```text", _help(), "```\n"]
    for name in COMMANDS:
        if name != "manage":
            text += [f"## opposable {name}\n", "```text", _help(name), "```\n"]
    return "\n".join(text)


def _help(*command: str) -> str:
    opposable = Path(sys.executable).parent / "opposable"
    done = subprocess.run(
        [opposable, *command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        env={"COLUMNS": "80", "LANG": "C.UTF-8", "OPPOSABLE_LANG": "en"},
    )
    if done.returncode:
        sys.exit(f"reference: opposable {' '.join(command)} --help failed\n{done.stderr}")
    return done.stdout.strip()


def acts() -> str:
    """The vocabulary of acts: name, label, parameters."""
    from opposable.kernel.acts import REGISTRY

    ours = {name: act for name, act in REGISTRY.items() if act.call.__module__.startswith("opposable.")}
    rows = [
        f"| `{name}` | {act.label.fr} | {act.label.en} | {_parameters(act)} |" for name, act in sorted(ours.items())
    ]
    head = ["| act | French | English | parameters |", "|---|---|---|---|"]
    return "\n".join(["# Acts\n", MADE, *head, *rows, ""])


def _parameters(act: "ActType") -> str:
    return ", ".join(f"`{name}`" for name in list(act.signature.parameters)[1:])


def rules() -> str:
    """Every dated rule of every installed system, oldest wording first."""
    from opposable.kernel.system import law

    text = ["# Dated rules\n", MADE]
    for rule_id in law().ids():
        rows = [_rule_row(rule) for rule in law().versions(rule_id)]
        text += [f"## {rule_id}\n", "| from | until | rule | text | state |", "|---|---|---|---|---|", *rows, ""]
    return "\n".join(text)


def _rule_row(rule: "Rule") -> str:
    state = f"{rule.status}{f', read {rule.checked}' if rule.checked else ''}"
    return f"| {rule.since} | {rule.until or ''} | {rule.fr}<br>{rule.en} | {'; '.join(rule.cite)} | {state} |"


def load_acts() -> None:
    """Import every module of the kernel and of each system, so that every act is declared."""
    from opposable.kernel.system import systems

    for name in ["opposable.kernel", *(system.name for system in systems())]:
        for module in walk_packages(import_module(name).__path__, f"{name}."):
            if ".migrations" not in module.name:
                import_module(module.name)


PAGES: dict[str, Callable[[], str]] = {"command-line": command_line, "acts": acts, "rules": rules}


def broken_links() -> Iterator[str]:
    """Relative links of every Markdown page whose file or heading is not there."""
    for page in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in LINK.findall(re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL)):
            if "://" in target or target.startswith("mailto:"):
                continue
            path, _, anchor = target.partition("#")
            file = (page.parent / path).resolve() if path else page
            if not file.exists() or (anchor and anchor not in anchors(file)):
                yield f"{page.relative_to(ROOT)}: {target} leads nowhere"


def anchors(page: Path) -> set[str]:
    """The anchors that a Markdown page offers, made as code forges make them."""
    titles = HEADING.findall(page.read_text("utf-8")) if page.suffix == ".md" else []
    return {re.sub(r"\s", "-", re.sub(r"[^\w\s-]", "", title.lower())) for title in titles}


def main(arguments: list[str]) -> int:
    check = arguments == ["--check"]
    if arguments and not check:
        print(__doc__, file=sys.stderr)
        return 2
    from opposable.commands import start_django

    start_django()
    load_acts()
    faults = []
    for name, make in PAGES.items():
        page, text = REFERENCE / f"{name}.md", make()
        if check and (not page.exists() or page.read_text("utf-8") != text):
            faults.append(f"docs/reference/{name}.md is out of date: run `make docs`")
        elif not check:
            REFERENCE.mkdir(parents=True, exist_ok=True)
            page.write_text(text, "utf-8")
    faults += broken_links()
    for fault in faults:
        print(f"reference: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
