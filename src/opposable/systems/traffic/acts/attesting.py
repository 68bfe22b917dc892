"""«Preuve d’effacement»: a document that says what a day held, when and by which act it was erased, and that nothing is left."""

from __future__ import annotations

from datetime import date
from typing import Any

from opposable.kernel import clock
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.documents import instant, issue, owe_seal
from opposable.kernel.models import Act, Document, Leaf, Member
from opposable.law import Refused, day_text, local_day, t
from opposable.systems.traffic.acts.papers import operator, paper
from opposable.systems.traffic.models import Segment
from opposable.systems.traffic.rules.words import family_words
from opposable.systems.traffic.store import keys, places

PROOF = "traffic.erasure"
TITLE = t("Preuve d’effacement", "Proof of erasure")
SEAL, ERASE = "traffic.segment.seal", "traffic.segment.erase"
CATALOGUE = "traffic.catalogue"


@act(
    "traffic.erasure.attest",
    label=t("Établir la preuve d’un effacement", "Issue the proof of an erasure"),
    receipt=True,
)
def attest(a: Acting, *, day: date) -> Document:
    """The proof for the segments of a day (Paris) that were erased. Store, key and folder are looked at again: nothing may be left.

    Refused when nothing of the day was erased, and when something of what was is still there.
    """
    a.require("export", kind=Segment.Evidence.kind, cell=root())
    gone = erased_of(day)
    if not gone:
        raise Refused(_not_erased(day), None, "erasure.none", facts={"day": day})
    left = [one for one in gone if not is_gone(one)]
    if left:
        raise Refused(
            t(
                "{n} segment(|s) de ce jour (est effacé|sont effacés) et encore là : lancez opposable tick.",
                "{n} segment(|s) of this day (is|are) erased and still there: run opposable tick.",
            )
            .counted(len(left))
            .format(n=len(left)),
            None,
            "erasure.left",
            facts={"left": len(left)},
        )
    rule = a.law("traffic.erasure", day)
    a.cite(rule)
    data = {
        "operator": operator(),
        "day": day_text(day).fr,
        "date": day.isoformat(),
        "segments": [_line(one) for one in gone],
        "rows": sum(one.rows for one in gone),
        "kept": [_kept(one) for one in Segment.objects.there().filter(day=day).order_by("store", "family", "pk")],
        "rule": {
            "cite": list(rule.cite),
            "label": rule.label.fr,
            "status": "confirmed" if rule.confirmed else "unconfirmed",
        },
        "looked": instant(a.now),
    }
    document = issue(a, gone[0], paper(PROOF, TITLE, "erasure", CATALOGUE), data)
    owe_seal(a, document)
    return document


def erased_of(day: date) -> list[Segment]:
    """The segments of a day that were erased."""
    return list(Segment.objects.filter(day=day, erased_at__isnull=False).order_by("store", "family", "pk"))


def is_gone(segment: Segment) -> bool:
    """Neither the file nor its key is there, in any place where it may have lain: looked at now."""
    left = any(places.left(one) for one in places.everywhere(segment))
    return not left and not keys.has_key(segment.store, segment.until)


def proof_of(day: date) -> Document | None:
    """The last proof that was issued for a day."""
    subjects = Segment.objects.filter(day=day).values("uid")
    return Document.objects.filter(kind=PROOF, subject__in=subjects).order_by("-version", "-pk").first()


def acts_on(segment: Segment, kind: str) -> list[Act]:
    """The acts of a type on a segment, alone or among others."""
    own = Act.objects.filter(type=kind, obj=segment.uid, outcome="done")
    among = Act.objects.filter(pk__in=Member.objects.filter(obj=segment.uid).values("act"), type=kind, outcome="done")
    return list((own | among).order_by("pk"))


def index_of(segment: Segment, kind: str) -> int | None:
    """Where the last act of a type on a segment stands in the log; None while it waits for its seal."""
    found = acts_on(segment, kind)
    return Leaf.objects.filter(act=found[-1]).values_list("index", flat=True).first() if found else None


def told_of(segment: Segment) -> dict[str, Any]:
    """What may be said of a segment to whoever may see it: what it held, until when, and what is left of it."""
    erased = segment.erased_at
    return {
        "segment": segment.uid,
        "source": segment.source.slug,
        "store": segment.store,
        "family": segment.family,
        "rows": segment.rows,
        "root": segment.root,
        "until": segment.until.isoformat(),
        "erased_at": erased.isoformat() if erased else None,
        "act": index_of(segment, ERASE) if erased else None,
        "gone": is_gone(segment),
        "over": segment.until <= local_day(clock.now()),
    }


def _line(one: Segment) -> dict[str, Any]:
    return {
        "segment": one.uid,
        "store": one.store,
        "family": one.family,
        "data": family_words(one.family).fr,
        "source": one.source.slug,
        "rows": one.rows,
        "root": one.root,
        "until": day_text(one.until).fr,
        "erased": instant(one.erased_at)["text"] if one.erased_at else "",
        "sealed_by": index_of(one, SEAL),
        "erased_by": index_of(one, ERASE),
    }


def _kept(one: Segment) -> dict[str, Any]:
    return {
        "store": one.store,
        "family": one.family,
        "data": family_words(one.family).fr,
        "rows": one.rows,
        "until": day_text(one.until).fr,
    }


def _not_erased(day: date) -> Any:
    there = Segment.objects.there().filter(day=day).order_by("until").first()
    if there is None:
        return t(
            "Rien n’est entré de ce jour : il n’y a rien à prouver.",
            "Nothing came in of this day: there is nothing to prove.",
        )
    return t(
        "Ce jour n’est pas effacé : il est conservé jusqu’au {day} exclu.",
        "This day is not erased: it is kept until {day}, exclusive.",
    ).format(day=day_text(there.until))
