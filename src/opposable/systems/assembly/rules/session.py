"""«Séance»: who is admitted, what may be voted live, what new resolutions find on the forms, and the second call."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from opposable.law import Decision, Refused, Rule, Text, day_text, months_after, t
from opposable.systems.assembly.rules.agenda import Resolution
from opposable.systems.assembly.rules.forms.changes import Mode, check_mode
from opposable.systems.assembly.rules.forms.choices import WORDS, Marks, quantity, whole
from opposable.systems.assembly.rules.proxies import blank_choices
from opposable.systems.assembly.rules.quorum import Attendance, Hall, in_person, there, votes_in_room
from opposable.systems.assembly.rules.register import Company, Statutes, Voice
from opposable.systems.assembly.rules.results.count import Ballot, Choice

Clause = Literal["", "abstain", "against", "proxy-chair", "proxy-person"]
"""What a form said of new resolutions (R. 225-78, 3°); "" when it said nothing."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """One person at the door, or at the gate of the site: what he is, what he did before, how he was identified."""

    holder: str
    voice: Voice | None
    """From the snapshot of the record date; None: he is not in it."""
    chosen: Mode | None = None
    """The mode already chosen and received: a form counted, a proxy, a card."""
    there: bool = False
    remote: bool = False
    """By telecommunication (L. 225-107, II)."""
    code: bool = False
    """Identified by the code supplied before the session (R. 225-98)."""


@dataclass(frozen=True, slots=True)
class Admission:
    """«Admission» to vote. ``replaces`` is the mode that attendance takes the place of: its form is then superseded."""

    holder: str
    replaces: Mode | None = None


def admit(law: Statutes, day: date, company: Company, arrival: Arrival) -> Decision[Admission]:
    """Decide whether a shareholder is admitted **to vote** in the session.

    Refused codes: ``admission.not-entitled`` (not registered on the record date), ``admission.twice``, ``mode`` (already
    voted, or gave a proxy, and may not change: he may attend without voting), ``admission.telepresence`` and
    ``admission.code`` (attendance at a distance).
    """
    facts = {"holder": arrival.holder, "remote": arrival.remote, "chosen": arrival.chosen}
    if arrival.voice is None:
        listed = company.listed or company.depository
        rule = company.rule(law, f"assembly.record-date.{'listed' if listed else 'unlisted'}", day)
        raise _refused(rule, "admission.not-entitled", NOT_ENTITLED, facts)
    if arrival.there:
        raise _refused(None, "admission.twice", TWICE, facts)
    rule = company.rule(law, "assembly.mode.no-change", day)
    if arrival.chosen:
        check_mode(rule, company, arrival.chosen, "presence")
    if arrival.remote:
        rule = _telepresence(law, day, company, arrival)
    replaces = arrival.chosen if arrival.chosen in ("vote", "proxy") else None
    return Decision(Admission(arrival.holder, replaces), rule, facts)


def _telepresence(law: Statutes, day: date, company: Company, arrival: Arrival) -> Rule:
    facts = {"holder": arrival.holder, "remote": True}
    rule = company.rule(law, "assembly.telepresence", day)
    if not rule.flag("allowed"):
        raise _refused(rule, "admission.telepresence", NO_TELEPRESENCE, facts)
    code = company.rule(law, "assembly.session.code", day)
    if code.flag("code_before_session") and not arrival.code:
        raise _refused(code, "admission.code", NO_CODE, facts)
    return code


NOT_ENTITLED = t(
    "Rien n’est inscrit à ce nom à la date d’enregistrement.",
    "Nothing is registered in this name on the record date.",
)
TWICE = t("Cette personne est déjà dans l’assemblée.", "This person is already in the meeting.")
NO_TELEPRESENCE = t(
    "Les statuts ne permettent pas de participer par télécommunication.",
    "The bylaws do not allow attendance by telecommunication.",
)
NO_CODE = t(
    "Le vote en séance par voie électronique suppose le code fourni avant la séance.",
    "Voting electronically in session requires the code supplied before the session.",
)


def live_choice(
    resolution: Resolution,
    voter: str,
    attendances: Iterable[Attendance],
    instant: datetime,
    marks: Mapping[str, object],
) -> Decision[tuple[int, int, int]]:
    """Read a vote cast in the room: ``marks`` are whole numbers of votes for, against and abstain.

    ``voter`` is the holder whose votes these are, cast by himself or by his proxy. Refused codes: ``live.absent``,
    ``live.remote``, ``live.excluded``, ``live.quantity``, ``live.exceeds``.
    """
    facts = {"resolution": resolution.position, "holder": voter, "at": instant}
    lines = there(attendances, instant)
    line = next((line for line in lines if line.holder == voter and line.capacity != "proxy"), None)
    if line is None:
        raise _refused(None, "live.absent", ABSENT, facts)
    if not votes_in_room(line, in_person(lines), resolution.position):
        raise _refused(None, "live.remote", VOTED, facts)
    if voter in resolution.excluded:
        raise _refused(None, "live.excluded", INTERESTED, facts)
    try:
        for_, against, abstain = (quantity(marks.get(word, 0)) for word in WORDS)
    except ValueError as error:
        raise _refused(None, "live.quantity", NOT_WHOLE, facts) from error
    held = line.voice.of(resolution.pool).votes
    if for_ + against + abstain > held:
        raise _refused(None, "live.exceeds", TOO_MANY.format(given=for_ + against + abstain, held=held), facts)
    return Decision((for_, against, abstain), None, facts)


ABSENT = t("Ce titulaire n’est pas dans l’assemblée.", "This holder is not in the meeting.")
VOTED = t("Ce titulaire a déjà voté à distance.", "This holder has already voted remotely.")
INTERESTED = t(
    "Intéressé à cette résolution, ce titulaire ne prend pas part au vote.",
    "Interested in this resolution, this holder may not vote it.",
)
NOT_WHOLE = t("Une quantité n’est pas un nombre entier de voix.", "A quantity is not a whole number of votes.")
TOO_MANY = t("{given} voix données, {held} détenues.", "{given} votes given, {held} held.")


def clause_choice(
    rule: Rule, blank: Rule, clause: Clause, resolution: Resolution, voice: Voice
) -> Decision[tuple[int, int, int] | None]:
    """Return how a form votes a resolution that came up in the meeting; None: the named proxy votes (`left_in_room`).

    ``rule`` is assembly.form.single-document (R. 225-78, 3°), ``blank`` assembly.proxy.blank. A mandate to the chair votes
    as blank proxies do. Refused (code ``form.clause``) for a choice that the law of the day does not offer: before
    30 December 2019 a form could not vote against new resolutions.
    """
    facts = {"clause": clause, "resolution": resolution.position}
    if clause and clause not in rule.words("new_resolutions"):
        raise _refused(rule, "form.clause", NO_CLAUSE, facts)
    votes = voice.of(resolution.pool).votes
    match clause:
        case "abstain" | "against":
            return Decision(whole(clause, votes), rule, facts)
        case "proxy-chair":
            decision = blank_choices(blank, [resolution], voice)
            return Decision(decision.value[0], blank, facts, decision.trace)
    return Decision(None, rule, facts)


NO_CLAUSE = t(
    "La loi du jour n’offre pas ce choix pour les résolutions nouvelles.",
    "The law of the day does not offer this choice for new resolutions.",
)


def form_ballot(
    holder: str, voice: Voice, agenda: Sequence[Resolution], marks: Marks, away: frozenset[int] = frozenset()
) -> Ballot:
    """Return the ballot of one counted form: see `form_ballots`."""
    return form_ballots([(holder, voice, marks)], agenda, {holder: away})[0]


def form_ballots(
    forms: Iterable[tuple[str, Voice, Marks]], agenda: Sequence[Resolution], away: Mapping[str, frozenset[int]]
) -> list[Ballot]:
    """Return the ballots of counted forms: (holder, voice, marks), one mark for every resolution put, new ones included.

    ``away`` are, by holder, the resolutions (from 0) that his proxy votes in the room: see `left_in_room`.
    """
    barred, none = _barred(agenda), frozenset[int]()
    return [
        Ballot(holder, "form", voice, marks, barred.get(holder, none), away.get(holder, none))
        for holder, voice, marks in forms
    ]


def left_in_room(agenda: Sequence[Resolution], hall: Hall, closed_at: Sequence[datetime]) -> dict[str, frozenset[int]]:
    """Return, by remote voter, the resolutions (from 0) left to a proxy who was there: the room counts them."""
    left: dict[str, set[int]] = {}
    for i, (item, at) in enumerate(zip(agenda, closed_at, strict=True)):
        for holder in hall.leaving(at, item.position):
            left.setdefault(holder, set()).add(i)
    return {holder: frozenset(positions) for holder, positions in left.items()}


def session_ballots(
    agenda: Sequence[Resolution],
    attendances: Iterable[Attendance] | Hall,
    closed_at: Sequence[datetime],
    votes: Mapping[tuple[str, int], Choice],
) -> list[Ballot]:
    """Return the ballots of the room: holders present or represented, resolution by resolution.

    ``closed_at[i]`` is the instant at which the vote on resolution i closed: who had left before it, or came after it,
    is not counted there. ``votes[holder, position]`` is what was cast; without it a holder who is there is silent.
    """
    hall = attendances if isinstance(attendances, Hall) else Hall(attendances)
    rooms = [hall.in_room(at, item.position) for item, at in zip(agenda, closed_at, strict=True)]
    barred, none = _barred(agenda), frozenset[int]()
    ballots = []
    for holder, voice in hall.room_voices().items():
        away = frozenset(i for i, room in enumerate(rooms) if holder not in room)
        choices = tuple(votes.get((holder, item.position)) for item in agenda)
        ballots.append(Ballot(holder, "session", voice, choices, barred.get(holder, none), away))
    return ballots


def _barred(agenda: Sequence[Resolution]) -> dict[str, frozenset[int]]:
    """Return, by interested holder, the resolutions (from 0) that he may not vote."""
    holders = {holder for item in agenda for holder in item.excluded}
    return {holder: frozenset(i for i, item in enumerate(agenda) if holder in item.excluded) for holder in holders}


def check_subject(rule: Rule, resolution: Resolution, subject: str) -> Decision[bool]:
    """Decide whether a resolution that is not on the agenda may be voted; ``rule`` is assembly.agenda.closed (L. 225-105).

    An amendment stays within its draft. A new one must remove or replace directors («en toutes circonstances»): ``subject``
    is "remove-director", "replace-director" or anything else. Refused code: ``agenda.closed``.
    """
    facts = {"kind": resolution.kind, "subject": subject}
    if resolution.kind in ("draft", "amendment") or subject in rule.words("exceptions"):
        return Decision(True, rule, facts)
    raise Refused(
        t(
            "L’assemblée ne peut délibérer sur une question qui n’est pas à l’ordre du jour.",
            "The meeting may not decide on a question that is not on the agenda.",
        ),
        rule,
        "agenda.closed",
        facts=facts,
        lawful=t(
            "Elle peut révoquer des administrateurs et les remplacer, ou être convoquée de nouveau.",
            "It may remove directors and replace them, or be convened again.",
        ),
    )


def undecided(rule: Rule | None, company: Company, figures: Mapping[str, Any]) -> bool:
    """Tell whether a declared resolution may be put again to a second meeting.

    For want of a quorum; and, in an SARL, when more than half of the shares was not reached (L. 223-29): ``rule`` is the
    majority rule under which it was declared.
    """
    if figures["why"] == "no-quorum":
        return True
    again = company.form == "sarl" and rule is not None and rule.param.get("second_consultation", False)
    return bool(again) and figures["base_kind"] == "all" and not figures["adopted"]


def second_call(rule: Rule, *, undecided: int, first_agenda: str, agenda: str) -> Decision[bool]:
    """Decide whether a second call may be made: the first left something undecided, and its agenda is unchanged.

    ``rule`` is assembly.agenda.second-call (L. 225-105, last par.); ``undecided`` counts the resolutions of `undecided`.
    Refused codes: ``second-call.quorum``, ``second-call.agenda``.
    """
    facts = {"undecided": undecided, "first_agenda": first_agenda, "agenda": agenda}
    if not undecided:
        raise _refused(rule, "second-call.quorum", HAD_QUORUM, facts)
    if rule.param.get("fixed", True) and first_agenda != agenda:
        raise _refused(rule, "second-call.agenda", AGENDA_FIXED, facts)
    return Decision(True, rule, facts)


HAD_QUORUM = t(
    "La première assemblée a tout décidé, elle avait le quorum : il n’y a pas lieu à deuxième convocation.",
    "The first meeting decided everything, it had its quorum: there is no ground for a second call.",
)
AGENDA_FIXED = t(
    "L’ordre du jour ne peut pas être modifié sur deuxième convocation.",
    "The agenda may not be changed on second call.",
)


def check_put_off(rule: Rule, convened_on: date, put_off_to: date) -> Decision[date]:
    """Decide whether a second meeting without a quorum may be put off to a day: two months at most (L. 225-96, 2nd par.).

    ``rule`` is assembly.quorum.extraordinary or .special; the ordinary meeting needs no quorum on second call. The value is
    the last lawful day. Refused code: ``put-off``.
    """
    last, trace = months_after(convened_on, rule.number("put_off_months"))
    facts = {"convened_on": convened_on, "put_off_to": put_off_to, "last": last}
    if convened_on < put_off_to <= last:
        return Decision(last, rule, facts, trace)
    raise Refused(
        t(
            "La deuxième assemblée peut être prorogée jusqu’au {last} au plus tard.",
            "The second meeting may be put off until {last} at the latest.",
        ).format(last=day_text(last)),
        rule,
        "put-off",
        facts=facts,
        trace=trace,
    )


def _refused(rule: Rule | None, code: str, reason: Text, facts: Mapping[str, object]) -> Refused:
    return Refused(reason, rule, code, facts=facts)
