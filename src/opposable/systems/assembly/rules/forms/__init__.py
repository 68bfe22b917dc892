"""«Formulaire de vote à distance»: what it must say, when it is received, what it says, and what may become of it."""

from opposable.systems.assembly.rules.forms.changes import (
    Amended,
    Mode,
    after_transfer,
    check_mode,
    check_replacement,
    check_successive,
)
from opposable.systems.assembly.rules.forms.choices import Marks, quantity, read_choices, whole
from opposable.systems.assembly.rules.forms.mentions import FormFacts, Mention, mentions
from opposable.systems.assembly.rules.forms.reception import (
    Channel,
    Level,
    Limit,
    Reception,
    check_content,
    check_signature,
    electronic_limit,
    late,
    limit_of,
    paper_limit,
    receive,
)

__all__ = [
    "Amended",
    "Channel",
    "FormFacts",
    "Level",
    "Limit",
    "Marks",
    "Mention",
    "Mode",
    "Reception",
    "after_transfer",
    "check_content",
    "check_mode",
    "check_replacement",
    "check_signature",
    "check_successive",
    "electronic_limit",
    "late",
    "limit_of",
    "mentions",
    "paper_limit",
    "quantity",
    "read_choices",
    "receive",
    "whole",
]
