"""Forms that arrive through HTTP on the voting site, as `opposable serve` runs it; each answer is a receipt that is sealed."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from bench.harness import Bench, Figure, at_least, percentile

TITLE = "Forms received through HTTP"
DATABASES = ("sqlite", "postgresql")
RESOLUTIONS = 30
CONNECTIONS = 24
"""People who press «send» at the same moment; each waits for his receipt before the next one comes."""
WORKERS = os.cpu_count() or 1
"""Processes of the voting site: as many as cores, as `docs/how-to/serve-for-real.md` says for the last evening."""
TOKEN = "a" * 32
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Visit = Callable[[http.client.HTTPConnection, "Voting"], str]


@dataclass
class Voting:
    """One holder who has identified himself: his session, and his form as the browser will send it."""

    short: str
    session: str
    body: str
    uid: str = ""
    sent_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    answered_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def headers(self) -> dict[str, str]:
        return {"Cookie": f"opposable_vote={self.session}; opposable_vote_csrf={TOKEN}"}

    @property
    def seconds(self) -> float:
        return (self.answered_at - self.sent_at).total_seconds()


def measure(bench: Bench) -> Iterator[Figure]:
    from bench import meeting

    count = bench.size(1_800, 40)
    open_ = opened(count + count // 10)
    people = list(voters(open_, count))
    with served() as port:
        reading = at_once(port, people[: count // 4], look)
        sending = at_once(port, people, send)
    lost = verify(people)
    assert not lost, lost[:3]
    assert len(meeting.count(meeting.again(open_))) == RESOLUTIONS
    waits = [one.seconds * 1000 for one in people]
    yield Figure(
        f"forms on {RESOLUTIONS} resolutions received and receipted, {CONNECTIONS} connections,"
        f" {WORKERS} processes", sending, "per second",
        "the form's page, by the same connections", reading, at_least(150),
        note=f"{count:,} receipts, each sealed before its answer and verified afterwards; wait p50 {percentile(waits, 0.5):.0f},"
        f" p99 {percentile(waits, 0.99):.0f} ms",
    )  # fmt: skip


def opened(holders: int) -> Any:
    """A meeting of so many holders whose site is open now."""
    from bench import meeting
    from opposable.demo.register import make_csv

    at = meeting.soon()
    company = meeting.company(at=at)
    meeting.import_register(company, meeting.parsed(make_csv(holders, (at - timedelta(days=51)).date())), at)
    drafted = meeting.drafted(company, RESOLUTIONS, at)
    meeting.convene(drafted)
    meeting.open_voting(drafted)
    return meeting.again(drafted)


def voters(open_: Any, count: int) -> Iterator[Voting]:
    """Holders identified by the act that identifies them, each with a session of the voting site and a form filled in."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.http import QueryDict

    from opposable.kernel import clock
    from opposable.systems.assembly import acts
    from opposable.systems.assembly.models import Voter
    from opposable.systems.assembly.views.identification_session import ACCESS, new_key
    from opposable.systems.assembly.views.voting_ballot import Ballot

    rows = Voter.objects.filter(meeting=open_).exclude(holder__ref="0000").order_by("holder__ref")
    store, sessions = SessionStore(), []
    for number, voter in enumerate(rows.select_related("meeting__company", "meeting__cell", "holder", "cell")[:count]):
        receipt = acts.identify(voter.actor, voter=voter, method="passkey", verified=True)
        now = clock.utc(clock.now())
        held = {"voter": voter.uid, "by": "passkey", "at": clock.utc(receipt.at), "entry": receipt.entry, "seen": now,
                "means": voter.head}  # fmt: skip
        key = f"{number:032x}"
        sessions.append(
            Session(session_key=key, session_data=store.encode({ACCESS: held}), expire_date=clock.now() + timedelta(hours=1))
        )  # fmt: skip
        marks = {f"r{n}": ("for", "against", "abstain")[(number + n) % 3] for n in range(1, RESOLUTIONS + 1)}
        typed = {
            "csrfmiddlewaretoken": TOKEN,
            "key": new_key(voter),
            "agenda": open_.agenda_digest,
            "mode": "vote",
            **marks,
        }
        typed |= {f"d_{name}": "C-1" for name in Ballot(voter, QueryDict()).missing}
        yield Voting(open_.uid[:12], key, urlencode(typed))
    Session.objects.bulk_create(sessions)


# --- the site, and who comes to it ----------------------------------------------------------------------------------


@contextmanager
def served() -> Iterator[int]:
    """`opposable serve`: both sites, the sealer and the jobs. Yields the port of the voting site."""
    port = _free_ports()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "opposable.settings", "OPPOSABLE_LANG": "en"}
    command = [sys.executable, "-m", "opposable", "serve", "--port", str(port), "--workers", str(WORKERS)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith("voting"):
                    break
            else:
                raise RuntimeError("the sites did not start: the message is above")
            yield port + 1
        finally:
            process.terminate()
            process.wait(30)


def _free_ports() -> int:
    """A port that is free, with the next one."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port: int = one.getsockname()[1]
            try:
                other.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


def send(line: http.client.HTTPConnection, person: Voting) -> str:
    """The act: the answer says where the receipt is."""
    line.request("POST", f"/m/{person.short}/send/", person.body, {**FORM, **person.headers})
    answer = line.getresponse()
    page = answer.read().decode()
    where = answer.headers.get("Location", "")
    if answer.status != 303 or not where.startswith("/receipt/"):
        raise RuntimeError(f"a form was answered by {answer.status} {where}: {page[:2000]}")
    return where.split("/")[2]


def look(line: http.client.HTTPConnection, person: Voting) -> str:
    """The page of the form, which writes nothing."""
    line.request("GET", f"/m/{person.short}/form/", headers=person.headers)
    answer = line.getresponse()
    answer.read()
    if answer.status != 200:
        raise RuntimeError(f"the page of the form was answered by {answer.status}")
    return ""


def at_once(port: int, people: list[Voting], visit: Visit) -> float:
    """Everybody comes, some at a time, each over a connection kept open. Returns visits per second."""
    waiting, failures = iter(people), list[Exception]()
    door = threading.Lock()

    def one_after_the_other() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            while True:
                with door:
                    person = next(waiting, None)
                if person is None or failures:
                    return
                person.sent_at = datetime.now(UTC)
                person.uid = visit(line, person)
                person.answered_at = datetime.now(UTC)
        except Exception as error:  # noqa: BLE001 - raised again below, in the thread that is waited for
            failures.append(error)
        finally:
            line.close()

    threads = [threading.Thread(target=one_after_the_other) for _ in range(min(CONNECTIONS, len(people)))]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return len(people) / (time.perf_counter() - start)


# --- afterwards -----------------------------------------------------------------------------------------------------


def verify(people: list[Voting]) -> list[str]:
    """What is wrong with the receipts, by the published log alone: act, entry, proof, checkpoint, and the time of its seal."""
    from django.conf import settings

    from opposable.kernel.models import Act, Seal
    from opposable.kernel.proofs import log_keys
    from opposable.ledger import merkle, note, tiles
    from opposable.ledger.act import entry, parse_header
    from opposable.ledger.checkpoint import Checkpoint

    folder = settings.HOME / "log"
    keys = [note.Verifier.parse(key.vkey) for key in log_keys()]
    checkpoint = Checkpoint.parse(note.open_note((folder / "checkpoint").read_text(), keys)[0])
    tree = tiles.TileTree(lambda path: (folder / path).read_bytes(), checkpoint.size)
    acts = {act.obj: act for act in Act.objects.filter(type="assembly.form.receive").select_related("leaf")}
    seals = list(Seal.objects.order_by("size").values_list("size", "at"))
    wrong = []
    for person in people:
        act = acts.get(person.uid)
        if act is None or act.header is None or act.outcome != "done":
            wrong.append(f"{person.uid}: no act")
            continue
        index, header = act.leaf.index, bytes(act.header)
        merkle.verify_inclusion(
            merkle.leaf_hash(entry(header)), index, checkpoint.size, tree.inclusion_proof(index), checkpoint.root
        )
        if parse_header(header).obj != person.uid or parse_header(header).seq != 1:
            wrong.append(f"{person.uid}: another act")
        if next(at for size, at in seals if size > index) > person.answered_at:
            wrong.append(f"{person.uid}: answered before its seal")
    if len(set(acts)) != len(people):
        wrong.append(f"{len(acts)} forms on file, {len(people)} receipts")
    return wrong
