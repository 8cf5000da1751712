"""CSV files as rows, in bounded memory; whatever is broken about one is said in words."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct

from referral_hub.partners.imports.report import Report

LINE_LIMIT = 1 << 20
"""Bytes in one line: a longer one is no directory, and is never read to its end."""
CELL_LIMIT = 131_072
"""Characters in one cell; Python's own limit for CSV."""
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class SourceRow(Struct, frozen=True):
    """One record; `number` counts as a spreadsheet does, with the header as row 1."""

    number: int
    cells: dict[str, str]

    def get(self, column: str) -> str:
        """The cell without surrounding blanks; "" where the column is absent."""
        return self.cells.get(column, "").strip()


class _Broken(Exception):  # not an error of the hub: it never leaves this module
    pass


def read_table(path: Path, required: tuple[str, ...], report: Report) -> list[SourceRow]:
    """The rows of a CSV file; faults (missing column, cut-off row, wrong encoding, huge cell) go to the report."""
    name = path.name
    rows: list[SourceRow] = []
    number = 1
    try:
        with path.open("rb") as file:
            reader = csv.reader(_lines(file, name, report), strict=True)
            header = [cell.strip() for cell in next(reader, [])]
            if missing := [column for column in required if column not in header]:
                for column in missing:
                    report.fault(name, 1, column, f"the column {column} is missing")
                return []
            if doubled := {column for column in header if column and header.count(column) > 1}:
                raise _Broken(f"the column {min(doubled)} is there twice")
            for number, cells in enumerate(reader, start=2):
                if not any(cells):
                    continue
                if len(cells) != len(header):
                    less = "cut off" if len(cells) < len(header) else "too long"
                    report.fault(name, number, None, f"the row is {less}: {len(cells)} cells under {len(header)} columns")
                    continue
                rows.append(SourceRow(number, dict(zip(header, cells, strict=True))))
    except csv.Error as fault:
        words = (
            "a cell is larger than 128 KB"
            if "field larger" in str(fault)
            else "the file ends inside a quoted cell, or a quote is out of place"
        )
        report.fault(name, number + 1, None, words)
    except _Broken as fault:
        report.fault(name, None, None, str(fault))
    except OSError as fault:
        report.fault(name, None, None, f"the file cannot be read ({fault.strerror})")
    report.rows_in[name] = len(rows)
    return rows


def _lines(file: BinaryIO, name: str, report: Report) -> Iterator[str]:
    """Lines as text: UTF-8, or Windows-1252 where a line is not (each such line is reported)."""
    number = 0
    while line := file.readline(LINE_LIMIT):
        number += 1
        if number == 1:
            if line.startswith(_UTF16):
                raise _Broken("the file is UTF-16; save it as CSV UTF-8")
            line = line.removeprefix(b"\xef\xbb\xbf")  # the byte order mark is no text
        if len(line) == LINE_LIMIT and not line.endswith(b"\n"):
            raise _Broken(f"line {number} is longer than 1 MB: one of its cells is too large")
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
