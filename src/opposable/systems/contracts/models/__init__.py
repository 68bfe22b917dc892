"""The tables: the other party, the library, the contract and its versions, what was sent, signed, owed, and what happened."""

from opposable.systems.contracts.models.contract import STAGES, Contract, ContractVersion
from opposable.systems.contracts.models.following import (
    SIGNATURES,
    ContractEvent,
    Dispatch,
    Obligation,
    SignatureProof,
)
from opposable.systems.contracts.models.library import ClauseModel, Party, TemplateModel
from opposable.systems.contracts.rules.words import KINDS

__all__ = [
    "KINDS",
    "SIGNATURES",
    "STAGES",
    "ClauseModel",
    "Contract",
    "ContractEvent",
    "ContractVersion",
    "Dispatch",
    "Obligation",
    "Party",
    "SignatureProof",
    "TemplateModel",
]
