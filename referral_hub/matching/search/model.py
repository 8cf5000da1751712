"""What a search index is given, asked and answers."""

from __future__ import annotations

from datetime import datetime
from math import inf
from uuid import UUID

from msgspec import Struct

from referral_hub.matching.facts import Home
from referral_hub.partners.listing import Area

Place = tuple[float, float]
"""(latitude, longitude), WGS84 degrees."""
NO_HOURS = b"\x90"
"""An empty list in MessagePack: nothing is known of when it is open."""


class SearchDocument(Struct, frozen=True, kw_only=True):
    """What a listing is found, narrowed and counted by; `id` is the listing's. Nothing of where a confidential place is."""

    id: UUID
    name: str
    organization: str = ""
    other_names: str = ""
    terms: str = ""
    """Names of its taxonomy terms, and what people call them."""
    description: str = ""
    kinds: tuple[str, ...] = ()
    """Codes of its taxonomy terms."""
    languages: tuple[str, ...] = ()
    """Spoken or interpreted."""
    free: bool = False
    without_documents: bool = False
    takes_referrals: bool = True
    """False: paused or closed; found all the same, and last."""
    visited: bool = True
    """False: it comes to the patient, works from afar or is confidential: no distance is ever measured."""
    point: Place | None = None
    """None of a confidential place."""
    area: Area | None = None
    """Whom it reaches; for what is visited nobody asks."""
    hours: bytes = NO_HOURS
    """msgpack of its partners.listing.OpenHours."""
    timezone: str = "America/New_York"
    room: str = "unknown"
    """open | waitlist | full | unknown, until `room_until`."""
    room_until: float = inf
    """Seconds since 1970; after that its room is unknown."""


class SearchQuery(Struct, frozen=True, kw_only=True):
    """A search that was checked: words, what narrows it, and which of the hits are wanted."""

    now: datetime
    text: str = ""
    kinds: frozenset[str] | None = None
    """Any of these codes; None: any kind."""
    language: str | None = None
    open_at: datetime | None = None
    free: bool = False
    without_documents: bool = False
    home: Home | None = None
    """Where distances are measured from."""
    within_m: float | None = None
    first: int = 0
    count: int = 25


class Words(Struct, frozen=True, kw_only=True):
    """What a search took its words to mean: how an excerpt knows which words to mark."""

    stems: frozenset[str] = frozenset()
    """English stems, and Spanish ones as `es:STEM`."""
    beginnings: tuple[str, ...] = ()
    meanings: frozenset[int] = frozenset()
    """Numbers in partners.synonyms."""


class SearchPage(Struct, frozen=True, kw_only=True):
    """The wanted hits of a search, best first, and what was counted of all of them."""

    ids: list[UUID]
    total: int
    facets: dict[str, dict[str, int]]
    """taxonomy, language, availability, open, cost, documents, distance: value -> how many with it, all other filters applied."""
    words: Words = Words()
    corrected: str = ""
    """The text with its slips mended, where something was found only so; else empty."""
    is_partial: bool = False
    """No listing has all of the words: these have the most of them."""
    answered_by: str = "embedded"
    """embedded | meilisearch"""
    fallback: str = ""
    """Why the embedded index answered in place of a search server; empty where nothing went wrong."""
