"""The order of a match: everything costs minutes, and each cost is one line that a person can add up."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from msgspec import Struct

from referral_hub.matching.eligibility import Verdict, same_language
from referral_hub.partners.freshness import Freshness, freshness
from referral_hub.partners.listing import Listing

SLOW_ACK_DAYS = 2.0
"""Business days; a partner that usually takes longer is slow."""

COSTS: dict[str, tuple[float, str]] = {
    "maybe": (15, "It is not certain yet that the patient can get it"),
    "availability_unknown": (5, "Nobody has said whether there is room"),
    "waitlist": (30, "There is a waitlist"),
    "full": (60, "It is full"),
    "closed_in_windows": (20, "Not known to be open at the times when the patient can go"),
    "language_missing": (20, "The patient's language is neither spoken nor interpreted"),
    "language_interpreted": (5, "The patient's language is spoken through an interpreter"),
    "aging": (5, "Last confirmed 90 to 180 days ago"),
    "stale": (10, "Not confirmed for more than 180 days"),
    "slow": (5, "This partner usually takes more than 2 business days to answer"),
}
"""Minutes and the words that explain them; the one place where either stands."""


class Cost(Struct, frozen=True):
    why: str
    minutes: float


class Score(Struct, frozen=True):
    """Why a listing stands where it stands: `minutes` is `travel_minutes` and every cost."""

    minutes: float
    travel_minutes: float
    costs: list[Cost]


def costs_of(
    listing: Listing, *, verdict: Verdict, availability: str, today: date, languages: list[str] | None, is_open: bool | None
) -> list[Cost]:
    """The costs that apply; `is_open` is None where the patient named no times."""
    age = freshness(listing.assured_date, today)
    applies = (
        ("maybe", verdict is Verdict.UNKNOWN),
        ("availability_unknown", availability == "unknown"),
        ("waitlist", availability == "waitlist"),
        ("full", availability == "full"),
        ("closed_in_windows", is_open is False),
        (_language_cost(listing, languages), True),
        ("aging", age is Freshness.AGING),
        ("stale", age is Freshness.STALE),
        ("slow", listing.usual_ack_days is not None and listing.usual_ack_days > SLOW_ACK_DAYS),
    )
    return [Cost(COSTS[name][1], COSTS[name][0]) for name, does in applies if does and name]


def _language_cost(listing: Listing, wanted: list[str] | None) -> str:
    if not wanted or _shares(wanted, listing.languages):
        return ""
    return "language_interpreted" if _shares(wanted, listing.interpreted_languages) else "language_missing"


def _shares(wanted: list[str], offered: list[str]) -> bool:
    return any(same_language(mine, theirs) for mine in wanted for theirs in offered)


def score(travel: float, costs: list[Cost]) -> Score:
    """The sum, to a millionth of a minute: what is compared is what is shown."""
    travel = round(travel, 6)
    return Score(round(travel + sum(cost.minutes for cost in costs), 6), travel, costs)


def sort_key(scored: Score, service_name: str, listing_id: UUID) -> tuple[float, str, str]:
    """Minutes, then the service's name, then the id."""
    return (scored.minutes, service_name, str(listing_id))
