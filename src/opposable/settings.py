"""Settings of one installation: what ``opposable.toml`` in HOME says, and what never changes."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any
from urllib.parse import unquote, urlsplit

from opposable.kernel import home as _home
from opposable.law.text import t as _t

HOME = _home.current()
NO_LOG = "opposable.invalid/none"
SECRET_LENGTH = 32
CONFIG = _home.load(HOME) if (HOME / _home.NAME).exists() else _home.Config(origin=NO_LOG)
if os.environ.get("OPPOSABLE_URL"):
    CONFIG = replace(CONFIG, url=os.environ["OPPOSABLE_URL"], vote_url=os.environ["OPPOSABLE_VOTE_URL"])
ORIGIN = CONFIG.origin
SITE = os.environ.get("OPPOSABLE_SITE", "main")
"""Which of the two sites this process serves: "main", or "vote" (art. R. 225-61: exclusively devoted to voting)."""

if CONFIG.origin != NO_LOG and len(CONFIG.secret) < SECRET_LENGTH:
    raise _home.HomeError(
        _t(
            f"{HOME / _home.NAME} n’a pas de `secret` de {SECRET_LENGTH} caractères au moins, dont les sessions sont signées :"
            " remettez la ligne qu’`opposable init` a écrite, ou tirez-en un par `openssl rand -base64 48`",
            f"{HOME / _home.NAME} has no `secret` of {SECRET_LENGTH} characters or more, and sessions are signed with it:"
            " put back the line that `opposable init` wrote, or draw one with `openssl rand -base64 48`",
        )
    )
SECRET_KEY = CONFIG.secret or secrets.token_urlsafe(48)  # without a home nothing is signed that anyone keeps
DEBUG = False
LOOPBACK = {"127.0.0.1", "localhost"}
ALLOWED_HOSTS = sorted({urlsplit(CONFIG.url).hostname or "", urlsplit(CONFIG.vote_url).hostname or ""})
if not LOOPBACK.isdisjoint(ALLOWED_HOSTS):
    ALLOWED_HOSTS = sorted(LOOPBACK | set(ALLOWED_HOSTS))  # passkeys want the name, other programs the address
CSRF_TRUSTED_ORIGINS = [CONFIG.url, CONFIG.vote_url]
TRUSTED_PROXIES = ALLAUTH_TRUSTED_PROXY_COUNT = CONFIG.proxies
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if CONFIG.proxies else None

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "opposable.kernel.apps.Kernel",
    "opposable.web.apps.WebConfig",  # before allauth: its templates take the place of allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    *sorted(point.value.replace(":", ".") for point in entry_points(group="opposable.systems")),
    *(["opposable.demo"] if CONFIG.demo else []),
]

MIDDLEWARE = [
    "opposable.web.csp.SecurityHeaders",
    "django.middleware.gzip.GZipMiddleware",  # pages and static files; Django masks the CSRF token anew in each page
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "opposable.web.language.Language",
    "opposable.web.errors.NothingNamedSo",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]
if SITE == "main":
    MIDDLEWARE.insert(8, "django.contrib.auth.middleware.LoginRequiredMiddleware")

ROOT_URLCONF = "opposable.urls" if SITE == "main" else "opposable.vote_urls"
WSGI_APPLICATION = "opposable.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "opposable.web.shell.shell",
            ],
        },
    }
]


SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON;"
    # without it REPLACE takes a row away and no trigger is asked
    " PRAGMA recursive_triggers=ON;"
    " PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384; PRAGMA wal_autocheckpoint=4000;",
}


def _database(url: str) -> dict[str, Any]:
    """The embedded SQLite file, or ``postgresql://user:password@host:port/name`` (``?host=/run/…`` for a socket)."""
    if not url:
        return {
            "ENGINE": "opposable.kernel.fair_sqlite3",
            "NAME": HOME / "db.sqlite3",
            "CONN_MAX_AGE": 60,  # opening one anew for each request is a tenth of receiving a form
            "OPTIONS": {**SQLITE_OPTIONS, "door": HOME / "run" / "door"},
        }
    parts = urlsplit(url)
    query = dict(item.split("=", 1) for item in parts.query.split("&") if item)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host", parts.hostname or ""),
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
        "OPTIONS": {"prepare_threshold": 0},  # where asked for (kernel.pen): Django prepares nothing itself
    }


DATABASES = {"default": _database(os.environ.get("OPPOSABLE_DATABASE_URL") or CONFIG.database)}
ATOMIC_REQUESTS = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "kernel.Account"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_ADAPTER = "opposable.web.accounts.ClosedDoor"
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "login_failed": "10/m/ip,5/5m/key"}
MFA_ADAPTER = "opposable.web.accounts.Authenticators"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = urlsplit(CONFIG.url).hostname in LOOPBACK

SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = f"opposable_{SITE}"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax" if SITE == "main" else "Strict"
SESSION_COOKIE_AGE = 12 * 3600 if SITE == "main" else 30 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = CONFIG.url.startswith("https://")
CSRF_COOKIE_NAME = f"opposable_{SITE}_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "opposable.web.errors.csrf"
SECURE_CONTENT_TYPE_NOSNIFF = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", "Français"), ("en", "English")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Europe/Paris"

STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False


def _mail(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": os.environ.get("OPPOSABLE_MAIL_PASSWORD", ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+starttls",
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 20,
    }


globals().update(_mail(CONFIG.mail))
DEFAULT_FROM_EMAIL = CONFIG.mail_from

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"discreet": {"()": "opposable.kernel.logs.Discreet"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "discreet"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
