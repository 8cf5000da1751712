"""The directory of partners: one Struct a table, with the names of HSDS 3.x.

Fields that HSDS does not have are marked (ours). Source: https://docs.openreferral.org, HSDS 3.1 and
3.2. Coordinates are WGS84 degrees, money is US dollars, ages are years (decimals).
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from msgspec import Struct, field


class ServiceStatus(StrEnum):
    """HSDS service.status."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEFUNCT = "defunct"
    TEMPORARILY_CLOSED = "temporarily closed"


class Precision(StrEnum):
    """(ours) What a coordinate stands for; a postal-code centroid errs by a mile at the median."""

    ROOFTOP = "rooftop"
    STREET = "street"
    POSTAL_CODE = "postal_code"
    NONE = "none"


class Reach(StrEnum):
    """(ours) How the help and the patient meet; only `visit` is a matter of distance."""

    VISIT = "visit"
    DELIVERED = "delivered"
    REMOTE = "remote"


class Row(Struct, frozen=True, kw_only=True):
    """A record of the directory."""

    id: UUID


class Organization(Row, frozen=True, kw_only=True):
    name: str
    description: str = ""
    alternate_name: str | None = None
    email: str | None = None
    website: str | None = None
    legal_status: str | None = None
    year_incorporated: int | None = None
    parent_organization_id: UUID | None = None
    sends: bool = False
    """(ours) a sender: its people may be care managers (a clinic, a health plan, a program)."""
    timezone: str = "America/New_York"
    """(ours) IANA name; business days and due times are on this calendar."""
    source: str = "portal"
    """(ours) which import or person it came from."""
    last_modified: datetime | None = None


class Program(Row, frozen=True, kw_only=True):
    organization_id: UUID
    name: str
    alternate_name: str | None = None
    description: str | None = None


class Service(Row, frozen=True, kw_only=True):
    organization_id: UUID
    name: str
    program_id: UUID | None = None
    alternate_name: str | None = None
    description: str | None = None
    url: str | None = None
    email: str | None = None
    status: ServiceStatus = ServiceStatus.ACTIVE
    interpretation_services: str | None = None
    application_process: str | None = None
    fees_description: str | None = None
    eligibility_description: str | None = None
    minimum_age: float | None = None
    maximum_age: float | None = None
    assured_date: date | None = None
    assurer_email: str | None = None
    licenses: str | None = None
    accreditations: str | None = None
    wait_time: str | None = None
    alert: str | None = None
    last_modified: datetime | None = None
    rule: dict[str, Any] | None = None
    """(ours) eligibility rule, the JSON of the contract; None: only `eligibility_description`, if that."""
    referrable: bool = True
    """(ours) False: active, but do not refer."""
    usual_ack_days: float | None = None
    """(ours) business days until this partner usually answers."""
    source: str = "portal"
    """(ours)"""


class Location(Row, frozen=True, kw_only=True):
    organization_id: UUID
    location_type: str = "physical"
    name: str | None = None
    alternate_name: str | None = None
    description: str | None = None
    transportation: str | None = None
    url: str | None = None
    latitude: float | None = None
    """None also for every confidential place: its point is sealed."""
    longitude: float | None = None
    precision: Precision = Precision.NONE
    """(ours)"""
    confidential: bool = False
    """(ours) a place that must not be found by its address (shelters for survivors of violence)."""
    source: str = "portal"
    """(ours)"""


class SealedLocation(Row, frozen=True, kw_only=True):
    """(ours) Where a confidential location really is; read by nothing that an outsider can see. `id` is the location's."""

    latitude: float | None = None
    longitude: float | None = None
    address: dict[str, Any] = field(default_factory=dict)


class ServiceAtLocation(Row, frozen=True, kw_only=True):
    service_id: UUID
    location_id: UUID
    description: str | None = None
    reach: Reach = Reach.VISIT
    """(ours)"""


class Address(Row, frozen=True, kw_only=True):
    location_id: UUID
    address_1: str
    city: str
    state_province: str
    postal_code: str
    country: str = "US"
    address_type: str = "physical"
    attention: str | None = None
    address_2: str | None = None
    region: str | None = None


class Phone(Row, frozen=True, kw_only=True):
    """Belongs to exactly the records whose ids it carries."""

    number: str
    location_id: UUID | None = None
    service_id: UUID | None = None
    organization_id: UUID | None = None
    contact_id: UUID | None = None
    service_at_location_id: UUID | None = None
    extension: int | None = None
    type: str | None = None
    description: str | None = None


class Contact(Row, frozen=True, kw_only=True):
    organization_id: UUID | None = None
    service_id: UUID | None = None
    service_at_location_id: UUID | None = None
    location_id: UUID | None = None
    name: str | None = None
    title: str | None = None
    department: str | None = None
    email: str | None = None


class Schedule(Row, frozen=True, kw_only=True):
    """An RRULE (RFC 5545) with opening hours; `closed` rows (ours) take hours away (holidays)."""

    service_id: UUID | None = None
    location_id: UUID | None = None
    service_at_location_id: UUID | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    dtstart: date | None = None
    until: date | None = None
    count: int | None = None
    freq: str | None = None
    """WEEKLY or MONTHLY."""
    interval: int | None = None
    byday: str | None = None
    """RRULE days: `MO,WE` or, monthly, `1TU,3TU`, `-1FR`."""
    bymonthday: str | None = None
    opens_at: str | None = None
    """Local wall clock, `HH:MM`; closes_at at or before opens_at: over midnight."""
    closes_at: str | None = None
    description: str | None = None
    closed: bool = False
    """(ours) an exception: closed from valid_from to valid_to."""


class Language(Row, frozen=True, kw_only=True):
    service_id: UUID | None = None
    location_id: UUID | None = None
    phone_id: UUID | None = None
    name: str | None = None
    code: str | None = None
    """ISO 639-1, or 639-3 where there is none (ASL: `ase`)."""
    note: str | None = None
    interpreted: bool = False
    """(ours) through an interpreter, not spoken by staff."""


class CostOption(Row, frozen=True, kw_only=True):
    service_id: UUID
    valid_from: date | None = None
    valid_to: date | None = None
    option: str | None = None
    currency: str | None = None
    amount: float | None = None
    amount_description: str | None = None


class RequiredDocument(Row, frozen=True, kw_only=True):
    service_id: UUID
    document: str
    uri: str | None = None
    code: str | None = None
    """(ours) a key of the patient's `documents` fact: `photo_id`, `proof_of_address`, `proof_of_income` ..."""
    alternatives: list[str] = field(default_factory=list)
    """(ours) document codes that do as well."""


class ServiceArea(Row, frozen=True, kw_only=True):
    service_id: UUID | None = None
    service_at_location_id: UUID | None = None
    name: str | None = None
    description: str | None = None
    extent: str | None = None
    extent_type: str | None = None
    uri: str | None = None
    area: dict[str, Any] | None = None
    """(ours) the typed area: {postal_codes, counties, cities, states: [str], polygon: [[lon, lat]], polygons, radius_m} (listing.Area)."""


class Unit(Row, frozen=True, kw_only=True):
    name: str
    scheme: str | None = None
    identifier: str | None = None
    uri: str | None = None


class ServiceCapacity(Row, frozen=True, kw_only=True):
    service_id: UUID
    unit_id: UUID
    available: int
    """What reservations leave of the figure that was said; never below 0, never above it."""
    updated: datetime
    """When `available` last changed, by a reservation too."""
    maximum: int | None = None
    description: str | None = None
    service_at_location_id: UUID | None = None
    """(ours) room at one place; None: of the whole service, shared by its places that have no figure of their own."""
    until: datetime | None = None
    """(ours) after this the figure is unknown."""
    waitlist: bool = False
    """(ours) with none available: a list is kept, rather than full."""
    stated: int | None = None
    """(ours) the figure as it was last said; None where nothing was ever reserved: `available` itself."""
    said_at: datetime | None = None
    """(ours) when somebody last said or confirmed the figure here; None where it came with an import."""
    said_by: UUID | None = None
    """(ours) the account of who said it."""
    refusals: int = 0
    """(ours) requests turned away for lack of room since the figure was said; above 0 there is none left until somebody says so again."""


class Reservation(Row, frozen=True, kw_only=True):
    """(ours) One place kept for one referral, whose id it has, as long as its state holds one."""

    service_id: UUID
    service_at_location_id: UUID
    since: datetime
    is_answered: bool
    """Accepted: who says a figure after that has counted it already."""
    service_capacity_id: UUID | None = None
    """The figure that it takes one off; None where none is said, or where the figure has counted it already."""


class Accessibility(Row, frozen=True, kw_only=True):
    location_id: UUID
    description: str | None = None
    details: str | None = None
    url: str | None = None
    code: str | None = None
    """(ours) a word of the patient's accessibility needs: `wheelchair`, `step_free`, `asl` ..."""


class Taxonomy(Row, frozen=True, kw_only=True):
    name: str
    description: str = ""
    uri: str | None = None
    version: str | None = None


class TaxonomyTerm(Row, frozen=True, kw_only=True):
    code: str
    name: str
    description: str = ""
    parent_id: UUID | None = None
    taxonomy_id: UUID | None = None


class Attribute(Row, frozen=True, kw_only=True):
    """Links a record (`link_entity`: service, location ...) to a taxonomy term."""

    link_id: UUID
    taxonomy_term_id: UUID
    link_entity: str
    link_type: str | None = None
    value: str | None = None
    label: str | None = None


class SourceRecord(Row, frozen=True, kw_only=True):
    """(ours) Which of our records a row of an import became, so that the next import updates it."""

    source: str
    kind: str
    """The name of our table."""
    source_id: str
    record_id: UUID
    row: int | None = None
    merged: bool = False
    """What the row said was merged into another record: what it says of itself is no longer taken."""


class DirectoryRows(Struct, kw_only=True):
    """A whole directory, or a part of one, as rows: what an import reads, what an export writes.

    One list a table, under the table's HSDS name in the singular.
    """

    organization: list[Organization] = field(default_factory=list)
    program: list[Program] = field(default_factory=list)
    service: list[Service] = field(default_factory=list)
    location: list[Location] = field(default_factory=list)
    sealed_location: list[SealedLocation] = field(default_factory=list)
    service_at_location: list[ServiceAtLocation] = field(default_factory=list)
    address: list[Address] = field(default_factory=list)
    contact: list[Contact] = field(default_factory=list)
    phone: list[Phone] = field(default_factory=list)
    schedule: list[Schedule] = field(default_factory=list)
    language: list[Language] = field(default_factory=list)
    cost_option: list[CostOption] = field(default_factory=list)
    required_document: list[RequiredDocument] = field(default_factory=list)
    service_area: list[ServiceArea] = field(default_factory=list)
    unit: list[Unit] = field(default_factory=list)
    service_capacity: list[ServiceCapacity] = field(default_factory=list)
    accessibility: list[Accessibility] = field(default_factory=list)
    taxonomy: list[Taxonomy] = field(default_factory=list)
    taxonomy_term: list[TaxonomyTerm] = field(default_factory=list)
    attribute: list[Attribute] = field(default_factory=list)
    source_record: list[SourceRecord] = field(default_factory=list)
