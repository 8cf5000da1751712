"""The order of a match: everything costs minutes, and each cost is one line that a person can add up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from uuid import UUID

from msgspec import Struct

from referral_hub.matching.costs import WHY
from referral_hub.matching.eligibility import Verdict, same_language
from referral_hub.partners.freshness import Freshness, freshness
from referral_hub.partners.listing import Listing, PackedListing

MILLIONTH = 6
"""Digits of a minute that count."""
SLOW_ACK_DAYS = 2.0
"""Business days; a partner that usually takes longer is slow."""


class Cost(Struct, frozen=True):
    """One line of the explanation; `name` is a row of `costs.KINDS`."""

    why: str
    minutes: float
    name: str


class Score(Struct, frozen=True):
    """Why a listing stands where it stands: `minutes` is `travel_minutes` and every cost."""

    minutes: float
    travel_minutes: float
    costs: list[Cost]


def costs_of(
    listing: Listing | PackedListing,
    *,
    verdict: Verdict,
    availability: str,
    today: date,
    languages: list[str] | None,
    is_open: bool | None,
    minutes: Mapping[str, float],
) -> list[Cost]:
    """The costs that apply, by the table in force (`minutes` by name); one of no minutes is no line.

    `is_open` is None where the patient named no times.
    """
    applies = (
        "maybe" if verdict is Verdict.UNKNOWN else "",
        _ROOM_COSTS[availability],
        "closed_in_windows" if is_open is False else "",
        _language_cost(listing, languages) if languages else "",
        _AGE_COSTS[freshness(listing.assured_date, today)],
        "slow" if listing.usual_ack_days is not None and listing.usual_ack_days > SLOW_ACK_DAYS else "",
    )
    return [line for name in applies if name and (line := _line(name, minutes[name]))]


@lru_cache(maxsize=1024)
def _line(name: str, minutes: float) -> Cost | None:
    """Every match has the same few lines, as long as the table is the same."""
    counted = round(minutes, MILLIONTH)
    return Cost(WHY[name], counted, name) if counted else None


_ROOM_COSTS = {"open": "", "unknown": "availability_unknown", "waitlist": "waitlist", "full": "full"}
_AGE_COSTS = {Freshness.FRESH: "", Freshness.AGING: "aging", Freshness.STALE: "stale"}


def _language_cost(listing: Listing | PackedListing, wanted: list[str]) -> str:
    if _shares(wanted, listing.languages):
        return ""
    return "language_interpreted" if _shares(wanted, listing.interpreted_languages) else "language_missing"


def _shares(wanted: list[str], offered: list[str]) -> bool:
    return any(same_language(mine, theirs) for mine in wanted for theirs in offered)


def score(travel: float, costs: list[Cost]) -> Score:
    """The sum, to a millionth of a minute: what is compared is what is shown."""
    travel = round(travel, MILLIONTH)
    return Score(round(travel + sum(cost.minutes for cost in costs), MILLIONTH), travel, costs)


def sort_key(scored: Score, service_name: str, listing_id: UUID) -> tuple[float, str, int]:
    """Minutes, then the service's name, then the id, whose number has the order of its letters."""
    return (scored.minutes, service_name, listing_id.int)


def add_up(parts: Sequence[float], digits: int) -> list[float]:
    """The minutes of `parts` as they are printed, so that what is printed adds up to the printed sum.

    Rounding each alone does not: 0.4 + 0.4 is 0.8, printed whole as 0 + 0 = 1. Each part is cut, and what is then
    missing goes to those that lost most (the largest remainder, the earlier part of two equal ones). A whole part
    stays as it is; no part moves by a unit of the last digit or more.
    """
    unit = 10 ** (MILLIONTH - digits)
    exact = [round(part * 10**MILLIONTH) for part in parts]
    units = [part // unit for part in exact]
    missing = round(round(sum(exact) / 10**MILLIONTH, digits) * 10**digits) - sum(units)
    for place in sorted(range(len(exact)), key=lambda place: -(exact[place] % unit))[:missing]:
        units[place] += 1
    return [one / 10**digits for one in units]
