"""The log that we write, read by the packages of the Go checksum database: tiles, notes and proofs, in both directions."""

import json
import os
import random
import subprocess
from base64 import b64decode, b64encode
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from opposable.ledger import merkle, note, tiles
from opposable.ledger.checkpoint import Checkpoint
from tests.legs import GOPATH

LARGEST = 5_000
SIZES = 24
PROOFS = 400
ORIGIN = "cabinet.example/2026"
# The example of the Go package's documentation.
GO_SIGNER = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def hashes64(hashes):
    return [b64encode(digest).decode() for digest in hashes]


def hashes_of(texts):
    return [b64decode(text) for text in texts or []]


@pytest.fixture(scope="module")
def log(tmp_path_factory):
    """A log grown in random steps up to 5,000 leaves, with the checkpoint of each step signed."""
    folder = tmp_path_factory.mktemp("log")
    chance = random.Random(2026)
    signer = note.Signer(ORIGIN, Ed25519PrivateKey.generate())
    sizes = sorted({1, 255, 256, 257, LARGEST, *(chance.randrange(2, LARGEST) for _ in range(SIZES))})
    entries = [chance.randbytes(chance.choice([0, 1, 32, 32, 32, 700])) for _ in range(LARGEST)]
    roots, notes, old = {}, [], 0
    for size in sizes:
        new, roots[size], files = tiles.extend(lambda path: (folder / path).read_bytes(), old, entries[old:size])
        assert new == size
        for path, data in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        notes.append(note.sign(Checkpoint(ORIGIN, size, roots[size]).text(), [signer]))
        old = size
    return folder, chance, signer, entries, sizes, roots, notes


def job_of(log):
    _folder, chance, signer, entries, sizes, _roots, notes = log
    tree = merkle.Tree(merkle.leaf_hashes(entries))
    inclusion, consistency = [], []
    for _ in range(PROOFS):
        size = chance.choice(sizes)
        index = chance.randrange(size)
        inclusion.append({"Size": size, "Index": index, "Proof": hashes64(tree.inclusion_proof(index, size))})
        old, new = sorted(chance.choices(sizes, k=2))
        consistency.append({"Old": old, "New": new, "Proof": hashes64(tree.consistency_proof(old, new))})
    return {
        "Vkey": signer.vkey,
        "Checkpoints": notes,
        "Inclusion": inclusion,
        "Consistency": consistency,
        "SignerKey": GO_SIGNER,
        "Text": "Fait à Paris,\n\nle 29 mars 2026.\n",
    }


@pytest.fixture(scope="module")
def program(leg, tmp_path_factory):
    leg("go")
    built = tmp_path_factory.mktemp("go") / "gosumdb"
    env = os.environ | {"GO111MODULE": "off", "GOPATH": str(GOPATH), "GOFLAGS": "", "GOPROXY": "off"}
    env.setdefault("GOCACHE", str(built.parent / "cache"))
    source = Path(__file__).parent / "gosumdb" / "main.go"
    done = subprocess.run(
        ["go", "build", "-o", built, source], check=False, env=env, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return built


def run(program, folder, job):
    done = subprocess.run(
        [program, folder], check=False, input=json.dumps(job), capture_output=True, text=True, timeout=120
    )
    return done.returncode, done.stderr, done.stdout


def test_go_reads_our_log_and_we_read_its_proofs(program, log):
    folder, _chance, _signer, entries, sizes, roots, _notes = log
    job = job_of(log)
    code, errors, output = run(program, folder, job)
    assert code == 0, errors
    result = json.loads(output)
    assert result["Leaves"] == sum(sizes)
    assert len(result["Inclusion"]) == len(result["Consistency"]) == PROOFS
    for made, ours in zip(result["Inclusion"], job["Inclusion"], strict=True):
        assert (made["Proof"] or []) == ours["Proof"]
        leaf = merkle.leaf_hash(entries[made["Index"]])
        merkle.verify_inclusion(leaf, made["Index"], made["Size"], hashes_of(made["Proof"]), roots[made["Size"]])
    for made in result["Consistency"]:
        old, new = made["Old"], made["New"]
        merkle.verify_consistency(old, new, hashes_of(made["Proof"]), roots[old], roots[new])
    text, signed = note.open_note(result["Note"], [note.Verifier.parse(GO_VERIFIER)])
    assert text == job["Text"]
    assert [one.name for one in signed] == ["PeterNeumann"]


def flip_tile(folder, job):
    path = next(path for path in sorted((folder / "tile/0").rglob("*")) if path.is_file())
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def flip_entry(folder, job):
    path = folder / tiles.entries_path(0)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(bytes(data))


def wrong_index(folder, job):
    case = next(case for case in job["Inclusion"] if case["Index"])
    case["Index"] -= 1


def shortened(folder, job):
    next(case for case in job["Consistency"] if case["Proof"])["Proof"].pop()


@pytest.mark.parametrize("damage", [flip_tile, flip_entry, wrong_index, shortened])
def test_go_refuses_what_is_damaged(program, log, tmp_path, damage):
    folder, job = tmp_path / "log", job_of(log)
    subprocess.run(["cp", "-r", log[0], folder], check=True)
    damage(folder, job)
    code, errors, _ = run(program, folder, job)
    assert code == 1
    assert errors
