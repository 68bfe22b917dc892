"""A small log with everything a bundle can hold, and the good bundle cut from it.

A case is made in stages, so that a cheat can act as whoever would: `plan` (the operator writes false acts and seals
them), `content` (the issuer leaves something out), `files` (somebody edits members), bytes (somebody edits the ZIP).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from opposable.ledger import act, canonical, commitments, cosignature, merkle, note, policy, summary, token
from opposable.ledger.bundle import BundleAct, BundleContent, layout, manifest
from opposable.ledger.bundle.writer import members, write_files
from opposable.ledger.checkpoint import Checkpoint
from tests.bad.tsa import Tsa, day, tsa

Files = dict[str, bytes]
ORIGIN = "arsenal.example/2026"
LOG_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"log of the tests").digest())
WITNESS_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"witness of the tests").digest())
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(sha256(b"somebody else").digest())
WITNESS = "auditor.example/witness"
SIGNER = note.Signer(ORIGIN, LOG_KEY)
WITNESS_VKEY = note.vkey(WITNESS, WITNESS_KEY.public_key().public_bytes_raw(), note.COSIGNATURE)

MEETING, FORM, ACTOR = "a1" * 16, "f0" * 16, "ac" * 16
HOLDERS = ["b0" * 16, "b1" * 16, "b2" * 16]
FIRST_TOKEN = day("2026-03-20 12:00:00")
LAST_TOKEN = day("2027-06-01 12:00:00")
SEALED = day("2027-06-01 12:05:00")


def salt(*words: object) -> str:
    return sha256(repr(words).encode()).hexdigest()


def rule_row(since: str = "2006-12-12", until: str | None = None, **changes: Any) -> dict[str, Any]:
    """A row of a rulebook, as the law package writes it."""
    row: dict[str, Any] = {
        "checked": "2026-01-15", "cite": ["C. com., art. R. 225-77, al. 1"], "en": "Deadline of electronic forms",
        "fr": "Limite des formulaires électroniques", "from": since, "id": "assembly.form.deadline-electronic",
        "layers": [], "override": "none", "param": {"at": "15:00:00", "days_before": 1, "zone": "Europe/Paris"},
        "seed": None, "silent": False, "source": "Légifrance", "status": "confirmed", "stricter": {},
        "text": "Les formulaires électroniques de vote à distance peuvent être reçus par la société jusqu’à la "
        "veille de la réunion de l’assemblée générale, au plus tard à 15 heures, heure de Paris.",
        "until": until,
    }  # fmt: skip
    return row | changes


def pin(row: dict[str, Any]) -> dict[str, str]:
    return {"id": row["id"], "from": row["from"], "book": "0b" * 32, "row": act.digest(canonical.encode(row))}


@dataclass
class Spec:
    """One act to come. `changes` are the objects it changes: (obj, state); the first is the principal."""

    type: str
    at: str
    changes: list[tuple[str, Any]] = field(default_factory=list)
    parts: dict[str, Any] = field(default_factory=dict)
    rule: dict[str, Any] | None = None
    about: str = ACTOR
    outcome: str = "done"
    after: bool = True
    erases: bool = False
    header: dict[str, Any] = field(default_factory=dict)
    """Fields of the header set by a cheat, whatever they should be."""
    raw: bytes | None = None
    """Bytes to seal in place of the header."""


@dataclass
class Plan:
    """The acts of the log by name, and what the operator decides about tokens and keys."""

    acts: dict[str, Spec]
    first_token: datetime = FIRST_TOKEN
    last_token: datetime = LAST_TOKEN
    origin: str = ORIGIN
    tsa: Tsa = field(default_factory=tsa)
    earliest_on: date = date(2027, 3, 29)
    erased: tuple[int, int, list[str]] = (2, 3, ["identity"])
    erasure_rule: dict[str, Any] | None = None


def good_plan() -> Plan:
    rule = rule_row()
    return Plan({
        "convene": Spec("assembly.meeting.convene", "2026-03-10T09:00:00.000000Z", [(MEETING, {"status": "convened"})],
                        {"notice": {"title": "Assemblée mixte du 30 mars"}, "why": [{"facts": {}, "rule": pin(rule)}]},
                        rule, after=False),
        "import": Spec("assembly.register.import", "2026-03-12T09:00:00.000000Z",
                       [(obj, {"shares": 1000 * n}) for n, obj in enumerate(HOLDERS, 1)], after=False),
        "form": Spec("assembly.form.receive", "2026-03-29T12:58:11.120000Z", [(FORM, {"choices": [[10, 0, 0]]})],
                     {"form": {"choices": [[10, 0, 0]]}, "identity": {"name": "A. Vidal"}}, rule),
        "filler-1": Spec("assembly.form.receive", "2026-03-29T12:58:30.000000Z", [("c1" * 16, {})]),
        "open": Spec("assembly.meeting.open", "2026-03-29T12:59:00.000000Z", [(MEETING, {"status": "open"})]),
        "late": Spec("assembly.form.receive", "2026-03-29T13:00:01.204000Z", [], {"why": [{"rule": pin(rule)}]},
                     rule, FORM, "refused"),
        "amend": Spec("assembly.form.amend", "2026-03-29T13:10:00.000000Z", [(FORM, {"choices": [[9, 1, 0]]})],
                      {"form": {"choices": [[9, 1, 0]]}, "identity": {"name": "A. Vidal"}}),
        "transfer": Spec("assembly.register.transfer", "2026-03-30T08:00:00.000000Z", [(HOLDERS[1], {"shares": 5})]),
        "erase": Spec(act.ERASE, "2027-05-02T03:00:00.000000Z", erases=True),
        **{f"filler-{n}": Spec("assembly.form.receive", "2027-05-03T08:00:00.000000Z", [(f"d{n}" * 16, {})])
           for n in range(2, 7)},
    })  # fmt: skip


SLOTS = ["1.for", "1.against", "1.abstain"]


def counted_plan(
    *, line: tuple[int, ...] = (9, 1, 0), told: tuple[int, ...] = (9, 1, 0), more: int = 0, **changes: Any
) -> Plan:
    """The meeting's table is published with ``line`` for the form, and the form's holder is told that he counted as ``told``.

    ``more`` votes are added to the first total; ``changes`` are those of what the holder is given.
    """
    plan, other, blinds = good_plan(), (5, 0, 2), [commitments.blinding(b"one", "t"), commitments.blinding(b"two", "t")]
    form = act.entry(seal(plan).headers[list(plan.acts).index("form")]).hex()
    rows = [
        {"entry": entry, "commitment": commitments.commit(SLOTS, votes, blind)}
        for entry, votes, blind in ((form, line, blinds[0]), ("", other, blinds[1]))
    ]
    totals = [one + two for one, two in zip(line, other, strict=True)]
    totals[0] += more
    plan.acts["open"].parts["table"] = commitments.table(SLOTS, rows, totals, sum(blinds), log=ORIGIN, meeting=MEETING)
    table = act.entry(seal(plan).headers[list(plan.acts).index("open")]).hex()
    opening = commitments.opening(SLOTS, told, blinds[0], entry=form, table=table)
    plan.acts["amend"].parts["confirmed"] = {"counted": [{"opening": opening | changes}]}
    return plan


@dataclass
class Log:
    """The sealed log: what the operator holds."""

    plan: Plan
    headers: list[bytes] = field(default_factory=list)
    parts: list[dict[str, bytes]] = field(default_factory=list)
    chains: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    states: dict[str, bytes] = field(default_factory=dict)
    members: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    first: bytes = b""
    held: str = ""

    @property
    def leaves(self) -> list[bytes]:
        return [merkle.leaf_hash(act.entry(header)) for header in self.headers]

    def index(self, name: str) -> int:
        return list(self.plan.acts).index(name)

    def signed(self, size: int | None = None) -> str:
        leaves = self.leaves[:size]
        return note.sign(Checkpoint(self.plan.origin, len(leaves), merkle.root(leaves)).text(), [SIGNER])


def seal(plan: Plan) -> Log:
    """Write and seal every act of the plan; the first token comes before the first act that cites one."""
    log = Log(plan)
    for name, spec in plan.acts.items():
        if spec.after and not log.first:
            log.held = log.signed()
            log.first = plan.tsa.stamp(log.held.encode(), plan.first_token)
        _append(log, name, spec)
    return log


def _append(log: Log, name: str, spec: Spec) -> None:
    index = len(log.headers)
    items = [_item(log, obj, state) for obj, state in spec.changes]
    data = dict(spec.parts)
    if spec.erases:
        start, until, names = log.plan.erased
        rule = pin(log.plan.erasure_rule) if log.plan.erasure_rule else None
        covers = [act.Cover(start, until, frozenset(names))]
        data["erasure"] = act.erasure_data(covers, "assembly.identity", log.plan.earliest_on, rule)
    if len(items) > 1:
        leaves = [act.item_leaf(item["obj"], item["seq"], item["prev"], item["post"]) for item in items]
        data["objects"] = act.objects_data(leaves)
        for position, item in enumerate(items[1:], 1):
            hashes = [one.hex() for one in merkle.inclusion_proof(leaves, position)]
            log.members[index, item["obj"]] = {"hashes": hashes, "position": position, "size": len(items)}
    parts = {part: act.part_bytes(value, "assembly.minutes", salt(name, part)) for part, value in data.items()}
    first = items[0] if items else {"obj": spec.about, "seq": 0, "prev": "", "post": ""}
    value = {
        "v": 1, "log": log.plan.origin, "type": spec.type, "at": spec.at, "actor": ACTOR, **first,
        "rule": pin(spec.rule) if spec.rule else None, "outcome": spec.outcome, "keep": "assembly.minutes",
        "after": token.token_hash(log.first) if spec.after else "",
        "parts": {part: act.digest(value) for part, value in parts.items()}, "salt": salt(name),
    }  # fmt: skip
    value |= spec.header
    header = spec.raw or canonical.encode(value)
    log.headers.append(header)
    log.parts.append(parts)
    for item in items:
        member = log.members.get((index, item["obj"]))
        link = {"index": index, "seq": item["seq"], "prev": item["prev"], "post": item["post"], "member": member}
        log.chains.setdefault(item["obj"], []).append(link)


def _item(log: Log, obj: str, state: Any) -> dict[str, Any]:
    chain = log.chains.get(obj, [])
    seq = len(chain) + 1
    log.states[obj] = act.state_part(state, "assembly.minutes", bytes.fromhex(salt("row", obj)), seq)
    prev = act.digest(log.headers[chain[-1]["index"]]) if chain else ""
    return {"obj": obj, "seq": seq, "prev": prev, "post": act.digest(log.states[obj])}


CASE_ACTS = ("convene", "import", "form", "open", "late", "amend", "transfer")
CASE_OBJECTS = (MEETING, FORM, HOLDERS[1])


def good_content(log: Log, *, title: str = "Assemblée mixte du 30 mars 2026") -> BundleContent:
    """The bundle of one form: its acts, the meeting's, and one holder's, whose first act was an import."""
    leaves, signed = log.leaves, log.signed()
    line = cosignature.cosign(signed, WITNESS, WITNESS_KEY, int(LAST_TOKEN.timestamp()) - 60)
    signed = note.add_signatures(signed, [line])
    erased = set(log.plan.erased[2]) if log.plan.erased[:2] == (2, 3) else set()
    acts = []
    for name in CASE_ACTS:
        index = log.index(name)
        gone = erased if name == "form" else {"identity"} if name == "amend" else set()
        acts.append(BundleAct(index, log.headers[index], {n: p for n, p in log.parts[index].items() if n not in gone}))
    erase = log.index("erase")
    pem = LOG_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    indexes = [one.index for one in acts] + [erase]
    held_size = int(log.held.splitlines()[1])
    rows = [spec.rule for spec in log.plan.acts.values() if spec.rule]
    rows += [log.plan.erasure_rule] if log.plan.erasure_rule else []
    content = BundleContent(
        acts=acts,
        erasures=[BundleAct(erase, log.headers[erase], log.parts[erase])],
        proofs={index: merkle.inclusion_proof(leaves, index) for index in indexes},
        checkpoint=signed,
        log_pem=pem,
        vkey=SIGNER.vkey,
        policy=policy.write_policy([SIGNER.vkey], {"auditor": WITNESS_VKEY}),
        checkpoint_token=log.plan.tsa.stamp(signed.encode(), log.plan.last_token),
        tokens=[log.first],
        roots=[log.plan.tsa.root],
        objects=[
            {"obj": obj, "kind": "assembly.case", "chain": log.chains[obj], "state": canonical.decode(log.states[obj])}
            for obj in CASE_OBJECTS
        ],
        rules=[canonical.encode(row) for row in rows],
        withheld={log.index("amend"): ["identity"]},
        consistency={(held_size, len(leaves)): merkle.consistency_proof(leaves, held_size)},
        title=title,
    )
    return replace(content, summary_html=summary.render(content))


def good_files(plan: Plan | None = None) -> dict[str, bytes]:
    """Every member of the good bundle but the manifest and its time-stamp."""
    return members(good_content(seal(plan or good_plan())))


def close(files: dict[str, bytes], authority: Tsa | None = None, at: datetime = SEALED) -> dict[str, bytes]:
    """Add the manifest and its time-stamp: what a cheat does after changing members."""
    listed = {name: sha256(data).digest() for name, data in files.items() if layout.in_manifest(name)}
    files[layout.MANIFEST] = manifest.render(listed)
    files[layout.TIMESTAMP] = token.token_of((authority or tsa()).stamp(files[layout.MANIFEST], at))
    return files


def good_bundle(path: Path) -> Path:
    return write_files(close(good_files()), path)


def trusted_policy() -> str:
    """What a verifier holds who knows the log and its witness by another way."""
    return policy.write_policy([SIGNER.vkey], {"auditor": WITNESS_VKEY})
