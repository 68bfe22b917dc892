"""Named bad bundles: one function for each way of cheating, with the checks that must find it.

Each returns the members of a bundle, or the bytes of a file that is no good ZIP. `trust` says what the verifier must
bring along to see the cheat: some can only be seen by someone who knows something from elsewhere.
"""

from __future__ import annotations

import io
import struct
import warnings
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from opposable.ledger import act, canonical, cosignature, merkle, note, token
from opposable.ledger.bundle import layout
from opposable.ledger.bundle.writer import members
from opposable.ledger.checkpoint import Checkpoint
from tests.bad import case
from tests.bad.case import FORM, HOLDERS, LAST_TOKEN, MEETING, Files, close, good_content, good_files, good_plan, seal
from tests.bad.tsa import day, tsa


@dataclass(frozen=True)
class Cheat:
    """`checks` are the ids found; `shell`: VERIFY.sh can see it (it sees no ZIP); `trust`: "policy" or "held"."""

    name: str
    checks: frozenset[str]
    make: Callable[[], Files | bytes]
    shell: bool
    trust: str


CHEATS: list[Cheat] = []


def cheat(*checks: str, shell: bool = True, trust: str = "") -> Callable[[Any], Any]:
    def declare(make: Callable[[], Files | bytes]) -> Callable[[], Files | bytes]:
        CHEATS.append(Cheat(make.__name__, frozenset(checks), make, shell, trust))
        return make

    return declare


# --- somebody edits members and leaves the manifest alone ------------------------------------------------------------


@cheat("part.digest", "manifest.digest")
def part_edited() -> Files:
    files = close(good_files())
    files["acts/6/part-form.json"] = files["acts/6/part-form.json"].replace(b"[9,1,0]", b"[1,9,0]")
    return files


@cheat("manifest.digest")
def readme_edited() -> Files:
    files = close(good_files())
    files[layout.README] += b"!"
    return files


@cheat("manifest.missing", "rule.missing")
def rule_taken_out() -> Files:
    files = close(good_files())
    del files["rules/assembly.form.deadline-electronic.json"]
    return files


@cheat("manifest.unlisted")
def root_slipped_in() -> Files:
    files = close(good_files())
    files["tsa/mine.pem"] = tsa("stranger").root
    return files


@cheat("container.layout", "manifest.unlisted")
def note_slipped_in() -> Files:
    files = close(good_files())
    files["acts/2/note.json"] = b"{}"
    return files


@cheat("manifest.form")
def manifest_written_otherwise() -> Files:
    files = close(good_files())
    files[layout.MANIFEST] = files[layout.MANIFEST].replace(b"/>\n", b" />\n", 1)
    return restamped(files)


@cheat("manifest.form")
def manifest_lists_a_member_twice() -> Files:
    files = close(good_files())
    lines = files[layout.MANIFEST].splitlines(keepends=True)
    files[layout.MANIFEST] = b"".join([*lines[:-1], lines[3], lines[-1]])
    return restamped(files)


@cheat("manifest.token")
def bundle_token_of_another_bundle() -> Files:
    files = close(good_files())
    other = close(good_files() | {layout.README: b"other"})
    return files | {layout.TIMESTAMP: other[layout.TIMESTAMP]}


@cheat("manifest.token")
def bundle_token_of_a_stranger() -> Files:
    return close(good_files(), tsa("stranger"))


# --- somebody edits members and makes the manifest anew --------------------------------------------------------------


@cheat("part.digest")
def part_changed() -> Files:
    files = good_files()
    files["acts/6/part-form.json"] = files["acts/6/part-form.json"].replace(b"[9,1,0]", b"[1,9,0]")
    return close(files)


@cheat("part.form", "part.digest")
def part_without_salt() -> Files:
    return close(good_files() | {"acts/6/part-form.json": b'{"data":{"choices":[[1,9,0]]}}'})


@cheat("part.missing")
def part_lost() -> Files:
    return close(without(good_files(), "acts/6/part-form.json"))


@cheat("part.unknown")
def part_added() -> Files:
    return close(good_files() | {"acts/6/part-proxy.json": act.part_bytes({}, "assembly.minutes", "00" * 32)})


@cheat("proof.inclusion")
def act_edited() -> Files:
    files = good_files()
    files["acts/5/act.json"] = files["acts/5/act.json"].replace(b"13:00:01.204000", b"12:59:59.204000")
    return close(files)


@cheat("act.canonical", "proof.inclusion")
def act_written_otherwise() -> Files:
    files = good_files()
    files["acts/5/act.json"] = files["acts/5/act.json"].replace(b',"at"', b', "at"')
    return close(files)


@cheat("act.header-missing", "proof.form", "part.unknown")
def header_taken_out() -> Files:
    return close(without(good_files(), "acts/5/act.json"))


@cheat("proof.index", "proof.inclusion")
def proof_of_another_act() -> Files:
    files = good_files()
    return close(files | {"acts/5/act.tlog-proof": files["acts/4/act.tlog-proof"]})


@cheat("proof.index", "proof.inclusion", "act.twice")
def act_moved_to_another_index() -> Files:
    files = good_files()
    for file in ("act.json", "act.tlog-proof"):
        files[f"acts/8/{file}"] = files[f"acts/5/{file}"]
    for name in [name for name in files if name.startswith("erasures/")]:
        if name != "erasures/8/act.tlog-proof":
            del files[name]
    # What the erasure covered is given back, so that only the moved act is false.
    log = seal(good_plan())
    files["acts/2/part-identity.json"] = log.parts[2]["identity"]
    files["acts/8/part-why.json"] = files["acts/5/part-why.json"]
    return close(files)


@cheat("proof.inclusion")
def proof_shortened() -> Files:
    files = good_files()
    lines = files["acts/4/act.tlog-proof"].splitlines(keepends=True)
    return close(files | {"acts/4/act.tlog-proof": b"".join(lines[:2] + lines[3:])})


@cheat("proof.inclusion")
def proof_hash_changed() -> Files:
    files = good_files()
    lines = files["acts/4/act.tlog-proof"].splitlines(keepends=True)
    lines[3] = note.encode64(bytes(32)).encode() + b"\n"
    return close(files | {"acts/4/act.tlog-proof": b"".join(lines)})


@cheat("proof.form")
def proof_garbled() -> Files:
    return close(good_files() | {"acts/4/act.tlog-proof": b"c2sp.org/tlog-proof@v1\nindex four\n\n"})


@cheat("proof.form")
def proof_taken_out() -> Files:
    return close(without(good_files(), "acts/4/act.tlog-proof"))


@cheat("proof.checkpoint")
def proof_with_an_older_checkpoint() -> Files:
    log = seal(good_plan())
    files = members(good_content(log))
    old = log.signed(10)
    hashes = merkle.inclusion_proof(log.leaves, 4, 10)
    text = "\n".join(["c2sp.org/tlog-proof@v1", "index 4", *map(note.encode64, hashes), "", old])
    return close(files | {"acts/4/act.tlog-proof": text.encode()})


@cheat("checkpoint.signature", "witness.signature", "token.imprint", "proof.inclusion", "part.missing")
def root_replaced() -> Files:
    files = good_files()
    true_root = files["checkpoint"].splitlines()[2]
    for name, data in files.items():
        if name == "checkpoint" or name.endswith(".tlog-proof"):
            files[name] = data.replace(true_root, note.encode64(bytes(32)).encode())
    return close(files)


@cheat("checkpoint.signature")
def signed_by_a_stranger() -> Files:
    """A stranger signs a log of his own making under the name of the log."""
    log = seal(good_plan())
    content = good_content(log)
    stranger = note.Signer(case.ORIGIN, case.OTHER_KEY)
    return close(members(recheckpointed(content, note.sign(checkpoint_text(content), [stranger]))))


@cheat("checkpoint.signature", trust="policy")
def log_of_a_stranger_with_his_key() -> Files:
    """The same, with his key in the bundle: only who knows the true key sees it."""
    log = seal(good_plan())
    stranger = note.Signer(case.ORIGIN, case.OTHER_KEY)
    content = good_content(log)
    lines = [cosignature.cosign(content.checkpoint, case.WITNESS, case.WITNESS_KEY, 1_800_000_000)]
    signed = note.add_signatures(note.sign(checkpoint_text(content), [stranger]), lines)
    pem = case.OTHER_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return close(members(replace(recheckpointed(content, signed), log_pem=pem, vkey=stranger.vkey)))


@cheat("checkpoint.key", "checkpoint.signature")
def pem_of_another_key() -> Files:
    pem = case.OTHER_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return close(good_files() | {layout.LOG_PEM: pem})


@cheat("checkpoint.origin")
def log_under_another_name() -> Files:
    plan = good_plan()
    plan.origin = "arsenal.example/2025"
    return close(good_files(plan))


@cheat("act.log")
def act_of_another_log() -> Files:
    plan = good_plan()
    plan.acts["late"].header["log"] = "arsenal.example/2025"
    return close(good_files(plan))


@cheat("act.fields")
def header_with_one_more_field() -> Files:
    plan = good_plan()
    plan.acts["late"].header["name"] = "A. Vidal"
    plan.acts["late"].parts.clear()
    return close(good_files(plan))


@cheat("act.fields")
def header_on_a_day_that_never_was() -> Files:
    plan = good_plan()
    plan.acts["late"].header["at"] = "2026-02-29T13:00:01.204000Z"
    plan.acts["late"].parts.clear()
    return close(good_files(plan))


@cheat("checkpoint.form")
def checkpoint_without_signature() -> Files:
    files = good_files()
    bare = files["checkpoint"].partition(b"\n\n")[0] + b"\n"
    return close(files | {"checkpoint": bare})


@cheat("policy.form")
def policy_garbled() -> Files:
    return close(good_files() | {layout.POLICY: b"quorum everybody\n"})


@cheat("witness.signature")
def witness_forged() -> Files:
    content = good_content(seal(good_plan()))
    text = checkpoint_text(content)
    false = case.OTHER_KEY.sign(note.cosigned_message(text, 1_800_000_000))
    verifier = note.Verifier.parse(case.WITNESS_VKEY)
    line = note.Signature(case.WITNESS, verifier.key_id, (1_800_000_000).to_bytes(8, "big") + false).line()
    signed = note.add_signatures(note.sign(text, [case.SIGNER]), [line])
    return close(members(recheckpointed(content, signed)))


@cheat("policy.quorum", trust="policy")
def witness_left_out() -> Files:
    content = good_content(seal(good_plan()))
    return close(members(recheckpointed(content, note.sign(checkpoint_text(content), [case.SIGNER]))))


@cheat("history.proof", trust="held")
def past_rewritten() -> Files:
    """The operator changes an old act and signs the log anew, with new proofs, witness and tokens."""
    plan = good_plan()
    plan.acts["convene"].parts["notice"] = {"title": "Assemblée mixte du 31 mars"}
    return close(good_files(plan))


@cheat("history.proof", trust="held")
def consistency_left_out() -> Files:
    return close(without(good_files(), "consistency/2-14.json"))


# --- dates -----------------------------------------------------------------------------------------------------------


@cheat("token.roots")
def root_garbled() -> Files:
    return close(good_files() | {"tsa/other.pem": b"-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----\n"})


@cheat("token.checkpoint")
def token_of_a_stranger() -> Files:
    files = good_files()
    return close(files | {layout.CHECKPOINT_TOKEN: tsa("stranger").stamp(files["checkpoint"], LAST_TOKEN)})


@cheat("token.checkpoint")
def token_cut() -> Files:
    files = good_files()
    return close(files | {layout.CHECKPOINT_TOKEN: files[layout.CHECKPOINT_TOKEN][:-40]})


@cheat("token.checkpoint")
def token_re_dated() -> Files:
    """The date inside the token is edited: the signature no longer holds."""
    files = good_files()
    files[layout.CHECKPOINT_TOKEN] = files[layout.CHECKPOINT_TOKEN].replace(b"20270601120000Z", b"20260601120000Z")
    return close(files)


@cheat("token.imprint")
def token_over_something_else() -> Files:
    return close(good_files() | {layout.CHECKPOINT_TOKEN: tsa().stamp(b"something else", LAST_TOKEN)})


@cheat("time.not-after")
def act_after_its_token() -> Files:
    plan = good_plan()
    plan.last_token = day("2027-05-02 02:59:58")
    return close(good_files(plan))


@cheat("time.not-before")
def act_back_dated() -> Files:
    plan = good_plan()
    plan.acts["open"].at = "2026-03-20T11:59:59.000000Z"
    return close(good_files(plan))


@cheat("after.missing")
def earlier_token_left_out() -> Files:
    files = good_files()
    return close(without(files, *[name for name in files if name.endswith(".tsr") and name != layout.CHECKPOINT_TOKEN]))


@cheat("token.name", "after.missing")
def earlier_token_renamed() -> Files:
    files = good_files()
    name = next(name for name in files if layout.TOKEN.fullmatch(name))
    files[f"tsa/{'0' * 64}.tsr"] = files.pop(name)
    return close(files)


@cheat("token.after")
def earlier_token_of_a_stranger() -> Files:
    plan = good_plan()
    plan.tsa = tsa("stranger")
    content = good_content(seal(plan))
    content = replace(
        content, roots=[tsa().root], checkpoint_token=tsa().stamp(content.checkpoint.encode(), LAST_TOKEN)
    )
    return close(members(content))


# --- erasures --------------------------------------------------------------------------------------------------------


@cheat("erasure.early", "part.missing")
def erased_too_early() -> Files:
    plan = good_plan()
    plan.earliest_on = day("2027-05-03 00:00:00").date()
    return close(good_files(plan))


@cheat("erasure.order", "part.missing")
def erasure_of_acts_to_come() -> Files:
    plan = good_plan()
    plan.erased = (2, 14, ["identity"])
    return close(without(good_files(plan), "acts/2/part-identity.json"))


@cheat("part.missing")
def erasure_of_another_part() -> Files:
    plan = good_plan()
    plan.erased = (2, 3, ["traffic"])
    return close(without(good_files(plan), "acts/2/part-identity.json"))


@cheat("part.missing")
def erasure_of_another_act() -> Files:
    plan = good_plan()
    plan.erased = (0, 2, ["identity"])
    return close(without(good_files(plan), "acts/2/part-identity.json"))


@cheat("erasure.form", "part.missing")
def erasure_that_was_refused() -> Files:
    plan = good_plan()
    plan.acts["erase"].outcome = "refused"
    return close(good_files(plan))


@cheat("erasure.form", "part.missing")
def erasure_without_its_part() -> Files:
    return close(without(good_files(), "erasures/8/part-erasure.json"))


@cheat("proof.inclusion", "part.digest", "part.missing")
def erasure_made_up() -> Files:
    """A part that was lost is covered by an erasure act that was never sealed."""
    files = good_files()
    name = "erasures/8/part-erasure.json"
    files[name] = files[name].replace(b'"identity"]', b'"form","identity"]')
    files["erasures/8/act.json"] = files["erasures/8/act.json"].replace(b"03:00:00", b"03:00:01")
    return close(without(files, "acts/2/part-form.json"))


@cheat("part.withheld-form")
def withheld_though_there() -> Files:
    return close(good_files() | {layout.WITHHELD: b'{"acts":[{"index":6,"parts":["form","identity"]}]}'})


@cheat("part.withheld-form", "part.missing")
def withheld_garbled() -> Files:
    return close(good_files() | {layout.WITHHELD: b'{"acts":[{"index":"6","parts":["identity"]}]}'})


# --- objects ---------------------------------------------------------------------------------------------------------


@cheat("object.sequence", "object.prev", "object.unchained")
def history_without_its_beginning() -> Files:
    return close(edited(good_files(), f"objects/{FORM}.json", lambda value: value["chain"].pop(0)))


@cheat("object.prev")
def history_hung_on_an_erased_act_of_another() -> Files:
    from tests.bad.good import begun_later

    return close(begun_later(3))


@cheat("object.sequence", "object.unchained")
def history_of_an_erased_act_alone() -> Files:
    from tests.bad.good import begun_later

    files = begun_later(6, state=None)
    return close(edited(files, f"objects/{FORM}.json", lambda value: value["chain"].pop()))


@cheat("act.header-missing", "object.sequence")
def history_begun_later_without_an_erasure() -> Files:
    from tests.bad.good import begun_later

    files = begun_later(6)
    return close(without(files, *[name for name in files if name.startswith("erasures/")]))


@cheat("object.unchained", "object.state")
def history_without_its_end() -> Files:
    return close(edited(good_files(), f"objects/{FORM}.json", lambda value: value["chain"].pop()))


@cheat("object.act-missing")
def act_left_out_of_the_bundle() -> Files:
    files = good_files()
    return close(without(files, *[name for name in files if name.startswith("acts/7/")]))


@cheat("object.header")
def history_says_something_else() -> Files:
    return close(
        edited(good_files(), f"objects/{MEETING}.json", lambda value: value["chain"][0].update(post="77" * 32))
    )


@cheat("object.header")
def history_hides_a_state() -> Files:
    """An empty post is for erased headers only."""
    return close(edited(good_files(), f"objects/{MEETING}.json", lambda value: value["chain"][0].update(post="")))


@cheat("object.prev")
def act_replaced_in_the_chain() -> Files:
    """The operator seals an act that pretends to follow another one than the act shown before it."""
    plan = good_plan()
    plan.acts["open"].header["prev"] = "77" * 32
    files = good_files(plan)
    return close(edited(files, f"objects/{MEETING}.json", lambda value: value["chain"][1].update(prev="77" * 32)))


@cheat("object.member")
def member_at_another_position() -> Files:
    name = f"objects/{HOLDERS[1]}.json"
    return close(edited(good_files(), name, lambda value: value["chain"][0]["member"].update(position=0)))


@cheat("object.member")
def member_in_another_state() -> Files:
    name = f"objects/{HOLDERS[1]}.json"
    return close(edited(good_files(), name, lambda value: value["chain"][0].update(post="77" * 32)))


@cheat("object.state")
def state_changed_behind_the_software() -> Files:
    name = f"objects/{HOLDERS[1]}.json"
    return close(edited(good_files(), name, lambda value: value["state"]["data"].update(shares=500_000)))


@cheat("object.form")
def history_in_another_form() -> Files:
    name = f"objects/{MEETING}.json"
    return close(edited(good_files(), name, lambda value: value.update(zz="?")))


@cheat("object.form")
def history_with_a_nul_behind() -> Files:
    """A shell drops NUL when it reads: what it reads is then not what is there."""
    files = good_files()
    name = f"objects/{MEETING}.json"
    return close(files | {name: files[name] + b"\0"})


# --- rules -----------------------------------------------------------------------------------------------------------


@cheat("rule.digest")
def rule_rewritten() -> Files:
    name = "rules/assembly.form.deadline-electronic.json"
    return close(edited(good_files(), name, lambda value: value["param"].update(at="16:00:00")))


@cheat("rule.missing")
def rule_left_out() -> Files:
    return close(without(good_files(), "rules/assembly.form.deadline-electronic.json"))


@cheat("rule.form")
def rule_cited_under_another_date() -> Files:
    plan = good_plan()
    spec = plan.acts["late"]
    spec.header["rule"] = case.pin(spec.rule or {}) | {"from": "2020-01-01"}
    return close(good_files(plan))


@cheat("rule.dates")
def rule_no_longer_in_force() -> Files:
    plan = good_plan()
    plan.acts["late"].rule = case.rule_row("1967-03-23", "2006-12-12")
    return close(good_files(plan))


@cheat("rule.dates")
def rule_not_in_force_on_the_day_stated() -> Files:
    plan = good_plan()
    row = case.rule_row("2006-12-12", "2026-03-30")
    plan.acts["late"].rule = row
    plan.acts["late"].parts["why"] = [{"on": "2026-03-30", "rule": case.pin(row)}]
    return close(good_files(plan))


# --- the container ---------------------------------------------------------------------------------------------------


@cheat("container.missing", "checkpoint.signature")
def key_left_out() -> Files:
    return close(without(good_files(), layout.LOG_VKEY))


@cheat("container.mimetype")
def another_mimetype() -> Files:
    return close(good_files()) | {layout.MIMETYPE: b"application/zip"}


@cheat("container.mimetype", shell=False)
def mimetype_packed() -> bytes:
    files = close(good_files())
    return zipped([(layout.MIMETYPE, files.pop(layout.MIMETYPE)), *files.items()], pack_all=True)


@cheat("container.mimetype", shell=False)
def mimetype_last() -> bytes:
    files = close(good_files())
    first = files.pop(layout.MIMETYPE)
    return zipped([*files.items(), (layout.MIMETYPE, first)])


@cheat("container.names", shell=False)
def member_twice() -> bytes:
    """Two readers could each take another of the two."""
    files = close(good_files())
    return zipped([*files.items(), ("acts/6/part-form.json", files["acts/6/part-form.json"])])


@cheat("container.names", "container.layout", "manifest.unlisted", shell=False)
def member_that_climbs_out() -> bytes:
    return zipped([*close(good_files()).items(), ("../../evil.sh", b"#!/bin/sh\n")])


@cheat("container.names", "container.layout", "manifest.unlisted", shell=False)
def member_in_two_cases() -> bytes:
    return zipped([*close(good_files()).items(), ("README.TXT", b"")])


@cheat("container.size", shell=False)
def decompression_bomb() -> Files:
    return close(good_files() | {layout.SUMMARY_PDF: bytes(9 << 20)})


@cheat("container.zip", "container.mimetype", shell=False)
def bytes_before_the_archive() -> bytes:
    data = zipped(list(close(good_files()).items()))
    return b"#!/bin/sh\nexit 0\n" + data


@cheat("container.zip", shell=False)
def bytes_after_the_archive() -> bytes:
    return zipped(list(close(good_files()).items())) + b"\n"


@cheat("container.zip", shell=False)
def comment_in_the_archive() -> bytes:
    data = zipped(list(close(good_files()).items()))
    return data[:-2] + struct.pack("<H", 4) + b"look"


@cheat("container.zip", shell=False)
def bytes_between_members() -> bytes:
    """Room between the members and the directory, where something can hide."""
    data = zipped(list(close(good_files()).items()))
    at = data.index(b"PK\x01\x02")
    start = struct.unpack("<I", data[-6:-2])[0]
    return data[:at] + b"hidden" + data[at:-6] + struct.pack("<I", start + 6) + data[-2:]


@cheat("container.zip", shell=False)
def two_names_for_one_member() -> bytes:
    """The local header says README.txt, the directory something else: it depends on the reader what one sees."""
    data = zipped(list(close(good_files()).items()))
    at = data.index(b"README.txt")
    return data[:at] + b"README.tx_" + data[at + 10 :]


@cheat("container.zip", shell=False)
def two_sizes_for_one_member() -> bytes:
    """The local header announces another size than the directory: a streaming reader would go astray."""
    data = bytearray(zipped(list(close(good_files()).items())))
    at = data.index(b"README.txt") - 30
    data[at + 22] ^= 1
    return bytes(data)


@cheat("container.zip", shell=False)
def member_that_is_a_link() -> bytes:
    """Unpacked, it would point to whatever file its content names."""
    files = close(good_files())
    data = bytearray(zipped(list(files.items())))
    at = data.rindex(b"policy") - 46
    data[at + 40 : at + 42] = (0o120777).to_bytes(2, "little")
    return bytes(data)


@cheat("container.zip", shell=False)
def archive_cut() -> bytes:
    data = zipped(list(close(good_files()).items()))
    return data[: len(data) // 2]


@cheat("container.zip", shell=False)
def member_damaged() -> bytes:
    files = close(good_files())
    data = zipped(list(files.items()), zipfile.ZIP_STORED)
    at = data.index(files["acts/6/part-form.json"])
    return data[:at] + b"[" + data[at + 1 :]


@cheat("container.zip", shell=False)
def not_an_archive() -> bytes:
    return b"%PDF-1.7 there is nothing here" * 10


@cheat("container.zip", shell=False)
def nothing_at_all() -> bytes:
    return b""


# --- tools of the trade ----------------------------------------------------------------------------------------------


def without(files: Mapping[str, bytes], *names: str) -> Files:
    return {name: data for name, data in files.items() if name not in names}


def edited(files: Files, name: str, change: Callable[[Any], Any]) -> Files:
    """The files with one JSON member changed."""
    value = canonical.decode(files[name])
    change(value)
    return files | {name: canonical.encode(value)}


def restamped(files: Files) -> Files:
    """A new time-stamp over the manifest as it is."""
    stamp = tsa().stamp(files[layout.MANIFEST], case.SEALED)
    return files | {layout.TIMESTAMP: token.token_of(stamp)}


def checkpoint_text(content: Any) -> str:
    return note.split_note(content.checkpoint)[0]


def recheckpointed(content: Any, signed: str) -> Any:
    """The content under another signed checkpoint, time-stamped."""
    Checkpoint.parse(note.split_note(signed)[0])
    return replace(content, checkpoint=signed, checkpoint_token=tsa().stamp(signed.encode(), LAST_TOKEN))


def zipped(files: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED, *, pack_all: bool = False) -> bytes:
    """A ZIP of the members in the order given."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # the same name twice is the point
        for name, data in files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == layout.MIMETYPE and not pack_all else method
            archive.writestr(info, data)
    return out.getvalue()


# --- votes are counted otherwise than their holder is told -------------------------------------------------------------


@cheat("count.line")
def line_changed_in_the_table_that_was_published() -> Files:
    return close(good_files(case.counted_plan(line=(1, 9, 0))))


@cheat("count.opening", shell=False)
def votes_told_that_are_not_those_of_the_line() -> Files:
    return close(good_files(case.counted_plan(votes=[1, 9, 0])))


@cheat("count.sum", shell=False)
def totals_that_the_lines_do_not_make() -> Files:
    return close(good_files(case.counted_plan(more=1)))


@cheat("count.form")
def opening_with_a_vote_too_many() -> Files:
    return close(good_files(case.counted_plan(votes=[9, 1, 0, 0])))


@cheat("part.digest", "manifest.digest")
def line_changed_in_the_enclosed_table() -> Files:
    """Whoever passes the bundle on changes the holder's line in it: the table is no longer the one that was sealed."""
    files = close(good_files(case.counted_plan()))
    name = next(name for name in files if name.endswith("/part-table.json"))
    files[name] = files[name].replace(b'"commitment":"', b'"commitment":"0', 1)
    return files
