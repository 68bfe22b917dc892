"""docs/how-to/verify-a-bundle-with-openssl.md, block by block, on real bundles: as a stranger would, good and forged."""

import re
import shutil
import socket
import sys

import pytest

from opposable.ledger import assets
from opposable.ledger.bundle.writer import write_files
from tests.bad import case
from tests.bad.cheats import CHEATS
from tests.bad.tsa import tsa
from tests.docs.page import ROOT, blocks, pairs, shows

PAGE = "how-to/verify-a-bundle-with-openssl.md"
NEXT = "--- next ---"
CHOICE = "n=$(ls acts | sort -n | tail -1)"


@pytest.fixture
def stranger(shell, leg):
    """A folder with what the stranger got by another way: a policy, and the authority's root."""
    leg("openssl")
    if not shutil.which("unzip"):
        shell.stand_in("unzip", f'test "$1" = -q && test "$3" = -d && {sys.executable} -m zipfile -e "$2" "$4"')
    (shell.folder / "policy").write_text(case.trusted_policy())
    (shell.folder / "tsa.pem").write_bytes(tsa().root)
    return shell


def answers(shell, *, act="", by_hand=False):
    """What each shell block says: all in one shell, as in one terminal. ``act``: the one to check, in place of the last.

    ``by_hand``: without the script of the bundle, and past what fails, as somebody would who wants to see it all.
    """
    commands = [block.text for block in blocks(PAGE, "sh")]
    script = f"\necho '{NEXT}'\n".join(commands)
    assert CHOICE in script
    options = "set +e\n" if by_hand else ""
    script = script.replace("sh VERIFY.sh", ": sh VERIFY.sh") if by_hand else script
    said = shell.run(options + (script.replace(CHOICE, f"n={act}") if act else script)).split(f"{NEXT}\n")
    assert len(said) == len(commands)
    return said


def wrong(said):
    """The answers that are not the ones that the page shows, by the line of the page."""
    shown = [after for _, after in pairs(PAGE)]
    found = [
        (after, answer) for after, answer in zip(shown, said, strict=True) if after and not right(after.text, answer)
    ]
    return [(after.line, answer) for after, answer in found]


def right(shown, answer):
    """``KEY`` twice: the same key twice, whatever it is."""
    if shown.split() == ["KEY", "KEY"]:
        return len(answer.split()) == 2 and len(set(answer.split())) == 1
    return bool(shows(shown, answer))


WITNESS = "cabinet.example/temoin"
REAL = """
opposable init --origin arsenal.example/2026 --draw-passphrase
LOG=$(opposable key vkey)
opposable witness --home witness --name {name} --log "$LOG" --check >/dev/null
VKEY=$(sed -n 's/^vkey = "\\(.*\\)"/\\1/p' witness/witness.toml | head -1)
printf '\\n[[witnesses]]\\nurl = "http://127.0.0.1:{port}"\\nvkey = "%s"\\n' "$VKEY" >> "$OPPOSABLE_HOME/opposable.toml"
printf 'log %s\\nwitness w1 %s\\nquorum w1\\n' "$LOG" "$VKEY" > policy
"""
ACTS = """
OPPOSABLE_PASSWORD='un mot de passe long' opposable account create claire@arsenal.example "Claire Roy"
opposable account grant claire@arsenal.example assembly.secretary /
opposable bundle 1 --out before.asice
opposable account grant claire@arsenal.example assembly.auditor /
opposable bundle 2 --out case.asice
cp "$OPPOSABLE_HOME/tsa/ca.pem" tsa.pem
"""


@pytest.mark.slow
def test_a_bundle_of_a_real_installation_says_it_too(stranger):
    """Sealed, cosigned by a witness of its own, dated, and written by `opposable bundle`."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    stranger.environ["OPPOSABLE_HOME"] = f"{stranger.folder}/home"
    stranger.run(REAL.format(name=WITNESS, port=port))
    running = stranger.start(f"exec opposable witness --home witness --port {port}")
    assert any(line.startswith("serves") for line in running.stdout)
    stranger.run(ACTS)
    assert wrong(answers(stranger)) == []


@pytest.mark.parametrize("act", ["", "6"])
def test_every_check_by_hand_says_what_the_page_shows(stranger, act):
    case.good_bundle(stranger.folder / "case.asice")
    said = answers(stranger, act=act)
    assert wrong(said) == []
    if act == "6":
        assert any("form: belongs to the act" in answer for answer in said)


FORGED = [
    ("part_edited", "6", "form: belongs to the act"),
    ("act_edited", "5", "act 5 is number 5 of 14 in the log"),
    ("proof_hash_changed", "4", "act 4 is number 4 of 14 in the log"),
    ("proof_shortened", "4", "act 4 is number 4 of 14 in the log"),
    ("root_replaced", "4", "Signature Verified Successfully\n--- next ---\n"),
    ("token_of_a_stranger", "4", "Verification: OK\nTime stamp: Jun  1 12:00:00 2027 GMT"),
    ("token_over_something_else", "4", "Verification: OK\nTime stamp: Jun  1 12:00:00 2027 GMT"),
    ("earlier_token_renamed", "4", "names the time-stamp"),
    ("witness_forged", "4", "Signature Verified Successfully\nTue"),
]


@pytest.mark.parametrize(("cheat", "act", "sentence"), FORGED, ids=[name for name, *_ in FORGED])
def test_a_forged_bundle_does_not_say_it(stranger, cheat, act, sentence):
    make = next(one.make for one in CHEATS if one.name == cheat)
    said = []
    for files in (case.close(case.good_files()), make()):
        write_files(files, stranger.folder / "case.asice")
        shutil.rmtree(stranger.folder / "case", ignore_errors=True)
        said.append(f"{NEXT}\n".join(answers(stranger, act=act, by_hand=True)))
    assert sentence in said[0]
    assert sentence not in said[1]


def test_a_file_that_was_changed_is_named(stranger):
    files = case.close(case.good_files())
    write_files(files | {"README.txt": b"other"}, stranger.folder / "case.asice")
    assert "README.txt differs" in answers(stranger, by_hand=True)[-1]


def test_the_french_page_has_the_same_commands():
    without_comments = [
        [re.sub(r" +# .*", "", block.text) for block in blocks(page, "sh", "text")]
        for page in (PAGE, PAGE.replace(".md", ".fr.md"))
    ]
    assert without_comments[0] == without_comments[1]


def test_the_script_of_the_bundle_is_the_one_of_the_sources():
    assert case.good_files()["VERIFY.sh"] == assets.verify_sh()
    assert (ROOT / "src/opposable/ledger/assets/VERIFY.sh").read_bytes() == assets.verify_sh()
