"""The company's management system (newsletter n° 68, p. 1: ISO 27001), one turn of the wheel old.

Founded more than a year ago, its first turn ended with a management review. The second one runs: a treatment is late, an
acceptance went stale because its risk was rated anew, and the statement to publish has two reasons to be refused.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from opposable.kernel import accounts, actors, clock, decisions
from opposable.kernel.actors import Actor
from opposable.law import Refused
from opposable.systems.isms import acts
from opposable.systems.isms.acts.knowledge_base import THREATS, VULNERABILITIES
from opposable.systems.isms.acts.presets import PRESETS
from opposable.systems.isms.models import Asset, Campaign, Control, Scenario, Scope, Soa

CONSOLE = actors.system("demo")
PEOPLE = {"rssi": ("Léa Morel", "officer"), "direction": ("Adèle Garnier", "management")}
ASSETS: tuple[tuple[str, str, str, tuple[int, int, int], tuple[str, ...]], ...] = (
    ("Salle des machines", "site", "Paul Martin", (1, 2, 3), ()),
    ("Hébergeur Nuage & Cie", "supplier", "Léa Morel", (2, 2, 3), ()),
    ("Serveurs", "hardware", "Paul Martin", (2, 2, 2), ("Salle des machines",)),
    ("Réseau du siège", "network", "Paul Martin", (2, 2, 3), ()),
    ("Ordinateurs portables", "hardware", "Claire Roy", (3, 2, 1), ()),
    ("Registre des actionnaires", "information", "Claire Roy", (4, 4, 2), ("Serveurs",)),
    ("Site de vote", "application", "Claire Roy", (3, 4, 4), ("Serveurs", "Réseau du siège", "Hébergeur Nuage & Cie")),
    ("Paie", "process", "Hélène Simon", (4, 3, 2), ("Serveurs",)),
    ("Équipe informatique", "people", "Hélène Simon", (2, 2, 3), ()),
)
CONTROLS: tuple[tuple[str, str, str, str, tuple[str, ...]], ...] = (
    ("M-01", "Politique de sécurité approuvée par la direction", "implemented", "Adèle Garnier", ("5.1", "5.2", "5.4")),
    ("M-02", "Revue semestrielle des droits", "implemented", "Léa Morel", ("5.15", "5.18")),
    ("M-03", "Double authentification partout", "implemented", "Paul Martin", ("8.5", "5.17")),
    ("M-04", "Disques des portables chiffrés", "partial", "Paul Martin", ("8.1", "8.24")),
    ("M-05", "Sauvegarde quotidienne, restauration essayée", "implemented", "Paul Martin", ("8.13",)),
    ("M-06", "Journal scellé et horodaté", "implemented", "Léa Morel", ("8.15", "8.17", "5.28")),
    ("M-07", "Clause de sécurité aux contrats", "partial", "Claire Roy", ("5.19", "5.20")),
    ("M-08", "Correctifs sous quinze jours", "implemented", "Paul Martin", ("8.8", "8.19")),
    ("M-09", "Accueil et rappel de sécurité", "implemented", "Hélène Simon", ("6.3",)),
    (
        "M-11",
        "Règles de sécurité du siège, relues chaque année",
        "implemented",
        "Léa Morel",
        (
            "5.3",
            "5.5",
            "5.6",
            "5.7",
            "5.8",
            "5.9",
            "5.10",
            "5.11",
            "5.12",
            "5.13",
            "5.14",
            "5.16",
            "5.23",
            "5.25",
            "5.29",
            "5.36",
            "5.37",
        ),
    ),
    (
        "M-12",
        "Dossier du personnel et charte",
        "implemented",
        "Hélène Simon",
        ("6.1", "6.2", "6.4", "6.5", "6.6", "6.7", "6.8"),
    ),
    (
        "M-13",
        "Badges, salle des machines fermée, registre des visites",
        "implemented",
        "Paul Martin",
        ("7.1", "7.2", "7.3", "7.5", "7.6", "7.7", "7.8", "7.9", "7.10", "7.11", "7.12", "7.13", "7.14"),
    ),
    (
        "M-14",
        "Socle technique de l’équipe informatique",
        "implemented",
        "Paul Martin",
        (
            "8.2",
            "8.3",
            "8.6",
            "8.7",
            "8.9",
            "8.10",
            "8.11",
            "8.16",
            "8.18",
            "8.20",
            "8.21",
            "8.22",
            "8.23",
            "8.32",
            "8.33",
        ),
    ),
    (
        "M-15",
        "Veille juridique tenue par le secrétariat",
        "implemented",
        "Claire Roy",
        ("5.31", "5.32", "5.33", "5.34"),
    ),
    ("M-10", "Exercice d’incident annuel", "implemented", "Léa Morel", ("5.24", "5.26", "5.27")),
)
RISKS: tuple[tuple[str, str, str, tuple[int, int], str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "Vol d’un ordinateur portable avec le registre",
        "Ordinateurs portables",
        "Claire Roy",
        (3, 3),
        "modify",
        ("8.1", "8.24"),
        ("M-04",),
    ),
    (
        "Panne du site de vote la veille d’une assemblée",
        "Site de vote",
        "Claire Roy",
        (2, 4),
        "modify",
        ("8.14", "5.30"),
        (),
    ),
    ("Vote au nom d’un autre", "Site de vote", "Claire Roy", (2, 4), "modify", ("8.5", "5.17"), ("M-03",)),
    (
        "Rançongiciel sur les serveurs",
        "Serveurs",
        "Paul Martin",
        (3, 4),
        "modify",
        ("8.7", "8.13", "8.8"),
        ("M-05", "M-08"),
    ),
    (
        "Fuite du registre par un prestataire",
        "Hébergeur Nuage & Cie",
        "Léa Morel",
        (2, 3),
        "share",
        ("5.19", "5.21"),
        ("M-07",),
    ),
    (
        "Un ancien salarié garde ses accès",
        "Registre des actionnaires",
        "Hélène Simon",
        (2, 3),
        "modify",
        ("5.18", "6.5"),
        ("M-02",),
    ),
    ("Erreur de saisie dans les titres", "Registre des actionnaires", "Claire Roy", (3, 2), "retain", (), ()),
    (
        "Incendie de la salle des machines",
        "Salle des machines",
        "Paul Martin",
        (1, 4),
        "modify",
        ("7.5", "8.13"),
        ("M-05",),
    ),
    ("Départ du seul administrateur", "Équipe informatique", "Hélène Simon", (3, 3), "modify", ("5.37",), ()),
    ("Bulletins de paie lus par un curieux", "Paie", "Hélène Simon", (2, 2), "modify", ("5.15", "8.3"), ("M-02",)),
    ("Coupure du réseau du siège", "Réseau du siège", "Paul Martin", (2, 2), "retain", (), ()),
    ("Code de vote intercepté dans la messagerie", "Site de vote", "Claire Roy", (2, 3), "", (), ()),
)
EXCLUDED = {
    "7.4": "Les locaux sont gardés et filmés par le bailleur, hors de notre périmètre.",
    "8.4": "La société n’écrit aucun logiciel.",
    "8.25": "La société n’écrit aucun logiciel.",
    "8.28": "La société n’écrit aucun logiciel.",
    "8.29": "La société n’écrit aucun logiciel.",
    "8.30": "La société ne fait développer aucun logiciel.",
    "8.31": "La société n’écrit aucun logiciel.",
}
WHY = {
    "5": ("BP", "Organisation que nos actionnaires et notre commissaire aux comptes attendent."),
    "6": ("BR", "Tout le personnel touche au registre : il doit savoir ce qu’il peut faire."),
    "7": ("BP", "Les machines sont au siège : l’accès aux locaux compte."),
    "8": ("BR", "Le vote à distance ne tient que si la technique tient."),
}
LEGAL = ("5.31", "5.33", "5.34")
CONTRACT = ("5.19", "5.20", "5.22")
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
            self.seal()
