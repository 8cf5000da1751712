"""Listings put together from records that were just stored, without reading them again: for imports of many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from msgspec import Struct

from referral_hub.partners.listing import Capacity, Listing
from referral_hub.partners.model import DirectoryRows, Location, Organization, Service, ServiceAtLocation, ServiceCapacity
from referral_hub.storage.listing_marks import parts_of
from referral_hub.storage.listing_source import capacity_of, figure_of, load_room_days, make_listing
from referral_hub.storage.tables import directory as tables

Owned = dict[UUID, list[Any]]


class _Head(Struct):
    """What one record of each of the four tables says of a listing: the same fields as a row that is read from them."""

    id: UUID
    service_id: UUID
    location_id: UUID
    reach: str
    service_name: str
    status: str
    referrable: bool
    rule: Any
    eligibility_description: str | None
    fees_description: str | None
    minimum_age: float | None
    maximum_age: float | None
    assured_date: Any
    usual_ack_days: float | None
    organization_id: UUID
    organization_name: str
    timezone: str
    location_name: str | None
    latitude: float | None
    longitude: float | None
    precision: str
    confidential: bool


def new_listings(
    connection: sa.Connection, records: DirectoryRows, wanted: Sequence[ServiceAtLocation]
) -> Iterator[tuple[Listing, tuple[str, str]]]:
    """Each wanted listing with its (other names, description); its service and its place are among the records, with all of both."""
    services = {one.id: one for one in records.service}
    places = {one.id: one for one in records.location}
    organizations = _organizations(connection, records, {services[one.service_id].organization_id for one in wanted})
    capacities = _capacities(connection, records)
    terms = _terms(connection, records)
    documents = _by_owner(records.required_document, "service_id")
    fees = _by_owner(records.cost_option, "service_id")
    schedules = _by_owner(records.schedule, "service_at_location_id", "service_id", "location_id")
    areas = _by_owner(records.service_area, "service_at_location_id", "service_id")
    languages = _by_owner(records.language, "service_id", "location_id")
    access = _by_owner(records.accessibility, "location_id")
    for one in wanted:
        service, place = services[one.service_id], places[one.location_id]
        organization = organizations[service.organization_id]
        listing = make_listing(
            _head(one, service, organization, place),
            terms=sorted({*terms.get(service.id, ()), *terms.get(one.id, ())}),
            documents=documents.get(service.id, ()),
            fees=fees.get(service.id, ()),
            schedule=schedules.get(one.id) or schedules.get(service.id) or schedules.get(place.id) or (),
            areas=areas.get(one.id) or areas.get(service.id) or (),
            capacity=capacity_of(capacities, one.id, service.id),
            languages=(*languages.get(service.id, ()), *languages.get(place.id, ())),
            accessibility=access.get(place.id, ()),
            now=None,
        )
        names = " ".join(filter(None, (service.alternate_name, organization.alternate_name)))
        yield listing, (names, " ".join(filter(None, (service.description, None if place.confidential else one.description))))


def _head(one: ServiceAtLocation, service: Service, organization: Organization, place: Location) -> _Head:
    return _Head(
        one.id,
        service.id,
        place.id,
        one.reach,
        service.name,
        service.status,
        service.referrable,
        service.rule,
        service.eligibility_description,
        service.fees_description,
        service.minimum_age,
        service.maximum_age,
        service.assured_date,
        service.usual_ack_days,
        organization.id,
        organization.name,
        organization.timezone,
        place.name,
        place.latitude,
        place.longitude,
        place.precision,
        place.confidential,
    )


def _by_owner(records: Sequence[Any], *columns: str) -> Owned:
    """Records by the narrowest record they belong to, in the order of their ids."""
    found: Owned = defaultdict(list)
    for record in sorted(records, key=_place_of):
        owner = next((value for name in columns if (value := getattr(record, name)) is not None), None)
        if owner is not None:
            found[owner].append(record)
    return found


def _place_of(record: Any) -> int:
    place: int = record.id.int
    return place


def _organizations(connection: sa.Connection, records: DirectoryRows, ids: Collection[UUID]) -> dict[UUID, Any]:
    table = tables.organization
    found: dict[UUID, Any] = {one.id: one for one in records.organization if one.id in ids}
    columns = sa.select(table.c.id, table.c.name, table.c.alternate_name, table.c.timezone)
    for part in parts_of(ids - found.keys()):
        found.update({row.id: row for row in connection.execute(columns.where(table.c.id.in_(part)))})
    return found


def _capacities(connection: sa.Connection, records: DirectoryRows) -> dict[UUID, Capacity]:
    """The newest figure of each listing, or of a whole service under the service's id."""
    table = tables.unit
    units: dict[UUID, str] = {}
    for part in parts_of({one.unit_id for one in records.service_capacity}):
        units.update({row.id: row.name for row in connection.execute(sa.select(table.c.id, table.c.name).where(table.c.id.in_(part)))})
    days = load_room_days(connection)
    return {
        one.service_at_location_id or one.service_id: figure_of(one, units[one.unit_id], days)
        for one in sorted(records.service_capacity, key=_age_of)
    }


def _age_of(capacity: ServiceCapacity) -> tuple[Any, int]:
    return capacity.updated, capacity.id.int


def _terms(connection: sa.Connection, records: DirectoryRows) -> dict[UUID, list[str]]:
    """Codes of terms by the service or listing that carries them."""
    table = tables.taxonomy_term
    tagged = [one for one in records.attribute if one.link_entity in ("service", "service_at_location")]
    codes: dict[UUID, str] = {}
    for part in parts_of({one.taxonomy_term_id for one in tagged}):
        codes.update({row.id: row.code for row in connection.execute(sa.select(table.c.id, table.c.code).where(table.c.id.in_(part)))})
    found: dict[UUID, list[str]] = defaultdict(list)
    for one in tagged:
        found[one.link_id].append(codes[one.taxonomy_term_id])
    return found
