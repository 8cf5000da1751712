"""Zip archives that strangers send: looked at whole before a byte of them is unpacked.

    with open_archive(path) as archive:
        for name in archive.names:
            with archive.open(name) as file:
                ...

    check_archive(path, WORKBOOK)  # before a library opens it by itself

Nothing is written to disk here. An archive is refused by its table of contents alone: too large, too many
entries, entries that unpack to far more than they take, names that lead out of a folder, links, archives
within, passwords, compression that cannot be bounded. What the table of contents promises is then held
while reading: an entry that unpacks to more, or to something else, is refused in the middle.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from msgspec import Struct

from referral_hub.errors import FieldError, ImportRefused

MB = 1 << 20


class ArchiveLimits(Struct, frozen=True, kw_only=True):
    """How much of an archive is taken; sizes are bytes."""

    file_bytes: int = 512 * MB
    """The archive itself."""
    entries: int = 1_000
    entry_bytes: int = 1_024 * MB
    """One entry, unpacked."""
    total_bytes: int = 2_048 * MB
    """All entries, unpacked."""
    ratio: int = 150
    """An entry above `ratio_from` may unpack to this many times what it takes."""
    ratio_from: int = 8 * MB
    allows_archives_within: bool = False


DIRECTORY = ArchiveLimits()
"""A directory of tables: 100,000 services take about 200 MB unpacked."""
WORKBOOK = ArchiveLimits(
    file_bytes=64 * MB, entries=2_000, entry_bytes=512 * MB, total_bytes=768 * MB, allows_archives_within=True
)
"""An .xlsx file: a workbook may carry other documents, which nobody opens."""

_END = struct.Struct("<4s4H2LH")
_END_64_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LONGEST_COMMENT = 65_535
_DIRECTORY_BYTES_AN_ENTRY = 1_024
"""A table of contents is not read where it is longer than this for each entry that is allowed."""
_LONGEST_NAME = 255
_NEEDS_PASSWORD = 0x1 | 0x40 | 0x2000
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
"""The two that Python unpacks a bounded piece at a time."""
_WITHIN = frozenset("zip zipx jar xlsx xlsm ods gz tgz bz2 xz zst tar 7z rar cab iso".split())
_BEGINS = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"Rar!", b"\x28\xb5\x2f\xfd")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Archive:
    """An archive that was looked at; made by `open_archive`."""

    def __init__(self, name: str, contents: zipfile.ZipFile, entries: dict[str, zipfile.ZipInfo]) -> None:
        self._name = name
        self._contents = contents
        self._entries = entries
        self.names = tuple(entries)
        """Its files, folders left out, with `/` between the parts."""

    def size(self, name: str) -> int:
        """Bytes of one file, unpacked."""
        return self._entries[name].file_size

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        """One file to read from its beginning to its end.

        Raises:
            ImportRefused: on opening or while reading, where the entry is damaged or not what it promised.
        """
        with _as_refusal(self._name, name):
            file = self._contents.open(self._entries[name])
        with file:
            yield cast("BinaryIO", io.BufferedReader(_Entry(self._name, name, file)))


@contextmanager
def open_archive(source: Path | BinaryIO, limits: ArchiveLimits = DIRECTORY, *, name: str | None = None) -> Iterator[Archive]:
    """Look at an archive, then give its files; `name` is what errors call it (the file's own name unless given).

    `source` is a path, or an open file that can be sought.

    Raises:
        ImportRefused: it is not taken; the sentence says why and names the entry.
    """
    if isinstance(source, Path):
        with _opened(source) as file, open_archive(file, limits, name=name or source.name) as archive:
            yield archive
        return
    called = name or "the archive"
    length = source.seek(0, os.SEEK_END)
    if length > limits.file_bytes:
        raise _refusal(called, None, f"it is larger than {_megabytes(limits.file_bytes)}")
    _check_end(source, length, limits, called)
    with _as_refusal(called, None):
        contents = zipfile.ZipFile(source)
    with contents:
        entries = _check_entries(contents, length, limits, called)
        archive = Archive(called, contents, entries)
        if not limits.allows_archives_within:
            _check_beginnings(archive, called)
        yield archive


def check_archive(source: Path | BinaryIO, limits: ArchiveLimits = DIRECTORY, *, name: str | None = None) -> None:
    """Raise ImportRefused for an archive that `open_archive` would not give."""
    with open_archive(source, limits, name=name):
        pass


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as fault:
        raise _refusal(path.name, None, f"it cannot be read ({fault.strerror})") from fault
    with file:
        yield file


def is_safe_name(name: str) -> bool:
    """Whether a path that a stranger wrote stays within the folder that it starts in."""
    return _name_problem(name) is None


def _check_end(file: BinaryIO, length: int, limits: ArchiveLimits, called: str) -> None:
    """The last record says how long the table of contents is: a long one is not even read."""
    file.seek(max(0, length - _END.size - _LONGEST_COMMENT))
    tail = file.read()
    at = len(tail) - _END.size
    if at < 0 or tail[at : at + 4] != b"PK\x05\x06" or tail[-2:] != b"\0\0":
        at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise _refusal(called, None, "it is no zip archive, or it is cut off")
    _, _, _, _, _, directory_bytes, _, _ = _END.unpack_from(tail, at)
    long_form = _read_end_64(file, length - len(tail) + at)
    directory_bytes = max(directory_bytes if directory_bytes < 0xFFFFFFFF else 0, long_form)
    if directory_bytes > limits.entries * _DIRECTORY_BYTES_AN_ENTRY:
        raise _refusal(called, None, f"its table of contents is too long; {_too_many(limits)}")


def _read_end_64(file: BinaryIO, end_at: int) -> int:
    """Bytes of the table of contents as an archive in the long form (zip64) says; 0 where it is none."""
    if end_at < _END_64_LOCATOR.size:
        return 0
    file.seek(end_at - _END_64_LOCATOR.size)
    if _END_64_LOCATOR.unpack(file.read(_END_64_LOCATOR.size))[0] != b"PK\x06\x07" or end_at < _END_64_LOCATOR.size + _END_64.size:
        return 0
    file.seek(end_at - _END_64_LOCATOR.size - _END_64.size)
    record = _END_64.unpack(file.read(_END_64.size))
    return int(record[8]) if record[0] == b"PK\x06\x06" else 0


def _check_entries(contents: zipfile.ZipFile, length: int, limits: ArchiveLimits, called: str) -> dict[str, zipfile.ZipInfo]:
    listed = contents.infolist()
    if len(listed) > limits.entries:
        raise _refusal(called, None, f"it holds {len(listed):,} entries; {_too_many(limits)}")
    entries: dict[str, zipfile.ZipInfo] = {}
    met: set[str] = set()
    for entry in listed:
        name = entry.filename.replace("\\", "/")
        if problem := _name_problem(entry.orig_filename) or _problem(entry, limits):
            raise _refusal(called, name, problem)
        if name.casefold() in met:
            raise _refusal(called, name, "the name is there twice")
        met.add(name.casefold())
        if not name.endswith("/"):
            entries[name] = entry
    if sum(entry.file_size for entry in listed) > limits.total_bytes:
        raise _refusal(called, None, f"it unpacks to more than {_megabytes(limits.total_bytes)}")
    if sum(entry.compress_size for entry in listed) > length:
        raise _refusal(called, None, "its entries overlap")
    return entries


def _name_problem(name: str) -> str | None:
    """What forbids a name; a backslash parts like a slash, as some programs write it."""
    parts = name.replace("\\", "/").split("/")
    if not name.strip() or len(name) > _LONGEST_NAME:
        return "the name is empty or too long"
    if _UNPRINTABLE.search(name):
        return "the name holds characters that cannot be shown"
    if not parts[0] or re.match(r"[A-Za-z]:", name):
        return "the name begins at the root of a disk"
    if ".." in parts:
        return "the name leads out of the archive's folder"
    return None


def _problem(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> str | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "the entry is a link"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "the entry is neither a file nor a folder"
    if entry.flag_bits & _NEEDS_PASSWORD:
        return "the entry is protected with a password"
    if entry.compress_type not in _METHODS:
        return "the entry is packed in a way that is not read; pack it as an ordinary zip"
    if entry.file_size > limits.entry_bytes:
        return f"the entry unpacks to more than {_megabytes(limits.entry_bytes)}"
    if entry.file_size > limits.ratio_from and entry.file_size > entry.compress_size * limits.ratio:
        return f"the entry unpacks to more than {limits.ratio} times what it takes"
    if not limits.allows_archives_within and entry.filename.lower().rpartition(".")[2] in _WITHIN:
        return "the entry is an archive itself; put its files in directly"
    return None


def _check_beginnings(archive: Archive, called: str) -> None:
    """An archive within shows by its first bytes, whatever it is called."""
    for name in archive.names:
        with archive.open(name) as file:
            if file.read(8).startswith(_BEGINS):
                raise _refusal(called, name, "the entry is an archive itself; put its files in directly")


class _Entry(io.RawIOBase):
    """One entry's bytes; damage that shows while reading becomes a sentence."""

    def __init__(self, archive: str, name: str, file: IO[bytes]) -> None:
        super().__init__()
        self._called = (archive, name)
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview | bytearray) -> int:  # type: ignore[override]  # typeshed's Buffer has no length
        with _as_refusal(*self._called):
            data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def _as_refusal(archive: str, name: str | None) -> Iterator[None]:
    """What the library raises for a broken archive, as a sentence."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, NotImplementedError, RuntimeError, ValueError, OSError) as fault:
        raise _refusal(archive, name, "it is damaged or was changed; pack it anew") from fault


def _refusal(archive: str, entry: str | None, problem: str) -> ImportRefused:
    place = _shown(archive) + (f", {_shown(entry)}" if entry is not None else "")
    return ImportRefused(f"The archive is not taken: {place}: {problem}. Nothing was imported.", errors=(FieldError(place, problem),))


def _shown(name: str) -> str:
    """A foreign name as it may stand in a sentence."""
    plain = _UNPRINTABLE.sub("?", name)
    return plain if len(plain) <= 80 else f"{plain[:77]}..."


def _too_many(limits: ArchiveLimits) -> str:
    return f"at most {limits.entries:,} entries are taken"


def _megabytes(size: int) -> str:
    return f"{size / MB:,.0f} MB"
