import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from opposable.ledger import merkle
from opposable.ledger.errors import ProofError

VECTORS = Path(__file__).parents[1] / "vectors" / "merkle"


# RFC 6962, section 2.1, as it is written there: the oracle.


def mth(hashes):
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256(b"").digest()
    k = split(len(hashes))
    return sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def split(n):
    return 1 << (n - 1).bit_length() - 1


def path(m, hashes):
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m, hashes, whole):
    n = len(hashes)
    if m == n:
        return [] if whole else [mth(hashes)]
    k = split(n)
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


def leaves(count):
    return merkle.leaf_hashes([f"feuille {i}".encode() for i in range(count)])


HASHES = leaves(300)
TREE = merkle.Tree(HASHES)


def cases(name):
    return [pytest.param(case, id=case["name"]) for case in json.loads((VECTORS / name).read_text())["cases"]]


def hashes_of(case):
    return [b64decode(text) for text in case["proof"] or []]


def test_the_vectors_are_complete():
    assert len(cases("inclusion.json")) == len(cases("consistency.json")) == 98


@pytest.mark.parametrize("case", cases("inclusion.json"))
def test_inclusion_vector(case):
    root, leaf = b64decode(case["root"]), b64decode(case["leafHash"])
    arguments = (leaf, case["leafIdx"], case["treeSize"], hashes_of(case), root)
    if case["wantErr"]:
        with pytest.raises(ProofError):
            merkle.verify_inclusion(*arguments)
    else:
        merkle.verify_inclusion(*arguments)


@pytest.mark.parametrize("case", cases("consistency.json"))
def test_consistency_vector(case):
    roots = b64decode(case["root1"]), b64decode(case["root2"])
    arguments = (case["size1"], case["size2"], hashes_of(case), *roots)
    if case["wantErr"]:
        with pytest.raises(ProofError):
            merkle.verify_consistency(*arguments)
    else:
        merkle.verify_consistency(*arguments)


def test_hashes_are_those_of_rfc_6962():
    assert merkle.leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert merkle.EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert merkle.node_hash(HASHES[0], HASHES[1]) == sha256(b"\x01" + HASHES[0] + HASHES[1]).digest()
    assert merkle.leaf_hashes([b"a", b""]) == [merkle.leaf_hash(b"a"), merkle.leaf_hash(b"")]


def test_every_root_and_proof_up_to_70_leaves_is_that_of_the_definition():
    for size in range(71):
        some = HASHES[:size]
        assert TREE.root(size) == merkle.root(some) == mth(some)
        for index in range(size):
            proof = TREE.inclusion_proof(index, size)
            assert proof == path(index, some)
            merkle.verify_inclusion(some[index], index, size, proof, mth(some))
        for old in range(1, size + 1):
            proof = TREE.consistency_proof(old, size)
            assert proof == subproof(old, some, True)
            merkle.verify_consistency(old, size, proof, mth(some[:old]), mth(some))


@given(st.lists(st.integers(0, 20), max_size=15))
def test_a_tree_grown_in_steps_is_the_tree_of_all(steps):
    tree = merkle.Tree()
    for step in steps:
        tree.extend(HASHES[len(tree) : len(tree) + step])
        assert tree.size == len(tree)
        if len(tree) < len(HASHES):
            assert tree.append(HASHES[len(tree)]) == len(tree) - 1
    assert tree.root() == mth(HASHES[: len(tree)])
    assert merkle.root(iter(HASHES[: len(tree)])) == tree.root()


@given(st.lists(st.integers(0, 70), max_size=6))
def test_trees_that_are_put_together_are_the_tree_of_all(sizes):
    tree, start = merkle.Tree(), 0
    for size in sizes:
        tree.attach(merkle.Tree(HASHES[start : start + size]))
        start = min(start + size, len(HASHES))
    whole = merkle.Tree(HASHES[:start])
    assert len(tree) == start
    assert [tree.nodes(level, 0, start >> level) for level in range(start.bit_length())] == [
        whole.nodes(level, 0, start >> level) for level in range(start.bit_length())
    ]
    tree.append(HASHES[0])
    whole.append(HASHES[0])
    assert tree.root() == whole.root()


@given(st.data())
def test_no_change_to_an_inclusion_proof_verifies(data):
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    proof, root = TREE.inclusion_proof(index, size), TREE.root(size)
    other = data.draw(st.integers(0, size + 2).filter(lambda i: i != index))
    changed = list(proof)
    if proof:
        at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
        changed[at] = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
    for wrong in (
        (HASHES[index], other, size, proof, root),
        (HASHES[index], index, size, changed if proof else [root], root),
        (HASHES[index], index, size, [*proof, root], root),
        (HASHES[index], index, size, proof[:-1] or [root], root),
        (HASHES[index - 1] if size > 1 else merkle.EMPTY_ROOT, index, size, proof, root),
        (HASHES[index], index, size, proof, merkle.EMPTY_ROOT),
    ):
        with pytest.raises(ProofError):
            merkle.verify_inclusion(*wrong)


@given(st.data())
def test_no_change_to_a_consistency_proof_verifies(data):
    new = data.draw(st.integers(2, 300))
    old = data.draw(st.integers(1, new - 1))
    proof, old_root, new_root = TREE.consistency_proof(old, new), TREE.root(old), TREE.root(new)
    at, bit = data.draw(st.integers(0, len(proof) - 1)), data.draw(st.integers(0, 255))
    changed = list(proof)
    changed[at] = (int.from_bytes(proof[at], "big") ^ 1 << bit).to_bytes(32, "big")
    for wrong in (
        (old, new, changed, old_root, new_root),
        (old, new, [*proof, new_root], old_root, new_root),
        (old, new, proof[:-1], old_root, new_root),
        (old, new, proof, new_root, old_root),
        (old + 1, new, proof, old_root, new_root),
        (old, old, proof, old_root, old_root),
        (0, new, proof, merkle.EMPTY_ROOT, new_root),
        (new, old, proof, new_root, old_root),
    ):
        with pytest.raises(ProofError):
            merkle.verify_consistency(*wrong)


ROOT = TREE.root(5)
PROOF = TREE.inclusion_proof(2, 5)


@pytest.mark.parametrize(
    "wrong",
    [
        (HASHES[2], True, 5, PROOF, ROOT),
        (HASHES[2], 2.0, 5, PROOF, ROOT),
        (HASHES[2], "2", 5, PROOF, ROOT),
        (HASHES[2], -3, 5, PROOF, ROOT),
        (HASHES[2], 5, 5, PROOF, ROOT),
        (HASHES[2], 0, 0, [], ROOT),
        (HASHES[2], 2, None, PROOF, ROOT),
        (HASHES[2].hex(), 2, 5, PROOF, ROOT),
        (bytearray(HASHES[2]), 2, 5, PROOF, ROOT),
        (HASHES[2][:-1], 2, 5, PROOF, ROOT),
        (HASHES[2], 2, 5, None, ROOT),
        (HASHES[2], 2, 5, b"".join(PROOF), ROOT),
        (HASHES[2], 2, 5, [digest.hex() for digest in PROOF], ROOT),
        (HASHES[2], 2, 5, [digest + b"\0" for digest in PROOF], ROOT),
        (HASHES[2], 2, 5, PROOF, ROOT.hex()),
        (HASHES[2], 2, 5, PROOF, ROOT + b"\0"),
        (HASHES[2], 2, 5, PROOF, None),
    ],
)
def test_inclusion_of_the_wrong_type_or_length_is_refused(wrong):
    merkle.verify_inclusion(HASHES[2], 2, 5, PROOF, ROOT)
    with pytest.raises(ProofError):
        merkle.verify_inclusion(*wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        (True, 5, TREE.consistency_proof(1, 5), TREE.root(1), ROOT),
        (3, 5.0, TREE.consistency_proof(3, 5), TREE.root(3), ROOT),
        (3, 5, TREE.consistency_proof(3, 5), TREE.root(3).hex(), ROOT),
        (3, 5, TREE.consistency_proof(3, 5), TREE.root(3), None),
        (3, 5, None, TREE.root(3), ROOT),
        (3, 5, [None] * 4, TREE.root(3), ROOT),
        (5, 5, [], ROOT.hex(), ROOT.hex()),
        (5, 5, [], None, None),
        (5, 5, None, ROOT, ROOT),
    ],
)
def test_consistency_of_the_wrong_type_or_length_is_refused(wrong):
    with pytest.raises(ProofError):
        merkle.verify_consistency(*wrong)


@pytest.mark.parametrize(
    "ask",
    [
        lambda tree: tree.root(11),
        lambda tree: tree.root(-1),
        lambda tree: tree.inclusion_proof(10),
        lambda tree: tree.inclusion_proof(-1),
        lambda tree: tree.inclusion_proof(5, 5),
        lambda tree: tree.inclusion_proof(5, 11),
        lambda tree: tree.consistency_proof(0),
        lambda tree: tree.consistency_proof(11),
        lambda tree: tree.consistency_proof(6, 5),
        lambda tree: tree.node(1, 5),
        lambda tree: tree.node(4, 0),
        lambda tree: tree.node(-1, 0),
        lambda tree: tree.node(0, -1),
        lambda tree: tree.nodes(0, 5, 11),
        lambda tree: tree.nodes(9, 0, 1),
        lambda tree: tree.append(b"short"),
        lambda tree: tree.extend([HASHES[0], HASHES[1] + b"\0"]),
        lambda tree: tree.extend([HASHES[0].hex()]),
        lambda _: merkle.inclusion_proof(HASHES, 0, 301),
        lambda _: merkle.consistency_proof(HASHES, 1, -1),
    ],
)
def test_a_tree_refuses_what_it_does_not_hold(ask):
    tree = merkle.Tree(HASHES[:10])
    with pytest.raises(ProofError):
        ask(tree)
    assert len(tree) == 10
    assert tree.root() == mth(HASHES[:10])


def test_functions_over_lists_agree_with_the_tree():
    assert merkle.inclusion_proof(HASHES, 7) == TREE.inclusion_proof(7)
    assert merkle.inclusion_proof(HASHES, 7, 77) == TREE.inclusion_proof(7, 77)
    assert merkle.consistency_proof(HASHES, 7) == TREE.consistency_proof(7)
    assert merkle.consistency_proof(HASHES, 7, 77) == TREE.consistency_proof(7, 77)
    assert TREE.nodes(1, 2, 4) == TREE.node(1, 2) + TREE.node(1, 3)
    assert TREE.leaf(3) == HASHES[3]


def test_each_node_is_hashed_once(monkeypatch):
    made = []

    class Counting:
        def copy(self):
            made.append(1)
            return sha256(b"\x01")

    monkeypatch.setattr(merkle, "_NODE", Counting())
    tree = merkle.Tree(HASHES[:1])
    for end in (2, 3, 100, 101, 300):
        tree.extend(HASHES[len(tree) : end])
    assert len(made) == sum(300 >> level for level in range(1, 9))
    assert tree.root() == mth(HASHES)
