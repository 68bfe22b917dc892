"""«Cachet» : the key and the certificate with which this installation signs documents.

Made at init, by an authority of the installation's own whose key is never written. Such a certificate proves that the
file left this installation unchanged, to whoever has the authority's certificate; it vouches for no one's identity: the
level is «simple», and the names in it say so. An operator who has a certificate from a provider names it in
``opposable.toml`` and answers for the level he states:

    [seal]
    pkcs12 = "keys/seal.p12"
    level = "advanced"
    name = "Compagnie de l’Arsenal, cachet de …"
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import load_pkcs12
from cryptography.x509.oid import NameOID

from opposable.kernel import clock
from opposable.kernel.keys.files import KeyFault, read_private, replace_file, sync_dir, write_private
from opposable.kernel.keys.passphrase import FILE as PASSPHRASE_FILE, find_passphrase
from opposable.kernel.keys.pkcs8 import encrypt_key
from opposable.law.text import Text, t

FOLDER = Path("keys/documents")
TRIAL = "Certificat de démonstration, sans valeur"
OWN = "Cachet de l’installation (certificat interne)"
AUTHORITY = "Autorité interne de l’installation"
TRIAL_VALID = datetime(2000, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
"""Wide, so that a past story can be told; honest, because the certificate's name says what it is worth."""
OWN_YEARS = timedelta(days=3_650)
LEVELS = ("simple", "advanced", "qualified")
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True)
class Signer:
    """«Signataire» of files: private key, certificate, the chain above it (root last), and the level that may be claimed."""

    key: PrivateKey = field(repr=False)
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...]
    level: str = "simple"

    @classmethod
    def open(cls, home: Path, seal: Mapping[str, Any] | None = None, environ: Mapping[str, str] = os.environ) -> Signer:
        """The operator's certificate when ``[seal]`` names one, else the installation's own, made the first time."""
        if seal:
            path = home / str(seal["pkcs12"])
            return cls.from_pkcs12(read_private(path), find_passphrase(home, environ), str(seal.get("level", "simple")))
        folder = home / FOLDER
        if not folder.exists():
            create(home, environ)
        certificates = x509.load_pem_x509_certificates((folder / "seal.pem").read_bytes())
        key = load_pem_private_key(read_private(folder / "seal.key"), find_passphrase(home, environ))
        return cls(_usable(key), certificates[0], tuple(certificates[1:]))

    @classmethod
    def from_pkcs12(cls, data: bytes, passphrase: bytes, level: str = "simple") -> Signer:
        """A signer from a provider's file. Raises KeyFault when it does not open, or claims a level that is none."""
        level = _level(level)
        try:
            held = load_pkcs12(data, passphrase)
        except ValueError as error:
            raise KeyFault(
                t(
                    f"Le certificat PKCS#12 ne s’ouvre pas ({error}) : vérifiez le fichier et sa phrase de passe.",
                    f"The PKCS#12 certificate does not open ({error}): check the file and its passphrase.",
                )
            ) from error
        if held.key is None or held.cert is None:
            raise KeyFault(
                t(
                    "Le fichier PKCS#12 n’a pas à la fois une clé et son certificat.",
                    "The PKCS#12 file does not hold both a key and its certificate.",
                )
            )
        chain = tuple(item.certificate for item in held.additional_certs)
        return cls(_usable(held.key), held.cert.certificate, chain, level)

    @property
    def name(self) -> str:
        """The common name on the certificate."""
        return _common_name(self.certificate)

    @property
    def fingerprint(self) -> str:
        """SHA-256 (hex) of the certificate."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    @property
    def pem(self) -> bytes:
        """The certificate and the chain above it, root last: public."""
        return b"".join(one.public_bytes(Encoding.PEM) for one in (self.certificate, *self.chain))


@dataclass(frozen=True)
class Statement:
    """What a seal of this installation is worth, known without its private key."""

    level: str
    text: Text


def statement(home: Path, seal: Mapping[str, Any] | None = None) -> Statement:
    """What the seal claims, in one honest sentence: for a document that must say it before it is sealed."""
    if seal:
        level = _level(str(seal.get("level", "simple")))
        return Statement(level, STATED[level].format(name=seal.get("name") or Path(str(seal["pkcs12"])).name))
    path = home / FOLDER / "seal.pem"
    trial = (home / PASSPHRASE_FILE).exists()
    name = _common_name(x509.load_pem_x509_certificates(path.read_bytes())[0]) if path.exists() else _own_name(trial)
    return Statement("simple", STATED["simple"].format(name=name))


STATED: dict[str, Text] = {
    "simple": t(
        "Signature électronique simple au sens du règlement (UE) n° 910/2014 (« {name} ») : elle scelle le fichier, elle "
        "n’atteste pas l’identité d’une personne.",
        "Simple electronic signature within the meaning of Regulation (EU) No 910/2014 (“{name}”): it seals the file, it "
        "attests no person’s identity.",
    ),
    "advanced": t(
        "Signature électronique avancée déclarée par l’exploitant (« {name} »), règlement (UE) n° 910/2014, art. 26.",
        "Advanced electronic signature as declared by the operator (“{name}”), Regulation (EU) No 910/2014, art. 26.",
    ),
    "qualified": t(
        "Signature électronique qualifiée déclarée par l’exploitant (« {name} »), règlement (UE) n° 910/2014, art. 25.",
        "Qualified electronic signature as declared by the operator (“{name}”), Regulation (EU) No 910/2014, art. 25.",
    ),
}


def create(home: Path, environ: Mapping[str, str] = os.environ) -> None:
    """Make the installation's key and certificate in ``HOME/keys/documents``, whole or not at all. Idempotent.

    Where the passphrase lies beside the keys (demo, trial) the certificate is named «de démonstration».
    """
    trial = (home / PASSPHRASE_FILE).exists()
    draft = (home / FOLDER).with_name(f".documents.{secrets.token_hex(8)}")
    authority, mine = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    start, end = TRIAL_VALID if trial else (clock.now() - timedelta(hours=1), clock.now() + OWN_YEARS)
    issuer = _name(f"{AUTHORITY} – {'démonstration' if trial else 'sans valeur au-delà'}")
    root = _certificate(issuer, issuer, authority.public_key(), start, end, ca=True).sign(authority, hashes.SHA256())
    leaf = _certificate(_name(_own_name(trial)), issuer, mine.public_key(), start, end, ca=False)
    signed = leaf.sign(authority, hashes.SHA256())
    write_private(draft / "seal.key", encrypt_key(mine, find_passphrase(home, environ)))
    write_private(draft / "seal.pem", signed.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM))
    try:
        draft.rename(home / FOLDER)
    except OSError:  # made by another process at the same moment: a folder does not replace one that has files
        shutil.rmtree(draft)
        if not (home / FOLDER).exists():
            raise
    sync_dir((home / FOLDER).parent)


def change_passphrase(home: Path, phrase: bytes, environ: Mapping[str, str] = os.environ) -> None:
    """Encrypt the key anew under ``phrase``, whole or not at all. A key already under it is left."""
    path = home / FOLDER / "seal.key"
    if not path.exists():
        return
    data = read_private(path)
    try:
        load_pem_private_key(data, phrase)
    except ValueError:
        key = load_pem_private_key(data, find_passphrase(home, environ))
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        replace_file(path, encrypt_key(key, phrase), 0o600)


def _level(level: str) -> str:
    if level not in LEVELS:
        raise KeyFault(t(f"Niveau de signature inconnu : {level}.", f"Unknown level of signature: {level}."))
    return level


def _own_name(trial: bool) -> str:
    return TRIAL if trial else OWN


def _common_name(certificate: x509.Certificate) -> str:
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()


def _usable(key: object) -> PrivateKey:
    if not isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey):
        raise KeyFault(t("Cette sorte de clé ne signe pas de PDF.", "This kind of key does not sign PDF files."))
    return key


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, start: datetime, end: datetime, *, ca: bool
) -> x509.CertificateBuilder:
    others = ("key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only")
    usage = x509.KeyUsage(
        digital_signature=not ca,
        content_commitment=not ca,
        key_cert_sign=ca,
        crl_sign=ca,
        **dict.fromkeys(others, False),
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=0 if ca else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Opposable"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
