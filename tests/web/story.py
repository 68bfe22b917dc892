"""A house with two people, a few sealed acts, one refusal, one thing due: for these tests, in this process or in another."""

from datetime import timedelta
from types import SimpleNamespace

from opposable.kernel import accounts, actors, duties
from opposable.kernel.acts import act
from opposable.kernel.models import Cell, Hold
from opposable.law import Decision, Refused, Step, Trace, t

SYSTEM = actors.system("tests")
PASSWORD = "une phrase de passe assez longue"
RULE = "assembly.form.deadline-electronic"


@act("web.hold.place", label=t("Placer un gel", "Place a hold"), api=False)
def place(a, *, reason, cell):
    hold = Hold(cell=cell, reason=reason, since=a.now)
    a.record(hold)
    a.part("note", {"reason": reason}, keep="kernel.access")
    rule = a.law(RULE, a.now.date())
    step = Step(t("limite", "limit"), t("la veille, 15 h", "the day before, 15:00"), "2026-03-29T13:00:00.000000Z")
    a.why(Decision(True, rule, {"received_at": a.now, "votes": 10_000}, Trace((step,))))
    due = a.now + timedelta(hours=1)
    duties.open_duty(hold, "web.hold.lift", t("Lever le gel", "Lift the hold"), due, rule=rule, link="/acts/")
    return hold


@act("web.hold.question", label=t("Contester un gel", "Question a hold"), api=False)
def question(a, *, hold):
    reason = t("Trop tard : la limite est passée.", "Too late: the limit is past.")
    lawful = t("venir en personne.", "come in person.")
    raise Refused(reason, a.law(RULE, a.now.date()), "late", facts={"received_at": a.now}, lawful=lawful)


def tell(seal):
    """Acts on a hold in ``/`` and on one in ``/apart/``; a secretary who sees all, a stranger who sees nothing; then ``seal()``."""
    root = accounts.root()
    apart = Cell.objects.create(path="/apart/")
    people = {name: open_account(name) for name in ("secretary", "stranger")}
    accounts.give(SYSTEM, account=people["secretary"], role="assembly.secretary", cell=root)
    hold = place(SYSTEM, reason="Litige", cell=root)
    hidden = place(SYSTEM, reason="Ailleurs", cell=apart)
    try:
        question(people["secretary"].actor, hold=hold.result)
    except Refused as refused:
        receipt = refused.receipt
    seal()
    return SimpleNamespace(**people, hold=hold, hidden=hidden, refused=receipt, root=root, apart=apart)


def open_account(name):
    email, full = f"{name}@house.example", f"{name.title()} Vidal"
    return accounts.open_account(SYSTEM, email=email, name=full, password=PASSWORD).result
