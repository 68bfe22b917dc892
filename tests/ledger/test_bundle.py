"""The container: what is written, byte for byte, and what a hostile one may not do."""

import io
import subprocess
import sys
import zipfile
from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from opposable.ledger import canonical, token
from opposable.ledger.bundle import Bundle, BundleAct, Limits, layout, manifest, write
from opposable.ledger.bundle.writer import members, write_files
from opposable.ledger.errors import BundleError, TokenError
from opposable.ledger.verify import verify
from tests.bad import case
from tests.bad.cheats import zipped
from tests.bad.tsa import tsa


def stamp(data):
    return tsa().stamp(data, case.SEALED)


@pytest.fixture(scope="module")
def content():
    return case.good_content(case.seal(case.good_plan()))


# --- writing ---------------------------------------------------------------------------------------------------------


def test_the_layout_is_the_one_that_other_tools_read(content, tmp_path):
    path = write(content, tmp_path / "case.asice", stamp=stamp)
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    token_name = f"tsa/{token.token_hash(content.tokens[0])}.tsr"
    root_name = f"tsa/{sha256(content.roots[0]).hexdigest()[:16]}.pem"
    assert names[0] == "mimetype"
    assert names[1:] == sorted(names[1:])
    assert set(names) == {
        "mimetype", "README.txt", "summary.html", "VERIFY.sh", "verify.html",
        *(f"acts/{index}/act.{kind}" for index in (0, 1, 2, 4, 5, 6, 7) for kind in ("json", "tlog-proof")),
        "acts/0/part-notice.json", "acts/0/part-why.json", "acts/1/part-objects.json", "acts/2/part-form.json",
        "acts/5/part-why.json", "acts/6/part-form.json",
        "erasures/8/act.json", "erasures/8/act.tlog-proof", "erasures/8/part-erasure.json",
        *(f"objects/{obj}.json" for obj in (case.MEETING, case.FORM, case.HOLDERS[1])),
        "rules/assembly.form.deadline-electronic.json", "consistency/2-14.json", "withheld.json",
        "checkpoint", "checkpoint.tsr", token_name, root_name, "log.pem", "log.vkey", "policy",
        "META-INF/ASiCManifest.xml", "META-INF/timestamp.tst",
    }  # fmt: skip
    assert verify(path).ok


def test_the_mimetype_can_be_read_at_a_fixed_place(content, tmp_path):
    data = write(content, tmp_path / "case.asice").read_bytes()
    assert data[30:69] == b"mimetypeapplication/vnd.etsi.asic-e+zip"
    assert data[8:10] == b"\0\0"


def test_the_same_content_gives_the_same_bytes(content, tmp_path):
    one = write(content, tmp_path / "one.asice", stamp=stamp).read_bytes()
    assert one == write(content, tmp_path / "two.asice", stamp=stamp).read_bytes()
    with zipfile.ZipFile(io.BytesIO(one)) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_script_can_be_run_once_unpacked(content, tmp_path):
    with zipfile.ZipFile(write(content, tmp_path / "case.asice")) as archive:
        assert archive.getinfo("VERIFY.sh").external_attr >> 16 == 0o100755
        assert archive.getinfo("README.txt").external_attr >> 16 == 0o100644


def test_a_bundle_is_written_whole_or_not_at_all(content, tmp_path):
    path = tmp_path / "case.asice"
    path.write_bytes(b"the one before")

    def no_answer(data):
        raise OSError("the authority does not answer")

    with pytest.raises(OSError, match="does not answer"):
        write(content, path, stamp=no_answer)
    with pytest.raises(TokenError):
        write(content, path, stamp=lambda _: b"no token")
    assert path.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_failure_while_writing_leaves_nothing_behind(content, tmp_path, monkeypatch):
    def full(self, *arguments, **keywords):
        raise OSError("no space left")

    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(OSError, match="no space"):
        write(content, tmp_path / "case.asice")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"proofs": {}},
        {"acts": [BundleAct(0, b"{}", {"Bad Name": b"{}"})]},
        {"acts": [BundleAct(0, b"{}", {"../../etc": b"{}"})]},
        {"acts": [BundleAct(0, b"{}"), BundleAct(0, b"[]")]},
        {"objects": [{"obj": "../x"}]},
    ],
)
def test_content_that_no_bundle_can_hold_is_refused(content, change):
    with pytest.raises(BundleError):
        members(replace(content, **change))


def test_several_wordings_of_a_rule_lie_side_by_side(content):
    rows = [canonical.encode(case.rule_row(since)) for since in ("1967-03-23", "2006-12-12")]
    files = members(replace(content, rules=[*rows, rows[0]]))
    names = [name for name in files if name.startswith("rules/")]
    assert names[0] == "rules/assembly.form.deadline-electronic.json"
    assert names[1] == f"rules/assembly.form.deadline-electronic@{sha256(files[names[1]]).hexdigest()[:16]}.json"
    assert {files[name] for name in names} == set(rows)


def test_the_readme_names_the_case_and_the_commands(content):
    text = members(content)["README.txt"].decode()
    assert text.startswith(
        "DOSSIER DE PREUVE : Assemblée mixte du 30 mars 2026\nJournal : arsenal.example/2026, 14 actes"
    )
    for command in ("sh VERIFY.sh", "openssl ts -verify", "python -m opposable.ledger verify"):
        assert text.count(command) >= 2  # French and English
    untitled = members(replace(content, title=""))["README.txt"].decode()
    assert "DOSSIER DE PREUVE : arsenal.example/2026\n" in untitled
    hostile = members(replace(content, title="$HOME\nCE QUI EST PROUVÉ : tout"))["README.txt"].decode()
    assert hostile.startswith("DOSSIER DE PREUVE : $HOME CE QUI EST PROUVÉ : tout\n")


# --- the manifest ----------------------------------------------------------------------------------------------------

NAMES = st.from_regex(r"\A[A-Za-z0-9]{1,8}(/[A-Za-z0-9._@-]{1,8}){0,3}\Z")


@given(st.dictionaries(NAMES, st.binary(min_size=32, max_size=32), max_size=8))
def test_a_manifest_is_read_as_it_was_written(digests):
    assert manifest.parse(manifest.render(digests)) == digests


@given(st.binary(max_size=200))
def test_any_other_bytes_are_no_manifest(data):
    with pytest.raises(BundleError):
        manifest.parse(data)


def test_a_manifest_is_well_formed_xml_of_etsi():
    """Asked of a parser in another process: none is needed in ours."""
    data = manifest.render({"README.txt": bytes(32), "acts/0/act.json": bytes(32)})
    code = (
        "import sys, xml.etree.ElementTree as E; root = E.fromstring(sys.stdin.buffer.read());"
        "print(root.tag, [one.get('URI') for one in root])"
    )
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True, timeout=180)
    assert done.stdout.decode().strip() == (
        "{http://uri.etsi.org/02918/v1.2.1#}ASiCManifest ['META-INF/timestamp.tst', 'README.txt', 'acts/0/act.json']"
    )


# --- reading ---------------------------------------------------------------------------------------------------------


def opened(data, **limits):
    return Bundle(data, Limits(**limits) if limits else None)


def test_members_are_read_from_a_path_or_from_bytes(good):
    for source in (good, str(good), good.read_bytes()):
        with Bundle(source) as bundle:
            assert bundle.problems == []
            assert bundle.names[0] == "mimetype"
            assert bundle.read("mimetype") == layout.MIMETYPE_TEXT
            assert "checkpoint" in bundle
            with pytest.raises(BundleError, match="not in the bundle"):
                bundle.read("nothing")


@pytest.mark.parametrize(
    "name", ["../up", "/root", "a//b", "a/./b", "a/../b", "C:\\x", "a\\b", "é", "a b", "-x", ".hidden", "a/", "a\nb"]
)
def test_names_that_lead_elsewhere_are_problems(name):
    with opened(zipped([("mimetype", layout.MIMETYPE_TEXT), (name, b"")])) as bundle:
        assert {problem.check for problem in bundle.problems} == {"container.names"}


@pytest.mark.parametrize("name", ["CON", "a.b-c_d@e", "acts/12/part-form.json", "A" * 200])
def test_plain_names_are_none(name):
    with opened(zipped([("mimetype", layout.MIMETYPE_TEXT), (name, b"")])) as bundle:
        assert bundle.problems == []


def test_more_than_the_reader_takes_is_refused_before_unpacking():
    data = zipped([("mimetype", layout.MIMETYPE_TEXT), ("a", bytes(1000)), ("b", bytes(1000))])
    assert opened(data).problems == []
    with pytest.raises(BundleError, match="more than this reader takes"):
        opened(data, members=2)
    with pytest.raises(BundleError, match="more than this reader takes"):
        opened(data, total=1500)
    bundle = opened(data, member=500)
    assert {problem.where for problem in bundle.problems} == {"a", "b"}
    with pytest.raises(BundleError, match="more than this reader takes"):
        bundle.read("a")
    assert {problem.check for problem in opened(data, ratio=10, ratio_from=100).problems} == {"container.size"}


def test_a_directory_that_lies_about_a_size_does_not_make_the_reader_unpack_more():
    data = bytearray(zipped([("mimetype", layout.MIMETYPE_TEXT), ("a", bytes(100_000))]))
    at = data.rindex(b"a") - 46
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    with opened(bytes(data)) as bundle:
        assert {problem.check for problem in bundle.problems} == {"container.zip"}
        with pytest.raises(BundleError):
            bundle.read("a")


def test_overlapping_members_are_a_problem():
    """Two members over the same bytes: how small archives unpack to petabytes."""
    data = bytearray(zipped([("mimetype", layout.MIMETYPE_TEXT), ("a", b"x" * 9), ("b", b"y" * 9)], zipfile.ZIP_STORED))
    first = data.index(b"PK\x03\x04", 40)
    at = data.rindex(b"b") - 46
    data[at + 42 : at + 46] = first.to_bytes(4, "little")
    with opened(bytes(data)) as bundle:
        assert "container.zip" in {problem.check for problem in bundle.problems}


@given(st.binary(max_size=300))
def test_arbitrary_bytes_never_do_more_than_be_refused(data):
    with pytest.raises(BundleError):
        Bundle(data)
    assert verify(data).failed == {"container.zip"}


@given(st.data())
def test_arbitrary_damage_never_does_more_than_be_reported(data):
    raw = bytearray(zipped([("mimetype", layout.MIMETYPE_TEXT), ("acts/0/act.json", b"{}" * 50), ("checkpoint", b"x")]))
    for _ in range(data.draw(st.integers(1, 6))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    assert not verify(bytes(raw)).ok


def test_an_archive_streamed_by_another_writer_is_read():
    """With data descriptors behind the members, as writers make that do not know sizes beforehand."""

    class Unseekable(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *arguments):
            raise io.UnsupportedOperation

        def tell(self):
            raise io.UnsupportedOperation

    out = Unseekable()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (("mimetype", layout.MIMETYPE_TEXT), ("README.txt", b"x" * 100)):
            archive.writestr(zipfile.ZipInfo(name), data)
    with opened(out.getvalue()) as bundle:
        assert "container.zip" not in {problem.check for problem in bundle.problems}
        assert bundle.read("README.txt") == b"x" * 100


def test_a_missing_file_is_no_bad_bundle(tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        verify(tmp_path / "nowhere.asice")


def test_files_are_written_with_the_mimetype_first(tmp_path):
    path = write_files({"a": b"1", "mimetype": layout.MIMETYPE_TEXT}, tmp_path / "x.asice")
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist() == ["mimetype", "a"]


def test_more_members_than_the_old_zip_can_count(tmp_path):
    """A large case: the directory then says its size in the longer form (ZIP64)."""
    files = {f"acts/{index}/act.json": b"" for index in range(70_000)}
    path = write_files(files | {"mimetype": layout.MIMETYPE_TEXT}, tmp_path / "large.asice")
    with Bundle(path) as bundle:
        assert (len(bundle.names), bundle.problems) == (70_001, [])
    with pytest.raises(BundleError, match="more than this reader takes"):
        Bundle(path, Limits(members=70_000))
