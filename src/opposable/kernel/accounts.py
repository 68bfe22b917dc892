"""Acts on accounts: opening one, giving it a role, taking the role back. Logins are acts too."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from opposable.kernel.acts import act
from opposable.kernel.models import Account, ApiToken, Cell, Grant
from opposable.kernel.system import roles
from opposable.law import Refused, t

if TYPE_CHECKING:
    from opposable.kernel.acting import Acting


@act("kernel.account.open", label=t("Ouvrir un compte", "Open an account"), api=False)
def open_account(a: Acting, *, email: str, name: str, password: str | None = None, language: str = "fr") -> Account:
    """Open an account without any right. Refused when the address has one."""
    a.require("write", kind="kernel.grant", cell=root())
    if Account.objects.filter(email__iexact=email).exists():
        raise Refused(
            t("Cette adresse a déjà un compte.", "This address already has an account."), None, "account.exists"
        )
    account = Account.objects.create_user(email, password, name=name, language=language, created_at=a.now)
    a.part("account", {"account": account.uid, "email": email, "name": name}, keep="kernel.access")
    return account


@act("kernel.grant.give", label=t("Donner une habilitation", "Give a grant"), api=False)
def give(a: Acting, *, account: Account, role: str, cell: Cell) -> Grant:
    """Give ``role`` on ``cell`` and below, from now on. Nobody gives himself a right."""
    a.require("write", kind="kernel.grant", cell=cell)
    if a.actor.account_id == account.pk:
        raise Refused(
            t("Nul ne se donne un droit à soi-même.", "Nobody gives a right to himself."),
            None,
            "grant.self",
            lawful=t("Demandez-le à un autre gardien des accès.", "Ask another keeper of accesses."),
        )
    if role not in roles():
        raise Refused(
            t("Ce rôle n’existe pas : {role}.", "There is no such role: {role}.").format(role=role),
            None,
            "role.unknown",
        )
    grant = Grant(account=account, role=role, cell=cell, since=a.now)
    a.record(grant)
    return grant


@act("kernel.grant.end", label=t("Retirer une habilitation", "End a grant"), api=False)
def end(a: Acting, *, grant: Grant) -> Grant:
    """End a grant now. What was done under it stays lawful."""
    a.require("write", grant)
    grant.until = a.now
    a.record(grant)
    return grant


@act("kernel.token.issue", label=t("Délivrer un jeton d’accès", "Issue an access token"), api=False)
def issue_token(a: Acting, *, account: Account, label: str, days: int = 90) -> tuple[ApiToken, str]:
    """A token for a program. Its text is returned this once; afterwards only its digest is known."""
    if a.actor.account_id != account.pk:
        a.require("write", kind="kernel.grant", cell=root())
    text = f"opp_{secrets.token_urlsafe(32)}"
    token = ApiToken(
        cell=root(),
        account=account,
        label=label,
        hashed=ApiToken.digest(text),
        since=a.now,
        until=a.now + timedelta(days=days),
    )
    a.record(token)
    return token, text


@act("kernel.token.revoke", label=t("Révoquer un jeton d’accès", "Revoke an access token"), api=False)
def revoke_token(a: Acting, *, token: ApiToken) -> ApiToken:
    """End a token now."""
    if a.actor.account_id != token.account_id:
        a.require("write", kind="kernel.grant", cell=root())
    token.until = a.now
    a.record(token)
    return token


@act("kernel.login", label=t("Connexion", "Login"), api=False)
def log_in(a: Acting, *, method: str, success: bool, email: str = "") -> None:
    """A login, or a failed one. Kept one year."""
    a.part("login", {"method": method, "email": email}, keep="kernel.access")
    if not success:
        a.refuse(Refused(t("Identification refusée.", "Identification refused."), None, "login.failed"))


def root() -> Cell:
    """The top of the tree of compartments."""
    return Cell.objects.get_or_create(path="/", defaults={"label": "/"})[0]


def apart(path: str) -> Cell:
    """A new compartment apart: ``path`` starts with "~", ends with "/", and says nothing of what lies there."""
    if not (path.startswith("~") and path.endswith("/")):
        raise ValueError(f"{path} is no path of a compartment apart")
    return Cell.objects.create(path=path)


def cell(path: str, label: str = "") -> Cell:
    """The compartment at ``path``, made when it is new."""
    return Cell.objects.get_or_create(path=path, defaults={"label": label})[0]
