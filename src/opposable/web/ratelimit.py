"""How often identification may be tried, by address and by identifier. No database: memory, and a shared cache if any.

Each key has a token bucket held as one number, the instant when it would be full again (GCRA). Keys are keyed hashes: no
address and no name is kept. ``RATELIMIT_CACHE`` names a Django cache shared by several processes; it counts by window on
top of the bucket, so that n workers do not give n times the tries.
"""

import functools
import hashlib
import hmac
import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse

LARGEST = 50_000
"""Buckets kept in memory; beyond, the longest unused is dropped."""


@dataclass(frozen=True)
class Rate:
    """``burst`` tries at once, then one each ``per / burst`` seconds."""

    burst: int
    per: int

    @property
    def step(self) -> float:
        return self.per / self.burst


class Limiter:
    """Token buckets of one name. Thread-safe; ``now`` is a monotonic clock in seconds."""

    def __init__(self, name: str, rate: Rate, now: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self.rate = rate
        self._now = now
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, subject: str) -> float:
        """Take one token for ``subject``; returns 0.0, or the seconds to wait when there is none (no token is then taken)."""
        key = _key(self.name, subject)
        waiting = self._take(key)
        return waiting or self._shared(key)

    def clear(self, subject: str) -> None:
        """Give all tokens back, as after a success."""
        with self._lock:
            self._full_at.pop(_key(self.name, subject), None)

    def _take(self, key: str) -> float:
        now = self._now()
        with self._lock:
            full_at = max(self._full_at.pop(key, now), now)
            earliest = full_at + self.rate.step - self.rate.per
            if earliest <= now:
                full_at += self.rate.step
            self._full_at[key] = full_at
            while len(self._full_at) > LARGEST:
                self._full_at.popitem(last=False)
        return max(0.0, earliest - now)

    def _shared(self, key: str) -> float:
        alias = getattr(settings, "RATELIMIT_CACHE", None)
        if not alias:
            return 0.0
        cache, wall = caches[alias], time.time()
        window = int(wall // self.rate.per)
        counter = f"ratelimit:{key}:{window}"
        cache.add(counter, 0, self.rate.per * 2)
        # A window lets through twice the burst at most at its border, hence the factor.
        return (window + 1) * self.rate.per - wall if cache.incr(counter) > 2 * self.rate.burst else 0.0


def _key(name: str, subject: str) -> str:
    secret = settings.SECRET_KEY.encode()
    return hmac.new(secret, f"{name}\0{subject}".encode(), hashlib.sha256).hexdigest()[:32]


def client_address(request: HttpRequest) -> str:
    """The address that counts for limits: the peer, or what ``TRUSTED_PROXIES`` (a number of hops) says it is; IPv6 by /64."""
    hops = getattr(settings, "TRUSTED_PROXIES", 0)
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    peer = request.META.get("REMOTE_ADDR", "")
    chosen = chain[-hops] if hops and len(chain) >= hops else peer
    try:
        address = ipaddress.ip_address(chosen)
    except ValueError:
        return peer
    return str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)


def limited(
    name: str,
    *,
    address: Rate,
    identifier: Rate | None = None,
    field: str = "",
    methods: Container[str | None] = ("POST",),
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Limit a view by client address and, if ``field`` is given, by what is typed in that field (folded: case, spaces).

    Beyond the limit the answer is the page 429 with ``Retry-After``; the view is not run and nothing is recorded.
    """
    by_address = Limiter(f"{name}:address", address)
    by_identifier = Limiter(f"{name}:identifier", identifier) if identifier and field else None

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                return view(request, *args, **kwargs)
            waiting = by_address.wait(client_address(request))
            typed = "".join(request.POST.get(field, "").split()).casefold() if by_identifier else ""
            if by_identifier and typed and not waiting:
                waiting = by_identifier.wait(typed)
            if waiting:
                from opposable.web.errors import too_many  # the page needs templates; this module does not

                return too_many(request, math.ceil(waiting))
            return view(request, *args, **kwargs)

        guarded.limiters = (by_address, by_identifier)  # type: ignore[attr-defined]
        return guarded

    return decorate
