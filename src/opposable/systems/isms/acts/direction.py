"""Acts of management: objectives and their measures, and the review."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from opposable.kernel import duties
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Text, day_text, end_of_day, local_day, t
from opposable.systems.isms.acts.common import LONGEST, refuse, words
from opposable.systems.isms.acts.reading import current_campaign, last_evidence, risks_of
from opposable.systems.isms.models import (
    CorrectiveAction,
    Finding,
    ManagementReview,
    Measure,
    Objective,
    Scope,
    TreatmentAction,
)
from opposable.systems.isms.models.checking import VERDICTS

OWNER = t("responsable", "owner")
LARGEST = 2**53 - 1
HOLD = "isms.review.hold"


@act("isms.objective.set", label=t("Fixer un objectif de sécurité", "Set a security objective"))
def set_objective(
    a: Acting,
    *,
    scope: Scope,
    title: str,
    indicator: str,
    unit: str,
    target: int,
    owner: str,
    due_on: date,
    at_least: bool = True,
    every_days: int = 90,
) -> Objective:
    """Measurable: an indicator in whole numbers, a target, who, until when, how often it is measured."""
    a.require("write", scope, kind=Objective.Evidence.kind)
    if not -LARGEST <= target <= LARGEST or not 1 <= every_days <= 3660:
        raise refuse(
            "Cette cible ou cette période ne tient pas.", "This target or period does not fit.", "objective.range"
        )
    objective = Objective(
        cell=scope.cell,
        scope=scope,
        title=words(title, t("objectif", "objective")),
        indicator=words(indicator, t("indicateur", "indicator")),
        unit=words(unit, t("unité", "unit"), 20),
        target=target,
        at_least=at_least,
        owner=words(owner, OWNER, 120),
        due_on=due_on,
        every_days=every_days,
    )
    a.record(objective)
    _owe_measure(a, objective, local_day(a.now))
    return objective


def _owe_measure(a: Acting, objective: Objective, day: date) -> None:
    title = t("Mesurer : {name}", "Measure: {name}").format(name=objective.indicator[:160])
    due = end_of_day(day + timedelta(days=objective.every_days))
    link = objective.get_absolute_url()
    duties.open_duty(
        objective, "isms.measure.take", title, due, rule=a.law("isms.measure", local_day(a.now)), link=link
    )


@act("isms.measure.take", label=t("Mesurer un indicateur", "Measure an indicator"))
def measure(a: Acting, *, objective: Objective, value: int, source: str, on: date | None = None) -> Measure:
    """A value read on a day, and where. The next one falls due one period later."""
    a.require("write", objective, kind=Measure.Evidence.kind)
    day = on or local_day(a.now)
    if not -LARGEST <= value <= LARGEST or day > local_day(a.now):
        raise refuse("Cette valeur ou ce jour ne tient pas.", "This value or day does not fit.", "measure.range")
    row = Measure(
        cell=objective.cell, objective=objective, on=day, value=value, source=words(source, t("source", "source"))
    )
    a.record(row)
    _owe_measure(a, objective, day)
    return row


# ---- the review ------------------------------------------------------------------------------------------------------


def inputs_of(scope: Scope, today: date, at: datetime) -> list[dict[str, Any]]:
    """The inputs that 9.3 wants, written from the register as it stands, in both languages."""
    made = [
        (t("Suites de la revue précédente", "Actions from the last review"), _previous(scope)),
        (t("Enjeux du contexte", "Changes in the context"), _lines(scope.issues)),
        (
            t("Attentes des parties intéressées", "Needs of interested parties"),
            _lines(t("{name} : {needs}", "{name}: {needs}").format(**one) for one in scope.parties),
        ),
        (t("Non-conformités et actions correctives", "Nonconformities and corrective actions"), _corrections(scope)),
        (t("Surveillance et mesures", "Monitoring and measurement"), _evidence(scope)),
        (t("Résultats d’audit", "Audit results"), _audits(scope)),
        (t("Objectifs", "Objectives"), _objectives(scope)),
        (t("Risques et plan de traitement", "Risks and treatment plan"), _risks(scope, today, at)),
        (t("Retours des parties intéressées", "Feedback from interested parties"), t("", "")),
        (t("Occasions d’améliorer", "Opportunities to improve"), t("", "")),
    ]
    return [{"fr": name.fr, "en": name.en, "text": text.as_data(), "remark": ""} for name, text in made]


def _lines(given: Iterable[Text | str]) -> Text:
    """One under the other; a dash when there is none."""
    said = [one if isinstance(one, Text) else Text(one, one) for one in given]
    return Text("\n".join(one.fr for one in said) or "–", "\n".join(one.en for one in said) or "–")


def _previous(scope: Scope) -> Text:
    last = scope.reviews.order_by("-on", "-pk").first()
    return (
        t("{day} : {said}", "{day}: {said}").format(day=day_text(last.on), said=last.decisions) if last else _lines([])
    )


def _corrections(scope: Scope) -> Text:
    rows = CorrectiveAction.objects.filter(finding__audit__programme__scope=scope)
    wanted = ({"done_on": None}, {"effective": None}, {"effective": True}, {"effective": False})
    running, unjudged, good, bad = (rows.filter(**one).count() for one in wanted)
    return t(
        "en cours : {a} ; faites, à juger : {b} ; efficaces : {c} ; sans effet : {d}",
        "under way: {a}; done, to be judged: {b}; effective: {c}; without effect: {d}",
    ).format(a=running, b=unjudged - running, c=good, d=bad)


def _evidence(scope: Scope) -> Text:
    found = last_evidence(scope).values()
    counts = {name: sum(one.verdict == name for one in found) for name in VERDICTS}
    said = [t("{label} : {n}", "{label}: {n}").format(label=VERDICTS[name], n=n) for name, n in counts.items()]
    return Text(" ; ".join(one.fr for one in said), "; ".join(one.en for one in said))


def _audits(scope: Scope) -> Text:
    rows = Finding.objects.filter(audit__programme__scope=scope)
    grades = list(rows.order_by("pk").values_list("grade", flat=True))
    counted = ", ".join(f"{grades.count(one)} {one}" for one in dict.fromkeys(grades))
    held = rows.values("audit").distinct().count()
    return t("audits : {n} ; constats : {found}", "audits: {n}; findings: {found}").format(n=held, found=counted or 0)


def _objectives(scope: Scope) -> Text:
    lines = []
    for one in scope.objectives.order_by("pk"):
        last = one.measures.order_by("-on", "-pk").first()
        said = t("pas encore mesuré", "not measured yet")
        if last:
            said = t("{v} {u} le {day}", "{v} {u} on {day}").format(v=last.value, u=one.unit, day=day_text(last.on))
        given = {"title": one.title, "said": said, "target": one.target, "unit": one.unit}
        lines.append(
            t("{title} : {said}, cible {target} {unit}", "{title}: {said}, target {target} {unit}").format(**given)
        )
    return _lines(lines)


def _risks(scope: Scope, today: date, at: datetime) -> Text:
    risks = risks_of(current_campaign(scope), at)
    late = (
        TreatmentAction.objects.filter(scenario__campaign__scope=scope, done_on=None, due_on__lt=today)
        .exclude(status="dropped")
        .count()
    )
    over = sum(bool(one.level) and not one.acceptable for one in risks)
    return t(
        "risques : {n} ; au-dessus du seuil : {over} ; acceptés : {held} ; actions en retard : {late}",
        "risks: {n}; over the threshold: {over}; accepted: {held}; late actions: {late}",
    ).format(n=len(risks), over=over, held=sum(one.accepted for one in risks), late=late)


@act(HOLD, label=t("Tenir la revue de direction", "Hold the management review"), receipt=True)
def hold_review(
    a: Acting, *, scope: Scope, present: str, decisions: str, next_on: date, remarks: dict[str, str] | None = None
) -> ManagementReview:
    """The inputs are frozen as the register has them at this moment; ``remarks`` (by French name) add what it cannot know."""
    a.require("approve", scope, kind=ManagementReview.Evidence.kind)
    rule = a.law("isms.review", local_day(a.now))
    a.cite(rule)
    today = local_day(a.now)
    if next_on <= today:
        raise refuse("La prochaine revue est à venir.", "The next review is to come.", "review.next")
    inputs = inputs_of(scope, today, a.now)
    for one in inputs:
        given = (remarks or {}).get(one["fr"], "")
        one["remark"] = words(given, Text(one["fr"], one["en"]), LONGEST, required=False)
    review = ManagementReview(
        cell=scope.cell,
        scope=scope,
        on=today,
        present=words(present, t("présents", "present"), 300),
        inputs=inputs,
        decisions=words(decisions, t("décisions", "decisions"), LONGEST),
        next_on=next_on,
    )
    a.record(review)
    title = t("Tenir la revue de direction", "Hold the management review")
    link = review.get_absolute_url()
    duties.open_duty(scope, HOLD, title, end_of_day(next_on), rule=rule, link=link)
    return review
