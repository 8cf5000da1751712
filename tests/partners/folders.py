"""Small sources that tests write to disk, and what a database held before and after."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.actions import ImportSummary, import_directory
from referral_hub.partners.hsds_query import HsdsQuery
from referral_hub.partners.imports.report import Finding, Reading, Report
from referral_hub.partners.imports.sources import read_source
from referral_hub.storage.tables import metadata
from referral_hub.unit_of_work import Hub, Work

TODAY = date(2026, 11, 23)

OHANA: dict[str, list[dict[str, str]]] = {
    "organizations.csv": [
        {"id": "1", "name": "Harbor Pantry", "description": "Food for the harbor.", "email": "hello@example.org", "website": "harbor.example.org"},
        {"id": "2", "name": "Rose House", "description": "A refuge.", "email": "", "website": ""},
    ],
    "locations.csv": [
        {"id": "10", "organization_id": "1", "name": "Pier", "latitude": "39.28", "longitude": "-76.6", "confidential": "", "description": "By the water."},
        {"id": "20", "organization_id": "2", "name": "The house", "latitude": "39.3", "longitude": "-76.62", "confidential": "yes",
         "description": "Quiet rooms. Ring twice at 12 N. Rose Street."},
    ],
    "addresses.csv": [
        {"id": "100", "location_id": "10", "address_1": "1 Pier Road", "city": "Baltimore", "state_province": "MD", "postal_code": "21230"},
        {"id": "200", "location_id": "20", "address_1": "12 North Rose St", "city": "Baltimore", "state_province": "MD", "postal_code": "21201"},
    ],
    "services.csv": [
        {"id": "1000", "location_id": "10", "name": "Harbor Food Pantry", "description": "OVERVIEW: Operates a food pantry.", "status": "active", "languages": "Spanish."},
        {"id": "2000", "location_id": "20", "name": "Refuge", "description": "Rooms for survivors. Come to 12 Rose St. Take bus line 8.", "status": "active", "languages": ""},
    ],
    "phones.csv": [
        {"id": "5", "location_id": "10", "organization_id": "1", "service_id": "1000", "number": "(410) 555-0100", "department": "Front desk", "number_type": "voice"},
        {"id": "6", "location_id": "20", "organization_id": "2", "service_id": "2000", "number": "410-555-0101", "department": "Hotline, 12 Rose Street", "number_type": "voice"},
    ],
}  # fmt: skip


def write_ohana(folder: Path, **changes: list[dict[str, str]]) -> Path:
    """A small good Ohana folder; `services=[...]` replaces a file's rows."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in OHANA.items():
        given = changes.get(name.removesuffix(".csv"), rows)
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list((given or rows)[0]))
            writer.writeheader()
            writer.writerows(given)
    return folder


def changed(table: str, index: int, **cells: str) -> list[dict[str, str]]:
    """The rows of one file with some cells of one row changed."""
    rows = [dict(row) for row in OHANA[f"{table}.csv"]]
    rows[index].update(cells)
    return rows


def read_ohana_folder(folder: Path) -> Reading:
    return read_source(folder, "ohana-csv", None, TODAY)


def import_ohana(hub: Hub, folder: Path, network: str | None = None) -> tuple[ImportSummary, Report]:
    reading = read_source(folder, "ohana-csv", network, TODAY)
    with hub.begin(COMMAND_LINE) as work:
        return import_directory(work, reading), reading.report


def contents(hub: Hub) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that the database holds."""
    with hub.database.read() as connection:
        return {table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=str) for table in metadata.sorted_tables}


def said_of(report: Report, file: str) -> list[Finding]:
    return [found for found in report.findings if found.file == file]


def service_ids(work: Work, *words: str) -> list[UUID]:
    """Ids of the services whose name or description has all of these."""
    return work.open_directory.services(HsdsQuery(words=words)).page(0, 1000)
