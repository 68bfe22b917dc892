"""«Registre»: companies, lots and their movements as facts, and what stands on the record date.

Everything here is what the register says; what it is worth in votes is in `weights`. A lot is a quantity of shares of
one kind in one account of one holder; a movement takes shares out of a lot and puts them in another. The two years of
the double vote run from ``Lot.since``, which a movement resets or keeps as the law of its day says.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, Protocol

from opposable.law import Bylaw, NoRuleOnFile, Refused, Rule, day_text, local, t

Body = Literal["ordinary", "extraordinary", "special"]
Pool = Literal["ordinary", "extraordinary", "special", "profits"]
"""Whose votes count on a resolution: those of its body, or of the allocation of profits in an SAS or SARL (C. civ., 1844)."""
CompanyForm = Literal["sa", "sas", "sarl"]
LotForm = Literal["nominative-pure", "nominative-administered", "bearer"]
Right = Literal["full", "bare", "usufruct", "joint"]
Cause = Literal["sale", "inheritance", "marital-property", "family-gift", "shareholder-merger", "conversion"]


class Statutes(Protocol):
    """Whatever answers a dated rule: the `Law` itself, or an act that remembers what it asked."""

    def at(self, rule_id: str, day: date, bylaws: Iterable[Bylaw] = ()) -> Rule:
        """Return the wording in force on a day, under the clauses in force that day."""
        ...


@dataclass(frozen=True, slots=True)
class Company:
    """«Société»: ``shares`` is the whole capital in shares, treasury included; ``bylaws`` every clause, dated."""

    form: CompanyForm
    listed: bool
    shares: int
    bylaws: tuple[Bylaw, ...] = ()
    depository: bool = False
    """Shares admitted to the operations of a central depository, without being listed."""
    new_count_from: date | None = None
    """Meeting on the first fiscal year closed after 19 July 2019: before it, abstentions are counted the old way."""
    formed_on: date | None = None
    """Day on which it was formed: an SARL of before August 2005 amends its bylaws by other majorities (L. 223-30)."""

    def bound_by(self, rule: Rule) -> bool:
        """Tell whether a rule binds a company of this form on this market (values of the law's own row, not of a clause)."""
        on_file = self.listed or self.depository
        markets = {"any": True, "listed": self.listed, "listed-or-depository": on_file, "unlisted": not on_file}
        law = rule.law_param
        return not rule.silent and self.form in law["forms"] and markets.get(law["market"], self.listed)

    def rule(self, law: Statutes, rule_id: str, day: date) -> Rule:
        """Return the rule of a day under this company's bylaws; an SAS or SARL has its own where `EQUIVALENTS` says so."""
        return law.at(EQUIVALENTS[self.form].get(rule_id, rule_id), day, self.bylaws)

    def own_rule(self, law: Statutes, rules: "FormRules", name: str, day: date) -> Rule:
        """Return the rule named ``name`` (a body, or a matter) among those of this form of company.

        Refused (code ``no-rule``) when there is none on file for this form: the rules of another would give a false result.
        """
        rule_id = rules[self.form].get(name)
        if rule_id is None:
            raise self._no_rule(name, day)
        try:
            return self.rule(law, rule_id, day)
        except NoRuleOnFile as unknown:
            raise self._no_rule(name, day) from unknown

    def _no_rule(self, name: str, day: date) -> Refused:
        return Refused(
            t(
                "Aucune règle au dossier pour une {form} au {day} : « {name} ».",
                "No rule on file for a company of form {form} on {day}: “{name}”.",
            ).format(form=self.form.upper(), day=day_text(day), name=name),
            None,
            "no-rule",
            facts={"form": self.form, "day": day, "name": name},
            lawful=t(
                "Le décompte des voix reste exact ; appliquez-lui la majorité que fixent les statuts ou la loi de la société.",
                "The count of the votes stands; apply to it the majority set by the company’s bylaws or its own law.",
            ),
        )

    def under_2005(self, law: Statutes, day: date) -> bool:
        """Tell whether an SARL amends its bylaws under the statute of 2 August 2005 (L. 223-30, 3rd and 4th par.).

        Refused (code ``company.formed-on``) when the day on which it was formed is not on file.
        """
        rule = self.rule(law, "assembly.sarl.regime", day)
        if rule.flag("opted_in"):
            return True
        if self.formed_on is not None:
            return self.formed_on > rule.day("formed_after")
        raise Refused(
            t(
                "La majorité dépend du jour où la société a été constituée, qui n’est pas au dossier.",
                "The majority depends on the day on which the company was formed, which is not on file.",
            ),
            rule,
            "company.formed-on",
            facts={"formed_after": rule.day("formed_after")},
            lawful=t(
                "Portez ce jour sur la page de la société, ou la clause par laquelle elle a opté à l’unanimité.",
                "Enter that day on the company’s page, or the clause by which it opted unanimously.",
            ),
        )


EQUIVALENTS: Mapping[CompanyForm, Mapping[str, str]] = {
    "sa": {},
    "sas": {
        "assembly.minutes": "assembly.sas.minutes",
        "assembly.minutes.register": "assembly.sas.minutes",
        "assembly.bureau": "assembly.sas.minutes",
        "assembly.proxy.who": "assembly.sas.proxy",
    },
    "sarl": {
        "assembly.minutes": "assembly.sarl.minutes",
        "assembly.minutes.register": "assembly.sarl.minutes.register",
        "assembly.bureau": "assembly.sarl.chair",
        "assembly.proxy.who": "assembly.sarl.proxy.who",
        "assembly.proxy.scope": "assembly.sarl.proxy",
        "assembly.base.interested": "assembly.sarl.interested",
        "assembly.site.dedicated": "assembly.sarl.site",
    },
}
"""What speaks in an SAS or SARL in the place of a rule of the SA."""

FormRules = Mapping[CompanyForm, Mapping[str, str]]
"""Rule ids by form of company, then by body or matter."""

TAKEN_OVER = frozenset(
    {
        "assembly.form.signature",
        "assembly.form.deadline-paper",
        "assembly.form.deadline-electronic",
        "assembly.proxy.deadline-electronic",
        "assembly.mode.no-change",
        "assembly.session.code",
        "assembly.telepresence",
    }
)
"""Rules of the SA on voting by form, which the bylaws of an SAS or SARL take over when they allow remote votes: they may
speak of them (L. 227-9; L. 223-27)."""


def concerned(company: Company, rule: Rule) -> bool:
    """Tell whether the bylaws of this form of company may speak of a rule."""
    return company.form in rule.law_param.get("forms", (company.form,)) or rule.id in TAKEN_OVER


@dataclass(frozen=True, slots=True)
class Weight:
    """Shares that may vote in a body, and their votes."""

    shares: int = 0
    votes: int = 0

    def __add__(self, other: "Weight") -> "Weight":
        return Weight(self.shares + other.shares, self.votes + other.votes)


@dataclass(frozen=True, slots=True)
class Voice:
    """«Voix» of a holder in each body: they differ when the right to vote is split (C. com., art. L. 225-110).

    ``profits``: on the allocation of profits, where an SAS or SARL keeps them for the usufructuary; None: as ``ordinary``.
    """

    ordinary: Weight = Weight()
    extraordinary: Weight = Weight()
    profits: Weight | None = None

    def of(self, body: Pool) -> Weight:
        """Return the weight in a body; special meetings vote as extraordinary ones do (L. 225-99, last paragraph)."""
        if body == "profits" and self.profits is not None:
            return self.profits
        return self.ordinary if body in ("ordinary", "profits") else self.extraordinary

    def each(self, change: Callable[[Weight, Pool], Weight]) -> "Voice":
        """Return the voice with each weight changed."""
        profits = None if self.profits is None else change(self.profits, "profits")
        return Voice(change(self.ordinary, "ordinary"), change(self.extraordinary, "extraordinary"), profits)

    def __add__(self, other: "Voice") -> "Voice":
        split = self.profits is not None or other.profits is not None
        profits = self.of("profits") + other.of("profits") if split else None
        return Voice(self.ordinary + other.ordinary, self.extraordinary + other.extraordinary, profits)


@dataclass(frozen=True, slots=True)
class Lot:
    """«Lot»: shares of one holder in one account, with what decides their votes.

    ``since``: first day of the registered («nominatif») entry in this holder's name, or in that of the person whose
    years count. ``pledged``: pledged **to the company itself** (L. 225-111); shares pledged to anyone else vote as
    before, by their owner (L. 225-110). ``deprived``: votes withheld by law or by a court (L. 233-14, L. 225-109).
    ``joint_ref`` names the undivided holding that shares one representative. ``agreed``: bare owner and usufructuary agreed
    that the usufructuary votes the decisions that are the bare owner's (C. civ., 1844, since 2019); said on both their lots.
    """

    ref: str
    holder: str
    isin: str
    form: LotForm
    quantity: int
    since: date
    paid_up: bool = True
    right: Right = "full"
    joint_ref: str = ""
    pledged: bool = False
    treasury: bool = False
    deprived: bool = False
    custodian: str = ""
    agreed: bool = False

    @property
    def split(self) -> bool:
        """The right to vote is shared between a bare owner and a usufructuary."""
        return self.right in ("bare", "usufruct")

    @property
    def voteless(self) -> bool:
        """No one may vote with these shares, and they are in no base."""
        return self.treasury or self.pledged or self.deprived


@dataclass(frozen=True, slots=True)
class Movement:
    """«Mouvement»: shares of a lot entered under another holder or another form at an instant (UTC)."""

    at: datetime
    lot: str
    quantity: int
    to: str
    form: LotForm
    cause: Cause
    into: str
    """The reference of the lot that receives them."""


def lots_at(
    law: Statutes, company: Company, lots: Iterable[Lot], movements: Iterable[Movement], instant: datetime
) -> tuple[Lot, ...]:
    """Return the lots as they stand at an instant: what moved strictly before counts, what moved at it or after does not.

    Refused (code ``lot-short``) when a movement takes more than its lot holds, or comes from no lot.
    """
    standing = {lot.ref: lot for lot in lots}
    own = frozenset(lot.holder for lot in standing.values() if lot.treasury)
    for movement in sorted((m for m in movements if m.at < instant), key=lambda m: m.at):
        _move(law, company, standing, movement, treasury=movement.to in own)
    return tuple(standing[ref] for ref in sorted(standing) if standing[ref].quantity)


def _move(law: Statutes, company: Company, standing: dict[str, Lot], movement: Movement, *, treasury: bool) -> None:
    """Take shares out of their lot. They lose what bound them to their holder: a pledge to the company, treasury.

    ``treasury``: the account that receives them is the company's own (L. 225-111, L. 225-210).
    """
    source = standing.get(movement.lot)
    if source is None or not 0 < movement.quantity <= source.quantity or movement.into in standing:
        raise Refused(
            t(
                "Le mouvement de {quantity} titres du lot {lot} vers {into} ne correspond pas au registre.",
                "The movement of {quantity} shares of lot {lot} into {into} does not fit the register.",
            ).format(quantity=movement.quantity, lot=movement.lot, into=movement.into),
            None,
            "lot-short",
            facts={"lot": movement.lot, "quantity": movement.quantity, "held": source.quantity if source else 0},
        )
    standing[source.ref] = replace(source, quantity=source.quantity - movement.quantity)
    standing[movement.into] = replace(
        source,
        ref=movement.into,
        holder=movement.to,
        form=movement.form,
        quantity=movement.quantity,
        treasury=treasury,
        agreed=source.agreed and movement.to == source.holder,
        pledged=source.pledged and movement.to == source.holder,
        since=_years_from(law, company, source, movement),
    )


def _years_from(law: Statutes, company: Company, source: Lot, movement: Movement) -> date:
    """Return the day from which the two years of the receiving lot run (L. 225-124)."""
    on = local(movement.at).date()
    if movement.form == "bearer" or source.form == "bearer":
        return on
    if movement.cause == "conversion" and movement.to == source.holder:
        return source.since
    kept = company.rule(law, "assembly.vote.double-loss", on).words("kept_on")
    return source.since if movement.cause in kept else on


def voting_base(company: Company, lots: Iterable[Lot]) -> int:
    """Return the shares that have the right to vote: the capital less what no one may vote (L. 225-111, L. 225-210)."""
    return company.shares - sum(lot.quantity for lot in lots if lot.voteless and lot.right in ("full", "bare", "joint"))


def class_base(lots: Iterable[Lot], isin: str) -> int:
    """Return the shares of one class that have the right to vote: the base of a special meeting (L. 225-99, 3rd par.)."""
    held = (lot for lot in lots if lot.isin == isin and not lot.voteless and lot.right in ("full", "bare", "joint"))
    return sum(lot.quantity for lot in held)


def check_claims(claims: Sequence[tuple[str, str, int]], lots: Iterable[Lot]) -> None:
    """Refuse shares claimed twice: ``claims`` are (lot, claimant, quantity) brought by custodians or intermediaries.

    Refused (code ``lot-claimed-twice``) names the first lot whose claims exceed what it holds.
    """
    held = {lot.ref: lot.quantity for lot in lots}
    claimed: dict[str, int] = {}
    for ref, claimant, quantity in claims:
        claimed[ref] = claimed.get(ref, 0) + quantity
        if claimed[ref] > held.get(ref, 0):
            raise Refused(
                t(
                    "{claimant} revendique {quantity} titres du lot {lot}, qui n’en a plus autant de libres :"
                    " départagez les intermédiaires avant de compter.",
                    "{claimant} claims {quantity} shares of lot {lot}, which has not that many left:"
                    " settle it between the intermediaries before counting.",
                ).format(claimant=claimant, quantity=quantity, lot=ref),
                None,
                "lot-claimed-twice",
                facts={"lot": ref, "held": held.get(ref, 0), "claimed": claimed[ref]},
            )
