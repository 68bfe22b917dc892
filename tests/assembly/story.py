"""A small meeting told by its acts: a fixture that other tests take up where they need it."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from opposable.kernel import accounts, actors, clock
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts import Entry
from opposable.systems.assembly.models import Meeting, Voter
from tests.kept import kept

PARIS = ZoneInfo("Europe/Paris")
CONSOLE = actors.system("tests")
MEETING_AT = datetime(2026, 3, 30, 10, 0, tzinfo=PARIS)
LIMIT = datetime(2026, 3, 29, 15, 0, tzinfo=PARIS)


def lot(ref, quantity, **more):
    return {
        "ref": ref,
        "isin": "FR0000000001",
        "form": "nominative-pure",
        "quantity": quantity,
        "since": "2020-01-01",
        "paid_up": True,
        "right": "full",
        "joint_ref": "",
        "pledged": False,
        "treasury": False,
        "deprived": False,
        "custodian": "",
        **more,
    }


HOME = "3 rue des Ormes, 75004 Paris"
AGREED = {"consent_on": "2025-06-01", "consent_by": "electronic"}
HOLDERS = [
    Entry(
        "A1", "Vidal", given_name="Anne", email="anne@example.test", address=HOME, **AGREED, lots=[lot("L1", 10_000)]
    ),
    Entry(
        "A2",
        "Bernard",
        given_name="Luc",
        email="luc@example.test",
        address=HOME,
        **AGREED,
        lots=[lot("L2", 4_000, since="2025-12-01")],
    ),
    Entry(
        "A3",
        "Nominee Bank",
        kind="intermediary",
        email="bank@example.test",
        address=HOME,
        **AGREED,
        lots=[lot("L3", 50_000, form="bearer", custodian="Nominee Bank")],
    ),
    Entry("A4", "Petit", given_name="Zoé", email="zoe@example.test", address=HOME, **AGREED, lots=[lot("L4", 1_000)]),
    Entry("T0", "Arsenal", kind="entity", lots=[lot("L0", 5_000, treasury=True)]),
]


def at(day, hour, minute=0, second=0, micro=0):
    return datetime(2026, 3, day, hour, minute, second, micro, tzinfo=PARIS)


def company(slug="arsenal", **values):
    receipt = acts.create_company(
        CONSOLE,
        **{
            "name": "Compagnie de l’Arsenal",
            "slug": slug,
            "siren": "552100554",
            "form": "sa",
            "listed": False,
            "capital_cents": 7_000_000,
            "shares": 70_000,
            "address": "1 quai de l’Arsenal, 75004 Paris",
            **values,
        },
    )
    return receipt.result


def adopt_bylaws(made, since=date(2020, 1, 1)):
    for rule, param, article, text in (
        (
            "assembly.evote.bylaws",
            {"allowed": True},
            "Art. 23",
            "Les actionnaires peuvent voter par voie électronique.",
        ),
        (
            "assembly.form.signature",
            {"simple": True, "process": "identifiant et code à usage unique"},
            "Art. 24",
            "La signature résulte d’un identifiant et d’un code à usage unique adressé par un second canal.",
        ),
        ("assembly.vote.double", {"granted": True}, "Art. 12", "Droit de vote double après deux ans de nominatif."),
    ):
        acts.adopt_bylaw(CONSOLE, company=made, rule_id=rule, since=since, param=param, article=article, text=text)


def adopt_clauses(made, *clauses):
    """Clauses of which only what they set counts: (rule, parameters)."""
    for rule, param in clauses:
        acts.adopt_bylaw(
            CONSOLE, company=made, rule_id=rule, since=date(2020, 1, 1), param=param, article="art. 20", text="Texte."
        )


def register(made, entries=None):
    acts.import_register(
        CONSOLE,
        company=made,
        file_name="r.csv",
        sha256="0" * 64,
        lines=5,
        effective_on=date(2026, 3, 1),
        entries=HOLDERS if entries is None else entries,
    )


@kept
def convened(signature_level="simple", without_address=False, **values):
    """A meeting convened on 2 March 2026 for 30 March, 10:00 Paris, its register imported, its site open."""
    with clock.frozen(at(2, 9)):
        accounts.root()
        made = company(**values)
        adopt_bylaws(made)
        register(made, [replace(entry, address="") for entry in HOLDERS] if without_address else None)
        meeting = acts.draft_meeting(
            CONSOLE, company=made, kind="combined", at=MEETING_AT, place="Paris", signature_level=signature_level
        ).result
        for title, body in (("Comptes", "ordinary"), ("Affectation", "ordinary"), ("Statuts", "extraordinary")):
            acts.add_resolution(CONSOLE, meeting=meeting, title=title, text=f"{title} : texte.", body=body)
        acts.convene(CONSOLE, meeting=meeting)
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


@kept
def opened(**values):
    meeting = convened(**values)
    with clock.frozen(at(10, 9)):
        acts.open_voting(CONSOLE, meeting=meeting)
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


@kept
def opened_at_level(level):
    """The same meeting, whose forms must bear a signature of some level."""
    meeting = convened(signature_level=level)
    with clock.frozen(at(10, 9)):
        acts.open_voting(CONSOLE, meeting=meeting)
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


def voter(meeting, ref):
    return Voter.objects.select_related("meeting__company", "holder", "cell", "meeting__cell").get(
        meeting=meeting, holder__ref=ref
    )


def marks(*words):
    return [{"resolution": n, "vote": word} for n, word in enumerate(words, 1)]


def vote(meeting, ref, *words, when=None, key="", mode="vote", **more):
    with clock.frozen(when or at(20, 12)):
        return acts.submit_form(
            voter(meeting, ref), key=key or f"key-{ref}", mode=mode, marks=more.pop("given", marks(*words)), **more
        )


def held(meeting, *, present=("A4",), live=("for", "for", "against")):
    """The session of 30 March: who comes, how they vote, the results."""
    holders = {holder.ref: holder for holder in meeting.company.holders.all()}
    with clock.frozen(MEETING_AT):
        acts.fix_entitlements(CONSOLE, meeting=meeting)
        acts.open_session(CONSOLE, meeting=meeting, chair="A. Vidal", secretary="C. Roy", scrutineers=["L. Bernard"])
        for ref in present:
            acts.admit(CONSOLE, meeting=meeting, holder=holders[ref])
    for n, row in enumerate(meeting.resolutions.order_by("position")):
        with clock.frozen(MEETING_AT + timedelta(minutes=10 + n)):
            for ref in present:
                votes = meeting.entitlements.get(holder=holders[ref]).votes(row.body)
                acts.cast(CONSOLE, resolution=row, holder=holders[ref], votes={live[n]: votes})
            acts.close_resolution(CONSOLE, resolution=row)
    with clock.frozen(MEETING_AT + timedelta(hours=1)):
        return acts.end_session(CONSOLE, meeting=meeting)
