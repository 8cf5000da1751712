"""Reach: how far it is, how long that takes, and whether a service's area holds a home."""

from __future__ import annotations

from math import asin, atan, atan2, cos, hypot, radians, sin, sqrt, tan

from geographiclib.geodesic import Geodesic
from msgspec import Struct

from referral_hub.matching.eligibility import same_place
from referral_hub.matching.facts import Home
from referral_hub.matching.shapes import holds, shapes_of
from referral_hub.partners.areas import polygons_of
from referral_hub.partners.listing import Area, Listing, PackedListing, Point
from referral_hub.partners.model import Precision

METRES_PER_MILE = 1609.344
USUAL_MILES = 25
"""How far people are sent unless somebody asks for more; beyond it, and where no place is on record, nothing is proposed."""
_EQUATOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
_POLE_M = _EQUATOR_M * (1 - _FLATTENING)
"""WGS84."""
_NEAR_DEGREES = 10.0
EXACT = (Precision.ROOFTOP, Precision.STREET)


class Travel(Struct, frozen=True):
    """A mode's estimate: minutes = wait + miles x detour / miles an hour x 60."""

    wait: float
    detour: float
    miles_an_hour: float


TRAVEL: dict[str, Travel] = {
    "car": Travel(0, 1.41, 25),
    "transit": Travel(10, 1.41, 12),
    "walk": Travel(0, 1.28, 3),
}
"""Measured ratio of road to straight line in Baltimore: 1.41 by car, 1.28 on foot."""


def distance_m(from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float) -> float:
    """Geodesic distance on WGS84 in metres, to the millimetre.

    Near points by Vincenty's series, which is ten times quicker and there off by less than a tenth of a
    millimetre; the rest by Karney's method, the one behind geopy's geodesic, which is never at a loss.
    """
    metres = None
    if abs(to_latitude - from_latitude) < _NEAR_DEGREES and abs(to_longitude - from_longitude) < _NEAR_DEGREES:
        metres = _vincenty(radians(from_latitude), radians(to_latitude), radians(to_longitude - from_longitude))
    if metres is None:
        metres = float(Geodesic.WGS84.Inverse(from_latitude, from_longitude, to_latitude, to_longitude, Geodesic.DISTANCE)["s12"])
    return round(metres, 3)


def _vincenty(first: float, second: float, apart: float) -> float | None:
    """Metres between two latitudes a longitude apart (radians); None where the series does not settle.

    Source: T. Vincenty, Direct and Inverse Solutions of Geodesics on the Ellipsoid, Survey Review 23 (1975).
    """
    u1, u2 = atan((1 - _FLATTENING) * tan(first)), atan((1 - _FLATTENING) * tan(second))
    sin1, cos1, sin2, cos2 = sin(u1), cos(u1), sin(u2), cos(u2)
    longitude = apart
    for _ in range(20):
        sin_l, cos_l = sin(longitude), cos(longitude)
        sin_sigma = hypot(cos2 * sin_l, cos1 * sin2 - sin1 * cos2 * cos_l)
        if sin_sigma == 0:
            return 0.0
        cos_sigma = sin1 * sin2 + cos1 * cos2 * cos_l
        sigma = atan2(sin_sigma, cos_sigma)
        sin_alpha = cos1 * cos2 * sin_l / sin_sigma
        cos2_alpha = 1 - sin_alpha * sin_alpha
        middle = cos_sigma - 2 * sin1 * sin2 / cos2_alpha if cos2_alpha > 1e-12 else 0.0  # both on the equator
        c = _FLATTENING / 16 * cos2_alpha * (4 + _FLATTENING * (4 - 3 * cos2_alpha))
        before = longitude
        turn = sigma + c * sin_sigma * (middle + c * cos_sigma * (2 * middle * middle - 1))
        longitude = apart + (1 - c) * _FLATTENING * sin_alpha * turn
        if abs(longitude - before) < 1e-13:
            u = cos2_alpha * (_EQUATOR_M**2 - _POLE_M**2) / _POLE_M**2
            scale = 1 + u / 16384 * (4096 + u * (u * (320 - 175 * u) - 768))
            b = u / 1024 * (256 + u * (u * (74 - 47 * u) - 128))
            sharper = cos_sigma * (2 * middle * middle - 1) - b / 6 * middle * (4 * sin_sigma**2 - 3) * (4 * middle * middle - 3)
            return _POLE_M * scale * (sigma - b * sin_sigma * (middle + b / 4 * sharper))
    return None


def surely_beyond(from_latitude: float, from_longitude: float, to_latitude: float, to_longitude: float, limit_m: float) -> bool:
    """Whether even a sphere smaller than the earth puts two points farther apart than the limit: saves the exact distance."""
    a, b = radians(from_latitude), radians(to_latitude)
    half = sin((b - a) / 2) ** 2 + cos(a) * cos(b) * sin(radians(to_longitude - from_longitude) / 2) ** 2
    # The least radius of curvature of the ellipsoid is 6,335 km: a geodesic is never shorter than this arc. The metre is for rounding.
    return 2 * 6_335_000 * asin(min(1.0, sqrt(half))) * 0.99 > limit_m + 1


def travel_minutes(mode: str, metres: float | None) -> float:
    """The labelled estimate; nothing where nobody travels or the distance is not known."""
    travel = TRAVEL.get(mode)
    if travel is None or metres is None:
        return 0.0
    return travel.wait + metres / METRES_PER_MILE * travel.detour / travel.miles_an_hour * 60


def is_visited(listing: Listing | PackedListing) -> bool:
    """A place that one goes to, whose distance may be told."""
    return not (listing.delivered or listing.remote or listing.confidential)


def holds_home(area: Area | None, home: Home | None, point: Point | None) -> bool:
    """Whether a service area holds a home: no area holds everybody; one list, a polygon or the radius is enough.

    Of a home that nothing is known of nobody can say that it lies outside: it is held.
    """
    if area is None or has_no_bounds(area) or home is None or is_blank(home):
        return True
    lists = ((area.postal_codes, "postal_code"), (area.counties, "county"), (area.cities, "city"), (area.states, "state"))
    for places, kind in lists:
        name = getattr(home, kind)
        if places and name is not None and same_place(kind, name) in {same_place(kind, place) for place in places}:
            return True
    if home.latitude is None or home.longitude is None:
        return False
    if any(holds(shape, home.longitude, home.latitude) for shape in shapes_of(polygons_of(area))):
        return True
    if area.radius_m is None or point is None:
        return False
    return distance_m(home.latitude, home.longitude, point.latitude, point.longitude) <= area.radius_m


def is_blank(home: Home) -> bool:
    return all(getattr(home, name) is None for name in home.__struct_fields__)


def has_no_bounds(area: Area) -> bool:
    """Whether an area names no place at all: it holds everybody."""
    places = area.postal_codes or area.counties or area.cities or area.states
    return not (places or area.polygon or any(area.polygons)) and area.radius_m is None


def in_polygon(x: float, y: float, ring: list[tuple[float, float]]) -> bool:
    """Whether a point of (longitude, latitude) lies in a ring, its border included; the ring may be closed or not."""
    return any(holds(shape, x, y) for shape in shapes_of([[ring]]))
