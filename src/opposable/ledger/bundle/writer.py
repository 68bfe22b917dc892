"""Writes a bundle: the same content and time-stamp always give the same bytes (with one version of zlib)."""

from __future__ import annotations

import errno
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from opposable.ledger import assets, canonical, proof, token
from opposable.ledger.bundle import layout, manifest
from opposable.ledger.bundle.content import BundleAct, BundleContent
from opposable.ledger.errors import BundleError

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the first instant that ZIP can write: members bear no date of their own
_FILE: Final = 0o100644 << 16
_SCRIPT: Final = 0o100755 << 16
_UNIX: Final = 3


def write(content: BundleContent, path: Path | str, *, stamp: Callable[[bytes], bytes] | None = None) -> Path:
    """Write the bundle to `path`, whole or not at all, and return the path.

    `stamp` is given ASiCManifest.xml and returns an RFC 3161 response over it; without it the bundle bears no date of
    its own, and verifiers say so. Raises `BundleError` for content that no bundle can hold, `TokenError` for a
    response that is none.
    """
    files = members(content)
    listed = {name: sha256(data).digest() for name, data in files.items() if layout.in_manifest(name)}
    files[layout.MANIFEST] = manifest.render(listed)
    if stamp is not None:
        files[layout.TIMESTAMP] = token.token_of(stamp(files[layout.MANIFEST]))
    return write_files(files, path)


def members(content: BundleContent) -> dict[str, bytes]:
    """Every member but the manifest and its time-stamp, by name. Raises `BundleError`."""
    files: dict[str, bytes] = {layout.MIMETYPE: layout.MIMETYPE_TEXT}
    for name, data in _all(content):
        if files.setdefault(name, data) is not data:
            raise BundleError(f"two members of one name: {name}")
        if not layout.is_known(name):
            raise BundleError(f"the layout has no place for {name}")
    return files


def write_files(files: Mapping[str, bytes], path: Path | str) -> Path:
    """The ZIP of the members: mimetype first and stored, the others by name, without dates. Raises OSError, which names `path`."""
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "is a folder", str(path))
    try:
        _write_whole(files, path)
    except OSError as error:
        if error.errno is None:
            raise
        # the file that is written first has a name of its own, which nobody asked for
        raise OSError(error.errno, error.strerror, str(path if path.parent.is_dir() else path.parent)) from None
    return path


def _write_whole(files: Mapping[str, bytes], path: Path) -> None:
    rest = sorted(name for name in files if name != layout.MIMETYPE)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            with zipfile.ZipFile(file, "w") as archive:
                for name in [layout.MIMETYPE, *rest]:
                    archive.writestr(_info(name), files[name])
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            Path(file.name).unlink()
            raise
    Path(file.name).replace(path)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = _UNIX
    info.external_attr = _SCRIPT if name == layout.VERIFY_SH else _FILE
    info.compress_type = zipfile.ZIP_STORED if name == layout.MIMETYPE else zipfile.ZIP_DEFLATED
    return info


def _all(content: BundleContent) -> Iterator[tuple[str, bytes]]:
    yield from _acts("acts", content.acts, content)
    yield from _acts("erasures", content.erasures, content)
    for value in content.objects:
        yield f"objects/{value['obj']}.json", canonical.encode(value)
    yield from _rules(content.rules)
    yield from _log(content)
    yield from _tokens(content)
    yield from _people(content)


def _acts(folder: str, acts: Sequence[BundleAct], content: BundleContent) -> Iterator[tuple[str, bytes]]:
    for act in acts:
        if act.index not in content.proofs:
            raise BundleError(f"no proof for act {act.index}")
        extra = None if act.header is not None else act.entry
        text = proof.format_proof(act.index, content.proofs[act.index], content.checkpoint, extra)
        yield f"{folder}/{act.index}/act.tlog-proof", text.encode()
        if act.header is not None:
            yield f"{folder}/{act.index}/act.json", act.header
        for name, data in act.parts.items():
            yield f"{folder}/{act.index}/part-{name}.json", data


def _rules(rows: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    """The first wording of a rule has the plain name; its other wordings bear the beginning of their digest."""
    named: set[str] = set()
    for row in sorted(set(rows)):
        rule_id = canonical.decode(row)["id"]
        suffix = f"@{sha256(row).hexdigest()[:16]}" if rule_id in named else ""
        named.add(rule_id)
        yield f"rules/{rule_id}{suffix}.json", row


def _log(content: BundleContent) -> Iterator[tuple[str, bytes]]:
    yield layout.CHECKPOINT, content.checkpoint.encode()
    yield layout.LOG_PEM, content.log_pem
    yield layout.LOG_VKEY, content.vkey.strip().encode() + b"\n"
    if content.policy:
        yield layout.POLICY, content.policy.encode()
    if content.withheld:
        rows = [{"index": index, "parts": sorted(names)} for index, names in sorted(content.withheld.items())]
        yield layout.WITHHELD, canonical.encode({"acts": rows})
    for (old, new), hashes in content.consistency.items():
        value: dict[str, Any] = {"hashes": [one.hex() for one in hashes], "new": new, "old": old}
        yield f"consistency/{old}-{new}.json", canonical.encode(value)


def _tokens(content: BundleContent) -> Iterator[tuple[str, bytes]]:
    if content.checkpoint_token is not None:
        yield layout.CHECKPOINT_TOKEN, content.checkpoint_token
    for response in sorted(set(content.tokens)):
        yield f"tsa/{token.token_hash(response)}.tsr", response
    for pem in sorted(set(content.roots)):
        yield f"tsa/{sha256(pem).hexdigest()[:16]}.pem", pem


def _people(content: BundleContent) -> Iterator[tuple[str, bytes]]:
    """What people read, and what they check with."""
    yield layout.README, assets.readme(content.title, content.checkpoint)
    yield layout.VERIFY_SH, assets.verify_sh()
    yield layout.VERIFY_HTML, assets.verify_html()
    if content.summary_html is not None:
        yield layout.SUMMARY_HTML, content.summary_html
    if content.summary_pdf is not None:
        yield layout.SUMMARY_PDF, content.summary_pdf
