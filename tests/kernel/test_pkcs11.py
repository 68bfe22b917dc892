"""Log keys in a PKCS#11 token: SoftHSM2 stands for the hardware."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from opposable.kernel.keys import KeyFault, Keyring, create_signer, open_signer
from opposable.ledger import note

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
ORIGIN = "exemple.fr/2026"
ENV = {"OPPOSABLE_PIN": "123456"}


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory, leg: Callable[[str], None]) -> Iterator[str]:
    """The label of a fresh token; one a module, because a PKCS#11 library reads its configuration once a process."""
    leg("pkcs11")
    home = tmp_path_factory.mktemp("softhsm")
    (home / "tokens").mkdir()
    (home / "softhsm2.conf").write_text(f"directories.tokendir = {home}/tokens\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(home / "softhsm2.conf"))
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", "opposable", "--pin", "123456", "--so-pin", "1234"],
            check=True,
            capture_output=True,
        )
        yield "opposable"


def setting(token: str, label: str = "log", module: str = MODULE) -> str:
    return f"pkcs11:module={module};token={token};label={label};pin-env=OPPOSABLE_PIN"


def test_a_key_is_made_in_the_token_and_signs(token: str, tmp_path: Path) -> None:
    made = create_signer(setting(token, "made"), ORIGIN, tmp_path, ENV)
    assert len(made.public_key) == 32
    Ed25519PublicKey.from_public_bytes(made.public_key).verify(made.sign(b"checkpoint"), b"checkpoint")
    again = open_signer(setting(token, "made"), ORIGIN, tmp_path, ENV)
    assert again.public_key == made.public_key
    assert create_signer(setting(token, "made"), ORIGIN, tmp_path, ENV).public_key == made.public_key
    assert list(tmp_path.iterdir()) == []  # nothing of it outside the token


def test_a_note_signed_in_the_token_is_an_ordinary_note(token: str, tmp_path: Path) -> None:
    signer = create_signer(setting(token, "notes"), ORIGIN, tmp_path, ENV)
    signed = note.sign(f"{ORIGIN}\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", [signer])
    verifier = note.Verifier.parse(note.vkey(ORIGIN, signer.public_key))
    assert [who.name for who in note.open_note(signed, [verifier])[1]] == [ORIGIN]


def test_another_process_finds_the_same_key(token: str, tmp_path: Path) -> None:
    made = create_signer(setting(token, "shared"), ORIGIN, tmp_path, ENV)
    code = (
        "from pathlib import Path; from opposable.kernel.keys import open_signer; "
        f"print(open_signer({setting(token, 'shared')!r}, 'x', Path('.'), {ENV!r}).public_key.hex())"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120)
    assert said.stdout.strip() == made.public_key.hex()


def test_a_rotation_from_a_file_to_a_token_and_to_a_second_key_of_it(token: str, tmp_path: Path) -> None:
    env = {**ENV, "OPPOSABLE_PASSPHRASE": "a phrase as long as it takes to need no stretching"}
    ring = Keyring(tmp_path, ORIGIN, env)
    first = ring.create()
    second = ring.rotate(setting(token, "log-2"))
    in_token, in_file = ring.signers()
    assert [note.vkey(ORIGIN, each.public_key) for each in (in_file, in_token)] == ring.vkeys()
    ring.retire(first.id)
    third = ring.rotate(setting(token, "log-3"))
    assert len({signer.sign(b"c") for signer in ring.signers()}) == 2
    ring.retire(second.id)
    assert ring.vkeys() == [first.vkey, second.vkey, third.vkey]
    assert [entry.id for entry in ring.active()] == [third.id]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"token": "elsewhere"}, "ne répond pas"),
        ({"label": "never-made"}, "pas de clé"),
        ({"module": "/nowhere.so"}, "ne répond pas"),
    ],
)
def test_what_is_not_there_is_said_in_a_sentence(token: str, tmp_path: Path, change: dict[str, str], said: str) -> None:
    with pytest.raises(KeyFault, match=said):
        open_signer(setting(**{"token": token, **change}), ORIGIN, tmp_path, ENV)


def test_a_missing_pin_names_its_variable(token: str, tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="OPPOSABLE_PIN"):
        open_signer(setting("another"), ORIGIN, tmp_path, {})


def test_a_wrong_pin_is_a_fault_and_not_a_crash(token: str, tmp_path: Path) -> None:
    """In a process of its own: this one is logged in already."""
    code = (
        "from pathlib import Path; from opposable.kernel.keys import open_signer, KeyFault\n"
        f"try: open_signer({setting(token)!r}, 'x', Path('.'), {{'OPPOSABLE_PIN': '999999'}})\n"
        "except KeyFault as fault: print(fault.text.en)"
    )
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120)
    assert "PinIncorrect" in said.stdout
