"""The other parties, the clauses of the library and the templates made of them: each version for good."""

from __future__ import annotations

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, local_day, t
from opposable.systems.contracts.models import KINDS, ClauseModel, Party, TemplateModel

MOST_REFERENCE, MOST_REFERENCES = 40, 400


@act("contracts.party.add", label=t("Ajouter un cocontractant", "Add another party"))
def add_party(
    a: Acting,
    *,
    name: str,
    registration: str = "",
    address: str = "",
    email: str = "",
    critical: bool = False,
    controls: list[str] | None = None,
    risks: list[str] | None = None,
) -> Party:
    """Somebody to contract with. ``controls`` and ``risks``: references into the security management system."""
    a.require("write", kind=Party.Evidence.kind, cell=root())
    if not name.strip() or Party.objects.filter(name=name.strip()).exists():
        raise Refused(t("Ce cocontractant existe déjà.", "This party exists already."), None, "party.exists")
    party = Party(
        cell=root(),
        name=name.strip(),
        registration=registration,
        address=address,
        email=email,
        critical=critical,
        controls=controls or [],
        risks=risks or [],
    )
    a.record(party)
    return party


@act("contracts.party.change", label=t("Modifier un cocontractant", "Change another party"))
def change_party(
    a: Acting,
    *,
    party: Party,
    registration: str,
    address: str,
    email: str,
    critical: bool,
    controls: list[str],
    risks: list[str],
) -> Party:
    """Its file, its name excepted: contracts bear it. Identifiers are kept once each, in order."""
    a.require("write", party)
    if any(len(one) > MOST_REFERENCE for one in (*controls, *risks)) or len(controls) + len(risks) > MOST_REFERENCES:
        raise Refused(
            t("Des identifiants, non des phrases : A.5.19, R12.", "Identifiers, not sentences: A.5.19, R12."),
            None,
            "party.references",
        )
    party.registration, party.address, party.email, party.critical = registration, address, email, critical
    party.controls, party.risks = list(dict.fromkeys(controls)), list(dict.fromkeys(risks))
    a.record(party)
    return party


@act("contracts.clause.publish", label=t("Publier une clause", "Publish a clause"))
def publish_clause(
    a: Acting,
    *,
    key: str,
    title: str,
    text: str,
    covers: dict[str, str] | None = None,
    mandatory_for: str = "",
    fallback: list[str] | None = None,
) -> ClauseModel:
    """A new version of a clause of the library. The words that cover each point must stand in the text."""
    a.require("approve", kind=ClauseModel.Evidence.kind, cell=root())
    given, body = covers or {}, text.strip()
    missing = sorted(point for point, quote in given.items() if quote not in body)
    if missing or not body:
        raise Refused(
            t("Ces mots ne sont pas dans le texte : {points}.", "These words are not in the text: {points}.").format(
                points=", ".join(missing)
            ),
            None,
            "clause.quote",
            facts={"points": missing},
        )
    if mandatory_for:
        a.cite(a.law(mandatory_for, local_day(a.now)))
    model = ClauseModel(
        cell=root(),
        key=key,
        version=ClauseModel.objects.filter(key=key).count() + 1,
        title=title,
        text=body,
        covers=given,
        mandatory_for=mandatory_for,
        fallback=fallback or [],
        since=local_day(a.now),
    )
    a.record(model)
    return model


@act("contracts.template.publish", label=t("Publier un modèle de contrat", "Publish a template"))
def publish_template(a: Acting, *, kind: str, title: str, clauses: list[str]) -> TemplateModel:
    """A new version of the template of a kind of contract: keys of the library, in order."""
    a.require("approve", kind=TemplateModel.Evidence.kind, cell=root())
    known = set(ClauseModel.objects.filter(key__in=clauses).values_list("key", flat=True))
    strangers = [key for key in clauses if key not in known]
    if kind not in KINDS or strangers or not clauses:
        raise Refused(
            t("Genre ou clauses inconnus : {what}.", "Unknown kind or clauses: {what}.").format(
                what=", ".join(strangers) or kind
            ),
            None,
            "template.unknown",
        )
    number = TemplateModel.objects.filter(kind=kind).count() + 1
    model = TemplateModel(cell=root(), kind=kind, version=number, title=title, clauses=clauses, since=local_day(a.now))
    a.record(model)
    return model


def clause_of(key: str) -> ClauseModel:
    """The latest version of a clause. Raises Refused."""
    found = ClauseModel.objects.filter(key=key).order_by("-version").first()
    if found is None:
        raise Refused(
            t("La bibliothèque n’a pas cette clause.", "The library has no such clause."), None, "clause.unknown"
        )
    model: ClauseModel = found
    return model
