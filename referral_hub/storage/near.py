"""Which services at locations a postal code is served by, and which places are near it.

The database decides what it can decide with plain arithmetic; what lies in the thin ring where that is not
exact, and areas that are drawn, are decided here, exactly. Confidential places are never near, and of the areas
of a service there only those count that are told of the whole service.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import cos, degrees, radians, sin, sqrt
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from referral_hub.matching.facts import Home
from referral_hub.matching.reach import distance_m, holds_home
from referral_hub.partners.areas import merge_areas, read_area
from referral_hub.partners.hsds_query import Near
from referral_hub.partners.listing import Area, Point
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
        found.append(_within(connection, near, near.within_m))
    found.append(_covered(connection, near, source, held + found))
    return found


# Distance


def _within(connection: sa.Connection, near: Near, metres: float) -> Condition:
    location = tables.location.alias("place")
    placed = sa.and_(
        sa.not_(location.c.confidential),
        location.c.precision != Precision.NONE.value,
        location.c.latitude.is_not(None),
        location.c.longitude.is_not(None),
    )
    north, least_east, most_east = _metres_a_degree(near.latitude, metres)
    surely_out = _squared(location, near, north[0], least_east) > (metres + _ROUNDING_M) ** 2
    surely_in = _squared(location, near, north[1], most_east) <= max(0.0, metres - _ROUNDING_M) ** 2
    ring = sa.select(location.c.id, location.c.latitude, location.c.longitude)
    inside = [
        row.id
        for row in connection.execute(ring.where(placed, sa.not_(surely_out), sa.not_(surely_in)))
        if distance_m(near.latitude, near.longitude, row.latitude, row.longitude) <= metres
    ]
    places = sa.select(location.c.id).where(placed, sa.or_(surely_in, is_among(connection, location.c.id, inside)))
    return tables.service_at_location.c.location_id.in_(places)


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


def _squared(location: sa.FromClause, near: Near, north: float, east: float) -> sa.ColumnElement[float]:
    """The squared flat distance of a place with so many metres a degree."""
    up = (location.c.latitude - near.latitude) * north
    apart = sa.func.abs(location.c.longitude - near.longitude)
    across = sa.case((apart > 180, 360 - apart), else_=apart) * east
    return up * up + across * across


# Areas


def _covered(connection: sa.Connection, near: Near, source: sa.FromClause, held: list[Condition]) -> Condition:
    """Those without an area, and those whose area holds the postal code: their own areas, else the service's."""
    sal, location, area = tables.service_at_location, tables.location, tables.service_area
    own = sa.and_(area.c.service_at_location_id == sal.c.id, sa.not_(location.c.confidential))
    has_own = sa.exists(sa.select(area.c.id).where(own).correlate(sal, location))
    # Not IS NULL: SQLite would look those up by their index, all of them for each listing.
    of_no_listing = sa.func.coalesce(sa.cast(area.c.service_at_location_id, sa.Text()), "") == ""
    of_service = sa.and_(area.c.service_id == sal.c.service_id, of_no_listing)
    has_any = sa.or_(has_own, sa.exists(sa.select(area.c.id).where(of_service).correlate(sal)))
    columns: tuple[sa.Column[Any], ...] = (
        sal.c.id, location.c.latitude, location.c.longitude, location.c.precision, location.c.confidential,
        area.c.area, area.c.extent, area.c.extent_type,
    )  # fmt: skip

    def read(*more: Condition) -> Iterator[Any]:
        for hangs, further in ((own, ()), (of_service, (sa.not_(has_own),))):
            yield from connection.execute(sa.select(*columns).select_from(source.join(area, hangs)).where(*held, *further, *more))

    holding: set[UUID] = set()
    doubtful: set[UUID] = set()
    for row in read(_may_hold(near)):
        if _holds(near, [row]):
            (holding if _says_something(row) else doubtful).add(row.id)
    # A row that says nothing bounds nobody, unless the listing has another that does.
    together: dict[UUID, list[Any]] = defaultdict(list)
    if doubtful := doubtful - holding:
        for row in read(is_among(connection, sal.c.id, doubtful)):
            together[row.id].append(row)
    holding |= {listing for listing, areas in together.items() if _holds(near, areas)}
    return sa.or_(sa.not_(has_any), is_among(connection, sal.c.id, holding))


def _may_hold(near: Near) -> Condition:
    """Areas in whose text something of the place stands, or a drawing or a radius, or no list at all: the rest need not be read."""
    area = tables.service_area
    text = sa.cast(area.c.area, sa.Text())
    places = [near.postal_code[:5], near.county, near.state, near.city]
    mentions = [text.ilike("%" + "%".join(place.split()) + "%") for place in places if place and place.isascii()]
    unsure = [] if near.city.isascii() else [text.contains("cities")]
    shaped = [text.contains("polygon"), text.contains("radius")]
    return sa.or_(area.c.area.is_(None), sa.not_(text.contains('"]')), *shaped, *mentions, *unsure)


def _says_something(row: Any) -> bool:
    found = read_area(row.area, row.extent, row.extent_type)
    return found is not None and found != Area()


def _holds(near: Near, rows: Sequence[Any]) -> bool:
    """Whether the areas of one listing hold the postal code."""
    areas = [found for row in rows if (found := read_area(row.area, row.extent, row.extent_type)) is not None]
    home = Home(
        postal_code=near.postal_code, city=near.city, county=near.county, state=near.state, latitude=near.latitude, longitude=near.longitude
    )
    place = rows[0]
    hidden = place.confidential or place.precision == Precision.NONE or place.latitude is None or place.longitude is None
    return holds_home(merge_areas(areas), home, None if hidden else Point(place.latitude, place.longitude, Precision(place.precision)))
