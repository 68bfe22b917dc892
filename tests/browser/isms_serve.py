"""Serve a management system to a browser: ``python -m tests.browser.isms_serve HOME``. Prints one line of JSON, then serves.

A scope with its method and one treated risk, no statement yet; the clock is that of tests/browser/vote_served.py.
"""

import json
import os
import sys
from pathlib import Path

PASSWORD = "a long enough phrase"


def main(home):
    from opposable.kernel import installation

    installation.create(home, "isms.example/2026", draw=True)
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from opposable.kernel import accounts, clock, schema, sealing
    from opposable.kernel.sealing_service import open_sealer
    from tests.isms import story

    schema.bring_up_to_date()
    sealing.inline = open_sealer().seal_once
    with clock.frozen(story.NOW):
        made = accounts.open_account(
            story.CONSOLE, email="morel@isms.example", name="Adèle Garnier", password=PASSWORD
        ).result
        accounts.give(story.CONSOLE, account=made, role="isms.management", cell=accounts.root())
        _, campaign = story.found()
        story.risk(campaign)
    (home / "run" / "clock").write_text(story.NOW.isoformat())
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler, ipv6=False, allow_reuse_address=True)
    server.set_app(get_wsgi_application())
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}"}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    os.environ.pop("OPPOSABLE_DATABASE_URL", None)
    os.environ["OPPOSABLE_HOME"] = sys.argv[1]
    os.environ["OPPOSABLE_SITE"] = "main"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.vote_served"
    main(Path(sys.argv[1]))
