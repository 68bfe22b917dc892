"""Acts on a holder's agreement to electronic notices (R. 225-63; R. 223-20), and on who votes for joint owners."""

from __future__ import annotations

from datetime import date

from django.db.models import TextField
from django.db.models.functions import Cast

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, Rule, local_day, t
from opposable.systems.assembly.models import Holder
from opposable.systems.assembly.rules.convening.consent import RULES

MEANS = ("post", "electronic")


@act(
    "assembly.consent.record",
    label=t("Porter un accord à la convocation électronique", "Enter an agreement to e-notices"),
)
def record_consent(a: Acting, *, holder: Holder, on: date, by: str) -> Holder:
    """The holder agreed on a day, ``by`` "post" or "electronic" means: notices may reach him by e-mail."""
    a.require("write", holder)
    rule = _rule(a, holder, on)
    _check_day(a, holder, on, rule)
    if by not in MEANS:
        raise Refused(
            t("L’accord se donne par voie postale ou électronique.", "Agreement is given by post or electronically."),
            rule,
            "consent.means",
            facts={"by": by},
            lawful=t("Écrivez « post » ou « electronic ».", "Write “post” or “electronic”."),
        )
    if not holder.email:
        raise Refused(
            t("Ce compte n’a pas d’adresse électronique.", "This account has no e-mail address."),
            rule,
            "consent.no-address",
            lawful=t("Importez d’abord son adresse au registre.", "First import the address into the register."),
        )
    holder.consent_on, holder.consent_by, holder.consent_until = on, by, None
    a.cite(rule)
    a.record(holder)
    return holder


@act("assembly.consent.withdraw", label=t("Porter un retour au courrier", "Enter a return to the post"))
def withdraw_consent(a: Acting, *, holder: Holder, on: date) -> Holder:
    """The holder asked for the post again. It counts for a meeting when it came in the time of the rule."""
    a.require("write", holder)
    rule = _rule(a, holder, on)
    _check_day(a, holder, on, rule)
    if holder.consent_on is None or holder.consent_until is not None or on < holder.consent_on:
        raise Refused(
            t(
                "Ce compte n’a pas d’accord en cours à cette date.",
                "This account has no running agreement on that day.",
            ),
            rule,
            "consent.none",
            facts={"agreed_on": holder.consent_on, "returned_on": holder.consent_until},
        )
    holder.consent_until = on
    a.cite(rule)
    a.record(holder)
    return holder


@act("assembly.joint.appoint", label=t("Désigner le mandataire d’une indivision", "Appoint the agent of joint owners"))
def appoint_agent(a: Acting, *, holder: Holder, joint_ref: str) -> Holder:
    """The holder casts the votes of an undivided holding, alone: whoever did before does no more (L. 225-110; C. civ., 1844).

    Without an agent nobody votes those shares; they stay in the base of the quorum.
    """
    a.require("write", holder)
    company = holder.company
    family = "vote" if company.form == "sa" else "members"
    rule = a.law(f"assembly.{family}.joint", local_day(a.now, company.zone))
    others = company.holders.filter(ended=False).select_related("cell", "company", "source")
    rows = list(others.annotate(told=Cast("lots", TextField())).filter(told__contains='"right": "joint"'))
    known = {lot["joint_ref"] for row in rows for lot in row.lots if lot["right"] == "joint"}
    if joint_ref not in known:
        raise Refused(
            t(
                "Aucune indivision du registre n’a cette référence : {ref}.",
                "No joint holding has this reference: {ref}.",
            ).format(ref=joint_ref),
            rule,
            "joint.unknown",
            facts={"known": sorted(known)},
        )
    a.cite(rule)
    holder.represents = sorted({*holder.represents, joint_ref})
    a.record(holder)
    for row in others.exclude(pk=holder.pk).exclude(represents=[]):
        if joint_ref in row.represents:
            row.represents = [ref for ref in row.represents if ref != joint_ref]
            a.record(row)
    return holder


def _rule(a: Acting, holder: Holder, on: date) -> Rule:
    return a.law(RULES[holder.company.form], on, holder.company.layers())


def _check_day(a: Acting, holder: Holder, on: date, rule: Rule) -> None:
    if on > local_day(a.now, holder.company.zone):
        raise Refused(t("Ce jour n’est pas venu.", "That day has not come."), rule, "consent.day", facts={"on": on})
