"""Which service areas hold a home: looked up by its names, and by boxes before any polygon is looked at."""

from __future__ import annotations

from math import cos, inf, radians

import msgspec
import numpy as np
import numpy.typing as npt

from referral_hub.matching.eligibility import same_place
from referral_hub.matching.facts import Home
from referral_hub.matching.reach import has_no_bounds, holds_home, is_blank
from referral_hub.matching.search.model import Place
from referral_hub.matching.search.numbering import Numbering
from referral_hub.partners.areas import polygons_of
from referral_hub.partners.listing import Area, Point
from referral_hub.partners.model import Precision

Mask = npt.NDArray[np.bool_]
_LISTS = (("postal_codes", "postal_code"), ("counties", "county"), ("cities", "city"), ("states", "state"))
_METRES_A_DEGREE = 110_000.0
_encode = msgspec.msgpack.encode


class Areas:
    """Areas by number, each once; an area that reaches around a place is one with that place."""

    def __init__(self) -> None:
        self.known: Numbering[tuple[bytes, Place | None]] = Numbering()
        self._areas: list[tuple[Area, Point | None]] = []
        self._by_name: dict[tuple[str, str], list[int]] = {}
        self._shaped: list[int] = []
        """Areas with polygons or a radius, which no name can tell of."""
        self._boxes: list[tuple[float, float, float, float]] = []
        """Of each of those west, south, east and north."""
        self._boxed = np.zeros((0, 4))

    def number(self, area: Area | None, point: Place | None) -> int:
        """The number of an area around a place; -1 for one that holds everybody."""
        if area is None or has_no_bounds(area):
            return -1
        around = point if area.radius_m is not None else None
        number = self.known.number((_encode(area), around))
        if number == len(self._areas):
            self._add(number, area, around)
        return number

    def holding(self, home: Home) -> Mask:
        """Of each area whether it holds a home, as matching.reach.holds_home says."""
        held = np.zeros(len(self._areas), bool)
        if is_blank(home):
            return ~held
        for _, kind in _LISTS:
            name = getattr(home, kind)
            if name is not None:
                held[self._by_name.get((kind, same_place(kind, name)), [])] = True
        if home.latitude is not None and home.longitude is not None and self._shaped:
            if len(self._boxed) != len(self._boxes):
                self._boxed = np.array(self._boxes)
            west, south, east, north = self._boxed.T
            near = (south <= home.latitude) & (home.latitude <= north) & (west <= home.longitude) & (home.longitude <= east)
            for place in np.flatnonzero(near).tolist():
                number = self._shaped[place]
                held[number] = held[number] or holds_home(self._areas[number][0], home, self._areas[number][1])
        return held

    def _add(self, number: int, area: Area, around: Place | None) -> None:
        point = None if around is None else Point(*around, Precision.ROOFTOP)
        self._areas.append((area, point))
        for names, kind in _LISTS:
            for name in getattr(area, names):
                self._by_name.setdefault((kind, same_place(kind, name)), []).append(number)
        box = _box(area, point)
        if box is not None:
            self._shaped.append(number)
            self._boxes.append(box)


def _box(area: Area, point: Point | None) -> tuple[float, float, float, float] | None:
    """Around an area's shapes; None for an area without any. One that may cross 180 degrees goes all round."""
    corners = [corner for rings in polygons_of(area) for ring in rings for corner in ring]
    if point is not None and area.radius_m is not None:
        tall = area.radius_m / _METRES_A_DEGREE
        wide = tall / max(0.01, cos(radians(min(89.0, abs(point.latitude) + tall))))
        corners += [(point.longitude - wide, point.latitude - tall), (point.longitude + wide, point.latitude + tall)]
    if not corners:
        return None
    longitudes, latitudes = zip(*corners, strict=True)
    west, east = min(longitudes), max(longitudes)
    if east - west > 180 or west < -180 or east > 180:
        west, east = -inf, inf
    return west, min(latitudes), east, max(latitudes)
