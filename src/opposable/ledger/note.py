"""Signed notes (C2SP signed-note v1.0.0): a text, an empty line, and signature lines by named Ed25519 keys.

    — <key name> base64(key ID ‖ signature)          key ID = SHA-256(name ‖ LF ‖ type ‖ public key)[:4]
    <key name>+<key ID, 8 hex digits>+base64(type ‖ public key)                            a verifier key, or vkey

Two signature types are understood: 0x01, Ed25519 over the text, and 0x04, the time-stamped cosignature of a witness
(C2SP tlog-cosignature). Signatures of other keys are ignored, which is what lets keys change and witnesses join; a
signature of a known key that does not verify spoils the whole note.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Final, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from opposable.ledger.errors import NoteError

ED25519: Final = 0x01
COSIGNATURE: Final = 0x04
MAX_SIGNATURES: Final = 100
"""Signature lines accepted in one note (the specification asks for 16 at least)."""
MAX_TIMESTAMP: Final = 2**63 - 1

_DASH: Final = "— "
_KEY_SIZE: Final = 32
_SIGNATURE_SIZE: Final = 64
_TIME_SIZE: Final = 8
_KEY_ID: Final = re.compile(r"[0-9a-f]{8}")
_CONTROL: Final = re.compile(r"[\x00-\x09\x0b-\x1f]")


class SigningKey(Protocol):
    """Whoever can sign notes: `Signer`, or the key of a hardware module."""

    @property
    def name(self) -> str: ...

    @property
    def public_key(self) -> bytes: ...

    def sign(self, data: bytes, /) -> bytes: ...


# --- keys ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Verifier:
    """A public key as verifiers hold it: name, signature type (0x01 or 0x04), 32-byte Ed25519 key."""

    name: str
    key_type: int
    public_key: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.key_type not in (ED25519, COSIGNATURE):
            raise NoteError(f"signature type 0x{self.key_type:02x} of key {self.name} is not supported")
        if len(self.public_key) != _KEY_SIZE:
            raise NoteError(f"the Ed25519 public key of {self.name} is not 32 bytes")

    @classmethod
    def parse(cls, vkey: str) -> Verifier:
        """The key of a vkey; `NoteError` when it is malformed or its key ID is not the one of the key."""
        name, plus, rest = vkey.partition("+")
        key_id, second, encoded = rest.partition("+")
        if not plus or not second:
            raise NoteError("a verifier key has three parts: name+ID+key")
        material = decode64(encoded)
        if not material:
            raise NoteError("a verifier key without key")
        verifier = cls(name, material[0], material[1:])
        if not _KEY_ID.fullmatch(key_id) or verifier.key_id.hex() != key_id:
            raise NoteError(f"the key ID {key_id} of {name} is not that of its key")
        return verifier

    @cached_property
    def key_id(self) -> bytes:
        """4 bytes that find the key; not a fingerprint to trust."""
        return sha256(self.name.encode() + b"\n" + bytes([self.key_type]) + self.public_key).digest()[:4]

    @cached_property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public_key)

    def vkey(self) -> str:
        """The text form that `parse` reads."""
        return f"{self.name}+{self.key_id.hex()}+{encode64(bytes([self.key_type]) + self.public_key)}"

    def verify(self, text: str, signature: bytes) -> int | None:
        """Check a signature (without key ID) over the text; the POSIX seconds of a cosignature, None for type 0x01.

        Raises `NoteError` when it does not verify.
        """
        at, message, raw = None, text.encode(), signature
        if self.key_type == COSIGNATURE:
            at, raw = split_timestamp(signature)
            message = cosigned_message(text, at)
        try:
            self._key.verify(raw, message)
        except InvalidSignature as error:
            raise NoteError(f"the signature of {self.name} does not verify") from error
        return at


class Signer:
    """A named key that signs notes: an Ed25519 private key, or a function that signs bytes (a hardware module).

    A function needs `public_key`, 32 bytes, and each of its signatures is checked: a module that holds another key
    would otherwise make notes that nobody accepts.
    """

    def __init__(
        self, name: str, key: Ed25519PrivateKey | Callable[[bytes], bytes], public_key: bytes | None = None
    ) -> None:
        self._sign: Callable[[bytes], bytes]
        if isinstance(key, Ed25519PrivateKey):
            self._sign, public_key = key.sign, key.public_key().public_bytes_raw()
        elif public_key is None:
            raise NoteError("a signing function needs its public key")
        else:
            self._sign = _checked(key, public_key)
        self.name = name
        self.public_key = public_key
        self.verifier = Verifier(name, ED25519, public_key)

    @property
    def vkey(self) -> str:
        return self.verifier.vkey()

    def sign(self, data: bytes, /) -> bytes:
        """64 bytes of Ed25519 signature over `data`."""
        return self._sign(data)


def vkey(name: str, public_key: bytes, key_type: int = ED25519) -> str:
    """The verifier key of a name and a 32-byte Ed25519 public key."""
    return Verifier(name, key_type, public_key).vkey()


def _checked(sign: Callable[[bytes], bytes], public_key: bytes) -> Callable[[bytes], bytes]:
    def checked(data: bytes) -> bytes:
        signature = sign(data)
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, data)
        except InvalidSignature as error:
            raise NoteError("the signing function does not hold the private key of its public key") from error
        return signature

    return checked


# --- notes -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Signature:
    """One signature line: who (name and key ID, both claims until verified) and the bytes after the key ID."""

    name: str
    key_id: bytes
    data: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {encode64(self.key_id + self.data)}\n"


@dataclass(frozen=True)
class Verified:
    """A signature that a known key made; `at` are the POSIX seconds a witness stated, None for other signatures."""

    verifier: Verifier
    at: int | None

    @property
    def name(self) -> str:
        return self.verifier.name


def sign(text: str, signers: Iterable[SigningKey]) -> str:
    """The note of `text` with one 0x01 signature of each signer, in their order."""
    check_text(text)
    lines = [_sign_line(text, signer) for signer in signers]
    if not lines:
        raise NoteError("a note needs a signature")
    return text + "\n" + "".join(lines)


def _sign_line(text: str, signer: SigningKey) -> str:
    verifier = Verifier(signer.name, ED25519, signer.public_key)
    return Signature(signer.name, verifier.key_id, signer.sign(text.encode())).line()


def split_note(note: str | bytes) -> tuple[str, list[Signature]]:
    """Text and signatures of a well-formed note, nothing verified: the text MUST NOT be trusted.

    Raises `NoteError` for a malformed note. Give bytes as they were received: a file opened as text may have had its
    newlines rewritten.
    """
    note = as_text(note)
    end = note.rfind("\n\n")
    if end < 0:
        raise NoteError("not a signed note: no empty line before the signatures")
    text, block = note[: end + 1], note[end + 2 :]
    if not block.endswith("\n"):
        raise NoteError("not a signed note: it does not end with a signature line")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise NoteError(f"more than {MAX_SIGNATURES} signatures")
    return text, [parse_signature(line) for line in lines]


def parse_signature(line: str) -> Signature:
    """A signature line without its newline."""
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise NoteError("a signature line is not «— name signature»")
    check_name(name)
    data = decode64(encoded)
    if len(data) < 5:
        raise NoteError(f"the signature line of {name} holds no signature")
    return Signature(name, data[:4], data[4:])


def open_note(note: str | bytes, verifiers: Iterable[Verifier]) -> tuple[str, list[Verified]]:
    """The text and who of `verifiers` signed it, once each, in the order of the note.

    Raises `NoteError` when the note is malformed, when a signature of a known key does not verify, or when none of
    the known keys signed. Duplicate and unknown signatures add nothing.
    """
    known = _by_identity(verifiers)
    text, signatures = split_note(note)
    found: dict[Verifier, Verified] = {}
    for signature in signatures:
        verifier = known.get((signature.name, signature.key_id))
        if verifier is not None:
            at = verifier.verify(text, signature.data)
            found.setdefault(verifier, Verified(verifier, at))
    if not found:
        raise NoteError("no signature of a known key")
    return text, list(found.values())


def _by_identity(verifiers: Iterable[Verifier]) -> dict[tuple[str, bytes], Verifier]:
    known: dict[tuple[str, bytes], Verifier] = {}
    for verifier in verifiers:
        if known.setdefault((verifier.name, verifier.key_id), verifier) != verifier:
            raise NoteError(f"two keys share the name {verifier.name} and the key ID {verifier.key_id.hex()}")
    return known


def add_signatures(note: str | bytes, lines: Sequence[str]) -> str:
    """The note with further signature lines, such as the cosignatures of witnesses; lines already there are left out.

    Only the form is checked: open the result with the keys that you trust.
    """
    text, signatures = split_note(note)
    for line in lines:
        added = parse_signature(line.removesuffix("\n"))
        if added not in signatures:
            signatures.append(added)
    return text + "\n" + "".join(signature.line() for signature in signatures)


# --- cosigned messages -----------------------------------------------------------------------------------------------


def cosigned_message(text: str, at: int) -> bytes:
    """The bytes that a witness signs for the checkpoint `text` at the POSIX second `at` (tlog-cosignature, Ed25519)."""
    return f"cosignature/v1\ntime {at}\n{text}".encode()


def split_timestamp(signature: bytes) -> tuple[int, bytes]:
    """POSIX seconds and raw Ed25519 signature of a `timestamped_signature`."""
    if len(signature) != _TIME_SIZE + _SIGNATURE_SIZE:
        raise NoteError("a cosignature is not 72 bytes")
    at = int.from_bytes(signature[:_TIME_SIZE], "big")
    if at > MAX_TIMESTAMP:
        raise NoteError("the time of a cosignature is beyond 2**63 - 1")
    return at, signature[_TIME_SIZE:]


# --- characters ------------------------------------------------------------------------------------------------------


def check_name(name: str) -> None:
    """Raise `NoteError` unless `name` may name a key: not empty, no Unicode space, no plus."""
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteError(f"not a key name: {name!r}")
    check_characters(name)


def check_text(text: str) -> None:
    """Raise `NoteError` unless `text` may be signed: it ends with a newline and has no other control character."""
    if not text.endswith("\n"):
        raise NoteError("the text of a note ends with a newline")
    check_characters(text)


def check_characters(text: str) -> None:
    """Raise `NoteError` for control characters other than newline, and for what UTF-8 cannot encode."""
    if _CONTROL.search(text):
        raise NoteError("a control character in a note")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise NoteError("a lone surrogate in a note") from error


def as_text(data: str | bytes) -> str:
    """A note's characters from text or UTF-8 bytes; `NoteError` for anything a note may not contain."""
    if isinstance(data, bytes):
        try:
            data = data.decode()
        except UnicodeDecodeError as error:
            raise NoteError("a note that is not UTF-8") from error
    check_characters(data)
    return data


def encode64(data: bytes) -> str:
    """Standard base64 with padding."""
    return b64encode(data).decode()


def decode64(text: str) -> bytes:
    """Bytes of standard base64 that is exactly what `encode64` writes; `NoteError` otherwise."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as error:
        raise NoteError("not base64") from error
    # Spare bits or padding would let the same signature be written in several ways.
    if encode64(data) != text:
        raise NoteError("not canonical base64")
    return data
