"""The map, drawn on the server: counties, rings of miles around home, numbered pins.

No tiles, no script: an SVG that prints and that a strict policy allows. Coordinates are WGS84 degrees;
the picture is WIDTH x HEIGHT units. A confidential place never gets here: its listing has no point.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from itertools import pairwise

from msgspec import Struct

WIDTH = 640.0
HEIGHT = 480.0
MILES_A_DEGREE = 69.055
"""Of latitude."""
MARGIN = 44.0
LEAST_MILES = 3.0
"""A map of several points never shows less than this from side to side."""
ALONE_MILES = 12.0
"""The map of one place shows what lies around it."""
PIN = 13.0
STEPS = (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)

LETTER = 8.4
"""Picture units that a letter of a county's name takes."""
LINE = 15.0
"""Picture units from one line of text to the next."""

Ring = list[tuple[float, float]]


class Place(Struct, frozen=True):
    """Something to pin: its number in the list beside the map, and what a screen reader says."""

    number: int
    words: str
    latitude: float
    longitude: float


class Home(Struct, frozen=True):
    latitude: float
    longitude: float
    about: bool
    """The point is a postal code's centre, not the door."""


class Pin(Struct, frozen=True):
    number: int
    words: str
    x: float
    y: float
    spot_x: float
    spot_y: float
    moved: bool
    """Drawn beside its spot, because another pin stands there."""


class Label(Struct, frozen=True):
    words: str
    x: float
    y: float
    kind: str


class Circle(Struct, frozen=True):
    words: str
    radius: float


class Spot(Struct, frozen=True):
    x: float
    y: float
    about: bool
    radius: float


class Scale(Struct, frozen=True):
    words: str
    length: float


class Picture(Struct, frozen=True):
    width: float
    height: float
    counties: tuple[str, ...]
    labels: tuple[Label, ...]
    rings: tuple[Circle, ...]
    home: Spot | None
    pins: tuple[Pin, ...]
    scale: Scale


class County(Struct, frozen=True):
    fips: str
    name: str
    rings: list[Ring]
    west: float
    south: float
    east: float
    north: float


class View(Struct, frozen=True):
    """An equirectangular window around a middle."""

    latitude: float
    longitude: float
    unit: float
    """Picture units a mile."""

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        miles_east = (longitude - self.longitude) * MILES_A_DEGREE * math.cos(math.radians(self.latitude))
        miles_north = (latitude - self.latitude) * MILES_A_DEGREE
        return WIDTH / 2 + miles_east * self.unit, HEIGHT / 2 - miles_north * self.unit


@cache
def counties() -> tuple[County, ...]:
    """Every county of the atlas, its arcs decoded; read once."""
    text = files("referral_hub").joinpath("assets", "counties.json").read_text(encoding="utf-8")
    atlas = json.loads(text)
    arcs = list(_decode(atlas))
    found = []
    for shape in atlas["objects"]["counties"]["geometries"]:
        groups = {"Polygon": [shape.get("arcs", [])], "MultiPolygon": shape.get("arcs", [])}.get(shape["type"], [])
        rings = [_ring(indices, arcs) for polygon in groups for indices in polygon]
        points = [point for ring in rings for point in ring]
        if points:
            longitudes, latitudes = [p[0] for p in points], [p[1] for p in points]
            name = shape.get("properties", {}).get("name", "")
            found.append(County(str(shape["id"]), name, rings, min(longitudes), min(latitudes), max(longitudes), max(latitudes)))
    return tuple(found)


def _decode(atlas: dict[str, object]) -> Iterator[Ring]:
    """TopoJSON arcs: steps on a grid, summed and scaled."""
    transform = atlas["transform"]
    (kx, ky), (dx, dy) = transform["scale"], transform["translate"]  # type: ignore[index]  # the TopoJSON specification
    for arc in atlas["arcs"]:  # type: ignore[attr-defined]
        x = y = 0
        line = []
        for step in arc:
            x, y = x + step[0], y + step[1]
            line.append((x * kx + dx, y * ky + dy))
        yield line


def _ring(indices: Sequence[int], arcs: Sequence[Ring]) -> Ring:
    """The arcs of one ring joined; a negative index (ones' complement) runs backwards."""
    ring: Ring = []
    for index in indices:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        ring.extend(arc[1:] if ring else arc)
    return ring


@cache
def postal_codes() -> tuple[tuple[str, float, float], ...]:
    """Postal codes and their centres, as landmarks; read once."""
    file = files("referral_hub").joinpath("assets", "postal_codes.tsv")
    with file.open(encoding="utf-8") as lines:
        return tuple((row["zip"], float(row["latitude"]), float(row["longitude"])) for row in csv.DictReader(lines, delimiter="\t"))


def draw_map(places: Sequence[Place], home: Home | None) -> Picture | None:
    """The map that holds every place and the home; None when there is nothing to show."""
    points = [(one.latitude, one.longitude) for one in places]
    if home:
        points.append((home.latitude, home.longitude))
    if not points:
        return None
    view = view_of(points)
    spot = None
    if home:
        x, y = view.at(home.latitude, home.longitude)
        spot = Spot(round(x, 1), round(y, 1), home.about, round(max(10.0, view.unit * 0.6), 1))
    pins = tuple(_pins(places, view, spot))
    taken = [(pin.x, pin.y) for pin in pins] + ([(spot.x, spot.y)] if spot else [])
    shapes, names = _land(view, taken)
    return Picture(WIDTH, HEIGHT, tuple(shapes), (*names, *_codes(view, taken, names)), tuple(_rings(view, spot)), spot, pins, _scale(view))


def view_of(points: Sequence[tuple[float, float]]) -> View:
    """The window that holds all of these (latitude, longitude)."""
    south, north = min(p[0] for p in points), max(p[0] for p in points)
    west, east = min(p[1] for p in points), max(p[1] for p in points)
    latitude, longitude = (south + north) / 2, (west + east) / 2
    tall = (north - south) * MILES_A_DEGREE
    wide = (east - west) * MILES_A_DEGREE * math.cos(math.radians(latitude))
    wide = max(wide, (LEAST_MILES if len(points) > 1 else ALONE_MILES) * (WIDTH - 2 * MARGIN) / WIDTH)
    unit = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / max(tall, 0.01))
    return View(latitude, longitude, unit)


def _land(view: View, taken: list[tuple[float, float]]) -> tuple[list[str], list[Label]]:
    """Outlines of the counties in the window, and their names where there is room."""
    half_wide = WIDTH / 2 / view.unit / (MILES_A_DEGREE * math.cos(math.radians(view.latitude)))
    half_tall = HEIGHT / 2 / view.unit / MILES_A_DEGREE
    west, east = view.longitude - half_wide, view.longitude + half_wide
    south, north = view.latitude - half_tall, view.latitude + half_tall
    shapes, names = [], []
    used: list[tuple[float, float, float]] = []
    for county in counties():
        if county.east < west or county.west > east or county.north < south or county.south > north:
            continue
        shapes.append(" ".join(path_of(ring, view) for ring in county.rings))
        inside = [view.at(y, x) for ring in county.rings for x, y in ring if west <= x <= east and south <= y <= north]
        middle = view.at((max(county.south, south) + min(county.north, north)) / 2, (max(county.west, west) + min(county.east, east)) / 2)
        half = LETTER * len(county.name) / 2
        if (inside or len(shapes) == 1) and _is_free(middle, taken, 34) and has_room(middle, half, used) and holds(county, middle, view):
            used.append((*middle, half))
            names.append(Label(county.name.upper(), round(middle[0], 1), round(middle[1], 1), "county"))
    return shapes, names


def has_room(at: tuple[float, float], half: float, used: Sequence[tuple[float, float, float]]) -> bool:
    """Whether a name, half so wide, lies on no other: `used` are their middles with half their widths."""
    return all(abs(at[0] - x) > half + other or abs(at[1] - y) > LINE for x, y, other in used)


def holds(county: County, at: tuple[float, float], view: View) -> bool:
    """Whether the point of the picture lies in the county: ray casting."""
    x, y = at
    inside = False
    for ring in county.rings:
        line = [view.at(latitude, longitude) for longitude, latitude in ring]
        for (x1, y1), (x2, y2) in pairwise(line):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def path_of(ring: Ring, view: View) -> str:
    """A ring as the data of an SVG path."""
    points = [view.at(latitude, longitude) for longitude, latitude in ring]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"


def _codes(view: View, taken: list[tuple[float, float]], names: list[Label]) -> Iterator[Label]:
    """Postal codes as landmarks, as many as fit without touching."""
    used = [*taken, *((one.x, one.y) for one in names)]
    for code, latitude, longitude in postal_codes():
        x, y = view.at(latitude, longitude)
        if MARGIN < x < WIDTH - MARGIN and 20 < y < HEIGHT - 50 and _is_free((x, y), used, 46):
            used.append((x, y))
            yield Label(code, round(x, 1), round(y, 1), "code")


def _is_free(at: tuple[float, float], taken: Sequence[tuple[float, float]], apart: float) -> bool:
    return all(math.hypot(at[0] - x, at[1] - y) >= apart for x, y in taken)


def _rings(view: View, spot: Spot | None) -> Iterator[Circle]:
    """At most three circles of whole distances around home."""
    if spot is None:
        return
    fitting = [step for step in STEPS if 40 < step * view.unit < WIDTH * 0.7]
    for step in fitting[:3]:
        yield Circle(f"{step:g} mi", round(step * view.unit, 1))


def _pins(places: Sequence[Place], view: View, spot: Spot | None) -> Iterator[Pin]:
    """Each pin at its spot, or on the nearest free place of a spiral around it."""
    used = [(spot.x, spot.y), (spot.x - 16, spot.y + 16), (spot.x + 16, spot.y + 16)] if spot else []
    for place in places:
        x, y = view.at(place.latitude, place.longitude)
        at_x, at_y = x, y
        for step in range(60):
            if _is_free((at_x, at_y), used, 2 * PIN - 1):
                break
            angle, away = step * 0.9, PIN + step * 1.6
            at_x = min(max(x + away * math.cos(angle), PIN), WIDTH - PIN)
            at_y = min(max(y + away * math.sin(angle), PIN), HEIGHT - PIN)
        used.append((at_x, at_y))
        moved = math.hypot(at_x - x, at_y - y) > 1
        yield Pin(place.number, place.words, round(at_x, 1), round(at_y, 1), round(x, 1), round(y, 1), moved)


def _scale(view: View) -> Scale:
    step = max((step for step in STEPS if step * view.unit <= 150), default=STEPS[0])
    return Scale(f"{step:g} mi", round(step * view.unit, 1))
