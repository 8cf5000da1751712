"""What a match and a search say: the shapes of their answers."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct, field

from referral_hub.matching.area_median import AreaMedian
from referral_hub.matching.eligibility import Finding, NearMiss
from referral_hub.matching.questions import Question
from referral_hub.matching.ranking import Cost
from referral_hub.partners.hours import Interval
from referral_hub.partners.listing import Named, Point


class HeldDocument(Struct, frozen=True):
    """`held` is None where nobody knows."""

    name: str
    held: bool | None


class Match(Struct, frozen=True, kw_only=True):
    """One service at one place that may help; `minutes` is `travel_minutes` and every cost."""

    service_at_location_id: UUID
    service: Named
    organization: Named
    location: Named
    verdict: str
    """eligible | maybe | ineligible"""
    findings: list[Finding]
    ask: list[str]
    documents: list[HeldDocument]
    distance_m: float | None
    """Metres; None where the place is hidden, comes to the patient, or is not known."""
    distance_is: str
    """exact | about | none"""
    minutes: float
    travel_minutes: float
    travel_is: str
    """estimate | routed"""
    costs: list[Cost]
    availability: str
    """open | waitlist | full | unknown"""
    open: list[Interval]
    """Within the patient's windows; without windows, of the next seven days."""
    languages: list[str]
    interpreted_languages: list[str]
    terms: list[str]
    point: Point | None
    confidential: bool
    delivered: bool
    remote: bool
    assured_date: date | None
    failing: list[list[Finding]] = []
    """Of an ineligible one the minimal failing sets: each alone makes the rule fail, no smaller one does."""
    near_misses: list[NearMiss] = []
    """Of an ineligible one what would have to change, if that is near."""


class HomeUsed(Struct, frozen=True, kw_only=True):
    """The home that a match reckoned with: what was given, and where no point was, what the ZIP code tells."""

    postal_code: str | None
    city: str | None
    county: str | None
    state: str | None
    latitude: float | None
    longitude: float | None
    precision: str = field(name="is")
    """exact: the point was given; about: it is the ZIP code's; none: no point is known."""


class MatchAnswer(Struct, frozen=True, kw_only=True):
    """POST /api/matches."""

    matches: list[Match]
    questions: list[Question]
    total: int
    """Of all matches, of which `matches` are the best."""
    unplaced: int
    """Places that only their missing coordinates keep out."""
    enough: bool
    """Something is eligible and has room: no more need be asked."""
    index_version: int
    home: HomeUsed | None = None
    """Where distances were measured from; None where nothing is known of the home."""


class SearchRequest(Struct, frozen=True, kw_only=True):
    """GET /api/services."""

    search: str = ""
    taxonomy: list[str] = []
    near: str | None = None
    """LAT,LON or a ZIP code."""
    within_m: float | None = None
    open_at: str | None = None
    open_now: bool = False
    free: bool = False
    no_documents: bool = False
    """Nothing need be brought along."""
    language: str | None = None
    page: int = 1
    per_page: int = 25


class Marks(Struct, frozen=True, kw_only=True):
    """Which parts of a hit's texts were looked for: [start, end) in characters, in order, never overlapping."""

    service: list[tuple[int, int]] = []
    organization: list[tuple[int, int]] = []
    snippet: list[tuple[int, int]] = []


class ServiceFound(Struct, frozen=True, kw_only=True):
    """One service at one place."""

    service_at_location_id: UUID
    service: Named
    organization: Named
    location: Named
    terms: list[str]
    snippet: str
    """The part of its description that has most of the words; plain text."""
    marks: Marks
    distance_m: float | None
    distance_is: str
    point: Point | None
    availability: str
    languages: list[str]
    interpreted_languages: list[str]
    assured_date: date | None
    confidential: bool
    delivered: bool
    remote: bool
    active: bool
    referrable: bool


class Facet(Struct, frozen=True):
    """How many of the found listings have a value."""

    value: str
    name: str
    count: int


class SearchAnswer(Struct, frozen=True, kw_only=True):
    """One page of what was found, and the facets of all of it."""

    items: list[ServiceFound]
    total: int
    page: int
    per_page: int
    facets: dict[str, list[Facet]]
    """taxonomy, language, availability, open, cost, documents, distance (metres): the most frequent first.

    Each is counted with all filters but its own: what one would get by choosing another value.
    """
    index_version: int
    corrected: str = ""
    """The text that was searched for instead, where only that found something; else empty."""
    is_partial: bool = False
    """No service has all of the words: these have the most of them."""
    answered_by: str = "embedded"
    """embedded | meilisearch"""
    fallback: str = ""
    """Why the embedded index answered in place of the search server; empty where nothing went wrong."""


class Snapshot(Struct, frozen=True, kw_only=True):
    """A verdict as it is kept with a referral: a later "not eligible" is traced to a fact or to a rule."""

    verdict: str
    findings: list[Finding]
    ask: list[str]
    facts: dict[str, object]
    rule: dict[str, object] | None
    guideline_year: int
    area_median: AreaMedian | None = None
    """Of the home's county or state, by which a rule about it was judged; None where the home or its figure was not known."""
    at: str
    """RFC 3339."""
    failing: list[list[Finding]] = []
    near_misses: list[NearMiss] = []
    """As in a match; neither goes to a partner."""
