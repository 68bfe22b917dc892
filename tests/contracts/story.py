"""People and a library, for the tests of contracts."""

from datetime import UTC, date, datetime

import pytest

from opposable.kernel import accounts, actors, approvals, clock
from opposable.systems.contracts import acts
from opposable.systems.contracts.acts.drafting import FLOW
from opposable.systems.contracts.exchange import library
from opposable.systems.contracts.models import ContractVersion

SYSTEM = actors.system("tests")
NOON = datetime(2026, 11, 24, 11, tzinfo=UTC)
TODAY = date(2026, 11, 24)


def open_people():
    """A manager who drafts, a lawyer and a director who approve, a reader, a stranger."""
    made = {}
    for name in ("manager", "lawyer", "director", "reader", "stranger"):
        address = f"{name}@contracts.example"
        made[name] = accounts.open_account(SYSTEM, email=address, name=name.title(), password="x").result
        if name != "stranger":
            accounts.give(SYSTEM, account=made[name], role=f"contracts.{name}", cell=accounts.root())
    return made


@pytest.fixture
def people(log, db):
    """The people and the library, on 24 November 2026 at noon."""
    with clock.frozen(NOON):
        made = open_people()
        library.install(SYSTEM)
        yield made


def draft(people, kind="erp", ref="ERP-1", **more):
    """A draft from its template, by the manager."""
    party = acts.add_party(people["manager"].actor, name=f"Éditeur {ref}", email="editeur@elsewhere.example").result
    terms = {"starts_on": date(2027, 1, 1), "months": 36, "renewal_months": 12, "notice_months": 3}
    given = {"title": "Progiciel de gestion", "amount_cents": 4_800_000, **terms, **more}
    return acts.draft(people["manager"].actor, ref=ref, kind=kind, party=party, **given).result


def again(version):
    """The version as the database has it."""
    return ContractVersion.objects.select_related("contract__party", "document", "cell").get(pk=version.pk)


def approve(people, version, names=("lawyer", "director")):
    """Each speaks at the step open to him, on what the case shows."""
    for name in names:
        case = approvals.last_case(version, FLOW)
        for step in approvals.may_give(case, people[name].actor, clock.now()):
            approvals.give(people[name].actor, case=case, step=step.id, approves=True, seen=case.sha256)
            break


def approved(people, **more):
    """A contract that everybody has approved."""
    version = draft(people, **more)
    acts.submit(people["manager"].actor, version=version)
    approve(people, version)
    return again(version)
