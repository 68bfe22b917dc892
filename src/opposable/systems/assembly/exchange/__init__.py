"""Outside formats: the register as a CSV file in; lists and tables as CSV out."""

from opposable.systems.assembly.exchange.fields import FieldError
from opposable.systems.assembly.exchange.register import LineError, ParsedRegister, parse_register

__all__ = ["FieldError", "LineError", "ParsedRegister", "parse_register"]
