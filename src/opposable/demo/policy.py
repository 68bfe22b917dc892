"""The company's security policy (27001, 5.2): approved on its text, published, accepted; its next version waits for the management."""

from __future__ import annotations

from datetime import date

from opposable.kernel import approvals, controlled, decisions
from opposable.kernel.actors import Actor
from opposable.kernel.models import ControlledDocument, DocumentVersion

KEY = "politique-de-securite"
FLOW = {
    "key": "documents.policy",
    "title": {"fr": "Politique de sécurité", "en": "Security policy"},
    "steps": [
        {
            "id": "direction",
            "title": {"fr": "Direction", "en": "Management"},
            "roles": ["isms.management"],
            "days": 10,
        }
    ],
}
BODY = """# Pourquoi

Nos actionnaires votent à distance : leur vote compte une fois, reste secret jusqu’à la clôture, et se prouve.

# Ce à quoi la direction s’engage

- donner au responsable de la sécurité le temps et les moyens
- accepter elle-même, par écrit, les risques qui restent
- revoir le système une fois l’an, et le corriger

# Ce que chacun fait

- garder ses accès pour soi
- chiffrer ce qui sort du siège
- signaler tout incident dans l’heure
"""
MORE = "- ne jamais donner un code par téléphone\n"


def begin(admin: Actor, officer: Actor, boss: Actor, since: date) -> DocumentVersion:
    """The first version: drafted by one, approved by the other, published."""
    approvals.publish(admin, data=FLOW, since=since)
    version = controlled.create(
        officer,
        key=KEY,
        kind="policy",
        title="Politique de sécurité",
        body=BODY,
        flow="documents.policy",
        audience=["assembly.secretary", "isms.management", "isms.officer"],
        change="Première version",
    ).result
    controlled.submit(officer, version=version)
    case = approvals.last_case(version, "documents.policy")
    assert case is not None  # it was submitted just above
    approvals.give(
        boss, case=case, step="direction", approves=True, seen=case.sha256, note="Conforme à nos engagements."
    )
    version.refresh_from_db()
    return controlled.publish(officer, version=version).result


def accept(*people: Actor) -> None:
    """Each says that he read this version and accepts it."""
    version = DocumentVersion.objects.get(document__key=KEY, stage="published")
    for one in people:
        controlled.accept(one, version=version, seen=decisions.state_digest(version))


def next_version(officer: Actor) -> None:
    """A line more, submitted: the version in force stays in force until the management has read this one."""
    document = ControlledDocument.objects.get(key=KEY)
    version = controlled.draft(
        officer, document=document, body=BODY + MORE, change="Codes demandés par téléphone"
    ).result
    controlled.submit(officer, version=version)
