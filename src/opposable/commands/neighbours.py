"""The demo's neighbours: a mail server and a witness, in this process but with folders and a key of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from opposable.kernel.home import Config

WITNESS = "temoin.example/demo"


def neighbour_ports(config: Config) -> list[int]:
    """Where they will listen; nowhere for a real installation."""
    urls = [config.mail, *(url for url, _vkey in config.witnesses)] if config.demo else []
    return [port for url in urls if (port := urlsplit(url).port)]


@contextmanager
def neighbours(home: Path, config: Config) -> Iterator[None]:
    """Run what the demo needs beside itself while the block lasts; nothing for a real installation."""
    with ExitStack() as stack:
        if config.demo:
            from opposable.commands.mailbox import mail_server

            stack.enter_context(mail_server(home, urlsplit(config.mail).port or 2525))
            for url, _vkey in config.witnesses:
                stack.enter_context(_witness(home, urlsplit(url).port or 0))
        yield


@contextmanager
def _witness(home: Path, port: int) -> Iterator[None]:
    from opposable.kernel.witness import WitnessHome, serve

    settings = WitnessHome.load(home / "witness")
    if settings is None:
        yield
        return
    with serve(settings.open(), "127.0.0.1", port):
        yield


def make_witness(home: Path, log_vkeys: list[str]) -> str:
    """Make the demo's witness for this log. Returns its vkey."""
    from opposable.kernel.witness import WitnessHome

    return WitnessHome.make(home / "witness", WITNESS).watch(log_vkeys).vkey
