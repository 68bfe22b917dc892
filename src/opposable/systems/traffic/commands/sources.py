"""`opposable traffic source`: declare a source, close one; `opposable traffic sources` lists them."""

from __future__ import annotations

import argparse
import json

from opposable.kernel import actors
from opposable.law.terminal import words
from opposable.systems.traffic import acts
from opposable.systems.traffic.models import Source

CONSOLE = actors.system("console")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    declare = verbs.add_parser("source", help=words("déclarer une source de lignes", "declare a source of rows"))
    declare.add_argument("slug", help=words("son nom court", "its short name"))
    declare.add_argument(
        "--title",
        default="",
        help=words("comment on l’appelle (par défaut : le nom court)", "what people call it (default: the short name)"),
    )
    declare.add_argument("--format", required=True, help=words("le format de ses fichiers", "the format of its files"))
    declare.add_argument(
        "--zone",
        default="UTC",
        help=words(
            "fuseau des instants qui viennent sans fuseau (par défaut UTC)",
            "zone of instants that come without one (default UTC)",
        ),
    )
    declare.add_argument(
        "--tolerance",
        type=float,
        default=1.0,
        help=words(
            "secondes dont son horloge peut s’écarter (par défaut 1)", "seconds its clock may be off (default 1)"
        ),
    )
    declare.add_argument(
        "--mapping",
        type=json.loads,
        default={},
        help=words("pour le CSV : les colonnes, en JSON", "for CSV: columns, as JSON"),
    )
    declare.add_argument(
        "--destinations",
        default="",
        metavar="BASIS",
        help=words("base légale pour garder les destinations", "legal basis for keeping destinations"),
    )
    declare.add_argument(
        "--note",
        default="",
        help=words(
            "ce que doit savoir qui lit ses lignes : d’où elles viennent",
            "what whoever reads its rows should know: where they come from",
        ),
    )
    declare.set_defaults(run=_declare)
    listed = verbs.add_parser(
        "sources", help=words("les sources, et ce qui en est venu", "the sources, and what came in")
    )
    listed.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    listed.set_defaults(run=_list)


def _declare(given: argparse.Namespace) -> int:
    made = acts.declare_source(
        CONSOLE,
        slug=given.slug,
        title=given.title or given.slug,
        format=given.format,
        zone=given.zone,
        tolerance_ms=round(given.tolerance * 1000),
        mapping=given.mapping,
        destinations_basis=given.destinations,
        note=given.note,
    )
    print(made.result.slug + words(f" est déclarée ({made.result.format})", f" is declared ({made.result.format})"))
    return 0


def _list(given: argparse.Namespace) -> int:
    rows = [
        (one.slug, one.format, one.zone, one.deliveries.count(), one.note) for one in Source.objects.order_by("slug")
    ]
    if given.json:
        names = ("slug", "format", "zone", "deliveries", "note")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], ensure_ascii=False))
        return 0
    for slug, form, zone, count, note in rows:
        print(f"{slug:24} {form:20} {zone:16} {count} {words('livraisons', 'deliveries')}")
        if note:
            print(f"  {note}")
    return 0
