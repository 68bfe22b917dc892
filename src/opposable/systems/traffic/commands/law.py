"""`opposable traffic law --on DATE`: kept or not, how long, from which event, by which text."""

from __future__ import annotations

import argparse
import json
from datetime import date
from typing import Any

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import local_day
from opposable.law.terminal import add_language, day as day_of, language, words
from opposable.systems.traffic.rules.categories import CATEGORIES, GROUPS, Category
from opposable.systems.traffic.rules.keeping import HOSTED, Who, keeping_on


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = verbs.add_parser(
        "law",
        help=words(
            "ce que la loi d’un jour fait garder, catégorie par catégorie",
            "what the law of a day has kept, category by category",
        ),
    )
    found.add_argument(
        "--on",
        type=day_of,
        default=None,
        metavar="DATE",
        help=words("le jour (par défaut : aujourd’hui)", "the day (default: today)"),
    )
    add_language(found)
    found.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    found.set_defaults(run=_run)


def _run(given: argparse.Namespace) -> int:
    day = given.on or local_day(clock.now())
    lang = given.lang or language()
    lines = [_line(name, day, lang) for name in CATEGORIES]
    hosts = [_line(name, day, lang, "host") for name in HOSTED]
    if given.json:
        print(json.dumps({"on": day.isoformat(), "categories": lines, "hosts": hosts}, ensure_ascii=False, indent=1))
        return 0
    _print(lines, lang)
    print("Hébergeurs" if lang == "fr" else "Hosts")
    _print(hosts, lang)
    return 0


def _print(lines: list[dict[str, Any]], lang: str) -> None:
    for line in lines:
        print(f"{line['group']:7} {line['label']:38} {line['answer']}")
        doubt = (
            "" if line["confirmed"] or not line["cite"] else (" [non confirmé]" if lang == "fr" else " [unconfirmed]")
        )
        print(f"        {' ; '.join(line['cite']) or '—'}{doubt}")


def _line(category: Category, day: date, lang: str, who: Who = "keep") -> dict[str, Any]:
    decision = keeping_on(law(), category, day, who)
    keeping, rule = decision.value, decision.rule
    order = keeping.order
    return {
        "category": category,
        "group": GROUPS[category] if who == "keep" else "",
        "label": CATEGORIES[category].of(lang),
        "state": keeping.state,
        "months": keeping.months if keeping.kept else 0,
        "clock": keeping.clock if keeping.kept else "",
        "answer": keeping.said.of(lang),
        "cite": [*(rule.cite if rule else ()), *(order.cite[:1] if order else ())],
        "confirmed": bool(rule and rule.confirmed and (order is None or order.confirmed)),
    }
