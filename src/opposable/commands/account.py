"""Accounts and their roles, from the machine itself: whoever can run this already holds the installation."""

from __future__ import annotations

import argparse
import getpass
import os
from typing import TYPE_CHECKING

from opposable.commands import open_home

if TYPE_CHECKING:
    from opposable.kernel.models import Account


def run(argv: list[str]) -> int:
    """`create EMAIL NAME`, `grant EMAIL ROLE CELL`, `list`."""
    parser = argparse.ArgumentParser(prog="opposable account", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    create = verbs.add_parser("create", help="open an account; the password is OPPOSABLE_PASSWORD or is asked")
    create.add_argument("email")
    create.add_argument("name")
    grant = verbs.add_parser("grant", help="give a role on a compartment, as: grant a@b assembly.secretary /")
    for name in ("email", "role", "cell"):
        grant.add_argument(name)
    token = verbs.add_parser("token", help="issue a token for a program; it is shown once")
    token.add_argument("email")
    token.add_argument("--label", default="console")
    token.add_argument("--days", type=int, default=90)
    verbs.add_parser("list", help="accounts and their roles")
    given = parser.parse_args(argv)
    open_home()
    return {"create": _create, "grant": _grant, "token": _token, "list": _list}[given.verb](given)


def _create(given: argparse.Namespace) -> int:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from opposable.kernel import accounts, actors

    password = os.environ.get("OPPOSABLE_PASSWORD") or getpass.getpass("Password: ")
    try:
        validate_password(password)
    except ValidationError as error:
        raise argparse.ArgumentTypeError(" ".join(error.messages)) from None
    accounts.open_account(actors.system("console"), email=given.email, name=given.name, password=password)
    print(f"{given.email} has an account, without any right yet: opposable account grant {given.email} ROLE CELL")
    return 0


def _grant(given: argparse.Namespace) -> int:
    from opposable.kernel import accounts, actors

    accounts.give(
        actors.system("console"), account=_account(given.email), role=given.role, cell=accounts.cell(given.cell)
    )
    print(f"{given.email} is {given.role} on {given.cell}")
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
        raise argparse.ArgumentTypeError(f"no account {email}: opposable account list")
    return account


def _list(_given: argparse.Namespace) -> int:
    from opposable.kernel.models import Account

    for account in Account.objects.order_by("email").prefetch_related("grants__cell"):
        running = [f"{grant.role} on {grant.cell.path}" for grant in account.grants.all() if grant.until is None]
        print(f"{account.email:40} {account.name:30} {', '.join(running) or '-'}")
    return 0
