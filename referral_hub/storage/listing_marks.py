"""Which listings a change of the directory's rows concerns: collected while a transaction writes, looked up once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct, field

from referral_hub.partners.model import DirectoryRows
from referral_hub.storage.tables import directory as tables

T = TypeVar("T")
CHUNK = 1000
"""Ids in one statement: below every limit on bound values."""

_OWNERS: dict[str, tuple[str, ...]] = {
    "schedule": ("service_at_location_id", "service_id", "location_id"),
    "service_area": ("service_at_location_id", "service_id"),
    "language": ("service_id", "location_id"),
    "accessibility": ("location_id",),
    "required_document": ("service_id",),
    "cost_option": ("service_id",),
}
"""Rows that matching or search sees, and the columns that say whose they are."""
_THEMSELVES = frozenset({"organization", "service", "location", "service_at_location"})
_TABLES = {table.name: table for table in tables.IN_ORDER}


class Added:
    """What is new for certain, so that nothing of it hangs on what others write."""

    def __init__(self, new: DirectoryRows) -> None:
        services, places = {one.id for one in new.service}, {one.id for one in new.location}
        self.listings = [one for one in new.service_at_location if one.service_id in services and one.location_id in places]
        """Listings that are new with their service and their place."""
        self.whole = {one.id for one in self.listings}
        self.owners = services | places | {one.id for one in new.service_at_location}


class Marks(Struct):
    """Ids of what a transaction touched; the rest of the directory (phones, addresses, sealed places) is not matched by."""

    organizations: set[UUID] = field(default_factory=set)
    services: set[UUID] = field(default_factory=set)
    locations: set[UUID] = field(default_factory=set)
    listings: set[UUID] = field(default_factory=set)
    terms: set[UUID] = field(default_factory=set)
    service_rooms: set[UUID] = field(default_factory=set)
    """Services of which only a figure of room changed."""
    listing_rooms: set[UUID] = field(default_factory=set)
    units: set[UUID] = field(default_factory=set)

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in self.__struct_fields__)

    def mark_saved(self, connection: sa.Connection, kind: str, records: Sequence[Any]) -> None:
        """Before records are stored: whose they become, and whose they were."""
        if kind in ("taxonomy_term", "unit"):
            self._mark_named(connection, kind, records)
            return
        self.mark_gone(connection, kind, [record.id for record in records])
        for record in records:
            self._mark_owners(kind, record)

    def mark_added(self, connection: sa.Connection, kind: str, records: Sequence[Any], added: Added) -> None:
        """Before new records are stored, which are nobody's yet: whose they become, unless that is new itself."""
        if kind in ("taxonomy_term", "unit"):
            self._mark_named(connection, kind, records)
        elif kind == "service_at_location":
            self.listings.update(record.id for record in records if record.id not in added.whole)
        elif kind in _OWNERS or kind in ("attribute", "service_capacity"):
            for record in records:
                self._mark_owners(kind, record, added.owners)

    def mark_gone(self, connection: sa.Connection, kind: str, ids: Collection[UUID]) -> None:
        """Before records are deleted or replaced: whose they are."""
        if kind in _THEMSELVES:
            self._of(kind).update(ids)
        elif kind == "taxonomy_term":
            self.terms.update(ids)
        elif kind in _OWNERS or kind in ("attribute", "service_capacity"):
            table = _TABLES[kind]
            for part in parts_of(ids):
                for row in connection.execute(sa.select(table).where(table.c.id.in_(part))):
                    self._mark_owners(kind, row)

    def mark_every_room(self, connection: sa.Connection) -> None:
        """Whatever has a figure of room."""
        c = tables.service_capacity.c
        for listing_id, service_id in connection.execute(sa.select(c.service_at_location_id, c.service_id)):
            if listing_id is None:
                self.service_rooms.add(service_id)
            else:
                self.listing_rooms.add(listing_id)

    def _mark_owners(self, kind: str, record: Any, but: Collection[UUID] = ()) -> None:
        if kind == "attribute":
            if record.link_entity in ("service", "service_at_location") and record.link_id not in but:
                self._of(record.link_entity).add(record.link_id)
        elif kind == "service_capacity":
            if record.service_at_location_id is not None:
                if record.service_at_location_id not in but:
                    self.listing_rooms.add(record.service_at_location_id)
            elif record.service_id not in but:
                self.service_rooms.add(record.service_id)
        else:
            for column in _OWNERS.get(kind, ()):
                if (owner := getattr(record, column)) is not None and owner not in but:
                    self._of(column.removesuffix("_id")).add(owner)

    def _mark_named(self, connection: sa.Connection, kind: str, records: Sequence[Any]) -> None:
        """Terms and units are saved again and again as they were: only those that change are marked."""
        table, given = _TABLES[kind], {record.id: record for record in records}
        same = set()
        for part in parts_of(given):
            for row in connection.execute(sa.select(table).where(table.c.id.in_(part))):
                if all(getattr(given[row.id], column.name) == getattr(row, column.name) for column in table.columns):
                    same.add(row.id)
        (self.terms if kind == "taxonomy_term" else self.units).update(given.keys() - same)

    def _of(self, kind: str) -> set[UUID]:
        found: set[UUID] = getattr(self, {"service_at_location": "listings"}.get(kind, f"{kind}s"))
        return found

    def find_listings(self, connection: sa.Connection) -> set[UUID]:
        """The listings to be put together anew, gone ones too."""
        sal, service, attribute = tables.service_at_location, tables.service, tables.attribute
        found = set(self.listings)
        services = set(self.services)
        for part in parts_of(self.terms):
            tagged = sa.select(attribute.c.link_entity, attribute.c.link_id).where(attribute.c.taxonomy_term_id.in_(part))
            for row in connection.execute(tagged):
                if row.link_entity in ("service", "service_at_location"):
                    (services if row.link_entity == "service" else found).add(row.link_id)
        for part in parts_of(self.organizations):
            services |= set(connection.execute(sa.select(service.c.id).where(service.c.organization_id.in_(part))).scalars())
        found |= _ids_where(connection, sal.c.service_id, services)
        return found | _ids_where(connection, sal.c.location_id, self.locations)

    def find_rooms(self, connection: sa.Connection) -> set[UUID]:
        """The listings of which only the room changed."""
        sal, capacity = tables.service_at_location, tables.service_capacity
        found, services = set(self.listing_rooms), set(self.service_rooms)
        for part in parts_of(self.units):
            counted = sa.select(capacity.c.service_at_location_id, capacity.c.service_id).where(capacity.c.unit_id.in_(part))
            for row in connection.execute(counted):
                if row.service_at_location_id is not None:
                    found.add(row.service_at_location_id)
                else:
                    services.add(row.service_id)
        return found | _ids_where(connection, sal.c.service_id, services)


def parts_of(ids: Iterable[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The ids, each once, in parts that fit into a statement."""
    every = list(dict.fromkeys(ids))
    return (every[start : start + size] for start in range(0, len(every), size))


def _ids_where(connection: sa.Connection, column: sa.Column[Any], values: Iterable[UUID]) -> set[UUID]:
    """Ids of the listings that have one of these values in a column."""
    found: set[UUID] = set()
    for part in parts_of(values):
        found |= set(connection.execute(sa.select(tables.service_at_location.c.id).where(column.in_(part))).scalars())
    return found
