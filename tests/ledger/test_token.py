"""RFC 3161 with two kinds of authority: openssl's own, and one in memory that dates as it is told."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from opposable.ledger import token
from opposable.ledger.errors import TokenError
from tests.bad.tsa import day, tsa

DATA = b"arsenal.example/2026\n3\nroot\n"
AT = day("2007-09-03 13:00:00")

CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = {usage}
[config]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.3.6.1.4.1.32473.1
digests = sha256,sha512
accuracy = secs:1, millisecs:500
ess_cert_id_alg = sha256
"""


class OpensslTsa:
    """A throw-away authority made with openssl: EC root, RSA signer."""

    def __init__(self, folder, usage="critical,timeStamping"):
        self.folder = folder
        (folder / "tsa.cnf").write_text(CONFIG.format(folder=folder, usage=usage))
        (folder / "serial").write_text("01\n")
        self.run("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "ca.key")
        self.run(
            "req",
            "-x509",
            "-new",
            "-key",
            "ca.key",
            "-subj",
            "/CN=Racine",
            "-days",
            "30",
            "-out",
            "ca.pem",
            "-config",
            "tsa.cnf",
            "-extensions",
            "ca",
        )
        self.run("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "tsa.key")
        self.run("req", "-new", "-key", "tsa.key", "-subj", "/CN=TSA", "-config", "tsa.cnf", "-out", "tsa.csr")
        self.run(
            "x509",
            "-req",
            "-in",
            "tsa.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-set_serial",
            "7",
            "-days",
            "30",
            "-extfile",
            "tsa.cnf",
            "-extensions",
            "tsa",
            "-out",
            "tsa.pem",
        )
        self.root = (folder / "ca.pem").read_bytes()

    def run(self, *arguments):
        return subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, check=True, timeout=180)

    def stamp(self, data):
        (self.folder / "q").write_bytes(token.request(data))
        self.run(
            "ts",
            "-reply",
            "-config",
            "tsa.cnf",
            "-section",
            "config",
            "-queryfile",
            "q",
            "-signer",
            "tsa.pem",
            "-inkey",
            "tsa.key",
            "-out",
            "r",
        )
        return (self.folder / "r").read_bytes()


@pytest.fixture(scope="module")
def openssl_tsa(leg, tmp_path_factory):
    leg("openssl")
    return OpensslTsa(tmp_path_factory.mktemp("tsa"))


# --- openssl ---------------------------------------------------------------------------------------------------------


def test_a_token_of_openssl_is_verified(openssl_tsa):
    before = datetime.now(UTC) - timedelta(seconds=2)
    response = openssl_tsa.stamp(DATA)
    info = token.verify(response, DATA, [openssl_tsa.root])
    assert before <= info.at <= datetime.now(UTC) + timedelta(seconds=2)
    assert info.policy == "1.3.6.1.4.1.32473.1"
    assert info.tsa == "CN=TSA"
    assert info.accuracy == timedelta(seconds=1.5)
    assert info.earliest == info.at - timedelta(seconds=1.5)
    assert info.latest == info.at + timedelta(seconds=2.5)  # whole seconds: the fraction was dropped


def test_openssl_verifies_the_same_token_as_response_and_bare(openssl_tsa, tmp_path):
    response = openssl_tsa.stamp(DATA)
    bare = token.token_of(response)
    assert token.response_of(bare) == response
    for name, data in {"data": DATA, "tsr": response, "tst": bare, "ca": openssl_tsa.root}.items():
        (tmp_path / name).write_bytes(data)
    for file, more in (("tsr", []), ("tst", ["-token_in"])):
        command = ["openssl", "ts", "-verify", "-data", "data", "-in", file, "-CAfile", "ca", *more]
        subprocess.run(command, cwd=tmp_path, capture_output=True, check=True, timeout=180)


def test_a_certificate_that_is_not_for_time_stamping_is_refused(leg, tmp_path):
    leg("openssl")
    # openssl itself refuses to sign without the usage: the certificate is swapped afterwards, for the same key.
    authority = OpensslTsa(tmp_path)
    response = authority.stamp(DATA)
    good = x509.load_pem_x509_certificate((tmp_path / "tsa.pem").read_bytes())
    ca_key = serialization.load_pem_private_key((tmp_path / "ca.key").read_bytes(), None)
    usage = x509.ExtendedKeyUsage([x509.oid.ExtendedKeyUsageOID.CODE_SIGNING])
    other = (
        x509.CertificateBuilder().subject_name(good.subject).issuer_name(good.issuer).public_key(good.public_key())
        .serial_number(good.serial_number).not_valid_before(good.not_valid_before_utc)
        .not_valid_after(good.not_valid_after_utc).add_extension(usage, critical=True).sign(ca_key, hashes.SHA256())
    )  # fmt: skip
    swapped = response.replace(
        good.public_bytes(serialization.Encoding.DER), other.public_bytes(serialization.Encoding.DER)
    )
    with pytest.raises(TokenError):
        token.verify(swapped, DATA, [authority.root])


# --- an authority of any date ----------------------------------------------------------------------------------------


def test_a_token_of_2007_is_verified_at_its_own_instant():
    response = tsa().stamp(DATA, AT)
    info = token.verify(response, DATA, [tsa().root])
    assert (info.at, info.accuracy, info.algorithm) == (AT, timedelta(), "sha256")
    assert info.tsa.startswith("CN=TSA ours")
    assert token.inspect(response) == info


def test_several_roots_in_one_file_or_in_many():
    response = tsa().stamp(DATA, AT)
    stranger = tsa("stranger").root
    assert token.verify(response, DATA, [stranger + tsa().root]).at == AT
    assert token.verify(response, DATA, [stranger, tsa().root]).at == AT


def test_a_token_over_other_bytes_is_refused_but_its_signature_holds():
    response = tsa().stamp(DATA, AT)
    with pytest.raises(TokenError, match="other bytes"):
        token.verify(response, DATA + b"!", [tsa().root])
    assert token.verify_signature(response, [tsa().root]).at == AT


def test_a_token_of_a_stranger_is_refused():
    response = tsa("stranger").stamp(DATA, AT)
    with pytest.raises(TokenError):
        token.verify(response, DATA, [tsa().root])


@pytest.mark.parametrize("roots", [[], [b""], [b"not a certificate"]])
def test_roots_are_needed(roots):
    with pytest.raises(TokenError):
        token.verify(tsa().stamp(DATA, AT), DATA, roots)


def test_a_root_of_another_time_does_not_count():
    """The chain is checked at the token's instant: a root that came later cannot have vouched for it."""
    key = ec.generate_private_key(ec.SECP256R1())
    good = x509.load_pem_x509_certificate(tsa().root)
    late = (
        x509.CertificateBuilder().subject_name(good.subject).issuer_name(good.subject).public_key(key.public_key())
        .serial_number(1).not_valid_before(AT + timedelta(days=1)).not_valid_after(AT + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True).sign(key, hashes.SHA256())
    )  # fmt: skip
    with pytest.raises(TokenError):
        token.verify(tsa().stamp(DATA, AT), DATA, [late.public_bytes(serialization.Encoding.PEM)])


def test_every_flipped_byte_of_the_signed_content_is_found():
    """Outside the signature lie the status and the bag of certificates; what they say is not relied upon."""
    response = tsa().stamp(DATA, AT)
    good = token.verify(response, DATA, [tsa().root])
    accepted = []
    for at in range(0, len(response), 3):
        changed = bytearray(response)
        changed[at] ^= 0x41
        try:
            info = token.verify(bytes(changed), DATA, [tsa().root])
        except TokenError:
            continue
        accepted.append((at, info == good))
    assert all(same for _, same in accepted), accepted


def test_every_cut_of_a_response_is_refused():
    response = tsa().stamp(DATA, AT)
    for size in range(0, len(response), 7):
        with pytest.raises(TokenError):
            token.inspect(response[:size])


def test_a_refusal_of_the_authority_says_why():
    rejection = bytes.fromhex("30133011020102300c0c0a") + b"bad policy"
    with pytest.raises(TokenError, match="status 2: bad policy"):
        token.inspect(rejection)


def test_certificates_out_of_order_are_explained():
    """`openssl ts -reply` with `certs=` in its configuration writes a SET that is not in DER order."""
    with pytest.raises(TokenError, match="DER order"):
        raise TokenError(token._plain(ValueError("ParseError { kind: InvalidSetOrdering }")))


def test_a_request_asks_for_sha256_a_nonce_and_the_certificate():
    from asn1crypto import tsp

    query = tsp.TimeStampReq.load(token.request(DATA))
    assert query["message_imprint"]["hash_algorithm"]["algorithm"].native == "sha256"
    assert query["cert_req"].native is True
    assert token.request(DATA) != token.request(DATA)
    with pytest.raises(TokenError):
        token.request(b"")


def test_the_hash_of_a_token_is_that_of_the_raw_response():
    assert token.token_hash(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_the_library_is_loaded_only_when_a_token_is_read():
    code = "import sys, opposable.ledger.token; sys.exit('rfc3161_client' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=180)


def test_a_bare_token_of_any_length_is_wrapped_in_der():
    for size in (10, 0x7A, 0x7B, 0xFA, 0xFB, 0x1000, 0x10000):
        wrapped = token.response_of(bytes(size))
        assert wrapped[0] == 0x30
        body = wrapped[2:] if wrapped[1] < 0x80 else wrapped[2 + (wrapped[1] & 0x7F) :]
        assert len(body) == size + 5


def test_a_name_that_no_library_can_read_is_refused_and_panics_nowhere(capfd):
    """rfc3161-client panics on a certificate whose issuer is not UTF-8; it must not be shown one."""
    response = tsa().stamp(DATA, AT)
    changed = response.replace(b"Racine ours", b"Racine \xff\xfe\xfd\xfc")
    assert changed != response
    with pytest.raises(TokenError):
        token.verify(changed, DATA, [tsa().root])
    assert "panicked" not in capfd.readouterr().err
