"""A directory of any size, as rows: each service with a place, an address, hours, telephones and a term."""

from __future__ import annotations

from referral_hub.actors import COMMAND_LINE
from referral_hub.ids import new_id
from referral_hub.partners import taxonomy
from referral_hub.partners.model import (
    Address,
    Attribute,
    DirectoryRows,
    Language,
    Location,
    Organization,
    Phone,
    Precision,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)
from referral_hub.unit_of_work import Hub

A_TRANSACTION = 2_000
AN_ORGANIZATION = 5
"""Services of one organization."""
LEAVES = tuple(term.code for term in taxonomy.TERMS if term.parent is not None)


def fill(hub: Hub, services: int) -> None:
    """Store so many services around Baltimore; every third has a service area, every fiftieth is offered at a confidential place."""
    with hub.begin(COMMAND_LINE) as work:
        work.directory.save(taxonomy.rows())
    for start in range(0, services, A_TRANSACTION):
        rows = DirectoryRows()
        for number in range(start, min(start + A_TRANSACTION, services)):
            _add(rows, number)
        with hub.begin(COMMAND_LINE) as work:
            work.directory.save(rows)


def _add(rows: DirectoryRows, number: int) -> None:
    if number % AN_ORGANIZATION == 0:
        rows.organization.append(Organization(id=new_id(), name=f"Organization {number:06}", description="Helps its neighbours. " * 4))
    organization = rows.organization[-1].id
    secret = number % 50 == 7
    service = Service(id=new_id(), organization_id=organization, name=f"Pantry {number:06}", description="Groceries for whoever comes. " * 6)
    place = Location(
        id=new_id(),
        organization_id=organization,
        name=f"House {number}",
        latitude=None if secret else 39.28 + (number % 100) / 500,
        longitude=None if secret else -76.6 + (number // 100 % 100) / 500,
        precision=Precision.NONE if secret else Precision.ROOFTOP,
        confidential=secret,
    )
    listing = ServiceAtLocation(id=new_id(), service_id=service.id, location_id=place.id)
    rows.service.append(service)
    rows.location.append(place)
    rows.service_at_location.append(listing)
    rows.schedule += [Schedule(id=new_id(), service_id=service.id, freq="WEEKLY", byday=day, opens_at="09:00", closes_at="17:00") for day in ("MO", "WE")]
    rows.phone += [Phone(id=new_id(), service_id=service.id, number="(410) 555-0100", type="voice"), Phone(id=new_id(), organization_id=organization, number="(410) 555-0101")]
    rows.language.append(Language(id=new_id(), service_id=service.id, code="es", name="Spanish"))
    rows.attribute.append(Attribute(id=new_id(), link_id=service.id, link_entity="service", taxonomy_term_id=taxonomy.TERM_IDS[LEAVES[number % len(LEAVES)]]))
    if not secret:
        rows.address.append(Address(id=new_id(), location_id=place.id, address_1=f"{number} Pier Road", city="Baltimore", state_province="MD", postal_code="21230"))
    if number % 3 == 0:
        rows.service_area.append(ServiceArea(id=new_id(), service_id=service.id, area={"postal_codes": [f"{21200 + number % 40}"]}))
