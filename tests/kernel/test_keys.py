"""Log keys: encrypted files that refuse to be read by others, and a history that only grows."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from opposable.kernel.keys import (
    KeyFault,
    Keyring,
    create_file_key,
    draw_passphrase,
    find_passphrase,
    load_file_key,
    open_signer,
    pkcs8,
)
from opposable.kernel.keys.command import run
from opposable.ledger import note

ORIGIN = "exemple.fr/2026"
PHRASE = "correct horse battery staple and a pinch of salt"
ENV: Mapping[str, str] = {"OPPOSABLE_PASSPHRASE": PHRASE}
DAY = datetime(2026, 3, 30, 8, tzinfo=UTC)


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    made = Keyring(tmp_path, ORIGIN, ENV)
    made.create(at=DAY)
    return made


def verifies(vkey: str, signature: bytes, data: bytes) -> None:
    import base64

    raw = base64.b64decode(vkey.split("+", 2)[2])
    assert raw[0] == 1
    Ed25519PublicKey.from_public_bytes(raw[1:]).verify(signature, data)


# ------------------------------------------------------------------------------------------ key files


def test_a_key_file_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    path = tmp_path / "keys/log.key"
    key = create_file_key(path, b"short")
    assert load_file_key(path, b"short").private_bytes_raw() == key.private_bytes_raw()
    assert key.private_bytes_raw() not in path.read_bytes()
    with pytest.raises(KeyFault, match="phrase de passe"):
        load_file_key(path, b"wrong")
    with pytest.raises(FileExistsError):
        create_file_key(path, b"short")


@pytest.mark.parametrize(("phrase", "rounds"), [("short", pkcs8.ROUNDS), (PHRASE, pkcs8.ROUNDS_LONG)])
def test_openssl_reads_the_key_file_and_sees_the_stretching(tmp_path: Path, phrase: str, rounds: int) -> None:
    path = tmp_path / "log.key"
    key = create_file_key(path, phrase.encode())
    read = subprocess.run(
        ["openssl", "pkey", "-in", path, "-passin", f"pass:{phrase}", "-pubout", "-outform", "DER"],
        capture_output=True,
        check=True,
    )
    assert read.stdout[-32:] == key.public_key().public_bytes_raw()
    listed = subprocess.run(["openssl", "asn1parse", "-in", path], capture_output=True, check=True, text=True).stdout
    assert "PBES2" in listed
    assert "hmacWithSHA256" in listed
    assert f":{rounds:X}" in listed.replace(":0800", ":800").replace(":0927C0", ":927C0")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666, 0o610])
def test_a_key_file_open_to_others_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "log.key"
    create_file_key(path, PHRASE.encode())
    path.chmod(mode)
    with pytest.raises(KeyFault) as caught:
        load_file_key(path, PHRASE.encode())
    assert f"chmod 600 {path}" in caught.value.text.fr
    assert f"chmod 600 {path}" in caught.value.text.en
    assert f"{mode:04o}" in str(caught.value)


def test_what_is_not_an_encrypted_ed25519_key_is_refused(tmp_path: Path) -> None:
    clear, other = tmp_path / "clear.key", tmp_path / "other.key"
    clear.write_bytes(Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    other.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")
        )
    )
    (tmp_path / "junk.key").write_bytes(b"junk")
    for path in tmp_path.iterdir():
        path.chmod(0o600)
    with pytest.raises(KeyFault, match="pas chiffrée"):
        load_file_key(clear, b"x")
    with pytest.raises(KeyFault, match="Ed25519"):
        load_file_key(other, b"x")
    with pytest.raises(KeyFault, match="ne s’ouvre pas"):
        load_file_key(tmp_path / "junk.key", b"x")
    with pytest.raises(KeyFault, match="manque"):
        load_file_key(tmp_path / "absent.key", b"x")
    with pytest.raises(KeyFault, match="pas un fichier"):
        load_file_key(tmp_path, b"x")


# ------------------------------------------------------------------------------------------ passphrase


def test_the_passphrase_comes_from_the_first_source_that_has_one(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    both = {"CREDENTIALS_DIRECTORY": str(credentials), "OPPOSABLE_PASSPHRASE": "from the environment"}
    with pytest.raises(KeyFault, match="OPPOSABLE_PASSPHRASE"):
        find_passphrase(tmp_path, {})
    drawn = draw_passphrase(tmp_path)
    from_file = find_passphrase(tmp_path, {})
    assert len(from_file) == 43
    assert find_passphrase(tmp_path, both) == b"from the environment"
    (credentials / "opposable").write_text("from systemd\n")
    assert find_passphrase(tmp_path, both) == b"from systemd"
    assert draw_passphrase(tmp_path) == drawn
    assert find_passphrase(tmp_path, {}) == from_file


def test_the_passphrase_file_says_what_it_is_and_stays_private(tmp_path: Path) -> None:
    path = draw_passphrase(tmp_path)
    text = path.read_text()
    assert "démonstration" in text
    assert "demonstration" in text
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    with pytest.raises(KeyFault, match="chmod 600"):
        find_passphrase(tmp_path, {})


# ------------------------------------------------------------------------------------------ settings


@pytest.mark.parametrize("setting", ["", "keys/log.key", "file:", "http://x", "pkcs11:", "pkcs11:module=/x;token=y"])
def test_a_setting_that_is_not_understood_is_refused(tmp_path: Path, setting: str) -> None:
    with pytest.raises(KeyFault):
        open_signer(setting, ORIGIN, tmp_path, ENV)


# ------------------------------------------------------------------------------------------ the ring


def test_the_first_key_signs_and_is_in_the_history(ring: Keyring) -> None:
    (signer,) = ring.signers()
    (entry,) = ring.entries()
    assert signer.name == entry.name == ORIGIN
    assert entry.vkey == note.vkey(ORIGIN, signer.public_key)
    assert entry.since == DAY
    verifies(entry.vkey, signer.sign(b"checkpoint"), b"checkpoint")
    with pytest.raises(KeyFault, match="rotation"):
        ring.create()


def test_a_ring_without_history_never_makes_a_key_by_itself(tmp_path: Path) -> None:
    with pytest.raises(KeyFault, match="restaurez"):
        Keyring(tmp_path, ORIGIN, ENV).signers()
    assert list(tmp_path.iterdir()) == []


def test_rotation_overlaps_then_retires_and_forgets_nothing_public(ring: Keyring) -> None:
    (old,) = ring.entries()
    new = ring.rotate(at=DAY.replace(day=31))
    assert new.setting == "file:keys/log-2.key"
    first, second = ring.signers()  # newest first; both sign during the overlap
    verifies(new.vkey, first.sign(b"c"), b"c")
    verifies(old.vkey, second.sign(b"c"), b"c")
    with pytest.raises(KeyFault, match="rotation"):
        ring.rotate()

    retired = ring.retire(old.id, at=DAY.replace(month=4))
    assert retired.until == DAY.replace(month=4)
    (signer,) = ring.signers()
    assert note.vkey(ORIGIN, signer.public_key) == new.vkey
    assert ring.vkeys() == [old.vkey, new.vkey]
    assert not (ring.home / "keys/log.key").exists()
    assert ring.retire(old.id) == retired  # again: harmless
    with pytest.raises(KeyFault, match="seule en service"):
        ring.retire(new.id)
    with pytest.raises(KeyFault, match="pas de clé"):
        ring.retire("00000000")


def test_a_crash_between_the_new_key_and_the_history_is_taken_up_again(ring: Keyring) -> None:
    before = (ring.home / "keys/history.json").read_bytes()
    new = ring.rotate()
    (ring.home / "keys/history.json").write_bytes(before)  # as if killed after the key file was written
    assert ring.rotate().vkey == new.vkey


def test_a_crash_between_the_history_and_the_destruction_is_finished_by_a_second_call(ring: Keyring) -> None:
    kept = (ring.home / "keys/log.key").read_bytes()
    (old,) = ring.entries()
    ring.rotate()
    ring.retire(old.id)
    (ring.home / "keys/log.key").write_bytes(kept)  # as if killed before the file was destroyed
    ring.retire(old.id)
    assert not (ring.home / "keys/log.key").exists()


def test_two_logs_may_share_a_key_file_and_one_does_not_take_it_from_the_other(ring: Keyring) -> None:
    """A log a year: the next origin may begin with the key of the present one."""
    following = Keyring(ring.home, "exemple.fr/2027", ENV)
    entry = following.create()
    (signer,) = following.signers()
    assert signer.public_key == ring.signers()[0].public_key
    assert entry.id != ring.entries()[0].id
    ring.rotate()
    ring.retire(ring.entries()[0].id)
    assert following.signers()[0].public_key == signer.public_key
    assert [item.name for item in ring.entries()] == [ORIGIN, ORIGIN]


def test_a_private_key_swapped_behind_the_history_is_refused(ring: Keyring) -> None:
    (ring.home / "keys/log.key").unlink()
    create_file_key(ring.home / "keys/log.key", PHRASE.encode())
    with pytest.raises(KeyFault, match="historique"):
        ring.signers()


def test_the_history_holds_no_secret(ring: Keyring) -> None:
    data = json.loads((ring.home / "keys/history.json").read_text())
    assert [set(item) for item in data] == [{"vkey", "setting", "since", "until"}]
    modes = {path.name: path.stat().st_mode & 0o777 for path in (ring.home / "keys").iterdir()}
    assert modes == {"history.json": 0o644, "log.key": 0o600}
    assert (ring.home / "keys").stat().st_mode & 0o777 == 0o700


def test_the_passphrase_changes_and_an_interrupted_change_is_finished(ring: Keyring) -> None:
    ring.rotate()
    before = {signer.public_key for signer in ring.signers()}
    first = (ring.home / "keys/log.key").read_bytes()
    assert ring.change_passphrase(b"another") == ["file:keys/log-2.key", "file:keys/log.key"]
    (ring.home / "keys/log.key").write_bytes(first)  # as if interrupted between the two files
    ring.change_passphrase(b"another")
    with pytest.raises(KeyFault, match="phrase de passe"):
        ring.signers()
    changed = Keyring(ring.home, ORIGIN, {"OPPOSABLE_PASSPHRASE": "another"})
    assert {signer.public_key for signer in changed.signers()} == before
    with pytest.raises(KeyFault, match="phrase de passe"):
        ring.change_passphrase(b"a third")  # the old phrase no longer opens them
    assert (ring.home / "keys/log.key").stat().st_mode & 0o777 == 0o600


# ------------------------------------------------------------------------------------------ the command


def test_the_command_rotates_and_retires(
    ring: Keyring, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (ring.home / "opposable.toml").write_text(f'origin = "{ORIGIN}"\n')
    monkeypatch.setenv("OPPOSABLE_HOME", str(ring.home))
    monkeypatch.setenv("OPPOSABLE_PASSPHRASE", PHRASE)

    def said(*arguments: str) -> str:
        assert run(list(arguments)) == 0
        return capsys.readouterr().out

    (old,) = ring.vkeys()
    assert said("vkey") == f"{old}\n"
    new = said("rotate").split("\n")[0]
    assert said("vkey") == f"{new}\n"
    assert [item["vkey"] for item in json.loads(said("list", "--json"))] == [old, new]
    assert said("list").count("signs") == 2
    assert old.split("+")[1] in said("retire")
    listed = said("list")
    assert "retired" in listed
    assert listed.count("signs") == 1
    with pytest.raises(KeyFault, match="OPPOSABLE_NEW_PASSPHRASE"):
        run(["passphrase"])
    monkeypatch.setenv("OPPOSABLE_NEW_PASSPHRASE", "a new one")
    assert "file:keys/log-2.key" in said("passphrase")
    monkeypatch.setenv("OPPOSABLE_PASSPHRASE", "a new one")
    assert "Both keys sign" in said("rotate")
