"""Ports that must be free before work begins: said at once, not after a minute of building."""

from __future__ import annotations

import argparse
import socket
from collections.abc import Iterable

from opposable.law.terminal import words


def require_free(host: str, ports: Iterable[int], what_to_do: str) -> None:
    """Raises `ArgumentTypeError`, in one sentence, when something listens on one of the ports or the address is not ours."""
    for port in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except (OSError, OverflowError) as error:
                reason = getattr(error, "strerror", None) or words("pas un port", "not a port")
                raise argparse.ArgumentTypeError(
                    words(
                        f"le port {port} de {host} n’est pas libre ({reason}) : {what_to_do}",
                        f"port {port} of {host} is not free ({reason}): {what_to_do}",
                    )
                ) from None
