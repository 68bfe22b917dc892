"""Addresses of the voting site: exclusively devoted to voting (C. com., art. R. 225-61). Nothing else is reachable here."""

from django.urls import include, path

urlpatterns = [path("", include("opposable.systems.assembly.vote_urls"))]

handler400 = "opposable.web.errors.bad_request"
handler404 = "opposable.web.errors.not_found"
handler500 = "opposable.web.errors.server_error"
