"""Whoever sits at a terminal sees how far a file is; a program that reads the output sees none of it."""

import io
import sys
from datetime import date

from opposable.systems.traffic.commands import ingest
from opposable.systems.traffic.exchange.outcome import Outcome
from tests.traffic import generate


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_terminal_sees_rows_rejects_and_rate(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = Terminal()
    monkeypatch.setattr(sys, "stderr", shown)
    with ingest.watched("nat.csv") as seen:
        outcome = Outcome()
        outcome.counts.update(read=1_234_567, kept=1_200_000)
        outcome.rejects.extend([None] * 3)
        seen(outcome)
    assert "nat.csv: 1,234,567 rows read, 1,200,000 sealed, 3 rejects; " in shown.getvalue()


def test_a_pipe_gets_nothing_of_it(cgnat, tmp_path, capsys):
    file = generate.nat_csv(tmp_path / "nat.csv", date(2026, 11, 20))
    given = ingest.argparse.Namespace(files=[file], source=cgnat.slug, rejects=None, json=True)
    assert ingest._ingest(given) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.count("\n") == 1
