"""«Décisions»: a person decides on an exact state, and the decision goes stale by itself when that state changes.

decision = decide(a, row, text, seen=digest)    # inside a system's act; ``seen`` is what the page showed: `state_digest`
standing(decision).valid                        # asked at any moment, computed from the rows as they are
four_eyes(a, row)                               # refused for whoever wrote what is decided

Nothing is stored of whether a decision holds: no job has to run, and no sequence of changes leaves it valid on a state on
which it was not made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from opposable.kernel import clock, duties, parts
from opposable.kernel.acting import Acting
from opposable.kernel.acts import act
from opposable.kernel.guards import recorded_models
from opposable.kernel.models import Act, ApprovalCase, Decision, Member, Recorded
from opposable.kernel.models.access import grants_at
from opposable.kernel.models.document import LEVELS
from opposable.kernel.system import roles
from opposable.law import Refused, Rule, Text, instant, local_day, t
from opposable.ledger import canonical

if TYPE_CHECKING:
    from opposable.kernel.actors import Actor

RENEW = "kernel.decision.make"
TEXT_LIMIT = 4000
MORNING = time(0)


@dataclass(frozen=True)
class Standing:
    """«Où en est la décision»: name ("valid", "stale", "expired", "revoked"), words and tone for a page."""

    name: str
    label: Text
    tone: str

    @property
    def valid(self) -> bool:
        return self.name == "valid"


VALID = Standing("valid", t("valable", "valid"), "ok")
STALE = Standing("stale", t("périmée : l’état a changé", "stale: the state changed"), "due")
EXPIRED = Standing("expired", t("expirée", "expired"), "due")
REVOKED = Standing("revoked", t("révoquée", "revoked"), "refused")


# ---------------------------------------------------------------- the exact state


def snapshot_of(rows: Sequence[Recorded]) -> dict[str, Any]:
    """What is decided on: each object with its pseudonym, kind and state, in the order given."""
    return {"objects": [{"obj": row.uid, "kind": row.Evidence.kind, "state": row.decided_state()} for row in rows]}


def state_digest(*rows: Recorded) -> str:
    """SHA-256 (hex) of the canonical snapshot: what a page shows is named by it, and what is decided bears it."""
    return sha256(canonical.encode(snapshot_of(rows))).hexdigest()


def part_name(decision: Decision) -> str:
    """The part of the decision's first act that holds the snapshot."""
    return f"state-{decision.uid[:8]}"


def snapshot(decision: Decision) -> dict[str, Any] | None:
    """What was decided on, from the log; None when it was erased on its day."""
    member = Member.objects.filter(obj=decision.uid, seq=1).first()
    first = (
        member.act_id if member else Act.objects.filter(obj=decision.uid, seq=1).values_list("pk", flat=True).first()
    )
    found: dict[str, Any] | None = parts.read(first, part_name(decision)) if first else None
    return found


# ---------------------------------------------------------------- deciding


def decide(
    a: Acting,
    row: Recorded,
    text: str,
    *,
    seen: str = "",
    also: Sequence[Recorded] = (),
    approves: bool = True,
    expires_on: date | None = None,
    role: str = "",
    principal: str = "",
    level: str = "simple",
    note: str = "",
    case: ApprovalCase | None = None,
    step: str = "",
) -> Decision:
    """Record, in the act ``a``, that its actor decided on the exact state of ``row`` (and of ``also``), accepting ``text``.

    ``seen`` is the digest of what he had before his eyes: refused when it has changed since. Rights are the calling act's
    business; that a person decides, and not the software, is checked here.
    """
    _by_a_person(a)
    rows = as_committed([row, *also])
    digest = state_digest(*rows)
    if seen and seen != digest:
        raise changed_since(seen, digest)
    if expires_on is not None and expires_on <= local_day(a.now):
        raise Refused(
            t("Une décision expire un jour à venir.", "A decision expires on a day to come."),
            None,
            "decision.expiry",
            facts={"expires_on": expires_on},
        )
    decision = Decision(
        cell=row.cell,
        subject=row.uid,
        subject_kind=row.Evidence.kind,
        act=a.type,
        objects_decided=[{"obj": one.uid, "kind": one.Evidence.kind, "seq": one.seq} for one in rows],
        sha256=digest,
        text=_text(text),
        approves=approves,
        person=a.actor.uid,
        principal=principal,
        role=role or role_for(a.actor, row, a.now),
        level=_level(level),
        made_at=a.now,
        expires_on=expires_on,
        case=case,
        step=step,
    )
    a.part(part_name(decision), snapshot_of(rows), keep=row.Evidence.keep)
    if note:
        a.part(f"note-{decision.uid[:8]}", {"note": note[:TEXT_LIMIT]}, keep=row.Evidence.keep)
    a.record(decision)
    if expires_on:
        _owe_renewal(decision, row, expires_on)
    return decision


def _by_a_person(a: Acting) -> None:
    if a.actor.is_system:
        raise Refused(
            t("Une décision est prise par une personne, sous son compte.", "A decision is made by a person, with an account."),
            None,
            "decision.person",
        )  # fmt: skip


def as_committed(rows: Sequence[Recorded]) -> list[Recorded]:
    """The rows as they are committed now, held until the act ends: what was read before the act may be old."""
    return [
        type(row)._default_manager.select_for_update(of=("self",)).select_related("cell").get(pk=row.pk) for row in rows
    ]


def changed_since(seen: str, digest: str) -> Refused:
    """The refusal of whoever decides on what is not there any more."""
    return Refused(
        t("L’objet a changé depuis que vous l’avez lu.", "The object changed since you read it."),
        None,
        "decision.changed",
        facts={"seen": seen, "present": digest},
        lawful=t("Relisez l’état actuel, puis décidez.", "Read the present state again, then decide."),
    )


def _text(text: str) -> str:
    if not text.strip() or len(text) > TEXT_LIMIT:
        raise Refused(
            t("Le texte accepté va de 1 à {n} signes.", "The text accepted has 1 to {n} characters.").format(n=TEXT_LIMIT),
            None,
            "decision.text",
        )  # fmt: skip
    return text


def _level(level: str) -> str:
    if level not in {name for name, _ in LEVELS if name}:
        raise Refused(
            t("Ce niveau de signature n’existe pas.", "There is no such signature level."), None, "decision.level"
        )
    return level


def _owe_renewal(decision: Decision, row: Recorded, day: date) -> None:
    title = t(
        "Renouveler avant qu’elle expire la décision sur : {row}", "Renew before it expires the decision on: {row}"
    )
    title = title.format(row=str(row)[:120])
    duties.open_duty(decision, RENEW, title, instant(day, MORNING), kind=decision.subject_kind)


def keep_of(kind: str) -> str:
    """The retention class of objects of a kind."""
    return next(
        (str(model.Evidence.keep) for model in recorded_models() if model.Evidence.kind == kind), "kernel.permanent"
    )


def role_for(actor: Actor, row: Recorded, at: datetime, verb: str = "approve") -> str:
    """The role under which an actor may ``verb`` the row: the first by name; "" when none."""
    known, kind = roles(), row.Evidence.kind
    held = grants_at(actor, at).values_list("role", "cell__path")
    able = sorted(
        role
        for role, path in held
        if role in known and row.cell.path.startswith(path) and known[role].allows(kind, verb)
    )
    return able[0] if able else ""


# ---------------------------------------------------------------- four eyes


def authors_of(row: Recorded, apart_from: Iterable[str] = ()) -> set[str]:
    """Who wrote the row: the actors of its accepted acts, save acts of the types ``apart_from``. Pseudonyms."""
    done = Act.objects.filter(outcome="done", seq__gt=0).exclude(type__in=list(apart_from))
    direct = done.filter(obj=row.uid).values_list("actor", flat=True)
    among = Act.objects.filter(members__obj=row.uid, outcome="done").exclude(type__in=list(apart_from))
    return {*direct, *among.values_list("actor", flat=True)}


def four_eyes(a: Acting, row: Recorded, *, rule: Rule | None = None, apart_from: Iterable[str] = ()) -> None:
    """«Quatre yeux». Refused for whoever wrote what is decided (acts of the types ``apart_from`` do not count)."""
    if a.actor.uid in authors_of(row, apart_from):
        raise Refused(
            t("Qui a écrit ne décide pas : il faut une autre personne.", "Whoever wrote it does not decide: it takes another person."),
            rule,
            "decision.four-eyes",
        )  # fmt: skip


# ---------------------------------------------------------------- does it hold


def standing(decision: Decision, at: datetime | None = None) -> Standing:
    """Whether a decision holds at an instant, on the rows as they are now."""
    return standings([decision], at)[decision.uid]


def standings(decisions: Iterable[Decision], at: datetime | None = None) -> dict[str, Standing]:
    """The same for many, by uid: one query a kind of object, plus what `Recorded.decided_state` asks."""
    listed, day = list(decisions), local_day(at or clock.now())
    rows = present_rows(listed)
    digests: dict[tuple[str, ...], str] = {}
    found = {}
    for decision in listed:
        about = tuple(str(one["obj"]) for one in decision.objects_decided)
        if about not in digests:
            there = [rows[uid] for uid in about if uid in rows]
            digests[about] = state_digest(*there) if len(there) == len(about) else ""
        found[decision.uid] = _standing(decision, digests[about], day)
    return found


def _standing(decision: Decision, digest: str, day: date) -> Standing:
    if decision.revoked_at is not None:
        return REVOKED
    if digest != decision.sha256:
        return STALE
    return EXPIRED if decision.expires_on is not None and decision.expires_on <= day else VALID


def present_rows(decisions: Iterable[Decision]) -> Mapping[str, Recorded]:
    """The objects that the decisions are about, as they are now, by uid."""
    wanted: dict[str, set[str]] = {}
    for decision in decisions:
        for one in decision.objects_decided:
            wanted.setdefault(str(one["kind"]), set()).add(str(one["obj"]))
    models = {model.Evidence.kind: model for model in recorded_models()}
    return {
        row.uid: row
        for kind, uids in wanted.items()
        if kind in models
        for row in models[kind]._default_manager.select_related("cell").filter(uid__in=uids)
    }


def last_decision(row: Recorded, act_type: str) -> Decision | None:
    """The latest decision made by an act of this type on the row, whatever its standing."""
    return Decision.objects.filter(subject=row.uid, act=act_type).order_by("-pk").select_related("cell").first()


def require_decision(a: Acting, row: Recorded, act_type: str, *, rule: Rule | None = None) -> Decision:
    """Refused unless the latest decision of this type on the row approves it and holds."""
    decision = last_decision(row, act_type)
    now = standing(decision, a.now) if decision else None
    if decision is None or now is None or not (now.valid and decision.approves):
        why = now.label if now and not now.valid else t("elle manque, ou refuse", "it is missing, or refuses")
        raise Refused(
            t("Il faut une décision valable : {why}.", "A valid decision is needed: {why}.").format(why=why),
            rule,
            "decision.needed",
            facts={"standing": now.name if now else "none"},
        )
    return decision


# ---------------------------------------------------------------- acts


@act("kernel.decision.make", label=t("Décider", "Decide"), api=False)
def make(
    a: Acting,
    *,
    row: Recorded,
    text: str,
    seen: str,
    expires_on: date | None = None,
    note: str = "",
    alone: bool = False,
) -> Decision:
    """A decision that no system's own act makes. ``alone``: whoever wrote the object may decide too."""
    a.require("approve", row)
    if not alone:
        four_eyes(a, row)
    return decide(a, row, text, seen=seen, expires_on=expires_on, note=note)


@act("kernel.decision.revoke", label=t("Révoquer une décision", "Revoke a decision"))
def revoke(a: Acting, *, decision: Decision, reason: str) -> Decision:
    """By whoever made it, or by whoever may approve objects of the kind there. What was done under it stays done."""
    if a.actor.uid not in (decision.person, decision.principal):
        a.require("approve", decision, kind=decision.subject_kind)
    if decision.revoked_at is not None:
        raise Refused(
            t("Cette décision est déjà révoquée.", "This decision was revoked already."), None, "decision.revoked"
        )
    if not reason.strip():
        raise Refused(t("Dites pourquoi vous la révoquez.", "Say why you revoke it."), None, "decision.reason")
    decision.revoked_at, decision.revoked_by = a.now, a.actor.uid
    a.record(decision)
    a.part("reason", {"reason": reason[:TEXT_LIMIT]}, keep=keep_of(decision.subject_kind))
    duties.close_all(decision, a.now)
    if decision.case is not None and decision.case.outcome == "approved":
        decision.case.outcome, decision.case.closed_at = "", None
        a.record(decision.case)
    return decision
