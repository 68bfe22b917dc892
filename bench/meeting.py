"""A large meeting, for the measures that need one: told by the acts of the product, except the forms, which are written at once."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from opposable.demo.agenda import CLAUSES
from opposable.demo.register import SHARES
from opposable.kernel import accounts, actors, clock
from opposable.kernel.acts import act
from opposable.law import t
from opposable.systems.assembly import acts
from opposable.systems.assembly.acts.counting import Counting
from opposable.systems.assembly.exchange import parse_register
from opposable.systems.assembly.models import Company, Entitlement, Form, Meeting

PARIS = ZoneInfo("Europe/Paris")
CONSOLE = actors.system("bench")
AT = datetime(2026, 3, 30, 10, 0, tzinfo=PARIS)


def parsed(data: bytes) -> Any:
    found = parse_register(data)
    assert not found.errors, found.errors[0]
    return found


def soon() -> datetime:
    """The hour of a meeting whose voting site is open now."""
    day = datetime.now(PARIS) + timedelta(days=12)
    return day.replace(hour=10, minute=0, second=0, microsecond=0)


def company(slug: str = "", at: datetime = AT) -> Company:
    with clock.frozen(at - timedelta(days=60)):
        accounts.root()
        made = acts.create_company(
            CONSOLE, name="Compagnie de l’Arsenal", slug=slug or f"arsenal-{Company.objects.count()}", siren="552100554",
            form="sa", listed=False, capital_cents=SHARES * 100, shares=SHARES, address="1 quai de l’Arsenal, 75004 Paris",
        ).result  # fmt: skip
        for rule_id, param, article, text in CLAUSES:
            acts.adopt_bylaw(
                CONSOLE, company=made, rule_id=rule_id, since=(at - timedelta(days=90)).date(), param=param, article=article,
                text=text,
            )  # fmt: skip
    return made


def import_register(made: Company, found: Any, at: datetime = AT) -> None:
    with clock.frozen(at - timedelta(days=50)):
        acts.import_register(
            CONSOLE, company=made, file_name="registre.csv", sha256=found.sha256, lines=found.lines,
            effective_on=(at - timedelta(days=51)).date(), entries=found.entries,
        )  # fmt: skip


def plain_rows(found: Any) -> None:
    """The baseline: a table of the same columns, filled by Django."""
    from django.db import transaction

    from bench.rows.models import PlainHolder
    from opposable.systems.assembly.acts.register import IDENTITY

    rows = [
        PlainHolder(
            ref=entry.ref, shares=entry.shares, lots=entry.lots, **{name: getattr(entry, name) for name in IDENTITY}
        )
        for entry in found.entries
    ]
    with transaction.atomic():
        PlainHolder.objects.bulk_create(rows, batch_size=500)


def drafted(made: Company, resolutions: int, at: datetime = AT) -> Meeting:
    with clock.frozen(at - timedelta(days=40)):
        meeting = acts.draft_meeting(CONSOLE, company=made, kind="combined", at=at, place="Paris").result
        for n in range(resolutions):
            body = "ordinary" if n % 3 else "extraordinary"
            acts.add_resolution(CONSOLE, meeting=meeting, title=f"Résolution {n + 1}", text="Texte.", body=body)
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


def convene(meeting: Meeting) -> None:
    with clock.frozen(meeting.at - timedelta(days=35)):
        acts.convene(CONSOLE, meeting=meeting)


def open_voting(meeting: Meeting) -> None:
    with clock.frozen(meeting.at - timedelta(days=20)):
        acts.open_voting(CONSOLE, meeting=meeting)


@act("bench.forms.fill", label=t("Formulaires mesurés", "Measured forms"), api=False)
def _fill(a: Any, *, meeting: Meeting, forms: list[Form]) -> None:
    a.record_many(forms)


def fill_forms(meeting: Meeting, seed: int = 68, but: int = 0) -> int:
    """A form of each holder who has votes, ``but`` the last so many: most for everything, some against, some silent, some split."""
    draw = random.Random(seed)
    bodies = [item.body for item in meeting.resolutions.order_by("position")]
    rights = Entitlement.objects.filter(meeting=meeting).select_related("holder")
    voting = [right for right in rights if right.votes_ordinary or right.votes_extraordinary]
    forms = [_form(draw, meeting, right, bodies) for right in voting[: len(voting) - but]]
    with clock.frozen(meeting.at - timedelta(days=2)):
        _fill(CONSOLE, meeting=meeting, forms=forms)
    return len(forms)


def _form(draw: random.Random, meeting: Meeting, right: Entitlement, bodies: list[str]) -> Form:
    voice = right.voice()
    alike = draw.random() < 0.6
    return Form(
        cell=meeting.cell, meeting=meeting, holder=right.holder, key=f"bench-{right.pk}", channel="electronic", mode="vote",
        received_at=meeting.at - timedelta(days=2), status="counted", signature_level="simple", identified_by="code",
        agenda_digest=meeting.agenda_digest, new_resolutions="abstain",
        choices=[_mark(draw, voice.of(body).votes, alike) for body in bodies],
    )  # fmt: skip


def _mark(draw: random.Random, votes: int, alike: bool) -> list[int] | None:
    if alike:
        return [votes, 0, 0]
    kind = draw.random()
    if kind < 0.1:
        return None
    if kind < 0.2 and votes > 3:
        return [votes - votes // 3, votes // 3, 0]
    return [[votes, 0, 0], [0, votes, 0], [0, 0, votes]][draw.choice((0, 0, 0, 1, 2))]


def again(meeting: Meeting) -> Meeting:
    """The meeting as it is on file now."""
    return Meeting.objects.select_related("company", "cell").get(pk=meeting.pk)


def count(meeting: Meeting) -> list[Any]:
    from opposable.kernel.system import law

    return Counting(meeting, law()).figures


def naive_count(meeting: Meeting) -> list[list[int]]:
    """The baseline of the tally: a sum in Python over the same rows."""
    totals: list[list[int]] = []
    for choices in Form.objects.filter(meeting=meeting, status="counted").values_list("choices", flat=True).iterator():
        while len(totals) < len(choices):
            totals.append([0, 0, 0])
        for place, mark in enumerate(choices):
            if mark is not None:
                total = totals[place]
                total[0] += mark[0]
                total[1] += mark[1]
                total[2] += mark[2]
    return totals
