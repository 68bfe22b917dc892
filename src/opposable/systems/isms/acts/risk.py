"""Acts on assets, controls, scenarios, their ratings and their treatment."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from django.db.models import Max

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import end_of_day, local_day, t
from opposable.systems.isms.acts.common import LONGEST, choice, refuse, requirements, uids, who, words
from opposable.systems.isms.models import (
    Asset,
    Campaign,
    Control,
    Rating,
    RiskImport,
    Scenario,
    Scope,
    Threat,
    TreatmentAction,
    Vulnerability,
)
from opposable.systems.isms.models.risk import ACTION_STATES, ASSET_KINDS, CONTROL_STATES, RATINGS
from opposable.systems.isms.rules.consistency import OPTIONS
from opposable.systems.isms.rules.graph import require_no_circle
from opposable.systems.isms.rules.method import rate

NAME = t("nom", "name")
OWNER = t("responsable", "owner")
MOST_RISKS = 20_000


# ---- assets ----------------------------------------------------------------------------------------------------------


@act("isms.asset.add", label=t("Inscrire un bien", "Enter an asset"))
def add_asset(
    a: Acting,
    *,
    scope: Scope,
    name: str,
    kind: str,
    owner: str = "",
    confidentiality: int = 0,
    integrity: int = 0,
    availability: int = 0,
    depends_on: list[str] | None = None,
) -> Asset:
    """A new asset, with its needs from 0 to 4 and what it stands on."""
    a.require("write", scope, kind=Asset.Evidence.kind)
    asset = Asset(cell=scope.cell, scope=scope)
    _describe(asset, name, kind, owner, (confidentiality, integrity, availability), depends_on or [])
    a.record(asset)
    return asset


@act("isms.asset.change", label=t("Modifier un bien", "Change an asset"))
def change_asset(
    a: Acting,
    *,
    asset: Asset,
    name: str,
    kind: str,
    owner: str,
    confidentiality: int,
    integrity: int,
    availability: int,
    depends_on: list[str],
    withdrawn: bool = False,
) -> Asset:
    """Refused when the dependencies would run in a circle."""
    a.require("write", asset)
    _describe(asset, name, kind, owner, (confidentiality, integrity, availability), depends_on)
    asset.withdrawn = withdrawn
    a.record(asset)
    return asset


def _describe(
    asset: Asset, name: str, kind: str, owner: str, needs: tuple[int, int, int], depends_on: list[str]
) -> None:
    asset.name = words(name, NAME, 160)
    asset.kind = choice(kind, ASSET_KINDS, t("nature", "kind"))
    asset.owner = words(owner, OWNER, 120, required=False)
    if any(not 0 <= one <= 4 for one in needs):
        raise refuse("Un besoin va de 0 à 4.", "A need goes from 0 to 4.", "asset.need")
    asset.confidentiality, asset.integrity, asset.availability = needs
    asset.depends_on = uids(depends_on, Asset, asset.scope, t("dépendances", "dependencies"))
    rows = asset.scope.assets.values_list("uid", "name", "depends_on")
    graph = {uid: below for uid, _, below in rows} | {asset.uid: asset.depends_on}
    require_no_circle(graph, asset.uid, {uid: named for uid, named, _ in rows} | {asset.uid: asset.name})


# ---- own controls ----------------------------------------------------------------------------------------------------


@act("isms.control.add", label=t("Inscrire une mesure de sécurité", "Enter a control"))
def add_control(
    a: Acting,
    *,
    scope: Scope,
    ref: str,
    title: str,
    status: str,
    owner: str = "",
    text: str = "",
    requirements_met: list[str] | None = None,
) -> Control:
    """A control of the organisation's own, and the identifiers that it answers."""
    a.require("write", scope, kind=Control.Evidence.kind)
    if scope.controls.filter(ref=ref).exists():
        raise refuse("Cette référence est prise.", "This reference is taken.", "control.exists")
    control = Control(cell=scope.cell, scope=scope, ref=words(ref, t("référence", "reference"), 20))
    _set_control(control, title, status, owner, text, requirements_met or [])
    a.record(control)
    return control


@act("isms.control.change", label=t("Modifier une mesure de sécurité", "Change a control"))
def change_control(
    a: Acting, *, control: Control, title: str, status: str, owner: str, text: str, requirements_met: list[str]
) -> Control:
    """Its reference stays."""
    a.require("write", control)
    _set_control(control, title, status, owner, text, requirements_met)
    a.record(control)
    return control


def _set_control(control: Control, title: str, status: str, owner: str, text: str, ids: list[str]) -> None:
    control.title = words(title, NAME)
    control.status = choice(status, CONTROL_STATES, t("état", "status"))
    control.owner = words(owner, OWNER, 120, required=False)
    control.text = words(text, t("description", "description"), LONGEST, required=False)
    control.requirements = requirements(control.scope, ids)


# ---- scenarios -------------------------------------------------------------------------------------------------------


def require_open(campaign: Campaign) -> None:
    """Refused in a closed campaign."""
    if campaign.closed_on:
        raise refuse(
            "La campagne est fermée : ce risque se lit, il ne change plus.",
            "The campaign is closed: this risk is read, it does not change any more.",
            "campaign.closed",
        )


@act("isms.risk.add", label=t("Inscrire un risque", "Enter a risk"))
def add_scenario(
    a: Acting,
    *,
    campaign: Campaign,
    title: str,
    owner: str = "",
    consequences: str = "",
    assets: list[str] | None = None,
    threat: Threat | None = None,
    vulnerability: Vulnerability | None = None,
) -> Scenario:
    """A scenario: on which assets, by which threat, through which vulnerability, with what consequences."""
    a.require("write", campaign, kind=Scenario.Evidence.kind)
    require_open(campaign)
    last = campaign.scenarios.aggregate(last=Max("number"))["last"] or 0
    scenario = Scenario(cell=campaign.cell, campaign=campaign, number=last + 1)
    _set_scenario(scenario, title, owner, consequences, assets or [], threat, vulnerability)
    a.record(scenario)
    return scenario


@act("isms.risk.change", label=t("Modifier un risque", "Change a risk"))
def change_scenario(
    a: Acting,
    *,
    scenario: Scenario,
    title: str,
    owner: str,
    consequences: str,
    assets: list[str],
    threat: Threat | None = None,
    vulnerability: Vulnerability | None = None,
) -> Scenario:
    """An acceptance that stood on the risk as it was becomes stale by itself."""
    a.require("write", scenario)
    require_open(scenario.campaign)
    _set_scenario(scenario, title, owner, consequences, assets, threat, vulnerability)
    a.record(scenario)
    return scenario


def _set_scenario(
    scenario: Scenario,
    title: str,
    owner: str,
    consequences: str,
    assets: list[str],
    threat: Threat | None,
    vulnerability: Vulnerability | None,
) -> None:
    scenario.title = words(title, t("intitulé", "title"), 240)
    scenario.owner = words(owner, OWNER, 120, required=False)
    scenario.consequences = words(consequences, t("conséquences", "consequences"), LONGEST, required=False)
    scenario.assets = uids(assets, Asset, scenario.campaign.scope, t("biens", "assets"))
    scenario.threat, scenario.vulnerability = threat, vulnerability


@act("isms.risk.rate", label=t("Coter un risque", "Rate a risk"))
def rate_scenario(
    a: Acting, *, scenario: Scenario, kind: str, values: dict[str, int], reason: str, on: date | None = None
) -> Rating:
    """A new rating beside the old ones. What remains may not exceed what is, unless the reason says why (it is always asked)."""
    a.require("write", scenario)
    require_open(scenario.campaign)
    choice(kind, RATINGS, t("cotation", "rating"))
    day = on or local_day(a.now)
    if day > local_day(a.now):
        raise refuse("Une cotation ne se date pas de demain.", "A rating is not dated tomorrow.", "rating.future")
    rule = a.law("isms.method", local_day(a.now))
    decision = rate(scenario.campaign.method.read, values, rule)
    a.why(decision)
    rating = Rating(
        cell=scenario.cell,
        scenario=scenario,
        kind=kind,
        values=dict(values),
        level=decision.value,
        on=day,
        at=a.now,
        by=who(a),
        reason=words(reason, t("raison", "reason"), LONGEST),
    )
    setattr(scenario, kind, decision.value)
    scenario.level = scenario.now or scenario.inherent or 0
    a.record(scenario)
    a.record(rating)
    return rating


@act("isms.risk.treat", label=t("Décider du traitement d’un risque", "Decide how a risk is treated"))
def treat_scenario(
    a: Acting, *, scenario: Scenario, option: str, plan: str, cites: list[str], controls: list[str]
) -> Scenario:
    """Modify, retain, avoid or share; by which controls, answering which identifiers of the annex."""
    a.require("write", scenario)
    require_open(scenario.campaign)
    scenario.option = choice(option, OPTIONS, t("traitement", "treatment"))
    scenario.plan = words(plan, t("plan", "plan"), LONGEST)
    scenario.requirements = requirements(scenario.campaign.scope, cites)
    scenario.controls = uids(controls, Control, scenario.campaign.scope, t("mesures", "controls"))
    a.record(scenario)
    return scenario


@act("isms.action.add", label=t("Prévoir une action de traitement", "Plan a treatment action"))
def add_action(
    a: Acting, *, scenario: Scenario, title: str, owner: str, due_on: date, cost_cents: int = 0
) -> TreatmentAction:
    """Who does what until when; it becomes a duty with its day."""
    a.require("write", scenario)
    if not 0 <= cost_cents < 2**53:
        raise refuse("Le coût est un montant positif.", "The cost is a positive amount.", "action.cost")
    action = TreatmentAction(
        cell=scenario.cell,
        scenario=scenario,
        title=words(title, NAME),
        owner=words(owner, OWNER, 120),
        due_on=due_on,
        cost_cents=cost_cents,
    )
    a.record(action)
    title_ = t("Risque R{n} : {title}", "Risk R{n}: {title}").format(n=scenario.number, title=action.title)
    duties.open_duty(action, "isms.action.advance", title_, end_of_day(due_on))
    return action


@act("isms.action.advance", label=t("Faire avancer une action de traitement", "Advance a treatment action"))
def advance_action(a: Acting, *, action: TreatmentAction, status: str, progress: int) -> TreatmentAction:
    """A done or dropped action owes nothing any more."""
    a.require("write", action)
    if not 0 <= progress <= 100:
        raise refuse("L’avancement va de 0 à 100.", "Progress goes from 0 to 100.", "action.progress")
    action.status = choice(status, ACTION_STATES, t("état", "status"))
    action.progress = 100 if status == "done" else progress
    action.done_on = local_day(a.now) if status == "done" else None
    a.record(action)
    if status in ("done", "dropped"):
        duties.close_duty(action, "isms.action.advance", a.now)
    return action


# ---- imports ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewRisk:
    """A line of a register that was read: names and not uids; values by axis and kind of rating."""

    title: str
    owner: str = ""
    consequences: str = ""
    asset: str = ""
    plan: str = ""
    option: str = ""
    requirements: tuple[str, ...] = ()
    ratings: dict[str, dict[str, int]] = field(default_factory=dict)


@act("isms.import.load", label=t("Importer un registre de risques", "Import a risk register"), api=False)
def import_risks(
    a: Acting, *, campaign: Campaign, file_name: str, sha256: str, mapping: list[dict[str, str]], risks: list[NewRisk]
) -> RiskImport:
    """All lines or none, in one act. Assets that are not on file are entered by name; levels come from the campaign's method."""
    a.require("write", campaign, kind=Scenario.Evidence.kind)
    require_open(campaign)
    if not 0 < len(risks) <= MOST_RISKS:
        raise refuse("De 1 à {n} risques par fichier.", "1 to {n} risks a file.", "import.size", n=MOST_RISKS)
    last = campaign.scenarios.aggregate(last=Max("number"))["last"] or 0
    assets, new_assets = _assets_by_name(campaign.scope, risks)
    method, by, day = campaign.method.read, who(a), local_day(a.now)
    scenarios, ratings = [], []
    for number, risk in enumerate(risks, last + 1):
        scenario = Scenario(
            cell=campaign.cell, campaign=campaign, number=number, title=words(risk.title, t("intitulé", "title"), 240)
        )
        scenario.owner, scenario.consequences, scenario.plan, scenario.option = (
            risk.owner[:120],
            risk.consequences,
            risk.plan,
            risk.option,
        )
        scenario.assets = [assets[risk.asset.casefold()]] if risk.asset else []
        scenario.requirements = requirements(campaign.scope, risk.requirements)
        for kind, values in risk.ratings.items():
            level = rate(method, values).value
            setattr(scenario, kind, level)
            ratings.append(
                Rating(
                    cell=campaign.cell,
                    scenario=scenario,
                    kind=kind,
                    values=values,
                    level=level,
                    on=day,
                    at=a.now,
                    by=by,
                    reason=f"{file_name} ({sha256[:12]})",
                )
            )
        scenario.level = scenario.now or scenario.inherent or 0
        scenarios.append(scenario)
    done = RiskImport(
        cell=campaign.cell,
        campaign=campaign,
        file_name=file_name[:200],
        sha256=sha256,
        mapping=mapping,
        risks=len(scenarios),
        scenarios=[one.uid for one in scenarios],
        at=a.now,
    )
    a.record(done)
    a.record_many(new_assets)
    a.record_many(scenarios)
    a.record_many(ratings)
    return done


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
