"""How long the way takes, and what that does to the order: the estimate, or a routing server where there is one.

The match ranks everything by the estimate; the best hundred are then timed by the server and put in order
again. Each number says which of the two it came from.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

from msgspec import Struct

from referral_hub.adapters.travel import travel_time_of
from referral_hub.matching.ranking import Cost, Score, score, sort_key
from referral_hub.matching.reach import distance_m, is_visited, travel_minutes
from referral_hub.partners.listing import PackedListing, Point
from referral_hub.ports import Place, TravelTime
from referral_hub.unit_of_work import Hub

MOST_ROUTED = 100
"""Places of a match that a routing server is asked for."""
ESTIMATE, ROUTED = "estimate", "routed"
SAYS = {ESTIMATE: "travel, an estimate", ROUTED: "travel, by the routing server"}
"""The line of the explanation."""
FASTEST_KMH = {"car": 200.0, "walk": 12.0}
"""As the crow flies. A faster answer is a mistake, such as a server of roads that is asked for a way on foot."""
_SNAP_M = 1_000.0
"""A server starts and ends on the nearest road."""
_LONGEST = 24 * 60.0
"""Minutes beyond ten times the estimate: ferries and mountains are slow, a week is a mistake."""


class Travelled(Struct, frozen=True):
    """Minutes of travel, and where the number comes from: estimate | routed."""

    minutes: float
    source: str


class Stop(Struct, frozen=True):
    """A match as far as its place in the order matters."""

    costs: list[Cost]
    service_name: str
    listing_id: UUID


class Placed(Struct, frozen=True):
    """Where a stop stands now: `number` is its place among the stops that were given."""

    number: int
    score: Score
    travel_is: str


def point_to_visit(listing: PackedListing) -> Point | None:
    """The point that travel is timed to; None where nobody travels, or nobody may learn where to."""
    return listing.point if is_visited(listing) else None


def routed_minutes(travel: TravelTime, home: Place | None, points: Sequence[Point | None], mode: str) -> list[Travelled]:
    """The time to each point from home (latitude, longitude), 0 where there is no point or no home.

    What the server does not know or cannot be true stays the estimate. No more than MOST_ROUTED places are
    asked for, each once.
    """
    places = [None if point is None else (point.latitude, point.longitude) for point in points]
    if home is None:
        return [Travelled(0.0, ESTIMATE) for _ in places]
    metres = {place: distance_m(*home, *place) for place in places if place is not None}
    times = {place: Travelled(travel_minutes(mode, away), ESTIMATE) for place, away in metres.items()}
    if travel.source == ROUTED:
        asked = list(metres)[:MOST_ROUTED]
        for place, minutes in zip(asked, travel.minutes(home, asked, mode), strict=True):
            if minutes is not None and is_possible(minutes, metres[place], mode):
                times[place] = Travelled(minutes, ROUTED)
    return [Travelled(0.0, ESTIMATE) if place is None else times[place] for place in places]


def is_possible(minutes: float, metres: float, mode: str) -> bool:
    """Whether somebody could have taken so long for a straight line of so many metres."""
    if mode not in FASTEST_KMH:
        return False
    least = max(0.0, metres - _SNAP_M) / 1000 / FASTEST_KMH[mode] * 60
    return least <= minutes <= 10 * travel_minutes(mode, metres) + _LONGEST


def reroute(stops: Sequence[Stop], travelled: Sequence[Travelled]) -> list[Placed]:
    """The stops in the order of their new minutes, ties as everywhere: the service's name, then the id."""
    placed = [
        Placed(number, score(time.minutes, stop.costs), time.source)
        for number, (stop, time) in enumerate(zip(stops, travelled, strict=True))
    ]
    return sorted(placed, key=lambda one: sort_key(one.score, stops[one.number].service_name, stops[one.number].listing_id))


_travel_times: WeakKeyDictionary[Hub, TravelTime] = WeakKeyDictionary()
_lock = threading.Lock()


def travel_of(hub: Hub) -> TravelTime:
    """The travel times that the settings name, one a hub: it remembers when its server failed."""
    with _lock:
        if hub not in _travel_times:
            _travel_times[hub] = travel_time_of(hub.settings)
        return _travel_times[hub]
