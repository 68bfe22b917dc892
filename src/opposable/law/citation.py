"""French citations: read as people write them, written one way: «C. com., art. R. 225-77, al. 1, 3°».

A citation is a source (a code, a statute, a decree, a European act, a decision, a standard, the bylaws), then articles,
then the places in them (I, al. 2, 3°, a). Only known shapes are accepted, so that a slip of the pen in a rulebook is
found when the book is tested. One citation names one place; two places are two citations.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from opposable.law.errors import CitationError
from opposable.law.text import t

Kind = Literal["code", "act", "european", "decision", "standard", "private"]
Joiner = Literal["", " et ", " à "]

CODES = {
    "C. assur.": "code des assurances",
    "C. civ.": "code civil",
    "C. com.": "code de commerce",
    "C. consom.": "code de la consommation",
    "C. déf.": "code de la défense",
    "C. éduc.": "code de l’éducation",
    "C. élect.": "code électoral",
    "C. env.": "code de l’environnement",
    "C. mon. fin.": "code monétaire et financier",
    "C. mut.": "code de la mutualité",
    "C. patr.": "code du patrimoine",
    "C. pén.": "code pénal",
    "C. rur.": "code rural et de la pêche maritime",
    "C. transp.": "code des transports",
    "C. trav.": "code du travail",
    "C. trav. Mayotte": "code du travail applicable à Mayotte",
    "C. trav. Nouvelle-Calédonie": "code du travail de Nouvelle-Calédonie",
    "C. trav. Polynésie française": "code du travail de la Polynésie française",
    "C. urb.": "code de l’urbanisme",
    "CASF": "code de l’action sociale et des familles",
    "CCP": "code de la commande publique",
    "CGCT": "code général des collectivités territoriales",
    "CGFP": "code général de la fonction publique",
    "CGI": "code général des impôts",
    "CJA": "code de justice administrative",
    "COJ": "code de l’organisation judiciaire",
    "CPC": "code de procédure civile",
    "CPCE": "code des postes et des communications électroniques",
    "CPI": "code de la propriété intellectuelle",
    "CPP": "code de procédure pénale",
    "CRPA": "code des relations entre le public et l’administration",
    "CSI": "code de la sécurité intérieure",
    "CSP": "code de la santé publique",
    "CSS": "code de la sécurité sociale",
    "LPF": "livre des procédures fiscales",
}
ACTS = {
    "L.": "loi",
    "L. org.": "loi organique",
    "Ord.": "ordonnance",
    "D.": "décret",
    "Arr.": "arrêté",
    "Circ.": "circulaire",
    "Délib.": "délibération",
    "Délib. CNIL": "délibération CNIL",
}
MONTHS = {
    "janv.": "janvier", "févr.": "février", "mars": "mars", "avr.": "avril", "mai": "mai", "juin": "juin",
    "juill.": "juillet", "août": "août", "sept.": "septembre", "oct.": "octobre", "nov.": "novembre",
    "déc.": "décembre",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Citation:
    """One citation: ``source`` as abbreviated, ``articles`` ("R. 225-77"), ``parts`` in them ("al. 1", "3°")."""

    kind: Kind
    source: str
    articles: tuple[str, ...] = ()
    joiner: Joiner = ""
    parts: tuple[str, ...] = ()

    def __str__(self) -> str:
        pieces = [self.source]
        if self.articles:
            *first, last = self.articles
            pieces.append("art. " + (", ".join(first) + self.joiner + last if first else last))
        return ", ".join([*pieces, *self.parts])


def parse(text: str) -> Citation:
    """Read a citation; CitationError says what was not understood."""
    clean = re.sub(r"\s+", " ", text.replace("'", "’")).strip(" ,;")
    turned = _TURNED.fullmatch(clean)
    if turned:
        clean = f"{turned['source']}, art. {turned['place']}"
    head, _, tail = (piece.strip(" ,") for piece in _ARTICLE_MARK.sub("\0", clean, count=1).partition("\0"))
    for read in (_code, _act, _european, _decision, _standard, _private):
        found = read(head)
        if found:
            break
    else:
        raise _unread(text, head)
    if not tail:
        return found
    articles, joiner, parts = _Places(tail, text).read()
    return Citation(found.kind, found.source, articles, joiner, found.parts + parts)


def normalise(text: str) -> str:
    """Write a citation the one way of the house."""
    return str(parse(text))


_TURNED = re.compile(
    r"art(?:icle)?s?\.? (?P<place>.+?) (?:du|de la|de l’) ?(?P<source>(?:code|loi|décret|ordonnance) .+)", re.IGNORECASE
)
_ARTICLE_MARK = re.compile(r",? \bart(?:icle)?s?\.?(?= )", re.IGNORECASE)
_DATE = r"(?P<day>1er|\d{1,2}) (?P<month>[a-zéû]+\.?) (?P<year>\d{4})"
_ACT = re.compile(rf"(?P<name>[^\d,]+?)(?: n° ?(?P<number>\d[\w./-]*))?(?:,? (?:du )?{_DATE})?")
_EUROPEAN = re.compile(
    r"(?P<name>Règl|Règlement|Dir|Directive|Déc|Décision)\.?(?P<more> d’exécution| délégué)?"
    rf" ?\((?P<body>UE|CE|CEE)\) (?P<no>n° ?)?(?P<number>\d+/\d+(?:/(?:UE|CE|CEE))?)(?:,? (?:du )?{_DATE})?",
    re.IGNORECASE,
)
_DECISION = re.compile(
    rf"(?P<court>Cass\.(?: (?:[123]e civ\.|com\.|soc\.|crim\.|ch\. mixte|ass\. plén\.))?|CE|CA [\w’-]+|Cons\. const\.|CJUE|CEDH)"
    rf", {_DATE}(?:, n° ?(?P<number>[\w./-]+))?"
)
_STANDARD = re.compile(r"(?:NF |EN |ETSI |ISO|RFC ?\d|FIPS|C2SP|ICANN|IANA|UIT|ITU|W3C|WCAG|RGAA|RGS)[^,]*(?:, [^,]+)*")
_PRIVATE = re.compile(
    r"(?:Statuts|Règlement intérieur|Règlement général|RG AMF|RGPD|Charte|Convention|Contrat|Politique|Calendrier|Avis|Reco\.)[^,]*"
)


def _fold(text: str) -> str:
    return re.sub(r"[\s.’-]", "", text).lower()


_CODE_NAMES = {_fold(name): code for code, long in CODES.items() for name in (code, long)}
_ACT_NAMES = {_fold(name): act for act, long in ACTS.items() for name in (act, long)}
_MONTH_NAMES = {_fold(name): month for month, long in MONTHS.items() for name in (month, long)}


def _code(head: str) -> Citation | None:
    code = _CODE_NAMES.get(_fold(head))
    return Citation("code", code) if code else None


def _act(head: str) -> Citation | None:
    match = _ACT.fullmatch(head)
    name = _ACT_NAMES.get(_fold(match["name"])) if match else None
    if not match or not name or not (match["number"] or match["year"]):
        return None
    day = _day(match)
    if match["number"]:
        return Citation("act", f"{name} n° {match['number']}" + (f", {day}" if day else ""))
    return Citation("act", f"{name} {day}")


def _european(head: str) -> Citation | None:
    match = _EUROPEAN.fullmatch(head)
    if not match:
        return None
    name = next(short for short in ("Règl.", "Dir.", "Déc.") if _fold(match["name"]).startswith(_fold(short)))
    day = _day(match)
    number = ("n° " if match["no"] else "") + match["number"]
    more = (match["more"] or "").lower()
    return Citation("european", f"{name}{more} ({match['body'].upper()}) {number}" + (f", {day}" if day else ""))


def _decision(head: str) -> Citation | None:
    match = _DECISION.fullmatch(head)
    if not match:
        return None
    number = f", n° {match['number']}" if match["number"] else ""
    return Citation("decision", f"{match['court']}, {_day(match)}{number}")


def _standard(head: str) -> Citation | None:
    return Citation("standard", head) if _STANDARD.fullmatch(head) else None


def _private(head: str) -> Citation | None:
    return Citation("private", head) if _PRIVATE.fullmatch(head) else None


def _day(match: re.Match[str]) -> str:
    if not match["year"]:
        return ""
    month = _MONTH_NAMES.get(_fold(match["month"]))
    if month is None:
        raise _unread(match[0], match["month"])
    return f"{match['day']} {month} {match['year']}"


def _article(match: re.Match[str]) -> str:
    letter = (match["letter"] or "").upper()
    prefix = {"": "", "LO": "LO ", "LP": "Lp. "}.get(letter, f"{letter}. ")
    if match["star"]:
        prefix = f"{letter}.* "
    return prefix + match["number"]


_END = r"(?=[\s,]|$)"
_ARTICLE = re.compile(
    r"(?P<letter>LO|LP|Lp|[LRDA])?\.?(?P<star>\*)?\.? ?"
    r"(?P<number>1er|unique|préliminaire|\d+(?:-\d+)*(?: (?:bis|ter|quater|quinquies)(?: [A-Z])?)?)"
    r"(?=[\s,]|-[IVX]|$)"
)
_JOINER = re.compile(r" ?(et|à) (?=(?:LO|L[pP]|[LRDA])?\.?\*?\.? ?\d)")
_PARTS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?:al\.?|alin[ée]as?) ?(\d+|dernier|unique)" + _END), lambda m: f"al. {m[1]}"),
    (re.compile(r"(\d+)(?:er|e|ème) (?:al\.|alin[ée]a)" + _END), lambda m: f"al. {m[1]}"),
    (re.compile(r"(\d+)(re|e) (?:phrase|ph\.)" + _END), lambda m: f"{m[1]}{m[2]} phrase"),
    (re.compile(r"(\d+) ?°(?: (bis|ter|quater))?" + _END), lambda m: f"{m[1]}°" + (f" {m[2]}" if m[2] else "")),
    (re.compile(r"([a-z]) ?\)" + _END), lambda m: f"{m[1]})"),
    (re.compile(r"-?([IVX]+)(?: (bis|ter))?\.?" + _END), lambda m: m[1] + (f" {m[2]}" if m[2] else "")),
    (re.compile(r"([A-H])" + _END), lambda m: m[1]),
    (re.compile(r"§ ?(\d+)" + _END), lambda m: f"§ {m[1]}"),
    (re.compile(r"in fine" + _END), lambda _: "in fine"),
    (re.compile(r"(?:et )?(?:s\.|suivants)" + _END), lambda _: "s."),
)


class _Places:
    """Reads «R. 225-77 alinéa 1 3°» from left to right: articles first, then the places in them."""

    def __init__(self, tail: str, whole: str) -> None:
        self.tail, self.whole, self.at = tail, whole, 0
        self.articles: list[str] = []
        self.parts: list[str] = []
        self.joiner: Joiner = ""

    def read(self) -> tuple[tuple[str, ...], Joiner, tuple[str, ...]]:
        while self.at < len(self.tail):
            if not (self._part() or self._next_article()):
                raise _unread(self.whole, self.tail[self.at :])
            while self.tail[self.at : self.at + 1] in {",", " "}:
                self.at += 1
        return tuple(self.articles), self.joiner, tuple(self.parts)

    def _part(self) -> bool:
        for pattern, shape in _PARTS:
            match = pattern.match(self.tail, self.at)
            if match and self.articles:
                self.parts.append(shape(match))
                self.at = match.end()
                return True
        return False

    def _next_article(self) -> bool:
        joined = _JOINER.match(self.tail, self.at)
        start = joined.end() if joined else self.at
        match = _ARTICLE.match(self.tail, start)
        if not match or self.parts or self.joiner or (joined and not self.articles):
            return False
        if joined:
            self.joiner = " et " if joined[1] == "et" else " à "
        self.articles.append(_article(match))
        self.at = match.end()
        return True


def _unread(text: str, where: str) -> CitationError:
    return CitationError(
        t(
            "Citation non comprise : « {text} », à partir de « {where} » ; écrivez par exemple « C. com., art. R. 225-77, al. 1 ».",
            "Citation not understood: “{text}”, from “{where}” on; write for example “C. com., art. R. 225-77, al. 1”.",
        ).format(text=text, where=where)
    )
