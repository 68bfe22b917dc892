"""«Accord pour la convocation électronique»: who may be convened by e-mail, and who gets the post (R. 225-63; R. 223-20)."""

from dataclasses import dataclass
from datetime import date

from opposable.law import Decision, Rule, Step, Text, Trace, day_text, days_before, t
from opposable.systems.assembly.rules.convening.facts import MeetingFacts, cited
from opposable.systems.assembly.rules.register import Statutes

RULES = {"sa": "assembly.notice.email-consent", "sas": "assembly.sas.free", "sarl": "assembly.sarl.convening"}


@dataclass(frozen=True, slots=True)
class Consent:
    """What a holder agreed to: ``on`` the day of his agreement, ``until`` that on which he asked for the post again."""

    on: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """«Dates utiles» of one meeting: an agreement counts up to ``agreed_by``, a return to the post up to ``returned_by``.

    ``wanted`` false: the law of this form of company asks for no agreement.
    """

    rule: Rule
    wanted: bool
    agreed_by: date
    returned_by: date
    trace: Trace


def limits(facts: MeetingFacts, law: Statutes, notice_on: date) -> Limits:
    """Return the days up to which an agreement, or a return to the post, counts for a meeting whose notice goes out on a day.

    SA: agreement thirty-five days before the meeting, return thirty-five days before the notice (R. 225-63; before 1 March
    2012 any day up to the notice). SARL: twenty days before the meeting for both (R. 223-20; by post only before 2018). SAS:
    the bylaws decide (L. 227-9), the law asks for nothing.
    """
    rule = facts.rule(law, RULES[facts.form])
    if facts.form == "sas":
        return Limits(rule, False, notice_on, notice_on, Trace())
    days = rule.param.get("consent_days_before")
    if days is None:  # the text knows no electronic notice: no agreement can stand for it
        return Limits(rule, True, date.min, notice_on, Trace())
    agreed, first = days_before(facts.day, days) if days else (notice_on, Trace())
    if "return_days_before" in rule.param:
        returned, second = days_before(facts.day, rule.number("return_days_before"))
    else:
        back = rule.param.get("return_days_before_notice", 0)
        returned, second = days_before(notice_on, back) if back else (notice_on, Trace())
    return Limits(rule, True, agreed, returned, first + second)


def by_mail(found: Limits, consent: Consent, *, registered: bool) -> Decision[bool]:
    """Decide whether a holder may be convened by e-mail; False: by post.

    ``registered``: some of his shares are in registered form. Bearer shares are convened by publication: a message to their
    holder stands for no letter, and wants no agreement (R. 225-63 speaks of «actionnaires inscrits au nominatif»).
    """
    facts = {"agreed_on": consent.on, "returned_on": consent.until, "registered": registered}
    if not found.wanted or not registered:
        return Decision(True, found.rule, facts, found.trace)
    agreed = consent.on is not None and consent.on <= found.agreed_by
    returned = consent.until is not None and consent.until <= found.returned_by
    return Decision(agreed and not returned, found.rule, facts, found.trace + Trace((_said(found, consent),)))


def _said(found: Limits, consent: Consent) -> Step:
    what = t("Accord pour la convocation électronique", "Agreement to electronic notice")
    if consent.on is None:
        return Step(what, t("aucun accord au dossier", "no agreement on file"), "")
    how: Text = t(
        "donné le {day}, il compte jusqu’au {last} ({cite})", "given on {day}, it counts up to {last} ({cite})"
    )
    return Step(
        what,
        how.format(day=day_text(consent.on), last=day_text(found.agreed_by), cite=cited(found.rule)),
        consent.on.isoformat(),
    )
