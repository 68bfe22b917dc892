"""The story of the demo, played through the same acts as any meeting, the clock held at each of its instants.

The company of the newsletter (n° 68, p. 5) wants its shareholders to vote remotely. Its bylaws do not allow it: the site
refuses to open. A first meeting, in a room, amends the bylaws. The next one is voted remotely until the eve, 15:00 Paris: a
form comes one second late, somebody tries a code that is not his, an intermediary splits his votes, a lot is sold before the
record date. It is held, and its results declared. A third one is open for voting now.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opposable.demo import agreements, security
from opposable.demo.agenda import AGENDA, AGENDA_FIRST, CLAUSES, NEXT_AGENDA
from opposable.demo.register import SHARES, make_csv
from opposable.kernel import accounts, actors, anchors, clock
from opposable.kernel.models import Account, Cell
from opposable.law import Refused, Text, t
from opposable.law.holidays import HOLIDAYS
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.after import sealed
from opposable.systems.assembly.exchange import parse_register
from opposable.systems.assembly.models import Company, Holder, Meeting, Resolution, Voter

PARIS = ZoneInfo("Europe/Paris")
CONSOLE = actors.system("demo")
SIGNERS = {
    "chair": "bureau@arsenal.example",
    "secretary": "secretary@arsenal.example",
    "scrutineer-1": "scrutineer@arsenal.example",
}
"""Who signs by an account of his own; the second scrutineer signs by hand, on paper."""
SCRUTINEERS = ["M. Paul Martin", "Mme Nadia Rey"]


@dataclass
class Told:
    """What the story leaves for its reader: accounts with their passwords, the meetings, some forms worth looking at."""

    company: Company
    passwords: dict[str, str] = field(default_factory=dict)
    held: Meeting | None = None
    open: Meeting | None = None
    voter: Voter | None = None
    counted: str = ""
    late: str = ""


Say = Callable[[Text], None]


def tell(
    holders: int, say: Say, passwords: dict[str, str], seal: Callable[[], object], today: date | None = None
) -> Told:
    """Play the story up to now. ``passwords`` by role. Takes about half a minute for a thousand holders."""
    today = today or clock.now().astimezone(PARIS).date()
    story = _Story(today, holders, say, seal)
    people = {role: passwords.pop(role) for role in security.PEOPLE}
    buyers = {role: passwords.pop(role) for role in agreements.PEOPLE}
    system = security.Story(story.at, story.seal_all, people)
    say(
        t(
            "un système de management (ISO 27001) : son premier tour de roue",
            "a management system (ISO 27001): its first turn of the wheel",
        )
    )
    system.first_turn()
    story.found_company(passwords)
    story.first_meeting()
    say(
        t(
            "des contrats : une clause manque à l’un, un autre se dénonce ce mois-ci, un troisième attend ; la renonciation de 2000",
            "contracts: one lacks a clause, one must be ended this month, one waits for a decision; the waiver of 2000",
        )
    )
    contracts = agreements.Story(story.at, story.seal_all, buyers)
    contracts.begin()
    story.second_meeting()
    say(
        t(
            "le deuxième tour de roue : une action en retard, une acceptation caduque, une déclaration à deux motifs de refus",
            "the second turn of the wheel: a late action, a stale acceptance, a statement with two reasons to refuse",
        )
    )
    system.second_turn()
    story.third_meeting()
    contracts.go_on()
    story.third_vote()
    contracts.wait()
    passwords.update(people | buyers)
    return story.told


class _Story:
    def __init__(self, today: date, holders: int, say: Say, seal: Callable[[], object]) -> None:
        self.today = today
        self.holders = holders
        self.say = say
        self.seal = seal
        self.draw = random.Random(68)
        self.secretary = CONSOLE
        self.told = Told(Company())

    def at(self, days: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
        """An instant in Paris, ``days`` from today."""
        return datetime.combine(self.today + timedelta(days=days), time(hour, minute, second), PARIS)

    def meeting_at(self, days: int) -> datetime:
        """10:00 on a working day whose eve is one too: ``days`` from today, or the next before (past) or after (to come)."""
        day, step = self.today + timedelta(days=days), timedelta(days=1 if days > 0 else -1)
        while not all(_works(one) for one in (day, day - timedelta(days=1))):
            day += step
        return datetime.combine(day, time(10), PARIS)

    # The company, its people, its register

    def found_company(self, passwords: dict[str, str]) -> None:
        self.say(
            t(
                "une société, sa secrétaire, son registre des titulaires",
                "a company, its secretary, its register of holders",
            )
        )
        with clock.frozen(self.at(-150, 9)):
            top = accounts.root()
            self.told.passwords = passwords
            self._people(top, passwords)
            self.told.company = acts.create_company(
                self.secretary,
                name="Compagnie de l’Arsenal",
                slug="arsenal",
                siren="552100554",
                form="sa",
                listed=False,
                capital_cents=SHARES * 100,
                shares=SHARES,
                address="1 quai de l’Arsenal, 75004 Paris",
            ).result
            self._import(-160)
            self.seal_all()

    def _people(self, top: Cell, passwords: dict[str, str]) -> None:
        for role, password in passwords.items():
            name = {
                "secretary": "Claire Roy",
                "scrutineer": "Paul Martin",
                "bureau": "Hélène Simon",
                "auditor": "Odile Faure",
                "keeper": "Marc Petit",
            }[role]
            account = accounts.open_account(
                CONSOLE, email=f"{role}@arsenal.example", name=name, password=password
            ).result
            accounts.give(
                CONSOLE, account=account, role="kernel.keeper" if role == "keeper" else f"assembly.{role}", cell=top
            )
        self.secretary = Account.objects.get(email="secretary@arsenal.example").actor

    def _import(self, day: int) -> None:
        data = make_csv(self.holders, self.today + timedelta(days=day))
        parsed = parse_register(data)
        acts.import_register(
            self.secretary,
            company=self.told.company,
            file_name="registre.csv",
            sha256=parsed.sha256,
            lines=parsed.lines,
            effective_on=self.today + timedelta(days=day),
            entries=parsed.entries,
        )

    # First meeting: in a room, it amends the bylaws

    def first_meeting(self) -> None:
        self.say(
            t(
                "le site de vote refuse d’ouvrir : les statuts ne le permettent pas ; une assemblée en salle les modifie",
                "the voting site refuses to open: the bylaws do not allow it; a meeting in a room amends them",
            )
        )
        at = self.meeting_at(-110)
        meeting = self._convene("combined", at, self.at(-140, 9), AGENDA_FIRST, signature="advanced")
        with clock.frozen(self.at(-139, 9)):
            self._refused(lambda: acts.open_voting(self.secretary, meeting=meeting))
        self._hold(meeting, at, present=range(1, 9))
        with clock.frozen(at + timedelta(hours=3)):
            for rule_id, param, article, text in CLAUSES:
                acts.adopt_bylaw(
                    self.secretary,
                    company=self.told.company,
                    rule_id=rule_id,
                    since=at.date(),
                    param=param,
                    article=article,
                    text=text,
                )
            self.seal_all()

    # Second meeting: voted remotely until the eve, 15:00

    def second_meeting(self) -> None:
        self.say(
            t(
                "une assemblée votée à distance jusqu’à la veille, 15 h, heure de Paris ; un formulaire vient une seconde trop tard",
                "a meeting voted remotely until the eve, 15:00 Paris; one form comes a second late",
            )
        )
        at = self.meeting_at(-12)
        meeting = self._convene("combined", at, self.at(-40, 9), AGENDA)
        self._open(meeting, self.at(-30, 9))
        self._vote(meeting, self.at(-28, 8), at)
        self._accidents(meeting, at)
        self._hold(meeting, at, present=range(5, 9), live={3: "against"})
        self.told.held = meeting

    def _vote(self, meeting: Meeting, first: datetime, at: datetime) -> None:
        """Some hundred holders vote over three weeks: most for everything, some against, some by proxy, nominees in parts."""
        voters = list(_voters(meeting))
        chosen = [voter for voter in voters if voter.holder.kind == "intermediary"] + self.draw.sample(
            voters[13:], min(300, len(voters) // 3)
        )
        span = (at - timedelta(days=1, hours=-4)) - first
        for n, voter in enumerate(chosen):
            with clock.frozen(first + span * n / len(chosen)):
                receipt = self._one_vote(voter, meeting)
            if n >= 5 and receipt.result.mode == "vote" and not self.told.counted:  # after the banks, which split
                self.told.counted = receipt.result.uid

    def _one_vote(self, voter: Voter, meeting: Meeting) -> Any:
        agenda = list(meeting.resolutions.filter(kind="draft").order_by("position"))
        if voter.holder.kind == "intermediary":
            return self._submit(voter, "vote", [self._split(voter, row) for row in agenda])
        if self.draw.random() < 0.12:
            return self._submit(voter, self.draw.choice(["proxy-chair", "proxy-blank"]), [])
        words = self.draw.choices(["for", "against", "abstain"], [0.86, 0.1, 0.04], k=len(agenda))
        if self.draw.random() < 0.6:
            words = ["for"] * len(agenda)
        return self._submit(
            voter, "vote", [{"resolution": row.position, "vote": word} for row, word in zip(agenda, words, strict=True)]
        )

    def _split(self, voter: Voter, row: Resolution) -> dict[str, Any]:
        votes = row.meeting.entitlements.get(holder=voter.holder).votes(row.body)
        against = votes * self.draw.randint(5, 30) // 100
        return {
            "resolution": row.position,
            "for": votes - against - votes // 50,
            "against": against,
            "abstain": votes // 50,
        }

    def _submit(self, voter: Voter, mode: str, marks: list[dict[str, Any]]) -> Any:
        return acts.submit_form(voter, key=f"demo-{voter.uid}", mode=mode, marks=marks, new_resolutions="abstain")

    def _accidents(self, meeting: Meeting, at: datetime) -> None:
        eve = datetime.combine((at - timedelta(days=1)).date(), time(15), PARIS)
        voters = {voter.holder.ref: voter for voter in _voters(meeting)}
        words = [{"resolution": n, "vote": "for"} for n in range(1, len(AGENDA) + 1)]
        with clock.frozen(eve - timedelta(minutes=2)):
            acts.identify(voters["0009"].actor, voter=voters["0009"], method="code", proof="123456")
            forged = [{**mark, "for": 99_000_000, "against": 0, "abstain": 0} for mark in words]
            forged = [{key: value for key, value in mark.items() if key != "vote"} for mark in forged]
            self._refused(lambda: self._submit(voters["0010"], "vote", forged))
        with clock.frozen(eve - timedelta(seconds=1)):
            self._submit(voters["0011"], "vote", words)
        with clock.frozen(eve + timedelta(seconds=1)):
            self.told.late = self._submit(voters["0012"], "vote", words).result.uid
            acts.close_voting(self.secretary, meeting=meeting)
            self.seal_all()

    # Third meeting: open now

    def third_meeting(self) -> None:
        self.say(t("une assemblée ouverte au vote en ce moment", "a meeting open for voting now"))
        at = self.meeting_at(9)
        self.told.open = self._convene("combined", at, self.at(-9, 9), NEXT_AGENDA)

    def third_vote(self) -> None:
        """Open, and some have voted already."""
        meeting = self.told.open
        assert meeting is not None
        self._open(meeting, self.at(-2, 9, 10))
        voters = list(_voters(meeting))
        others = voters[20:]  # the first ones have a part of their own in the story
        for n, voter in enumerate(self.draw.sample(others, min(60, len(others), len(voters) // 10))):
            with clock.frozen(self.at(-2, 9, 30) + timedelta(minutes=20 * n)):
                self._one_vote(voter, meeting)
        with clock.frozen(self.at(-1, 9)):
            self._listed(meeting)
            self.seal_all()
        self.told.voter = next(voter for voter in voters if voter.holder.ref == "0006")

    # What every meeting goes through

    def _convene(
        self,
        kind: str,
        at: datetime,
        notice: datetime,
        agenda: tuple[tuple[str, str, str], ...],
        signature: str = "simple",
    ) -> Meeting:
        with clock.frozen(notice):
            meeting: Meeting = acts.draft_meeting(
                self.secretary, company=self.told.company, kind=kind, at=at,
                place="Palais de l’Arsenal, 1 quai de l’Arsenal, 75004 Paris", signature_level=signature,
            ).result  # fmt: skip
            for title, body, text in agenda:
                acts.add_resolution(
                    self.secretary,
                    meeting=meeting,
                    title=title,
                    text=text,
                    body=body,
                    reasons="Voir le rapport du conseil.",
                )
            acts.convene(self.secretary, meeting=meeting)
            self.seal_all()
        self._dates(meeting, notice + timedelta(hours=8))
        return meeting

    def _dates(self, meeting: Meeting, at: datetime) -> None:
        """What the company did by itself when the notice was fixed, and the secretary put on record."""
        with clock.frozen(at):
            for date_id, note in (
                ("notice.first", "Insertion parue, lettres et courriels partis"),
                ("documents.office", "Au secrétariat, tous les jours"),
            ):
                acts.meet_date(self.secretary, meeting=meeting, date_id=date_id, note=note)

    def _listed(self, meeting: Meeting) -> None:
        """The list of shareholders, fixed on the sixteenth day before the meeting (R. 225-90), told afterwards."""
        day = meeting.day - timedelta(days=16)
        acts.meet_date(self.secretary, meeting=meeting, date_id="holders.list", note="Arrêtée ce jour-là", on=day)

    def _open(self, meeting: Meeting, instant: datetime) -> None:
        with clock.frozen(instant):
            acts.open_voting(self.secretary, meeting=meeting)
            self.seal_all()

    def _hold(self, meeting: Meeting, at: datetime, present: range, live: dict[int, str] | None = None) -> None:
        """The bureau, those who come, the votes in the room, the results."""
        with clock.frozen(at):
            self._listed(meeting)
            acts.fix_entitlements(self.secretary, meeting=meeting)
            acts.open_session(
                self.secretary,
                meeting=meeting,
                chair="Mme Adèle Garnier",
                secretary="Mme Claire Roy",
                scrutineers=SCRUTINEERS,
            )
        voted = set(meeting.forms.filter(status__in=["counted", "amended"]).values_list("holder__ref", flat=True))
        holders = [
            holder for holder in Holder.objects.filter(ref__in=[f"{n:04d}" for n in present]) if holder.ref not in voted
        ]
        with clock.frozen(at + timedelta(minutes=5)):
            for holder in holders:
                acts.admit(self.secretary, meeting=meeting, holder=holder)
        for n, row in enumerate(meeting.resolutions.order_by("position")):
            with clock.frozen(at + timedelta(minutes=20 + 5 * n)):
                for holder in holders:
                    votes = meeting.entitlements.get(holder=holder).votes(row.body)
                    acts.cast(
                        self.secretary,
                        resolution=row,
                        holder=holder,
                        votes={(live or {}).get(row.position, "for"): votes},
                    )
                acts.close_resolution(self.secretary, resolution=row)
        with clock.frozen(at + timedelta(hours=2)):
            acts.end_session(self.secretary, meeting=meeting)
            acts.publish_table(self.secretary, meeting=meeting)
            self.seal_all()
        with clock.frozen(at + timedelta(hours=3)):
            self._minutes(meeting)

    def _minutes(self, meeting: Meeting) -> None:
        """The sheet certified, the minutes drawn up and signed by the bureau, an extract for the formalities."""
        sheet = acts.issue_sheet(self.secretary, meeting=meeting).result
        sealed(acts.certify_sheet(self.secretary, sheet=sheet).result)
        minutes = acts.issue_minutes(
            self.secretary,
            meeting=meeting,
            debates="Lecture est donnée du rapport du conseil. La discussion est ouverte ; personne ne demandant plus la parole, "
            "les résolutions sont mises aux voix.",
            documents_submitted=["Rapport du conseil", "Comptes annuels", "Rapports des commissaires aux comptes"],
            convening="Avis de convocation adressé à chaque actionnaire nominatif.",
        ).result
        for capacity in acts.missing_signatures(minutes):
            email = SIGNERS.get(capacity)
            who = Account.objects.get(email=email).actor if email else self.secretary
            acts.sign_minutes(who, minutes=minutes, capacity=capacity, means="electronic" if email else "hand")
        extract = acts.issue_extract(
            self.secretary, minutes=minutes, resolutions=[1], certified_by="meeting-secretary", name="Mme Claire Roy"
        )
        sealed(extract.result)
        self.seal_all()

    def _refused(self, attempt: Callable[[], object]) -> None:
        """Something that the law refuses: it is in the log, with its rule."""
        try:
            attempt()
        except Refused:
            return
        raise AssertionError("the story expected a refusal here")

    def seal_all(self) -> None:
        """Seal and anchor at this instant of the story: the local authority's tokens bear the story's dates."""
        self.seal()
        anchors.anchor()


def _voters(meeting: Meeting) -> Any:
    rows = Voter.objects.filter(meeting=meeting).exclude(holder__ref="0000")
    return rows.select_related("meeting__company", "holder", "cell", "meeting__cell").order_by("holder__ref")


def _works(day: date) -> bool:
    return day.weekday() < 5 and HOLIDAYS.on(day) is None
