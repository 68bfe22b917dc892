"""The writers of the management system: one function, one act."""

from opposable.systems.isms.acts.assets import add_asset, add_control, change_asset, change_control
from opposable.systems.isms.acts.audits import (
    add_programme,
    check_effect,
    close_finding,
    correct,
    correction_done,
    finish_audit,
    plan_audit,
    record_finding,
)
from opposable.systems.isms.acts.deciding import accept_risk, publish_statement
from opposable.systems.isms.acts.direction import hold_review, measure, set_objective
from opposable.systems.isms.acts.evidence import (
    collect,
    confirm_clause,
    rehearse_incident,
    report_leaver,
    restore_failed,
    restore_succeeded,
    review_access,
    review_refusals,
)
from opposable.systems.isms.acts.frameworks import bring_framework, bring_map, withdraw_framework, withdraw_map
from opposable.systems.isms.acts.importing import import_risks, undo_import
from opposable.systems.isms.acts.knowledge import know_threats, know_vulnerabilities
from opposable.systems.isms.acts.risk import (
    add_action,
    add_scenario,
    advance_action,
    change_scenario,
    rate_scenario,
    treat_scenario,
)
from opposable.systems.isms.acts.scope import add_method, change_scope, close_campaign, create_scope, open_campaign
from opposable.systems.isms.acts.statement import decide_lines, draft_statement, drop_statement

__all__ = [
    "accept_risk",
    "add_action",
    "add_asset",
    "add_control",
    "add_method",
    "add_programme",
    "add_scenario",
    "advance_action",
    "bring_framework",
    "bring_map",
    "change_asset",
    "change_control",
    "change_scenario",
    "change_scope",
    "check_effect",
    "close_campaign",
    "close_finding",
    "collect",
    "confirm_clause",
    "correct",
    "correction_done",
    "create_scope",
    "decide_lines",
    "draft_statement",
    "drop_statement",
    "finish_audit",
    "hold_review",
    "import_risks",
    "know_threats",
    "know_vulnerabilities",
    "measure",
    "open_campaign",
    "plan_audit",
    "publish_statement",
    "rate_scenario",
    "record_finding",
    "rehearse_incident",
    "report_leaver",
    "restore_failed",
    "restore_succeeded",
    "review_access",
    "review_refusals",
    "set_objective",
    "treat_scenario",
    "undo_import",
    "withdraw_framework",
    "withdraw_map",
]
