"""What was received: turnout, the list of forms, one form with its why, proof and history; and the votes of each holder."""

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from opposable.kernel import parts
from opposable.kernel.models import Act
from opposable.kernel.system import law
from opposable.law import LawError
from opposable.law.text import Text, t
from opposable.systems.assembly.acts.counting import COUNTED
from opposable.systems.assembly.models import Entitlement, Form, Holder, Meeting, Resolution
from opposable.systems.assembly.models.voting import KEYED
from opposable.systems.assembly.views.office_base import can, listed, meeting_or_404, note_reading, require
from opposable.systems.assembly.views.office_kept import kept
from opposable.systems.assembly.views.office_record import last_act, meeting_url, record
from opposable.systems.assembly.views.office_register import holder_url
from opposable.systems.assembly.views.office_why import why_in_words
from opposable.systems.assembly.views.office_words import (
    BY_HAND,
    CHANNEL_WORDS,
    FORM_STATES,
    LEVEL_WORDS,
    MARK_WORDS,
    METHOD_WORDS,
    MODE_WORDS,
    NEW_WORDS,
)
from opposable.web.access import actor_of
from opposable.web.language import current
from opposable.web.listing import Column, Filter, Listing, Page
from opposable.web.register import Entry, entries_of, index_of
from opposable.web.shell import log_state

# ---- forms -----------------------------------------------------------------------------------------------------------


def form_url(form: Form) -> str:
    return meeting_url("form", form.meeting, form.uid)


def _search(rows: QuerySet[Any], given: str) -> QuerySet[Any]:
    return rows.filter(Q(holder__name__icontains=given) | Q(holder__ref__istartswith=given) | Q(uid__startswith=given))


def _level(row: Form) -> Text:
    return LEVEL_WORDS[row.signature_level] if row.channel == "electronic" else BY_HAND


FORMS = Listing(
    columns=(
        Column("holder", t("Titulaire", "Holder"), lambda row: str(row.holder), href=form_url),
        Column("ref", t("Compte", "Account"), lambda row: row.holder.ref),
        Column("at", t("Reçu", "Received"), lambda row: row.received_at, "second"),
        Column("mode", t("Mode", "Mode"), lambda row: MODE_WORDS[row.mode]),
        Column("channel", t("Canal", "Channel"), lambda row: CHANNEL_WORDS[row.channel], default=False),
        Column("level", t("Signature", "Signature"), _level, default=False),
        Column("seal", t("Sceau", "Seal"), lambda row: getattr(row, "act", None), "seal"),
        Column("state", t("État", "State"), lambda row: FORM_STATES[row.status], "state"),
    ),
    filters=(
        Filter(
            "status",
            t("État", "State"),
            [(key, label) for key, (_, label) in FORM_STATES.items()],
            lambda rows, value: rows.filter(status=value),
        ),
        Filter("mode", t("Mode", "Mode"), list(MODE_WORDS.items()), lambda rows, value: rows.filter(mode=value)),
    ),
    order=("-pk",),
    search=_search,
    export_name="forms",
)


def forms(request: HttpRequest, uid: str) -> HttpResponseBase:
    """«Formulaires reçus», the last first, each with its seal."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Form.Evidence.kind, meeting.cell)
    hidden = _hidden(request, meeting)
    rows = Form.objects.filter(meeting=meeting).select_related("holder", "meeting")
    rows = rows.exclude(pk__in=hidden) if hidden else rows
    page, download = listed(request, FORMS, rows, Form.Evidence.kind, meeting.cell)
    if download is not None or page is None:
        note_reading(request, meeting, "forms export")
        return download  # type: ignore[return-value]
    _give_seals(page)
    may_enter = can(request, "write", Form.Evidence.kind, meeting.cell)
    context = {**record(request, meeting, "forms"), "list": page, "may_enter": may_enter, "hidden": len(hidden)}
    return TemplateResponse(request, "assembly/office/forms.html", context)


def _hidden(request: HttpRequest, meeting: Meeting) -> list[int]:
    """First keyings of others: what they say is not shown until somebody else has keyed the same scan."""
    return list(Form.objects.filter(meeting=meeting).hidden_from(actor_of(request)).values_list("pk", flat=True))


def _give_seals(page: Page) -> None:
    """The act that received each form of the page. One query."""
    acts = Act.objects.filter(obj__in=[row.uid for row in page.rows], seq=1).select_related("leaf")
    by_obj = {act.obj: Entry(act, index_of(act)) for act in acts}
    for row in page.rows:
        row.act = by_obj.get(row.uid)


@dataclass(frozen=True)
class Choice:
    """What a form says on one resolution, in votes; ``said`` is None where it is not marked.

    ``since``: the resolution was put on the agenda after the form, which answers it by its instruction for new ones.
    """

    position: int
    title: str
    said: tuple[int, int, int] | None
    since: bool = False


def form(request: HttpRequest, uid: str, form_uid: str) -> HttpResponseBase:
    """One form: why it counts or not, what it says, its proof and its history. The reading is noted."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Form.Evidence.kind, meeting.cell)
    rows = Form.objects.filter(meeting=meeting).select_related("holder", "proxy_holder")
    row = get_object_or_404(rows, uid=form_uid)
    if row.status == KEYED and row.pk in _hidden(request, meeting):
        raise Http404
    row.holder.company = meeting.company
    note_reading(request, row, "form")
    acts = Act.objects.filter(obj=row.uid).select_related("leaf").order_by("-pk")
    history = entries_of(acts, whys=True)
    received = next((entry for entry in history if entry.act.seq == 1), None)
    agenda = list(meeting.resolutions.filter(kind="draft").order_by("position").values_list("position", "title"))
    rights = Entitlement.objects.filter(meeting=meeting, holder=row.holder).first()
    may_read_holder = can(request, "read", Holder.Evidence.kind, meeting.cell)
    context = {
        **record(request, meeting, "forms", seal=False),
        "row": row,
        "form_mark": FORM_STATES[row.status],
        "mode": MODE_WORDS[row.mode],
        "channel": CHANNEL_WORDS[row.channel],
        "level": _level(row),
        # The state of the log on every page is a second old at most: this act's own seal may be younger.
        "tree_size": max(log_state().size, (received.index or 0) + 1) if received else 0,
        "method": METHOD_WORDS.get(row.identified_by, row.identified_by),
        "new_words": NEW_WORDS.get(row.new_resolutions, row.new_resolutions),
        "choices": _choices(row, agenda),
        "rights": rights,
        "received": received,
        "whys": whys_of(received),
        "submitted": _submitted(received) if row.status == "late" else [],
        "history": [replace(entry, why=None) if entry is received else entry for entry in history],
        "holder_url": holder_url("holder", row.holder) if may_read_holder else "",
    }
    return TemplateResponse(request, "assembly/office/form.html", context)


def _choices(row: Form, agenda: list[tuple[int, str]]) -> list[Choice]:
    if row.mode != "vote":
        return []
    answered = len(row.marks)
    marks = [*row.marks, *[None] * (len(agenda) - answered)]
    return [
        Choice(position, title, mark, n >= answered)
        for n, ((position, title), mark) in enumerate(zip(agenda, marks, strict=False))
    ]


def whys_of(received: Entry | None) -> list[Any]:
    """What decided at reception; a refusal comes first, and alone."""
    stored = [item for item in (received.why if received else None) or () if item]
    refused = [item for item in stored if "reason" in item]
    return [why_in_words(item) for item in refused or stored]


def _submitted(received: Entry | None) -> list[tuple[str, Text | str]]:
    """What a form that came too late said, as it was sent: resolution, and the words or quantities written."""
    said = parts.read(received.act.pk, "submitted") if received else None
    marks = said.get("marks", ()) if isinstance(said, dict) else ()
    return [(str(mark.get("resolution", "")), _marked(mark)) for mark in marks]


def _marked(mark: dict[str, str]) -> Text | str:
    if "vote" in mark:
        return MARK_WORDS.get(mark["vote"], mark["vote"])
    split = (f"{MARK_WORDS[name].of(current())} {mark[name]}" for name in MARK_WORDS if name in mark)
    return ", ".join(split)


# ---- votes of each holder --------------------------------------------------------------------------------------------


FIGURES = ("shares_ordinary", "votes_ordinary", "shares_extraordinary", "votes_extraordinary")


def entitlement_url(row: Entitlement) -> str:
    return meeting_url("entitlement", row.meeting, row.uid)


ENTITLEMENTS = Listing(
    columns=(
        Column("holder", t("Titulaire", "Holder"), lambda row: str(row.holder), href=entitlement_url),
        Column("ref", t("Compte", "Account"), lambda row: row.holder.ref),
        Column("shares_o", t("Actions (AGO)", "Shares (ordinary)"), lambda row: row.shares_ordinary, "number"),
        Column("votes_o", t("Voix (AGO)", "Votes (ordinary)"), lambda row: row.votes_ordinary, "number"),
        Column(
            "shares_e", t("Actions (AGE)", "Shares (extraordinary)"), lambda row: row.shares_extraordinary, "number"
        ),
        Column(
            "votes_p",
            t("Voix (bénéfices)", "Votes (profits)"),
            lambda row: row.votes("profits"),
            "number",
            default=False,
        ),
        Column("votes_e", t("Voix (AGE)", "Votes (extraordinary)"), lambda row: row.votes_extraordinary, "number"),
    ),
    order=("-votes_ordinary", "pk"),
    search=lambda rows, given: rows.filter(Q(holder__name__icontains=given) | Q(holder__ref__istartswith=given)),
    export_name="entitlements",
)


VOTES_ON_PROFITS = Sum(Coalesce("votes_profits", "votes_ordinary"))


def _shown(split: bool) -> Listing:
    """Where a usufruct votes the profits apart, that column is there at once."""
    if not split:
        return ENTITLEMENTS
    columns = [replace(one, default=True) if one.key == "votes_p" else one for one in ENTITLEMENTS.columns]
    return replace(ENTITLEMENTS, columns=tuple(columns))


def entitlements(request: HttpRequest, uid: str) -> HttpResponseBase:
    """«Droits de vote», the largest first: provisional until the record date, then fixed."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Entitlement.Evidence.kind, meeting.cell)
    rows = Entitlement.objects.filter(meeting=meeting).select_related("holder", "meeting")
    sums = {"profits": VOTES_ON_PROFITS, "split": Count("votes_profits"), **{name: Sum(name) for name in FIGURES}}
    totals = kept(
        ("votes", meeting.uid, meeting.seq), lambda: meeting.entitlements.aggregate(holders=Count("pk"), **sums)
    )
    page, download = listed(request, _shown(totals["split"] > 0), rows, Entitlement.Evidence.kind, meeting.cell)
    if download is not None:
        note_reading(request, meeting, "entitlements export")
        return download
    context = {**record(request, meeting, "entitlements"), "list": page, "totals": totals}
    return TemplateResponse(request, "assembly/office/entitlements.html", context)


def entitlement(request: HttpRequest, uid: str, entitlement_uid: str) -> HttpResponseBase:
    """The votes of one holder, with the arithmetic lot by lot."""
    meeting = meeting_or_404(request, uid)
    require(request, "read", Entitlement.Evidence.kind, meeting.cell)
    row = get_object_or_404(Entitlement.objects.filter(meeting=meeting).select_related("holder"), uid=entitlement_uid)
    row.holder.company = meeting.company
    note_reading(request, row, "entitlement")
    may_read_holder = can(request, "read", Holder.Evidence.kind, meeting.cell)
    context = {
        **record(request, meeting, "entitlements"),
        "row": row,
        "why": _working(meeting, row),
        "row_seal": last_act(row),
        "on": _on_each(meeting, row),
        "sent": Form.objects.filter(meeting=meeting, holder=row.holder, status__in=COUNTED).first(),
        "modes": MODE_WORDS,
        "holder_url": holder_url("holder", row.holder) if may_read_holder else "",
    }
    return TemplateResponse(request, "assembly/office/entitlement.html", context)


def _on_each(meeting: Meeting, row: Entitlement) -> list[tuple[Resolution, int]]:
    """The votes on each resolution, where they are not the same on all of them: a split ownership."""
    voice = row.voice()
    if voice.profits is None and voice.ordinary == voice.extraordinary:
        return []
    rows = meeting.resolutions.filter(withdrawn_at=None).order_by("position")
    return [(resolution, voice.of(resolution.facts().pool).votes) for resolution in rows]


def _working(meeting: Meeting, row: Entitlement) -> Any:
    """The stored arithmetic, with the rule on votes by share as the bylaws of that day leave it."""
    found = why_in_words({"rule": None, "facts": {}, "trace": row.why}) if row.why else None
    try:
        rule = meeting.company.facts().rule(law(), "assembly.vote.double", meeting.day)
    except LawError:
        return found
    return replace(found, rule=rule) if found else None
