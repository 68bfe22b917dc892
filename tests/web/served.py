"""Settings of the house in a process of its own, for the browser."""

from opposable.settings import *  # noqa: F403

ROOT_URLCONF = "tests.web.addresses"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
