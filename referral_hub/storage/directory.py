"""The directory as rows: what imports write and HSDS answers read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from referral_hub.actors import Actor, Role
from referral_hub.errors import NotFound
from referral_hub.partners import model
from referral_hub.partners.model import DirectoryRows, SourceRecord
from referral_hub.partners.provenance import owners_of
from referral_hub.storage import rows
from referral_hub.storage.geocoding import GeocodingStore
from referral_hub.storage.history import HistoryStore, Recorder
from referral_hub.storage.listing_marks import Added, parts_of
from referral_hub.storage.ready_listings import ReadyListings
from referral_hub.storage.schema import STRUCTS
from referral_hub.storage.suggestions import SuggestionStore
from referral_hub.storage.tables import directory as tables

S = TypeVar("S", bound=msgspec.Struct)
CHUNK = 400
"""Ids in one statement: below every limit on bound values."""
PORTION = 2_000
"""Rows in memory at once while all of a source are read."""

_TABLES = {table.name: table for table in tables.IN_ORDER}


class DirectoryStore:
    """Organizations, services, places and what hangs on them."""

    def __init__(self, connection: sa.Connection, ready: ReadyListings, history: HistoryStore) -> None:
        self._connection = connection
        self._ready = ready
        self._history = history
        self.recorder: Recorder | None = None
        """Notes what is written, while a change set is being made."""

    def save(self, records: DirectoryRows, *, new: DirectoryRows | None = None) -> None:
        """Insert or replace every row, parents first, and insert those that are new for certain: nothing is stored under their ids."""
        new = new or DirectoryRows()
        hidden = self._newly_confidential(records.location)
        added = Added(new)
        for table in tables.IN_ORDER:
            given, fresh = getattr(records, table.name), getattr(new, table.name)
            if self.recorder is not None and given:
                self.recorder.note_saved(table.name, given, self.records(table.name, [record.id for record in given]))
            if self.recorder is not None and fresh:
                self.recorder.note_added(table.name, fresh)
            self._ready.mark_saved(table.name, given)
            self._ready.mark_added(table.name, fresh, added)
            self._write(table, given, fresh)
        self._ready.add(new, added)
        if hidden:
            self._forget(hidden)

    def _write(self, table: sa.Table, given: Sequence[msgspec.Struct], fresh: Sequence[msgspec.Struct]) -> None:
        """A changed record may point to a new one of its kind, so new ones come first; but a changed listing makes room for a new one."""
        if table is tables.service_at_location:
            rows.upsert(self._connection, table, given)
            rows.insert(self._connection, table, fresh)
        else:
            rows.insert(self._connection, table, fresh)
            rows.upsert(self._connection, table, given)

    def _newly_confidential(self, given: Sequence[model.Location]) -> list[model.Location]:
        """Those of these places that the hub holds as open ones."""
        secret = [location for location in given if location.confidential]
        stored = self.records("location", [location.id for location in secret]) if secret else {}
        return [location for location in secret if location.id in stored and not stored[location.id].confidential]

    def _forget(self, places: Sequence[model.Location]) -> None:
        """What the notes say of the organizations of these places may tell where they are, in any of its prose."""
        GeocodingStore(self._connection).forget([place.id for place in places])
        owners = {place.organization_id for place in places} | {place.id for place in places}
        for organization_id in {place.organization_id for place in places}:
            found = self.organization_rows(organization_id)
            owners |= {record.id for kind in found.__struct_fields__ for record in getattr(found, kind)}
        self._history.forget(owners)

    # What imports need

    def count_source_records(self, source: str) -> int:
        """How many rows of a source the directory holds records of."""
        table = tables.source_record
        statement = sa.select(sa.func.count()).select_from(table).where(table.c.source == source)
        return int(self._connection.execute(statement).scalar_one())

    def source_records_of(self, source: str, kind: str, source_ids: Collection[str]) -> list[SourceRecord]:
        """What these rows of a source became, in no order."""
        table = tables.source_record
        statement = sa.select(table).where(table.c.source == source, table.c.kind == kind)
        return [
            rows.from_row(SourceRecord, row)
            for part in parts_of(source_ids, CHUNK)
            for row in self._connection.execute(statement.where(table.c.source_id.in_(part)))
        ]

    def source_records_in_order(self, source: str, kind: str) -> Iterator[list[SourceRecord]]:
        """What all rows of a kind of a source became, by source id, a few thousand at a time."""
        table = tables.source_record
        statement = sa.select(table).where(table.c.source == source, table.c.kind == kind).order_by(table.c.source_id).limit(PORTION)
        found = [rows.from_row(SourceRecord, row) for row in self._connection.execute(statement)]
        while found:
            yield found
            after = statement.where(table.c.source_id > found[-1].source_id)
            found = [rows.from_row(SourceRecord, row) for row in self._connection.execute(after)]

    def confidential_places(self, source: str) -> set[str]:
        """Source ids of the confidential places that a source brought."""
        table, location = tables.source_record, tables.location
        statement = sa.select(table.c.source_id).join(location, location.c.id == table.c.record_id)
        statement = statement.where(table.c.source == source, table.c.kind == "location", location.c.confidential)
        return set(self._connection.execute(statement).scalars())

    def records(self, kind: str, ids: Collection[UUID]) -> dict[UUID, Any]:
        """The stored records of these ids, by id; `kind` is a table's name."""
        table = _TABLES[kind]
        found: list[Any] = self._where_in(STRUCTS[kind], table, table.c.id, ids)
        return {record.id: record for record in found}

    def children_of(self, kind: str, field: str, ids: Collection[UUID]) -> list[Any]:
        """The records of a kind whose `field` is one of these ids, in the order of their own ids."""
        table = _TABLES[kind]
        found: list[Any] = self._where_in(STRUCTS[kind], table, table.c[field], ids)
        return sorted(found, key=lambda record: record.id)

    def delete(self, kind: str, ids: Collection[UUID]) -> None:
        """Delete records that nothing else points to; a place takes along what is sealed of it, a service its undecided suggestions."""
        if not ids:
            return
        if kind == "location":
            self.delete("sealed_location", ids)
            GeocodingStore(self._connection).forget(ids)
        if kind == "service":
            SuggestionStore(self._connection).forget(ids)
        table = _TABLES[kind]
        if self.recorder is not None:
            self.recorder.note_gone(kind, self.records(kind, ids).values())
        self._ready.mark_gone(kind, ids)
        for part in _parts(ids):
            self._connection.execute(sa.delete(table).where(table.c.id.in_(part)))

    def delete_unused(self, kind: str, ids: Sequence[UUID]) -> list[UUID]:
        """Delete those records that nothing else points to; the ids of the others."""
        try:
            with self._connection.begin_nested():
                self.delete(kind, ids)
        except IntegrityError:
            half = len(ids) // 2
            return self.delete_unused(kind, ids[:half]) + self.delete_unused(kind, ids[half:]) if half else list(ids)
        return []

    def save_possible(self, kind: str, records: Sequence[model.Row]) -> list[UUID]:
        """Store those records that fit to what is there now (their owners exist, nobody has their place); the ids of the others."""
        part = DirectoryRows()
        getattr(part, kind).extend(records)
        try:
            with self._connection.begin_nested():
                self.save(part)
        except IntegrityError:
            half = len(records) // 2
            if not half:
                return [record.id for record in records]
            return self.save_possible(kind, records[:half]) + self.save_possible(kind, records[half:])
        return []

    def terms_of_codes(self, codes: Collection[str]) -> dict[str, UUID]:
        """Code -> id of those taxonomy terms that there are; a code is one term's alone."""
        table, found = tables.taxonomy_term, {}
        every = list(codes)
        for start in range(0, len(every), CHUNK):
            statement = sa.select(table.c.code, table.c.id).where(table.c.code.in_(every[start : start + CHUNK]))
            found.update({row.code: row.id for row in self._connection.execute(statement)})
        return found

    # What exports need

    def every(self, kind: str) -> Iterator[Any]:
        """Every record of a kind in the order of the ids; no more than a part of them is held."""
        table, struct = _TABLES[kind], STRUCTS[kind]
        statement = sa.select(table).order_by(table.c.id).limit(PORTION)
        part = self._connection.execute(statement).all()
        while part:
            for row in part:
                yield rows.from_row(struct, row)
            part = self._connection.execute(statement.where(table.c.id > part[-1].id)).all()

    def confidential_locations(self) -> set[UUID]:
        """Ids of the places that are kept secret."""
        table = tables.location
        return set(self._connection.execute(sa.select(table.c.id).where(table.c.confidential)).scalars())

    # One organization's part

    def organization(self, organization_id: UUID) -> model.Organization:
        """One organization (they are public); raises NotFound for an unknown id."""
        found = self.records("organization", [organization_id])
        if not found:
            raise NotFound
        organization: model.Organization = found[organization_id]
        return organization

    def organizations_named(self, name: str) -> list[model.Organization]:
        """Every organization of exactly this name."""
        table = tables.organization
        statement = sa.select(table).where(table.c.name == name).order_by(table.c.id)
        return [rows.from_row(model.Organization, row) for row in self._connection.execute(statement)]

    def senders(self) -> list[model.Organization]:
        """Every organization whose people may refer, by name."""
        table = tables.organization
        statement = sa.select(table).where(table.c.sends).order_by(table.c.name, table.c.id)
        return [rows.from_row(model.Organization, row) for row in self._connection.execute(statement)]

    def service_at_location_for(self, actor: Actor, listing_id: UUID) -> model.ServiceAtLocation:
        """A listing that this asker may change: partner staff those of their own organization, others every one.

        Raises:
            NotFound: there is none, or it is another organization's.
        """
        table, service = tables.service_at_location, tables.service
        statement = sa.select(table).join(service, service.c.id == table.c.service_id).where(table.c.id == listing_id)
        if actor.role not in (Role.COORDINATOR, Role.SYSTEM):
            statement = statement.where(service.c.organization_id == actor.organization_id)
        row = self._connection.execute(statement).one_or_none()
        if row is None:
            raise NotFound
        return rows.from_row(model.ServiceAtLocation, row)

    def organization_rows(self, organization_id: UUID) -> DirectoryRows:
        """One organization with everything that hangs on it, sealed places included."""
        services = self.children_of("service", "organization_id", [organization_id])
        found = self.service_rows([service.id for service in services], public=False)
        extra = self.children_of("location", "organization_id", [organization_id])
        known = {location.id for location in found.location}
        found.location.extend(location for location in extra if location.id not in known)
        found.organization = list(self.records("organization", [organization_id]).values())
        places = [location.id for location in found.location]
        for kind in ("address", "phone", "contact", "schedule", "accessibility"):
            held = {record.id for record in getattr(found, kind)}
            getattr(found, kind).extend(record for record in self.children_of(kind, "location_id", places) if record.id not in held)
        found.program = self.children_of("program", "organization_id", [organization_id])
        found.sealed_location = list(self.records("sealed_location", places).values())
        return found

    def source_records_about(self, record_ids: Collection[UUID]) -> list[SourceRecord]:
        """Which rows of which sources these records came from."""
        return self._where_in(SourceRecord, tables.source_record, tables.source_record.c.record_id, record_ids)

    def organizations_of(self, records: Collection[tuple[str, Any]]) -> dict[UUID, UUID]:
        """The organization of each of these (kind, record), by the record's id, climbing from owner to owner."""
        found: dict[UUID, UUID] = {}
        climbing = {record.id: (kind, record) for kind, record in records}
        while climbing:
            wanted: dict[UUID, tuple[str, UUID]] = {}
            for one, (kind, record) in climbing.items():
                if kind == "organization" or getattr(record, "organization_id", None) is not None:
                    found[one] = record.id if kind == "organization" else record.organization_id
                elif owners := owners_of(record):
                    wanted[one] = owners[0]
            held = {kind: self.records(kind, [owner for of, owner in wanted.values() if of == kind]) for kind in dict(wanted.values())}
            climbing = {one: (kind, held[kind][owner]) for one, (kind, owner) in wanted.items() if owner in held[kind]}
        return found

    def unit(self, name: str) -> model.Unit | None:
        """The unit of this name, if there is one."""
        row = self._connection.execute(
            sa.select(tables.unit).where(tables.unit.c.name == name).order_by(tables.unit.c.id).limit(1)
        ).one_or_none()
        return None if row is None else rows.from_row(model.Unit, row)

    # What HSDS answers read

    def service_rows(self, ids: Collection[UUID], *, nested: bool = True, public: bool = True) -> DirectoryRows:
        """These services by name; `nested` with all that hangs on them; `public` leaves sealed places unread."""
        found = DirectoryRows(service=sorted(self.records("service", ids).values(), key=lambda service: (service.name, service.id)))
        organizations = {service.organization_id for service in found.service}
        found.organization = list(self.records("organization", organizations).values())
        found.program = list(self.records("program", {service.program_id for service in found.service if service.program_id}).values())
        if not nested:
            return found
        self.add_places(found)
        self.add_nested(found)
        if public:
            self.add_other_owners(found)
        else:
            found.sealed_location = list(self.records("sealed_location", [location.id for location in found.location]).values())
        return found

    def add_places(self, found: DirectoryRows) -> None:
        """To services: where each of them is offered."""
        found.service_at_location = self.children_of("service_at_location", "service_id", [service.id for service in found.service])
        known = {location.id for location in found.location}
        places = {listing.location_id for listing in found.service_at_location} - known
        found.location.extend(self.records("location", places).values())

    def add_nested(self, found: DirectoryRows) -> None:
        """To organizations, services, listings and places: all that hangs on them, and what else it belongs to."""
        services, places = [service.id for service in found.service], [location.id for location in found.location]
        listings, organizations = [listing.id for listing in found.service_at_location], [one.id for one in found.organization]
        for kind in ("cost_option", "required_document", "service_capacity"):
            setattr(found, kind, self.children_of(kind, "service_id", services))
        found.unit = list(self.records("unit", {capacity.unit_id for capacity in found.service_capacity}).values())
        found.address = self.children_of("address", "location_id", places)
        found.accessibility = self.children_of("accessibility", "location_id", places)
        owners: dict[str, Collection[UUID]] = {
            "service_id": services,
            "location_id": places,
            "service_at_location_id": listings,
            "organization_id": organizations,
        }
        found.contact = self._owned("contact", owners)
        found.phone = self._owned("phone", owners | {"contact_id": [contact.id for contact in found.contact]})
        found.schedule = self._owned("schedule", owners)
        found.service_area = self._owned("service_area", owners)
        found.language = self._owned(
            "language", {"service_id": services, "location_id": places, "phone_id": [phone.id for phone in found.phone]}
        )
        found.attribute = self.children_of("attribute", "link_id", [*services, *places, *listings, *organizations])
        found.taxonomy_term = list(self.records("taxonomy_term", {attribute.taxonomy_term_id for attribute in found.attribute}).values())
        found.taxonomy = list(self.records("taxonomy", {term.taxonomy_id for term in found.taxonomy_term if term.taxonomy_id}).values())

    def add_other_owners(self, found: DirectoryRows) -> None:
        """Places and listings that a phone, a contact or hours belong to as well: whether they are confidential decides what is told."""
        belonging: list[Any] = [*found.phone, *found.contact, *found.schedule]
        services = {record.service_id for record in belonging if record.service_id} - {service.id for service in found.service}
        listings = {record.service_at_location_id for record in belonging if record.service_at_location_id}
        listings -= {listing.id for listing in found.service_at_location}
        others = self.records("service_at_location", listings)
        others |= {listing.id: listing for listing in self.children_of("service_at_location", "service_id", services)}
        places = {record.location_id for record in belonging if record.location_id} | {listing.location_id for listing in others.values()}
        found.service_at_location.extend(others.values())
        found.location.extend(self.records("location", places - {location.id for location in found.location}).values())

    def _owned(self, kind: str, owners: dict[str, Collection[UUID]]) -> list[Any]:
        """The records of a kind that belong to any of the owners, each once."""
        table = _TABLES[kind]
        found: dict[UUID, Any] = {}
        for field, ids in owners.items():
            if field in table.c:
                found.update({record.id: record for record in self.children_of(kind, field, ids)})
        return sorted(found.values(), key=lambda record: record.id)

    def _where_in(self, struct: type[S], table: sa.Table, column: sa.Column[Any], ids: Collection[UUID]) -> list[S]:
        found: list[S] = []
        for part in _parts(ids):
            found += [rows.from_row(struct, row) for row in self._connection.execute(sa.select(table).where(column.in_(part)))]
        return found


def _parts(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    every = list(dict.fromkeys(ids))
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))
