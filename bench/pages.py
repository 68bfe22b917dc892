"""What a page costs on the server with a register of 100,000 holders, a form from each of them, and a million votes cast."""

from __future__ import annotations

import gzip
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bench.harness import Bench, Figure, at_most, percentile

TITLE = "Pages, with 100,000 holders"
DATABASES = ("sqlite", "postgresql")
RESOLUTIONS = 30
PRESENT = 20
QUERIES, WEIGHT = 12, 60
KINDS = ("list", "record", "form")
BASELINE = "the page where one signs out"
PLAIN = "/accounts/logout/"


@dataclass(frozen=True)
class Page:
    """One page: what kind of page it is, where, and what is typed there, if it is not only looked at."""

    kind: str
    url: str
    typed: Callable[[int], dict[str, str]] | None = None
    """What is typed at the nth look."""
    json: bool = False


def measure(bench: Bench) -> Iterator[Figure]:
    from bench import meeting as large
    from opposable.kernel.sealing_service import in_process

    rounds = bench.size(12, 2)
    budget = 60 if bench.database == "postgresql" else 90
    with in_process() as seal:
        seal()
        client, meeting = secretary(), prepared(bench.size(100_000, 500))
        looks = Looks(client, meeting.at - timedelta(days=2), rounds)
        looks.at(preparing(meeting))
        session_of(meeting)
        looks.now = meeting.at + timedelta(minutes=10)
        looks.at(sitting(large.again(meeting)))
        finish(meeting)
        looks.now = meeting.at + timedelta(hours=3)
        looks.at([Page("results", _at("results", meeting))])
        bare = Page("none", PLAIN)
        plain = percentile(looks.taken.pop(bare), 0.95)
        first = looks.first.pop(bare)
        for kinds, what, limit in (
            *(((kind,), f"pages of the kind «{kind}»", budget) for kind in KINDS),
            (("search",), "search as you type", 80),
            (("save",), "save, with its act", 50),
            (("results",), "the results of the meeting", 90),
        ):
            yield _figure(looks, kinds, what, limit, plain)
        slowest = max(looks.first, key=lambda page: looks.first[page])
        yield Figure(
            "a first look, the sums over the whole register made anew, at most", looks.first[slowest], "ms", BASELINE, first,
            note=_name(slowest),
        )  # fmt: skip
        yield from _weights(looks, bare)


def _figure(looks: Looks, kinds: tuple[str, ...], what: str, limit: float, plain: float) -> Figure:
    pages = {page: times for page, times in looks.taken.items() if page.kind in kinds}
    worst = max(pages, key=lambda page: percentile(pages[page], 0.95))
    return Figure(
        f"{what}: p95", percentile([one for times in pages.values() for one in times], 0.95), "ms", BASELINE, plain,
        at_most(limit), note=f"{len(pages)} pages; slowest {_name(worst)}, {percentile(pages[worst], 0.95):.0f} ms",
        again=looks.repeat(worst),
    )  # fmt: skip


def _weights(looks: Looks, bare: Page) -> Iterator[Figure]:
    most = max(looks.queries, key=lambda page: looks.queries[page])
    yield Figure(
        "queries of a page, at most", looks.queries[most], "queries", BASELINE, looks.queries[bare], at_most(QUERIES),
        note=_name(most),
    )  # fmt: skip
    heaviest = max(looks.weights, key=lambda page: looks.weights[page])
    yield Figure(
        "weight of a first load, at most: the page and all that it loads, compressed", looks.weights[heaviest], "KB", BASELINE,
        looks.weights[bare], at_most(WEIGHT), note=_name(heaviest),
    )  # fmt: skip


def _name(page: Page) -> str:
    return re.sub(r"[0-9a-f]{12,}", "…", page.url)


# --- the world ------------------------------------------------------------------------------------------------------


def secretary() -> Any:
    """A browser in which the secretary is signed in."""
    from django.test import Client

    from bench import meeting as large
    from opposable.kernel import accounts, clock

    with clock.frozen(large.AT - timedelta(days=70)):
        accounts.root()
        account = accounts.open_account(large.CONSOLE, email="secretary@example.test", name="Secretary").result
        for role in ("secretary", "bureau"):
            accounts.give(large.CONSOLE, account=account, role=f"assembly.{role}", cell=accounts.root())
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(account)
    return client


def prepared(holders: int) -> Any:
    """The meeting: convened, its site open, a form received from each holder."""
    from bench import meeting as large
    from opposable.demo.register import make_csv

    company = large.company()
    large.import_register(company, large.parsed(make_csv(holders, date(2026, 2, 1))))
    drafted = large.drafted(company, RESOLUTIONS)
    large.convene(drafted)
    large.open_voting(drafted)
    large.fill_forms(drafted, but=PRESENT)
    return large.again(drafted)


def session_of(meeting: Any) -> None:
    """The hour has come: votes fixed, the session open, some holders in the room."""
    from bench import meeting as large
    from opposable.kernel import clock
    from opposable.systems.assembly import acts
    from opposable.systems.assembly.models import Holder

    with clock.frozen(meeting.at):
        acts.fix_entitlements(large.CONSOLE, meeting=large.again(meeting))
        acts.open_session(large.CONSOLE, meeting=large.again(meeting), chair="A", secretary="B", scrutineers=["C"])
        silent = Holder.objects.filter(entitlements__meeting=meeting).exclude(forms__meeting=meeting)
        for holder in silent.exclude(ref="0000").order_by("ref")[:PRESENT]:
            acts.admit(large.CONSOLE, meeting=large.again(meeting), holder=holder)


def finish(meeting: Any) -> None:
    """Every vote closed, the results declared."""
    from bench import meeting as large
    from opposable.kernel import clock
    from opposable.systems.assembly import acts
    from opposable.systems.assembly.models import Resolution

    for row in Resolution.objects.filter(meeting=meeting).select_related("meeting__company", "meeting__cell", "cell"):
        with clock.frozen(meeting.at + timedelta(minutes=20 + row.position)):
            acts.close_resolution(large.CONSOLE, resolution=row)
    with clock.frozen(meeting.at + timedelta(hours=2)):
        acts.end_session(large.CONSOLE, meeting=large.again(meeting))


def _at(name: str, meeting: Any, *args: object) -> str:
    from django.urls import reverse

    return reverse(f"assembly:{name}", args=[meeting.uid, *args])


def _of(name: str, company: Any, *args: object) -> str:
    from django.urls import reverse

    return reverse(f"assembly:{name}", args=[company.slug, *args])


def preparing(meeting: Any) -> list[Page]:
    """The pages of the office two days before the meeting, and those of the house."""
    from opposable.systems.assembly.models import Entitlement, Form

    company = meeting.company
    form = Form.objects.filter(meeting=meeting).select_related("holder").order_by("pk")[100]
    rights = Entitlement.objects.get(meeting=meeting, holder=form.holder)
    holders = _of("holders", company)
    lists = [
        "/", "/acts/", "/law/", "/log/", "/assembly/", "/assembly/companies/", holders, f"{holders}?q=Lefèvre",
        _of("imports", company), *(_at(name, meeting) for name in ("resolutions", "notices", "forms", "entitlements", "timeline")),
    ]  # fmt: skip
    records = [
        _of("company", company), _of("holder", company, form.holder.uid), _at("meeting", meeting), _at("turnout", meeting),
        _at("form", meeting, form.uid), _at("entitlement", meeting, rights.uid), _at("resolution", meeting, 1),
        _at("documents", meeting), "/acts/3/",
    ]  # fmt: skip
    forms = [
        _of("transfer", company, form.holder.uid), _of("bylaw", company, "assembly.vote.cap"), _of("import", company),
        "/assembly/meetings/new/?company=" + company.slug, _at("cancel", meeting), _at("document-issue", meeting, "notice"),
    ]  # fmt: skip
    words = ("m", "mar", "lefèvre", "marie lef", "042", "quorum", "a004")
    return [
        Page("none", PLAIN), *(Page("list", url) for url in lists), *(Page("record", url) for url in records),
        *(Page("form", url) for url in forms), *(Page("search", f"/search/?q={word}", json=True) for word in words),
    ]  # fmt: skip


def sitting(meeting: Any) -> list[Page]:
    """The pages of the day: the room, the door, a vote; an incident reported, a vote cast for everybody in the room."""
    return [
        Page("record", _at("session", meeting)), Page("list", _at("door", meeting) + "?q=mar"), Page("form", _at("vote", meeting, 1)),
        Page("save", _at("incident", meeting), lambda n: {"text": f"La connexion a été interrompue {n} minutes."}),
        *(Page("save", _at("vote", meeting, position), _cast(meeting, position)) for position in range(1, 4)),
    ]  # fmt: skip


def _cast(meeting: Any, position: int) -> Callable[[int], dict[str, str]]:
    """One holder of the room votes, and each time otherwise than before."""
    row = meeting.attendances.select_related("holder").order_by("pk")[position - 1]
    return lambda n: {f"vote-{row.holder.uid}": ("for", "against", "abstain")[n % 3]}


# --- looking at them -------------------------------------------------------------------------------------------------


class Looks:
    """A browser that comes back: milliseconds, queries and weight of each page. Every look happens at ``now``."""

    def __init__(self, client: Any, now: datetime, rounds: int) -> None:
        self.client, self.now, self.rounds = client, now, rounds
        self.taken: dict[Page, list[float]] = {}
        self.first: dict[Page, float] = {}
        self.queries: dict[Page, int] = {}
        self.weights: dict[Page, float] = {}
        self._loaded: dict[str, int] = {}

    def at(self, pages: list[Page]) -> None:
        """Look at the pages in turn, round after round: what the product keeps for some seconds is kept."""
        for page in pages:
            self._weigh(page)
        for number in range(1, self.rounds + 1):
            for page in pages:
                self.taken.setdefault(page, []).append(self._look(page, number)[1])

    def repeat(self, page: Page) -> Callable[[], object]:
        """The look at a page again, for its profile; as the meeting stands now."""

        def work() -> None:
            for number in range(5):
                self._look(page, number, good=(200, 302, 303, 404, 409, 422))

        return work

    def _look(self, page: Page, number: int, good: tuple[int, ...] = ()) -> tuple[Any, float]:
        from opposable.kernel import clock

        headers = {"accept": "application/json"} if page.json else {"accept-encoding": "gzip"}
        with clock.frozen(self.now):
            start = time.perf_counter()
            if page.typed is None:
                answer = self.client.get(page.url, headers=headers)
            else:
                answer = self.client.post(page.url, page.typed(number), headers=headers)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            taken = (time.perf_counter() - start) * 1000
        wanted = good or ((200,) if page.typed is None else (302, 303))
        if answer.status_code not in wanted:
            raise RuntimeError(f"{page.url} was answered by {answer.status_code}: {_plain(body)[-3000:]}")
        return body, taken

    def _weigh(self, page: Page) -> None:
        """A page by itself: its first look, nothing being kept; then its queries and its weight."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        self._look(page, 0)  # templates and statements are prepared once in a process
        _forget()
        self.first[page] = self._look(page, -1)[1]
        with CaptureQueriesContext(connection) as made:
            body, _ = self._look(page, -2)
        if page.typed is None:
            self.queries[page] = len(made.captured_queries)
        if page.typed is None and not page.json:
            self.weights[page] = (len(body) + sum(map(self._load, _loads(_plain(body))))) / 1000

    def _load(self, url: str) -> int:
        """Bytes of a file that a page loads, as they travel."""
        if url not in self._loaded:
            answer = self.client.get(url, headers={"accept-encoding": "gzip"})
            assert answer.status_code == 200, url
            self._loaded[url] = len(b"".join(answer.streaming_content) if answer.streaming else answer.content)
        return self._loaded[url]


def _forget() -> None:
    """Forget what is kept for a moment for everybody: each round is somebody's first look."""
    from opposable.systems.assembly.views import office_kept
    from opposable.web import shell

    shell.forget_log_state()
    office_kept.forget()


def _plain(body: bytes) -> str:
    return (gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode("utf-8", "replace")


def _loads(page: str) -> list[str]:
    """Style sheets, scripts and pictures that come with a page."""
    found = re.findall(r'<(?:script|img)[^>]+src="(/[^"]+)"|<link[^>]+href="(/static/[^"]+)"', page)
    return sorted({script or link for script, link in found})
