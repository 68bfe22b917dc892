from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, strategies as st

from opposable.ledger import note
from opposable.ledger.errors import NoteError

# C2SP signed-note, «Verifier keys», example.
SPEC_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
SPEC_NOTE = """\
This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
# C2SP signed-note, first page: a text with empty lines; the key is not published.
SPEC_POEM = """\
Ognuno sta solo sul cuor della terra
trafitto da un raggio di sole:

ed è subito sera.

— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=
"""
# golang.org/x/mod/sumdb/note, documentation: Ed25519 is deterministic, so the same key and text give the same note.
GO_SEED = b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
GO_VKEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
GO_NOTE = (
    GO_TEXT
    + "\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)

TEXT = "Procès-verbal\n\nRésolution 1 : adoptée.\n"
SIGNERS = [note.Signer(f"cabinet.example/{i}", Ed25519PrivateKey.generate()) for i in range(16)]
VERIFIERS = [signer.verifier for signer in SIGNERS]


def test_the_worked_example_of_the_specification():
    verifier = note.Verifier.parse(SPEC_VKEY)
    assert (verifier.name, verifier.key_type, verifier.key_id.hex()) == ("example.com/foo", 1, "530d903a")
    assert verifier.vkey() == SPEC_VKEY == note.vkey("example.com/foo", verifier.public_key)
    text, signed = note.open_note(SPEC_NOTE, [verifier])
    assert text == "This is an example message.\n"
    assert [(one.verifier, one.name, one.at) for one in signed] == [(verifier, "example.com/foo", None)]
    assert note.open_note(SPEC_NOTE.encode(), [verifier]) == (text, signed)


def test_the_text_ends_at_the_last_empty_line():
    text, signatures = note.split_note(SPEC_POEM)
    assert text.endswith("sole:\n\ned è subito sera.\n")
    assert [one.name for one in signatures] == ["quasimodo.example/salvatore"]
    with pytest.raises(NoteError, match="no signature of a known key"):
        note.open_note(SPEC_POEM, [note.Verifier.parse(SPEC_VKEY)])


def test_the_example_of_the_go_package():
    signer = note.Signer("PeterNeumann", Ed25519PrivateKey.from_private_bytes(GO_SEED))
    assert signer.vkey == GO_VKEY
    assert note.sign(GO_TEXT, [signer]) == GO_NOTE
    assert note.open_note(GO_NOTE, [note.Verifier.parse(GO_VKEY)])[0] == GO_TEXT


@pytest.mark.parametrize(
    "vkey",
    [
        "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
        "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",  # a plus in its base64
        "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",  # a witness
    ],
)
def test_keys_of_other_implementations_are_read_and_written_alike(vkey):
    assert note.Verifier.parse(vkey).vkey() == vkey


def test_every_part_and_every_change_of_a_key_is_refused():
    for start in range(len(GO_VKEY)):
        for end in range(start, len(GO_VKEY) + 1):
            if (start, end) != (0, len(GO_VKEY)):
                with pytest.raises(NoteError):
                    note.Verifier.parse(GO_VKEY[start:end])
        with pytest.raises(NoteError):
            note.Verifier.parse(GO_VKEY[:start] + chr(ord(GO_VKEY[start]) + 1) + GO_VKEY[start + 1 :])


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        GO_VKEY.replace("c74f20a3", "C74F20A3"),
        GO_VKEY + "\n",
        " " + GO_VKEY,
        "",
        "a",
        "a+530d903a",
        "a+530d903a+",
        "a+530d903a+é",
    ],
)
def test_malformed_keys_are_refused(vkey):
    with pytest.raises(NoteError):
        note.Verifier.parse(vkey)


@pytest.mark.parametrize(
    "name",
    ["", "a b", "a+b", "a\tb", "a\nb", "a\u00a0b", "a\u2003b", "a\u202fb", "a\u0085b", "a\x01b", "a\ud800"],
)
def test_names_that_cannot_stand_in_a_line_are_refused(name):
    with pytest.raises(NoteError):
        note.Signer(name, Ed25519PrivateKey.generate())


def test_a_type_or_key_that_is_not_understood_is_refused():
    for key_type, key in ((2, b"k" * 32), (6, b"k" * 32), (1, b"k" * 31), (4, b"k" * 33)):
        with pytest.raises(NoteError):
            note.Verifier("a", key_type, key)


def test_sixteen_signatures_open_and_the_order_is_kept():
    signed = note.sign(TEXT, SIGNERS)
    assert signed.count("\n— ") == 16
    text, verified = note.open_note(signed, VERIFIERS)
    assert text == TEXT
    assert [one.verifier for one in verified] == VERIFIERS


def test_unknown_signatures_are_ignored_wherever_they_stand():
    signed = note.sign(TEXT, SIGNERS[:5])
    for known in VERIFIERS[:5]:
        assert [one.verifier for one in note.open_note(signed, [known, VERIFIERS[9]])[1]] == [known]
    same_name = note.Signer(SIGNERS[0].name, Ed25519PrivateKey.generate()).verifier
    assert [one.verifier for one in note.open_note(signed, [same_name, VERIFIERS[1]])[1]] == [VERIFIERS[1]]
    with pytest.raises(NoteError, match="no signature of a known key"):
        note.open_note(signed, [same_name])
    with pytest.raises(NoteError, match="no signature of a known key"):
        note.open_note(signed, [])


def test_a_hundred_signatures_are_read_and_no_more():
    line = note.sign(TEXT, [SIGNERS[0]]).removeprefix(TEXT + "\n")
    others = [f"— x.example/{i} {b64encode(b'IDENTsignature').decode()}\n" for i in range(100)]
    full = TEXT + "\n" + "".join(others[:99]) + line
    assert len(note.open_note(full, VERIFIERS[:1])[1]) == 1
    with pytest.raises(NoteError, match="more than 100"):
        note.open_note(full + others[99], VERIFIERS[:1])


def test_a_wrong_signature_of_a_known_key_spoils_the_note():
    good, forged = note.sign(TEXT, SIGNERS[:2]), note.sign(TEXT + "ajout\n", [SIGNERS[1]])
    mixed = note.sign(TEXT, SIGNERS[:1]) + forged.rsplit("\n\n", 1)[1]
    assert note.open_note(mixed, VERIFIERS[:1])
    with pytest.raises(NoteError, match="does not verify"):
        note.open_note(mixed, VERIFIERS[:2])
    assert len(note.open_note(good, VERIFIERS[:2])[1]) == 2


def test_a_signature_counts_once():
    signed = note.sign(TEXT, SIGNERS[:1])
    twice = signed + signed.rsplit("\n\n", 1)[1]
    assert len(note.open_note(twice, [VERIFIERS[0], VERIFIERS[0]])[1]) == 1


def test_two_keys_of_one_name_and_id_are_refused():
    other = note.Verifier(VERIFIERS[0].name, note.ED25519, VERIFIERS[1].public_key)
    other.__dict__["key_id"] = VERIFIERS[0].key_id
    with pytest.raises(NoteError, match="share the name"):
        note.open_note(note.sign(TEXT, SIGNERS[:1]), [VERIFIERS[0], other])


GOOD = note.sign(TEXT, SIGNERS[:1])
LINE = GOOD.removeprefix(TEXT + "\n")


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        TEXT,
        TEXT + "\n",
        GOOD[:-1],
        GOOD + "\n",
        GOOD + " \n",
        GOOD.replace("— ", "- "),
        GOOD.replace("— ", "—"),
        GOOD.replace("— ", "—\u00a0"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("adoptée", "adoptée\t"),
        GOOD.replace("adoptée", "adoptée\x00"),
        GOOD.replace("adoptée", "adoptée\ud800"),
        TEXT + LINE,
        TEXT + "\n" + LINE.replace(SIGNERS[0].name + " ", SIGNERS[0].name + "  "),
        TEXT + "\n" + LINE.replace(SIGNERS[0].name + " ", SIGNERS[0].name),
        TEXT + "\n" + LINE.replace(SIGNERS[0].name, ""),
        TEXT + "\n" + LINE.replace("=", ""),
        TEXT + "\n" + LINE.replace("\n", "=\n"),
        TEXT + "\n" + LINE.replace("\n", " \n"),
        TEXT + "\n— x.example AAAAAA==\n" + LINE,
        TEXT + "\n— x.example \n" + LINE,
        TEXT + "\n— x.example\n" + LINE,
        TEXT + "\n— x.example AAAA*AAAA\n" + LINE,
        TEXT + "\n— x.example AAAAAAB=\n" + LINE,  # spare bits
        TEXT + "\n— x+y AAAAAAAA\n" + LINE,
        GOOD.encode() + b"\xff",
        GOOD.encode("latin-1", "ignore"),
        b"\xef\xbb\xbf" + GOOD.encode()[1:-1],
    ],
)
def test_malformed_notes_are_refused(malformed):
    assert note.open_note(GOOD, VERIFIERS)
    with pytest.raises(NoteError):
        note.open_note(malformed, VERIFIERS)


@given(st.data())
def test_no_bit_of_a_note_can_change(data):
    raw = bytearray(GOOD.encode())
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NoteError):
        note.open_note(bytes(raw), VERIFIERS)


TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=[chr(i) for i in range(32)])).map(
    lambda line: line + "\n"
)


@given(st.lists(TEXTS | st.just("\n") | st.just("— a AAAAAAA=\n"), min_size=1).map("".join))
def test_any_text_is_found_again(text):
    assert note.open_note(note.sign(text, SIGNERS[:2]), VERIFIERS)[0] == text


@pytest.mark.parametrize("text", ["", "no newline", "tab\t\n", "\x7f\r\n", "\ud800\n"])
def test_a_text_that_cannot_be_a_note_is_not_signed(text):
    with pytest.raises(NoteError):
        note.sign(text, SIGNERS[:1])


def test_a_note_without_signature_is_not_made():
    with pytest.raises(NoteError):
        note.sign(TEXT, [])


def test_a_function_may_sign_for_a_hardware_key():
    private = Ed25519PrivateKey.generate()
    signer = note.Signer("hsm.example", private.sign, private.public_key().public_bytes_raw())
    assert note.open_note(note.sign(TEXT, [signer]), [signer.verifier])[0] == TEXT
    with pytest.raises(NoteError, match="needs its public key"):
        note.Signer("hsm.example", private.sign)
    other = note.Signer("hsm.example", private.sign, VERIFIERS[0].public_key)
    with pytest.raises(NoteError, match="does not hold the private key"):
        note.sign(TEXT, [other])


def test_signatures_are_added_once():
    lines = [one.line() for one in note.split_note(note.sign(TEXT, SIGNERS[1:3]))[1]]
    added = note.add_signatures(GOOD, lines)
    assert added == note.sign(TEXT, SIGNERS[:3])
    assert note.add_signatures(added.encode(), [lines[0].removesuffix("\n")]) == added
    for bad in ("", "— x", "x.example AAAAAAAA", lines[0] + lines[1]):
        with pytest.raises(NoteError):
            note.add_signatures(GOOD, [bad])
