"""Methods that are ready to use. Ours: a grid of four by four as EBIOS RM counts, a grid of five by five, a product of three rates."""

from __future__ import annotations

from typing import Any

from opposable.law import Text, t


def _steps(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"fr": fr, "en": en} for fr, en in pairs]


LIKELIHOOD_4 = _steps(
    ("peu vraisemblable", "unlikely"),
    ("vraisemblable", "likely"),
    ("très vraisemblable", "very likely"),
    ("quasi certain", "nearly certain"),
)
IMPACT_4 = _steps(
    ("mineure", "minor"), ("significative", "significant"), ("grave", "serious"), ("critique", "critical")
)
RATE_5 = _steps(
    ("très faible", "very low"),
    ("faible", "low"),
    ("moyenne", "medium"),
    ("forte", "high"),
    ("très forte", "very high"),
)
LEVELS_3 = [
    {"fr": "faible", "en": "low", "acceptor": ""},
    {"fr": "moyen", "en": "medium", "acceptor": "owner"},
    {"fr": "élevé", "en": "high", "acceptor": "management"},
]
LEVELS_4 = [*LEVELS_3, {"fr": "inacceptable", "en": "unacceptable", "acceptor": "nobody"}]


def _axis(key: str, fr: str, en: str, steps: list[dict[str, str]]) -> dict[str, Any]:
    return {"key": key, "fr": fr, "en": en, "steps": steps}


LIKELIHOOD, IMPACT = ("likelihood", "Vraisemblance", "Likelihood"), ("impact", "Gravité", "Impact")
PRESETS: dict[str, tuple[Text, dict[str, Any]]] = {
    "grid-4": (
        t("grille 4 × 4 : vraisemblance et gravité", "4 × 4 grid: likelihood and impact"),
        {
            "axes": [_axis(*LIKELIHOOD, LIKELIHOOD_4), _axis(*IMPACT, IMPACT_4)],
            "levels": LEVELS_4,
            "grid": [[1, 1, 2, 3], [1, 2, 3, 3], [1, 2, 3, 4], [2, 3, 4, 4]],
        },
    ),
    "grid-5": (
        t("grille 5 × 5 : vraisemblance et gravité", "5 × 5 grid: likelihood and impact"),
        {
            "axes": [_axis(*LIKELIHOOD, RATE_5), _axis(*IMPACT, RATE_5)],
            "levels": LEVELS_4,
            "grid": [[1, 1, 1, 2, 2], [1, 1, 2, 2, 3], [1, 2, 2, 3, 3], [2, 2, 3, 3, 4], [2, 3, 3, 4, 4]],
        },
    ),
    "product-3": (
        t("produit : menace × vulnérabilité × gravité", "product: threat × vulnerability × impact"),
        {
            "axes": [
                _axis("threat", "Menace", "Threat", LIKELIHOOD_4),
                _axis("weakness", "Vulnérabilité", "Vulnerability", RATE_5),
                _axis(*IMPACT, IMPACT_4),
            ],
            "levels": LEVELS_3,
            "formula": "product",
            "thresholds": [12, 36],
        },
    ),
}
