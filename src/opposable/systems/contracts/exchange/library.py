"""The library that comes with the system, put into force as anybody's clauses are: by acts."""

from __future__ import annotations

import tomllib
from pathlib import Path

from opposable.kernel import approvals, clock
from opposable.kernel.actors import Actor
from opposable.kernel.models import ApprovalFlow
from opposable.law import local_day
from opposable.systems.contracts import acts
from opposable.systems.contracts.acts.drafting import FLOW
from opposable.systems.contracts.models import ClauseModel, TemplateModel

SHIPPED = Path(__file__).parents[1] / "documents" / "library.toml"
SHIPPED_FLOW = {
    "key": FLOW,
    "title": {"fr": "Envoi d’un contrat", "en": "Sending of a contract"},
    "steps": [
        {"id": "legal", "title": {"fr": "Juriste", "en": "Lawyer"}, "roles": ["contracts.lawyer"], "days": 3},
        {
            "id": "deviation",
            "title": {"fr": "Écart au modèle", "en": "Deviation from the model"},
            "roles": ["contracts.director"],
            "days": 3,
            "when": [{"fact": "deviation", "op": "==", "value": True}],
        },
        {
            "id": "direction",
            "title": {"fr": "Direction", "en": "Management"},
            "roles": ["contracts.director"],
            "after": ["legal", "deviation"],
            "days": 2,
        },
    ],
}
"""Two people at least; one more when a clause leaves its model."""


def install(actor: Actor) -> list[str]:
    """Publish the shipped clauses, templates and flow that are not there yet. Returns what was published."""
    shipped = tomllib.loads(SHIPPED.read_text("utf-8"))
    clauses = [one for one in shipped["clause"] if not ClauseModel.objects.filter(key=one["key"]).exists()]
    done = [str(acts.publish_clause(actor, **one).result) for one in clauses]
    templates = [one for one in shipped["template"] if not TemplateModel.objects.filter(kind=one["kind"]).exists()]
    done += [str(acts.publish_template(actor, **one).result) for one in templates]
    if not ApprovalFlow.objects.filter(key=FLOW).exists():
        done.append(str(approvals.publish(actor, data=SHIPPED_FLOW, since=local_day(clock.now())).result))
    return done
