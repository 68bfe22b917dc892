"""On the pages of a company the software speaks in its words (`rules.words`), and says by what a rule reaches it (`rules.through`)."""

from collections.abc import Callable
from datetime import date
from functools import cache

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import PARIS, Rule, Text, local
from opposable.systems.assembly.models import Company
from opposable.systems.assembly.rules.register import Company as Facts
from opposable.systems.assembly.rules.through import through
from opposable.systems.assembly.rules.words import of_parts, speech_of
from opposable.web.language import remark, speak

__all__ = ["of_parts", "speak_of"]


def speak_of(company: Company, day: date | None = None, known: Callable[[], Facts] | None = None) -> None:
    """From here to the end of the page, the software speaks of this company in its own words, and of its law on ``day`` (today).

    ``known``: its facts, where the page has them at hand.
    """
    speak(speech_of(company.form))
    on = day or local(clock.now(), PARIS.key).date()

    @cache
    def facts() -> Facts:
        if company.form == "sa":  # no clause carries its own law to it: none is read
            return company.facts(())
        return known() if known else company.facts()

    def said(rule: Rule) -> Text | None:
        return through(facts(), law(), rule, on)

    remark(said)
