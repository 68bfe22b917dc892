"""What the pages share: the case that the person may see, how an act answers, the verdicts with their why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.kernel.actors import Actor
from opposable.kernel.faults import Fault
from opposable.kernel.models import Reading
from opposable.law import LawError, Refused, Text
from opposable.systems.traffic.acts.cases import DESK
from opposable.systems.traffic.acts.papers import loss_span
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.models.requisition import STATUSES
from opposable.systems.traffic.rules.categories import CATEGORIES, GROUPS
from opposable.systems.traffic.rules.qualify import STATUSES as VERDICTS
from opposable.web.access import actor_of, grants_of, paths, visible_or_404
from opposable.web.forms import see_other, toast

TONES = {
    "registered": "info", "qualified": "due", "approved": "due", "extracted": "due", "answered": "due", "delivered": "ok",
    "acknowledged": "ok", "refused": "refused", "cancelled": "info",
}  # fmt: skip
VERDICT_TONES = {"kept": "ok", "partly": "due", "not-permitted": "refused"}


def may(request: HttpRequest, verb: str, kind: str) -> bool:
    """Whether the person may ``verb`` the kind somewhere."""
    return bool(paths(grants_of(request), kind, verb))


def desk_or_404(request: HttpRequest, verb: str = "read", kind: str = DESK) -> None:
    """The desk (or another list) exists for who works there."""
    if not may(request, verb, kind):
        raise Http404


def case_or_404(request: HttpRequest, uid: str) -> Requisition:
    """The case, if the person is in it; looking at it is noted."""
    row: Requisition = visible_or_404(Requisition.objects.select_related("cell"), request, uid=uid)
    return row


def note_reading(request: HttpRequest, case: Requisition, what: str) -> None:
    """Reads of a case are noted, in the journal that expires."""
    Reading.objects.create(at=clock.now(), actor=actor_of(request).uid, obj=case.uid, what=what[:60])


def state_of(case: Requisition) -> tuple[str, Text]:
    """Tone and word."""
    return TONES[case.status], STATUSES[case.status]


def verdict_lines(case: Requisition) -> list[dict[str, Any]]:
    """The verdicts as the pages show them, each with its why."""
    return [
        {
            "category": next(label for name, label in CATEGORIES.items() if name == one["category"]),
            "group": next(group for name, group in GROUPS.items() if name == one["category"]),
            "tone": VERDICT_TONES.get(one["status"], "info"),
            "status": next(label for name, label in VERDICTS.items() if name == one["status"]),
            "reason": one["reason"],
            "lawful": one["lawful"],
            "cite": " ; ".join(one["cite"]) or "—",
            "why": {"rule": one["rule"], "facts": {}, "trace": one["trace"]},
            "given": one["status"] in {"kept", "partly"},
            "no_injunction": any(span["status"] == "no-injunction" for span in one["spans"]),
        }
        for one in case.verdicts
    ]


def loss_lines(losses: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What sources lost, as the pages show it."""
    return [
        {
            "source": one["source"],
            "delivery": one["delivery"],
            "what": Text(one["fr"], one["en"]),
            "when": loss_span(one),
        }
        for one in losses
    ]


def posted_text(request: HttpRequest, name: str) -> str:
    """A field as it was typed, without what no text holds. A browser sends a new line as two signs and counts it as one."""
    return request.POST.get(name, "").replace("\0", " ").replace("\r\n", "\n").strip()


def attempt(request: HttpRequest, call: Callable[[Actor], Any]) -> tuple[Any, Refused | None]:
    """Perform an act: its receipt, or the refusal. A fault (no certificate, no time-stamp) is said the same way."""
    try:
        return call(actor_of(request)), None
    except Refused as refused:
        return None, refused
    except LawError as error:
        return None, Refused(error.text, None, "law")
    except Fault as fault:
        return None, Refused(fault.text, None, "fault")


def perform(request: HttpRequest, call: Callable[[Actor], Any], *, done: Text, to: str) -> HttpResponseBase:
    """A button's act: afterwards the page says that it was done, or the refusal in full."""
    _, refused = attempt(request, call)
    if refused is not None:
        return refusal_page(request, refused, back=to)
    toast(request, done)
    return see_other(to)


def refusal_page(request: HttpRequest, refused: Refused, *, back: str) -> HttpResponse:
    """The refusal: reason, rule, facts, what stays lawful, and the seal of its own act."""
    context = {"refused": refused, "receipt": refused.receipt, "back": back}
    return TemplateResponse(request, "traffic/refused.html", context, status=refusal_status(refused))


def refusal_status(refused: Refused) -> int:
    """What a program that posts is told."""
    return 403 if refused.code == "access.denied" else 422


def download(data: bytes, kind: str, name: str) -> HttpResponse:
    """A file to keep; no cache keeps it."""
    answer = HttpResponse(data, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
