"""The documents of an HSDS source: where each stands and whose it is, so that they are read again organization by organization.

None stays in memory: a source may be as large as its disk, a single document may not.
"""

from __future__ import annotations

import codecs
import json
import re
import shutil
import tempfile
import weakref
from array import array
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from referral_hub.errors import ImportRefused
from referral_hub.partners.imports.archives import open_archive
from referral_hub.partners.imports.report import Report

WHOLE_LIMIT = 256 << 20
"""Bytes in a file that is one JSON object: it is read as a whole."""
DOCUMENT_LIMIT = 16 << 20
"""Bytes in one of many documents."""
_PIECE = 1 << 20
_BOM = b"\xef\xbb\xbf"
_BLANKS = re.compile(r"[ \t\r\n]*")
_LINES = (".ndjson", ".jsonl")
SUFFIXES = (".json", *_LINES)


def unpack(path: Path) -> Path:
    """The JSON files of a zip archive in a new folder, whatever folder of the archive they lie in; the caller removes it.

    Raises:
        ImportRefused: the archive is not taken, or two of its files have the same name.
    """
    folder = Path(tempfile.mkdtemp(prefix="referral-hub-"))
    try:
        with open_archive(path) as archive:
            for name in archive.names:
                file = folder / PurePosixPath(name).name
                if file.suffix not in SUFFIXES:
                    continue
                if file.exists():
                    raise ImportRefused(f"{path.name} holds two files that are called {file.name}. Nothing was imported.")
                with archive.open(name) as packed, file.open("wb") as out:
                    shutil.copyfileobj(packed, out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


class Document(Struct, frozen=True):
    """One document as JSON, and where it stands."""

    file: str
    row: int
    data: bytes
    is_service: bool
    """False: an organization that offers nothing itself."""


class DocumentFiles:
    """The files of a source, read twice: once to see what stands where, then organization by organization."""

    def __init__(self, files: list[Path], report: Report, unpacked: Path | None = None) -> None:
        if unpacked is not None:
            weakref.finalize(self, shutil.rmtree, unpacked, ignore_errors=True)
        self._files = sorted(files, key=lambda file: (not _holds_organizations(file), file.name))
        self._report = report
        self._spool: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115  # it is closed with this object
        """The documents of files that are no lines."""
        weakref.finalize(self, self._spool.close)
        self._file, self._row, self._start, self._size = array("H"), array("L"), array("Q"), array("L")
        self._group = array("L")
        """By document the number of its organization."""
        self._places: list[array[int]] = [array("L"), array("q")]
        """Which document names which place: its number, and the place's id as a number."""
        self._scan()

    def __len__(self) -> int:
        return len(self._row)

    def in_order(self, size: int | None) -> Iterator[Iterator[Document]]:
        """The documents in parts of `size` as the files have them, organizations first; None: in one part."""
        every = range(len(self))
        for start in range(0, len(every), size or len(every) or 1):
            yield self._read(every[start : start + (size or len(every))])

    def parts(self, size: int | None, together: Collection[str]) -> Iterator[Iterator[Document]]:
        """The documents in parts of about `size`, organizations whole and in the order of their first document; None: in one part.

        Organizations that name the same place of `together` come in the same part.
        """
        group = self._united({hash(place) for place in together}) if together else self._group
        order = sorted(range(len(self)), key=group.__getitem__)
        start = 0
        for place in range(1, len(order) + 1):
            if place == len(order) or (size and place - start >= size and group[order[place]] != group[order[place - 1]]):
                yield self._read(order[start:place])
                start = place

    def _read(self, numbers: Sequence[int]) -> Iterator[Document]:
        opened: dict[int, BinaryIO] = {}
        try:
            for number in numbers:
                which = self._file[number]
                path = self._files[which]
                if which not in opened and path.suffix in _LINES:
                    opened[which] = path.open("rb")
                source = opened.get(which, self._spool)
                source.seek(self._start[number])
                data = source.read(self._size[number])
                yield Document(path.name, self._row[number], data, not _holds_organizations(path))
        finally:
            for file in opened.values():
                file.close()

    # What stands where

    def _scan(self) -> None:
        decoder = msgspec.json.Decoder(_Head)
        groups: dict[str, int] = {}
        for which, path in enumerate(self._files):
            row = 0
            for start, data in self._documents(path):
                row += 1
                number = len(self._row)
                self._file.append(which)
                self._row.append(row)
                self._start.append(start)
                self._size.append(len(data))
                try:
                    head = decoder.decode(data)
                except msgspec.DecodeError:  # told where it is read as a whole
                    head = _Head()
                owner = _owner(head, is_service=not _holds_organizations(path)) or f"\0{number}"
                self._group.append(groups.setdefault(owner, len(groups)))
                for place in _places(head):
                    self._places[0].append(number)
                    self._places[1].append(hash(place))
            self._report.rows_in[path.name] = row

    def _united(self, together: set[int]) -> array[int]:
        """The organizations' numbers, the same for those that name the same place."""
        first = list(range(max(self._group, default=0) + 1))

        def root(group: int) -> int:
            while first[group] != group:
                group = first[group]
            return group

        named: dict[int, int] = {}
        for number, place in zip(*self._places, strict=True):
            if place in together:
                one, other = root(self._group[number]), root(named.setdefault(place, self._group[number]))
                first[max(one, other)] = min(one, other)
        return array("L", map(root, self._group))

    def _documents(self, path: Path) -> Iterator[tuple[int, bytes]]:
        """Where each document of a file starts, and its JSON; faults go to the report."""
        try:
            with path.open("rb") as file:
                if path.suffix in _LINES:
                    yield from _lines(file)
                else:
                    for data in _items(file, path.stat().st_size):
                        yield self._spool.seek(0, 2), data
                        self._spool.write(data)
        except msgspec.DecodeError as fault:
            self._report.fault(path.name, None, None, f"the file is not JSON ({fault})")
        except json.JSONDecodeError as fault:
            self._report.fault(path.name, None, None, f"the file is not JSON ({fault.msg})")
        except UnicodeDecodeError:
            self._report.fault(path.name, None, None, "the file is not UTF-8 text")
        except _TooLarge as fault:
            self._report.fault(path.name, None, None, str(fault))
        except OSError as fault:
            self._report.fault(path.name, None, None, f"the file cannot be read ({fault.strerror})")


class _TooLarge(Exception):  # not an error of the hub: it never leaves this module
    pass


class _Named(Struct):
    id: Any = None


class _Listing(Struct):
    location: _Named | None = None


class _Owner(Struct):
    id: Any = None
    locations: list[_Named] | None = None


class _Head(Struct):
    """What says whose a document is, and where its help is given."""

    id: Any = None
    organization: _Owner | None = None
    organization_id: Any = None
    service_at_locations: list[_Listing] | None = None
    locations: list[_Named] | None = None


def _owner(head: _Head, *, is_service: bool) -> str:
    if not is_service:
        return str(head.id or "")
    return str((head.organization.id if head.organization else head.organization_id) or "")


def _places(head: _Head) -> Iterator[str]:
    for listing in head.service_at_locations or ():
        if listing.location is not None and listing.location.id:
            yield str(listing.location.id)
    nested = head.organization.locations if head.organization else None
    for location in (*(head.locations or ()), *(nested or ())):
        if location.id:
            yield str(location.id)


def _holds_organizations(path: Path) -> bool:
    return path.name.startswith("organizations")


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Each line that is not blank."""
    start = 0
    while line := file.readline(DOCUMENT_LIMIT):
        if len(line) == DOCUMENT_LIMIT and not line.endswith(b"\n"):
            raise _TooLarge("a line is larger than 16 MB; one document stands on it, and none is so large")
        skipped = len(_BOM) if start == 0 and line.startswith(_BOM) else 0
        if line.strip():
            yield start + skipped, line[skipped:]
        start += len(line)


def _items(file: BinaryIO, size: int) -> Iterator[bytes]:
    """The documents of a JSON file: the items of an array or of a page's `contents`, or the one object that it is."""
    head = file.read(_PIECE).removeprefix(_BOM)
    if head.lstrip().startswith(b"["):
        yield from _array_items(file, head)
        return
    if size > WHOLE_LIMIT:
        raise _TooLarge("the file is one object and larger than 256 MB; give one document a line instead (.ndjson)")
    data = head + file.read()
    if not data.strip():
        return
    try:
        yield from msgspec.json.decode(data, type=_Page).contents
    except msgspec.ValidationError:  # no page: the one document
        yield data


class _Page(Struct):
    contents: list[msgspec.Raw]


def _array_items(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    """The items of an array, a piece of the file in memory at a time."""
    decode, scan = codecs.getincrementaldecoder("utf-8")().decode, json.JSONDecoder().raw_decode
    text, is_whole = decode(head), False
    at = _past_blanks(text, 0) + 1
    if (end := _past_blanks(text, at)) < len(text) and text[end] == "]":
        at = end
    while text[at : at + 1] != "]":
        try:
            start = _past_blanks(text, at)
            item_end = scan(text, start)[1]
            end = _past_blanks(text, item_end)
            if end < len(text):
                if text[end] not in ",]":
                    raise json.JSONDecodeError("a comma is missing", text, end)
                yield text[start:item_end].encode()
                at = end + (text[end] == ",")
                continue
            fault = json.JSONDecodeError("the list does not end", text, end)
        except json.JSONDecodeError as told:
            fault = told
        if is_whole:
            raise fault
        if len(text) - at > DOCUMENT_LIMIT:
            raise _TooLarge(f"a document is larger than 16 MB, or no JSON ({fault.msg})")
        piece = file.read(max(_PIECE, len(text) - at))
        is_whole = not piece
        text, at = text[at:] + decode(piece, final=is_whole), 0
    if (text[at + 1 :] + decode(file.read(_PIECE))).strip():
        raise json.JSONDecodeError("something follows the end of the list", text, at)


def _past_blanks(text: str, at: int) -> int:
    return _BLANKS.match(text, at).end()  # type: ignore[union-attr]  # it fits everywhere
