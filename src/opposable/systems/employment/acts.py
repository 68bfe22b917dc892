"""The only writers: a waiver and when it was made, the steps of a dismissal, a CNE of the time when there were any."""

from __future__ import annotations

from datetime import date, time
from typing import Any

from django.db.models import QuerySet

from opposable.kernel import duties
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.system import law
from opposable.law import Refused, instant, local_day, t
from opposable.systems.employment.models import DATES, CneContract, DismissalFile, WaiverFile
from opposable.systems.employment.rules import dismissal as dismissals, waiver as waivers

WAIVE = "employment.waiver.make"
EVENING = time(23, 59, 59)


def _new(a: Acting, model: type[WaiverFile | DismissalFile | CneContract], ref: str) -> None:
    a.require("write", kind=model.Evidence.kind, cell=root())
    known: QuerySet[Any] = model._default_manager.all()
    if known.filter(ref=ref).exists():
        raise Refused(
            t("Cette référence est prise.", "This reference is taken."), None, "file.exists", facts={"ref": ref}
        )


@act("employment.waiver.open", label=t("Ouvrir un dossier de renonciation", "Open a file of waiver"))
def open_waiver(
    a: Acting,
    *,
    ref: str,
    rupture: str,
    rupture_on: date,
    known_on: date,
    departed_on: date | None = None,
    signed_on: date | None = None,
    notice_worked: bool = True,
    any_time: bool = False,
    term_days: int = 0,
    term_months: int = 0,
    form: str = "",
    agreement: str = "",
) -> WaiverFile:
    """The facts of a rupture under a non-compete clause; the last day for waiving it becomes a duty, by today's position."""
    _new(a, WaiverFile, ref)
    if (
        rupture not in waivers.RUPTURES
        or form not in waivers.FORMS
        or (known_on < rupture_on and rupture == "prise-d-acte")
    ):
        raise Refused(t("Rupture, forme ou dates inconnues.", "Unknown rupture, form or dates."), None, "waiver.facts")
    given: dict[str, Any] = {
        "rupture": rupture,
        "rupture_on": rupture_on,
        "known_on": known_on,
        "waived_on": None,
        "departed_on": departed_on,
        "signed_on": signed_on,
        "notice_worked": notice_worked,
        "any_time": any_time,
        "term_days": term_days,
        "term_months": term_months,
        "form": form,
        "used": "",
        "agreement": agreement,
    }
    file = WaiverFile(cell=root(), ref=ref, facts={name: _plain(name, value) for name, value in given.items()})
    rule = a.law("employment.waiver", local_day(a.now))
    decision = waivers.answer(file.read(), rule)
    a.why(decision)
    a.record(file)
    if decision.value.last_day:
        title = t("{ref} : renoncer à la clause, ou payer", "{ref}: waive the clause, or pay").format(ref=ref)
        at, trace = instant(decision.value.last_day, EVENING), decision.trace.as_data()
        duties.open_duty(file, WAIVE, title, at, rule=rule, trace=trace, link=f"/employment/waivers/{file.uid}/")
    return file


def _plain(name: str, value: Any) -> Any:
    return value.isoformat() if name in DATES and value is not None else value


@act(WAIVE, label=t("Consigner la renonciation", "Record the waiver"))
def make_waiver(a: Acting, *, file: WaiverFile, waived_on: date, used: str = "registered") -> WaiverFile:
    """The day of dispatch and the form. Recorded whatever it is worth: what today's position answers is kept with it."""
    a.require("write", file)
    if file.erased:
        raise Refused(
            t("Ce dossier est effacé au terme de sa conservation.", "This file is erased at the end of its keeping."),
            None,
            "file.erased",
        )
    if file.facts.get("waived_on"):
        raise Refused(t("La renonciation est déjà consignée.", "The waiver is recorded already."), None, "waiver.made")
    if used not in waivers.FORMS or not used or waived_on > local_day(a.now):
        raise Refused(t("Quel jour, sous quelle forme ?", "On which day, in which form?"), None, "waiver.facts")
    file.facts = {**file.facts, "waived_on": waived_on.isoformat(), "used": used}
    a.why(waivers.answer(file.read(), a.law("employment.waiver", local_day(a.now))))
    a.record(file)
    duties.close_all(file, a.now)
    return file


# ---------------------------------------------------------------- dismissal


@act("employment.dismissal.summon", label=t("Convoquer à l’entretien préalable", "Summon to the preliminary interview"))
def summon(a: Acting, *, ref: str, presented_on: date, interview_on: date, zone: str = "FR") -> DismissalFile:
    """The letter was presented (or handed over) on a day; refused when the interview is set too early."""
    _new(a, DismissalFile, ref)
    rule = a.law("employment.dismissal.interview", presented_on)
    first = dismissals.first_interview(presented_on, rule, _extension(presented_on), zone)
    a.why(dismissals.check_not_before(interview_on, first, "dismissal.interview"))
    file = DismissalFile(cell=root(), ref=ref, zone=zone, presented_on=presented_on, interview_on=interview_on)
    a.record(file)
    return file


@act("employment.dismissal.notify", label=t("Envoyer la lettre de licenciement", "Send the letter of dismissal"))
def notify(a: Acting, *, file: DismissalFile, letter_on: date) -> DismissalFile:
    """Refused when it would leave too early after the day set for the interview."""
    a.require("write", file)
    if file.letter_on is not None or file.interview_on is None:
        raise Refused(t("La lettre est déjà consignée.", "The letter is recorded already."), None, "dismissal.done")
    rule = a.law("employment.dismissal.letter", letter_on)
    first = dismissals.first_letter(file.interview_on, rule, _extension(letter_on), file.zone)
    a.why(dismissals.check_not_before(letter_on, first, "dismissal.letter"))
    file.letter_on = letter_on
    a.record(file)
    return file


def _extension(day: date) -> Any:
    return law().find("employment.dismissal.extension", day)


@act(
    "employment.cne.sign", label=t("Enregistrer un contrat nouvelles embauches", "Enter a contrat nouvelles embauches")
)
def sign_cne(
    a: Acting, *, ref: str, signed_on: date, staff: int, written: bool = True, seasonal: bool = False
) -> CneContract:
    """Of the time when there were any: refused for a day from 27 June 2008 on, and where its conditions were not met."""
    _new(a, CneContract, ref)
    rule = a.law("employment.cne", signed_on)
    a.why(dismissals.may_sign_cne(dismissals.CneFacts(signed_on, staff, written, seasonal), rule))
    made = CneContract(cell=root(), ref=ref, signed_on=signed_on, staff=staff)
    a.record(made)
    return made
