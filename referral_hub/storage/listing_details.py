"""What pages and letters show of listings beside what matching uses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa

from referral_hub.partners.listing import Document, Fee, ListingDetails, PhoneNumber
from referral_hub.storage.listing_source import Row, rows_by
from referral_hub.storage.tables import directory as tables


def load_details(connection: sa.Connection, ids: Sequence[UUID]) -> dict[UUID, ListingDetails]:
    """What pages and letters show of these listings; unknown ids are left out. No address of a confidential place."""
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
    heads = list(connection.execute(statement))
    services = [head.service_id for head in heads]
    addresses = rows_by(connection, tables.address, "location_id", [head.location_id for head in heads if not head.confidential])
    phones = _phones(connection, heads)
    fees = rows_by(connection, tables.cost_option, "service_id", services)
    documents = rows_by(connection, tables.required_document, "service_id", services)
    return {head.id: _details(head, addresses, phones, fees, documents) for head in heads}


def _phones(connection: sa.Connection, heads: list[Row]) -> dict[UUID, list[PhoneNumber]]:
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
    for row in connection.execute(statement):
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
