"""«Clauses statutaires»: what the law lets the bylaws say, checked when a clause is entered and not on the day it serves."""

from opposable.law import Bylaw, OverrideRefused, Refused, Rule, Text, join, t
from opposable.systems.assembly.rules import quorum
from opposable.systems.assembly.rules.register import Company
from opposable.systems.assembly.rules.results.majority import RULES, check_majority

MAJORITIES = frozenset(rule_id for rules in RULES.values() for rule_id in rules.values())
VOTES_BY = ("share", "head")


def check_clause(rule: Rule, clause: Bylaw, company: Company) -> Rule:
    """Return the rule under a clause, or Refused citing the rule that does not bear it.

    Refused codes: ``override`` (the rule does not let bylaws change this, or not this way), ``majority.clause``.
    """
    try:
        changed = rule.under([clause], clause.since)
        if rule.id in quorum.IDS:
            _check_quorums(changed, company)
    except OverrideRefused as refused:
        raise Refused(
            refused.text,
            rule,
            "override",
            facts={
                "article": clause.article,
                "param": dict(clause.param),
                "law": {n: rule.param.get(n) for n in clause.param},
            },
            lawful=_open(rule),
        ) from refused
    if rule.id in MAJORITIES:
        check_majority(changed)
    if "by" in clause.param and changed.word("by") not in VOTES_BY:
        raise Refused(
            t("Les voix se comptent par action ou par tête.", "Votes are counted by share or by head."),
            rule,
            "override",
            facts={"by": changed.word("by")},
            lawful=t("Écrivez « share » ou « head ».", "Write “share” or “head”."),
        )
    return changed


def _check_quorums(rule: Rule, company: Company) -> None:
    for name, call in (("first", 1), ("second", 2)):
        num, den = rule.words(name)
        if not (den > 0 and 0 <= num <= den):
            raise OverrideRefused(
                t(
                    "Règle {id} : « {name} » n’est pas une fraction de ce qui vote.",
                    "Rule {id}: “{name}” is no fraction of what votes.",
                ).format(id=rule.id, name=name),
                rule.id,
            )
        quorum.fraction_of(rule, company, call)


def _open(rule: Rule) -> Text:
    names = rule.stricter if rule.override == "stricter" else rule.law_param if rule.override == "free" else ()
    if not names:
        return t("Rien : la règle ne se déroge pas.", "Nothing: the rule admits no change.")
    listed = join((Text(name, name) for name in names), t(", ", ", "))
    return t("La règle laisse changer : {names}.", "The rule lets change: {names}.").format(names=listed)
