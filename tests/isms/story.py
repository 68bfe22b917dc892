"""A small management system, made by acts: what the tests of the system begin with."""

from datetime import UTC, date, datetime

from opposable.kernel import accounts, actors
from opposable.systems.isms import acts

CONSOLE = actors.system("tests")
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
STEPS = [
    {"fr": fr, "en": en}
    for fr, en in (("faible", "low"), ("moyenne", "medium"), ("forte", "high"), ("extrême", "extreme"))
]
LEVELS = [
    {"fr": "faible", "en": "low", "acceptor": ""},
    {"fr": "moyen", "en": "medium", "acceptor": "owner"},
    {"fr": "fort", "en": "high", "acceptor": "management"},
    {"fr": "critique", "en": "critical", "acceptor": "nobody"},
]
GRID = {
    "axes": [
        {"key": "likelihood", "fr": "Vraisemblance", "en": "Likelihood", "steps": STEPS},
        {"key": "impact", "fr": "Gravité", "en": "Impact", "steps": STEPS},
    ],
    "levels": LEVELS,
    "grid": [[1, 1, 2, 2], [1, 2, 2, 3], [2, 2, 3, 4], [2, 3, 4, 4]],
    "valid_months": 12,
    "four_eyes": True,
}
FORMULA = {
    "axes": [{"key": key, "fr": key, "en": key, "steps": STEPS} for key in ("threat", "weakness", "impact")],
    "levels": LEVELS[:3],
    "formula": "product",
    "thresholds": [7, 27],
}


def person(name, role):
    """An account with a role of the system everywhere."""
    email = f"{name.split()[0].lower()}@isms.example"
    account = accounts.open_account(CONSOLE, email=email, name=name, password="correct horse battery").result
    accounts.give(CONSOLE, account=account, role=f"isms.{role}", cell=accounts.root())
    return account


def found(slug="arsenal", edition="iso27001-2022", by=CONSOLE):
    """A scope with its method and an open campaign."""
    scope = acts.create_scope(
        CONSOLE,
        slug=slug,
        name="Services hébergés",
        organisation="Compagnie de l’Arsenal",
        text="L’hébergement des applications des clients, à Paris et à Lyon.",
        owner="Léa Morel",
        edition=edition,
        started_on=date(2025, 11, 20),
        issues=["Deux clients demandent un certificat"],
        parties=[{"name": "Clients", "needs": "Disponibilité, secret"}],
    ).result
    method = acts.add_method(by, scope=scope, name="Maison", data=GRID).result
    campaign = acts.open_campaign(by, method=method, name="2026").result
    return scope, campaign


def risk(campaign, title="Vol d’un portable", values=(3, 3), cites=("8.1",), option="modify", by=CONSOLE, **more):
    """A rated and treated scenario."""
    scenario = acts.add_scenario(by, campaign=campaign, title=title, owner="Hélène Simon", **more).result
    pair = dict(zip(("likelihood", "impact"), values, strict=True))
    acts.rate_scenario(by, scenario=scenario, kind="current", values=pair, reason="Trois vols en deux ans")
    if option:
        acts.treat_scenario(by, scenario=scenario, option=option, plan="Chiffrer", cites=list(cites), controls=[])
    return scenario


def decide_all(soa, by=CONSOLE, owner="Léa Morel"):
    """Every line of a draft included as best practice."""
    return acts.decide_lines(
        by,
        soa=soa,
        requirements=list(soa.book.requirements),
        applicable=True,
        reasons=["BP"],
        justification="Nos clients l’attendent.",
        status="implemented",
        owner=owner,
    ).result
