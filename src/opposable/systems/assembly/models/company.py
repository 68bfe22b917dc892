"""The company and its bylaws."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.urls import reverse

from opposable.kernel.models import Recorded
from opposable.law import Bylaw as BylawLayer, t
from opposable.systems.assembly.rules import register as facts

FORMS = [("sa", "SA"), ("sas", "SAS"), ("sarl", "SARL")]


class Company(Recorded):
    """«Société». ``form`` and ``listed`` decide which rules apply; ``shares`` is the whole capital."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.company"
        keep = "assembly.minutes"
        label = t("Société", "Company")

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=160)
    siren = models.CharField(max_length=9)
    form: models.CharField[str, facts.CompanyForm] = models.CharField(max_length=4, choices=FORMS)
    listed = models.BooleanField(default=False)
    capital_cents = models.BigIntegerField()
    shares = models.BigIntegerField(default=0)
    address = models.CharField(max_length=300)
    zone = models.CharField(max_length=40, default="Europe/Paris")
    formed_on = models.DateField(null=True, blank=True)
    double_keying = models.BooleanField(default=False)
    """Whether a paper form counts only once a second person has keyed it."""

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("assembly:company", args=[self.slug])

    def state(self) -> dict[str, Any]:
        return {
            "slug": self.slug,
            "name": self.name,
            "siren": self.siren,
            "form": self.form,
            "listed": self.listed,
            "capital_cents": self.capital_cents,
            "shares": self.shares,
            "address": self.address,
            "zone": self.zone,
            "formed_on": self.formed_on.isoformat() if self.formed_on else None,
            # said only where it was chosen: a company entered before the choice existed is in the state that its act left
            **({"double_keying": True} if self.double_keying else {}),
        }

    def layers(self) -> tuple[BylawLayer, ...]:
        """The bylaws as dated layers over the law, in the order of their dates."""
        return tuple(bylaw.layer() for bylaw in self.bylaws.order_by("since", "id"))

    def facts(self, layers: tuple[BylawLayer, ...] | None = None) -> facts.Company:
        """What the rules need to know of the company; ``layers``: its bylaws, where they were read before."""
        bylaws = self.layers() if layers is None else layers
        return facts.Company(self.form, self.listed, self.shares, bylaws, formed_on=self.formed_on)


class Bylaw(Recorded):
    """«Clause statutaire». What the bylaws say where the rule ``rule_id`` lets them, from ``since`` until ``until`` (exclusive)."""

    class Evidence(Recorded.Evidence):
        kind = "assembly.bylaw"
        keep = "assembly.minutes"
        label = t("Clause statutaire", "Bylaw")

    company = models.ForeignKey(Company, models.PROTECT, related_name="bylaws")
    rule_id = models.CharField(max_length=120)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    param: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    article = models.CharField(max_length=60)
    text = models.TextField()

    def __str__(self) -> str:
        return f"{self.company} {self.article}"

    def get_absolute_url(self) -> str:
        return f"{self.company.get_absolute_url()}#{self.rule_id}"

    def state(self) -> dict[str, Any]:
        return {
            "company": self.company.uid,
            "rule_id": self.rule_id,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "param": self.param,
            "article": self.article,
            "text": self.text,
        }

    def layer(self) -> BylawLayer:
        return BylawLayer(self.rule_id, self.since, self.until, self.param, self.article, self.text)
