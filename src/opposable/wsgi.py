"""The WSGI application of one site: OPPOSABLE_SITE says which."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")
gc.disable()  # what is loaded here lives as long as the site: it is not searched for cycles, now or later

from django.core.wsgi import get_wsgi_application  # noqa: E402 - not searched either
from django.urls import get_resolver  # noqa: E402

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 - every page is loaded now, not while the first visitor waits
gc.freeze()
gc.enable()
