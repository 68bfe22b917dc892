"""«Qui peut demander quoi»: the basis of a requisition, its conditions on pain of nullity, protected persons.

The conditions are those of the day on which the requisition was signed; what is kept is judged on the day of the answer.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from opposable.law import Decision, NoRuleOnFile, Refused, Rule, Step, Text, Trace, t
from opposable.systems.traffic.rules.categories import CATEGORIES, Category, Statutes

Basis = Literal[
    "flagrance", "preliminary", "instruction", "amf", "tax", "arcom", "intelligence", "anssi", "civil", "subject"
]
Protected = Literal["", "lawyer", "press", "doctor", "defence-secret", "court"]

BASES: dict[Basis, Text] = {
    "flagrance": t("enquête de flagrance (CPP, art. 60-1)", "enquiry into a recent offence (CPP, art. 60-1)"),
    "preliminary": t("enquête préliminaire (CPP, art. 77-1-1)", "preliminary enquiry (CPP, art. 77-1-1)"),
    "instruction": t("information judiciaire (CPP, art. 99-3)", "judicial investigation (CPP, art. 99-3)"),
    "amf": t("enquête de l’AMF", "enquiry of the AMF"),
    "tax": t("enquête fiscale", "tax enquiry"),
    "arcom": t("Arcom", "Arcom"),
    "intelligence": t("renseignement (CSI, art. L. 851-1)", "intelligence (CSI, art. L. 851-1)"),
    "anssi": t("ANSSI", "ANSSI"),
    "civil": t("demande civile (CPC, art. 145)", "civil request (CPC, art. 145)"),
    "subject": t("personne concernée (RGPD, art. 15)", "data subject (GDPR, art. 15)"),
}
REQUESTERS: dict[str, Text] = {
    "prosecutor": t("procureur de la République", "public prosecutor"),
    "opj": t("officier de police judiciaire", "police officer (OPJ)"),
    "apj": t("agent de police judiciaire", "police agent (APJ)"),
    "assistant": t("assistant d’enquête", "enquiry assistant"),
    "judge": t("juge d’instruction", "investigating judge"),
    "amf": t("enquêteur de l’AMF", "AMF investigator"),
    "tax": t("agent de l’administration fiscale", "tax agent"),
    "arcom": t("agent de l’Arcom", "Arcom agent"),
    "gic": t("groupement interministériel de contrôle", "inter-ministerial control group"),
    "anssi": t("agent de l’ANSSI", "ANSSI agent"),
    "civil-judge": t("juge civil", "civil judge"),
    "subject": t("la personne elle-même", "the person"),
}
AUTHORISATIONS: dict[str, Text] = {
    "prosecutor": t("l’autorisation du procureur de la République", "the public prosecutor’s authorisation"),
    "commission": t("la commission rogatoire du juge d’instruction", "the letters rogatory of the investigating judge"),
    "controller": t(
        "l’autorisation préalable du contrôleur des demandes de données de connexion",
        "the prior authorisation of the controller of requests for connection data",
    ),
    "prime-minister": t("l’autorisation du Premier ministre", "the Prime Minister’s authorisation"),
    "order": t("l’ordonnance du juge", "the judge’s order"),
}
OWN_AUTHORITY = {"prosecutor": {"prosecutor"}, "commission": {"judge"}, "order": {"civil-judge"}}
"""Who needs no such paper, being the one who would give it."""

PROTECTED: dict[Protected, Text] = {
    "": t("aucune", "none"),
    "lawyer": t("avocat (art. 56-1)", "lawyer (art. 56-1)"),
    "press": t("entreprise de presse (art. 56-2)", "press (art. 56-2)"),
    "doctor": t("médecin, notaire, huissier (art. 56-3)", "doctor, notary, bailiff (art. 56-3)"),
    "defence-secret": t(
        "lieu couvert par le secret de la défense (art. 56-4)", "place under defence secret (art. 56-4)"
    ),
    "court": t("juridiction (art. 56-5)", "court (art. 56-5)"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a requisition says of itself. ``offence_months``: the longest sentence for the offence; 0: none is named."""

    basis: str
    requester: str
    dated_on: date
    categories: tuple[Category, ...]
    since: date
    last: date
    authorised: bool = False
    offence_months: int = 0
    by_network: bool = False
    author_only: bool = False
    victim_asks: bool = False
    missing_person: bool = False
    protected: str = ""
    consent: bool = False
    judge_order: bool = False

    def facts(self) -> dict[str, object]:
        """What the conditions look at."""
        return {
            "basis": self.basis,
            "requester": self.requester,
            "dated_on": self.dated_on,
            "offence_months": self.offence_months,
            "authorised": self.authorised,
        }


def basis_of(law: Statutes, ask: Ask) -> Rule:
    """The rule on which the requisition stands on its day. Raises Refused when none is on file."""
    try:
        return law.at(f"traffic.ask.{ask.basis}", ask.dated_on)
    except NoRuleOnFile as nothing:
        raise Refused(nothing.text, None, "ask.basis", facts=ask.facts()) from None


def permitted(law: Statutes, ask: Ask, category: Category) -> Decision[bool]:
    """The basis opens this category, and its conditions are met. Raises Refused with the rule that stands in the way."""
    rule = basis_of(law, ask)
    _requester(ask, rule)
    _opens(ask, rule, category)
    _authorisation(ask, rule)
    _protected(law, ask, rule, category)
    steps = [Step(t("le fondement", "the basis"), rule.label, rule.cite[0])]
    if category in rule.param["serious"]:
        steps.append(_serious(law, ask, category))
    return Decision(True, rule, {**ask.facts(), "category": category}, Trace(tuple(steps)))


def _requester(ask: Ask, rule: Rule) -> None:
    if ask.requester in rule.param["requesters"]:
        return
    may = ", ".join(REQUESTERS[name].fr for name in rule.param["requesters"])
    may_en = ", ".join(REQUESTERS[name].en for name in rule.param["requesters"])
    raise Refused(
        t("Ce demandeur ne peut pas requérir sur ce fondement.", "This requester may not require on this basis."),
        rule,
        "ask.requester",
        facts=ask.facts(),
        lawful=t("Peuvent le faire : {may}.", "Those who may: {en}.").format(may=may, en=may_en),
    )


def _opens(ask: Ask, rule: Rule, category: Category) -> None:
    if category in rule.param["may"]:
        return
    raise Refused(
        t("Ce fondement n’ouvre pas : {what}.", "This basis does not open: {what}.").format(what=CATEGORIES[category]),
        rule,
        "ask.category",
        facts={**ask.facts(), "category": category},
        lawful=_openings(rule),
    )


def _openings(rule: Rule) -> Text:
    may = [CATEGORIES[name] for name in CATEGORIES if name in rule.param["may"]]
    fr, en = ", ".join(item.fr for item in may), ", ".join(item.en for item in may)
    return t("Il ouvre : {fr}.", "It opens: {en}.").format(fr=fr, en=en)


def _authorisation(ask: Ask, rule: Rule) -> None:
    needed = str(rule.param["authorisation"])
    if not needed or ask.authorised or ask.requester in OWN_AUTHORITY.get(needed, set()):
        return
    raise Refused(
        t("Il manque {what}.", "{what} is missing.").format(what=AUTHORISATIONS[needed]),
        rule,
        "ask.authorisation",
        facts=ask.facts(),
        lawful=t("Demandez-en copie, puis qualifiez de nouveau.", "Ask for a copy, then qualify again."),
    )


def _protected(law: Statutes, ask: Ask, rule: Rule, category: Category) -> None:
    if not ask.protected or not rule.flag("protected"):
        return
    guarded = law.at("traffic.ask.protected", ask.dated_on)
    if ask.protected == "lawyer" and category in {"source", "traffic", "location"}:
        _lawyer(law, ask)
    if ask.protected in guarded.param["persons"] and not ask.consent and not ask.judge_order:
        raise Refused(
            t(
                "La personne est protégée ({who}) : rien n’est remis sans son accord.",
                "The person is protected ({who}): nothing is handed over without consent.",
            ).format(who=PROTECTED[_known(ask.protected)]),
            guarded,
            "ask.protected",
            facts={**ask.facts(), "protected": ask.protected},
            lawful=t("Joignez l’accord écrit de la personne.", "Join the person’s written consent."),
        )


def _lawyer(law: Statutes, ask: Ask) -> None:
    try:
        rule = law.at("traffic.ask.lawyer", ask.dated_on)
    except NoRuleOnFile:
        return  # before March 2022 the consent of 56-1 alone was asked
    if not ask.judge_order:
        raise Refused(
            t(
                "Les données d’un avocat ne se requièrent que sur ordonnance motivée du juge des libertés et de la détention.",
                "A lawyer’s data may only be required by a reasoned order of the liberty and custody judge.",
            ),
            rule,
            "ask.lawyer",
            facts={**ask.facts(), "protected": ask.protected},
            lawful=t(
                "Demandez l’ordonnance ; le bâtonnier en est avisé.", "Ask for the order; the head of the bar is told."
            ),
        )


def _known(name: str) -> Protected:
    return next(item for item in PROTECTED if item == name)


def _serious(law: Statutes, ask: Ask, category: Category) -> Step:
    """The case of 60-1-2 that lets these data be required. Raises Refused: the requisition would be void."""
    rule = law.at("traffic.ask.serious", ask.dated_on)
    case = _case(ask, rule)
    if case is None:
        raise Refused(
            t(
                "À peine de nullité, {what} ne se requièrent que dans l’un des quatre cas de l’article 60-1-2 ; aucun n’est rempli.",
                "On pain of nullity, {what} may only be required in one of the four cases of article 60-1-2; none is met.",
            ).format(what=CATEGORIES[category]),
            rule,
            "ask.serious",
            facts={**ask.facts(), "category": category, "by_network": ask.by_network, "author_only": ask.author_only},
            lawful=t(
                "L’identité reste possible. Sinon, demandez l’infraction, sa peine, ou le cas invoqué.",
                "Identity stays possible. Otherwise ask for the offence, its penalty, or the case relied on.",
            ),
        )
    return Step(t("le cas de l’article 60-1-2", "the case of article 60-1-2"), case[1], case[0])


def _case(ask: Ask, rule: Rule) -> tuple[str, Text] | None:
    if ask.offence_months >= rule.number("serious_months"):
        return "1°", t("crime ou délit puni d’au moins trois ans", "felony, or offence punished by three years or more")
    if ask.offence_months >= rule.number("network_months") and ask.by_network and ask.author_only:
        return "2°", t(
            "délit puni d’au moins un an, commis par un réseau, pour identifier l’auteur seulement",
            "offence punished by one year or more, committed through a network, only to identify its author",
        )
    if ask.offence_months >= rule.number("victim_months") and ask.victim_asks:
        return "3°", t("terminal de la victime, à sa demande", "the victim’s terminal, at her request")
    if ask.missing_person:
        return "4°", t("recherche d’une personne disparue", "search for a missing person")
    return None
