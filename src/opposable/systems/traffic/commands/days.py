"""`opposable traffic day`: what is kept of a day, until when, by which text; or when it was erased, by which act."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from opposable.kernel import actors
from opposable.kernel.documents import files
from opposable.law.terminal import day as day_of, number, say, words
from opposable.systems.traffic.acts.attesting import told_of
from opposable.systems.traffic.acts.losses import lost_on
from opposable.systems.traffic.acts.papers import loss_span
from opposable.systems.traffic.exchange.erasure_proof import make_proof, write_proof_bundle
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.store import erasing

CONSOLE = actors.system("console")


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    day = verbs.add_parser(
        "day",
        help=words(
            "ce qui est gardé d’un jour et jusqu’à quand, ou par quel acte il a été effacé",
            "what is kept of a day and until when, or by which act it was erased",
        ),
    )
    day.add_argument("day", type=day_of)
    day.add_argument("--json", action="store_true", help=words("pour un programme", "for a program"))
    day.add_argument(
        "--proof",
        type=Path,
        metavar="PDF",
        help=words(
            "délivrer la preuve de son effacement, signée, dans un fichier",
            "issue the proof of its erasure, signed, into a file",
        ),
    )
    day.add_argument(
        "--bundle",
        type=Path,
        metavar="ASICE",
        help=words(
            "avec --proof : les actes qu’elle nomme, dans un fichier",
            "with --proof: the acts that it names, into a file",
        ),
    )
    day.set_defaults(run=_day)


def _day(given: argparse.Namespace) -> int:
    if given.proof:
        return _prove(given)
    segments = Segment.objects.filter(day=given.day).select_related("source")
    found = [
        {**told_of(one), "folder": erasing.folder(one.store, one.until).exists()}
        for one in segments.order_by("store", "family", "pk")
    ]
    lost = lost_on(given.day)
    if given.json:
        print(json.dumps([*found, *({"lost": one} for one in lost)], ensure_ascii=False))
        return 0
    if not found:
        print(words(f"{given.day} : rien n’est venu qui fût gardé", f"{given.day}: nothing came in that was kept"))
    for one in found:
        rows, root = number(one["rows"]), one["root"][:16]
        told = words(f"{rows:>9} lignes, racine {root}…", f"{rows:>9} rows, root {root}…")
        print(f"{one['family']:16} {told}  {_state(one)}")
    for one in lost:
        print(loss_line(one))
    return 0


def loss_line(one: dict[str, Any]) -> str:
    """What a source lost, in a line."""
    when = say(loss_span(one))
    return words(
        f"  perdu en amont, {one['source']}, {when} : {one['fr']}",
        f"  lost before it came, {one['source']}, {when}: {one['en']}",
    )


def _prove(given: argparse.Namespace) -> int:
    document = make_proof(CONSOLE, given.day)
    given.proof.write_bytes(files.read(document))
    print(
        words(
            f"{given.proof} : preuve de l’effacement du {given.day}, délivrée et scellée",
            f"{given.proof}: proof of the erasure of {given.day}, issued and sealed",
        )
    )
    if given.bundle:
        write_proof_bundle(document, given.day, given.bundle)
        print(
            words(
                f"{given.bundle} : les actes ; contrôlez-les par `opposable verify {given.bundle}`",
                f"{given.bundle}: the acts; check them with `opposable verify {given.bundle}`",
            )
        )
    return 0


def _state(one: dict[str, Any]) -> str:
    if not one["erased_at"] and one["over"]:
        return words(
            f"son terme était le {one['until']} : plus rien ne le lit ; lancez `opposable tick`, qui l’efface",
            f"its time was over on {one['until']}: nothing reads it any more; run `opposable tick`, which erases it",
        )
    if not one["erased_at"]:
        return words(f"gardé jusqu’au {one['until']} (exclu)", f"kept until {one['until']} (exclusive)")
    if one["gone"]:
        left = words("il n’en reste rien", "nothing is left of it")
    else:
        left = words(
            "son fichier ou sa clé est encore là : lancez `opposable tick`",
            "its file or key is still there: run `opposable tick`",
        )
    if one["act"] is None:
        act = words("un acte qui attend son sceau", "an act that waits for its seal")
    else:
        act = words(f"l’acte {one['act']}", f"act {one['act']}")
    until, erased = one["until"], one["erased_at"][:10]
    return words(
        f"dû le {until}, effacé le {erased} par {act} ; {left}", f"due on {until}, erased on {erased} by {act}; {left}"
    )
