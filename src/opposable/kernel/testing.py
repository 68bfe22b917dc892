"""For the tests of a system: a HOME to run in, and what every system must keep.

Call `scratch_home` at the head of ``conftest.py``, before anything reads Django's settings. Call `contract` in a test with
a database, after a story that made at least one row of each recorded model, by acts: ``assert contract("cabinet") == []``.
"""

from __future__ import annotations

import atexit
import inspect
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opposable.kernel.acts import ActType
    from opposable.kernel.models import Recorded
    from opposable.kernel.system import System
    from opposable.law import Text

PLAN = ("acts", "models", "rules", "migrations", "urls")
"""Modules that every system has."""
MORE = (
    "api",
    "apps",
    "commands",
    "documents",
    "exchange",
    "jobs",
    "static",
    "store",
    "templates",
    "templatetags",
    "views",
    "vote_urls",
)
"""Modules that it may have."""
ACT_NAME = re.compile(r"[a-z]+(\.[a-z]+(-[a-z]+)*){2}")
DAYS = (date(2007, 3, 27), date(2024, 2, 29), date(2026, 12, 31))


def scratch_home(origin: str) -> Path:
    """Make an installation in a temporary folder, gone when the process ends, and start Django on it. Returns its HOME."""
    folder = Path(tempfile.mkdtemp(prefix="opposable-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["OPPOSABLE_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "opposable.settings")
    import django

    from opposable.kernel import installation

    installation.create(folder, origin, draw=True)
    django.setup()
    return folder


def contract(label: str) -> list[str]:
    """What the system named ``label`` does not keep, one sentence each; empty when all is well.

    Looks at the floor plan, the rulebook, the acts, each recorded model and its last row, retention, roles and pages.
    """
    from opposable.kernel.system import systems

    system = next(found for found in systems() if found.label == label)
    parts: tuple[Callable[[System], Iterator[str]], ...] = (_plan, _book, _acts, _models, _manifest, _migrations)
    return [fault for part in parts for fault in part(system)]


def _plan(system: System) -> Iterator[str]:
    there = {path.stem for path in Path(system.path).iterdir() if not path.name.startswith(("_", "."))}
    yield from (f"{system.name} has no {name}: see the floor plan" for name in PLAN if name not in there)
    strangers = there - {*PLAN, *MORE, "law", "words"}
    yield from (f"{system.name}.{name} has no place on the floor plan" for name in sorted(strangers))


def _book(system: System) -> Iterator[str]:
    from opposable.law import Book, LawError
    from opposable.law.citation import parse

    if not system.book_path.exists():
        yield f"{system.label} has no law.toml"
        return
    try:
        book = Book.load(system.book_path)
        for rule in (rule for rule_id in book.ids() for rule in book.versions(rule_id)):
            for cite in rule.cite:
                parse(cite)
    except LawError as error:
        yield error.text.en
        return
    yield from (f"the rule {one} does not begin with «{system.label}.»" for one in book.ids() if not _ours(system, one))


def _ours(system: System, name: str) -> bool:
    return name.startswith(f"{system.label}.")


def _acts(system: System) -> Iterator[str]:
    from opposable.kernel.acts import REGISTRY

    import_module(f"{system.name}.acts")
    found = [kind for kind in REGISTRY.values() if inspect.unwrap(kind.call).__module__.startswith(f"{system.name}.")]
    if not found:
        yield f"{system.label} declares no act"
    for kind in found:
        yield from _act(system, kind)


def _act(system: System, kind: ActType) -> Iterator[str]:
    if not ACT_NAME.fullmatch(kind.name) or not _ours(system, kind.name):
        yield f"the act {kind.name} is not named {system.label}.<noun>.<verb>"
    yield from _two_languages(f"the act {kind.name}", kind.label)
    for name, item in list(kind.signature.parameters.items())[1:]:
        if kind.api and (item.kind is not item.KEYWORD_ONLY or item.annotation is item.empty):
            yield f"the act {kind.name} cannot be offered by the API: {name} is not keyword-only with a type"


def _two_languages(what: str, label: Text) -> Iterator[str]:
    if not label.fr.strip() or not label.en.strip():
        yield f"{what} has no label in both languages"


# Recorded models, and the last row of each


def _models(system: System) -> Iterator[str]:
    from opposable.kernel.models import Recorded
    from opposable.kernel.system import retention_classes

    for model in system.get_models():
        if not issubclass(model, Recorded):
            continue
        evidence, name = model.Evidence, model.__name__
        if not _ours(system, evidence.kind):
            yield f"the kind {evidence.kind} of {name} does not begin with «{system.label}.»"
        if evidence.keep not in retention_classes():
            yield f"{name} is kept as {evidence.keep!r}, which no retention class declares"
        yield from _two_languages(name, evidence.label)
        row = model._default_manager.order_by("-pk").first()
        if row is None:
            yield f"there is no row of {name} to look at: let the test make one, by an act"
        else:
            yield from _row(name, row)


def _row(name: str, row: Recorded) -> Iterator[str]:
    from opposable.ledger import canonical
    from opposable.ledger.errors import CanonicalError

    try:
        if canonical.decode(canonical.encode(row.state())) != row.state():
            yield f"the state of {name} changes on its way through JSON: use lists, texts and integers"
        elif not _as_sealed(row):
            yield f"the state of {name} read back is not the one that its last act sealed: it holds more than its columns keep"
    except CanonicalError as error:
        yield f"the state of {name} does not fit the canonical profile: {error}"
    if not _hidden(row):
        yield f"{name} is visible to an account without any grant: its queryset needs visible_to()"


def _as_sealed(row: Recorded) -> bool:
    """Whether the row as the database gives it back has the digest that its last act put into the log."""
    from opposable.kernel.models import Act, Member
    from opposable.ledger.act import digest, parse_header

    member = Member.objects.filter(obj=row.uid, seq=row.seq).first()
    act = Act.objects.filter(obj=row.uid, seq=row.seq).first()
    post = member.post if member else parse_header(bytes(act.header)).post if act and act.header else ""
    return post == digest(row.state_part(row.seq))


def _hidden(row: Recorded) -> bool:
    from opposable.kernel.actors import Actor

    rows: Any = type(row)._default_manager.all()
    nobody = Actor("0" * 32, "account", "nobody")
    return hasattr(rows, "visible_to") and not rows.visible_to(nobody).exists()


# The manifest


def _manifest(system: System) -> Iterator[str]:
    from opposable.kernel.system import law

    yield from _two_languages("the system", system.title)
    for kept in system.retention:
        if not _ours(system, kept.id):
            yield f"the retention class {kept.id} does not begin with «{system.label}.»"
        if kept.rule and not law().versions(kept.rule):
            yield f"the retention class {kept.id} stands on the rule {kept.rule}, which is in no book"
        if any((end := kept.earliest(day)) is not None and end <= day for day in DAYS):
            yield f"the retention class {kept.id} lets erase on the day itself"
        yield from _two_languages(f"the retention class {kept.id}", kept.label)
    yield from _roles(system)
    yield from _names(system)


def _roles(system: System) -> Iterator[str]:
    from opposable.kernel.guards import recorded_models
    from opposable.kernel.system import VERBS

    kinds = [model.Evidence.kind for model in recorded_models()]
    for name, role in system.roles.items():
        yield from _two_languages(f"the role {name}", role.label)
        for pattern, verbs in role.may.items():
            if not verbs <= set(VERBS):
                yield f"the role {name} has verbs that do not exist: {', '.join(sorted(verbs - set(VERBS)))}"
            if not any(role.allows(kind, verb) for kind in kinds for verb in verbs):
                yield f"the role {name} speaks of {pattern!r}, and there is nothing of that kind"


def _names(system: System) -> Iterator[str]:
    """What the manifest names must exist: pages, functions, acts."""
    from django.urls import NoReverseMatch, reverse
    from django.utils.module_loading import import_string

    from opposable.kernel.acts import REGISTRY

    for item in system.nav:
        try:
            reverse(item.url)
        except NoReverseMatch:
            yield f"the navigation leads to {item.url}, which is no page"
    for path in filter(
        None, [system.commands, system.audit, system.demo, *system.duties.values(), *(job.path for job in system.jobs)]
    ):
        try:
            import_string(path)
        except ImportError:
            yield f"the manifest names {path}, which cannot be imported"
    yield from (f"the duty {name} is no act" for name in system.duties if name not in REGISTRY)


def _migrations(system: System) -> Iterator[str]:
    from django.core.management import call_command

    try:
        call_command("makemigrations", system.label, check_changes=True, dry_run=True, verbosity=0)
    except SystemExit:
        yield f"the models of {system.label} have changes without a migration: opposable manage makemigrations"
