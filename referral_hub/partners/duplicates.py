"""Organizations and places that may stand in the directory twice: found by what they share, decided by a person. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import combinations
from typing import Literal
from uuid import UUID

from geopy.distance import great_circle
from msgspec import Struct
from rapidfuzz.fuzz import token_sort_ratio

Kind = Literal["organization", "location"]
ENOUGH = 5
"""Points from which two records are shown to a person."""
POINTS: dict[Kind, dict[str, int]] = {
    "organization": {"name": 4, "similar name": 3, "website": 3, "address": 2, "phone": 2, "email": 1, "city": 1},
    "location": {"address": 3, "name": 2, "near": 2, "similar name": 1, "phone": 1, "organization": 1},
}
"""What each thing that two records share is worth: a name alone is not enough, nor is a door alone."""
OTHER_NAME: dict[Kind, int] = {"organization": -2, "location": -1}
"""Offices of one authority share a door, a switchboard and a mail address; their names differ."""
OTHER_DOOR = -3
"""Two units of one house."""
NEAR_M = 150.0
SIMILAR = 90.0
"""Of 100: names that differ in a letter or two."""
MOST_SHARING = 12
"""A telephone number of more records than these is a switchboard, and tells nothing."""
UNLIKE = 70.0
_CELL = 0.005
"""Degrees: its half is more than NEAR_M, of longitude too, as far north as Alaska's south."""


class Sketch(Struct, frozen=True, kw_only=True):
    """What of a record can be compared; nothing of a confidential place is in it."""

    id: UUID
    name: str
    """Key of the name (`likeness.name_key`)."""
    keys: Mapping[str, frozenset[str]]
    """By what they are: address, phone, website, email, city, organization."""
    units: frozenset[str] = frozenset()
    """Doors with what lies within."""
    point: tuple[float, float] | None = None
    """(latitude, longitude)"""


class Pair(Struct, frozen=True):
    """Two records that may be one; `first` has the smaller id."""

    first: UUID
    second: UUID
    points: int
    shared: tuple[str, ...]
    """What they share, the weightiest first."""


class DuplicateState(StrEnum):
    OPEN = "open"
    MERGED = "merged"
    DIFFERENT = "different"
    GONE = "gone"
    """One of them is no more, or they share no longer enough."""


class Duplicate(Struct, frozen=True, kw_only=True):
    """A pair that was found, and what somebody decided of it."""

    id: UUID
    kind: str
    """organization | location"""
    first_id: UUID
    second_id: UUID
    points: int
    shared: list[str]
    state: DuplicateState
    found_at: datetime
    decided_at: datetime | None = None
    decided_by: UUID | None = None
    """An account."""
    change_set_id: UUID | None = None
    """Of the merge."""


def find_pairs(kind: Kind, sketches: Sequence[Sketch]) -> list[Pair]:
    """The pairs of a kind that share enough, the likeliest first."""
    by_id = {one.id: one for one in sketches}
    found = [pair for first, second in _candidates(kind, sketches) if (pair := _judge(kind, by_id[first], by_id[second])) is not None]
    return sorted(found, key=lambda pair: (-pair.points, pair.first, pair.second))


def _candidates(kind: Kind, sketches: Sequence[Sketch]) -> set[tuple[UUID, UUID]]:
    """Pairs that share a key which few others have."""
    blocks: dict[tuple[str, str], list[UUID]] = defaultdict(list)
    for one in sketches:
        for block in _blocks_of(kind, one):
            blocks[block].append(one.id)
    return {
        (min(pair), max(pair)) for ids in blocks.values() if 1 < len(set(ids)) <= MOST_SHARING for pair in combinations(sorted(set(ids)), 2)
    }


def _blocks_of(kind: Kind, one: Sketch) -> Iterator[tuple[str, str]]:
    if one.name:
        yield "name", one.name
    for what, keys in one.keys.items():
        if what not in ("city", "organization"):
            yield from ((what, key) for key in keys if key)
    if kind == "location" and one.point is not None:
        owner = next(iter(one.keys.get("organization", ())), "")
        yield from (("near", f"{owner}|{cell}") for cell in _cells(one.point))


def _cells(point: tuple[float, float]) -> Iterable[str]:
    """Four grids that overlap by half: points that are near share a cell of one of them."""
    latitude, longitude = point
    for north in (0.0, 0.5):
        for east in (0.0, 0.5):
            yield f"{north}/{east}/{int(latitude / _CELL + north + 1e6)}/{int(longitude / _CELL + east + 1e6)}"


def _judge(kind: Kind, first: Sketch, second: Sketch) -> Pair | None:
    worth = POINTS[kind]
    shared = [what for what in worth if what in first.keys and first.keys[what] & second.keys.get(what, frozenset()) - {""}]
    likeness = token_sort_ratio(first.name, second.name) if first.name and second.name else None
    if likeness is not None and likeness >= SIMILAR:
        shared.append("name" if first.name == second.name else "similar name")
    if "near" in worth and "address" not in shared and _are_near(first, second):
        shared.append("near")
    points = sum(worth[what] for what in shared) + (OTHER_NAME[kind] if likeness is not None and likeness < UNLIKE else 0)
    if "address" in shared and kind == "location" and first.units and second.units and not first.units & second.units:
        points += OTHER_DOOR
    if points < ENOUGH:
        return None
    return Pair(min(first.id, second.id), max(first.id, second.id), points, tuple(sorted(shared, key=lambda what: (-worth[what], what))))


def _are_near(first: Sketch, second: Sketch) -> bool:
    return bool(first.point and second.point and great_circle(first.point, second.point).meters <= NEAR_M)
