"""Two acts on holds, which many tests and the processes that they start write a log with: nothing of pytest is loaded here."""

from opposable.kernel.acts import act
from opposable.kernel.models import Hold
from opposable.law import Refused, t

LABEL = t("Essai", "Test")


@act("test.hold.place", label=LABEL, api=False)
def place(a, *, reason, count=1, cell=None):
    holds = [Hold(cell=cell, reason=reason, since=a.now) for _ in range(count)]
    for hold in holds:
        a.record(hold)
    a.part("note", {"reason": reason}, keep="kernel.access")
    return holds[0]


@act("test.hold.lift", label=LABEL, api=False)
def lift(a, *, hold, well=True):
    a.part("asked", "lift", keep="kernel.access")
    hold.lifted_at = a.now
    a.record(hold)
    if not well:
        raise Refused(t("Non.", "No."), None, "test.no")
    return hold
