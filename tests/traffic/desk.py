"""A legal desk: its people, a judge with a certificate, and a case on the way to its answer."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from opposable.kernel import accounts, actors, clock
from opposable.kernel.decisions import state_digest
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts.querying import questions

CONSOLE = actors.system("tests")


@dataclass
class Desk:
    clerk: object
    legal: object
    security: object
    outsider: object


def people(domain="operator.example"):
    """A registrar, two approvers, and somebody who may see everything else in the house."""
    root = accounts.root()
    made = {}
    for name, roles in {
        "clerk": ["traffic.registrar"],
        "legal": ["traffic.legal-approver"],
        "security": ["traffic.security-approver"],
        "outsider": [
            "traffic.auditor",
            "traffic.operator",
            "assembly.secretary",
            "traffic.registrar",
            "traffic.statistician",
        ],
    }.items():
        account = accounts.open_account(
            CONSOLE, email=f"{name}@{domain}", name=name.title(), password="desk-password"
        ).result
        for role in roles:
            accounts.give(CONSOLE, account=account, role=role, cell=root)
        made[name] = account
    pem = authority()[0].public_bytes(Encoding.PEM).decode()
    acts.trust(CONSOLE, title="Justice", certificate=pem)
    return Desk(**made)


_KEYS = {}
EPOCH = datetime(2006, 1, 1, tzinfo=UTC)


def authority():
    """The certification authority behind the courts: certificate in PEM, key."""
    if "ca" not in _KEYS:
        key = ec.generate_private_key(ec.SECP256R1())
        made = certificate("Autorité de certification de la Justice", key.public_key(), "", key, EPOCH, 36500, ca=True)
        _KEYS["ca"] = (made, key)
    return _KEYS["ca"]


def certificate(name, public, issuer, signer, at, days, *, ca=False, usage=None):
    """A certificate, signed by ``signer``."""
    subject, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, one)]) for one in (name, issuer or name))
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if usage or ca:
        names = {
            "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
            "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
        }  # fmt: skip
        held = usage or {"key_cert_sign", "crl_sign"}
        builder = builder.add_extension(x509.KeyUsage(**{one: one in held for one in names}), critical=True)
    return builder.sign(signer, SHA256())


BETWEEN = "Autorité intermédiaire"


def intermediate():
    """(key, certificate) of an authority below that of the courts."""
    root, signer = authority()
    key = ec.generate_private_key(ec.SECP256R1())
    return key, certificate(BETWEEN, key.public_key(), _name(root), signer, clock.now(), 300, ca=True)


def revocations(root, key, now, serials, days=7, *, delta=False):
    """The list (PEM) of what an authority revoked."""
    builder = x509.CertificateRevocationListBuilder().issuer_name(root.subject).last_update(now - timedelta(hours=1))
    builder = builder.next_update(now + timedelta(days=days))
    for serial in serials:
        revoked = (
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now - timedelta(hours=2)).build()
        )
        builder = builder.add_revoked_certificate(revoked)
    if delta:
        builder = builder.add_extension(x509.DeltaCRLIndicator(1), critical=True)
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


def court(at=None):
    """The court's certificate and private key, in PEM."""
    at = at or clock.now()
    if at.date() not in _KEYS:
        key = _KEYS.get("key") or rsa.generate_private_key(65537, 2048)
        _KEYS["key"] = key
        root, signer = authority()
        made = certificate("Tribunal judiciaire de Lyon", key.public_key(), _name(root), signer, at, 800)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        _KEYS[at.date()] = (made.public_bytes(Encoding.PEM).decode(), private)
    return _KEYS[at.date()]


def _name(one):
    return one.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value


def asked(desk, **changes):
    """What the desk types for an investigating judge."""
    now = clock.now()
    given = {
        "authority": "Tribunal judiciaire de Lyon, cabinet 3",
        "organisation": "TJ-LYON-3",
        "requester": "judge",
        "person": "Mme Élise Favre, juge d’instruction",
        "reference": "PV 2026/4471",
        "basis": "instruction",
        "dated_on": now.date() - timedelta(days=1),
        "received_at": now - timedelta(hours=2),
        "categories": ["source"],
        "selectors": [{"kind": "subscriber", "subscriber": "sub-0001"}],
        "since": datetime(2026, 11, 20, tzinfo=UTC),
        "until": datetime(2026, 11, 21, tzinfo=UTC),
        "offence": "escroquerie en bande organisée",
        "offence_months": 120,
        "certificate": court(now)[0],
        "legal_approver": desk.legal.uid,
        "security_approver": desk.security.uid,
    }
    return given | changes


def register(desk, **changes):
    return acts.register(desk.clerk.actor, **asked(desk, **changes)).result


def approve(desk, case):
    for who in (desk.legal, desk.security):
        case.refresh_from_db()
        acts.approve(who.actor, requisition=case, about=state_digest(case))
    case.refresh_from_db()


def approved(desk, **changes):
    case = register(desk, **changes)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    approve(desk, case)
    return case


def extract(desk, case):
    """Every question, counted then read; the extraction is closed."""
    for position, store in questions(case):
        query = acts.count(desk.clerk.actor, requisition=case, position=position, store=store).result
        acts.read(desk.clerk.actor, query=query)
    case.refresh_from_db()
    acts.close_extraction(desk.clerk.actor, requisition=case)
    case.refresh_from_db()
    return case


def day(*parts):
    return date(*parts)
