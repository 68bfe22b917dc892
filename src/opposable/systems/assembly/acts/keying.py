"""«Double saisie»: where the company chose so, a paper form that one person keyed counts once another has keyed the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opposable.kernel import clock
from opposable.kernel.models import Act
from opposable.law import Refused, t
from opposable.systems.assembly.models import Form, Meeting
from opposable.systems.assembly.models.voting import KEYED

if TYPE_CHECKING:
    from opposable.kernel.acting import Acting

SAME = ("mode", "choices", "new_resolutions", "new_proxy", "proxy_name")


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
        for name in (*SAME, "holder", "proxy_holder", "received_at", "agenda_digest"):
            setattr(first, name, getattr(new, name))
        return first
    if differing := differences(first, new):
        raise Refused(
            t(
                "Les deux saisies diffèrent : {what}. Rien n’est compté.",
                "The two keyings differ: {what}. Nothing is counted.",
            ).format(what=", ".join(differing)),
            None,
            "form.keyed-differently",
            facts={"differs": differing},
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


def differences(first: Form, new: Form) -> list[str]:
    """What two keyings of one scan do not say alike, as first ≠ second."""
    found = []
    if first.holder_id != new.holder_id:
        found.append(f"{first.holder.ref} ≠ {new.holder.ref}")
    if first.received_at != new.received_at:
        found.append(f"{clock.utc(first.received_at)} ≠ {clock.utc(new.received_at)}")
    if first.proxy_holder_id != new.proxy_holder_id:
        found.append(f"{first.proxy_holder} ≠ {new.proxy_holder}")
    if len(first.choices) != len(new.choices):
        found.append(f"{len(first.choices)} ≠ {len(new.choices)} résolutions / resolutions")
    texts = [(getattr(first, name) or "–", getattr(new, name) or "–") for name in SAME if name != "choices"]
    found += [f"{one} ≠ {other}" for one, other in texts if one != other]
    both: Any = zip(first.choices, new.choices, strict=False)
    found += [f"n° {n} : {_mark(one)} ≠ {_mark(other)}" for n, (one, other) in enumerate(both, 1) if one != other]
    return found


def _mark(mark: list[int] | None) -> str:
    return "/".join(map(str, mark)) if mark else "–"
