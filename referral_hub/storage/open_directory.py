"""What readers of the open directory get: selections that the database counts and cuts, and the rows of what was selected."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.partners.hsds_query import HsdsQuery
from referral_hub.partners.model import DirectoryRows
from referral_hub.partners.taxonomy import LICENSED
from referral_hub.storage.changes import OPEN_DIRECTORY, ChangeStore
from referral_hub.storage.directory import DirectoryStore
from referral_hub.storage.near import is_near
from referral_hub.storage.tables import directory as tables

Condition = sa.ColumnElement[bool]


class Version(msgspec.Struct, frozen=True):
    """Which state of the open directory an answer tells of."""

    identity: int
    """The database's."""
    second: int
    """Seconds since 1970 at which it changed last, rounded up, and never the same for two changes; 0 before the first."""


class Selection:
    """Records of one kind that fit a query, in the order of their names."""

    def __init__(
        self, connection: sa.Connection, key: sa.Column[Any], order: sa.Column[Any], source: sa.FromClause, held: list[Condition]
    ) -> None:
        self._connection = connection
        self._key = key
        self._order = order
        self._ids = sa.select(key).select_from(source).where(*held)
        # Every listing has its service and its place: without a condition they need not be looked at to be counted.
        self._count = sa.select(sa.func.count()).select_from(source if held else key.table).where(*held)

    def total(self) -> int:
        """How many there are."""
        return self._connection.execute(self._count).scalar_one()

    def page(self, start: int, size: int) -> list[UUID]:
        """Ids from a place in the order on."""
        statement = self._ids.order_by(self._order, self._key).offset(start).limit(size)
        return list(self._connection.execute(statement).scalars())

    def parts(self, size: int) -> Iterator[list[UUID]]:
        """All ids, in parts and in the order of the ids: no part takes longer than the first."""
        statement = self._ids.order_by(self._key).limit(size)
        part = list(self._connection.execute(statement).scalars())
        while part:
            yield part
            part = list(self._connection.execute(statement.where(self._key > part[-1])).scalars())


class OpenDirectoryStore:
    """The directory as anybody may read it; sealed places are never touched."""

    def __init__(self, connection: sa.Connection, directory: DirectoryStore, changes: ChangeStore) -> None:
        self._connection = connection
        self._directory = directory
        self._changes = changes

    def version(self) -> Version:
        """The state that this transaction reads."""
        return Version(self._changes.identity(), self._changes.number(OPEN_DIRECTORY))

    # Which records

    def services(self, query: HsdsQuery) -> Selection:
        """Services by name."""
        service = tables.service
        held = _worded(query, service.c.name, service.c.alternate_name, service.c.description)
        held += [service.c.id.in_(tagged) for tagged in _tagged(query, "service")]
        return self._selection(service, service.c.name, service, held + _of_service(query))

    def listings(self, query: HsdsQuery) -> Selection:
        """Services at locations by the service's name."""
        sal, service, location = tables.service_at_location, tables.service, tables.location
        source: sa.FromClause = sal.join(service, service.c.id == sal.c.service_id)
        if query.words or query.term_ids is not None or query.taxonomy_id is not None or query.near is not None:
            source = source.join(location, location.c.id == sal.c.location_id)
        shown = sa.not_(location.c.confidential)
        held = _worded(query, service.c.name, service.c.alternate_name, service.c.description, sal.c.description, (location.c.name, shown))
        of_services, of_listings = _tagged(query, "service"), _tagged(query, "service_at_location")
        held += [
            sa.or_(sal.c.service_id.in_(service_ids), sa.and_(sal.c.id.in_(listing_ids), shown))
            for service_ids, listing_ids in zip(of_services, of_listings, strict=True)
        ]
        held += _of_service(query)
        if query.near is not None:
            held += is_near(self._connection, query.near, source, held)
        return self._selection(sal, service.c.name, source, held)

    def organizations(self, query: HsdsQuery) -> Selection:
        """Organizations by name; a term is theirs or one of their services'."""
        organization, service = tables.organization, tables.service
        held = _worded(query, organization.c.name, organization.c.alternate_name, organization.c.description)
        for own, of_services in zip(_tagged(query, "organization"), _tagged(query, "service"), strict=True):
            offering = sa.select(service.c.organization_id).where(service.c.id.in_(of_services))
            held.append(sa.or_(organization.c.id.in_(own), organization.c.id.in_(offering)))
        return self._selection(organization, organization.c.name, organization, held)

    def taxonomies(self, query: HsdsQuery) -> Selection:
        """Taxonomies by name."""
        taxonomy = tables.taxonomy
        held = [*_worded(query, taxonomy.c.name, taxonomy.c.description), taxonomy.c.id.not_in(LICENSED)]
        return self._selection(taxonomy, taxonomy.c.name, taxonomy, held)

    def terms(self, query: HsdsQuery) -> Selection:
        """Taxonomy terms by name."""
        term = tables.taxonomy_term
        held = _worded(query, term.c.name, term.c.description, term.c.code)
        held.append(term.c.taxonomy_id.is_(None) | term.c.taxonomy_id.not_in(LICENSED))
        if query.taxonomy_id is not None:
            held.append(term.c.taxonomy_id == query.taxonomy_id)
        if query.parent_id is not None:
            held.append(term.c.parent_id == query.parent_id)
        if query.top_only:
            held.append(term.c.parent_id.is_(None))
        return self._selection(term, term.c.name, term, held)

    def _selection(self, table: sa.Table, order: sa.Column[Any], source: sa.FromClause, held: list[Condition]) -> Selection:
        return Selection(self._connection, table.c.id, order, source, held)

    # Their rows

    def last_modified(self, service_ids: Sequence[UUID]) -> list[tuple[UUID, datetime | None]]:
        """When each of these services last changed, in the order given."""
        service, found = tables.service, {}
        for start in range(0, len(service_ids), _CHUNK):
            part = service_ids[start : start + _CHUNK]
            statement = sa.select(service.c.id, service.c.last_modified).where(service.c.id.in_(part))
            found.update({row.id: row.last_modified for row in self._connection.execute(statement)})
        return [(one, found[one]) for one in service_ids if one in found]

    def has(self, kind: str, record_id: UUID) -> bool:
        """Whether anybody may read such a record; `kind` is a table's name."""
        found = self._directory.records(kind, [record_id]).get(record_id)
        return found is not None and record_id not in LICENSED and getattr(found, "taxonomy_id", None) not in LICENSED

    def service_rows(self, ids: Sequence[UUID], *, nested: bool) -> DirectoryRows:
        """Services in the order given with organizations and programs; `nested` with all that hangs on them."""
        found = self._directory.service_rows(ids, nested=nested)
        held = {service.id: service for service in found.service}
        found.service = [held[one] for one in ids if one in held]
        return found

    def listing_rows(self, ids: Collection[UUID], *, nested: bool) -> DirectoryRows:
        """Services at locations with service, place, organization and program; `nested` with all that hangs on them."""
        held = self._directory.records("service_at_location", ids)
        found = self._directory.service_rows({listing.service_id for listing in held.values()}, nested=nested)
        if not nested:
            found.service_at_location = list(held.values())
            found.location = list(self._directory.records("location", {listing.location_id for listing in held.values()}).values())
        return found

    def organization_rows(self, ids: Collection[UUID], *, full: bool, full_service: bool) -> DirectoryRows:
        """Organizations; `full` with places, programs and services, `full_service` with all that hangs on the services too."""
        organizations = self._directory.records("organization", ids)
        found = DirectoryRows(organization=list(organizations.values()))
        if not (full or full_service):
            return found
        services = sorted(
            self._directory.children_of("service", "organization_id", organizations), key=lambda service: (service.name, service.id)
        )
        found.program = self._directory.children_of("program", "organization_id", organizations)
        found.location = self._directory.children_of("location", "organization_id", organizations)
        if full_service:
            found.service = services
            self._directory.add_places(found)
        self._directory.add_nested(found)
        self._directory.add_other_owners(found)
        found.service = services
        return found

    def taxonomy_rows(self, ids: Sequence[UUID]) -> DirectoryRows:
        """Taxonomies in the order given."""
        held = self._directory.records("taxonomy", ids)
        return DirectoryRows(taxonomy=[held[one] for one in ids if one in held])

    def term_rows(self, ids: Sequence[UUID]) -> DirectoryRows:
        """Taxonomy terms in the order given, with their taxonomies."""
        held = self._directory.records("taxonomy_term", ids)
        found = DirectoryRows(taxonomy_term=[held[one] for one in ids if one in held])
        taxonomies = {term.taxonomy_id for term in held.values() if term.taxonomy_id}
        found.taxonomy = list(self._directory.records("taxonomy", taxonomies).values())
        return found


_CHUNK = 1000


def _of_service(query: HsdsQuery) -> list[Condition]:
    held: list[Condition] = []
    if query.organization_id is not None:
        held.append(tables.service.c.organization_id == query.organization_id)
    if query.modified_after is not None:
        held.append(tables.service.c.last_modified >= query.modified_after)
    return held


def _worded(query: HsdsQuery, *places: sa.Column[Any] | tuple[sa.Column[Any], Condition]) -> list[Condition]:
    """Each word stands in one of the columns; a column with a condition is looked into only where that holds."""
    held: list[Condition] = []
    for word in query.words:
        like = f"%{_escaped(word)}%"
        found: list[Condition] = []
        for place in places:
            if isinstance(place, tuple):
                found.append(sa.and_(place[1], place[0].ilike(like, escape="\\")))
            else:
                found.append(place.ilike(like, escape="\\"))
        held.append(sa.or_(*found))
    return held


def _tagged(query: HsdsQuery, entity: str) -> list[sa.Select[tuple[UUID]]]:
    """Ids of the records of a kind that carry what the query asks for: one selection for the terms, one for the taxonomy."""
    attribute, term = tables.attribute, tables.taxonomy_term
    found = []
    if query.term_ids is not None:
        found.append(
            sa.select(attribute.c.link_id).where(attribute.c.taxonomy_term_id.in_(query.term_ids), attribute.c.link_entity == entity)
        )
    if query.taxonomy_id is not None:
        within = sa.select(attribute.c.link_id).join(term, term.c.id == attribute.c.taxonomy_term_id)
        found.append(within.where(term.c.taxonomy_id == query.taxonomy_id, attribute.c.link_entity == entity))
    return found


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
