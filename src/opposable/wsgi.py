"""The WSGI application of one site: OPPOSABLE_SITE says which."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
