"""`opposable traffic listen`: take in what sources send live."""

from __future__ import annotations

import argparse
from ipaddress import ip_network
from pathlib import Path

from django.conf import settings

from opposable.kernel import actors, stopping
from opposable.kernel.datagrams import Listener
from opposable.kernel.keys.files import read_private
from opposable.law.terminal import say, words
from opposable.systems.traffic.commands.ingest import counted, source_named
from opposable.systems.traffic.exchange.listening import Ear, protocol_of
from opposable.systems.traffic.exchange.outcome import Outcome

LISTENER = actors.system("traffic-listener")
PORTS = {"ipfix": 4739, "syslog": 514, "radius": 1813}


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    listen = verbs.add_parser(
        "listen",
        help=words(
            "prendre ce qu’une source envoie en UDP : IPFIX, syslog, comptabilité RADIUS",
            "take in what a source sends by UDP: IPFIX, syslog, RADIUS accounting",
        ),
    )
    listen.add_argument("--source", required=True, help=words("nom court de la source", "short name of the source"))
    listen.add_argument(
        "--host",
        default="127.0.0.1",
        help=words("adresse où écouter (par défaut 127.0.0.1)", "address to listen on (default 127.0.0.1)"),
    )
    listen.add_argument(
        "--port",
        type=int,
        help=words(
            "par défaut 4739 (IPFIX), 514 (syslog), 1813 (RADIUS)", "default 4739 (IPFIX), 514 (syslog), 1813 (RADIUS)"
        ),
    )
    listen.add_argument(
        "--from",
        dest="senders",
        metavar="NETWORK",
        type=ip_network,
        action="append",
        default=[],
        help=words(
            "n’écouter que cette adresse ou ce réseau (répétable ; par défaut, tous)",
            "listen only to this address or network (repeatable; everybody by default)",
        ),
    )
    listen.add_argument(
        "--every",
        type=float,
        default=300,
        help=words(
            "secondes après lesquelles ce qui est venu fait une livraison (par défaut 300)",
            "seconds after which what came becomes a delivery (default 300)",
        ),
    )
    listen.add_argument(
        "--secret",
        type=Path,
        help=words(
            "RADIUS : fichier du secret partagé (par défaut HOME/keys/traffic/SOURCE.secret)",
            "RADIUS: file with the shared secret (default HOME/keys/traffic/SOURCE.secret)",
        ),
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
    where = f"{given.host}:{listener.port}"
    print(
        words(
            f"à l’écoute de {source.slug} ({source.format}) sur {where}",
            f"listening for {source.slug} ({source.format}) on {where}",
        ),
        flush=True,
    )
    try:
        senders = tuple(given.senders)
        Ear(LISTENER, source, listener, protocol, every=given.every, told=_say, senders=senders).run()
    finally:
        listener.close()
    return 0


def _say(outcome: Outcome) -> None:
    told = counted({name: count for name, count in outcome.counts.items() if name != "read"})
    told, segments = told or words("rien", "nothing"), len(outcome.segments)
    print(words(f"livraison : {told} ; {segments} segments", f"delivery: {told}; {segments} segments"), flush=True)
    for note in outcome.notes:
        print(f"  {say(note)}", flush=True)
