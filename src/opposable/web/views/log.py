"""«Preuves et témoins»: the state of the log for people, and its public files for anyone (C2SP tlog-tiles)."""

import re

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from opposable.kernel import proofs
from opposable.kernel.models import Anchor, Seal

TILE = re.compile(r"tile/(entries|\d{1,2})/(x\d{3}/)*\d{3}(\.p/\d{1,3})?")

TOKEN = re.compile(r"[0-9a-f]{64}\.(tsr|pem)")
KINDS = {
    "tsr": "application/timestamp-reply",
    "pem": "application/x-pem-file",
    "checkpoint": "text/plain; charset=utf-8",
}


def log(request: HttpRequest) -> HttpResponse:
    """Last seals and anchors, keys, witnesses, and where the public files are."""
    context = {
        "seals": Seal.objects.order_by("-size")[:10],
        "anchors": Anchor.objects.order_by("-pk")[:10],
        "origin": settings.ORIGIN,
        "keys": proofs.log_keys(),
        "witness_keys": proofs.witnesses(),
    }
    return render(request, "web/pages/log.html", context)


@login_not_required
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The newest signed checkpoint."""
    return _file("checkpoint", "no-cache")


@login_not_required
def vkey(request: HttpRequest) -> HttpResponse:
    """Every verifier key that this log ever had, one a line."""
    text = "".join(f"{key.vkey}\n" for key in proofs.log_keys())
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@login_not_required
def policy(request: HttpRequest) -> HttpResponse:
    """A tlog-policy to start from; who verifies should hold his own."""
    return HttpResponse(proofs.policy_text(), content_type="text/plain; charset=utf-8")


@login_not_required
def tile(request: HttpRequest, path: str) -> HttpResponse:
    """A tile: hashes only. A full tile never changes; a partial one belongs to its size for ever."""
    if not TILE.fullmatch(f"tile/{path}"):
        raise Http404
    return _file(f"tile/{path}", "public, max-age=31536000, immutable")


@login_not_required
def token(request: HttpRequest, name: str) -> HttpResponse:
    """A raw RFC 3161 response (``<digest>.tsr``) or the root of its authority (``.pem``): they never change."""
    if not TOKEN.fullmatch(name):
        raise Http404
    return _file(f"tokens/{name}", "public, max-age=31536000, immutable")


def _file(path: str, cache: str) -> HttpResponse:
    try:
        data = (settings.HOME / "log" / path).read_bytes()
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise Http404 from None
    kind = KINDS.get(path.rsplit(".", 1)[-1], "application/octet-stream")
    headers = {
        "Cache-Control": cache,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    return HttpResponse(data, content_type=kind, headers=headers)
