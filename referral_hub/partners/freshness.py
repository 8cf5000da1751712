"""How far a listing can be trusted: when it was last confirmed, and whether its room is still known."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from referral_hub.partners.listing import Capacity

FRESH_DAYS = 90
STALE_DAYS = 180


class Freshness(StrEnum):
    FRESH = "fresh"
    AGING = "aging"
    STALE = "stale"


def freshness(assured: date | None, today: date) -> Freshness:
    """Fresh below 90 days, aging from 90 to 180, stale after that or never confirmed."""
    if assured is None:
        return Freshness.STALE
    days = (today - assured).days
    if days < FRESH_DAYS:
        return Freshness.FRESH
    return Freshness.AGING if days <= STALE_DAYS else Freshness.STALE


def availability(capacity: Capacity | None, now: datetime) -> str:
    """One of open, waitlist, full, unknown; a figure past its date says nothing."""
    if capacity is None or (capacity.until is not None and capacity.until < now):
        return "unknown"
    if capacity.available > 0:
        return "open"
    return "waitlist" if capacity.waitlist else "full"
