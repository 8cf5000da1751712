"""The oracle's geography: distances by geographiclib, areas by lists, rings by exact fractions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
from geographiclib.geodesic import Geodesic
from numpy.typing import NDArray

from referral_hub.bench.oracle_rules import same
from referral_hub.partners.listing import Area

Ring = list[tuple[float, float]]
_KINDS = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))
_MEAN_RADIUS = 6_371_008.8
SHORTER, LONGER = 0.993, 1.007
"""A geodesic is the arc on the mean sphere times a factor between these: the ellipsoid differs by at most 0.57 %."""


def geodesic_m(latitude: float, longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Metres on WGS84, to the millimetre."""
    return round(float(Geodesic.WGS84.Inverse(latitude, longitude, to_latitude, to_longitude, Geodesic.DISTANCE)["s12"]), 3)


def arc_m(latitude: float, longitude: float, latitudes: NDArray[np.float64], longitudes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Metres on the mean sphere (R. Sinnott, Virtues of the Haversine, 1984)."""
    a, b = np.radians(latitude), np.radians(latitudes)
    half = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(np.radians(longitudes - longitude) / 2) ** 2
    arc: NDArray[np.float64] = 2 * _MEAN_RADIUS * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    return arc


class Areas:
    """The service areas of all listings, by what they are made of."""

    def __init__(self) -> None:
        self._count = 0
        self._everywhere: list[int] = []
        self._named: dict[tuple[str, str], list[int]] = defaultdict(list)
        self._rings: list[tuple[int, list[list[Ring]]]] = []
        self._radii: list[tuple[int, float, float, float]] = []

    def add(self, area: Area | None, point: tuple[float, float] | None) -> None:
        """The next listing's area and its point."""
        number, self._count = self._count, self._count + 1
        if area is None:
            self._everywhere.append(number)
            return
        polygons = [*([[area.polygon]] if area.polygon else []), *area.polygons]
        named = {(one, same(one, place)) for many, one in _KINDS for place in getattr(area, many)}
        if not named and not polygons and area.radius_m is None:
            self._everywhere.append(number)
        for key in named:
            self._named[key].append(number)
        if polygons:
            self._rings.append((number, polygons))
        if area.radius_m is not None and point is not None:
            self._radii.append((number, *point, area.radius_m))

    def close(self) -> None:
        """Nothing more comes."""
        self._open = np.zeros(self._count, dtype=bool)
        self._open[self._everywhere] = True
        self._lists = {key: np.array(numbers, dtype=np.int64) for key, numbers in self._named.items()}
        self._circles = np.array(self._radii, dtype=np.float64).reshape(-1, 4)
        corners = [[corner for rings in polygons for ring in rings for corner in ring] for _, polygons in self._rings]
        self._boxes = np.array(
            [[min(x for x, _ in each), min(y for _, y in each), max(x for x, _ in each), max(y for _, y in each)] for each in corners]
        ).reshape(-1, 4)
        del self._named, self._radii, self._everywhere

    def holding(self, home: Mapping[str, Any]) -> NDArray[np.bool_]:
        """For each listing whether its area holds a home; of a home that nothing is known of it cannot be denied."""
        if not any(value is not None for value in home.values()):
            return np.ones(self._count, dtype=bool)
        held = self._open.copy()
        for _, one in _KINDS:
            if home.get(one) is not None:
                numbers = self._lists.get((one, same(one, home[one])))
                if numbers is not None:
                    held[numbers] = True
        latitude, longitude = home.get("latitude"), home.get("longitude")
        if latitude is None or longitude is None:
            return held
        arcs = arc_m(latitude, longitude, self._circles[:, 1], self._circles[:, 2])
        for place in np.flatnonzero(arcs * SHORTER - 1 <= self._circles[:, 3]):
            number, to_latitude, to_longitude, radius = self._circles[place].tolist()
            if geodesic_m(latitude, longitude, to_latitude, to_longitude) <= radius:
                held[int(number)] = True
        west, south, east, north = self._boxes.T
        jumps = east - west > 180  # drawn across the antimeridian: its box says nothing
        for place in np.flatnonzero((south <= latitude) & (latitude <= north) & (jumps | ((west <= longitude) & (longitude <= east)))):
            number, polygons = self._rings[place]
            if any(_in_polygon(longitude, latitude, rings) for rings in polygons):
                held[number] = True
        return held


def _in_polygon(x: float, y: float, rings: list[Ring]) -> bool:
    """In the outer ring or on it, and in none of the holes; a hole's border still belongs to the polygon."""
    outer, *holes = [_unroll(ring) for ring in rings]
    turns = (-360, 0, 360)
    if not any(_place(x + turn, y, outer) >= 0 for turn in turns):
        return False
    return not any(_place(x + turn, y, hole) > 0 for hole in holes for turn in turns)


def _unroll(ring: Ring) -> Ring:
    """Neighbouring corners at most half a turn apart."""
    unrolled = ring[:1]
    for x, y in ring[1:]:
        before = unrolled[-1][0]
        unrolled.append((x - 360 * round((x - before) / 360) if abs(x - before) > 180 else x, y))
    return unrolled


def _place(x: float, y: float, ring: Ring) -> int:
    """1 inside a ring, 0 on it, -1 outside; by fractions, so that nothing is rounded."""
    inside = False
    for (ax, ay), (bx, by) in zip(ring, [*ring[1:], ring[0]], strict=True):
        if not min(ay, by) <= y <= max(ay, by):
            continue
        across = (Fraction(bx) - Fraction(ax)) * (Fraction(y) - Fraction(ay)) - (Fraction(by) - Fraction(ay)) * (Fraction(x) - Fraction(ax))
        if across == 0 and min(ax, bx) <= x <= max(ax, bx):
            return 0
        if (ay > y) != (by > y) and (across > 0) == (by > ay):
            inside = not inside
    return 1 if inside else -1
