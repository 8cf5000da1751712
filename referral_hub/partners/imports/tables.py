"""CSV files as rows, in bounded memory; whatever is broken about one is said in words."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from referral_hub.partners.imports.report import Report

LINE_LIMIT = 1 << 20
"""Bytes in one line: a longer one is no directory, and is never read to its end."""
CELL_LIMIT = 131_072
"""Characters in one cell, where a reader does not allow more."""
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""What a file in UTF-16 begins with."""
LARGEST_CELL = 4 << 20
csv.field_size_limit(LARGEST_CELL)  # of the whole process; each table holds its own limit


class SourceRow(Struct, frozen=True):
    """One record; `number` counts as a spreadsheet does, with the header as row 1."""

    number: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """The cell without surrounding blanks; "" where the column is absent."""
        return self.cells.get(column, "").strip()


class _Broken(Exception):  # not an error of the hub: it never leaves this module
    pass


class CsvTable:
    """A CSV file that is being read: its header, then its rows once, one at a time.

    Faults (missing or doubled column, cut-off row, wrong encoding, huge cell) go to the report; so does
    the number of rows, once all are read.
    """

    def __init__(
        self,
        file: BinaryIO,
        name: str,
        report: Report,
        *,
        required: tuple[str, ...] = (),
        delimiter: str = ",",
        encoding: str | None = None,
        cell_limit: int = CELL_LIMIT,
        line_limit: int = LINE_LIMIT,
    ) -> None:
        self.name = name
        self.report = report
        self.header: tuple[str, ...] = ()
        """Empty where the file cannot be read."""
        self._cell_limit = cell_limit
        lines = _lines(file, name, report, line_limit) if encoding is None else _decoded(file, encoding, line_limit)
        self._reader = csv.reader(lines, strict=True, delimiter=delimiter)
        self._number = 1
        self._is_broken = False
        header = next(self._guarded(), [])
        if not self._is_broken:
            self.header = self._check_header([cell.strip() for cell in header], required)

    def __iter__(self) -> Iterator[SourceRow]:
        rows = 0
        width = len(self.header)
        for cells in self._guarded() if self.header else ():
            self._number += 1
            if not any(cells):
                continue
            if len(cells) != width:
                less = "cut off" if len(cells) < width else "too long"
                self.report.fault(self.name, self._number, None, f"the row is {less}: {len(cells)} cells under {width} columns")
                continue
            rows += 1
            yield SourceRow(self._number, dict(zip(self.header, cells, strict=True)))
        self.report.rows_in[self.name] = rows

    def _check_header(self, header: list[str], required: tuple[str, ...]) -> tuple[str, ...]:
        missing = [column for column in required if column not in header]
        for column in missing:
            self.report.fault(self.name, 1, column, f"the column {column} is missing")
        doubled = {column for column in header if column and header.count(column) > 1}
        if doubled and not missing:
            self.report.fault(self.name, None, None, f"the column {min(doubled)} is there twice")
        return () if missing or doubled else tuple(header)

    def _guarded(self) -> Iterator[list[str]]:
        """The reader's rows; what it stumbles over is said in words and ends the file."""
        try:
            for cells in self._reader:
                if max(map(len, cells), default=0) > self._cell_limit:
                    raise csv.Error("field larger than the limit")
                yield cells
        except csv.Error as fault:
            words = (
                f"a cell is larger than {self._cell_limit >> 10:,} KB"
                if "field larger" in str(fault)
                else "the file ends inside a quoted cell, or a quote is out of place"
            )
            self._break(self._number + 1 if self.header else 1, words)
        except _Broken as fault:
            self._break(None, str(fault))
        except OSError as fault:
            self._break(None, f"the file cannot be read ({fault.strerror})")

    def _break(self, row: int | None, words: str) -> None:
        self._is_broken = True
        self.report.fault(self.name, row, None, words)


def read_table(path: Path, required: tuple[str, ...], report: Report) -> list[SourceRow]:
    """The rows of a CSV file; faults go to the report."""
    report.rows_in[path.name] = 0
    try:
        with path.open("rb") as file:
            return list(CsvTable(file, path.name, report, required=required))
    except OSError as fault:
        report.fault(path.name, None, None, f"the file cannot be read ({fault.strerror})")
        return []


def _lines(file: BinaryIO, name: str, report: Report, limit: int) -> Iterator[str]:
    """Lines as text: UTF-8, or Windows-1252 where a line is not (each such line is reported)."""
    number = 0
    while line := file.readline(limit):
        number += 1
        if number == 1:
            if line.startswith(UTF16_MARKS):
                raise _Broken("the file is UTF-16; save it as CSV UTF-8")
            line = line.removeprefix(b"\xef\xbb\xbf")  # the byte order mark is no text
        if len(line) == limit and not line.endswith(b"\n"):
            raise _too_long(number, limit)
        if b"\0" in line:
            raise _Broken(f"line {number} holds zero bytes; this is not a CSV in UTF-8")
        try:
            yield line.decode()
        except UnicodeDecodeError:
            try:
                text = line.decode("cp1252")
            except UnicodeDecodeError:
                raise _Broken(f"line {number} is neither UTF-8 nor Windows-1252 text") from None
            report.add(name, None, None, f"line {number} is not UTF-8", "read as Windows-1252")
            yield text


def _decoded(file: BinaryIO, encoding: str, limit: int) -> Iterator[str]:
    """Lines of a file whose encoding is known."""
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    number = 0
    try:
        while line := text.readline(limit):
            number += 1
            if len(line) == limit and not line.endswith(("\n", "\r")):
                raise _too_long(number, limit)
            if "\0" in line:
                raise _Broken(f"line {number} holds zero bytes; this is not a CSV in {encoding}")
            yield line.removeprefix("\ufeff") if number == 1 else line
    except UnicodeError:
        raise _Broken(f"after line {number} the text is not {encoding}") from None
    finally:
        with contextlib.suppress(ValueError):  # the file was closed before its end was read
            text.detach()


def _too_long(number: int, limit: int) -> _Broken:
    return _Broken(f"line {number} is longer than {limit >> 20} MB: one of its cells is too large")


def index_rows(rows: list[SourceRow], file: str, report: Report) -> dict[str, SourceRow]:
    """Rows by id; a missing or doubled id is a fault."""
    found: dict[str, SourceRow] = {}
    for row in rows:
        key = row.get("id")
        if not key:
            report.fault(file, row.number, "id", "the row has no id")
        elif key in found:
            report.fault(file, row.number, "id", f"the id {key} is also that of row {found[key].number}")
        else:
            found[key] = row
    return found
