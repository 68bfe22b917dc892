"""The second certificate: the authors of a draft still hold enough at the instant of the record (R. 225-71, last par.)."""

from __future__ import annotations

from datetime import timedelta

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, Rule, t
from opposable.systems.assembly.acts.convening import meeting_facts
from opposable.systems.assembly.acts.held import held_at
from opposable.systems.assembly.acts.requests import DIGEST, share
from opposable.systems.assembly.models import AgendaRequest, Resolution
from opposable.systems.assembly.rules import requests as rules


@act("assembly.request.prove", label=t("Porter la nouvelle attestation", "Enter the second certificate"))
def prove_request(a: Acting, *, request: AgendaRequest, certificates: dict[str, str]) -> AgendaRequest:
    """The authors still hold enough at the instant of the record: certificates (SHA-256) by account (R. 225-71, last par.).

    Without it the point or draft is not examined. Below the threshold by then: refused, and the request lapses.
    """
    a.require("write", request)
    meeting = request.meeting
    due = rules.proof_date(a.statutes, meeting_facts(meeting))
    if request.status != "listed" or due is None or not request.certified:
        raise Refused(
            t("Cette demande n’attend pas de nouvelle attestation.", "This request awaits no second certificate."),
            due.rule if due else None,
            "request.status",
            facts={"status": request.status},
        )
    if a.now < due.at:
        raise Refused(
            t(
                "La nouvelle attestation constate les titres à une date qui n’est pas venue.",
                "The second certificate states the shares on a day that has not come.",
            ),
            due.rule,
            "request.early",
            trace=due.trace,
        )
    given = {str(ref): str(digest) for ref, digest in certificates.items()}
    missing = [one["ref"] for one in request.authors if not DIGEST.fullmatch(given.get(one["ref"], ""))]
    rule = a.law(rules.AUTHORS, meeting.day)
    a.cite(due.rule)
    a.why(rules.check_proof(rule, missing))
    a.part("certificates", given, keep=AgendaRequest.Evidence.keep)
    holders = meeting.company.holders.filter(uid__in=[one["uid"] for one in request.authors])
    held = held_at(a.statutes, meeting.company, holders, due.at + timedelta(microseconds=1))
    a.record(request)
    try:
        a.why(share(rule, meeting, held, due.day))
    except Refused as refused:
        request.status = "lapsed"
        a.refuse(refused)
        return request
    request.proved_at = a.now
    return request


def require_examinable(a: Acting, resolution: Resolution) -> None:
    """Refuse to put to the vote a draft whose authors did not prove anew what they hold (R. 225-71, last par.)."""
    request = resolution.request
    if request is None or request.proved_at or not request.certified:
        return
    due = rules.proof_date(a.statutes, meeting_facts(resolution.meeting))
    if due is None:
        return
    raise Refused(
        t(
            "Les auteurs de ce projet n’ont pas transmis la nouvelle attestation : il n’est pas examiné.",
            "The authors of this draft did not send the second certificate: it is not examined.",
        ),
        due.rule,
        "request.unproved",
        facts={"resolution": resolution.position, "status": request.status},
        trace=due.trace,
        lawful=t("Portez l’attestation, ou retirez le projet.", "Enter the certificate, or withdraw the draft."),
    )


def unproved(a: Acting, resolution: Resolution) -> Rule | None:
    """The rule under which a draft of holders is not examined: the date of the second certificate is past, and it did not come."""
    request = resolution.request
    if request is None or request.proved_at or not request.certified:
        return None
    due = rules.proof_date(a.statutes, meeting_facts(resolution.meeting))
    return due.rule if due is not None and (request.status == "lapsed" or a.now >= resolution.meeting.at) else None
