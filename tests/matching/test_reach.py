"""Reach: distances against geopy, minutes with a pencil, areas by table."""

from __future__ import annotations

from typing import Any

import pytest
from geopy.distance import geodesic
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching.facts import Home
from referral_hub.matching.reach import distance_m, holds_home, in_polygon, surely_beyond, travel_minutes
from referral_hub.partners.listing import Area, Point
from referral_hub.partners.model import Precision

points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@settings(max_examples=100, deadline=None)
@given(points, points)
def test_the_distance_is_the_geodesic(a: tuple[float, float], b: tuple[float, float]):
    assert distance_m(*a, *b) == pytest.approx(geodesic(a, b).m, abs=0.001)


@settings(max_examples=400, deadline=None)
@given(points, st.floats(-9.99, 9.99), st.floats(-9.99, 9.99))
def test_the_distance_is_the_geodesic_near_by_too(a: tuple[float, float], north: float, east: float):
    b = (max(-90.0, min(90.0, a[0] + north)), max(-180.0, min(180.0, a[1] + east)))
    assert distance_m(*a, *b) == pytest.approx(geodesic(a, b).m, abs=0.001)


@pytest.mark.parametrize(("a", "b"), [((0, 0), (0, 1)), ((0, 0), (0, 0)), ((39.3, -76.6), (39.3, -76.6)), ((89, 0), (90, 5)), ((0, 0), (0, 180))])
def test_the_distance_on_the_equator_the_pole_and_on_the_spot(a: tuple[float, float], b: tuple[float, float]):
    assert distance_m(*a, *b) == pytest.approx(geodesic(a, b).m, abs=0.001)


@settings(max_examples=300, deadline=None)
@given(points, points, st.floats(0, 20_100_000))
def test_what_is_skipped_unmeasured_is_really_beyond(a: tuple[float, float], b: tuple[float, float], limit: float):
    if surely_beyond(*a, *b, limit):
        assert geodesic(a, b).m > limit


at_the_antimeridian = st.tuples(st.floats(-89, 89), st.one_of(st.floats(-180, -179), st.floats(179, 180)))


@settings(max_examples=200, deadline=None)
@given(at_the_antimeridian, at_the_antimeridian, st.floats(0, 300_000))
def test_the_antimeridian_is_a_line_like_any_other(a: tuple[float, float], b: tuple[float, float], limit: float):
    metres = distance_m(*a, *b)
    assert metres == pytest.approx(geodesic(a, b).m, abs=0.001)
    here = [(latitude, (longitude + 360) % 360 - 180) for latitude, longitude in (a, b)]
    assert metres == pytest.approx(distance_m(*here[0], *here[1]), abs=0.002)
    assert not (surely_beyond(*a, *b, limit) and metres <= limit)


@settings(max_examples=100, deadline=None)
@given(at_the_antimeridian, st.floats(0.001, 1.0))
def test_what_lies_just_across_the_antimeridian_is_measured(home: tuple[float, float], part: float):
    across = (home[0], -home[1])
    assert not surely_beyond(*home, *across, geodesic(home, across).m + part)


def test_far_places_are_skipped_unmeasured():
    assert surely_beyond(39.29, -76.62, 40.7, -74.0, 16_000)


@pytest.mark.parametrize(
    ("mode", "metres", "minutes"),
    [
        ("car", 1609.344, 1.41 / 25 * 60),
        ("transit", 1609.344, 10 + 1.41 / 12 * 60),
        ("walk", 1609.344, 1.28 / 3 * 60),
        ("transit", 0.0, 10),
        ("car", None, 0),
        ("transit", None, 0),
        ("none", 5000, 0),
    ],
)
def test_minutes_of_travel(mode: str, metres: float | None, minutes: float):
    assert travel_minutes(mode, metres) == pytest.approx(minutes, abs=1e-9)


SQUARE = [(-77.0, 39.0), (-76.0, 39.0), (-76.0, 40.0), (-77.0, 40.0)]
HORSESHOE = [(0.0, 0.0), (3.0, 0.0), (3.0, 3.0), (2.0, 3.0), (2.0, 1.0), (1.0, 1.0), (1.0, 3.0), (0.0, 3.0)]


@pytest.mark.parametrize(
    ("x", "y", "ring", "inside"),
    [
        (-76.5, 39.5, SQUARE, True),
        (-76.5, 39.5, [*SQUARE, SQUARE[0]], True),
        (-75.9, 39.5, SQUARE, False),
        (-76.5, 40.5, SQUARE, False),
        (-77.0, 39.5, SQUARE, True),
        (-76.0, 40.0, SQUARE, True),
        (0.5, 2.0, HORSESHOE, True),
        (1.5, 2.0, HORSESHOE, False),
        (1.5, 0.5, HORSESHOE, True),
        (5.0, 1.0, HORSESHOE, False),
    ],
)
def test_inside_a_polygon_its_border_included(x: float, y: float, ring: list[tuple[float, float]], inside: bool):
    assert in_polygon(x, y, ring) is inside
    assert in_polygon(x, y, ring[::-1]) is inside


PLACE = Point(39.30, -76.61, Precision.ROOFTOP)
WHOLE = {"postal_code": "21201", "city": "Baltimore", "county": "24510", "state": "MD", "latitude": 39.29, "longitude": -76.62}


@pytest.mark.parametrize(
    ("area", "home", "point", "holds"),
    [
        (None, WHOLE, PLACE, True),
        ({}, WHOLE, PLACE, True),
        ({"postal_codes": ["21201", "21202"]}, WHOLE, PLACE, True),
        ({"postal_codes": ["21201"]}, {"postal_code": "21201-0042"}, PLACE, True),
        ({"postal_codes": ["21202"]}, WHOLE, PLACE, False),
        ({"counties": ["24510"]}, WHOLE, PLACE, True),
        ({"cities": ["BALTIMORE "]}, WHOLE, PLACE, True),
        ({"states": ["VA"]}, WHOLE, PLACE, False),
        ({"states": ["VA"], "counties": ["24510"]}, WHOLE, PLACE, True),
        ({"postal_codes": ["21202"], "polygon": SQUARE}, WHOLE, PLACE, True),
        ({"polygon": HORSESHOE}, WHOLE, PLACE, False),
        ({"radius_m": 2000}, WHOLE, PLACE, True),
        ({"radius_m": 1000}, WHOLE, PLACE, False),
        ({"radius_m": 2000}, WHOLE, None, False),
        ({"radius_m": 2000}, {"postal_code": "21201"}, PLACE, False),
        ({"cities": ["Baltimore"]}, {"postal_code": "21201"}, PLACE, False),
        ({"postal_codes": ["21202"]}, {}, PLACE, True),
        ({"postal_codes": ["21202"]}, None, PLACE, True),
    ],
)
def test_an_area_holds_a_home(area: dict[str, Any] | None, home: dict[str, Any] | None, point: Point | None, holds: bool):
    built = None if area is None else Area(**area)
    assert holds_home(built, None if home is None else Home(**home), point) is holds
