"""Segments in a bucket: moto's server, on the loopback; it keeps versions, checks digests and signs nothing off that we wrote."""

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime

import boto3
import pytest

from opposable.kernel import clock, parts
from opposable.kernel.audit.report import Report
from opposable.kernel.models import Act
from opposable.ledger.errors import ProofError
from opposable.systems.traffic import acts, jobs
from opposable.systems.traffic.exchange import moving
from opposable.systems.traffic.exchange.ingest import ingest_file
from opposable.systems.traffic.models import Freeze, Segment
from opposable.systems.traffic.store import engine, holding, inspection, keys, objects, places, reading, segments
from opposable.systems.traffic.store.faults import StoreFault
from opposable.systems.traffic.store.selectors import BySubscriber
from opposable.systems.traffic.store.sweeping import sweep
from tests.traffic import desk as office, generate
from tests.traffic.conftest import CONSOLE

DAY = date(2026, 11, 20)
ASKED = BySubscriber(
    subscriber="sub-0001", since=datetime(2026, 11, 19, tzinfo=UTC), until=datetime(2026, 11, 22, tzinfo=UTC)
)
AFTER = datetime(2027, 12, 1, tzinfo=UTC)
KEY = ("AKIDTEST", "a/secret+with=signs")


@pytest.fixture(scope="module")
def endpoint():
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint, monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    client = boto3.client(
        "s3", "us-east-1", endpoint_url=endpoint, aws_access_key_id=KEY[0], aws_secret_access_key=KEY[1]
    )
    client.create_bucket(Bucket="isp")
    client.put_bucket_versioning(Bucket="isp", VersioningConfiguration={"Status": "Enabled"})
    yield client
    for one in versions(client):
        client.delete_object(Bucket="isp", Key=one["Key"], VersionId=one["VersionId"])
    client.delete_bucket(Bucket="isp")


@pytest.fixture
def configure(store, settings):
    """Name a bucket in the configuration, as opposable.toml would."""
    folder = settings.HOME / "keys" / "traffic"
    folder.mkdir(parents=True, exist_ok=True)

    def name(storage, endpoint=""):
        (folder / "s3.key").touch(mode=0o600)
        (folder / "s3.key").write_text("\n".join(KEY) + "\n")
        settings.CONFIG = replace(settings.CONFIG, extra={"traffic": {"storage": storage, "endpoint": endpoint}})
        engine.restart()

    yield name
    shutil.rmtree(folder)
    objects._bucket.cache_clear()
    engine.restart()


@pytest.fixture
def bucket(s3, configure, endpoint):
    configure("s3://isp/traffic", endpoint)
    return s3


@pytest.fixture
def filled(cgnat, tmp_path):
    return ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))


def versions(client):
    found = client.list_object_versions(Bucket="isp")
    return [*found.get("Versions", ()), *found.get("DeleteMarkers", ())]


def names(client):
    return {one["Key"].rpartition(".")[2] for one in versions(client)}


def faults():
    return {check for one in Segment.objects.all() for check, _ in inspection._all_faults(one, content=True)}


def on_disk(store):
    return [path for path in store.rglob("*") if path.is_file()]


def test_written_found_proven_and_audited_in_a_bucket(bucket, filled, store, settings):
    segment = Segment.objects.get()
    assert (segment.place, segment.state()["place"]) == ("s3", "s3")
    assert on_disk(store) == []
    assert not list((settings.HOME / "run").glob("sending-*"))
    assert {one["Key"] for one in versions(bucket)} == {
        f"traffic/source/{segment.until}/{segment.uid}.{kind}" for kind in ("parquet", "nodes")
    }
    answer = reading.find(ASKED)
    assert answer.complete
    assert len(answer.rows) == reading.count(ASKED).rows > 1
    reading.prove(answer.rows[0]).verify(bytes.fromhex(segment.root), segment.rows)
    assert faults() == set()


def test_nobody_can_read_it_in_the_bucket(bucket, filled):
    for one in versions(bucket):
        data = bucket.get_object(Bucket="isp", Key=one["Key"])["Body"].read()
        assert b"sub-0001" not in data


def test_rows_that_are_in_the_bucket_already_are_kept_once(bucket, filled, cgnat, tmp_path):
    again = tmp_path / "again.csv"
    again.write_bytes((tmp_path / "nat.csv").read_bytes() + b"\n")
    outcome = ingest_file(CONSOLE, cgnat, again)
    assert (outcome.counts["kept"], outcome.counts["duplicate"]) == (0, 500)


def test_the_day_goes_with_every_version_of_it(bucket, filled):
    segment = Segment.objects.get()
    remote = places.place_of(segment)
    data = remote.read_bytes()
    remote.put(data)  # an older version behind the newest
    bucket.delete_object(Bucket="isp", Key=remote.key)  # and a marker of deletion before both
    assert len(remote.left()) == 3
    with clock.frozen(AFTER):
        assert reading.find(ASKED).rows == ()
        assert len(jobs.erase_due()) == 2
        assert versions(bucket) == []
        assert faults() == set()
        bucket.put_object(Bucket="isp", Key=remote.key, Body=data)  # a backup of the bucket is put back
        assert faults() == {"segment.left"}
        jobs.erase_due()
        assert versions(bucket) == []


def test_an_object_that_does_not_go_is_an_error_and_its_key_goes_all_the_same(bucket, filled, monkeypatch):
    segment = Segment.objects.get()
    client = objects._client(objects.bucket())
    with clock.frozen(AFTER):
        with monkeypatch.context() as patch:
            patch.setattr(client, "delete_objects", lambda **_: {})  # as a storage with a lock does
            with pytest.raises(StoreFault, match="encore dans le stockage objet"):
                jobs.erase_due()
            assert faults() == {"segment.left"}
        assert not keys.has_key("source", segment.until)
        jobs.erase_due()
        assert versions(bucket) == []
        assert faults() == set()


def test_damage_and_loss_make_the_answer_incomplete(bucket, filled):
    remote = places.place_of(Segment.objects.get())
    whole = remote.read_bytes()
    changed = bytearray(whole)
    changed[len(whole) // 2] ^= 1
    for body, reason, check in (
        (bytes(changed), "damaged", "segment.digest"),
        (whole[:-9], "damaged", "segment.digest"),
    ):
        bucket.put_object(Bucket="isp", Key=remote.key, Body=body)
        engine.restart()
        assert [one.reason for one in reading.find(ASKED).missing] == [reason]
        assert faults() == {check}
    bucket.delete_object(Bucket="isp", Key=remote.key)
    engine.restart()
    assert [one.reason for one in reading.find(ASKED).missing] == ["file"]
    assert not reading.count(ASKED).complete
    assert faults() == {"segment.file"}
    remote.put(whole)
    engine.restart()
    assert reading.find(ASKED).complete
    found = reading.find(ASKED).rows[0]
    nodes = segments.nodes_path(remote)
    bucket.put_object(Bucket="isp", Key=nodes.key, Body=bytes([nodes.read_bytes()[0] ^ 1]) + nodes.read_bytes()[1:])
    assert faults() == {"segment.nodes"}
    nodes.erase()
    with pytest.raises((ProofError, FileNotFoundError)):
        reading.prove(found)


def test_an_object_that_arrives_changed_is_no_segment(bucket, cgnat, tmp_path, monkeypatch):
    client = objects._client(objects.bucket())
    put = client.put_object
    monkeypatch.setattr(
        client, "put_object", lambda **given: put(Bucket="isp", Key=given["Key"], Body=given["Body"][:-1] + b"?")
    )
    with pytest.raises(StoreFault, match="tel qu’il a été écrit"):
        ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))
    assert not Segment.objects.exists()
    assert versions(bucket) == []


@pytest.mark.parametrize(
    ("storage", "where", "words"),
    [
        ("s3://nowhere/traffic", None, "n’existe pas"),
        ("s3://isp/traffic", "http://127.0.0.1:9", "ne répond pas"),
        ("isp", None, "ne nomme pas de seau"),
        ("s3://isp", "127.0.0.1:9000", "n’est pas une adresse"),
    ],
)
def test_a_bucket_that_is_none_is_said_and_nothing_is_left(
    s3, configure, endpoint, cgnat, store, tmp_path, storage, where, words
):
    configure(storage, endpoint if where is None else where)
    with pytest.raises(StoreFault, match=words):
        ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))
    assert not Segment.objects.exists()
    assert on_disk(store) == []


def test_a_storage_that_is_gone_makes_the_answer_incomplete(bucket, filled, configure):
    configure("s3://isp/traffic", "http://127.0.0.1:9")
    assert [one.reason for one in reading.find(ASKED).missing] == ["unreachable"]
    assert faults() == {"segment.unreachable"}
    configure("")
    assert [one.reason for one in reading.find(ASKED).missing] == ["unreachable"]


def test_a_key_that_others_can_read_is_refused(bucket, filled, settings):
    (settings.HOME / "keys" / "traffic" / "s3.key").chmod(0o644)
    objects._bucket.cache_clear()
    with pytest.raises(Exception, match=r"s3\.key"):
        objects.bucket()


class Stop(Exception):
    pass


def stop_at(wanted):
    def step(name):
        if name == wanted:
            raise Stop

    return step


@pytest.mark.parametrize("stopped", ["", "copied", "acted"])
def test_what_lies_on_the_disk_moves_into_the_bucket_and_back(filled, s3, configure, endpoint, store, stopped):
    before = reading.find(ASKED).rows
    sha256 = Segment.objects.get().sha256
    configure("s3://isp/traffic", endpoint)
    assert reading.find(ASKED).rows == before  # what is on the disk is still read there
    if stopped:
        with pytest.raises(Stop):
            moving.move(CONSOLE, places.BUCKET, stop_at(stopped))
        assert reading.find(ASKED).rows == before
        assert faults() == set()
    moved = moving.move(CONSOLE, places.BUCKET)
    assert (moved.segments, moved.emptied, moved.faults) == (0 if stopped == "acted" else 1, 1, [])
    assert on_disk(store) == []
    assert names(s3) == {"parquet", "nodes"}
    act = Act.objects.get(type="traffic.segment.move")
    assert parts.read(act.pk, "moved")["segments"][0]["file"] == sha256
    assert reading.find(ASKED).rows == before
    assert faults() == set()
    moving.move(CONSOLE, places.DISK)
    assert versions(s3) == []
    assert reading.find(ASKED).rows == before
    assert faults() == set()


def test_a_damaged_segment_stays_where_it_was(filled, s3, configure, endpoint):
    configure("s3://isp/traffic", endpoint)
    segment = Segment.objects.get()
    segment.path.write_bytes(segment.path.read_bytes()[:-1])
    moved = moving.move(CONSOLE, places.BUCKET)
    assert (moved.segments, len(moved.faults)) == (0, 1)
    assert versions(s3) == []
    assert segment.path.exists()


def test_what_a_crash_left_in_the_bucket_is_swept_and_said(bucket, filled):
    left = objects.remote(objects.bucket(), "source", "2027-11-21", "f" * 32 + ".parquet")
    left.put(b"nobody's")
    report = Report()
    inspection._strangers(report)
    assert [(one.check, one.row) for one in report.notices] == [("segment.stranger", left.name)]
    assert sweep() == []  # it may be one that is being written
    assert [str(one) for one in sweep(-60)] == [str(left)]
    assert faults() == set()


def test_frozen_rows_lie_in_the_bucket_move_and_go_on_their_day(filled, s3, configure, endpoint, store, capsys):
    desk = office.people()
    case = office.register(desk)
    acts.qualify_requisition(desk.clerk.actor, requisition=case)
    order = {"ground": "injonction", "ordered_on": DAY, "until": date(2028, 2, 1)}
    acts.freeze(desk.clerk.actor, requisition=case, **order)
    configure("s3://isp/traffic", endpoint)
    moved = moving.move(CONSOLE, places.BUCKET)
    assert (moved.segments, moved.emptied, moved.faults) == (1, 1, [])  # no word of a freeze
    assert on_disk(store) == []
    frozen = Freeze.objects.get()
    assert frozen.place == places.BUCKET
    acts.prolong(desk.clerk.actor, requisition=case, **(order | {"until": date(2028, 8, 1)}))
    second = Freeze.objects.latest("pk")
    assert (second.place, len(holding.held(second))) == (places.BUCKET, frozen.rows)
    assert not Freeze.objects.filter(rows=0).exists()
    assert holds(s3) == {frozen.uid, second.uid}
    assert on_disk(store) == []
    with clock.frozen(datetime(2028, 2, 1, 12, tzinfo=UTC)):
        s3.put_object(Bucket="isp", Key=str(places.place_of(frozen)).split("/", 3)[3], Body=b"an older version")
        assert {check for check, _ in inspection._freeze_faults(frozen)} == {"segment.digest"}
        said = jobs.erase_due()
        assert not any("freeze" in line for line in said)
        assert holds(s3) == {second.uid}
        assert len(holding.held(second)) == second.rows
        moving.move(CONSOLE, places.DISK)
        second.refresh_from_db()
        assert second.path.exists()
        assert versions(s3) == []
        assert len(holding.held(second)) == second.rows
        assert not [one for each in Freeze.objects.all() for one in inspection._freeze_faults(each)]


def holds(client):
    return {
        one["Key"].rpartition("/")[2].removesuffix(".hold") for one in versions(client) if one["Key"].endswith(".hold")
    }
