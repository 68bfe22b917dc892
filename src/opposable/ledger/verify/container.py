"""Checks 1xx and 2xx: the ZIP, its layout, the ASiC manifest and the time-stamp over it."""

from __future__ import annotations

from hashlib import sha256

from opposable.ledger import token
from opposable.ledger.bundle import layout, manifest
from opposable.ledger.errors import TokenError
from opposable.ledger.verify.case import Case
from opposable.ledger.verify.dates import tsa_roots


def check_container(case: Case) -> None:
    """The ZIP's own defects, members that the layout does not know, members that must be there."""
    rec, bundle = case.rec, case.bundle
    for check in ("container.zip", "container.names", "container.size", "container.mimetype"):
        rec.performed[check] += 1
    for problem in bundle.problems:
        rec.expect(problem.check, problem.where, good=False, detail=problem.detail)
    for name in bundle.names:
        if not name.startswith(layout.META):
            rec.expect("container.layout", name, layout.is_known(name), "not a member of the layout")
        elif name not in (layout.MANIFEST, layout.TIMESTAMP):
            rec.notice("container.meta", name)
        rec.run("container.zip", name, bundle.read, name)
    for name in layout.REQUIRED:
        rec.expect("container.missing", name, name in bundle, "absent")
    rec.expect("container.missing", "acts/", any(n.startswith("acts/") for n in bundle.names), "no act")


def check_manifest(case: Case) -> None:
    """Every member but the container's own is listed with its SHA-256, and nothing else is."""
    rec, data = case.rec, case.read(layout.MANIFEST)
    if data is None:
        return
    digests = rec.run("manifest.form", layout.MANIFEST, manifest.parse, data)
    _check_timestamp(case, data)
    if digests is None:
        return
    for name, expected in digests.items():
        rec.expect("manifest.missing", name, name in case.bundle, "listed, not there")
        member = case.read(name)
        if member is not None:
            found = sha256(member).digest()
            rec.expect("manifest.digest", name, found == expected, f"sha256 {found.hex()}, listed {expected.hex()}")
    for name in filter(layout.in_manifest, case.bundle.names):
        rec.expect("manifest.unlisted", name, name in digests, "there, not listed")


def _check_timestamp(case: Case, manifest_bytes: bytes) -> None:
    bare = case.read(layout.TIMESTAMP)
    if bare is None:
        case.rec.notice("manifest.undated")
        return
    try:
        info = token.verify(token.response_of(bare), manifest_bytes, tsa_roots(case))
    except TokenError as error:
        case.rec.expect("manifest.token", layout.TIMESTAMP, good=False, detail=str(error))
        return
    case.rec.expect("manifest.token", layout.TIMESTAMP, good=True)
    case.rec.facts["bundle_at"] = info.at.isoformat()
    case.rec.facts["bundle_tsa"] = info.tsa
