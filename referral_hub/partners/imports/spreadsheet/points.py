"""Coordinates as they come: degrees, metres of the Web Mercator projection, changed places, lost signs. Pure."""

from __future__ import annotations

import math
import re

from msgspec import Struct

from referral_hub.partners.imports.cells import read_number

HALF_WAY_ROUND_M = 20_037_508.342789244
"""Web Mercator (EPSG:3857): metres from the meridian of Greenwich to the one opposite."""
_BOXES = ((13.0, 72.0, -180.0, -64.0), (12.0, 21.0, 144.0, 147.0), (-15.0, -10.0, -172.0, -168.0), (51.0, 54.0, 172.0, 180.0))
"""(south, north, west, east) of the United States: states and Puerto Rico, the Marianas, Samoa, the western Aleutians."""


class Point(Struct, frozen=True):
    """What two cells say; `problem` and `done` are empty where they were as they should be."""

    at: tuple[float, float] | None
    """Latitude and longitude in degrees, or None."""
    problem: str = ""
    done: str = ""
    is_longitude: bool = False
    """Whether the second cell is at fault rather than the first."""


def read_point(latitude: str, longitude: str, *, country: str = "US") -> Point:
    """The point of two cells, put right where only one meaning is possible."""
    if not latitude and not longitude:
        return Point(None)
    if not latitude or not longitude:
        return Point(None, "one of the coordinates is blank", "stored without a point", is_longitude=not longitude)
    first, second = _number(latitude), _number(longitude)
    if first is None or second is None:
        wrong = latitude if first is None else longitude
        return Point(None, f"{wrong[:20]} is no coordinate", "stored without a point", is_longitude=first is not None)
    if first == 0 or second == 0:
        words = "0, 0 lies in the Atlantic" if first == second else "a coordinate of 0 is a blank one"
        return Point(None, words, "stored without a point", is_longitude=first != 0)
    return _settle(first, second, country.upper() in ("", "US", "USA"))


def split_point(text: str) -> tuple[str, str]:
    """Latitude and longitude of one cell: `39.29, -76.61`, `POINT(-76.61 39.29)`; two blanks where it holds no two numbers."""
    numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
    if len(numbers) != 2:
        return "", ""
    return (numbers[1], numbers[0]) if text.strip().upper().startswith("POINT") else (numbers[0], numbers[1])


def _settle(first: float, second: float, at_home: bool) -> Point:
    """The one meaning that lies in the country; the plain one goes first."""
    plain = abs(first) <= 90 and abs(second) <= 180
    if plain and (not at_home or _in_country(first, second)):
        return Point((first, second))
    metres = max(abs(first), abs(second)) > 180
    readings = [
        ("latitude and longitude have changed places", (second, first)),
        ("the sign of the longitude is missing", (first, -second)),
        ("metres (Web Mercator) instead of degrees", _degrees(second, first)),
        ("metres (Web Mercator) in changed places", _degrees(first, second)),
    ]
    fitting = [(words, at) for words, at in readings if words.startswith("metres") == metres and at is not None and _is_place(at, at_home=at_home)]
    if fitting:
        words, (latitude, longitude) = fitting[0]
        return Point((round(latitude, 7), round(longitude, 7)), words, f"stored as {latitude:.5f}, {longitude:.5f}")
    if plain:
        return Point(None, f"{first:g}, {second:g} lies outside the country", "stored without a point")
    return Point(None, f"{first:g}, {second:g} is no place on earth", "stored without a point", is_longitude=abs(first) <= 90)


def _degrees(easting: float, northing: float) -> tuple[float, float] | None:
    if max(abs(easting), abs(northing)) > HALF_WAY_ROUND_M:
        return None
    longitude = easting / HALF_WAY_ROUND_M * 180
    return math.degrees(2 * math.atan(math.exp(math.pi * northing / HALF_WAY_ROUND_M)) - math.pi / 2), longitude


def _is_place(at: tuple[float, float], *, at_home: bool) -> bool:
    return _in_country(*at) if at_home else abs(at[0]) <= 90 and abs(at[1]) <= 180


def _in_country(latitude: float, longitude: float) -> bool:
    return any(south <= latitude <= north and west <= longitude <= east for south, north, west, east in _BOXES)


def _number(text: str) -> float | None:
    plain = text.strip().rstrip("°").replace("−", "-")
    if re.fullmatch(r"-?\d{1,3}(?:,\d{3})+(?:\.\d+)?", plain):
        plain = plain.replace(",", "")  # metres with separators of thousands
    elif re.fullmatch(r"-?\d+,\d+", plain):
        plain = plain.replace(",", ".")
    if found := re.fullmatch(r"(\d+(?:\.\d+)?)°?\s*([NSEW])", plain, re.IGNORECASE):
        plain = f"-{found[1]}" if found[2].upper() in "SW" else found[1]
    return read_number(plain)
