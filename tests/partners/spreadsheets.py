"""Spreadsheets that tests write to disk, and what reading one said."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.actions import ImportSummary, import_directory
from referral_hub.partners.imports.report import Finding, Reading, Report
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.unit_of_work import Hub
from tests.partners.folders import TODAY

COLUMNS: dict[str, str] = {
    "Record ID": "service.id", "Agency": "organization.name", "Program": "service.name", "Description": "service.description",
    "Street": "address.address_1", "City": "address.city", "State": "address.state_province", "ZIP": "address.postal_code",
    "Phone": "phone.number", "E-mail": "service.email", "Website": "service.url", "Lat": "location.latitude", "Lon": "location.longitude",
    "Hours": "schedule.text", "Status": "service.status", "Min age": "service.minimum_age", "Max age": "service.maximum_age",
    "Category": "service.terms", "Private": "location.confidential", "Beds free": "capacity.available", "Verified": "service.assured_date",
}  # fmt: skip
"""Column -> field of the sheet that most tests use."""
MAPPING = Mapping(fields={field: column for column, field in COLUMNS.items()}, terms={"Groceries": "food-pantry"})


def row(number: int, **changes: str) -> dict[str, str]:
    """A clean row of the sheet; `number` makes it differ from every other."""
    plain = {
        "Record ID": f"R{number}", "Agency": f"Agency {number % 700}", "Program": f"Pantry {number}", "Description": f"Groceries on {number} shelves.",
        "Street": f"{number} Pier Road", "City": "Baltimore", "State": "MD", "ZIP": f"{21201 + number % 40}", "Phone": f"(410) 555-{100 + number % 100:04}",
        "E-mail": f"hello{number}@example.org", "Website": f"https://www{number}.example.org/", "Lat": f"{39.2 + number / 1e5:.5f}", "Lon": f"{-76.6 - number / 1e5:.5f}",
        "Hours": "Monday: 9:00 AM - 5:00 PM", "Status": "active", "Min age": "18", "Max age": "64", "Category": "Groceries", "Private": "",
        "Beds free": "5", "Verified": "2026-10-01",
    }  # fmt: skip
    return plain | {name.replace("_", " "): value for name, value in changes.items()}


def csv_line(cells: Sequence[str]) -> str:
    """One record as CSV."""
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()


def write_csv(path: Path, rows: Iterable[dict[str, str]], columns: Sequence[str] = tuple(COLUMNS)) -> Path:
    """A CSV of rows under these columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.write(csv_line(columns))
        file.writelines(csv_line([one.get(column, "") for column in columns]) for one in rows)
    return path


def write_xlsx(path: Path, rows: Iterable[Sequence[Any]]) -> Path:
    """A workbook of one sheet, cell by cell."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for cells in rows:
        sheet.append(list(cells))
    book.save(path)
    return path


def write_ndjson(path: Path, objects: Iterable[Any]) -> Path:
    """One JSON object a line."""
    path.write_text("".join(json.dumps(one) + "\n" for one in objects), encoding="utf-8")
    return path


def read(path: Path, mapping: Mapping | None = MAPPING, today: date = TODAY, **options: Any) -> Reading:
    """What a spreadsheet says, all of it in memory."""
    reading = read_source(path, "spreadsheet", None, today, mapping=mapping, **options)
    assert reading.rows is not None
    return reading


def import_sheet(hub: Hub, path: Path, mapping: Mapping | None = MAPPING, today: date = TODAY) -> tuple[ImportSummary, Report]:
    """Import a spreadsheet as the command line does."""
    reading = read_source(path, "spreadsheet", None, today, mapping=mapping)
    with hub.begin(COMMAND_LINE) as work:
        return import_directory(work, reading), reading.report


def of_cells(report: Report) -> list[Finding]:
    """The remarks on rows below the header; what no column is taken from is told of the header."""
    return [found for found in report.findings if found.row is not None and found.row != 1]


def said(report: Report, number: int, column: str | None) -> list[str]:
    """What was said of one cell: `problem (done)`."""
    return [f"{found.problem} ({found.done})" for found in report.findings if (found.row, found.field) == (number, column)]
