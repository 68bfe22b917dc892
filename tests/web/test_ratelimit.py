"""How often identification may be tried."""

import threading

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from hypothesis import given, strategies as st

from opposable.web import ratelimit
from opposable.web.ratelimit import Limiter, Rate, client_address, limited

RATE = Rate(5, 60)


class Clock:
    def __init__(self):
        self.at = 1000.0

    def __call__(self):
        return self.at


def test_a_burst_then_one_each_step():
    now = Clock()
    limiter = Limiter("t", RATE, now)
    assert [limiter.wait("a") for _ in range(5)] == [0.0] * 5
    assert limiter.wait("a") == pytest.approx(12)
    now.at += 11.9
    assert limiter.wait("a") == pytest.approx(0.1)
    now.at += 0.2
    assert limiter.wait("a") == 0.0
    assert limiter.wait("a") > 0


def test_a_refused_try_costs_nothing():
    now = Clock()
    limiter = Limiter("t", RATE, now)
    for _ in range(50):
        limiter.wait("a")
    now.at += 12.1
    assert limiter.wait("a") == 0.0


def test_subjects_do_not_disturb_each_other_and_a_success_clears():
    limiter = Limiter("t", Rate(1, 60), Clock())
    assert limiter.wait("a") == 0.0
    assert limiter.wait("b") == 0.0
    assert limiter.wait("a") > 0
    limiter.clear("a")
    assert limiter.wait("a") == 0.0


@given(st.integers(1, 10), st.integers(1, 600), st.lists(st.floats(0, 50), max_size=60))
def test_never_more_than_the_burst_and_what_time_gives_back(burst, per, pauses):
    now, passed = Clock(), 0
    limiter = Limiter("t", Rate(burst, per), now)
    begin = now.at
    for pause in pauses:
        now.at += pause
        passed += limiter.wait("a") == 0.0
    assert passed <= burst + (now.at - begin) * burst / per + 1e-6


def test_threads_share_one_bucket():
    limiter, passed = Limiter("t", RATE, Clock()), []
    threads = [threading.Thread(target=lambda: passed.append(limiter.wait("a") == 0.0)) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(passed) == 5


def test_memory_is_bounded_and_holds_no_name(monkeypatch):
    monkeypatch.setattr(ratelimit, "LARGEST", 10)
    limiter = Limiter("t", RATE, Clock())
    for number in range(100):
        limiter.wait(f"person{number}")
    assert len(limiter._full_at) == 10
    assert not any("person" in key for key in limiter._full_at)


def test_a_shared_cache_counts_for_all_processes(settings):
    settings.RATELIMIT_CACHE = "default"
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "shared-limits"}
    }
    workers = [Limiter("shared", Rate(2, 3600)) for _ in range(10)]
    passed = sum(worker.wait("a") == 0.0 for worker in workers for _ in range(2))
    assert passed == 4


ASK = RequestFactory()


@pytest.mark.parametrize(
    ("peer", "forwarded", "hops", "counts"),
    [
        ("203.0.113.9", "", 0, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", 0, "203.0.113.9"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", 1, "198.51.100.1"),
        ("127.0.0.1", "", 1, "127.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", 0, "2001:db8:1:2::/64"),
        ("127.0.0.1", "not-an-address", 1, "127.0.0.1"),
    ],
)
def test_the_address_is_the_peers_unless_a_proxy_is_trusted(settings, peer, forwarded, hops, counts):
    settings.TRUSTED_PROXIES = hops
    request = ASK.get("/", REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == counts


def identify(**rates):
    @limited("test", field="reference", **rates)
    def view(request):
        return HttpResponse("in")

    return view


def test_beyond_the_limit_the_page_says_how_long_to_wait():
    view = identify(address=Rate(2, 60))
    assert [view(ASK.post("/")).status_code for _ in range(3)] == [200, 200, 429]
    refused = view(ASK.post("/"))
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    assert "Trop d’essais" in refused.content.decode()
    assert view(ASK.get("/")).status_code == 200


def test_one_identifier_is_limited_from_many_addresses():
    view = identify(address=Rate(100, 60), identifier=Rate(2, 60))
    tries = [("10.0.0.1", "AB 12"), ("10.0.0.2", "ab12"), ("10.0.0.3", "Ab1 2"), ("10.0.0.4", "other")]
    answers = [view(ASK.post("/", {"reference": typed}, REMOTE_ADDR=peer)).status_code for peer, typed in tries]
    assert answers == [200, 200, 429, 200]
