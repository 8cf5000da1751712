"""Polygons ready to be asked whether they hold a point: exact on the border, at holes and across 180 degrees.

A ring is drawn in longitude and latitude as GeoJSON draws it (RFC 7946), straight from vertex to vertex.
Two vertices more than 180 degrees apart are joined the short way, across the antimeridian.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import ceil, copysign, floor, isfinite

from msgspec import Struct

Ring = Sequence[tuple[float, float]]
"""(longitude, latitude), closed or not."""
ROUNDING = 4e-16
"""Relative to its two products, the error of a cross product in doubles is below this (Shewchuk, Adaptive Precision, 1997)."""

OUTSIDE, BORDER, INSIDE = 0, 1, 2


class Shape(Struct, frozen=True):
    """A polygon: its box, its outer ring and its holes, each ring unrolled so that no edge jumps."""

    west: float
    south: float
    east: float
    north: float
    outer: list[tuple[float, float]]
    holes: list[list[tuple[float, float]]]


def shapes_of(polygons: Sequence[Sequence[Ring]]) -> list[Shape]:
    """Polygons (first ring outer, the rest holes) made ready; one whose outer ring encloses nothing holds nobody and is left out."""
    found = []
    for rings in polygons:
        outer, *holes = [_unrolled(ring) for ring in rings] or [[]]
        if _encloses(outer):
            xs, ys = [x for x, _ in outer], [y for _, y in outer]
            found.append(Shape(min(xs), min(ys), max(xs), max(ys), outer, [hole for hole in holes if _encloses(hole)]))
    return found


def holds(shape: Shape, longitude: float, latitude: float) -> bool:
    """Whether a polygon holds a point; its border and the borders of its holes belong to it."""
    if not shape.south <= latitude <= shape.north:
        return False
    return any(
        _position(x, latitude, shape.outer) and not any(_is_within(longitude, latitude, hole) for hole in shape.holes)
        for x in _turns(longitude, shape.west, shape.east)
    )


def _is_within(longitude: float, latitude: float, ring: Ring) -> bool:
    """Whether a point lies inside a ring, not on it, whichever way round the world one counts."""
    xs = [x for x, _ in ring]
    return any(_position(x, latitude, ring) == INSIDE for x in _turns(longitude, min(xs), max(xs)))


def _turns(longitude: float, west: float, east: float) -> list[float]:
    """The names of a longitude, whole turns apart, that lie between two others."""
    if not isfinite(longitude):
        return []
    return [longitude + 360 * turn for turn in range(ceil((west - longitude) / 360), floor((east - longitude) / 360) + 1)]


def _position(x: float, y: float, ring: Ring) -> int:
    """OUTSIDE, BORDER or INSIDE: whether a ray to the east crosses the ring an odd number of times."""
    inside = False
    ax, ay = ring[-1]
    for bx, by in ring:
        if (ay > y) != (by > y):
            if x < ax and x < bx:
                inside = not inside
            elif x <= ax or x <= bx:
                side = _side(ax, ay, bx, by, x, y)
                if side == 0:
                    return BORDER
                inside ^= (side > 0) == (by > ay)
        elif y in (ay, by) and min(ax, bx) <= x <= max(ax, bx) and _side(ax, ay, bx, by, x, y) == 0:
            return BORDER
        ax, ay = bx, by
    return INSIDE if inside else OUTSIDE


def _side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """On which side of the line from a to b a point lies: 1 left, -1 right, 0 on it. Exact."""
    left, right = (bx - ax) * (y - ay), (by - ay) * (x - ax)
    if abs(left - right) > ROUNDING * (abs(left) + abs(right)):
        return 1 if left > right else -1
    exact = (Fraction(bx) - Fraction(ax)) * (Fraction(y) - Fraction(ay)) - (Fraction(by) - Fraction(ay)) * (Fraction(x) - Fraction(ax))
    return (exact > 0) - (exact < 0)


def _unrolled(ring: Ring) -> list[tuple[float, float]]:
    """A ring whose longitudes go on past 180 degrees rather than jump, open; empty where a number is none."""
    found: list[tuple[float, float]] = []
    turn, before = 0.0, None
    for x, y in ring:
        if not (isfinite(x) and isfinite(y)):
            return []
        if before is not None and 180 < abs(x - before) < 360:
            turn -= copysign(360, x - before)
        before = x
        if not found or found[-1] != (x + turn, y):
            found.append((x + turn, y))
    if len(found) > 1 and found[0] == found[-1]:
        found.pop()
    return found


def _encloses(ring: Ring) -> bool:
    """Whether a ring has three corners that are not in line."""
    return len(ring) > 2 and any(_side(*ring[0], *ring[1], *corner) for corner in ring[2:])
