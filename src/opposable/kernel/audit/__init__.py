"""«Audit»: everything that the log and the database say, against each other and against the keys.

    report = audit(parts=True)
    report.ok, report.findings, report.notices

Looked at: every leaf, tile and entry bundle; every seal and anchor with its signatures and its token; the checkpoint store
and the published checkpoint; every act (header, entry, columns, dates), its parts, and the chain of every object; collective
acts; the state of every recorded row; the files of documents; what waits for its seal; the triggers. What is missing must
be covered by a lawful erasure act. ``parts``: open every part and document too, which costs more than all the rest.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.module_loading import import_string

from opposable.kernel.audit import files, queries, seals
from opposable.kernel.audit.documents import check_documents
from opposable.kernel.audit.erasures import Lawful
from opposable.kernel.audit.parts import check_buckets, read_moved
from opposable.kernel.audit.report import Finding, Report
from opposable.kernel.audit.seals import Signers
from opposable.kernel.audit.snapshot import View, between_seals, one_state, read_view
from opposable.kernel.audit.triggers import check_triggers
from opposable.kernel.audit.workers import Crew
from opposable.kernel.system import systems

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opposable.kernel.audit.seen import Seen

__all__ = ["Finding", "Report", "audit"]

Progress = Callable[[int], None]


def audit(*, parts: bool = False, jobs: int = 1, progress: Progress = lambda _done: None) -> Report:
    """Audit the installation. ``jobs``: processes to share the work; ``progress`` is told how much has been looked at.

    Writes nothing and keeps nobody from working. Raises nothing for what it finds: that is in the report.
    """
    with between_seals():
        size = queries.count_leaves()
        crew = Crew(size, jobs, parts=parts)
        state = one_state(crew.tell)
        state.__enter__()
        view = read_view(settings.HOME)
    try:
        return _audit(size, crew, view, parts, progress)
    finally:
        crew.dismiss()
        state.__exit__(None, None, None)


def _audit(size: int, crew: Crew, view: View, parts: bool, progress: Progress) -> Report:
    report = Report()
    with _timed(report, "acts, parts, rows, seals"):
        lawful = Lawful.load(report)
        _, good = seals.read_anchors(report)
        seen = crew.do(progress)
        report.merge(seen.report)
    with _timed(report, "log"):
        found = files.Files(settings.HOME / "log", crew.entries, crew.tree())
        _check_log(found, crew, view, seen, report)
        signers = Signers.load()
        seals.check_last(view, signers, found.tree, report)
        seals.check_roots(found.tree, report)
        seals.check_anchors(good, signers, found.tree, report)
    with _timed(report, "joins"):
        _check_joins(size, crew.counts(), seen, lawful, report)
        check_triggers(report)
    with _timed(report, "documents"):
        check_documents(report, content=parts)
    with _timed(report, "systems"):
        for system in systems():
            if system.audit:
                import_string(system.audit)(report)
    if not parts:
        read_moved(seen.moved, report)
        report.notice("parts.unread", "kernel_part", "-")
    return report


def _check_log(found: files.Files, crew: Crew, view: View, seen: Seen, report: Report) -> None:
    log, last = settings.HOME / "log", view.last
    wrong = last is not None and last.size == found.size and last.root != found.tree.root()
    with crew.checking(report, there=not wrong) as elsewhere:
        if last is not None and wrong:
            files.locate(found, log, last.root, seen.unfit, report)
        else:
            now = read_view(settings.HOME).last
            found.check(report, now.size if now else found.size, elsewhere)
    files.blame_headers(seen.unfit, report)


def _check_joins(size: int, counts: queries.Counts, seen: Seen, lawful: Lawful, report: Report) -> None:
    queries.check_leaves(size, report.counts["acts"] - len(seen.unsealed), counts.leaves, report)
    queries.check_counts(seen, counts, report)
    queries.check_pending(seen.unsealed, report)
    queries.check_openings(seen, report)
    queries.check_members(seen.bound, report)
    queries.check_rules(seen.rules, report)
    check_buckets(seen.buckets, lawful, report)
    for what, check in (("acts erased", "act.lawfully-erased"), ("parts erased", "part.erased")):
        if report.counts[what]:
            report.notice(check, "kernel_act", "-", str(report.counts[what]))


@contextmanager
def _timed(report: Report, phase: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    report.seconds[phase] = round(time.monotonic() - began, 3)
