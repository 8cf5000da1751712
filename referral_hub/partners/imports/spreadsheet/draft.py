"""What is read so far: records by what the source calls them, and one row with its cleaned cells."""

from __future__ import annotations

import re
from collections.abc import Mapping as Lookup
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.ids import new_id
from referral_hub.partners import model
from referral_hub.partners.imports.report import Earlier, Report

LONGEST_KEY = 240


class MappedRow:
    """The cells of one row by field, cleaned; remarks about it name the row and the column."""

    def __init__(self, file: str, number: int, values: Lookup[str, str], columns: Lookup[str, str], report: Report) -> None:
        self.file, self.number, self.values, self.columns, self.report = file, number, values, columns, report

    def get(self, field: str) -> str:
        """The cell of a field; "" where it is blank or nothing goes there."""
        return self.values.get(field, "")

    def lines(self, field: str) -> list[str]:
        """The lines of a cell: a list of ndjson, blank ones too."""
        text = self.values.get(field, "")
        return text.split("\n") if text else []

    def column(self, field: str) -> str:
        """The column that the report names for a field."""
        return self.columns.get(field, field)

    def say(self, field: str, problem: str, done: str) -> None:
        """A remark on a cell."""
        self.report.add(self.file, self.number, self.column(field), problem, done)

    def leave_out(self, field: str | None, problem: str) -> None:
        """The row is not stored."""
        self.report.leave_out(self.file, self.number, self.column(field) if field else None, problem)

    def fault(self, field: str, problem: str) -> None:
        """The import as a whole is refused."""
        self.report.fault(self.file, self.number, self.column(field), problem)


class Draft:
    """Records by kind and key."""

    def __init__(self, network: str, today: date, earlier: Earlier | None = None) -> None:
        self.network, self.today, self.earlier = network, today, earlier
        self.lent: dict[tuple[str, str], Any] = {}
        """Records of earlier parts, which are not given again."""
        self.records: dict[str, dict[str, Any]] = {}
        """kind -> source id -> record, in the order they were met."""
        self.origins: dict[UUID, int] = {}
        """Record id -> row."""
        self.ends: dict[str, tuple[date, str]] = {}
        """Source id of a capacity -> the day and time (of the place's clock) until which it holds."""

    def find(self, kind: str, key: str) -> Any:
        """The record that the source calls so, or None."""
        return self.records.get(kind, {}).get(key)

    def put(self, kind: str, key: str, record: Any, row: MappedRow, fields: Lookup[str, str] | None = None) -> Any:
        """Remember a record; one that is there already keeps what it says and takes what it did not say yet.

        `fields` (of the record -> of the mapping) are compared: a contradiction is told, and the first word stands.
        """
        held = self.records.setdefault(kind, {})
        before = held.get(key)
        if before is None:
            held[key] = record
            self.origins[record.id] = row.number
            return record
        changes: dict[str, Any] = {}
        for name, field in (fields or {}).items():
            old, new = getattr(before, name), getattr(record, name)
            if old == new or new in (None, ""):
                continue
            if old in (None, ""):
                changes[name] = new
            else:
                row.say(field, f"row {self.origins[before.id]} says something else of the same {kind.replace('_', ' ')}", "what it says is stored")
        if changes:
            held[key] = before = msgspec.structs.replace(before, **changes)
        return before

    def share(self, kind: str, key: str, record: Any, row: MappedRow) -> Any:
        """As put, of what organizations share: what an earlier part brought is taken, and not given again."""
        if self.find(kind, key) is None and self.earlier is not None:
            held = self.lent.get((kind, key)) or self.earlier.record(kind, key)
            if held is not None:
                self.lent[kind, key] = held
                return held
        return self.put(kind, key, record, row)

    def rows(self) -> model.DirectoryRows:
        """Everything as rows of ours, with the record of where each comes from."""
        out = model.DirectoryRows()
        for kind, held in self.records.items():
            getattr(out, kind).extend(held.values())
            out.source_record.extend(
                model.SourceRecord(id=new_id(), source=self.network, kind=kind, source_id=key, record_id=record.id, row=self.origins[record.id])
                for key, record in held.items()
            )
        return out


def key_of(text: str) -> str:
    """Words as a key: upper and lower case, signs and spaces make no difference."""
    return re.sub(r"[\W_]+", " ", text.casefold()).strip()[:LONGEST_KEY]
