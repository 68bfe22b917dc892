"""The company's contracts (newsletter n° 68, p. 1, 2 and 9), the waiver of page 6 and a dismissal, as they stand today.

An outsourcing contract signed long ago lacks the ISO 27001 clause and must be ended this month or runs for another year. The new
enterprise software is refused at the gate: no guarantee of evolution. The hosting contract has its lawyer's approval and waits
for the management's.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta

from opposable.kernel import accounts, actors, approvals, clock
from opposable.kernel.actors import Actor
from opposable.kernel.models import Account, ApprovalCase
from opposable.kernel.system import law
from opposable.law import Refused, local_day, months_after, months_before
from opposable.systems.contracts import acts
from opposable.systems.contracts.exchange import library
from opposable.systems.contracts.models import Party
from opposable.systems.employment import acts as employment
from opposable.systems.employment.rules import dismissal as dismissals

CONSOLE = actors.system("demo")
PEOPLE = {
    "achats": ("Jean Vasseur", "contracts.manager"),
    "juriste": ("Inès Lambert", "contracts.lawyer"),
    "rh": ("Luc Meunier", "employment.officer"),
}
At = Callable[..., datetime]


class Story:
    """In three parts, between those of the company's own story: the log goes forward only."""

    def __init__(self, at: At, seal: Callable[[], object], passwords: dict[str, str]) -> None:
        self.at, self.seal, self.passwords = at, seal, passwords
        self.people: dict[str, Actor] = {}
        self.parties: dict[str, Party] = {}
        self.submitted = ""

    def begin(self) -> None:
        """The library in force, the suppliers, a contract of before."""
        with clock.frozen(self.at(-60, 9)):
            self.people = _people(self.passwords)
            library.install(CONSOLE)
            self.parties = _parties(self.people["achats"])
        _running(self.at, self.people, self.parties["Infogérance de Seine"])

    def go_on(self) -> None:
        """The waiver of 2000, a dismissal; a contract refused at the gate, and one that is submitted."""
        _work(self.at, self.people["rh"])
        _dismissal(self.at, self.people["rh"])
        _refused(self.at, self.people, self.parties["Progiciels du Marais"])
        self.submitted = _submitted(self.at, self.people, self.parties["Nuage & Cie"])

    def wait(self) -> None:
        """The lawyer approved; management has not looked yet."""
        _approved(self.at, self.people, self.submitted)
        with clock.frozen(self.at(-1, 17)):
            self.seal()


def _people(passwords: dict[str, str]) -> dict[str, Actor]:
    found = {}
    for role, (name, bears) in PEOPLE.items():
        address = f"{role}@arsenal.example"
        account = accounts.open_account(CONSOLE, email=address, name=name, password=passwords[role]).result
        accounts.give(CONSOLE, account=account, role=bears, cell=accounts.root())
        found[role] = account.actor
    for address in ("direction@arsenal.example", "bureau@arsenal.example"):  # two: nobody speaks at two steps
        director = Account.objects.get(email=address)
        accounts.give(CONSOLE, account=director, role="contracts.director", cell=accounts.root())
    keeper = Account.objects.get(email="keeper@arsenal.example")
    accounts.give(CONSOLE, account=keeper, role="kernel.approvals", cell=accounts.root())
    return found


def _parties(buyer: Actor) -> dict[str, Party]:
    given: tuple[tuple[str, str, bool, list[str]], ...] = (
        ("Infogérance de Seine", "contrats@infogerance.example", True, ["A.5.19", "A.5.20"]),
        ("Progiciels du Marais", "contrats@progiciels.example", True, []),
        ("Nuage & Cie", "contrats@nuage.example", True, ["A.5.23"]),
    )
    return {
        name: acts.add_party(buyer, name=name, email=email, critical=critical, controls=controls).result
        for name, email, critical, controls in given
    }


def _running(at: At, people: dict[str, Actor], party: Party) -> None:
    """Three years that end so that the last day for notice is that of this month; the ISO 27001 clause is missing."""
    today = local_day(at(0, 12))
    notice_by = today.replace(day=monthrange(today.year, today.month)[1])
    after = months_after(notice_by + timedelta(days=1), 3)[0]
    start = months_before(after, 36)[0]
    with clock.frozen(at(-58, 10)):
        version = acts.draft(
            people["achats"],
            ref="INFO-2023",
            kind="provider",
            title="Infogérance du siège",
            party=party,
            starts_on=start,
            months=36,
            renewal_months=12,
            notice_months=3,
            amount_cents=18_600_000,
            flags={"personal_data": True, "ict": True},
            without=["iso27001"],
        ).result
        signed = start - timedelta(days=20)
        acts.adopt(people["juriste"], version=version, signed_on=signed, original="Coffre 2, chemise 41")
    with clock.frozen(at(-57, 10)):
        acts.add_obligation(
            people["achats"],
            contract=version.contract,
            side="them",
            what="Remettre le rapport de continuité",
            due_on=local_day(at(12, 12)),
            every_months=12,
            clause="5",
        )


def _refused(at: At, people: dict[str, Actor], party: Party) -> None:
    with clock.frozen(at(-3, 15)):
        version = acts.draft(
            people["achats"],
            ref="ERP-2027",
            kind="erp",
            title="Progiciel de gestion et sa maintenance",
            party=party,
            starts_on=date(at(0, 12).year + 1, 1, 1),
            months=60,
            renewal_months=12,
            notice_months=6,
            amount_cents=48_000_000,
            flags={"personal_data": True},
            without=["evolution"],
        ).result
        with suppress(Refused):
            acts.submit(people["achats"], version=version)


def _submitted(at: At, people: dict[str, Actor], party: Party) -> str:
    with clock.frozen(at(-2, 9)):
        version = acts.draft(
            people["achats"],
            ref="NUAGE-2027",
            kind="cloud",
            title="Hébergement du site de vote",
            party=party,
            starts_on=date(at(0, 12).year + 1, 1, 1),
            months=24,
            renewal_months=12,
            notice_months=2,
            amount_cents=6_200_000,
            flags={"personal_data": True, "ict": True},
        ).result
        acts.submit(people["achats"], version=version)
    return str(version.uid)


def _approved(at: At, people: dict[str, Actor], subject: str) -> None:
    with clock.frozen(at(-1, 16)):
        case = ApprovalCase.objects.select_related("flow", "cell").get(subject=subject)
        approvals.give(people["juriste"], case=case, step="legal", approves=True, seen=case.sha256, note="Conforme.")


def _work(at: At, officer: Actor) -> None:
    """The newsletter's own facts: prise d'acte on 21 October 2000, waiver on 20 November; and a CNE that nobody can sign now."""
    taken = date(2000, 10, 21)
    with clock.frozen(at(-5, 11)):
        file = employment.open_waiver(
            officer, ref="non-concurrence-2000", rupture="prise-d-acte", rupture_on=taken, known_on=taken
        ).result
        employment.make_waiver(officer, file=file, waived_on=date(2000, 11, 20))
        with suppress(Refused):
            employment.sign_cne(officer, ref="cne-essai", signed_on=local_day(at(-5, 11)), staff=12)


def _dismissal(at: At, officer: Actor) -> None:
    """An interview set three days after the summons is refused; the first lawful day is taken. The letter is still to come."""
    handed = local_day(at(-4, 10))
    rules = law()
    rule = rules.at("employment.dismissal.interview", handed)
    first = dismissals.first_interview(handed, rule, rules.find("employment.dismissal.extension", handed)).value
    with clock.frozen(at(-4, 17)):
        for wanted in (handed + timedelta(days=3), first):
            with suppress(Refused):
                employment.summon(officer, ref="L-2026-04", presented_on=handed, interview_on=wanted)
