"""Ed25519 keys that never leave a PKCS#11 token (an HSM, a smart card, SoftHSM2 in the tests).

A PKCS#11 module does not survive a fork: open the signer in the process that signs. python-pkcs11 is an optional
dependency (the extra ``hsm``), so it is imported where it is used.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from opposable.kernel.keys.files import KeyFault
from opposable.law.text import t

CURVE = b"\x13\x0cedwards25519"  # in DER: PrintableString, 12 bytes
"""EC_PARAMS of Ed25519 as SoftHSM2 wants them (PKCS#11 v3.0, 2.3.10): the curve's name, not its object identifier."""

_lock = threading.RLock()
_sessions: dict[tuple[str, str], Any] = {}


@dataclass(frozen=True)
class Address:
    """Where a key is: the module's shared object, the token's label, the key's label, the variable with the PIN."""

    module: str
    token: str
    label: str
    pin_env: str

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read ``module=…;token=…;label=…;pin-env=…``. Raises KeyFault unless there are exactly these four."""
        pairs = dict(part.strip().split("=", 1) for part in text.split(";") if "=" in part)
        if set(pairs) != {"module", "token", "label", "pin-env"} or not all(pairs.values()):
            raise KeyFault(
                t(
                    "Un réglage pkcs11 donne module, token, label et pin-env, séparés par des points-virgules.",
                    "A pkcs11 setting gives module, token, label and pin-env, separated by semicolons.",
                )
            )
        return cls(pairs["module"], pairs["token"], pairs["label"], pairs["pin-env"])


@dataclass(frozen=True)
class TokenSigner:
    """A signer whose private key stays in the token; one signature at a time (sessions are not thread-safe)."""

    name: str
    public_key: bytes
    key: Any = field(repr=False)

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte Ed25519 signature. Raises KeyFault when the token has gone."""
        with _lock, _reported():
            return bytes(self.key.sign(data, mechanism=_library().Mechanism.EDDSA))


def open_key(address: Address, name: str, environ: Mapping[str, str], *, create: bool = False) -> TokenSigner:
    """Find the key pair labelled ``address.label`` in its token; with ``create``, generate it when it is not there.

    Raises KeyFault: no such module, token, key or PIN.
    """
    lib = _library()
    with _lock, _reported():
        session = _session(address, environ)
        private = _find(session, address, create)
        public = session.get_key(object_class=lib.ObjectClass.PUBLIC_KEY, label=address.label)
        return TokenSigner(name, _raw(public[lib.Attribute.EC_POINT]), private)


def _find(session: Any, address: Address, create: bool) -> Any:
    lib = _library()
    try:
        return session.get_key(
            object_class=lib.ObjectClass.PRIVATE_KEY, key_type=lib.KeyType.EC_EDWARDS, label=address.label
        )
    except lib.exceptions.NoSuchKey:
        if not create:
            raise KeyFault(
                t(
                    f"Le jeton « {address.token} » n’a pas de clé Ed25519 « {address.label} » : créez-la ou corrigez "
                    "le réglage.",
                    f'The token "{address.token}" has no Ed25519 key "{address.label}": create it or correct the '
                    "setting.",
                )
            ) from None
    curve = session.create_domain_parameters(lib.KeyType.EC_EDWARDS, {lib.Attribute.EC_PARAMS: CURVE}, local=True)
    _, private = curve.generate_keypair(
        mechanism=lib.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, label=address.label, store=True
    )
    return private


def _session(address: Address, environ: Mapping[str, str]) -> Any:
    # one session for all keys of a token: a PKCS#11 login belongs to the process, a second one is refused
    place = (address.module, address.token)
    if place not in _sessions:
        pin = environ.get(address.pin_env, "")
        if not pin:
            raise KeyFault(
                t(
                    f"Le code du jeton « {address.token} » manque : mettez-le dans la variable {address.pin_env}.",
                    f'The PIN of the token "{address.token}" is missing: put it in the variable {address.pin_env}.',
                )
            )
        token = _library().lib(address.module).get_token(token_label=address.token)
        _sessions[place] = token.open(rw=True, user_pin=pin)
    return _sessions[place]


def _raw(point: bytes) -> bytes:
    """Return the 32 bytes of a public key: tokens give EC_POINT either bare or wrapped in a DER octet string."""
    from asn1crypto.core import OctetString

    return point if len(point) == 32 else bytes(OctetString.load(point).native)


def _library() -> Any:
    try:
        import pkcs11
        import pkcs11.exceptions
    except ImportError:
        raise KeyFault(
            t(
                "Les clés sur jeton PKCS#11 demandent une bibliothèque de plus : installez « opposable[hsm] ».",
                'Keys in a PKCS#11 token need one more library: install "opposable[hsm]".',
            )
        ) from None
    return pkcs11


@contextmanager
def _reported() -> Iterator[None]:
    try:
        yield
    except (_library().PKCS11Error, RuntimeError) as error:
        said = f"{type(error).__name__} {error}".strip()
        raise KeyFault(
            t(
                f"Le jeton PKCS#11 ne répond pas ({said}) : vérifiez le module, le nom du jeton et son code.",
                f"The PKCS#11 token does not answer ({said}): check the module, the token's name and its PIN.",
            )
        ) from error
