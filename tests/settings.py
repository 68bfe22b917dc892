"""The installation's settings, with a password hash that does not take its time, and a database file as in real life."""

from opposable.settings import *  # noqa: F403
from opposable.settings import ALLOWED_HOSTS, DATABASES, HOME

ALLOWED_HOSTS += ["testserver"]  # what Django's test client calls itself
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DATABASES["default"]["TEST"] = {"MIGRATE": False}  # as `opposable init` makes the tables: from the models, at once
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"]["NAME"] = str(HOME / "test.sqlite3")
