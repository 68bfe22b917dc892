"""What the law wants of the documents of a meeting: what they must say, who signs and certifies them, when they are due."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from opposable.law import Decision, Refused, Rule, Text, day_text, days_after, end_of_day, join, t
from opposable.systems.assembly.rules.register import Company

Original = Literal["paper", "electronic"]
Means = Literal["electronic", "hand"]
LEVELS = ("simple", "advanced", "qualified")

FIELDS: Mapping[str, Text] = {
    "name": t("la dénomination", "the name"),
    "form": t("la forme de la société", "the form of the company"),
    "capital": t("le montant du capital", "the amount of the capital"),
    "seat": t("l’adresse du siège", "the address of the seat"),
    "register": t(
        "la mention RCS et la ville du greffe (art. R. 123-237)", "the registry and its town (art. R. 123-237)"
    ),
    "day": t("le jour", "the day"),
    "hour": t("l’heure", "the hour"),
    "place": t("le lieu", "the place"),
    "kind": t("la nature de l’assemblée", "the kind of meeting"),
    "agenda": t("l’ordre du jour", "the agenda"),
    "how-to-vote-by-form": t("les conditions du vote par correspondance", "how to vote by form"),
    "where-forms-are-had": t("où obtenir les formulaires", "where forms are had"),
    "date": t("la date", "the date"),
    "convening": t("le mode de convocation", "how it was convened"),
    "bureau": t("la composition du bureau", "the bureau"),
    "shares-voting": t("le nombre d’actions participant au vote", "the shares voting"),
    "attendance": t(
        "les associés présents ou représentés et leurs parts", "the members present or represented and their shares"
    ),
    "quorum": t("le quorum", "the quorum"),
    "documents": t("les documents et rapports soumis", "the documents submitted"),
    "debates": t("un résumé des débats", "a summary of the debates"),
    "resolutions": t("le texte des résolutions", "the text of the resolutions"),
    "results": t("le résultat des votes", "the results"),
}
CONDITIONAL = frozenset({"questions-address", "telecom-only"})
"""Mentions that the law wants only where there is such a thing."""


def check_filled(rule: Rule, values: Mapping[str, object], code: str) -> Decision[tuple[str, ...]]:
    """Check that every mention of ``fields`` has something to say.

    ``rule`` is assembly.notice.content (R. 225-66) or assembly.minutes (R. 225-106). Refused (``code``) names what is missing.
    """
    wanted = tuple(name for name in rule.words("fields") if name not in CONDITIONAL)
    missing = [name for name in wanted if not values.get(name)]
    if not missing:
        return Decision(wanted, rule, {"fields": list(wanted)})
    raise Refused(
        t("Il manque une mention obligatoire : {missing}.", "A mandatory mention is missing: {missing}.").format(
            missing=join(FIELDS.get(name, Text(name, name)) for name in missing)
        ),
        rule,
        code,
        facts={"missing": missing},
        lawful=t("Complétez, puis établissez le document.", "Complete it, then issue the document."),
    )


def check_original(register: Rule, original: Original, level: str) -> Decision[Original]:
    """Decide whether the file itself may be the original of the minutes; ``register`` is assembly.minutes.register.

    R. 225-22 and R. 225-49, to which R. 225-106 refers: an electronic register wants a signature that is at least advanced
    (since 4 November 2019; before, paper only). A paper original is always lawful: the members of the bureau then sign it
    by hand. Refused code: ``minutes.signature``.
    """
    facts = {"original": original, "level": level}
    if original == "paper":
        return Decision(original, register, facts)
    if register.flag("electronic"):
        if LEVELS.index(level) >= LEVELS.index(register.word("signature")):
            return Decision(original, register, facts)
        reason = t(
            "L’original électronique du procès-verbal veut une signature au moins avancée : celle-ci est « {level} ».",
            "An electronic original of the minutes wants a signature that is at least advanced: this one is “{level}”.",
        ).format(level=LEVEL_NAMES[level])
    else:
        reason = t(
            "La loi de ce jour ne connaît que le registre de papier.",
            "The law of that day knows a paper register only.",
        )
    raise Refused(
        reason,
        register,
        "minutes.signature",
        facts=facts,
        lawful=t(
            "Imprimez le procès-verbal et faites-le signer à la main, ou réglez un certificat de niveau avancé.",
            "Print the minutes and have them signed by hand, or set up a certificate of the advanced level.",
        ),
    )


LEVEL_NAMES: Mapping[str, Text] = {
    "simple": t("simple", "simple"),
    "advanced": t("avancée", "advanced"),
    "qualified": t("qualifiée", "qualified"),
}
CAPACITIES: Mapping[str, Text] = {
    "chair": t("Président de séance", "Chair"),
    "secretary": t("Secrétaire", "Secretary"),
    "scrutineer-1": t("Scrutateur", "Scrutineer"),
    "scrutineer-2": t("Scrutateur", "Scrutineer"),
}


def members(bureau: Mapping[str, object]) -> dict[str, str]:
    """Return the members of the bureau by capacity: {"chair": name, "secretary": name, "scrutineer-1": name, …}."""
    named = {name: str(bureau[name]) for name in ("chair", "secretary") if bureau.get(name)}
    scrutineers = bureau.get("scrutineers")
    for n, name in enumerate(scrutineers if isinstance(scrutineers, list) else [], 1):
        named[f"scrutineer-{n}"] = str(name)
    return named


@dataclass(frozen=True, slots=True)
class Signature:
    """One member of the bureau who signed: in which capacity, by which account, by hand or by an act of his own."""

    capacity: str
    actor: str
    means: Means


def check_member(
    rule: Rule, bureau: Mapping[str, object], signed: Sequence[Signature], new: Signature
) -> Decision[tuple[str, ...]]:
    """Decide whether a member may sign the minutes now; the value is who has not signed yet after him.

    ``rule`` is assembly.minutes: «signé par les membres du bureau». Signatures by hand are entered by whoever saw them; an
    electronic one is the member's own act, and one account is one person. Refused codes: ``minutes.capacity``,
    ``minutes.signed``, ``minutes.same-person``.
    """
    named = members(bureau)
    facts = {"capacity": new.capacity, "means": new.means, "bureau": sorted(named)}
    if new.capacity not in named:
        raise Refused(
            t(
                "Le bureau n’a pas de membre à ce titre : {capacity}.", "The bureau has no such member: {capacity}."
            ).format(capacity=new.capacity),
            rule,
            "minutes.capacity",
            facts=facts,
        )
    if any(one.capacity == new.capacity for one in signed):
        raise Refused(
            t("Ce membre a déjà signé.", "This member has already signed."), rule, "minutes.signed", facts=facts
        )
    if new.means == "electronic" and any(one.actor == new.actor and one.means == "electronic" for one in signed):
        raise Refused(
            t(
                "Ce compte a déjà signé pour un autre membre du bureau : chacun signe pour soi.",
                "This account has already signed for another member of the bureau: each signs for himself.",
            ),
            rule,
            "minutes.same-person",
            facts=facts,
            lawful=t(
                "Le membre signe par son propre compte, ou à la main sur le papier : portez-le alors au dossier.",
                "The member signs by his own account, or by hand on the paper: then enter that.",
            ),
        )
    done = {one.capacity for one in signed} | {new.capacity}
    return Decision(tuple(name for name in named if name not in done), rule, facts)


CERTIFIERS: Mapping[str, Text] = {
    "board-chair": t("président du conseil d’administration", "chair of the board of directors"),
    "director-general-manager": t(
        "administrateur exerçant les fonctions de directeur général", "director acting as general manager"
    ),
    "supervisory-chair": t("président du conseil de surveillance", "chair of the supervisory board"),
    "supervisory-vice-chair": t("vice-président du conseil de surveillance", "vice-chair of the supervisory board"),
    "management-board-member": t("membre du directoire", "member of the management board"),
    "meeting-secretary": t("secrétaire de l’assemblée", "secretary of the meeting"),
    "liquidator": t("liquidateur", "liquidator"),
}


def check_certifier(rule: Rule, company: Company, capacity: str) -> Decision[str]:
    """Decide whether someone in this capacity may certify an extract; ``rule`` is assembly.minutes.extract (R. 225-108).

    Refused code: ``extract.certifier``.
    """
    allowed: Iterable[str] = rule.words("certified_by")
    facts = {"capacity": capacity, "allowed": list(allowed)}
    if capacity in allowed or not company.bound_by(rule):
        return Decision(capacity, rule, facts)
    raise Refused(
        t(
            "Un extrait est certifié par : {allowed}.",
            "An extract is certified by: {allowed}.",
        ).format(allowed=join(CERTIFIERS[name] for name in allowed)),
        rule,
        "extract.certifier",
        facts=facts,
    )


def check_publication(rule: Rule, company: Company, day: date, now: datetime, zone: str) -> Decision[bool]:
    """Decide whether the results are to be published, and whether it is in time; the value is False when it is late.

    ``rule`` is assembly.results.publication (R. 22-10-30): listed companies, within fifteen days of the meeting. A late
    publication is still due. Refused code: ``publication.not-bound``.
    """
    if not company.bound_by(rule):
        raise Refused(
            t(
                "Cette société n’est pas tenue de publier le résultat des votes sur son site.",
                "This company does not have to publish the results on its site.",
            ),
            rule,
            "publication.not-bound",
            facts={"listed": company.listed, "form": company.form},
            lawful=t("Le procès-verbal porte les résultats.", "The minutes carry the results."),
        )
    last, trace = days_after(day, rule.number("days_after"))
    in_time = now < end_of_day(last, zone)
    return Decision(in_time, rule, {"meeting_on": day, "last": last, "published_at": now, "in_time": in_time}, trace)


def late_publication(last: date) -> Text:
    """What the publication says of itself when it comes late."""
    return t("Publié après le {last}, dernier jour utile.", "Published after {last}, the last day in time.").format(
        last=day_text(last)
    )
