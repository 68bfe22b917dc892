"""The house's own addresses, without any system: what these tests serve."""

from django.urls import include, path

urlpatterns = [
    path("", include("opposable.web.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/mfa/", include("allauth.mfa.urls")),
]

handler400 = "opposable.web.errors.bad_request"
handler403 = "opposable.web.errors.not_found"
handler404 = "opposable.web.errors.not_found"
handler500 = "opposable.web.errors.server_error"
