"""Whatever is done to a contract that was approved, nothing leaves but what was approved; its matrix opens in another's program."""

import csv
import io
import shutil
import subprocess
from contextlib import suppress
from datetime import date

from django.test import Client
from hypothesis import HealthCheck, given, settings, strategies as st

from opposable.kernel import approvals, clock
from opposable.kernel.decisions import state_digest
from opposable.law import Refused
from opposable.systems.contracts import acts
from opposable.systems.contracts.acts.drafting import FLOW
from opposable.systems.contracts.models import Contract
from tests.contracts.story import again, approve, approved, draft, people

__all__ = ["people"]
CLAUSE = {"ref": "1", "title": "Objet", "covers": {}, "reason": "négocié"}
TERMS = {"title": "Progiciel de gestion", "months": 36, "renewal_months": 12, "notice_months": 3, "notice_days": 0}


def dear(version, people):
    terms = {**TERMS, "starts_on": date(2027, 1, 1), "flags": {}}
    acts.set_terms(people["manager"].actor, contract=version.contract, amount_cents=5_000_000, **terms)


def cheap(version, people):
    terms = {**TERMS, "starts_on": date(2027, 1, 1), "flags": {}}
    acts.set_terms(people["manager"].actor, contract=version.contract, amount_cents=4_800_000, **terms)


def reword(version, people):
    acts.put_clause(people["manager"].actor, version=version, text="Le contrat porte sur le progiciel.", **CLAUSE)


def remove(version, people):
    acts.remove_clause(people["manager"].actor, version=version, ref="2")


def insert(version, people):
    acts.insert_clause(people["manager"].actor, version=version, key="confidentialite")


def submit(version, people):
    acts.submit(people["manager"].actor, version=version)


def approve_all(version, people):
    if approvals.last_case(version, FLOW) is not None:
        approve(people, version, ("lawyer", "director", "director"))


STEPS = [dear, cheap, reword, remove, insert, submit, approve_all]


@settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(st.sampled_from(STEPS), min_size=1, max_size=6))
def test_no_sequence_of_edits_leaves_the_gate_open_on_another_state(people, steps):
    version = approved(people, ref=f"P-{Contract.objects.count()}")
    for step in steps:
        with suppress(Refused):
            step(again(version), people)
        present = again(version)
        gate, case = approvals.gate(present, FLOW, clock.now()), approvals.last_case(present, FLOW)
        assert not gate.open or (case.outcome == "approved" and case.sha256 == state_digest(present))


def test_the_clause_matrix_opens_in_libreoffice_with_its_words(people, tmp_path, leg):
    leg("libreoffice")
    version = draft(people, without=["evolution"])
    client = Client()
    client.force_login(people["manager"])
    (tmp_path / "matrix.xlsx").write_bytes(client.get(f"/contracts/{version.uid}/matrix.xlsx").content)
    command = [
        shutil.which("soffice"),
        f"-env:UserInstallation=file://{tmp_path}/profile",
        "--headless",
        "--convert-to",
        "csv:Text - txt - csv (StarCalc):44,34,76",
        "--outdir",
        str(tmp_path),
        str(tmp_path / "matrix.xlsx"),
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    head, *rows = csv.reader(io.StringIO((tmp_path / "matrix.csv").read_text("utf-8")))
    assert head[:3] == ["règle", "référence", "force"]
    states = {row[3]: row[4] for row in rows}
    assert states["évolution technique"] == "absente"
    assert states["qui corrige les erreurs"] == "présente"
