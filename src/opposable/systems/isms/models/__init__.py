"""The tables of the management system. Lists of other rows are lists of their uids, in the row's own state."""

from opposable.systems.isms.models.checking import (
    Audit,
    AuditProgramme,
    CorrectiveAction,
    EvidenceItem,
    Finding,
    ManagementReview,
    Measure,
    Objective,
)
from opposable.systems.isms.models.frameworks import CrossMap, Framework
from opposable.systems.isms.models.risk import (
    Asset,
    Campaign,
    Control,
    Rating,
    RiskImport,
    Scenario,
    Threat,
    TreatmentAction,
    Vulnerability,
)
from opposable.systems.isms.models.scope import Method, Scope
from opposable.systems.isms.models.soa import Soa, SoaLine

__all__ = [
    "Asset",
    "Audit",
    "AuditProgramme",
    "Campaign",
    "Control",
    "CorrectiveAction",
    "CrossMap",
    "EvidenceItem",
    "Finding",
    "Framework",
    "ManagementReview",
    "Measure",
    "Method",
    "Objective",
    "Rating",
    "RiskImport",
    "Scenario",
    "Scope",
    "Soa",
    "SoaLine",
    "Threat",
    "TreatmentAction",
    "Vulnerability",
]
