"""What the hub keeps of geocoding: which points it made itself, what a server said, and when it may be asked again."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from msgspec import Struct

from referral_hub.partners.addresses import Door, normal_address
from referral_hub.partners.model import Address, Location, Precision

KEEPS_FOR = timedelta(days=180)
"""A point that was found; houses seldom move."""
KEEPS_NONE_FOR = timedelta(days=7)
"""That nothing was found."""
RETRIES_AFTER = timedelta(hours=1)
"""A place that has only its ZIP code's point, since the server gave no answer."""


class GeocodedPlace(Struct, frozen=True, kw_only=True):
    """The last attempt at a location; `id` is the location's. The point is None where none was found."""

    id: UUID
    written: str
    """The address as it was then (`written_address`): another one is a new attempt."""
    answer_key: str
    """Of the stored answer; "" where no server was asked."""
    source: str
    """table | nominatim | census: who gave the point."""
    latitude: float | None = None
    longitude: float | None = None
    precision: Precision = Precision.NONE
    tried_at: datetime


class GeocoderAnswer(Struct, frozen=True, kw_only=True):
    """What a server said of an address, until it expires; the point is None where it knew none."""

    key: str
    latitude: float | None = None
    longitude: float | None = None
    precision: Precision = Precision.NONE
    answered_at: datetime
    expires_at: datetime


class GeocoderTurn(Struct, frozen=True, kw_only=True):
    """When a server may be asked again by any worker of the hub."""

    source: str
    next_at: datetime


class WaitingPlace(Struct, frozen=True, kw_only=True):
    """An open place without a point of its own, and its address."""

    location_id: UUID
    address: Address


def door_of(address: Address) -> Door:
    """What a geocoder is told: number and street without the unit, as the post writes them."""
    normal = normal_address(address.address_1, address.address_2 or "", address.city, address.state_province, address.postal_code)
    return Door(normal.street if normal.has_number else "", normal.city, normal.state, normal.postal_code)


def answer_key(source: str, door: Door) -> str:
    """Under which an answer is kept."""
    return f"{source}|{door.street}|{door.city}|{door.state}|{door.postal_code}"


def written_address(address: Address) -> str:
    """An address as it is stored, on one line; storage makes the same line."""
    return "|".join((address.address_1, address.address_2 or "", address.city, address.state_province, address.postal_code))


def is_ours(location: Location, tried: GeocodedPlace | None) -> bool:
    """Whether the point of a place is the one that geocoding made, and nobody gave it another since."""
    point = (location.latitude, location.longitude)
    return tried is not None and location.latitude is not None and point == (tried.latitude, tried.longitude)
