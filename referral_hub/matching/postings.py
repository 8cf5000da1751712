"""Which rows a request looks at: lists by term and cell of the map, and by term and bucket of a service area."""

from __future__ import annotations

from functools import lru_cache
from math import asin, cos, pi, radians, sin
from typing import Any

import numpy as np

from referral_hub.matching import kernel
from referral_hub.matching.kernel import Postings

EVERYWHERE, ANYBODY, WIDE = 5 << 32, 6 << 32, 8 << 32
"""Buckets: without an area; every one, for a home of which nothing is known; with a shape too wide for the grid."""
SHAPES = 7 << 32
SHAPE_DEGREES = 0.5
MOST_SHAPE_CELLS = 2_000


def list_rows(keys: Any, rows: Any) -> tuple[Any, Any, Any]:
    """(keys ascending, where the rows of each begin and the last end, the rows): each key once, its rows ascending."""
    order = np.lexsort((rows, keys))
    sorted_keys = keys[order]
    first = np.flatnonzero(np.diff(sorted_keys, prepend=-1))
    return sorted_keys[first], np.append(first, len(keys)).astype(np.int32), rows[order].astype(np.int32)


def postings_of(cell_keys: Any, cell_rows: Any, bucket_keys: Any, bucket_rows: Any) -> Postings:
    """Postings out of pairs of a key and a row, in any order."""
    return Postings(*list_rows(cell_keys, cell_rows), *list_rows(bucket_keys, bucket_rows))


def with_pairs(listed: Postings, cells: list[tuple[int, int]], buckets: list[tuple[int, int]]) -> Postings:
    """The postings with some more pairs of a key and a row."""
    old = (listed[:3], listed[3:])
    made: list[Any] = []
    for (keys, start, rows), pairs in zip(old, (cells, buckets), strict=True):
        added = np.array(pairs, np.int64).reshape(-1, 2)
        made += list_rows(np.append(np.repeat(keys, np.diff(start)), added[:, 0]), np.append(rows, added[:, 1]))
    return Postings(*made)


NO_ROWS = postings_of(*(np.zeros(0, np.int64) for _ in range(4)))


def ragged(starts: Any, ends: Any) -> tuple[Any, Any]:
    """(every place from each start to its end, one after the other; which of them each place belongs to)."""
    counts = ends - starts
    belongs = np.repeat(np.arange(len(counts)), counts)
    ahead = np.cumsum(counts) - counts
    return np.arange(len(belongs)) - ahead[belongs] + starts[belongs], belongs


def cells_of(latitudes: Any, longitudes: Any) -> Any:
    """The cell of each point, as kernel.band_of and kernel.column_of number them; 0 without a point."""
    placed = ~np.isnan(latitudes)
    bands = np.floor((np.clip(np.where(placed, latitudes, 0.0), -90, 90) + 90) / kernel.CELL).astype(np.int64)
    columns = np.floor((np.clip(np.where(placed, longitudes, 0.0), -180, 180) + 180) / kernel.CELL).astype(np.int64)
    return np.where(placed, bands * kernel.LONGITUDES + columns, 0)


def term_key(code: int, place: int) -> int:
    """The key of a term in a cell or a bucket."""
    return (code << kernel.BUCKET_BITS) | place


def bucket_of(item: int) -> int:
    """The bucket of a place's number."""
    return ((item >> kernel.BUCKET_BITS) + 1 << 32) | (item & 0xFFFF_FFFF)


def within_world(south: float, north: float, west: float, east: float) -> tuple[float, float, float, float]:
    """A box of a polygon as the grid has it: around the whole world where it reaches across the antimeridian."""
    if east - west > 180 or west < -180 or east > 180:
        west, east = -180.0, 180.0
    return (south, north, west, east)


def box_around(latitude: float, longitude: float, metres: float) -> tuple[float, float, float, float]:
    """(south, north, west, east) of everything within a distance."""
    arc = (metres + kernel.SLACK_M) / kernel.LEAST_RADIUS_M
    south, north = latitude - arc * 180 / pi, latitude + arc * 180 / pi
    if arc >= pi / 2 - abs(radians(latitude)) - 1e-6:
        return (south, north, -180.0, 180.0)
    wide = asin(min(1.0, sin(arc) / cos(radians(latitude)))) * 180 / pi
    if longitude - wide < -180 or longitude + wide > 180:
        return (south, north, -180.0, 180.0)
    return (south, north, longitude - wide, longitude + wide)


@lru_cache(maxsize=4096)
def shape_cell(latitude: float, longitude: float) -> int:
    """The bucket of shapes around a point."""
    return SHAPES | (int((latitude + 90) // SHAPE_DEGREES) * 1000 + int((longitude + 180) // SHAPE_DEGREES))


def shape_cells(box: Any) -> list[int]:
    """The buckets that a box touches."""
    south, north = (int((float(value) + 90) // SHAPE_DEGREES) for value in (max(-90, box[0]), min(90, box[1])))
    west, east = (int((float(value) + 180) // SHAPE_DEGREES) for value in (box[2], box[3]))
    if (north - south + 1) * (east - west + 1) > MOST_SHAPE_CELLS:
        return [WIDE]
    return [SHAPES | (band * 1000 + column) for band in range(south, north + 1) for column in range(west, east + 1)]
