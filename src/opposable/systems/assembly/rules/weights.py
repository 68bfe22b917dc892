"""What shares are worth in votes at the record date: one vote a share, double votes with their proof, caps, split rights.

Whole numbers only. Every holder's figure comes with the steps that led to it, lot by lot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache

from opposable.law import Decision, Refused, Rule, Step, Text, Trace, day_text, join, local_day, t, years_after
from opposable.systems.assembly.rules.figures import number
from opposable.systems.assembly.rules.register import (
    Body,
    Company,
    CompanyForm,
    Lot,
    Pool,
    Statutes,
    Voice,
    Weight,
    voting_base,
)

BODIES: tuple[Body, ...] = ("ordinary", "extraordinary")
POOLS: tuple[Pool, ...] = (*BODIES, "profits")
PER_SHARE: Mapping[CompanyForm, str] = {
    "sa": "assembly.vote.per-share",
    "sas": "assembly.sas.votes",
    "sarl": "assembly.sarl.votes",
}


def by_head(company: Company, law: Statutes, day: date) -> bool:
    """Tell whether each member has one vote whatever he holds: an SAS whose bylaws say so (L. 227-9)."""
    return company.form == "sas" and company.rule(law, PER_SHARE["sas"], day).word("by") == "head"


@dataclass(frozen=True, slots=True)
class Entitlement:
    """«Droit de vote à la date d’enregistrement» of one holder: ``shares`` in his name, and what he may vote."""

    holder: str
    shares: int
    voice: Voice


@dataclass(frozen=True, slots=True)
class Snapshot:
    """«Arrêté des droits» of a whole meeting: one entitlement a holder, sorted; ``base`` is every share with a vote."""

    record_at: datetime
    entitlements: tuple[Decision[Entitlement], ...]
    base: int

    def voices(self) -> dict[str, Voice]:
        """Return the voice of every holder."""
        return {entitled.value.holder: entitled.value.voice for entitled in self.entitlements}


@dataclass(frozen=True, slots=True)
class Scale:
    """«Barème»: the rules that turn the lots of a company into votes, on one day; read once for a whole register."""

    company: Company
    double: Rule
    usufruct: Rule
    joint: Rule
    excluded: Rule
    cap: Rule
    per_share: Rule
    """What an ordinary share is worth in this form of company (`PER_SHARE`)."""

    @classmethod
    def at(cls, law: Statutes, day: date, company: Company) -> "Scale":
        """Read the rules of a day, under the company's bylaws."""
        whose = "vote" if company.form == "sa" else "members"
        names = ("vote.double", f"{whose}.usufruct", f"{whose}.joint", "base.excluded", "vote.cap")
        double, usufruct, joint, excluded, cap = (company.rule(law, f"assembly.{name}", day) for name in names)
        return cls(company, double, usufruct, joint, excluded, cap, company.rule(law, PER_SHARE[company.form], day))

    @property
    def heads(self) -> bool:
        """One vote a member, by the bylaws of an SAS."""
        return self.per_share.param.get("by") == "head"

    @property
    def doubles(self) -> bool:
        """Double votes exist here: granted by the bylaws, or by right in a listed company whose bylaws do not refuse.

        They are of the SA: an SARL has one vote a share (L. 223-28), and articles L. 225-103 to L. 225-126 are not for an
        SAS (L. 227-1).
        """
        if self.company.form != "sa":
            return False
        return self.double.flag("granted") or (self.company.listed and self.double.flag("listed_by_right"))


def votes_per_share(scale: Scale, lot: Lot, on: date) -> Decision[int]:
    """Return the votes of each share of a lot on the record day ``on``: 1, or 2 with the proof.

    Fully paid, registered in the name of the same holder for two years at least (L. 225-123), when the bylaws grant it;
    by right in listed companies since 2014 unless the bylaws refuse it (L. 22-10-46).
    """
    rule = scale.double if scale.company.form == "sa" else scale.per_share
    facts = {"lot": lot.ref, "form": lot.form, "paid_up": lot.paid_up, "since": lot.since, "on": on}
    if not scale.doubles or lot.form == "bearer" or not lot.paid_up:
        return Decision(1, rule, facts, _why_single(lot, doubles=scale.doubles))
    due, trace, how = _acquired(lot.since, max(rule.number("years"), rule.number("years_minimum")))
    votes = rule.number("votes") if due <= on else 1
    return Decision(votes, rule, facts, trace + Trace((_step(lot, how, f"×{votes}"),)))


@lru_cache(maxsize=2**14)
def _acquired(since: date, years: int) -> tuple[date, Trace, Text]:
    """Return the day a double vote is acquired and its working: the same for the thousands of lots of one day."""
    due, trace = years_after(since, years)
    how = t("{years} ans de nominatif, acquis le {due}", "{years} years registered, acquired on {due}")
    return due, trace, how.format(years=years, due=day_text(due))


def _why_single(lot: Lot, *, doubles: bool) -> Trace:
    if not doubles:
        how = t("pas de vote double dans cette société", "no double vote in this company")
    elif lot.form == "bearer":
        how = t("titres au porteur : vote simple", "bearer shares: single vote")
    else:
        how = t("titres non entièrement libérés : vote simple", "shares not fully paid: single vote")
    return Trace((_step(lot, how, "×1"),))


def weigh(scale: Scale, lot: Lot, on: date) -> Decision[Voice]:
    """Return the votes of one lot in each body, with the proof of its double vote or the reason why it has none."""
    if lot.voteless:
        how = t("titres privés du droit de vote, hors quorum", "shares without the right to vote, out of the quorum")
        return Decision(Voice(), scale.excluded, {"lot": lot.ref}, Trace((_step(lot, how, "0"),)))
    each = votes_per_share(scale, lot, on)
    weight = Weight(lot.quantity, lot.quantity * each.value)
    if not lot.split:
        return Decision(Voice(weight, weight), each.rule, each.facts, each.trace)
    pools = pools_of(scale.usufruct, lot)
    ordinary, extraordinary, profits = (weight if pool in pools else Weight() for pool in POOLS)
    voice = Voice(ordinary, extraordinary, profits if "profits" in scale.usufruct.param else None)
    return Decision(voice, each.rule, each.facts, each.trace + _split_trace(scale.usufruct, lot, pools))


def pools_of(rule: Rule, lot: Lot) -> tuple[Pool, ...]:
    """Return where a split lot votes: usufruct in ordinary meetings, bare ownership in the others (L. 225-110).

    In an SAS or SARL the usufructuary votes the allocation of profits, the bare owner all the rest, unless the bylaws differ
    or, since 2019, the two agreed that the usufructuary votes it all (C. civ., 1844).
    """
    agreed = lot.agreed and bool(rule.param.get("agreement", False))
    return tuple(
        pool for pool in POOLS if pool in rule.param and ("usufruct" if agreed else rule.word(pool)) == lot.right
    )


def check_agreements(rule: Rule, lots: Sequence[Lot]) -> None:
    """Refuse agreements that only one side of a split ownership is said to have: its shares would vote twice, or not at all.

    Refused code: ``register.agreement`` names the class of shares.
    """
    if not rule.param.get("agreement", False):
        return
    balance: dict[str, int] = {}
    for lot in lots:
        if lot.agreed and lot.split:
            sign = 1 if lot.right == "usufruct" else -1
            balance[lot.isin] = balance.get(lot.isin, 0) + sign * lot.quantity
    wrong = sorted(isin for isin, left in balance.items() if left)
    if wrong:
        raise Refused(
            t(
                "Titres {isin} : la convention sur le droit de vote n’est pas portée pour autant d’usufruits que de nues-propriétés.",
                "Shares {isin}: the agreement on the right to vote is not entered for as many usufructs as bare ownerships.",
            ).format(isin=wrong[0]),
            rule,
            "register.agreement",
            facts={"isin": wrong[0]},
            lawful=t("Portez-la sur les deux lots, ou sur aucun.", "Enter it on both lots, or on neither."),
        )


def entitle(
    scale: Scale, holder: str, weighed: Sequence[tuple[Lot, Decision[Voice]]], caps: Mapping[Pool, int | None]
) -> Decision[Entitlement]:
    """Add up a holder's lots, under the ``caps`` of the bylaws in each body (`cap_of`)."""
    voice = sum((decision.value for _, decision in weighed), Voice())
    steps = tuple(step for _, decision in weighed for step in decision.trace)
    capped = voice.each(lambda weight, pool: _capped(weight, caps[pool]))
    if capped != voice:
        steps += (_cap_step(capped),)
    if scale.heads:
        capped = voice.each(lambda weight, _: _one_vote(weight))
        steps += (_head_step(),)
    shares = sum(lot.quantity for lot, _ in weighed)
    facts = {"holder": holder, "shares": shares}
    rule = scale.double if scale.company.form == "sa" else scale.per_share
    return Decision(Entitlement(holder, shares, capped), rule, facts, Trace(steps))


def cap_of(rule: Rule, total: int) -> int | None:
    """Return the most votes one person may cast out of ``total``, or None; ``rule`` is assembly.vote.cap (L. 225-125)."""
    num, den = rule.words("share")
    caps = [cap for cap in (rule.number("votes"), total * num // den) if cap]
    return min(caps) if caps else None


def _capped(weight: Weight, cap: int | None) -> Weight:
    return weight if cap is None else replace(weight, votes=min(weight.votes, cap))


def _one_vote(weight: Weight) -> Weight:
    return replace(weight, votes=min(weight.votes, 1))


def _head_step() -> Step:
    how = t("une voix par associé, par les statuts", "one vote a member, by the bylaws")
    return Step(t("Voix retenues", "Votes kept"), how, "1")


def represented(rule: Rule, lots: Sequence[Lot], representatives: Mapping[str, str]) -> Decision[tuple[Lot, ...]]:
    """Put joint lots in the hands of their one representative; ``rule`` is assembly.vote.joint (L. 225-110, 2nd par.).

    ``representatives`` names the holder for each ``joint_ref``. An undivided holding without one is left out: no one votes
    its shares, which stay in the base of the quorum.
    """
    out: list[Lot] = []
    steps: list[Step] = []
    for lot in lots:
        if lot.right != "joint":
            out.append(lot)
            continue
        who = representatives.get(lot.joint_ref)
        how = t("indivision {ref} : votée par {who}", "undivided holding {ref}: voted by {who}").format(
            ref=lot.joint_ref,
            who=who or t("personne, faute de mandataire unique", "no one, for want of one representative"),
        )
        steps.append(_step(lot, how, str(lot.quantity if who else 0)))
        if who:
            out.append(replace(lot, holder=who))
    return Decision(tuple(out), rule, {"joint": len(steps)}, Trace(tuple(steps)))


def snapshot(
    law: Statutes,
    day: date,
    company: Company,
    lots: Sequence[Lot],
    record_at: datetime,
    *,
    representatives: Mapping[str, str] | None = None,
    zone: str = "Europe/Paris",
) -> Snapshot:
    """Fix the votes of every holder at the record instant; ``lots`` are those of that instant (`register.lots_at`).

    Refused (code ``register.exceeds``) when the register holds more voting shares than the company issued.
    """
    scale, on = Scale.at(law, day, company), local_day(record_at, zone)
    base = voting_base(company, lots)
    check_agreements(scale.usufruct, lots)
    holders: dict[str, list[tuple[Lot, Decision[Voice]]]] = {}
    for lot in represented(scale.joint, lots, representatives or {}).value:
        holders.setdefault(lot.holder, []).append((lot, weigh(scale, lot, on)))
    total = sum((voice.value for weighed in holders.values() for _, voice in weighed), Voice())
    _check_total(total, base)
    caps = {pool: cap_of(scale.cap, total.of(pool).votes) for pool in POOLS}
    return Snapshot(record_at, tuple(entitle(scale, name, holders[name], caps) for name in sorted(holders)), base)


def _check_total(total: Voice, base: int) -> None:
    held = max(total.of(pool).shares for pool in POOLS)
    if held > base:
        raise Refused(
            t(
                "Le registre porte {held} titres à voter, la société n’en a que {base} : corrigez-le avant d’ouvrir le vote.",
                "The register holds {held} shares to vote, the company has only {base}: correct it before opening the vote.",
            ).format(held=number(held), base=number(base)),
            None,
            "register.exceeds",
            facts={"held": held, "base": base},
        )


def _split_trace(rule: Rule, lot: Lot, pools: tuple[Pool, ...]) -> Trace:
    """On what the holder of a split right votes, and by which article."""
    what = join((POOL_WORDS[pool] for pool in pools), t(", ", ", ")) if pools else t("rien", "nothing")
    by = join(rule.cite, t(" ; ", "; "))
    if layers := ", ".join(layer.article for layer in rule.layers):
        by = by + t(" ; statuts, ", "; bylaws, ") + layers
    agreed = lot.agreed and bool(rule.param.get("agreement", False))
    right = t("usufruit", "usufruct") if lot.right == "usufruct" else t("nue-propriété", "bare ownership")
    how = t("{right}{agreed} : vote {what} ({by})", "{right}{agreed}: votes {what} ({by})").format(
        right=right, agreed=t(", par convention", ", by agreement") if agreed else "", what=what, by=by
    )
    return Trace((_step(lot, how, ", ".join(pools)),))


POOL_WORDS: Mapping[Pool, Text] = {
    "ordinary": t("les décisions ordinaires", "ordinary decisions"),
    "extraordinary": t("les décisions extraordinaires", "extraordinary decisions"),
    "special": t("en assemblée spéciale", "in special meetings"),
    "profits": t("l’affectation des bénéfices", "the allocation of profits"),
}


def _cap_step(capped: Voice) -> Step:
    how = t("plafond statutaire des voix d’un titulaire", "cap of the bylaws on one holder’s votes")
    return Step(t("Voix retenues", "Votes kept"), how, f"{capped.ordinary.votes} / {capped.extraordinary.votes}")


def _step(lot: Lot, how: Text, result: str) -> Step:
    what = t("Lot {ref}, {quantity} titres", "Lot {ref}, {quantity} shares")
    return Step(what.format(ref=lot.ref, quantity=number(lot.quantity)), how, result)
