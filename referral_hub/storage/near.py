"""Which services at locations a postal code is served by, and which places are near it.

The database decides what it can decide with plain arithmetic; what lies in the thin ring where that is not
exact, and areas that are drawn, are decided here, exactly. Confidential places are never near, and of the areas
of a service there only those count that are told of the whole service.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import cos, degrees, radians, sin, sqrt
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.matching.facts import Home
from referral_hub.matching.reach import distance_m, holds_home
from referral_hub.partners.areas import merge_areas, read_area
from referral_hub.partners.hsds_query import Near
from referral_hub.partners.listing import Point
from referral_hub.partners.model import Precision
from referral_hub.storage.rows import is_among
from referral_hub.storage.tables import directory as tables

Condition = sa.ColumnElement[bool]
_EQUATOR_M, _FLATTENING = 6_378_137.0, 1 / 298.257223563
_SQUARED_ECCENTRICITY = _FLATTENING * (2 - _FLATTENING)
"""WGS84."""
_LEAST_M, _MOST_M = _EQUATOR_M * (1 - _SQUARED_ECCENTRICITY), _EQUATOR_M / sqrt(1 - _SQUARED_ECCENTRICITY)
"""Least and greatest radius of curvature along a meridian: at the equator and at the poles."""
_ROUNDING_M = 1.0


def is_near(connection: sa.Connection, near: Near, source: sa.FromClause, held: list[Condition]) -> list[Condition]:
    """Conditions on service_at_location joined with service and location (`source`); `held` are those that hold already."""
    found: list[Condition] = []
    if near.within_m is not None:
        found.append(_within(connection, near, near.within_m, source, held))
    found.append(_covered(connection, near, source, held + found))
    return found


# Distance


def _within(connection: sa.Connection, near: Near, metres: float, source: sa.FromClause, held: list[Condition]) -> Condition:
    location = tables.location
    placed = sa.and_(
        sa.not_(location.c.confidential),
        location.c.precision != Precision.NONE.value,
        location.c.latitude.is_not(None),
        location.c.longitude.is_not(None),
    )
    north, least_east, most_east = _metres_a_degree(near.latitude, metres)
    surely_out = _squared(near, north[0], least_east) > (metres + _ROUNDING_M) ** 2
    surely_in = _squared(near, north[1], most_east) <= max(0.0, metres - _ROUNDING_M) ** 2
    ring = sa.select(location.c.id, location.c.latitude, location.c.longitude).distinct().select_from(source)
    in_doubt = ring.where(*held, placed, sa.not_(surely_out), sa.not_(surely_in))
    inside = [
        row.id
        for row in connection.execute(in_doubt)
        if distance_m(near.latitude, near.longitude, row.latitude, row.longitude) <= metres
    ]
    return sa.and_(placed, sa.or_(surely_in, is_among(connection, location.c.id, inside)))


def _metres_a_degree(latitude: float, metres: float) -> tuple[tuple[float, float], float, float]:
    """(least and most metres a degree north, least a degree east, most a degree east) within so many metres of a latitude.

    Whatever way of at most this length starts there stays within this band. A way through it is never shorter than the
    flat distance with the least of these, and the way that is straight in degrees is never longer than that with the most.
    """
    band = degrees(metres / _LEAST_M)
    south, north = latitude - band, latitude + band
    nearest = 0.0 if south <= 0 <= north else min(abs(south), abs(north))
    farthest = min(90.0, max(abs(south), abs(north)))
    return (_LEAST_M * radians(1), _MOST_M * radians(1)), _east(farthest), _east(nearest)


def _east(latitude: float) -> float:
    """Metres a degree of longitude at a latitude."""
    across = _EQUATOR_M / sqrt(1 - _SQUARED_ECCENTRICITY * sin(radians(latitude)) ** 2)
    return across * max(0.0, cos(radians(latitude))) * radians(1)


def _squared(near: Near, north: float, east: float) -> sa.ColumnElement[float]:
    """The squared flat distance of a place with so many metres a degree."""
    location = tables.location
    up = (location.c.latitude - near.latitude) * north
    apart = sa.func.abs(location.c.longitude - near.longitude)
    across = sa.case((apart > 180, 360 - apart), else_=apart) * east
    return up * up + across * across


# Areas


def _covered(connection: sa.Connection, near: Near, source: sa.FromClause, held: list[Condition]) -> Condition:
    """Those without an area, and those whose area holds the postal code: their own areas, else the service's."""
    sal, location, area = tables.service_at_location, tables.location, tables.service_area
    own = sa.and_(area.c.service_at_location_id == sal.c.id, sa.not_(location.c.confidential))
    of_service = sa.and_(area.c.service_id == sal.c.service_id, area.c.service_at_location_id.is_(None))
    columns: tuple[sa.Column[Any], ...] = (
        sal.c.id, location.c.latitude, location.c.longitude, location.c.precision, location.c.confidential,
        area.c.area, area.c.extent, area.c.extent_type,
    )  # fmt: skip
    by_listing: dict[bool, dict[UUID, list[Any]]] = {}
    for is_own, hangs in ((True, own), (False, of_service)):
        grouped: dict[UUID, list[Any]] = defaultdict(list)
        for row in connection.execute(sa.select(*columns).select_from(source.join(area, hangs)).where(*held)):
            grouped[row.id].append(row)
        by_listing[is_own] = grouped
    bounded = by_listing[False] | by_listing[True]
    holding = [listing for listing, areas in bounded.items() if _holds(near, areas)]
    has_area = sa.or_(sa.exists().where(own), sa.exists().where(of_service))
    return sa.or_(sa.not_(has_area), is_among(connection, sal.c.id, holding))


def _holds(near: Near, rows: Iterable[Any]) -> bool:
    every = list(rows)
    areas = [found for row in every if (found := read_area(row.area, row.extent, row.extent_type)) is not None]
    home = Home(
        postal_code=near.postal_code, city=near.city, county=near.county, state=near.state, latitude=near.latitude, longitude=near.longitude
    )
    place = every[0]
    hidden = place.confidential or place.precision == Precision.NONE or place.latitude is None or place.longitude is None
    return holds_home(merge_areas(areas), home, None if hidden else Point(place.latitude, place.longitude, Precision(place.precision)))
