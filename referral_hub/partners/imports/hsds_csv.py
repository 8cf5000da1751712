"""The HSDS 3.x tabular data package as rows of ours: one CSV a table, tied together by ids.

organizations.csv and services.csv must be there; the other tables, and every column but `id`, may be
missing. A hub's own export (its datapackage.json says so) is read back exactly as it was written.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from referral_hub.ids import kept_id, new_id
from referral_hub.partners import model, taxonomy
from referral_hub.partners.areas import read_extent
from referral_hub.partners.imports import classify
from referral_hub.partners.imports.packages import Package, open_package
from referral_hub.partners.imports.parents import PARENTS, parents_first
from referral_hub.partners.imports.report import Reading, Report
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.imports.tables import SourceRow
from referral_hub.partners.imports.typed_cells import Value, read_exactly, read_kindly
from referral_hub.partners.tabular import KEPT, REFERENCES, STRUCTS, TABLES, Column

ORDER = (
    "taxonomy", "taxonomy_term", "unit", "organization", "program", "service", "location", "service_at_location", "address", "contact",
    "phone", "schedule", "language", "cost_option", "required_document", "service_area", "service_capacity", "accessibility", "attribute",
)  # fmt: skip
"""Each table after those that it points to."""
OWNED = frozenset({"phone", "contact", "schedule", "language", "service_area"})
"""Kinds whose records need one owner of several that they may have."""
_NEEDED: dict[str, tuple[str, ...]] = {
    "organization": ("name",), "program": ("name",), "service": ("name",), "taxonomy": ("name",), "unit": ("name",), "phone": ("number",),
    "required_document": ("document",), "service_capacity": ("available", "updated"),
}  # fmt: skip
"""Without these a record says nothing."""
_EMPTY: dict[str, dict[str, str]] = {"address": dict.fromkeys(("address_1", "city", "state_province", "postal_code"), "")}
"""What stands in a record of ours where the source has nothing."""
_NEEDS: dict[str, tuple[str, ...]] = {
    kind: tuple(field.name for field in msgspec.structs.fields(struct) if field.required and field.name in REFERENCES)
    for kind, struct in STRUCTS.items()
}
"""What a record must point to."""
_WORDS = {("service", "status"): model.ServiceStatus, ("location", "precision"): model.Precision, ("service_at_location", "reach"): model.Reach}
_NOBODY = UUID(int=0)
_OWN_TERMS = {term_id: code for code, term_id in taxonomy.TERM_IDS.items()}


def read_hsds_csv(path: Path, network: str, _today: date, report: Report) -> Reading:
    """A data package as rows of ours: a folder, its datapackage.json, or a zip archive.

    A UUIDv7 is kept as the record's id; any other id stands in the source record only.

    Raises:
        ImportRefused: the source cannot be imported as a whole; each fault names file, row and field.
    """
    with open_package(path, report) as package:
        return _Reader(package, network, report).read()


class _Columns(Struct, frozen=True):
    """The columns of a file that have a place in the directory, and those that have none."""

    values: list[Column]
    references: list[Column]
    foreign: list[str]


class _Reader:
    def __init__(self, package: Package, network: str, report: Report) -> None:
        self.package = package
        self.network = network
        self.report = report
        self.rows = model.DirectoryRows()
        self.ids: dict[str, dict[str, UUID]] = {kind: {} for kind in ORDER}
        """kind -> source id -> id."""
        self.origins: dict[UUID, tuple[str, int]] = {}
        """Of places and of what hangs on them: file and row, for the report on what was sealed."""
        self.keeps: dict[str, tuple[str, ...]] = {}
        self.unplaced: dict[tuple[str, str], tuple[int, int]] = {}
        """(file, column without a place) -> its first filled row and how many there are."""
        self.parents: list[tuple[str, str, str, int]] = []
        """(kind, source id, the parent's source id, row): a parent may stand below."""
        self.tagged: set[UUID] = set()
        self.codes: set[str] = set()
        self._place_owners: dict[str, UUID] | None = None

    def read(self) -> Reading:
        for kind in ORDER:
            self._read_table(kind)
        self._set_parents()
        for (file, column), (first, count) in self.unplaced.items():
            self.report.add(file, first, column, f"{count} rows fill a column that the directory has no place for", "stored without it")
        if not self.package.is_own:
            self._suggest()
        self.report.refuse_if_faulty()
        secret = {location.id for location in self.rows.location if location.confidential}
        seal_places(self.rows, secret, self.report, lambda record_id: self.origins.get(record_id, (self.network, 0)))
        if self.package.is_own:
            self.keeps = KEPT
        self.report.rules_in = self.package.file_of("service")
        return Reading(network=self.network, rows=self.rows, report=self.report, keeps=self.keeps, is_exact=self.package.is_own)

    # Tables

    def _read_table(self, kind: str) -> None:
        with self.package.open(kind, self.report) as table:
            if table is None:
                return
            columns = self._columns(kind, table.header)
            for row in table:
                self._read_row(kind, row, columns)

    def _columns(self, kind: str, header: tuple[str, ...]) -> _Columns:
        known = {column.name: column for column in TABLES[kind].columns if self.package.is_own or not column.is_ours}
        present = [known[name] for name in header if name in known and name != "id"]
        told = {column.field for column in present}
        self.keeps[kind] = tuple(
            name
            for name in STRUCTS[kind].__struct_fields__
            if name not in told and name not in ("id", "source", "link_id") and not name.endswith("_id")
        )
        return _Columns(
            values=[column for column in present if column.reference is None and column.field != "link_id"],
            references=[column for column in present if column.reference is not None],
            foreign=[name for name in header if name and name != "id" and name not in known],
        )

    def _read_row(self, kind: str, row: SourceRow, columns: _Columns) -> None:
        file = self.package.file_of(kind)
        source_id = row.get("id")
        if not source_id:
            self.report.fault(file, row.number, "id", "the row has no id")
            return
        if source_id in self.ids[kind]:
            self.report.fault(file, row.number, "id", f"the id {source_id} is there twice")
            return
        for name in columns.foreign:
            if row.cells[name].strip():
                first, count = self.unplaced.get((file, name), (row.number, 0))
                self.unplaced[file, name] = (first, count + 1)
        values = self._values(kind, row, columns.values)
        owners = self._owners(kind, row, columns.references)
        finish = _FINISH.get(kind)
        if values is None or owners is None or (finish is not None and not finish(self, row, values, owners)):
            return
        self._keep(kind, source_id, row.number, values | owners)

    def _keep(self, kind: str, source_id: str, number: int | None, values: dict[str, Any]) -> UUID:
        record_id = kept_id(source_id) or new_id()
        given = _EMPTY.get(kind, {}) | values
        if kind in ("organization", "service", "location"):
            given["source"] = self.network
        records: list[Any] = getattr(self.rows, kind)
        records.append(STRUCTS[kind](id=record_id, **given))
        self.ids[kind][source_id] = record_id
        self.rows.source_record.append(
            model.SourceRecord(id=new_id(), source=self.network, kind=kind, source_id=source_id, record_id=record_id, row=number)
        )
        if number is not None:
            self.origins[record_id] = (self.package.file_of(kind), number)
        return record_id

    # Cells

    def _values(self, kind: str, row: SourceRow, columns: list[Column]) -> dict[str, Any] | None:
        """The row's own fields; None, and the row reported, where it says too little."""
        values: dict[str, Any] = {}
        for column in columns:
            text = row.cells[column.name]
            if not text:
                continue
            read = read_exactly(column, text) if self.package.is_own else read_kindly(kind, column, text)
            if read.problem is not None:
                self._remark(kind, row, column, read)
            if read.value is not None:
                word = _WORDS.get((kind, column.field))
                values[column.field] = word(read.value) if word else read.value
        lacking = [name for name in _NEEDED.get(kind, ()) if name not in values]
        for name in lacking[:1]:
            self.report.leave_out(self.package.file_of(kind), row.number, name, f"{name} is missing")
        return None if lacking else values

    def _remark(self, kind: str, row: SourceRow, column: Column, read: Value) -> None:
        file, problem = self.package.file_of(kind), read.problem or ""
        if column.is_ours:
            self.report.fault(file, row.number, column.name, problem)
        else:
            self.report.add(file, row.number, column.name, problem, read.done)

    def _owners(self, kind: str, row: SourceRow, columns: list[Column]) -> dict[str, Any] | None:
        """The records that the row points to; None, and the row reported, where one that it needs is not there."""
        file = self.package.file_of(kind)
        found: dict[str, Any] = {}
        for column in columns:
            source_id = row.get(column.name)
            if not source_id or column.reference is None:
                continue
            if PARENTS.get(kind) == column.field:
                self.parents.append((kind, row.get("id"), source_id, row.number))
            elif (record_id := self.ids[column.reference].get(source_id)) is not None:
                found[column.field] = record_id
            elif column.field not in _NEEDS[kind]:
                what = column.reference.replace("_", " ")
                self.report.add(file, row.number, column.name, f"there is no {what} {source_id[:60]}", "stored without it")
        if kind == "location" and "organization_id" not in found:
            self._find_owner_of_place(row, found)
        for name in _NEEDS[kind]:
            if name not in found:
                given = row.get(name)
                what = REFERENCES[name].replace("_", " ")
                self.report.leave_out(file, row.number, name, f"there is no {what} {given[:60]}" if given else f"the row names no {what}")
                return None
        if kind in OWNED and not found:
            self.report.leave_out(file, row.number, None, "the row belongs to nothing that the source holds")
            return None
        return found

    def _find_owner_of_place(self, row: SourceRow, found: dict[str, Any]) -> None:
        """A place that names no organization belongs to the one whose service is offered there."""
        if self._place_owners is None:
            self._place_owners = self._read_place_owners()
        owner = self._place_owners.get(row.get("id"))
        if owner is not None:
            found["organization_id"] = owner

    def _read_place_owners(self) -> dict[str, UUID]:
        by_service = {service.id: service.organization_id for service in self.rows.service}
        owners: dict[str, UUID] = {}
        with self.package.open("service_at_location", Report()) as table:  # it is read, and reported on, in its turn
            for row in table or ():
                service = self.ids["service"].get(row.get("service_id"))
                if service is not None:
                    owners.setdefault(row.get("location_id"), by_service[service])
        return owners

    def _set_parents(self) -> None:
        """Parents by id, and every record after its parent."""
        places = {kind: {record.id: place for place, record in enumerate(getattr(self.rows, kind))} for kind in PARENTS}
        for kind, source_id, parent_id, number in self.parents:
            place = places[kind].get(self.ids[kind].get(source_id, _NOBODY))
            if place is None:
                continue  # left out, or a term of ours
            records: list[Any] = getattr(self.rows, kind)
            field, parent = PARENTS[kind], self.ids[kind].get(parent_id)
            if parent is None:
                self.report.add(self.package.file_of(kind), number, field, f"there is no parent {parent_id[:60]}", "stored without it")
            else:
                records[place] = msgspec.structs.replace(records[place], **{field: parent})
        for kind, field in PARENTS.items():
            records = getattr(self.rows, kind)
            records[:], circled = parents_first(records, field)
            for one in circled:
                file, number = self.origins[one.id]
                self.report.add(file, number, field, "the parents go round in a circle", "stored without it")

    # What one kind needs

    def finish_taxonomy(self, row: SourceRow, _values: dict[str, Any], _owners: dict[str, Any]) -> bool:
        """The hub's own taxonomy is there already."""
        if row.get("id") == str(taxonomy.TAXONOMY_ID):
            self.ids["taxonomy"][row.get("id")] = taxonomy.TAXONOMY_ID
            return False
        return True

    def finish_term(self, row: SourceRow, values: dict[str, Any], owners: dict[str, Any]) -> bool:
        """A term of the hub's own is there already; another source's code gets the network before it, so that none meets ours."""
        source_id = row.get("id")
        code = values.get("code") or source_id
        own = kept_id(source_id)
        if own not in _OWN_TERMS:
            own = None
            if not self.package.is_own and code in taxonomy.BY_CODE and not owners and row.get("taxonomy") in ("", taxonomy.NAME):
                own = taxonomy.TERM_IDS[code]
        if own is not None:
            self.ids["taxonomy_term"][source_id] = own
            return False
        unique = code if self.package.is_own else f"{self.network}:{code}"
        if unique in self.codes:
            unique = f"{unique}#{source_id}"
            self.report.add(self.package.file_of("taxonomy_term"), row.number, "code", f"the code {code[:60]} is there twice", "stored with its id")
        self.codes.add(unique)
        values["code"] = unique
        values.setdefault("name", code)
        return True

    def finish_location(self, row: SourceRow, values: dict[str, Any], _owners: dict[str, Any]) -> bool:
        """Half a point is none; 0, 0 lies in the Atlantic."""
        if self.package.is_own:
            return True
        latitude, longitude = values.get("latitude"), values.get("longitude")
        if latitude == 0 and longitude == 0:
            self.report.add(self.package.file_of("location"), row.number, "latitude", "0, 0 lies in the Atlantic", "stored without a point")
        if not (latitude or longitude) or latitude is None or longitude is None:
            values.pop("latitude", None)
            values.pop("longitude", None)
            return True
        values["precision"] = model.Precision.ROOFTOP
        return True

    def finish_service_area(self, row: SourceRow, values: dict[str, Any], _owners: dict[str, Any]) -> bool:
        """An extent that nobody can draw is told."""
        extent, kind = values.get("extent"), values.get("extent_type")
        if extent and kind != "text" and read_extent(extent, kind) is None:
            file = self.package.file_of("service_area")
            self.report.add(file, row.number, "extent", "the extent is no GeoJSON polygon", "stored; it bounds nobody")
        return True

    def finish_attribute(self, row: SourceRow, values: dict[str, Any], owners: dict[str, Any]) -> bool:
        """What is tagged may be of any kind; the source's word for the kind is tried first."""
        link, entity = row.get("link_id"), row.get("link_entity")
        kinds = [entity, *ORDER] if entity in self.ids else ORDER
        kind = next((kind for kind in kinds if link in self.ids[kind]), None)
        if kind is None:
            file = self.package.file_of("attribute")
            self.report.leave_out(file, row.number, "link_id", f"there is nothing of the id {link[:60]}")
            return False
        values["link_id"] = self.ids[kind][link]
        values["link_entity"] = entity if self.package.is_own and entity else kind
        if kind == "service" and owners["taxonomy_term_id"] in _OWN_TERMS:
            self.tagged.add(values["link_id"])
        return True

    def _suggest(self) -> None:
        """Terms from words, for services that name none of ours."""
        services = {service.id: service for service in self.rows.service}
        for source_id, service_id in self.ids["service"].items():
            if service_id in self.tagged:
                continue
            codes = classify.suggest_terms(services[service_id].name, services[service_id].description or "")
            for code in codes:
                values = {"link_id": service_id, "link_entity": "service", "taxonomy_term_id": taxonomy.TERM_IDS[code]}
                self._keep("attribute", f"{source_id}:suggested:{code}", None, values | {"label": classify.LABEL})
            if codes:
                file, number = self.origins[service_id]
                self.report.add(file, number, None, "the source names no term of ours", f"{classify.LABEL}: {', '.join(codes)}")


Finish = Callable[[_Reader, SourceRow, dict[str, Any], dict[str, Any]], bool]
"""(reader, row, its fields, what it points to) -> whether the row becomes a record; may change the fields."""
_FINISH: dict[str, Finish] = {
    "taxonomy": _Reader.finish_taxonomy,
    "taxonomy_term": _Reader.finish_term,
    "location": _Reader.finish_location,
    "service_area": _Reader.finish_service_area,
    "attribute": _Reader.finish_attribute,
}
