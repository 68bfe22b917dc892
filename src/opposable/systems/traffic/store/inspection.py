"""«Contrôle des segments»: file, key, root and count of each, against the catalogue; what is erased is gone."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from opposable.kernel import clock
from opposable.kernel.audit.documents import check_file
from opposable.kernel.audit.report import Report
from opposable.kernel.buckets import BucketForgotten
from opposable.kernel.retention.holds import Held
from opposable.law import PARIS, t
from opposable.systems.traffic.models import Answer, Freeze, Segment, Subscriber
from opposable.systems.traffic.models.requisition import KEEP_ANSWER
from opposable.systems.traffic.store import identities, keys, places, segments
from opposable.systems.traffic.store.engine import FATAL, restart
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.rows import FAMILIES

TABLE = "traffic_segment"
CHECKS = {
    "segment.file": t("Un segment manque sans acte d’effacement.", "A segment is missing without an act of erasure."),
    "segment.digest": t("Le fichier d’un segment a été changé.", "The file of a segment was changed."),
    "segment.key": t(
        "La clé d’un segment manque sans acte d’effacement.",
        "The key of a segment is missing without an act of erasure.",
    ),
    "segment.unreachable": t("Le stockage d’un segment ne répond pas.", "The storage of a segment does not answer."),
    "segment.read": t("Un segment ne se lit pas.", "A segment does not read."),
    "segment.root": t(
        "Les lignes d’un segment ne mènent pas à sa racine.", "The rows of a segment do not lead to its root."
    ),
    "segment.nodes": t("L’arbre d’un segment a été changé.", "The tree of a segment was changed."),
    "segment.left": t("Un segment effacé est encore là.", "An erased segment is still there."),
    "segment.late": t("Un segment est là après son dernier jour.", "A segment is there after its last day."),
    "identity.read": t("L’identité d’un contrat ne s’ouvre pas.", "The identity of a contract does not open."),
    "identity.numbers": t(
        "Les numéros par lesquels un contrat est trouvé ne sont pas les siens.",
        "The numbers by which a contract is found are not its own.",
    ),
    "segment.stranger": t("Un fichier n’est d’aucun acte.", "A file is of no act."),
}


def inspect(report: Report, *, content: bool = True) -> None:
    """Report every fault. ``content``: every row is read and hashed again, beside the digest of the file."""
    for segment in Segment.objects.order_by("pk").iterator(500):
        report.counts["segments"] += 1
        for check, what in _all_faults(segment, content=content):
            report.alarm(check, TABLE, segment.pk, what, said=CHECKS[check])
    for freeze in Freeze.objects.order_by("pk"):
        for check, what in _freeze_faults(freeze):
            report.alarm(check, "traffic_freeze", freeze.pk, what, said=CHECKS[check])
    _answers(report)
    _contracts(report)
    _strangers(report)


def _answers(report: Report) -> None:
    """The sealed files that went to the authorities: kept for who asks again, until their day."""
    today = clock.now().astimezone(PARIS).date()
    for answer in Answer.objects.order_by("pk"):
        check_file(report, "traffic_answer", answer.pk, answer.sha256, KEEP_ANSWER, answer.keep_until, today=today)


def _contracts(report: Report) -> None:
    """The numbers by which contracts are found lie in no act: each identity is opened, and says which they are.

    A line taken away there would hide somebody from a requisition that names his number.
    """
    for row in Subscriber.objects.order_by("pk").prefetch_related("keys").iterator(500):
        report.counts["identities"] += 1
        there = sorted(one.key for one in row.keys.all())
        try:
            found = identities.unseal(row)
        except Exception as error:  # noqa: BLE001 - whatever a changed column makes it do
            what = f"{type(error).__name__}: {error}"
            report.alarm("identity.read", "traffic_subscriber", row.pk, what, said=CHECKS["identity.read"])
            continue
        wanted = sorted({identities.key_of(phone) for phone in found.phones}) if found else []
        if sorted(set(there)) != wanted:
            what = f"{len(there)} on file, {len(wanted)} in the contract: import it again"
            said = CHECKS["identity.numbers"]
            report.alarm("identity.numbers", "traffic_subscriberkey", f"subscriber_id={row.pk}", what, said=said)


def _all_faults(segment: Segment, *, content: bool) -> Iterator[tuple[str, str]]:
    try:
        yield from faults(segment, content=content)
    except StoreFault as fault:
        yield "segment.unreachable", fault.text.en
    except Exception as error:  # noqa: BLE001 - whatever a changed column makes the store do
        yield "segment.read", f"{type(error).__name__}: {error}"


def _freeze_faults(freeze: Freeze) -> Iterator[tuple[str, str]]:
    try:
        yield from _faults_of_hold(freeze)
    except StoreFault as fault:
        yield "segment.unreachable", fault.text.en
    except Exception as error:  # noqa: BLE001 - whatever a changed column makes the store do
        yield "segment.read", f"{type(error).__name__}: {error}"


def _faults_of_hold(freeze: Freeze) -> Iterator[tuple[str, str]]:
    if freeze.erased_at is not None:
        if any(places.left(one) for one in places.everywhere(freeze)):
            yield "segment.left", "a freeze that is erased: run `opposable tick`"
    elif not (place := places.place_of(freeze)).exists():
        yield "segment.file", "the rows of a freeze"
    elif segments.file_digest(place) != freeze.sha256:
        yield "segment.digest", "the rows of a freeze"
    elif not keys.has_key("hold", freeze.until):
        yield "segment.key", "the key of a freeze"
    elif freeze.until <= clock.now().astimezone(PARIS).date() and freeze.uid not in Held.now().objects:
        yield "segment.late", f"a freeze due on {freeze.until}: run `opposable tick`"


def faults(segment: Segment, *, content: bool = True) -> Iterator[tuple[str, str]]:
    """What is wrong with a segment: name of the check, sentence."""
    if segment.erased_at is not None:
        if any(places.left(one) for one in places.everywhere(segment)):
            yield "segment.left", "erased, and its file is still there: run `opposable tick`"
        return
    path = places.place_of(segment)
    if segment.until <= clock.now().astimezone(PARIS).date() and segment.uid not in Held.now().objects:
        yield "segment.late", f"due on {segment.until}: run `opposable tick`"
    if not path.exists():
        yield "segment.file", f"{path.name} is missing and no act erased it"
        return
    if segments.file_digest(path) != segment.sha256:
        yield "segment.digest", f"{path.name} is not the file that was sealed"
        return
    if content:
        yield from _content(segment)


def _root(segment: Segment) -> tuple[str, int]:
    """The root and the number of rows of a file whose digest is right: an engine that was stopped is another file's doing."""
    asked = (
        FAMILIES[segment.family],
        places.place_of(segment),
        keys.keys_of(segment.store, segment.until, segment.uid),
    )
    try:
        return segments.root_of(*asked)
    except FATAL:
        restart()
        return segments.root_of(*asked)


def _content(segment: Segment) -> Iterator[tuple[str, str]]:
    family = FAMILIES[segment.family]
    try:
        found = _root(segment)
    except BucketForgotten:
        yield "segment.key", f"the key of {segment.store} {segment.until} is missing and no act erased the day"
        return
    except duckdb.Error as error:
        yield "segment.read", str(error).splitlines()[0]
        return
    if found != (segment.root, segment.rows):
        yield "segment.root", f"{found[1]} rows lead to {found[0]}"
    elif not segments.nodes_hold(family, places.place_of(segment), segment.rows, segment.root):
        yield (
            "segment.nodes",
            f"{segments.nodes_path(places.place_of(segment)).name} does not lead to the root: proofs cannot be made",
        )


def _strangers(report: Report) -> None:
    """Files and objects that no act knows, or knows to lie elsewhere."""
    erased = places.erased()  # said above
    try:
        for place, _ in places.strangers():
            if not place.name.endswith(segments.DRAFT) and places.uid_of(place) not in erased:
                why = "a crash or a stopped move leaves such files"
                report.notice("segment.stranger", "segments/", place.name, why, said=CHECKS["segment.stranger"])
    except StoreFault as fault:
        said = CHECKS["segment.unreachable"]
        report.alarm("segment.unreachable", "segments/", "", fault.text.en, said=said)
