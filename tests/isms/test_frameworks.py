"""Frameworks and maps of others, the standard's text under licence: read within bounds, shown inside, and nothing of it leaves."""

import gzip
import json
import zipfile

import pytest
import yaml
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opposable.kernel import clock, decisions, parts
from opposable.kernel.models import Act, Part
from opposable.law import Refused
from opposable.systems.isms import acts
from opposable.systems.isms.commands import run
from opposable.systems.isms.exchange import downloads, frameworks, oscal, tables
from opposable.systems.isms.exchange.libraries import LibraryFault, load_yaml
from opposable.systems.isms.models import CrossMap, Framework
from tests.isms.story import CONSOLE, NOW, decide_all, found, person

pytestmark = pytest.mark.django_db
SECRET = "Zibeline quarante-deux"
TEXTS = f"Identifiant;Titre;Texte\nA.5.1;Le titre acheté;{SECRET}\n8.24;Autre;Autre {SECRET}\n".encode()
MAP = b"Source;Cible;Relation\nA.5.1;art. 21(2)(a);partielle\n7.4;art. 21(2)(i);\nZZ;art. 1;\n"
LIBRARY = {
    "urn": "urn:x:lib", "name": "Livre", "provider": "Maison", "copyright": "CC BY",
    "objects": {
        "framework": {
            "urn": "urn:x:framework:f", "ref_id": "F-1", "name": "Cadre",
            "requirement_nodes": [
                {"urn": "urn:x:req_node:f:1", "assessable": False, "ref_id": "1", "name": "Chapitre"},
                {"urn": "urn:x:req_node:f:1.1", "assessable": True, "ref_id": "1.1", "description": "Faire"},
                {"urn": "urn:x:req_node:f:1.2", "assessable": True, "name": "Sans référence"},
            ],
        },
        "requirement_mapping_sets": [{
            "urn": "urn:x:map", "ref_id": "M-1", "name": "Carte", "source_framework_urn": "urn:x:framework:f",
            "target_framework_urn": "urn:y:framework:iso27001-2022",
            "requirement_mappings": [{
                "source_requirement_urn": "urn:x:req_node:f:1.1", "target_requirement_urn": "urn:y:req_node:iso27001-2022:a.5.1",
                "relationship": "subset",
            }],
        }],
    },
}  # fmt: skip


def client_of(account):
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(account)
    return client


def send(client, data, **more):
    form = {"file": SimpleUploadedFile("f.csv", data), "edition": "iso27001-2022", **more}
    return client.post("/isms/arsenal/frameworks/bring/", form)


@pytest.fixture
def office(log):
    with clock.frozen(NOW):
        officer, boss = person("Léa Morel", "officer"), person("Hélène Simon", "management")
        scope, _ = found()
        soa = acts.draft_statement(CONSOLE, scope=scope).result
        decide_all(soa)
        yield client_of(officer), boss, scope, soa


def test_the_licensed_text_is_shown_inside(office):
    client, *_ = office
    lacking = send(client, TEXTS, what="text")
    assert lacking.status_code == 422
    assert "À remplir" in lacking.content.decode()
    assert send(client, TEXTS, what="text", terms="Commande 12345").status_code == 303
    assert SECRET in client.get("/isms/arsenal/statements/1/lines/5.1/").content.decode()
    assert SECRET not in client.get("/isms/arsenal/statements/1/lines/5.2/").content.decode()
    held = Framework.objects.get()
    assert SECRET in client.get(f"/isms/arsenal/frameworks/{held.uid}/").content.decode()
    assert client.post(f"/isms/arsenal/frameworks/{held.uid}/withdraw/").status_code == 303
    assert Framework.objects.get().texts == {}
    assert SECRET not in client.get("/isms/arsenal/statements/1/lines/5.1/").content.decode()
    assert client.get(f"/isms/arsenal/frameworks/{held.uid}/").status_code == 404


def test_nothing_of_it_leaves(office, log, tmp_path, settings):
    client, boss, _, soa = office
    assert send(client, TEXTS, what="text", terms="Commande 12345").status_code == 303
    acts.publish_statement(boss.actor, soa=soa, text="Oui", seen=decisions.state_digest(soa))
    log.seal_once()
    everything = [json.dumps(oscal.documents(soa, NOW, lang)).encode() for lang in ("fr", "en")]
    everything += [
        _unzipped(downloads.xlsx(soa)),
        downloads.pdf(soa),
        json.dumps(Framework.objects.get().state()).encode(),
    ]
    everything += [bytes(act.header or b"") for act in Act.objects.all()]
    everything += [json.dumps(parts.read(part.act_id, part.name)).encode() for part in Part.objects.all()]
    everything += [path.read_bytes() for path in (settings.HOME / "log").rglob("*") if path.is_file()]
    assert not any(SECRET.encode() in one or json.dumps(SECRET).encode()[1:-1] in one for one in everything)
    assert run(["export-oscal", "--out", str(tmp_path / "plain")]) == 0
    assert run(["export-oscal", "--out", str(tmp_path / "asked"), "--licensed-text"]) == 0
    holds = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.json") if SECRET in path.read_text("utf-8")
    }
    assert holds == {"asked/catalog.json"}


def _unzipped(data):
    import io

    with zipfile.ZipFile(io.BytesIO(data)) as book:
        return b"".join(book.read(name) for name in book.namelist())


def test_a_library_brings_its_framework_and_its_map(office, tmp_path, capsys):
    client, *_ = office
    data = yaml.safe_dump(LIBRARY, allow_unicode=True).encode()
    assert send(client, data, what="library").status_code == 303
    held, crossed = Framework.objects.get(), CrossMap.objects.get()
    assert (held.ref, held.provider, held.terms, held.ids) == ("F-1", "Maison", "CC BY", ["1.1", "1.2"])
    assert crossed.rows == [["1.1", "a.5.1", "subset"]]
    page = client.get(f"/isms/arsenal/maps/{crossed.uid}/").content.decode()
    assert "en place" in page
    assert "/statements/1/lines/5.1/" in page
    (tmp_path / "l.yaml").write_bytes(data)
    assert run(["import-library", str(tmp_path / "l.yaml"), "--from", "ciso-assistant", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"frameworks": 1, "maps": 1}
    assert Framework.objects.get().seq == 2
    assert client.post(f"/isms/arsenal/frameworks/{crossed.uid}/withdraw/").status_code == 303
    assert client.get(f"/isms/arsenal/maps/{crossed.uid}/").status_code == 404


def test_a_catalog_of_oscal_is_a_framework(office, tmp_path, capsys):
    """Ours, read back: ninety-three controls by their labels; and what is no catalog is refused beside its field."""
    client, _, _, soa = office
    data = json.dumps(oscal.documents(soa, NOW, "en")["catalog"]).encode()
    assert send(client, data, what="catalog").status_code == 303
    held = Framework.objects.get()
    assert (len(held.ids), held.ids[0]) == (93, "5.1")
    assert held.texts["5.1"]["name"] == held.texts["5.1"]["text"] != ""
    (tmp_path / "catalog.json").write_bytes(data)
    assert run(["import-library", str(tmp_path / "catalog.json"), "--from", "oscal", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"frameworks": 1, "controls": 93}
    for wrong in ({"profile": {}}, {"catalog": []}, {"catalog": {"groups": 3, "controls": [{"id": []}, 4]}}, []):
        answer = send(client, json.dumps(wrong).encode(), what="catalog")
        assert answer.status_code == 422, wrong
    nothing = {"profile": {"imports": {"a": {"include-controls": [{"with-ids": 5}, 7]}}}}
    assert oscal.included(nothing, soa.book) == oscal.included({"profile": {"imports": 1}}, soa.book) == []


def test_a_map_of_ones_own_is_shown_beside_the_statement(office, tmp_path):
    client, _, _, soa = office
    acts.decide_lines(
        CONSOLE, soa=soa, requirements=["7.4"], applicable=False, reasons=[], justification="B", status="", owner=""
    )
    named = {"what": "map", "name": "NIS 2 de notre conseil", "source": "27001:2022", "target": "NIS 2"}
    assert send(client, MAP, **{**named, "target": ""}).status_code == 422
    assert send(client, MAP, **named).status_code == 303
    page = client.get(f"/isms/arsenal/maps/{CrossMap.objects.get().uid}/").content.decode()
    assert "art. 21(2)(a)" in page
    assert "exclue" in page
    listed = client.get("/isms/arsenal/frameworks/").content.decode()
    assert "n’en livre aucune" in listed
    assert "NIS 2 de notre conseil" in listed
    (tmp_path / "m.csv").write_bytes(MAP)
    assert run(["import-map", str(tmp_path / "m.csv"), "--name", "X", "--source", "a", "--target", "b"]) == 0
    (tmp_path / "t.csv").write_bytes(TEXTS)
    assert run(["import-text", str(tmp_path / "t.csv"), "--licence", "Commande 1"]) == 0


@pytest.mark.parametrize(
    ("data", "more", "words"),
    [
        (b"Identifiant;Texte\n99.9;x\n", {"what": "text", "terms": "L"}, "hors de l’édition"),
        (b"Nom;Texte\na;b\n", {"what": "text", "terms": "L"}, "Il manque la colonne"),
        (b"Source;Autre\na;b\n", {"what": "map", "name": "n", "source": "s", "target": "t"}, "Il manque la colonne"),
        (b"objects: {threats: []}", {"what": "library"}, "ni référentiel ni correspondance"),
        (b"a: &a [x]\nobjects: {framework: *a}", {"what": "library"}, "alias"),
    ],
)
def test_a_file_that_is_not_that_is_refused_beside_its_field(office, data, more, words):
    client, *_ = office
    answer = send(client, data, **more)
    assert answer.status_code == 422
    assert words in answer.content.decode().replace("\u00a0", " ").replace("\u202f", " ")
    assert not Framework.objects.exists()


def test_a_yaml_without_end_is_refused(monkeypatch):
    monkeypatch.setattr("opposable.systems.isms.exchange.libraries.MOST_EVENTS", 50)
    with pytest.raises(LibraryFault, match="trop long"):
        load_yaml(b"objects: {a: [" + b"1, " * 100 + b"1]}")
    with pytest.raises(LibraryFault, match="ne se lit pas"):
        load_yaml(gzip.compress(b"objects: {}"))


def test_the_acts_hold_their_own_bounds(log):
    given = {"ref": "F", "name": "F", "file_name": "f", "sha256": "0" * 64}
    for wrong in ({"entries": []}, {"entries": [{"id": ""}]}, {"entries": [{"id": "1", "text": "x" * 20_001}]}):
        with pytest.raises(Refused):
            acts.bring_framework(CONSOLE, **{**given, **wrong})
    with pytest.raises(Refused):
        acts.bring_framework(CONSOLE, **{**given, "ref": "iso27001-2022"}, entries=[{"id": "5.1"}], terms="")
    with pytest.raises(Refused):
        acts.bring_framework(CONSOLE, **{**given, "ref": "iso27001-2022"}, entries=[{"id": "9.99"}], terms="L")
    with pytest.raises(Refused):
        acts.bring_map(CONSOLE, **given, source="a", target="b", rows=[["a"]])
    assert frameworks.read_map(tables.read_table(MAP))[0] == ["A.5.1", "art. 21(2)(a)", "partielle"]
