"""What an audit found, and where: every finding names a table (or the log's folder), a row, and the act concerned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from opposable.law import Text, t
from opposable.ledger.phrases import detail_in

LIMIT: Final = 1_000
"""Findings kept of one kind: one is enough to know, a million would only fill the memory."""

# fmt: off
CHECKS: Final[Mapping[str, Text]] = {
    "act.header": t("L’en-tête de l’acte a été changé.", "The header of the act was changed."),
    "act.entry": t("L’entrée de l’acte n’est pas celle du journal.", "The entry of the act is not that of the log."),
    "act.form": t("L’en-tête ne se lit pas, ou est d’un autre journal.",
                  "The header does not read, or is of another log."),
    "act.column": t("Une colonne dit autre chose que l’en-tête.", "A column says something else than the header."),
    "act.until": t("La date d’effacement n’est pas celle de la classe de conservation.",
                   "The day of erasure is not that of the retention class."),
    "act.after": t("L’acte nomme un jeton qui n’est pas au dossier.", "The act names a token that is not on file."),
    "act.date": t("L’acte n’est pas daté entre ses deux jetons.", "The act is not dated between its two tokens."),
    "act.erased": t("L’acte est effacé sans acte d’effacement, ou ne l’est pas entièrement.",
                    "The act is erased without an erasure act, or not wholly."),
    "act.lost": t("L’acte n’est ni scellé ni en attente.", "The act is neither sealed nor pending."),
    "act.sequence": t("L’histoire de l’objet saute un acte, ou en a deux au même rang.",
                      "The object’s history skips an act, or has two at one place."),
    "act.prev": t("L’acte ne suit pas celui qui le précède pour cet objet.",
                  "The act does not follow the previous one of its object."),
    "part.missing": t("Une pièce de l’acte manque sans effacement licite.",
                      "A part of the act is missing without lawful erasure."),
    "part.column": t("La pièce n’est pas celle que dit l’en-tête.", "The part is not the one that the header says."),
    "part.until": t("La case de la pièce n’est pas celle de sa classe.",
                    "The bucket of the part is not that of its class."),
    "part.early": t("La pièce a été effacée avant son jour, sans motif.",
                    "The part was erased before its day, without a ground."),
    "part.key": t("La clé de la pièce manque sans effacement licite.",
                  "The key of the part is missing without lawful erasure."),
    "part.content": t("La pièce ne s’ouvre pas, ou n’a pas son empreinte.",
                      "The part does not open, or has not its digest."),
    "member.row": t("Un objet d’un acte collectif a été changé.", "An object of an act on several was changed."),
    "leaf.gap": t("Les numéros d’actes ne se suivent pas.", "The numbers of the acts do not follow each other."),
    "leaf.act": t("L’acte d’une feuille n’existe plus.", "The act of a leaf exists no more."),
    "pending.row": t("L’attente de scellement ne correspond à aucun acte à sceller.",
                     "The waiting list does not match the acts to be sealed."),
    "log.tile": t("Un fichier du journal manque ou a été changé.", "A file of the log is missing or was changed."),
    "log.stranger": t("Un fichier n’est pas du journal.", "A file does not belong to the log."),
    "log.root": t("Les actes ne mènent pas à la racine signée.", "The acts do not lead to the signed root."),
    "log.checkpoint": t("Le point de contrôle publié n’est pas le dernier signé.",
                        "The published checkpoint is not the last one signed."),
    "store.missing": t("Le registre des points de contrôle manque.", "The checkpoint store is missing."),
    "store.note": t("Le registre des points de contrôle dit autre chose que le journal.",
                    "The checkpoint store says something else than the log."),
    "seal.note": t("Le sceau n’est pas signé par une clé du journal.", "The seal is not signed by a key of the log."),
    "seal.root": t("Le sceau n’est pas celui de ces actes.", "The seal is not that of these acts."),
    "seal.date": t("Le sceau est hors du temps de sa clé ou de son rang.",
                   "The seal is outside the time of its key or place."),
    "anchor.note": t("L’ancrage n’est pas celui d’un sceau du journal.",
                     "The anchor is not that of a seal of the log."),
    "anchor.token": t("Le jeton est faux, ou n’est pas celui de cet ancrage.",
                      "The token is false, or is not that of this anchor."),
    "anchor.column": t("Une colonne dit autre chose que le jeton ou la note.",
                       "A column says something else than the token or the note."),
    "anchor.file": t("Le jeton du dossier public n’est pas celui de la base.",
                     "The token in the public folder is not that of the database."),
    "erasure.form": t("Un acte d’effacement n’est pas licite.", "An erasure act is not lawful."),
    "erasure.file": t("La liste publique des effacements n’est pas celle de la base.",
                      "The public list of erasures is not that of the database."),
    "rule.row": t("Le texte conservé d’une règle n’est pas celui que les actes citent.",
                  "The text kept of a rule is not the one that acts cite."),
    "row.state": t("La fiche n’est pas dans l’état que le dernier acte a scellé.",
                   "The record is not in the state that the last act sealed."),
    "row.chain": t("La fiche ne renvoie pas à son dernier acte.", "The record does not point to its last act."),
    "row.missing": t("La fiche d’un objet a disparu.", "The record of an object has gone."),
    "row.unknown": t("Aucun acte n’a fait cette fiche.", "No act has made this record."),
    "document.missing": t("Le fichier d’un document manque sans effacement licite.",
                          "The file of a document is missing without lawful erasure."),
    "document.content": t("Le fichier d’un document a été changé.", "The file of a document was changed."),
    "document.other": t("Le gabarit ou les certificats d’un document manquent, ou ont été changés.",
                        "The template or the certificates of a document are missing, or were changed."),
    "trigger.missing": t("Une garde de la base manque.", "A guard of the database is missing."),
    "trigger.changed": t("Une garde de la base a été changée.", "A guard of the database was changed."),
}
NOTICES: Final[Mapping[str, Text]] = {
    "pending.waiting": t("Des actes attendent leur scellement.", "Acts wait for their seal."),
    "part.erased": t("Des pièces sont licitement effacées.", "Parts are lawfully erased."),
    "part.still-there": t("Des pièces dites effacées sont encore là : lancez « opposable restore ».",
                          "Parts that are said to be erased are still there: run “opposable restore”."),
    "act.lawfully-erased": t("Des actes sont licitement effacés : leur entrée seule demeure.",
                             "Acts are lawfully erased: only their entry is left."),
    "parts.unread": t("Le contenu des pièces et des documents n’a pas été relu : demandez --parts.",
                      "The content of the parts and of the documents was not read: ask for --parts."),
    "anchor.none": t("Le journal n’a aucun jeton : rien ne date ses actes.",
                     "The log has no token: nothing dates its acts."),
    "anchor.witness": t("Une cosignature est d’un témoin que les réglages ne nomment plus.",
                        "A cosignature is of a witness that the settings no longer name."),
    "anchor.unknown-file": t("Un jeton du dossier public n’est dans aucun ancrage.",
                             "A token in the public folder is in no anchor."),
    "class.unknown": t("Une classe de conservation n’est plus déclarée.",
                       "A retention class is not declared any more."),
}
# fmt: on


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: which check, in which table (or file of HOME), which row, and the index of the act, when it has one."""

    check: str
    table: str
    row: str
    act: int | None
    detail: str
    said: Text | None = None
    """What the check means, where it is one of a system and not of the kernel."""

    @property
    def text(self) -> Text:
        return self.said or CHECKS.get(self.check) or NOTICES[self.check]

    def as_data(self) -> dict[str, Any]:
        text = self.text.as_data()
        return {
            "check": self.check, "table": self.table, "row": self.row, "act": self.act, "detail": self.detail, "text": text,
        }  # fmt: skip

    def line(self, lang: str) -> str:
        act = "" if self.act is None else f", act {self.act}" if lang == "en" else f", acte {self.act}"
        detail = f" ({detail_in(lang, self.detail)})" if self.detail else ""
        return f"{self.check}: {self.table} {self.row}{act}: {self.text.of(lang)}{detail}"


@dataclass
class Report:
    """`ok` when nothing is wrong. ``counts``: how much was looked at; ``notices``: what is worth knowing and is no fault."""

    findings: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    beyond: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return not self.findings

    def alarm(
        self, check: str, table: str, row: object, detail: str = "", *, act: int | None = None, said: Text | None = None
    ) -> None:
        """Something is wrong. At most `LIMIT` findings of a kind are kept; the others are counted."""
        self.counts[f"alarm {check}"] += 1
        if self.counts[f"alarm {check}"] > LIMIT:
            self.beyond[check] += 1
        else:
            self.findings.append(Finding(check, table, str(row), act, detail, said))

    def notice(
        self, check: str, table: str, row: object, detail: str = "", *, act: int | None = None, said: Text | None = None
    ) -> None:
        """Something worth knowing."""
        self.notices.append(Finding(check, table, str(row), act, detail, said))

    def merge(self, other: Report) -> None:
        """Take over what another process found in its share."""
        self.findings += other.findings
        self.notices += other.notices
        self.counts += other.counts
        self.beyond += other.beyond

    def as_data(self) -> dict[str, Any]:
        counts = {name: count for name, count in sorted(self.counts.items()) if not name.startswith("alarm ")}
        return {
            "ok": self.ok, "findings": [one.as_data() for one in self.findings], "beyond": dict(self.beyond),
            "notices": [one.as_data() for one in self.notices], "counts": counts, "seconds": self.seconds,
        }  # fmt: skip
