"""An export, a fresh hub, an import, another export: what is the same afterwards, and what may not be."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from uuid import UUID

import frictionless
import sqlalchemy as sa

from referral_hub.actors import COMMAND_LINE
from referral_hub.partners.actions import import_directory
from referral_hub.partners.exports.actions import ExportSummary, export_tables
from referral_hub.partners.exports.documents import export_documents
from referral_hub.partners.exports.targets import open_target
from referral_hub.partners.hsds import CONFIDENTIAL_NAME
from referral_hub.partners.imports.sources import read_source
from referral_hub.partners.tabular import LEFT_OUT
from referral_hub.settings import Settings
from referral_hub.storage.tables import directory as tables
from referral_hub.unit_of_work import Hub
from tests.conftest import NOW
from tests.partners.folders import TODAY

Records = dict[str, dict[UUID, dict[str, Any]]]


def fresh_hub(folder: Path, migrated: Path) -> Hub:
    folder.mkdir()
    shutil.copy(migrated, folder / "hub.sqlite")
    return Hub(Settings(data_dir=folder, now=NOW))


def export_csv(hub: Hub, path: Path) -> ExportSummary:
    with open_target(path) as target, hub.read(COMMAND_LINE) as work:
        return export_tables(work, target)


def export_json(hub: Hub, path: Path) -> ExportSummary:
    with open_target(path) as target, hub.read(COMMAND_LINE) as work:
        return export_documents(work, target)


def import_into(hub: Hub, path: Path, source_format: str = "hsds-csv") -> None:
    reading = read_source(path, source_format, "copy", TODAY)
    with hub.begin(COMMAND_LINE) as work:
        import_directory(work, reading)


def files_of(folder: Path) -> dict[str, bytes]:
    return {item.name: item.read_bytes() for item in folder.iterdir()}


def records_of(hub: Hub) -> Records:
    """Every record of the directory by table and id."""
    with hub.database.read() as connection:
        return {
            table.name: {row["id"]: dict(row) for row in connection.execute(sa.select(table)).mappings()}
            for table in tables.IN_ORDER
            if table.name != "source_record"
        }


def assert_same_directory(before: Records, after: Records) -> None:
    """The same records under the same ids; only what a confidential place hides, and where records came from, differs."""
    secret = {key for key, place in before["location"].items() if place["confidential"]}
    assert {key for key, place in after["location"].items() if place["confidential"]} == secret
    for kind, records in before.items():
        if kind == "sealed_location":
            assert {key: (row["latitude"], row["longitude"], row["address"]) for key, row in after[kind].items()} == dict.fromkeys(secret, (None, None, {}))
            continue
        kept = after[kind]
        assert kept.keys() <= records.keys(), kind
        for key in records.keys() - kept.keys():
            assert touches(records[key], secret, before), (kind, records[key])
        for key, row in kept.items():
            expected = {name: value for name, value in records[key].items() if name not in LEFT_OUT.get(kind, frozenset())}
            given = {name: row[name] for name in expected}
            if kind == "location" and key in secret:
                assert given["name"] == CONFIDENTIAL_NAME
                told = {"id", "organization_id", "location_type", "name", "precision", "confidential"}
                assert all(value is None for name, value in given.items() if name not in told)
                continue
            hidden = {name for name in given if given[name] is None and expected[name] is not None}
            assert all(touches({name: expected[name]}, secret, before) for name in hidden), (kind, hidden)
            assert {name: value for name, value in given.items() if name not in hidden} == {
                name: value for name, value in expected.items() if name not in hidden
            }, kind


def touches(record: dict[str, Any], secret: set[UUID], before: Records) -> bool:
    """Whether a record hangs on a confidential place, on a listing or service there, or on a contact or telephone that does."""
    listings = [row for row in before["service_at_location"].values() if row["location_id"] in secret]
    hidden = secret | {row["id"] for row in listings} | {row["service_id"] for row in listings}
    hidden |= {key for kind in ("contact", "phone") for key, row in before[kind].items() if hidden & set(_ids(row))}
    hidden |= {key for key, row in before["phone"].items() if hidden & set(_ids(row))}
    return bool(hidden & set(_ids(record)))


def _ids(record: dict[str, Any]) -> list[UUID]:
    return [value for name, value in record.items() if name.endswith("_id") and isinstance(value, UUID)]


def flaws_of(description: Path) -> list[list[Any]]:
    """What Frictionless, which checks types, constraints, primary and foreign keys, finds in a package: (table, row, kind, words)."""
    report = frictionless.validate(str(description))
    flaws: list[list[Any]] = report.flatten(["name", "rowNumber", "type", "note"])
    assert report.valid is (not flaws)
    return flaws
