"""`opposable traffic requisition VERB --as E-MAIL`: the desk from the command line, with the rights of an account.

What the account may not see does not exist here either.
"""

from __future__ import annotations

import argparse
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

from opposable.kernel.models import Account
from opposable.law.terminal import day as day_of, say, words
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.cases import paper_digest
from opposable.systems.traffic.acts.members import SEATS
from opposable.systems.traffic.commands.requisition_steps import STEPS, TIMES, actor_of
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.models.requisition import STATUSES


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    found = verbs.add_parser(
        "requisition",
        help=words(
            "enregistrer, qualifier, approuver, chercher, répondre, facturer une réquisition",
            "register, qualify, approve, look up, answer, invoice a requisition",
        ),
    )
    found.add_argument(
        "--as",
        dest="account",
        required=True,
        metavar="E-MAIL",
        help=words("le compte qui agit", "the account that acts"),
    )
    steps = found.add_subparsers(dest="step", required=True)
    steps.add_parser("list", help=words("les dossiers du compte", "the cases of the account")).set_defaults(run=_list)
    register = steps.add_parser(
        "register",
        help=words(
            "ouvrir un dossier d’après un fichier JSON (voir le guide)", "open a case from a JSON file (see the how-to)"
        ),
    )
    register.add_argument(
        "file",
        type=Path,
        help=words(
            "les champs de l’acte traffic.requisition.register", "the fields of the act traffic.requisition.register"
        ),
    )
    register.add_argument(
        "--paper",
        type=Path,
        help=words("le fichier de l’acte : son empreinte est gardée", "the act file: its digest is kept"),
    )
    register.set_defaults(run=_register)
    for name, help_text, run in STEPS:
        step = steps.add_parser(name, help=say(help_text))
        step.add_argument(
            "case",
            help=words(
                "le dossier, ou les premiers caractères de son nom", "the case, or the first characters of its name"
            ),
        )
        if name in {"refuse", "withdraw", "hurry", "widen", "reassign"}:
            step.add_argument("reason", help=words("pourquoi", "why"))
        if name == "deliver":
            step.add_argument("how", help=words("par quelle voie, à qui", "by which way, to whom"))
            step.add_argument(
                "--out",
                type=Path,
                required=True,
                help=words("où le fichier chiffré est écrit", "where the encrypted file is written"),
            )
        if name in {"approve", "review"}:
            step.add_argument(
                "--about",
                required=True,
                help=words(
                    "empreinte de l’état qui a été lu : `show` la donne",
                    "digest of the state that was read: `show` prints it",
                ),
            )
            step.add_argument("--no", action="store_true", help=words("ne pas approuver", "do not approve"))
        if name == "acknowledge":
            step.add_argument(
                "reference", help=words("de l’accusé de l’autorité", "of the authority’s acknowledgement")
            )
        _more(step, name)
        step.set_defaults(run=run)


def _more(step: argparse.ArgumentParser, name: str) -> None:
    """The arguments of the steps that take several."""
    if name == "widen":
        step.add_argument(
            "--persons",
            type=int,
            required=True,
            help=words("vers combien d’abonnés l’adresse mène", "how many subscribers the address points to"),
        )
    elif name == "amend":
        step.add_argument(
            "file",
            type=Path,
            help=words("un fichier JSON : les champs qui changent", "a JSON file: the fields that change"),
        )
    elif name == "certify":
        step.add_argument(
            "file",
            type=Path,
            help=words("le certificat de l’autorité, en PEM ou DER", "the authority’s certificate, in PEM or DER"),
        )
    elif name in {"freeze", "prolong"}:
        step.add_argument("ground", help=words("qui l’ordonne, et sa référence", "who orders it, and its reference"))
        step.add_argument(
            "--ordered-on",
            type=day_of,
            required=True,
            metavar="DAY",
            help=words("date de l’ordre", "date of the order"),
        )
        step.add_argument(
            "--until",
            type=day_of,
            required=True,
            metavar="DAY",
            help=words("premier jour sans les copies", "first day without the copies"),
        )
    elif name == "reassign":
        step.add_argument("--seat", choices=sorted(SEATS), required=True)
        step.add_argument(
            "--to", required=True, metavar="E-MAIL", help=words("qui prend la place", "who takes the seat")
        )


def _list(given: argparse.Namespace) -> int:
    for case in Requisition.objects.visible_to(actor_of(given)).order_by("pk"):
        print(f"{case.code}  {say(STATUSES[case.status]):24} {case.reference}  {case.authority}")
    return 0


def _register(given: argparse.Namespace) -> int:
    actor = actor_of(given)
    try:
        fields = _fields(json.loads(given.file.read_text("utf-8")))
        if given.paper:
            fields |= {"paper_name": given.paper.name, "paper_sha256": paper_digest(given.paper.read_bytes())}
        case = acts.register(actor, **fields).result
    except (ValueError, TypeError, KeyError) as error:
        raise argparse.ArgumentTypeError(
            words(
                f"{given.file} ne se lit pas comme une réquisition : {error}",
                f"{given.file} does not read as a requisition: {error}",
            )
        ) from None
    step = f"opposable traffic requisition --as {given.account} qualify {case.code}"
    print(words(f"{case.code} est enregistrée. Ensuite : {step}", f"{case.code} is registered. Next: {step}"))
    return 0


def _fields(fields: dict[str, Any]) -> dict[str, Any]:
    """The typed arguments of the act; approvers by their e-mail address."""
    for name in TIMES:
        if fields.get(name):
            fields[name] = datetime.fromisoformat(fields[name])
    fields["dated_on"] = date.fromisoformat(fields["dated_on"])
    for capacity in ("legal_approver", "security_approver"):
        named = Account.objects.filter(email__iexact=fields[capacity]).first()
        fields[capacity] = named.uid if named else ""
    return fields
