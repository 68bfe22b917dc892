"""Assets, threats, vulnerabilities, risk scenarios and their ratings, controls, treatment."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse

from opposable.kernel import clock
from opposable.kernel.models import Recorded
from opposable.law import Text, t
from opposable.systems.isms.models.scope import Method, Scope, day

ASSET_KINDS = {
    "process": t("processus", "process"),
    "information": t("information", "information"),
    "application": t("application", "application"),
    "hardware": t("matériel", "hardware"),
    "network": t("réseau", "network"),
    "people": t("personnes", "people"),
    "site": t("lieu", "site"),
    "supplier": t("fournisseur", "supplier"),
}
RATINGS = {
    "inherent": t("brut", "inherent"),
    "current": t("actuel", "current"),
    "target": t("visé", "target"),
    "residual": t("résiduel", "residual"),
}
ACTION_STATES = {
    "planned": t("prévue", "planned"),
    "doing": t("en cours", "under way"),
    "done": t("faite", "done"),
    "dropped": t("abandonnée", "dropped"),
}
CONTROL_STATES = {
    "planned": t("prévue", "planned"),
    "partial": t("en partie", "partly"),
    "implemented": t("en place", "implemented"),
    "retired": t("retirée", "retired"),
}


class Asset(Recorded):
    """«Bien». Needs go from 0 (none) to 4; ``depends_on``: uids of what it stands on. A circle is refused."""

    class Evidence(Recorded.Evidence):
        kind = "isms.asset"
        keep = "isms.record"
        label = t("Bien", "Asset")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="assets")
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=12)
    owner = models.CharField(max_length=120, blank=True)
    confidentiality = models.PositiveSmallIntegerField(default=0)
    integrity = models.PositiveSmallIntegerField(default=0)
    availability = models.PositiveSmallIntegerField(default=0)
    depends_on: models.JSONField[list[str]] = models.JSONField(default=list)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        indexes = [models.Index(fields=["scope", "name"], name="isms_asset_name")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("isms:asset", args=[self.scope.slug, self.uid])

    @property
    def needs(self) -> tuple[int, int, int]:
        return self.confidentiality, self.integrity, self.availability

    def state(self) -> dict[str, Any]:
        names = ("name", "kind", "owner", "confidentiality", "integrity", "availability", "depends_on", "withdrawn")
        return {"scope": self.scope.uid, **{name: getattr(self, name) for name in names}}


class Known(Recorded):
    """An entry of the knowledge base: a code and its words in both languages."""

    class Meta:
        abstract = True

    code = models.CharField(max_length=40, unique=True)
    fr = models.CharField(max_length=300)
    en = models.CharField(max_length=300)
    source = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        return self.fr

    @property
    def label(self) -> Text:
        return Text(self.fr, self.en)

    def state(self) -> dict[str, Any]:
        return {"code": self.code, "fr": self.fr, "en": self.en, "source": self.source}


class Threat(Known):
    """«Menace». ``affects``: letters among C, I, A."""

    class Evidence(Recorded.Evidence):
        kind = "isms.threat"
        keep = "isms.record"
        label = t("Menace", "Threat")

    affects = models.CharField(max_length=3, default="CIA")

    def state(self) -> dict[str, Any]:
        return {**super().state(), "affects": self.affects}


class Vulnerability(Known):
    """«Vulnérabilité»."""

    class Evidence(Recorded.Evidence):
        kind = "isms.vulnerability"
        keep = "isms.record"
        label = t("Vulnérabilité", "Vulnerability")


class Campaign(Recorded):
    """«Campagne d’appréciation» : the risks of a scope assessed by one version of one method. Compared with others, never converted."""

    class Evidence(Recorded.Evidence):
        kind = "isms.campaign"
        keep = "isms.record"
        label = t("Campagne d’appréciation", "Assessment campaign")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="campaigns")
    method = models.ForeignKey(Method, models.PROTECT, related_name="campaigns")
    name = models.CharField(max_length=120)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("isms:risks", args=[self.scope.slug])

    def state(self) -> dict[str, Any]:
        return {
            "scope": self.scope.uid,
            "method": self.method.uid,
            "name": self.name,
            "opened_on": day(self.opened_on),
            "closed_on": day(self.closed_on),
        }


class Scenario(Recorded):
    """«Scénario de risque». The four levels are those of its last ratings; ``requirements``: identifiers of the scope's edition.

    ``assets`` and ``controls`` are uids. ``withdrawn``: taken off the register (an import undone), never erased.
    """

    class Evidence(Recorded.Evidence):
        kind = "isms.scenario"
        keep = "isms.record"
        label = t("Scénario de risque", "Risk scenario")
        fields = {
            "assets": t("biens", "assets"),
            "campaign": t("campagne", "campaign"),
            "consequences": t("conséquences", "consequences"),
            "controls": t("mesures", "controls"),
            "current": t("niveau actuel", "current level"),
            "inherent": t("niveau brut", "inherent level"),
            "level": t("niveau qui compte", "level that counts"),
            "number": t("numéro", "number"),
            "option": t("traitement", "treatment"),
            "owner": t("propriétaire", "owner"),
            "plan": t("plan", "plan"),
            "requirements": t("identifiants cités", "identifiers cited"),
            "residual": t("niveau résiduel", "residual level"),
            "target": t("niveau visé", "target level"),
            "threat": t("menace", "threat"),
            "title": t("intitulé", "title"),
            "vulnerability": t("vulnérabilité", "vulnerability"),
            "withdrawn": t("hors du registre", "off the register"),
        }

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="scenarios")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=240)
    owner = models.CharField(max_length=120, blank=True)
    consequences = models.TextField(blank=True)
    threat = models.ForeignKey(Threat, models.PROTECT, null=True, related_name="+")
    vulnerability = models.ForeignKey(Vulnerability, models.PROTECT, null=True, related_name="+")
    assets: models.JSONField[list[str]] = models.JSONField(default=list)
    option = models.CharField(max_length=8, blank=True)
    plan = models.TextField(blank=True)
    requirements: models.JSONField[list[str]] = models.JSONField(default=list)
    controls: models.JSONField[list[str]] = models.JSONField(default=list)
    inherent = models.PositiveSmallIntegerField(null=True)
    current = models.PositiveSmallIntegerField(null=True)
    target = models.PositiveSmallIntegerField(null=True)
    residual = models.PositiveSmallIntegerField(null=True)
    level = models.PositiveSmallIntegerField(default=0)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="isms_scenario_number")]
        indexes = [models.Index(fields=["campaign", "-level", "number"], name="isms_scenario_level")]

    def __str__(self) -> str:
        return f"R{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("isms:risk", args=[self.campaign.scope.slug, self.uid])

    @property
    def now(self) -> int | None:
        """The level that stands: what was measured after treatment, else what it is today."""
        return self.residual or self.current

    def state(self) -> dict[str, Any]:
        names = (
            "number",
            "title",
            "owner",
            "consequences",
            "assets",
            "option",
            "plan",
            "requirements",
            "controls",
            "inherent",
            "current",
            "target",
            "residual",
            "level",
            "withdrawn",
        )
        return {
            "campaign": self.campaign.uid,
            "threat": self.threat.uid if self.threat else None,
            "vulnerability": self.vulnerability.uid if self.vulnerability else None,
            **{name: getattr(self, name) for name in names},
        }


class Rating(Recorded):
    """«Cotation» : one rating of a scenario, dated, with its author and reason. A new one never replaces an old one."""

    class Evidence(Recorded.Evidence):
        kind = "isms.rating"
        keep = "isms.record"
        label = t("Cotation", "Rating")

    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="ratings")
    kind = models.CharField(max_length=8)
    values: models.JSONField[dict[str, int]] = models.JSONField(default=dict)
    level = models.PositiveSmallIntegerField()
    on = models.DateField()
    at = models.DateTimeField()
    by = models.CharField(max_length=120)
    reason = models.TextField()

    def __str__(self) -> str:
        return f"{self.scenario} {self.kind} {self.level}"

    def state(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.uid,
            "kind": self.kind,
            "values": self.values,
            "level": self.level,
            "on": day(self.on),
            "at": clock.utc(self.at),
            "by": self.by,
            "reason": self.reason,
        }


class Control(Recorded):
    """«Mesure de sécurité» of the organisation's own; ``requirements``: identifiers that it answers."""

    class Evidence(Recorded.Evidence):
        kind = "isms.control"
        keep = "isms.record"
        label = t("Mesure de sécurité", "Control")

    scope = models.ForeignKey(Scope, models.PROTECT, related_name="controls")
    ref = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    owner = models.CharField(max_length=120, blank=True)
    status = models.CharField(max_length=12)
    requirements: models.JSONField[list[str]] = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "ref"], name="isms_control_ref")]

    def __str__(self) -> str:
        return f"{self.ref} {self.title}"

    def get_absolute_url(self) -> str:
        return reverse("isms:control", args=[self.scope.slug, self.uid])

    def state(self) -> dict[str, Any]:
        names = ("ref", "title", "text", "owner", "status", "requirements")
        return {"scope": self.scope.uid, **{name: getattr(self, name) for name in names}}


class TreatmentAction(Recorded):
    """«Action de traitement» of a risk: who, until when, at what cost (cents), how far (percent)."""

    class Evidence(Recorded.Evidence):
        kind = "isms.action"
        keep = "isms.record"
        label = t("Action de traitement", "Treatment action")

    scenario = models.ForeignKey(Scenario, models.PROTECT, related_name="actions")
    title = models.CharField(max_length=200)
    owner = models.CharField(max_length=120)
    due_on = models.DateField()
    cost_cents = models.PositiveBigIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=8, default="planned")
    done_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["due_on"], condition=Q(done_on=None), name="isms_action_due")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.scenario.get_absolute_url()

    def state(self) -> dict[str, Any]:
        names = ("title", "owner", "cost_cents", "progress", "status")
        return {
            "scenario": self.scenario.uid,
            "due_on": day(self.due_on),
            "done_on": day(self.done_on),
            **{name: getattr(self, name) for name in names},
        }


class RiskImport(Recorded):
    """«Import d’un registre de risques» : one file, its digest, which column was read as what, whether it was undone."""

    class Evidence(Recorded.Evidence):
        kind = "isms.import"
        keep = "isms.record"
        label = t("Import d’un registre de risques", "Import of a risk register")

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    mapping: models.JSONField[list[dict[str, str]]] = models.JSONField(default=list)
    risks = models.PositiveIntegerField()
    scenarios: models.JSONField[list[str]] = models.JSONField(default=list)
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("isms:imports", args=[self.campaign.scope.slug])

    def state(self) -> dict[str, Any]:
        names = ("file_name", "sha256", "mapping", "risks", "scenarios")
        return {
            "campaign": self.campaign.uid,
            **{name: getattr(self, name) for name in names},
            "at": clock.utc(self.at),
            "undone_at": clock.utc(self.undone_at) if self.undone_at else None,
        }
