"""The map on which counties are chosen: each is a link that chooses it or leaves it out. No script, no tiles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from msgspec import Struct

from referral_hub.matching.counties import say_county
from web.map import HEIGHT, LETTER, MARGIN, WIDTH, County, Label, View, counties, has_room, holds, path_of, view_of


class CountyShape(Struct, frozen=True):
    """A county that can be chosen."""

    code: str
    name: str
    path: str
    chosen: bool
    others: tuple[str, ...]
    """What is chosen after this one was tapped."""


class AreaPicture(Struct, frozen=True):
    width: float
    top: float
    height: float
    shapes: tuple[CountyShape, ...]
    labels: tuple[Label, ...]


def county_at(latitude: float, longitude: float) -> str | None:
    """The FIPS code of the county that holds a point; None at sea and abroad."""
    near = [one for one in counties() if one.west <= longitude <= one.east and one.south <= latitude <= one.north]
    view = View(latitude, longitude, 1.0)
    return next((one.fips for one in near if holds(one, view.at(latitude, longitude), view)), None)


def draw_area(state: str, chosen: Collection[str]) -> AreaPicture | None:
    """The counties of a state (the first two digits of FIPS codes), those chosen marked; None for no state."""
    inside = sorted((one for one in counties() if one.fips.startswith(state)), key=lambda one: one.name) if state else []
    if not inside:
        return None
    west, east = min(one.west for one in inside), max(one.east for one in inside)
    south, north = min(one.south for one in inside), max(one.north for one in inside)
    view = view_of([(south, west), (north, east)])
    held = sorted(set(chosen))
    shapes = tuple(
        CountyShape(
            code=one.fips,
            name=say_county(one.fips),
            path=" ".join(path_of(ring, view) for ring in one.rings),
            chosen=one.fips in held,
            others=tuple(code for code in held if code != one.fips) + (() if one.fips in held else (one.fips,)),
        )
        for one in inside
    )
    # The window is higher than most states are: what lies above and beneath is cut off.
    (_, low), (_, high) = view.at(south, west), view.at(north, west)
    top = max(high - MARGIN / 2, 0.0)
    return AreaPicture(WIDTH, round(top, 1), round(min(low + MARGIN / 2, HEIGHT) - top, 1), shapes, tuple(_labels(inside, view)))


def _labels(inside: Sequence[County], view: View) -> Iterator[Label]:
    """Names where they fit: within their county as far as it is wide, and on no other name."""
    taken: list[tuple[float, float, float]] = []
    for county in sorted(inside, key=lambda one: (one.west - one.east) * (one.north - one.south)):
        x, y = view.at((county.south + county.north) / 2, (county.west + county.east) / 2)
        half = LETTER * len(county.name) / 2
        if has_room((x, y), half, taken) and holds(county, (x, y), view):
            taken.append((x, y, half))
            yield Label(county.name, round(x, 1), round(y, 1), "county")
