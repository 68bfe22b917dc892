"""On the pages of an SARL the software speaks of members and parts: see `rules.words`."""

from opposable.systems.assembly.models import Company
from opposable.systems.assembly.rules.words import of_parts
from opposable.web.language import speak

__all__ = ["of_parts", "speak_of"]


def speak_of(company: Company) -> None:
    """From here to the end of the page, the software speaks of this company in its own words."""
    if company.form == "sarl":
        speak(of_parts)
