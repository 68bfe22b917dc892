"""The error family of the law package: one sentence in two languages, saying what to do."""

from datetime import date

from opposable.law.text import Text


class LawError(ValueError):
    """Anything wrong with a rulebook, a citation or a legal date; ``text`` holds the sentence in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.fr)
        self.text = text

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.text,)


class BookError(LawError):
    """A rulebook that cannot be loaded: a missing key, a float, two rows of one id in force on the same day."""


class NoRuleOnFile(LawError):
    """«Aucune règle au dossier»: no row of this rule is on file for this day. The software never guesses instead."""

    def __init__(self, text: Text, rule_id: str, day: date) -> None:
        super().__init__(text)
        self.rule_id = rule_id
        self.day = day

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.text, self.rule_id, self.day)


class OverrideRefused(LawError):
    """A bylaw or policy that changes what its rule does not let it change (``rule_id`` names the rule)."""

    def __init__(self, text: Text, rule_id: str) -> None:
        super().__init__(text)
        self.rule_id = rule_id

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.text, self.rule_id)


class CitationError(LawError):
    """A citation that does not follow the French manner «C. com., art. R. 225-77, al. 1»."""


class CalendarError(LawError):
    """A legal date that cannot be computed: unknown zone, negative count, an hour that does not exist that day."""


class HolidayError(CalendarError):
    """A holiday table that cannot be loaded or does not know the zone or the year asked."""
