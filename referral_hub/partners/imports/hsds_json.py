"""HSDS 3.x JSON as rows of ours: full service documents with everything nested, and a sidecar.

A folder's `rules.json` holds what HSDS has no field for: kind -> source id -> fields. Files that begin
with `organizations` hold organizations that offer nothing themselves (those that send).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.ids import kept_id, new_id
from referral_hub.partners import model, taxonomy
from referral_hub.partners.areas import read_extent
from referral_hub.partners.imports import cells, classify
from referral_hub.partners.imports.document_files import SUFFIXES, Document, DocumentFiles, unpack
from referral_hub.partners.imports.parents import PARENTS, parents_first
from referral_hub.partners.imports.report import Earlier, Reading, Report
from referral_hub.partners.imports.sealing import seal_places
from referral_hub.partners.imports.sidecar import Sidecar, is_of_own_export, read_sidecar
from referral_hub.partners.tabular import KEPT

PART = 400
"""Service documents that are read, compared and stored together."""
TEXT_LIMIT = 1 << 20
"""Characters in one text of a document."""
SIDECAR = "rules.json"

OURS: dict[str, frozenset[str]] = {
    "organization": frozenset({"sends", "timezone", "last_modified"}),
    "service": frozenset({"rule", "referrable", "usual_ack_days"}),
    "location": frozenset({"confidential", "precision", "organization_id"}),
    "service_at_location": frozenset({"reach"}),
    "required_document": frozenset({"code", "alternatives"}),
    "service_area": frozenset({"area"}),
    "language": frozenset({"interpreted"}),
    "schedule": frozenset({"closed"}),
    "accessibility": frozenset({"code"}),
    "service_capacity": frozenset({"service_at_location_id", "until", "waitlist"}),
}
"""Fields that the sidecar may give, by kind; the organization of a place is told for one whose document does not name it."""
_NEVER_KEPT = frozenset({"last_modified", "organization_id"})
"""Of these fields, those that an import without a sidecar sets all the same."""

STRUCTS: dict[str, type[model.Row]] = {
    "organization": model.Organization, "program": model.Program, "service": model.Service, "location": model.Location,
    "service_at_location": model.ServiceAtLocation, "address": model.Address, "contact": model.Contact, "phone": model.Phone,
    "schedule": model.Schedule, "language": model.Language, "cost_option": model.CostOption, "required_document": model.RequiredDocument,
    "service_area": model.ServiceArea, "unit": model.Unit, "service_capacity": model.ServiceCapacity, "accessibility": model.Accessibility,
    "attribute": model.Attribute, "taxonomy": model.Taxonomy, "taxonomy_term": model.TaxonomyTerm,
}  # fmt: skip

NESTED: dict[str, dict[str, str]] = {
    "service": {
        "phones": "phone", "schedules": "schedule", "languages": "language", "cost_options": "cost_option", "required_documents": "required_document",
        "service_areas": "service_area", "contacts": "contact", "capacities": "service_capacity", "attributes": "attribute",
    },
    "service_at_location": {"phones": "phone", "schedules": "schedule", "service_areas": "service_area", "contacts": "contact", "attributes": "attribute"},
    "location": {
        "addresses": "address", "phones": "phone", "schedules": "schedule", "languages": "language", "accessibility": "accessibility",
        "contacts": "contact", "attributes": "attribute",
    },
    "organization": {"phones": "phone", "contacts": "contact", "programs": "program", "attributes": "attribute"},
    "contact": {"phones": "phone"},
    "phone": {"languages": "language"},
    "program": {}, "address": {}, "schedule": {}, "language": {}, "cost_option": {}, "required_document": {}, "service_area": {}, "unit": {},
    "service_capacity": {}, "accessibility": {}, "attribute": {}, "taxonomy": {}, "taxonomy_term": {},
}  # fmt: skip
"""Lists inside a document of a kind, and the kind of what they hold."""
_OWNED_BY = {kind: frozenset(name for name in struct.__struct_fields__ if name.endswith("_id")) for kind, struct in STRUCTS.items()}
_HANDLED = frozenset(
    {"organization", "program", "service_at_locations", "location", "unit", "taxonomy_term", "taxonomy", "taxonomy_detail", "id"}
)
_PLAIN = {
    kind: frozenset(struct.__struct_fields__) - _HANDLED - NESTED[kind].keys() - _OWNED_BY[kind] - OURS.get(kind, frozenset())
    for kind, struct in STRUCTS.items()
}
"""Fields that are taken over as they are."""
_PASSED = {kind: _HANDLED | NESTED[kind].keys() | _OWNED_BY[kind] for kind in STRUCTS}
_SAID = {kind: tuple(name for name in STRUCTS[kind].__struct_fields__ if name in _PLAIN[kind] - {"last_modified"}) for kind in STRUCTS}
"""Fields in which two documents of the same record may differ."""
_MAY_BE_NONE = {kind: frozenset(field.name for field in msgspec.structs.fields(struct) if field.default is None) for kind, struct in STRUCTS.items()}
_GIVEN = {
    kind: msgspec.defstruct(
        f"{kind}_of_ours",
        [(field.name, field.type, msgspec.UNSET) for field in msgspec.structs.fields(STRUCTS[kind]) if field.name in OURS[kind]],
    )
    for kind in OURS
}
"""What the sidecar gives of a kind, typed."""
_SHARED = frozenset({"unit", "taxonomy", "taxonomy_term"})
"""Words that all organizations use: they are remembered from part to part."""
_BEFORE_ITS_TERMS = ("taxonomy", "taxonomy_term", "unit")
"""Kinds that a sidecar may hold whole, each before those that point to it."""
_OWN_TERMS = frozenset(taxonomy.TERM_IDS.values())
_NAMED = _SHARED | {"organization", "program"}
"""Kinds that a document may name by their ids alone."""


def read_hsds_json(path: Path, network: str, _today: date, report: Report) -> Reading:
    """A file, folder or zip archive of HSDS 3.x service documents as rows of ours; a large one is read in parts while it is imported.

    A UUIDv7 is kept as the record's id; any other id stands in the source record only.

    Raises:
        ImportRefused: the source cannot be imported as a whole; each fault names file, document and field.
    """
    unpacked = unpack(path) if path.suffix.lower() == ".zip" else None
    path = unpacked or path
    files = [item for item in path.iterdir() if item.suffix in SUFFIXES and item.name != SIDECAR] if path.is_dir() else [path]
    documents = DocumentFiles(files, report, unpacked)
    if not files:
        report.fault(path.name, None, None, "the folder holds no .json file")
        report.refuse_if_faulty()
    beside = path / SIDECAR if path.is_dir() else path.parent / SIDECAR
    has_sidecar = beside.is_file()
    is_own = has_sidecar and is_of_own_export(beside)
    keeps = KEPT if is_own else {} if has_sidecar else {kind: tuple(sorted(fields - _NEVER_KEPT)) for kind, fields in OURS.items()}

    def stream(earlier: Earlier | None) -> Iterator[model.DirectoryRows]:
        sidecar = read_sidecar(beside, frozenset(OURS), _SHARED, report) if has_sidecar else Sidecar(SIDECAR)
        return _Reader(network, report, sidecar).parts(documents, earlier)

    if len(documents) > PART:
        return Reading(network=network, report=report, stream=stream, keeps=keeps, is_exact=is_own)
    rows = next(stream(None), None)
    return Reading(network=network, report=report, rows=rows or model.DirectoryRows(), keeps=keeps, is_exact=is_own)


class _Reader:
    def __init__(self, network: str, report: Report, sidecar: Sidecar) -> None:
        self.network = network
        self.report = report
        self.sidecar = sidecar
        self.earlier: Earlier | None = None
        self.records: dict[str, dict[str, Any]] = {kind: {} for kind in STRUCTS}
        """kind -> source id -> record of the part at hand, in the order they were met."""
        self.stored: dict[str, dict[str, Any]] = {kind: {} for kind in STRUCTS}
        """The same, of earlier parts."""
        self.joined: dict[str, dict[str, Any]] = {kind: {} for kind in STRUCTS}
        """Records of earlier parts that have got one more owner."""
        self.ids: dict[str, dict[str, UUID]] = {kind: {} for kind in STRUCTS}
        self.past: dict[str, dict[str, UUID]] = {kind: {} for kind in _NAMED}
        """Ids of earlier parts as they were before they met the hub: of use where nothing is stored."""
        self.whole: dict[tuple[str, str], dict[str, Any]] = {}
        """Documents that are nested again and again, as they were first."""
        self.origins: dict[str, dict[str, tuple[str, int]]] = {kind: {} for kind in STRUCTS}
        self.file = ""
        self.row = 0
        self.unplaced: dict[tuple[str, str], tuple[int, int]] = {}
        self.cleaned = {} if sidecar.is_own else _CLEANED
        self.tagged: set[UUID] = set()
        """Records that carry a term of ours."""
        self._completed: dict[str, Callable[[dict[str, Any], dict[str, Any], str], bool]] = {
            "service_capacity": self._unit,
            "attribute": self._term,
            "service_area": self._check_extent,
        }
        """What else the values of some kinds need; False: the record is left out."""

    # Parts

    def parts(self, documents: DocumentFiles, earlier: Earlier | None) -> Iterator[model.DirectoryRows]:
        """The source in parts, or in one where nobody tells what came earlier; refused at the end if it has faults."""
        self.earlier = earlier
        self._take_whole()
        size = PART if earlier else None
        together = self.sidecar.confidential | (earlier.confidential_places() if earlier else set())
        # An export holds nothing that needs hiding; all its organizations come first, and services may name any of them.
        for part in documents.in_order(size) if self.sidecar.is_own else documents.parts(size, together):
            for document in part:
                self._read(document)
            self._take_ours()
            if earlier is not None and not self.report.has_faults:
                yield self._rows()
            if earlier is not None:
                self._forget()
        for kind, source_id in self.sidecar.left():
            self.report.fault(self.sidecar.name, source_id, None, f"there is no {kind.replace('_', ' ')} of this id in the documents")
        for (file, field), (first, count) in self.unplaced.items():
            self.report.add(file, first, field, f"{count} records fill a field that the directory has no place for", "stored without it")
        self.report.refuse_if_faulty()
        if earlier is None:
            yield self._rows()

    def _read(self, document: Document) -> None:
        self.file, self.row = document.file, document.row
        try:
            found = msgspec.json.decode(document.data)
        except msgspec.DecodeError as fault:
            self.report.fault(self.file, self.row, None, f"the document is not JSON ({fault})")
            return
        if not isinstance(found, dict):
            self.report.fault(self.file, self.row, None, "this is no JSON object")
        elif document.is_service:
            self._service(found)
        else:
            self._organization(found, "")

    def _forget(self) -> None:
        """Make room for the next part. What the hub made of this one it tells when it is asked: its ids may be others."""
        for kind in STRUCTS:
            if kind in _NAMED:
                self.past[kind].update(self.ids[kind])
            if kind not in _SHARED:
                self.stored[kind].clear()
            for held in (self.records, self.joined, self.origins, self.ids):
                held[kind].clear()
        self.whole.clear()
        self.tagged.clear()

    def _rows(self) -> model.DirectoryRows:
        """The part's records as rows, confidential places sealed."""
        rows = model.DirectoryRows()
        for kind, records in self.records.items():
            getattr(rows, kind).extend(records.values())
            origins = self.origins[kind]
            rows.source_record.extend(
                model.SourceRecord(
                    id=new_id(), source=self.network, kind=kind, source_id=source_id, record_id=record.id, row=origins[source_id][1]
                )
                for source_id, record in records.items()
            )
            getattr(rows, kind).extend(self.joined[kind].values())
        secret = {location.id for location in rows.location if location.confidential}
        if secret:
            places = {record.record_id: self.origins[record.kind][record.source_id] for record in rows.source_record}
            seal_places(rows, secret, self.report, lambda record_id: places.get(record_id, (self.network, 0)))
        return rows

    # The sidecar

    def _take_whole(self) -> None:
        """Terms, taxonomies and units that a document need not hold."""
        self.file, self.row = self.sidecar.name, 0
        for kind in _BEFORE_ITS_TERMS:
            given = self.sidecar.whole.get(kind, {})
            records: dict[UUID, str] = {}
            for source_id, raw in given.items():
                record = self._whole(kind, source_id, msgspec.json.decode(raw), given.keys())
                if record is not None:
                    self.records[kind][source_id] = record
                    records[record.id] = source_id
            if kind in PARENTS:
                ordered, _ = parents_first(list(self.records[kind].values()), PARENTS[kind])
                self.records[kind] = {records[record.id]: record for record in ordered}
            for source_id in self.records[kind]:
                self.origins[kind][source_id] = (self.file, self.row)

    def _whole(self, kind: str, source_id: str, fields: Any, known: Collection[str]) -> Any:
        if not isinstance(fields, dict):
            self.report.fault(self.sidecar.name, source_id, None, "the fields are no object")
            return None
        values = {**fields, "id": self._id(kind, source_id)}
        for field, other in (("taxonomy_id", "taxonomy"), ("parent_id", kind)):
            if (named := str(values.get(field) or "")) == "":
                continue
            held: Collection[str] = known if other == kind else self.records[other]
            if named not in held and kept_id(named) not in _OWN_TERMS | {taxonomy.TAXONOMY_ID}:
                self.report.fault(self.sidecar.name, source_id, field, f"there is no {other.replace('_', ' ')} of this id in the sidecar")
                return None
            values[field] = self._id(other, named)
        return self._convert(STRUCTS[kind], values, self.sidecar.name, source_id, "")

    def _take_ours(self) -> None:
        """Fields of ours over the part's records."""
        for kind in OURS:
            records = self.records[kind]
            for source_id, fields in self.sidecar.take(kind, records):
                records[source_id] = self._merged(kind, source_id, records[source_id], fields)

    def _merged(self, kind: str, source_id: str, record: Any, fields: Any) -> Any:
        file = self.sidecar.name
        if not isinstance(fields, dict):
            self.report.fault(file, source_id, None, "the fields are no object")
            return record
        for field in sorted(fields.keys() - OURS[kind]):
            self.report.fault(file, source_id, field, f"{field} is no field of ours of a {kind.replace('_', ' ')}")
        if listing := fields.get("service_at_location_id"):
            found = self.ids["service_at_location"].get(str(listing)) if str(listing) in self.records["service_at_location"] else None
            if found is None:
                self.report.fault(file, source_id, "service_at_location_id", "there is no such listing in the documents")
                return record
            fields["service_at_location_id"] = found
        if kind == "location" and (owner := fields.get("organization_id")):
            fields["organization_id"] = self._named("organization", owner) or record.organization_id
        given = self._convert(_GIVEN[kind], fields, file, source_id, "")
        if given is None:
            return record
        changes = {name: value for name in given.__struct_fields__ if (value := getattr(given, name)) is not msgspec.UNSET}
        return msgspec.structs.replace(record, **changes)

    # Documents

    def _service(self, document: dict[str, Any]) -> None:
        organization = self._nested_organization(document)
        if organization is None:
            return
        owners: dict[str, Any] = {"organization_id": organization}
        program = document.get("program")
        if isinstance(program, dict) and self.sidecar.is_own and (known := self._named("program", program.get("id"))) is not None:
            owners["program_id"] = known
        elif isinstance(program, dict) and (program_id := self._put("program", program, {"organization_id": organization}, "program")):
            owners["program_id"] = program_id
        elif document.get("program_id"):
            owners["program_id"] = self._named("program", document["program_id"])
        service = self._put("service", document, owners, "")
        if service is None:
            return
        listings = document.get("service_at_locations") or []
        for index, listing in enumerate(listings if isinstance(listings, list) else []):
            self._listing(listing, service, organization, f"service_at_locations[{index}]")
        self._suggest(document, service)

    def _nested_organization(self, document: dict[str, Any]) -> UUID | None:
        nested = document.get("organization")
        if isinstance(nested, dict) and self.sidecar.is_own and (known := self._named("organization", nested.get("id"))) is not None:
            return known
        if isinstance(nested, dict):
            return self._organization(nested, "organization")
        found = self._named("organization", document.get("organization_id"))
        if found is None:
            self.report.fault(self.file, self.row, "organization", "the service names no organization that the source holds")
        return found

    def _organization(self, document: dict[str, Any], path: str) -> UUID | None:
        if (known := self._seen_whole("organization", document)) is not None:
            return known
        parent = self._named("organization", document.get("parent_organization_id"))
        if document.get("parent_organization_id") and parent is None:
            self.report.add(
                self.file, self.row, "parent_organization_id", "the parent is not among the organizations read so far", "stored without it"
            )
        found = self._put("organization", document, {"parent_organization_id": parent}, path)
        for index, location in enumerate(document.get("locations") or []):
            if found is not None:
                self._location(location, found, f"{path}.locations[{index}]")
        return found

    def _listing(self, listing: Any, service: UUID, organization: UUID, path: str) -> None:
        if not isinstance(listing, dict) or not isinstance(listing.get("location"), dict):
            self.report.add(self.file, self.row, path, "a listing without a location", "left out; the service is offered at no place here")
            return
        location = self._location(listing["location"], organization, f"{path}.location")
        if location is not None:
            self._put("service_at_location", listing, {"service_id": service, "location_id": location}, path)

    def _location(self, document: dict[str, Any], organization: UUID, path: str) -> UUID | None:
        if (known := self._seen_whole("location", document)) is not None:
            return known
        latitude, longitude = document.get("latitude"), document.get("longitude")
        for field, value, most in (("latitude", latitude, 90), ("longitude", longitude, 180)):
            if value is not None and (not isinstance(value, int | float) or abs(value) > most):
                self.report.fault(
                    self.file, self.row, f"{path}.{field}", f"{str(value)[:20]} is no {field}: it lies between -{most} and {most}"
                )
                return None
        plain = dict(document)
        if latitude == 0 and longitude == 0:
            self.report.add(self.file, self.row, f"{path}.latitude", "0, 0 lies in the Atlantic", "stored without a point")
            plain.update(latitude=None, longitude=None)
        given = self._named("organization", document.get("organization_id"))
        owners: dict[str, Any] = {"organization_id": given or organization}
        before = self.records["location"].get(str(document.get("id", "")))
        if before is not None:
            owners["organization_id"] = before.organization_id  # a place shared by services of several organizations
        owners["precision"] = model.Precision.NONE if plain.get("latitude") is None else model.Precision.ROOFTOP
        return self._put("location", plain, owners, path)

    def _seen_whole(self, kind: str, document: dict[str, Any]) -> UUID | None:
        """The id of a record that was met in just these words; else they are remembered."""
        source_id = str(document.get("id") or "")
        before = self.whole.get((kind, source_id))
        if before is not None and before == document:
            return self.ids[kind].get(source_id)
        if source_id:
            self.whole[kind, source_id] = document
        return None

    def _put(self, kind: str, document: Any, owners: dict[str, Any], path: str) -> UUID | None:
        """Remember one record and what is nested in it; the record's id, or None (and a fault)."""
        if not isinstance(document, dict):
            self.report.fault(self.file, self.row, path, "this is no JSON object")
            return None
        source_id = str(document.get("id") or "") or f"{self.file}:{self.row}:{path}"
        before = self.records[kind].get(source_id) or self._stored(kind, source_id)
        record_id = self._id(kind, source_id)
        values = self._values(kind, document, path)
        if values is None:
            return None
        values["id"] = record_id
        values.update(owners)
        if kind in ("organization", "service", "location"):
            values["source"] = self.network
        elif kind in self._completed and not self._completed[kind](document, values, path):
            return None
        record = self._convert(STRUCTS[kind], values, self.file, self.row, path)
        if record is None:
            return None
        if before is None:
            self._remember(kind, source_id, record)
        else:
            self._join(kind, source_id, before, record, path)
        if NESTED[kind]:
            self._children(kind, document, record_id, path)
        return record_id

    def _values(self, kind: str, document: dict[str, Any], path: str) -> dict[str, Any] | None:
        """The fields that are taken over; None (and a fault) where one is too long."""
        values: dict[str, Any] = {}
        plain, passed = _PLAIN[kind], _PASSED[kind]
        for field, value in document.items():
            if value is None or (value == "" and self.sidecar.is_own and field in _MAY_BE_NONE[kind]):
                continue  # a document must have some texts: an empty one is none
            if field in plain:
                if isinstance(value, str):
                    if len(value) > TEXT_LIMIT:
                        self.report.fault(self.file, self.row, f"{path}.{field}".lstrip("."), "the text is longer than 1 MB")
                        return None
                    values[field] = self.cleaned[field](value) if field in self.cleaned else value
                else:
                    values[field] = value
            elif field not in passed:
                place = (self.file, f"{kind}.{field}")
                first, count = self.unplaced.get(place, (self.row, 0))
                self.unplaced[place] = (first, count + 1)
        return values

    def _stored(self, kind: str, source_id: str) -> Any:
        """The record that an earlier part brought under this id; None where none did."""
        if self.earlier is None:
            return None
        found = self.stored[kind].get(source_id) or self.earlier.record(kind, source_id)
        if found is not None:
            self.stored[kind][source_id] = found
            self.ids[kind][source_id] = found.id
        return found

    def _check_extent(self, _document: dict[str, Any], values: dict[str, Any], path: str) -> bool:
        extent, extent_type = values.get("extent"), values.get("extent_type")
        if extent and extent_type != "text" and read_extent(str(extent), extent_type) is None:
            self.report.add(self.file, self.row, f"{path}.extent", "the extent is no GeoJSON polygon", "stored; it bounds nobody")
        return True

    def _children(self, kind: str, document: dict[str, Any], record_id: UUID, path: str) -> None:
        prefix = f"{path}." if path else ""
        for field, child in NESTED[kind].items():
            items = document.get(field)
            if not items:
                continue
            if not isinstance(items, list):
                self.report.fault(self.file, self.row, f"{prefix}{field}", "this is no list")
                continue
            owner = {"link_id": record_id, "link_entity": kind} if child == "attribute" else {f"{kind}_id": record_id}
            for index, item in enumerate(items):
                self._put(child, item, owner, f"{prefix}{field}[{index}]")

    def _remember(self, kind: str, source_id: str, record: Any) -> None:
        self.records[kind][source_id] = record
        self.origins[kind][source_id] = (self.file, self.row)

    def _join(self, kind: str, source_id: str, before: Any, record: Any, path: str) -> None:
        """A record that was met before: the first words stay, an owner that it had not is added."""
        if kind == "service":
            file, row = self.origins[kind].get(source_id, (self.file, 0))
            where = f"document {row} of {file}" if row else "an earlier document"
            self.report.fault(self.file, self.row, "id", f"the id {source_id} is also that of {where}")
            return
        owners = {
            name: getattr(record, name) for name in _OWNED_BY[kind] if getattr(before, name) is None and getattr(record, name) is not None
        }
        other = next((name for name in _SAID[kind] if getattr(before, name) != getattr(record, name)), None)
        if other is not None:
            self.report.add(
                self.file,
                self.row,
                f"{path}.{other}".lstrip("."),
                f"the {kind.replace('_', ' ')} {source_id} says something else elsewhere",
                "the first is stored",
            )
        if owners:
            held = self.records if source_id in self.records[kind] else self.joined
            held[kind][source_id] = msgspec.structs.replace(before, **owners)
            if held is self.joined:
                self.stored[kind][source_id] = held[kind][source_id]

    def _unit(self, document: dict[str, Any], values: dict[str, Any], path: str) -> bool:
        unit = document.get("unit")
        found = (
            self._put("unit", unit, {}, f"{path}.unit")
            if isinstance(unit, dict)
            else self._named("unit", document.get("unit_id"))
        )
        if found is None:
            self.report.fault(self.file, self.row, f"{path}.unit", "the capacity has no unit")
            return False
        values["unit_id"] = found
        return True

    def _term(self, document: dict[str, Any], values: dict[str, Any], path: str) -> bool:
        term = document.get("taxonomy_term")
        if not isinstance(term, dict):
            self.report.add(self.file, self.row, f"{path}.taxonomy_term", "the attribute names no taxonomy term", "stored without it")
            return False
        if self.sidecar.is_own and (found := self._own_term(term)) is not None:
            values["taxonomy_term_id"] = found
            return True
        detail = term.get("taxonomy_detail") if isinstance(term.get("taxonomy_detail"), dict) else {}
        scheme = term.get("taxonomy") or (detail or {}).get("name")
        code = str(term.get("code") or term.get("id") or "")
        if code in taxonomy.BY_CODE and scheme in (None, "", taxonomy.NAME):
            values["taxonomy_term_id"] = taxonomy.TERM_IDS[code]
            self.tagged.add(values["link_id"])
            return True
        scheme_id = self._put(
            "taxonomy",
            {"id": (detail or {}).get("id") or f"taxonomy:{scheme or 'unnamed'}", "name": scheme or f"Taxonomy of {self.network}"},
            {},
            path,
        )
        plain = {**term, "code": f"{self.network}:{code}", "name": term.get("name") or code}
        term_id = self._put("taxonomy_term", plain, {"taxonomy_id": scheme_id}, f"{path}.taxonomy_term")
        values["taxonomy_term_id"] = term_id
        return term_id is not None

    def _own_term(self, term: dict[str, Any]) -> UUID | None:
        """A term of a hub's own export: one that every hub has, or one that the sidecar holds."""
        own = kept_id(str(term.get("id") or ""))
        return own if own in _OWN_TERMS else self._named("taxonomy_term", term.get("id"))

    def _suggest(self, document: dict[str, Any], service: UUID) -> None:
        """Terms from words, for a service that names none of ours."""
        if service in self.tagged or self.sidecar.is_own:
            return
        codes = classify.suggest_terms(str(document.get("name") or ""), str(document.get("description") or ""))
        for code in codes:
            source_id = f"{document.get('id')}:suggested:{code}"
            record = model.Attribute(
                id=self._id("attribute", source_id),
                link_id=service,
                taxonomy_term_id=taxonomy.TERM_IDS[code],
                link_entity="service",
                label=classify.LABEL,
            )
            self._remember("attribute", source_id, record)
        if codes:
            self.report.add(self.file, self.row, "attributes", "the source names no term of ours", f"{classify.LABEL}: {', '.join(codes)}")

    # Records

    def _id(self, kind: str, source_id: str) -> UUID:
        found = self.ids[kind].get(source_id)
        if found is None:
            found = self.ids[kind][source_id] = kept_id(source_id) or new_id()
        return found

    def _named(self, kind: str, source_id: Any) -> UUID | None:
        """The id of a record that a document names without saying more of it."""
        name = str(source_id or "")
        if name and name not in self.ids[kind]:
            self._stored(kind, name)
        return self.ids[kind].get(name) or self.past[kind].get(name)

    def _convert(self, struct: type[msgspec.Struct], values: dict[str, Any], file: str, row: int | str, path: str) -> Any:
        try:
            return msgspec.convert(values, struct, strict=False)
        except msgspec.ValidationError as fault:
            message, _, where = str(fault).partition(" - at `$")
            field = ".".join(part for part in (path, where.rstrip("`").lstrip(".")) if part)
            self.report.fault(file, row, field or None, re.sub(r"^Object missing required field `(\w+)`", r"\1 is missing", message))
            return None


@lru_cache(maxsize=1_024)
def _clean_time(value: str) -> str:
    return cells.read_time(re.sub(r"(Z|[+-]\d{2}:?\d{2})$", "", value)) or value


def _clean_url(value: str) -> str | None:
    return cells.clean_url(value)[0]


_CLEANED: dict[str, Callable[[str], Any]] = {"opens_at": _clean_time, "closes_at": _clean_time, "url": _clean_url, "website": _clean_url}
