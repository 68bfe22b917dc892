"""Login as acts: nobody signs up by himself, and each login, failed login and change of credentials is in the log.

Written through allauth's adapters, which it calls at each of these events; the acts themselves are the kernel's.
"""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse

from opposable.kernel import actors
from opposable.kernel.accounts import log_in
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t

DOOR = actors.system("login")
"""Author of a failed login: nobody was identified."""


@act("kernel.credential.change", label=t("Changer un moyen d’identification", "Change a credential"), api=False)
def change_credential(a: Acting, *, what: str) -> None:
    """A password, passkey, authenticator or set of recovery codes was set or taken away. Kept one year."""
    a.part("credential", {"what": what}, keep="kernel.access")


class ClosedDoor(DefaultAccountAdapter):
    """Accounts are opened by an act of an administrator; logins are acts of their own."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No «you are signed in»: the page that opens says so better."""

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        methods = [str(record.get("type") or record["method"]) for record in get_authentication_records(request, user)]
        log_in(user.actor, method="+".join(methods) or "unknown", success=True)  # type: ignore[attr-defined]
        return super().post_login(request, user, **kwargs)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            log_in(DOOR, method="password", success=False, email=str(credentials.get("email", ""))[:254])
        except Refused:
            return

    def send_notification_mail(self, template_prefix: str, user: AbstractBaseUser, *args: Any, **kwargs: Any) -> None:
        """Called by allauth at each change of credentials: «mfa/email/totp_activated» is recorded as totp_activated."""
        change_credential(user.actor, what=template_prefix.rsplit("/", 1)[-1])  # type: ignore[attr-defined]
        super().send_notification_mail(template_prefix, user, *args, **kwargs)


class Authenticators(DefaultMFAAdapter):
    """Keeps the secrets of authenticator apps encrypted in the database, under a key of the installation's secret."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    key = hashlib.sha256(b"opposable.web.accounts\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
