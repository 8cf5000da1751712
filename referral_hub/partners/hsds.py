"""HSDS 3.2 documents of our rows: what anybody may read of the directory. Pure.

Fields that hold nothing are left out. A confidential place is a name and nothing else: no address,
no point, no telephone, hours or contact of its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from referral_hub.partners.model import Address, DirectoryRows, Location, Phone, Precision, Row, Service

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
_INSTANTS = frozenset({"last_modified", "updated"})
_OWNED = (
    "phone", "schedule", "language", "cost_option", "required_document", "service_area", "service_capacity", "contact", "address",
    "accessibility", "service_at_location", "attribute",
)  # fmt: skip
"""Kinds whose records hang on another by an id."""
PUBLIC_PHONES = frozenset({None, "voice", "text", "textphone", "cell"})
"""A fax machine stands at a place; it is not told for a confidential one."""


def list_document(service: Service, rows: DirectoryRows) -> dict[str, Any]:
    """One entry of `GET /services`: the one-to-one fields, with organization and program."""
    return _Documents(rows).brief(service)


def minimal_document(service: Service) -> dict[str, Any]:
    """An entry of `GET /services?minimal=true`: the id and when it last changed."""
    changed = {"modified_date": service.last_modified.isoformat()} if service.last_modified else {}
    return {"id": str(service.id), **changed}


def service_documents(rows: DirectoryRows) -> list[dict[str, Any]]:
    """Every service of `rows` fully nested, as `GET /services/{id}` answers, in their order."""
    documents = _Documents(rows)
    return [documents.full(service) for service in rows.service]


class _Documents:
    def __init__(self, rows: DirectoryRows) -> None:
        self.rows = rows
        self.organizations = {organization.id: organization for organization in rows.organization}
        self.programs = {program.id: program for program in rows.program}
        self.locations = {location.id: location for location in rows.location}
        self.units = {unit.id: unit for unit in rows.unit}
        self.terms = {term.id: term for term in rows.taxonomy_term}
        self.taxonomies = {taxonomy.id: taxonomy for taxonomy in rows.taxonomy}
        self.secret = {location.id for location in rows.location if location.confidential}
        self.secret_services = {listing.service_id for listing in rows.service_at_location if listing.location_id in self.secret}
        self.owned: dict[tuple[str, str, UUID], list[Any]] = {}
        for kind in _OWNED:
            for record in getattr(rows, kind):
                for field in record.__struct_fields__:
                    owner = getattr(record, field) if field.endswith("_id") else None
                    if isinstance(owner, UUID):
                        self.owned.setdefault((kind, field, owner), []).append(record)

    def brief(self, service: Service) -> dict[str, Any]:
        """The one-to-one fields of a service."""
        document = _plain("service", service)
        organization = self.organizations[service.organization_id]
        document["organization"] = _plain("organization", organization)
        if service.program_id in self.programs:
            document["program"] = {"description": "", **_plain("program", self.programs[service.program_id])}
        return document

    def full(self, service: Service) -> dict[str, Any]:
        """A service with everything that hangs on it."""
        document = self.brief(service)
        organization = service.organization_id
        document["organization"] |= _some(
            phones=self._phones("organization_id", organization),
            contacts=self._contacts("organization_id", organization),
            attributes=self._attributes(organization),
        )
        return document | _some(
            phones=self._phones("service_id", service.id),
            contacts=self._contacts("service_id", service.id),
            schedules=self._plain_list("schedule", "service_id", service.id),
            languages=self._plain_list("language", "service_id", service.id),
            cost_options=self._plain_list("cost_option", "service_id", service.id),
            required_documents=self._plain_list("required_document", "service_id", service.id),
            service_areas=self._plain_list("service_area", "service_id", service.id),
            capacities=[
                _plain("service_capacity", capacity) | {"unit": _plain("unit", self.units[capacity.unit_id])}
                for capacity in self._of("service_capacity", "service_id", service.id)
            ],
            attributes=self._attributes(service.id),
            service_at_locations=[self._listing(listing) for listing in self._of("service_at_location", "service_id", service.id)],
        )

    def _listing(self, listing: Any) -> dict[str, Any]:
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
            return {"id": str(location.id), "location_type": location.location_type, "name": CONFIDENTIAL_NAME}
        document = _plain("location", location)
        if location.precision is Precision.NONE:
            document.pop("latitude", None)
            document.pop("longitude", None)
        return document | _some(
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
        if phone.location_id not in self.secret and phone.service_id not in self.secret_services:
            return True
        return phone.service_id is not None and phone.type in PUBLIC_PHONES

    def _contacts(self, field: str, owner: UUID) -> list[dict[str, Any]]:
        return [
            _plain("contact", contact) | _some(phones=self._phones("contact_id", contact.id))
            for contact in self._of("contact", field, owner)
            if contact.location_id not in self.secret
        ]

    def _attributes(self, owner: UUID) -> list[dict[str, Any]]:
        documents = []
        for attribute in self._of("attribute", "link_id", owner):
            term = self.terms[attribute.taxonomy_term_id]
            nested = _plain("taxonomy_term", term) | {"description": term.description}
            if term.taxonomy_id is not None and (taxonomy := self.taxonomies.get(term.taxonomy_id)):
                nested |= {
                    "taxonomy": taxonomy.name,
                    "taxonomy_detail": _plain("taxonomy", taxonomy) | {"description": taxonomy.description},
                }
            documents.append(_plain("attribute", attribute) | {"taxonomy_term": nested})
        return documents


def _plain(kind: str, record: Row) -> dict[str, Any]:
    """The record's HSDS fields as JSON, without those that hold nothing."""
    ours = OURS.get(kind, frozenset())
    document = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name not in ours and value is not None:
            document[name] = value.isoformat() if name in _INSTANTS else msgspec.to_builtins(value)
    return document


def _some(**lists: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The lists that are not empty."""
    return {name: list(items) for name, items in lists.items() if items}


def _is_whole(address: Address) -> bool:
    """Whether an address says more than a country."""
    return bool(address.address_1 or address.city or address.postal_code)
