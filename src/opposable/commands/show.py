"""Recorded objects as the log commits to them: ``opposable show`` lists the kinds, ``opposable show KIND [UID]`` their states."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from opposable.commands import open_home
from opposable.law.terminal import Parser, words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from opposable.kernel.models import Recorded


def run(argv: list[str]) -> int:
    """One line of JSON an object: uid, kind, seq, head, state. What the account may not see is not there."""
    parser = Parser(
        prog="opposable show",
        description=words(
            "Les objets consignés, tels que le journal s’y engage : `opposable show` donne les genres, `opposable show KIND [UID]`"
            " leurs états.",
            "Recorded objects as the log commits to them: `opposable show` lists the kinds, `opposable show KIND [UID]` their"
            " states.",
        ),
    )
    parser.add_argument("kind", nargs="?", default="", help=words("comme assembly.meeting", "as assembly.meeting"))
    parser.add_argument(
        "uid",
        nargs="?",
        default="",
        help=words("un objet : son uid, ou ses premiers caractères", "one object: its uid, or its first characters"),
    )
    parser.add_argument(
        "--as",
        dest="email",
        default="",
        help=words("le compte qui regarde (par défaut : la console)", "the account that looks (default: the console)"),
    )
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument(
        "--pdf",
        type=Path,
        help=words(
            "écrire ici le fichier d’un document (kernel.document), signé s’il l’est",
            "write the file of a document (kernel.document) here, as signed when it is",
        ),
    )
    given = parser.parse_args(argv)
    open_home()
    from opposable.commands.act import actor, find
    from opposable.web import api

    models = api.models()
    if given.kind not in models:
        if given.kind:
            raise argparse.ArgumentTypeError(
                words(
                    f"il n’y a pas de genre {given.kind} : `opposable show` les donne",
                    f"there is no kind {given.kind}: `opposable show` lists them",
                )
            )
        print("\n".join(sorted(models)))
        return 0
    model, who = models[given.kind], actor(given.email)
    rows = (
        [find(model, given.uid, who)]
        if given.uid
        else model._default_manager.visible_to(who).order_by("pk")[: max(1, given.limit)]
    )
    if given.pdf:
        _write(rows, given.pdf)
    for row in rows:
        print(_line(row))
    return 0


def _write(rows: Iterable[Recorded], path: Path) -> None:
    """The PDF of the one document that was named."""
    from opposable.kernel.documents import files
    from opposable.kernel.models import Document

    match list(rows):
        case [Document() as document]:
            path.write_bytes(files.read(document))
        case _:
            raise argparse.ArgumentTypeError(
                words(
                    "--pdf veut un document : `opposable show kernel.document UID --pdf FICHIER`",
                    "--pdf wants one document: `opposable show kernel.document UID --pdf FILE`",
                )
            )


def _line(row: Recorded) -> str:
    data = {"uid": row.uid, "kind": row.Evidence.kind, "seq": row.seq, "head": row.head, "state": row.state()}
    return json.dumps(data, ensure_ascii=False, default=str)
