"""How far a listing can be trusted: when it was last confirmed, and whether its room is still known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from referral_hub.partners.listing import Capacity
from referral_hub.partners.units import PLACES, name_unit

FRESH_DAYS = 90
STALE_DAYS = 180
ROOM_DAYS: dict[str, int] = {PLACES: 30, "beds": 7, "rooms": 7, "rides": 7, "seats": 7, "appointments": 14, "meals": 14}
"""How many days a figure of room is believed, by what is counted; what is not named here counts as places. Unless the network set it."""
ROOM_DAYS_SETTING = "room_days"


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


def room_days(unit: str, table: Mapping[str, int]) -> int:
    """How many days a figure counted in this unit is believed; the unit may be written as one or as many."""
    return table.get(name_unit(2, unit).lower(), table[PLACES])


def known_until(said: datetime, until: datetime | None, days: int) -> datetime:
    """When a figure stops to be known: the date that came with it, or the end of its last day (UTC), whichever is first."""
    too_old = datetime.combine(said.astimezone(UTC).date() + timedelta(days=days + 1), time.min, UTC)
    return too_old if until is None else min(until, too_old)


def availability(capacity: Capacity | None, now: datetime) -> str:
    """One of open, waitlist, full, unknown; a figure past its date says nothing."""
    if capacity is None or (capacity.until is not None and capacity.until < now):
        return "unknown"
    if capacity.available > 0:
        return "open"
    return "waitlist" if capacity.waitlist else "full"
