"""What the acts check alike."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from opposable.kernel.acting import Acting
from opposable.law import Refused, Text, t
from opposable.systems.isms.models import Campaign, Scope
from opposable.systems.isms.rules.referential import referential

NAME = t("nom", "name")
OWNER = t("responsable", "owner")
LONGEST = 20_000
MOST = 500


def refuse(fr: str, en: str, code: str, lawful: Text | None = None, **values: object) -> Refused:
    """A refusal that stands on no dated rule: what was asked makes no sense as the register stands."""
    return Refused(t(fr, en).format(**values), None, code, lawful=lawful)


def words(value: str, name: Text, most: int = 200, *, required: bool = True) -> str:
    """A text without its edges. Refused when empty (if required) or too long."""
    text = value.replace("\0", "").strip()
    if (required and not text) or len(text) > most:
        raise refuse(
            "« {name} » : de {least} à {most} signes.",
            "“{name}”: {least} to {most} characters.",
            "words",
            name=name,
            least=int(required),
            most=most,
        )
    return text


def choice(value: str, allowed: Iterable[str], name: Text) -> str:
    known = list(allowed)
    if value not in known:
        raise refuse(
            "« {name} » : {given} n’est pas parmi {known}.",
            "“{name}”: {given} is not among {known}.",
            "choice",
            name=name,
            given=value or "–",
            known=", ".join(known),
        )
    return value


def require_known(edition: str, ids: Iterable[str]) -> None:
    """Refused when an identifier is not in the edition."""
    book = referential(edition)
    unknown = [one for one in ids if one not in book]
    if unknown:
        raise refuse(
            "{ids} : pas dans {edition}.",
            "{ids}: not in {edition}.",
            "requirement.unknown",
            ids=", ".join(unknown[:5]),
            edition=edition,
        )


def requirements(scope: Scope, ids: Sequence[str]) -> list[str]:
    """Identifiers of the scope's edition, each once, in the edition's order. Refused when one is not in it."""
    book = referential(scope.edition)
    require_known(scope.edition, ids)
    given = set(ids)
    return [one for one in book.requirements if one in given]


def uids(given: Sequence[str], model: type, scope: Scope, name: Text) -> list[str]:
    """Uids of rows of the scope, each once. Refused when one is not there."""
    wanted = list(dict.fromkeys(given))
    if len(wanted) > MOST:
        raise refuse("Au plus {n}.", "At most {n}.", "too-many", n=MOST)
    found = set(model._default_manager.filter(scope=scope, uid__in=wanted).values_list("uid", flat=True))  # type: ignore[attr-defined]
    if len(found) != len(wanted):
        raise refuse(
            "« {name} » : l’un d’eux n’est pas au registre.",
            "“{name}”: one of them is not on file.",
            "unknown",
            name=name,
        )
    return wanted


def who(a: Acting) -> str:
    """The name of the person who acts; the job's name for the software."""
    return a.actor.label


def require_open(campaign: Campaign) -> None:
    """Refused in a closed campaign."""
    if campaign.closed_on:
        raise refuse(
            "La campagne est fermée : ce risque se lit, il ne change plus.",
            "The campaign is closed: this risk is read, it does not change any more.",
            "campaign.closed",
        )
