"""«TSA de démonstration, sans valeur» : an authority of our own, so that the demo and the tests need no network.

It dates with this machine's clock (or with a frozen one, to tell a past story): its tokens have the right form and prove
nothing. Whoever reads a token sees that in the name of its certificate.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import algos, cms, core, tsp, x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from opposable.kernel import clock
from opposable.kernel.keys.files import read_private, sync_dir, write_private
from opposable.law.text import t

LOCAL_NAME = "TSA de démonstration, sans valeur"
LOCAL_LABEL = t(LOCAL_NAME, "Demonstration TSA, of no legal value")
FOLDER = Path("tsa")
POLICY = "2.25.35361814873516662826685096990370607408"
"""An object identifier drawn for this purpose (Rec. ITU-T X.667): it belongs to no commercial policy."""
VALID = datetime(2000, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""Wide, so that a story of 2007 can be told; honest, because the name says what these certificates are worth."""
QUERY_LIMIT = 16_384
README = f"""\
{LOCAL_NAME}
Ces certificats datent les essais et la démonstration. N’importe qui possédant ce dossier peut dater ce qu’il veut à la
date qu’il veut. En exploitation, réglez « tsa » sur un prestataire d’horodatage.

Demonstration TSA, of no legal value
These certificates date trials and the demonstration. Whoever has this folder can date anything at any date. In
production set "tsa" to a time-stamping provider.
"""


@dataclass(frozen=True)
class LocalTsa:
    """The authority: its root and own certificate (PEM), its private key, and the clock it reads."""

    root: bytes
    certificate: bytes
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    now: Callable[[], datetime] = clock.now

    @classmethod
    def open(cls, home: Path, now: Callable[[], datetime] = clock.now) -> LocalTsa:
        """Open ``HOME/tsa``; make it the first time. ``now`` gives the (aware) instant of each token."""
        folder = home / FOLDER
        if not folder.exists():
            _make(folder)
        key = load_pem_private_key(read_private(folder / "tsa.key"), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return cls((folder / "ca.pem").read_bytes(), (folder / "tsa.pem").read_bytes(), key, now)

    def answer(self, query: bytes) -> bytes:
        """Return the DER response to a DER request: granted, or a rejection that says why (RFC 3161 section 2.4.2)."""
        try:
            asked = tsp.TimeStampReq.load(query, strict=True)
            imprint = asked["message_imprint"]
            size = {"sha256": 32, "sha384": 48, "sha512": 64}.get(imprint["hash_algorithm"]["algorithm"].native)
            nonce = asked["nonce"].native
            hashed = imprint["hashed_message"].native
        except (ValueError, TypeError, KeyError):
            return _rejection("bad_data_format")
        if size != len(hashed):
            return _rejection("bad_alg")
        status = {"status": "granted"}
        return bytes(tsp.TimeStampResp({"status": status, "time_stamp_token": self._token(imprint, nonce)}).dump())

    def _token(self, imprint: Any, nonce: int | None) -> cms.ContentInfo:
        mine = asn1_x509.Certificate.load(_der(self.certificate))
        content = self._info(imprint, nonce, mine).dump()
        attributes = _attributes(content, mine)
        signature = self.key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256()))
        signer = cms.SignerInfo(
            {
                "version": "v1",
                "sid": cms.SignerIdentifier(
                    "issuer_and_serial_number",
                    cms.IssuerAndSerialNumber({"issuer": mine.issuer, "serial_number": mine.serial_number}),
                ),
                "digest_algorithm": algos.DigestAlgorithm({"algorithm": "sha256"}),
                "signed_attrs": attributes,
                "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
                "signature": signature,
            }
        )
        signed = cms.SignedData(
            {
                "version": "v3",
                "digest_algorithms": [algos.DigestAlgorithm({"algorithm": "sha256"})],
                "encap_content_info": {"content_type": "tst_info", "content": core.ParsableOctetString(content)},
                "certificates": [mine],
                "signer_infos": [signer],
            }
        )
        return cms.ContentInfo({"content_type": "signed_data", "content": signed})

    def _info(self, imprint: Any, nonce: int | None, mine: asn1_x509.Certificate) -> tsp.TSTInfo:
        info = {
            "version": "v1",
            "policy": POLICY,
            "message_imprint": imprint,
            "serial_number": secrets.randbits(63) + 1,
            "gen_time": self.now().astimezone(UTC).replace(microsecond=0),
            "accuracy": {"seconds": 1},
            "tsa": asn1_x509.GeneralName("directory_name", mine.subject),
        }
        return tsp.TSTInfo(info if nonce is None else {**info, "nonce": nonce})


def _attributes(content: bytes, mine: asn1_x509.Certificate) -> cms.CMSAttributes:
    """Return what is signed: the digest of the token's content, and which certificate signs (RFC 5816)."""
    certificate = tsp.SigningCertificateV2({"certs": [{"cert_hash": hashlib.sha256(mine.dump()).digest()}]})
    return cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["tst_info"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [hashlib.sha256(content).digest()]}),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [certificate]}),
        ]
    )


class _Rejection(core.Sequence):
    """A response without a token, which asn1crypto takes to be mandatory."""

    _fields = [("status", tsp.PKIStatusInfo)]


def _rejection(failure: str) -> bytes:
    status = {"status": "rejection", "status_string": [failure.replace("_", " ")], "fail_info": {failure}}
    return bytes(_Rejection({"status": status}).dump())


# ------------------------------------------------------------------------------------------ its certificates


def _make(folder: Path) -> None:
    """Write the folder whole or not at all. The root's own key is never written: it signs one certificate and is gone."""
    draft = folder.with_name(f".tsa.{secrets.token_hex(8)}")
    authority, mine = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = _name(f"Racine – {LOCAL_NAME}")
    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    root = _certificate(issuer, authority.public_key(), x509.BasicConstraints(ca=True, path_length=0))
    leaf = _certificate(_name(LOCAL_NAME), mine.public_key(), x509.BasicConstraints(ca=False, path_length=None))
    files = {
        "ca.pem": root.issuer_name(issuer).sign(authority, hashes.SHA256()).public_bytes(Encoding.PEM),
        "tsa.pem": leaf.issuer_name(issuer)
        .add_extension(usage, critical=True)
        .sign(authority, hashes.SHA256())
        .public_bytes(Encoding.PEM),
        "tsa.key": mine.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "LISEZMOI.txt": README.encode(),
    }
    for name, data in files.items():
        write_private(draft / name, data)
    try:
        draft.rename(folder)
    except OSError:  # made by another process at the same moment: a folder does not replace one that has files
        shutil.rmtree(draft)
        if not folder.exists():
            raise
    sync_dir(folder.parent)


def _certificate(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, basic: x509.BasicConstraints
) -> x509.CertificateBuilder:
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(VALID[0])
        .not_valid_after(VALID[1])
        .add_extension(basic, critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=not basic.ca, key_cert_sign=basic.ca, crl_sign=basic.ca, **usage),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Opposable"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(Encoding.DER)


# ------------------------------------------------------------------------------------------ over HTTP


@contextmanager
def serve_local_tsa(home: Path, port: int = 0, now: Callable[[], datetime] = clock.now) -> Iterator[str]:
    """Serve the local authority on this machine (127.0.0.1) and give its address; for trials of the real client."""
    authority = LocalTsa.open(home, now)

    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            if not 0 < size <= QUERY_LIMIT:
                self.send_error(413)
                return
            response = authority.answer(self.rfile.read(size))
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(response)))
            self.end_headers()
            self.wfile.write(response)

        def log_message(self, *args: object) -> None:
            """Say nothing: the terminal is the person's."""

    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
