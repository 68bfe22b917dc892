"""Addresses of the main site. Each system answers under its own name."""

from importlib import import_module

from django.conf import settings
from django.urls import include, path

from opposable.kernel.system import systems
from opposable.web import api

for system in systems():
    import_module(f"{system.name}.acts")  # the API offers what is registered: everything must be

urlpatterns = [
    path("", include("opposable.web.urls")),
    path("api/", api.urls()),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/mfa/", include("allauth.mfa.urls")),
    *(path(f"{system.label}/", include(f"{system.name}.urls")) for system in systems()),
]

if settings.CONFIG.demo:
    urlpatterns.append(path("demo/", include("opposable.demo.urls")))

handler400 = "opposable.web.errors.bad_request"
handler403 = "opposable.web.errors.not_found"
handler404 = "opposable.web.errors.not_found"
handler500 = "opposable.web.errors.server_error"
