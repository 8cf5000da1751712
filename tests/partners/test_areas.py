"""Service areas: what an HSDS extent draws, and several rows as one area."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching.facts import Home
from referral_hub.matching.reach import holds_home
from referral_hub.partners.areas import merge_areas, read_area, read_extent
from referral_hub.partners.listing import Area, Point
from referral_hub.partners.model import Precision

SQUARE = [[-77, 39], [-76, 39], [-76, 40], [-77, 40], [-77, 39]]
HOLE = [[-76.6, 39.4], [-76.4, 39.4], [-76.4, 39.6], [-76.6, 39.6], [-76.6, 39.4]]
RING = [(-77.0, 39.0), (-76.0, 39.0), (-76.0, 40.0), (-77.0, 40.0), (-77.0, 39.0)]
INNER = [(-76.6, 39.4), (-76.4, 39.4), (-76.4, 39.6), (-76.6, 39.6), (-76.6, 39.4)]
POLYGON = {"type": "Polygon", "coordinates": [SQUARE]}
DEEP = '{"type":"GeometryCollection","geometries":[' * 2000 + json.dumps(POLYGON) + "]}" * 2000


@pytest.mark.parametrize(
    ("extent", "extent_type", "polygons"),
    [
        (POLYGON, "geojson", [[RING]]),
        (POLYGON, "GeoJSON", [[RING]]),
        (POLYGON, None, [[RING]]),
        ({"type": "Polygon", "coordinates": [SQUARE, HOLE]}, None, [[RING, INNER]]),
        ({"type": "Polygon", "coordinates": [[[*place, 12.5] for place in SQUARE]]}, None, [[RING]]),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE], [HOLE]]}, None, [[RING], [INNER]]),
        ({"type": "Feature", "properties": {}, "geometry": POLYGON}, None, [[RING]]),
        ({"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": POLYGON}] * 2}, None, [[RING], [RING]]),
        ({"type": "GeometryCollection", "geometries": [POLYGON]}, None, [[RING]]),
        # What cannot be read bounds nobody.
        (POLYGON, "kml", None),
        (POLYGON, "text", None),
        ("All of Canton", "text", None),
        ("All of Canton", None, None),
        ("", None, None),
        (None, None, None),
        ({"type": "Point", "coordinates": [-76, 39]}, None, None),
        ({"type": "Polygon", "coordinates": []}, None, None),
        ({"type": "Polygon", "coordinates": [[]]}, None, None),
        ({"type": "Polygon", "coordinates": [[[-76]]]}, None, None),
        ({"type": "Polygon", "coordinates": [[["a", "b"]]]}, None, None),
        ({"type": "Polygon", "coordinates": [[[39, -176]]]}, None, None),
        ({"type": "Polygon"}, None, None),
        ({"type": "Feature", "geometry": None}, None, None),
        ({"type": "FeatureCollection", "features": []}, None, None),
        ([1, 2], None, None),
        ("{", None, None),
        ("[" * 5000, None, None),
        (DEEP, None, None),
        ('{"type": "Polygon", "coordinates": [[[1e999, 0]]]}', None, None),
    ],
)
def test_an_extent_is_read(extent: object, extent_type: str | None, polygons: object):
    text = extent if isinstance(extent, str | None) else json.dumps(extent)
    assert read_extent(text, extent_type) == polygons


def test_the_typed_area_goes_before_the_extent_and_one_ring_stays_a_ring():
    extent = json.dumps(POLYGON)
    assert read_area({"states": ["MD"]}, extent, "geojson") == Area(states=["MD"])
    assert read_area(None, extent, "geojson") == Area(polygon=RING)
    assert read_area({}, extent, None) == Area(polygon=RING)
    assert read_area(None, json.dumps({"type": "Polygon", "coordinates": [SQUARE, HOLE]}), None) == Area(polygons=[[RING, INNER]])
    assert read_area(None, "All of Canton", "text") is None
    assert read_area({"polygon": "nonsense"}, None, None) is None
    assert read_area({"polygons": [[SQUARE, HOLE]]}, None, None) == Area(polygons=[[RING, INNER]])


def test_no_polygon_is_lost_when_rows_become_one_area():
    merged = merge_areas(
        [Area(polygon=RING, states=["MD"]), Area(polygon=INNER), Area(polygons=[[RING, INNER]], states=["MD", "DC"], radius_m=5)]
    )
    assert merged == Area(polygons=[[RING], [INNER], [RING, INNER]], states=["DC", "MD"], radius_m=5)
    assert merge_areas([]) is None
    assert merge_areas([Area(polygon=RING)]) == Area(polygon=RING)
    assert merge_areas([Area(polygon=RING), Area(states=["MD"], radius_m=7), Area(radius_m=3)]) == Area(
        polygon=RING, states=["MD"], radius_m=7
    )


CORNER = st.tuples(st.integers(-4, 4).map(float), st.integers(-4, 4).map(float))
RINGS = st.lists(CORNER, min_size=3, max_size=5)
AREAS = st.builds(
    Area,
    states=st.lists(st.sampled_from(["MD", "DC"]), max_size=1),
    postal_codes=st.lists(st.sampled_from(["21201", "21202"]), max_size=1),
    polygon=st.one_of(st.none(), RINGS),
    polygons=st.lists(st.lists(RINGS, min_size=1, max_size=2), max_size=2),
    radius_m=st.sampled_from([None, 1.0, 300_000.0]),
)
HOMES = st.builds(
    Home,
    state=st.sampled_from([None, "MD", "VA"]),
    postal_code=st.sampled_from([None, "21201"]),
    longitude=st.integers(-4, 4).map(float),
    latitude=st.integers(-4, 4).map(float),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(AREAS.filter(lambda area: area != Area()), min_size=1, max_size=3), HOMES)
def test_a_merged_area_holds_what_any_of_its_rows_holds(areas: list[Area], home: Home):
    point = Point(0.0, 0.0, Precision.ROOFTOP)
    assert holds_home(merge_areas(areas), home, point) == any(holds_home(area, home, point) for area in areas)
