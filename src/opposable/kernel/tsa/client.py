"""The client: request, bounded POST, and a response that is believed only once it has been verified."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit, urlunsplit

from asn1crypto.tsp import TimeStampReq
from rfc3161_client import decode_timestamp_response

from opposable.kernel import outbound
from opposable.kernel.faults import Fault
from opposable.kernel.tsa.local import LOCAL_LABEL, LocalTsa
from opposable.law.text import Text, t
from opposable.ledger import token
from opposable.ledger.errors import TokenError

PASSWORD = "OPPOSABLE_TSA_PASSWORD"  # noqa: S105 - the name of a variable
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


class TsaFault(Fault):
    """The authority did not give a token that verifies. ``response`` has the raw bytes it sent, for the record."""

    def __init__(self, text: Text, response: bytes = b"") -> None:
        super().__init__(text)
        self.response = response


@dataclass(frozen=True)
class Stamp:
    """«Jeton» : the raw DER response, kept byte for byte, and what it says once verified."""

    response: bytes = field(repr=False)
    info: token.TokenInfo

    @property
    def digest(self) -> str:
        """SHA-256 of the response, hex: what the next acts carry as ``after``."""
        return token.token_hash(self.response)


class Tsa(Protocol):
    """«Autorité d'horodatage» : who dates, how it is shown, and the PEM certificates its tokens are verified with."""

    @property
    def label(self) -> Text: ...

    @property
    def roots(self) -> tuple[bytes, ...]: ...

    def stamp(self, data: bytes) -> Stamp:
        """Return a verified token over ``data``. Raises TsaFault, or `outbound.Unreachable`."""

    def ask(self, query: bytes) -> bytes:
        """Return the raw DER response to a DER query, not yet believed. Raises as `stamp` does."""


@dataclass(frozen=True)
class HttpTsa:
    """An authority reached by HTTP(S) (RFC 3161 section 3.4)."""

    url: str
    roots: tuple[bytes, ...] = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    seconds: float = outbound.SECONDS
    limit: int = outbound.LIMIT

    @property
    def label(self) -> Text:
        host = urlsplit(self.url).hostname or self.url
        return Text(host, host)

    def stamp(self, data: bytes) -> Stamp:
        query = token.request(data)
        return believe(self.label, query, self.ask(query), data, self.roots)

    def ask(self, query: bytes) -> bytes:
        answer = outbound.post(
            self.url,
            query,
            media_type=QUERY,
            seconds=self.seconds,
            limit=self.limit,
            headers={"Accept": REPLY, **self.headers},
        )
        if answer.status != 200:
            raise _refused(self.label, f"HTTP {answer.status}", answer.body)
        return answer.body


@dataclass(frozen=True)
class LocalClient:
    """The local authority, asked in this process: for the demo and for tests, without legal value."""

    authority: LocalTsa

    @property
    def label(self) -> Text:
        return LOCAL_LABEL

    @property
    def roots(self) -> tuple[bytes, ...]:
        return (self.authority.root,)

    def stamp(self, data: bytes) -> Stamp:
        query = token.request(data)
        return believe(self.label, query, self.ask(query), data, self.roots)

    def ask(self, query: bytes) -> bytes:
        return self.authority.answer(query)


def open_tsa(
    home: Path, setting: str, roots: Sequence[str | Path] = (), environ: Mapping[str, str] = os.environ
) -> Tsa:
    """Return the authority that ``setting`` names: ``local``, or an http(s) address with its root certificates.

    ``roots``: PEM files, relative to ``home``. A user name may stand in the address; its password is read from
    ``$OPPOSABLE_TSA_PASSWORD``. Raises TsaFault when the setting cannot serve.
    """
    if setting == "local":
        return LocalClient(LocalTsa.open(home))
    if not setting.startswith(("http://", "https://")):
        raise TsaFault(
            t(
                f"L’horodatage « {setting} » n’est pas compris : écrivez « local » ou une adresse http(s).",
                f'The time-stamping setting "{setting}" is not understood: write "local" or an http(s) address.',
            )
        )
    url, headers = _credentials(setting, environ)
    return HttpTsa(url, _read_roots(home, roots), headers)


def believe(label: Text, query: bytes, response: bytes, data: bytes, roots: Sequence[bytes]) -> Stamp:
    """Verify a response to ``query`` over ``data``: signature, chain, imprint, and the nonce of this very query."""
    try:
        info = token.verify(response, data, roots)
    except TokenError as error:
        raise _refused(label, str(error), response) from error
    # without the nonce an answer recorded earlier would pass for a fresh one
    if decode_timestamp_response(response).tst_info.nonce != TimeStampReq.load(query)["nonce"].native:
        raise _refused(label, "the nonce is not the one that was sent", response)
    return Stamp(response, info)


def _refused(label: Text, why: str, response: bytes) -> TsaFault:
    return TsaFault(
        t(
            "L’horodateur {label} n’a pas donné de jeton valable ({why}) : le journal continue, la prochaine tentative "
            "suivra.",
            "The time-stamping authority {label} gave no valid token ({why}): the log goes on, it will be asked again.",
        ).format(label=label, why=why),
        response,
    )


def _read_roots(home: Path, roots: Sequence[str | Path]) -> tuple[bytes, ...]:
    if not roots:
        raise TsaFault(
            t(
                "Aucun certificat racine pour vérifier l’horodateur : donnez les fichiers PEM dans tsa_roots.",
                "No root certificate to verify the time-stamping authority with: give the PEM files in tsa_roots.",
            )
        )
    try:
        read = tuple((home / path).read_bytes() for path in roots)
        token.load_roots(read)
    except (OSError, TokenError) as error:
        raise TsaFault(
            t(
                f"Un certificat de tsa_roots ne se lit pas ({error}) : corrigez le réglage.",
                f"A certificate of tsa_roots does not read ({error}): correct the setting.",
            )
        ) from error
    return read


def _credentials(url: str, environ: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Take the user name out of an address: return the bare address and the headers that carry it."""
    parts = urlsplit(url)
    if parts.username is None:
        return url, {}
    if parts.password is not None or not environ.get(PASSWORD):
        raise TsaFault(
            t(
                f"Le mot de passe de l’horodateur se donne par la variable {PASSWORD}, pas dans l’adresse.",
                f"The password of the time-stamping authority goes in the variable {PASSWORD}, not in the address.",
            )
        )
    pair = f"{unquote(parts.username)}:{environ[PASSWORD]}".encode()
    bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    return bare, {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
