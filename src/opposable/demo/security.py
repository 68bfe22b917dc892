"""The company's management system (newsletter n° 68, p. 1: ISO 27001), one turn of the wheel old.

Founded more than a year ago, its first turn ended with a management review. The second one runs: a treatment is late, an
acceptance went stale because its risk was rated anew, the statement to publish has two reasons to be refused, and the next version
of the policy waits for the management.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from opposable.demo import policy
from opposable.demo.security_tables import ASSETS, CONTRACT, CONTROLS, EXCLUDED, LEGAL, RISKS, WHY
from opposable.kernel import accounts, actors, clock, decisions
from opposable.kernel.actors import Actor
from opposable.law import Refused
from opposable.systems.isms import acts
from opposable.systems.isms.acts.knowledge_base import THREATS, VULNERABILITIES
from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.models import Asset, Campaign, Control, Scenario, Scope, Soa

CONSOLE = actors.system("demo")
PEOPLE = {"rssi": ("Léa Morel", "officer"), "direction": ("Adèle Garnier", "management")}
Seal = Callable[[], object]


class Story:
    """The first turn is played before the company's meetings, the second one after them: the log goes forward only."""

    def __init__(self, at: Callable[..., datetime], seal: Seal, passwords: dict[str, str]) -> None:
        self.at, self.seal, self.passwords = at, seal, passwords
        self.officer: Actor = CONSOLE
        self.boss: Actor = CONSOLE
        self.scope = Scope()
        self.campaign = Campaign()

    # The first turn

    def first_turn(self) -> None:
        """From nothing to a published statement, a year of work, and the review that ends it."""
        with clock.frozen(self.at(-370, 9)):
            self._people()
            self._found()
        with clock.frozen(self.at(-366, 9)):
            self._register()
        with clock.frozen(self.at(-362, 9)):
            self._accept()
            self._publish()
            self.seal()
        with clock.frozen(self.at(-356, 9)):
            policy.begin(CONSOLE, self.officer, self.boss, self.at(-356, 9).date())
        with clock.frozen(self.at(-350, 9)):
            policy.accept(self.officer, self.boss)
        with clock.frozen(self.at(-300, 9)):
            self._objectives()
            acts.restore_succeeded(
                self.officer, scope=self.scope, what="Sauvegarde de la veille relue en entier, 41 minutes."
            )
            acts.review_access(self.officer, scope=self.scope, what="Quarante droits relus, trois retirés.")
        self._audit()
        with clock.frozen(self.at(-200, 9)):
            acts.collect(self.officer, scope=self.scope)
            acts.hold_review(
                self.boss,
                scope=self.scope,
                present="Adèle Garnier, Claire Roy, Léa Morel",
                decisions="Chiffrer tous les portables avant l’été. Éprouver l’hébergeur.",
                next_on=(self.at(165, 9)).date(),
            )
            self.seal()

    def _people(self) -> None:
        found = []
        for name, (person, role) in PEOPLE.items():
            email = f"{name}@arsenal.example"
            account = accounts.open_account(CONSOLE, email=email, name=person, password=self.passwords[name]).result
            accounts.give(CONSOLE, account=account, role=f"isms.{role}", cell=accounts.root())
            found.append(account.actor)
        self.officer, self.boss = found

    def _found(self) -> None:
        acts.know_threats(CONSOLE, entries=THREATS, source="Opposable")
        acts.know_vulnerabilities(CONSOLE, entries=VULNERABILITIES, source="Opposable")
        self.scope = acts.create_scope(
            self.officer,
            slug="arsenal",
            name="Registre et vote à distance",
            organisation="Compagnie de l’Arsenal",
            text="La tenue du registre des actionnaires et le vote à distance, au siège de Paris et chez l’hébergeur.",
            excluded="Les locaux communs de l’immeuble, gardés par le bailleur.",
            owner="Léa Morel",
            issues=["Le vote à distance attire des regards", "Une seule personne connaît les serveurs"],
            parties=[
                {"name": "Actionnaires", "needs": "que leur vote compte une fois et reste secret jusqu’à la clôture"},
                {"name": "Commissaire aux comptes", "needs": "des preuves qui se vérifient"},
            ],
        ).result
        data = PRESETS["grid-4"][1]
        method = acts.add_method(self.officer, scope=self.scope, name="Grille de la maison", data=data).result
        self.campaign = acts.open_campaign(self.officer, method=method, name="Première appréciation").result

    def _register(self) -> None:
        assets: dict[str, Asset] = {}
        for name, kind, owner, (c, i, a), stands_on in ASSETS:
            assets[name] = acts.add_asset(
                self.officer, scope=self.scope, name=name, kind=kind, owner=owner, confidentiality=c, integrity=i, availability=a,
                depends_on=[assets[one].uid for one in stands_on],
            ).result  # fmt: skip
        controls: dict[str, Control] = {}
        for ref, title, status, owner, ids in CONTROLS:
            controls[ref] = acts.add_control(
                self.officer,
                scope=self.scope,
                ref=ref,
                title=title,
                status=status,
                owner=owner,
                requirements_met=list(ids),
            ).result
        for title, asset, owner, values, option, ids, refs in RISKS:
            self._risk(title, assets[asset], owner, values, option, ids, [controls[one].uid for one in refs])

    def _risk(
        self, title: str, asset: Asset, owner: str, values: tuple[int, int], option: str, ids: Any, controls: list[str]
    ) -> None:
        scenario = acts.add_scenario(
            self.officer,
            campaign=self.campaign,
            title=title,
            owner=owner,
            assets=[asset.uid],
            consequences=f"Touche : {asset.name}.",
        ).result
        pair = dict(zip(("likelihood", "impact"), values, strict=True))
        acts.rate_scenario(
            self.officer, scenario=scenario, kind="current", values=pair, reason="Atelier avec les métiers."
        )
        if option:
            plan = "Voir les actions." if option == "modify" else "Vivre avec, surveiller."
            acts.treat_scenario(
                self.officer, scenario=scenario, option=option, plan=plan, cites=list(ids), controls=controls
            )

    def _accept(self) -> None:
        """Management accepts two risks as they stand; one of them will be rated anew, and the acceptance goes stale."""
        for number in (5, 9):
            row = self._scenario(number)
            text = f"J’accepte le risque R{number} tel qu’il est traité."
            acts.accept_risk(self.boss, scenario=row, text=text, seen=decisions.state_digest(row))

    def _scenario(self, number: int) -> Scenario:
        rows = Scenario.objects.select_related("campaign__scope", "campaign__method", "cell", "threat", "vulnerability")
        found: Scenario = rows.get(campaign=self.campaign, number=number)
        return found

    def _publish(self) -> None:
        soa = acts.draft_statement(self.officer, scope=self.scope).result
        cited = {one for risk in RISKS for one in risk[5]}
        for key, (reason, why) in WHY.items():
            mine = [one for one in soa.book.requirements if one.startswith(f"{key}.") and one not in EXCLUDED]
            self._decide(soa, [one for one in mine if one not in cited], [reason], why, "implemented")
            self._decide(
                soa,
                [one for one in mine if one in cited],
                [reason, "RRA"],
                f"{why} Des risques cotés l’exigent.",
                "partial",
            )
        for one, why in EXCLUDED.items():
            acts.decide_lines(
                self.officer,
                soa=soa,
                requirements=[one],
                applicable=False,
                reasons=[],
                justification=why,
                status="",
                owner="",
            )
        self._decide(
            soa, list(LEGAL), ["LR"], "La loi l’exige : registre, données personnelles, conservation.", "implemented"
        )
        self._decide(
            soa,
            list(CONTRACT),
            ["CO", "RRA"] if "5.19" in cited else ["CO"],
            "Nos contrats le prévoient.",
            "partial",
            cited,
        )
        acts.publish_statement(
            self.boss, soa=soa, text="J’approuve cette déclaration.", seen=decisions.state_digest(soa)
        )

    def _decide(
        self, soa: Soa, ids: list[str], reasons: list[str], why: str, status: str, cited: set[str] | None = None
    ) -> None:
        for group in (ids,) if cited is None else ([one] for one in ids):
            given = [one for one in reasons if one != "RRA" or cited is None or group[0] in cited]
            if group:
                acts.decide_lines(
                    self.officer, soa=soa, requirements=list(group), applicable=True, reasons=given, justification=why,
                    status=status, owner="Léa Morel",
                )  # fmt: skip

    def _objectives(self) -> None:
        wanted = (
            ("Fermer vite les accès des partants", "Délai moyen de fermeture", "jours", 2, False, (5, 4, 2)),
            ("Des correctifs à temps", "Correctifs posés sous quinze jours", "%", 95, True, (81, 90, 96)),
        )
        for title, indicator, unit, target, at_least, values in wanted:
            objective = acts.set_objective(
                self.officer, scope=self.scope, title=title, indicator=indicator, unit=unit, target=target, at_least=at_least,
                owner="Paul Martin", due_on=self.at(60, 9).date(),
            ).result  # fmt: skip
            for n, value in enumerate(values):
                day = self.at(-360 + 30 * n, 9).date()
                acts.measure(self.officer, objective=objective, value=value, source="relevé mensuel", on=day)

    def _audit(self) -> None:
        with clock.frozen(self.at(-260, 9)):
            programme = acts.add_programme(
                self.officer,
                scope=self.scope,
                name="Programme de trois ans",
                since=self.at(-370, 9).date(),
                until=self.at(695, 9).date(),
            ).result
            audit = acts.plan_audit(
                self.officer, programme=programme, title="Droits et sauvegardes", subjects=["8", "5.18"], auditor="Odile Faure",
                planned_on=self.at(-240, 9).date(), population=[one[0] for one in CONTROLS], size=4,
            ).result  # fmt: skip
        with clock.frozen(self.at(-240, 9)):
            finding = acts.record_finding(
                self.officer,
                audit=audit,
                grade="NCm",
                text="Deux portables sur neuf ne sont pas chiffrés.",
                requirement="8",
            ).result
            acts.record_finding(
                self.officer, audit=audit, grade="PF", text="La restauration est essayée et minutée.", requirement="8"
            )
            acts.finish_audit(self.officer, audit=audit, conclusion="Le système tient ; le parc mobile est à finir.")
            action = acts.correct(
                self.officer, finding=finding, correction="Les deux portables ont été chiffrés.", cause="Achetés hors du circuit.",
                action="Plus aucun portable ne sort sans contrôle.", owner="Paul Martin", due_on=self.at(-210, 9).date(),
            ).result  # fmt: skip
        with clock.frozen(self.at(-215, 9)):
            acts.correction_done(self.officer, action=action)

    # The second turn, still running

    def second_turn(self) -> None:
        """A late action, a stale acceptance, evidence collected, and a draft that two lines keep from being published."""
        with clock.frozen(self.at(-10, 14)):
            first, laptop = self._scenario(9), self._scenario(1)
            acts.rate_scenario(
                self.officer,
                scenario=first,
                kind="current",
                values={"likelihood": 3, "impact": 4},
                reason="Il a annoncé son départ.",
            )
            for title, days, cost in (
                ("Chiffrer les portables restants", -12, 180_000),
                ("Étiqueter le parc", 20, 40_000),
            ):
                acts.add_action(
                    self.officer,
                    scenario=laptop,
                    title=title,
                    owner="Paul Martin",
                    due_on=self.at(days, 9).date(),
                    cost_cents=cost,
                )
            paid = self._scenario(10)
            text = "J’accepte le risque R10 tel qu’il est traité."
            acts.accept_risk(self.boss, scenario=paid, text=text, seen=decisions.state_digest(paid))
            acts.rehearse_incident(self.officer, scope=self.scope, what="Rançongiciel joué à table, deux heures.")
            acts.restore_succeeded(self.officer, scope=self.scope, what="Sauvegarde relue en entier, 38 minutes.")
            self.seal()
        with clock.frozen(self.at(-10, 15)):
            acts.collect(self.officer, scope=self.scope)
            soa = acts.draft_statement(self.officer, scope=self.scope).result
            acts.decide_lines(
                self.officer,
                soa=soa,
                requirements=["8.11"],
                applicable=False,
                reasons=[],
                justification="",
                status="",
                owner="",
            )
            self._decide(soa, ["8.12"], ["RRA"], "L’appréciation des risques l’exige.", "planned")
            with suppress(Refused):
                acts.publish_statement(self.boss, soa=soa, text="J’approuve.", seen=decisions.state_digest(soa))
            policy.next_version(self.officer)
            self.seal()
