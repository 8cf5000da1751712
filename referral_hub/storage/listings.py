"""Listings: the directory flat, one record a service at a place, for matching and search."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa

from referral_hub.errors import NotFound
from referral_hub.partners.freshness import availability
from referral_hub.partners.listing import Area, Capacity, Document, Fee, Listing, ListingDetails, Named, OpenHours, PhoneNumber, Point
from referral_hub.partners.model import Precision, Reach, ServiceStatus, TaxonomyTerm
from referral_hub.storage import rows
from referral_hub.storage.tables import directory as tables

CONFIDENTIAL = "Confidential location"
NO_LIMIT_FROM = 120
"""Years: directories write 200 or 999 for "no limit"."""
CHUNK = 400

Row = Any
"""A row of a select that names its columns."""


class ListingStore:
    """Reads only; a sealed location's point is in none of its queries."""

    def __init__(self, connection: sa.Connection, now: datetime | None = None) -> None:
        self._connection = connection
        self._now = now or datetime.now(UTC)

    def all(self) -> list[Listing]:
        """Every listing, inactive ones too, by id."""
        return self._load(None)

    def get(self, listing_id: UUID) -> Listing:
        """One listing (they are public); raises NotFound for an unknown id."""
        found = self._load([listing_id])
        if not found:
            raise NotFound
        return found[0]

    def some(self, ids: Collection[UUID]) -> dict[UUID, Listing]:
        """These listings by id; unknown ids are left out."""
        return {listing.id: listing for part in _parts(ids) for listing in self._load(part)}

    def terms(self) -> list[TaxonomyTerm]:
        """Every taxonomy term, by code."""
        statement = sa.select(tables.taxonomy_term).order_by(tables.taxonomy_term.c.code)
        return [rows.from_row(TaxonomyTerm, row) for row in self._connection.execute(statement)]

    def texts(self) -> dict[UUID, tuple[str, str]]:
        """(other names, description) of every listing, for search. Nothing of a confidential place is in it."""
        sal, service = tables.service_at_location, tables.service
        organization = tables.organization
        statement = (
            sa.select(sal.c.id, service.c.alternate_name, organization.c.alternate_name, service.c.description, sal.c.description)
            .join(service, service.c.id == sal.c.service_id)
            .join(organization, organization.c.id == service.c.organization_id)
        )
        return {
            row[0]: (" ".join(filter(None, (row[1], row[2]))), " ".join(filter(None, (row[3], row[4]))))
            for row in self._connection.execute(statement)
        }

    def changed_since(self, moment: datetime) -> set[UUID]:
        """Ids of the listings whose service, organization or room changed since a moment, or of which nobody knows when."""
        sal, service, organization, capacity = tables.service_at_location, tables.service, tables.organization, tables.service_capacity
        changed = sa.select(sal.c.id).join(service, service.c.id == sal.c.service_id)
        changed = changed.join(organization, organization.c.id == service.c.organization_id)
        written = changed.where(
            sa.or_(service.c.last_modified >= moment, service.c.last_modified.is_(None), organization.c.last_modified >= moment)
        )
        room = (
            sa.select(sal.c.id)
            .join(capacity, sa.or_(capacity.c.service_at_location_id == sal.c.id, capacity.c.service_id == sal.c.service_id))
            .where(capacity.c.updated >= moment)
        )
        return set(self._connection.execute(written).scalars()) | set(self._connection.execute(room).scalars())

    def details(self, ids: Collection[UUID]) -> dict[UUID, ListingDetails]:
        """What pages and letters show of listings, by id; unknown ids are left out. No address of a confidential place."""
        found: dict[UUID, ListingDetails] = {}
        for part in _parts(ids):
            found |= self._details(part)
        return found

    # How it is put together

    def _load(self, ids: Sequence[UUID] | None) -> list[Listing]:
        heads = self._heads(ids)
        if not heads:
            return []
        services = None if ids is None else [head.service_id for head in heads]
        places = None if ids is None else [head.location_id for head in heads]
        listings = None if ids is None else list(ids)
        terms = self._terms(services, listings)
        documents = self._by(tables.required_document, {"service_id": services})
        schedules = self._by_owner(tables.schedule, services, places, listings)
        areas = self._by_owner(tables.service_area, services, None, listings)
        capacities = self._capacities(services, listings)
        languages = self._by_owner(tables.language, services, places, None)
        access = self._by(tables.accessibility, {"location_id": places})
        return [
            _listing(
                head,
                terms=sorted({*terms.get(head.service_id, ()), *terms.get(head.id, ())}),
                documents=documents.get(head.service_id, ()),
                schedule=schedules.get(head.id) or schedules.get(head.service_id) or schedules.get(head.location_id) or (),
                areas=areas.get(head.id) or areas.get(head.service_id) or (),
                capacity=capacities.get(head.id) or capacities.get(head.service_id),
                languages=(*languages.get(head.service_id, ()), *languages.get(head.location_id, ())),
                accessibility=access.get(head.location_id, ()),
                now=self._now,
            )
            for head in heads
        ]

    def _heads(self, ids: Sequence[UUID] | None) -> list[Row]:
        sal, service, organization, location = tables.service_at_location, tables.service, tables.organization, tables.location
        statement = (
            sa.select(
                sal.c.id,
                sal.c.service_id,
                sal.c.location_id,
                sal.c.reach,
                service.c.name.label("service_name"),
                service.c.status,
                service.c.referrable,
                service.c.rule,
                service.c.eligibility_description,
                service.c.minimum_age,
                service.c.maximum_age,
                service.c.assured_date,
                service.c.usual_ack_days,
                organization.c.id.label("organization_id"),
                organization.c.name.label("organization_name"),
                organization.c.timezone,
                location.c.name.label("location_name"),
                location.c.latitude,
                location.c.longitude,
                location.c.precision,
                location.c.confidential,
            )
            .join(service, service.c.id == sal.c.service_id)
            .join(organization, organization.c.id == service.c.organization_id)
            .join(location, location.c.id == sal.c.location_id)
            .order_by(sal.c.id)
        )
        if ids is not None:
            statement = statement.where(sal.c.id.in_(ids))
        return list(self._connection.execute(statement))

    def _terms(self, services: list[UUID] | None, listings: list[UUID] | None) -> dict[UUID, list[str]]:
        attribute, term = tables.attribute, tables.taxonomy_term
        statement = (
            sa.select(attribute.c.link_id, term.c.code)
            .join(term, term.c.id == attribute.c.taxonomy_term_id)
            .where(attribute.c.link_entity.in_(("service", "service_at_location")))
        )
        if services is not None and listings is not None:
            statement = statement.where(attribute.c.link_id.in_([*services, *listings]))
        found: dict[UUID, list[str]] = defaultdict(list)
        for row in self._connection.execute(statement):
            found[row.link_id].append(row.code)
        return found

    def _by(self, table: sa.Table, owner: dict[str, list[UUID] | None]) -> dict[UUID, list[Row]]:
        """Rows by the one column that owns them, in the order of their ids; None: all of them."""
        ((column, ids),) = owner.items()
        statement = sa.select(table).order_by(table.c.id)
        if ids is not None:
            statement = statement.where(table.c[column].in_(ids))
        found: dict[UUID, list[Row]] = defaultdict(list)
        for row in self._connection.execute(statement):
            found[getattr(row, column)].append(row)
        return found

    def _by_owner(
        self, table: sa.Table, services: list[UUID] | None, places: list[UUID] | None, listings: list[UUID] | None
    ) -> dict[UUID, list[Row]]:
        """Rows by the narrowest record they belong to: the listing, else the service, else the place."""
        columns = [name for name in ("service_at_location_id", "service_id", "location_id") if name in table.c]
        statement = sa.select(table).order_by(table.c.id)
        given = {"service_at_location_id": listings, "service_id": services, "location_id": places}
        if services is not None:
            statement = statement.where(sa.or_(*(table.c[name].in_(given[name] or []) for name in columns)))
        found: dict[UUID, list[Row]] = defaultdict(list)
        for row in self._connection.execute(statement):
            owner = next((value for name in columns if (value := getattr(row, name)) is not None), None)
            if owner is not None:
                found[owner].append(row)
        return found

    def _capacities(self, services: list[UUID] | None, listings: list[UUID] | None) -> dict[UUID, Capacity]:
        """The newest figure of each listing, or of a whole service under the service's id."""
        table, unit = tables.service_capacity, tables.unit
        statement = sa.select(table, unit.c.name.label("unit_name")).join(unit, unit.c.id == table.c.unit_id)
        statement = statement.order_by(table.c.updated, table.c.id)
        if services is not None and listings is not None:
            statement = statement.where(sa.or_(table.c.service_id.in_(services), table.c.service_at_location_id.in_(listings)))
        return {
            row.service_at_location_id or row.service_id: Capacity(
                available=row.available,
                unit=row.unit_name,
                updated=row.updated,
                maximum=row.maximum,
                until=row.until,
                waitlist=row.waitlist,
            )
            for row in self._connection.execute(statement)
        }

    def _details(self, ids: list[UUID]) -> dict[UUID, ListingDetails]:
        sal, service, organization, location = tables.service_at_location, tables.service, tables.organization, tables.location
        statement = (
            sa.select(
                sal.c.id,
                sal.c.service_id,
                sal.c.location_id,
                sal.c.description.label("place_note"),
                service.c.organization_id,
                service.c.description,
                service.c.url,
                service.c.email,
                service.c.status,
                service.c.alert,
                service.c.application_process,
                service.c.fees_description,
                service.c.eligibility_description,
                service.c.interpretation_services,
                service.c.wait_time,
                organization.c.website,
                organization.c.email.label("organization_email"),
                organization.c.description.label("organization_description"),
                location.c.transportation,
                location.c.confidential,
            )
            .join(service, service.c.id == sal.c.service_id)
            .join(organization, organization.c.id == service.c.organization_id)
            .join(location, location.c.id == sal.c.location_id)
            .where(sal.c.id.in_(ids))
        )
        heads = list(self._connection.execute(statement))
        services = [head.service_id for head in heads]
        addresses = self._by(tables.address, {"location_id": [head.location_id for head in heads if not head.confidential]})
        phones = self._phones(heads)
        fees = self._by(tables.cost_option, {"service_id": services})
        documents = self._by(tables.required_document, {"service_id": services})
        return {head.id: _details(head, addresses, phones, fees, documents) for head in heads}

    def _phones(self, heads: list[Row]) -> dict[UUID, list[PhoneNumber]]:
        """Of each listing the numbers of the narrowest record that has any; a confidential place's own are not told."""
        table = tables.phone
        owners = {
            "service_at_location_id": [head.id for head in heads],
            "service_id": [head.service_id for head in heads],
            "location_id": [head.location_id for head in heads if not head.confidential],
            "organization_id": [head.organization_id for head in heads],
        }
        statement = sa.select(table).where(sa.or_(*(table.c[name].in_(ids) for name, ids in owners.items()))).order_by(table.c.id)
        found: dict[tuple[str, UUID], list[PhoneNumber]] = defaultdict(list)
        for row in self._connection.execute(statement):
            number = PhoneNumber(number=row.number, extension=row.extension, type=row.type, description=row.description)
            for name in owners:
                if getattr(row, name) is not None:
                    found[name, getattr(row, name)].append(number)
        answer = {}
        for head in heads:
            keys = [("service_at_location_id", head.id), ("service_id", head.service_id), ("organization_id", head.organization_id)]
            if not head.confidential:
                keys.insert(2, ("location_id", head.location_id))
            answer[head.id] = next((found[key] for key in keys if key in found), [])
        return answer


def _listing(
    head: Row,
    *,
    terms: list[str],
    documents: Iterable[Row],
    schedule: Iterable[Row],
    areas: Sequence[Row],
    capacity: Capacity | None,
    languages: Sequence[Row],
    accessibility: Iterable[Row],
    now: datetime,
) -> Listing:
    spoken = sorted({row.code for row in languages if row.code and not row.interpreted})
    hidden = bool(head.confidential)
    return Listing(
        id=head.id,
        service=Named(head.service_id, head.service_name),
        organization=Named(head.organization_id, head.organization_name),
        location=Named(head.location_id, CONFIDENTIAL if hidden else head.location_name or head.organization_name),
        terms=terms,
        point=None if hidden else _point(head),
        confidential=hidden,
        delivered=head.reach == Reach.DELIVERED,
        remote=head.reach == Reach.REMOTE,
        service_area=_area(areas),
        rule=_rule(head),
        documents=[Document(row.document, row.code, row.alternatives or []) for row in documents],
        schedule=[_hours(row) for row in schedule],
        timezone=head.timezone,
        languages=spoken,
        interpreted_languages=sorted({row.code for row in languages if row.code and row.interpreted} - set(spoken)),
        accessibility=sorted({row.code for row in accessibility if row.code}),
        availability=availability(capacity, now),
        capacity=capacity,
        assured_date=head.assured_date,
        usual_ack_days=head.usual_ack_days,
        active=head.status == ServiceStatus.ACTIVE,
        referrable=bool(head.referrable),
    )


def _point(head: Row) -> Point | None:
    if head.latitude is None or head.longitude is None:
        return None
    return Point(head.latitude, head.longitude, Precision(head.precision))


def _rule(head: Row) -> dict[str, Any] | None:
    """The stored rule; else what HSDS says: an age range and prose."""
    if head.rule is not None:
        rule: dict[str, Any] = head.rule
        return rule
    lowest = head.minimum_age if head.minimum_age is not None and head.minimum_age > 0 else None
    highest = head.maximum_age if head.maximum_age is not None and head.maximum_age < NO_LIMIT_FROM else None
    prose = (head.eligibility_description or "").strip()
    text = [{"type": "text", "text": prose}] if prose else []
    if lowest is None and highest is None:
        return text[0] if text else None
    return {"type": "all", "of": [{"type": "age", "min": lowest, "max": highest}, *text]}


def _hours(row: Row) -> OpenHours:
    return OpenHours(**{name: getattr(row, name) for name in OpenHours.__struct_fields__})


def _area(areas: Sequence[Row]) -> Area | None:
    """One area out of a listing's rows: what any of them holds, it holds. Rows of mere prose make none."""
    typed = [area for row in areas if row.area and (area := _typed_area(row.area))]
    if not typed:
        return None
    if len(typed) == 1:
        return typed[0]
    lists = ("postal_codes", "counties", "cities", "states")
    return Area(
        **{name: sorted({place for area in typed for place in getattr(area, name)}) for name in lists},
        polygon=next((area.polygon for area in typed if area.polygon), None),
        radius_m=max((area.radius_m for area in typed if area.radius_m is not None), default=None),
    )


def _typed_area(stored: object) -> Area | None:
    """An area; one that cannot be read bounds nobody and never stops a match."""
    try:
        return msgspec.convert(stored, Area, strict=False)
    except msgspec.ValidationError:
        return None


def _details(
    head: Row,
    addresses: dict[UUID, list[Row]],
    phones: dict[UUID, list[PhoneNumber]],
    fees: dict[UUID, list[Row]],
    documents: dict[UUID, list[Row]],
) -> ListingDetails:
    physical = sorted(addresses.get(head.location_id, ()), key=lambda row: row.address_type != "physical")
    address = None
    if physical and not head.confidential:
        first = physical[0]
        town = " ".join(filter(None, (f"{first.city}," if first.city else "", first.state_province, first.postal_code)))
        address = [line for line in (first.attention, first.address_1, first.address_2, town) if line]
    return ListingDetails(
        id=head.id,
        description=head.description,
        organization_description=head.organization_description,
        place_note=None if head.confidential else head.place_note,
        address=address,
        transportation=None if head.confidential else head.transportation,
        phones=phones.get(head.id, []),
        email=head.email or head.organization_email,
        website=head.url or head.website,
        status=head.status,
        alert=head.alert,
        application_process=head.application_process,
        fees_description=head.fees_description,
        fees=[Fee(row.option, row.amount, row.amount_description) for row in fees.get(head.service_id, ())],
        eligibility_description=head.eligibility_description,
        interpretation_services=head.interpretation_services,
        wait_time=head.wait_time,
        documents=[Document(row.document, row.code, row.alternatives or []) for row in documents.get(head.service_id, ())],
    )


def _parts(ids: Iterable[UUID]) -> Iterable[list[UUID]]:
    every = list(dict.fromkeys(ids))
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))
