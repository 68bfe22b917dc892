"""One voter in a process of its own, for the races: ``python -m tests.assembly.race HOME tell|vote|report``.

``vote`` goes as far as the summary, says "ready", and sends when a line comes: so several are held at the same gate.
"""

import json
import os
import sys
from pathlib import Path

ORIGIN = "race.example/2026"


def say(**data):
    sys.stdout.write(json.dumps(data) + "\n")
    sys.stdout.flush()


def tell(home):
    from opposable.kernel import installation

    installation.create(home, ORIGIN, draw=True)
    django_up()
    from opposable.kernel import schema
    from opposable.systems.assembly.views.identification_session import new_key
    from tests.assembly import story

    schema.bring_up_to_date()
    meeting = story.opened()
    voter = story.voter(meeting, "A1")
    say(keys=[new_key(voter) for _ in range(2)])


def vote(key, word):
    django_up()
    from django.core import mail as django_mail

    from opposable.systems.assembly.exchange import mail
    from opposable.systems.assembly.models import Meeting
    from tests.assembly.visitor import Visitor, hidden

    django_mail.outbox = []
    mail.later = lambda job, *args: job(*args)
    anne = Visitor(Meeting.objects.select_related("company", "cell").get(), "A1")
    fields = anne.fields(anne.enter(), r1=word, r2=word, r3=word) | {"key": key}
    sent = hidden(anne.post("check/", fields))
    say(ready=True)
    sys.stdin.readline()
    answer = anne.post("send/", sent)
    say(status=answer.status_code, where=answer.headers.get("Location", ""))


def report():
    django_up()
    from opposable.kernel.models import Act
    from opposable.systems.assembly.models import Form

    forms = [[form.key, form.status, form.choices] for form in Form.objects.order_by("id")]
    acts = list(Act.objects.filter(type="assembly.form.receive").values_list("outcome", flat=True))
    say(forms=forms, acts=acts)


def django_up():
    import django

    django.setup()


if __name__ == "__main__":
    os.environ["OPPOSABLE_HOME"], os.environ["OPPOSABLE_SITE"] = sys.argv[1], "vote"
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    what, *rest = sys.argv[2:]
    {"tell": lambda: tell(Path(sys.argv[1])), "vote": lambda: vote(*rest), "report": report}[what]()
