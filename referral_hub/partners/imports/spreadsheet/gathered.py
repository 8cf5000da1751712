"""The rows of a sheet on disk, so that those of one organization can be taken together, however large the sheet is."""

from __future__ import annotations

import tempfile
import weakref
from array import array
from collections.abc import Iterator

import msgspec
import tzfpy

from referral_hub.partners.imports.report import Report
from referral_hub.partners.imports.spreadsheet.draft import MappedRow
from referral_hub.partners.imports.spreadsheet.places import organization_key, quiet_point

IN_MEMORY = 8 << 20
"""Bytes of rows that are kept in memory; more go to a file that nobody else sees."""
_Kept = tuple[int, dict[str, str], dict[str, str]]
"""(row, texts by field, columns that are others than usual)."""


class Gathered:
    """Rows by owner: an organization, or several that share a place."""

    def __init__(self, file: str, named: dict[str, str], report: Report) -> None:
        self.file, self.named, self.report = file, named, report
        self._spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # closed with this object
        weakref.finalize(self, self._spool.close)
        self._end = 0
        self._starts, self._owners = array("q"), array("q")
        self._by_key: dict[str, int] = {}
        """Organization -> its number."""
        self._leaders: list[int] = []
        """Number of an organization -> one that it shares a place with; itself: it leads."""
        self._by_place: dict[str, int] = {}
        self._by_service: dict[str, tuple[int, int]] = {}
        """Service id -> (organization, row)."""
        self.zones: dict[str, int] = {}
        """Time zone -> how many of the first places with a point lie in it."""

    def add(self, row: MappedRow) -> None:
        """Keep a row; one that nobody offers, or whose id is another organization's, is told."""
        key = organization_key(row)
        if not key:
            row.leave_out("organization.name", "no organization is named: nothing says who offers this")
            return
        owner = self._by_key.setdefault(key, len(self._leaders))
        if owner == len(self._leaders):
            self._leaders.append(owner)
        service = row.get("service.id")
        holder, first = self._by_service.setdefault(service, (owner, row.number)) if service else (owner, 0)
        if holder != owner:
            row.fault("service.id", f"the id {service[:40]} is also that of row {first}, of another organization")
            return
        if place := row.get("location.id"):
            self._join(owner, self._by_place.setdefault(place, owner))
        self._note_zone(row)
        kept: _Kept = (row.number, {f: text for f, text in row.values.items() if text}, {f: c for f, c in row.columns.items() if self.named.get(f) != c})
        data = msgspec.msgpack.encode(kept)
        self._spool.write(data)
        self._starts.append(self._end)
        self._owners.append(owner)
        self._end += len(data)

    def usual_zone(self) -> str | None:
        """The time zone of most places."""
        return max(self.zones, key=lambda zone: self.zones[zone]) if self.zones else None

    def parts(self, size: int | None) -> Iterator[Iterator[MappedRow]]:
        """The rows in parts of about `size` (None: all in one), whole owners in each, in the order in which owners are met."""
        order = self._order()
        start = 0
        while start < len(order):
            stop = len(order) if size is None else min(start + size, len(order))
            while stop < len(order) and self._leader(self._owners[order[stop]]) == self._leader(self._owners[order[stop - 1]]):
                stop += 1
            yield (self._at(index) for index in order[start:stop])
            start = stop

    def _order(self) -> list[int]:
        first: dict[int, int] = {}
        leaders = [self._leader(owner) for owner in self._owners]
        for index, leader in enumerate(leaders):
            first.setdefault(leader, index)
        return sorted(range(len(leaders)), key=lambda index: (first[leaders[index]], index))

    def _at(self, index: int) -> MappedRow:
        start = self._starts[index]
        end = self._starts[index + 1] if index + 1 < len(self._starts) else self._end
        self._spool.seek(start)
        number, values, others = msgspec.msgpack.decode(self._spool.read(end - start), type=_Kept)
        return MappedRow(self.file, number, values, self.named | others if others else self.named, self.report)

    def _join(self, left: int, right: int) -> None:
        first, second = sorted((self._leader(left), self._leader(right)))
        self._leaders[second] = first

    def _leader(self, owner: int) -> int:
        while self._leaders[owner] != owner:
            self._leaders[owner] = self._leaders[self._leaders[owner]]
            owner = self._leaders[owner]
        return owner

    def _note_zone(self, row: MappedRow) -> None:
        if sum(self.zones.values()) < 1_000 and (point := quiet_point(row)):
            zone = tzfpy.get_tz(point[1], point[0])
            self.zones[zone] = self.zones.get(zone, 0) + 1
