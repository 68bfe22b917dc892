"""The ZIP around a bundle, read as if an enemy had made it.

What two ZIP readers could see differently is refused: members that overlap or leave room between them, bytes before
the first or after the last, local headers that name something else than the directory, the same name twice, comments.
Sizes are known and bounded before anything is unpacked.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Self

from opposable.ledger.bundle import layout
from opposable.ledger.bundle.layout import Limits
from opposable.ledger.errors import BundleError

_END: Final = struct.Struct("<4s4H2IH")
_LOCAL: Final = struct.Struct("<4s5H3I2H")
_DESCRIPTOR: Final = 0x08
_FLAGS: Final = 0x080E  # what APPNOTE §4.4.4 lets a plain member have: levels of deflate, a descriptor, UTF-8 names
_UNICODE_PATH: Final = b"\x75\x70"  # an extra field that gives the member a second name (APPNOTE §4.6.9)
_FILE_TYPE: Final = 0o170000
_REGULAR: Final = 0o100000
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


_ZIP64: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Problem:
    """A defect of the container: id of the check, member, what is wrong."""

    check: str
    where: str
    detail: str


class Bundle:
    """An opened `.asice`: member names in order, their bytes on demand, and the defects of the container.

    Raises `BundleError` when it is no ZIP at all, or has more members than the limits let in. Every other defect is in
    `problems`, and the members stay readable: a verifier reports all it finds.
    """

    def __init__(self, source: Path | str | bytes, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.problems: list[Problem] = []
        self._file: BinaryIO = io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb")  # noqa: SIM115 - closed by `close`
        try:
            self._open()
        except (zipfile.BadZipFile, struct.error, NotImplementedError, OSError, ValueError) as error:
            self._file.close()
            raise BundleError(f"not a ZIP archive: {error}") from error

    def _open(self) -> None:
        count = self._check_end()
        self._zip = zipfile.ZipFile(self._file)
        infos = self._zip.infolist()
        if count not in (None, len(infos)):
            self._note("container.zip", "", f"{len(infos)} members listed, {count} announced")
        self._infos = {info.orig_filename: info for info in infos}
        self.names = tuple(self._infos)
        self._check_names([info.orig_filename for info in infos])
        self._check_sizes(infos)
        self._check_extents(infos)
        self._check_mimetype()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._zip.close()
        self._file.close()

    def __contains__(self, name: str) -> bool:
        return name in self._infos

    def read(self, name: str) -> bytes:
        """The bytes of a member. Raises `BundleError` when it is absent, too large, or does not unpack to its CRC."""
        info = self._infos.get(name)
        if info is None:
            raise BundleError(f"{name} is not in the bundle")
        if info.file_size > self.limits.member:
            raise BundleError(f"{name} is {info.file_size} bytes: more than this reader takes")
        try:
            data = self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError, OSError) as error:
            raise BundleError(f"{name} does not unpack: {error}") from error
        if len(data) != info.file_size:
            raise BundleError(f"{name} is {len(data)} bytes, announced as {info.file_size}")
        return data

    # Each check notes what it finds and goes on.

    def _note(self, check: str, where: str, detail: str) -> None:
        self.problems.append(Problem(check, where, detail))

    def _check_end(self) -> int | None:
        """The number of members, from the directory's end record: the last thing in the file, of one volume.

        None when there are more than it can count (ZIP64): zipfile then reads the larger record in front of it.
        """
        size = self._file.seek(0, io.SEEK_END)
        self._file.seek(max(0, size - _END.size))
        mark, disk, first_disk, here, count, _, _, comment = _END.unpack(self._file.read(_END.size))
        if mark != b"PK\x05\x06" or comment:
            raise BundleError("bytes follow the ZIP directory")
        if count == _ZIP64:
            return None
        if disk or first_disk or here != count:
            self._note("container.zip", "", "an archive of several volumes")
        return int(count)

    def _check_names(self, names: list[str]) -> None:
        seen: set[str] = set()
        for name in names:
            if not layout.SAFE.fullmatch(name):
                self._note("container.names", repr(name), "not a plain relative path")
            # Two names that differ in case fall together where files are unpacked on some systems.
            if name.lower() in seen:
                self._note("container.names", name, "the same name twice")
            seen.add(name.lower())

    def _check_sizes(self, infos: list[zipfile.ZipInfo]) -> None:
        limits, total = self.limits, sum(info.file_size for info in infos)
        if len(infos) > limits.members or total > limits.total:
            raise BundleError(f"{len(infos)} members of {total} bytes in all: more than this reader takes")
        for info in infos:
            if info.file_size > limits.member:
                self._note("container.size", info.orig_filename, f"{info.file_size} bytes")
            elif info.file_size > limits.ratio_from and info.file_size > limits.ratio * info.compress_size:
                self._note("container.size", info.orig_filename, f"{info.file_size} from {info.compress_size} bytes")

    def _check_extents(self, infos: list[zipfile.ZipInfo]) -> None:
        """The members lie end to end from the first byte to the directory, each under the name it is listed by."""
        at = 0
        for info in sorted(infos, key=lambda info: info.header_offset):
            name = info.orig_filename
            if info.header_offset != at:
                self._note("container.zip", name, f"starts at byte {info.header_offset}, expected {at}")
            at = self._end_of(info)
        if at != self._zip.start_dir:
            self._note("container.zip", "", f"{self._zip.start_dir - at} bytes between the members and the directory")

    def _end_of(self, info: zipfile.ZipInfo) -> int:
        self._file.seek(info.header_offset)
        fields = _LOCAL.unpack(self._file.read(_LOCAL.size))
        mark, flags = fields[0], fields[2]
        name_size: int = fields[9]
        extra_size: int = fields[10]
        name = self._file.read(name_size)
        said = (name, fields[3], *((info.CRC, *_sizes(info)) if flags & _DESCRIPTOR else fields[6:9]))
        if mark != b"PK\x03\x04" or said != (info.orig_filename.encode(), info.compress_type, info.CRC, *_sizes(info)):
            self._note("container.zip", info.orig_filename, "its local header says something else than the directory")
        self._check_plain(info, flags, self._file.read(extra_size))
        end = info.header_offset + _LOCAL.size + name_size + extra_size + info.compress_size
        return end + (self._descriptor_size(end) if flags & _DESCRIPTOR else 0)

    def _check_plain(self, info: zipfile.ZipInfo, flags: int, extra: bytes) -> None:
        """A file on this volume, packed in a way that every reader knows, under one name."""
        if (flags | info.flag_bits) & ~_FLAGS or info.compress_type not in _METHODS or info.volume:
            self._note("container.zip", info.orig_filename, "encrypted, or packed in a way that is not read here")
        if _UNICODE_PATH in extra or _UNICODE_PATH in info.extra:
            self._note("container.zip", info.orig_filename, "an extra field that may give it a second name")
        kind = info.external_attr >> 16 & _FILE_TYPE
        if kind not in (0, _REGULAR):
            self._note("container.zip", info.orig_filename, "a link or a device, not a file")

    def _descriptor_size(self, at: int) -> int:
        """Bytes of the data descriptor that streaming writers put behind a member (APPNOTE §4.3.9)."""
        self._file.seek(at)
        return 16 if self._file.read(4) == b"PK\x07\x08" else 12

    def _check_mimetype(self) -> None:
        """ETSI EN 319 162-1 §A.1: first, stored, without extra field, so that it can be read at a fixed place."""
        expected = layout.MIMETYPE.encode() + layout.MIMETYPE_TEXT
        self._file.seek(0)
        head = self._file.read(_LOCAL.size + len(expected))
        if head[_LOCAL.size :] != expected or len(layout.MIMETYPE_TEXT) != _LOCAL.unpack(head[: _LOCAL.size])[7]:
            self._note("container.mimetype", layout.MIMETYPE, f"not {layout.MIMETYPE_TEXT.decode()} stored at byte 38")


def _sizes(info: zipfile.ZipInfo) -> tuple[int, int]:
    return info.compress_size, info.file_size
