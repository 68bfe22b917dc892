"""«Dépouillement»: from ballots to declared results, exact and explained."""

from opposable.systems.assembly.rules.results.count import Ballot, Choice, Count, MiscountError, tally
from opposable.systems.assembly.rules.results.majority import Figures, Result, counting_day, declare
from opposable.systems.assembly.rules.results.published import Comparison, Publication, publish, simulate

__all__ = [
    "Ballot",
    "Choice",
    "Comparison",
    "Count",
    "Figures",
    "MiscountError",
    "Publication",
    "Result",
    "counting_day",
    "declare",
    "publish",
    "simulate",
    "tally",
]
