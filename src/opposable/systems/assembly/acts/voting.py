"""The act of the voting site: a form is received, once, at one instant, for what the register says its sender holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.db import IntegrityError

from opposable.kernel.acting import Acting
from opposable.kernel.acts import Receipt, act
from opposable.kernel.models import Act
from opposable.law import Decision, Refused, Rule, Text, t
from opposable.systems.assembly.acts import known
from opposable.systems.assembly.acts.forms import MODES, PROXIES, number_sent, only
from opposable.systems.assembly.acts.identification import LEVEL_OF, require_open
from opposable.systems.assembly.acts.known import Standing
from opposable.systems.assembly.acts.resent import replace_earlier
from opposable.systems.assembly.models import Entitlement, Form, Holder, Meeting, Voter
from opposable.systems.assembly.rules import proxies, register, session
from opposable.systems.assembly.rules.agenda import Resolution as AgendaItem
from opposable.systems.assembly.rules.forms import changes, choices, reception
from opposable.systems.assembly.rules.quorum import CHAIR

T = TypeVar("T")
LEVELS = ("simple", "advanced", "qualified")
FORM_KEEP = Form.Evidence.keep
TRIES = 3


@dataclass(frozen=True)
class Sent:
    """What came from the sender, as he meant it. Nothing here is a weight, an instant or an identity.

    ``rest`` (mode "vote"): who votes the resolutions left without a mark; "" for no one. ``proxy_name`` and
    ``proxy_relation`` name the one person of the form, whether for all, for the rest or for new resolutions.
    """

    mode: str
    marks: Sequence[Mapping[str, Any]] = ()
    new_resolutions: str = ""
    new_proxy: str = ""
    proxy_name: str = ""
    proxy_relation: str = ""
    rest: str = ""
    agenda: str = ""
    declared: Mapping[str, str] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """As text, bounded: it is evidence even where it makes no sense."""
        return {
            "mode": self.mode[:40],
            "marks": [{_ascii(k): str(v)[:40] for k, v in mark.items()} for mark in self.marks[:500]],
            "rest": [self.rest[:40], self.new_resolutions[:40], self.new_proxy[:160], self.proxy_name[:160]],
            "relation": self.proxy_relation[:40],
            "agenda": self.agenda[:64],
            "declared": {_ascii(k): str(v)[:300] for k, v in self.declared.items()},
        }


def submit_form(voter: Voter, *, key: str, **content: Any) -> Receipt[Form]:
    """`receive_form`, once: the same ``key`` gives the same form and the same receipt, whatever was lost on the way."""
    for attempt in range(TRIES):
        before = number_sent(voter.meeting, voter.holder, key)
        if before is not None:
            return receipt_of(Form.objects.get(pk=before))
        try:
            return receive_form(voter.actor, voter=voter, key=key, **content)
        except IntegrityError:
            # The same submission, or another form of this holder, arrived at the same moment and the database let one in:
            # look again, as one who comes second.
            if attempt == TRIES - 1:
                raise
    raise AssertionError("unreachable")


def receipt_of(form: Form) -> Receipt[Form]:
    """The receipt of the act that received a form."""
    done = Act.objects.filter(obj=form.uid, seq=1).get()
    return Receipt(done.pk, done.type, done.at, bytes(done.entry).hex(), done.outcome, form)


BY_ITS_HOLDER = t(
    "Un formulaire électronique est envoyé et signé par son titulaire, ou par l’intermédiaire pour ceux qu’il représente, sur le site"
    " de vote et après identification (C. com., art. R. 225-61 et R. 225-77) : /api/vote/ de ce site pour un programme. Un compte de la"
    " société ne l’envoie pas à sa place ; elle porte ce qui lui revient sur papier (assembly.form.enter).",
    "An electronic form is sent and signed by its holder, or by the intermediary for those it represents, on the voting site and once"
    " identified (C. com., art. R. 225-61 and R. 225-77): /api/vote/ of that site for a program. An account of the company does not"
    " send it in his place; the company enters what comes back on paper (assembly.form.enter).",
)
"""Why neither the API of the accounts nor the command line sends a form."""


@act(
    "assembly.form.receive",
    label=t("Recevoir un formulaire de vote", "Receive a voting form"),
    receipt=True,
    api=False,
    instead=BY_ITS_HOLDER,
)
def receive_form(
    a: Acting,
    *,
    voter: Voter,
    key: str,
    mode: str,
    marks: list[dict[str, Any]],
    new_resolutions: str = "",
    new_proxy: str = "",
    proxy_name: str = "",
    proxy_relation: str = "",
    rest: str = "",
    agenda: str = "",
    declared: dict[str, str] | None = None,
    identified_by: str = "code",
    identified_entry: str = "",
) -> Form:
    """«Formulaire de vote à distance» (R. 225-76 to R. 225-81). The instant of reception is the act's, the votes are the register's.

    In time and right: counted. Too late: recorded, receipted as late, not counted. Anything else that is wrong is refused.
    ``agenda`` is the digest of the agenda that the sender was shown; ``declared`` what the register does not hold of
    R. 225-77; ``identified_entry`` the entry of the act that identified him.
    """
    sent = Sent(mode, marks, new_resolutions, new_proxy, proxy_name, proxy_relation, rest, agenda, declared or {})
    meeting = voter.meeting
    require_open(a, meeting)
    a.part("submitted", sent.as_data(), keep=FORM_KEEP)
    standing = known.standing(meeting)
    company = standing.company
    content = company.rule(a.statutes, "assembly.form.content", meeting.day)
    form = _form(a, voter, key, sent, content, identified_by)
    received = reception.receive(_limit(a, meeting, company, mode), a.now)
    a.why(received)
    a.record(form)
    if received.value.status == "late":
        form.status = "late"
        a.refuse(reception.late(received))
        return form
    reading = _Reading(a, form, sent, standing, content)
    reading.check_signature(identified_entry)
    reading.check_content()
    reading.read()
    replace_earlier(a, form, company)
    return form


def _form(a: Acting, voter: Voter, key: str, sent: Sent, content: Rule, identified_by: str) -> Form:
    if sent.mode not in MODES:
        raise _refused(content, "form.mode", t("mode de vote inconnu", "unknown mode of voting"))
    meeting = voter.meeting
    return Form(
        cell=meeting.cell,
        meeting=meeting,
        holder=voter.holder,
        key=key,
        channel="electronic",
        mode=sent.mode,
        received_at=a.now,
        status="counted",
        signature_level=LEVEL_OF.get(identified_by, meeting.signature_level),
        identified_by=identified_by,
        agenda_digest=meeting.agenda_digest,
    )


def _limit(a: Acting, meeting: Meeting, company: register.Company, mode: str) -> Decision[reception.Limit]:
    if mode in PROXIES:
        rule = company.rule(a.statutes, "assembly.proxy.deadline-electronic", meeting.day)
        return reception.electronic_limit(rule, meeting.day)
    return reception.limit_of(a.statutes, company, meeting.day, "electronic", meeting.zone)


class _Reading:
    """A form in time, being read: each check names its rule, and nothing is kept of a form that one of them refuses."""

    def __init__(self, a: Acting, form: Form, sent: Sent, standing: Standing, content: Rule) -> None:
        self.a, self.form, self.sent, self.content = a, form, sent, content
        self.company, self.items = standing.company, standing.items
        self.meeting: Meeting = form.meeting
        self.holder: Holder = form.holder
        self.process = {"process": "signature manuscrite", "level": form.signature_level, "by": form.identified_by}

    def rule(self, rule_id: str) -> Rule:
        return self.company.rule(self.a.statutes, rule_id, self.meeting.day)

    def check_signature(self, identified_entry: str) -> None:
        """R. 225-77, 3°: the process, the level it gives, and its link with this form."""
        rule, wanted = self.rule("assembly.form.signature"), self.meeting.signature_level
        process = reception.check_signature(rule, wanted)
        self.a.why(process)
        if LEVELS.index(self.form.signature_level) < LEVELS.index(wanted):
            raise Refused(
                t(
                    "Cette assemblée demande une signature de niveau « {wanted} » ; ce moyen d’identification n’en donne qu’une de niveau"
                    " « {given} ».",
                    "This meeting asks for a signature of level “{wanted}”; this means of identification gives only one of level"
                    " “{given}”.",
                ).format(wanted=wanted, given=self.form.signature_level),
                rule,
                "signature.level",
                facts={"level": self.form.signature_level, "levels": [wanted]},
                lawful=t("Votez par formulaire papier, ou venez à l’assemblée.", "Vote by paper form, or attend."),
            )
        self.process = {
            "process": process.value,
            "level": self.form.signature_level,
            "article": ", ".join(layer.article for layer in rule.layers),
            "by": self.form.identified_by,
            "identification": identified_entry,
        }
        self.a.part("signature", self.process, keep=FORM_KEEP)

    def check_content(self) -> None:
        """R. 225-77, 2nd par., 1° and 2°: from the register; what it does not hold, the sender declares."""
        held = {**content_of(self.holder), "signature": str(self.process["process"])}
        given = {name: _line(value, 300) for name, value in self.sent.declared.items() if not held.get(name)}
        content = {**held, **{name: value for name, value in given.items() if name in held}}
        rule = self.rule("assembly.form.received-content")
        self.a.why(reception.check_content(rule, content, bearer=is_bearer(self.holder)))
        self.a.part("content", content, keep=FORM_KEEP)

    def read(self) -> None:
        """The agenda answered, the marks, who votes the rest, and what is said of new resolutions."""
        if self.sent.agenda:
            rule = self.rule("assembly.form.successive")
            self.a.why(changes.check_successive(rule, self.sent.agenda, self.meeting.agenda_digest))
        rights = only(Entitlement.objects.filter(meeting=self.meeting, holder=self.holder))
        if rights is None or not any(rights.votes(pool) for pool in self._pools()):
            raise Refused(
                t("Vous n’avez pas de voix à cette assemblée.", "You have no votes at this meeting."),
                self.rule("assembly.record-date.unlisted"),
                "form.no-votes",
            )
        items = self.items
        self._read_proxy()
        self._read_clause(items, rights.voice())
        self.form.choices = self._choices(items, rights.voice())

    def _pools(self) -> set[Any]:
        """Whose votes this meeting counts: by body, and on the allocation of profits where it is on the agenda."""
        return {*self.meeting.bodies, *(item.pool for item in self.items)}

    def _choices(self, items: list[AgendaItem], voice: register.Voice) -> list[list[int] | None]:
        if self.form.mode in PROXIES:
            return [None] * len(items)
        read = choices.read_choices(self.content, items, voice, self.sent.marks)
        self.a.why(read)
        if self.sent.rest:
            self.a.why(proxies.with_form(self.rule("assembly.proxy.with-form"), items, read.value))
        return [list(mark) if mark else None for mark in read.value]

    def _read_proxy(self) -> None:
        asked = self.sent.mode if self.sent.mode in PROXIES else self.sent.rest
        if asked not in ("", *PROXIES):
            raise _refused(self.content, "form.mode", t("mandataire inconnu", "unknown kind of proxy"))
        if asked == "proxy-person":
            self.form.proxy_name, self.form.proxy_holder = self._person()
        elif asked and self.sent.mode == "vote":
            self.form.proxy_name = CHAIR

    def _person(self) -> tuple[str, Holder | None]:
        """L. 225-106 and L. 22-10-39: who may be a proxy. A shareholder is found in the register by his full name."""
        who = self.rule("assembly.proxy.who")
        name = _line(self.sent.proxy_name or self.sent.new_proxy, 160)
        if not name or name.casefold() == CHAIR:
            raise _refused(who, "form.proxy-name", t("le mandataire n’est pas nommé", "the proxy is not named"))
        relation = self.sent.proxy_relation or "other"
        members = self.meeting.company.holders.filter(ended=False).count() if self.company.form == "sarl" else 0
        self.a.why(proxies.check_proxy(who, self.company, relation, members=members))  # type: ignore[arg-type]
        return name, find_holder(self.meeting, name) if relation in ("shareholder", "other") else None

    def _read_clause(self, items: list[AgendaItem], voice: register.Voice) -> None:
        """R. 225-78, 3°: only the choices that the law of the day offers for new resolutions."""
        self.form.new_resolutions = clause = self.sent.new_resolutions[:14]
        rule, blank = self.rule("assembly.form.single-document"), self.rule("assembly.proxy.blank")
        if clause and items:
            session.clause_choice(rule, blank, clause, items[0], voice)  # type: ignore[arg-type]
        if clause == "proxy-person":
            self.form.new_proxy = self._person()[0]


def content_of(holder: Holder) -> dict[str, str]:
    """What the register says of R. 225-77, 1° and 2° (and the certificate of bearer shares); "" where it says nothing."""
    lots = [lot for lot in holder.lots if not lot["treasury"]]
    forms = sorted({"au porteur" if lot["form"] == "bearer" else "nominatif" for lot in lots})
    keepers = sorted({lot["custodian"] or ("société" if lot["form"] != "bearer" else "") for lot in lots} - {""})
    bearer = sorted({lot["custodian"] for lot in lots if lot["form"] == "bearer"} - {""})
    return {
        "surname": holder.name,
        "given-name": holder.given_name or ("" if holder.kind == "person" else "(personne morale)"),
        "domicile": holder.address,
        "holding-form": ", ".join(forms),
        "quantity": str(sum(int(lot["quantity"]) for lot in lots)),
        "registration": ", ".join(keepers),
        "certificate": ", ".join(bearer),
    }


def is_bearer(holder: Holder) -> bool:
    """Some of the shares are in bearer form: their registration is shown by a certificate (R. 22-10-28, II)."""
    return any(lot["form"] == "bearer" for lot in holder.lots)


def find_holder(meeting: Meeting, name: str) -> Holder | None:
    """The shareholder of that full name, if exactly one has it: his presence is then that of his principal too."""
    wanted = name.casefold().split()
    last = Holder.objects.filter(company=meeting.company_id, ended=False, name__iexact=" ".join(name.split()[-1:]))
    found = [holder for holder in last[:50] if str(holder).casefold().split() == wanted]
    return found[0] if len(found) == 1 else None


# Words


def _refused(rule: Rule, code: str, why: Text) -> Refused:
    return Refused(
        t("Formulaire refusé, {why}.", "Form refused, {why}.").format(why=why),
        rule,
        code,
        lawful=t(
            "Corrigez le formulaire et envoyez-le de nouveau avant la limite.",
            "Correct the form and send it again before the limit.",
        ),
    )


def _line(text: str, longest: int) -> str:
    """One printable line: what a person typed in a name, without what no name holds."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:longest]


def _ascii(key: object) -> str:
    return str(key).encode("ascii", "replace").decode("ascii")[:20]
