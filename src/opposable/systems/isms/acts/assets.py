"""Acts on assets and on the organisation's own controls."""

from __future__ import annotations

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import t
from opposable.systems.isms.acts.common import LONGEST, NAME, OWNER, choice, refuse, requirements, uids, words
from opposable.systems.isms.models import Asset, Control, Scope
from opposable.systems.isms.models.risk import ASSET_KINDS, CONTROL_STATES
from opposable.systems.isms.rules.graph import require_no_circle

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
