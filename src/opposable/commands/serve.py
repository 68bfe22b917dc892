"""Serve an installation: pages, voting site, sealer, and the jobs of each minute."""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from opposable.commands import count, open_home, port as port_number
from opposable.commands.neighbours import neighbour_ports, neighbours
from opposable.commands.ports import require_free
from opposable.kernel.faults import Fault
from opposable.law import t
from opposable.law.terminal import Parser, say, words

TICK_SECONDS = 20
START_SECONDS = 60


def run(argv: list[str]) -> int:
    """Serve until interrupted."""
    given = _asked(argv)
    _say_where(given.host, given.port)
    open_home()
    from django.conf import settings

    from opposable.commands.init import migrate

    migrate()
    from opposable.kernel import restore, sealing_service, stopping

    restore.before_opening()
    pages, vote = (given.host or urlsplit(settings.CONFIG.url).hostname or "127.0.0.1"), settings.CONFIG
    ports = (
        given.port or urlsplit(vote.url).port or 80,
        (given.port + 1) if given.port else urlsplit(vote.vote_url).port or 81,
    )
    require_free(
        pages,
        ports,
        words(
            "choisissez-en un autre par --port N (N+1 est celui du site de vote)",
            "choose another with --port N (N+1 is the voting site's)",
        ),
    )
    require_free(
        "127.0.0.1",
        neighbour_ports(vote),
        words(
            "arrêtez le programme qui y écoute, peut-être une autre démonstration",
            "end the program that listens there, perhaps another demo",
        ),
    )
    service = sealing_service.start_thread()
    stop = threading.Event()
    threading.Thread(target=_tick, args=(stop,), daemon=True).start()
    stopping.when_asked(stop.set)
    with (
        neighbours(settings.HOME, settings.CONFIG),
        _site("main", pages, ports[0], 1, given.threads) as main,
        _site("vote", pages, ports[1], given.workers, given.threads) as site,
    ):
        print(
            f"pages   http://{pages}:{ports[0]}/\n{words('vote  ', 'voting')}  http://{pages}:{ports[1]}/", flush=True
        )
        while not stop.wait(0.5):
            if service.failure or main.poll() is not None or site.poll() is not None:
                print(_stopped(service.failure), file=sys.stderr)
                return 1
    service.stop()
    return 0


def _asked(argv: list[str]) -> argparse.Namespace:
    parser = Parser(
        prog="opposable serve",
        description=words(
            "Servir une installation : pages, site de vote, scelleur, et les travaux de chaque minute.",
            "Serve an installation: pages, voting site, sealer, and the jobs of each minute.",
        ),
    )
    parser.add_argument(
        "--host",
        default="",
        help=words(
            "adresse où écouter (par défaut : celle de `url` dans opposable.toml)",
            "address to listen on (default: the one of `url` in opposable.toml)",
        ),
    )
    parser.add_argument(
        "--port",
        type=port_number,
        help=words(
            "port des pages ; le site de vote prend le suivant", "port of the pages; the voting site takes the next one"
        ),
    )
    parser.add_argument(
        "--threads",
        type=count,
        default=8,
        help=words("fils d’exécution de chaque processus d’un site", "threads of each process of a site"),
    )
    parser.add_argument(
        "--workers",
        type=count,
        default=1,
        help=words(
            "processus du site de vote : autant que de cœurs le dernier soir",
            "processes of the voting site: as many as cores on the last evening",
        ),
    )
    return parser.parse_args(argv)


def _stopped(failure: Exception | None) -> str:
    why = (
        failure.text
        if isinstance(failure, Fault)
        else str(failure)
        if failure
        else words("un site s’est arrêté", "a site ended")
    )
    return f"{words('arrêt', 'stopped')}: {say(why)}"


def _say_where(host: str, port: int | None) -> None:
    """Addresses given on the command line hold for this run: settings read them from the environment."""
    if port:
        name = host or "127.0.0.1"
        os.environ["OPPOSABLE_URL"] = f"http://{name}:{port}"
        os.environ["OPPOSABLE_VOTE_URL"] = f"http://{name}:{port + 1}"


@contextmanager
def _site(name: str, host: str, port: int, workers: int, threads: int) -> Iterator[subprocess.Popen[bytes]]:
    """One site in processes of its own: separate address, session, and reachable pages."""
    command = [
        *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)),
        *("--workers", str(workers), "--blocking-threads", str(threads), "--no-ws"),
        *("--workers-kill-timeout", "5", "--log-level", "error", "opposable.wsgi:application"),
    ]
    process = subprocess.Popen(command, env={**os.environ, "OPPOSABLE_SITE": name})
    try:
        _wait_until_up(process, host, port)
        yield process
    finally:
        process.terminate()
        process.wait(10)


def _wait_until_up(process: subprocess.Popen[bytes], host: str, port: int) -> None:
    limit = time.monotonic() + START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        try:
            with socket.create_connection((host, port), 1):
                return
        except OSError:
            time.sleep(0.05)
    raise Fault(
        t(
            f"le site du port {port} n’a pas démarré : son message est au-dessus",
            f"the site on port {port} did not start: its message is above",
        )
    )


def _tick(stop: threading.Event) -> None:
    from opposable.kernel import duties

    while not stop.wait(TICK_SECONDS):
        duties.tick_quietly()
