"""Acts on the register of holders: import, undo, transfers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.db.models import Q

from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.law import Refused, t
from opposable.systems.assembly.acts.standing import JUST_AFTER, lots_around
from opposable.systems.assembly.models import Company, Entitlement, Holder, RegisterImport, Transfer

LAST = datetime(9999, 1, 1, tzinfo=UTC)
IDENTITY = ("kind", "name", "given_name", "email", "phone", "address", "language")


@dataclass(frozen=True, slots=True)
class Entry:
    """One account of a register file: identity and lots (JSON objects, see `Holder.lots`)."""

    ref: str
    name: str
    kind: str = "person"
    given_name: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    language: str = "fr"
    consent_on: str = ""
    consent_by: str = ""
    represents: list[str] = field(default_factory=list)
    lots: list[dict[str, Any]] = field(default_factory=list)

    @property
    def shares(self) -> int:
        """Shares in the account; a usufruct is a right on shares that its bare owner holds."""
        return sum(lot["quantity"] for lot in self.lots if lot.get("right", "full") != "usufruct")


BY_FILE = t(
    "Le registre s’importe par son fichier, lu ligne à ligne : POST /api/assembly/register (?dry_run=true pour l’essai), ou"
    " « opposable assembly register ».",
    "The register is imported by its file, read line by line: POST /api/assembly/register (?dry_run=true to try it), or `opposable"
    " assembly register`.",
)


@act(
    "assembly.register.import",
    label=t("Importer le registre", "Import the register"),
    api=False,
    instead=BY_FILE,
)
def import_register(
    a: Acting, *, company: Company, file_name: str, sha256: str, lines: int, effective_on: date, entries: list[Entry]
) -> RegisterImport:
    """The register as it stands on ``effective_on``. Accounts that the file does not name any more are ended.

    The part ``before`` keeps what the changed accounts held, so that the import can be undone.
    """
    a.require("write", kind=Holder.Evidence.kind, cell=company.cell)
    _refuse_same_file(company, sha256)
    done = RegisterImport(
        cell=company.cell,
        company=company,
        file_name=file_name,
        sha256=sha256,
        lines=lines,
        holders=len(entries),
        shares=sum(entry.shares for entry in entries),
        at=a.now,
        effective_on=effective_on,
    )
    a.record(done)
    known = {holder.ref: holder for holder in company.holders.select_related("company", "cell", "source")}
    before = {holder.uid: holder.state() for holder in known.values()}
    a.record_many(_changed(done, known, entries))
    if before:
        a.part("before", before, keep=Holder.Evidence.keep)
    return done


def _refuse_same_file(company: Company, sha256: str) -> None:
    if company.imports.filter(sha256=sha256, undone_at=None).exists():
        raise Refused(
            t("Ce fichier a déjà été importé, au même octet près.", "This very file has already been imported."),
            None,
            "register.same-file",
            lawful=t(
                "Annulez l’import précédent, ou importez un autre fichier.", "Undo that import, or import another file."
            ),
        )


def _changed(done: RegisterImport, known: dict[str, Holder], entries: list[Entry]) -> list[Holder]:
    company, changed = done.company, []
    for entry in entries:
        holder = known.pop(entry.ref, None) or Holder(cell=company.cell, company=company, ref=entry.ref)
        for name in IDENTITY:
            setattr(holder, name, getattr(entry, name))
        _take_consent(holder, entry)
        holder.lots = [_dated(lot, done.effective_on) for lot in entry.lots]
        holder.shares, holder.ended, holder.source = entry.shares, False, done
        changed.append(holder)
    for holder in known.values():
        if not holder.ended:
            holder.lots, holder.shares, holder.ended, holder.source = [], 0, True, done
            changed.append(holder)
    return changed


def _take_consent(holder: Holder, entry: Entry) -> None:
    """What the file says of an agreement to e-notices and of joint holdings; where it says nothing, what is on file stays."""
    if entry.represents:
        holder.represents = sorted(set(entry.represents))
    if entry.consent_on and date.fromisoformat(entry.consent_on) != holder.consent_on:
        holder.consent_on, holder.consent_until = date.fromisoformat(entry.consent_on), None
        holder.consent_by = entry.consent_by or "post"


def _dated(lot: dict[str, Any], day: date) -> dict[str, Any]:
    """A lot whose entry has no date on file counts from the day of the file: no seniority is presumed."""
    return lot if lot["since"] else {**lot, "since": day.isoformat()}


@act("assembly.register.undo", label=t("Annuler un import", "Undo an import"))
def undo_import(a: Acting, *, done: RegisterImport) -> RegisterImport:
    """Put the accounts back as they were. Refused once a meeting's votes stand on it, or a later import covers it."""
    a.require("write", done)
    _refuse_if_used(done)
    before = a.read_part("assembly.register.import", done, "before") or {}
    for holder in Holder.objects.filter(source=done).select_related("company", "cell", "source"):
        _put_back(holder, before.get(holder.uid))
        a.record(holder)
    done.undone_at = a.now
    a.record(done)
    a.about(done)
    return done


def _refuse_if_used(done: RegisterImport) -> None:
    if done.undone_at:
        raise Refused(t("Cet import est déjà annulé.", "This import is already undone."), None, "register.undone")
    if done.company.imports.filter(at__gt=done.at, undone_at=None).exists():
        raise Refused(
            t(
                "Un import plus récent s’appuie sur celui-ci : annulez-le d’abord.",
                "A later import stands on this one: undo it first.",
            ),
            None,
            "register.covered",
        )
    if Entitlement.objects.filter(holder__source=done).exists():
        raise Refused(
            t(
                "Les droits de vote d’une assemblée s’appuient sur cet import : il ne s’annule plus.",
                "The votes of a meeting stand on this import: it can no longer be undone.",
            ),
            None,
            "register.used",
            lawful=t("Importez un registre corrigé.", "Import a corrected register."),
        )


def _put_back(holder: Holder, state: dict[str, Any] | None) -> None:
    if state is None:
        holder.lots, holder.shares, holder.ended = [], 0, True
        return
    for name in (*IDENTITY, "lots", "ended", "consent_by", "represents"):
        setattr(holder, name, state[name])
    for name in ("consent_on", "consent_until"):
        setattr(holder, name, date.fromisoformat(state[name]) if state[name] else None)
    holder.shares = sum(lot["quantity"] for lot in holder.lots if lot.get("right", "full") != "usufruct")


@act("assembly.transfer.record", label=t("Porter un mouvement de titres", "Enter a transfer"))
def record_transfer(
    a: Acting,
    *,
    giver: Holder,
    taker: Holder,
    lot: str,
    quantity: int,
    effective_at: datetime,
    cause: str = "sale",
    form: str = "",
) -> Transfer:
    """Shares that change hands, or form. ``lot`` is one of the file, or one received: it may be passed on in its turn.

    Whether a vote already given follows them is decided at the record date (R. 22-10-28, IV).
    """
    a.require("write", giver)
    company = giver.company
    transfer = Transfer(
        cell=giver.cell,
        company=company,
        giver=giver,
        taker=taker,
        lot=lot,
        into=f"{lot}-{company.transfers.count() + 1}",
        quantity=quantity,
        form=form,
        cause=cause,
        effective_at=effective_at,
        notified_at=a.now,
    )
    _check_holds(a, transfer)
    a.record(transfer)
    return transfer


def _check_holds(a: Acting, transfer: Transfer) -> None:
    """The lot is the giver's at that instant, whether the file gave it to him or an earlier transfer, and holds enough."""
    company, giver = transfer.company, transfer.giver
    before = lots_around(a.statutes, company, transfer.effective_at + JUST_AFTER, also=Q(pk=giver.pk))
    held = {lot.ref: lot for lot in before if lot.holder == giver.uid}
    if transfer.lot not in held:
        raise Refused(
            t(
                "Ce compte n’a pas ce lot à cette date : {lot}.", "The account has no such lot on that day: {lot}."
            ).format(lot=transfer.lot),
            None,
            "lot-short",
            facts={"lot": transfer.lot, "held": sorted(held)},
        )
    if not transfer.form:
        transfer.form = held[transfer.lot].form
    # Against everything on record, later movements included: what was passed on since must still be there.
    lots_around(a.statutes, company, LAST, also=Q(pk=giver.pk), more=[transfer.facts()])
