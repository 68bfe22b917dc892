"""Drafting: a contract from its template, its clauses, amendments, and the gate before approval."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.approvals import open_case
from opposable.kernel.documents import issue
from opposable.kernel.models import Account
from opposable.kernel.system import law
from opposable.law import Refused, local_day, t
from opposable.systems.contracts.acts.library import clause_of
from opposable.systems.contracts.acts.paper import paper_of, print_data
from opposable.systems.contracts.models import KINDS, ClauseModel, Contract, ContractVersion, Party, TemplateModel
from opposable.systems.contracts.models.contract import FLAGS, clause_data, read_clause
from opposable.systems.contracts.rules import clauses as rules
from opposable.systems.contracts.rules.clauses import Clause, Cover
from opposable.systems.contracts.rules.text import OPS, Change, Placed, consolidate

FLOW = "contracts.sending"
SENDING = "contracts.sending"


@act("contracts.contract.draft", label=t("Rédiger un contrat", "Draft a contract"))
def draft(
    a: Acting,
    *,
    ref: str,
    kind: str,
    title: str,
    party: Party,
    starts_on: date,
    months: int = 12,
    renewal_months: int = 0,
    notice_months: int = 0,
    notice_days: int = 0,
    amount_cents: int = 0,
    flags: dict[str, bool] | None = None,
    without: list[str] | None = None,
) -> ContractVersion:
    """A contract with its first text, from the template of its kind when there is one. ``without``: clauses left out."""
    a.require("write", kind=Contract.Evidence.kind, cell=root())
    if kind not in KINDS or set(flags or {}) - FLAGS.keys():
        raise Refused(t("Genre de contrat inconnu.", "Unknown kind of contract."), None, "contract.kind")
    _named(title)
    if Contract.objects.filter(ref=ref).exists():
        raise Refused(
            t("Cette référence est prise.", "This reference is taken."), None, "contract.exists", facts={"ref": ref}
        )
    contract = Contract(
        cell=party.cell,
        ref=ref,
        kind=kind,
        title=title,
        party=party,
        owner=Account.objects.filter(uid=a.actor.uid).first(),
        flags=flags or {},
        amount_cents=amount_cents,
        starts_on=starts_on,
        months=months,
        renewal_months=renewal_months,
        notice_months=notice_months,
        notice_days=notice_days,
    )
    template = TemplateModel.objects.filter(kind=kind).order_by("-version").first()
    keys = _keys(template, contract.facts(), local_day(a.now), without or [])
    text = [clause_data(clause_of(key).clause(str(number))) for number, key in enumerate(keys, 1)]
    version = ContractVersion(cell=party.cell, contract=contract, number=1, effective_on=starts_on, clauses=text)
    a.record(version)
    a.record_before(contract)
    return version


def _keys(template: TemplateModel | None, facts: rules.ContractFacts, day: date, without: list[str]) -> list[str]:
    """The clauses of the template, then those that a rule demands of such a contract and that the template has not."""
    keys = list(template.clauses) if template else []
    asked = {rule.id for rule in rules.demanded(facts, law(), day)}
    latest = dict(
        ClauseModel.objects.filter(mandatory_for__in=asked).order_by("version").values_list("key", "mandatory_for")
    )
    met = {latest[key] for key in keys if key in latest}
    keys += [key for key, rule in latest.items() if rule not in met and key not in keys]
    return [key for key in keys if key not in without]


@act("contracts.contract.terms", label=t("Changer les conditions d’un projet", "Change the terms of a draft"))
def set_terms(
    a: Acting,
    *,
    contract: Contract,
    title: str,
    starts_on: date,
    months: int,
    renewal_months: int,
    notice_months: int,
    notice_days: int,
    amount_cents: int,
    flags: dict[str, bool],
) -> Contract:
    """Terms change while the first text is a draft or in approval; afterwards an amendment says so."""
    a.require("write", contract)
    first = contract.versions.get(number=1)
    if first.stage not in ("draft", "submitted"):
        raise Refused(
            t("Le contrat est parti : faites un avenant.", "The contract has left: make an amendment."),
            None,
            "contract.left",
        )
    if set(flags) - FLAGS.keys():
        raise Refused(t("Indication inconnue.", "Unknown flag."), None, "contract.kind")
    _named(title)
    contract.title, contract.flags, contract.starts_on, contract.months = title, flags, starts_on, months
    contract.renewal_months, contract.notice_months = renewal_months, notice_months
    contract.notice_days, contract.amount_cents = notice_days, amount_cents
    a.record(contract)
    first.stage = "draft"
    a.record(first)
    return contract


def _named(title: str) -> None:
    """A bare dash is what is left of a title at the end of its keeping."""
    if not any(letter.isalnum() for letter in title):
        raise Refused(t("Dites l’objet du contrat.", "Say what the contract is about."), None, "contract.title")


# ---------------------------------------------------------------- clauses


def _editable(a: Acting, version: ContractVersion) -> None:
    """A text is changed until it has left; changed while in approval, it goes back to draft, and what was approved is stale."""
    a.require("write", version)
    if version.stage not in ("draft", "submitted"):
        raise Refused(
            t("Ce texte est parti : faites un avenant.", "This text has left: make an amendment."),
            None,
            "contract.left",
        )
    version.stage = "draft"
    a.record(version)


@act("contracts.clause.insert", label=t("Ajouter une clause de la bibliothèque", "Add a clause of the library"))
def insert_clause(a: Acting, *, version: ContractVersion, key: str, after: str = "") -> ContractVersion:
    """The latest version of a library clause, after the clause ``after`` (at the end by default). The text is numbered anew."""
    _editable(a, version)
    text = [read_clause(one) for one in version.clauses]
    at = next((n for n, one in enumerate(text, 1) if one.ref == after), len(text))
    text.insert(at, clause_of(key).clause("new"))
    version.clauses = [clause_data(replace(one, ref=str(n))) for n, one in enumerate(text, 1)]
    return version


@act("contracts.clause.put", label=t("Écrire une clause", "Write a clause"))
def put_clause(
    a: Acting,
    *,
    version: ContractVersion,
    ref: str,
    title: str,
    text: str,
    covers: dict[str, str] | None = None,
    reason: str = "",
    waives: list[str] | None = None,
) -> ContractVersion:
    """Write one clause: a new one, or other words for one of the text; then ``reason`` says why it leaves its model.

    ``covers``: point → the very words that cover it (those of the model stay when they are not given); ``waives``: points that
    the clause openly leaves out.
    """
    _editable(a, version)
    old = next((read_clause(one) for one in version.clauses if one["ref"] == ref), None)
    given = tuple(Cover(point, quote) for point, quote in sorted((covers or {}).items()))
    wrong = sorted(one.point for one in given if one.quote not in text)
    if wrong or not text.strip() or not title.strip():
        said = t("Ces mots ne sont pas dans le texte : {points}.", "These words are not in the text: {points}.")
        raise Refused(said.format(points=", ".join(wrong)), None, "clause.quote", facts={"points": wrong})
    new = Clause(
        ref,
        title,
        text.strip().replace("\r\n", "\n"),
        given or (old.covers if old else ()),
        old.model if old else "",
        old.expected if old else "",
        reason,
        tuple(waives or ()),
    )
    rest = [clause_data(new) if one["ref"] == ref else one for one in version.clauses]
    version.clauses = rest if old else [*rest, clause_data(new)]
    return version


@act("contracts.clause.remove", label=t("Retirer une clause", "Take a clause out"))
def remove_clause(a: Acting, *, version: ContractVersion, ref: str) -> ContractVersion:
    """Out of the text; the others are numbered anew."""
    _editable(a, version)
    left = [read_clause(one) for one in version.clauses if one["ref"] != ref]
    version.clauses = [clause_data(replace(one, ref=str(n))) for n, one in enumerate(left, 1)]
    return version


# ---------------------------------------------------------------- amendments


@act("contracts.amendment.draft", label=t("Rédiger un avenant", "Draft an amendment"))
def amend(a: Acting, *, contract: Contract, effective_on: date) -> ContractVersion:
    """The next link of the chain, in force from a day on. One at a time is drafted."""
    a.require("write", contract)
    last = contract.versions.order_by("-number").first()
    if last is None or last.stage in ("draft", "submitted"):
        raise Refused(
            t("Le texte précédent n’est pas encore parti.", "The text before has not left yet."),
            None,
            "amendment.early",
        )
    made = ContractVersion(cell=contract.cell, contract=contract, number=last.number + 1, effective_on=effective_on)
    a.record(made)
    return made


@act("contracts.amendment.put", label=t("Écrire une modification", "Write a change"))
def put_change(
    a: Acting,
    *,
    version: ContractVersion,
    op: str,
    ref: str,
    title: str = "",
    text: str = "",
    covers: dict[str, str] | None = None,
    reason: str = "",
    after: str = "",
) -> ContractVersion:
    """One change of an amendment: ``replace``, ``add`` (after a clause) or ``repeal`` of the clause ``ref``.

    Refused when it does not fit the text that it changes.
    """
    _editable(a, version)
    if version.number == 1 or op not in OPS:
        raise Refused(t("Modification inconnue.", "Unknown change."), None, "amendment.unfit")
    given = tuple(Cover(point, quote) for point, quote in sorted((covers or {}).items()) if quote in text)
    change = Change(op, Clause(ref, title, text.strip(), given, reason=reason), after)
    kept = [one for one in version.changes if one["clause"]["ref"] != ref]
    version.changes = [*kept, {"op": op, "after": after, "clause": clause_data(change.clause)}]
    consolidated(version.contract, version.effective_on, also=version)
    return version


def consolidated(contract: Contract, day: date, also: ContractVersion | None = None) -> tuple[Clause, ...]:
    """The words in force on a day: texts that have left, and the draft ``also``."""
    return tuple(placed.clause for placed in placed_text(contract, day, also))


def placed_text(contract: Contract, day: date, also: ContractVersion | None = None) -> tuple[Placed, ...]:
    """The same with the version that each clause comes from."""
    chain = {one.number: one for one in contract.versions.filter(stage__in=("sent", "signed"))}
    first = contract.versions.get(number=1) if 1 not in chain else chain[1]
    if also is not None:
        chain[also.number] = also
        first = also if also.number == 1 else first
    later = [one.amendment() for number, one in sorted(chain.items()) if number > 1]
    return consolidate(first.text(), later, day)


# ---------------------------------------------------------------- the gate


@act(
    "contracts.version.submit",
    label=t("Soumettre un contrat à l’approbation", "Submit a contract for approval"),
    receipt=True,
)
def submit(a: Acting, *, version: ContractVersion) -> ContractVersion:
    """The gate: refused when a clause that a rule demands is missing. The PDF is made now: it is what is approved, and what will leave."""
    a.require("write", version)
    if version.stage not in ("draft", "submitted"):
        raise Refused(t("Ce texte est déjà parti.", "This text has left already."), None, "contract.left")
    contract, day = version.contract, local_day(a.now)
    text = consolidated(contract, version.effective_on, also=version)
    if not text:
        raise Refused(t("Ce contrat ne dit rien encore.", "This contract says nothing yet."), None, "contract.empty")
    decision = rules.check(contract.facts(), text, law(), day)
    a.why(decision)
    a.cite(a.law(SENDING, day))
    version.document = issue(a, version, paper_of(version), print_data(version, text, day))
    version.stage, version.submitted_at = "submitted", a.now
    a.record(version)
    open_case(
        a,
        version,
        FLOW,
        text=t(
            "J’approuve l’envoi de ce contrat, tel qu’il est.", "I approve the sending of this contract, as it is."
        ).fr,
        title=t("Approuver le contrat {ref}", "Approve the contract {ref}").format(ref=str(version)),
        link=f"/contracts/{contract.uid}/",
        facts={"amount_cents": contract.amount_cents, "kind": contract.kind, "deviation": decision.value},
    )
    return version
