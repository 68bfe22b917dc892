"""A form or proxy that came back on paper, entered by the company with the digest of its scan (L. 225-107; R. 225-77)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from typing import Any

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Decision, Refused, Rule, t
from opposable.systems.assembly.acts import known
from opposable.systems.assembly.acts.forms import COUNTED, MODES, PROXIES
from opposable.systems.assembly.acts.keying import keyed_before, settle
from opposable.systems.assembly.acts.known import Standing
from opposable.systems.assembly.acts.meeting import require_status
from opposable.systems.assembly.acts.resent import replace_earlier
from opposable.systems.assembly.acts.voting import FORM_KEEP, Sent, _Reading, is_bearer
from opposable.systems.assembly.models import Form, Holder, Meeting, Resolution
from opposable.systems.assembly.rules import register
from opposable.systems.assembly.rules.agenda import agenda_digest
from opposable.systems.assembly.rules.forms import reception

DIGEST = re.compile(r"[0-9a-f]{64}")


@act("assembly.form.enter", label=t("Porter un formulaire papier", "Enter a paper form"), receipt=True)
def enter_form(
    a: Acting,
    *,
    meeting: Meeting,
    holder: Holder,
    received_at: datetime,
    scan: str,
    mode: str = "vote",
    marks: list[dict[str, Any]] | None = None,
    new_resolutions: str = "",
    new_proxy: str = "",
    proxy_name: str = "",
    proxy_relation: str = "",
    rest: str = "",
    answers: int = 0,
    unsigned: bool = False,
) -> Form:
    """A paper form as it was received on ``received_at``; ``scan`` is the SHA-256 of its image, kept by the company.

    ``marks`` and the rest are those of the electronic form. A vote received after the limit of R. 225-77 is on file as late and
    does not count; of two forms of one holder, the one that was received last stands where the law lets a holder change.

    ``answers``: how many resolutions the paper bears, when holders had others put on the agenda after it was printed (0: all).
    It answers those by its instruction for new resolutions.

    ``unsigned``: the paper bears no signature (R. 225-77, 3°); it is refused, and the refusal keeps the digest of its scan.

    Where the company keys twice, a form waits until another person has keyed the same scan alike (`keying`).
    """
    a.require("write", kind=Form.Evidence.kind, cell=meeting.cell)
    require_status(meeting, "convened", "open", "closed", "in-session")
    a.about(meeting)
    standing = known.standing(meeting)
    company = standing.company
    standing = _as_printed(standing, meeting, answers)
    content = company.rule(a.statutes, "assembly.form.content", meeting.day)
    _check(a, meeting, holder, received_at, scan, mode)
    sent = Sent(mode, marks or [], new_resolutions, new_proxy, proxy_name, proxy_relation, rest)
    a.part("submitted", {**sent.as_data(), "scan": scan}, keep=FORM_KEEP)
    form = _on_paper(meeting, holder, received_at, scan, mode)
    form.agenda_digest = agenda_digest(standing.items)
    if unsigned:
        _refuse_unsigned(company.rule(a.statutes, "assembly.form.received-content", meeting.day), holder)
    received = _received(a, meeting, company, mode, received_at)
    a.why(received)
    first = keyed_before(meeting, form.key)
    a.record(first or form)
    late, twice = received.value.status == "late", first is not None or meeting.company.double_keying
    if not late:
        reading = _Reading(a, form, sent, standing, content)
        reading.check_content()
        reading.read()
    if twice:
        form = settle(a, first, form)
    if late and form.status == "counted":  # one person alone does not put a form out of time where two are wanted
        form.status = "late"
        a.refuse(reception.late(received))
    if form.status != "counted":
        return form
    if meeting.forms.filter(holder=holder, status__in=COUNTED, received_at__gt=received_at).exists():
        form.status = "superseded"  # a later form of the holder is on file already
        return form
    replace_earlier(a, form, company)
    return form


def _refuse_unsigned(rule: Rule, holder: Holder) -> None:
    """Whatever else the paper bears, it lacks its signature."""
    content = {**dict.fromkeys(rule.words("fields"), "x"), "certificate": "x", "signature": ""}
    reception.check_content(rule, content, bearer=is_bearer(holder))


def put_since(row: Resolution, meeting: Meeting) -> bool:
    """Holders had it put on the agenda after the notice."""
    listed = row.request.listed_at if row.request else None
    return bool(listed and meeting.notice_at and listed > meeting.notice_at)


def _as_printed(standing: Standing, meeting: Meeting, answers: int) -> Standing:
    """The agenda that a paper bears: the meeting's, or that of before what holders had put on it since the notice."""
    every = standing.read.agenda
    since = [row for row in every if put_since(row, meeting)]
    if not answers or answers == len(every):
        return standing
    if not len(every) - len(since) <= answers < len(every):
        raise Refused(
            t("L’ordre du jour n’a jamais compté {n} résolutions.", "The agenda never had {n} resolutions.").format(
                n=answers
            ),
            None,
            "form.agenda",
            facts={"resolutions": [len(every) - len(since), len(every)]},
        )
    return replace(standing, read=replace(standing.read, agenda=every[:answers]))


def _on_paper(meeting: Meeting, holder: Holder, received_at: datetime, scan: str, mode: str) -> Form:
    return Form(
        cell=meeting.cell,
        meeting=meeting,
        holder=holder,
        key=_key(scan),
        channel="paper",
        mode=mode,
        received_at=received_at,
        status="counted",
        signature_level="simple",
        identified_by="hand",
        agenda_digest=meeting.agenda_digest,
    )


def _received(
    a: Acting, meeting: Meeting, company: register.Company, mode: str, received_at: datetime
) -> Decision[reception.Reception]:
    """In time or late: the limit of R. 225-77 is that of votes; a paper proxy is in time until the meeting."""
    limit = reception.limit_of(a.statutes, company, meeting.day, "paper", meeting.zone)
    if mode in PROXIES:
        until = reception.Limit(meeting.at, included=False, zone=meeting.zone)
        limit = Decision(until, company.rule(a.statutes, "assembly.proxy.scope", meeting.day), limit.facts)
    return reception.receive(limit, received_at)


def _key(scan: str) -> str:
    """One image, one form: 232 bits of its digest fill the column."""
    return f"paper-{scan[:58]}"


def _check(a: Acting, meeting: Meeting, holder: Holder, received_at: datetime, scan: str, mode: str) -> None:
    faults = (
        (
            holder.company_id != meeting.company_id,
            "form.holder",
            t("titulaire d’une autre société", "another company’s holder"),
        ),
        (mode not in MODES, "form.mode", t("mode de vote inconnu", "unknown mode of voting")),
        (received_at > a.now, "form.received", t("reçu dans l’avenir", "received in the future")),
        (
            not DIGEST.fullmatch(scan),
            "form.scan",
            t("empreinte de l’image attendue (SHA-256)", "digest of the scan wanted (SHA-256)"),
        ),
        (
            meeting.forms.filter(key=_key(scan)).exclude(status="keyed").exists(),
            "form.same-scan",
            t("cette image est déjà portée", "this scan is already entered"),
        ),
    )
    for wrong, code, why in faults:
        if wrong:
            raise Refused(
                t("Formulaire papier refusé : {why}.", "Paper form refused: {why}.").format(why=why), None, code
            )
