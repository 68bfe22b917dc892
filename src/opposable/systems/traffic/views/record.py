"""The record of a requisition: where it stands, the next lawful step, the verdicts, who approved, what was looked up."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.kernel.decisions import standings, state_digest
from opposable.kernel.documents import files
from opposable.kernel.models import Account, Decision, Document
from opposable.law import Refused, Text, local_day, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.approving import contested, standing
from opposable.systems.traffic.acts.cases import CERTIFIABLE
from opposable.systems.traffic.acts.holds import running
from opposable.systems.traffic.acts.papers import selector_text, unsaid_words
from opposable.systems.traffic.acts.querying import questions
from opposable.systems.traffic.exchange.answer.compose import sealed_file
from opposable.systems.traffic.exchange.answer.recipient import verdict
from opposable.systems.traffic.models import Anchor, Answer, Freeze, Invoice, Requisition
from opposable.systems.traffic.models.requisition import CHANNELS
from opposable.systems.traffic.rules.asking import BASES, PROTECTED, REQUESTERS
from opposable.systems.traffic.rules.categories import CATEGORIES
from opposable.systems.traffic.rules.selecting import KINDS
from opposable.systems.traffic.rules.tariff import SERVICES
from opposable.systems.traffic.rules.words import store_words
from opposable.systems.traffic.views.base import (
    attempt,
    case_or_404,
    download,
    loss_lines,
    may,
    note_reading,
    posted_text,
    refusal_status,
    state_of,
    verdict_lines,
)
from opposable.systems.traffic.views.step_forms import asked, asked_again, seats_of
from opposable.web.access import actor_of, grants_of, paths
from opposable.web.forms import see_other, toast
from opposable.web.register import timeline_of

ROLES = {
    "traffic.case-legal": t("approbateur juridique", "legal approver"),
    "traffic.case-security": t("approbateur sûreté", "security approver"),
}


def record(request: HttpRequest, uid: str) -> HttpResponseBase:
    """One case."""
    return case_page(request, case_or_404(request, uid))


def refused_step(request: HttpRequest, uid: str, name: str, refused: Refused) -> HttpResponseBase:
    """The case after an act that was refused: the refusal first, then the form of the step with what was typed."""
    case = case_or_404(request, uid)  # anew: the act may have changed the one it was given
    context = {
        "refused": refused,
        "receipt": refused.receipt,
        "again": asked_again(request, case, name, _too_many(case)),
    }
    return case_page(request, case, **context, status=refusal_status(refused))


def case_page(request: HttpRequest, case: Requisition, *, status: int = 200, **more: Any) -> HttpResponseBase:
    """The page of a case."""
    note_reading(request, case, "requisition")
    context = {
        **frame(request, case),
        "verdicts": verdict_lines(case),
        "approvals": approvals_of(case),
        "needed": 1 if case.emergency_at and not contested(case) else 2,
        "selectors": selector_lines(case),
        "queries": (queries := query_lines(case)),
        "losses": any(one["lost"] for one in queries),
        "answer": Answer.objects.filter(requisition=case).first(),
        "invoice": (invoice := Invoice.objects.filter(requisition=case).first()),
        "invoiced": [one | {"label": SERVICES[one["service"]]} for one in invoice.lines] if invoice else [],
        "history": timeline_of(case.uid),
        "persons": (persons := _too_many(case)),
        "steps": asked(case, persons),
        "freezes": Freeze.objects.filter(requisition=case).order_by("pk"),
        "frozen": bool(running(case, local_day(clock.now()))),
        "may_freeze": case.status in {"qualified", "approved"} and bool(case.answered_categories),
        "seats": seats_of(case),
        "to": recipient_of(case),
        "may_trust": may(request, "read", Anchor.Evidence.kind),
        "spoken": actor_of(request).uid in {one.person for one in standing(case)},
        "may_amend": amendable(case),
        "withdrawable": WITHDRAWABLE,
        "to_count": case.status == "approved" and _to_count(case),
        **more,
    }
    return TemplateResponse(request, "traffic/requisition.html", context, status=status)


def recipient_of(case: Requisition) -> dict[str, Any] | None:
    """Whether the certificate on file would do if the answer were sealed now; None once it is sealed, or nothing is to be."""
    if case.status not in CERTIFIABLE:
        return None
    found = verdict(case.certificate, clock.now())
    if isinstance(found, Text):
        word = t("refusé", "refused") if case.certificate else t("manque", "missing")
        return {"mark": ("refused" if case.certificate else "due", word), "why": found}
    return {
        "mark": ("ok", t("acceptable", "acceptable")),
        "subject": found.subject.rfc4514_string(),
        "until": found.not_valid_after_utc,
    }


def frame(request: HttpRequest, case: Requisition) -> dict[str, Any]:
    """What each page of the case shows of it."""
    held = [path for path in paths(grants_of(request), case.Evidence.kind, "write") if case.cell.path.startswith(path)]
    approves = [
        path for path in paths(grants_of(request), case.Evidence.kind, "approve") if case.cell.path.startswith(path)
    ]
    return {
        "case": case,
        "mark": state_of(case),
        "basis": next(label for name, label in BASES.items() if name == case.basis),
        "requester": REQUESTERS[case.requester],
        "channel": CHANNELS[case.channel],
        "protected": next(label for name, label in PROTECTED.items() if name == case.protected)
        if case.protected
        else None,
        "asked_data": [CATEGORIES[one] for one in case.wanted],
        "conditions": [label for name, label in CONDITIONS.items() if getattr(case, name)],
        "may_write": bool(held),
        "may_approve": bool(approves) and case.registered_by != actor_of(request).uid,
        "digest": state_digest(case),
    }


CONDITIONS = {
    "authorised": t(
        "l’autorisation, la commission ou l’ordonnance est jointe", "the authorisation, commission or order is joined"
    ),
    "by_network": t("commise par un réseau de communications", "committed through a communications network"),
    "author_only": t("pour identifier l’auteur seulement", "only to identify its author"),
    "victim_asks": t("terminal de la victime, à sa demande", "the victim’s terminal, at her request"),
    "missing_person": t("personne disparue", "missing person"),
    "consent": t("accord écrit de la personne protégée joint", "written consent of the protected person joined"),
    "judge_order": t("ordonnance du juge des libertés jointe", "order of the liberty judge joined"),
    "electronic": t("demande sous forme électronique, copiable", "request in electronic form, to be copied"),
}
"""What the registrar ticked: the law decides on it, so whoever approves reads it."""
WITHDRAWABLE = ("registered", "qualified", "approved", "extracted", "answered")
AMENDED = ("registered", "qualified", "approved")


def amendable(case: Requisition) -> bool:
    """Whether the page can amend it."""
    return case.status in AMENDED


def selector_lines(case: Requisition) -> list[dict[str, Any]]:
    """The selectors as people read them."""
    kinds = {str(name): label for name, label in KINDS.items()}
    return [{"kind": kinds[one["kind"]], "text": selector_text(one)} for one in case.selectors]


def query_lines(case: Requisition) -> list[dict[str, Any]]:
    """The questions in their order: counted, read, or still to be asked."""
    done = {(one.position, one.store): one for one in case.current_queries()}
    planned = (
        questions(case) if case.status in {"approved", "extracted", "answered", "delivered", "acknowledged"} else []
    )
    return [
        {
            "number": position + 1,
            "position": position,
            "store": store,
            "store_words": store_words(store),
            "text": selector_text(case.selectors[position]),
            "query": (query := done.get((position, store))),
            "lost": loss_lines(query.lost if query else []),
            "unsaid": unsaid_words(query.selector, query.unsaid) if query and query.unsaid else None,
        }
        for position, store in planned
    ]


def approvals_of(case: Requisition) -> list[dict[str, Any]]:
    """Who spoke, in which capacity, and whether it still is about this very state."""
    made = list(Decision.objects.filter(subject=case.uid).order_by("pk"))
    names = dict(Account.objects.filter(uid__in=[one.person for one in made]).values_list("uid", "name"))
    now = standings(made)
    return [
        {
            "who": names.get(one.person, "—"),
            "role": ROLES.get(one.role, Text(one.role, one.role)),
            "at": one.made_at,
            "agreed": one.approves,
            "review": one.act == "traffic.approval.review",
            "standing": now[one.uid],
        }
        for one in made
    ]


def _to_count(case: Requisition) -> bool:
    done = {(one.position, one.store) for one in case.current_queries()}
    return any(one not in done and one[1] != "identity" for one in questions(case))


def _too_many(case: Requisition) -> int:
    """How many persons an address pointed to, where that is more than may be answered for."""
    found = [one.persons for one in case.current_queries() if not one.read_at and one.selector.get("kind") == "address"]
    most = max(found, default=0)
    return most if most > max(1, case.accepted_persons) else 0


# ---- approval ---------------------------------------------------------------------------------------------------------


def approve(request: HttpRequest, uid: str) -> HttpResponseBase:
    """The approval page: exactly what is decided on, by its digest; two buttons. A refusal keeps the remark."""
    case, refused = case_or_404(request, uid), None
    remark = posted_text(request, "remark")
    if request.method == "POST":
        agreed, about = request.POST.get("agreed") == "yes", request.POST.get("about", "")[:64]
        call = acts.review if case.emergency_at and case.status not in {"registered", "qualified"} else acts.approve
        _, refused = attempt(
            request, lambda actor: call(actor, requisition=case, about=about, agreed=agreed, remark=remark[:500])
        )
        if refused is None:
            toast(request, t("Votre décision est enregistrée.", "Your decision is recorded."))
            return see_other(case.get_absolute_url())
        case = case_or_404(request, uid)  # as it stands now: it may be another than was read
    note_reading(request, case, "approval")
    shown = frame(request, case)
    spoken = actor_of(request).uid in {one.person for one in standing(case)}
    review = bool(case.emergency_at) and case.status not in {"registered", "qualified"} and not case.reviewed_at
    context = {
        **shown,
        "verdicts": verdict_lines(case),
        "selectors": selector_lines(case),
        "approvals": approvals_of(case),
        "spoken": spoken,
        "review": review,
        "may_decide": shown["may_approve"] and (review or (case.status == "qualified" and not spoken)),
        "refused": refused,
        "receipt": refused.receipt if refused else None,
        "remark": remark,
    }
    return TemplateResponse(
        request, "traffic/approve.html", context, status=refusal_status(refused) if refused else 200
    )


# ---- files ------------------------------------------------------------------------------------------------------------


def answer_file(request: HttpRequest, uid: str) -> HttpResponse:
    """The encrypted answer, as it goes to the authority."""
    case = case_or_404(request, uid)
    found = Answer.objects.filter(requisition=case).first()
    data = sealed_file(found) if found and "export" in _verbs(request, case) else None
    if data is None:
        raise Http404
    note_reading(request, case, "answer")
    return download(data, "application/pkcs7-mime", f"reponse-{case.uid[:8]}.p7m")


def paper_file(request: HttpRequest, uid: str, name: str) -> HttpResponse:
    """The letter or the statement of costs, in PDF."""
    case = case_or_404(request, uid)
    kind = {"letter": "traffic.answer", "invoice": "traffic.invoice"}.get(name)
    document = Document.objects.filter(subject=case.uid, kind=kind).order_by("-version").first()
    if document is None or "read" not in _verbs(request, case):
        raise Http404
    note_reading(request, case, name)
    return download(files.read(document), "application/pdf", f"{name}-{case.uid[:8]}.pdf")


def _verbs(request: HttpRequest, case: Requisition) -> set[str]:
    held = grants_of(request)
    return {
        verb
        for verb in ("read", "export")
        if any(case.cell.path.startswith(path) for path in paths(held, Answer.Evidence.kind, verb))
    }
