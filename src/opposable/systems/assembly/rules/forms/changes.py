"""What may still become of a form once received: another mode, another form, a sale, another meeting."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from opposable.law import Decision, Refused, Rule, Step, Text, Trace, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.forms.choices import Marks
from opposable.systems.assembly.rules.register import Company, Statutes, Voice

Mode = Literal["vote", "proxy", "card", "certificate", "presence"]
MODES: dict[str, Text] = {
    "vote": t("le vote à distance", "the remote vote"),
    "proxy": t("le pouvoir", "the proxy"),
    "card": t("la demande de carte d’admission", "the request for an admission card"),
    "certificate": t("l’attestation de participation", "the certificate of participation"),
    "presence": t("la présence à l’assemblée", "attendance at the meeting"),
}


def check_mode(rule: Rule, company: Company, chosen: Mode, wanted: Mode) -> Decision[bool]:
    """Decide whether a holder who chose one mode may choose another; ``rule`` is assembly.mode.no-change.

    R. 22-10-28, III (R. 225-85, III before 2021) binds listed companies: no other mode, unless the bylaws say otherwise.
    Asking for a card is choosing to attend. Refused code: ``mode``.
    """
    facts = {"chosen": chosen, "wanted": wanted, "listed": company.listed}
    if chosen == wanted or (chosen in ("card", "certificate") and wanted == "presence"):
        return Decision(True, rule, facts)
    if not company.bound_by(rule):
        how = t("la règle ne vise pas cette société", "the rule does not bind this company")
        return Decision(True, rule, facts, _trace(how))
    if chosen not in rule.words("after"):
        return Decision(True, rule, facts)
    if rule.flag("change_allowed"):
        return Decision(True, rule, facts, _trace(t("les statuts le permettent", "the bylaws allow it")))
    raise Refused(
        t(
            "{chosen} a déjà été reçu : le titulaire ne peut plus choisir {wanted}.",
            "{chosen} was already received: the holder may no longer choose {wanted}.",
        ).format(chosen=_capital(MODES[chosen]), wanted=MODES[wanted]),
        rule,
        "mode",
        facts=facts,
        lawful=t(
            "Il peut assister à l’assemblée sans voter, ou céder ses titres.",
            "He may attend the meeting without voting, or sell his shares.",
        ),
    )


def check_replacement(rule: Rule, company: Company, *, completes: bool = False) -> Decision[bool]:
    """Decide whether a second form may take the place of the first, before the limit; ``rule`` is assembly.mode.no-change.

    The text forbids another mode and says nothing of another form of the same mode: a vote received is final unless the
    bylaws let the shareholder change, as in companies that the rule does not bind. ``completes``: the second form says the same
    and answers what holders had put on the agenda since; it changes nothing that was voted. Refused code: ``replacement``.
    """
    if rule.flag("change_allowed") or not company.bound_by(rule):
        return Decision(True, rule, {"listed": company.listed})
    if completes:
        how = t(
            "les votes déjà exprimés restent ; le formulaire répond en plus à ce qui a été inscrit depuis",
            "the votes already given stand; the form also answers what was put on the agenda since",
        )
        return Decision(True, rule, {"listed": company.listed, "completes": True}, _trace(how))
    raise Refused(
        t(
            "Un formulaire a déjà été reçu et compté ; les statuts ne permettent pas de le remplacer.",
            "A form was already received and counted; the bylaws do not let it be replaced.",
        ),
        rule,
        "replacement",
        facts={"listed": company.listed},
        lawful=t(
            "Le premier formulaire reste compté ; son reçu le prouve.",
            "The first form stays counted; its receipt proves it.",
        ),
    )


@dataclass(frozen=True, slots=True)
class Amended:
    """«Vote modifié»: what a form becomes after a transfer of shares."""

    status: Literal["counted", "amended", "void"]
    choices: Marks


def after_transfer(
    rule: Rule, agenda: tuple[Resolution, ...], choices: Marks, after: Voice, *, sold_at: datetime, record_at: datetime
) -> Decision[Amended]:
    """Return what a transfer of shares makes of a vote already received; ``rule`` is assembly.transfer.after-vote.

    R. 22-10-28, IV (R. 225-85, IV before 2021): before the record date the company voids or amends the vote, after it
    the transfer is ignored. A mark that puts every vote one way follows the votes that the register now gives, fewer or
    more. A split keeps its figures and abstains with what was bought; when it no longer fits, the company cannot share
    it out in the holder's place: the form is void and a new one may be sent.
    """
    facts = {"sold_at": sold_at, "record_at": record_at}
    if sold_at >= record_at:
        how = t(
            "cession à la date d’enregistrement ou après : ignorée", "transfer on or after the record date: ignored"
        )
        return Decision(Amended("counted", choices), rule, facts, _trace(how))
    votes = [after.of(item.pool).votes for item in agenda[: len(choices)]]  # what was added since is not in the form
    if not any(votes):
        how = t("plus aucune voix : le vote est invalidé", "no vote left: the form is void")
        return Decision(Amended("void", choices), rule, facts, _trace(how))
    left = [_followed(choice, held) for choice, held in zip(choices, votes, strict=True)]
    if "lost" in left:
        how = t(
            "une répartition dépasse les voix restantes : le vote est invalidé",
            "a split exceeds the votes left: the form is void",
        )
        return Decision(Amended("void", choices), rule, facts, _trace(how))
    amended = tuple(choice for choice in left if choice != "lost")
    status: Literal["counted", "amended"] = "counted" if amended == choices else "amended"
    how = t("chaque vote suit les voix du registre", "each vote follows the votes of the register")
    return Decision(Amended(status, amended), rule, facts, _trace(how))


def article_of(law: Statutes, company: Company, day: date) -> str:
    """Return the article that makes a vote follow a transfer: its own for shares on a market or in a depository, else R. 225-86.

    Empty in an SAS or SARL, to which neither speaks.
    """
    if company.form != "sa":
        return ""
    cite = company.rule(law, "assembly.transfer.after-vote", day).cite
    return cite[0] if company.listed or company.depository else cite[-1]


def _followed(choice: tuple[int, int, int] | None, held: int) -> tuple[int, int, int] | Literal["lost"] | None:
    if choice is None or not any(choice):
        return None
    for_, against, abstain = choice
    if sum(1 for figure in choice if figure) == 1:
        return held if for_ else 0, held if against else 0, held if abstain else 0
    return (for_, against, held - for_ - against) if sum(choice) <= held else "lost"


def check_successive(rule: Rule, given_for: str, meeting: str) -> Decision[bool]:
    """Check that a form given for one meeting holds for the next: same agenda, word for word (R. 225-77, last par.).

    ``rule`` is assembly.form.successive (or assembly.proxy.scope for a mandate, R. 225-79); both arguments are digests
    from `agenda.agenda_digest`. Refused code: ``agenda``.
    """
    facts = {"given_for": given_for, "meeting": meeting}
    if given_for == meeting:
        return Decision(True, rule, facts)
    raise Refused(
        t(
            "Ce formulaire répond à un autre ordre du jour : il ne vaut pas pour cette assemblée.",
            "This form answers another agenda: it does not hold for this meeting.",
        ),
        rule,
        "agenda",
        facts=facts,
        lawful=t("Envoyez le formulaire de cette assemblée.", "Send the form of this meeting."),
    )


def _trace(how: Text) -> Trace:
    return Trace((Step(t("Conséquence", "Consequence"), how, ""),))


def _capital(text: Text) -> Text:
    return Text(text.fr[0].upper() + text.fr[1:], text.en[0].upper() + text.en[1:])
