"""Listings put together from the directory's own tables: what the ready rows are made from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.partners.areas import merge_areas, read_area
from referral_hub.partners.fees import is_free
from referral_hub.partners.freshness import ROOM_DAYS, ROOM_DAYS_SETTING, availability, known_until, room_days
from referral_hub.partners.listing import Area, Capacity, Document, Listing, Named, OpenHours, Point
from referral_hub.partners.model import Precision, Reach, ServiceStatus
from referral_hub.storage.tables import directory as tables
from referral_hub.storage.tables.matching import setting

CONFIDENTIAL = "Confidential location"
NO_LIMIT_FROM = 120
"""Years: directories write 200 or 999 for "no limit"."""

Row = Any
"""A row of a select that names its columns."""


def load_listings(connection: sa.Connection, ids: Sequence[UUID] | None, now: datetime | None) -> list[Listing]:
    """These listings (None: every one), inactive ones too, by id; unknown ids are left out.

    Their availability is as of `now`, without one "unknown". A sealed location's point is in none of the queries.
    """
    return _Source(connection, now).load(ids)


def load_capacities(connection: sa.Connection, services: Sequence[UUID] | None, listings: Sequence[UUID] | None) -> dict[UUID, Capacity]:
    """The newest figure of each listing, or of a whole service under the service's id; `until` it is too old at the latest.

    Where requests were turned away for lack of room there is none until the partner says so: that does not age.
    """
    table, unit = tables.service_capacity, tables.unit
    statement = sa.select(table, unit.c.name.label("unit_name")).join(unit, unit.c.id == table.c.unit_id)
    statement = statement.order_by(table.c.updated, table.c.id)
    if services is not None and listings is not None:
        statement = statement.where(sa.or_(table.c.service_id.in_(services), table.c.service_at_location_id.in_(listings)))
    days = load_room_days(connection)
    return {row.service_at_location_id or row.service_id: figure_of(row, row.unit_name, days) for row in connection.execute(statement)}


def figure_of(row: Row, unit: str, days: Mapping[str, int]) -> Capacity:
    """What a row of room says, a `ServiceCapacity` or as the table has it; `days` is what the network set."""
    said_at = row.said_at or row.updated
    return Capacity(
        available=row.available,
        unit=unit,
        updated=said_at,
        maximum=row.maximum,
        until=None if row.refusals else known_until(said_at, row.until, room_days(unit, days)),
        waitlist=row.waitlist,
    )


def load_room_days(connection: sa.Connection) -> Mapping[str, int]:
    """How many days a figure of room is believed, by what is counted: as the network set it, else the default."""
    stored = connection.execute(sa.select(setting.c.value).where(setting.c.name == ROOM_DAYS_SETTING)).scalar_one_or_none()
    return ROOM_DAYS if stored is None else stored


def load_texts(connection: sa.Connection, ids: Sequence[UUID] | None) -> dict[UUID, tuple[str, str]]:
    """(other names, description) of these listings (None: every one), for search. Nothing of a confidential place is in it."""
    sal, service, organization, location = tables.service_at_location, tables.service, tables.organization, tables.location
    of_place = sa.case((location.c.confidential, None), else_=sal.c.description)
    statement = (
        sa.select(sal.c.id, service.c.alternate_name, organization.c.alternate_name, service.c.description, of_place)
        .join(service, service.c.id == sal.c.service_id)
        .join(organization, organization.c.id == service.c.organization_id)
        .join(location, location.c.id == sal.c.location_id)
    )
    if ids is not None:
        statement = statement.where(sal.c.id.in_(ids))
    return {
        row[0]: (" ".join(filter(None, (row[1], row[2]))), " ".join(filter(None, (row[3], row[4]))))
        for row in connection.execute(statement)
    }


def rows_by(connection: sa.Connection, table: sa.Table, column: str, ids: Sequence[UUID] | None) -> dict[UUID, list[Row]]:
    """Rows by the one column that owns them, in the order of their ids; None: all of them."""
    statement = sa.select(table).order_by(table.c.id)
    if ids is not None:
        statement = statement.where(table.c[column].in_(ids))
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in connection.execute(statement):
        found[getattr(row, column)].append(row)
    return found


class _Source:
    def __init__(self, connection: sa.Connection, now: datetime | None) -> None:
        self._connection = connection
        self._now = now

    def load(self, ids: Sequence[UUID] | None) -> list[Listing]:
        heads = self._heads(ids)
        if not heads:
            return []
        services = None if ids is None else [head.service_id for head in heads]
        places = None if ids is None else [head.location_id for head in heads]
        listings = None if ids is None else [head.id for head in heads]
        terms = self._terms(services, listings)
        documents = rows_by(self._connection, tables.required_document, "service_id", services)
        fees = rows_by(self._connection, tables.cost_option, "service_id", services)
        schedules = self._by_owner(tables.schedule, services, places, listings)
        areas = self._by_owner(tables.service_area, services, None, listings)
        capacities = load_capacities(self._connection, services, listings)
        languages = self._by_owner(tables.language, services, places, None)
        access = rows_by(self._connection, tables.accessibility, "location_id", places)
        return [
            make_listing(
                head,
                terms=sorted({*terms.get(head.service_id, ()), *terms.get(head.id, ())}),
                documents=documents.get(head.service_id, ()),
                fees=fees.get(head.service_id, ()),
                schedule=schedules.get(head.id) or schedules.get(head.service_id) or schedules.get(head.location_id) or (),
                areas=areas.get(head.id) or areas.get(head.service_id) or (),
                capacity=capacity_of(capacities, head.id, head.service_id),
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
                service.c.fees_description,
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


def capacity_of(capacities: Mapping[UUID, Capacity], listing_id: UUID, service_id: UUID) -> Capacity | None:
    """The figure of the listing itself, else that of the whole service."""
    return capacities.get(listing_id) or capacities.get(service_id)


def make_listing(
    head: Row,
    *,
    terms: list[str],
    documents: Iterable[Row],
    fees: Sequence[Row],
    schedule: Iterable[Row],
    areas: Sequence[Row],
    capacity: Capacity | None,
    languages: Sequence[Row],
    accessibility: Iterable[Row],
    now: datetime | None,
) -> Listing:
    """A listing out of what the tables say of it; a head has the columns of `_heads`."""
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
        availability="unknown" if now is None else availability(capacity, now),
        capacity=capacity,
        assured_date=head.assured_date,
        usual_ack_days=head.usual_ack_days,
        active=head.status == ServiceStatus.ACTIVE,
        referrable=bool(head.referrable),
        free=is_free((row.amount for row in fees), _said_of(fees, head.fees_description)),
    )


def _said_of(fees: Sequence[Row], description: str | None) -> list[str | None]:
    return [description, *(text for row in fees for text in (row.option, row.amount_description))]


def _point(head: Row) -> Point | None:
    if head.latitude is None or head.longitude is None:
        return None
    return Point(head.latitude, head.longitude, Precision(head.precision))


def _rule(head: Row) -> dict[str, Any] | None:
    """The stored rule; else what HSDS says: an age range and prose."""
    if head.rule is not None:
        # What is no rule at all stays as something that does not parse: it counts as text.
        rule: dict[str, Any] = head.rule if isinstance(head.rule, dict) else {"type": "unreadable"}
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
    typed = (read_area(row.area, row.extent, row.extent_type) for row in areas)
    return merge_areas([area for area in typed if area])
