"""Accounts and their roles, from the machine itself: whoever can run this already holds the installation."""

from __future__ import annotations

import argparse
import getpass
import os
from typing import TYPE_CHECKING

from opposable.commands import open_home
from opposable.law.terminal import Parser, words

if TYPE_CHECKING:
    from opposable.kernel.models import Account


def run(argv: list[str]) -> int:
    """`create EMAIL NAME`, `grant EMAIL ROLE CELL`, `list`."""
    parser = Parser(
        prog="opposable account",
        description=words(
            "Les comptes et leurs rôles, depuis la machine même : qui peut lancer ceci tient déjà l’installation.",
            "Accounts and their roles, from the machine itself: whoever can run this already holds the installation.",
        ),
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    create = verbs.add_parser(
        "create",
        help=words(
            "ouvrir un compte ; le mot de passe est OPPOSABLE_PASSWORD, ou est demandé",
            "open an account; the password is OPPOSABLE_PASSWORD or is asked",
        ),
    )
    create.add_argument("email")
    create.add_argument("name")
    grant = verbs.add_parser(
        "grant",
        help=words(
            "donner un rôle sur un compartiment, comme : grant a@b assembly.secretary /",
            "give a role on a compartment, as: grant a@b assembly.secretary /",
        ),
    )
    for name in ("email", "role", "cell"):
        grant.add_argument(name)
    token = verbs.add_parser(
        "token",
        help=words(
            "délivrer un jeton à un programme ; il est montré une fois",
            "issue a token for a program; it is shown once",
        ),
    )
    token.add_argument("email")
    token.add_argument("--label", default="console")
    token.add_argument("--days", type=int, default=90)
    verbs.add_parser("list", help=words("les comptes et leurs rôles", "accounts and their roles"))
    given = parser.parse_args(argv)
    open_home()
    return {"create": _create, "grant": _grant, "token": _token, "list": _list}[given.verb](given)


def _create(given: argparse.Namespace) -> int:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from opposable.kernel import accounts, actors

    password = os.environ.get("OPPOSABLE_PASSWORD") or getpass.getpass(words("Mot de passe : ", "Password: "))
    try:
        validate_password(password)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(" ".join(error.messages)) from None
    accounts.open_account(actors.system("console"), email=given.email, name=given.name, password=password)
    grant = f"opposable account grant {given.email} ROLE CELL"
    print(
        words(
            f"{given.email} a un compte, encore sans aucun droit : {grant}",
            f"{given.email} has an account, without any right yet: {grant}",
        )
    )
    return 0


def _grant(given: argparse.Namespace) -> int:
    from opposable.kernel import accounts, actors

    accounts.give(
        actors.system("console"), account=_account(given.email), role=given.role, cell=accounts.cell(given.cell)
    )
    print(words(f"{given.email} est {given.role} sur {given.cell}", f"{given.email} is {given.role} on {given.cell}"))
    return 0


def _token(given: argparse.Namespace) -> int:
    from opposable.kernel import accounts, actors

    issued = accounts.issue_token(
        actors.system("console"), account=_account(given.email), label=given.label, days=given.days
    )
    print(issued.result[1])
    return 0


def _account(email: str) -> Account:
    from opposable.kernel.models import Account

    account = Account.objects.filter(email__iexact=email).first()
    if account is None:
        raise argparse.ArgumentTypeError(
            words(f"aucun compte {email} : opposable account list", f"no account {email}: opposable account list")
        )
    return account


def _list(_given: argparse.Namespace) -> int:
    from opposable.kernel.models import Account

    for account in Account.objects.order_by("email").prefetch_related("grants__cell"):
        running = [
            f"{grant.role} {words('sur', 'on')} {grant.cell.path}"
            for grant in account.grants.all()
            if grant.until is None
        ]
        print(f"{account.email:40} {account.name:30} {', '.join(running) or '-'}")
    return 0
