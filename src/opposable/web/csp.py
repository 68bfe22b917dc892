"""Security headers of every answer: nothing is loaded but from us, no inline script or style, no frame, nothing cached.

A view that needs other values sets the header itself: what is there stays.
"""

from collections.abc import Callable, Mapping

from django.http import HttpRequest, HttpResponse

POLICY: Mapping[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "object-src": "'none'",
}
FEATURES_OFF = (
    "accelerometer",
    "autoplay",
    "camera",
    "display-capture",
    "encrypted-media",
    "fullscreen",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "microphone",
    "midi",
    "payment",
    "picture-in-picture",
    "screen-wake-lock",
    "usb",
    "xr-spatial-tracking",
)


def policy_text(policy: Mapping[str, str] = POLICY) -> str:
    """Write a policy as the header wants it."""
    return "; ".join(f"{directive} {sources}" for directive, sources in policy.items())


HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": policy_text(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    # Not no-referrer: over HTTPS Django's CSRF check reads the referrer of a form that sends no Origin.
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        [
            *(f"{name}=()" for name in FEATURES_OFF),
            "publickey-credentials-get=(self)",
            "publickey-credentials-create=(self)",
        ]
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Permitted-Cross-Domain-Policies": "none",
}


class SecurityHeaders:
    """First in ``MIDDLEWARE``, so that static files and error pages carry the headers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if request.is_secure():
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        # Nothing personal is left in the browser: a page is kept only if its view says so.
        response.headers.setdefault("Cache-Control", "no-store")
        return response
