"""«Pouvoirs»: who may be a proxy, for which meeting, what a blank proxy votes, and what beats what."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from opposable.law import Decision, Refused, Rule, Step, Text, Trace, day_text, join, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.figures import number
from opposable.systems.assembly.rules.forms.choices import Marks, whole
from opposable.systems.assembly.rules.forms.reception import Channel
from opposable.systems.assembly.rules.register import Company, CompanyForm, Voice
from opposable.systems.assembly.rules.weights import cap_of

Relation = Literal["shareholder", "spouse", "civil-partner", "other"]
MeetingKind = Literal["ordinary", "extraordinary", "combined", "special"]
PERSONS: Mapping[str, Text] = {
    "shareholder": t("un autre titulaire", "another holder"),
    "spouse": t("le conjoint", "the spouse"),
    "civil-partner": t("le partenaire de PACS", "the civil partner (PACS)"),
    "other": t("une autre personne", "another person"),
}
SCOPES: dict[CompanyForm, str] = {"sa": "assembly.proxy.scope", "sarl": "assembly.sarl.proxy"}


def check_proxy(
    rule: Rule, company: Company, relation: Relation, *, mtf_clause: bool = False, members: int = 0
) -> Decision[Relation]:
    """Decide whether a person may be a proxy; ``rule`` is assembly.proxy.who (L. 225-106; L. 22-10-39 for listed companies).

    In an SARL (L. 223-28) a member may be represented by another one unless they are only two (``members``), by a third
    party if the bylaws allow it.

    ``relation`` is what the proxy is to the principal; ``mtf_clause`` says that the shares are on a listed multilateral
    trading facility and that the bylaws open the choice. Refused code: ``proxy.who``.
    """
    facts = {"relation": relation, "listed": company.listed, "mtf_clause": mtf_clause}
    opened = {"listed": company.listed, "mtf-and-bylaws": mtf_clause, "bylaws": rule.param.get("third_party", False)}
    only_two = relation == "shareholder" and members == 2 and rule.param.get("not_if_two", False)
    if (relation in rule.words("persons") and not only_two) or any(opened[case] for case in rule.words("anyone_if")):
        return Decision(relation, rule, facts)
    raise Refused(
        t(
            "Cette personne ne peut pas être mandataire : la loi du jour admet {persons}.",
            "This person may not be a proxy: the law of the day admits {persons}.",
        ).format(persons=join(PERSONS.get(one, one) for one in rule.words("persons"))),
        rule,
        "proxy.who",
        facts=facts,
        lawful=t(
            "Désignez une des personnes admises, votez à distance, ou laissez le pouvoir en blanc.",
            "Designate one of the persons admitted, vote remotely, or leave the proxy blank.",
        ),
    )


def check_substitution(rule: Rule, principal: str, giver: str) -> Decision[bool]:
    """Refuse a proxy given by someone other than the principal: a proxy may not name another (R. 225-79, 1st par.).

    ``rule`` is assembly.proxy.scope. Refused code: ``proxy.substitution``.
    """
    facts = {"principal": principal, "giver": giver}
    if giver == principal or rule.flag("substitution"):
        return Decision(True, rule, facts)
    raise Refused(
        t(
            "Un mandataire n’a pas la faculté de se substituer une autre personne.",
            "A proxy may not put another person in his place.",
        ),
        rule,
        "proxy.substitution",
        facts=facts,
        lawful=t("Seul le titulaire peut désigner un autre mandataire.", "Only the holder may name another proxy."),
    )


@dataclass(frozen=True, slots=True)
class Sitting:
    """One meeting as a mandate sees it."""

    kind: MeetingKind
    day: date
    agenda: str
    """Digest of the agenda."""


def check_scope(rule: Rule, given_for: Sitting, used_at: Sitting) -> Decision[str]:
    """Decide whether a mandate given for one meeting serves at another; ``rule`` is ``SCOPES[form]`` (R. 225-79, R. 223-21).

    It serves at its own meeting; at successive meetings with the same agenda; and at a second meeting on the same day or
    within fifteen days when one is ordinary and the other extraordinary (seven days in a SARL, whatever they are). The
    value says why. Refused code: ``proxy.scope``.
    """
    days = abs((used_at.day - given_for.day).days)
    facts = {"given_for": given_for.day, "used_at": used_at.day, "days": days}
    if given_for == used_at:
        return Decision("own", rule, facts)
    if rule.flag("successive_same_agenda") and given_for.agenda == used_at.agenda:
        return Decision("successive", rule, facts)
    kinds = {given_for.kind, used_at.kind}
    if days <= rule.number("pair_days") and kinds == set(rule.param.get("pair_kinds", kinds)):
        return Decision("pair", rule, facts)
    raise Refused(
        t(
            "Mandat donné pour l’assemblée du {given} : il ne vaut pas pour celle du {used}.",
            "Mandate given for the meeting of {given}: it does not serve at the one of {used}.",
        ).format(given=day_text(given_for.day), used=day_text(used_at.day)),
        rule,
        "proxy.scope",
        facts=facts,
        lawful=t("Donnez un mandat pour cette assemblée.", "Give a mandate for this meeting."),
    )


def blank_choices(rule: Rule, agenda: Sequence[Resolution], voice: Voice) -> Decision[Marks]:
    """Return how the chair votes a proxy that names no one; ``rule`` is assembly.proxy.blank (L. 225-106, last par.).

    For the drafts presented or approved by the board, against all the others; amendments and new resolutions alike.
    """
    choices = tuple(whole(_chair(rule, item), voice.of(item.pool).votes) for item in agenda)
    steps = tuple(_why(rule, item) for item in agenda)
    return Decision(choices, rule, {"resolutions": len(agenda)}, Trace(steps))


def _chair(rule: Rule, item: Resolution) -> Literal["for", "against"]:
    return "for" if rule.word("board_drafts" if item.backed else "other_drafts") == "for" else "against"


def _why(rule: Rule, item: Resolution) -> Step:
    how = (
        t("projet présenté ou agréé par le conseil", "draft presented or approved by the board")
        if item.backed
        else t("projet ni présenté ni agréé par le conseil", "draft neither presented nor approved by the board")
    )
    return Step(t("Résolution {n}", "Resolution {n}").format(n=item.position), how, _chair(rule, item))


@dataclass(frozen=True, slots=True)
class Both:
    """What a form and a proxy returned together come to: ``choices`` by resolution, None where the proxy votes."""

    choices: Marks
    by_proxy: frozenset[int]
    """Positions, from 1, left to the proxy."""


def with_form(rule: Rule, agenda: Sequence[Resolution], form: Marks) -> Decision[Both]:
    """Join a form and a proxy returned together; ``rule`` is assembly.proxy.with-form (R. 225-81, 8° and last par.).

    The proxy counts, subject to the votes expressed in the form. An abstention marked on the form is expressed too
    («abstention exprimée dans le formulaire», R. 225-76): only unmarked resolutions are left to the proxy.
    """
    left = frozenset(item.position for item, choice in zip(agenda, form, strict=True) if choice is None)
    how = t("sans marque sur le formulaire : {left}", "unmarked on the form: {left}").format(left=sorted(left))
    step = Step(t("Résolutions laissées au mandataire", "Resolutions left to the proxy"), how, str(len(left)))
    return Decision(Both(form, left), rule, {"resolutions": len(agenda)}, Trace((step,)))


def check_cap(rule: Rule, total: int, *, own: int, carried: int, added: int) -> Decision[int]:
    """Decide whether one person may still take a mandate of ``added`` votes; the value is the room left after it.

    ``rule`` is assembly.vote.cap (L. 225-125): the bylaws' limit binds a person for his own votes and those he carries
    (L. 225-106 said so in 2001). Blank proxies are not his choice: they are not counted here. Refused code: ``proxy.cap``.
    """
    cap = cap_of(rule, total)
    facts = {"cap": cap, "own": own, "carried": carried, "added": added}
    if cap is None or own + carried + added <= cap:
        return Decision(total if cap is None else cap - own - carried - added, rule, facts)
    raise Refused(
        t(
            "Les statuts limitent à {cap} les voix d’une même personne : ce mandat en porterait {sum}.",
            "The bylaws limit one person to {cap} votes: this mandate would make them {sum}.",
        ).format(cap=number(cap), sum=number(own + carried + added)),
        rule,
        "proxy.cap",
        facts=facts,
        lawful=t("Désignez un autre mandataire, ou votez à distance.", "Name another proxy, or vote remotely."),
    )


def check_revocation(
    rule: Rule, given_by: Channel, revoked_by: Channel, *, transferred: bool = False
) -> Decision[bool]:
    """Decide whether a mandate received may be revoked; ``rule`` is assembly.proxy.irrevocable (R. 225-80, R. 225-79).

    An electronic instruction is irrevocable as soon as received, save a transfer of shares. Another mandate is revocable,
    since 26 June 2010 in the forms of its designation. Refused codes: ``proxy.irrevocable``, ``proxy.revocation-form``.
    """
    facts = {"given_by": given_by, "revoked_by": revoked_by, "transferred": transferred}
    if transferred and "transfer" in rule.words("except"):
        return Decision(True, rule, facts)
    if given_by == "electronic" and rule.flag("irrevocable"):
        raise _kept(
            rule,
            "proxy.irrevocable",
            t(
                "Un pouvoir électronique est irrévocable dès sa réception, hors cession de titres.",
                "An electronic proxy is irrevocable once received, save a transfer of shares.",
            ),
            facts,
        )
    if rule.flag("revocable_in_same_forms") and given_by != revoked_by:
        raise _kept(
            rule,
            "proxy.revocation-form",
            t(
                "Un mandat se révoque dans les mêmes formes que la désignation du mandataire.",
                "A mandate is revoked in the same forms as the designation of the proxy.",
            ),
            facts,
        )
    return Decision(True, rule, facts)


def _kept(rule: Rule, code: str, reason: Text, facts: Mapping[str, object]) -> Refused:
    return Refused(
        reason, rule, code, facts=facts, lawful=t("Le mandat reçu reste valable.", "The mandate received stands.")
    )
