"""Polygons with holes: a truth table, and an oracle that counts turns around the point in exact fractions."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching.facts import Home
from referral_hub.matching.reach import holds_home
from referral_hub.matching.shapes import holds, shapes_of
from referral_hub.partners.listing import Area

Corners = list[tuple[float, float]]

PARK: Corners = [(0, 0), (10, 0), (10, 10), (0, 10)]
LAKE: Corners = [(4, 4), (6, 4), (6, 6), (4, 6)]
ISLAND: Corners = [(4.5, 4.5), (5.5, 4.5), (5.5, 5.5), (4.5, 5.5)]
FIJI: Corners = [(177, -20), (-178, -20), (-178, -15), (177, -15)]
FIJI_COUNTED_ON: Corners = [(177, -20), (182, -20), (182, -15), (177, -15)]
FIJI_COUNTED_BACK: Corners = [(-183, -20), (-178, -20), (-178, -15), (-183, -15)]
WORLD: Corners = [(-180, -90), (180, -90), (180, 90), (-180, 90)]


def held(longitude: float, latitude: float, *polygons: list[Corners]) -> bool:
    return any(holds(shape, longitude, latitude) for shape in shapes_of(polygons))


@pytest.mark.parametrize(
    ("polygons", "longitude", "latitude", "inside"),
    [
        ([[PARK]], 5, 5, True),
        ([[PARK]], 10, 5, True),
        ([[PARK]], 0, 0, True),
        ([[PARK]], 10.0001, 5, False),
        ([[PARK]], 5, -0.0001, False),
        # A hole, its border, an island in it.
        ([[PARK, LAKE]], 5, 5, False),
        ([[PARK, LAKE]], 4, 5, True),
        ([[PARK, LAKE]], 4, 4, True),
        ([[PARK, LAKE]], 4.0001, 5, False),
        ([[PARK, LAKE]], 3.9999, 5, True),
        ([[PARK, LAKE], [ISLAND]], 5, 5, True),
        ([[PARK, LAKE], [ISLAND]], 4.2, 5, False),
        ([[PARK, LAKE, [(1, 1), (2, 1), (2, 2), (1, 2)]]], 1.5, 1.5, False),
        ([[PARK, [(5, 5), (6, 6)]]], 5.5, 5.5, True),
        # Two apart.
        ([[PARK], [[(20, 0), (30, 0), (30, 10)]]], 29, 5, True),
        ([[PARK], [[(20, 0), (30, 0), (30, 10)]]], 15, 5, False),
        # Closed or not, either way round.
        ([[[*PARK, PARK[0]], LAKE[::-1]]], 5, 5, False),
        ([[PARK[::-1], [*LAKE, LAKE[0]]]], 1, 5, True),
        # Across the antimeridian, as directories draw it: jumping, counted on, counted back, cut in two.
        *(
            ([rings], longitude, -17, inside)
            for rings in ([FIJI], [FIJI_COUNTED_ON], [FIJI_COUNTED_BACK], [[*FIJI, FIJI[0]]], [FIJI[2:] + FIJI[:2]])
            for longitude, inside in (
                (179.9, True), (-179.9, True), (180, True), (-180, True), (177, True), (-178, True), (176.9, False), (-177.9, False), (0, False),
            )
        ),
        ([[[(177, -20), (180, -20), (180, -15), (177, -15)]], [[(-180, -20), (-178, -20), (-178, -15), (-180, -15)]]], -180, -17, True),
        ([[FIJI, [(179, -18), (-179, -18), (-179, -16), (179, -16)]]], 180, -17, False),
        ([[FIJI, [(179, -18), (-179, -18), (-179, -16), (179, -16)]]], -179, -17, True),
        ([[FIJI, [(179, -18), (181, -18), (181, -16), (179, -16)]]], -179.5, -17, False),
        ([[WORLD]], -76.6, 39.3, True),
        ([[WORLD]], 180, 90, True),
        # What encloses nothing holds nobody, not even on the line.
        ([[[]]], 0, 0, False),
        ([[]], 0, 0, False),
        ([[[(0, 0)]]], 0, 0, False),
        ([[[(0, 0), (0, 0), (0, 0)]]], 0, 0, False),
        ([[[(0, 0), (10, 10)]]], 5, 5, False),
        ([[[(0, 0), (10, 10), (5, 5), (0, 0)]]], 5, 5, False),
        ([[[(0, 0), (float("nan"), 0), (5, 5)]]], 1, 1, False),
        ([[[(0, 0), (float("inf"), 0), (5, 5)]]], 1, 1, False),
        ([[PARK]], float("nan"), 5, False),
        ([[PARK]], 5, float("nan"), False),
        # Around a pole a ring may say little, but it is no error.
        ([[[(0, 80), (90, 80), (180, 80), (-90, 80)]]], 0, 10, False),
    ],
)  # fmt: skip
def test_a_polygon_holds_a_point(polygons: list[list[Corners]], longitude: float, latitude: float, inside: bool):
    assert held(longitude, latitude, *polygons) is inside


def test_an_area_of_several_polygons_holds_the_homes_in_each_and_not_those_in_a_hole():
    area = Area(polygon=[(20, 0), (30, 0), (30, 10)], polygons=[[PARK, LAKE], [ISLAND]])
    homes = [(29, 5), (1, 5), (4.2, 5), (5, 5), (15, 5)]
    assert [holds_home(area, Home(longitude=x, latitude=y), None) for x, y in homes] == [True, True, False, True, False]


def test_an_area_whose_only_polygon_encloses_nothing_holds_nobody_who_has_a_point():
    assert not holds_home(Area(polygons=[[[(0, 0), (1, 1)]]]), Home(longitude=0.5, latitude=0.5), None)


def turns_around(ring: Corners, longitude: float, latitude: float) -> int | None:
    """How often a ring goes round a point, counted in quarter turns of exact fractions; None on the ring."""
    corners = [(Fraction(x) - Fraction(longitude), Fraction(y) - Fraction(latitude)) for x, y in ring]
    quarters = 0
    for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True):
        cross, along = ax * by - ay * bx, ax * bx + ay * by
        if cross == 0 and along <= 0:
            return None
        step = (quarter(bx, by) - quarter(ax, ay)) % 4
        quarters += {0: 0, 1: 1, 2: 2 if cross > 0 else -2, 3: -1}[step]
    return quarters // 4


def quarter(x: Fraction, y: Fraction) -> int:
    if x > 0 and y >= 0:
        return 0
    if x <= 0 and y > 0:
        return 1
    return 2 if x < 0 and y <= 0 else 3


def encloses(ring: Corners) -> bool:
    corners = [(Fraction(x), Fraction(y)) for x, y in ring]
    return any(
        (bx - ax) * (cy - ay) != (by - ay) * (cx - ax)
        for n, (ax, ay) in enumerate(corners)
        for m, (bx, by) in enumerate(corners[n + 1 :], n + 1)
        for cx, cy in corners[m + 1 :]
    )


def oracle(rings: list[Corners], longitude: float, latitude: float) -> bool:
    outer, *holes = rings
    if not encloses(outer):
        return False
    around = turns_around(outer, longitude, latitude)
    if around is not None and around % 2 == 0:
        return False
    return not any((inner := turns_around(hole, longitude, latitude)) is not None and inner % 2 for hole in holes)


COORDINATE = st.integers(-12, 12).map(lambda n: n / 2)
"""A coarse lattice: borders, corners and rings that fold onto themselves come up all the time."""
RING = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=8)
RINGS = st.lists(RING, min_size=1, max_size=3)
FINE = st.floats(-80, 80)


@settings(max_examples=1200, deadline=None)
@given(RINGS, COORDINATE, COORDINATE)
def test_a_polygon_holds_what_it_goes_round(rings: list[Corners], longitude: float, latitude: float):
    assert held(longitude, latitude, rings) == oracle(rings, longitude, latitude)


@settings(max_examples=400, deadline=None)
@given(st.lists(st.tuples(FINE, FINE), min_size=3, max_size=6), FINE, FINE, st.floats(0, 1), st.integers(0, 5))
def test_so_it_is_within_a_hair_of_a_border(ring: Corners, x: float, y: float, part: float, edge: int):
    (ax, ay), (bx, by) = ring[edge % len(ring)], ring[(edge + 1) % len(ring)]
    for longitude, latitude in ((x, y), (ax + part * (bx - ax), ay + part * (by - ay)), ((ax + bx) / 2, (ay + by) / 2), (ax, ay)):
        assert held(longitude, latitude, [ring]) == oracle([ring], longitude, latitude)


@settings(max_examples=400, deadline=None)
@given(RINGS, COORDINATE, COORDINATE, st.sampled_from([-182.0, -180.0, -175.5, 175.5, 178.0, 180.0, 182.5]), st.booleans())
def test_where_on_earth_a_polygon_lies_changes_nothing(rings: list[Corners], x: float, y: float, middle: float, close: bool):
    def moved(longitude: float) -> float:
        return (longitude + middle + 180) % 360 - 180

    drawn = [[(moved(a), b) for a, b in ring] + ([(moved(ring[0][0]), ring[0][1])] if close else []) for ring in rings]
    assert held(moved(x), y, drawn) == oracle(rings, x, y)
