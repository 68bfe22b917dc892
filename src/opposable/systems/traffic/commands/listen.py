"""`opposable traffic listen`: take in what sources send live."""

from __future__ import annotations

import argparse
from pathlib import Path

from django.conf import settings

from opposable.kernel import actors, stopping
from opposable.kernel.datagrams import Listener
from opposable.kernel.keys.files import read_private
from opposable.systems.traffic.commands.ingest import source_named
from opposable.systems.traffic.exchange.ingest import Outcome
from opposable.systems.traffic.exchange.listening import Ear, protocol_of

LISTENER = actors.system("traffic-listener")
PORTS = {"ipfix": 4739, "syslog": 514, "radius": 1813}


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listen = verbs.add_parser("listen", help="take in what a source sends by UDP: IPFIX, syslog, RADIUS accounting")
    listen.add_argument("--source", required=True, help="short name of the source")
    listen.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    listen.add_argument("--port", type=int, help="default 4739 (IPFIX), 514 (syslog), 1813 (RADIUS)")
    listen.add_argument(
        "--every", type=float, default=300, help="seconds after which what came becomes a delivery (default 300)"
    )
    listen.add_argument(
        "--secret", type=Path, help="RADIUS: file with the shared secret (default HOME/keys/traffic/SOURCE.secret)"
    )
    listen.set_defaults(run=_listen)


def _listen(given: argparse.Namespace) -> int:
    source = source_named(given.source)
    secret = b""
    if source.format == "radius":
        secret = read_private(given.secret or settings.HOME / "keys" / "traffic" / f"{source.slug}.secret").strip()
    protocol = protocol_of(source, secret)
    listener = Listener(given.host, given.port if given.port is not None else PORTS[source.format])
    stopping.when_asked(listener.stop)
    print(f"listening for {source.slug} ({source.format}) on {given.host}:{listener.port}", flush=True)
    try:
        Ear(LISTENER, source, listener, protocol, every=given.every, told=_say).run()
    finally:
        listener.close()
    return 0


def _say(outcome: Outcome) -> None:
    counts = outcome.counts
    told = ", ".join(
        f"{counts[name]:,} {name}" for name in ("kept", "duplicate", "rejected", "expired", "unlawful") if counts[name]
    )
    print(f"delivery: {told or 'nothing'}; {len(outcome.segments)} segments", flush=True)
    for note in outcome.notes:
        print(f"  {note}", flush=True)
