"""HSDS 3.2 documents of our rows: what anybody may read of the directory. Pure.

Fields that hold nothing are left out. A confidential place is a name and nothing else: no address,
no point, no telephone, hours or contact of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.partners.model import (
    Address,
    Contact,
    DirectoryRows,
    Location,
    Organization,
    Phone,
    Precision,
    Program,
    Row,
    Service,
    ServiceAtLocation,
    Taxonomy,
    TaxonomyTerm,
)
from referral_hub.partners.taxonomy import LICENSED

VERSION = "3.2.3"
"""Of the HSDS."""
PROFILE = "https://docs.openreferral.org/en/v3.2.3/hsds/overview.html"
CONFIDENTIAL_NAME = "Confidential location"

OURS: dict[str, frozenset[str]] = {
    "organization": frozenset({"sends", "timezone", "source", "last_modified"}),
    "service": frozenset({"rule", "referrable", "usual_ack_days", "source"}),
    "location": frozenset({"precision", "confidential", "source"}),
    "service_at_location": frozenset({"reach"}),
    "schedule": frozenset({"closed"}),
    "language": frozenset({"interpreted"}),
    "required_document": frozenset({"code", "alternatives"}),
    "service_area": frozenset({"area"}),
    "accessibility": frozenset({"code"}),
    "service_capacity": frozenset({"service_at_location_id", "until", "waitlist", "stated", "said_at", "said_by", "refusals"}),
}
"""Fields that HSDS does not have."""
_OWNERS: dict[str, tuple[str, ...]] = {
    "phone": ("location_id", "service_id", "organization_id", "contact_id", "service_at_location_id"),
    "contact": ("organization_id", "service_id", "service_at_location_id", "location_id"),
    "schedule": ("service_id", "location_id", "service_at_location_id"),
    "language": ("service_id", "location_id", "phone_id"),
    "cost_option": ("service_id",),
    "required_document": ("service_id",),
    "service_area": ("service_id", "service_at_location_id"),
    "service_capacity": ("service_id",),
    "address": ("location_id",),
    "accessibility": ("location_id",),
    "service_at_location": ("service_id",),
    "attribute": ("link_id",),
    "service": ("organization_id",),
    "location": ("organization_id",),
    "program": ("organization_id",),
}
"""Kinds whose records hang on another, and the ids that say on which."""
PUBLIC_PHONES = frozenset({None, "voice", "text", "textphone", "cell"})
"""A fax machine stands at a place; it is not told for a confidential one."""


def service_documents(rows: DirectoryRows, *, full: bool = True) -> list[dict[str, Any]]:
    """Every service of `rows` in their order: fully nested, as `GET /services/{id}` answers, or as an entry of the list."""
    documents = _Documents(rows)
    return [documents.service(service) if full else documents.service_entry(service) for service in rows.service]


def minimal_document(service_id: UUID, last_modified: datetime | None) -> dict[str, Any]:
    """An entry of `GET /services?minimal=true`: the id and when it last changed."""
    changed = {"modified_date": last_modified.isoformat()} if last_modified else {}
    return {"id": str(service_id), **changed}


def listing_documents(rows: DirectoryRows, ids: Iterable[UUID], *, full: bool = True) -> list[dict[str, Any]]:
    """These services at locations, as `GET /service_at_locations/{id}` answers, or as entries of the list."""
    documents = _Documents(rows)
    listings = {listing.id: listing for listing in rows.service_at_location}
    found = [listings[one] for one in ids if one in listings]
    return [documents.listing(listing) if full else documents.listing_entry(listing) for listing in found]


def organization_documents(
    rows: DirectoryRows, ids: Iterable[UUID], *, full: bool = True, full_service: bool = False
) -> list[dict[str, Any]]:
    """These organizations, as `GET /organizations/{id}` answers, or as entries of the list.

    Their services stand in them as entries of a list; with `full_service` fully nested.
    """
    documents = _Documents(rows)
    found = [documents.organizations[one] for one in ids if one in documents.organizations]
    if not (full or full_service):
        return [_plain("organization", organization) for organization in found]
    return [documents.organization(organization, full_service=full_service) for organization in found]


def taxonomy_documents(rows: DirectoryRows) -> list[dict[str, Any]]:
    """Every taxonomy of `rows` in their order."""
    return [_taxonomy(taxonomy) for taxonomy in rows.taxonomy]


def term_documents(rows: DirectoryRows) -> list[dict[str, Any]]:
    """Every taxonomy term of `rows` in their order, each with its taxonomy."""
    documents = _Documents(rows)
    return [documents.term(term) for term in rows.taxonomy_term]


class _Documents:
    def __init__(self, rows: DirectoryRows) -> None:
        self.rows = rows
        self.organizations = {organization.id: organization for organization in rows.organization}
        self.programs = {program.id: program for program in rows.program}
        self.locations = {location.id: location for location in rows.location}
        self.services = {service.id: service for service in rows.service}
        self.units = {unit.id: unit for unit in rows.unit}
        self.terms = {term.id: term for term in rows.taxonomy_term}
        self.taxonomies = {taxonomy.id: taxonomy for taxonomy in rows.taxonomy}
        self.secret = {location.id for location in rows.location if location.confidential}
        secret_listings = [listing for listing in rows.service_at_location if listing.location_id in self.secret]
        self.secret_services = {listing.service_id for listing in secret_listings}
        self.secret_listings = {listing.id for listing in secret_listings}
        self.owned: dict[tuple[str, str, UUID], list[Any]] = {}
        for kind, fields in _OWNERS.items():
            for record in getattr(rows, kind):
                for field in fields:
                    if (owner := getattr(record, field)) is not None:
                        self.owned.setdefault((kind, field, owner), []).append(record)

    # The documents

    def service_entry(self, service: Service) -> dict[str, Any]:
        """The one-to-one fields of a service."""
        document = _plain("service", service)
        document["organization"] = _plain("organization", self.organizations[service.organization_id])
        if service.program_id in self.programs:
            document["program"] = _program(self.programs[service.program_id])
        return document

    def service(self, service: Service) -> dict[str, Any]:
        """A service with everything that hangs on it."""
        document = self.service_entry(service)
        document["organization"] |= self._of_organization(service.organization_id)
        return document | self._of_service(service.id) | _some(service_at_locations=self._places(service.id))

    def listing_entry(self, listing: ServiceAtLocation) -> dict[str, Any]:
        """The one-to-one fields of a service at a location."""
        document = _plain("service_at_location", listing)
        location = self.locations[listing.location_id]
        document["location"] = _confidential(location) if location.confidential else _location(location)
        document["service"] = self.service_entry(self.services[listing.service_id])
        return document

    def listing(self, listing: ServiceAtLocation) -> dict[str, Any]:
        """A service at a location with everything that hangs on both; the service's other places are not told."""
        service = self.services[listing.service_id]
        nested = self.service_entry(service)
        nested["organization"] |= self._of_organization(service.organization_id)
        return self._listing(listing) | {"service": nested | self._of_service(service.id)}

    def organization(self, organization: Organization, *, full_service: bool) -> dict[str, Any]:
        """An organization with its places, programs and services and everything else that hangs on it."""
        services: list[dict[str, Any]] = []
        for service in self._of("service", "organization_id", organization.id):
            document = _plain("service", service)
            if service.program_id in self.programs:
                document["program"] = _program(self.programs[service.program_id])
            if full_service:
                document |= self._of_service(service.id) | _some(service_at_locations=self._places(service.id))
            services.append(document)
        return (
            _plain("organization", organization)
            | self._of_organization(organization.id)
            | _some(
                locations=[self._location(location) for location in self._of("location", "organization_id", organization.id)],
                programs=[_program(program) for program in self._of("program", "organization_id", organization.id)],
                services=services,
            )
        )

    def term(self, term: TaxonomyTerm) -> dict[str, Any]:
        """A term with its taxonomy."""
        document = _plain("taxonomy_term", term)
        if term.taxonomy_id is not None and (taxonomy := self.taxonomies.get(term.taxonomy_id)):
            document |= {"taxonomy": taxonomy.name, "taxonomy_detail": _taxonomy(taxonomy)}
        return document

    # What hangs on a record

    def _of_organization(self, organization: UUID) -> dict[str, Any]:
        return _some(
            phones=self._phones("organization_id", organization),
            contacts=self._contacts("organization_id", organization),
            attributes=self._attributes(organization),
        )

    def _of_service(self, service: UUID) -> dict[str, Any]:
        return _some(
            phones=self._phones("service_id", service),
            contacts=self._contacts("service_id", service),
            schedules=self._plain_list("schedule", "service_id", service),
            languages=self._plain_list("language", "service_id", service),
            cost_options=self._plain_list("cost_option", "service_id", service),
            required_documents=self._plain_list("required_document", "service_id", service),
            service_areas=self._plain_list("service_area", "service_id", service),
            capacities=[
                _plain("service_capacity", capacity) | {"unit": _plain("unit", self.units[capacity.unit_id])}
                for capacity in self._of("service_capacity", "service_id", service)
            ],
            attributes=self._attributes(service),
        )

    def _places(self, service: UUID) -> list[dict[str, Any]]:
        return [self._listing(listing) for listing in self._of("service_at_location", "service_id", service)]

    def _listing(self, listing: ServiceAtLocation) -> dict[str, Any]:
        location = self.locations[listing.location_id]
        document = _plain("service_at_location", listing) | {"location": self._location(location)}
        if location.confidential:
            return document
        return document | _some(
            phones=self._phones("service_at_location_id", listing.id),
            contacts=self._contacts("service_at_location_id", listing.id),
            schedules=self._plain_list("schedule", "service_at_location_id", listing.id),
            service_areas=self._plain_list("service_area", "service_at_location_id", listing.id),
            attributes=self._attributes(listing.id),
        )

    def _location(self, location: Location) -> dict[str, Any]:
        if location.confidential:
            return _confidential(location)
        return _location(location) | _some(
            addresses=[_plain("address", address) for address in self._of("address", "location_id", location.id) if _is_whole(address)],
            phones=self._phones("location_id", location.id),
            contacts=self._contacts("location_id", location.id),
            schedules=self._plain_list("schedule", "location_id", location.id),
            languages=self._plain_list("language", "location_id", location.id),
            accessibility=self._plain_list("accessibility", "location_id", location.id),
            attributes=self._attributes(location.id),
        )

    def _of(self, kind: str, field: str, owner: UUID) -> list[Any]:
        return self.owned.get((kind, field, owner), [])

    def _plain_list(self, kind: str, field: str, owner: UUID) -> list[dict[str, Any]]:
        return [self._told(kind, record) for record in self._of(kind, field, owner)]

    def _told(self, kind: str, record: Row) -> dict[str, Any]:
        """A record without the id of a confidential place."""
        document = _plain(kind, record)
        if getattr(record, "location_id", None) in self.secret:
            document.pop("location_id", None)
        return document

    def _phones(self, field: str, owner: UUID) -> list[dict[str, Any]]:
        return [
            self._told("phone", phone) | _some(languages=self._plain_list("language", "phone_id", phone.id))
            for phone in self._of("phone", field, owner)
            if self._may_show(phone)
        ]

    def _may_show(self, phone: Phone) -> bool:
        """What belongs to a confidential place alone stays with it; of a service there, only what answers a call."""
        if not self._is_at_secret(phone) and phone.service_id not in self.secret_services:
            return True
        return phone.service_id is not None and phone.type in PUBLIC_PHONES

    def _contacts(self, field: str, owner: UUID) -> list[dict[str, Any]]:
        return [
            _plain("contact", contact) | _some(phones=self._phones("contact_id", contact.id))
            for contact in self._of("contact", field, owner)
            if not self._is_at_secret(contact)
        ]

    def _is_at_secret(self, record: Phone | Contact) -> bool:
        return record.location_id in self.secret or record.service_at_location_id in self.secret_listings

    def _attributes(self, owner: UUID) -> list[dict[str, Any]]:
        return [
            _plain("attribute", attribute) | {"taxonomy_term": self.term(self.terms[attribute.taxonomy_term_id])}
            for attribute in self._of("attribute", "link_id", owner)
            if self.terms[attribute.taxonomy_term_id].taxonomy_id not in LICENSED
        ]


def _plain(kind: str, record: Row) -> dict[str, Any]:
    """The record's HSDS fields as JSON, without those that hold nothing."""
    ours = OURS.get(kind, frozenset())
    plain: dict[str, Any] = msgspec.to_builtins(record)
    return {name: value for name, value in plain.items() if value is not None and name not in ours}


def _location(location: Location) -> dict[str, Any]:
    """The one-to-one fields of a place that is not confidential."""
    document = _plain("location", location)
    if location.precision is Precision.NONE:
        document.pop("latitude", None)
        document.pop("longitude", None)
    return document


def _confidential(location: Location) -> dict[str, Any]:
    return {"id": str(location.id), "location_type": location.location_type, "name": CONFIDENTIAL_NAME}


def _program(program: Program) -> dict[str, Any]:
    return {"description": "", **_plain("program", program)}


def _taxonomy(taxonomy: Taxonomy) -> dict[str, Any]:
    return _plain("taxonomy", taxonomy)


def _some(**lists: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The lists that are not empty."""
    return {name: list(items) for name, items in lists.items() if items}


def _is_whole(address: Address) -> bool:
    """Whether an address says more than a country."""
    return bool(address.address_1 or address.city or address.postal_code)
