"""The register: the list of holders, one holder's page with his votes and why, and entering a transfer."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count, QuerySet, Sum
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse

from opposable.kernel import clock
from opposable.kernel.system import law
from opposable.law import Decision, LawError, Refused, local_day
from opposable.law.text import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.standing import JUST_AFTER, lots_of, transfers_in_force
from opposable.systems.assembly.models import Company, Entitlement, Holder, Transfer
from opposable.systems.assembly.rules import register
from opposable.systems.assembly.rules.forms import changes
from opposable.systems.assembly.rules.register import Lot, Voice, lots_at
from opposable.systems.assembly.rules.weights import Scale, weigh
from opposable.systems.assembly.views.office import company_url
from opposable.systems.assembly.views.office_base import (
    attempt,
    can,
    company_or_404,
    form_answer,
    listed,
    note_reading,
    require,
    see_other,
    words,
)
from opposable.systems.assembly.views.office_company import company_tabs
from opposable.systems.assembly.views.office_fields import choices, day_field, hour_field, legal_instant, whole_field
from opposable.systems.assembly.views.office_find import find_holders
from opposable.systems.assembly.views.office_kept import kept
from opposable.systems.assembly.views.office_record import history_of
from opposable.systems.assembly.views.office_why import why_in_words
from opposable.systems.assembly.views.office_words import (
    CAUSE_WORDS,
    HOLDER_WORDS,
    LOT_WORDS,
    RIGHT_WORDS,
)
from opposable.web.forms import toast
from opposable.web.listing import Column, Filter, Listing


def _ended(rows: QuerySet[Any], value: str) -> QuerySet[Any]:
    return rows.filter(ended=value == "ended")


HOLDERS = Listing(
    columns=(
        Column("name", t("Titulaire", "Holder"), str, href=lambda row: holder_url("holder", row)),
        Column("ref", t("Compte", "Account"), lambda row: row.ref),
        Column("kind", t("Nature", "Kind"), lambda row: HOLDER_WORDS.get(row.kind, t(row.kind, row.kind))),
        Column("shares", t("Actions", "Shares"), lambda row: row.shares, "number"),
        Column("lots", t("Lots", "Lots"), lambda row: len(row.lots), "number"),
        Column("email", t("Courriel", "E-mail"), lambda row: row.email, default=False),
        Column("phone", t("Téléphone", "Telephone"), lambda row: row.phone, default=False),
        Column("address", t("Adresse", "Address"), lambda row: row.address, default=False),
        Column("language", t("Langue", "Language"), lambda row: row.language, default=False),
        Column(
            "state",
            t("État", "State"),
            lambda row: (
                ("info", t("compte clos", "account ended")) if row.ended else ("ok", t("au registre", "on file"))
            ),
            "state",
        ),
    ),
    filters=(
        Filter("kind", t("Nature", "Kind"), list(HOLDER_WORDS.items()), lambda rows, value: rows.filter(kind=value)),
        Filter(
            "account",
            t("Compte", "Account"),
            [("open", t("ouvert", "open")), ("ended", t("clos", "ended"))],
            _ended,
        ),
    ),
    order=("name", "pk"),
    search=find_holders,
    export_name="register",
)


def holder_url(name: str, holder: Holder) -> str:
    """The address of a page of a holder (his company already at hand)."""
    return company_url(name, holder.company, holder.uid)


def holders(request: HttpRequest, slug: str) -> HttpResponseBase:
    """«Registre des titulaires»: search, filters, keyset pages; the download is for who may export."""
    company = company_or_404(request, slug)
    require(request, "read", Holder.Evidence.kind, company.cell)
    rows = Holder.objects.filter(company=company).select_related("company")
    page, download = listed(request, HOLDERS, rows, Holder.Evidence.kind, company.cell)
    if download is not None:
        note_reading(request, company, "register export")
        return download
    totals = _totals(company)
    held = totals["shares"] or 0
    context = {
        "company": company,
        "list": page,
        "accounts": totals["accounts"],
        "held": held,
        "missing": company.shares - held,
        "excess": held - company.shares,
        "tabs": company_tabs(request, company),
        "tab": "holders",
        "may_import": can(request, "write", Holder.Evidence.kind, company.cell),
    }
    return TemplateResponse(request, "assembly/office/holders.html", context)


def _totals(company: Company) -> dict[str, Any]:
    """Open accounts and their shares: they change with the imports, done and undone."""
    last = company.imports.order_by("-pk").values_list("pk", "undone_at").first()
    rows = Holder.objects.filter(company=company, ended=False)
    return kept(("register", company.uid, last), lambda: rows.aggregate(accounts=Count("pk"), shares=Sum("shares")))


# ---- one holder ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LotLine:
    """A lot as it stands today, its votes, and the arithmetic of its double vote."""

    lot: Lot
    voice: Decision[Voice]

    @property
    def form(self) -> Any:
        return LOT_WORDS.get(self.lot.form, self.lot.form)

    @property
    def right(self) -> Any:
        return RIGHT_WORDS.get(self.lot.right, self.lot.right)

    @property
    def flags(self) -> list[Any]:
        """What sets the lot apart, in words."""
        marks = (
            (not self.lot.paid_up, t("non libéré", "not paid up")),
            (self.lot.treasury, t("autodétention", "treasury")),
            (self.lot.pledged, t("nanti à la société", "pledged to the company")),
            (self.lot.deprived, t("privé du droit de vote", "deprived of votes")),
        )
        return [label for holds, label in marks if holds]

    @property
    def why(self) -> Any:
        return why_in_words(self.voice, facts=False)


def holder_or_404(request: HttpRequest, slug: str, uid: str) -> Holder:
    """The holder's account, if the person may read the register of this company."""
    company = company_or_404(request, slug)
    require(request, "read", Holder.Evidence.kind, company.cell)
    found: Holder = get_object_or_404(Holder.objects.filter(company=company).select_related("cell"), uid=uid)
    found.company = company
    return found


def standing_lots(holder: Holder, transfers: Sequence[Transfer], company: register.Company) -> tuple[Lot, ...]:
    """The holder's lots now: what the register's file gave, and what moved since."""
    now = clock.now()
    people = {holder.pk: holder} | {move.giver_id: move.giver for move in transfers}
    people |= {move.taker_id: move.taker for move in transfers}
    moved = lots_at(law(), company, lots_of(people.values()), [move.facts() for move in transfers], now + JUST_AFTER)
    return tuple(lot for lot in moved if lot.holder == holder.uid)


def transfers_around(holder: Holder) -> list[Transfer]:
    """The transfers that say what this account holds: its own, and those that filled the accounts that gave to it."""
    wanted, known = {holder.pk}, set[int]()
    all_ = transfers_in_force(holder.company)
    found: list[Transfer] = []
    while wanted - known:
        known |= wanted
        found = [row for row in all_ if row.taker_id in known or row.giver_id in known]
        wanted = {row.giver_id for row in found}
    return found


def holder(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """One account: identity, lots with their votes and why, transfers, votes at each meeting, history."""
    row = holder_or_404(request, slug, uid)
    company = row.company
    transfers = transfers_around(row)
    broken = None
    lines: list[LotLine] = []
    try:
        lines = _lines(row, transfers)
    except (LawError, Refused) as error:
        broken = error.text if isinstance(error, LawError) else error.reason
    history = history_of(row)
    may_vote = can(request, "read", Entitlement.Evidence.kind, company.cell)
    note_reading(request, row, "holder")
    context = {
        "company": company,
        "holder": row,
        "kind": HOLDER_WORDS.get(row.kind, row.kind),
        "lots": lines,
        "broken": broken,
        "shares": sum(line.lot.quantity for line in lines),
        "votes": sum((line.voice.value for line in lines), Voice()),
        "transfers": [move for move in transfers if row.pk in (move.giver_id, move.taker_id)][-100:],
        "causes": CAUSE_WORDS,
        "entitlements": _entitlements(row) if may_vote else [],
        "sealed": next(iter(history), None),
        "history": history,
        "has_joint": any(lot["right"] == "joint" for lot in row.lots),
        "may_transfer": can(request, "write", Holder.Evidence.kind, company.cell) and not row.ended,
    }
    return TemplateResponse(request, "assembly/office/holder.html", context)


def _lines(row: Holder, transfers: Sequence[Transfer]) -> list[LotLine]:
    today = local_day(clock.now(), row.company.zone)
    company = row.company.facts()
    scale = Scale.at(law(), today, company)
    return [LotLine(lot, weigh(scale, lot, today)) for lot in standing_lots(row, transfers, company)]


def _entitlements(row: Holder) -> list[dict[str, Any]]:
    rows = row.entitlements.select_related("meeting").order_by("-meeting__at")[:10]
    return [{"row": item, "title": item.meeting.title} for item in rows]


# ---- a transfer ------------------------------------------------------------------------------------------------------


class TransferForm(forms.Form):
    """Shares that leave a lot of this account for another account, or for another form."""

    lot = forms.ChoiceField(label=words("Lot", "Lot"))
    quantity = whole_field(words("Quantité", "Quantity"), least=1)
    taker = forms.CharField(
        label=words("Compte qui reçoit", "Account that receives"),
        help_text=words("référence du compte au registre", "reference of the account in the register"),
        max_length=40,
    )
    cause = forms.ChoiceField(label=words("Cause", "Cause"), choices=choices(CAUSE_WORDS))
    form = forms.ChoiceField(
        label=words("Forme d’inscription après le mouvement", "Form of registration afterwards"),
        choices=[("", words("inchangée", "unchanged")), *choices(LOT_WORDS)],
        required=False,
    )
    day = day_field(words("Jour d’effet", "Effective day"))
    hour = hour_field(
        words("Heure d’effet", "Effective hour"), words("heure légale du siège", "legal time of the seat")
    )

    def __init__(self, *args: Any, company: Company, lots: Sequence[Lot], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company, self.lots = company, {lot.ref: lot for lot in lots}
        options = [(lot.ref, _lot_label(lot)) for lot in lots]
        self.fields["lot"].choices = options  # type: ignore[attr-defined]

    def clean_taker(self) -> Holder:
        found = self.company.holders.filter(ref=self.cleaned_data["taker"].strip()).select_related("cell").first()
        if found is None:
            raise forms.ValidationError(
                words("Aucun compte n’a cette référence au registre.", "No account of the register has this reference.")
            )
        found.company = self.company
        return found

    def clean(self) -> dict[str, Any]:
        found = self.cleaned_data
        found["at"] = legal_instant(self, "day", "hour", self.company.zone)
        lot, quantity = self.lots.get(found.get("lot", "")), found.get("quantity")
        if lot is not None and quantity is not None and quantity > lot.quantity:
            label = t("Ce lot n’a que {n} actions.", "This lot has only {n} shares.").format(n=lot.quantity)
            self.add_error("quantity", words(label.fr, label.en))
        return found


def _lot_label(lot: Lot) -> Any:
    label = t("{ref} : {n} actions, {form}", "{ref}: {n} shares, {form}").format(
        ref=lot.ref, n=lot.quantity, form=LOT_WORDS.get(lot.form, lot.form)
    )
    return words(label.fr, label.en)


def transfer(request: HttpRequest, slug: str, uid: str) -> HttpResponseBase:
    """Enter a transfer out of an account."""
    row = holder_or_404(request, slug, uid)
    require(request, "write", Holder.Evidence.kind, row.cell)
    now = clock.now().astimezone(clock_zone(row.company))
    try:
        lots = standing_lots(row, transfers_around(row), row.company.facts())
    except (LawError, Refused):
        lots = ()
    start = {"day": now.date(), "hour": now.time().replace(second=0, microsecond=0)}
    form = TransferForm(
        request.POST if request.method == "POST" else None, company=row.company, lots=lots, initial=start
    )
    refused = None
    if form.is_bound and form.is_valid():
        refused = _transfer(request, row, form.cleaned_data)
        if refused is None:
            toast(request, t("Le mouvement est porté au registre.", "The transfer is entered in the register."))
            return see_other(holder_url("holder", row))
    context = {
        "company": row.company,
        "holder": row,
        "has_lots": bool(lots),
        "followed_by": changes.article_of(law(), row.company.facts(), local_day(clock.now(), row.company.zone)),
    }
    return form_answer(request, "assembly/office/transfer.html", context, form, refused)


def _transfer(request: HttpRequest, row: Holder, found: dict[str, Any]) -> Refused | None:
    _, refused = attempt(
        request,
        lambda actor: acts.record_transfer(
            actor,
            giver=row,
            taker=found["taker"],
            lot=found["lot"],
            quantity=found["quantity"],
            effective_at=found["at"],
            cause=found["cause"],
            form=found["form"],
        ),
    )
    return refused


def clock_zone(company: Company) -> Any:
    """The clock of the company's seat."""
    from zoneinfo import ZoneInfo

    return ZoneInfo(company.zone)
