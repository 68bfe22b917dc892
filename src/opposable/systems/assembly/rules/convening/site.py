"""May the voting site open? The two advices of the newsletter n° 68: allow it in the bylaws, describe the signature."""

from datetime import date
from typing import Protocol

from opposable.law import Bylaw, Decision, NoRuleOnFile, Refused, Rule, Step, Text, Trace, day_text, t
from opposable.systems.assembly.rules.convening.facts import cited
from opposable.systems.assembly.rules.forms.reception import Level, check_signature
from opposable.systems.assembly.rules.register import CompanyForm, Statutes

PERMISSION = {
    "sa": ("assembly.evote.bylaws", "allowed"),
    "sas": ("assembly.sas.free", "evote"),
    "sarl": ("assembly.sarl.form", "allowed"),
}


class Voting(Protocol):
    """Whoever votes: a company, or the facts of its meeting."""

    @property
    def form(self) -> CompanyForm:
        """SA, SAS or SARL."""
        ...

    @property
    def bylaws(self) -> tuple[Bylaw, ...]:
        """Every clause of its bylaws, dated."""
        ...


def site_may_open(company: Voting, level: Level, law: Statutes, day: date) -> Decision[str]:
    """Decide whether the remote voting site of a meeting held on ``day`` may open; the value is the process signed with.

    Refused, with the article: ``site.bylaws`` when the bylaws do not allow electronic voting (R. 225-61; L. 227-9 in an
    SAS; L. 223-27 in an SARL), ``site.no-rule`` when the law of the day knows no such vote, ``site.signature`` when the
    forms would bear a simple signature that the bylaws do not provide for (R. 225-77, 3°).
    """
    permission = _permission(company, law, day)
    signature = law.at("assembly.form.signature", day, company.bylaws)
    try:
        process = check_signature(signature, level)
    except Refused as refused:
        raise _unsigned(refused, signature) from refused
    return Decision(
        process.value,
        permission,
        {"form": company.form, "day": day, "level": level, "process": process.value},
        Trace((_allowed(permission), _signed(signature, level))),
    )


def _permission(company: Voting, law: Statutes, day: date) -> Rule:
    rule_id, name = PERMISSION[company.form]
    try:
        rules = [law.at(rule_id, day, company.bylaws)]
        if company.form == "sarl":
            rules.append(law.at("assembly.sarl.site", day, company.bylaws))
    except NoRuleOnFile as unknown:
        raise Refused(unknown.text, None, "site.no-rule", facts={"form": company.form, "day": day}) from unknown
    for rule in rules:
        if rule.silent:
            raise _no_such_vote(company, rule, day)
        if not rule.flag(name):
            raise _not_in_bylaws(company, rule, day)
    return rules[0]


def _no_such_vote(company: Voting, rule: Rule, day: date) -> Refused:
    return Refused(
        t(
            "Au {day}, la loi ne connaît pas le vote à distance par formulaire dans cette forme de société ({cite}).",
            "On {day} the law knows no remote voting by form in this form of company ({cite}).",
        ).format(day=day_text(day), cite=cited(rule)),
        rule,
        "site.no-rule",
        facts={"form": company.form, "day": day},
        lawful=t("Faites voter en assemblée.", "Have the vote held in the meeting."),
    )


def _not_in_bylaws(company: Voting, rule: Rule, day: date) -> Refused:
    return Refused(
        t(
            "Les statuts ne permettent pas le vote par voie électronique ({cite}) : le site ne peut pas ouvrir.",
            "The bylaws do not allow electronic voting ({cite}): the site may not open.",
        ).format(cite=cited(rule)),
        rule,
        "site.bylaws",
        facts={"form": company.form, "day": day, "bylaws": [layer.article for layer in rule.layers]},
        lawful=t(
            "Modifiez les statuts lors d’une prochaine assemblée extraordinaire ou mixte ; d’ici là, votez par formulaire"
            " papier, par pouvoir ou en séance.",
            "Amend the bylaws at a coming extraordinary or combined meeting; until then vote by paper form, by proxy or in"
            " the meeting.",
        ),
    )


def _unsigned(refused: Refused, rule: Rule) -> Refused:
    return Refused(
        t(
            "Le site ne peut pas ouvrir avec une signature simple : les statuts ne la prévoient pas ou n’en décrivent pas le"
            " procédé ({cite}).",
            "The site may not open with a simple signature: the bylaws do not provide for it or do not describe its process"
            " ({cite}).",
        ).format(cite=cited(rule)),
        rule,
        "site.signature",
        facts=refused.facts,
        trace=refused.trace,
        lawful=t(
            "Exigez une signature avancée ou qualifiée, ou faites adopter une clause qui décrit le procédé"
            " d’identification.",
            "Require an advanced or qualified signature, or have a bylaw adopted that describes the identification process.",
        ),
    )


def _allowed(rule: Rule) -> Step:
    what = t("Les statuts permettent le vote électronique", "The bylaws allow electronic voting")
    return Step(what, _by(rule), "allowed")


def _signed(rule: Rule, level: Level) -> Step:
    return Step(t("Niveau de signature", "Level of signature"), _by(rule), level)


def _by(rule: Rule) -> Text:
    articles = ", ".join(layer.article for layer in rule.layers)
    if not articles:
        return t("par la loi ({cite})", "by law ({cite})").format(cite=cited(rule))
    return t("statuts, {articles} ({cite})", "bylaws, {articles} ({cite})").format(articles=articles, cite=cited(rule))
