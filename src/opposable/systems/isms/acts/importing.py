"""Acts that bring a register of risks in, whole, and take it out again."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Max

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import local_day, t
from opposable.systems.isms.acts.common import (
    LONGEST,
    NAME,
    OWNER,
    choice,
    refuse,
    require_open,
    requirements,
    who,
    words,
)
from opposable.systems.isms.acts.knowledge import new_threats, new_vulnerabilities
from opposable.systems.isms.models import Asset, Campaign, Rating, RiskImport, Scenario, Scope, Threat, Vulnerability
from opposable.systems.isms.models.risk import RATINGS
from opposable.systems.isms.rules.consistency import OPTIONS
from opposable.systems.isms.rules.method import Method, rate

MOST_RISKS = 20_000
SHA256 = 64


@dataclass(frozen=True)
class NewRisk:
    """A line of a register that was read: names and not uids; values by axis and kind of rating; codes of the knowledge base."""

    title: str
    owner: str = ""
    consequences: str = ""
    asset: str = ""
    plan: str = ""
    option: str = ""
    requirements: tuple[str, ...] = ()
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)
    threat: str = ""
    vulnerability: str = ""


@dataclass
class _Known:
    """What the lines name, by the names they use."""

    assets: dict[str, str]
    threats: dict[str, Threat]
    vulnerabilities: dict[str, Vulnerability]


@act("isms.import.load", label=t("Importer un registre de risques", "Import a risk register"))
def import_risks(
    a: Acting,
    *,
    campaign: Campaign,
    file_name: str,
    sha256: str,
    mapping: list[dict[str, str]],
    risks: list[NewRisk],
    threats: list[dict[str, str]] | None = None,
    vulnerabilities: list[dict[str, str]] | None = None,
) -> RiskImport:
    """All lines or none, in one act. Assets, threats and vulnerabilities that are not on file are entered; levels come from the method."""
    a.require("write", campaign, kind=Scenario.Evidence.kind)
    require_open(campaign)
    if not 0 < len(risks) <= MOST_RISKS:
        raise refuse("De 1 à {n} risques par fichier.", "1 to {n} risks a file.", "import.size", n=MOST_RISKS)
    fresh = _knowledge(a, threats or [], vulnerabilities or [])
    known, new_assets = _named(campaign.scope, risks, fresh)
    last = campaign.scenarios.aggregate(last=Max("number"))["last"] or 0
    method = campaign.method.read
    scenarios, ratings = [], []
    for number, risk in enumerate(risks, last + 1):
        scenario = _scenario(campaign, number, risk, known)
        ratings += _ratings(a, scenario, risk, method, f"{file_name[:200]} ({sha256[:12]})")
        scenario.level = scenario.now or scenario.inherent or 0
        scenarios.append(scenario)
    done = RiskImport(
        cell=campaign.cell,
        campaign=campaign,
        file_name=words(file_name, t("fichier", "file")),
        sha256=words(sha256, t("empreinte du fichier", "digest of the file"), SHA256),
        mapping=mapping,
        risks=len(scenarios),
        scenarios=[one.uid for one in scenarios],
        at=a.now,
    )
    a.record(done)
    for rows in (*fresh, new_assets, scenarios, ratings):
        a.record_many(rows)
    return done


def _knowledge(
    a: Acting, threats: list[dict[str, str]], vulnerabilities: list[dict[str, str]]
) -> tuple[list[Threat], list[Vulnerability]]:
    """What the file knows and the base does not. Asked of whoever may add to the base only when there is something to add."""
    made = new_threats(threats, "MONARC"), new_vulnerabilities(vulnerabilities, "MONARC")
    for rows, model in zip(made, (Threat, Vulnerability), strict=True):
        if rows:
            a.require("write", kind=model.Evidence.kind, cell=root())
    return made


def _named(
    scope: Scope, risks: list[NewRisk], fresh: tuple[list[Threat], list[Vulnerability]]
) -> tuple[_Known, list[Asset]]:
    assets, new_assets = _assets_by_name(scope, risks)
    threats = {one.threat for one in risks if one.threat}
    vulnerabilities = {one.vulnerability for one in risks if one.vulnerability}
    known = _Known(
        assets,
        {one.code: one for one in [*Threat.objects.filter(code__in=threats), *fresh[0]]},
        {one.code: one for one in [*Vulnerability.objects.filter(code__in=vulnerabilities), *fresh[1]]},
    )
    lacking = sorted((threats - set(known.threats)) | (vulnerabilities - set(known.vulnerabilities)))
    if lacking:
        raise refuse(
            "Menaces ou vulnérabilités inconnues : {codes}.",
            "Unknown threats or vulnerabilities: {codes}.",
            "import.unknown",
            codes=", ".join(lacking[:5]),
        )
    return known, new_assets


def _scenario(campaign: Campaign, number: int, risk: NewRisk, known: _Known) -> Scenario:
    return Scenario(
        cell=campaign.cell,
        campaign=campaign,
        number=number,
        title=words(risk.title, t("intitulé", "title"), 240),
        owner=words(risk.owner, OWNER, 120, required=False),
        consequences=words(risk.consequences, t("conséquences", "consequences"), LONGEST, required=False),
        plan=words(risk.plan, t("plan", "plan"), LONGEST, required=False),
        option=choice(risk.option, OPTIONS, t("traitement", "treatment")) if risk.option else "",
        assets=[known.assets[risk.asset.casefold()]] if risk.asset else [],
        requirements=requirements(campaign.scope, risk.requirements),
        threat=known.threats[risk.threat] if risk.threat else None,
        vulnerability=known.vulnerabilities[risk.vulnerability] if risk.vulnerability else None,
    )


def _ratings(a: Acting, scenario: Scenario, risk: NewRisk, method: Method, reason: str) -> list[Rating]:
    made = []
    for kind, values in risk.ratings.items():
        level = rate(method, values).value
        setattr(scenario, choice(kind, RATINGS, t("cotation", "rating")), level)
        made.append(
            Rating(
                cell=scenario.cell,
                scenario=scenario,
                kind=kind,
                values=values,
                level=level,
                on=local_day(a.now),
                at=a.now,
                by=who(a),
                reason=reason,
            )
        )
    return made


def _assets_by_name(scope: Scope, risks: list[NewRisk]) -> tuple[dict[str, str], list[Asset]]:
    found = {name.casefold(): uid for name, uid in scope.assets.filter(withdrawn=False).values_list("name", "uid")}
    new = []
    for name in dict.fromkeys(risk.asset for risk in risks if risk.asset):
        if name.casefold() not in found:
            asset = Asset(cell=scope.cell, scope=scope, name=words(name, NAME, 160), kind="information")
            found[name.casefold()] = asset.uid
            new.append(asset)
    return found, new


@act("isms.import.undo", label=t("Annuler un import de risques", "Undo an import of risks"))
def undo_import(a: Acting, *, done: RiskImport) -> RiskImport:
    """The risks are taken off the register as long as nobody worked on them: refused afterwards."""
    a.require("write", done)
    if done.undone_at:
        raise refuse("Cet import est déjà annulé.", "This import was undone already.", "import.undone")
    rows = list(
        Scenario.objects.filter(uid__in=done.scenarios).select_related("campaign", "cell", "threat", "vulnerability")
    )
    touched = [row.number for row in rows if row.seq > 1]
    if touched:
        raise refuse(
            "On a travaillé depuis sur {n} de ces risques (R{first}…) : retirez-les un à un.",
            "{n} of these risks were worked on since (R{first}…): take them off one by one.",
            "import.touched",
            n=len(touched),
            first=touched[0],
        )
    done.undone_at = a.now
    a.record(done)
    for row in rows:
        row.withdrawn = True
        a.record(row)
    return done
