"""Serve the house to a browser: ``python -m tests.web.serve HOME``. Prints its port and the index of the refused act."""

import os
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path


def main(home):
    from opposable.kernel import installation

    installation.create(home, "browser.example/2026", draw=True)
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from opposable.kernel import schema, sealing
    from opposable.kernel.sealing_service import open_sealer
    from tests.web import story

    schema.bring_up_to_date()
    sealing.inline = open_sealer().seal_once
    told = story.tell(sealing.inline)
    anchor(home)
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler, ipv6=False, allow_reuse_address=True)
    server.set_app(get_wsgi_application())
    sys.stdout.write(f"{server.server_port} {told.refused.index}\n")
    sys.stdout.flush()
    server.serve_forever()


def anchor(home):
    """Have a witness and the local authority see the log."""
    from django.conf import settings

    from opposable.kernel import anchors
    from opposable.kernel.keys import Keyring
    from opposable.kernel.witness import WitnessHome, serve

    made = WitnessHome.make(home.parent / "witness", "auditor.example/witness")
    made = made.watch([Keyring(home, settings.ORIGIN).vkeys()[0]]).open()
    with closing(made.store), serve(made) as server:
        settings.CONFIG = replace(settings.CONFIG, witnesses=((server.url, made.vkey),))
        anchors.anchor()


if __name__ == "__main__":
    os.environ.pop("OPPOSABLE_DATABASE_URL", None)
    os.environ["OPPOSABLE_HOME"] = sys.argv[1]
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.web.served"
    main(Path(sys.argv[1]))
