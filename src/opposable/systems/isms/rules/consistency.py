"""«Contrôles de cohérence» : numbered checks that validators of formats do not make. Pure: facts in, faults out.

Numbers are for ever: a check that goes away leaves its number free. `GATE` are those that keep a statement from being published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from opposable.law import Text, day_text, t
from opposable.systems.isms.rules.soa import OUT, REASONS, STATUSES, Line

OPTIONS = {
    "modify": t("réduire", "modify"),
    "retain": t("accepter", "retain"),
    "avoid": t("éviter", "avoid"),
    "share": t("partager", "share"),
}


@dataclass(frozen=True)
class Risk:
    """A scenario as the checks see it. ``cites``: identifiers of the statement's edition; ``accepted``: a decision stands on it."""

    uid: str
    name: str
    owner: str = ""
    option: str = ""
    level: int | None = None
    acceptable: bool = False
    accepted: bool = False
    cites: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    assets: tuple[str, ...] = ()


@dataclass(frozen=True)
class Todo:
    """An action with its due day; ``done`` when nothing more is owed."""

    uid: str
    name: str
    due: date
    done: bool


@dataclass(frozen=True)
class Facts:
    """What the checks look at.

    ``known``: the identifiers of the edition; ``failing``: those whose automatic evidence fails; ``answered``: those that a
    control of the organisation's own answers.
    """

    known: frozenset[str]
    lines: Sequence[Line] = ()
    risks: Sequence[Risk] = ()
    controls: Mapping[str, str] = field(default_factory=dict)
    answered: frozenset[str] = frozenset()
    assets: Mapping[str, str] = field(default_factory=dict)
    actions: Sequence[Todo] = ()
    findings: Sequence[Todo] = ()
    failing: frozenset[str] = frozenset()
    today: date = date.max


@dataclass(frozen=True)
class Fault:
    """One fault: the check's number, what it is about (an identifier or a uid), and the sentence."""

    check: str
    about: str
    text: Text
    kind: str = "line"


@dataclass(frozen=True)
class Check:
    """One check: number, what it looks for, whether it closes the gate of publication."""

    number: str
    label: Text
    gate: bool
    run: Callable[[Facts], Iterator[Fault]]


CHECKS: dict[str, Check] = {}
Run = Callable[[Facts], Iterator[tuple[str, Text]]]


def _check(number: str, fr: str, en: str, *, gate: bool, kind: str = "line") -> Callable[[Run], Run]:
    def declare(function: Run) -> Run:
        def run(facts: Facts) -> Iterator[Fault]:
            return (Fault(number, about, text, kind) for about, text in function(facts))

        CHECKS[number] = Check(number, t(fr, en), gate, run)
        return function

    return declare


def report(facts: Facts, *, gate_only: bool = False) -> list[Fault]:
    """Every fault, in the order of the checks."""
    return [fault for check in CHECKS.values() if check.gate or not gate_only for fault in check.run(facts)]


def _included(facts: Facts) -> list[Line]:
    return [line for line in facts.lines if line.applicable]


@_check("SOA-01", "Contrôle omis", "Omitted control", gate=True)
def _omitted(facts: Facts) -> Iterator[tuple[str, Text]]:
    missing = facts.known - {line.requirement for line in facts.lines} if facts.lines else frozenset()
    for one in sorted(missing):
        yield one, t("{id} n’a pas de ligne.", "{id} has no line.").format(id=one)


@_check("SOA-02", "Identifiant inconnu de l’édition", "Identifier unknown to the edition", gate=True)
def _unknown(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in facts.lines:
        if line.requirement not in facts.known:
            yield (
                line.requirement,
                t("{id} n’est pas dans l’édition.", "{id} is not in the edition.").format(id=line.requirement),
            )


@_check("SOA-03", "Ligne non décidée", "Undecided line", gate=True)
def _undecided(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in facts.lines:
        if line.applicable is None:
            yield (
                line.requirement,
                t("{id} : retenue ou exclue ?", "{id}: included or excluded?").format(id=line.requirement),
            )


@_check("SOA-04", "État inconnu", "Unknown status", gate=True)
def _status(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in facts.lines:
        wrong = line.status not in (STATUSES if line.applicable else ("", OUT))
        if line.applicable is not None and wrong:
            yield (
                line.requirement,
                t("{id} : l’état « {s} » n’existe pas.", "{id}: there is no status “{s}”.").format(
                    id=line.requirement, s=line.status or "–"
                ),
            )


@_check("SOA-05", "Inclusion sans raison", "Inclusion without a reason", gate=True)
def _no_reason(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in _included(facts):
        if not line.reasons or set(line.reasons) - set(REASONS):
            yield (
                line.requirement,
                t("{id} : dites pourquoi (LR, CO, BR, BP, RRA).", "{id}: say why (LR, CO, BR, BP, RRA).").format(
                    id=line.requirement
                ),
            )


@_check("SOA-06", "Inclusion sans justification", "Inclusion without justification", gate=True)
def _inclusion(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in _included(facts):
        if not line.justification.strip():
            yield (
                line.requirement,
                t("{id} : la justification est vide.", "{id}: the justification is empty.").format(id=line.requirement),
            )


@_check("SOA-07", "Exclusion sans justification", "Exclusion without justification", gate=True)
def _exclusion(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in facts.lines:
        if line.applicable is False and not line.justification.strip():
            yield (
                line.requirement,
                t("{id} est exclue sans dire pourquoi.", "{id} is excluded without saying why.").format(
                    id=line.requirement
                ),
            )


@_check("SOA-08", "Ligne exclue citée par un risque traité", "Excluded line cited by a treated risk", gate=True)
def _excluded_cited(facts: Facts) -> Iterator[tuple[str, Text]]:
    out = {line.requirement for line in facts.lines if line.applicable is False}
    for risk in facts.risks:
        if risk.option == "modify":
            for one in risk.cites:
                if one in out:
                    yield (
                        one,
                        t(
                            "{id} est exclue, mais « {risk} » s’appuie dessus.",
                            "{id} is excluded, yet “{risk}” stands on it.",
                        ).format(id=one, risk=risk.name),
                    )


@_check("SOA-09", "Raison RRA sans risque", "Reason RRA without a risk", gate=True)
def _rra(facts: Facts) -> Iterator[tuple[str, Text]]:
    cited = {one for risk in facts.risks for one in risk.cites}
    for line in _included(facts):
        if "RRA" in line.reasons and line.requirement not in cited:
            yield (
                line.requirement,
                t(
                    "{id} invoque l’appréciation des risques, aucun risque ne la cite.",
                    "{id} claims the risk assessment, no risk cites it.",
                ).format(id=line.requirement),
            )


@_check("SOA-10", "Ligne retenue sans responsable", "Included line without an owner", gate=True)
def _owner(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in _included(facts):
        if not line.owner.strip():
            yield line.requirement, t("{id} n’a pas de responsable.", "{id} has no owner.").format(id=line.requirement)


@_check("SOA-11", "Raison d’inclusion sur une ligne exclue", "Reason of inclusion on an excluded line", gate=False)
def _reason_out(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in facts.lines:
        if line.applicable is False and line.reasons:
            yield (
                line.requirement,
                t("{id} est exclue et porte {r}.", "{id} is excluded and bears {r}.").format(
                    id=line.requirement, r=", ".join(line.reasons)
                ),
            )


@_check("SOA-12", "Dite en place, sans mesure à l’appui", "Said implemented, with no control behind it", gate=False)
def _bare(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in _included(facts):
        if line.status == "implemented" and not line.controls and line.requirement not in facts.answered:
            yield (
                line.requirement,
                t(
                    "{id} est dite en place sans mesure liée.", "{id} is said implemented with no control linked."
                ).format(id=line.requirement),
            )


@_check(
    "SOA-13",
    "Dite en place, la preuve automatique échoue",
    "Said implemented, the automatic evidence fails",
    gate=False,
)
def _failing(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in _included(facts):
        if line.status == "implemented" and line.requirement in facts.failing:
            yield (
                line.requirement,
                t(
                    "{id} est dite en place ; le registre montre le contraire.",
                    "{id} is said implemented; the log shows otherwise.",
                ).format(id=line.requirement),
            )


@_check("SOA-14", "Mesure inconnue", "Unknown control", gate=True)
def _line_control(facts: Facts) -> Iterator[tuple[str, Text]]:
    for line in facts.lines:
        for one in line.controls:
            if one not in facts.controls:
                yield (
                    line.requirement,
                    t(
                        "{id} cite une mesure qui n’est pas au registre.", "{id} cites a control that is not on file."
                    ).format(id=line.requirement),
                )


@_check("RSK-01", "Risque qui cite un identifiant inconnu", "Risk citing an unknown identifier", gate=True, kind="risk")
def _risk_unknown(facts: Facts) -> Iterator[tuple[str, Text]]:
    for risk in facts.risks:
        for one in risk.cites:
            if one not in facts.known:
                yield (
                    risk.uid,
                    t(
                        "« {risk} » cite {id}, absente de l’édition.",
                        "“{risk}” cites {id}, which is not in the edition.",
                    ).format(risk=risk.name, id=one),
                )


@_check(
    "RSK-02",
    "Risque qui cite une mesure ou un bien inconnu",
    "Risk citing an unknown control or asset",
    gate=True,
    kind="risk",
)
def _risk_dangling(facts: Facts) -> Iterator[tuple[str, Text]]:
    for risk in facts.risks:
        if set(risk.controls) - set(facts.controls) or set(risk.assets) - set(facts.assets):
            yield (
                risk.uid,
                t(
                    "« {risk} » renvoie à ce qui n’est pas au registre.", "“{risk}” points to what is not on file."
                ).format(risk=risk.name),
            )


@_check("RSK-03", "Risque non coté", "Risk not rated", gate=False, kind="risk")
def _risk_unrated(facts: Facts) -> Iterator[tuple[str, Text]]:
    for risk in facts.risks:
        if risk.level is None:
            yield risk.uid, t("« {risk} » n’est pas coté.", "“{risk}” is not rated.").format(risk=risk.name)


@_check("RSK-04", "Risque trop haut, sans traitement", "Risk too high, without treatment", gate=False, kind="risk")
def _risk_untreated(facts: Facts) -> Iterator[tuple[str, Text]]:
    for risk in facts.risks:
        if risk.level and not risk.acceptable and not risk.option:
            yield (
                risk.uid,
                t(
                    "« {risk} » dépasse le seuil et rien n’est décidé.",
                    "“{risk}” is over the threshold and nothing is decided.",
                ).format(risk=risk.name),
            )


@_check("RSK-05", "Risque réduit sans mesure", "Risk modified without a control", gate=False, kind="risk")
def _risk_bare(facts: Facts) -> Iterator[tuple[str, Text]]:
    for risk in facts.risks:
        if risk.option == "modify" and not risk.cites and not risk.controls:
            yield (
                risk.uid,
                t("« {risk} » doit être réduit, par quoi ?", "“{risk}” is to be modified, by what?").format(
                    risk=risk.name
                ),
            )


@_check(
    "RSK-06",
    "Risque trop haut, sans acceptation qui tienne",
    "Risk too high, without an acceptance that stands",
    gate=False,
    kind="risk",
)
def _risk_accept(facts: Facts) -> Iterator[tuple[str, Text]]:
    for risk in facts.risks:
        if risk.option and risk.level and not risk.acceptable and not risk.accepted:
            yield (
                risk.uid,
                t(
                    "« {risk} » : personne n’a accepté ce qui reste, ou c’est périmé.",
                    "“{risk}”: nobody accepted what remains, or it is stale.",
                ).format(risk=risk.name),
            )


@_check("RSK-07", "Risque sans propriétaire", "Risk without an owner", gate=False, kind="risk")
def _risk_owner(facts: Facts) -> Iterator[tuple[str, Text]]:
    for risk in facts.risks:
        if not risk.owner.strip():
            yield risk.uid, t("« {risk} » n’a pas de propriétaire.", "“{risk}” has no owner.").format(risk=risk.name)


@_check("ACT-01", "Action en retard", "Action overdue", gate=False, kind="risk")
def _late(facts: Facts) -> Iterator[tuple[str, Text]]:
    for one in facts.actions:
        if not one.done and one.due < facts.today:
            yield (
                one.uid,
                t("« {name} » était due le {day}.", "“{name}” was due on {day}.").format(
                    name=one.name, day=day_text(one.due)
                ),
            )


@_check("AUD-01", "Constat d’audit sans action", "Audit finding without an action", gate=False, kind="finding")
def _finding(facts: Facts) -> Iterator[tuple[str, Text]]:
    for one in facts.findings:
        if not one.done:
            yield one.uid, t("« {name} » attend son action.", "“{name}” waits for its action.").format(name=one.name)
