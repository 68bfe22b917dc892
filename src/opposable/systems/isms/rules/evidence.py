"""«Preuves automatiques» : what the platform's own log shows, judged the same way here and offline. Never silently right.

A rule is a query (types of acts over a period) and a judgement over what it saw: headers of acts, in the order of the log, and
figures that follow from the log (`figures`), or are declared. The verdict is pass, fail, or no-data: nothing seen proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from opposable.law import Text, t

Figures = Mapping[str, int]


@dataclass(frozen=True)
class Seen:
    """What of an act's header the judgement looks at; ``index`` is its place in the log."""

    index: int
    type: str
    at: datetime
    outcome: str
    obj: str


@dataclass(frozen=True)
class Verdict:
    """The answer, and the leaves on which it stands."""

    name: str
    text: Text
    cited: tuple[int, ...] = ()


@dataclass(frozen=True)
class EvidenceRule:
    """``types``: prefixes of the acts it looks at; ``days``: how far back; ``answers``: identifiers of the 2022 edition."""

    code: str
    label: Text
    answers: tuple[str, ...]
    days: int
    types: tuple[str, ...]
    judge: Callable[[Sequence[Seen], Figures, datetime], Verdict]

    def looks_at(self, type_: str) -> bool:
        return any(type_.startswith(one) for one in self.types)


def _pass(fr: str, en: str, cited: Sequence[Seen] = (), n: int = 0, **values: object) -> Verdict:
    return Verdict("pass", t(fr, en).counted(n).format(n=n, **values), tuple(one.index for one in cited))


def _fail(fr: str, en: str, cited: Sequence[Seen] = (), n: int = 0, **values: object) -> Verdict:
    return Verdict("fail", t(fr, en).counted(n).format(n=n, **values), tuple(one.index for one in cited))


STAMPS = t("{n} horodatage(|s)", "{n} time-stamp(|s)")


def _nothing(fr: str, en: str) -> Verdict:
    return Verdict("no-data", t(fr, en))


def _done(seen: Sequence[Seen], type_: str) -> list[Seen]:
    return [one for one in seen if one.type == type_ and one.outcome == "done"]


def _restored(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    good, bad = _done(seen, "isms.restore.succeed"), _done(seen, "isms.restore.fail")
    if not good and not bad:
        return _nothing("Aucun essai de restauration dans la période.", "No restore was tried in the period.")
    if bad and (not good or bad[-1].index > good[-1].index):
        return _fail("Le dernier essai de restauration a échoué.", "The last restore tried failed.", bad[-1:])
    return _pass("{n} restauration(|s) réussie(|s).", "{n} restore(|s) succeeded.", good, n=len(good))


def _reviewed(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    done = _done(seen, "isms.access.review")
    if done:
        return _pass("Droits revus {n} fois.", "Rights reviewed {n} time(|s).", done, n=len(done))
    used = [*_done(seen, "kernel.login"), *_done(seen, "kernel.grant.give")]
    if not used:
        return _nothing("Aucune connexion ni habilitation dans la période.", "No login and no grant in the period.")
    return _fail(
        "{n} connexion(|s) ou habilitation(|s), aucune revue.",
        "{n} login(|s) or grant(|s), no review.",
        used[-1:],
        n=len(used),
    )


def _leavers(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    told = _done(seen, "isms.leaver.report")
    if not told:
        return _nothing("Aucun départ signalé.", "No leaver was reported.")
    if figures.get("unlisted"):
        return _nothing(
            "Un départ a été signalé sans la liste des droits : le registre ne permet pas de juger.",
            "A leaver was reported without the list of rights: the log does not let it be judged.",
        )
    if figures.get("open"):
        return _fail(
            "{n} habilitation(|s) de partants (court|courent) encore.",
            "{n} grant(|s) of leavers still run(s|).",
            told,
            n=figures["open"],
        )
    return _pass("{n} départ(|s), tous les droits retirés.", "{n} leaver(|s), all rights withdrawn.", told, n=len(told))


def _purged(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    if figures.get("overdue"):
        return _fail(
            "{n} pièce(|s) gardée(|s) après (son|leur) échéance.",
            "{n} part(|s) kept past (its|their) day.",
            n=figures["overdue"],
        )
    done = _done(seen, "kernel.part.erase")
    if figures.get("late"):
        return _fail(
            "{n} effacement(|s) fait(|s) plus d’un jour après l’échéance.",
            "{n} erasure(|s) done more than a day after (it was|they were) due.",
            done,
            n=figures["late"],
        )
    if not done:
        return _nothing("Rien n’est arrivé à échéance.", "Nothing fell due.")
    return _pass("{n} effacement(|s), rien en retard.", "{n} erasure(|s), nothing overdue.", done, n=len(done))


def _sealed(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    if not figures.get("acts"):
        return _nothing("Aucun acte dans la période.", "No act in the period.")
    if not figures.get("stamps"):
        return _fail("Le journal n’a pas été horodaté.", "The log was not time-stamped.")
    if figures.get("uncovered"):
        return _fail(
            "{n} acte(|s) de plus d’un jour sous aucun horodatage.",
            "{n} act(|s) over a day old under no time-stamp.",
            n=figures["uncovered"],
        )
    return _pass(
        "{n} acte(|s) scellé(|s), {m}.",
        "{n} act(|s) sealed, {m}.",
        n=figures["acts"],
        m=STAMPS.counted(figures["stamps"]).format(n=figures["stamps"]),
    )


def _witnessed(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    if not figures.get("stamps"):
        return _nothing("Le journal n’a pas été horodaté.", "The log was not time-stamped.")
    if not figures.get("witnesses"):
        return _nothing("Aucun témoin ne cosigne le journal.", "No witness cosigns the log.")
    if figures.get("unwitnessed"):
        return _fail(
            "{n} horodatage(|s) sans témoin.", "{n} time-stamp(|s) without a witness.", n=figures["unwitnessed"]
        )
    return _pass("Tous les horodatages portent un témoin.", "Every time-stamp bears a witness.")


def _clock(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    if not figures.get("stamps"):
        return _nothing("Aucun horodatage pour comparer les horloges.", "No time-stamp to compare clocks with.")
    if figures.get("ahead"):
        return _fail(
            "{n} acte(|s) daté(|s) après le jeton qui (le|les) couvre.",
            "{n} act(|s) dated after the token that covers (it|them).",
            n=figures["ahead"],
        )
    return _pass(
        "Aucun acte daté après son jeton ({n} jeton(|s)).",
        "No act dated after its token ({n} token(|s)).",
        n=figures["stamps"],
    )


def _acknowledged(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    if figures.get("unlisted"):
        return _nothing(
            "Une version a été publiée sans la liste de ceux qui doivent l’accepter : le registre ne permet pas de juger.",
            "A version was published without the list of those who are to accept it: the log does not let it be judged.",
        )
    if not figures.get("asked"):
        return _nothing("Aucun document à lire et accepter.", "No document to read and accept.")
    rate = 100 * figures.get("given", 0) // figures["asked"]
    if figures.get("late"):
        return _fail(
            "{n} accusé(|s) de lecture en retard ({r} %).",
            "{n} acknowledgement(|s) overdue ({r}%).",
            n=figures["late"],
            r=rate,
        )
    return _pass("{r} % des accusés de lecture donnés.", "{r}% of acknowledgements given.", r=rate)


def _suppliers(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    if not figures.get("suppliers"):
        return _nothing("Aucun fournisseur parmi les biens.", "No supplier among the assets.")
    done = _done(seen, "isms.clause.confirm")
    if figures.get("bare"):
        return _fail(
            "{n} fournisseur(|s) sans clause constatée dans l’année.",
            "{n} supplier(|s) without a clause seen within the year.",
            done,
            n=figures["bare"],
        )
    return _pass(
        "Clause constatée chez {n} fournisseur(|s).", "Clause seen for {n} supplier(|s).", done, n=figures["suppliers"]
    )


def _drilled(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    done = _done(seen, "isms.incident.rehearse")
    if not done:
        return _nothing("Aucun exercice d’incident dans l’année.", "No incident drill within the year.")
    return _pass("{n} exercice(|s) d’incident.", "{n} incident drill(|s).", done, n=len(done))


def _refusals(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    if not figures.get("acts"):
        return _nothing("Aucun acte dans la période.", "No act in the period.")
    reviewed = _done(seen, "isms.refusal.review")
    after = reviewed[-1].index if reviewed else -1
    old = [
        one for one in seen if one.outcome == "refused" and one.index > after and one.at < until - timedelta(days=30)
    ]
    if old:
        return _fail(
            "{n} refus de plus de trente jours, non revu(|s).",
            "{n} refusal(|s) over thirty days old, not reviewed.",
            old[:20],
            n=len(old),
        )
    return _pass("Aucun refus ancien sans revue.", "No old refusal without review.", reviewed[-1:])


def _held(seen: Sequence[Seen], figures: Figures, until: datetime) -> Verdict:
    done = _done(seen, "isms.review.hold")
    if not done:
        return _nothing("Aucune revue de direction dans l’année.", "No management review within the year.")
    return _pass("{n} revue(|s) de direction.", "{n} management review(|s).", done, n=len(done))


EVERYTHING = ("",)
RULES = {
    rule.code: rule
    for rule in (
        EvidenceRule(
            "EV-01",
            t("Une sauvegarde a été restaurée", "A backup was restored"),
            ("8.13",),
            180,
            ("isms.restore.",),
            _restored,
        ),
        EvidenceRule(
            "EV-02",
            t("Les droits ont été revus", "Rights were reviewed"),
            ("5.18",),
            180,
            ("isms.access.", "kernel.login", "kernel.grant.give"),
            _reviewed,
        ),
        EvidenceRule(
            "EV-03",
            t("Les partants n’ont plus de droits", "Leavers have no rights left"),
            ("6.5", "5.18"),
            365,
            ("isms.leaver.", "kernel.grant.end"),
            _leavers,
        ),
        EvidenceRule(
            "EV-04",
            t("L’effacement se fait le jour dit", "Erasure happens on its day"),
            ("8.10",),
            365,
            ("kernel.part.erase", "kernel.hold.lift"),
            _purged,
        ),
        EvidenceRule(
            "EV-05",
            t("Le journal est scellé et horodaté", "The log is sealed and time-stamped"),
            ("8.15",),
            30,
            (),
            _sealed,
        ),
        EvidenceRule(
            "EV-06", t("Le journal a des témoins", "The log has witnesses"), ("8.15", "5.28"), 30, (), _witnessed
        ),
        EvidenceRule("EV-07", t("L’horloge est juste", "The clock is right"), ("8.17",), 30, (), _clock),
        EvidenceRule(
            "EV-08",
            t("Les documents sont lus et acceptés", "Documents are read and accepted"),
            ("5.1", "6.3"),
            3 * 365,
            ("kernel.controlled.",),
            _acknowledged,
        ),
        EvidenceRule(
            "EV-09",
            t("Les fournisseurs ont la clause de sécurité", "Suppliers have the security clause"),
            ("5.20",),
            365,
            ("isms.clause.",),
            _suppliers,
        ),
        EvidenceRule(
            "EV-10",
            t("Un incident a été joué", "An incident was rehearsed"),
            ("5.24", "5.26"),
            365,
            ("isms.incident.",),
            _drilled,
        ),
        EvidenceRule(
            "EV-11", t("Les refus sont revus", "Refusals are reviewed"), ("8.16",), 365, EVERYTHING, _refusals
        ),
        EvidenceRule(
            "EV-12",
            t("La direction a tenu sa revue", "Management held its review"),
            ("5.4", "5.35"),
            365,
            ("isms.review.",),
            _held,
        ),
    )
}
"""Codes are for ever."""
