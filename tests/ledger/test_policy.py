import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opposable.ledger import cosignature, merkle, note
from opposable.ledger.checkpoint import Checkpoint
from opposable.ledger.errors import NoteError, PolicyError
from opposable.ledger.policy import Group, Policy, write_policy

ORIGIN = "cabinet.example/2026"
LOG = note.Signer(ORIGIN, Ed25519PrivateKey.generate())
NAMES = ("X1", "X2", "X3", "Y1", "Y2", "Y3")
KEYS = {name: Ed25519PrivateKey.generate() for name in NAMES}
VKEYS = {
    name: cosignature.witness_vkey(f"witness.example/{name}", key.public_key().public_bytes_raw())
    for name, key in KEYS.items()
}
SIGNED = note.sign(Checkpoint(ORIGIN, 3, merkle.leaf_hash(b"")).text(), [LOG])

# The example of C2SP tlog-policy, with keys.
EXAMPLE = f"""\
log {LOG.vkey}

witness X1 {VKEYS["X1"]}
witness X2 {VKEYS["X2"]}
witness X3 {VKEYS["X3"]}
group X-witnesses 2 X1 X2 X3

witness Y1 {VKEYS["Y1"]}
witness Y2 {VKEYS["Y2"]}
witness Y3 {VKEYS["Y3"]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def cosigned(*names, signed=SIGNED):
    lines = [
        cosignature.cosign(signed, f"witness.example/{name}", KEYS[name], 1_000 + i) for i, name in enumerate(names)
    ]
    return note.add_signatures(signed, lines)


def test_the_example_of_the_specification():
    policy = Policy.parse(EXAMPLE)
    assert policy.logs == (LOG.verifier,)
    assert list(policy.witnesses) == list(NAMES)
    assert policy.groups["X-witnesses"] == Group(2, ("X1", "X2", "X3"))
    assert policy.groups["Y-witnesses"].threshold == 1
    assert policy.groups["X-and-Y"].threshold == 2
    assert policy.quorum == "X-and-Y"
    assert Policy.parse(EXAMPLE.encode()) == policy


@pytest.mark.parametrize("names", [("X1", "X2", "Y1"), ("X3", "X1", "Y3"), NAMES])
def test_a_met_quorum_is_trusted(names):
    trusted = Policy.parse(EXAMPLE).check(cosigned(*names))
    assert trusted.checkpoint.size == 3
    assert trusted.logs == (LOG.verifier,)
    assert trusted.witnesses == {name: 1_000 + i for i, name in enumerate(names)}


@pytest.mark.parametrize(
    "names", [(), ("X1",), ("X1", "X2"), ("X1", "Y1", "Y2", "Y3"), ("X1", "X2", "X3"), ("Y1", "Y2", "Y3")]
)
def test_a_quorum_that_is_not_met_is_refused(names):
    with pytest.raises(PolicyError, match="quorum"):
        Policy.parse(EXAMPLE).check(cosigned(*names))


def test_a_witness_counts_once():
    twice = cosigned("X1", "Y1")
    again = cosignature.cosign(SIGNED, "witness.example/X1", KEYS["X1"], 9_999)
    with pytest.raises(PolicyError):
        Policy.parse(EXAMPLE).check(note.add_signatures(twice, [again]))


def test_witnesses_without_the_log_are_not_enough():
    stranger = note.Signer(ORIGIN, Ed25519PrivateKey.generate())
    strange = note.sign(Checkpoint(ORIGIN, 3, merkle.leaf_hash(b"")).text(), [stranger])
    with pytest.raises(PolicyError, match="not signed by a log"):
        Policy.parse(EXAMPLE).check(cosigned(*NAMES, signed=strange))


def test_a_log_signs_under_its_own_name_only():
    renamed = note.sign(Checkpoint("other.example/2026", 3, merkle.leaf_hash(b"")).text(), [LOG])
    with pytest.raises(PolicyError, match="under its name"):
        Policy.parse(EXAMPLE).check(cosigned(*NAMES, signed=renamed))


def test_a_false_cosignature_of_a_known_witness_spoils_the_note():
    false = note.Signature("witness.example/X3", note.Verifier.parse(VKEYS["X3"]).key_id, bytes(72)).line()
    with pytest.raises(NoteError):
        Policy.parse(EXAMPLE).check(note.add_signatures(cosigned("X1", "X2", "Y1"), [false]))


def test_any_log_of_the_policy_will_do_and_rotation_shows_both_keys():
    new = note.Signer(ORIGIN, Ed25519PrivateKey.generate())
    policy = Policy.parse(f"log {LOG.vkey}\nlog {new.vkey} https://log.example/\nquorum none\n")
    assert policy.urls == {new.vkey: "https://log.example/"}
    both = note.sign(Checkpoint(ORIGIN, 3, merkle.leaf_hash(b"")).text(), [new, LOG])
    assert policy.check(SIGNED).logs == (LOG.verifier,)
    assert policy.check(both).logs == (new.verifier, LOG.verifier)


def test_the_log_may_be_known_from_elsewhere():
    policy = Policy.parse("quorum none\n")
    with pytest.raises(NoteError):
        policy.check(SIGNED)
    assert policy.check(SIGNED, [LOG.verifier]).checkpoint.origin == ORIGIN


def test_a_single_witness_may_be_the_quorum():
    policy = Policy.parse(f"witness X1 {VKEYS['X1']}\nquorum X1\nlog {LOG.vkey}\n")
    assert policy.check(cosigned("X1")).witnesses == {"X1": 1_000}
    with pytest.raises(PolicyError):
        policy.check(SIGNED)


def test_a_log_may_cosign_with_its_own_key():
    """A log key of type 0x04 signs the checkpoint with a time, as tlog-checkpoint allows."""
    private = Ed25519PrivateKey.generate()
    vkey = cosignature.witness_vkey(ORIGIN, private.public_key().public_bytes_raw())
    signed = note.add_signatures(SIGNED, [cosignature.cosign(SIGNED, ORIGIN, private, 5)])
    trusted = Policy.parse(f"log {vkey}\nquorum none\n").check(signed)
    assert [log.vkey() for log in trusted.logs] == [vkey]
    assert trusted.witnesses == {}


def test_blanks_comments_and_urls():
    policy = Policy.parse(
        f"# politique\n\t # autre\n \t \n\tlog\t {LOG.vkey}  https://journal.example/é \n"
        f"witness  témoin\t{VKEYS['X1']} https://w.example/#here\nquorum\ttémoin \n"
    )
    assert list(policy.witnesses) == ["témoin"]
    assert policy.urls == {LOG.vkey: "https://journal.example/é", VKEYS["X1"]: "https://w.example/#here"}


def test_names_are_octets():
    kelvin = b"K \xe2\x84\xaa \xff".split()
    lines = [b"witness %b %b\n" % (name, vkey.encode()) for name, vkey in zip(kelvin, VKEYS.values(), strict=False)]
    policy = Policy.parse(b"".join(lines) + b"quorum \xff\n")
    assert len(policy.witnesses) == 3
    with pytest.raises(PolicyError):
        Policy.parse(lines[0] + b"quorum \xe2\x84\xaa\n")


def test_many_logs_witnesses_and_nested_groups():
    keys = [Ed25519PrivateKey.generate().public_key().public_bytes_raw() for _ in range(80)]
    text = "".join(f"log {note.vkey(f'log.example/{i}', key)}\n" for i, key in enumerate(keys))
    text += "".join(f"witness w{i} {cosignature.witness_vkey(f'w.example/{i}', key)}\n" for i, key in enumerate(keys))
    text += "group g0 all w0\n" + "".join(f"group g{i} all g{i - 1}\n" for i in range(1, 2_000)) + "quorum g1999\n"
    policy = Policy.parse(text)
    assert len(policy.logs) == len(policy.witnesses) == 80
    with pytest.raises(PolicyError, match="quorum"):
        policy.check(SIGNED, [LOG.verifier])


W1, W2 = (f"witness {name} {VKEYS[name]}\n" for name in ("X1", "X2"))
L = f"log {LOG.vkey}\n"
SAME_KEY = note.vkey("other.example", LOG.public_key)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no quorum"),
        (L, "no quorum"),
        (L + "quorum none", "newline"),
        (L + "quorum none\nquorum none\n", "second quorum"),
        (L + "quorum nobody\n", "not defined"),
        (L + "quorum\n", "not a policy line"),
        (L + "quorum none none\n", "not a policy line"),
        ("Log " + LOG.vkey + "\nquorum none\n", "not a policy line"),
        ("log\nquorum none\n", "not a policy line"),
        (f"log {LOG.vkey} https://a.example #x\nquorum none\n", "not a policy line"),
        (f"log {LOG.vkey[:-1]}\nquorum none\n", "line 1"),
        (L + L + "quorum none\n", "listed twice"),
        (L + f"log {SAME_KEY}\nquorum none\n", "listed twice"),
        (W1 + W1.replace("X1", "Z", 1) + "quorum none\n", "listed twice"),
        (W1 + W2.replace("X2", "X1", 1) + "quorum none\n", "taken"),
        (W1.replace("X1", "none", 1) + "quorum none\n", "taken"),
        (f"witness X1 {LOG.vkey}\nquorum X1\n", "0x04"),
        (f"witness {VKEYS['X1']}\nquorum none\n", "not a policy line"),
        (W1 + "group none all X1\nquorum none\n", "taken"),
        (W1 + "group X1 all X1\nquorum none\n", "taken"),
        (W1 + "group g all none\nquorum g\n", "not defined"),
        (W1 + "group g all g\nquorum g\n", "not defined"),
        ("group g all X1\n" + W1 + "quorum g\n", "not defined"),
        ("quorum X1\n" + W1, "not defined"),
        (W1 + "group g all\nquorum g\n", "without members"),
        (W1 + "group g\nquorum g\n", "not a policy line"),
        (W1 + "group g all X1 X1\nquorum g\n", "already"),
        (W1 + W2 + "group g all X1\ngroup h all X1 X2\nquorum h\n", "already"),
        (W1 + W2 + "group g 0 X1 X2\nquorum g\n", "0 of 2"),
        (W1 + W2 + "group g 3 X1 X2\nquorum g\n", "3 of 2"),
        (W1 + W2 + "group g 02 X1 X2\nquorum g\n", "02 of 2"),
        (W1 + W2 + "group g -1 X1 X2\nquorum g\n", "-1 of 2"),
        (W1 + W2 + "group g ٢ X1 X2\nquorum g\n", "of 2"),
        (W1 + W2 + "group g ALL X1 X2\nquorum g\n", "ALL of 2"),
        (L + "quorum none\r\n", "control"),
        (L + "quorum none\x0b\n", "control"),
        (L + "quorum none\x7f\n", "control"),
        ("\ufeff" + L + "quorum none\n", "not a policy line"),
        (L + "quorum\u00a0none\n", "not a policy line"),
    ],
)
def test_what_is_no_policy_is_refused(text, reason):
    with pytest.raises(PolicyError, match=reason):
        Policy.parse(text)


def test_a_flat_policy_is_written():
    alone = Policy.parse(write_policy([LOG.vkey]))
    assert (alone.quorum, alone.logs) == ("none", (LOG.verifier,))
    everyone = Policy.parse(write_policy([LOG.vkey], VKEYS))
    assert everyone.groups["witnesses"].threshold == 6
    two = Policy.parse(write_policy([LOG.vkey], VKEYS, 2))
    assert two.check(cosigned("Y3", "X1")).witnesses == {"Y3": 1_000, "X1": 1_001}
    assert Policy.parse(write_policy([LOG.vkey], VKEYS, 0)).check(cosigned("X1")).witnesses == {"X1": 1_000}
    for wrong in (([LOG.vkey], {}, 1), ([LOG.vkey], VKEYS, 7), ([LOG.vkey] * 2,), ([LOG.vkey], {"a b": VKEYS["X1"]})):
        with pytest.raises(PolicyError):
            write_policy(*wrong)
