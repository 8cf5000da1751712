"""The room meter: places left of places, how old the figure is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec import Struct

from referral_hub.partners.listing import Capacity

MOST = 20
"""Beyond this many places the meter is one bar, not one box a place."""
WIDTH = 240.0
GAP = 3.0


class Box(Struct, frozen=True):
    x: float
    width: float
    free: bool


class Meter(Struct, frozen=True):
    words: str
    boxes: tuple[Box, ...]
    updated: datetime | None


def draw_room(availability: str, capacity: Capacity | None, now: datetime) -> Meter:
    """What can be said and drawn of the room at a place."""
    if capacity is None or (capacity.until is not None and capacity.until < now) or availability == "unknown":
        return Meter("Room not known: call first", (), capacity.updated if capacity else None)
    unit = capacity.unit or "places"
    if capacity.available <= 0:
        words = "No room now, a list is kept" if availability == "waitlist" or capacity.waitlist else "No room now"
    elif capacity.maximum:
        words = f"Room for {capacity.available} of {capacity.maximum} ({unit})"
    else:
        words = f"Room for {capacity.available} ({unit})"
    return Meter(words, tuple(_boxes(max(capacity.available, 0), capacity.maximum)), capacity.updated)


def _boxes(available: int, maximum: int | None) -> Iterator[Box]:
    if not maximum:
        return
    if maximum <= MOST:
        width = (WIDTH - GAP * (maximum - 1)) / maximum
        for place in range(maximum):
            yield Box(round(place * (width + GAP), 1), round(width, 1), place < available)
        return
    free = WIDTH * min(available / maximum, 1)
    yield Box(0, WIDTH, free=False)
    yield Box(0, round(free, 1), free=True)
