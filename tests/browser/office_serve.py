"""Serve the office to a browser: ``python -m tests.browser.office_serve HOME``. Prints one line of JSON, then serves.

A meeting in session on 30 March, one holder having voted; the clock is that of tests/browser/vote_served.py.
"""

import json
import os
import sys
from pathlib import Path

PASSWORD = "a long enough phrase"
PEOPLE = {
    ("roy", "Claire Roy"): "secretary",
    ("martin", "Paul Martin"): "scrutineer",
    ("simon", "Hélène Simon"): "bureau",
    ("faure", "Odile Faure"): "auditor",
    ("blanc", "Denis Blanc"): "",
}
"""Who may sign in, and as what: the last one has no role."""


def main(home):
    from opposable.kernel import installation

    installation.create(home, "office.example/2026", draw=True)
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from opposable.kernel import accounts, clock, schema, sealing
    from opposable.kernel.sealing_service import open_sealer
    from tests.assembly import office, story

    schema.bring_up_to_date()
    sealing.inline = open_sealer().seal_once
    with clock.frozen(story.at(1, 8)):
        for (name, full), role in PEOPLE.items():
            made = accounts.open_account(
                story.CONSOLE, email=f"{name}@office.example", name=full, password=PASSWORD
            ).result
            if role:
                accounts.give(story.CONSOLE, account=made, role=f"assembly.{role}", cell=accounts.root())
    meeting = office.sitting()
    (home / "run" / "clock").write_text(story.at(30, 10, 5).isoformat())
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler, ipv6=False, allow_reuse_address=True)
    server.set_app(get_wsgi_application())
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_port}", "uid": meeting.uid}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    os.environ.pop("OPPOSABLE_DATABASE_URL", None)
    os.environ["OPPOSABLE_HOME"] = sys.argv[1]
    os.environ["OPPOSABLE_SITE"] = "main"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.vote_served"
    main(Path(sys.argv[1]))
