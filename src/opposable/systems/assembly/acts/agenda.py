"""Acts on the agenda of a meeting: resolutions entered, changed, moved, withdrawn. The notice freezes it."""

from __future__ import annotations

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.assembly.acts.asked import check_matter
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.acts.proving import unproved
from opposable.systems.assembly.models import Meeting, Resolution
from opposable.systems.assembly.rules import agenda as rules

BEFORE_SESSION = ("convened", "open", "closed", "in-session")


@act("assembly.resolution.add", label=t("Ajouter une résolution", "Add a resolution"))
def add_resolution(
    a: Acting,
    *,
    meeting: Meeting,
    title: str,
    text: str,
    body: str,
    reasons: str = "",
    author: str = "board",
    approved_by_board: bool = True,
    matter: str = "",
) -> Resolution:
    """A draft resolution at the end of the agenda. On a second call the agenda stays that of the first (L. 225-105).

    ``matter``: what an SAS or SARL decides by a majority of its own ("seat", "reserves", "nationality"; "unanimous"), or others vote
    ("profits").
    """
    a.require("write", meeting)
    require_status(meeting, "draft")
    _require_first_call(a, meeting)
    check_matter(meeting, matter)
    resolution = Resolution(
        cell=meeting.cell,
        meeting=meeting,
        position=meeting.resolutions.count() + 1,
        title=title,
        text=text,
        reasons=reasons,
        author=author,
        approved_by_board=approved_by_board,
        body=body,
        matter=matter,
    )
    if body not in meeting.bodies:
        raise Refused(
            t(
                "Cette assemblée ne peut pas prendre une résolution de ce genre.",
                "This meeting cannot pass a resolution of that kind.",
            ),
            None,
            "resolution.body",
            facts={"body": body, "meeting": meeting.kind},
        )
    a.record(resolution)
    a.record(meeting)  # its chain puts those who enter resolutions at the same time one after the other
    return resolution


@act("assembly.resolution.change", label=t("Modifier une résolution", "Change a resolution"))
def change_resolution(
    a: Acting,
    *,
    resolution: Resolution,
    title: str = "",
    text: str = "",
    reasons: str = "",
    excluded: list[str] | None = None,
    excluded_reason: str = "",
    matter: str | None = None,
) -> Resolution:
    """Wording before the notice; afterwards only who may not vote it (related agreements), and why."""
    a.require("write", resolution)
    if title or text or reasons or matter is not None:
        require_status(resolution.meeting, "draft")
        _require_first_call(a, resolution.meeting)
        _require_company_s(a, resolution)
        check_matter(resolution.meeting, matter or "")
        resolution.matter = resolution.matter if matter is None else matter
        resolution.title, resolution.text = title or resolution.title, text or resolution.text
        resolution.reasons = reasons or resolution.reasons
    if excluded is not None:
        resolution.excluded, resolution.excluded_reason = sorted(excluded), excluded_reason
    a.record(resolution)
    return resolution


@act("assembly.resolution.move", label=t("Déplacer une résolution", "Move a resolution"))
def move_resolution(a: Acting, *, resolution: Resolution, position: int) -> Resolution:
    """Put a resolution at another place of the agenda; the others make room. Refused once the notice froze the order."""
    meeting = resolution.meeting
    a.require("write", resolution)
    _require_unfrozen(a, meeting)
    order = [row for row in _rows(meeting) if row.pk != resolution.pk]
    order.insert(min(max(position, 1), len(order) + 1) - 1, resolution)
    a.record(resolution)
    a.record(meeting)
    _number(a, order)
    return resolution


@act("assembly.resolution.withdraw", label=t("Retirer une résolution", "Withdraw a resolution"))
def withdraw_resolution(a: Acting, *, resolution: Resolution, reason: str) -> Resolution:
    """Before the notice: off the agenda, the others move up. After it: the board's own draft may still be withdrawn.

    It then keeps its number, since forms answer by it, and is not put to the vote. A draft of the holders is put to the
    vote whatever happens (R. 225-74).
    """
    meeting = resolution.meeting
    a.require("write", resolution)
    if not reason.strip():
        raise Refused(t("Dites pourquoi elle est retirée.", "Say why it is withdrawn."), None, "resolution.reason")
    if resolution.withdrawn_at or resolution.voted_at:
        raise Refused(
            t("Cette résolution est déjà retirée, ou déjà votée.", "This resolution is already withdrawn, or voted."),
            None,
            "resolution.closed",
        )
    if resolution.request and meeting.status == "draft":
        _require_company_s(a, resolution)
    take_off(a, resolution, reason)
    if meeting.status == "draft":
        _require_first_call(a, meeting)
        return resolution
    require_status(meeting, *BEFORE_SESSION)
    if lapsed := unproved(a, resolution):
        a.cite(lapsed)
    elif meeting.company.form == "sa":
        rule = a.law("assembly.agenda.holders-drafts", meeting.day)
        a.why(rules.check_withdrawal(rule, resolution.facts()))
    elif resolution.request:
        _require_company_s(a, resolution)
    return resolution


def take_off(a: Acting, resolution: Resolution, reason: str) -> None:
    """Before the notice it leaves the agenda and the others move up; after it, it keeps the number that forms answer by."""
    meeting = resolution.meeting
    resolution.withdrawn_at, resolution.withdrawn_reason = a.now, reason.strip()[:300]
    a.record(resolution)
    if meeting.status == "draft":
        resolution.position = 0
        a.record(meeting)
        _number(a, [row for row in _rows(meeting) if row.pk != resolution.pk])


def _require_company_s(a: Acting, resolution: Resolution) -> None:
    """Refuse to reword, or to take off, what holders lawfully had put on the agenda: it stands as they wrote it."""
    if resolution.request is None:
        return
    form, day = resolution.meeting.company.form, resolution.meeting.day
    layers = resolution.meeting.company.layers()
    raise Refused(
        t(
            "Ce projet a été inscrit à la demande de ses auteurs : il reste tel qu’ils l’ont écrit.",
            "This draft was put on the agenda at the request of its authors: it stands as they wrote it.",
        ),
        a.law("assembly.agenda.holders-drafts" if form == "sa" else f"assembly.{form}.drafts", day, layers),
        "resolution.holders-draft",
        facts={"position": resolution.position, "author": resolution.author},
        lawful=t(
            "Le conseil peut le commenter ; le retrait par ses auteurs se porte sur leur demande.",
            "The board may comment on it; its authors’ withdrawal is entered on their request.",
        ),
    )


def _rows(meeting: Meeting) -> list[Resolution]:
    return list(meeting.resolutions.select_related("meeting", "cell").order_by("position"))


def _number(a: Acting, order: list[Resolution]) -> None:
    """Number an agenda from 1; those whose number does not change are left alone."""
    for position, row in enumerate(order, 1):
        if row.position != position:
            row.position = position
            a.record(row)


def _require_first_call(a: Acting, meeting: Meeting) -> None:
    if meeting.call == 2 and meeting.first_meeting_id:
        raise Refused(
            t("L’ordre du jour ne change pas sur deuxième convocation.", "The agenda does not change on second call."),
            a.law("assembly.agenda.second-call", meeting.day),
            "agenda.frozen",
        )


def _require_unfrozen(a: Acting, meeting: Meeting) -> None:
    """Refuse to change the order once convened: the form answers the resolutions in the order presented (R. 225-76)."""
    _require_first_call(a, meeting)
    if meeting.status == "draft":
        return
    raise Refused(
        t(
            "L’assemblée est convoquée : l’ordre des résolutions est celui du formulaire de vote, il ne change plus.",
            "The meeting is convened: the order of the resolutions is that of the voting form, it changes no more.",
        ),
        a.law("assembly.form.content", meeting.day),
        "agenda.frozen",
        facts={"status": meeting.status},
        lawful=t(
            "Le conseil peut retirer un projet qu’il a présenté ; il garde son numéro et n’est pas mis aux voix.",
            "The board may withdraw a draft that it presented; it keeps its number and is not put to the vote.",
        ),
    )
