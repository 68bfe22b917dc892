"""Serve the voting site to a browser: ``python -m tests.browser.vote_serve HOME``. Prints one line of JSON, then serves.

The meeting is that of tests/assembly/story.py; the messages are delivered by SMTP to HOME/mail.
"""

import json
import os
import socket
import sys
from datetime import timedelta
from pathlib import Path


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main(home):
    from opposable.kernel import installation

    web, smtp = free_port(), free_port()
    address = f"http://localhost:{web}"
    installation.create(
        home,
        "vote.example/2026",
        draw=True,
        vote_url=address,
        mail=f"smtp://127.0.0.1:{smtp}",
        mail_from="votes@arsenal.test",
    )
    import django

    django.setup()
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
    from django.core.wsgi import get_wsgi_application

    from opposable.commands.mailbox import mail_server
    from opposable.kernel import clock, schema, sealing
    from opposable.kernel.sealing_service import open_sealer
    from tests.assembly import story

    schema.bring_up_to_date()
    sealing.inline = open_sealer().seal_once
    meeting = tell(story, clock)
    sealing.inline()
    logins = {voter.holder.ref: voter.login for voter in meeting.voters.select_related("holder")}
    (home / "run" / "clock").write_text(story.at(29, 14, 50).isoformat())
    server = ThreadedWSGIServer(("127.0.0.1", web), WSGIRequestHandler, ipv6=False, allow_reuse_address=True)
    server.set_app(get_wsgi_application())
    with mail_server(home, smtp):
        sys.stdout.write(json.dumps({"url": address, "uid": meeting.uid, "logins": logins, "home": str(home)}) + "\n")
        sys.stdout.flush()
        server.serve_forever()


def tell(story, clock):
    """The meeting of the story with an agenda as a company writes it, open since the tenth of March."""
    from opposable.systems.assembly import acts
    from opposable.systems.assembly.models import Meeting

    with clock.frozen(story.at(2, 8)):
        story.accounts.root()
        made = story.company()
        story.adopt_bylaws(made)
        story.register(made)
        draft = acts.draft_meeting(
            story.CONSOLE, company=made, kind="combined", at=story.MEETING_AT, place=PLACE
        ).result
        for row in AGENDA:
            acts.add_resolution(story.CONSOLE, meeting=draft, **row)
    with clock.frozen(story.at(2, 9)):
        acts.convene(story.CONSOLE, meeting=draft)
    meeting = Meeting.objects.select_related("company", "cell").get(pk=draft.pk)
    with clock.frozen(story.at(10, 9) + timedelta(minutes=1)):
        acts.open_voting(story.CONSOLE, meeting=meeting)
    return Meeting.objects.select_related("company", "cell").get(pk=draft.pk)


PLACE = "Palais de l’Arsenal, 75004 Paris"
LONG = (
    "L’assemblée générale, statuant aux conditions de quorum et de majorité des assemblées extraordinaires, connaissance prise"
    " du rapport du conseil d’administration et du rapport spécial des commissaires aux comptes, autorise le conseil à réduire"
    " le capital par annulation d’actions, dans la limite de 10 % par période de vingt-quatre mois, et lui délègue tous pouvoirs"
    " pour modifier les statuts en conséquence, accomplir les formalités et, d’une manière générale, faire le nécessaire."
)
AGENDA = [
    {"title": "Approbation des comptes de l’exercice 2025", "body": "ordinary",
     "text": "Les comptes de l’exercice clos le 31 décembre 2025 sont approuvés, avec un bénéfice de 4 812 300 €.",
     "reasons": "Le rapport de gestion présente l’activité de l’exercice."},
    {"title": "Affectation du résultat", "body": "ordinary",
     "text": "Dividende de 1,20 € par action, mis en paiement le 8 juin 2026."},
    {"title": "Nomination de Mme Hélène Simon au conseil d’administration", "body": "ordinary",
     "text": "Mme Hélène Simon est nommée pour trois ans."},
    {"title": "Limitation de la rémunération des dirigeants", "body": "ordinary",
     "text": "La rémunération fixe annuelle du directeur général est plafonnée à 450 000 €.",
     "author": "holders", "approved_by_board": False},
    {"title": "Réduction du capital par annulation d’actions", "body": "extraordinary", "text": LONG},
]  # fmt: skip


if __name__ == "__main__":
    os.environ.pop("OPPOSABLE_DATABASE_URL", None)
    os.environ["OPPOSABLE_HOME"] = sys.argv[1]
    os.environ["OPPOSABLE_SITE"] = "vote"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.browser.vote_served"
    main(Path(sys.argv[1]))
