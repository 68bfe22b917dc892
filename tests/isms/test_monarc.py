"""Analyses and knowledge bases of MONARC: both shapes of its export, its own scales, an archive of objects, bad files."""

import io
import json
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from opposable.kernel import clock
from opposable.systems.isms import acts
from opposable.systems.isms.commands import run
from opposable.systems.isms.exchange import monarc
from opposable.systems.isms.exchange.libraries import LibraryFault
from opposable.systems.isms.models import Scenario, Threat
from opposable.systems.isms.rules.method import read_method
from tests.isms.story import CONSOLE, NOW, found, person

pytestmark = pytest.mark.django_db
THREAT = {"uuid": "t-1", "code": "MA11", "label": "Vol", "confidentiality": 1, "integrity": 0, "availability": 1}
WEAKNESS = {"uuid": "v-1", "code": "12", "label": "Disque en clair"}
SCALES = {str(n): {"type": n, "min": 0, "max": high} for n, high in ((1, 4), (2, 4), (3, 5))}


def a_risk(**more):
    return {
        "threat": THREAT,
        "vulnerability": WEAKNESS,
        "threatRate": 3,
        "vulnerabilityRate": 4,
        "kindOfMeasure": 1,
        "reductionAmount": 2,
        "cacheMaxRisk": 36,
        "commentAfter": "Chiffrer",
        "context": "En déplacement",
        "riskOwner": "Hélène Simon",
        **more,
    }


def analysis(*risks, **more):
    child = {
        "name": "Portables", "confidentiality": 3, "integrity": 4, "availability": 2,
        "instanceRisks": list(risks) or [a_risk()], "children": [],
    }  # fmt: skip
    root = {"name": "Siège", "confidentiality": -1, "integrity": -1, "availability": -1, "children": [child]}
    return {
        "type": "anr", "monarc_version": "2.13.3", "name": "Analyse", "instances": [root], "scales": SCALES,
        "thresholds": {"seuil1": 9, "seuil2": 27}, **more,
    }  # fmt: skip


def old(one):
    """The same analysis in the shape of before 2.13."""
    child = one["instances"][0]["children"][0]
    risk = child["instanceRisks"][0]
    inner = {"name1": child["name"], "c": 3, "i": 4, "d": 2}
    made = {
        "instance": inner,
        "threats": {"t-1": {"uuid": "t-1", "code": "MA11", "label1": "Vol", "label2": "Theft", "c": 1, "i": 0, "a": 1}},
        "vuls": {"v-1": {"uuid": "v-1", "code": "12", "label1": "Disque en clair"}},
        "risks": {"9": {**risk, "threat": "t-1", "vulnerability": "v-1"}},
    }
    return {**one, "instances": {"1": made}}


def data(made):
    return json.dumps(made).encode()


@pytest.fixture
def own():
    """The method that the file carries."""
    return read_method(monarc.read_knowledge(data({**analysis(), "knowledgeBase": {"threats": [THREAT]}})).method)


@pytest.mark.parametrize("shape", [lambda one: one, old], ids=["since 2.13", "before"])
def test_an_analysis_is_read_on_its_own_scales(own, shape):
    read = monarc.read_analysis(data(shape(analysis())), own)
    (risk,) = read.risks
    assert (risk.title, risk.asset, risk.option) == ("Portables : Vol (Disque en clair)", "Portables", "modify")
    assert (risk.owner, risk.plan, risk.consequences) == ("Hélène Simon", "Chiffrer", "En déplacement")
    assert risk.ratings == {
        "current": {"impact": 3, "threat": 3, "weakness": 4},
        "target": {"impact": 3, "threat": 3, "weakness": 2},
    }
    assert [one["affects"] for one in read.threats] == ["CA"]
    assert not read.faults
    assert [axis.first for axis in own.axes] == [0, 0, 0]
    assert own.thresholds == (9, 27)


def test_figures_that_disagree_are_said_and_unset_ones_are_no_rating(own):
    read = monarc.read_analysis(
        data(analysis(a_risk(cacheMaxRisk=35), a_risk(threatRate=9), a_risk(threatRate=-1), a_risk(threat={}))), own
    )
    assert [(one.line, one.column) for one in read.faults] == [
        (1, "cacheMaxRisk"),
        (2, "Menace"),
        (2, "cacheMaxRisk"),
        (4, ""),
    ]
    assert read.unrated == 3


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"", "vide"),
        (b"{" * 100_000, "mot de passe"),
        (b"U2FsdGVkX1+crypted", "mot de passe"),
        (b"{}", "instances"),
        (data({"instances": []}), "aucun risque"),
        (data({**analysis(), "monarc_version": "v2.7.1"}), r"2\.8\.2"),
    ],
)
def test_what_is_no_analysis_is_refused(own, raw, words):
    with pytest.raises(LibraryFault, match=words):
        monarc.read_analysis(raw, own)


def test_a_tree_without_end_is_refused(own):
    deep = {"name": "x", "children": []}
    for _ in range(60):
        deep = {"name": "x", "children": [deep]}
    with pytest.raises(LibraryFault, match="profonde"):
        monarc.read_analysis(data({"instances": [deep]}), own)


def test_the_wizard_takes_an_analysis_and_undoes_it(log):
    with clock.frozen(NOW):
        officer = person("Léa Morel", "officer")
        scope, _ = found()
        made = analysis()
        client = Client(headers={"host": "127.0.0.1"})
        client.force_login(officer)
        sent = client.post("/isms/arsenal/risks/imports/new/", {"file": SimpleUploadedFile("analyse.json", data(made))})
        assert sent.status_code == 303
        looked = client.get(sent["Location"])
        assert "sans cotation" in looked.content.decode()
        assert Scenario.objects.count() == 0
        assert client.post(sent["Location"], {"go": "1"}).status_code == 303
        risk = Scenario.objects.select_related("threat", "vulnerability").get()
        assert (risk.threat.code, risk.vulnerability.code, risk.current) == ("MA11", "12", None)
        assert Threat.objects.get().source == "MONARC"
        done = scope.campaigns.get().imports.get()
        assert client.post(f"/isms/arsenal/risks/imports/{done.uid}/undo/").status_code == 303
        assert Scenario.objects.get().withdrawn
        bad = client.post("/isms/arsenal/risks/imports/new/", {"file": SimpleUploadedFile("a.json", b'{"a": 1}')})
        assert bad.status_code == 422


def test_the_command_sets_its_method_then_brings_its_risks_with_their_levels(log, tmp_path, capsys):
    path = tmp_path / "analysis.json"
    path.write_bytes(data({**analysis(), "knowledgeBase": {"threats": [THREAT], "vulnerabilities": [WEAKNESS]}}))
    with clock.frozen(NOW):
        scope, campaign = found()
        assert run(["import-library", str(path), "--from", "monarc"]) == 0
        acts.close_campaign(CONSOLE, campaign=campaign)
        acts.open_campaign(CONSOLE, method=scope.methods.order_by("-version").first(), name="MONARC")
        assert run(["import-risks", str(path)]) == 0
        assert "1 risks read" in capsys.readouterr().out
        assert run(["import-risks", str(path), "--import"]) == 0
        assert run(["undo-import"]) == 0
        assert run(["undo-import"]) == 2
    risk = Scenario.objects.get()
    assert (risk.current, risk.target, risk.withdrawn) == (3, 2, True)


def objects(files):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return made.getvalue()


def test_an_archive_of_objects_joins_the_languages_of_each(monkeypatch):
    def one(language, label):
        return json.dumps({"uuid": "u-1", "code": "MA16", "language": language, "label": label, "c": 0, "i": 1, "a": 1})

    files = {
        "monarc-objects/threats/u-1_EN.json": one("EN", "Failure"),
        "monarc-objects/threats/u-1_FR.json": one("FR", "Panne"),
        "monarc-objects/threats/u-1_DE.json": one("DE", "Ausfall"),
        "monarc-objects/vulnerabilities/v_FR.json": json.dumps(
            {"uuid": "v", "code": "1", "language": "FR", "label": "Rien"}
        ),
        "monarc-objects/referentials/x.json": "not read",
    }
    read = monarc.read_knowledge(objects(files))
    assert read.threats == [{"code": "MA16", "fr": "Panne", "en": "Failure", "affects": "IA"}]
    assert read.vulnerabilities == [{"code": "1", "fr": "Rien", "en": "Rien"}]
    with pytest.raises(LibraryFault, match="dossier"):
        monarc.read_knowledge(objects({"a.txt": ""}))
    with pytest.raises(LibraryFault, match="ne se lit pas"):
        monarc.read_knowledge(objects({"threats/a.json": "{"}))
    monkeypatch.setattr(monarc, "LARGEST_UNPACKED", 10)
    with pytest.raises(LibraryFault, match="trop grande"):
        monarc.read_knowledge(objects(files))
