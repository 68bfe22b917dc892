"""«Par quoi une règle s'applique»: what of the SA, or of listed companies, reaches a company that its text does not bind.

In an SAS the bylaws decide (L. 227-9), in an SARL they may admit remote votes (L. 223-27): the articles on the SA's voting form
then apply through a clause, and whoever reads one of them is told which. Other rules of the SA are followed without being owed.
"""

from datetime import date

from opposable.law import Bylaw, LawError, Rule, Text, day_text, join, t
from opposable.systems.assembly.rules.convening.site import PERMISSION
from opposable.systems.assembly.rules.register import Company, Statutes

REMOTE = (
    "assembly.evote.",
    "assembly.form.",
    "assembly.mode.",
    "assembly.proxy.",
    "assembly.session.code",
    "assembly.site.",
    "assembly.telepresence",
    "assembly.transfer.",
)
"""Beginnings of the rules that a clause on remote votes takes over from the SA."""
CLAUSE = t(
    "par les statuts, {article}, depuis le {since} ({cite})", "through the bylaws, {article}, since {since} ({cite})"
)
NO_CLAUSE = t(
    "règle de la société anonyme, que nulle clause au dossier ne reprend",
    "rule of the société anonyme, which no clause on file takes over",
)
FOLLOWED = t(
    "règle de la société anonyme, suivie ici sans obligation",
    "rule of the société anonyme, followed here without obligation",
)
LISTED = t(
    "règle des sociétés cotées, suivie ici sans obligation",
    "rule of listed companies, followed here without obligation",
)


def through(company: Company, law: Statutes, rule: Rule, day: date) -> Text | None:
    """Return what is said beside a citation on ``day``; None where the rule's own text binds the company, or says nothing."""
    forms = rule.law_param.get("forms")
    if forms is None or rule.silent:
        return None
    if rule.law_param.get("market") == "listed" and not company.listed:
        return LISTED
    if company.form in forms or "sa" not in forms:
        return None
    if not rule.id.startswith(REMOTE):
        return FOLLOWED
    found = _clause(company, law, day)
    if found is None:
        return NO_CLAUSE
    permission, clause = found
    cite = join(permission.cite, t(" ; ", "; "))
    return CLAUSE.format(article=clause.article, since=day_text(clause.since), cite=cite)


def _clause(company: Company, law: Statutes, day: date) -> tuple[Rule, Bylaw] | None:
    """The clause that admits remote votes, with the rule that lets bylaws do so."""
    rule_id, name = PERMISSION[company.form]
    try:
        rule = law.at(rule_id, day, company.bylaws)
    except LawError:
        return None
    clause = next((layer for layer in reversed(rule.layers) if layer.param.get(name) is True), None)
    return (rule, clause) if clause else None
