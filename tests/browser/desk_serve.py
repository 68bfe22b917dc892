"""Serve the legal desk to a browser: ``python -m tests.browser.desk_serve HOME``. Prints one line of JSON, then serves.

A day of addresses is in the store, and a requisition has been registered and qualified: two persons are to approve it.
"""

import json
import os
import sys
from datetime import UTC, date, datetime
from pathlib import Path


def main(home):
    from opposable.kernel import installation

    installation.create(home, "desk.example/2026", draw=True)
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from opposable.kernel import clock, schema, sealing
    from opposable.kernel.sealing_service import open_sealer
    from opposable.systems.traffic import acts
    from opposable.systems.traffic.exchange.answer.compose import make_answer
    from opposable.systems.traffic.exchange.ingest import ingest_file
    from tests.traffic import desk as office, generate

    schema.bring_up_to_date()
    sealing.inline = open_sealer().seal_once
    at = datetime(2026, 11, 26, 12, tzinfo=UTC)
    with clock.frozen(at):
        desk = office.people()
        source = acts.declare_source(
            office.CONSOLE, slug="cgnat-1", title="CGNAT 1", format="csv", mapping=generate.NAT_MAPPING
        ).result
        ingest_file(office.CONSOLE, source, generate.nat_csv(home / "nat.csv", date(2026, 11, 20)))
        case = office.register(desk)
        acts.qualify_requisition(desk.clerk.actor, requisition=case)
        old = office.approved(desk, reference="PV 2014/17", dated_on=date(2014, 3, 6))
        office.extract(desk, old)
        make_answer(desk.clerk.actor, requisition=old)
        spare = office.register(desk, reference="PV 2026/5000")
    (home / "run" / "clock").write_text(at.isoformat())
    server = ThreadedWSGIServer(("127.0.0.1", 0), WSGIRequestHandler, ipv6=False, allow_reuse_address=True)
    server.set_app(get_wsgi_application())
    told = {
        "url": f"http://127.0.0.1:{server.server_port}",
        "uid": case.uid,
        "old": old.uid,
        "spare": spare.uid,
        "key": office.court(at)[1].decode(),
    }
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    os.environ.pop("OPPOSABLE_DATABASE_URL", None)
    os.environ["OPPOSABLE_HOME"] = sys.argv[1]
    os.environ["OPPOSABLE_SITE"] = "main"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.vote_served"
    main(Path(sys.argv[1]))
