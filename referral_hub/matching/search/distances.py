"""Distances from a home to many places at once: a closed formula, made exact where a limit is near."""

from __future__ import annotations

from math import atan, cos, isnan, nan, radians, sin, tan

import numpy as np
import numpy.typing as npt

from referral_hub.matching.reach import distance_m
from referral_hub.matching.search.model import Place

_EQUATOR_M = 6_378_137.0
_FLATTENING = 1 / 298.257223563
"""WGS84."""
Metres = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def vector_to(place: Place) -> tuple[float, float, float]:
    """Where a place lies on a sphere of radius 1, by its reduced latitude; NaN for one at NaN."""
    if isnan(place[0]) or isnan(place[1]):
        return nan, nan, nan
    latitude, longitude = atan((1 - _FLATTENING) * tan(radians(place[0]))), radians(place[1])
    return cos(latitude) * cos(longitude), cos(latitude) * sin(longitude), sin(latitude)


def metres_to(home: Place, x: Metres, y: Metres, z: Metres) -> Metres:
    """Metres on WGS84 to each place (as `vector_to` has it), off by less than two in a hundred thousand; NaN where a place is NaN.

    Source: the Andoyer-Lambert formula (P. D. Thomas, Spheroidal Geodesics, 1970), first order in the flattening.
    """
    home_x, home_y, home_z = vector_to(home)
    half = np.clip(((x - home_x) ** 2 + (y - home_y) ** 2 + (z - home_z) ** 2) / 4, 1e-30, 1 - 1e-15)
    arc, chord = 2 * np.arcsin(np.sqrt(half)), 2 * np.sqrt(half * (1 - half))
    bend = (arc - chord) * ((z + home_z) / 2) ** 2 / (1 - half) + (arc + chord) * ((z - home_z) / 2) ** 2 / half
    found: Metres = _EQUATOR_M * (arc - _FLATTENING / 2 * bend)
    return found


def within(metres: Metres, limit_m: float, home: Place, latitudes: Metres, longitudes: Metres) -> Mask:
    """Which of the places are at most so far away; those near the limit are measured exactly. Never one at NaN."""
    found: Mask = metres <= limit_m
    doubt = 1 + limit_m * (0.0001 if limit_m < 10_000_000 else 0.01)
    for place in np.flatnonzero(np.abs(metres - limit_m) <= doubt).tolist():
        found[place] = distance_m(*home, float(latitudes[place]), float(longitudes[place])) <= limit_m
    return found
