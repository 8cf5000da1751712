"""Polygons in the kernel's arrays hold whom the exact method holds, or ask it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral_hub.matching import kernel
from referral_hub.matching.columns import Columns
from referral_hub.matching.shapes import holds, shapes_of
from referral_hub.partners.listing import Area

Corners = list[tuple[float, float]]
whole = st.integers(-4, 4).map(float)
anywhere = st.floats(-200, 200)
corners = st.lists(st.tuples(whole, whole) | st.tuples(anywhere, st.floats(-90, 90)), min_size=3, max_size=7)
shape_holds: Any = getattr(kernel.shape_holds, "py_func", kernel.shape_holds)


def said_of(polygons: list[list[Corners]], longitude: float, latitude: float) -> list[int]:
    columns = Columns({})
    columns._make_area(msgspec.msgpack.encode(Area(polygons=polygons)))
    home: Any = SimpleNamespace(longitude=longitude, latitude=latitude)
    return [shape_holds(number, columns.views().tables, home) for number in range(columns.tables["shapes"].size)]


@settings(max_examples=1_000, deadline=None)
@given(st.lists(corners, min_size=1, max_size=3), whole | anywhere, whole | st.floats(-90, 90))
def test_what_arrays_say_of_a_polygon_is_what_the_exact_method_says(rings: list[Corners], longitude: float, latitude: float):
    exact = [kernel.YES if holds(shape, longitude, latitude) else kernel.NO for shape in shapes_of([rings])]
    for said, is_so in zip(said_of([rings], longitude, latitude), exact, strict=True):
        assert said in (is_so, kernel.UNSETTLED)


@pytest.mark.parametrize(
    ("point", "said"),
    [
        ((5.0, 5.0), kernel.NO),  # in the lake
        ((2.0, 2.0), kernel.YES),
        ((11.0, 5.0), kernel.NO),
        ((362.0, 2.0), kernel.YES),  # counted once more round the world
        ((10.0, 5.0), kernel.UNSETTLED),  # on the border: doubles cannot tell
    ],
)
def test_most_are_told_without_asking(point: tuple[float, float], said: int):
    park: Corners = [(0, 0), (10, 0), (10, 10), (0, 10)]
    lake: Corners = [(4, 4), (6, 4), (6, 6), (4, 6)]
    assert said_of([[park, lake]], *point) == [said]


def test_the_polygons_of_an_area_come_back_as_they_were_made_ready():
    rings: list[Corners] = [[(177, -20), (-178, -20), (-178, -15), (177, -15)], [(178, -18), (179, -18), (179, -17)]]
    columns = Columns({})
    number = columns._make_area(msgspec.msgpack.encode(Area(polygon=[(0, 0), (1, 0), (0, 1)], polygons=[rings])))
    assert columns.shapes_in(number) == shapes_of([[[(0, 0), (1, 0), (0, 1)]], rings])
