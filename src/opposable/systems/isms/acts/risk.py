"""Acts on risk scenarios, their ratings and their treatment."""

from __future__ import annotations

from datetime import date

from django.db.models import Max

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import end_of_day, local_day, t
from opposable.systems.isms.acts.common import (
    LONGEST,
    NAME,
    OWNER,
    choice,
    refuse,
    require_open,
    requirements,
    uids,
    who,
    words,
)
from opposable.systems.isms.models import (
    Asset,
    Campaign,
    Control,
    Rating,
    Scenario,
    Threat,
    TreatmentAction,
    Vulnerability,
)
from opposable.systems.isms.models.risk import ACTION_STATES, RATINGS
from opposable.systems.isms.rules.consistency import OPTIONS
from opposable.systems.isms.rules.method import rate


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
    rule = a.law("isms.treatment", local_day(a.now))
    duties.open_duty(
        action, "isms.action.advance", title_, end_of_day(due_on), rule=rule, link=action.get_absolute_url()
    )
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
