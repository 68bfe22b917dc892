"""Exact figures for people: whole numbers, percentages with a stated rounding, and thresholds. No float anywhere.

Every comparison with a fraction is a multiplication of whole numbers: 3 × for ≥ 2 × cast, never for / cast ≥ 0.666.
"""

from dataclasses import dataclass

from opposable.law import Text, t

ROUNDING = t("arrondi au plus proche, la moitié vers le haut", "rounded to nearest, half up")


@dataclass(frozen=True, slots=True)
class Percent:
    """«Pourcentage» computed from two whole numbers; ``text`` is exact decimal text ("95.602"), rounded half up."""

    text: str
    decimals: int

    @property
    def label(self) -> Text:
        """The percentage as people write it: «95,602 %» / "95.602%"."""
        return t(self.text.replace(".", ",") + "\u00a0%", self.text + "%")


def percent(part: int, whole: int, decimals: int = 2) -> Percent | None:
    """Return part / whole as a percentage, rounded half up; None when there is nothing to divide by."""
    if whole <= 0:
        return None
    scaled = (2 * part * 100 * 10**decimals + whole) // (2 * whole)
    units, rest = divmod(scaled, 10**decimals)
    return Percent(f"{units}.{rest:0{decimals}}" if decimals else str(units), decimals)


def number(value: int) -> Text:
    """Write a whole number with its thousands apart: «247 620 464» / "247,620,464"."""
    english = f"{value:,}"
    return t(english.replace(",", "\u202f"), english)


@dataclass(frozen=True, slots=True)
class Fraction:
    """A threshold of the law as two whole numbers; ``strict`` asks for more than the fraction ("majority"), not for it."""

    num: int
    den: int
    strict: bool = False

    def met(self, part: int, whole: int) -> bool:
        """Tell whether part / whole reaches the fraction, by cross-multiplication; False when there is no whole."""
        if whole <= 0:
            return False
        return part * self.den > whole * self.num if self.strict else part * self.den >= whole * self.num

    def least(self, whole: int) -> int:
        """Return the smallest part that meets the fraction of a whole."""
        return whole * self.num // self.den + 1 if self.strict else -(-whole * self.num // self.den)

    def comparison(self, part: int, whole: int) -> str:
        """Write the comparison with its numbers: ``3 × 200 ≥ 2 × 300``."""
        sign = self._sign(part * self.den, whole * self.num)
        return f"{self.den} × {part} {sign} {self.num} × {whole}"

    def _sign(self, left: int, right: int) -> str:
        if left == right:
            return "="
        return ">" if left > right else "<"

    def __str__(self) -> str:
        return f"{self.num}/{self.den}"
