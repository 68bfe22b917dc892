"""The installation's settings, and beside them the two audit trails that Django users pick: baselines, never shipped."""

from opposable.settings import *  # noqa: F403
from opposable.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "simple_history", "auditlog", "bench.rows"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AUDITLOG_LOGENTRY_MODEL = "auditlog.LogEntry"
