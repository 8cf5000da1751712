"""A spreadsheet as rows of ours: one row is one service at one place, organizations and places are shared by their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import tzfpy

from referral_hub.partners import model
from referral_hub.partners.hours import zone_of
from referral_hub.partners.imports.report import Earlier, Reading, Report
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.imports.spreadsheet.csv_sheet import open_csv
from referral_hub.partners.imports.spreadsheet.draft import Draft, MappedRow
from referral_hub.partners.imports.spreadsheet.fields import FIELDS
from referral_hub.partners.imports.spreadsheet.gathered import Gathered
from referral_hub.partners.imports.spreadsheet.guess import guess_mapping
from referral_hub.partners.imports.spreadsheet.hours import read_schedules
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.partners.imports.spreadsheet.ndjson_sheet import open_ndjson
from referral_hub.partners.imports.spreadsheet.offers import (
    SERVICE_FIELDS,
    read_capacity,
    read_contact,
    read_listing,
    read_phones,
    read_service,
)
from referral_hub.partners.imports.spreadsheet.places import read_organization, read_place
from referral_hub.partners.imports.spreadsheet.row_reader import RowReader
from referral_hub.partners.imports.spreadsheet.sheet import SIZE_LIMIT, Broken, Look, Sheet, SheetRow, check_size, kind_of
from referral_hub.partners.imports.spreadsheet.xlsx_sheet import open_xlsx

_HEAD = 4096
_EVERY = 500
"""Rows between two words of progress."""
PART = 2_000
"""Rows that are in memory at once, as far as organizations are not larger."""
RowProgress = Callable[[int, str], None]
"""(rows read, what is done now)."""


def open_sheet(path: Path, look: Look, report: Report, limit: int = SIZE_LIMIT) -> Sheet:
    """The columns of a spreadsheet of any kind, told by its content.

    Raises:
        ImportRefused: the file cannot be read, or is larger than `limit` bytes.
    """
    try:
        check_size(path, limit)
        with path.open("rb") as file:
            kind = kind_of(file.read(_HEAD))
        opener = {"csv": open_csv, "xlsx": open_xlsx, "ndjson": open_ndjson}[kind]
        return opener(path, look)
    except Broken as fault:
        report.fault(path.name, fault.row, None, fault.problem)
    except OSError as fault:
        report.fault(path.name, None, None, f"the file cannot be read ({fault.strerror})")
    except UnicodeError:
        report.fault(path.name, None, None, "the text is not in the encoding that it claims; save the file as CSV UTF-8")
    report.refuse_if_faulty()
    raise AssertionError  # the line above raised


def look_of(mapping: Mapping | None) -> Look:
    """How a mapping wants a file to be opened."""
    if mapping is None:
        return Look()
    return Look(sheet=mapping.sheet, header_row=mapping.header_row, delimiter=mapping.delimiter, encoding=mapping.encoding, each=mapping.each)


def read_spreadsheet(
    path: Path, network: str | None, today: date, report: Report, mapping: Mapping | None, *, limit: int = SIZE_LIMIT, progress: RowProgress | None = None
) -> Reading:
    """The rows of a spreadsheet; without a mapping its columns are guessed, and the report says how.

    Raises:
        ImportRefused: the source cannot be imported as a whole; each fault names file, row and column.
    """
    sheet = open_sheet(path, look_of(mapping), report, limit)
    if mapping is None:
        mapping = guess_mapping(sheet)
        if mapping.each is not None:
            sheet = open_sheet(path, look_of(mapping), report, limit)
        for field in mapping.fields:
            for column in mapping.columns_of(field):
                report.add(sheet.file, sheet.header_row, column, "no mapping says what this column holds", f"guessed: {FIELDS[field].words}")
    return _Reader(sheet, mapping, network or mapping.network or path.resolve().stem, today, report, progress).read()


class _Reader:
    def __init__(self, sheet: Sheet, mapping: Mapping, network: str, today: date, report: Report, progress: RowProgress | None) -> None:
        self.sheet, self.mapping, self.network, self.today, self.report = sheet, mapping, network, today, report
        self.tell = progress or (lambda _done, _what: None)
        self.rows = RowReader(sheet, mapping, report)
        self.gathered = Gathered(sheet.file, self.rows.named, report)

    def read(self) -> Reading:
        """Every row cleaned and put on disk; what cannot be survived is known after it."""
        self._check_columns()
        for problem, done in self.sheet.remarks:
            self.report.add(self.sheet.file, None, None, problem, done)
        count = 0
        for item in self.sheet.rows():
            count += isinstance(item, SheetRow)
            row = self.rows.read(item)
            if row is not None:
                self.gathered.add(row)
            if count % _EVERY == 0:
                self.tell(count, f"{count:,} rows read")
        self.report.rows_in[self.sheet.file] = count
        if not count:
            self.report.fault(self.sheet.file, None, None, "the file names columns, but holds no rows")
        self.report.refuse_if_faulty()
        return Reading(network=self.network, report=self.report, stream=self._stream, keeps=self._keeps())

    def _check_columns(self) -> None:
        for field, columns in self.rows.columns.items():
            for column in columns:
                if column not in self.sheet.columns:
                    self.report.fault(self.sheet.file, self.sheet.header_row, column, f"there is no such column, but {field} shall come from it")
        for column in self.mapping.fill_down:
            if column not in self.sheet.columns:
                self.report.fault(self.sheet.file, self.sheet.header_row, column, "there is no such column, but it shall be filled down")
        if self.mapping.each is not None and self.sheet.kind != "ndjson":
            self.report.fault(self.sheet.file, None, self.mapping.each, "only ndjson has lists; leave `each` out of the mapping")
        self.report.refuse_if_faulty()
        used = {*self.mapping.columns(), *self.mapping.fill_down}
        for column in self.sheet.columns:
            if column not in used and self.sheet.kind != "ndjson":
                self.report.add(self.sheet.file, self.sheet.header_row, column, "no field takes this column", "not read")

    def _stream(self, earlier: Earlier | None) -> Iterator[model.DirectoryRows]:
        """Part after part, whole organizations in each."""
        usual = self.gathered.usual_zone()
        for rows in self.gathered.parts(None if earlier is None else PART):
            draft = Draft(self.network, self.today, earlier)
            for row in rows:
                self._row(draft, row)
            yield self._finish(draft, usual)
        self.report.findings.sort(key=lambda found: found.row if isinstance(found.row, int) else 0)

    def _row(self, draft: Draft, row: MappedRow) -> None:
        found = read_organization(draft, row)
        if found is None:
            return
        organization_key, organization = found
        service_key, service = read_service(draft, row, self.mapping, organization_key, organization)
        location_key, location = read_place(draft, row, organization_key, organization)
        key = f"{service_key}@{location_key}"
        listing = read_listing(draft, row, key, service, location)
        read_phones(draft, row, key, service, location)
        read_contact(draft, row, key, service)
        read_capacity(draft, row, key, listing)
        read_schedules(draft, row, key, listing)

    def _finish(self, draft: Draft, usual: str | None) -> model.DirectoryRows:
        _set_timezones(draft, usual)
        _set_ends(draft)
        rows = draft.rows()
        secret = {location.id for location in rows.location if location.confidential}
        seal_places(rows, secret, self.report, lambda record_id: (self.sheet.file, draft.origins.get(record_id)))
        return rows

    def _keeps(self) -> dict[str, tuple[str, ...]]:
        """Fields that the mapping says nothing of."""
        known = {
            "organization": {name: f"organization.{name}" for name in ("alternate_name", "description", "email", "website")},
            "service": {name: field for name, field in SERVICE_FIELDS.items() if name != "name"},
            "location": {name: f"location.{name}" for name in ("name", "description", "transportation")},
            "service_at_location": {"reach": "listing.reach"},
        }
        keeps = {kind: [name for name, field in fields.items() if not self.mapping.has(field)] for kind, fields in known.items()}
        keeps["organization"] += ["sends", "legal_status", "year_incorporated", "parent_organization_id"]
        keeps["service"] += ["rule", "usual_ack_days", "assurer_email", "licenses", "accreditations", "program_id"]
        keeps["location"] += ["url", "alternate_name"]
        keeps["service_at_location"] += ["description"]
        if not (self.mapping.has("service.status") or self.mapping.has("service.referrable")):
            keeps["service"].append("referrable")
        if not self.mapping.has("service.languages"):
            keeps["service"].append("interpretation_services")
        if not self.gathered.zones:
            keeps["organization"].append("timezone")
        return {kind: tuple(names) for kind, names in keeps.items()}


def _set_timezones(draft: Draft, usual: str | None) -> None:
    """An organization's calendar is that of its first place with a point, or else the usual one of the source."""
    zones: dict[UUID, str] = {}
    for location in draft.records.get("location", {}).values():
        if location.latitude is not None and location.organization_id not in zones:
            zones[location.organization_id] = tzfpy.get_tz(location.longitude, location.latitude)
    organizations: dict[str, Any] = draft.records.get("organization", {})
    for key, organization in organizations.items():
        zone = zones.get(organization.id) or usual
        if zone and zone != organization.timezone:
            organizations[key] = msgspec.structs.replace(organization, timezone=zone)


def _set_ends(draft: Draft) -> None:
    """The room of a dated slot holds until it ends, on the place's own clock."""
    organizations: dict[UUID, Any] = {record.id: record for record in draft.records.get("organization", {}).values()}
    services: dict[UUID, Any] = {record.id: record for record in draft.records.get("service", {}).values()}
    for key, (day, closes) in draft.ends.items():
        figure = draft.records["service_capacity"][key]
        zone = zone_of(organizations[services[figure.service_id].organization_id].timezone)
        end = datetime.combine(day, time.fromisoformat(closes) if closes else time(23, 59), zone)
        draft.records["service_capacity"][key] = msgspec.structs.replace(figure, until=end.astimezone(UTC))
