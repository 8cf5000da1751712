"""What a search is narrowed, counted and ordered by: one column a fact, one row a listing. Never changed once made."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import datetime
from math import inf, nan

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from referral_hub.matching.eligibility import same_language
from referral_hub.matching.facts import Home
from referral_hub.matching.search.areas import Areas
from referral_hub.matching.search.distances import Mask, Metres, metres_to, vector_to, within
from referral_hub.matching.search.model import Place, SearchDocument, SearchQuery
from referral_hub.matching.search.numbering import Numbering
from referral_hub.matching.search.openings import Openings

ROOMS = ("unknown", "open", "waitlist", "full")
FEW = 20
"""Rows that are put into the order of names one by one; for more all of it is sorted anew."""
DISTANCES_M = (1_609, 3_219, 8_047, 16_093, 40_234)
"""One, two, five, ten and 25 miles: what is counted where distances are measured."""
_COLUMNS = {
    "free": np.bool_,
    "without_documents": np.bool_,
    "takes_referrals": np.bool_,
    "visited": np.bool_,
    "latitude": np.float64,
    "longitude": np.float64,
    "x": np.float64,
    "y": np.float64,
    "z": np.float64,
    "area": np.int32,
    "schedule": np.int32,
    "room": np.int8,
    "room_until": np.float64,
}
_NOWHERE = (nan, nan)
Pairs = tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]
"""(rows, numbers): a row may have several."""


class Around(Struct, frozen=True):
    """What a search knows of every row as seen from a home."""

    home: Place | None
    metres: Metres
    """NaN to what is not visited, and to what nobody asked for."""
    reached: Mask
    """Whether its area holds the home."""


class Known:
    """The values behind the numbers; copies of an index share them."""

    def __init__(self) -> None:
        self.kinds: Numbering[str] = Numbering()
        self.languages: Numbering[str] = Numbering()
        self.openings = Openings()
        self.areas = Areas()


class Shelves:
    """The columns. `narrow` gives one mask a filter, `count` the facets."""

    def __init__(
        self, known: Known, columns: dict[str, npt.NDArray[np.generic]], kinds: Pairs, languages: Pairs, names: list[tuple[str, bytes]]
    ) -> None:
        self._known = known
        self._columns = columns
        self._kinds, self._languages = kinds, languages
        self._names = names
        """Service name and id: the order of what is alike otherwise."""
        self._places: npt.NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self._names)

    def with_rows(self, documents: Sequence[SearchDocument]) -> Shelves:
        """With more rows behind those that it has."""
        first, more = len(self), _columns_of(documents, self._known)
        columns = {name: np.concatenate([column, more[name]]) for name, column in self._columns.items()}
        kinds = _join(self._kinds, _pairs_of((one.kinds for one in documents), self._known.kinds, first))
        languages = _join(self._languages, _pairs_of((one.languages for one in documents), self._known.languages, first))
        grown = Shelves(self._known, columns, kinds, languages, [*self._names, *map(_name_of, documents)])
        if self._places is not None and len(documents) <= FEW:
            grown._places = self._places
            for row in range(first, len(grown)):
                grown._places = _with_place(grown._places, grown._names, row)
        return grown

    def with_rooms(self, rooms: Sequence[tuple[int, str, float]]) -> Shelves:
        """With other figures of room: (row, room, until)."""
        columns = self._columns | {name: self._columns[name].copy() for name in ("room", "room_until")}
        for row, room, until in rooms:
            columns["room"][row], columns["room_until"][row] = ROOMS.index(room), until
        changed = Shelves(self._known, columns, self._kinds, self._languages, self._names)
        changed._places = self._places
        return changed

    # Filters

    def look_around(self, home: Home | None, rows: Mask) -> Around | None:
        """What is near a home, for those rows; None without a home."""
        if home is None:
            return None
        metres = np.full(len(self), nan)
        place = None if home.latitude is None or home.longitude is None else (home.latitude, home.longitude)
        if place is not None:
            some = np.flatnonzero(rows & self._bools("visited"))
            metres[some] = metres_to(place, *(self._floats(axis)[some] for axis in "xyz"))
        return Around(place, metres, self._reached(home))

    def narrow(self, query: SearchQuery, around: Around | None) -> dict[str, Mask]:
        """By the name of its facet, the mask of each filter that is set."""
        masks: dict[str, Mask] = {}
        if query.kinds is not None:
            masks["taxonomy"] = self._having(self._kinds, [code in query.kinds for code in self._known.kinds.values])
        if query.language is not None:
            wanted = [same_language(query.language, code) for code in self._known.languages.values]
            masks["language"] = self._having(self._languages, wanted)
        if query.open_at is not None:
            masks["open"] = self._open(query.open_at, query)
        if query.free:
            masks["cost"] = self._bools("free")
        if query.without_documents:
            masks["documents"] = self._bools("without_documents")
        if query.within_m is not None:
            masks["distance"] = self._within(query.within_m, around)
        return masks

    def count(self, base: Mask, masks: dict[str, Mask], query: SearchQuery, around: Around | None) -> dict[str, dict[str, int]]:
        """The facets: of each value how many there are among those that pass all filters but its own."""

        def others(facet: str) -> Mask:
            found = base
            for name, mask in masks.items():
                if name != facet:
                    found = found & mask
            return found

        is_open = self._open(query.now, query)
        return {
            "taxonomy": self._count_pairs(self._kinds, self._known.kinds, others("taxonomy")),
            "language": self._count_pairs(self._languages, self._known.languages, others("language")),
            "availability": self._count_rooms(others("availability"), query.now.timestamp()),
            "open": _some({"now": int((others("open") & is_open).sum())}),
            "cost": _some({"free": int((others("cost") & self._bools("free")).sum())}),
            "documents": _some({"none": int((others("documents") & self._bools("without_documents")).sum())}),
            "distance": self._count_distances(others("distance"), around),
        }

    def order(self, rows: npt.NDArray[np.int64], scores: npt.NDArray[np.int32], around: Around | None, count: int) -> npt.NDArray[np.int64]:
        """The first `count` of some rows: paused ones last; the best, the nearest, then by name and id."""
        # A score is below 2 ** 30, so a key is below 2 ** 32, and a key with a place below 2 ** 63.
        paused = (~self._bools("takes_referrals")[rows]).astype(np.int64)
        key, place = paused << 31 | ((1 << 30) - scores[rows].astype(np.int64)), self._in_order()[rows]
        if around is None:
            return rows[_first(key * len(self) + place, count)]
        far = np.nan_to_num(around.metres[rows], nan=inf)
        if count < len(rows):
            last = np.partition(key, count - 1)[count - 1]
            surely, perhaps = key < last, np.flatnonzero(key == last)
            left = count - int(surely.sum())
            surely[perhaps[far[perhaps] <= np.partition(far[perhaps], left - 1)[left - 1]]] = True
            rows, key, far, place = rows[surely], key[surely], far[surely], place[surely]
        return rows[np.lexsort((place, far, key))[:count]]

    # How it is done

    def _bools(self, name: str) -> Mask:
        column: Mask = self._columns[name].view(np.bool_)
        return column

    def _floats(self, name: str) -> Metres:
        column: Metres = self._columns[name].view(np.float64)
        return column

    def _having(self, pairs: Pairs, wanted: Sequence[bool]) -> Mask:
        rows, numbers = pairs
        found = np.zeros(len(self), bool)
        found[rows[np.array(wanted, bool)[numbers]]] = True
        return found

    def _open(self, moment: datetime, query: SearchQuery) -> Mask:
        opened: Mask = self._known.openings.open_at(moment, query.now)[self._columns["schedule"]]
        return opened

    def _within(self, limit_m: float, around: Around | None) -> Mask:
        if around is None:
            return ~self._bools("visited")
        if around.home is None:
            return ~self._bools("visited") & around.reached
        near = within(around.metres, limit_m, around.home, self._floats("latitude"), self._floats("longitude"))
        return np.where(self._bools("visited"), near, around.reached)

    def _reached(self, home: Home) -> Mask:
        """Whose area holds a home; of a home without a ZIP code nobody can say."""
        if home.postal_code is None:
            return np.ones(len(self), bool)
        held = np.append(self._known.areas.holding(home), True)  # the last for -1: no area
        reached: Mask = held[self._columns["area"]]
        return reached

    def _count_pairs(self, pairs: Pairs, names: Numbering[str], among: Mask) -> dict[str, int]:
        rows, numbers = pairs
        counts = np.bincount(numbers[among[rows]], minlength=0)
        return {names.values[number]: int(counts[number]) for number in np.flatnonzero(counts).tolist()}

    def _count_rooms(self, among: Mask, now: float) -> dict[str, int]:
        rooms = np.where(self._floats("room_until") < now, 0, self._columns["room"])
        counts = np.bincount(rooms[among], minlength=len(ROOMS))
        return _some({room: int(counts[number]) for number, room in enumerate(ROOMS)})

    def _count_distances(self, among: Mask, around: Around | None) -> dict[str, int]:
        if around is None or around.home is None:
            return {}
        unvisited = int((among & around.reached & ~self._bools("visited")).sum())
        rows = np.flatnonzero(among & (around.metres < DISTANCES_M[-1] * 1.001))
        metres, places = around.metres[rows], (self._floats("latitude")[rows], self._floats("longitude")[rows])
        return {str(limit): unvisited + int(within(metres, limit, around.home, *places).sum()) for limit in DISTANCES_M}

    def _in_order(self) -> npt.NDArray[np.int64]:
        if self._places is None:
            places = np.empty(len(self), np.int64)
            places[sorted(range(len(self)), key=self._names.__getitem__)] = np.arange(len(self))
            self._places = places
        return self._places


def make_shelves(documents: Sequence[SearchDocument], known: Known) -> Shelves:
    """Columns of these documents, in their order."""
    none = (np.zeros(0, np.int32), np.zeros(0, np.int32))
    return Shelves(known, _columns_of([], known), none, none, []).with_rows(documents)


def _with_place(places: npt.NDArray[np.int64], names: list[tuple[str, bytes]], row: int) -> npt.NDArray[np.int64]:
    """The places in the order of names with one more row, whose place is looked up and not sorted for."""
    order = np.argsort(places)
    place = bisect_left(range(len(order)), names[row], key=lambda number: names[order[number]])
    return np.append(places + (places >= place), place)


def _first(keys: npt.NDArray[np.int64], count: int) -> npt.NDArray[np.int64]:
    """Where the smallest keys stand, in their order."""
    if count < len(keys):
        some = np.argpartition(keys, count - 1)[:count]
        return some[np.argsort(keys[some])]
    return np.argsort(keys)


def _columns_of(documents: Sequence[SearchDocument], known: Known) -> dict[str, npt.NDArray[np.generic]]:
    values = [
        (
            one.free,
            one.without_documents,
            one.takes_referrals,
            one.visited,
            *(one.point or _NOWHERE),
            *vector_to(one.point if one.point and one.visited else _NOWHERE),
            -1 if one.visited else known.areas.number(one.area, one.point),
            known.openings.number(one.hours, one.timezone),
            ROOMS.index(one.room),
            one.room_until,
        )
        for one in documents
    ]
    each = zip(*values, strict=True) if values else ((),) * len(_COLUMNS)
    return {name: np.array(column, kind) for (name, kind), column in zip(_COLUMNS.items(), each, strict=True)}


def _name_of(document: SearchDocument) -> tuple[str, bytes]:
    return document.name, document.id.bytes


def _pairs_of(values: Iterable[Sequence[str]], names: Numbering[str], first: int) -> Pairs:
    pairs = [(row, names.number(value)) for row, some in enumerate(values, start=first) for value in dict.fromkeys(some)]
    rows, numbers = zip(*pairs, strict=True) if pairs else ((), ())
    return np.array(rows, np.int32), np.array(numbers, np.int32)


def _join(pairs: Pairs, more: Pairs) -> Pairs:
    return np.concatenate([pairs[0], more[0]]), np.concatenate([pairs[1], more[1]])


def _some(counts: dict[str, int]) -> dict[str, int]:
    return {value: count for value, count in counts.items() if count}
