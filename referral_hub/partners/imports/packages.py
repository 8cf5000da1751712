"""An HSDS tabular data package as files to read: a folder, its datapackage.json, or a zip archive of it."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from referral_hub.partners.imports.archives import DIRECTORY, MB, Archive, is_safe_name, open_archive
from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.tables import UTF16_MARKS, CsvTable
from referral_hub.partners.tabular import FILES, OWN_EXPORT, PACKAGE

MUST_EXIST = ("organization", "service")
DESCRIPTION_LIMIT = 8 * MB
"""Bytes of datapackage.json."""
CELL_LIMIT = 4 * MB
LINE_LIMIT = 16 * MB
ENCODINGS = frozenset({"ascii", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-1", "iso8859-15"})
"""By the names that Python gives them."""
_READ_AS_IT_COMES = frozenset({"ascii", "utf-8", "utf-8-sig"})


class _Resource(Struct, frozen=True):
    """One table of the package."""

    file: str
    delimiter: str = ","
    encoding: str | None = None
    """None: UTF-8, or what its first bytes say."""


class Package:
    """The tables of a package by kind; made by `open_package`."""

    def __init__(self, resources: dict[str, _Resource], is_own: bool, opener: Callable[[str], AbstractContextManager[BinaryIO]]) -> None:
        self._resources = resources
        self._open = opener
        self.is_own = is_own
        """Written by a hub: values stand as they were, and fields of ours are among them."""

    def file_of(self, kind: str) -> str:
        """The name of a kind's file, for the report."""
        return self._resources[kind].file if kind in self._resources else FILES[kind]

    @contextmanager
    def open(self, kind: str, report: Report) -> Iterator[CsvTable | None]:
        """The table of a kind; None where the package has none."""
        resource = self._resources.get(kind)
        if resource is None:
            yield None
            return
        with ExitStack() as stack:
            try:
                file = stack.enter_context(self._open(resource.file))
                start = file.peek(2)[:2] if hasattr(file, "peek") else b""
            except OSError as fault:
                report.fault(resource.file, None, None, f"the file cannot be read ({fault.strerror})")
                yield None
                return
            encoding = resource.encoding or ("utf-16" if start in UTF16_MARKS else None)
            yield CsvTable(
                file,
                resource.file,
                report,
                required=("id",),
                delimiter=resource.delimiter,
                encoding=encoding,
                cell_limit=CELL_LIMIT,
                line_limit=LINE_LIMIT,
            )


@contextmanager
def open_package(path: Path, report: Report) -> Iterator[Package]:
    """The package at a path: a folder (datapackage.json may be missing), the path of its datapackage.json, or a zip archive.

    Raises:
        ImportRefused: it cannot be read as a package; every fault is named.
    """
    with ExitStack() as stack:
        if path.is_dir() or path.name == PACKAGE:
            folder = path if path.is_dir() else path.parent
            package = _read(_names_in(folder), lambda name: (folder / name).open("rb"), lambda name: (folder / name).stat().st_size, report)
        else:
            archive = stack.enter_context(open_archive(path))
            base = _base_of(archive)
            names = [name.removeprefix(base) for name in archive.names if name.startswith(base)]
            package = _read(names, lambda name: archive.open(base + name), lambda name: archive.size(base + name), report)
        report.refuse_if_faulty()
        yield package


def _names_in(folder: Path) -> list[str]:
    """Files of a folder and of the folders in it (a package may keep its tables in `data/`)."""
    found = [*folder.glob("*"), *folder.glob("*/*")]
    return sorted(item.relative_to(folder).as_posix() for item in found if item.is_file())


def _base_of(archive: Archive) -> str:
    """The folder of an archive that the package lies in, with a slash; "" for the top."""
    whole = [PurePosixPath(name) for name in archive.names]
    described = [name for name in whole if name.name == PACKAGE] or [name for name in whole if name.name == FILES["service"]]
    base = min((name.parent for name in described), key=lambda parent: (len(parent.parts), str(parent)), default=PurePosixPath())
    return "" if base == PurePosixPath() else f"{base}/"


Open = Callable[[str], AbstractContextManager[BinaryIO]]
Size = Callable[[str], int]


def _read(names: list[str], opener: Open, size: Size, report: Report) -> Package:
    description = _read_description(opener, size, report) if PACKAGE in names else None
    resources = _named_files(names) if description is None else _described(description, names, report)
    for kind in MUST_EXIST:
        if kind not in resources:
            report.fault(FILES[kind], None, None, "the file is missing")
    for resource in resources.values():
        if size(resource.file) > DIRECTORY.entry_bytes:
            report.fault(resource.file, None, None, f"the file is larger than {DIRECTORY.entry_bytes // MB:,} MB; split it")
    _tell_unread(names, resources, report)
    return Package(resources, description is not None and OWN_EXPORT in description, opener)


def _read_description(opener: Open, size: Size, report: Report) -> dict[str, Any] | None:
    if size(PACKAGE) > DESCRIPTION_LIMIT:
        report.fault(PACKAGE, None, None, f"the file is larger than {DESCRIPTION_LIMIT // MB} MB")
        return {}
    try:
        with opener(PACKAGE) as file:
            description = msgspec.json.decode(file.read(DESCRIPTION_LIMIT + 1).removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        report.fault(PACKAGE, None, None, f"the file is not JSON ({fault})")
        return {}
    except OSError as fault:
        report.fault(PACKAGE, None, None, f"the file cannot be read ({fault.strerror})")
        return {}
    if isinstance(description, dict) and isinstance(description.get("resources"), list):
        return description
    report.fault(PACKAGE, None, "resources", "the package lists no resources")
    return {}


def _named_files(names: list[str]) -> dict[str, _Resource]:
    """The tables of a folder that nothing describes, by the names of the files."""
    found: dict[str, _Resource] = {}
    for name in names:
        path = PurePosixPath(name)
        if path.suffix.lower() == ".csv" and len(path.parts) == 1 and (kind := _kind_of(path.stem)):
            found.setdefault(kind, _Resource(name))
    return found


def _described(description: dict[str, Any], names: list[str], report: Report) -> dict[str, _Resource]:
    found: dict[str, _Resource] = {}
    for place, resource in enumerate(description.get("resources", [])):
        where = f"resources[{place}]"
        if not isinstance(resource, dict) or not isinstance(resource.get("path"), str):
            report.fault(PACKAGE, None, f"{where}.path", "the resource names no single file of the package")
            continue
        file = resource["path"].removeprefix("./")
        kind = _kind_of(str(resource.get("name") or "")) or _kind_of(PurePosixPath(file).stem)
        if kind is None:
            continue
        if not is_safe_name(file):
            report.fault(PACKAGE, None, f"{where}.path", "the path leads out of the package")
        elif kind in found:
            report.fault(PACKAGE, None, f"{where}.name", f"the table {kind} is there twice")
        elif file not in names:
            report.add(PACKAGE, None, f"{where}.path", f"the package has no file {file}", "read without it")
        elif (read := _resource(file, resource, where, report)) is not None:
            found[kind] = read
    return found


def _resource(file: str, resource: dict[str, Any], where: str, report: Report) -> _Resource | None:
    dialect = resource.get("dialect")
    delimiter = dialect.get("delimiter", ",") if isinstance(dialect, dict) else ","
    if not isinstance(delimiter, str) or delimiter not in (",", ";", "\t", "|"):
        report.fault(PACKAGE, None, f"{where}.dialect.delimiter", "the delimiter is none of comma, semicolon, tab and bar")
        return None
    given = resource.get("encoding")
    try:
        encoding = codecs.lookup(str(given or "utf-8")).name
    except (LookupError, ValueError):
        encoding = ""
    if encoding not in ENCODINGS:
        report.fault(PACKAGE, None, f"{where}.encoding", "this encoding is not read; save the file as CSV UTF-8")
        return None
    return _Resource(file, delimiter, None if encoding in _READ_AS_IT_COMES else encoding)


def _kind_of(name: str) -> str | None:
    """The kind of a table by its name in the singular or the plural."""
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    return _KINDS.get(plain)


def _tell_unread(names: list[str], resources: dict[str, _Resource], report: Report) -> None:
    read = {resource.file for resource in resources.values()}
    for name in names:
        if name.lower().endswith(".csv") and name not in read:
            report.add(name, None, None, "the directory has no place for this table", "not read")


_KINDS = {name: kind for kind, file in FILES.items() for name in (kind, file.removesuffix(".csv"), f"{kind}s")} | {
    "services_at_location": "service_at_location", "service_at_locations": "service_at_location", "service_capacities": "service_capacity",
}  # fmt: skip
