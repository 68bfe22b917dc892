"""The form: what is put to the vote, what the law wants said, the summary, and the act. Every step works without JavaScript."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from opposable.kernel import clock, documents
from opposable.kernel.faults import Fault
from opposable.kernel.mail import has_server
from opposable.kernel.system import law
from opposable.law import Decision, Refused, Text, t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.forms import COUNTED, PROXIES
from opposable.systems.assembly.acts.voting import content_of, is_bearer
from opposable.systems.assembly.exchange import letters, mail
from opposable.systems.assembly.exchange.addresses import SHORT
from opposable.systems.assembly.models import Form, Meeting
from opposable.systems.assembly.rules.forms import FormFacts, Mention, changes, mentions, reception
from opposable.systems.assembly.rules.weights import PER_SHARE
from opposable.systems.assembly.rules.words import said
from opposable.systems.assembly.views.identification_session import (
    DRAFT,
    Access,
    access_of,
    draft_of,
    drop_draft,
    is_ours,
    keep_draft,
    new_key,
)
from opposable.systems.assembly.views.voting_ballot import CONTENT, SET_WORDS, WORDS, Ballot
from opposable.systems.assembly.views.voting_base import (
    OVER,
    address,
    meeting_or_404,
    not_ready,
    page,
    see_other,
    show,
    stage_of,
)
from opposable.web.format import legal_time_text, number_text
from opposable.web.language import current, say
from opposable.web.ratelimit import Rate, limited

Page = Callable[[HttpRequest, Meeting, Access], HttpResponse]
MODES = (
    (
        "vote",
        t("Je vote moi-même", "I vote myself"),
        t("résolution par résolution", "resolution by resolution"),
    ),
    (
        "proxy-chair",
        t("Je donne pouvoir au président de l’assemblée", "I give a proxy to the chair of the meeting"),
        t(
            "il vote pour les projets que le conseil présente ou agrée, contre les autres",
            "he votes for the drafts that the board puts or backs, against the others",
        ),
    ),
    (
        "proxy-person",
        t("Je donne pouvoir à une personne", "I give a proxy to a person"),
        t("elle doit venir à l’assemblée", "who must attend the meeting"),
    ),
    (
        "proxy-blank",
        t("Je donne pouvoir sans nommer personne", "I give a proxy that names no one"),
        t("pouvoir en blanc : même effet qu’au président", "blank proxy: same effect as to the chair"),
    ),
)
FINAL = t(
    "Ce vote sera définitif : les statuts ne permettent pas de le remplacer.",
    "This vote will be final: the bylaws do not let it be replaced.",
)
ABSTENTION = {
    "against": t(
        "L’abstention, ou l’absence de marque, compte comme un vote contre.",
        "Abstaining, or leaving no mark, counts as a vote against.",
    ),
    "not-cast": t(
        "L’abstention, ou l’absence de marque, n’est pas un vote exprimé.",
        "Abstaining, or leaving no mark, is not a vote cast.",
    ),
}
"""The mandatory warning in a few words, under each choice; its full text stands once on the form and on the summary."""
IN_PLACE = {
    "choices": "agenda",
    "abstention": "agenda",
    "last-date": "deadline",
    "received-content": "content",
    "certificate": "content",
    "not-both": "mode",
    "single-either": "mode",
    "single-proxy": "mode",
    "single-blank": "mode",
    "new-resolutions": "clause",
}
"""Where each mandatory mention stands on the page; the others are with the annexes."""


def identified(view: Page) -> Callable[[HttpRequest, str], HttpResponse]:
    """Only for the voter of the session. What he had typed when it ended is kept, and found again once identified."""

    @page
    @functools.wraps(view)
    def answered(request: HttpRequest, short: str) -> HttpResponse:
        access = access_of(request)
        if access is not None and len(short) >= SHORT and access.meeting.uid.startswith(short):
            return view(request, access.meeting, access)
        meeting = meeting_or_404(short)
        if access is None or access.meeting != meeting:
            if request.POST.get("key"):
                keep_draft(request)
                messages.warning(request, say(KEPT))
            return see_other(address("identify", meeting))
        return view(request, meeting, access)

    return answered


KEPT = t(
    "Votre session était terminée. Ce que vous avez saisi est gardé : identifiez-vous, vous le retrouverez.",
    "Your session had ended. What you typed is kept: identify yourself and you will find it again.",
)


@require_http_methods(["GET", "HEAD", "POST"])
@identified
def form(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """The form; by POST, the form again with what was typed («Modifier»), or with every open line marked (``fill``)."""
    stage = stage_of(meeting)
    if not stage.open:
        return show(request, "closed", meeting, {"stage": stage, "access": access})
    typed = request.POST if request.method == "POST" else draft_of(request, access.voter)
    ballot = Ballot(access.voter, typed)
    filled = None
    if request.method == "POST":
        keep_draft(request)
        word = request.POST.get("fill", "")
        if word in WORDS:
            filled = len(ballot.fill(word))
    return _form_page(request, ballot, access, {"stage": stage, "filled": filled})


@require_http_methods(["GET", "HEAD", "POST"])
@identified
def check(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """The summary before the act: nothing is sent yet. 422 with the errors beside the fields when something is wrong."""
    if request.method != "POST":
        return see_other(address("form", meeting))
    keep_draft(request)
    ballot = Ballot(access.voter, request.POST)
    if not ballot.check():
        return _form_page(request, ballot, access, {}, 422)
    context = {
        "access": access,
        "ballot": ballot,
        "told": ballot.told(),
        "mentions": _mentions(ballot),
        "proxy": ballot.proxy_name,
        "final": FINAL,
        "blank": ballot.rule("assembly.proxy.blank"),
        "irrevocable": ballot.rule("assembly.proxy.irrevocable"),
        "signature": _signature(ballot),
        "content": _content(ballot),
        **_before(ballot),
        "replacement": _replacement(ballot),
    }
    return show(request, "summary", meeting, context)


@require_POST
@identified
def send(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """The act. Its instant is the server's, its weight the register's; sent twice, it is one form and one receipt."""
    ballot = Ballot(access.voter, request.POST)
    if not is_ours(access.voter, ballot.key):
        keep_draft(request)
        return _form_page(request, ballot, access, {"stale": True}, 422)
    asked = clock.now()
    try:
        receipt = acts.submit_form(
            access.voter,
            key=ballot.key,
            identified_by=access.by,
            identified_entry=access.entry,
            **ballot.content(),
        )
    except Refused as refused:
        keep_draft(request)
        ballot.check()
        return _form_page(request, ballot, access, {"refused": refused}, 422)
    drop_draft(request)
    if receipt.at < asked:
        messages.info(request, say(ALREADY))
    elif has_server():
        mail.later(letters.confirm_soon, meeting.pk, receipt.at - letters.RECENT)
    return see_other(reverse("vote:receipt", args=[receipt.result.uid]))


ALREADY = t(
    "Ce formulaire était déjà reçu : voici le même reçu. C’est ce premier envoi qui vaut.",
    "This form was already received: here is the same receipt. That first sending is the one that stands.",
)


@require_safe
@identified
def mine(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """Every form received from this voter for this meeting, the one that counts first."""
    found = list(meeting.forms.filter(holder=access.voter.holder).order_by("-id"))
    found.sort(key=lambda row: row.status not in COUNTED)
    if len(found) == 1:
        return HttpResponseRedirect(reverse("vote:receipt", args=[found[0].uid]))
    context = {
        "forms": found,
        "access": access,
        "over": meeting.status in OVER,
        "confirmation": law().at("assembly.vote.confirmation", meeting.day, ()),
    }
    return show(request, "mine", meeting, context)


@require_POST
@identified
@limited("vote-confirm", address=Rate(4, 60))
def confirm(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """L. 22-10-43-1, 3rd par.: the voter asks, the company confirms, by a sealed document. Asked again, the same document."""
    try:
        data = documents.read(acts.confirmed(access.voter, current()))
    except Fault:
        return not_ready(request, access)
    name = f"confirmation-{access.voter.login}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type="application/pdf", headers=headers)


@require_safe
@identified
def annexes(request: HttpRequest, meeting: Meeting, access: Access) -> HttpResponse:
    """What is annexed to the form (R. 225-76): the drafts with their reasons and authors, the request for documents."""
    ballot = Ballot(access.voter)
    points = meeting.requests.filter(kind="point", status="listed")
    context = {"ballot": ballot, "access": access, "mentions": _mentions(ballot), "points": points}
    return show(request, "annexes", meeting, context)


# What the pages show


def _form_page(
    request: HttpRequest, ballot: Ballot, access: Access, more: dict[str, Any], status: int = 200
) -> HttpResponse:
    typed = ballot.key if is_ours(ballot.voter, ballot.key) else ""
    context = {
        "access": access,
        "ballot": ballot,
        "key": typed or new_key(ballot.voter),
        "modes": [(value, *(said(ballot.company.form, one) for one in words)) for value, *words in MODES],
        "splits": ballot.voter.holder.kind == "intermediary",
        "abstention": ABSTENTION[ballot.rule("assembly.form.content").word("warning")],
        "abstention_rule": ballot.rule("assembly.form.content"),
        "irrevocable": ballot.rule("assembly.proxy.irrevocable"),
        "mentions": _mentions(ballot),
        "rights": ballot.rights,
        "weight": _weight(ballot),
        "content": _content(ballot),
        **_before(ballot),
        "replacement": _replacement(ballot),
        "kept": request.method != "POST" and DRAFT in request.session and bool(typed),
        **more,
    }
    return show(request, "form", ballot.meeting, context, status)


def _mentions(ballot: Ballot) -> dict[str, list[Mention]]:
    """The mandatory mentions of the rule in force at the meeting, by the place where they stand."""
    facts = FormFacts(ballot.company, single_document=True, bearer=is_bearer(ballot.voter.holder))
    places: dict[str, list[Mention]] = {}
    for mention in mentions(law(), ballot.meeting.day, facts):
        places.setdefault(IN_PLACE.get(mention.id, "annexes"), []).append(mention)
    return places


def _weight(ballot: Ballot) -> dict[str, Any] | None:
    """Why the holder has these votes: the rule, and the working kept with his entitlement."""
    if ballot.rights is None:
        return None
    rule = ballot.rule("assembly.vote.double" if ballot.company.form == "sa" else PER_SHARE[ballot.company.form])
    return {"rule": rule.pin(), "facts": {}, "trace": ballot.rights.why}


def _content(ballot: Ballot) -> list[tuple[Any, str]]:
    """What the form received will hold of the voter (R. 225-77), as the register has it."""
    held = content_of(ballot.voter.holder)
    held["quantity"] = number_text(held["quantity"], current())
    return [(CONTENT[name], _in_words(held[name])) for name in CONTENT if held.get(name)]


def _in_words(held: str) -> str:
    """What a form bears, its few set words said in the language of the page (the form keeps them in French)."""
    return ", ".join(say(SET_WORDS.get(part, Text(part, part))) for part in held.split(", "))


def _signature(ballot: Ballot) -> Decision[str] | Refused:
    """The process that stands for a signature, with the clause of the bylaws that describes it."""
    try:
        return reception.check_signature(ballot.rule("assembly.form.signature"), ballot.meeting.signature_level)
    except Refused as refused:
        return refused


def _before(ballot: Ballot) -> dict[str, Any]:
    """The form that counts now; when it is a proxy that binds its giver (R. 225-80), a vote does not take its whole place."""
    found = _standing(ballot)
    named = found is not None and (found.mode in PROXIES or bool(found.proxy_name))
    stays = named and ballot.mode in ("", "vote") and ballot.company.bound_by(ballot.rule("assembly.proxy.irrevocable"))
    at = legal_time_text(found.received_at, current(), "short", ballot.meeting.zone) if found else ""
    return {"standing": found, "proxy_stays": stays, "standing_at": at}


def _standing(ballot: Ballot) -> Form | None:
    """The form of this voter that counts now."""
    found: Form | None = ballot.meeting.forms.filter(holder=ballot.voter.holder, status__in=COUNTED).first()
    return found


def _replacement(ballot: Ballot) -> Decision[bool] | Refused:
    """Whether a new form may take the place of the first."""
    try:
        standing = _standing(ballot)
        since = standing is not None and standing.mode == "vote" and len(standing.choices) < len(ballot.rows)
        return changes.check_replacement(ballot.rule("assembly.mode.no-change"), ballot.company, completes=since)
    except Refused as refused:
        return refused
