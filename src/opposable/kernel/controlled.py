"""«Documents maîtrisés»: draft, review, approved, published, withdrawn; read and accepted by those they are for, version by version."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Any

from opposable.kernel import clock, duties
from opposable.kernel.accounts import root
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.approvals import last_case, open_case, require_approved
from opposable.kernel.decisions import changed_since, state_digest
from opposable.kernel.documents import Paper, Template, issue, owe_seal
from opposable.kernel.models import Account, Acknowledgement, Cell, ControlledDocument, DocumentVersion, Grant
from opposable.kernel.system import roles
from opposable.law import Refused, Text, days_after, instant, local_day, months_after, t
from opposable.law.terminal import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opposable.kernel.actors import Actor

ACCEPT = "kernel.controlled.accept"
ASKED = "asked"
REVIEW = "kernel.controlled.review"
EVENING = time(23, 59, 59)
BODY_LIMIT = 200_000


@act("kernel.controlled.create", label=t("Créer un document maîtrisé", "Create a controlled document"), api=False)
def create(
    a: Acting,
    *,
    key: str,
    kind: str,
    title: str,
    body: str,
    flow: str,
    audience: list[str] | None = None,
    cell: Cell | None = None,
    change: str = "",
    accept_days: int = 30,
    review_months: int = 12,
    language: str = "fr",
) -> DocumentVersion:
    """A new document with its first draft. ``audience``: roles; ``flow``: the approval flow of its versions."""
    place = cell or root()
    a.require("write", kind=ControlledDocument.Evidence.kind, cell=place)
    if ControlledDocument.objects.filter(key=key).exists():
        raise Refused(t("Ce document existe déjà.", "This document exists already."), None, "document.exists")
    document = ControlledDocument(
        cell=place,
        key=key,
        kind=kind,
        title=title,
        language=language,
        flow=flow,
        audience=_known(audience or []),
        accept_days=accept_days,
        review_months=review_months,
    )
    version = DocumentVersion(cell=place, document=document, number=1, body=_body(body), change=change)
    a.record(version)
    a.record_before(document)
    return version


def _known(audience: list[str]) -> list[str]:
    strangers = [role for role in audience if role not in roles()]
    if strangers:
        raise Refused(
            t("Ce rôle n’existe pas : {role}.", "There is no such role: {role}.").format(role=strangers[0]), None, "role.unknown"
        )  # fmt: skip
    return sorted(set(audience))


def _body(body: str) -> str:
    if not body.strip() or len(body) > BODY_LIMIT:
        raise Refused(
            t("Le texte va de 1 à {n} signes.", "The text has 1 to {n} characters.").format(n=BODY_LIMIT), None, "document.body"
        )  # fmt: skip
    return body.replace("\r\n", "\n")


@act("kernel.controlled.draft", label=t("Rédiger une version", "Draft a version"))
def draft(a: Acting, *, document: ControlledDocument, body: str, change: str = "") -> DocumentVersion:
    """Write the draft: the one there is, sent back from review if it was there, or a new version after the published one."""
    a.require("write", document)
    last = document.versions.order_by("-number").select_related("cell", "document").first()
    if last is None or last.stage in ("published", "withdrawn"):
        number = last.number + 1 if last else 1
        last = DocumentVersion(cell=document.cell, document=document, number=number)
    last.body, last.change, last.stage = _body(body), change, "draft"
    a.record(last)
    return last


@act("kernel.controlled.submit", label=t("Soumettre une version à l’approbation", "Submit a version for approval"))
def submit(a: Acting, *, version: DocumentVersion) -> DocumentVersion:
    """To the steps of the document's flow. Whoever wrote it approves nothing."""
    a.require("write", version.document)
    _at(version, "draft", "review")
    version.stage = "review"
    text = t("J’approuve ce texte pour publication.", "I approve this text for publication.")
    open_case(
        a,
        version,
        version.document.flow,
        text=text.of(version.document.language),
        title=t("Approuver : {title}", "Approve: {title}").format(title=version.title),
        link=f"/documents/{version.uid}/",
        facts={"kind": version.document.kind},
    )
    a.record(version)
    return version


def _at(version: DocumentVersion, *stages: str) -> None:
    if version.stage not in stages:
        raise Refused(
            t("Cette version n’est pas à ce stade.", "This version is not at that stage."),
            None,
            "document.stage",
            facts={"stage": version.stage, "wanted": list(stages)},
        )


@act("kernel.controlled.publish", label=t("Publier une version", "Publish a version"), receipt=True)
def publish(a: Acting, *, version: DocumentVersion) -> DocumentVersion:
    """Only once approved on this very text: it is printed, the version before withdrawn, and its readers are asked to accept it."""
    document = version.document
    a.require("write", document)
    _at(version, "review")
    require_approved(a, version, document.flow)
    version.issued = issue(a, version, paper(version), data_of(version, a.now))
    owe_seal(a, version.issued)
    version.stage, version.published_at = "published", a.now
    a.record(version)
    before = list(document.versions.filter(stage="published").select_related("cell", "document", "issued"))
    for old in before:
        _withdraw(a, old)
    document.review_on = months_after(local_day(a.now), document.review_months)[0]
    a.record(document)
    title = t("Revoir : {title}", "Review: {title}").format(title=version.title)
    duties.open_duty(document, REVIEW, title, instant(document.review_on, EVENING), link=f"/documents/{version.uid}/")
    _ask(a, version, readers(document), instead_of=before)
    return version


@act("kernel.controlled.withdraw", label=t("Retirer une version", "Withdraw a version"))
def withdraw(a: Acting, *, version: DocumentVersion) -> DocumentVersion:
    """What was accepted stays accepted; nobody is asked any more."""
    a.require("approve", version.document)
    _at(version, "published")
    _withdraw(a, version)
    duties.close_duty(version.document, REVIEW, a.now)
    return version


def _withdraw(a: Acting, version: DocumentVersion) -> None:
    version.stage, version.withdrawn_at = "withdrawn", a.now
    a.record(version)
    for asked in version.acknowledgements.filter(given_at=None):
        duties.close_all(asked, a.now)


@act(REVIEW, label=t("Confirmer un document à sa revue", "Confirm a document at its review"))
def review(a: Acting, *, document: ControlledDocument) -> ControlledDocument:
    """Looked at again, and kept as it is until the next review."""
    a.require("approve", document)
    document.review_on = months_after(local_day(a.now), document.review_months)[0]
    a.record(document)
    title = t("Revoir : {title}", "Review: {title}").format(title=document.title)
    duties.open_duty(document, REVIEW, title, instant(document.review_on, EVENING))
    return document


# ---------------------------------------------------------------- those it is for


def readers(document: ControlledDocument) -> list[Account]:
    """The active accounts that bear a role of the audience above the document's compartment now."""
    now = clock.now()
    held = Grant.objects.filter(role__in=document.audience, since__lte=now, account__is_active=True)
    running = [grant for grant in held.select_related("cell", "account") if grant.until is None or grant.until > now]
    found = {g.account_id: g.account for g in running if document.cell.path.startswith(g.cell.path)}
    return [found[key] for key in sorted(found)]


def _ask(
    a: Acting, version: DocumentVersion, accounts: Sequence[Account], instead_of: Sequence[DocumentVersion] = ()
) -> None:
    """The part `ASKED` names what was asked, so that the log alone shows what was not given."""
    due = days_after(local_day(a.now), version.document.accept_days)[0]
    title = t("Lire et accepter : {title}", "Read and accept: {title}").format(title=version.title)
    link = f"/documents/{version.uid}/"
    made = []
    for account in accounts:
        asked = Acknowledgement(cell=version.cell, version=version, account=account, asked_at=a.now, due_on=due)
        a.record(asked)
        duties.open_duty(asked, ACCEPT, title, instant(due, EVENING), link=link, person=account.uid)
        made.append(asked.uid)
    data = {
        "version": version.uid,
        "instead_of": sorted(old.uid for old in instead_of),
        "acknowledgements": sorted(made),
        "due_on": due.isoformat(),
    }
    a.part(ASKED, data, keep=Acknowledgement.Evidence.keep)


@act("kernel.controlled.ask", label=t("Demander de prendre connaissance", "Ask to acknowledge"), api=False)
def ask(a: Acting, *, version: DocumentVersion, accounts: list[Account]) -> DocumentVersion:
    """Those who came after the publication are asked too."""
    a.require("write", version.document)
    _ask(a, version, accounts)
    a.about(version)
    return version


def ask_newcomers() -> list[str]:
    """What `tick` runs: whoever joined the audience of a published version, and was not asked yet, is asked."""
    asked = 0
    for version in DocumentVersion.objects.filter(stage="published").select_related("document__cell", "cell"):
        known = set(version.acknowledgements.values_list("account_id", flat=True))
        new = [account for account in readers(version.document) if account.pk not in known]
        if new:
            ask(duties.TICK, version=version, accounts=new)
            asked += len(new)
    return [words(f"prises de connaissance demandées : {asked}", f"acknowledgements asked: {asked}")] if asked else []


@act(ACCEPT, label=t("Prendre connaissance d’une version", "Acknowledge a version"))
def accept(a: Acting, *, version: DocumentVersion, seen: str) -> Acknowledgement:
    """By the person who was asked, of the exact text that was before him."""
    asked = (
        version.acknowledgements.filter(account__uid=a.actor.uid).select_related("cell", "version", "account").first()
    )
    if asked is None:
        raise Refused(t("Il ne vous est pas demandé.", "You are not asked to."), None, "document.not-asked")
    _at(version, "published")
    if asked.given_at is not None:
        raise Refused(t("Vous l’avez déjà accepté.", "You have accepted it already."), None, "document.accepted")
    digest = state_digest(version)
    if seen != digest:
        raise changed_since(seen, digest)
    asked.given_at, asked.sha256 = a.now, digest
    a.record(asked)
    duties.close_all(asked, a.now)
    return asked


def rate(version: DocumentVersion) -> tuple[int, int]:
    """How many have accepted the version, of how many asked."""
    asked = version.acknowledgements
    return asked.exclude(given_at=None).count(), asked.count()


# ---------------------------------------------------------------- the print


def paper(version: DocumentVersion) -> Paper:
    """What is printed at publication."""
    title = Text(version.document.title, version.document.title)
    template = Template.of("kernel", "controlled")
    keep = version.Evidence.keep
    return Paper("kernel.controlled", title, template, keep, "", title, version.document.language)


_HEADING = re.compile(r"(#{1,3}) +(.+)")


def blocks_of(body: str) -> list[dict[str, Any]]:
    """The text as blocks: ``# `` headings, ``- `` items, paragraphs. Nothing of it is ever taken for markup of the printer."""
    found: list[dict[str, Any]] = []
    for chunk in re.split(r"\n\s*\n", body.strip()):
        lines = chunk.split("\n")
        heading = _HEADING.fullmatch(lines[0])
        if heading:
            found.append({"kind": "heading", "level": len(heading[1]), "text": heading[2]})
            lines = lines[1:]
        items = [line[2:] for line in lines if line.startswith("- ")]
        if items and len(items) == len(lines):
            found.append({"kind": "list", "items": items})
        elif lines:
            found.append({"kind": "text", "text": "\n".join(lines)})
    return found


def data_of(version: DocumentVersion, at: Any) -> dict[str, Any]:
    """What the print says: the text, and who approved it."""
    case = last_case(version, version.document.flow)
    voices = list(case.voices.filter(revoked_at=None).order_by("pk")) if case else []
    names = dict(Account.objects.filter(uid__in={v.person for v in voices}).values_list("uid", "name"))
    return {
        "title": version.document.title,
        "number": version.number,
        "change": version.change,
        "digest": state_digest(version),
        "blocks": blocks_of(version.body),
        "approved": [
            {
                "name": names.get(v.person, "–"),
                "role": _role(v.role, version.document.language),
                "at": clock.utc(v.made_at),
            }
            for v in voices
        ],
    }


def _role(name: str, language: str) -> str:
    known = roles().get(name)
    return known.label.of(language) if known else name


def present_version(document: ControlledDocument) -> DocumentVersion | None:
    """The published version."""
    return document.versions.filter(stage="published").select_related("issued", "cell", "document").first()


def pending_for(actor: Actor) -> list[Acknowledgement]:
    """What an actor has been asked to accept and has not."""
    rows = Acknowledgement.objects.filter(account__uid=actor.uid, given_at=None, version__stage="published")
    return list(rows.select_related("version__document").order_by("due_on"))
