"""Anchoring: witnesses cosign, an authority dates, acts name the token; what fails outside does not stop the log."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from opposable.kernel import actors, anchors, clock, duties, sealing
from opposable.kernel.keys import Keyring
from opposable.kernel.models import Anchor, Cell, Duty, Seal
from opposable.kernel.tsa import LOCAL_NAME, LocalTsa
from opposable.kernel.witness import WitnessHome, serve
from opposable.law import t
from opposable.ledger import checkpoint, note, token
from opposable.ledger.act import parse_header
from tests.kernel.holds import place

pytestmark = pytest.mark.django_db
SYSTEM = actors.system("tests")
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def cell(log):
    return Cell.objects.create(path="/tests/")


@pytest.fixture
def witness(tmp_path, settings, monkeypatch):
    """A witness that watches the log, named in the settings. Yields it."""
    monkeypatch.delenv("OPPOSABLE_PASSPHRASE", raising=False)
    vkey = Keyring(settings.HOME, settings.ORIGIN).vkeys()[0]
    made = WitnessHome.make(tmp_path / "witness", "auditor.example/witness").watch([vkey]).open()
    with closing(made.store), serve(made) as server:
        settings.CONFIG = replace(settings.CONFIG, witnesses=((server.url, made.vkey),))
        yield made


def roots(settings):
    return [LocalTsa.open(settings.HOME).root]


def test_the_token_is_over_the_cosigned_note(log, cell, witness, settings):
    place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    anchor = anchors.anchor().anchor
    info = token.verify(bytes(anchor.response), anchor.note.encode(), roots(settings))
    keys = [note.Verifier.parse(vkey) for vkey in (*Keyring(settings.HOME, settings.ORIGIN).vkeys(), witness.vkey)]
    point, signed = checkpoint.open_checkpoint(anchor.note, keys)
    assert [one.name for one in signed] == [settings.ORIGIN, "auditor.example/witness"]
    assert (point.size, anchor.size, anchor.witnesses) == (1, 1, 1)
    assert (anchor.token_at, anchor.digest) == (info.at, token.token_hash(bytes(anchor.response)))
    assert LOCAL_NAME in anchor.tsa.replace("\\", "")
    raw = anchors.token_folder(settings.HOME) / f"{anchor.digest}.tsr"
    assert raw.read_bytes() == bytes(anchor.response)
    assert anchors.known_roots() == roots(settings)


def test_the_next_act_names_the_token(log, cell):
    place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    anchor = anchors.anchor().anchor
    assert parse_header(bytes(place(SYSTEM, reason="y", cell=cell).act.header)).after == anchor.digest


def test_a_token_that_comes_while_an_act_runs_is_not_named_by_it(log, cell, monkeypatch):
    """The clock of the act was read before that token: naming it would make the act look back-dated."""
    with clock.frozen(NOON):
        old = anchors.anchor().anchor
    real = clock.now

    def now():
        monkeypatch.setattr(clock, "now", real)
        anchors.anchor()
        return NOON + HOUR

    monkeypatch.setattr(clock, "now", now)
    receipt = place(SYSTEM, reason="x", cell=cell)
    assert Anchor.objects.count() == 2
    assert parse_header(bytes(receipt.act.header)).after == old.digest


def test_an_empty_log_is_anchored_too(log):
    assert anchors.is_due(86_400)
    assert anchors.anchor().anchor.size == 0
    assert not anchors.is_due(0)


def test_a_witness_follows_the_log_from_anchor_to_anchor(log, cell, witness):
    for n in range(3):
        place(SYSTEM, reason=str(n), cell=cell)
        log.seal_once()
        assert anchors.anchor().anchor.witnesses == 1
    assert witness.store.latest(log.origin).size == 3


def test_a_witness_that_knows_more_than_the_anchors_is_asked_again(log, cell, witness):
    place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    anchors.anchor()
    place(SYSTEM, reason="y", cell=cell)
    log.seal_once()
    anchors._ask(f"http://127.0.0.1:{witness_port()}", witness.vkey, Seal.objects.get(size=2).note)
    place(SYSTEM, reason="z", cell=cell)
    log.seal_once()
    assert anchors.anchor().anchor.witnesses == 1


def witness_port():
    from django.conf import settings

    return settings.CONFIG.witnesses[0][0].rstrip("/").rpartition(":")[2]


@pytest.mark.parametrize("vkey", ["valid", "not a vkey"])
def test_a_witness_that_fails_does_not_prevent_the_token(log, cell, settings, vkey, caplog):
    key = "auditor.example/w+8f0ae9c3+BLpVRlbzQZWDJUJyvFQCPlZ9aGeJqGXGSwvlJ+4dDXPK"
    settings.CONFIG = replace(
        settings.CONFIG, witnesses=(("http://127.0.0.1:9/", fresh_witness() if vkey == "valid" else key),)
    )
    place(SYSTEM, reason="x", cell=cell)
    log.seal_once()
    made = anchors.anchor()
    assert (made.anchor.size, made.anchor.witnesses, len(made.faults)) == (1, 0, 1)
    assert "witness" in caplog.text


def fresh_witness():
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from opposable.ledger.cosignature import witness_vkey

    return witness_vkey("auditor.example/w", Ed25519PrivateKey.generate().public_key().public_bytes_raw())


def test_an_authority_that_fails_leaves_the_log_going(log, cell, settings, caplog):
    settings.CONFIG = replace(settings.CONFIG, tsa="http://127.0.0.1:9/", tsa_roots=("tsa/ca.pem",))
    LocalTsa.open(settings.HOME)
    place(SYSTEM, reason="x", cell=cell)
    assert anchors.is_due(0)
    with pytest.raises(anchors.AnchorFailed):
        anchors.anchor()
    assert not Anchor.objects.exists()
    assert log.seal_once() == 1
    assert not anchors.is_due(0), "the authority is left alone for a minute"
    assert duties.tick() == []


def test_without_an_authority_nothing_is_due(log, settings):
    settings.CONFIG = replace(settings.CONFIG, tsa="")
    assert not anchors.is_due(0)


def test_when_it_is_due(log, cell):
    with clock.frozen(NOON):
        anchors.anchor()
        place(SYSTEM, reason="x", cell=cell)
        assert not anchors.is_due(0), "nothing sealed yet"
        log.seal_once()
        assert anchors.is_due(0)
        assert not anchors.is_due(3600)
    with clock.frozen(NOON + HOUR):
        assert anchors.is_due(3600)
        assert not anchors.is_due(3601)


def test_a_legal_instant_gets_its_token_from_the_next_tick(log, cell):
    row = place(SYSTEM, reason="x", cell=cell).result
    with clock.frozen(NOON), transaction.atomic():
        anchors.anchor_at(row, NOON + HOUR, t("Clore le vote", "Close the vote"))
    with clock.frozen(NOON):
        assert not any("kernel.log.anchor" in line for line in duties.tick())
        before = Anchor.objects.count()
    with clock.frozen(NOON + HOUR + timedelta(seconds=2)):
        place(SYSTEM, reason="at the last minute", cell=cell)
        assert "kernel.log.anchor done" in duties.tick()
    last = Anchor.objects.order_by("-id").first()
    assert Anchor.objects.count() > before
    assert (last.size, last.token_at) == (2, NOON + HOUR + timedelta(seconds=2))
    assert Duty.objects.get().closed_at == last.token_at


def test_a_legal_instant_stays_due_until_a_sealer_answers(log, cell, monkeypatch):
    row = place(SYSTEM, reason="x", cell=cell).result
    with transaction.atomic():
        anchors.anchor_at(row, NOON)
    monkeypatch.setattr(sealing, "inline", None)
    for _ in range(3):
        assert any("no sealer answers" in line.lower() for line in duties.tick())
    assert Duty.objects.get().closed_at is None
    monkeypatch.setattr(sealing, "inline", log.seal_once)
    assert "kernel.log.anchor done" in duties.tick()


def test_one_job_that_fails_does_not_stop_the_others(log, monkeypatch):
    monkeypatch.setattr(anchors, "anchor", lambda: 1 / 0)
    lines = duties.tick()
    assert lines[0].startswith("anchor failed")
    assert (log.home / "run" / "retention.last").exists()
    assert not (log.home / "run" / "anchor.last").exists()
