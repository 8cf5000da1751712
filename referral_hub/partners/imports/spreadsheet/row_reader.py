"""Rows as they are to be understood: slid cells put back, dirt taken out, each cell with its field."""

from __future__ import annotations

import hashlib

import msgspec

from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.spreadsheet.draft import MappedRow
from referral_hub.partners.imports.spreadsheet.fields import FIELDS
from referral_hub.partners.imports.spreadsheet.mapping import Mapping
from referral_hub.partners.imports.spreadsheet.sheet import Broken, Sheet, SheetRow
from referral_hub.partners.imports.spreadsheet.shift import ShiftTest
from referral_hub.partners.imports.spreadsheet.text import clean_text, is_clean

_IDS = frozenset({"service.id"})
"""What two rows may differ in and still be one and the same."""


class RowReader:
    """Reads the rows of one sheet; what is wrong with one goes to the report."""

    def __init__(self, sheet: Sheet, mapping: Mapping, report: Report) -> None:
        self.sheet, self.mapping, self.report = sheet, mapping, report
        self.columns = {field: columns for field in mapping.fields if (columns := mapping.columns_of(field))}
        self.named = {field: columns[0] for field, columns in self.columns.items()}
        self.shift = ShiftTest(mapping, sheet.columns, has_order=sheet.kind != "ndjson")
        self.seen: dict[bytes, int] = {}
        self.above: dict[str, str] = {}

    def read(self, item: SheetRow | Broken) -> MappedRow | None:
        """The row by fields; None, and told, where it is not stored."""
        if isinstance(item, Broken):
            self.report.fault(self.sheet.file, item.row, None, item.problem)
            return None
        row = self._settle_cells(self._fill_down(item))
        if row is not None and (twin := self._twin(row)) is not None:
            row.leave_out(None, f"the same as row {twin}")
            return None
        return row

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
