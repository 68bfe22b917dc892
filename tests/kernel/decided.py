"""People with roles on holds, for the tests of decisions and approvals: a toy system's roles on a real recorded row."""

from datetime import UTC, datetime

import pytest

from opposable.kernel import accounts, actors, clock, system
from opposable.kernel.acts import act
from opposable.kernel.models import Hold
from opposable.kernel.system import Role
from opposable.law import t

BEFORE = datetime(2026, 1, 2, tzinfo=UTC)
SYSTEM = actors.system("tests")
LABEL = t("Essai", "Test")
ALL = frozenset({"know", "read", "write", "export", "approve"})
ROLES = {
    "kernel.clerk": Role(
        LABEL, {"kernel.hold": ALL - {"approve"}, "kernel.controlled*": ALL, "kernel.flow": frozenset({"know", "read"})}
    ),
    "kernel.lawyer": Role(LABEL, {"kernel.hold": frozenset({"know", "read", "approve"}), "kernel.controlled*": ALL}),
    "kernel.buyer": Role(LABEL, {"kernel.hold": frozenset({"know", "read", "approve"})}),
    "kernel.chief": Role(LABEL, {"kernel.hold": frozenset({"know", "read", "approve"})}),
}


@act("test.held.draw", label=LABEL, api=False)
def draw(a, *, reason):
    hold = Hold(cell=accounts.root(), reason=reason, since=a.now)
    a.record(hold)
    return hold


@act("test.held.edit", label=LABEL, api=False)
def edit(a, *, hold, reason):
    hold.reason = reason
    a.record(hold)
    return hold


@pytest.fixture
def cast(log, db, monkeypatch):
    """A clerk who writes, a lawyer, a buyer, a chief who decide, an administrator, a stranger. Accounts by name."""
    monkeypatch.setattr(system, "KERNEL_ROLES", {**system.KERNEL_ROLES, **ROLES})
    for cached in (system.roles, system.roles_with):
        cached.cache_clear()
    names = {name: f"kernel.{name}" for name in ("clerk", "lawyer", "buyer", "chief")} | {"admin": "kernel.approvals"}
    yield {name: person(name, names.get(name)) for name in (*names, "stranger")}
    for cached in (system.roles, system.roles_with):
        cached.cache_clear()


def person(name, role=None):
    with clock.frozen(BEFORE):
        return _person(name, role)


def _person(name, role):
    account = accounts.open_account(SYSTEM, email=f"{name}@tests.example", name=name.title(), password="x").result
    if role:
        accounts.give(SYSTEM, account=account, role=role, cell=accounts.root())
    return account
