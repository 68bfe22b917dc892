"""«Double saisie»: where the company chose so, a paper form that one person keyed counts once another has keyed the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opposable.kernel import clock
from opposable.kernel.models import Act
from opposable.law import Refused, Text, join, t
from opposable.systems.assembly.models import Form, Meeting
from opposable.systems.assembly.models.voting import KEYED

if TYPE_CHECKING:
    from opposable.kernel.acting import Acting

SAME: Mapping[str, Text] = {
    "mode": t("ce qu’il porte", "what it is"),
    "new_resolutions": t("résolutions nouvelles", "new resolutions"),
    "new_proxy": t("mandataire pour elles", "proxy for them"),
    "proxy_name": t("mandataire", "proxy"),
}
"""What two keyings say alike beside the marks, and what it is called."""
MARKS = (t("pour", "for"), t("contre", "against"), t("abstention", "abstain"))
WORDS: Mapping[str, Text] = {
    "vote": t("vote", "vote"),
    "proxy-chair": t("pouvoir au président", "proxy to the chair"),
    "proxy-person": t("pouvoir à une personne", "proxy to a person"),
    "proxy-blank": t("pouvoir sans mandataire", "blank proxy"),
    "abstain": t("abstention", "abstain"),
    "against": t("contre", "against"),
}


def keyed_before(meeting: Meeting, key: str) -> Form | None:
    """The form of that scan that waits for its second keying."""
    rows = meeting.forms.filter(key=key, status=KEYED).select_related("meeting", "holder", "cell", "proxy_holder")
    found: Form | None = rows.first()
    return found


def settle(a: Acting, first: Form | None, new: Form) -> Form:
    """What becomes of a keying in time: the first waits, its author may key anew, another one's makes it count.

    Refused code: ``form.keyed-differently``, with what differs; then either the first operator keys anew, or the second.
    """
    if first is None:
        new.status = KEYED
        return new
    if _operator(first) == a.actor.uid:
        for name in (*SAME, "choices", "holder", "proxy_holder", "received_at", "agenda_digest"):
            setattr(first, name, getattr(new, name))
        return first
    if differing := differences(first, new):
        raise Refused(
            t(
                "Les deux saisies diffèrent : {what}. Rien n’est compté.",
                "The two keyings differ: {what}. Nothing is counted.",
            ).format(what=join(differing, t(" ; ", "; "))),
            None,
            "form.keyed-differently",
            facts={"differing": len(differing)},
            lawful=t(
                "Relisez l’image : saisissez-la de nouveau, ou faites reprendre la première saisie par son auteur.",
                "Read the scan again: key it anew, or have the first keying done again by its author.",
            ),
        )
    first.status = "counted"
    return first


def _operator(form: Form) -> str:
    """Who keyed it last."""
    return Act.objects.filter(obj=form.uid, outcome="done").order_by("-seq").values_list("actor", flat=True)[0]


def differences(first: Form, new: Form) -> list[Text]:
    """What two keyings of one scan do not say alike, as first ≠ second, in words."""
    found = []
    if first.holder_id != new.holder_id:
        found.append(_unlike(t("compte", "account"), first.holder.ref, new.holder.ref))
    if first.received_at != new.received_at:
        found.append(_unlike(t("reçu", "received"), *(clock.utc(one.received_at) for one in (first, new))))
    if first.proxy_holder_id != new.proxy_holder_id:
        found.append(_unlike(t("mandataire", "proxy"), *(str(one.proxy_holder or "–") for one in (first, new))))
    if len(first.choices) != len(new.choices):
        counts = (str(len(one.choices)) for one in (first, new))
        found.append(_unlike(t("nombre de résolutions imprimées", "number of printed resolutions"), *counts))
    for name, what in SAME.items():
        one, other = (WORDS.get(str(getattr(row, name)), getattr(row, name) or "–") for row in (first, new))
        if one != other:
            found.append(_unlike(what, one, other))
    both: Any = zip(first.choices, new.choices, strict=False)
    for n, (mark, second) in enumerate(both, 1):
        if mark != second:
            found.append(_unlike(t("résolution {n}", "resolution {n}").format(n=n), _mark(mark), _mark(second)))
    return found


def _unlike(what: Text, first: Text | str, second: Text | str) -> Text:
    return t("{what} : {first} ≠ {second}", "{what}: {first} ≠ {second}").format(what=what, first=first, second=second)


def _mark(mark: list[int] | None) -> Text | str:
    """Every vote one way in a word, a split as it is keyed."""
    if mark is None or not any(mark):
        return t("sans marque", "no mark")
    one_way = [word for word, votes in zip(MARKS, mark, strict=True) if votes]
    return one_way[0] if len(one_way) == 1 else "/".join(map(str, mark))
