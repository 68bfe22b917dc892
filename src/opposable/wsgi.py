"""The WSGI application of one site: OPPOSABLE_SITE says which."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - every page is loaded now, not while the first visitor waits
