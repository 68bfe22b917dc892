"""The evidence bundle `<case>.asice`: a ZIP in ASiC-E form that anyone can check without its issuer.

write(BundleContent(…), "case.asice", stamp=…)      make one
with Bundle("case.asice") as bundle: …              read one, as if an enemy had made it
"""

from opposable.ledger.bundle.container import Bundle, Problem
from opposable.ledger.bundle.content import BundleAct, BundleContent
from opposable.ledger.bundle.layout import Limits
from opposable.ledger.bundle.writer import write

__all__ = ["Bundle", "BundleAct", "BundleContent", "Limits", "Problem", "write"]
