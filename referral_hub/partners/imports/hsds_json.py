"""HSDS 3.x JSON as rows of ours: full service documents with everything nested, and a sidecar.

A folder's `rules.json` holds what HSDS has no field for: kind -> source id -> fields. Files that begin
with `organizations` hold organizations that offer nothing themselves (those that send).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.ids import new_id
from referral_hub.partners import model, taxonomy
from referral_hub.partners.areas import read_extent
from referral_hub.partners.imports import cells, classify
from referral_hub.partners.imports.report import Reading, Report
from referral_hub.partners.imports.sealing import seal_places

FILE_LIMIT = 256 << 20
"""Bytes in one file."""
TEXT_LIMIT = 1 << 20
"""Characters in one text of a document."""
SIDECAR = "rules.json"
UUID_VERSION = 7

OURS: dict[str, frozenset[str]] = {
    "organization": frozenset({"sends", "timezone"}),
    "service": frozenset({"rule", "referrable", "usual_ack_days"}),
    "location": frozenset({"confidential", "precision"}),
    "service_at_location": frozenset({"reach"}),
    "required_document": frozenset({"code", "alternatives"}),
    "service_area": frozenset({"area"}),
    "language": frozenset({"interpreted"}),
    "schedule": frozenset({"closed"}),
    "accessibility": frozenset({"code"}),
    "service_capacity": frozenset({"service_at_location_id", "until", "waitlist"}),
}
"""Fields that the sidecar may give, by kind."""

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


def read_hsds_json(path: Path, network: str, _today: date, report: Report) -> Reading:
    """A file or folder of HSDS 3.x service documents as rows of ours.

    A UUIDv7 is kept as the record's id; any other id stands in the source record only.

    Raises:
        ImportRefused: the source cannot be imported as a whole; each fault names file, document and field.
    """
    reader = _Reader(network, report)
    files = sorted(item for item in path.iterdir() if item.suffix in (".json", ".ndjson", ".jsonl")) if path.is_dir() else [path]
    documents = [file for file in files if file.name != SIDECAR]
    if not documents:
        reader.report.fault(path.name, None, None, "the folder holds no .json file")
        reader.report.refuse_if_faulty()
    for file in sorted(documents, key=lambda item: (not item.name.startswith("organizations"), item.name)):
        reader.read_file(file)
    sidecar = path / SIDECAR if path.is_dir() else path.parent / SIDECAR
    has_sidecar = sidecar.is_file()
    if has_sidecar:
        reader.read_sidecar(sidecar)
    return reader.finish({} if has_sidecar else {kind: tuple(sorted(fields)) for kind, fields in OURS.items()})


class _Reader:
    def __init__(self, network: str, report: Report) -> None:
        self.network = network
        self.report = report
        self.records: dict[str, dict[str, Any]] = {kind: {} for kind in STRUCTS}
        """kind -> source id -> record, in the order they were met."""
        self.ids: dict[tuple[str, str], UUID] = {}
        self.origins: dict[tuple[str, str], tuple[str, int]] = {}
        self.file = ""
        self.row = 0
        self.unplaced: dict[str, tuple[int, int]] = {}
        self.tagged: set[str] = set()
        """Records that carry a term of ours."""

    # Files

    def read_file(self, path: Path) -> None:
        """Every document of one file."""
        self.file, self.unplaced = path.name, {}
        kind = "organization" if path.name.startswith("organizations") else "service"
        self.row = 0
        for document in self._documents(path):
            self.row += 1
            if not isinstance(document, dict):
                self.report.fault(self.file, self.row, None, "this is no JSON object")
            elif kind == "service":
                self._service(document)
            else:
                self._organization(document, "")
        self.report.rows_in[path.name] = self.row
        for field, (first, count) in self.unplaced.items():
            self.report.add(
                self.file, first, field, f"{count} records fill a field that the directory has no place for", "stored without it"
            )

    def _documents(self, path: Path) -> Iterator[Any]:
        data = self._decode(path)
        if isinstance(data, dict) and isinstance(data.get("contents"), list):
            data = data["contents"]
        yield from data if isinstance(data, list) else [] if data is None else [data]

    def _decode(self, path: Path) -> Any:
        """A file's JSON; None, and a fault, where it cannot be read."""
        name = path.name
        try:
            if path.stat().st_size > FILE_LIMIT:
                self.report.fault(name, None, None, "the file is larger than 256 MB; split it")
                return None
            data = path.read_bytes()
            if path.suffix in (".ndjson", ".jsonl"):
                return msgspec.json.decode(b"[" + b",".join(line for line in data.splitlines() if line.strip()) + b"]")
            return msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
        except msgspec.DecodeError as fault:
            self.report.fault(name, None, None, f"the file is not JSON ({fault})")
        except UnicodeDecodeError:
            self.report.fault(name, None, None, "the file is not UTF-8 text")
        except OSError as fault:
            self.report.fault(name, None, None, f"the file cannot be read ({fault.strerror})")
        return None

    def read_sidecar(self, path: Path) -> None:
        """Fields of ours over the records that the documents gave."""
        name = path.name
        data = self._decode(path)
        if not isinstance(data, dict):
            self.report.fault(name, None, None, "the sidecar is one object: kind -> id -> fields")
            return
        for kind, entries in data.items():
            if kind not in OURS or not isinstance(entries, dict):
                self.report.fault(name, None, kind, f"{kind} has no fields of ours; kinds: {', '.join(sorted(OURS))}")
                continue
            for source_id, fields in entries.items():
                self._merge(name, kind, source_id, fields)

    def _merge(self, file: str, kind: str, source_id: str, fields: Any) -> None:
        record = self.records[kind].get(source_id)
        if record is None:
            self.report.fault(file, source_id, None, f"there is no {kind.replace('_', ' ')} of this id in the documents")
            return
        if not isinstance(fields, dict):
            self.report.fault(file, source_id, None, "the fields are no object")
            return
        for field in sorted(set(fields) - OURS[kind]):
            self.report.fault(file, source_id, field, f"{field} is no field of ours of a {kind.replace('_', ' ')}")
        values = {name: value for name, value in fields.items() if name in OURS[kind]}
        if listing := values.get("service_at_location_id"):
            if listing not in self.records["service_at_location"]:
                self.report.fault(file, source_id, "service_at_location_id", "there is no such listing in the documents")
                return
            values["service_at_location_id"] = str(self._id("service_at_location", listing))
        plain = {**msgspec.to_builtins(record), **values}
        merged = self._convert(kind, plain, file, source_id, "")
        if merged is not None:
            self.records[kind][source_id] = merged

    # Documents

    def _service(self, document: dict[str, Any]) -> None:
        organization = self._nested_organization(document)
        if organization is None:
            return
        owners: dict[str, Any] = {"organization_id": organization}
        program = document.get("program")
        if isinstance(program, dict) and (program_id := self._put("program", program, {"organization_id": organization}, "program")):
            owners["program_id"] = program_id
        elif document.get("program_id"):
            owners["program_id"] = self.ids.get(("program", str(document["program_id"])))
        service = self._put("service", document, owners, "")
        if service is None:
            return
        listings = document.get("service_at_locations") or []
        for index, listing in enumerate(listings if isinstance(listings, list) else []):
            self._listing(listing, service, organization, f"service_at_locations[{index}]")
        self._suggest(document, service)

    def _nested_organization(self, document: dict[str, Any]) -> UUID | None:
        nested = document.get("organization")
        if isinstance(nested, dict):
            return self._organization(nested, "organization")
        found = self.ids.get(("organization", str(document.get("organization_id", ""))))
        if found is None:
            self.report.fault(self.file, self.row, "organization", "the service names no organization that the source holds")
        return found

    def _organization(self, document: dict[str, Any], path: str) -> UUID | None:
        parent = self.ids.get(("organization", str(document.get("parent_organization_id", ""))))
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
        given = self.ids.get(("organization", str(document.get("organization_id", ""))))
        owners: dict[str, Any] = {"organization_id": given or organization}
        before = self.records["location"].get(str(document.get("id", "")))
        if before is not None:
            owners["organization_id"] = before.organization_id  # a place shared by services of several organizations
        owners["precision"] = model.Precision.NONE if plain.get("latitude") is None else model.Precision.ROOFTOP
        return self._put("location", plain, owners, path)

    def _put(self, kind: str, document: Any, owners: dict[str, Any], path: str) -> UUID | None:
        """Remember one record and what is nested in it; the record's id, or None (and a fault)."""
        if not isinstance(document, dict):
            self.report.fault(self.file, self.row, path, "this is no JSON object")
            return None
        source_id = str(document.get("id") or "") or f"{self.file}:{self.row}:{path}"
        record_id = self._id(kind, source_id)
        struct = STRUCTS[kind]
        values: dict[str, Any] = {"id": str(record_id)}
        for field, value in document.items():
            if value is None or field in _HANDLED or field in NESTED[kind] or field in _OWNED_BY[kind]:
                continue
            if field in struct.__struct_fields__ and field not in OURS.get(kind, frozenset()):
                values[field] = _cleaned(field, value)
                if isinstance(value, str) and len(value) > TEXT_LIMIT:
                    self.report.fault(self.file, self.row, f"{path}.{field}".lstrip("."), "the text is longer than 1 MB")
                    return None
            else:
                place = f"{kind}.{field}"
                first, count = self.unplaced.get(place, (self.row, 0))
                self.unplaced[place] = (first, count + 1)
        values.update({name: value if not isinstance(value, UUID) else str(value) for name, value in owners.items() if value is not None})
        if kind in ("organization", "service", "location"):
            values["source"] = self.network
        if kind == "service_capacity" and not self._unit(document, values, path):
            return None
        if kind == "attribute" and not self._term(document, values, path):
            return None
        record = self._convert(kind, values, self.file, self.row, path)
        if record is None:
            return None
        if kind == "service_area":
            self._check_extent(record, path)
        self._remember(kind, source_id, record, path)
        self._children(kind, document, record_id, path)
        return record_id

    def _check_extent(self, area: model.ServiceArea, path: str) -> None:
        if area.extent and area.extent_type != "text" and read_extent(area.extent, area.extent_type) is None:
            self.report.add(self.file, self.row, f"{path}.extent", "the extent is no GeoJSON polygon", "stored; it bounds nobody")

    def _children(self, kind: str, document: dict[str, Any], record_id: UUID, path: str) -> None:
        for field, child in NESTED[kind].items():
            items = document.get(field) or []
            if not isinstance(items, list):
                self.report.fault(self.file, self.row, f"{path}.{field}".lstrip("."), "this is no list")
                continue
            owner = {"link_id": record_id, "link_entity": kind} if child == "attribute" else {f"{kind}_id": record_id}
            for index, item in enumerate(items):
                self._put(child, item, owner, f"{path}.{field}[{index}]".lstrip("."))

    def _remember(self, kind: str, source_id: str, record: Any, path: str) -> None:
        before = self.records[kind].get(source_id)
        if before is None:
            self.records[kind][source_id] = record
            self.origins[kind, source_id] = (self.file, self.row)
            return
        if kind == "service":
            self.report.fault(
                self.file,
                self.row,
                "id",
                f"the id {source_id} is also that of document {self.origins[kind, source_id][1]} of {self.origins[kind, source_id][0]}",
            )
            return
        owners = {
            name: getattr(record, name) for name in _OWNED_BY[kind] if getattr(before, name) is None and getattr(record, name) is not None
        }
        rest = [
            name
            for name in STRUCTS[kind].__struct_fields__
            if name not in _OWNED_BY[kind] and getattr(before, name) != getattr(record, name)
        ]
        if rest:
            self.report.add(
                self.file,
                self.row,
                f"{path}.{rest[0]}".lstrip("."),
                f"the {kind.replace('_', ' ')} {source_id} says something else elsewhere",
                "the first is stored",
            )
        if owners:
            self.records[kind][source_id] = msgspec.structs.replace(before, **owners)

    def _unit(self, document: dict[str, Any], values: dict[str, Any], path: str) -> bool:
        unit = document.get("unit")
        found = (
            self._put("unit", unit, {}, f"{path}.unit")
            if isinstance(unit, dict)
            else self.ids.get(("unit", str(document.get("unit_id", ""))))
        )
        if found is None:
            self.report.fault(self.file, self.row, f"{path}.unit", "the capacity has no unit")
            return False
        values["unit_id"] = str(found)
        return True

    def _term(self, document: dict[str, Any], values: dict[str, Any], path: str) -> bool:
        term = document.get("taxonomy_term")
        if not isinstance(term, dict):
            self.report.add(self.file, self.row, f"{path}.taxonomy_term", "the attribute names no taxonomy term", "stored without it")
            return False
        detail = term.get("taxonomy_detail") if isinstance(term.get("taxonomy_detail"), dict) else {}
        scheme = term.get("taxonomy") or (detail or {}).get("name")
        code = str(term.get("code") or term.get("id") or "")
        if code in taxonomy.BY_CODE and scheme in (None, "", taxonomy.NAME):
            values["taxonomy_term_id"] = str(taxonomy.TERM_IDS[code])
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
        values["taxonomy_term_id"] = str(term_id)
        return term_id is not None

    def _suggest(self, document: dict[str, Any], service: UUID) -> None:
        """Terms from words, for a service that names none of ours."""
        if str(service) in self.tagged:
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
            self._remember("attribute", source_id, record, "attributes")
        if codes:
            self.report.add(self.file, self.row, "attributes", "the source names no term of ours", f"{classify.LABEL}: {', '.join(codes)}")

    # Records

    def _id(self, kind: str, source_id: str) -> UUID:
        found = self.ids.get((kind, source_id))
        if found is None:
            found = self.ids[kind, source_id] = _kept_id(source_id) or new_id()
        return found

    def _convert(self, kind: str, values: dict[str, Any], file: str, row: int | str, path: str) -> Any:
        try:
            return msgspec.convert(values, STRUCTS[kind], strict=False)
        except msgspec.ValidationError as fault:
            message, _, where = str(fault).partition(" - at `$")
            field = ".".join(part for part in (path, where.rstrip("`").lstrip(".")) if part)
            self.report.fault(file, row, field or None, re.sub(r"^Object missing required field `(\w+)`", r"\1 is missing", message))
            return None

    def finish(self, keeps: dict[str, tuple[str, ...]]) -> Reading:
        """All records as rows, confidential places sealed."""
        self.report.refuse_if_faulty()
        rows = model.DirectoryRows()
        for kind, records in self.records.items():
            getattr(rows, kind).extend(records.values())
            for source_id, record in records.items():
                rows.source_record.append(
                    model.SourceRecord(
                        id=new_id(),
                        source=self.network,
                        kind=kind,
                        source_id=source_id,
                        record_id=record.id,
                        row=self.origins[kind, source_id][1],
                    )
                )
        places = {record.record_id: self.origins[record.kind, record.source_id] for record in rows.source_record}
        secret = {location.id for location in rows.location if location.confidential}
        seal_places(rows, secret, self.report, lambda record_id: places.get(record_id, (self.network, 0)))
        return Reading(network=self.network, rows=rows, report=self.report, keeps=keeps)


def _kept_id(text: str) -> UUID | None:
    """The id itself where it is a UUIDv7."""
    try:
        found = UUID(text)
    except ValueError:
        return None
    return found if found.version == UUID_VERSION else None


def _cleaned(field: str, value: Any) -> Any:
    if field in ("opens_at", "closes_at") and isinstance(value, str):
        return cells.read_time(re.sub(r"(Z|[+-]\d{2}:?\d{2})$", "", value)) or value
    if field in ("url", "website") and isinstance(value, str):
        return cells.clean_url(value)[0]
    return value
