"""The receipt: what came, when, what it counts for, and the proof to take away. Read again after the meeting: was it counted?"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from opposable.kernel import clock, parts, proofs
from opposable.kernel.faults import Fault
from opposable.kernel.models import Act, Part, Reading
from opposable.kernel.system import law
from opposable.law import Refused, Text, t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts import after
from opposable.systems.assembly.acts.forms import COUNTED, PROXIES
from opposable.systems.assembly.acts.table import table_part
from opposable.systems.assembly.models import Entitlement, Form, LiveVote, Mailing, Resolution
from opposable.systems.assembly.rules import proxies, register, session
from opposable.systems.assembly.rules.forms import changes
from opposable.systems.assembly.rules.quorum import CHAIR
from opposable.systems.assembly.views.identification_session import Access, access_of
from opposable.systems.assembly.views.office_words import METHOD_WORDS, NEW_WORDS
from opposable.systems.assembly.views.voting_base import OVER, address, not_ready, page, see_other, show
from opposable.web.language import current
from opposable.web.ratelimit import Rate, limited
from opposable.web.register import PartLine, header_of, index_of, read_part
from opposable.web.views import log

Page = Callable[..., HttpResponse]
Votes = tuple[int, int, int]


def _owned(view: Page) -> Page:
    """A form of the voter of this session, with the act that received it. Somebody else's is not there."""

    @functools.wraps(view)
    def answered(request: HttpRequest, uid: str, **more: str) -> HttpResponse:
        access = access_of(request)
        rows = Form.objects.select_related("meeting__company", "meeting__cell", "holder", "cell", "proxy_holder")
        if access is None:
            found = rows.filter(uid=uid).first()
            return see_other(address("identify", found.meeting) if found else "/")
        form = get_object_or_404(rows, uid=uid, holder=access.voter.holder, meeting=access.meeting)
        act = Act.objects.select_related("leaf").get(obj=form.uid, seq=1)
        return view(request, access, form, act, **more)

    return answered


def own_form(view: Page) -> Page:
    """A page about a form of the voter of this session: read only."""
    return page(require_safe(_owned(view)))


@own_form
def receipt(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """The receipt of one form."""
    pieces = {piece.name: read_part(piece) for piece in Part.objects.filter(act=act, name__in=["why", "signature"])}
    why = pieces.get("why") or []
    context = {
        "access": access,
        "form": form,
        "act": act,
        "index": index_of(act),
        "entry": bytes(act.entry).hex(),
        "received_utc": clock.utc(form.received_at),
        "counted": form.status in COUNTED,
        "over": form.meeting.status in OVER,
        "table": form.meeting.status in OVER and table_part(form.meeting),
        "late": why[-1] if form.status == "late" and why else None,
        "why": why[0] if why else None,
        "signature": pieces.get("signature"),
        "lines": counted_as(form) if form.status != "late" else None,
        "confirmation": law().at("assembly.vote.confirmation", form.meeting.day, ()),
        "mailing": _mailing(form),
        "followed_by": _followed_by(form),
        "method": METHOD_WORDS.get(form.identified_by, form.identified_by),
        "clause": NEW_WORDS.get(form.new_resolutions, form.new_resolutions),
        **_addresses(form, index_of(act)),
        "others": form.meeting.forms.filter(holder=form.holder).exclude(pk=form.pk).count(),
    }
    return show(request, "receipt", form.meeting, context)


def _followed_by(form: Form) -> str:
    """The article by which this vote followed a transfer of shares, where it did."""
    if form.status not in ("amended", "void"):
        return ""
    return changes.article_of(law(), form.meeting.company.facts(), form.meeting.day)


def _addresses(form: Form, index: int | None) -> dict[str, str]:
    """Proof page, evidence bundle, PDF: the last two once the act is sealed."""
    found = {"proof_url": reverse("vote:proof", args=[form.uid])}
    if index is not None:
        found |= {f"{name}_url": reverse(f"vote:{name}", args=[form.uid]) for name in ("bundle", "pdf")}
    return found


def _mailing(form: Form) -> Mailing | None:
    rows = Mailing.objects.filter(meeting=form.meeting, holder=form.holder, purpose="confirmation")
    found: Mailing | None = rows.filter(message_id__startswith=f"<{form.uid}.").order_by("-id").first()
    return found


@own_form
def proof(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """The proof page of the act that received the form: its place in the log, its dates, and the check in this very page."""
    index = index_of(act)
    context = {
        "access": access,
        "form": form,
        "act": act,
        "index": index,
        "header": header_of(act),
        "received_utc": clock.utc(act.at),
        "proof": proofs.of(index, act) if index is not None else None,
        "pieces": [PartLine(piece) for piece in Part.objects.filter(act=act).order_by("name")],
        **_addresses(form, index),
    }
    return show(request, "proof", form.meeting, context)


@own_form
def act_json(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """``act.json``: the very bytes whose SHA-256 is the entry of the log."""
    if act.header is None:
        raise Http404
    return HttpResponse(bytes(act.header), content_type="application/json")


@own_form
def act_proof(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """``act.tlog-proof`` (C2SP)."""
    index = index_of(act)
    found = proofs.of(index) if index is not None else None
    if found is None:
        raise Http404
    return HttpResponse(found.text, content_type="text/plain; charset=utf-8")


@own_form
def part_file(request: HttpRequest, access: Access, form: Form, act: Act, name: str) -> HttpResponse:
    """``part-<name>.json``: canonical bytes of a part. Reading one is noted."""
    data = parts.part_bytes_of(get_object_or_404(Part, act=act, name=name))
    if data is None:
        raise Http404
    Reading.objects.create(at=clock.now(), actor=access.voter.uid, obj=form.uid, what=f"part {name}"[:60])
    return HttpResponse(data, content_type="application/json")


@own_form
def log_vkey(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """The log's keys, for the check in the page."""
    return log.vkey(request)


@own_form
def log_policy(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """The log's witnesses, for the check in the page."""
    return log.policy(request)


@own_form
@limited("vote-bundle", address=Rate(10, 60), methods=("GET",))
def bundle(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """«Emporter la preuve»: the evidence bundle (.asice) of this form. What is another's in a shared act is left out by name."""
    return _bundle(request, access, form)


@page
@require_POST
@_owned
@limited("vote-confirm", address=Rate(4, 60))
def counted(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """«Emporter la preuve du décompte»: the voter asks for his confirmation (L. 22-10-43-1), and has the bundle that it completes."""
    try:
        acts.confirmed(access.voter, current())
    except Fault:
        return not_ready(request, access)
    return _bundle(request, access, form)


def _bundle(request: HttpRequest, access: Access, form: Form) -> HttpResponse:
    name = f"vote-{form.received_at:%Y%m%d}-{form.uid[:8]}.asice"
    try:
        with TemporaryDirectory() as folder:
            data = acts.counted_bundle(form, access.voter, Path(folder) / name).read_bytes()
    except (Fault, OSError):
        return not_ready(request, access)
    return _download(data, "application/vnd.etsi.asic-e+zip", name)


@own_form
@limited("vote-pdf", address=Rate(10, 60), methods=("GET",))
def pdf(request: HttpRequest, access: Access, form: Form, act: Act) -> HttpResponse:
    """The receipt as PDF/A-3: the same bytes each time, from what the log has."""
    try:
        data = after.receipt_pdf(form, current())
    except Fault:
        return not_ready(request, access)
    return _download(data, "application/pdf", f"vote-{form.uid[:8]}.pdf")


def _download(data: bytes, kind: str, name: str) -> HttpResponse:
    return HttpResponse(data, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


# What was counted


@dataclass(frozen=True)
class Counted:
    """One resolution: the votes that the form casts on it, or the reason why it casts none; the result once declared."""

    row: Resolution
    votes: Votes | None
    note: Text | None
    adopted: bool | None
    no_quorum: bool = False


def counted_as(form: Form) -> list[Counted]:
    """The counted-as vector of a form, from its row and the register: what the tally adds up for this holder."""
    rows = list(form.meeting.resolutions.select_related("result").order_by("position"))
    rights = Entitlement.objects.filter(meeting=form.meeting, holder=form.holder).first()
    reader = _Reader(form, rights.voice() if rights else register.Voice())
    return [Counted(row, *reader.read(n, row), _adopted(row), _no_quorum(row)) for n, row in enumerate(rows)]


def _adopted(row: Resolution) -> bool | None:
    result = getattr(row, "result", None)
    return None if result is None else result.adopted


def _no_quorum(row: Resolution) -> bool:
    """Not rejected: the meeting could not decide on it."""
    result = getattr(row, "result", None)
    return result is not None and result.figures.get("why") == "no-quorum"


class _Reader:
    """One form against the rules of the meeting's day."""

    def __init__(self, form: Form, voice: register.Voice) -> None:
        self.form, self.voice = form, voice
        company = form.meeting.company.facts()
        self.blank = company.rule(law(), "assembly.proxy.blank", form.meeting.day)
        self.single = company.rule(law(), "assembly.form.single-document", form.meeting.day)
        votes = LiveVote.objects.filter(resolution__meeting=form.meeting, holder=form.holder)
        self.live = {vote.resolution_id: (vote.votes_for, vote.votes_against, vote.votes_abstain) for vote in votes}

    def read(self, n: int, row: Resolution) -> tuple[Votes | None, Text | None]:
        """The votes on a resolution, and what is to be said of them."""
        if row.withdrawn_at:
            return None, t("retirée : elle n’est pas mise aux voix", "withdrawn: it is not put to the vote")
        if self.form.holder.uid in row.excluded:
            return None, t("vous n’y prenez pas part", "you take no part in it")
        if not self.voice.of(row.facts().pool).votes:
            return None, t("vous n’y avez pas de voix", "you have no votes on it")
        if self.form.mode in PROXIES:
            return self._by(CHAIR if self.form.mode != "proxy-person" else self.form.proxy_name, row)
        if row.kind != "draft" or n >= len(self.form.choices):
            return self._clause(row)
        mark = self.form.marks[n]
        if mark is not None:
            return mark, None
        if self.form.proxy_name:
            return self._by(self.form.proxy_name, row)
        return None, t("sans marque : non exprimé", "no mark: not cast")

    def _by(self, who: str, row: Resolution) -> tuple[Votes | None, Text]:
        """What the chair votes is known beforehand (L. 225-106); what a person votes, once it was done in the room."""
        if who == CHAIR:
            mark = proxies.blank_choices(self.blank, [row.facts()], self.voice).value[0]
            votes: Votes | None = (mark[0], mark[1], mark[2]) if mark else None
            return votes, t("par le président, pour vous", "by the chair, for you")
        return self.live.get(row.pk), t("par {who}, pour vous", "by {who}, for you").format(who=who)

    def _clause(self, row: Resolution) -> tuple[Votes | None, Text | None]:
        note = t("résolution nouvelle, selon votre consigne", "new resolution, as you instructed")
        clause: Any = self.form.new_resolutions
        if clause == "proxy-person":
            return self._by(self.form.new_proxy, row)
        if not clause and self.form.proxy_name and row.kind == "draft":  # added since: whoever votes the rest votes it
            return self._by(self.form.proxy_name, row)
        try:
            mark = session.clause_choice(self.single, self.blank, clause, row.facts(), self.voice).value
        except Refused:
            mark = None
        if mark is None:
            return None, t("résolution nouvelle : rien de dit", "new resolution: nothing said")
        return (mark[0], mark[1], mark[2]), note
