"""What the hub needs of the outside, where two real implementations exist today."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from referral_hub.partners.addresses import Door
from referral_hub.partners.model import Precision


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


class SearchDocument(Struct, frozen=True, kw_only=True):
    """What can be found of a listing; `id` is the listing's. Nothing of a confidential place is in it."""

    id: UUID
    name: str
    organization: str = ""
    other_names: str = ""
    terms: str = ""
    """Names of its taxonomy terms, and what people call them."""
    description: str = ""


class Hit(Struct, frozen=True):
    """A found document: the higher the score, the better; the snippet is plain text."""

    id: UUID
    score: float
    snippet: str


class SearchIndex(Protocol):
    """Full text with typos tolerated; derived, and rebuilt from the database at any time."""

    def rebuild(self, documents: Iterable[SearchDocument]) -> None:
        """Forget everything and hold these documents."""

    def search(self, text: str) -> list[Hit]:
        """Hits, best first; none for a text without a word. Never an error, whatever is typed."""


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


Place = tuple[float, float]
"""(latitude, longitude), WGS84 degrees."""


class TravelTime(Protocol):
    """How long the way from a home takes."""

    @property
    def source(self) -> str:
        """Where its minutes come from: estimate | routed."""

    def minutes(self, home: Place, points: Sequence[Place], mode: str) -> list[float | None]:
        """Minutes to each point, in their order, finite and 0 or more; None for one that it does not know. Never an error.

        `mode` is car, transit, walk or none. A routing server learns home and points: only what may be told is given.
        """
