"""A requisition from its registration to an answer that anyone can check row by row."""

import subprocess
from datetime import date

import pytest

from opposable.kernel.models import Duty
from opposable.systems.traffic import acts
from opposable.systems.traffic.exchange.answer.compose import make_answer, sealed_file
from opposable.systems.traffic.exchange.answer.verify import is_answer, verify
from opposable.systems.traffic.exchange.ingest import ingest_file
from tests.traffic import desk as office, generate
from tests.traffic.conftest import CONSOLE

DAY = date(2026, 11, 20)


@pytest.fixture
def filled(cgnat, tmp_path):
    return ingest_file(CONSOLE, cgnat, generate.nat_csv(tmp_path / "nat.csv", DAY))


@pytest.fixture
def desk(store):
    return office.people()


def opened(answer, tmp_path, private):
    """The plain answer, opened with openssl and the authority's key."""
    (tmp_path / "answer.p7m").write_bytes(sealed_file(answer))
    (tmp_path / "court.key").write_bytes(private)
    out = tmp_path / "answer.zip"
    subprocess.run(
        ["openssl", "cms", "-decrypt", "-inform", "DER", "-in", "answer.p7m", "-inkey", "court.key", "-out", str(out)],
        cwd=tmp_path,
        check=True,
    )
    return out


def test_from_register_to_an_answer_verified_row_by_row(desk, filled, tmp_path):
    case = office.approved(desk)
    assert case.status == "approved"
    office.extract(desk, case)
    answer = make_answer(desk.clerk.actor, requisition=case)
    path = opened(answer, tmp_path, office.court()[1])
    assert is_answer(path)
    seen = verify(path)
    assert seen.ok, seen.as_data()
    assert seen.rows == seen.proven == answer.rows > 5
    case.refresh_from_db()
    acts.deliver(desk.clerk.actor, requisition=case, how="remise en main propre")
    acts.acknowledge(desk.clerk.actor, requisition=case, reference="AR 77")
    assert not Duty.objects.filter(obj=case.uid, closed_at=None).exists()
