"""Serve contracts to a browser, with a mail server beside: ``python -m tests.browser.contracts_serve HOME``.

Prints one line of JSON (the address), then serves; each message that comes in is written to HOME/received.
"""

import json
import os
import socket
import sys
from pathlib import Path

PASSWORD = "a long enough phrase"
PEOPLE = {"manager": "Jean Vasseur", "lawyer": "Inès Lambert", "director": "Adèle Garnier"}


class Keep:
    """Writes what it is given."""

    def __init__(self, folder):
        self.folder = folder

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        (self.folder / f"{len(list(self.folder.iterdir()))}.eml").write_bytes(envelope.original_content)
        return "250 kept"


def main(home):
    from aiosmtpd.controller import Controller

    from opposable.kernel import installation

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    installation.create(home, "contracts.example/2026", draw=True, mail=f"smtp://127.0.0.1:{port}")
    (home / "received").mkdir()
    Controller(Keep(home / "received"), hostname="127.0.0.1", port=port).start()
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from opposable.kernel import accounts, actors, schema, sealing
    from opposable.kernel.sealing_service import open_sealer
    from opposable.systems.contracts.exchange import library

    schema.bring_up_to_date()
    sealing.inline = open_sealer().seal_once
    system = actors.system("tests")
    for role, name in PEOPLE.items():
        made = accounts.open_account(system, email=f"{role}@contracts.example", name=name, password=PASSWORD).result
        accounts.give(system, account=made, role=f"contracts.{role}", cell=accounts.root())
    library.install(system)
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler, ipv6=False, allow_reuse_address=True)
    server.set_app(get_wsgi_application())
    sys.stdout.write(
        json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "received": str(home / "received")}) + "\n"
    )
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    os.environ.pop("OPPOSABLE_DATABASE_URL", None)
    os.environ["OPPOSABLE_HOME"] = sys.argv[1]
    os.environ["OPPOSABLE_SITE"] = "main"
    os.environ["DJANGO_SETTINGS_MODULE"] = "opposable.settings"
    main(Path(sys.argv[1]))
