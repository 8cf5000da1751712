"""What the hub needs of the outside, where two real implementations exist today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from referral_hub.matching.search.model import SearchDocument, SearchPage, SearchQuery
from referral_hub.partners.addresses import Door
from referral_hub.partners.model import Precision

Place = tuple[float, float]
"""(latitude, longitude), WGS84 degrees."""


class DeliveryFailed(Exception):
    """A message could not be handed over; it is tried again. The text never holds an address."""


class Mail(Struct, frozen=True):
    """`id` stays the same when a mail is sent again."""

    id: UUID
    recipient: str
    subject: str
    body: str


class Text(Struct, frozen=True):
    """A text message; `id` as in Mail."""

    id: UUID
    recipient: str
    body: str


class Mailer(Protocol):
    """Hands mail on; returning means that the other side has taken it."""

    def send(self, mail: Mail) -> None:
        """Raises DeliveryFailed."""


class TextMessages(Protocol):
    """Hands text messages on, as Mailer does mail."""

    def send(self, text: Text) -> None:
        """Raises DeliveryFailed."""


class SearchIndex(Protocol):
    """Full text with typos tolerated, filters and counts; derived, and rebuilt from the database at any time."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Forget everything and hold these documents."""

    def apply(self, changes: Iterable[tuple[UUID, SearchDocument | None]]) -> bool:
        """Take over changed documents (None: the listing has gone); whether more than figures of room changed."""

    def fork(self) -> SearchIndex:
        """A copy that changes on its own: for a transaction that may be rolled back."""

    @property
    def is_worn(self) -> bool:
        """Whether so much has changed that the index should be rebuilt."""

    def warm(self, now: datetime) -> None:
        """Work out beforehand what the first search of a day would wait for."""

    def search(self, query: SearchQuery) -> SearchPage:
        """One page. Never an error, whatever is typed."""


class Spot(Struct, frozen=True, kw_only=True):
    """Where a postal code is: its middle, not a door."""

    postal_code: str
    city: str
    state: str
    county: str | None
    """FIPS, five digits."""
    latitude: float
    longitude: float
    timezone: str


class Located(Struct, frozen=True):
    """Where a door is: WGS84 degrees, what the point stands for, and who said so."""

    latitude: float
    longitude: float
    precision: Precision
    source: str


class GeocoderFailed(Exception):
    """A geocoding server is down, hangs or talks nonsense: it is asked again later. The text never holds an address."""


class Geocoder(Protocol):
    """From a postal code, or from an address, to a point."""

    @property
    def source(self) -> str:
        """Who answers: table | nominatim | census."""

    @property
    def pause_seconds(self) -> float:
        """What must lie between two addresses that are asked for, in all workers together; 0: nothing."""

    def locate(self, postal_code: str) -> Spot | None:
        """The spot of a ZIP code (five digits, or ZIP+4), from the table, asked of nobody; None for one that is not known."""

    def find(self, door: Door) -> Located | None:
        """The point of an address, near enough to its ZIP code or within its state; None for one that is not known.

        The address leaves the hub where a server answers: no confidential place is ever given.

        Raises:
            GeocoderFailed: no answer can be had now.
        """


class TravelTime(Protocol):
    """How long the way from a home takes."""

    @property
    def source(self) -> str:
        """Where its minutes come from: estimate | routed."""

    def minutes(self, home: Place, points: Sequence[Place], mode: str) -> list[float | None]:
        """Minutes to each point, in their order, finite and 0 or more; None for one that it does not know. Never an error.

        `mode` is car, transit, walk or none. A routing server learns home and points: only what may be told is given.
        """
