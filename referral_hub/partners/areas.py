"""Service areas out of what a directory holds: GeoJSON extents, and several rows as one area."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

import msgspec

from referral_hub.partners.listing import Area

Polygons = list[list[list[tuple[float, float]]]]
"""MultiPolygon coordinates as GeoJSON has them: polygons of rings of (longitude, latitude), the first ring outer, the rest holes."""
_LISTS = ("postal_codes", "counties", "cities", "states")
_DEEPEST = 8
"""Collections within collections."""


def read_extent(extent: str | None, extent_type: str | None) -> Polygons | None:
    """The polygons of an HSDS `service_area.extent`; None where there are none or it cannot be read.

    GeoJSON only (RFC 7946: Polygon, MultiPolygon, alone or within features and collections); what a row
    says in words, KML or TopoJSON bounds nobody.
    """
    if not extent or (extent_type or "geojson").strip().lower() != "geojson":
        return None
    try:
        return _polygons(msgspec.json.decode(extent), 0) or None
    except (msgspec.DecodeError, ValueError, TypeError, RecursionError):
        return None


def read_area(area: object, extent: str | None, extent_type: str | None) -> Area | None:
    """A row's typed area, else the one that its extent draws; one that cannot be read bounds nobody."""
    if not area:
        polygons = read_extent(extent, extent_type)
        return None if polygons is None else _with_polygons(Area(), polygons)
    try:
        return msgspec.convert(area, Area, strict=False)
    except msgspec.ValidationError:
        return None


def merge_areas(areas: Sequence[Area]) -> Area | None:
    """One area that holds what any of them holds; None for none."""
    if len(areas) < 2:
        return areas[0] if areas else None
    lists = {name: sorted({place for area in areas for place in getattr(area, name)}) for name in _LISTS}
    radius = max((area.radius_m for area in areas if area.radius_m is not None), default=None)
    return _with_polygons(Area(**lists, radius_m=radius), [polygon for area in areas for polygon in polygons_of(area)])


def polygons_of(area: Area) -> Polygons:
    """Every polygon of an area, the single ring included."""
    return [*([[area.polygon]] if area.polygon else []), *area.polygons]


def _with_polygons(area: Area, polygons: Polygons) -> Area:
    """One polygon without holes stands as a ring, which is what most readers expect."""
    if len(polygons) == 1 and len(polygons[0]) == 1:
        return msgspec.structs.replace(area, polygon=polygons[0][0])
    return msgspec.structs.replace(area, polygons=polygons)


def _polygons(shape: Any, depth: int) -> Polygons:
    if not isinstance(shape, dict) or depth > _DEEPEST:
        raise ValueError("no GeoJSON object")
    kind = shape.get("type")
    if kind == "Polygon":
        return [_rings(shape.get("coordinates"))]
    if kind == "MultiPolygon":
        return [_rings(polygon) for polygon in _each(shape.get("coordinates"))]
    if kind == "Feature":
        return _polygons(shape.get("geometry"), depth + 1)
    parts = _each(shape.get("features" if kind == "FeatureCollection" else "geometries"))
    return [polygon for part in parts for polygon in _polygons(part, depth + 1)]


def _rings(given: Any) -> list[list[tuple[float, float]]]:
    rings = [[_position(position) for position in _each(ring)] for ring in _each(given)]
    if not rings or not all(rings):
        raise ValueError("a polygon without a ring")
    return rings


def _position(given: Any) -> tuple[float, float]:
    """(longitude, latitude); a height behind them is passed over. Rings across 180 degrees may count on to 360."""
    longitude, latitude = (float(part) for part in _each(given)[:2])
    if not (isfinite(longitude) and abs(longitude) <= 360 and abs(latitude) <= 90):
        raise ValueError("no place on earth")
    return longitude, latitude


def _each(given: Any) -> list[Any]:
    if not isinstance(given, list):
        raise TypeError("no list")
    return given
