"""What a contract that runs makes due, as duties with their arithmetic."""

from __future__ import annotations

from datetime import time

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.law import Text, instant, local_day, t
from opposable.systems.contracts.models import Contract
from opposable.systems.contracts.rules.terms import Deadline, deadlines

TIME = "contracts.time"
NOTICE = "contracts.contract.notice"
REVIEW = "contracts.contract.review"
EVENING = time(23, 59, 59)


def owe(a: Acting, contract: Contract) -> tuple[Deadline, ...]:
    """Open, or move, the duties of a contract: say notice in time (or let it be renewed), and look at it before its end."""
    rule = a.law(TIME, local_day(a.now))
    found = deadlines(contract.terms(), local_day(a.now), rule)
    for name, act_type in (("notice", NOTICE), ("renewal", REVIEW), ("end", REVIEW)):
        due = next((one for one in found if one.name == name), None)
        if due is not None:
            title = t("{ref} : {what}", "{ref}: {what}").format(ref=contract.ref, what=due.label)
            link, trace = f"/contracts/{contract.uid}/", due.trace.as_data()
            at = instant(due.day, EVENING)
            short = Text(title.fr[:200], title.en[:200])
            duties.open_duty(contract, act_type, short, at, rule=rule, trace=trace, link=link)
    return found
