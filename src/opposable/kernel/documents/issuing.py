"""Acts on documents: issuing one inside an act, sealing it, and making it again from the log.

A system's act composes the data and calls `issue`: the part «data» of that act is, byte for byte, what was rendered and
what is attached to the PDF. Signing asks a time-stamping authority: `seal_document` does it between two acts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings

from opposable.kernel import clock, duties, parts, store
from opposable.kernel.acting import Acting
from opposable.kernel.acts import Receipt, act
from opposable.kernel.documents import files
from opposable.kernel.documents.faults import DocumentErased, DocumentFault, OtherCompiler
from opposable.kernel.documents.rendering import compiler, render
from opposable.kernel.documents.signing import Check, check, sign
from opposable.kernel.documents.template import Template
from opposable.kernel.models import Act, Document, Member, Recorded
from opposable.kernel.models.access import may
from opposable.law import Refused, Text, day_text, local, t, time_text
from opposable.ledger import canonical

if TYPE_CHECKING:
    from datetime import datetime

    from opposable.kernel.actors import Actor
    from opposable.kernel.keys.seal import Signer, Statement
    from opposable.kernel.tsa import Tsa

SIGN = "kernel.document.sign"


@dataclass(frozen=True)
class Paper:
    """What a system has printed: the kind of document, its title, its template, its retention class, its language.

    ``author`` is who issues it (a company's name); ``short`` is the running head on its following pages.
    """

    kind: str
    title: Text
    template: Template
    keep: str
    author: str
    short: Text
    language: str = "fr"

    def frame(self, at: datetime, version: int) -> dict[str, Any]:
        """The block ``document`` of the data: what every template prints of the document itself."""
        return {
            "kind": self.kind,
            "title": self.title.of(self.language),
            "short": self.short.of(self.language),
            "description": self.title.of(self.language),
            "author": self.author,
            "language": self.language,
            "version": version,
            "issued": instant(at, self.language),
            "log": settings.ORIGIN,
            "demo": settings.CONFIG.demo,
        }

    def complete(self, data: Mapping[str, Any], at: datetime, version: int = 1) -> dict[str, Any]:
        """The data with their frame."""
        return {"document": self.frame(at, version), **data}

    def print(self, data: Mapping[str, Any], at: datetime) -> bytes:
        """Render without an act: for what only repeats what acts already say (a receipt), the same bytes each time."""
        return render(self.template, self.complete(data, at), self.language, at)


def instant(at: datetime, lang: str = "fr", zone: str = "Europe/Paris") -> dict[str, str]:
    """An instant in a document's data: UTC for programs, legal time for people; with its offset in the hour that the clocks show twice."""
    here = local(at, zone)
    where = t("heure de Paris", "Paris time") if zone == "Europe/Paris" else Text(zone, zone)
    if here.replace(fold=0).utcoffset() != here.replace(fold=1).utcoffset():
        offset = f"{here:%z}"
        where = where + f", UTC{offset[:3]}:{offset[3:]}"
    text = t("{day} à {clock} ({where})", "{day} at {clock} ({where})").format(
        day=day_text(here.date()), clock=time_text(here.replace(microsecond=0)), where=where
    )
    return {"utc": clock.utc(at), "text": text.of(lang)}


def issue(a: Acting, subject: Recorded, paper: Paper, data: Mapping[str, Any]) -> Document:
    """Render and file a document about ``subject`` in the act ``a``; its row is recorded, its data are the part «data»."""
    version = next_version(subject, paper.kind, paper.language)
    full = paper.complete(data, a.now, version)
    pdf = render(paper.template, full, paper.language, a.now)
    until = store.expiry(paper.keep, a.now.date())
    paper.template.archive(settings.HOME)
    document = Document(
        cell=subject.cell,
        subject=subject.uid,
        subject_kind=subject.Evidence.kind,
        kind=paper.kind,
        title_fr=paper.title.fr,
        title_en=paper.title.en,
        version=version,
        language=paper.language,
        issued_at=a.now,
        sha256=files.put(pdf, paper.keep, until),
        size=len(pdf),
        data_sha256=sha256(canonical.encode(full)).hexdigest(),
        template=paper.template.name,
        template_sha256=paper.template.sha256,
        typst=compiler(),
        keep=paper.keep,
        until=until,
    )
    a.part(files.DATA, full, keep=paper.keep)
    a.record(document)
    return document


def next_version(subject: Recorded, kind: str, language: str) -> int:
    """The number of the next version of a kind of document about an object."""
    return Document.objects.filter(subject=subject.uid, kind=kind, language=language).count() + 1


@act("kernel.document.issue", label=t("Établir un document", "Issue a document"), api=False)
def issue_document(a: Acting, *, subject: Recorded, paper: Paper, data: dict[str, Any]) -> Document:
    """A document that no system's own act issues."""
    a.require("write", subject)
    a.about(subject)
    return issue(a, subject, paper, data)


# ---------------------------------------------------------------- from the log, again


def data_of(document: Document) -> dict[str, Any]:
    """What was rendered, from the log. Raises DocumentErased."""
    member = Member.objects.filter(obj=document.uid, seq=1).first()
    first = member.act if member else Act.objects.filter(obj=document.uid, seq=1).first()
    data = parts.read(first.pk, files.DATA) if first else None
    if data is None:
        raise DocumentErased(
            t(
                f"Les données de « {document} » ont été effacées à leur échéance : rien à comparer.",
                f'The data of "{document}" were erased on their day: nothing to compare.',
            )
        )
    found: dict[str, Any] = data
    return found


def rerender(document: Document) -> bool:
    """Make the document again from the data in the log, and say whether every byte is the one that was issued.

    Raises DocumentErased when the data are gone; OtherCompiler when the bytes differ and another version of Typst made
    them (install that version to compare); DocumentFault when its template is missing.
    """
    template = Template.archived(settings.HOME, document.template_sha256, document.template)
    again = render(template, data_of(document), document.language, document.issued_at)
    if sha256(again).hexdigest() == document.sha256:
        return True
    if document.typst != compiler():
        raise OtherCompiler(
            t(
                f"Ce document a été composé par Typst {document.typst}, cette machine a {compiler()} : les octets diffèrent.",
                f"This document was made by Typst {document.typst}, this machine has {compiler()}: the bytes differ.",
            )
        )
    return False


# ---------------------------------------------------------------- the seal


@dataclass(frozen=True)
class Sealed:
    """A signature made outside the transaction, for the act that records it."""

    sha256: str
    certificates: str
    """Digest of the chain that is kept (`files.certificates`), and below of the time-stamping authority's roots."""
    level: str
    stamped_at: datetime
    tsa: str
    tsa_roots: str


def seal_document(actor: Actor, *, document: Document, reason: str = "") -> Receipt[Document]:
    """Sign the file with the installation's key and a time-stamp, then record it. Refused without the right to approve.

    Raises DocumentFault, TsaFault, Unreachable: nothing is then recorded, and it can be asked again.
    """
    made = None
    if not document.signed_sha256 and may(actor, "approve", document.subject_kind, document.cell, clock.now()):
        made = _sealed(document, reason)
    return record_seal(actor, document=document, made=made)


def _sealed(document: Document, reason: str) -> Sealed:
    signer, tsa = installation_signer(), installation_tsa()
    signed = sign(files.read(document, signed=False), signer, clock.now(), tsa, reason=reason)
    seen = check(signed, [signer.pem], tsa.roots)
    if not (seen.intact and seen.whole and seen.stamped_at):
        raise DocumentFault(
            t(
                f"La signature ne se vérifie pas ({seen.problem}) : rien n’est gardé.",
                f"The signature does not verify ({seen.problem}): nothing is kept.",
            )
        )
    digest = files.put(signed, document.keep, document.until)
    chain, roots = files.keep_certificates(signer.pem), files.keep_certificates(b"".join(tsa.roots))
    return Sealed(digest, chain, signer.level, seen.stamped_at, tsa.label.fr, roots)


@act(SIGN, label=t("Apposer le cachet sur un document", "Seal a document"), api=False)
def record_seal(a: Acting, *, document: Document, made: Sealed | None) -> Document:
    """The seal on a file: digest of the signed bytes, certificate, level, instant of the token. `seal_document` makes it."""
    a.require("approve", document, kind=document.subject_kind)
    if document.signed_sha256 or made is None:
        raise Refused(
            t("Ce document porte déjà le cachet.", "This document already bears the seal."), None, "document.sealed"
        )
    document.signed_sha256, document.signature_level = made.sha256, made.level
    document.signed_at = made.stamped_at
    document.signed_by = [
        *document.signed_by,
        {
            "as": "seal",
            "certificates": made.certificates,
            "tsa": made.tsa,
            "tsa_roots": made.tsa_roots,
            "at": clock.utc(made.stamped_at),
        },
    ]
    a.record(document)
    duties.close_duty(document, SIGN, a.now)
    return document


def owe_seal(a: Acting, document: Document) -> None:
    """Open the duty to seal: `tick` does it when the process that should have is gone. Called in the act that wants it."""
    duties.open_duty(
        document,
        SIGN,
        t("Apposer le cachet : {title}", "Seal: {title}").format(title=document.title),
        a.now,
        kind=document.subject_kind,
        automatic=True,
    )


def discharge(actor: Actor, uid: str) -> None:
    """What `tick` calls when a seal is owed."""
    seal_document(actor, document=Document.objects.select_related("cell").get(uid=uid))


def check_seal(document: Document) -> Check:
    """Check the signature of the file that is kept, with the certificates of its day. Raises DocumentErased, DocumentFault."""
    seal = next((one for one in document.signed_by if one["as"] == "seal"), None)
    if seal is None:
        return check(files.read(document), [], [])
    return check(
        files.read(document), [files.certificates(seal["certificates"])], [files.certificates(seal["tsa_roots"])]
    )


def seal_statement() -> Statement:
    """What the seal of this installation is worth."""
    from opposable.kernel.keys.seal import statement  # certificates take time to load, and most acts read none

    return statement(settings.HOME, _seal_setting())


def installation_signer() -> Signer:
    """Who seals here: the operator's certificate, or the installation's own. Needs the passphrase."""
    from opposable.kernel.keys.seal import Signer

    return Signer.open(settings.HOME, _seal_setting())


def installation_tsa() -> Tsa:
    """The authority that dates here."""
    from opposable.kernel.tsa import open_tsa

    return open_tsa(settings.HOME, settings.CONFIG.tsa, settings.CONFIG.tsa_roots)


def _seal_setting() -> Mapping[str, Any] | None:
    seal = settings.CONFIG.extra.get("seal")
    return seal if isinstance(seal, Mapping) else None
