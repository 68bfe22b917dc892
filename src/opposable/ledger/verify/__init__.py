"""Verifies a bundle against the numbered catalogue, and reports everything that is wrong with it.

    report = verify("case.asice", policy=Path("my.policy").read_bytes())
    report.ok, report.findings, report.notices

Trust comes from what the verifier brings: a tlog-policy, the roots of the TSA, a checkpoint held from before. What is
not brought is taken from the bundle itself, and the report says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from opposable.ledger.bundle import Bundle, Limits
from opposable.ledger.catalogue import BY_ID, CATALOGUE, CATEGORIES, Check
from opposable.ledger.errors import BundleError
from opposable.ledger.note import split_note
from opposable.ledger.policy import Policy
from opposable.ledger.token import load_roots
from opposable.ledger.verify.acts import check_absences, check_act, find_acts, read_withheld
from opposable.ledger.verify.case import Case, Trust
from opposable.ledger.verify.container import check_container, check_manifest
from opposable.ledger.verify.counts import check_counts
from opposable.ledger.verify.dates import check_dates
from opposable.ledger.verify.erasures import check_erasures
from opposable.ledger.verify.log import check_log
from opposable.ledger.verify.objects import check_objects
from opposable.ledger.verify.report import Finding, Recorder, Report
from opposable.ledger.verify.rules import check_rules

__all__ = ["BY_ID", "CATALOGUE", "CATEGORIES", "Check", "Finding", "Report", "verify"]


def verify(
    source: Path | str | bytes,
    *,
    policy: str | bytes | None = None,
    tsa_roots: Sequence[bytes] = (),
    checkpoint: str | bytes | None = None,
    limits: Limits | None = None,
) -> Report:
    """Check a bundle (a path, or its bytes) against everything in the catalogue.

    `policy` is the text of a tlog-policy, `tsa_roots` PEM files, `checkpoint` a signed note of the same log that the
    verifier holds. Raises `PolicyError`, `TokenError` or `NoteError` when one of these three is itself malformed, and
    `FileNotFoundError` or another `OSError` for a path that cannot be read; never for what is in the bundle.
    """
    trust = _trust(policy, tsa_roots, checkpoint)
    rec = Recorder()
    if not isinstance(source, bytes):
        Path(source).open("rb").close()
    try:
        bundle = Bundle(source, limits)
    except BundleError as error:
        rec.expect("container.zip", "", good=False, detail=str(error))
        return rec.report()
    with bundle:
        _check(Case(bundle, trust, rec))
    return rec.report()


def _trust(policy: str | bytes | None, roots: Sequence[bytes], checkpoint: str | bytes | None) -> Trust:
    if roots:
        load_roots(roots)
    held = checkpoint.encode() if isinstance(checkpoint, str) else checkpoint
    if held is not None:
        split_note(held)
    return Trust(None if policy is None else Policy.parse(policy), roots, held)


def _check(case: Case) -> None:
    """The order matters: erasures are judged before what they cover, states after the acts that sealed them."""
    check_container(case)
    check_manifest(case)
    check_log(case)
    cited = find_acts(case, "acts")
    check_erasures(case)
    for act in cited:
        check_act(case, act)
    withheld = read_withheld(case)
    for _, act in sorted(case.acts.items()):
        check_absences(case, act, withheld)
    check_dates(case)
    check_objects(case)
    check_rules(case)
    check_counts(case)
    case.rec.facts |= {"acts": len(cited), "erasures": len(case.acts) - len(cited)}
