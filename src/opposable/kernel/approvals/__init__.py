"""«Approbations»: an object passes when everybody whom a dated flow asks has approved its exact state.

case = open_case(a, contract, "contracts.sending", text=…, title=…, facts={"amount_cents": 4_800_000})
require_approved(a, contract, "contracts.sending")      # in the act that must not come before the last approval
"""

from opposable.kernel.approvals.acts import (
    account_named,
    assign,
    cancel,
    delegate,
    end_delegation,
    give,
    open_case,
    publish,
    submit,
)
from opposable.kernel.approvals.reading import (
    GIVE,
    OPEN,
    Gate,
    Waiting,
    facts_of,
    flow_at,
    gate,
    last_case,
    may_give,
    nobody_left,
    require_approved,
    subject_of,
    waiting_for,
)
from opposable.kernel.approvals.rules import Flow

__all__ = [
    "GIVE",
    "OPEN",
    "Flow",
    "Gate",
    "Waiting",
    "account_named",
    "assign",
    "cancel",
    "delegate",
    "end_delegation",
    "facts_of",
    "flow_at",
    "gate",
    "give",
    "last_case",
    "may_give",
    "nobody_left",
    "open_case",
    "publish",
    "require_approved",
    "subject_of",
    "submit",
    "waiting_for",
]
