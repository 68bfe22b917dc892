"""A register of holders that nobody is in: seeded, Pareto holdings, nominees, treasury shares, split ownership. As a CSV file."""

from __future__ import annotations

import csv
import io
import random
from datetime import date, timedelta

SHARES = 10_000_000
ISIN = "FR0000120271"
HEADER = (
    "Compte;Type;Nom;Prénom;Courriel;Téléphone;Adresse;Langue;Lot;ISIN;Forme;Quantité;Depuis;"
    "Libéré;Droit;Autodétention;Teneur de compte;Accord électronique;Accord par"
)
_NAMES = [
    "Aubert",
    "Barbier",
    "Blanc",
    "Bonnet",
    "Boyer",
    "Brun",
    "Caron",
    "Chevalier",
    "Clément",
    "Colin",
    "David",
    "Denis",
    "Dufour",
    "Dumas",
    "Dupuy",
    "Fabre",
    "Faure",
    "Fontaine",
    "Fournier",
    "Gaillard",
    "Garnier",
    "Gauthier",
    "Giraud",
    "Guérin",
    "Henry",
    "Huet",
    "Joly",
    "Lacroix",
    "Lambert",
    "Laurent",
    "Leclerc",
    "Lefèvre",
    "Legrand",
    "Lemaire",
    "Lopez",
    "Lucas",
    "Marchand",
    "Marie",
    "Martin",
    "Masson",
    "Mathieu",
    "Mercier",
    "Meunier",
    "Meyer",
    "Moreau",
    "Morin",
    "Nicolas",
    "Noël",
    "Olivier",
    "Perrin",
    "Philippe",
    "Picard",
    "Renard",
    "Renaud",
    "Rey",
    "Richard",
    "Rivière",
    "Robert",
    "Roche",
    "Rolland",
    "Roussel",
    "Roux",
    "Royer",
    "Schmitt",
    "Simon",
    "Thomas",
    "Vasseur",
    "Vincent",
    "Weber",
]
_GIVEN = [
    "Adèle",
    "Agnès",
    "Alain",
    "Alice",
    "Amélie",
    "André",
    "Anne",
    "Antoine",
    "Bernard",
    "Camille",
    "Cécile",
    "Céline",
    "Charles",
    "Claire",
    "Denis",
    "Élise",
    "Émile",
    "Estelle",
    "Étienne",
    "Fatima",
    "Florence",
    "François",
    "Georges",
    "Gérard",
    "Hélène",
    "Henri",
    "Inès",
    "Jacques",
    "Jean",
    "Jeanne",
    "Jules",
    "Julie",
    "Karim",
    "Laure",
    "Léa",
    "Louis",
    "Louise",
    "Lucie",
    "Marc",
    "Marguerite",
    "Marie",
    "Mathilde",
    "Michel",
    "Nadia",
    "Nicolas",
    "Odile",
    "Olivier",
    "Pascal",
    "Paul",
    "Pierre",
    "Rachid",
    "Renée",
    "Roger",
    "Rose",
    "Sarah",
    "Simone",
    "Sophie",
    "Sylvie",
    "Théo",
    "Thomas",
    "Valérie",
    "Victor",
    "Yves",
    "Zoé",
]
_STREETS = [
    "rue de l’Arsenal",
    "quai des Célestins",
    "rue Pavée",
    "avenue Foch",
    "rue du Port",
    "place du Marché",
    "chemin des Vignes",
]
_TOWNS = [
    "75004 Paris",
    "69002 Lyon",
    "13001 Marseille",
    "33000 Bordeaux",
    "59000 Lille",
    "67000 Strasbourg",
    "97400 Saint-Denis",
    "98800 Nouméa",
]
_BANKS = ("Banque du Rivage", "Crédit des Deux Mers", "Dépositaire Central Européen", "Nominee Services Ltd")


def make_csv(holders: int, on: date, seed: int = 68) -> bytes:
    """A register of ``holders`` accounts standing on ``on``, whose quantities add up to `SHARES`. Semicolons, UTF-8."""
    draw = random.Random(seed)
    out = io.StringIO()
    rows = csv.writer(out, delimiter=";", lineterminator="\r\n")
    rows.writerow(HEADER.split(";"))
    rows.writerow(_treasury(on))
    for n, quantity in enumerate(_quantities(draw, holders - 1, SHARES - 150_000), 1):
        for row in _holder(draw, n, quantity, on, nominee=n <= len(_BANKS)):
            rows.writerow(row)
    return out.getvalue().encode()


def _quantities(draw: random.Random, count: int, total: int) -> list[int]:
    """Pareto-distributed whole numbers, each at least 1, that add up to ``total``; the largest first."""
    weights = sorted((draw.paretovariate(1.16) for _ in range(count)), reverse=True)
    scale = (total - count) / sum(weights)
    parts = [1 + int(weight * scale) for weight in weights]
    parts[0] += total - sum(parts)
    return parts


def _treasury(on: date) -> list[object]:
    since = on - timedelta(days=400)
    return ["0000", "personne morale", "Compagnie de l’Arsenal", "", "", "", "1 quai de l’Arsenal, 75004 Paris", "fr",
            "0000-1", ISIN, "nominatif pur", 150_000, since.isoformat(), "oui", "", "oui", "", "", ""]  # fmt: skip


def _holder(draw: random.Random, n: int, quantity: int, on: date, *, nominee: bool) -> list[list[object]]:
    ref = f"{n:06d}" if n > 9999 else f"{n:04d}"
    if nominee:
        name = _BANKS[n - 1]
        who = [
            ref,
            "intermédiaire",
            name,
            "",
            f"votes-{ref}@banque.example",
            "",
            "2 place de la Bourse, 75002 Paris",
            "en" if n == 4 else "fr",
        ]
        return [[*who, f"{ref}-1", ISIN, "porteur", quantity, "", "oui", "", "non", name, "", ""]]
    given, name = draw.choice(_GIVEN), draw.choice(_NAMES)
    address = f"{draw.randint(1, 90)} {draw.choice(_STREETS)}, {draw.choice(_TOWNS)}"
    who = [
        ref,
        "",
        name,
        given,
        f"a{ref}@porteurs.example",
        f"+33 6 00 {n // 100 % 100:02d} {n % 100:02d} 00",
        address,
        "fr",
    ]
    return [[*who, *lot, *_consent(n, on)] for lot in _lots(draw, ref, quantity, on)]


def _consent(n: int, on: date) -> list[object]:
    """Seven holders in eight agreed to electronic notices, most of them electronically."""
    if n % 8 == 0:
        return ["", ""]
    return [(on - timedelta(days=200 + n % 97)).isoformat(), "courrier" if n % 5 == 0 else "électronique"]


def _lots(draw: random.Random, ref: str, quantity: int, on: date) -> list[list[object]]:
    form = draw.choices(["nominatif pur", "nominatif administré", "porteur"], [5, 3, 2])[0]
    bank = "" if form == "nominatif pur" else draw.choice(_BANKS[:3])
    since = on - timedelta(days=draw.randint(10, 3000))
    split = quantity // 3 if quantity > 30 and form != "porteur" and draw.random() < 0.3 else 0
    right = "nue-propriété" if draw.random() < 0.01 else ""
    lots: list[list[object]] = [
        [f"{ref}-1", ISIN, form, quantity - split, since.isoformat(), "oui", right, "non", bank]
    ]
    if split:
        recent = on - timedelta(days=draw.randint(1, 700))
        lots.append([f"{ref}-2", ISIN, form, split, recent.isoformat(), "oui", "", "non", bank])
    return lots
