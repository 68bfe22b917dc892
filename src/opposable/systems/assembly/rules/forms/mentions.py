"""What a remote voting form must say on its face, by the law of the meeting's day (R. 225-76 to R. 225-78, R. 225-81).

These articles are the SA's. An SARL has its own on what its form bears (R. 223-20-1-1); what only the SA's shareholders may ask for
(R. 225-81, R. 225-83, R. 225-88) is not on the form of another company.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

from opposable.law import LawError, Rule, Text, day_text, join, t
from opposable.systems.assembly.rules.forms.reception import limit_of
from opposable.systems.assembly.rules.register import Company, Statutes
from opposable.systems.assembly.rules.words import said


@dataclass(frozen=True, slots=True)
class Mention:
    """«Mention obligatoire»: its words, its rule; ``prominent`` when the law wants it «très apparente»."""

    id: str
    text: Text
    rule: Rule
    prominent: bool = False


@dataclass(frozen=True, slots=True)
class FormFacts:
    """What decides the mentions of one form: the company, the document it stands on, the holder's shares."""

    company: Company
    electronic: bool = True
    single_document: bool = False
    annual: bool = False
    """The annual ordinary meeting of L. 225-100."""
    bearer: bool = False
    intermediary_on: date | None = None
    """Earlier date after which intermediaries no longer forward forms, when one was agreed."""


def mentions(law: Statutes, day: date, facts: FormFacts) -> list[Mention]:
    """Return the mentions of a form for a meeting held on ``day``, in the order in which the form shows them."""
    found = [
        *_content(law, day, facts),
        *_received(law, day, facts),
        *(_single(law, day, facts) if facts.single_document else ()),
        *_annexes(law, day, facts),
        _not_both(law, day, facts),
    ]
    return [replace(one, text=said(facts.company.form, one.text)) for one in found]


def _content(law: Statutes, day: date, facts: FormFacts) -> Iterator[Mention]:
    rule = facts.company.rule(law, "assembly.form.content", day)
    yield Mention(
        "choices",
        t(
            "Votez sur chacune des résolutions, dans l’ordre de leur présentation à l’assemblée :"
            " pour, contre ou abstention.",
            "Vote on each resolution, in the order in which they are put to the meeting: for, against or abstain.",
        ),
        _own_form(law, day, facts) or rule,
    )
    yield Mention("abstention", WARNINGS[rule.word("warning")], rule, prominent=True)
    limit = limit_of(law, facts.company, day, "electronic" if facts.electronic else "paper")
    assert limit.rule is not None
    yield Mention(
        "last-date",
        t(
            "Pour être compté, ce formulaire doit être reçu par la société au plus tard le {limit}.",
            "To be counted, this form must be received by the company no later than {limit}.",
        ).format(limit=limit.value.label),
        limit.rule,
    )
    if facts.intermediary_on and "intermediary-date" in rule.words("recalls"):
        yield Mention(
            "intermediary-date",
            t(
                "Votre intermédiaire ne transmettra plus de formulaire reçu par lui après le {day}.",
                "Your intermediary will forward no form that reaches it after {day}.",
            ).format(day=day_text(facts.intermediary_on)),
            rule,
        )


WARNINGS = {
    "against": t(
        "Attention : toute abstention exprimée dans ce formulaire, ou résultant de l’absence d’indication de vote,"
        " sera assimilée à un vote défavorable à l’adoption de la résolution.",
        "Warning: any abstention expressed in this form, or resulting from the absence of a mark,"
        " will count as a vote against the resolution.",
    ),
    "not-cast": t(
        "Attention : toute abstention exprimée dans ce formulaire, ou résultant de l’absence d’indication de vote,"
        " ne sera pas considérée comme un vote exprimé.",
        "Warning: any abstention expressed in this form, or resulting from the absence of a mark,"
        " will not be considered a vote cast.",
    ),
}


def _own_form(law: Statutes, day: date, facts: FormFacts) -> Rule | None:
    """What an SARL's own text says of its form, since there is one."""
    if facts.company.form != "sarl":
        return None
    try:
        rule = facts.company.rule(law, "assembly.sarl.form", day)
    except LawError:
        return None
    return None if rule.silent else rule


def _received(law: Statutes, day: date, facts: FormFacts) -> Iterator[Mention]:
    if own := _own_form(law, day, facts):
        yield Mention("received-content", OF_PARTS, own)
        return
    rule = facts.company.rule(law, "assembly.form.received-content", day)
    yield Mention(
        "received-content",
        t(
            "Le formulaire reçu par la société comporte vos nom, prénom usuel et domicile ; la forme de vos titres,"
            " nominative ou au porteur, leur nombre et la mention de leur inscription en compte ; votre signature"
            " ou celle de votre représentant légal ou judiciaire, le cas échéant électronique.",
            "The form received by the company bears your surname, usual first name and domicile; the form of your"
            " shares, registered or bearer, their number and the mention of their entry in an account; your signature"
            " or that of your legal or court-appointed representative, electronic where that applies.",
        ),
        rule,
    )
    if facts.bearer:
        yield Mention(
            "certificate",
            t(
                "Titres au porteur : l’attestation de participation de l’article {article} est annexée au formulaire.",
                "Bearer shares: the certificate of participation of article {article} is annexed to the form.",
            ).format(article=rule.word("certificate")),
            rule,
        )


def _single(law: Statutes, day: date, facts: FormFacts) -> Iterator[Mention]:
    rule = facts.company.rule(law, "assembly.form.single-document", day)
    yield Mention(
        "single-either",
        t(
            "Pour chaque résolution, ce document sert soit à voter par correspondance, soit à voter par procuration.",
            "For each resolution, this document serves either to vote by post or to vote by proxy.",
        ),
        rule,
    )
    who = facts.company.rule(law, "assembly.proxy.who", day)
    # R. 225-78, 2° has the form of an SA say it; elsewhere the company's own law on proxies does.
    yield Mention("single-proxy", _who(facts.company, who), rule if facts.company.form == "sa" else who)
    yield Mention("single-blank", BLANK, facts.company.rule(law, "assembly.proxy.blank", day))
    text = t(
        "Si des résolutions nouvelles étaient présentées à l’assemblée, vous pouvez : {choices}.",
        "Should new resolutions be put to the meeting, you may: {choices}.",
    )
    said = new_resolutions(facts.company)
    choices = join((said[word] for word in rule.words("new_resolutions")), t(" ; ", "; "))
    yield Mention("new-resolutions", text.format(choices=choices), rule)


NEW_RESOLUTIONS = {
    "abstain": t("vous abstenir", "abstain"),
    "against": t("voter contre leur adoption", "vote against them"),
    "proxy-chair": t(
        "donner mandat au président de l’assemblée générale", "give a mandate to the chair of the meeting"
    ),
    "proxy-person": t(
        "donner mandat à un mandataire désigné dans les conditions de l’article L. 225-106",
        "give a mandate to a proxy designated under article L. 225-106",
    ),
}
PROXY_ABOVE = t(
    "donner mandat à un mandataire choisi comme il est dit plus haut", "give a mandate to a proxy chosen as said above"
)


def new_resolutions(company: Company) -> dict[str, Text]:
    """What a holder may say of new resolutions; L. 225-106 governs who may be a proxy in an SA only."""
    return NEW_RESOLUTIONS if company.form == "sa" else {**NEW_RESOLUTIONS, "proxy-person": PROXY_ABOVE}


PERSONS = {
    "shareholder": t("un autre actionnaire", "another shareholder"),
    "spouse": t("votre conjoint", "your spouse"),
    "civil-partner": t(
        "le partenaire avec lequel vous avez conclu un pacte civil de solidarité", "your civil partner (PACS)"
    ),
}
ANYBODY = t("toute personne de votre choix", "any person of your choice")
"""Where the law names nobody and the bylaws of an SAS neither (L. 227-9)."""
BLANK = t(
    "Pouvoir sans indication de mandataire : le président de l’assemblée émet un vote favorable à l’adoption des projets"
    " de résolution présentés ou agréés par le conseil d’administration ou le directoire, et un vote défavorable à"
    " l’adoption de tous les autres projets.",
    "Proxy that names no one: the chair of the meeting votes for the draft resolutions presented or approved by the"
    " board, and against all other drafts.",
)


def _who(company: Company, rule: Rule) -> Text:
    named = rule.words("persons")
    persons = [ANYBODY] if "other" in named else [PERSONS[person] for person in named]
    if company.listed and "listed" in rule.words("anyone_if"):
        persons.append(t("toute autre personne de votre choix", "any other person of your choice"))
    either = join([join(persons[:-1]), persons[-1]], t(" ou ", " or ")) if len(persons) > 1 else persons[0]
    return t("Vous pouvez vous faire représenter par {who}.", "You may be represented by {who}.").format(who=either)


def _annexes(law: Statutes, day: date, facts: FormFacts) -> Iterator[Mention]:
    rule = facts.company.rule(law, "assembly.form.content", day)
    for name in rule.words("annexes"):
        if name in OF_SA and facts.company.form != "sa":
            continue
        if name != "agm-statement" or facts.annual:
            yield Mention(f"annex-{name}", ANNEXES[name], rule)


ANNEXES = {
    "resolutions": t("Annexe : le texte des résolutions proposées", "Annex: the text of the proposed resolutions"),
    "reasons": t("Annexe : l’exposé de leurs motifs", "Annex: the statement of their reasons"),
    "author": t("Annexe : l’indication de leur auteur", "Annex: the indication of their author"),
    "documents-request": t(
        "Annexe : une demande d’envoi des documents et renseignements de l’article R. 225-83, avec rappel de l’article"
        " R. 225-88, alinéa 3",
        "Annex: a request for the documents and information of article R. 225-83, recalling article R. 225-88, 3rd par.",
    ),
    "agm-statement": t(
        "Annexe : l’exposé sommaire et les documents de l’article R. 225-81 (assemblée ordinaire annuelle)",
        "Annex: the summary statement and documents of article R. 225-81 (annual ordinary meeting)",
    ),
}


OF_SA = frozenset({"documents-request", "agm-statement"})
"""Annexes by which shareholders of an SA use rights that others have not, or have by other articles."""
OF_PARTS = t(
    "Le formulaire reçu par la société comporte vos nom, prénom usuel et domicile, le nombre de vos parts, et votre signature"
    " ou celle de votre représentant légal ou judiciaire, le cas échéant électronique.",
    "The form received by the company bears your surname, usual first name and domicile, the number of your parts, and your"
    " signature or that of your legal or court-appointed representative, electronic where that applies.",
)


def _not_both(law: Statutes, day: date, facts: FormFacts) -> Mention:
    return Mention(
        "not-both",
        t(
            "Vous ne pouvez en aucun cas retourner à la fois une procuration et un formulaire de vote. Si vous le faites,"
            " la procuration compte, sous réserve des votes exprimés dans le formulaire.",
            "You may in no case return both a proxy and a voting form. If you do, the proxy counts, subject to the votes"
            " expressed in the form.",
        ),
        facts.company.rule(law, "assembly.proxy.with-form", day),
    )
