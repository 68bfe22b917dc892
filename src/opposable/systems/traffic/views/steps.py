"""The buttons of a case: each is one act. What is not the next lawful step is refused by the act itself, with its rule."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase

from opposable.kernel.actors import Actor
from opposable.law import Refused, Text, t
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.armour import certificate_pem
from opposable.systems.traffic.acts.checking import still
from opposable.systems.traffic.acts.querying import questions, read_as_counted
from opposable.systems.traffic.exchange.answer.compose import make_answer
from opposable.systems.traffic.models import Requisition
from opposable.systems.traffic.views.base import attempt, case_or_404, posted_text as _text
from opposable.systems.traffic.views.record import refused_step
from opposable.web.forms import see_other, toast

LARGEST = 1 << 20


def step(request: HttpRequest, uid: str, name: str) -> HttpResponseBase:
    """The act of a button. What is not the next lawful step is refused by the act itself, with its rule; what was typed stays."""
    case = case_or_404(request, uid)
    found = STEPS.get(name)
    if found is None:
        raise Http404
    if request.method != "POST":  # the address of a refusal, opened again
        return see_other(case.get_absolute_url())
    call, done = found
    _, refused = attempt(request, lambda actor: call(actor, case, request))
    if refused is not None:
        return refused_step(request, uid, name, refused)
    toast(request, done)
    return see_other(case.get_absolute_url())


def _look_up(actor: Actor, case: Requisition, _request: HttpRequest) -> None:
    """Count every question that was not yet counted; whose an address was is asked when its rows are read."""
    still(case, "approved")  # of any other nothing may be left to count, and no act would say why
    done = {(one.position, one.store) for one in case.current_queries()}
    for position, store in questions(case):
        if (position, store) not in done and store != "identity":
            acts.count(actor, requisition=case, position=position, store=store)


def _read_all(actor: Actor, case: Requisition, _request: HttpRequest) -> None:
    for position, store in questions(case):
        query = next((one for one in case.current_queries() if (one.position, one.store) == (position, store)), None)
        if query is None:
            query = acts.count(actor, requisition=case, position=position, store=store).result
        if query.read_at is None:
            read_as_counted(actor, query)
    case.refresh_from_db()
    acts.close_extraction(actor, requisition=case)


def _persons(request: HttpRequest) -> int:
    given = _text(request, "persons")
    return int(given) if given.isdecimal() and len(given) < 6 else 0


def _day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(_text(request, name))
    except ValueError:
        raise Refused(
            t("La date ne se lit pas : écrivez 2026-03-14.", "The date does not read: write 2026-03-14."),
            None,
            "freeze.date",
        ) from None


def _certificate(request: HttpRequest) -> str:
    """As a file, the way authorities send it (DER or PEM), or pasted."""
    file = request.FILES.get("certificate_file")
    if file is not None and (file.size or 0) > LARGEST:
        raise Refused(
            t("Ce fichier n’est pas un certificat.", "This file is no certificate."), None, "certificate.large"
        )
    given = certificate_pem(file.read()) if file is not None else _text(request, "certificate")
    if not given:
        raise Refused(
            t("Choisissez le fichier du certificat, ou collez-le.", "Choose the file of the certificate, or paste it."),
            None,
            "certificate.none",
        )
    return given


def _order(request: HttpRequest) -> dict[str, Any]:
    """What an order of freezing says."""
    days = {name: _day(request, name) for name in ("ordered_on", "until")}
    return {"ground": _text(request, "ground"), **days}


STEPS: dict[str, tuple[Any, Text]] = {
    "qualify": (
        lambda actor, case, _: acts.qualify_requisition(actor, requisition=case),
        t("La réquisition est qualifiée.", "The requisition is qualified."),
    ),
    "hurry": (
        lambda actor, case, request: acts.hurry(actor, requisition=case, reason=_text(request, "reason")),
        t("L’urgence est déclarée.", "The emergency is declared."),
    ),
    "certificate": (
        lambda actor, case, request: acts.certify(actor, requisition=case, certificate=_certificate(request)),
        t(
            "Le certificat est au dossier ; la page dit s’il convient.",
            "The certificate is on file; the page says whether it will do.",
        ),
    ),
    "widen": (
        lambda actor, case, request: acts.widen(
            actor, requisition=case, persons=_persons(request), reason=_text(request, "reason")
        ),
        t("L’élargissement attend les approbations.", "The widening waits for its approvals."),
    ),
    "count": (_look_up, t("C’est compté ; rien n’a été lu.", "It is counted; nothing was read.")),
    "read": (_read_all, t("Les lignes sont lues.", "The rows are read.")),
    "answer": (
        lambda actor, case, _: make_answer(actor, requisition=case),
        t("La réponse est scellée.", "The answer is sealed."),
    ),
    "deliver": (
        lambda actor, case, request: acts.deliver(actor, requisition=case, how=_text(request, "how")),
        t("La remise est notée.", "The delivery is noted."),
    ),
    "acknowledge": (
        lambda actor, case, request: acts.acknowledge(actor, requisition=case, reference=_text(request, "reference")),
        t("L’accusé est noté.", "The acknowledgement is noted."),
    ),
    "invoice": (
        lambda actor, case, _: acts.invoice(actor, requisition=case),
        t("Le mémoire est établi.", "The statement is issued."),
    ),
    "refuse": (
        lambda actor, case, request: acts.refuse(actor, requisition=case, reason=_text(request, "reason")),
        t("Le refus est enregistré.", "The refusal is recorded."),
    ),
    "withdraw": (
        lambda actor, case, request: acts.withdraw(actor, requisition=case, reason=_text(request, "reason")),
        t("Le retrait est enregistré.", "The withdrawal is recorded."),
    ),
    "freeze": (
        lambda actor, case, request: acts.freeze(actor, requisition=case, **_order(request)),
        t("Les lignes sont gelées ; personne ne les a lues.", "The rows are frozen; nobody has read them."),
    ),
    "prolong": (
        lambda actor, case, request: acts.prolong(actor, requisition=case, **_order(request)),
        t("Le gel est prolongé.", "The freeze is prolonged."),
    ),
    "reassign": (
        lambda actor, case, request: acts.reassign(
            actor,
            requisition=case,
            seat=_text(request, "seat"),
            to=_text(request, "to"),
            reason=_text(request, "reason"),
        ),
        t("Le siège est confié.", "The seat is handed over."),
    ),
}
