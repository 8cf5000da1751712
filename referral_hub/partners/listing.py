"""A listing: one service at one place, flat, with everything that matching uses.

The same record goes to `GET /api/service-at-locations`, to the match and, in part, to pages. The
point of a confidential place is never in it: no reader of a listing can give away what it has not got.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw, Struct

from referral_hub.partners.model import Precision


class Named(Struct, frozen=True):
    id: UUID
    name: str


class Point(Struct, frozen=True):
    """WGS84 degrees."""

    latitude: float
    longitude: float
    precision: Precision


class Area(Struct, frozen=True):
    """A service area; one list, a polygon or the radius that holds the home is enough."""

    postal_codes: list[str] = []
    counties: list[str] = []
    """FIPS, five digits."""
    cities: list[str] = []
    states: list[str] = []
    """Two letters."""
    polygon: list[tuple[float, float]] | None = None
    """Ring of (longitude, latitude), as GeoJSON has it."""
    radius_m: float | None = None
    """Around the listing's own point."""
    polygons: list[list[list[tuple[float, float]]]] = []
    """Where one ring is not enough: GeoJSON MultiPolygon coordinates, of each polygon the outer ring and then its holes."""


class OpenHours(Struct, frozen=True):
    """One schedule row, see partners.model.Schedule."""

    opens_at: str | None = None
    closes_at: str | None = None
    freq: str | None = None
    interval: int | None = None
    byday: str | None = None
    bymonthday: str | None = None
    dtstart: date | None = None
    until: date | None = None
    count: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    description: str | None = None
    closed: bool = False


class Document(Struct, frozen=True):
    name: str
    code: str | None = None
    alternatives: list[str] = []


class Capacity(Struct, frozen=True):
    """A figure of room as others see it."""

    available: int
    """What reservations leave of what was said."""
    unit: str
    updated: datetime
    """When it was last said or confirmed."""
    maximum: int | None = None
    until: datetime | None = None
    """After this it is unknown: the date that came with it, or when it is too old; None while only a word of the partner ends it."""
    waitlist: bool = False


class Listing(Struct, frozen=True, kw_only=True):
    """`id` is the service_at_location's."""

    id: UUID
    service: Named
    organization: Named
    location: Named
    """The place's name is 'Confidential location' where it is one."""
    terms: list[str]
    """Taxonomy codes."""
    point: Point | None
    confidential: bool
    delivered: bool
    remote: bool
    service_area: Area | None
    rule: dict[str, Any] | None
    """The stored rule; where there is only prose, {"type": "text", "text": ...}; None: open to all."""
    documents: list[Document]
    schedule: list[OpenHours]
    timezone: str
    languages: list[str]
    interpreted_languages: list[str]
    accessibility: list[str]
    availability: str
    """open | waitlist | full | unknown"""
    capacity: Capacity | None
    assured_date: date | None
    usual_ack_days: float | None
    active: bool
    referrable: bool
    free: bool | None = None
    """Whether it costs the patient nothing; None where nobody says."""


class PackedListing(Struct, frozen=True, kw_only=True):
    """A listing's record as a match reads it: what its answer does not need is passed over.

    Rule and hours stay as they are packed. Equal ones are equal bytes, so each is read once and then known again.
    """

    id: UUID
    service: Named
    organization: Named
    location: Named
    terms: list[str]
    point: Point | None
    confidential: bool
    delivered: bool
    remote: bool
    rule: Raw
    documents: list[Document]
    schedule: Raw
    timezone: str
    languages: list[str]
    interpreted_languages: list[str]
    capacity: Capacity | None
    assured_date: date | None
    usual_ack_days: float | None


encode_listing = msgspec.msgpack.Encoder(order="deterministic").encode
"""A record: equal parts of listings are equal bytes."""
decode_listing = msgspec.msgpack.Decoder(Listing).decode
decode_packed = msgspec.msgpack.Decoder(PackedListing).decode


def pack(listing: Listing) -> PackedListing:
    """A listing as it would be read from its record."""
    return decode_packed(encode_listing(listing))


class PhoneNumber(Struct, frozen=True, kw_only=True):
    number: str
    extension: int | None = None
    type: str | None = None
    description: str | None = None


class Fee(Struct, frozen=True):
    option: str | None
    amount: float | None
    """US dollars."""
    description: str | None = None


class ListingDetails(Struct, frozen=True, kw_only=True):
    """What pages and letters show of a listing beside what matching uses; `id` is the listing's."""

    id: UUID
    description: str | None = None
    organization_description: str | None = None
    place_note: str | None = None
    address: list[str] | None = None
    """Lines as on an envelope; None for a confidential place and where none is known."""
    transportation: str | None = None
    phones: list[PhoneNumber] = []
    """Of the listing, else the service, else the place, else the organization."""
    email: str | None = None
    website: str | None = None
    status: str = "active"
    """HSDS service.status."""
    alert: str | None = None
    application_process: str | None = None
    fees_description: str | None = None
    fees: list[Fee] = []
    eligibility_description: str | None = None
    interpretation_services: str | None = None
    wait_time: str | None = None
    documents: list[Document] = []
