"""To whom an answer may be encrypted: time, key, use, chain against the trust list, revocation; RSA and curves."""

import subprocess
from base64 import b64encode
from contextlib import contextmanager
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opposable.kernel import clock
from opposable.law import Refused
from opposable.systems.traffic import acts
from opposable.systems.traffic.acts import armour
from opposable.systems.traffic.commands import run
from opposable.systems.traffic.exchange.answer.envelope import seal_for
from opposable.systems.traffic.exchange.answer.etsi import AnswerFault
from opposable.systems.traffic.exchange.answer.recipient import recipient
from opposable.systems.traffic.models import Anchor, Revocations
from tests.traffic import desk as office
from tests.traffic.conftest import CONSOLE

CURVES = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())
JUSTICE = "Autorité de certification de la Justice"


@contextmanager
def fault(words):
    """The answer is not made; the sentence says why."""
    with pytest.raises(AnswerFault) as raised:
        yield
    assert words in raised.value.text.en.lower() + raised.value.text.en


def pem(*certificates):
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in certificates)


def trusted():
    root, key = office.authority()
    return acts.trust(CONSOLE, title="Justice", certificate=pem(root)).result, root, key


@pytest.mark.parametrize("curve", CURVES, ids=lambda one: one.name)
def test_an_answer_to_a_key_on_a_curve_opens_with_openssl(store, tmp_path, curve):
    _, _, signer = trusted()
    key = ec.generate_private_key(curve)
    made = office.certificate("Cour", key.public_key(), JUSTICE, signer, clock.now(), 30, usage={"key_agreement"})
    data = b"\x00\xffreponse" * 1000
    (tmp_path / "a.p7m").write_bytes(seal_for(data, recipient(pem(made), clock.now())))
    (tmp_path / "k.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    call = ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", "a.p7m", "-inkey", "k.pem", "-out", "b"]
    subprocess.run(call, cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "b").read_bytes() == data
    other = ec.generate_private_key(curve).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "k.pem").write_bytes(other)
    assert subprocess.run(call, cwd=tmp_path, check=False, capture_output=True).returncode != 0


def test_each_defect_has_its_own_refusal(store):
    now = clock.now()
    key, small = rsa.generate_private_key(65537, 2048), rsa.generate_private_key(65537, 1024)
    _, signer = office.authority()

    def made(public=key.public_key(), at=now, by=signer, **more):
        return pem(office.certificate("Cour", public, JUSTICE, by, at, 30, **more))

    with fault("trust list is empty"):
        recipient(made(), now)
    trusted()
    assert recipient(made(), now)
    assert recipient(made(usage={"key_encipherment"}), now)
    cases = {
        "does not read": "x",
        "out of its time": made(at=now - timedelta(days=40)),
        "neither an RSA key": made(small.public_key()),
        "for signing": made(usage={"digital_signature"}),
        "no authority of the trust list": made(by=ec.generate_private_key(ec.SECP256R1())),
    }
    for words, given in cases.items():
        with fault(words):
            recipient(given, now)
    with fault("out of its time"):
        recipient(made(at=now + timedelta(days=3)), now)
    agreed = ec.generate_private_key(ec.SECP256R1()).public_key()
    with fault("for signing"):
        recipient(made(agreed, usage={"digital_signature"}), now)
    with fault("neither an RSA key"):
        recipient(made(ec.generate_private_key(ec.SECP256K1()).public_key()), now)


def test_an_intermediate_that_is_enclosed_links_to_the_trusted_one(store):
    now = clock.now()
    _, _, signer = trusted()
    middle, key = ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)
    between = office.certificate("Intermédiaire", middle.public_key(), JUSTICE, signer, now, 30, ca=True)
    leaf = office.certificate("Cour", key.public_key(), "Intermédiaire", middle, now, 30)
    assert recipient(pem(leaf, between), now) == leaf
    with fault("no authority"):
        recipient(pem(leaf), now)


def test_a_revoked_certificate_is_refused_and_a_list_out_of_its_time_too(store):
    now = clock.now()
    anchor, root, signer = trusted()
    key = rsa.generate_private_key(65537, 2048)
    good, bad = (office.certificate("Cour", key.public_key(), JUSTICE, signer, now, 30) for _ in range(2))
    acts.supply_revocations(CONSOLE, anchor=anchor, crl=office.revocations(root, signer, now, [bad.serial_number]))
    assert recipient(pem(good), now)
    with fault("is revoked"):
        recipient(pem(bad), now)
    with fault("out of date"):
        recipient(pem(good), now + timedelta(days=8))
    for crl in ("x", office.revocations(root, ec.generate_private_key(ec.SECP256R1()), now, [])):
        with pytest.raises(Refused):
            acts.supply_revocations(CONSOLE, anchor=anchor, crl=crl)
    with pytest.raises(Refused) as older:
        acts.supply_revocations(
            CONSOLE, anchor=anchor, crl=office.revocations(root, signer, now - timedelta(days=2), [])
        )
    assert older.value.code == "anchor.crl-old"


def test_the_trust_list_is_dated_kept_by_act_and_by_command_line(store, tmp_path, capsys):
    root, signer = office.authority()
    (tmp_path / "ca.pem").write_text(pem(root))
    assert run(["anchor", "trust", str(tmp_path / "ca.pem"), "--title", "Justice"]) == 0
    anchor = Anchor.objects.get()
    made = pem(
        office.certificate("Cour", rsa.generate_private_key(65537, 2048).public_key(), JUSTICE, signer, clock.now(), 30)
    )
    with pytest.raises(Refused):
        acts.trust(CONSOLE, title="Justice", certificate=pem(root))
    with clock.frozen(clock.now() + timedelta(days=2)):
        assert recipient(made, clock.now())
        (tmp_path / "ca.crl").write_text(office.revocations(root, signer, clock.now(), []))
        assert run(["anchor", "crl", anchor.sha256[:8], str(tmp_path / "ca.crl")]) == 0
        assert run(["anchor", "end", anchor.sha256[:8]]) == 0
        with fault("trust list is empty"):
            recipient(made, clock.now())
    assert recipient(made, clock.now())  # on that day it was trusted
    assert run(["anchor", "list"]) == 0
    assert "until 2026-11-28" in capsys.readouterr().out


def test_who_registers_does_not_keep_the_trust_list(store):
    desk = office.people()
    root, _ = office.authority()
    with pytest.raises(Refused) as refused:
        acts.trust(desk.clerk.actor, title="x", certificate=pem(root))
    assert refused.value.code == "access.denied"
    acts.end_trust(desk.security.actor, anchor=Anchor.objects.get())


def test_the_list_of_an_authority_below_counts_for_what_that_one_issued(store, tmp_path):
    now = clock.now()
    anchor, root, _ = trusted()
    middle, made = office.intermediate()
    key = rsa.generate_private_key(65537, 2048)
    leaf, other = (office.certificate("Cour", key.public_key(), office.BETWEEN, middle, now, 30) for _ in range(2))
    crl = office.revocations(made, middle, now, [leaf.serial_number])
    acts.supply_revocations(CONSOLE, anchor=anchor, crl=crl, issuer=pem(made))
    assert recipient(pem(other, made), now)
    with fault("is revoked"):
        recipient(pem(leaf, made), now)
    with fault("out of date"):
        recipient(pem(other, made), now + timedelta(days=8))
    stranger = ec.generate_private_key(ec.SECP256R1())
    alone = office.certificate("Seule", stranger.public_key(), "", stranger, now, 30, ca=True)
    for given, issuer, code in (
        (crl, pem(alone), "anchor.crl-issuer"),
        (crl, pem(leaf, made), "anchor.crl-issuer"),
        (office.revocations(root, stranger, now, []), pem(made), "anchor.crl-other"),
        (office.revocations(made, middle, now - timedelta(days=1), []), pem(made), "anchor.crl-old"),
        (office.revocations(made, middle, now, [], delta=True), pem(made), "anchor.crl-part"),
    ):
        with pytest.raises(Refused) as refused:
            acts.supply_revocations(CONSOLE, anchor=anchor, crl=given, issuer=issuer)
        assert refused.value.code == code
    newer = x509.load_pem_x509_crl(office.revocations(made, middle, now, []).encode())
    (tmp_path / "l.crl").write_bytes(newer.public_bytes(Encoding.DER))
    (tmp_path / "i.pem").write_text(pem(made))
    call = ["anchor", "crl", anchor.sha256[:8], str(tmp_path / "l.crl"), "--issuer", str(tmp_path / "i.pem")]
    assert run(call) == 0
    assert recipient(pem(leaf, made), now)
    assert Revocations.objects.count() == 1


def test_the_page_of_the_trust_list(store):
    people = office.people()
    now, (root, signer) = clock.now(), office.authority()
    client, looking, stranger = Client(), Client(), Client()
    client.force_login(people.security)
    looking.force_login(people.clerk)
    stranger.force_login(people.legal)
    anchor = Anchor.objects.get()
    for path in ("/traffic/trust/", anchor.get_absolute_url()):
        assert stranger.get(path).status_code == 404
        assert looking.get(path).status_code == 200
    assert looking.post(anchor.get_absolute_url() + "end/").status_code == 403
    middle, made = office.intermediate()
    form = {"do": "add", "title": "Intermédiaire", "certificate": "x"}
    kept = client.post("/traffic/trust/", form)
    assert kept.status_code == 422
    assert 'value="Intermédiaire"' in kept.content.decode()
    file = SimpleUploadedFile("ca.cer", made.public_bytes(Encoding.DER))
    assert client.post("/traffic/trust/", {**form, "certificate": "", "certificate_file": file}).status_code == 303
    tried = looking.post(
        "/traffic/trust/", {"do": "try", "tried": office.court(now)[0]}, headers={"accept-language": "en"}
    )
    assert "Tribunal judiciaire de Lyon" in tried.content.decode()
    crl = x509.load_pem_x509_crl(office.revocations(root, signer, now, [7]).encode()).public_bytes(Encoding.DER)
    sent = client.post(anchor.get_absolute_url(), {"crl_file": SimpleUploadedFile("a.crl", crl)})
    assert sent.status_code == 303
    below = {"crl": office.revocations(made, middle, now, []), "issuer": pem(made)}
    assert client.post(anchor.get_absolute_url(), below).status_code == 303
    assert client.post(anchor.get_absolute_url(), {"crl": "?"}).status_code == 422
    assert Revocations.objects.count() == 1
    assert client.post(anchor.get_absolute_url() + "end/").status_code == 303
    anchor.refresh_from_db()
    assert anchor.until is not None


def test_the_desk_is_told_of_the_certificate_before_the_last_step(store, capsys):
    desk = office.people()
    case = office.register(desk, certificate="")
    clerk, legal, outsider = Client(), Client(), Client()
    for client, account in ((clerk, desk.clerk), (legal, desk.legal), (outsider, desk.outsider)):
        client.force_login(account)
    page, step = case.get_absolute_url(), f"{case.get_absolute_url()}do/certificate/"

    def told():
        capsys.readouterr()
        assert run(["requisition", "--as", desk.clerk.email, "show", case.code]) == 0
        return clerk.get(page).content.decode(), legal.get(page).content.decode(), capsys.readouterr().out

    for text in told():
        assert "certificat de l’autorité manque" in text or "certificate is missing" in text
    assert step in told()[0]
    assert step not in told()[1]
    nothing = clerk.post(step, {"certificate": ""})
    assert (nothing.status_code, "Choisissez le fichier" in nothing.content.decode()) == (422, True)
    unread = clerk.post(step, {"certificate": "rien qui se lise"})
    assert (unread.status_code, ">\nrien qui se lise</textarea>" in unread.content.decode()) == (422, True)
    stranger = ec.generate_private_key(ec.SECP256R1())
    unknown = office.certificate("Cour", stranger.public_key(), "", stranger, clock.now(), 30)
    clerk.post(step, {"certificate": pem(unknown)})
    for text in told():
        assert "Aucune autorité de la liste" in text or "No authority of the trust list" in text
    der = x509.load_pem_x509_certificate(office.court()[0].encode()).public_bytes(Encoding.DER)
    file = SimpleUploadedFile("cour.cer", der)
    assert outsider.post(step, {"certificate_file": file}).status_code == 404
    file.seek(0)
    assert clerk.post(step, {"certificate_file": file}).status_code == 303
    for text in told():
        assert "acceptable" in text or "will do, until" in text
    large = SimpleUploadedFile("cour.cer", b"0" * ((1 << 20) + 1))
    assert clerk.post(step, {"certificate_file": large}).status_code == 422
    case.refresh_from_db()
    assert case.certificate == office.court()[0]


def test_a_certificate_is_read_in_whatever_shape_the_authority_sends_it():
    """Files as they come, and what a program can send of them; a private key that came along is not kept."""
    signer, middle = office.intermediate()
    key = office.court()[1].decode()
    court = office.certificate("Cour", signer.public_key(), office.BETWEEN, signer, clock.now(), 30)
    text, der = pem(court), court.public_bytes(Encoding.DER)
    for shape in (Encoding.DER, Encoding.PEM):
        assert armour.certificate_pem(pkcs7.serialize_certificates([middle, court], shape)) == text + pem(middle)
    assert armour.certificate_pem(der) == armour.certificate_text(b64encode(der).decode()) == text
    assert armour.certificate_text(key + text) == text
    assert armour.certificate_text(key) == armour.certificate_pem(b"\x30\x03abc") == "?"
    for other in ("", "rien", "MIIB", "é", text, " " * 200_000 + "!"):
        assert armour.certificate_text(other) == other
    crl = x509.load_pem_x509_crl(office.revocations(*office.authority(), clock.now(), [7]).encode())
    assert (
        armour.list_text(b64encode(crl.public_bytes(Encoding.DER)).decode()) == crl.public_bytes(Encoding.PEM).decode()
    )


def test_a_certificate_in_der_comes_in_by_page_program_and_command(store, tmp_path):
    desk, text = office.people(), office.court()[0]
    der = x509.load_pem_x509_certificate(text.encode()).public_bytes(Encoding.DER)
    file = tmp_path / "cour.cer"
    file.write_bytes(der)
    case = office.register(desk, certificate="")
    assert run(["requisition", "--as", desk.clerk.email, "certify", case.code, str(file)]) == 0
    case.refresh_from_db()
    assert case.certificate == text
    for changed in (office.register(desk, certificate=b64encode(der).decode()), case):
        acts.certify(desk.clerk.actor, requisition=changed, certificate=b64encode(der).decode())
        changed.refresh_from_db()
        assert changed.certificate == text
