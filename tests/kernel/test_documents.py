"""Documents: the same bytes each time, the data inside, nothing spliced, a seal that shows any change."""

import hashlib
import re
import subprocess
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from opposable.kernel import accounts, actors, clock, documents, duties, parts, tsa
from opposable.kernel.audit import audit
from opposable.kernel.documents import Paper, Template, rendering, signing
from opposable.kernel.keys import KeyFault, draw_passphrase, seal
from opposable.kernel.models import Act, Document, Duty, Hold
from opposable.kernel.models.document import path_of
from opposable.kernel.store import NEVER, buckets
from opposable.law import Refused, t
from opposable.ledger import canonical
from tests.legs import need

AT = datetime(2026, 3, 30, 8, 15, 27, tzinfo=UTC)
HOUSE = Template.of("kernel", "summary").files["house.typ"]
BODY = """
#import "house.typ": *
#show: paper.with(title: data.document.title, running: "essai")
#letterhead(data.name, ("une ligne",))
#banner(data.document.title)
= Titre
#prose(data.text)
#ledger((([Nom], left, 40mm), ([Voix], right, 1fr)), data.rows.map(r => (word(r.name), num(r.votes))))
"""
TEMPLATE = Template("tests/one", {"main.typ": BODY, "house.typ": HOUSE})
PAPER = Paper("tests.paper", t("Essai", "Trial"), TEMPLATE, "kernel.permanent", "Arsenal", t("court", "short"))
CONSOLE = actors.system("tests")


def data(**values):
    return {"name": "Arsenal", "text": "Un texte.", "rows": [{"name": "Zoé", "votes": 1_234_567}], **values}


def pdf(at=AT, lang="fr", **values):
    return documents.render(TEMPLATE, PAPER.complete(data(**values), at), lang, at)


def text_of(made):
    need("poppler")
    done = subprocess.run(["pdftotext", "-layout", "-", "-"], input=made, capture_output=True, check=True)
    return done.stdout.decode()


# ---------------------------------------------------------------- rendering


def test_the_same_data_give_the_same_bytes_and_any_change_gives_others():
    first = pdf()
    assert pdf() == first
    assert pdf(at=AT + timedelta(seconds=1)) != first
    assert pdf(text="Un autre texte.") != first
    assert pdf(lang="en") != first


def test_the_date_of_the_file_is_that_of_the_act():
    assert b"/CreationDate (D:20260330081527Z)" in pdf() or b"20260330081527" in pdf()
    assert b"2026-03-30T08:15:27" in pdf()


def test_the_file_declares_pdf_a_3a_and_pdf_ua_1_in_its_structure():
    from pyhanko.pdf_utils.reader import PdfFileReader

    made = pdf()
    root = PdfFileReader(BytesIO(made)).root
    meta = root["/Metadata"].data.decode()
    assert re.search(r"<pdfaid:part>3</pdfaid:part><pdfaid:conformance>A<", meta)
    assert "<pdfuaid:part>1</pdfuaid:part>" in meta
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "fr-FR"
    assert root["/OutputIntents"][0]["/S"] == "/GTS_PDFA1"
    assert str(root["/StructTreeRoot"]["/Type"]) == "/StructTreeRoot"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]


def test_every_font_is_embedded(tmp_path):
    (tmp_path / "a.pdf").write_bytes(pdf())
    need("poppler")
    listed = subprocess.run(["pdffonts", tmp_path / "a.pdf"], capture_output=True, text=True, check=True).stdout
    rows = [line for line in listed.splitlines()[2:] if line.strip()]
    assert rows
    assert all(re.search(r"yes yes yes", line) for line in rows), listed


def test_the_data_are_attached_byte_for_byte_as_the_source(tmp_path):
    from pyhanko.pdf_utils.reader import PdfFileReader

    made = pdf()
    wanted = canonical.encode(PAPER.complete(data(), AT))
    (tmp_path / "a.pdf").write_bytes(made)
    need("poppler")
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "a.pdf"], check=True, capture_output=True)
    assert (tmp_path / "data.json").read_bytes() == wanted
    attached = PdfFileReader(BytesIO(made)).root["/AF"][0]
    assert attached["/AFRelationship"] == "/Source"
    assert attached["/EF"]["/F"].data == wanted
    assert hashlib.sha256(wanted).hexdigest() in text_of(made)


def test_markup_in_the_data_is_text():
    hostile = '#panic("no") *gras* _ital_ $x^2$ [a] \\ <l> @ref // c /* d */ #read("/etc/passwd") `raw` = titre'
    shown = text_of(pdf(name="x", text=hostile)).replace("\n", " ")
    for piece in ('#panic("no")', "*gras*", "$x^2$", "@ref", "// c /* d */", "`raw`"):
        assert piece in re.sub(r"\s+", " ", shown).replace("“", '"').replace("”", '"')


def test_a_template_reads_no_file_of_the_machine(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("x")
    for path in (str(secret), "/etc/hostname", "../issuing.py", "../../files.py"):
        body = f'#set document(title: "x")\n#read("{path}")'
        with pytest.raises(documents.DocumentFault):
            documents.render(Template("tests/read", {"main.typ": body}), {}, "fr", AT)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("李明", "[U+674E][U+660E]"),
        ("Zoé 😀", "Zoé [U+1F600]"),
        ("moc\u202eexe", "moc[U+202E]exe"),
        ("a\u0000b\u200bc\ufeff", "a[U+0000]b[U+200B]c[U+FEFF]"),
        ("Ærø Łódź İpek Nguyễn", "Ærø Łódź İpek Nguyễn"),
        ("Ελένη Жукова", "Ελένη Жукова"),
    ],
)
def test_a_character_without_a_glyph_is_printed_as_its_code(name, shown):
    made = pdf(rows=[{"name": name, "votes": 3}])
    assert shown in re.sub(r"(?<=\])\s+(?=\[|[a-z])|(?<=[a-z])\s+(?=\[)", "", text_of(made))
    attached = canonical.decode(canonical.encode(PAPER.complete(data(rows=[{"name": name, "votes": 3}]), AT)))
    assert attached["rows"][0]["name"] == name


def test_right_to_left_names_do_not_move_the_figures_beside_them():
    made = text_of(pdf(rows=[{"name": "שלום כהן", "votes": 12_345}, {"name": "محمد علي", "votes": 67}]))
    assert re.search(r"12.345", made)
    assert any(re.search(r"\b67\s*$", line) for line in made.splitlines())


def test_a_very_long_word_breaks_inside_its_column(tmp_path):
    made = pdf(rows=[{"name": "Donaudampfschifffahrt" * 20, "votes": 42}])
    (tmp_path / "a.pdf").write_bytes(made)
    need("poppler")
    done = subprocess.run(["pdftotext", "-bbox", tmp_path / "a.pdf", "-"], capture_output=True, text=True, check=True)
    boxes = re.findall(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="[\d.]+">([^<]*)<', done.stdout)
    head = next(float(y) for _, y, _, text in boxes if text == "Voix")
    below = [(float(end), text) for _, y, end, text in boxes if head < float(y) < 700]
    assert "".join(text for _, text in below if text != "42").replace("\ufb03", "ffi").count("fahrt") > 15
    assert max(end for end, text in below if text != "42") <= (22 + 40) * 72 / 25.4 + 1
    assert "42" in {text for _, text in below}


def test_everything_that_is_said_to_be_printable_is():
    ranges = re.findall(r"(.)-(.)", rendering._PRINTED)
    chars = [chr(n) for a, b in ranges for n in range(ord(a), ord(b) + 1)]
    import unicodedata

    known = [c for c in chars if unicodedata.category(c) not in ("Cn", "Mn", "Me")]
    assert len(known) > 2_000
    assert not rendering._codes(known)
    made = pdf(text="x" + " x".join(known[n : n + 40] and "".join(known[n : n + 40]) for n in range(0, len(known), 40)))
    assert made.startswith(b"%PDF-1.7")


def test_a_glyph_missing_from_a_template_is_an_error_that_names_it():
    bad = Template("tests/bad", {"main.typ": '#set document(title: "x")\n漢', "house.typ": ""})
    with pytest.raises(documents.DocumentFault, match="漢"):
        documents.render(bad, {}, "fr", AT)


def test_a_template_that_wants_what_the_data_do_not_have_is_an_error():
    with pytest.raises(documents.DocumentFault, match=r"tests/one"):
        documents.render(TEMPLATE, {"document": {}}, "fr", AT)


def test_french_punctuation_holds_to_its_word():
    words = ["Est-ce vrai ? Oui : « certes » ; 12 % à 15 h 00 et 50 € ! "][0]
    lines = text_of(pdf(text=words * 40)).splitlines()
    said = [line.strip() for line in lines if "certes" in line or "vrai" in line]
    assert len(said) > 15
    assert [line for line in said if re.match(r"[?:;!»%€]|h 00|00", line) or re.search(r"(«|\bh)$", line)] == []


def test_the_head_of_a_long_table_comes_back_on_each_page():
    made = text_of(pdf(rows=[{"name": f"Titulaire {n}", "votes": n} for n in range(300)]))
    pages = made.split("\f")[:-1]
    assert len(pages) > 4
    assert sum(1 for page in pages if re.search(r"Nom\s+Voix", page)) == len([p for p in pages if "Titulaire" in p])
    assert re.search(rf"{len(pages)}\s*/\s*{len(pages)}", pages[-1])


# ---------------------------------------------------------------- the seal


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    draw_passphrase(folder)
    return folder


@pytest.fixture(scope="module")
def signer(home):
    return seal.Signer.open(home)


@pytest.fixture(scope="module")
def authority(home):
    return tsa.open_tsa(home, "local")


@pytest.fixture(scope="module")
def signed(signer, authority):
    with clock.frozen(AT):
        return documents.sign(pdf(), signer, AT, authority, reason="essai")


def test_a_signed_file_is_good_and_dated_by_its_token(signed, signer, authority):
    seen = documents.check(signed, [signer.pem], authority.roots)
    assert seen.good
    assert (seen.signed_at, seen.stamped_at) == (AT, AT)
    assert seen.signer == seal.TRIAL
    assert signed.startswith(pdf())


def test_poppler_agrees_that_the_signature_is_valid(signed, tmp_path):
    need("poppler")
    (tmp_path / "a.pdf").write_bytes(signed)
    said = subprocess.run(["pdfsig", tmp_path / "a.pdf"], capture_output=True, text=True, check=False).stdout
    assert "Signature is Valid" in said
    assert "ETSI.CAdES.detached" in said
    assert "Total document signed" in said


def test_the_widget_is_out_of_the_page_and_printable_as_both_standards_want(signed):
    from pyhanko.pdf_utils.reader import PdfFileReader

    field = PdfFileReader(BytesIO(signed)).root["/AcroForm"]["/Fields"][0]
    assert int(field["/F"]) & 4
    assert not int(field["/F"]) & 2
    assert all(float(edge) < 0 for edge in field["/Rect"])


def test_signing_leaves_the_metadata_and_the_data_alone(signed, tmp_path):
    (tmp_path / "a.pdf").write_bytes(signed)
    need("poppler")
    subprocess.run(["pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "a.pdf"], check=True, capture_output=True)
    assert (tmp_path / "data.json").read_bytes() == canonical.encode(PAPER.complete(data(), AT))
    assert signed.count(b"<pdfaid:part>3</pdfaid:part>") == 1


def test_every_byte_counts(signed, signer, authority):
    """A flip anywhere (but in the filling of the signature's own place) is seen."""
    start = signed.index(b"/Contents <") if b"/Contents <" in signed else signed.index(b"/Contents<")
    end = signed.index(b">", start)
    for place in (*range(200, start, start // 12), end + 5, len(signed) - 12):
        bad = bytearray(signed)
        bad[place] ^= 1
        assert not documents.check(bytes(bad), [signer.pem], authority.roots).good, place


def test_what_is_appended_is_seen(signed, signer, authority):
    seen = documents.check(signed + b"\n% more", [signer.pem], authority.roots)
    assert not seen.good
    assert not seen.whole


def test_a_file_without_signature_or_without_form_is_not_good(signer, authority):
    assert documents.check(pdf(), [signer.pem], authority.roots).problem == "no signature"
    assert not documents.check(b"%PDF-1.7 rubbish", [signer.pem], authority.roots).good


def test_a_certificate_of_somebody_else_is_not_trusted(signed, authority, tmp_path):
    draw_passphrase(tmp_path)
    other = seal.Signer.open(tmp_path)
    seen = documents.check(signed, [other.pem], authority.roots)
    assert (seen.intact, seen.trusted, seen.good) == (True, False, False)


def test_a_token_of_somebody_else_dates_nothing(signed, signer, tmp_path):
    other = tsa.open_tsa(tmp_path, "local")
    seen = documents.check(signed, [signer.pem], other.roots)
    assert seen.stamped_at is None
    assert not seen.good


def test_an_authority_that_refuses_leaves_nothing_signed(signer, authority):
    class Silent:
        roots = authority.roots

        def ask(self, query):
            raise tsa.TsaFault(t("non", "no"))

    with pytest.raises(tsa.TsaFault):
        documents.sign(pdf(), signer, AT, Silent())


def test_an_authority_that_answers_another_question_is_not_believed(signer, authority):
    recorded = authority.ask(signing._stamper(authority).request_cms(b"\0" * 32, "sha256")[1].dump())

    class Replaying:
        roots, label = authority.roots, authority.label

        def ask(self, query):
            return recorded

    with pytest.raises(tsa.TsaFault, match="nonce"):
        documents.sign(pdf(), signer, AT, Replaying())
    recorded = authority.ask(b"no query")
    with pytest.raises(tsa.TsaFault):
        documents.sign(pdf(), signer, AT, Replaying())
    recorded = b"no response"
    with pytest.raises(tsa.TsaFault):
        documents.sign(pdf(), signer, AT, Replaying())


# ---------------------------------------------------------------- the certificate


def test_the_certificate_of_a_trial_says_so(signer, home):
    assert "démonstration" in signer.name
    assert signer.level == "simple"
    said = seal.statement(home)
    assert said.level == "simple"
    assert "démonstration" in said.text.fr
    assert "simple" in said.text.fr


def test_the_key_file_is_encrypted_and_closed(home, signer):
    path = home / seal.FOLDER / "seal.key"
    assert path.stat().st_mode & 0o077 == 0
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_the_authority_s_own_key_is_written_nowhere(home, signer):
    assert sorted(path.name for path in (home / seal.FOLDER).iterdir()) == ["seal.key", "seal.pem"]
    root = signer.chain[-1]
    assert root.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    signer.certificate.verify_directly_issued_by(root)


def test_in_production_the_certificate_has_real_dates(tmp_path, monkeypatch):
    monkeypatch.setenv("OPPOSABLE_PASSPHRASE", "une phrase de passe assez longue pour ne pas être étirée")
    with clock.frozen(AT):
        made = seal.Signer.open(tmp_path)
    assert made.name == seal.OWN
    assert made.certificate.not_valid_before_utc <= AT <= made.certificate.not_valid_after_utc
    assert made.certificate.not_valid_before_utc > AT - timedelta(days=1)


def test_the_passphrase_can_be_changed_and_changed_again(tmp_path):
    draw_passphrase(tmp_path)
    before = seal.Signer.open(tmp_path).fingerprint
    new = b"x" * 40
    seal.change_passphrase(tmp_path, new)
    seal.change_passphrase(tmp_path, new)
    with pytest.raises(ValueError, match=r"(?i)password|decrypt"):
        seal.Signer.open(tmp_path)
    (tmp_path / "keys" / "passphrase").write_bytes(new + b"\n")
    assert seal.Signer.open(tmp_path).fingerprint == before


def pkcs12_of(signer, phrase):
    return pkcs12.serialize_key_and_certificates(
        b"seal", signer.key, signer.certificate, list(signer.chain), BestAvailableEncryption(phrase)
    )


def test_an_operator_s_certificate_signs_at_the_level_he_states(home, signer, authority, tmp_path):
    draw_passphrase(tmp_path)
    phrase = seal.find_passphrase(tmp_path)
    path = tmp_path / "keys" / "seal.p12"
    path.write_bytes(pkcs12_of(signer, phrase))
    path.chmod(0o600)
    made = seal.Signer.open(tmp_path, {"pkcs12": "keys/seal.p12", "level": "advanced"})
    assert (made.level, made.fingerprint) == ("advanced", signer.fingerprint)
    with clock.frozen(AT):
        assert documents.check(documents.sign(pdf(), made, AT, authority), [made.pem], authority.roots).good
    assert seal.statement(tmp_path, {"pkcs12": "keys/seal.p12", "level": "advanced"}).level == "advanced"


def test_a_certificate_file_that_does_not_open_or_claims_nonsense_is_a_fault(signer):
    with pytest.raises(KeyFault, match="PKCS#12"):
        seal.Signer.from_pkcs12(pkcs12_of(signer, b"a" * 20), b"b" * 20)
    with pytest.raises(KeyFault, match="Niveau"):
        seal.Signer.from_pkcs12(pkcs12_of(signer, b"a" * 20), b"a" * 20, "legal")


def test_a_kind_of_key_that_signs_no_pdf_is_a_fault():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    with pytest.raises(KeyFault):
        seal._usable(Ed25519PrivateKey.generate())
    assert seal._usable(ec.generate_private_key(ec.SECP256R1()))


# ---------------------------------------------------------------- acts


@pytest.fixture
def subject(db, log):
    from opposable.kernel.acts import REGISTRY, act

    if "tests.hold.make" not in REGISTRY:

        @act("tests.hold.make", label=t("Essai", "Trial"), api=False)
        def make(a, *, reason):
            row = Hold(cell=accounts.root(), reason=reason, since=a.now)
            a.record(row)
            return row

    return REGISTRY["tests.hold.make"].call(CONSOLE, reason="x").result


def issued(subject, **values):
    return documents.issue_document(CONSOLE, subject=subject, paper=PAPER, data=data(**values))


def test_an_issued_document_is_what_its_act_says(subject):
    receipt = issued(subject)
    document = receipt.result
    said = parts.read(receipt.act_id, "data")
    assert said["rows"] == data()["rows"]
    assert document.data_sha256 == hashlib.sha256(canonical.encode(said)).hexdigest()
    made = documents.read(document)
    assert hashlib.sha256(made).hexdigest() == document.sha256
    assert len(made) == document.size
    assert said["document"]["issued"]["utc"] == clock.utc(receipt.at)
    assert Document.objects.get(pk=document.pk).state()["sha256"] == document.sha256


def test_it_is_made_again_byte_for_byte_from_the_log(subject, settings):
    document = issued(subject).result
    (settings.HOME / document.path).unlink()
    assert documents.rerender(document) is True


def test_a_changed_row_is_found_by_rendering_again(subject):
    document = issued(subject).result
    document.sha256 = "0" * 64
    assert documents.rerender(document) is False


def test_another_compiler_is_said_not_blamed(subject):
    document = issued(subject).result
    document.sha256, document.typst = "0" * 64, "0.1.0"
    with pytest.raises(documents.OtherCompiler, match=r"0\.1\.0"):
        documents.rerender(document)


def test_the_template_of_its_day_makes_it_again_after_the_template_changed(subject, monkeypatch):
    document = issued(subject).result
    monkeypatch.setattr(Template, "of", lambda *_: Template("tests/one", {"main.typ": "x"}))
    assert documents.rerender(document) is True


def test_a_template_that_is_missing_or_changed_is_named(subject, settings):
    document = issued(subject).result
    path = settings.HOME / "documents" / "templates" / f"{document.template_sha256}.json"
    kept = path.read_bytes()
    try:
        path.write_bytes(kept + b" ")
        with pytest.raises(documents.DocumentFault, match="tests/one"):
            documents.rerender(document)
        path.unlink()
        with pytest.raises(documents.DocumentFault, match="tests/one"):
            documents.rerender(document)
    finally:
        path.write_bytes(kept)


def test_versions_count_up_and_earlier_files_stay(subject):
    one, two = issued(subject).result, issued(subject, text="mieux").result
    assert (one.version, two.version) == (1, 2)
    assert documents.read(one) != documents.read(two)


def test_the_file_at_rest_shows_nothing_and_a_changed_one_does_not_open(subject, settings):
    document = issued(subject, name="Mademoiselle Introuvable").result
    path = settings.HOME / document.path
    kept = path.read_bytes()
    assert b"%PDF" not in kept
    path.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
    with pytest.raises(KeyFault):
        documents.read(document)
    path.unlink()
    with pytest.raises(documents.DocumentErased):
        documents.read(document)


def week(monkeypatch):
    """A retention class of a week, and a paper kept under it."""
    from opposable.kernel.system import RetentionClass, retention_classes

    late = RetentionClass("tests.week", t("Essai", "Trial"), "", lambda day: day + timedelta(days=7))
    monkeypatch.setitem(retention_classes(), "tests.week", late)
    return Paper(PAPER.kind, PAPER.title, TEMPLATE, "tests.week", "Arsenal", PAPER.short)


def test_on_its_day_the_file_is_erased_with_its_data_in_the_backups_too(subject, settings, monkeypatch, log):
    from opposable.kernel import retention

    paper = week(monkeypatch)
    with clock.frozen(AT):
        document = documents.issue_document(CONSOLE, subject=subject, paper=paper, data=data()).result
        documents.seal_document(CONSOLE, document=document)
        log.seal_once()
        assert audit(parts=True).ok
    backup = {name: (settings.HOME / path_of(name)).read_bytes() for name in (document.sha256, document.signed_sha256)}
    with clock.frozen(AT + timedelta(days=6)):
        retention.run()
        assert documents.read(document)
    buckets(settings.HOME).key("tests.week", NEVER, create=True)  # as when a hold keeps something else of the class
    with clock.frozen(AT + timedelta(days=8)):
        retention.run()
        assert audit(parts=True).ok, "lawfully absent"
    assert not any((settings.HOME / path_of(name)).exists() for name in backup)
    for name, kept in backup.items():
        (settings.HOME / path_of(name)).write_bytes(kept)
    for again in (documents.read, documents.rerender):
        with pytest.raises(documents.DocumentErased):
            again(document)
    assert documents.let_go(document.keep, document.until) == 2
    assert documents.let_go(document.keep, document.until) == 0


def test_a_hold_keeps_the_file_with_its_data(subject, settings, monkeypatch, log):
    from opposable.kernel import retention

    paper = week(monkeypatch)
    with clock.frozen(AT):
        held = documents.issue_document(CONSOLE, subject=subject, paper=paper, data=data()).result
        documents.seal_document(CONSOLE, document=held)
        other = documents.issue_document(CONSOLE, subject=subject, paper=paper, data=data(text="y")).result
        retention.place_hold(CONSOLE, objs=[held.uid], reason="procès")
        log.seal_once()
    with clock.frozen(AT + timedelta(days=8)):
        retention.run()
        with pytest.raises(documents.DocumentErased):
            documents.read(other)
        assert documents.check_seal(held).good
        assert documents.rerender(held)
        assert audit(parts=True).ok
        retention.lift_hold(CONSOLE, hold=Hold.objects.get(obj=held.uid))
        retention.run()
        assert not (settings.HOME / path_of(held.sha256)).exists(), "the hold had it moved under the key without end"
        with pytest.raises(documents.DocumentErased):
            documents.read(held)
        assert audit(parts=True).ok


def test_the_audit_names_each_file_that_is_gone_or_changed(subject, settings, log):
    document = issued(subject).result
    documents.seal_document(CONSOLE, document=document)
    log.seal_once()
    document.refresh_from_db()
    (seal,) = document.signed_by
    public = {
        f"documents/certificates/{seal['certificates']}.pem": "document.other",
        f"documents/certificates/{seal['tsa_roots']}.pem": "document.other",
        f"documents/templates/{document.template_sha256}.json": "document.other",
    }
    for path, check in {path_of(document.sha256): "", path_of(document.signed_sha256): "", **public}.items():
        before = (settings.HOME / path).read_bytes()
        for after in (before[:-1] + bytes([before[-1] ^ 1]), before[:5], None):
            (settings.HOME / path).write_bytes(after) if after is not None else (settings.HOME / path).unlink()
            wanted = check or ("document.content" if after is not None else "document.missing")
            found = [(one.check, one.table, one.row, one.detail) for one in audit(parts=True).findings]
            assert found == [(wanted, "kernel_document", str(document.pk), path)]
            assert audit().ok is (wanted == "document.content"), "without --parts a file is there or not"
            (settings.HOME / path).write_bytes(before)
    assert audit(parts=True).ok


def test_the_seal_is_an_act_and_is_put_on_once(subject):
    document = issued(subject).result
    receipt = documents.seal_document(CONSOLE, document=document)
    document.refresh_from_db()
    assert document.signature_level == "simple"
    assert documents.read(document).startswith(documents.read(document, signed=False))
    assert documents.check_seal(document).good
    assert documents.rerender(document)
    assert Act.objects.get(pk=receipt.act_id).type == "kernel.document.sign"
    with pytest.raises(Refused) as refused:
        documents.seal_document(CONSOLE, document=document)
    assert refused.value.code == "document.sealed"


def test_an_altered_sealed_file_is_detected(subject, signer):
    document = documents.seal_document(CONSOLE, document=issued(subject).result).result
    made = bytearray(documents.read(document))
    made[len(made) // 3] ^= 1
    assert not documents.check(
        bytes(made), [documents.installation_signer().pem], documents.installation_tsa().roots
    ).good


def test_whoever_may_not_approve_does_not_seal(subject, settings):
    document = issued(subject).result
    nobody = accounts.open_account(CONSOLE, email="n@example.test", name="N").result.actor
    before = sorted((settings.HOME / "documents").rglob("*.sealed"))
    with pytest.raises(Refused) as refused:
        documents.seal_document(nobody, document=document)
    assert refused.value.code == "access.denied"
    assert sorted((settings.HOME / "documents").rglob("*.sealed")) == before


def test_a_seal_that_is_owed_is_put_on_by_the_tick(subject, monkeypatch):
    from opposable.kernel.acts import REGISTRY, act

    if "tests.paper.owe" not in REGISTRY:

        @act("tests.paper.owe", label=t("Essai", "Trial"), api=False)
        def owe(a, *, subject):
            document = documents.issue(a, subject, PAPER, data())
            documents.owe_seal(a, document)
            return document

    document = REGISTRY["tests.paper.owe"].call(CONSOLE, subject=subject).result
    assert Duty.objects.get(obj=document.uid).closed_at is None
    said = duties.tick()
    document.refresh_from_db()
    assert document.signature_level == "simple", said
    assert Duty.objects.get(obj=document.uid).closed_at is not None


def test_titles_and_signers_in_the_row_are_not_personal(subject):
    document = issued(subject, name="Mademoiselle Introuvable").result
    assert "Introuvable" not in str(document.state())


def test_the_bundle_summary_prints_in_both_languages():
    at = clock.utc(AT)
    given = {
        "title": "Assemblée du 30 mars 2026", "origin": "x.example/1", "size": 12, "root": "q" * 44, "key": "ab" * 32, "at": at,
        "stamp": None, "not_before": None, "witnesses": [],
        "acts": [
            {
                "index": 3, "erased": False, "entry": "cd" * 32, "at": {"utc": at, "text": "30 mars"}, "type": "x.y",
                "label": "Recevoir", "outcome": "refused", "object": "e" * 32, "seq": 0, "rule": "C. com., art. R. 225-77",
                "parts": [{"name": "form", "enclosed": False, "withheld": True}],
            },
            {"index": 4, "erased": True, "entry": "ef" * 32},
        ],
        "erasures": [], "rules": [],
    }  # fmt: skip
    french, english = (text_of(documents.bundle_summary_pdf(given, lang)) for lang in ("fr", "en"))
    assert "refusé" in french
    assert "form réservée" in french
    assert "en-tête effacé" in french
    assert "refused" in english
    assert "form withheld" in english
