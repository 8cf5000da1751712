"""A spreadsheet as rows of ours: one row is one service at one place, organizations and places are shared by their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import tzfpy

from referral_hub.partners.hours import zone_of
from referral_hub.partners.imports.report import Reading, Report
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.imports.spreadsheet.csv_sheet import open_csv
from referral_hub.partners.imports.spreadsheet.draft import Draft, MappedRow
from referral_hub.partners.imports.spreadsheet.fields import FIELDS
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
from referral_hub.partners.imports.spreadsheet.sheet import SIZE_LIMIT, Broken, Look, Sheet, SheetRow, check_size, kind_of
from referral_hub.partners.imports.spreadsheet.shift import ShiftTest
from referral_hub.partners.imports.spreadsheet.text import clean_text, is_clean
from referral_hub.partners.imports.spreadsheet.xlsx_sheet import open_xlsx

_HEAD = 4096
_EVERY = 500
"""Rows between two words of progress."""
_IDS = frozenset({"service.id"})
"""What two rows may differ in and still be one and the same."""

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
        self.sheet, self.mapping, self.network, self.report = sheet, mapping, network, report
        self.draft = Draft(network, today)
        self.tell = progress or (lambda _done, _what: None)
        self.columns = {field: columns for field in mapping.fields if (columns := mapping.columns_of(field))}
        self.named = {field: columns[0] for field, columns in self.columns.items()}
        self.shift = ShiftTest(mapping, sheet.columns, has_order=sheet.kind != "ndjson")
        self.seen: dict[bytes, int] = {}
        self.above: dict[str, str] = {}

    def read(self) -> Reading:
        self._check_columns()
        for problem, done in self.sheet.remarks:
            self.report.add(self.sheet.file, None, None, problem, done)
        count = 0
        for item in self.sheet.rows():
            if isinstance(item, Broken):
                self.report.fault(self.sheet.file, item.row, None, item.problem)
                continue
            count += 1
            if count % _EVERY == 0:
                self.tell(count, f"{count:,} rows read")
            self._row(item)
        self.report.rows_in[self.sheet.file] = count
        if not count:
            self.report.fault(self.sheet.file, None, None, "the file names columns, but holds no rows")
        self.report.refuse_if_faulty()
        return self._finish()

    def _check_columns(self) -> None:
        for field, columns in self.columns.items():
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

    # One row

    def _row(self, given: SheetRow) -> None:
        row = self._settle_cells(self._fill_down(given))
        if row is None:
            return
        if (twin := self._twin(row)) is not None:
            row.leave_out(None, f"the same as row {twin}")
            return
        found = read_organization(self.draft, row)
        if found is None:
            return
        organization_key, organization = found
        offered = read_service(self.draft, row, self.mapping, organization_key, organization)
        if offered is None:
            return
        service_key, service = offered
        location_key, location = read_place(self.draft, row, organization_key, organization)
        key = f"{service_key}@{location_key}"
        listing = read_listing(self.draft, row, key, service, location)
        read_phones(self.draft, row, key, service, location)
        read_contact(self.draft, row, key, service)
        read_capacity(self.draft, row, key, listing)
        read_schedules(self.draft, row, key, listing)

    def _fill_down(self, row: SheetRow) -> SheetRow:
        if not self.mapping.fill_down:
            return row
        cells = dict(row.cells)
        for column in self.mapping.fill_down:
            if cells.get(column, "").strip():
                self.above[column] = cells[column]
            elif column in self.above:
                cells[column] = self.above[column]
        return msgspec.structs.replace(row, cells=cells)

    def _settle_cells(self, given: SheetRow) -> MappedRow | None:
        """The row's cells by field, cleaned; None, and told, where they slid and cannot be put back."""
        file, number = self.sheet.file, given.number
        cells = given.cells
        shifted = self.shift.look(given)
        if shifted is not None:
            if shifted.cells is None:
                self.report.leave_out(file, number, shifted.column, "the cells slid into neighbouring columns, and no single way leads back")
                return None
            self.report.add(file, number, shifted.column, "the cells slid into neighbouring columns", "moved back by one column")
            cells = shifted.cells
        elif any(cell.strip() for cell in given.extra):
            self.report.add(file, number, None, f"{len(given.extra)} cells stand beyond the last column", "not read")
        if given.missing:
            self.report.add(file, number, None, f"the row ends {given.missing} cells too early", "the rest is read as blank")
        values: dict[str, str] = {}
        columns: dict[str, str] = {}
        told: set[str] = set()
        for field, names in self.columns.items():
            text, column = self._cell(field, names, cells, given, told)
            columns[field] = column
            values[field] = text or self.mapping.constants.get(field, "")
        for field, constant in self.mapping.constants.items():
            values.setdefault(field, constant)
        return MappedRow(file, number, values, self.named | columns, self.report)

    def _cell(self, field: str, names: tuple[str, ...], cells: dict[str, str], given: SheetRow, told: set[str]) -> tuple[str, str]:
        """(text, column that it comes from)."""
        if len(names) == 1 and (is_clean(plain := cells.get(names[0], "")) and not given.computed):
            return plain, names[0]
        known, parts = FIELDS[field], []
        for name in names:
            text, remarks = clean_text(cells.get(name, ""))
            if name in given.computed and not any(problem.startswith("a formula") for problem, _ in remarks):
                remarks.append(("a formula", "what it came to is stored"))
            if remarks and name not in told:
                told.add(name)
                for problem, done in remarks:
                    self.report.add(self.sheet.file, given.number, name, problem, done)
            if text:
                parts.append((text, name))
                if not (known.joins or known.is_key):
                    break
        if not parts:
            return "", names[0]
        joined = (":" if known.is_key else "\n").join(dict.fromkeys(text for text, _ in parts))
        return joined, parts[0][1]

    def _twin(self, row: MappedRow) -> int | None:
        """The row that says the same, if there was one."""
        said = "\0".join(f"{field}={row.get(field).casefold()}" for field in self.columns if field not in _IDS)
        digest = hashlib.blake2b(said.encode(errors="replace"), digest_size=12).digest()
        first = self.seen.setdefault(digest, row.number)
        return None if first == row.number else first

    # All rows

    def _finish(self) -> Reading:
        self._set_timezones()
        self._set_ends()
        rows = self.draft.rows()
        secret = {location.id for location in rows.location if location.confidential}
        seal_places(rows, secret, self.report, lambda record_id: (self.sheet.file, self.draft.origins.get(record_id)))
        return Reading(network=self.network, rows=rows, report=self.report, keeps=self._keeps())

    def _set_timezones(self) -> None:
        """An organization's calendar is that of its first place with a point."""
        zones: dict[UUID, str] = {}
        for location in self.draft.records.get("location", {}).values():
            if location.latitude is not None and location.organization_id not in zones:
                zones[location.organization_id] = tzfpy.get_tz(location.longitude, location.latitude)
        usual = max(set(zones.values()), key=list(zones.values()).count) if zones else None
        organizations: dict[str, Any] = self.draft.records.get("organization", {})
        for key, organization in organizations.items():
            zone = zones.get(organization.id) or usual
            if zone and zone != organization.timezone:
                organizations[key] = msgspec.structs.replace(organization, timezone=zone)

    def _set_ends(self) -> None:
        """The room of a dated slot holds until it ends, on the place's own clock."""
        organizations: dict[UUID, Any] = {record.id: record for record in self.draft.records.get("organization", {}).values()}
        services: dict[UUID, Any] = {record.id: record for record in self.draft.records.get("service", {}).values()}
        for key, (day, closes) in self.draft.ends.items():
            figure = self.draft.records["service_capacity"][key]
            zone = zone_of(organizations[services[figure.service_id].organization_id].timezone)
            end = datetime.combine(day, time.fromisoformat(closes) if closes else time(23, 59), zone) + timedelta(0)
            self.draft.records["service_capacity"][key] = msgspec.structs.replace(figure, until=end.astimezone(UTC))

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
        if not any(location.latitude is not None for location in self.draft.records.get("location", {}).values()):
            keeps["organization"].append("timezone")
        return {kind: tuple(names) for kind, names in keeps.items()}
